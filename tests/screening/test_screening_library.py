"""Names read from the library's data are what the library says, word by word; data of another form is not used."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rigour import _core

from caudal.screening.phrases import common_names
from caudal.screening.spelling import library
from caudal.screening.spelling.library import COMPARED, FORM
from caudal.screening.variants import pet_names

LINES = "marlo, Mårlo, marló => Q17\nqovra, m\u0301arlo, kovra ben => X4\nalone, Alone => Q9\n"
SYMBOLS = json.dumps({"person_symbols": {}, "person_name_parts": {"QVR": ["Qovra", "el Qovra"]}})


def frame(text: str) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(text.encode())
    return sink.getvalue().to_pybytes()


@pytest.fixture(scope="module")
def texts() -> list[bytes]:
    return list(library._texts(Path(_core.__file__)))


def test_what_is_read_is_what_the_library_says_of_every_word(texts: list[bytes]) -> None:
    found = library._read(texts)
    assert found is not None
    assert len(found) > 100_000
    told = (version("rigour"), library.fingerprint(texts))
    assert told in COMPARED, f"where nothing differs below, {told} can be added: the start is then six seconds faster"
    assert library.differing(found, texts, altered=30_000) == []
    nothing: frozenset[int] = frozenset()
    ours = [word for word in (*common_names(), *pet_names()) if library.readable(word)]
    assert [word for word in ours if library.asked(word) != found.get(word, nothing)] == []


def test_a_name_that_is_missing_or_too_many_is_seen(texts: list[bytes]) -> None:
    found = library._read(texts)
    assert found is not None
    few = dict(list(found.items())[:50])
    gone, changed = list(few)[3], list(few)[7]
    assert set(library.differing({**few, changed: few[changed] | {5}}, [], altered=0)) == {changed}
    del few[gone]
    assert library.differing(few, [f"{gone}, other".encode()], altered=0) == [gone]


def test_aliases_are_folded_and_a_name_written_in_one_way_says_nothing() -> None:
    found = library._read([LINES.encode(), SYMBOLS.encode()])
    qvr = library._key("QVR")
    assert found == {"marlo": {FORM | 17, FORM | 4}, "qovra": {FORM | 4, qvr}}


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [LINES],
        [SYMBOLS],
        [LINES, LINES, SYMBOLS],
        [LINES, SYMBOLS, SYMBOLS],
        [LINES + "without an id\n", SYMBOLS],
        [LINES, SYMBOLS[:-1]],
    ],
)
def test_data_of_another_form_is_not_read(texts: list[str]) -> None:
    assert library._read([text.encode() for text in texts]) is None


def test_another_version_is_compared_before_it_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_texts", lambda path: [LINES.encode(), SYMBOLS.encode()])
    monkeypatch.setattr(library, "ALTERED", 0)
    said = {"marlo": {FORM | 17, FORM | 4}, "qovra": {FORM | 4, library._key("QVR")}}
    monkeypatch.setattr(library, "asked", lambda word: frozenset(said.get(word, ())))
    assert library.names() == said
    said["kovra"] = {FORM | 1}
    assert library.names() is None


@given(st.lists(st.text(max_size=300), max_size=4), st.binary(max_size=40), st.data())
def test_texts_are_found_among_other_bytes(tmp_path_factory: pytest.TempPathFactory, held: list[str], other: bytes,
    data: st.DataObject) -> None:  # fmt: skip
    beside = other.replace(b"\x28", b"") + b"\0"
    path = tmp_path_factory.mktemp("library") / "file.so"
    whole = beside + b"".join(frame(text) + beside for text in held)
    path.write_bytes(whole)
    assert list(library._texts(path)) == [text.encode() for text in held]
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    cut = list(library._texts(path))
    assert cut == [text.encode() for text in held][: len(cut)]
    path.write_bytes(b"\x28\xb5\x2f\xfd" + other + whole)
    list(library._texts(path))


def test_a_library_that_is_not_a_file_holds_nothing(tmp_path: Path) -> None:
    assert list(library._texts(tmp_path / "none.so")) == []
