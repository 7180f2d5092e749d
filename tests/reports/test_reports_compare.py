"""Several measures side by side: every number of the tables is shown, and none is shown for another scenario."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
from lxml import html
from measured import PARTS

from caudal.reports import ReportFacts, render
from caudal.reports.books import Books
from caudal.reports.charts_measure import cut, frontier
from caudal.reports.comparing import compared, conclusions, corridors, cut_by_month, hangs_on, laws
from caudal.reports.frontier import frontiers
from caudal.reports.wording import Wording
from caudal.tables import TABLES

WORDS = Wording()


def without(tables: dict[str, pa.Table], *names: str) -> dict[str, pa.Table]:
    return {name: table for name, table in tables.items() if name not in names}


def test_every_measure_is_shown_once_with_a_cell_per_scenario(
    made_up: dict[str, pa.Table], made_up_facts: ReportFacts
) -> None:
    with Books(made_up, made_up_facts) as books:
        found = compared(books, WORDS)
    assert found is not None
    assert set(found.names) == set(PARTS)
    rows = [*found.sides["effect"], *found.sides["harm"], *found.rest]
    keys = [(row["measure"], row["subject_kind"], row["money"]) for row in rows]
    assert len(keys) == len(set(keys))
    held = {(r["measure"], r["subject_kind"], r["scenario"]): r for r in made_up["uncertainty"].to_pylist()}
    assert sum(cell is not None for row in rows for cell in row["cells"]) == made_up["outcomes"].num_rows
    for row in rows:
        for name, cell in zip(found.names, row["cells"], strict=True):
            assert cell["mid"] == held[row["measure"], row["subject_kind"], name]["p50"]
            assert 0 <= cell["band"]["low"] <= cell["band"]["mid"] <= cell["band"]["high"] <= 100


def test_one_scenario_is_no_comparison(made_up: dict[str, pa.Table], made_up_facts: ReportFacts) -> None:
    outcomes = made_up["outcomes"]
    one = outcomes.filter(pa.compute.equal(outcomes["scenario"], "designation"))
    tables = {**without(made_up, "frontier_points", "frontier_measures", "frontier_differences"), "outcomes": one}
    with Books(tables, made_up_facts) as books:
        assert compared(books, WORDS) is None
    page = html.fromstring(render(tables, made_up_facts))
    assert not page.xpath("//section[@id='compare']")
    assert not page.xpath("//nav//a[@href='#compare']")


def test_the_rest_of_the_report_is_about_one_scenario(made_up: dict[str, pa.Table], made_up_facts: ReportFacts) -> None:
    with Books(made_up, made_up_facts) as books:
        assert books.one("SELECT count(DISTINCT scenario) AS n FROM outcomes")["n"] == 1
        assert books.one("SELECT count(DISTINCT scenario) AS n FROM outcomes_all")["n"] == len(PARTS)
    nobody = replace(made_up_facts, scenario="it's another")
    with Books(made_up, nobody) as books:
        assert books.one("SELECT count(*) AS n FROM outcomes")["n"] == 0


def test_of_both_directions_the_one_that_holds_more_often_is_shown(
    made_up: dict[str, pa.Table], made_up_facts: ReportFacts
) -> None:
    with Books(made_up, made_up_facts) as books:
        (question,) = conclusions(books, WORDS)
    shown = [(a["scenario"], a["other"], a["held"]) for a in question["answers"]]
    assert shown == [("designation", "none", 1000), ("designation", "aimed", 690), ("none", "aimed", 0)]
    assert (question["always"], question["n"]) == (1, 3)


def test_what_hangs_is_shown_for_both_sides_and_one_scenario(
    made_up: dict[str, pa.Table], made_up_facts: ReportFacts
) -> None:
    with Books(made_up, made_up_facts) as books:
        pictures = hangs_on(books, WORDS, "designation")
        assert hangs_on(books, WORDS, "none") == []  # nothing swings where nothing is done
    assert [p["side"] for p in pictures] == ["effect", "harm"]
    for picture in pictures:
        swings = [row["swing"] for row in picture["rows"]]
        assert swings == sorted(swings, reverse=True)


def test_the_frontier_says_what_its_points_say(made_up: dict[str, pa.Table], made_up_facts: ReportFacts) -> None:
    with Books(made_up, made_up_facts) as books:
        (picture,) = frontiers(books, WORDS)
    assert [p["point"] for p in picture.points] == ["0", "1", "2", "3"]
    assert picture.actual is not None
    # 60% cut at a harm of 35; the first point that leaves no more money cuts 80% for 20
    assert "60%" in picture.title
    assert "35 people" in picture.title
    assert "20 people" in picture.title
    assert "2 accounts chosen by the payments before the day cut no less for 30 people" in picture.title
    assert {p["point"] for p in picture.opened} == {"1", "2", "3", "actual", "before 0", "before 1"}
    for point in picture.opened:
        assert len(point["listed"]) == point["accounts"]
    assert [row["side"] for row in picture.between] == ["only the point"]


def test_the_frontier_says_in_how_many_draws_a_point_is_better(
    made_up: dict[str, pa.Table], made_up_facts: ReportFacts
) -> None:
    with Books(made_up, made_up_facts) as books:
        picture = frontiers(books, WORDS)[0]
    assert picture.draws == 1000
    crosses = [trace for trace in frontier(picture, WORDS, "USD")["data"] if trace["mode"] == "lines"]
    assert [len(trace["x"]) for trace in crosses] == [6 * (len(picture.points) + len(picture.foreseen)), 6]
    text = html.fromstring(render(made_up, made_up_facts)).text_content()
    assert "In 640 of 1,000 draws some set chosen afterwards cuts no less of the group's money" in text
    assert "in 360 none does" in text
    with Books(without(made_up, "frontier_draws", "frontier_answers"), made_up_facts) as books:
        picture = frontiers(books, WORDS)[0]
    assert picture.draws == 0
    assert not [trace for trace in frontier(picture, WORDS, "USD")["data"] if trace["mode"] == "lines"]


def test_a_designation_nothing_beats_is_said_to_be_that(
    made_up: dict[str, pa.Table], made_up_facts: ReportFacts
) -> None:
    shape = TABLES["frontier_points"]
    rows = made_up["frontier_points"].to_pylist()
    for row in rows:
        if row["kind"] == "actual":
            row.update(harm=10, money=0, share_cut=1.0)
    with Books({**made_up, "frontier_points": shape.build(rows)}, made_up_facts) as books:
        title = frontiers(books, WORDS)[0].title
        assert "no set chosen afterwards cuts as much for less" in title
        assert "none chosen by the payments before the day cuts as much for less" in title
    late = [row for row in rows if row["kind"] != "foreseen"]
    with Books({**made_up, "frontier_points": shape.build(late)}, made_up_facts) as books:
        assert "before the day" not in frontiers(books, WORDS)[0].title
    alone = [row for row in rows if row["kind"] != "actual"]
    with Books({**made_up, "frontier_points": shape.build(alone)}, made_up_facts) as books:
        assert "designation" not in frontiers(books, WORDS)[0].title


def test_what_stays_stopped_is_a_share_of_what_moves_without_the_measure(
    made_up: dict[str, pa.Table], made_up_facts: ReportFacts
) -> None:
    with Books(made_up, made_up_facts) as books:
        flows = cut_by_month(books, WORDS)
    assert [flow["flow"] for flow in flows] == ["income", "laundering", "spending"]
    for flow in flows:
        for line in flow["lines"]:
            expected = [0.8 * PARTS[line["scenario"]] / month for month in (1, 2, 3)]
            assert [round(point["mid"], 9) for point in line["points"]] == [round(e, 9) for e in expected]


def test_months_are_shown_as_the_draws_have_them_and_as_cases_without(
    made_up: dict[str, pa.Table], made_up_facts: ReportFacts
) -> None:
    with Books(made_up, made_up_facts) as books:
        flow = cut_by_month(books, WORDS)[0]
    assert flow["draws"] == 1000
    picture = cut(flow, WORDS)["data"]
    assert len(picture) == 4 * len(flow["lines"]), "a band and a line for each scenario, at first and in the end"
    for line in flow["lines"]:
        for point in line["points"]:
            share = point["shares"]["net"]
            assert share["p50"] == 0.6 * PARTS[line["scenario"]] / point["month"]
            assert share["p95"] == share["p50"] * 1.4
    with Books(without(made_up, "cut_draws"), made_up_facts) as books:
        flow = cut_by_month(books, WORDS)[0]
    assert flow["draws"] == 0
    for line in flow["lines"]:
        for point in line["points"]:
            share = point["shares"]["net"]
            assert (share["p05"], share["p50"], share["p95"]) == (point["low"], point["mid"], point["high"])


def test_a_corridor_shows_its_draws_where_it_has_any(made_up: dict[str, pa.Table], made_up_facts: ReportFacts) -> None:
    with Books(made_up, made_up_facts) as books:
        rows = corridors(books)
    assert [(row["basis"], row["p50"]) for row in rows] == [
        ("counted in these books", 19.0), ("estimate for the corridor", None)
    ]  # fmt: skip


def test_a_law_is_answered_for_every_scenario(made_up: dict[str, pa.Table], made_up_facts: ReportFacts) -> None:
    with Books(made_up, made_up_facts) as books:
        found = laws(books)
    assert found is not None
    for row in found["rows"]:
        said = dict(zip(found["names"], (cell["arises"] for cell in row["cells"]), strict=True))
        assert said == {"designation": "yes", "none": "no", "aimed": "no"}


def test_a_small_group_of_people_shows_no_number(made_up: dict[str, pa.Table], made_up_facts: ReportFacts) -> None:
    page = html.fromstring(render(made_up, made_up_facts))
    (row,) = page.xpath("//tr[th='paid a smuggling fee']")
    assert "too few to show" in row.text_content()
    assert not [cell for cell in row.xpath("td[@class='num']") if any(c.isdigit() for c in cell.text_content())]
