from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.ledger import Ledger, Mapping, Rates
from caudal.tables import ACCOUNTS, INSTITUTIONS, PARTIES, REJECTED, TRANSFERS

HEADER = "id,day,from,from_name,to,to_name,amount,currency,text"
MAPPING: dict[str, Any] = {
    "time": {"column": "day"},
    "payer": {"account": "from", "name": "from_name"},
    "payee": {"account": "to", "name": "to_name"},
    "amount": {"column": "amount", "currency": "currency"},
    "purpose": "text",
    "id": "id",
    "empty": ["null"],
}
TODAY = date(2024, 6, 30)
RATES = Rates([(date(2024, 1, 1), "EUR", Decimal("1.1")), (date(2024, 1, 1), "JPY", Decimal("0.007"))], reach=10_000)
GOOD = "{id},2024-01-02,A1,ANA,B1,BEN,10.00,USD,rent"


def opened(path: Path, text: str | bytes, mapping: dict[str, Any] | None = None, **options: Any) -> Ledger:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Ledger.open(path, Mapping.of({**MAPPING, **(mapping or {})}), RATES, as_of=TODAY, **options)


def checked(ledger: Ledger) -> Ledger:
    """What holds for every ledger."""
    for shape, table in (
        (TRANSFERS, ledger.transfers),
        (PARTIES, ledger.parties),
        (ACCOUNTS, ledger.accounts),
        (INSTITUTIONS, ledger.institutions),
        (REJECTED, ledger.rejected),
    ):
        assert shape.check(table).equals(table)
        if shape is not REJECTED:
            key = table[shape.key[0]].to_pylist()
            assert len(set(key)) == len(key)
    rows = ledger.transfers.to_pylist()
    assert rows == sorted(rows, key=lambda r: (r["time"], r["transfer_id"].encode()))
    assert all(r["amount"] > 0 and r["amount_base"] >= 0 for r in rows)
    accounts = set(ledger.accounts["account_id"].to_pylist())
    assert {r[s] for r in rows for s in ("payer_account", "payee_account")} <= accounts
    parties = set(ledger.parties["party_id"].to_pylist())
    assert set(ledger.accounts["party_id"].to_pylist()) - {None} == parties
    institutions = set(ledger.institutions["institution_id"].to_pylist())
    assert set(ledger.accounts["institution_id"].to_pylist()) - {None} <= institutions
    summary = ledger.summary
    assert summary.rows == ledger.transfers.num_rows + ledger.rejected.num_rows
    assert sum(summary.reasons.values()) == summary.rejected == ledger.rejected.num_rows
    json.dumps(summary.as_dict())
    return ledger


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("x,,A,n,B,n,1,USD,", "day", "is missing"),
        ("x,2024-02-30,A,n,B,n,1,USD,", "day", "is no ISO 8601 date or time"),
        ("x,2024-07-01,A,n,B,n,1,USD,", "day", "lies in the future"),
        ("x,2024-01-02,,,B,n,1,USD,", "from", "the payer is missing"),
        ("x,2024-01-02,A,n,null,,1,USD,", "to", "the payee is missing"),
        ("x,2024-01-02,A,n,B,n,,USD,", "amount", "is missing"),
        ("x,2024-01-02,A,n,B,n,NaN,USD,", "amount", "is no number"),
        ("x,2024-01-02,A,n,B,n,ten,USD,", "amount", "is no number"),
        ("x,2024-01-02,A,n,B,n,0.00,USD,", "amount", "is zero"),
        ("x,2024-01-02,A,n,B,n,0.004,USD,", "amount", "is zero"),
        ("x,2024-01-02,A,n,B,n,-5,USD,", "amount", "is negative"),
        ("x,2024-01-02,A,n,B,n,1e14,USD,", "amount", "is too large"),
        ("x,2024-01-02,A,n,B,n,1e30,USD,", "amount", "is too large"),
        ("x,2024-01-02,A,n,B,n,99999999999999,EUR,", "amount", "is too large"),
        ("x,2024-01-02,A,n,B,n,1,,", "currency", "is missing"),
        ("x,2024-01-02,A,n,B,n,1,DOLLAR,", "currency", "is no ISO 4217 currency with a minor unit"),
        ("x,2024-01-02,A,n,B,n,1,XAU,", "currency", "is no ISO 4217 currency with a minor unit"),
        (",2024-01-02,A,n,B,n,1,USD,", "id", "is missing"),
        ("a,2024-01-02,A,n,B,n,1,USD,", "id", "the transfer id occurs before"),
        ("x,2024-01-02,A", None, "it has 3 fields where the header has 9"),
        ("x,2024-01-02,A,n,B,n,1,USD,a,b", None, "it has 10 fields where the header has 9"),
    ],
)
def test_a_bad_row_is_kept_aside_with_its_reason(tmp_path: Path, row: str, field: str | None, reason: str) -> None:
    path = tmp_path / "a.csv"
    text = "\n".join([HEADER, GOOD.format(id="a"), row, GOOD.format(id="b"), ""])
    ledger = checked(opened(path, text))
    assert ledger.transfers["source_row"].to_pylist() == [2, 4]
    (kept,) = ledger.rejected.to_pylist()
    content = json.loads(kept.pop("content"))
    assert kept == {"file": str(path), "row": 3, "field": field, "reason": reason}
    values = [content["text"]] if field is None else list(content.values())
    assert ",".join(values) == row


def test_the_day_of_reading_is_not_the_future(tmp_path: Path) -> None:
    text = f"{HEADER}\na,2024-06-30T23:59:59.999999,A,n,B,n,1,USD,\n"
    assert opened(tmp_path / "a.csv", text).transfers.num_rows == 1


def test_signs(tmp_path: Path) -> None:
    text = f"{HEADER}\na,2024-01-02,A,ANA,B,BEN,-5,USD,\nb,2024-01-03,A,ANA,B,BEN,7,USD,\n"
    amount = MAPPING["amount"]
    rows = {
        sign: opened(tmp_path / "a.csv", text, {"amount": {**amount, "sign": sign}}).transfers.to_pylist()
        for sign in ("positive", "absolute", "swap")
    }
    seen = {sign: [(r["payer_account"], r["payee_account"], r["amount"]) for r in some] for sign, some in rows.items()}
    assert seen == {
        "positive": [("A", "B", 700)],
        "absolute": [("A", "B", 500), ("A", "B", 700)],
        "swap": [("B", "A", 500), ("A", "B", 700)],
    }


def test_currencies_convert_and_roundings_are_counted(tmp_path: Path) -> None:
    text = (
        f"{HEADER}\na,2024-01-02,A,n,B,n,10.005,USD,\nb,2024-01-02,A,n,B,n,1.50,eur,\nc,2024-01-02,A,n,B,n,1000,JPY,\n"
        "d,2024-01-02,A,n,B,n,1,JPY,\n"
    )
    ledger = checked(opened(tmp_path / "a.csv", text))
    assert ledger.transfers["amount"].to_pylist() == [1000, 150, 1000, 1]
    assert ledger.transfers["amount_base"].to_pylist() == [1000, 165, 700, 1]
    assert ledger.summary.notes == {"amount: rounded to the currency's minor unit": 1}
    assert ledger.summary.sums == {"EUR": Decimal("1.50"), "JPY": Decimal(1001), "USD": Decimal("10.00")}
    assert ledger.summary.base_sum == Decimal("18.66")


def test_a_missing_rate_ends_the_reading(tmp_path: Path) -> None:
    text = f"{HEADER}\na,2012-07-13,A,n,B,n,1,GBP,\n"
    with pytest.raises(InputError, match=r"no rate for GBP on 2012-07-13"):
        opened(tmp_path / "a.csv", text)
    path = tmp_path / "a.csv"
    with pytest.raises(InputError, match=r"no rate for GBP on 2012-07-13 .the ledger is read without rates"):
        Ledger.open(path, Mapping.of(MAPPING))
    with pytest.raises(InputError, match="rates lead to USD, the base currency is EUR"):
        Ledger.open(path, Mapping.of(MAPPING), RATES, "EUR")


def test_own_base_amounts_come_first(tmp_path: Path) -> None:
    text = (
        "day,from,to,amount,currency,usd\n2024-01-02,A,B,10,EUR,10.50\n2024-01-02,A,B,10,EUR,\n2024-01-02,A,B,9,USD,x\n"
    )
    mapping = {
        "time": {"column": "day"},
        "payer": {"account": "from"},
        "payee": {"account": "to"},
        "amount": {"column": "amount", "currency": "currency", "base": "usd"},
    }
    path = tmp_path / "a.csv"
    path.write_text(text)
    ledger = checked(Ledger.open(path, Mapping.of(mapping), RATES))
    assert sorted(ledger.transfers["amount_base"].to_pylist()) == [1050, 1100]
    assert [(r["row"], r["field"]) for r in ledger.rejected.to_pylist()] == [(4, "usd")]


def test_spreadsheet_rows_survive_quotes_blanks_and_broken_rows(tmp_path: Path) -> None:
    rows = [HEADER, GOOD.format(id="a").replace("rent", '"two\nlines, ""quoted"""'), "", "broken", ",,,,,,,,"]
    rows += [GOOD.format(id="b"), "broken,too", GOOD.format(id="c"), ""]
    ledger = checked(opened(tmp_path / "a.csv", "\r\n".join(rows)))
    assert ledger.transfers["source_row"].to_pylist() == [2, 6, 8]
    assert ledger.rejected["row"].to_pylist() == [4, 7]
    assert ledger.summary.blank == 2
    assert 'two\nlines, "quoted"' in ledger.transfers["purpose"].to_pylist()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["good", "wide", "narrow", "blank", "bad"]), min_size=1, max_size=60), st.data())
def test_rows_are_numbered_right_over_block_borders(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], data: st.DataObject
) -> None:
    block = data.draw(st.sampled_from([200, 333, 1000]))
    lines, wanted, kept = [HEADER], [], []
    for row, kind in enumerate(kinds, start=2):
        good = GOOD.format(id=f"i{row}")
        lines.append(
            {"good": good, "wide": good + ",more", "narrow": "a,b", "blank": "", "bad": good.replace("10.00", "x")}[
                kind
            ]
        )
        if kind == "good":
            wanted.append(row)
        elif kind != "blank":
            kept.append(row)
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("caudal.ledger.csv_reader.BLOCK", block)
        if not wanted:
            with pytest.raises(InputError):
                opened(path, "\n".join(lines))
            return
        ledger = checked(opened(path, "\n".join(lines)))
    assert sorted(ledger.transfers["source_row"].to_pylist()) == wanted
    assert ledger.rejected["row"].to_pylist() == kept
    assert ledger.summary.blank == kinds.count("blank") - (kinds[-1] == "blank")


def test_encodings_delimiters_marks(tmp_path: Path) -> None:
    text = "id;day;from;from_name;to;to_name;amount;currency;text\na;31.12.2023;A;JOSÉ;B;Ñ;1.234,56;EUR;añejo\n"
    more = {"delimiter": ";", "decimal": ",", "group": ".", "time": {"column": "day", "format": "%d.%m.%Y"}}
    rates = Rates([(date(2023, 12, 31), "EUR", Decimal(1))])
    for encoding in ("latin-1", "utf-16", "cp1252", "utf-8-sig", "utf-8"):
        path = tmp_path / "a.csv"
        path.write_bytes(text.encode(encoding))
        ledger = checked(Ledger.open(path, Mapping.of({**MAPPING, **more, "encoding": encoding}), rates))
        assert ledger.transfers["amount"].to_pylist() == [123456]
        assert sorted(ledger.parties["name"].to_pylist()) == ["JOSÉ", "Ñ"]
        assert ledger.transfers["purpose"].to_pylist() == ["añejo"]


def test_words_for_currencies_and_numbers_for_times(tmp_path: Path) -> None:
    text = f"{HEADER}\na,0,A,n,B,n,1,US Dollar,\nb,1.5,A,n,B,n,1,eur,\nc,2,A,n,B,n,1,Dollars,\nd,x,A,n,B,n,1,USD,\n"
    more = {"currencies": {"US Dollar": "USD"}, "time": {"column": "day", "format": "days", "origin": date(2024, 1, 1)}}
    ledger = checked(opened(tmp_path / "a.csv", text, more))
    assert ledger.transfers["currency"].to_pylist() == ["USD", "EUR"]
    assert [f"{t:%d. %H:%M}" for t in ledger.transfers["time"].to_pylist()] == ["01. 00:00", "02. 12:00"]
    assert ledger.summary.reasons == {
        "currency: is no ISO 4217 currency with a minor unit": 1,
        "day: is no number of days": 1,
    }


def test_gzip(tmp_path: Path) -> None:
    whole = gzip.compress(f"{HEADER}\n{GOOD.format(id='a')}\n".encode())
    assert opened(tmp_path / "a.csv.gz", whole).transfers.num_rows == 1
    with pytest.raises(InputError):
        opened(tmp_path / "b.csv.gz", whole[:-12])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (HEADER.encode(), "the file has no rows"),
        (HEADER.encode() + b"\n\n\n", "the file has no rows"),
        (HEADER.encode() + b"\na,2024-01-02,A,n,B,n,x,USD,\n", "row 2, field amount: none of 1 rows can be used"),
        (HEADER.encode() + b"\n\na,\xe9\n", r"it is not utf-8 \(byte 5\d, line 3: invalid continuation byte\)"),
        (HEADER.encode() + b"\na,\xc3", r"it is not utf-8 \(byte \d+, line 2: unexpected end of data\)"),
        (b"PAR1" + b"x" * 100, "not a readable Parquet"),
        (b"\x00" * 300, "the file has no rows"),
        (b"\x00" * 300 + b"\n1\n", "there is no column"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        opened(tmp_path / "a.csv", data)


def test_the_bad_byte_is_named_beyond_the_first_block(tmp_path: Path) -> None:
    head = (HEADER + "\n" + (GOOD.format(id="é") + "\n") * 200_000).encode()
    at = len(head) + 3
    with pytest.raises(InputError, match=rf"byte {at}, line 200002: invalid start byte"):
        opened(tmp_path / "a.csv", head + b"abc\xff")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file"):
        Ledger.open(tmp_path / "none.csv", Mapping.of(MAPPING))
    with pytest.raises(InputError, match=r"no transfers.parquet"):
        Ledger.open(tmp_path)


def test_an_endless_row_is_named(tmp_path: Path) -> None:
    text = f'{HEADER}\n"a,{"x" * (9 << 20)}'
    with pytest.raises(InputError, match="longer than 4 MiB; is a quotation mark left open"):
        opened(tmp_path / "a.csv", text)


def test_a_decompression_bomb_is_refused_early(tmp_path: Path) -> None:
    bomb = gzip.compress(HEADER.encode() + b"\n" + bytes(64 << 20))
    assert len(bomb) < 100_000
    with pytest.raises(InputError, match="longer than 4 MiB"):
        opened(tmp_path / "a.csv.gz", bomb)


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    text = "\n".join([HEADER, *(GOOD.format(id=i) for i in range(10))])
    opened(tmp_path / "a.csv", text, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (10, 10)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


cells = st.one_of(
    st.sampled_from(["2024-01-02", "1", "-3.5", "USD", "EUR", "A1", "null", "", "1e5", "DE89370400440532013000", "i1"]),
    st.text(alphabet=st.characters(codec="utf-8"), max_size=8),
)
garbage = st.one_of(
    st.binary(max_size=300),
    st.lists(st.lists(cells, min_size=7, max_size=10), max_size=12).map(
        lambda rows: "\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")
    ),
)


@settings(max_examples=120, deadline=None)
@given(head=st.booleans(), data=garbage, encoding=st.sampled_from(["utf-8", "utf-8", "cp1252", "utf-16", "utf-7"]))
def test_garbage_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, head: bool, data: bytes, encoding: str
) -> None:
    folder = tmp_path_factory.mktemp("garbage")
    start = f"{HEADER}\n{GOOD.format(id='good')}\n".encode(encoding) if head else b""
    with contextlib.suppress(InputError):
        checked(opened(folder / "a.csv", start + data, {"encoding": encoding}))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(cells, min_size=8, max_size=10), max_size=15))
def test_nothing_is_lost(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)
    path = tmp_path_factory.mktemp("nothing") / "a.csv"
    ledger = checked(opened(path, f"{HEADER}\n{GOOD.format(id='good')}\n{stream.getvalue()}"))
    filled = [at for at, row in enumerate(rows, start=3) if any(row) or len(row) != 9]
    seen = ledger.transfers["source_row"].to_pylist() + ledger.rejected["row"].to_pylist()
    assert sorted(seen) == [2, *filled]
