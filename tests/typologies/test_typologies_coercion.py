"""How probable it is that payers pay under threat: what moves the evidence, what must not, what stays below."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.tables import ACCOUNTS, COERCION, TRANSFERS
from caudal.typologies import Settings, examine, extortion, levies
from caudal.typologies.books import Books
from caudal.typologies.kernels_levies import in_step, together
from caudal.typologies.likelihood import models, odds_in_bits, probability

DAY = 86_400_000_000


def bits_of(ledger, name="cobrador", **own):
    """Sum of the evidence on one account, and what each observation is worth."""
    chosen = Settings.load({"extortion": own} if own else None)
    books = Books.read(ledger, None, chosen.channels)
    w = extortion.weigh(books, chosen)
    names = books.index.accounts.to_pylist()
    (number,) = [i for i, code in enumerate(w.relations.collector) if names[code] == name]
    model = models()["collector"]
    each = {e.name: float(b) for e, b in zip(model.evidence, w.collector_bits[:, number], strict=True)}
    return float(model.total(w.collector_bits)[number]), each


def victims(ledger, **own):
    return examine(ledger, settings={"extortion": own} if own else None)[1]


def replaced(ledger, **columns):
    transfers = ledger.transfers
    for name, values in columns.items():
        transfers = transfers.set_column(transfers.column_names.index(name), name, values)
    return SimpleNamespace(transfers=transfers, accounts=ledger.accounts, base_currency=ledger.base_currency)


@pytest.fixture
def street(town, random, plants):
    plants["extortion collector"](town, random)
    return town


# The model as data


@pytest.mark.parametrize("name", ["collector", "payer"])
def test_every_piece_of_evidence_moves_bits_the_way_it_is_stated(name):
    for piece in models()[name].evidence:
        steps = np.diff(piece.bits)
        assert piece.speaks in ("for", "against")
        assert (steps >= 0).all() if piece.speaks == "for" else (steps <= 0).all(), piece.name
        assert (np.diff(piece.at) > 0).all(), piece.name
        assert np.abs(steps).max() <= 3.5, piece.name  # no single observation decides
        assert piece.weigh(np.array([np.nan])).tolist() == [0.0]


@given(st.sampled_from(["collector", "payer"]), st.floats(-20, 20), st.floats(-20, 20), st.integers(0, 30))
def test_bits_never_go_the_other_way(name, a, b, which):
    evidence = models()[name].evidence
    piece = evidence[which % len(evidence)]
    low, high = piece.weigh(np.array([min(a, b), max(a, b)]))
    assert low <= high if piece.speaks == "for" else low >= high
    assert piece.bits.min() <= low <= piece.bits.max()


@given(st.floats(0.001, 0.999), st.floats(-15, 15))
def test_a_base_rate_is_odds_that_evidence_multiplies(rate, bits):
    after = float(probability(np.array([odds_in_bits(rate) + bits]))[0])
    assert after / (1 - after) == pytest.approx(rate / (1 - rate) * 2**bits, rel=1e-6)


# Against a slow and obvious reference


def slow_in_step(relations, width):
    """Mean share of the other payers of a collector who pay within `width` of each payment."""
    found = {}
    for name, times in relations.items():
        others = [t for other, t in relations.items() if other != name]
        near = [sum(any(abs(a - b) <= width for b in other) for other in others) / len(others) for a in times]
        found[name] = sum(near) / len(near)
    return found


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=6), min_size=2, max_size=6))
def test_in_step_equals_the_obvious_count(days):
    days = [sorted(d) for d in days]
    time = np.array([d * DAY for each in days for d in each], np.int64)
    start = np.append(0, np.cumsum([len(d) for d in days])).astype(np.int64)
    rows, group = np.arange(len(time), dtype=np.int32), np.array([0, len(days)], np.int64)
    expected = slow_in_step(dict(enumerate(days)), 2)
    assert in_step(group, start, rows, time, 2 * DAY).tolist() == pytest.approx([expected[i] for i in range(len(days))])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.floats(0.01, 1)), min_size=1, max_size=12),
    st.integers(0, 20),
)
def test_together_equals_the_best_window(rows, width):
    moment, seen, weight = (np.array(column) for column in zip(*rows, strict=True))
    group = np.array([0, len(rows)], np.int64)
    share, known = together(group, moment.astype(np.int64), seen.astype(bool), weight.astype(float), width)
    mass = sum(w for _, s, w in rows if s)
    best = max((sum(w for m, s, w in rows if s and a <= m <= a + width) for a, s2, _ in rows if s2), default=0.0)
    assert known[0] == pytest.approx(mass)
    assert share[0] == pytest.approx(best / mass if mass else 0.0)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=20), st.integers(0, 4))
def test_roundness_does_not_know_minor_units(amounts, zeros):
    plain = np.array(amounts, np.int64)
    assert levies.roundness(plain).tolist() == levies.roundness(plain * 10**zeros).tolist()


# What must not change the evidence


def test_order_of_rows_does_not_matter(street, random):
    shuffled = street.transfers.take(pa.array(random.permutation(street.transfers.num_rows)))
    other = SimpleNamespace(transfers=shuffled, accounts=street.accounts, base_currency="USD")
    assert victims(other).equals(victims(street))


def test_names_of_accounts_do_not_matter(street):
    names = {n: f"x{i:05d}" for i, n in enumerate(sorted(street.accounts["account_id"].to_pylist())[::-1])}
    table = street.transfers
    for column in ("payer_account", "payee_account"):
        at = table.column_names.index(column)
        table = table.set_column(at, column, pa.array([names[v] for v in table[column].to_pylist()]))
    accounts = ACCOUNTS.build([{"account_id": n, "party_id": n, "pooled": False} for n in names.values()])
    other = victims(SimpleNamespace(transfers=table, accounts=accounts, base_currency="USD")).to_pylist()
    told = {(names[r["collector_account"]], names[r["payer_account"]]): r for r in victims(street).to_pylist()}
    assert told.keys() == {(r["collector_account"], r["payer_account"]) for r in other}
    for row in other:
        same = told[row["collector_account"], row["payer_account"]]
        assert row["probability"] == pytest.approx(same["probability"], abs=1e-9)
        assert row["reasons"] == same["reasons"]


@pytest.mark.parametrize("weeks", [-400, 1, 53])
def test_whole_weeks_do_not_matter(street, weeks):
    moved = pc.add(street.transfers["time"], pa.scalar(weeks * 7 * DAY, pa.duration("us")))
    columns = ["collector_account", "payer_account", "probability", "bits", "collector_bits", "reasons"]
    assert victims(replaced(street, time=moved)).select(columns).equals(victims(street).select(columns))


@pytest.mark.parametrize("factor", [10, 1000])
def test_minor_units_do_not_matter(street, factor):
    larger = pc.multiply(street.transfers["amount"], factor)
    base = pc.multiply(street.transfers["amount_base"], factor)
    before, after = bits_of(street), bits_of(replaced(street, amount=larger, amount_base=base))
    assert after[0] == pytest.approx(before[0], abs=0.01)


def test_traffic_of_others_does_not_matter(town, random, plants, neighbours):
    plants["extortion collector"](town, random)
    town.pay(0.01, "vecino0", "vecino1", 10)  # the ledger's first and last day stay what they are
    town.pay(89.99, "vecino0", "vecino1", 10)
    before = bits_of(town)
    neighbours(town, random, 3000)
    assert bits_of(town)[0] == pytest.approx(before[0], abs=1e-6)


def test_an_unknown_world_is_worth_nothing():
    for model in models().values():
        nothing = {e.name: np.full(3, np.nan) for e in model.evidence}
        assert model.total(model.weigh(nothing)).tolist() == [model.ordinary] * 3


# What moves it, and whither


def test_money_that_comes_back_speaks_against(street, random):
    before, each = bits_of(street)
    for shop in range(12):
        for week in range(4, 12):
            street.pay(week * 7 + 0.9, "cobrador", f"cobrador-tienda{shop:02d}", 60)
    after, other = bits_of(street)
    assert other["payers back"] < each["payers back"]
    assert after < before - 2


def test_payers_who_deal_with_one_another_speak_against(street):
    _, each = bits_of(street)
    for shop in range(12):
        street.pay(50, f"cobrador-tienda{shop:02d}", f"cobrador-tienda{(shop + 1) % 12:02d}", 80)
    _, other = bits_of(street)
    assert other["payers linked"] < each["payers linked"]


def test_staff_speaks_against(street):
    _, each = bits_of(street)
    for worker in range(8):
        for fortnight in range(6):
            street.pay(fortnight * 14 + 3, "cobrador", f"empleado{worker}", 90)
    assert bits_of(street)[1]["staff"] < each["staff"]


def test_money_that_stays_speaks_against(street):
    _, each = bits_of(street)
    street.rows = [r for r in street.rows if r["payer_account"] != "cobrador"]
    assert bits_of(street)[1]["passed on"] < each["passed on"]


def test_sums_that_change_each_time_speak_against(street, random):
    before, each = bits_of(street)
    for row in street.rows:
        if row["payee_account"] == "cobrador":
            row["amount"] = row["amount_base"] = int(random.integers(3000, 12000))
    after, other = bits_of(street)
    assert other["payers repeat"] < each["payers repeat"]
    assert after < before - 3


def test_payers_who_live_on_wages_speak_against(street, new_town):
    _, each = bits_of(street)
    street.rows = [r for r in street.rows if not r["payer_account"].startswith("guest")]
    for shop in range(12):
        for month in range(3):
            street.pay(month * 30 + 1, "patron", f"cobrador-tienda{shop:02d}", 1500)
    assert bits_of(street)[1]["payers trade"] < each["payers trade"]


def test_payers_who_go_over_to_another_account_speak_for(street):
    _, each = bits_of(street)
    begin = min(row["time"] for row in street.rows)
    for row in street.rows:
        if row["payee_account"] == "cobrador" and row["time"] - begin > 55 * DAY:
            row["payee_account"] = "sucesor"
    _, other = bits_of(street)
    assert other["moved"] > each["moved"]


def test_a_lower_base_rate_lowers_every_probability(street):
    usual = victims(street, min_listed=0.0)
    rare = victims(street, min_listed=0.0, base_rate=models()["collector"].base_rate / 10)
    before = {(r["collector_account"], r["payer_account"]): r for r in usual.to_pylist()}
    assert rare.num_rows == usual.num_rows
    for row in rare.to_pylist():
        same = before[row["collector_account"], row["payer_account"]]
        assert row["probability"] <= same["probability"]
        assert row["collector_bits"] == same["collector_bits"]
        assert row["bits"] == same["bits"]


# The table


def test_possible_victims_are_told_with_reasons(street):
    findings, table = examine(street)
    assert table.schema.equals(COERCION.schema)
    rows = {r["payer_account"]: r for r in table.to_pylist() if r["collector_account"] == "cobrador"}
    shops = {f"cobrador-tienda{n:02d}" for n in range(12)}
    assert shops <= rows.keys()
    (finding,) = [f for f in findings.to_pylist() if f["typology"] == "extortion collector"]
    assert finding["probability"] == pytest.approx(rows["cobrador-tienda00"]["collector_probability"])
    assert finding["score"] == round(finding["probability"], 4)
    for name in shops:
        row = rows[name]
        assert 0 <= row["probability"] <= row["collector_probability"] <= 1
        assert row["payments"] == sum(
            r["payer_account"] == name and r["payee_account"] == "cobrador" for r in street.rows
        )
        assert row["reasons"]
        assert all("bits" in reason for reason in row["reasons"])
        assert not any(word in " ".join(row["reasons"]) for word in ("suspect", "criminal", "guilty"))


def test_probabilities_are_listed_from_the_least_asked_for(street):
    assert min(victims(street)["probability"].to_pylist()) >= Settings().extortion.min_listed
    assert victims(street, min_listed=1.0).num_rows == 0


def test_empty_and_tiny_ledgers(town):
    empty = SimpleNamespace(transfers=TRANSFERS.empty(), accounts=ACCOUNTS.empty(), base_currency="USD")
    assert victims(empty).equals(COERCION.empty())
    town.pay(3, "a", "b", 50)
    assert victims(town).equals(COERCION.empty())
    assert victims(town, min_payers=1, min_listed=0.0).num_rows == 1
