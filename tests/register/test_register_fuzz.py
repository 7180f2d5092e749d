"""Whatever bytes a list file holds, a reader reads it, rejects rows, or raises Caudal's own error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register.entry import SCHEMAS, Draft, Link
from caudal.register.readers.detect import READERS, detect
from caudal.register.readers.ofac_remarks import parts, read_remarks

DATA = Path(__file__).parent / "data"
FILES = {"ofac": "sdn.csv", "un": "consolidated.xml", "members": "members.csv"}
steps = st.lists(
    st.tuples(st.sampled_from(["cut", "drop", "put", "twice"]), st.integers(0, 1 << 14), st.binary(max_size=6)),
    max_size=4,
)


def mangled(raw: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    for what, place, extra in changes:
        at = place % (len(raw) + 1)
        if what == "cut":
            raw = raw[:at]
        elif what == "drop":
            raw = raw[:at] + raw[at + 7 :]
        elif what == "put":
            raw = raw[:at] + extra + raw[at:]
        else:
            raw = raw[:at] + raw[max(0, at - 40) :]
    return raw


@pytest.mark.parametrize("kind", sorted(FILES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_mangled_files(tmp_path: Path, kind: str, changes: list[tuple[str, int, bytes]]) -> None:
    path = tmp_path / FILES[kind]
    path.write_bytes(mangled((DATA / FILES[kind]).read_bytes(), changes))
    caught, read = None, None
    try:
        read = READERS[kind](path, None)
    except InputError as error:
        caught = error
    if caught is not None:
        assert "\n" not in str(caught)
        assert caught.file == str(path)
    elif read is not None:
        assert read.entities
        assert len({e.id for e in read.entities}) == len(read.entities)
        assert all(e.names and e.caption for e in read.entities)
        assert read.rejects.table().num_rows == len(read.rejects)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "list"
    path.write_bytes(raw)
    caught, kind = None, ""
    try:
        kind = detect(path)
    except InputError as error:
        caught = error
    assert caught.file == str(path) if caught else kind in {*READERS, "ofac part"}


LABELS = (
    "DOB",
    "POB",
    "nationality",
    "Gender",
    "Passport",
    "Linked To:",
    "Tax ID No.",
    "MMSI",
    "alt. DOB",
    "all offices",
    "",
)
words = st.text(alphabet="abcXYZ 0189()'.-", max_size=16)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LABELS), words), max_size=5), st.sampled_from(sorted(SCHEMAS)))
def test_what_has_no_property_of_its_own_stays_in_the_notes(pairs: list[tuple[str, str]], schema: str) -> None:
    draft, links = Draft("x", schema), list[Link]()
    complaints: list[str] = []
    remarks = "; ".join(f"{label} {text}" for label, text in pairs)
    read_remarks(remarks, draft, links, lambda field, _reason, _text: complaints.append(field))
    notes = set(draft.properties.get("notes", {}))
    elsewhere = {value for prop, held in draft.properties.items() if prop != "notes" for value in held}
    for part in parts(remarks):
        label = next((name for name in LABELS if name and part.startswith(f"{name} ")), "")
        rest = part.removeprefix(label).strip()
        moved = any(value and (value in rest or rest in value) for value in elsewhere) or ("DOB" in label and elsewhere)
        worded = label in {"nationality", "Gender"} and elsewhere
        assert part in notes or moved or worded, part
        if label in {"Linked To:", "all offices"} and rest:
            assert part in notes
    assert len(complaints) <= sum("DOB" in label for label, _ in pairs)
