"""Numbers of listed parties inside payment texts."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from caudal.screening import Screener

WALLET = "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"
IBAN = "GB29NWBK60161331926819"
CURP = "ZUCN660717HJCBRM09"


@pytest.fixture(scope="module")
def finder(make_register: Any, make_entity: Any, make_crowd: Any) -> Screener:
    return Screener(
        make_register(
            [
                make_entity(
                    "p", "Person", "ZUBIRRETA CERVANTES, Nemorio", passportNumber=["AB1234567", "20351177"],
                    idNumber=[CURP, "123456789012345"], email=["nemo@zubirreta.example"], phone=["+52 33 1234 5678"],
                    notes=[f"Digital Currency Address - XBT {WALLET}"],
                ),
                make_entity("b", "Company", "Banco Tolomavera", swiftBic=["TOLVMXMMXXX"], iban=[IBAN]),
                make_entity("v", "Vessel", "PELUSARIA STAR", imoNumber=["IMO9074729"], mmsi=["572469210"]),
                *make_crowd(40, 4),
            ]
        )
    )  # fmt: skip


def found(screener: Screener, *texts: str) -> list[dict[str, Any]]:
    table = pa.table({"transfer_id": [f"t{n}" for n in range(len(texts))], "purpose": list(texts)})
    return screener.match_texts(table).to_pylist()


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        (f"WITHDRAWAL {WALLET} FEE", "p"),
        (f"to:{WALLET.lower()}", "p"),
        (f"/ACC/{IBAN}/INV 7", "b"),
        ("PAY GB29 NWBK 6016 1331 9268 19 NOW", "b"),
        (f"CURP:{CURP}", "p"),
        ("VIA TOLVMXMM", "b"),
        ("VIA TOLVMXMM123", "b"),
        ("PASSPORT NO AB1234567", "p"),
        ("pasaporte ab-1234567", "p"),
        ("NEMO@ZUBIRRETA.EXAMPLE", "p"),
        ("FREIGHT IMO 9074729", "v"),
        ("FREIGHT IMO9074729", "v"),
    ],
)
def test_a_number_that_is_surely_the_listed_one_alerts(finder: Screener, text: str, entity: str) -> None:
    rows = found(finder, "INVOICE 1", text)
    assert [(row["transfer_id"], row["entity_id"], row["alert"]) for row in rows] == [("t1", entity, True)]
    evidence = json.loads(rows[0]["evidence"])
    assert sum(reason["bits"] for reason in evidence["reasons"]) == pytest.approx(rows[0]["bits"], abs=0.1)


@pytest.mark.parametrize(
    "text", ["INVOICE 20351177", "INV 9074729", "CALL 5233 12345678", "INV AB12345678", "A" * 50_000]
)
def test_a_number_that_may_be_anything_is_nothing(finder: Screener, text: str) -> None:
    assert found(finder, text) == []


def test_a_long_number_that_nothing_names_is_a_question_at_most(finder: Screener) -> None:
    row = found(finder, "REF 123456789012345")[0]
    assert not row["alert"]
    named = found(finder, "ID NO 123456789012345")[0]
    assert named["alert"]


def test_a_name_and_a_number_of_one_party_are_weighed_together(finder: Screener) -> None:
    name = found(finder, "LOAN NEMORIO ZUBIRRETA CERVANTES")[0]
    both = found(finder, "LOAN NEMORIO ZUBIRRETA CERVANTES PASSPORT AB1234567")
    assert len(both) == 1
    assert both[0]["bits"] > name["bits"] + 15
    assert len(found(finder, "NEMORIO ZUBIRRETA CERVANTES", f"{IBAN} {WALLET}")) == 3
