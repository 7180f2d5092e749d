"""`caudal trace` as people call it: on a ledger, on a workspace, and what it says of wrong questions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROWS = """day,from,to,amount,bank_from,bank_to,via
2025-01-05,G,A,1000,BANKUS00,BANKMX00,BANKPA00
2025-01-06,X,A,1000,BANKUS00,BANKMX00,
2025-03-01,A,B,1500,BANKMX00,BANKVE00,
2025-03-02,B,C,600,BANKVE00,BANKVE00,
2025-03-03,C,G,200,BANKVE00,BANKUS00,
"""
MAPPING = """via = ["via"]
[time]
column = "day"
[payer]
account = "from"
bic = "bank_from"
[payee]
account = "to"
bic = "bank_to"
[amount]
column = "amount"
currency = { value = "USD" }
"""


def caudal(*args: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "caudal.cli", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    folder = tmp_path_factory.mktemp("trace")
    (folder / "wires.csv").write_text(ROWS, encoding="utf-8")
    (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    (folder / "opening.csv").write_text("account,amount\nA,500\n", encoding="utf-8")
    return "trace", folder / "wires.csv", "--mapping", folder / "mapping.toml", "--account", "G"


def told(*args: object) -> object:
    done = caudal(*args, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_amounts_before_and_after_and_their_bounds(ledger):
    rows = told(*ledger, "--since", "2025-02-20", "--bounds")
    got = {r["account_id"]: (r["direct"], r["indirect"], r["before"], r["after"], r["low"], r["high"]) for r in rows}
    assert got == {
        "A": (100_000, 0, 100_000, 0, 100_000, 100_000),
        "B": (0, 75_000, 0, 75_000, 50_000, 100_000),
        "C": (0, 30_000, 0, 30_000, 0, 60_000),
    }
    done = caudal(*ledger, "--since", "2025-02-20", "--bounds")
    assert "3 accounts exposed" in done.stdout
    assert "at least USD 500, at most USD 1.0 k" in done.stdout
    wider = told(*ledger, "--bounds", "--opening", ledger[1].parent / "opening.csv", "--tainted", 1)
    assert {r["account_id"]: (r["low"], r["high"]) for r in wider}["B"] == (0, 150_000)


def test_as_of_leaves_later_payments_out(ledger):
    rows = told(*ledger, "--as-of", "2025-03-01")
    assert {r["account_id"]: r["direct"] + r["indirect"] for r in rows} == {"A": 100_000, "B": 75_000}
    assert caudal(*ledger, "--as-of", "2024-12-31").returncode == 0  # nothing was paid yet: nobody is exposed
    assert told(*ledger, "--as-of", "2024-12-31") == []


def test_dust_and_first_in_first_out(ledger):
    rows = told(*ledger, "--dust", "500")
    assert {r["account_id"]: r["direct"] + r["indirect"] for r in rows} == {"A": 100_000, "B": 75_000}
    assert "USD 300 was dust" in caudal(*ledger, "--dust", "500").stdout
    rows = told(*ledger, "--method", "fifo")
    assert {r["account_id"]: r["direct"] + r["indirect"] for r in rows} == {"A": 100_000, "B": 100_000, "C": 60_000}


def test_explain_opens_an_exposure_down_to_transfers(ledger):
    (fact,) = told(*ledger, "--explain", "C", "--direction", "forward")
    assert (fact["amount"], fact["paths_bring"], fact["transfers_carry"]) == (30_000, 30_000, 1.0)
    (path,) = fact["paths"]
    assert [(s["payer_account"], s["payee_account"], s["part"]) for s in path["steps"]] == [
        ("G", "A", 100_000),
        ("A", "B", 75_000),
        ("B", "C", 30_000),
    ]
    assert [row["reached"] for row in fact["transfers"]] == [30_000, 30_000, 30_000]
    done = caudal(*ledger, "--explain", "C")
    assert "USD 300.00 came from group, in proportional shares." in done.stdout
    assert "USD 200.00 went to group, in proportional shares." in done.stdout
    assert "2025-03-02  B -> C: USD 600.00, USD 300 of it" in done.stdout
    assert "Exposure is not guilt" in done.stdout


def test_institutions_and_chains(ledger):
    facts = told(*ledger, "--institutions", "--since", "2025-02-20", "--direction", "forward")
    chains = {tuple(r["chain"]): (r["straight"], r["over"], r["transfers_known"]) for r in facts["channels"]}
    assert chains == {
        ("BANKUS00", "BANKPA00", "BANKMX00"): (100_000, 0, 0),
        ("BANKMX00", "BANKVE00"): (0, 75_000, 1),
        ("BANKVE00",): (0, 30_000, 1),
        ("BANKVE00", "BANKUS00"): (10_000, 0, 1),
    }
    done = caudal(*ledger, "--institutions")
    assert "BANKUS00 (US) > BANKPA00 (PA) > BANKMX00 (MX)" in done.stdout
    assert "No day of designation is known" in done.stdout


def test_agents_come_with_both_readings(ledger):
    done = caudal(*ledger, "--agents")
    assert done.returncode == 0, done.stderr
    assert "B: strength" in done.stdout
    assert "it may also be" in done.stdout
    assert "Behaving like an agent is not being one" in done.stdout


def test_check_says_that_a_person_should_look(ledger):
    assert caudal(*ledger, "--check").returncode == 1
    assert caudal(*ledger, "--check", "--explain", "X", "--direction", "forward").returncode == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--explain", "ghost"), "account ghost occurs in no transfer"),
        (("--explain", "G"), "account G is the group's own"),
        (("--explain", "C", "--agents"), "ask for one at a time"),
        (("--tainted", "0.5"), "--opening and --tainted go with --bounds"),
        (("--explain", "C", "--share", "0"), "above 0 and at most 1"),
        (("--agents", "--direction", "forward"), "--agents looks at both directions"),
        (("--bounds", "--opening", "absent.csv"), "absent.csv: it cannot be read"),
        (("--dust", "much"), "'much' is no amount"),
    ],
)
def test_wrong_questions_are_one_line(ledger, args, said):
    done = caudal(*ledger, *args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr


def test_accounts_that_are_not_there_are_named(ledger):
    done = caudal(*ledger[:4], "--account", "ghost")
    assert done.returncode == 2
    assert "no account of any group occurs in a transfer (ghost)" in done.stderr
    done = caudal(*ledger[:4])
    assert "say which accounts are the group's" in done.stderr


def test_a_workspace_knows_its_groups(tmp_path: Path):
    assert caudal("world", tmp_path / "w", "--accounts", 800, "--days", 45, "--seed", 3).returncode == 0
    rows = told("trace", tmp_path / "w", "--direction", "forward", "--top", 3)
    assert len(rows) == 3
    assert {r["group_id"] for r in rows} == {"tren-de-aragua"}
    facts = told("trace", tmp_path / "w", "--explain", rows[0]["account_id"])
    assert any(f["amount"] == pytest.approx(rows[0]["direct"] + rows[0]["indirect"], rel=1e-3) for f in facts)
    known = told("trace", tmp_path / "w", "--institutions", "--group", "tren-de-aragua")
    assert known["institutions"][0]["known_from"] is not None
    done = caudal("trace", tmp_path / "w", "--group", "nobody")
    assert done.returncode == 2
    assert "no money of nobody is followed in this workspace; there are: tren-de-aragua" in done.stderr
    done = caudal("trace", tmp_path / "w", "--account", "x")
    assert "a workspace knows its groups" in done.stderr
