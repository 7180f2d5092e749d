from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from caudal.impact.dealings import dealings
from caudal.tables import ACCOUNTS, MATCHES, ROLES, TRANSFERS

START = datetime(2025, 2, 18, 23, 30, tzinfo=UTC)
EFFECTIVE = date(2025, 2, 20)


@dataclass
class Answer:
    status: str
    text: str
    since: date | None


class FakeRegister:
    """A register that designates everyone on one day, and counts the questions."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, date]] = Counter()

    def designated_on(self, entity_id: str, day: date) -> Answer:
        self.asked[entity_id, day] += 1
        return Answer("yes" if day >= EFFECTIVE else "no", f"{entity_id} on {day}", EFFECTIVE)


@pytest.fixture
def books():
    transfers = TRANSFERS.build(
        [
            {
                "transfer_id": f"t{n}",
                "time": START + timedelta(days=n % 4),
                "payer_account": "a1" if n % 2 else "b1",
                "payee_account": "c1",
                "amount": 100,
                "currency": "USD",
                "amount_base": 100,
            }
            for n in range(12)
        ]
    )
    accounts = ACCOUNTS.build(
        [{"account_id": a, "party_id": a[0].upper(), "pooled": False} for a in ("a1", "b1", "c1")]
    )

    def match(entity: str, party: str | None, transfer: str | None, alert: bool = True) -> dict:
        return {
            "party_id": party,
            "transfer_id": transfer,
            "entity_id": entity,
            "probability": 0.9,
            "bits": 20.0,
            "alert": alert,
            "evidence": "{}",
            "list_version": "x",
            "screened_at": START,
        }

    matches = MATCHES.build([match("e1", "A", None), match("e2", None, "t0"), match("e3", "B", None, alert=False)])
    return matches, transfers, accounts


def test_each_payment_gets_the_answer_of_its_own_utc_day(books):
    register = FakeRegister()
    rows = dealings(register, *books).to_pylist()
    by_party = [r for r in rows if r["entity_id"] == "e1"]
    assert {r["transfer_id"] for r in by_party} == {f"t{n}" for n in range(1, 12, 2)}
    assert all(r["part"] == "payer" for r in by_party)
    for row in by_party:
        day = (START + timedelta(days=int(row["transfer_id"][1:]) % 4)).date()
        assert row["day"] == day
        assert row["status"] == ("yes" if day >= EFFECTIVE else "no")
    assert max(register.asked.values()) == 1


def test_a_named_text_touches_only_its_own_payment_and_no_alert_touches_none(books):
    rows = dealings(FakeRegister(), *books).to_pylist()
    named = [r for r in rows if r["entity_id"] == "e2"]
    assert [(r["transfer_id"], r["party_id"], r["part"]) for r in named] == [("t0", None, "named in the text")]
    assert not [r for r in rows if r["entity_id"] == "e3"]


def test_whom_a_payment_names_besides_is_told_with_its_role(books):
    roles = ROLES.build(
        [
            {"transfer_id": "t3", "party_id": "A", "role": "ultimate creditor"},
            {"transfer_id": "t4", "party_id": "B", "role": "ultimate debtor"},  # no alert
            {"transfer_id": "gone", "party_id": "A", "role": "ultimate debtor"},
        ]
    )
    before = dealings(FakeRegister(), *books).to_pylist()
    after = dealings(FakeRegister(), *books, roles).to_pylist()
    (row,) = [r for r in after if r not in before]
    assert (row["transfer_id"], row["entity_id"], row["party_id"]) == ("t3", "e1", "A")
    assert (row["part"], row["day"]) == ("ultimate creditor", (START + timedelta(days=3)).date())


def test_without_alerts_there_are_no_dealings(books):
    _, transfers, accounts = books
    assert dealings(FakeRegister(), MATCHES.empty(), transfers, accounts).num_rows == 0
