"""What must not change a finding, and what must hold for every ledger."""

from __future__ import annotations

from types import SimpleNamespace

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.tables import ACCOUNTS, FINDINGS, TRANSFERS
from caudal.tracing.index import TransferIndex
from caudal.typologies import INNOCENT, TYPOLOGIES, detect
from caudal.typologies.findings import blend, ramp


@pytest.fixture
def busy(town, random, plants, neighbours):
    for plant in plants.values():
        plant(town, random)
    neighbours(town, random)
    return SimpleNamespace(transfers=town.transfers, accounts=town.accounts, base_currency="USD")


def with_tables(ledger, transfers=None, accounts=None):
    return SimpleNamespace(
        transfers=ledger.transfers if transfers is None else transfers,
        accounts=ledger.accounts if accounts is None else accounts,
        base_currency=ledger.base_currency,
    )


def test_every_typology_is_there(busy):
    assert set(detect(busy)["typology"].to_pylist()) == set(TYPOLOGIES)


def test_order_of_rows_does_not_matter(busy, random):
    expected = detect(busy)
    shuffled = busy.transfers.take(pa.array(random.permutation(busy.transfers.num_rows)))
    accounts = busy.accounts.take(pa.array(random.permutation(busy.accounts.num_rows)))
    assert detect(with_tables(busy, shuffled, accounts)).equals(expected)


def test_given_index_does_not_matter(busy, random):
    index = TransferIndex.from_transfers(busy.transfers)
    shuffled = busy.transfers.take(pa.array(random.permutation(busy.transfers.num_rows)))
    assert detect(busy, index).equals(detect(busy))
    assert detect(with_tables(busy, shuffled), index).equals(detect(busy))


def test_index_of_another_ledger_is_refused(busy):
    index = TransferIndex.from_transfers(busy.transfers.slice(0, 10))
    with pytest.raises(InputError, match="holds 10 transfers"):
        detect(busy, index)
    renamed = busy.transfers.set_column(
        0, "transfer_id", pc.binary_join_element_wise("x", busy.transfers["transfer_id"], "")
    )
    with pytest.raises(InputError, match="made from other transfers"):
        detect(with_tables(busy, renamed), TransferIndex.from_transfers(busy.transfers))


def test_names_of_accounts_do_not_matter(busy):
    names = {
        name: f"x{number:05d}" for number, name in enumerate(sorted(busy.accounts["account_id"].to_pylist())[::-1])
    }

    def renamed(table, *columns):
        for column in columns:
            values = [names[v] for v in table[column].to_pylist()]
            table = table.set_column(table.column_names.index(column), column, pa.array(values))
        return table

    other = with_tables(
        busy,
        renamed(busy.transfers, "payer_account", "payee_account"),
        renamed(busy.accounts, "account_id", "party_id"),
    )
    before = {f["finding_id"]: f for f in detect(busy).to_pylist()}
    after = {f["finding_id"]: f for f in detect(other).to_pylist()}
    assert before.keys() == after.keys()
    for name, finding in before.items():
        assert after[name]["score"] == finding["score"]
        told = {(names[a], r) for a, r in zip(finding["accounts"], finding["roles"], strict=True)}
        assert told == set(zip(after[name]["accounts"], after[name]["roles"], strict=True))


@pytest.mark.parametrize("days", [-3000, 1, 365 * 4])
def test_time_shifted_by_whole_days_changes_days_only(busy, days):
    moved = pc.add(busy.transfers["time"], pa.scalar(days * 86_400_000_000, pa.duration("us")))
    at = busy.transfers.column_names.index("time")
    columns = ["finding_id", "score", "accounts", "roles", "transfers", "amount"]
    after = detect(with_tables(busy, busy.transfers.set_column(at, "time", moved)))
    assert after.select(columns).equals(detect(busy).select(columns))


def test_background_keeps_the_findings(town, random, plants, neighbours):
    for plant in plants.values():
        plant(town, random)
    before = {f["finding_id"] for f in detect(town).to_pylist()}
    neighbours(town, random, 4000)
    after = {f["finding_id"] for f in detect(town).to_pylist()}
    assert before <= after


def test_names_countries_of_holders_and_texts_do_not_matter(busy):
    texts = pa.array(["alquiler" if i % 2 else "piso" for i in range(busy.transfers.num_rows)])
    at = busy.transfers.column_names.index("purpose")
    assert detect(with_tables(busy, busy.transfers.set_column(at, "purpose", texts))).equals(detect(busy))


def test_empty_ledger_gives_an_empty_table():
    empty = SimpleNamespace(transfers=TRANSFERS.empty(), accounts=ACCOUNTS.empty(), base_currency="USD")
    found = detect(empty)
    assert found.num_rows == 0
    assert found.schema.equals(FINDINGS.schema)


def test_accounts_table_may_be_empty(busy):
    assert detect(with_tables(busy, accounts=ACCOUNTS.empty())).num_rows > 0


def test_missing_column_is_named(busy):
    with pytest.raises(InputError) as caught:
        detect(with_tables(busy, busy.transfers.drop_columns(["currency"])))
    assert caught.value.field == "currency"


def test_progress_counts_up_to_its_total(busy):
    seen: list[tuple[int, int | None]] = []
    detect(busy, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, len(TYPOLOGIES) + 2))
    assert seen[-1] == (seen[-1][1], seen[-1][1])


def check_findings(found, ledger):
    ids = set(ledger.transfers["transfer_id"].to_pylist())
    rows = {r["transfer_id"]: r for r in ledger.transfers.to_pylist()}
    assert len(set(found["finding_id"].to_pylist())) == found.num_rows
    for finding in found.to_pylist():
        assert finding["typology"] in TYPOLOGIES
        assert set(finding["transfers"]) <= ids
        assert len(set(finding["transfers"])) == len(finding["transfers"]) > 0
        assert len(finding["accounts"]) == len(finding["roles"]) == len(set(finding["accounts"]))
        sides = {rows[t][s] for t in finding["transfers"] for s in ("payer_account", "payee_account")}
        assert set(finding["accounts"]) <= sides
        assert finding["amount"] == sum(rows[t]["amount_base"] for t in finding["transfers"])
        times = [rows[t]["time"] for t in finding["transfers"]]
        assert (finding["first"], finding["last"]) == (min(times), max(times))
        assert 0 <= finding["score"] <= 1
        assert finding["reasons"][-1].startswith(INNOCENT)


def test_findings_hold_together(busy):
    check_findings(detect(busy), busy)


EVERYTHING = {
    "extortion": {"min_payers": 1, "min_fixed": 0, "min_regular": 0, "min_probability": 0, "min_share": 0},
    "funnel": {
        "min_payers": 1, "min_passed": 0, "max_payees": 1000, "max_card": 1, "max_regular": 1, "min_size": 0,
        "min_score": 0,
    },
    "pass_through": {
        "min_passed": 0, "max_retained": 1, "min_times": 1, "min_size": 0, "min_parallel": 2, "min_score": 0,
        "parallel_score": 0,
    },
    "structuring": {"min_repeats": 2, "min_days": 1, "unknown_channel": True, "min_score": 0},
    "cycle": {"max_ways": 1000, "min_hop": 0.01, "max_hop": 10, "min_back": 0.01, "max_back": 10, "min_score": 0},
}  # fmt: skip


@st.composite
def ledgers(draw):
    accounts = draw(st.integers(1, 6))
    moments = st.one_of(st.integers(0, 60).map(lambda d: d * 86_400), st.integers(0, 60 * 86_400))
    amounts = st.one_of(st.sampled_from([1, 5_000, 950_000, 960_000, 400_000]), st.integers(1, 10**15))
    rows = draw(
        st.lists(
            st.tuples(
                moments,
                st.integers(0, accounts - 1),
                st.integers(0, accounts - 1),
                amounts,
                st.sampled_from(["USD", "MXN", "XXX"]),
                st.sampled_from([None, "cash", "card", "wire", ""]),
            ),
            max_size=60,
        )
    )
    transfers = [
        {
            "transfer_id": f"t{i}", "time": t * 1_000_000, "payer_account": f"a{a}", "payee_account": f"a{b}",
            "amount": amount, "amount_base": amount * (i % 7 > 0), "currency": currency, "channel": channel,
        }
        for i, (t, a, b, amount, currency, channel) in enumerate(rows)
    ]  # fmt: skip
    facts = [
        {
            "account_id": f"a{i}",
            "party_id": draw(st.sampled_from([None, "p", f"p{i}"])),
            "institution_id": draw(st.sampled_from([None, "b1", "b2"])),
            "country": draw(st.sampled_from([None, "us", "mx"])),
            "pooled": draw(st.booleans()) if i else False,
        }
        for i in range(draw(st.integers(0, accounts)))
    ]
    return SimpleNamespace(
        transfers=TRANSFERS.build(transfers) if transfers else TRANSFERS.empty(),
        accounts=ACCOUNTS.build(facts) if facts else ACCOUNTS.empty(),
        base_currency=draw(st.sampled_from(["USD", "JPY"])),
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(ledger=ledgers(), wide=st.booleans())
def test_no_ledger_breaks_it(ledger, wide):
    check_findings(detect(ledger, settings=EVERYTHING if wide else None), ledger)


share = st.floats(0, 1)


@given(st.lists(st.tuples(share, share, st.floats(0.01, 1)), min_size=1, max_size=8))
def test_scores_never_fall_when_a_feature_rises(features):
    low = blend({str(i): (min(a, b), w) for i, (a, b, w) in enumerate(features)})
    high = blend({str(i): (max(a, b), w) for i, (a, b, w) in enumerate(features)})
    assert 0 <= low <= high <= 1


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-100, 100), st.floats(0.01, 100))
def test_ramp_rises_from_nothing_to_all(a, b, low, width):
    assert 0 <= ramp(min(a, b), low, low + width) <= ramp(max(a, b), low, low + width) <= 1
    assert ramp(low, low, low + width) == 0
    assert ramp(low + width + 1, low, low + width) == 1
