"""`caudal screen` on a file, `caudal decide` and `caudal decisions`, as a person types them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caudal.cli import cli
from caudal.errors import InputError

CUSTOMERS = """party_id,schema,name,birth_date
a,Person,Nemorio Zubirreta Cervantes,1966-07-17
b,Person,Nemorio Zubirreta,
c,Company,Vostroboroneksport,
d,Person,Somebody Quite Else,
"""


def caudal(*args: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in args], standalone_mode=False)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    listed = tmp_path / "sdn.csv"  # OFAC's layout; the names are invented
    rows = [
        (1, "ZUBIRRETA CERVANTES, Nemorio", "individual", "SDNTK", "DOB 17 Jul 1966."),
        (2, "VOSTROBORONEKSPORT OAO", "-0- ", "UKRAINE-EO13662", "-0- "),
    ]
    text = "".join('{},"{}","{}","{}"'.format(*row[:4]) + ",-0- " * 7 + f',"{row[4]}"\r\n' for row in rows)
    listed.write_text(text + "\x1a", encoding="ascii")
    customers = tmp_path / "customers.csv"
    customers.write_text(CUSTOMERS, encoding="utf-8")
    return listed, customers


def test_a_file_is_screened(files: tuple[Path, Path], tmp_path: Path) -> None:
    listed, customers = files
    done = caudal(
        "screen", "--parties", customers, "--list", listed, "--json", "--check", "--out", tmp_path / "m.parquet"
    )
    assert done.return_value == 1, done.output
    facts = json.loads(done.stdout)
    assert facts["parties"] == 4
    assert {m["party_id"] for m in facts["matches"] if m["band"] == "alert"} >= {"a", "c"}
    assert facts["threshold_bits"] == pytest.approx(9.0, abs=0.1)
    assert (tmp_path / "m.parquet").is_file()


def test_what_changed_alone_is_screened_again(files: tuple[Path, Path], tmp_path: Path) -> None:
    listed, customers = files
    args = ("screen", "--parties", customers, "--list", listed, "--keep", tmp_path / "kept", "--json")
    assert json.loads(caudal(*args).stdout)["delta"]["full"] == "nothing was kept before"
    customers.write_text(CUSTOMERS.replace("b,Person,Nemorio Zubirreta,", "b,Person,Nemorio Zubirreta,1966-07-17"))
    facts = json.loads(caudal(*args).stdout)
    assert facts["delta"]["full"] == ""
    assert (facts["delta"]["parties"], facts["delta"]["again"], facts["delta"]["entries"]) == (1, 1, 0)
    assert "b" in {m["party_id"] for m in facts["matches"]}
    assert "everything was screened: the settings" in caudal(*args[:-1], "--threshold", "15").stdout


def test_tuning_writes_page_and_sample_and_reads_the_review(files: tuple[Path, Path], tmp_path: Path) -> None:
    listed, customers = files
    with customers.open("a", encoding="utf-8") as file:
        file.writelines(f"n{i},Person,Nemorio {'abcdefghij'[i]}orvatz,\n" for i in range(10))
    page, sample = tmp_path / "t.html", tmp_path / "s.csv"
    done = caudal("screen", "--parties", customers, "--list", listed, "--tune", page, "--samples", sample, "--json")
    assert done.return_value == 0, done.output
    facts = json.loads(done.stdout)
    assert page.stat().st_size > 100_000
    with sample.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == facts["samples"] > 0
    for row in rows:
        row["verdict"], row["reviewer"] = "no match", "Ana Ruiz"
    with sample.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    told = json.loads(caudal("screen", "--reviewed", sample, "--json").stdout)
    assert (told["reviewed"], told["matches"], told["rate"]["low"]) == (len(rows), 0, 0.0)
    assert "95% sure" in caudal("screen", "--reviewed", sample).stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "Give names, or --parties"),
        (("A Name", "--parties", "x.csv"), "Give names, or --parties"),
        (("A Name", "--keep", "k"), "--keep goes with --parties"),
        (("--parties", "x.csv", "--samples", "s.csv"), "--samples goes with --tune"),
        (("--parties", "x.csv", "--keep", "k", "--tune", "t.html"), "do not go together"),
        (("--parties", "absent.csv"), "absent.csv: there is no such file"),
        (("A Name", "--cost-miss", "-1"), "field costs.miss"),
        (("--reviewed", "absent.csv"), "no such file"),
    ],
)
def test_what_cannot_be_done_is_one_line(args: tuple[str, ...], words: str) -> None:
    done = caudal("screen", *args)
    assert words in str(done.exception) or words in getattr(done.exception, "message", "")


def test_decisions_as_a_person_types_them(tmp_path: Path) -> None:
    space = tmp_path / "w"
    assert caudal("world", space, "--accounts", 600, "--days", 20).exit_code == 0
    caudal("run", space, "--json")
    open_ = json.loads(caudal("decisions", space, "--json").stdout)
    assert set(open_["counts"]) == {"open"}
    row = open_["rows"][0]
    pair = ("--party", row["party_id"]) if row["party_id"] else ("--transfer", row["transfer_id"])
    args = (
        "decide",
        space,
        *pair,
        "--entity",
        row["entity_id"],
        "--verdict",
        "confirmed",
        "--reason",
        "r",
        "--by",
        "Ana",
    )
    assert "counts once a second person" in caudal(*args).stdout
    assert caudal("decisions", space, "--check").return_value == 1
    assert "1 waits" in caudal("decisions", space).stdout
    assert isinstance(caudal("decide", space, "--second", "d1", "--by", "ana").exception, InputError)
    assert "second pair of eyes of d1" in caudal("decide", space, "--second", "d1", "--by", "Ben").stdout
    assert json.loads(caudal("decisions", space, "--json").stdout)["counts"]["decided"] == 1
    assert isinstance(caudal("decide", space, "--by", "Ana").exception, InputError)


def test_whoever_cannot_be_screened_is_told(files: tuple[Path, Path]) -> None:
    listed, customers = files
    customers.write_text(CUSTOMERS + "z,Person,????,\n", encoding="utf-8")
    args = ("screen", "--parties", customers, "--list", listed)
    assert "NOT SCREENED: z" in caudal(*args).stdout
    assert "z" in {row["party_id"] for row in json.loads(caudal(*args, "--json").stdout)["unscreened"]}
    done = caudal("screen", "....", "Nobody Zzyzx", "--list", listed, "--check")
    assert "....: NOT SCREENED" in done.stdout
    assert done.return_value == 1
