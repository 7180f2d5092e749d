"""Bad input through the whole command: one clear line where the run cannot go on, kept and counted where it can."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import caudal
from caudal.errors import InputError

MAPPING = """
[time]
column = "day"
[payer]
account = "from"
name = "from_name"
[payee]
account = "to"
name = "to_name"
[amount]
column = "amount"
currency = "currency"
"""

CONFIG = """
as_of = 2025-04-01
[[lists]]
path = "list.csv"
published = 2025-03-01
[ledger]
path = "pay.csv"
mapping = "mapping.toml"
[rates]
path = "rates.csv"
"""

LIST = (
    "entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,programme,effective,source\n"
    "m-1,Person,Quintilla Zarzamora Vanderquil,,,,,tren-de-aragua,SDGT,SDGT,2025-02-20,made up\n"
)

PAYMENTS = (
    "id,day,from,from_name,to,to_name,amount,currency\n"
    "1,2025-03-03,A1,Quintilla Zarzamora Vanderquil,B1,Ordinary Shop Ltd,1000,USD\n"
    "2,2025-03-04,B1,Ordinary Shop Ltd,C1,Some Landlord,500,USD\n"
)

UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2025-03-01T00:00:00Z"><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID>
<FIRST_NAME>QUINTILLA</FIRST_NAME><SECOND_NAME>ZARZAMORA</SECOND_NAME><UN_LIST_TYPE>Haiti</UN_LIST_TYPE>
<REFERENCE_NUMBER>HTi.999</REFERENCE_NUMBER><LISTED_ON>2025-01-01</LISTED_ON></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>
"""

BOMB = """<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><CONSOLIDATED_LIST dateGenerated="2025-03-01T00:00:00Z">
<INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>&c;</FIRST_NAME></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>
"""


@pytest.fixture
def books(tmp_path: Path) -> Path:
    for name, text in {
        "caudal.toml": CONFIG,
        "mapping.toml": MAPPING,
        "list.csv": LIST,
        "pay.csv": PAYMENTS,
        "rates.csv": "day,currency,rate\n2025-03-03,EUR,1.05\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def put(name: str, content: str | bytes) -> Callable[[Path], None]:
    def do(books: Path) -> None:
        (books / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return do


def swap(name: str, old: str, new: str) -> Callable[[Path], None]:
    def do(books: Path) -> None:
        text = (books / name).read_text(encoding="utf-8")
        assert old in text
        (books / name).write_text(text.replace(old, new), encoding="utf-8")

    return do


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.xml", text)
    return buffer.getvalue()


CANNOT_GO_ON = {
    "missing list": (lambda b: (b / "list.csv").unlink(), "list.csv"),
    "empty list": (put("list.csv", ""), "list.csv"),
    "list without entries": (put("list.csv", LIST.splitlines()[0] + "\n"), "list.csv"),
    "unknown list": (put("list.csv", "a,b\n1,2\n"), "list.csv"),
    "truncated XML": (put("list.csv", UN[: len(UN) // 2]), "list.csv"),
    "entities that expand": (put("list.csv", BOMB), "list.csv"),
    "zip bomb": (put("list.csv", zipped("0" * 30_000_000)), "list.csv"),
    "gzip bomb": (put("list.csv", gzip.compress(b"0" * 30_000_000)), "list.csv"),
    "list in another encoding": (put("list.csv", LIST.replace("Zarzamora", "Zárzamora").encode("latin-1")), "list.csv"),
    "missing ledger": (lambda b: (b / "pay.csv").unlink(), "pay.csv"),
    "empty ledger": (put("pay.csv", ""), "pay.csv"),
    "ledger in another encoding": (put("pay.csv", PAYMENTS.replace("Shop", "Shóp").encode("latin-1")), "pay.csv"),
    "no usable payment": (swap("pay.csv", "2025-03", "9025-03"), "pay.csv"),
    "mapping names a missing column": (swap("mapping.toml", '"from"', '"sender"'), "sender"),
    "mapping with an unknown key": (swap("mapping.toml", "[time]", "[tme]"), "mapping.toml"),
    "missing mapping": (lambda b: (b / "mapping.toml").unlink(), "mapping.toml"),
    "missing rate": (swap("pay.csv", "500,USD", "500,GBP"), "GBP"),
    "rates that are none": (put("rates.csv", "day,currency,rate\n2025-03-03,EUR,much\n"), "rates.csv"),
    "unknown group": (swap("caudal.toml", "[[lists]]", 'groups = ["nobody"]\n[[lists]]'), "nobody"),
}


@pytest.mark.parametrize("what", CANNOT_GO_ON)
def test_where_the_run_cannot_go_on_one_line_says_why(books, what):
    spoil, word = CANNOT_GO_ON[what]
    spoil(books)
    with pytest.raises(InputError) as caught:
        caudal.run(books)
    line = str(caught.value)
    assert word in line
    assert len(line.splitlines()) == 1
    assert len(line) < 600
    assert not (books / "report.html").exists()


def test_the_command_prints_that_line_and_exits_with_two(books):
    (books / "list.csv").unlink()
    command = [sys.executable, "-m", "caudal.cli", "run", str(books)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "list.csv" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_missing_rate_names_currency_and_day(books):
    swap("pay.csv", "500,USD", "500,GBP")(books)
    with pytest.raises(InputError, match=r"GBP.*2025-03-04"):
        caudal.run(books)


BAD_ROWS = [
    ("3,2025-03-05,A1,,B1,,-5,USD", "amount"),
    ("4,2025-03-05,A1,,B1,,0,USD", "amount"),
    ("5,2025-03-05,A1,,B1,,99999999999999999999,USD", "amount"),
    ("6,2025-03-05,A1,,B1,,much,USD", "amount"),
    ("7,2025-03-05,A1,,B1,,5,XXQ", "currency"),
    ("8,2026-03-05,A1,,B1,,5,USD", "day"),
    ("9,soon,A1,,B1,,5,USD", "day"),
    ("10,2025-03-05,,,B1,,5,USD", "from"),
    ("2,2025-03-06,A1,,B1,,5,USD", "id"),
    ("11,2025-03-05,A1,B1", None),
]


def test_bad_rows_are_kept_aside_with_their_row_and_counted(books):
    put("mapping.toml", 'id = "id"\n' + MAPPING)(books)
    put("pay.csv", PAYMENTS + "\n".join(row for row, _ in BAD_ROWS) + "\n")(books)
    done = caudal.run(books)
    rejected = {r["row"]: r for r in done.table("rejected").to_pylist()}
    assert set(rejected) == set(range(4, 4 + len(BAD_ROWS)))
    for row, (text, field) in enumerate(BAD_ROWS, start=4):
        assert rejected[row]["file"].endswith("pay.csv")
        assert rejected[row]["reason"]
        if field:
            assert field in str(rejected[row]["field"]), text
        assert text.split(",")[0] in rejected[row]["content"]
    summary = done.facts["ledger"]["summary"]
    assert (summary["rows"], summary["accepted"], summary["rejected"]) == (2 + len(BAD_ROWS), 2, len(BAD_ROWS))
    assert "row" in done.report.read_text(encoding="utf-8")


def test_a_list_entry_without_a_name_is_kept_aside_and_the_others_count(books):
    put("list.csv", LIST + "m-2,Person,,,,,,tren-de-aragua,SDGT,SDGT,2025-02-20,made up\n")(books)
    done = caudal.run(books)
    assert done.table("rejected_lists")["field"].to_pylist() == ["name"]
    assert done.table("matches").num_rows == 1


def test_good_books_run(books):
    done = caudal.run(books)
    assert done.table("matches")["alert"].to_pylist() == [True]
    assert done.table("dealings")["status"].to_pylist() == ["yes"]
    forward = [e for e in done.table("exposures").to_pylist() if e["direction"] == "forward"]
    assert {e["method"]: e["direct"] for e in forward if e["hops"] == 1} == {"poison": 100_000, "proportional": 100_000}
    assert {e["method"]: e["indirect"] for e in forward if e["hops"] == 2} == {"poison": 50_000, "proportional": 50_000}
