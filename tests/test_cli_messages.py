"""Folders of ISO 20022 messages where the command line takes a ledger: trace, detect, and a workspace's run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.iso_messages import Paid, Person

import caudal
from benchmarks import iso_messages as iso

BERTA = Person("Berta Zamora Invented", "CO", "1990-12-31")
LIST = """entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,programme,effective,source
m-1,Person,Berta Zamora Invented,,1990-12-31,co,,tren-de-aragua,SDGT,SDGT,2024-02-20,made-up list
m-2,Person,Cosme Ochoa Invented,,1967-04-08,ve,,tren-de-aragua,SDGT,SDGT,2024-02-20,made-up list
"""
CONFIG = """as_of = 2024-06-30
groups = ["tren-de-aragua"]

[[lists]]
path = "members.csv"
format = "members"
published = 2024-06-30

[ledger]
path = "messages"
"""


def command(*args: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "caudal.cli", *map(str, args)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace whose ledger is a folder of messages: a listed payer, and a listed ultimate debtor."""
    messages = tmp_path / "messages" / "2024" / "03"
    messages.mkdir(parents=True)
    cosme = Person("Cosme Ochoa Invented", "VE", "1967-04-08")
    (messages / "a.xml").write_text(
        iso.pacs008(
            [
                Paid("P1", "1000", debtor=cosme, debtor_account="1001", creditor_account="1002"),
                Paid("P2", "50", debtor_account="1003", creditor_account="1004", ultimate_debtor=BERTA),
            ]
        ),
        encoding="utf-8",
    )
    (messages / "b.xml").write_text(
        iso.pain001([Paid("P3", "600", day="2024-03-06", debtor_account="1002", creditor_account="1004")], "M2"),
        encoding="utf-8",
    )
    (tmp_path / "members.csv").write_text(LIST, encoding="utf-8")
    (tmp_path / "caudal.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def test_trace_and_detect_take_a_folder_of_messages(folder: Path) -> None:
    rows = json.loads(command("trace", folder / "messages", "--account", "1001", "--json"))
    told = json.dumps(rows)
    assert '"1002"' in told
    assert '"1004"' in told
    assert command("detect", folder / "messages").startswith("0 findings")


def test_a_run_screens_whom_messages_name_and_shows_the_payment(folder: Path) -> None:
    done = caudal.run(folder)
    parties = {row["party_id"]: row["name"] for row in done.table("parties").to_pylist()}
    alerts = {parties[m["party_id"]] for m in done.table("matches").to_pylist() if m["alert"] and m["party_id"]}
    assert alerts == {"Berta Zamora Invented", "Cosme Ochoa Invented"}
    dealings = {(r["transfer_id"], r["entity_id"], r["part"]): r["status"] for r in done.table("dealings").to_pylist()}
    assert dealings == {("P1", "m-2", "payer"): "yes", ("P2", "m-1", "ultimate debtor"): "yes"}
    reached = {row["account_id"] for row in done.table("exposures").to_pylist() if row["direct"] or row["indirect"]}
    assert {"1002", "1004"} <= reached
    # One more message is read by the next run, and the rest of it is as before.
    messages = folder / "messages" / "c.xml"
    messages.write_text(iso.pacs008([Paid("P4", "1")], "M3"), encoding="utf-8")
    assert caudal.run(folder).table("transfers").num_rows == 4
