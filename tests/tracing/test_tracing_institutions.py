"""Money by institution and by chain of institutions: nothing lost, nothing counted twice, before and after one knew."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from caudal.errors import InputError
from caudal.tables import ACCOUNTS, CHANNELS, INSTITUTION_EXPOSURES, INSTITUTIONS, TEXTS
from caudal.tracing import TransferIndex, run_trace
from caudal.tracing.institutions import UNKNOWN, channels, institution_exposures

DAY = 86_400_000_000
BANKS = {"B1": "us", "B2": "mx", "B3": "ve", "B4": None}


@pytest.fixture(scope="module")
def books():
    accounts = ACCOUNTS.build(
        [
            {"account_id": name, "institution_id": bank, "pooled": False}
            for name, bank in {"group": "B1", "a": "B2", "b": "B2", "c": "B3", "d": None}.items()
        ]
    )
    institutions = INSTITUTIONS.build(
        [
            {"institution_id": bank, "name": bank.lower(), "kind": "bank", "country": country}
            for bank, country in BANKS.items()
        ]
    )
    return accounts, institutions


def with_via(table, rows, via):
    return table(rows).append_column("via", pa.array([via.get(row[0]) for row in rows], TEXTS))


def test_a_worked_example(table, books):
    rows = [
        ("t1", 1 * DAY, "group", "a", 100),
        ("t2", 2 * DAY, "group", "a", 50),
        ("t3", 3 * DAY, "a", "b", 150),
        ("t4", 4 * DAY, "b", "c", 75),
        ("t5", 5 * DAY, "c", "d", 75),
    ]
    transfers = with_via(table, rows, {"t2": ["B4"], "t4": ["B2", "B1", "B3"]})
    found = run_trace(TransferIndex.from_transfers(transfers), {"g": ["group"]}, ["proportional"], ["forward"])
    known = {"g": date(1970, 1, 3)}
    table_ = channels(found.attributions, transfers, *books, known)
    assert table_.schema == CHANNELS.schema
    got = [
        (r["chain"], r["countries"], r["transfers"], r["straight"], r["over"], r["straight_known"], r["over_known"])
        for r in table_.to_pylist()
    ]
    assert got == [
        (["B2"], ["mx"], 1, 0, 150, 0, 150),
        (["B1", "B2"], ["us", "mx"], 1, 100, 0, 0, 0),
        (["B2", "B1", "B3"], ["mx", "us", "ve"], 1, 0, 75, 0, 75),
        (["B3", UNKNOWN], ["ve", UNKNOWN], 1, 0, 75, 0, 75),
        (["B1", "B4", "B2"], ["us", UNKNOWN, "mx"], 1, 50, 0, 50, 0),
    ]
    parts = institution_exposures(found.attributions, transfers, *books, known)
    assert parts.schema == INSTITUTION_EXPOSURES.schema
    rows_ = {(r["institution_id"], r["part"]): r for r in parts.to_pylist()}
    b2 = rows_["B2", "counterparty's bank"]
    assert (b2["transfers"], b2["accounts"], b2["straight"], b2["over"]) == (4, 2, 150, 225)
    assert (b2["straight_known"], b2["over_known"], b2["transfers_known"]) == (50, 225, 3)
    assert b2["known_from"] == date(1970, 1, 3)
    assert b2["last_known"] == datetime(1970, 1, 5, tzinfo=UTC)
    assert rows_["B4", "correspondent"]["straight_known"] == 50
    assert rows_["B4", "correspondent"]["accounts"] == 0
    assert rows_["B1", "group's bank"]["straight"] == 150
    assert rows_["B1", "correspondent"]["over"] == 75
    assert rows_[UNKNOWN, "counterparty's bank"]["over"] == 75


def test_money_that_comes_back_to_the_group_is_straight(table, books):
    rows = [("t1", 0, "group", "a", 100), ("t2", DAY, "a", "group", 40)]
    found = run_trace(TransferIndex.from_transfers(table(rows)), {"g": ["group"]}, ["proportional"], ["forward"])
    got = {
        tuple(r["chain"]): (r["straight"], r["over"])
        for r in channels(found.attributions, table(rows), *books, {}).to_pylist()
    }
    assert got == {("B1", "B2"): (100, 0), ("B2", "B1"): (40, 0)}


def test_agrees_with_sums_by_hand_on_random_ledgers(table, books):
    rng = random.Random(8)
    names = ["group", "a", "b", "c", "d"]
    bank_of = {"group": "B1", "a": "B2", "b": "B2", "c": "B3", "d": UNKNOWN}
    for _ in range(12):
        rows = [
            (f"t{n:02d}", rng.randrange(9) * DAY, rng.choice(names), rng.choice(names), rng.randint(0, 90))
            for n in range(rng.randint(1, 25))
        ]
        via = {row[0]: rng.choices(sorted(BANKS), k=rng.randint(0, 3)) for row in rows if rng.random() < 0.5}
        transfers = with_via(table, rows, via)
        found = run_trace(TransferIndex.from_transfers(transfers), {"g": ["group"]}, ["proportional"])
        day = rng.randint(0, 9)
        since = date.fromordinal(date(1970, 1, 1).toordinal() + day)
        by_id = {row[0]: row for row in rows}
        by_chain, by_part = defaultdict(lambda: [0, 0, 0]), defaultdict(lambda: [0, 0, 0])
        for moved in found.attributions.to_pylist():
            name, time, payer, payee, _ = by_id[moved["transfer_id"]]
            between = via.get(name, [])
            chain = []
            for bank in [bank_of[payer], *between, bank_of[payee]]:
                if not chain or chain[-1] != bank:
                    chain.append(bank)
            add = [moved["amount"], moved["amount"] if time >= day * DAY else 0, 1]
            pieces = {
                *((bank, "correspondent") for bank in between),
                *(
                    (bank_of[end], "group's bank" if end == "group" else "counterparty's bank")
                    for end in (payer, payee)
                ),
            }
            for sums in (
                by_chain[moved["direction"], tuple(chain)],
                *(by_part[moved["direction"], bank, part] for bank, part in pieces),
            ):
                sums[:] = [one + more for one, more in zip(sums, add, strict=True)]
        got = {
            (r["direction"], tuple(r["chain"])): [
                r["straight"] + r["over"],
                r["straight_known"] + r["over_known"],
                r["transfers"],
            ]
            for r in channels(found.attributions, transfers, *books, {"g": since}).to_pylist()
        }
        assert got == dict(by_chain)
        total = sum(found.attributions["amount"].to_pylist())
        assert sum(one[0] for one in got.values()) == total
        got = {
            (r["direction"], r["institution_id"], r["part"]): [
                r["straight"] + r["over"],
                r["straight_known"] + r["over_known"],
                r["transfers"],
            ]
            for r in institution_exposures(found.attributions, transfers, *books, {"g": since}).to_pylist()
        }
        assert got == dict(by_part)


def test_a_group_without_a_day_has_nothing_known(table, books):
    transfers = table([("t1", 0, "group", "a", 100)])
    found = run_trace(TransferIndex.from_transfers(transfers), {"g": ["group"]}, ["proportional"], ["forward"])
    (row,) = channels(found.attributions, transfers, *books, {}).to_pylist()
    assert (row["known_from"], row["transfers_known"], row["straight_known"], row["last_known"]) == (None, 0, 0, None)


def test_a_transfer_that_is_not_there_is_named(table, books):
    transfers = table([("t1", 0, "group", "a", 100)])
    found = run_trace(TransferIndex.from_transfers(transfers), {"g": ["group"]}, ["proportional"], ["forward"])
    with pytest.raises(InputError, match="attributed transfer is not among"):
        channels(found.attributions, transfers.slice(0, 0), *books, {})
