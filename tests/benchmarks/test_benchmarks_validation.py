"""The validation: its page is what was measured, its sums are right, and the analyst knows nothing of what comes."""

from __future__ import annotations

import csv
import importlib.util
import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from benchmarks.validating import truth
from benchmarks.validating.compare import Case, summed_up
from benchmarks.validating.worlds import DAY, HISTORY, LEVELS, base, freezing, known, truly_blocked, twin

ROOT = Path(__file__).resolve().parents[2]
ACCOUNTS, SEED = 1500, 9


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("validation_page", ROOT / "scripts" / "validation.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("validation")
    world = base(folder / "base", ACCOUNTS, SEED)
    parties = truly_blocked(world, ACCOUNTS, SEED)
    twins = {
        level: twin(folder / level, ACCOUNTS, SEED, freezing(parties=parties, level=level))
        for level in ("none", "nimble")
    }
    return world, parties, twins


def test_the_page_is_what_was_measured(script):
    measured = json.loads(script.MEASURED.read_text(encoding="utf-8"))
    assert script.PAGE.read_text(encoding="utf-8") == script.page(measured), "run scripts/validation.py"
    assert min(measured["about"]["seeds"]) > 100, "the page is of held-out worlds"
    assert set(measured["about"]["adaptation"]) == set(LEVELS)


def test_sums_over_worlds():
    def one(seed, true, mid, **more):
        return Case(seed, "m", "l", "p", "q", 30, true, mid - 1, mid, mid + 1, **more)

    (row,) = summed_up([one(1, 10, 12, p05=9.0, p95=11.0), one(2, 20, 20, p05=21.0, p95=22.0)])
    assert (row["truth"], row["mid"], row["worlds"]) == (15, 16, 2)
    assert row["bias"] == pytest.approx(32 / 30 - 1)
    assert row["error"] == pytest.approx(1 / 15)
    assert (row["within"], row["within_90"]) == (0.5, 0.5)
    (row,) = summed_up([one(1, 0, 1)])
    assert (row["bias"], row["error"], row["within"], row["within_90"]) == (None, None, 1.0, None)


def test_the_analyst_knows_nothing_of_what_comes(worlds, tmp_path):
    world, _, _ = worlds
    folder = known(world, tmp_path / "known")
    times = pq.read_table(folder / "ledger/transfers.parquet")["time"].to_pylist()
    assert times
    assert max(times).date() < DAY
    assert (DAY - min(times).date()).days <= HISTORY
    with (folder / "lists/members.csv").open(encoding="utf-8") as file:
        assert {r["effective"] for r in csv.DictReader(file)} == {DAY.isoformat()}
    assert not (folder / "truth").exists()


def planted(folder):
    """USD of planted income, laundering and spending from the day on, by walking over the rows."""
    rates = {}
    with (folder / "rates.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rates[date.fromisoformat(row["day"]), row["currency"]] = float(row["rate"])
    labels = {r["transfer_id"]: r["label"] for r in pq.read_table(folder / "truth/transfers.parquet").to_pylist()}
    agents = {
        r["account_id"] for r in pq.read_table(folder / "truth/accounts.parquet").to_pylist() if r["role"] == "agent"
    }
    sums = dict.fromkeys(("income", "laundering", "spending"), 0.0)
    for row in pq.read_table(folder / "ledger/transfers.parquet").to_pylist():
        label, day = labels.get(row["transfer_id"]), row["time"].date()
        if label is None or day < DAY or (label == "smuggling fee" and row["payer_account"] in agents):
            continue
        if label in ("extortion", "smuggling fee") or (label in ("funnel", "structuring") and row["channel"] == "cash"):
            flow = "income"
        elif label in ("goods purchase", "facilitator fee", "group spending"):
            flow = "spending"
        else:
            flow = "laundering"
        minor = 1 if row["currency"] == "CLP" else 100
        sums[flow] += row["amount"] / minor * rates[day, row["currency"]]
    return sums


def test_what_is_cut_is_what_the_twin_has_less(worlds):
    world, _, twins = worlds
    before = planted(world)
    for made in twins.values():
        pair = truth.Pair(world, made, DAY)
        cut, meant = truth.cut(pair, (180,)), truth.intended(pair, (180,))
        after = planted(made)
        for flow, usd in before.items():
            assert meant[f"intended.{flow}", 180] == pytest.approx(usd, rel=1e-6)
            assert cut[f"cut.{flow}", 180] == pytest.approx(usd - after[flow], rel=1e-3, abs=5)
    assert before["laundering"] > planted(twins["none"])["laundering"]


def test_harm_grows_with_the_horizon_and_the_frozen_are_not_among_the_harmed(worlds):
    world, parties, twins = worlds
    pair = truth.Pair(world, twins["none"], DAY)
    accounts = pq.read_table(world / "ledger/accounts.parquet").to_pylist()
    frozen = [a["account_id"] for a in accounts if a["party_id"] in set(parties)]
    found = truth.blocked(pair, frozen, (30, 180)) | truth.harmed(pair, (30, 180)) | truth.bystanders(pair, (30, 180))
    assert found["blocked.accounts", 0] == len(frozen) > 3
    for name in {name for name, _ in found} - {"blocked.accounts"}:
        assert found[name, 30] <= found[name, 180], name
    assert found["blocked.flows", 180] > 0
    assert found["harmed.coerced payers", 180] > 0
    lawful = pair.one(
        """SELECT count(DISTINCT party_id) FROM account WHERE NOT own AND role NOT IN ('bank', 'cash', 'agent')"""
    )
    assert 0 < found["people and firms with a stopped payment", 180] < lawful
