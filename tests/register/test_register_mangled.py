"""Whatever is cut out of, put into or turned round in a publisher's file: it is read, or `InputError` says why not."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register.readers.detect import READERS

DATA = Path(__file__).parent / "data"
FILES = {
    "ofac-xml": "sdn.xml",
    "ofac-advanced": "sdn_advanced.xml",
    "uk-xml": "uk.xml",
    "uk-csv": "uk.csv",
}
place = st.integers(0, 1 << 16)
BYTES = st.lists(st.tuples(st.sampled_from(["cut", "drop", "flip", "put"]), place, st.binary(max_size=5)), max_size=3)
WORDS = st.lists(
    st.tuples(place, st.sampled_from(["", "0", "-1", "99999999999999999999", "true", "x y", "¼", "٣", "31/02/2020"])),
    min_size=1,
    max_size=6,
)


def outcome(kind: str, raw: bytes) -> None:
    """Read the bytes as that format and check that the outcome is one of those allowed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILES[kind]
        path.write_bytes(raw)
        caught, read = None, None
        try:
            read = READERS[kind](path, None)
        except InputError as error:
            caught = error
        if caught is not None:
            assert caught.file == str(path)
            assert "\n" not in str(caught)
        elif read is not None:
            assert read.entities
            assert len({e.id for e in read.entities}) == len(read.entities)
            assert all(e.names and e.names[0].kind == "primary" and e.caption for e in read.entities)
            assert read.rejects.table().num_rows == len(read.rejects)


def mangled(raw: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    for what, where, extra in changes:
        at = where % (len(raw) + 1)
        if what == "cut":
            raw = raw[:at]
        elif what == "drop":
            raw = raw[:at] + raw[at + 9 :]
        elif what == "flip" and at < len(raw):
            raw = raw[:at] + bytes([raw[at] ^ 1 << (where % 8)]) + raw[at + 1 :]
        else:
            raw = raw[:at] + extra + raw[at:]
    return raw


def reworded(text: str, changes: list[tuple[int, str]]) -> str:
    """Well-formed still, but with other texts and attribute values in some places."""
    spots = list(re.finditer(r"(?<=>)[^<>\n]+(?=<)|(?<==\")[^\"]*(?=\")", text))
    for where, word in sorted({(w % len(spots), x) for w, x in changes}, reverse=True):
        start, end = spots[where].span()
        text = text[:start] + word + text[end:]
    return text


@pytest.mark.parametrize("kind", sorted(FILES))
@settings(max_examples=60, deadline=None)
@given(BYTES)
def test_bytes_at_random(kind: str, changes: list[tuple[str, int, bytes]]) -> None:
    outcome(kind, mangled((DATA / FILES[kind]).read_bytes(), changes))


@pytest.mark.parametrize("kind", ["ofac-xml", "ofac-advanced", "uk-xml"])
@settings(max_examples=80, deadline=None)
@given(WORDS)
def test_values_at_random(kind: str, changes: list[tuple[int, str]]) -> None:
    text = (DATA / FILES[kind]).read_text(encoding="utf-8")
    outcome(kind, reworded(text, changes).encode())


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 18), st.integers(0, 57), st.sampled_from(["", "x", "31/02/2020", "(1) a (2)"])))
)
def test_cells_at_random(changes: list[tuple[int, int, str]]) -> None:
    rows = [line.split(",") for line in (DATA / "uk.csv").read_text(encoding="utf-8").rstrip("\n").split("\n")]
    for row, column, word in changes:
        if row < len(rows):
            rows[row][column % len(rows[row])] = word
    outcome("uk-csv", "\n".join(",".join(row) for row in rows).encode())
