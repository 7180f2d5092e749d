"""The server's commands: what they refuse in one line, and keys from making to ending."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest

from caudal import cli
from caudal.server import run
from caudal.server.gate.lookups import Lookups
from caudal.server.gate.secret import derived
from caudal.server.settings import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what needs a key


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run a command; its status, output and errors."""
    monkeypatch.setattr(sys, "argv", ["caudal", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture
def caudal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    return lambda *words: call(monkeypatch, capsys, *words)


def refused(done: tuple[int, str, str]) -> str:
    """What a command says that did nothing."""
    code, out, err = done
    assert (code, out) == (2, "")
    assert err.startswith("caudal: ")
    assert err.count("\n") == 1
    return err


def test_what_cannot_be_served_is_one_line(caudal, tmp_path: Path) -> None:
    assert "no lists: give --manifest or --lists" in refused(caudal("serve"))
    assert "there is no such file" in refused(caudal("serve", "--lists", "nowhere"))
    (tmp_path / "lists").mkdir()
    assert "0.0.0.0 can be reached from elsewhere and there is no key" in refused(caudal("serve", "--host", EVERYWHERE))
    assert "keys are required and there is no key" in refused(caudal("serve", "--keys-required"))
    assert "is no rate" in refused(caudal("serve", "--rate", "fast"))
    assert "no such key" in refused(caudal("serve", "--bound", "bodies=3"))
    assert "batch" in refused(caudal("serve", "--bound", "batch=0"))
    assert "not both" in refused(caudal("serve", "--lists", "lists", "--manifest", "m.yml"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} of 127.0.0.1 is taken" in refused(caudal("serve", "--port", port))


def test_a_folder_that_cannot_be_written(caudal, tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "file").write_text("")
    assert "the data folder cannot be written" in refused(caudal("serve", "--data", "file/below"))
    if os.geteuid() != 0:
        (tmp_path / "locked").mkdir(mode=0o500)
        assert "the data folder cannot be written" in refused(caudal("serve", "--data", "locked"))


def test_an_address_that_is_not_of_this_machine(tmp_path: Path) -> None:
    with pytest.raises(run.InputError, match="cannot be used"):
        run.bind("203.0.113.7", 0)
    with run.bind("localhost", 0) as held:
        assert held.getsockname()[1] > 0


def test_a_key_opens_the_door_for_other_addresses(caudal, tmp_path: Path) -> None:
    code, out, _ = caudal("keys", "add", "desk", "--json", "--expires", "2999-01-01")
    key = json.loads(out)
    assert code == 0
    run.check(Settings(host=EVERYWHERE, lists=(tmp_path,), data=tmp_path / "caudal-server"))
    code, out, _ = caudal("keys", "list")
    assert key["id"] in out
    assert "until 2999-01-01" in out
    assert key["token"] not in out
    assert caudal("keys", "revoke", key["id"])[0] == 0
    listed = json.loads(caudal("keys", "list", "--json")[1])
    assert listed[0]["state"].startswith("revoked ")
    assert set(listed[0]) & {"token", "salt", "digest"} == set()
    with pytest.raises(run.InputError, match="there is no key"):
        run.check(Settings(host=EVERYWHERE, lists=(tmp_path,), data=tmp_path / "caudal-server"))


def test_keys_that_cannot_be(caudal) -> None:
    assert "no such scope" in refused(caudal("keys", "add", "a", "--scope", "all"))
    assert "over before it began" in refused(caudal("keys", "add", "a", "--expires", "2001-01-01"))
    assert "no key 'x'" in refused(caudal("keys", "revoke", "x"))
    assert caudal("keys", "list")[1] == "no keys yet; make one with `caudal keys add NAME`\n"


def test_the_token_is_shown_once(caudal) -> None:
    _, out, _ = caudal("keys", "add", "desk", "--scope", "decide")
    assert out.startswith("caudal_")
    assert "not shown again" in out
    assert out.split()[0] not in caudal("keys", "list", "--json")[1]


def test_look_ups_are_found_and_checked(caudal, tmp_path: Path) -> None:
    assert "no log of look-ups" in refused(caudal("lookups", "a"))
    data = tmp_path / "caudal-server"
    log = Lookups(data / "lookups", derived(data, "lookups"))
    more = {"request": "r", "key": "k", "purpose": "", "kind": "search", "snapshot": "s", "status": 200}
    log.write({**more, "asked": [log.digests("Berta Invented")], "found": [["m-1"], []]})
    log.close()
    assert "say whose" in refused(caudal("lookups"))
    code, out, _ = caudal("lookups", "BERTA invented", "--check")
    assert code == 0
    assert "found m-1" in out
    assert "no purpose given" in out
    assert "2 lines, as they were written" in out
    assert "no look-up of that name" in caudal("lookups", "Cosme")[1]
    code, out, _ = caudal("lookups", "--head")
    assert (code, out.strip()) == (0, str(log.head()))
    kept = out.strip()
    log.write({**more, "asked": [log.digests("Berta Invented")], "found": [[]]})
    log.close()
    assert caudal("lookups", "--check", "--head", kept)[0] == 0
    assert json.loads(caudal("lookups", "--head", "--json")[1])["lines"] == 3
    assert "needs --check" in refused(caudal("lookups", "--head", kept))
    assert "is no head" in refused(caudal("lookups", "--check", "--head", "three"))
    assert "no such file" in refused(caudal("lookups", "--check", "--log-head", "elsewhere"))
    (path,) = (data / "lookups").glob("*.jsonl")
    whole = path.read_text()
    path.write_text("".join(whole.splitlines(keepends=True)[:1]))
    code, out, _ = caudal("lookups", "--check", "--head", kept)
    assert code == 1
    assert "the head knows line 2" in out
    assert "the head knows line 3" in out
    (data / "lookups-head").unlink()
    assert "without a head" in caudal("lookups", "--check")[1]
    path.write_text(whole.replace("m-1", "m-2"))
    code, out, _ = caudal("lookups", "--check", "--json")
    assert code == 1
    assert "it was changed" in json.loads(out)["faults"][0]
