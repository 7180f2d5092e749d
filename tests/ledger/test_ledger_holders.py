from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.ledger import Mapping
from caudal.ledger.holders import Holders, holders_of
from caudal.ledger.iban import contained, is_iban
from caudal.ledger.mentions import FIELDS
from caudal.ledger.text import FEW, digest, normal

MAPPING: dict[str, Any] = {
    "time": {"column": "day"},
    "payer": {"account": "from"},
    "payee": {"account": "to"},
    "amount": {"column": "amount", "currency": {"value": "USD"}},
    "types": {"C": "Company", "P": "Person"},
}
DE, EE, GB = "DE89370400440532013000", "EE382200221020145685", "GB29NWBK60161331926819"


def held(rows: list[dict[str, Any]], **mapping: Any) -> Holders:
    table = pa.table({name: [row.get(name, "") for row in rows] for name in FIELDS})
    weight = np.array([row.get("times", 1) for row in rows], dtype=np.int64)
    return holders_of(table, weight, Mapping.of({**MAPPING, **mapping}), Counter())


def by(table: pa.Table, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in table.to_pylist()}


def test_one_account_has_one_holder_named_by_its_most_frequent_spelling() -> None:
    found = held(
        [
            {"account": "1", "name": "ANNA LOPEZ", "type": "P", "country": "CO", "times": 2},
            {"account": "1", "name": "Anna Lopes", "type": "P", "country": "CO", "times": 5},
            {"account": "1", "name": "A LOPEZ", "type": "C", "country": "VE", "times": 2},
        ]
    )
    (party,) = found.parties.to_pylist()
    assert party["name"] == "Anna Lopes"
    assert party["aliases"] == ["A LOPEZ", "ANNA LOPEZ"]  # a tie falls to what sorts first
    assert party["schema"] == "Person"
    assert party["countries"] == ["co", "ve"]


def test_firms_are_put_together_and_people_never() -> None:
    firm = {"name": "Acme Trading, S.A.", "type": "C", "country": "PA"}
    same = {**firm, "name": "ACME TRADING S A"}
    person = {"name": "JOSE GARCIA", "type": "P", "country": "MX"}
    rows = [
        {"account": "1", **firm},
        {"account": "2", **same},
        {"account": "3", **firm, "country": "CY"},
        {"account": "4", **firm, "country": ""},
        {"account": "5", **person},
        {"account": "6", **person},
        {"account": "7", **firm, "type": ""},
        {"account": "8", **firm, "name": "ABC SA"},
        {"account": "9", **firm, "name": "ABC SA"},
    ]
    party = {row["account_id"]: row["party_id"] for row in held(rows).accounts.to_pylist()}
    assert party["1"] == party["2"]
    assert len(set(party.values())) == 8


def test_without_a_number_the_holder_is_the_account() -> None:
    person = {"name": "JOSE GARCIA", "type": "P", "country": "MX"}
    rows = [person, {**person, "name": "josé garcia"}, {**person, "name": "Jose  García."}, {**person, "country": "CO"}]
    found = held(rows)
    ids = found.account_of.to_pylist()
    assert ids[0] == "name-" + hashlib.md5(b"JOSE GARCIA\x1fmx", usedforsecurity=False).hexdigest()[:16]
    assert len(set(ids)) == 4  # accents are not dropped
    assert held([{**person, "name": "Jose, GARCIA"}]).account_of.to_pylist() == ids[:1]


def test_spellings_of_one_number() -> None:
    found = held([{"account": a, "name": "X"} for a in ("ee38 2200 2210-2014.5685", EE, "12-34/5", "12345")])
    assert found.accounts["account_id"].to_pylist() == ["12345", EE]
    assert found.spellings.to_pylist() == [
        {"account_id": "12345", "spelling": "12-34/5"},
        {"account_id": EE, "spelling": "ee38 2200 2210-2014.5685"},
    ]
    exact = held([{"account": a, "name": "X"} for a in ("aBc", "ABC")], accounts={"as_written": True})
    assert exact.accounts["account_id"].to_pylist() == ["ABC", "aBc"]


@pytest.mark.parametrize(
    ("other", "joined"),
    [
        ({"name": "ACME LLP"}, True),
        ({"name": "Acme, llp"}, True),
        ({"name": "OTHER LLP"}, False),
        ({"name": ""}, False),
        ({"name": "ACME LLP", "bic": "HABAEE2X"}, True),
        ({"name": "ACME LLP", "bic": "FOREEE2X"}, False),
    ],
)
def test_a_domestic_number_is_the_iban_that_ends_in_it(other: dict[str, str], joined: bool) -> None:
    rows = [{"account": EE, "name": "ACME LLP", "bic": "HABAEE2XXXX"}, {"account": "221020145685", **other}]
    found = held(rows)
    assert (found.account_of.to_pylist() == [EE, EE]) == joined
    assert found.written_of.to_pylist() == [EE, "221020145685"]
    assert held(rows, accounts={"join_iban": False}).accounts.num_rows == 2


def test_two_ibans_that_end_alike_take_no_number() -> None:
    accounts = pa.array([EE, "LV80BANK0000435195001", "435195001", "145685", "22221020145685", "x"])
    assert is_iban(accounts).tolist() == [True, True, False, False, False, False]
    assert contained(accounts, is_iban(accounts)).tolist() == [-1, -1, 1, -1, -1, -1]
    doubled = pa.array([EE, "FI99" + EE[4:], "221020145685"])
    assert contained(doubled, np.array([True, True, False])).tolist() == [-1, -1, -1]


def by_the_book(text: str) -> bool:
    """ISO 7064 MOD 97-10 with one large integer."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", text):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from([DE, EE, GB]).flatmap(
            lambda iban: st.tuples(st.integers(0, len(iban) - 1), st.sampled_from("0123456789AZ ")).map(
                lambda change: iban[: change[0]] + change[1] + iban[change[0] + 1 :]
            )
        ),
        min_size=1,
    )
)
def test_check_digits(texts: list[str]) -> None:
    assert is_iban(pa.array(texts)).tolist() == [by_the_book(text) for text in texts]


def test_institutions() -> None:
    rows = [
        {"account": "1", "bic": "hbukgb4bxxx", "bank": "HSBC UK", "bank_country": ""},
        {"account": "2", "bic": "HBUKGB4B", "bank": "HSBC UK BANK PLC", "bank_country": "GB", "times": 3},
        {"account": "3", "bank": "Caja del Sur", "bank_country": "BO"},
        {"account": "4", "bank": "CAJA DEL SUR.", "bank_country": "bo"},
        {"account": "5", "bic": "not a bic"},
    ]
    found = held(rows)
    of = {row["account_id"]: row["institution_id"] for row in found.accounts.to_pylist()}
    assert of["1"] == of["2"] == "HBUKGB4B"
    assert of["3"] == of["4"] == "bank-" + hashlib.md5(b"CAJA DEL SUR\x1fbo", usedforsecurity=False).hexdigest()[:16]
    assert of["5"] is None
    rows_of = by(found.institutions, "institution_id")
    assert rows_of["HBUKGB4B"] == {
        "institution_id": "HBUKGB4B",
        "name": "HSBC UK BANK PLC",
        "kind": "bank",
        "country": "gb",
    }
    assert by(found.accounts, "account_id")["2"]["country"] == "gb"
    assert found.parties.num_rows == 0


def test_banks_that_number_for_themselves() -> None:
    rows = [{"account": "77", "bic": "HBUKGB4B"}, {"account": "77", "bic": "BARCGB22"}, {"account": "77"}]
    rows.append({"account": EE, "bic": "HABAEE2X"})
    assert held(rows).account_of.to_pylist() == ["77", "77", "77", EE]
    scoped = held(rows, accounts={"scope": "bank"}).account_of.to_pylist()
    assert scoped == ["HBUKGB4B/77", "BARCGB22/77", "77", EE]


def test_pooled() -> None:
    rows = [
        {"account": "1", "name": "Bank of Nowhere", "type": "B", "times": 3},
        {"account": "1", "name": "Someone", "type": "P"},
        {"account": "2", "name": "Someone", "type": "P", "times": 3},
        {"account": "2", "name": "Bank of Nowhere", "type": "B"},
        {"account": "3-3", "name": "Exchange"},
        {"account": "4", "name": "bank of NOWHERE"},
    ]

    def pooled(**spec: Any) -> list[str]:
        accounts = held(rows, pooled=spec).accounts
        return accounts.filter(accounts["pooled"])["account_id"].to_pylist()

    assert pooled() == []
    assert pooled(types=["B"]) == ["1"]
    assert pooled(names=["Bank of Nowhere"]) == ["1", "4"]
    assert pooled(accounts=["3-3", "2"]) == ["2", "33"]
    assert pooled(accounts=["33"]) == ["33"]


def test_what_is_left_out_is_counted() -> None:
    notes: Counter[str] = Counter()
    row = {"account": "1", "country": "Colombia", "bic": "x", "type": "Alien", "bank_country": "PER"}
    table = pa.table({name: [row.get(name, "")] for name in FIELDS})
    found = holders_of(table, np.array([7]), Mapping.of(MAPPING), notes)
    assert set(notes.values()) == {7}
    assert len(notes) == 4
    assert found.parties.num_rows == 0
    assert found.accounts["party_id"].to_pylist() == [None]


def slow_normal(name: str) -> str:
    upper = unicodedata.normalize("NFKC", name).upper()
    return " ".join("".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in upper).split())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="aáÅñZ9 .,-&'їЖ中ｱ\u0301\t", max_size=12), min_size=1))
def test_names_are_normalised_like_the_reference(names: list[str]) -> None:
    assert normal(pa.array(names)).to_pylist() == [slow_normal(name) for name in names]


mention = st.fixed_dictionaries(
    {
        "account": st.sampled_from(["", "1", "2", "3", "1-"]),
        "name": st.sampled_from(["", "ACME CORP", "Acme Corp.", "JUAN", "Juan", "ABC"]),
        "type": st.sampled_from(["", "C", "P"]),
        "country": st.sampled_from(["", "co", "VE"]),
        "times": st.integers(1, 4),
    }
)


@settings(max_examples=100, deadline=None)
@given(st.lists(mention, min_size=1, max_size=14, unique_by=lambda m: tuple(list(m.values())[:4])), st.randoms())
def test_holders_like_the_reference(rows: list[dict[str, Any]], random: Any) -> None:
    """The rules once more, row by row, in plain Python."""
    votes: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    keys = []
    for row in rows:
        country = row["country"].lower()
        number = row["account"].replace("-", "")
        seed = f"{slow_normal(row['name'])}\x1f{country}"
        key = number or "name-" + hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()[:16]
        keys.append(key)
        schema = {"C": "Company", "P": "Person"}.get(row["type"], "")
        for field, value in (
            ("name", row["name"]),
            ("norm", slow_normal(row["name"])),
            ("country", country),
            ("schema", schema),
        ):
            if value:
                votes[key][field][value] += row["times"]
        votes[key]["seen"]["x"] += 1

    def first(counter: Counter[str]) -> str:
        return min(counter, key=lambda v: (-counter[v], v.encode())) if counter else ""

    party_of = {}
    for key, vote in votes.items():
        norm, country, schema = (first(vote[f]) for f in ("norm", "country", "schema"))
        sure = schema == "Company" and country and len(norm.replace(" ", "")) >= 6
        party_of[key] = (norm, country) if sure else key
        if not norm:
            party_of[key] = None
    wanted = defaultdict(lambda: (Counter(), Counter(), Counter()))
    for key, vote in votes.items():
        if party_of[key] is not None:
            for total, field in zip(wanted[party_of[key]], ("name", "country", "schema"), strict=True):
                total.update(vote[field])

    found = held(rows)
    assert found.account_of.to_pylist() == keys
    parties, accounts = by(found.parties, "party_id"), by(found.accounts, "account_id")
    assert set(accounts) == set(votes)
    assert len(parties) == len(wanted)
    for key in votes:
        party_id = accounts[key]["party_id"]
        assert (party_id is None) == (party_of[key] is None)
        if party_id is None:
            continue
        names, countries, schemata = wanted[party_of[key]]
        party = parties[party_id]
        assert party["name"] == first(names)
        assert sorted(party["aliases"]) == sorted(set(names) - {first(names)})
        assert set(party["countries"]) == set(countries)
        assert party["schema"] == (first(schemata) or "LegalEntity")
    shuffled = random.sample(rows, len(rows))
    again = held(shuffled)
    assert again.parties.equals(found.parties)
    assert again.accounts.equals(found.accounts)


@pytest.mark.parametrize("rows", [1, FEW, FEW + 1])
def test_hashes_are_md5_of_the_joined_texts(rows: int) -> None:
    columns = [[f"é{i}" if i % 3 else None for i in range(rows)], [f"{i}\t" for i in range(rows)]]
    found = digest([pa.array(c, pa.string()) for c in columns], 20).to_pylist()
    wanted = ["\x1f".join(v or "" for v in row) for row in zip(*columns, strict=True)]
    assert found == [hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:20] for text in wanted]
