"""The pictures against plain Python on the same tables."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pyarrow as pa
import pytest

from caudal.reports import ReportFacts, charts, effect, exposure, findings, truth
from caudal.reports.books import Books
from caudal.reports.flow import Flow, flow
from caudal.reports.network import network
from caudal.reports.timeline import timeline
from caudal.reports.wording import Wording
from caudal.tables import TABLES

GROUP = "tren-de-aragua"
WORDING = Wording()
Tables = dict[str, pa.Table]


@pytest.fixture(scope="module")
def books(made_up: Tables, made_up_facts: ReportFacts) -> Any:
    with Books(made_up, made_up_facts) as opened:
        yield opened


def joined(tables: Tables, method: str = "proportional") -> list[dict[str, Any]]:
    transfers = {row["transfer_id"]: row for row in tables["transfers"].to_pylist()}
    rows = [row for row in tables["attributions"].to_pylist() if row["method"] == method]
    return [{**transfers[row["transfer_id"]], **row} for row in rows]


def seeds(rows: list[dict[str, Any]]) -> set[str]:
    return {r["payer_account"] if r["direction"] == "forward" else r["payee_account"] for r in rows if r["hops"] == 1}


def crossing(rows: list[dict[str, Any]], direction: str) -> list[dict[str, Any]]:
    own = seeds(rows)
    far = "payee_account" if direction == "forward" else "payer_account"
    return [r for r in rows if r["direction"] == direction and r["hops"] == 1 and r[far] not in own]


def test_the_flow_holds_every_cent_that_crossed_the_groups_edge(books: Books, made_up: Tables) -> None:
    rows = joined(made_up)
    picture = flow(books, WORDING, GROUP)
    for direction, end in (("backward", "target"), ("forward", "source")):
        drawn = sum(link["value"] for link in picture.links if link[end] == "group" and link["side"] == direction)
        assert drawn == sum(r["amount"] for r in crossing(rows, direction)) > 0


def test_the_flows_second_step_is_the_money_of_accounts_two_transfers_away(books: Books, made_up: Tables) -> None:
    rows = joined(made_up)
    own = seeds(rows)
    picture = flow(books, WORDING, GROUP)
    for direction, far, near in (
        ("forward", "payee_account", "payer_account"),
        ("backward", "payer_account", "payee_account"),
    ):
        first = {r[far] for r in crossing(rows, direction)}
        want = sum(
            r["amount"]
            for r in rows
            if r["direction"] == direction and r["hops"] == 2 and r[far] not in first | own and r[near] in first
        )
        assert sum(k["value"] for k in picture.links if k["side"] == direction and k["step"] == 2) == want > 0


def test_the_flow_has_at_most_25_nodes_and_folds_say_how_many(books: Books, made_up: Tables) -> None:
    picture = flow(books, WORDING, GROUP)
    assert len(picture.nodes) <= 25
    rows = joined(made_up)
    shown = sum(n["n"] for n in picture.nodes if n["side"] == "backward" and n["step"] == -1)
    assert shown == len({r["payer_account"] for r in crossing(rows, "backward")})
    assert any(n["label"].startswith("40 other accounts in MX") for n in picture.nodes)


def test_the_flow_names_who_carried_most(books: Books, made_up: Tables) -> None:
    bank = {a["account_id"]: a["institution_id"] for a in made_up["accounts"].to_pylist()}
    name = {i["institution_id"]: i["name"] for i in made_up["institutions"].to_pylist()}
    by_bank: dict[str, int] = defaultdict(int)
    for row in crossing(joined(made_up), "forward"):
        by_bank[bank[row["payee_account"]]] += row["amount"]
    top = max(by_bank, key=lambda b: by_bank[b])
    share = by_bank[top] / sum(by_bank.values())
    assert share > 0.5
    assert flow(books, WORDING, GROUP).title == f"{name[top]} took in {share:.0%} of the group's outflow"


def test_the_largest_of_several_carriers_is_named(made_up: Tables, made_up_facts: ReportFacts) -> None:
    """With one bank per account no single bank has half of the outflow."""
    accounts = made_up["accounts"]
    index = accounts.schema.get_field_index("institution_id")
    own_bank = accounts.set_column(index, "institution_id", accounts["account_id"])
    outflow: dict[str, int] = defaultdict(int)
    for row in crossing(joined(made_up), "forward"):
        outflow[row["payee_account"]] += row["amount"]
    order = sorted(outflow, key=lambda a: (-outflow[a], a))
    keep = set(order[:4])
    attributions = made_up["attributions"].to_pylist()
    payee = {t["transfer_id"]: t["payee_account"] for t in made_up["transfers"].to_pylist()}
    few = [a for a in attributions if a["direction"] == "backward" or a["hops"] > 1 or payee[a["transfer_id"]] in keep]
    tables = {**made_up, "accounts": own_bank, "attributions": TABLES["attributions"].build(few)}
    with Books(tables, made_up_facts) as changed:
        title = flow(changed, WORDING, GROUP).title
    shares = [sum(outflow[a] for a in order[:n]) / sum(outflow[a] for a in keep) for n in range(1, 4)]
    n = next(i for i, share in enumerate(shares, start=1) if share >= 0.5)
    assert n > 1
    assert title == f"{n} institutions took in {shares[n - 1]:.0%} of the group's outflow, {order[0]} first"


def test_row_order_changes_nothing(books: Books, made_up: Tables, made_up_facts: ReportFacts) -> None:
    rng = np.random.default_rng(3)
    mixed = {name: table.take(pa.array(rng.permutation(table.num_rows))) for name, table in made_up.items()}
    with Books(mixed, made_up_facts) as other:
        assert flow(other, WORDING, GROUP) == flow(books, WORDING, GROUP)
        assert network(other, WORDING, GROUP) == network(books, WORDING, GROUP)
        assert timeline(other, WORDING, GROUP) == timeline(books, WORDING, GROUP)
        assert exposure.accounts(other, "forward") == exposure.accounts(books, "forward")


def test_twice_the_money_gives_the_same_picture_with_twice_the_numbers(
    made_up: Tables, made_up_facts: ReportFacts
) -> None:
    column = made_up["attributions"].schema.get_field_index("amount")
    doubled = pa.compute.multiply(made_up["attributions"]["amount"], 2)
    more = {**made_up, "attributions": made_up["attributions"].set_column(column, "amount", doubled)}
    with Books(made_up, made_up_facts) as one, Books(more, made_up_facts) as two:
        before, after = flow(one, WORDING, GROUP), flow(two, WORDING, GROUP)
    assert [k["value"] * 2 for k in before.links] == [k["value"] for k in after.links]
    assert [n["label"] for n in before.nodes] == [n["label"] for n in after.nodes]


def test_the_network_keeps_to_sixty_nodes_and_all_accounts(books: Books, made_up: Tables) -> None:
    picture = network(books, WORDING, GROUP)
    rows = [r for r in joined(made_up) if r["hops"] <= 3]
    assert len(picture.nodes) <= 60
    assert sum(n["n"] for n in picture.nodes) == len(
        {a for r in rows for a in (r["payer_account"], r["payee_account"])}
    )
    assert {n["account"] for n in picture.nodes if n["kind"] == "group"} == seeds(joined(made_up))
    assert all(-1 <= n["x"] <= 1 and -1 <= n["y"] <= 1 for n in picture.nodes)
    keys = {n["key"] for n in picture.nodes}
    assert all(link["source"] in keys and link["target"] in keys for link in picture.links)


def test_the_time_line_adds_up_week_by_week(books: Books, made_up: Tables) -> None:
    line = timeline(books, WORDING, GROUP)
    assert line.unit == "week"
    rows = joined(made_up)
    for part, direction in (("money_in", "backward"), ("money_out", "forward")):
        want: dict[Any, int] = defaultdict(int)
        for row in crossing(rows, direction):
            day = row["time"].date()
            want[day - timedelta(days=day.weekday())] += row["amount"]
        assert {s["start"]: s[part] for s in line.steps if s[part]} == want


def test_accounts_are_the_largest_and_open_to_their_transfers(books: Books, made_up: Tables) -> None:
    rows = joined(made_up)
    for direction, far in (("forward", "payee_account"), ("backward", "payer_account")):
        listing = exposure.accounts(books, direction)
        want = sorted(
            (-(e["direct"] + e["indirect"]), e["account_id"])
            for e in made_up["exposures"].to_pylist()
            if e["method"] == "proportional" and e["direction"] == direction
        )
        assert listing.total == len(want)
        assert [(-r["total"], r["account_id"]) for r in listing.rows] == want[: len(listing.rows)]
        for row in listing.rows:
            mine = [r for r in rows if r["direction"] == direction and r[far] == row["account_id"]]
            assert row["transfer_count"] == len(mine)
            largest = sorted((r["amount"] for r in mine), reverse=True)[: exposure.EVIDENCE]
            assert [t["attributed"] for t in row["transfers"]] == largest


def test_institutions_add_up_to_what_crossed_the_edge(books: Books, made_up: Tables) -> None:
    rows = joined(made_up)
    listing = exposure.institutions(books)
    assert sum(r["received"] for r in listing.rows) == sum(r["amount"] for r in crossing(rows, "forward"))
    assert sum(r["paid"] for r in listing.rows) == sum(r["amount"] for r in crossing(rows, "backward"))
    for row in listing.rows:
        assert row["received"] + row["paid"] >= row["after"]
        assert row["transfers"]


def test_recall_and_precision_against_counting(books: Books, made_up: Tables) -> None:
    own = seeds(joined(made_up))
    real = {t["account_id"] for t in made_up["truth_accounts"].to_pylist() if t["group_id"]} - own
    for row in truth.group_accounts(books):
        amounts: dict[str, int] = defaultdict(int)
        for e in made_up["exposures"].to_pylist():
            if e["method"] == row["method"] and row["direction"] in (e["direction"], "either"):
                amounts[e["account_id"]] = max(amounts[e["account_id"]], e["direct"] + e["indirect"])
        found = {a for a, v in amounts.items() if v > 0 and v >= row["least"] * 100} - own
        assert (row["found"], row["right"], row["whole"]) == (len(found), len(found & real), len(real))
        assert row["recall"] == pytest.approx(len(found & real) / len(real))
        assert row["precision"] == pytest.approx(len(found & real) / len(found))


def test_coerced_payers_against_counting(books: Books, made_up: Tables) -> None:
    named = {
        account
        for f in made_up["findings"].to_pylist()
        for account, role in zip(f["accounts"], f["roles"], strict=True)
        if role == "possible victim"
    }
    real = {t["account_id"] for t in made_up["truth_accounts"].to_pylist() if t["coerced"]}
    row = truth.coerced_payers(books)
    assert (row["found"], row["whole"], row["right"]) == (len(named), len(real), len(named & real))


def test_both_sides_of_a_scenario_share_scale_and_height(books: Books) -> None:
    [scenario] = effect.scenarios(books, WORDING)
    assert {r["measure"].partition(".")[0] for r in scenario.harm} == {"harmed"}
    assert "harmed" not in {r["measure"].partition(".")[0] for r in scenario.effect}
    for unit in ("count", "USD"):
        left, right = (charts.bands(scenario, side, unit)["layout"] for side in ("effect", "harm"))
        assert left["height"] == right["height"]
        assert left["xaxis"]["range"] == right["xaxis"]["range"]


def test_many_outcomes_draw_the_main_ones_and_keep_the_rest(made_up: Tables, made_up_facts: ReportFacts) -> None:
    base = made_up["outcomes"].to_pylist()[0]
    names = [*(f"exposed.kind {n}" for n in range(30)), "blocked", *(f"harmed.kind {n}" for n in range(3))]
    rows = [{**base, "measure": name, "subject_kind": "parties", "high": 6 + n} for n, name in enumerate(names)]
    with Books({"outcomes": TABLES["outcomes"].build(rows)}, made_up_facts) as opened:
        [scenario] = effect.scenarios(opened, WORDING)
    assert [r["measure"] for r in scenario.effect] == ["blocked"]
    assert len(scenario.harm) == 3
    assert len(scenario.effect) + len(scenario.harm) + len(scenario.rest) == len(rows)
    assert scenario.rest[0]["title"] == "Kind 0"


def test_findings_name_their_parts_and_an_innocent_explanation(books: Books) -> None:
    listing = findings.findings(books, WORDING)
    assert listing.rows[0]["victims"] == 20
    for row in listing.rows:
        assert len(row["innocent"]) > 20
        assert row["parts"][0]["account_id"] == row["accounts"][0]
        assert row["evidence"][0]["transfer_id"] == row["transfers"][0]


def test_the_library_accepts_every_figure(books: Books) -> None:
    """Plotly's own validation knows every property and value, except our colours, which are filled in by the page."""
    [scenario] = effect.scenarios(books, WORDING)
    figures = [
        charts.sankey(flow(books, WORDING, GROUP), "USD"),
        charts.network(network(books, WORDING, GROUP), WORDING, "USD"),
        charts.timeline(timeline(books, WORDING, GROUP), WORDING, "USD"),
        charts.recall(truth.group_accounts(books), WORDING, "USD"),
        *(charts.bands(scenario, side, unit) for side in ("effect", "harm") for unit in ("count", "USD")),
    ]

    def coloured(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("var(--"):
            return "#0072b2"
        if isinstance(value, list):
            return [coloured(v) for v in value]
        return {k: coloured(v) for k, v in value.items()} if isinstance(value, dict) else value

    for figure in figures:
        assert go.Figure(coloured(figure)).data


def test_sankey_nodes_of_a_column_do_not_touch(books: Books) -> None:
    picture: Flow = flow(books, WORDING, GROUP)
    figure = charts.sankey(picture, "USD")
    margin = figure["layout"]["margin"]
    height = figure["layout"]["height"] - margin["t"] - margin["b"]
    columns = defaultdict(list)
    for node, y in zip(picture.nodes, figure["data"][0]["node"]["y"], strict=True):
        columns[node["step"]].append(y * height)
    for places in columns.values():
        places.sort()
        assert all(b - a >= 34 for a, b in pairwise(places))
        assert places[0] > 0
        assert places[-1] < height
