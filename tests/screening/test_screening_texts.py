from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.screening import Screener
from caudal.tables import MATCHES


def transfers(*texts: str | None, accounts: list[tuple[str, str]] | None = None) -> pa.Table:
    accounts = accounts or [(f"a{i}", "b") for i in range(len(texts))]
    return pa.table(
        {
            "transfer_id": [f"t{i}" for i in range(len(texts))],
            "purpose": pa.array(texts, pa.string()),
            "payer_account": [a for a, _ in accounts],
            "payee_account": [b for _, b in accounts],
        }
    )


def alerts(table: pa.Table) -> set[tuple[str, str]]:
    kept = table.filter(table["alert"])
    return set(zip(kept["transfer_id"].to_pylist(), kept["entity_id"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("JSC VOSTROBORONEXPORT/PMT UNDER SUPPL.AGR.N 14 DD110624", "c-1"),
        ("PAYMENT TO VOSTROBORONEXPORT FOR SPARES", "c-1"),
        ("JSC VOSTROBORNEXPORT/PMT UNDER SUPPL.AGR.N14", "c-1"),
        ("INVOICE 7 VOSTROBORO NEXPORT JSC", "c-1"),
        ("LOAN REPAYMENT NEMORIO ZUBIRRETA CERVANTES 12.03.2014", "p-1"),
        ("/BENEF/ZUBIRRETA CERVANTES NEMORIO//MEXICO", "p-1"),
        ("loan to Nemorio  Zubirreta-Cervantes", "p-1"),
    ],
)
def test_whole_listed_names_in_a_text_alert(screener: Screener, text: str, entity: str) -> None:
    found = screener.match_texts(transfers("INVOICE 12", text, None))
    assert alerts(found) == {("t1", entity)}
    row = found.to_pylist()[0]
    assert found.schema == MATCHES.schema
    assert row["party_id"] is None
    evidence = json.loads(row["evidence"])
    assert sum(r["bits"] for r in evidence["reasons"]) == pytest.approx(row["bits"], abs=0.1)


@pytest.mark.parametrize(
    "text",
    [
        "PAYMENT FOR GOODS TO GUANGZHOU",
        "GUANGZHOU TRADING CO., LTD INVOICE 3",
        "TRANSFER TO JOSE GARCIA",
        "NEMORIO SENDS REGARDS; CERVANTES STREET 4",
        "ZUBIRRETA FOR GOODS DELIVERED UNDER CONTRACT TO CERVANTES AND NEMORIO",
        "IMPORT EXPORT SAN. VE TIC. LTD. STI.",
        "CENTRAL BANK CHARGES",
        "",
        "\x00\u202e",
    ],
)
def test_parts_places_and_common_names_do_not_alert(screener: Screener, text: str) -> None:
    assert not alerts(screener.match_texts(transfers(text)))


def test_a_word_many_payers_write_is_a_word_of_trade(make_register: Any, make_entity: Any, make_crowd: Any) -> None:
    screener = Screener(make_register([make_entity("c", "Company", "Tolomavera OOO"), *make_crowd(60, 5)]))
    once = screener.match_texts(transfers("OOO TOLOMAVERA 1"))
    assert ("t0", "c") in alerts(once)
    often = screener.match_texts(transfers(*(f"OOO TOLOMAVERA {i}" for i in range(400))))
    assert not alerts(often)
    # One relation that writes it in every payment is still one relation.
    same = [("a", "b")] * 400
    repeated = screener.match_texts(transfers(*(f"OOO TOLOMAVERA {i}" for i in range(400)), accounts=same))
    assert len(alerts(repeated)) == 400


def test_a_text_used_by_many_transfers_is_read_once_and_reported_for_each(screener: Screener) -> None:
    seen: list[int] = []
    table = transfers(*["JSC VOSTROBORONEXPORT"] * 5, accounts=[("a", "b")] * 5)
    found = screener.match_texts(table, progress=lambda done, total: seen.append(total or 0))
    assert found["transfer_id"].to_pylist() == [f"t{i}" for i in range(5)]
    assert set(seen) == {1}


def test_empty_and_missing_columns(screener: Screener) -> None:
    assert screener.match_texts(transfers()).num_rows == 0
    assert screener.match_texts(transfers(None, None)).num_rows == 0
    with pytest.raises(InputError, match="column is missing"):
        screener.match_texts(pa.table({"transfer_id": ["a"]}))
    chunked = pa.concat_tables([transfers("JSC VOSTROBORONEXPORT"), transfers("INVOICE 3")])
    assert screener.match_texts(chunked).num_rows == 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=6))
def test_any_texts_are_answered(screener: Screener, texts: list[str | None]) -> None:
    texts = [t.encode("utf-8", "ignore").decode() if t else t for t in texts]
    assert screener.match_texts(transfers(*texts)).schema == MATCHES.schema
