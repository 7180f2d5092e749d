from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from caudal.register import Register
from caudal.tables import ACCOUNTS, MATCHES, OWNERSHIP
from caudal.workspace.seeds import find_seeds, groups_of_entities

DAY = date(2025, 4, 1)
MEMBERS = """entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,programme,effective,source
m-1,Person,Quintilla Zarzamora,,,,,tren-de-aragua,SDGT,SDGT,2025-02-20,made up
m-2,Person,Teodomira Arrazubi,,,,,,SDGT,SDGT,2025-02-20,made up
"""


@pytest.fixture
def register(tmp_path):
    (tmp_path / "members.csv").write_text(MEMBERS, encoding="utf-8")
    return Register.load(tmp_path / "members.csv", as_of=DAY)


def match(party: str | None, entity: str, alert: bool = True) -> dict:
    return {
        "party_id": party,
        "transfer_id": None if party else "t1",
        "entity_id": entity,
        "probability": 0.9,
        "bits": 20.0,
        "alert": alert,
        "evidence": "{}",
        "list_version": "x",
        "screened_at": datetime(2025, 4, 1, tzinfo=UTC),
    }


ACCOUNT_ROWS = ACCOUNTS.build(
    [{"account_id": f"a{n}", "party_id": f"p{n}", "pooled": False} for n in range(1, 6)]
    + [{"account_id": "a1b", "party_id": "p1", "pooled": False}]
)


def stake(owner: str, asset: str, share: int) -> dict:
    return {"owner_id": owner, "asset_id": asset, "share_min": share, "share_max": share, "kind": "owns", "source": "x"}


STAKES = OWNERSHIP.build([stake("p1", "p3", 500_000), stake("p3", "p4", 500_000), stake("p1", "p5", 490_000)])


def seeds(register, rows, *, groups=None, owned=True, stakes=STAKES):
    matches = MATCHES.build(rows)
    return find_seeds(register, matches, ACCOUNT_ROWS, stakes, groups=groups, day=DAY, owned=owned)


def test_accounts_of_alerts_and_of_firms_they_own_by_half_or_more(register):
    found = seeds(register, [match("p1", "m-1")])
    assert found.accounts == {"tren-de-aragua": ["a1", "a1b", "a3", "a4"]}
    assert set(found.parties["tren-de-aragua"]) == {"p1", "p3", "p4"}
    assert "m-1" in found.parties["tren-de-aragua"]["p1"]
    assert "50%" in found.parties["tren-de-aragua"]["p4"]


def test_without_ownership_only_the_matched_count(register):
    assert seeds(register, [match("p1", "m-1")], owned=False).accounts == {"tren-de-aragua": ["a1", "a1b"]}
    assert seeds(register, [match("p1", "m-1")], stakes=OWNERSHIP.empty()).accounts == {"tren-de-aragua": ["a1", "a1b"]}


def test_weak_matches_and_payment_texts_are_no_seeds(register):
    assert seeds(register, [match("p1", "m-1", alert=False), match(None, "m-1")]).accounts == {}


def test_only_the_groups_asked_for_are_followed_and_an_entity_outside_them_is_its_own(register):
    rows = [match("p1", "m-1"), match("p2", "m-2")]
    assert set(seeds(register, rows).accounts) == {"tren-de-aragua", "m-2"}
    assert set(seeds(register, rows, groups=["tren-de-aragua"]).accounts) == {"tren-de-aragua"}
    assert groups_of_entities(register.tables()["memberships"], ["m-1", "m-2", "x-9"]) == {
        "m-1": ["tren-de-aragua"],
        "m-2": ["m-2"],
        "x-9": ["x-9"],
    }
