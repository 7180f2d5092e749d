"""The published wires: the flow through the four core companies, rebuilt and followed payment by payment."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

import caudal
from caudal.tracing import Explainer

pytestmark = pytest.mark.real

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "azerbaijani_laundromat"


@pytest.fixture(scope="module")
def core(shared_data: Path, tmp_path_factory: pytest.TempPathFactory):
    """A run whose list, made up for this test, names the holders of the four busiest accounts."""
    wires = shared_data / "ledgers" / "azerbaijani_laundromat_wires.csv"
    if not wires.is_file():
        pytest.skip(f"real wires not found at {wires}")
    uses, names = Counter(), {}
    with wires.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for side in ("payer", "beneficiary"):
                account = row[f"{side}_account"]
                if account and account != "null":
                    uses[account] += 1
                    names.setdefault(account, Counter())[row[f"{side}_name"]] += 1
    workspace = tmp_path_factory.mktemp("core")
    header = "entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,programme,effective,source"
    rows = [
        f"c-{n},Company,{names[account].most_common(1)[0][0]},,,gb,,The core,SDGT,SDGT,2013-07-01,made up for this test"
        for n, (account, _) in enumerate(uses.most_common(4))
    ]
    (workspace / "members.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    (workspace / "caudal.toml").write_text(
        f"""
        as_of = 2026-08-20
        builtin_register = false
        [screening]
        texts = false
        [[lists]]
        path = "members.csv"
        [ledger]
        path = "{wires}"
        mapping = "{EXAMPLE}/mapping.toml"
        """,
        encoding="utf-8",
    )
    return caudal.run(workspace)


def test_every_dollar_across_the_edge_of_the_four_is_there(core):
    (own,) = core.facts["tracing"]["seed_accounts"].values()
    pooled = set(core.context.pooled)
    assert len(own) >= 4
    moved = Counter()
    for row in core.table("transfers").to_pylist():
        payer, payee = row["payer_account"] in own, row["payee_account"] in own
        if payer != payee:
            moved["forward" if payer else "backward"] += row["amount_base"]
    totals = {t["direction"]: t for t in core.facts["tracing"]["totals"] if t["method"] == "proportional"}
    assert {way: total["emitted"] for way, total in totals.items()} == dict(moved)
    assert min(moved.values()) > 100_000_000_000  # more than a billion dollars each way, as published
    straight = Counter()
    for row in core.table("exposures").to_pylist():
        if row["method"] == "proportional":
            straight[row["direction"]] += row["direct"]
    assert straight == moved
    chains = Counter()
    for row in core.table("channels").to_pylist():
        chains[row["direction"]] += row["straight"]
        assert row["known_from"].isoformat() == "2013-07-01"
    assert all(chains[way] >= moved[way] for way in moved)  # besides, what came back to the four
    assert pooled.isdisjoint(own)


def test_money_of_the_largest_payer_is_followed_through_the_core(core):
    (own,) = core.facts["tracing"]["seed_accounts"].values()
    transfers = {row["transfer_id"]: row for row in core.table("transfers").to_pylist()}
    paid = Counter()
    for row in transfers.values():
        if row["payee_account"] in own and row["payer_account"] not in own:
            paid[row["payer_account"]] += row["amount_base"]
    payer = paid.most_common(1)[0][0]
    explainer = Explainer(core.context.index, "payer", [payer], "forward", core.context.pooled)
    # The group's outside counterparties that its accounts paid most.
    best = sorted(
        (
            row
            for row in core.table("exposures").to_pylist()
            if row["direction"] == "forward" and row["account_id"] != payer
        ),
        key=lambda row: -row["direct"],
    )
    found = [explainer.explain(row["account_id"], paths=3) for row in best[:6]]
    some = [one for one in found if one.paths.num_rows]
    assert some
    for one in some:
        steps = {}
        for row in one.paths.to_pylist():
            steps.setdefault(row["path"], []).append((row, transfers[row["transfer_id"]]))
        for path in steps.values():
            assert path[0][1]["payer_account"] == payer
            assert path[-1][1]["payee_account"] == one.account_id
            for (part, before), (less, after) in pairwise(path):
                assert before["payee_account"] == after["payer_account"]
                assert before["time"] <= after["time"]
                assert less["amount"] <= part["amount"] <= before["amount_base"]
            assert len(path) == 1 or any(before["payee_account"] in own for _, before in path)
        assert one.covered >= 0.95


def test_a_person_can_follow_it_in_the_report(core):
    text = core.report.read_text(encoding="utf-8")
    assert "largest paths of payments bring" in text
    assert "transfers alone carry" in text
    assert "Chains of institutions" in text
    shown = [row for row in core.table("paths").to_pylist() if row["path"] == 1]
    assert sum(row["transfer_id"] in text for row in shown) == len(shown)
