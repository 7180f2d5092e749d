"""The log of look-ups."""

from __future__ import annotations

import errno
import json
import os
import re
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.server.gate import head as head_module
from caudal.server.gate import lookups as module
from caudal.server.gate.chain import End, chained
from caudal.server.gate.checking import find, verify
from caudal.server.gate.lookups import Lookups, NotLogged, head_beside, plain

KEY = bytes(range(32))
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2026, 3, 5, tzinfo=UTC).timestamp()


def entry(log: Lookups, name: str = "Berta Invented", n: int = 0) -> dict:
    """A line as the gate writes it."""
    return {
        "request": f"r{n}",
        "key": "k1",
        "purpose": "onboarding",
        "kind": "match",
        "route": "/match/{dataset}",
        "asked": [log.digests({"schema": "Person", "properties": {"name": [name], "idNumber": ["V-123456"]}})],
        "found": [["m-1"]],
        "snapshot": "s1",
        "status": 200,
    }


def lines(folder: Path) -> list[dict]:
    """All lines but those that open a day."""
    found = [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [one for one in found if one.get("kind") != "opened"]


def test_a_line_says_who_when_why_and_what_but_not_whom(tmp_path: Path) -> None:
    log = Lookups(tmp_path, KEY, clock=lambda: NOON)
    log.write(entry(log))
    log.close()
    (path,) = tmp_path.glob("*.jsonl")
    assert path.name == "2026-03-04.jsonl"
    assert path.stat().st_mode & 0o077 == 0
    text = path.read_text().casefold()
    assert "berta" not in text
    assert "invented" not in text
    assert "123456" not in text
    (line,) = lines(tmp_path)
    assert line["time"] == "2026-03-04T12:00:00.000Z"
    assert (line["key"], line["purpose"], line["snapshot"], line["found"]) == ("k1", "onboarding", "s1", [["m-1"]])


def test_a_look_up_is_found_again_by_its_name_and_by_nothing_else(tmp_path: Path) -> None:
    log = Lookups(tmp_path, KEY)
    log.write(entry(log, "BERTA  Invented", 1))
    log.write(entry(log, "Bertha Invented", 2))
    assert [e["request"] for e in find(tmp_path, log, ["berta invented"])] == ["r1"]
    assert list(find(tmp_path, log, ["Invented"])) == []
    assert list(find(tmp_path, Lookups(tmp_path, bytes(32)), ["berta invented"])) == []
    log.close()


words = st.text(st.characters(codec="utf-8"), max_size=30)


@given(words)
def test_plain_is_plain_already(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(words, st.integers(0, 3))
def test_spacing_and_case_do_not_tell_look_ups_apart(text: str, n: int) -> None:
    log = Lookups(Path("nowhere"), KEY)
    assert log.digest(text) == log.digest(f"{' ' * n}{text}\t")
    query = {"schema": "Person", "properties": {"name": [text, "b"]}}
    again = {"schema": "Person", "properties": {"name": ["B", text, text], "alias": []}}
    assert log.digests(query) == log.digests(again)


def test_a_query_of_any_shape_has_digests() -> None:
    log = Lookups(Path("nowhere"), KEY)
    for query in ("a", {}, {"properties": {"name": "A"}}, {"name": ["A"]}, {"properties": {"name": [None, 3, ["x"]]}}):
        assert set(log.digests(query)) == {"query", "names"}
    assert log.digests({"properties": {"name": ["A"]}})["names"] == [log.digest("a")] == log.digests("A")["names"]


def test_each_day_has_its_file_and_follows_on_the_last(tmp_path: Path) -> None:
    now = NOON
    log = Lookups(tmp_path, KEY, clock=lambda: now)
    log.write(entry(log, n=1))
    now = MIDNIGHT
    log.write(entry(log, n=2))
    log.close()
    assert [p.name for p in sorted(tmp_path.glob("*.jsonl"))] == ["2026-03-04.jsonl", "2026-03-05.jsonl"]
    assert verify(tmp_path, KEY) == (4, [])
    opened = json.loads((tmp_path / "2026-03-05.jsonl").read_text().splitlines()[0])
    assert opened["before"] == lines(tmp_path)[0]["chain"]


@pytest.mark.parametrize("change", ["edit", "remove", "swap", "insert", "beginning", "day"])
def test_what_was_changed_shows(tmp_path: Path, change: str) -> None:
    now = NOON
    log = Lookups(tmp_path, KEY, clock=lambda: now)
    for n in range(4):
        log.write(entry(log, n=n))
    now = MIDNIGHT
    log.write(entry(log))
    log.close()
    path = tmp_path / "2026-03-04.jsonl"
    kept = path.read_text().splitlines(keepends=True)
    if change == "edit":
        kept[2] = kept[2].replace("onboarding", "payments")
    elif change == "remove":
        del kept[2]
    elif change == "swap":
        kept[2], kept[3] = kept[3], kept[2]
    elif change == "insert":
        kept.insert(2, kept[2])
    elif change == "beginning":
        del kept[:2]
    else:
        del kept[-1]
    assert verify(tmp_path, KEY)[1] == []
    path.write_text("".join(kept))
    assert verify(tmp_path, KEY)[1] != []


def _write_many(folder: str, n: int) -> None:
    log = Lookups(Path(folder), KEY, clock=lambda: NOON)
    for k in range(100):
        log.write(entry(log, n=n * 1000 + k))
    log.close()


def test_several_processes_write_whole_lines_in_one_chain(tmp_path: Path) -> None:
    fork = get_context("fork")
    writers = [fork.Process(target=_write_many, args=(str(tmp_path), n)) for n in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join(60)
        assert one.exitcode == 0
    assert verify(tmp_path, KEY, [Lookups(tmp_path, KEY).head()]) == (401, [])
    assert Lookups(tmp_path, KEY).head().number == 401
    assert {line["request"] for line in lines(tmp_path)} == {f"r{n * 1000 + k}" for n in range(4) for k in range(100)}


def test_a_line_that_fits_only_in_part_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    log = Lookups(tmp_path, KEY, tell=told.append)
    log.write(entry(log, n=1))
    before = next(tmp_path.glob("*.jsonl")).read_bytes()
    real = os.write
    monkeypatch.setattr(module.os, "write", lambda handle, data: real(handle, data[: len(data) // 2]))
    with pytest.raises(NotLogged) as refused:
        log.write(entry(log, n=2))
    assert refused.value.status == 503
    assert next(tmp_path.glob("*.jsonl")).read_bytes() == before
    assert not log.writable()
    with pytest.raises(NotLogged):
        log.write(entry(log, n=3))
    monkeypatch.setattr(module.os, "write", real)
    assert log.writable()
    log.write(entry(log, n=4))
    assert [line["request"] for line in lines(tmp_path)] == ["r1", "r4"]
    assert verify(tmp_path, KEY) == (3, [])
    assert told
    assert all("Berta" not in line for line in told)
    log.close()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_no_line_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    log = Lookups(tmp_path, KEY)

    def fail(handle: int, data: bytes) -> int:
        raise OSError(code, "no")

    monkeypatch.setattr(module.os, "write", fail)
    with pytest.raises(NotLogged):
        log.write(entry(log))
    assert not log.writable()
    log.close()


def test_a_disk_that_takes_lines_but_loses_them_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    log = Lookups(tmp_path, KEY, each=True, tell=told.append)
    log.write(entry(log))

    def fail(handle: int) -> None:
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr(module.os, "fdatasync", fail)
    with pytest.raises(NotLogged):
        log.write(entry(log))
    assert told == ["a look-up could not be logged (EIO) and was refused"]


def test_a_line_torn_by_a_crash_stays_and_is_told(tmp_path: Path) -> None:
    log = Lookups(tmp_path, KEY, clock=lambda: NOON)
    log.write(entry(log, n=1))
    log.close()
    path = tmp_path / "2026-03-04.jsonl"
    with path.open("ab") as file:
        file.write(b'{"time":"2026-')
    again = Lookups(tmp_path, KEY, clock=lambda: NOON)
    again.write(entry(again, n=2))
    again.close()
    count, faults = verify(tmp_path, KEY)
    assert count == 4
    assert [(f.line, f.reason) for f in faults] == [(3, "it is torn or was changed")]
    assert len(list(find(tmp_path, again, ["Berta Invented"]))) == 2


def test_a_log_that_is_taken_away_begins_anew(tmp_path: Path) -> None:
    log = Lookups(tmp_path, KEY, clock=lambda: NOON)
    log.write(entry(log, n=1))
    (tmp_path / "2026-03-04.jsonl").rename(tmp_path / "kept")
    log.write(entry(log, n=2))
    assert [line["request"] for line in lines(tmp_path)] == ["r2"]
    log.close()


def test_lines_reach_the_disk_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, real = Event(), os.fdatasync

    def sync(handle: int) -> None:
        real(handle)
        synced.set()

    monkeypatch.setattr(module.os, "fdatasync", sync)
    log = Lookups(tmp_path, KEY)
    log.write(entry(log))
    assert synced.wait(10)
    log.close()


def test_lines_are_numbered_and_the_head_knows_the_last(tmp_path: Path) -> None:
    now = NOON
    log = Lookups(tmp_path / "log", KEY, clock=lambda: now)
    for n in range(3):
        log.write(entry(log, n=n))
    now = MIDNIGHT
    log.write(entry(log, n=3))
    last = lines(tmp_path / "log")[-1]
    assert [one["n"] for one in lines(tmp_path / "log")] == [2, 3, 4, 6]
    assert log.head() == End(6, last["chain"])
    log.close()
    again = Lookups(tmp_path / "log", KEY, clock=lambda: now)
    again.write(entry(again, n=4))
    assert again.head().number == 7
    assert verify(tmp_path / "log", KEY, [again.head(), End(6, last["chain"]), End(6, last["chain"][:12])]) == (7, [])
    assert head_beside(tmp_path / "log").stat().st_mode & 0o077 == 0
    again.close()


CUTS = ["last line", "last two", "last day", "all"]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_was_cut_off_the_end_shows_by_the_head(tmp_path: Path, cut: str, elsewhere: bool) -> None:
    folder, now = tmp_path / "log", NOON
    (tmp_path / "disk").mkdir()
    place = tmp_path / "disk" / "head" if elsewhere else None
    told: list[str] = []
    log = Lookups(folder, KEY, head=place, clock=lambda: now, tell=told.append)
    for n in range(3):
        log.write(entry(log, n=n))
    now = MIDNIGHT
    for n in range(3):
        log.write(entry(log, n=n))
    head = log.head()
    first, last = sorted(folder.glob("*.jsonl"))
    kept = last.read_text().splitlines(keepends=True)
    if cut in ("last line", "last two"):
        last.write_text("".join(kept[: -1 if cut == "last line" else -2]))
    else:
        last.unlink()
        if cut == "all":
            first.unlink()
    assert verify(folder, KEY)[1] == []  # without a head nothing shows
    (fault,) = verify(folder, KEY, [head])[1]
    assert "the head knows line 8" in fault.reason
    # The server goes on, says so, and leaves the gap to be seen by everybody, whatever becomes of the head.
    assert told == []
    log.write(entry(log, n=9))
    log.close()
    assert len(told) == 1
    assert "lines are missing" in told[0]
    (place or head_beside(folder)).unlink()
    faults = verify(folder, KEY)[1]
    assert faults or cut == "all"  # then the first line is line 9, as if the days before had been moved away
    assert lines(folder)[-1]["n"] in (9, 10)


def test_a_head_that_was_written_down_shows_a_chain_written_anew(tmp_path: Path) -> None:
    """Whoever holds the secret can write another log, of the same length, with a head that fits; not to a head kept."""
    log = Lookups(tmp_path / "a", KEY, clock=lambda: NOON)
    other = Lookups(tmp_path / "b", KEY, clock=lambda: NOON)
    for n in range(3):
        log.write(entry(log, n=n))
        other.write(entry(other, "Somebody Else", n=n))
    kept, forged = log.head(), other.head()
    assert kept.number == forged.number
    assert verify(tmp_path / "b", KEY, [forged])[1] == []
    (fault,) = verify(tmp_path / "b", KEY, [forged, kept])[1]
    assert "another line" in fault.reason
    assert End.read(str(kept)) == kept
    for text in ("5", "x:" + "0" * 12, "5:00", "-1:" + "0" * 12):
        with pytest.raises(ValueError, match=re.escape(text)):
            End.read(text)


def test_a_head_that_is_torn_or_made_up_is_not_believed(tmp_path: Path) -> None:
    log = Lookups(tmp_path / "log", KEY, clock=lambda: NOON)
    for n in range(4):
        log.write(entry(log, n=n))
    log.close()
    place = head_beside(tmp_path / "log")
    whole = place.read_bytes()
    for at in range(0, 256, 7):
        place.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        known = Lookups(tmp_path / "log", KEY).head()
        assert known.number in (4, 5)
    place.write_bytes(whole.replace(b"5:", b"9:"))
    assert Lookups(tmp_path / "log", KEY).head().number == 4
    place.write_bytes(b"")
    assert Lookups(tmp_path / "log", KEY).head() == End()
    again = Lookups(tmp_path / "log", KEY, clock=lambda: NOON)
    again.write(entry(again, n=5))
    assert again.head().number == 6  # found again from the log itself
    again.close()
    assert verify(tmp_path / "log", KEY)[1] == []


def test_no_head_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Lookups(tmp_path / "log", KEY, head=tmp_path / "gone" / "head")
    with pytest.raises(NotLogged):
        log.write(entry(log))
    assert not log.writable()
    (tmp_path / "gone").mkdir()
    assert log.writable()
    log.write(entry(log))
    assert log.head().number == 2
    with monkeypatch.context() as patch:
        patch.setattr(head_module.os, "pwrite", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "no")))
        with pytest.raises(NotLogged):
            log.write(entry(log))
        assert not log.writable()
    assert log.writable()
    log.write(entry(log))
    assert log.head().number == 4  # the line of the look-up that was refused stays, and counts
    assert verify(tmp_path / "log", KEY, [log.head()]) == (4, [])
    log.close()


def test_a_log_from_before_lines_were_numbered_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    chain, written = "", b""
    for k in range(4):
        old = {"kind": "opened", "day": "2026-03-04", "before": ""} if k == 0 else {"request": f"r{k}", "asked": []}
        line, chain = chained(KEY, chain, old)
        written += line
    (folder / "2026-03-04.jsonl").write_bytes(written)
    log = Lookups(folder, KEY, clock=lambda: NOON)
    log.write(entry(log))
    assert lines(folder)[-1]["n"] == 5
    assert verify(folder, KEY, [log.head()]) == (5, [])
    log.close()


def test_a_line_longer_than_what_is_read_at_once_is_gone_on_from(tmp_path: Path) -> None:
    log = Lookups(tmp_path / "log", KEY, clock=lambda: NOON)
    log.write({**entry(log), "found": [["x" * 400_000]]})
    log.close()
    again = Lookups(tmp_path / "log", KEY, clock=lambda: NOON)
    again.write(entry(again))
    again.close()
    assert verify(tmp_path / "log", KEY, [again.head()]) == (3, [])
