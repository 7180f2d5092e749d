"""The page as a whole: with everything, with nothing, and with each part missing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from lxml import etree, html

from caudal.errors import InputError
from caudal.reports import Group, ReportFacts, render, write_report
from caudal.tables import TABLES

Tables = dict[str, pa.Table]
BARE = ReportFacts(title="Nothing", as_of=date(2025, 1, 1), groups=[Group("g", "A Group")])


def tree(page: str) -> Any:
    return html.fromstring(page, parser=html.HTMLParser(encoding="utf-8", huge_tree=True))


def words(root: Any, section: str) -> str:
    return " ".join(root.get_element_by_id(section).text_content().split())


def check_shape(root: Any) -> None:
    ids = [e.get("id") for e in root.iter(etree.Element) if e.get("id")]
    assert len(ids) == len(set(ids))
    for link in root.findall(".//a"):
        if link.get("href").startswith("#"):
            assert link.get("href")[1:] in ids, link.get("href")
    for button in root.findall(".//button[@aria-controls]"):
        assert button.get("aria-controls") in ids
    for table in root.findall(".//table"):
        assert table.find("caption") is not None
    level = 0
    for heading in root.iter("h1", "h2", "h3", "h4"):
        assert int(heading.tag[1]) <= level + 1, heading.text_content()
        level = int(heading.tag[1])


@pytest.fixture(scope="module")
def full(made_up: Tables, made_up_facts: ReportFacts) -> Any:
    return tree(render(made_up, made_up_facts))


def test_the_first_screen_says_the_numbers_of_the_tables(
    full: Any, made_up: Tables, made_up_facts: ReportFacts
) -> None:
    answer = words(full, "answer")
    alerts = {m["party_id"] for m in made_up["matches"].to_pylist() if m["alert"] and m["party_id"]}
    ways = [
        o
        for o in made_up["outcomes"].to_pylist()
        if o["measure"].startswith("harmed.")
        and o["measure"].count(".") == 1
        and o["unit"] == "count"
        and o["scenario"] == made_up_facts.scenario
    ]
    low, mid, high = (round(sum(o[end] for o in ways)) for end in ("low", "mid", "high"))
    assert f"{len(alerts)} parties in these books are possible matches" in answer
    assert f"hits about {mid} parties that are not the group ({low} to {high}," in answer
    assert "Tren de Aragua: designation in effect from 2025-02-20" in answer
    assert len(full.find(".//ul[@class='numbers']")) == 3
    assert 3 <= len(full.find(".//ol[@class='look']")) <= 5
    assert "Exposure is not guilt" in answer


def test_harm_that_is_only_listed_is_counted_party_by_party(made_up: Tables, made_up_facts: ReportFacts) -> None:
    tables = {**made_up, "outcomes": made_up["outcomes"].slice(0, 0)}
    harmed = {a["subject_id"] for a in made_up["affected"].to_pylist() if a["effect"] == "harmed"}
    assert f"hits {len(harmed)} parties" in words(tree(render(tables, made_up_facts)), "answer")


def test_sections_come_in_order_answer_first_limits_last(full: Any) -> None:
    sections = [s.get("id") for s in full.findall(".//section")]
    assert sections == [
        "answer", "compare", "effect", "matches", "flow", "network", "timeline", "exposure", "institutions", "findings",
        "law", "coerced", "truth", "screened", "method",
    ]  # fmt: skip
    check_shape(full)


def test_the_truth_is_shown_only_where_it_is_known(made_up: Tables, made_up_facts: ReportFacts, full: Any) -> None:
    tables = {name: table for name, table in made_up.items() if not name.startswith("truth")}
    root = tree(render(tables, made_up_facts))
    assert "truth" not in [s.get("id") for s in root.findall(".//section")]
    check_shape(root)
    assert "only in a made-up world" in words(full, "truth")


def test_nothing_at_all_gives_a_page_that_says_so() -> None:
    root = tree(render({}, BARE))
    check_shape(root)
    assert "No party and no payment text in these books is a possible match" in words(root, "answer")
    assert "No money was traced" in words(root, "answer")
    assert "not assessed" in words(root, "answer")
    assert "No possible match was found" in words(root, "matches")
    assert "No pattern was found" in words(root, "findings")
    assert "No money was traced" in words(root, "flow")
    assert "No row was rejected" in words(root, "screened")
    assert "Limits" in words(root, "method")
    assert not root.findall(".//div[@class='chart']")


@pytest.mark.parametrize("name", sorted(TABLES))
def test_each_table_may_be_empty(name: str, made_up: Tables, made_up_facts: ReportFacts) -> None:
    check_shape(tree(render({**made_up, name: TABLES[name].empty()}, made_up_facts)))


def test_a_missing_table_counts_as_empty(made_up: Tables, made_up_facts: ReportFacts) -> None:
    few = {n: t for n, t in made_up.items() if n in {"transfers", "accounts", "attributions"}}
    empty = {n: shape.empty() for n, shape in TABLES.items()}
    assert render(few, made_up_facts) == render({**empty, **few}, made_up_facts)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_each_table_may_be_there_alone(name: str, made_up: Tables) -> None:
    if name in made_up:
        check_shape(tree(render({name: made_up[name]}, BARE)))


def test_several_groups_are_told_apart(made_up: Tables, made_up_facts: ReportFacts) -> None:
    tables = dict(made_up)
    for name in ("exposures", "attributions"):
        index = made_up[name].schema.get_field_index("group_id")
        copies = [made_up[name]]
        for group in ("b", "c", "d", "e"):
            column = pa.array([group] * made_up[name].num_rows)
            copies.append(made_up[name].set_column(index, made_up[name].schema.field(index), column))
        tables[name] = pa.concat_tables(copies)
    root = tree(render(tables, made_up_facts))
    check_shape(root)
    assert "2 more groups" in words(root, "flow")
    assert len(root.get_element_by_id("flow").findall(".//figure")) == 3
    assert "group:" in words(root, "exposure")


def test_an_unknown_or_misshapen_table_is_named() -> None:
    with pytest.raises(InputError, match="no table 'payments'"):
        render({"payments": pa.table({})}, BARE)
    with pytest.raises(InputError, match="field transfer_id: the column is missing"):
        render({"transfers": pa.table({"x": [1]})}, BARE)


def test_a_failing_report_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(path, {}, BARE)
    before = path.read_bytes()
    with pytest.raises(InputError):
        write_report(path, {"transfers": pa.table({"x": [1]})}, BARE)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_the_same_input_gives_the_same_bytes(made_up: Tables, made_up_facts: ReportFacts) -> None:
    assert render(made_up, made_up_facts) == render(made_up, made_up_facts)


def test_the_page_names_no_other_file(made_up: Tables, made_up_facts: ReportFacts) -> None:
    page = render(made_up, made_up_facts)
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert not re.search(r"@import|url\((?!#)|<link|\ssrc=", markup)
    assert len(page.encode()) < 8_000_000


def test_amounts_show_the_exact_value_on_hover(full: Any, made_up: Tables) -> None:
    data = full.get_element_by_id("exposure").findall(".//data")
    assert len(data) > 100
    exact = {e["direct"] for e in made_up["exposures"].to_pylist()}
    for item in data[:3]:
        assert round(float(item.get("value")) * 100) in exact | {
            e[k] for e in made_up["exposures"].to_pylist() for k in ("indirect", "held")
        }
        assert item.get("title").startswith("USD ")


def test_without_a_measure_the_question_has_no_day(made_up: Tables, made_up_facts: ReportFacts) -> None:
    facts = replace(made_up_facts, effective=None)
    root = tree(render({n: t for n, t in made_up.items() if n not in {"outcomes", "affected"}}, facts))
    assert "whose money is in these books" in words(root, "answer")
    assert "No measure was assessed" in words(root, "effect")


def test_old_lists_and_many_rejected_rows_are_named_first(made_up: Tables, made_up_facts: ReportFacts) -> None:
    few = {n: t for n, t in made_up.items() if n not in {"findings", "matches", "affected"}}
    assert "is 45 days old" in words(tree(render(few, made_up_facts)), "answer")
    ledger = replace(made_up_facts.ledger, rows_read=made_up_facts.ledger.accepted * 2)
    assert "rows of the ledger were rejected" in words(
        tree(render(few, replace(made_up_facts, ledger=ledger))), "answer"
    )
