"""Words worked out once are kept for the next process, and nothing that is damaged is ever believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caudal.screening.spelling import forms as forms_file
from caudal.screening.spelling.forms import Forms
from caudal.screening.spelling.kept import SWITCH, Kept, folder
from caudal.screening.spelling.lexicon import Lexicon

TEXTS = ["zubirreta", "nemorio", "osama", "usama", "\u0998\u09cb\u09b7"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(SWITCH, str(tmp_path / "kept"))
    return tmp_path / "kept"


def same(a: Forms, b: Forms) -> None:
    assert a.words.texts == b.words.texts
    for name in ("start", "keys", "known"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name


def test_what_is_kept_is_what_would_be_worked_out(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Forms.of(TEXTS)
    (file,) = place.iterdir()
    monkeypatch.setattr(forms_file, "_asked", lambda texts: pytest.fail(f"asked again for {texts}"))
    same(Forms.of(TEXTS), first)
    assert file.exists()
    monkeypatch.undo()
    monkeypatch.setenv(SWITCH, "")
    same(Forms.of(TEXTS), first)


def test_new_words_join_those_kept_before(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms_file, "WORTH_KEEPING", 1)
    Forms.of(TEXTS[:2])
    both = Forms.of(TEXTS[2:])
    kept = Kept.read()
    assert set(TEXTS) <= set(kept.words.texts)
    keys, owner, known, new = kept.find(both.words)
    assert not new.size
    assert np.array_equal(keys, both.keys)
    assert np.array_equal(np.searchsorted(owner, np.arange(len(both.words) + 1)), both.start)
    assert np.array_equal(known, both.known)


@pytest.mark.parametrize("damage", ["cut", "altered", "empty", "other"])
def test_a_damaged_file_is_not_believed_and_is_written_anew(place: Path, damage: str) -> None:
    first = Forms.of(TEXTS)
    (file,) = place.iterdir()
    whole = file.read_bytes()
    file.write_bytes(
        {"cut": whole[:-9], "altered": whole[:99] + b"x" + whole[100:], "empty": b"", "other": b"something else"}[
            damage
        ]
    )
    assert len(Kept.read().words) == 0
    same(Forms.of(TEXTS), first)
    assert len(Kept.read().words) == len(first.words)


def test_files_of_other_versions_go(place: Path) -> None:
    place.mkdir()
    (place / "words-0123.bin").write_bytes(b"old")
    (place / "something.txt").write_text("not ours")
    Forms.of(TEXTS)
    assert not (place / "words-0123.bin").exists()
    assert (place / "something.txt").exists()


def test_a_folder_that_cannot_be_written_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv(SWITCH, str(tmp_path / "file" / "below"))
    assert Forms.of(TEXTS).words.find(Lexicon.of(TEXTS)).min() >= 0
    monkeypatch.setenv(SWITCH, "")
    assert folder() is None
    assert len(Forms.of(TEXTS).words) > len(TEXTS)
