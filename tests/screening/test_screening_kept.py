"""What was worked out once is kept for the next process, and nothing that is damaged is ever believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caudal.screening.spelling import Lexicon, Personal, kept, library, personal
from caudal.screening.spelling.kept import SWITCH, folder

NAMES: library.Names = {"zubirreta": frozenset({7, 3}), "nemorio": frozenset({3})}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(SWITCH, str(tmp_path / "kept"))
    monkeypatch.setattr(library, "names", lambda: NAMES)
    return tmp_path / "kept"


def known() -> Personal:
    """As a new process would have them."""
    return personal._known.__wrapped__()


def same(a: Personal, b: Personal) -> None:
    assert a.words.texts == b.words.texts
    assert np.array_equal(a.start, b.start)
    assert np.array_equal(a.keys, b.keys)


def test_what_is_kept_is_what_would_be_worked_out(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = known()
    assert first.find(["nemorio", "Zubirreta", "nemori", ""]) == [[3], [3, 7], [], []]
    (file,) = place.iterdir()
    monkeypatch.setattr(library, "names", lambda: pytest.fail("worked out again"))
    same(known(), first)
    assert file.exists()


@pytest.mark.parametrize("damage", ["cut", "altered", "empty", "other"])
def test_a_damaged_file_is_not_believed_and_is_written_anew(place: Path, damage: str) -> None:
    first = known()
    (file,) = place.iterdir()
    whole = file.read_bytes()
    damaged = {"cut": whole[:-9], "altered": whole[:99] + b"x" + whole[100:], "empty": b"", "other": b"something else"}
    file.write_bytes(damaged[damage])
    assert kept.read() is None
    same(known(), first)
    assert file.read_bytes() == whole


def test_files_of_other_versions_go(place: Path) -> None:
    place.mkdir()
    (place / "words-0123.bin").write_bytes(b"old")
    (place / "names-0123.bin").write_bytes(b"old")
    (place / "something.txt").write_text("not ours")
    known()
    assert {path.name.partition("-")[0] for path in place.iterdir()} == {"names", "something.txt"}
    assert len(list(place.iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_passed_over(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    for stated in (str(tmp_path / "file" / "below"), ""):
        monkeypatch.setenv(SWITCH, stated)
        assert known().find(["nemorio"]) == [[3]]
    assert folder() is None


def test_without_a_table_every_word_is_asked_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"osama": frozenset({9, 5})}
    monkeypatch.setattr(library, "asked", lambda word: said.get(word, frozenset()))
    none = Personal(Lexicon.of([]), np.zeros(1, np.int64), np.zeros(0, np.int64))
    assert none.find(["osama", "zz", "x", "os-ma", "\u0998\u09cb\u09b7"]) == [[5, 9], [], [], [], []]
