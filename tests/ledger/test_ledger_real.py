"""The published wires of the Azerbaijani Laundromat, read in place with the mapping shipped as an example."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from caudal.ledger import Ledger

pytestmark = pytest.mark.real

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "azerbaijani_laundromat"


@pytest.fixture(scope="module")
def wires(shared_data: Path) -> Path:
    path = shared_data / "ledgers" / "azerbaijani_laundromat_wires.csv"
    if not path.is_file():
        pytest.skip(f"no {path}")
    return path


@pytest.fixture(scope="module")
def rows(wires: Path) -> list[dict[str, str]]:
    with wires.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def ledger(wires: Path) -> Ledger:
    return Ledger.open(wires, EXAMPLE / "mapping.toml", as_of=date(2026, 8, 20))


def test_all_wires_are_accounted_for(ledger: Ledger, rows: list[dict[str, str]]) -> None:
    assert len(rows) == 16_940
    assert ledger.summary.rows == len(rows)
    seen = ledger.transfers["source_row"].to_pylist() + ledger.rejected["row"].to_pylist()
    assert sorted(seen) == list(range(2, len(rows) + 2))


def test_sums_are_those_of_the_file(ledger: Ledger, rows: list[dict[str, str]]) -> None:
    kept_aside = {row - 2 for row in ledger.rejected["row"].to_pylist()}
    dollars = sum(Decimal(row["amount_usd"]) for row in rows)
    aside = sum((Decimal(rows[at]["amount_usd"]) for at in kept_aside), Decimal(0))
    assert ledger.summary.base_sum + aside == dollars
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for at, row in enumerate(rows):
        if at not in kept_aside:
            sums[row["amount_orig_currency"]] += abs(Decimal(row["amount_orig"]))
    assert ledger.summary.sums == sums
    assert set(sums) == {"USD", "EUR", "RUB", "GBP", "CHF", "SEK"}
    assert (ledger.summary.first_day, ledger.summary.last_day) == (date(2012, 6, 30), date(2014, 12, 31))


def test_every_wire_says_what_its_row_says(ledger: Ledger, rows: list[dict[str, str]]) -> None:
    for transfer in ledger.transfers.to_pylist():
        row = rows[transfer["source_row"] - 2]
        assert transfer["time"].date().isoformat() == row["date"]
        assert Decimal(transfer["amount"]).scaleb(-2) == abs(Decimal(row["amount_orig"]))
        assert Decimal(transfer["amount_base"]).scaleb(-2) == Decimal(row["amount_usd"])
        assert transfer["purpose"] == (row["purpose"].strip() or None)


def test_the_core_accounts_are_whole(ledger: Ledger) -> None:
    """The four core companies' accounts are written as IBANs and as bare numbers; each must be one account."""
    cores = {
        "333516150001": "HILUX SERVICES LP",
        "333487040004": "METASTAR INVEST LLP",
        "333505610002": "LCM ALLIANCE LLP",
        "333516220009": "POLUX MANAGEMENT LP",
    }
    names = dict(zip(ledger.parties["party_id"].to_pylist(), ledger.parties["name"].to_pylist(), strict=True))
    holder = dict(zip(ledger.accounts["account_id"].to_pylist(), ledger.accounts["party_id"].to_pylist(), strict=True))
    sides = [ledger.transfers[side].to_pylist() for side in ("payer_account", "payee_account")]
    core = set()
    for number, name in cores.items():
        account = ledger.account(number)
        assert account is not None
        assert account.startswith("EE")
        assert account.endswith(number)
        assert names[holder[account]] == name
        core.add(account)
    outside = [pair for pair in zip(*sides, strict=True) if not core & set(pair)]
    assert len(core) == 4
    assert not outside  # these are the statements of the four: each wire leaves or reaches one of them


def test_accounts_without_a_number_do_not_fall_together(ledger: Ledger, rows: list[dict[str, str]]) -> None:
    assert ledger.account("null") is None
    nobody = [row for row in rows if "null" in (row["payer_account"], row["beneficiary_account"])]
    named = [a for a in ledger.accounts["account_id"].to_pylist() if a.startswith("name-")]
    assert 50 < len(named) <= len(nobody)


def test_people_of_one_name_stay_apart(ledger: Ledger) -> None:
    schema = dict(zip(ledger.parties["party_id"].to_pylist(), ledger.parties["schema"].to_pylist(), strict=True))
    accounts = Counter(ledger.accounts["party_id"].to_pylist())
    assert all(count == 1 for party, count in accounts.items() if schema[party] == "Person")
    assert any(count > 1 for count in accounts.values())


def test_the_same_file_gives_the_same_ledger(ledger: Ledger, wires: Path) -> None:
    again = Ledger.open(wires, EXAMPLE / "mapping.toml", as_of=date(2026, 8, 20))
    for table in ("transfers", "parties", "accounts", "institutions", "rejected"):
        assert getattr(again, table).equals(getattr(ledger, table))
