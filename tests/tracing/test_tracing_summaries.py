"""Sums of attributed money: by pair of accounts, and by institution."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from caudal.errors import InputError
from caudal.tables import ACCOUNTS, INSTITUTIONS
from caudal.tracing import BY_INSTITUTION, FLOWS, TransferIndex, by_institution, flows, run_trace

SECOND = 1_000_000
ROWS = [
    ("t1", 1 * SECOND, "group", "a", 100),
    ("t2", 2 * SECOND, "group", "a", 50),
    ("t3", 3 * SECOND, "a", "b", 150),
    ("t4", 4 * SECOND, "group", "c", 7),
    ("t5", 5 * SECOND, "b", "d", 50),
]
ACCOUNT_ROWS = ACCOUNTS.build(
    {
        "account_id": ["a", "b", "c"],
        "institution_id": ["bank-1", "bank-1", None],
        "pooled": [False, False, False],
    }
)
BANKS = INSTITUTIONS.build(
    {
        "institution_id": ["bank-1", "bank-2"],
        "name": ["First", "Second"],
        "kind": ["bank", "bank"],
        "country": ["pa", "co"],
    }
)


@pytest.fixture
def found(table):
    return run_trace(TransferIndex.from_transfers(table(ROWS)), {"g": ["group"]}, ["proportional"], ["forward"])


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def test_flows_sum_by_pair_of_accounts(found, table):
    between = flows(found.attributions, table(ROWS))
    assert between.schema == FLOWS.schema
    rows = [tuple(row.values())[3:] for row in between.to_pylist()]
    assert rows == [
        ("a", "b", 150, 1, at(3), at(3)),
        ("group", "a", 150, 2, at(1), at(2)),
        ("b", "d", 50, 1, at(5), at(5)),
        ("group", "c", 7, 1, at(4), at(4)),
    ]


def test_a_transfer_that_is_missing_is_named(found, table):
    with pytest.raises(InputError, match="not among the transfers"):
        flows(found.attributions, table(ROWS[1:]))


def test_institutions_are_summed_and_accounts_without_one_are_kept(found):
    sums = by_institution(found.exposures, ACCOUNT_ROWS, BANKS)
    assert sums.schema == BY_INSTITUTION.schema
    first, rest = sums.to_pylist()
    assert (first["institution_id"], first["name"], first["country"]) == ("bank-1", "First", "pa")
    assert (first["accounts"], first["amount"], first["held"]) == (2, 300, 100)
    assert (first["first"], first["last"]) == (at(1), at(3))
    assert (rest["institution_id"], rest["name"]) == (None, None)
    assert (rest["accounts"], rest["amount"], rest["held"]) == (2, 57, 57)  # c has no bank, d is not among the accounts
    assert (rest["group_id"], rest["direction"], rest["method"]) == ("g", "forward", "proportional")


def test_no_exposure_gives_empty_sums(found, table):
    assert by_institution(found.exposures.slice(0, 0), ACCOUNT_ROWS, BANKS).num_rows == 0
    assert flows(found.attributions.slice(0, 0), table(ROWS)).schema == FLOWS.schema


def test_a_sum_beyond_64_bits_is_refused(table):
    rows = [(f"t{n}", n, "group", f"a{n}", 2**61) for n in range(3)] + [
        (f"u{n}", n, f"a{n}", "z", 2**61) for n in range(3)
    ]
    found = run_trace(TransferIndex.from_transfers(table(rows)), {"g": ["group"]}, ["proportional"], ["forward"])
    none = pa.table({"account_id": [], "pooled": []}).cast(
        pa.schema([("account_id", pa.string()), ("pooled", pa.bool_())])
    )
    with pytest.raises(InputError, match="more than 64 bits"):
        by_institution(found.exposures, ACCOUNTS.build(none.to_pylist()), BANKS)
