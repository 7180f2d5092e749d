"""ISO 20022 messages: what is put into a message comes out of the ledger."""

from __future__ import annotations

import resource
import shutil
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from benchmarks.iso_messages import Booked, Paid, Person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from benchmarks import iso_messages as iso
from caudal.errors import InputError
from caudal.ledger import Ledger, Mapping, Rates
from caudal.ledger.currencies import minor_units
from caudal.ledger.iso_reader import LARGEST
from caudal.register import Register
from caudal.screening import Screener
from caudal.tables import DESIGNATIONS, ENTITIES, MEMBERSHIPS, NAMES, OWNERSHIP

TODAY = date(2024, 6, 30)
UETR = "8a562c67-ca16-48ba-b074-65581be6f001"
RATES = Rates([(date(2024, 3, 5), "JPY", Decimal("0.0067")), (date(2024, 3, 5), "BHD", Decimal("2.65"))], "USD")


def read(tmp_path: Path, *texts: str | bytes, **options: Any) -> Ledger:
    """The ledger of a folder of messages."""
    folder = tmp_path / "messages"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for at, text in enumerate(texts, start=1):
        (folder / f"{at}.xml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return Ledger.open(folder, as_of=TODAY, **options)


def by_id(table: Any, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in table.to_pylist()}


FULL = Paid(
    "E2E-1",
    amount="1234.5",
    uetr=UETR,
    debtor=Person("Aldo Invented", "MX", "1980-02-03", ("PASS-77",), ("Calle 1", "Ciudad")),
    creditor=Person("Widgets Invented Ltd", "US", identifiers=("REG-9",), person=False),
    texts=("invoice 12", "and 13"),
    reference="RF18539007547034",
    via=("MMMMDEFFXXX", "NNNNUS33"),
    ultimate_debtor=Person("Berta Invented", "CO", "1990-12-31", ("CC-123",)),
    ultimate_creditor=Person("Shell Invented SA", "PA", person=False),
    initiating=Person("Aldo Invented"),
    accepted="2024-03-05T09:30:00.250-05:00",
)


def test_a_customer_payment_comes_out_whole(tmp_path: Path) -> None:
    ledger = read(tmp_path, iso.pacs008([FULL]))
    (row,) = ledger.transfers.to_pylist()
    assert row == {
        "transfer_id": UETR,
        "time": datetime(2024, 3, 5, 14, 30, 0, 250000, tzinfo=UTC),
        "payer_account": "GB33BUKB20201555555555",
        "payee_account": "77001234",
        "amount": 123450,
        "currency": "USD",
        "amount_base": 123450,
        "channel": "transfer",
        "purpose": "invoice 12 and 13 RF18539007547034",
        "source_row": 1,
        "via": ["MMMMDEFF", "NNNNUS33"],
    }
    accounts, parties = by_id(ledger.accounts, "account_id"), by_id(ledger.parties, "party_id")
    payer = parties[accounts["GB33BUKB20201555555555"]["party_id"]]
    assert (payer["name"], payer["schema"]) == ("Aldo Invented", "Person")
    assert (payer["birth_date"], payer["identifiers"], payer["countries"]) == ("1980-02-03", ["PASS-77"], ["mx"])
    assert payer["address"] == "Calle 1, Ciudad, MX"
    payee = parties[accounts["77001234"]["party_id"]]
    assert (payee["schema"], payee["identifiers"]) == ("Organization", ["REG-9"])
    assert {i["institution_id"] for i in ledger.institutions.to_pylist()} == {"AAAAGB2L", "BBBBUS33"}
    roles = {r["role"]: parties[r["party_id"]] for r in ledger.roles.to_pylist()}
    assert set(roles) == {"ultimate debtor", "ultimate creditor"}  # who initiated it is the payer himself
    berta = roles["ultimate debtor"]
    assert (berta["name"], berta["birth_date"], berta["identifiers"]) == ("Berta Invented", "1990-12-31", ["CC-123"])
    assert berta["schema"] == "Person"
    assert berta["countries"] == ["co"]
    assert not ledger.rejected.num_rows


def test_whom_a_payment_names_besides_is_screened_like_anyone(tmp_path: Path) -> None:
    entity = {"entity_id": "x-1", "schema": "Person", "caption": "Berta Invented", "dataset": "x"}
    properties = '{"name": ["Berta Invented"], "birthDate": ["1990-12-31"]}'
    tables = {
        "entities": ENTITIES.build([{**entity, "properties": properties}]),
        "names": NAMES.build([{"entity_id": "x-1", "name": "Berta Invented", "kind": "primary"}]),
        "designations": DESIGNATIONS.build(
            [{"entity_id": "x-1", "authority": "SDGT", "programme": "SDGT", "source": "made up"}]
        ),
        "ownership": OWNERSHIP.empty(),
        "memberships": MEMBERSHIPS.empty(),
    }
    ledger = read(tmp_path, iso.pacs008([FULL]))
    matches = Screener(Register.from_tables(tables)).match(ledger.parties).to_pylist()
    named = {r["party_id"] for r in ledger.roles.to_pylist() if r["role"] == "ultimate debtor"}
    assert {m["party_id"] for m in matches if m["alert"]} == named


@pytest.mark.parametrize("version", ["02", "07", "08", "10", "13"])
def test_any_version_of_a_namespace_is_read(tmp_path: Path, version: str) -> None:
    assert read(tmp_path, iso.pacs008([FULL], version=version)).transfers.num_rows == 1


def test_orders_take_from_their_payment_information_what_they_do_not_say(tmp_path: Path) -> None:
    text = iso.pain001([FULL, Paid("E2E-2")], initiating=Person("Payroll Invented", person=False))
    ledger = read(tmp_path, text)
    names = by_id(ledger.parties, "party_id")
    roles = Counter((r["role"], names[r["party_id"]]["name"]) for r in ledger.roles.to_pylist())
    assert roles["initiating party", "Payroll Invented"] == 2
    assert roles["ultimate debtor", "Berta Invented"] == 1
    assert set(ledger.transfers["transfer_id"].to_pylist()) == {UETR, "E2E-2"}
    assert set(ledger.transfers["payer_account"].to_pylist()) == {"GB33BUKB20201555555555"}


def test_banks_pay_each_other_between_pooled_accounts_and_the_covered_names_are_kept(tmp_path: Path) -> None:
    ledger = read(tmp_path, iso.pacs009([Paid("C1")], covers=FULL))
    (row,) = ledger.transfers.to_pylist()
    assert (row["payer_account"], row["payee_account"]) == ("AAAAGB2L", "BBBBUS33")
    assert ledger.accounts["pooled"].to_pylist() == [True, True]
    assert "invoice 12" in row["purpose"]
    names = by_id(ledger.parties, "party_id")
    assert {(r["role"], names[r["party_id"]]["name"]) for r in ledger.roles.to_pylist()} == {
        ("underlying debtor", "Aldo Invented"),
        ("underlying creditor", "Widgets Invented Ltd"),
        ("underlying ultimate debtor", "Berta Invented"),
    }


def test_a_statement_tells_direction_reversal_and_parts(tmp_path: Path) -> None:
    own, far = "GB33BUKB20201555555555", Paid("F", debtor_account="501", creditor_account="502")
    entries = [
        Booked(Paid("IN", "10", debtor_account="501"), credit=True),
        Booked(Paid("OUT", "20", creditor_account="502"), credit=False),
        Booked(Paid("BACK", "20", creditor_account="502"), credit=True, reversal=True),
        Booked(Paid("SUM", "30", debtor_account="501"), parts=("12.50", "17.50")),
        Booked(Paid("FEE", "1"), credit=False, named=False),
        Booked(far, status="PDNG"),
    ]
    ledger = read(tmp_path, iso.camt053(entries))
    found = {
        r["transfer_id"]: (r["payer_account"], r["payee_account"], r["amount"]) for r in ledger.transfers.to_pylist()
    }
    assert found == {
        "IN": ("501", own, 1000),
        "OUT": (own, "502", 2000),
        "BACK": ("502", own, 2000),
        "SUM-1": ("501", own, 1250),
        "SUM-2": ("501", own, 1750),
        "FEE": (own, f"UNNAMED{own}", 100),
    }
    accounts = by_id(ledger.accounts, "account_id")
    assert accounts[f"UNNAMED{own}"]["pooled"]
    assert accounts[f"UNNAMED{own}"]["party_id"] is None
    assert accounts[own]["institution_id"] == "CCCCGB2L"
    (rejected,) = ledger.rejected.to_pylist()
    assert "not booked (PDNG)" in rejected["reason"]
    assert "Ntry[6]" in rejected["content"]


def test_parts_of_an_entry_without_amounts_of_their_own_are_kept_aside(tmp_path: Path) -> None:
    text = iso.camt053([Booked(Paid("SUM", "30"), parts=("", "")), Booked(Paid("IN", "10"))])
    ledger = read(tmp_path, text)
    assert ledger.transfers["transfer_id"].to_pylist() == ["IN"]
    assert [r["field"] for r in ledger.rejected.to_pylist()] == ["Amt", "Amt"]


def test_a_payment_seen_twice_counts_once(tmp_path: Path) -> None:
    once = iso.pacs008([FULL, Paid("NOTPROVIDED"), Paid("E2E-9")])
    ledger = read(tmp_path, once, once, iso.pain001([FULL], message="M2"))
    assert ledger.transfers.num_rows == 3
    assert Counter(r["reason"] for r in ledger.rejected.to_pylist()) == {"the transfer id occurs before": 4}
    assert {Path(r["file"]).name for r in ledger.rejected.to_pylist()} == {"2.xml", "3.xml"}
    assert ledger.summary.rows == 7


def test_a_reference_used_again_is_no_id(tmp_path: Path) -> None:
    ledger = read(tmp_path, iso.pacs008([Paid("RENT"), Paid("RENT"), Paid("NOTPROVIDED"), Paid("ONE")]))
    ids = ledger.transfers["transfer_id"].to_pylist()
    assert len(set(ids)) == 4
    assert "ONE" in ids
    assert sum(one.startswith("x") and len(one) == 24 for one in ids) == 3
    again = read(tmp_path, iso.pacs008([Paid("RENT"), Paid("RENT"), Paid("NOTPROVIDED"), Paid("ONE")]))
    assert again.transfers.equals(ledger.transfers)


BAD = {
    "amount is missing": (">100.00<", "><", "Amt", "is missing"),
    "no amount at all": ('<IntrBkSttlmAmt Ccy="USD">100.00</IntrBkSttlmAmt>', "", "Amt/@Ccy", "is missing"),
    "negative": (">100.00<", ">-5<", "Amt", "is negative"),
    "zero": (">100.00<", ">0<", "Amt", "is zero"),
    "no number": (">100.00<", ">ten<", "Amt", "is no number"),
    "currency": ('Ccy="USD"', 'Ccy="ZZZ"', "Amt/@Ccy", "is no ISO 4217 currency"),
    "no currency": (' Ccy="USD"', "", "Amt/@Ccy", "is missing"),
    "day": ("2024-03-05</IntrBkSttlmDt>", "2024-02-31</IntrBkSttlmDt>", "date", "is no ISO 8601"),
    "future": ("2024-03-05</IntrBkSttlmDt>", "2031-01-01</IntrBkSttlmDt>", "date", "lies in the future"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_payment_is_kept_aside_and_the_others_go_on(tmp_path: Path, case: str) -> None:
    before, after, field, reason = BAD[case]
    bad = iso.pacs008_payment(Paid("BAD")).replace(before, after)
    text = iso.pacs008([Paid("A"), Paid("B")]).replace("</CdtTrfTxInf>\n", "</CdtTrfTxInf>\n" + bad, 1)
    ledger = read(tmp_path, text)
    assert sorted(ledger.transfers["transfer_id"].to_pylist()) == ["A", "B"]
    (row,) = ledger.rejected.to_pylist()
    assert (row["row"], row["field"]) == (2, field)
    assert row["reason"].startswith(reason)
    assert "CdtTrfTxInf[2]" in row["content"]
    assert ledger.summary.notes  # the header says two payments, there are three


def test_a_file_cut_short_gives_what_stood_before(tmp_path: Path) -> None:
    text = iso.pacs008([Paid(f"E{at}", texts=("x" * 100,)) for at in range(200)])
    ledger = read(tmp_path, text[: len(text) // 2], iso.pacs008([Paid("LAST")], message="M2"))
    assert 90 <= ledger.transfers.num_rows <= 101
    assert "LAST" in ledger.transfers["transfer_id"].to_pylist()
    (row,) = ledger.rejected.to_pylist()
    assert "no well-formed XML from here on (line" in row["reason"]
    assert row["row"] == ledger.transfers.num_rows  # the payments of this file before it, and one


LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
REFUSED = {
    "external entity": ('<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/hostname">]>', "&x;", "document type"),
    "entity expansion": (f'<!DOCTYPE Document [<!ENTITY l0 "ha">{LAUGHS}]>', "&l9;", "document type"),
    "document type": ('<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">', "x", "document type"),
    "undeclared entity": ("", "&nowhere;", "well-formed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_document_types_and_entities_are_refused(tmp_path: Path, case: str) -> None:
    head, inside, reason = REFUSED[case]
    text = iso.pacs008([Paid("A", texts=("PLACE",))]).replace("PLACE", inside)
    text = text.replace("<Document", head + "<Document", 1)
    with pytest.raises(InputError, match=reason) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)
    ledger = read(tmp_path, text, iso.pacs008([Paid("B")]))
    assert ledger.transfers["transfer_id"].to_pylist() == ["B"]
    assert reason in ledger.rejected["reason"][0].as_py()


def test_another_namespace_and_other_files_are_named(tmp_path: Path) -> None:
    good = iso.pacs008([Paid("A")])
    ledger = read(tmp_path, good.replace("pacs.008", "pacs.004"), b"", b"<a/>", b"\x00\x01", good)
    assert ledger.transfers["transfer_id"].to_pylist() == ["A"]
    reasons = [r["reason"] for r in ledger.rejected.to_pylist()]
    assert "its namespace is urn:iso:std:iso:20022:tech:xsd:pacs.004.001.08" in reasons[0]
    assert reasons[1] == "the file is empty"
    assert "its root is a of no namespace" in reasons[2]
    assert "well-formed" in reasons[3]


@pytest.mark.parametrize("where", ["in a payment", "between payments"])
def test_an_endless_element_does_not_fill_the_memory(tmp_path: Path, where: str) -> None:
    head, tail = iso.pacs008([Paid("A"), Paid("B")]).split("</CdtTrfTxInf>\n", 1)
    filler = b"<Ustrd>x</Ustrd>" * (1 << 16)
    path = tmp_path / "bomb.xml"
    with path.open("wb") as file:
        file.write(head.encode() + b"</CdtTrfTxInf>\n" + (b"<CdtTrfTxInf><RmtInf>" if where == "in a payment" else b""))
        for _ in range(100):
            file.write(filler)
        file.write((b"</RmtInf></CdtTrfTxInf>" if where == "in a payment" else b"") + tail.encode())
    assert path.stat().st_size > 3 * LARGEST
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ledger = Ledger.open(path, as_of=TODAY)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600 * 1024
    assert ledger.transfers["transfer_id"].to_pylist() == ["A"]
    assert "without the end of a payment" in ledger.rejected["reason"][0].as_py()


def test_a_single_file_an_envelope_and_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    document = iso.pacs008([Paid("A")]).split("\n", 1)[1]
    path.write_text(f"<BusMsg><AppHdr xmlns='urn:x'><GrpHdr/></AppHdr>{document}</BusMsg>")
    assert Ledger.open(path, as_of=TODAY).transfers["transfer_id"].to_pylist() == ["A"]
    plain = tmp_path / "message.txt"
    plain.write_bytes("﻿".encode() + path.read_bytes())
    assert Ledger.open(plain, as_of=TODAY).transfers.num_rows == 1
    with pytest.raises(InputError, match="leave the mapping out"):
        Ledger.open(path, mapping=_any_mapping())
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no ISO 20022 messages"):
        Ledger.open(tmp_path / "empty")


def _any_mapping() -> Any:
    sides = {"payer": {"account": "a"}, "payee": {"account": "b"}}
    return Mapping.of({"time": {"column": "t"}, **sides, "amount": {"column": "x", "currency": "c"}})


def test_the_time_is_the_settlement_day_with_the_clock_of_that_day(tmp_path: Path) -> None:
    payments = [
        Paid("accepted the day before", accepted="2024-03-04T23:00:00Z"),
        Paid("only created", day="2024-03-06"),
        Paid("no day", day=""),
    ]
    ledger = read(tmp_path, iso.pacs008(payments))
    assert dict(zip(*(ledger.transfers[c].to_pylist() for c in ("transfer_id", "time")), strict=True)) == {
        "accepted the day before": datetime(2024, 3, 5, 8, 15, 30, tzinfo=UTC),
        "only created": datetime(2024, 3, 6, tzinfo=UTC),
        "no day": datetime(2024, 3, 5, 8, 15, 30, tzinfo=UTC),
    }


letters = st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc", "Cn", "Z"])
names = st.text(letters, max_size=30).map(lambda text: f"N{text}")  # a name without a letter or digit is none


@st.composite
def paid(draw: st.DrawFn) -> Paid:
    currency = draw(st.sampled_from(["USD", "JPY", "BHD"]))
    minor = draw(st.integers(1, 10**12))
    return Paid(
        draw(st.text("ABCDEF0123456789", min_size=1, max_size=10)),
        amount=str(Decimal(minor).scaleb(-minor_units()[currency])),
        currency=currency,
        debtor=Person(draw(names)),
        creditor=Person(draw(names)),
        debtor_account=draw(st.sampled_from(["1001", "1002", "GB33BUKB20201555555555"])),
        creditor_account=draw(st.sampled_from(["2001", "2002"])),
        ultimate_debtor=draw(st.none() | names.map(lambda name: Person(f"Ultimate {name}"))),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(paid(), min_size=1, max_size=12), st.sampled_from(["pacs008", "pain001", "camt053"]))
def test_amounts_accounts_and_names_survive_the_way_through_a_message(
    tmp_path: Path, payments: list[Paid], kind: str
) -> None:
    if kind == "camt053":
        text = iso.camt053([Booked(one) for one in payments], own="9009")
    else:
        text = getattr(iso, kind)(payments)
    ledger = read(tmp_path, text, rates=RATES)
    wanted = Counter(
        (
            one.debtor_account,
            "9009" if kind == "camt053" else one.creditor_account,
            int(Decimal(one.amount).scaleb(minor_units()[one.currency])),
            one.currency,
        )
        for one in payments
    )
    columns = ("payer_account", "payee_account", "amount", "currency")
    assert Counter(zip(*(ledger.transfers[c].to_pylist() for c in columns), strict=True)) == wanted
    spelt = {n for row in ledger.parties.to_pylist() for n in (row["name"], *row["aliases"])}
    assert {one.debtor.name for one in payments} <= spelt
    named = by_id(ledger.parties, "party_id")
    ultimate = Counter(
        named[r["party_id"]]["name"].casefold() for r in ledger.roles.to_pylist() if "ultimate" in r["role"]
    )
    assert sum(ultimate.values()) == sum(one.ultimate_debtor is not None for one in payments)


@pytest.mark.real
@pytest.mark.parametrize("kind", ["pacs.008.001.08", "pacs.009.001.08", "pain.001.001.09", "camt.053.001.08"])
def test_the_made_up_messages_are_valid_by_the_published_schemas(shared_data: Path, kind: str) -> None:
    path = shared_data / "formats" / f"{kind}.xsd"
    if not path.is_file():
        pytest.skip(f"no {path}")
    texts = {
        "pacs.008.001.08": [iso.pacs008([FULL, Paid("A")])],
        "pacs.009.001.08": [iso.pacs009([Paid("A"), Paid("B")]), iso.pacs009([Paid("A")], covers=FULL)],
        "pain.001.001.09": [iso.pain001([FULL, Paid("A")])],
        "camt.053.001.08": [
            iso.camt053([Booked(FULL), Booked(Paid("A"), named=False), Booked(Paid("B"), parts=("40", "60"))])
        ],
    }[kind]
    schema = etree.XMLSchema(etree.parse(path))
    for text in texts:
        schema.assertValid(etree.fromstring(text.encode()))


@pytest.mark.real
def test_the_published_sample_messages_are_read(shared_data: Path) -> None:
    folder = shared_data / "formats"
    order, statement = folder / "pain001_001_08.xml", folder / "camt053_001_02.xml"
    if not order.is_file() or not statement.is_file():
        pytest.skip(f"no sample messages in {folder}")
    rates = Rates([(date(2020, 6, 16), "GBP", Decimal("1.25")), (date(2023, 8, 2), "EUR", Decimal("1.1"))], "USD")
    ledger = Ledger.open(order, rates=rates)
    assert ledger.summary.sums == {"GBP": Decimal("10.00")}
    assert ledger.roles["role"].to_pylist() == ["initiating party"]
    tree = etree.parse(statement)
    entries = tree.findall(".//{*}Ntry")
    ledger = Ledger.open(statement, rates=rates)
    assert ledger.summary.accepted == len(tree.findall(".//{*}TxDtls"))
    assert not ledger.rejected.num_rows
    total = sum(Decimal(str(e.findtext("{*}Amt"))) for e in entries)
    assert sum(ledger.summary.sums.values()) == total
