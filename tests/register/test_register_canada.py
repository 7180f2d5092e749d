"""Canada's listed terrorist entities (an Atom feed), from made-up entries in the published layout."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import Register
from caudal.register.readers.alias_text import aliases_in, split_names
from caudal.register.readers.canada_xml import read_canada
from caudal.register.readers.detect import detect

Write = Callable[[str, str | bytes], Path]
OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
    "<title>Currently listed entities</title><id>https://www.publicsafety.gc.ca/lstd</id>"
    "<updated>2026-02-20T10:00:00Z</updated>"
)


def entry(
    uid: str = "101",
    title: str = "Frente Inventado (FI)",
    summary: str = "N/A",
    published: str = "2025-02-20",
    content: str = "&lt;p&gt;A made-up &amp;amp; violent group.&lt;/p&gt;",
) -> str:
    return (
        f'<entry><title>{title}</title><link href="https://www.publicsafety.gc.ca/e/{uid}"/><id>{uid}</id>'
        f'<summary>{summary}</summary><content type="html">{content}</content>'
        f"<published>{published}</published><updated>2025-06-01</updated></entry>"
    )


def feed(*entries: str) -> str:
    return f"{OPEN}{''.join(entries)}</feed>"


def test_an_entry(write: Write) -> None:
    summary = "Invented Front, The Front (Frente), Inventa Holdings, Ltd., also known as FIN, formerly Grupo Viejo"
    path = write("ca.xml", feed(entry(summary=summary), entry("102", "Other Group")))
    assert detect(path) == "canada"
    register = Register.load(path, builtin=False)
    entity = register["ca-lte-101"]
    assert (entity.schema, entity.caption, entity.dataset) == (
        "LegalEntity",
        "Frente Inventado",
        "ca_listed_terrorists",
    )
    assert [(n.name, n.kind) for n in entity.names] == [
        ("Frente Inventado", "primary"),
        ("FI", "alias"),
        ("Invented Front", "alias"),
        ("The Front", "alias"),
        ("Frente", "alias"),
        ("Inventa Holdings, Ltd.", "alias"),
        ("FIN", "alias"),
        ("Grupo Viejo", "former"),
    ]
    assert "A made-up & violent group." in entity.properties["notes"]
    (designation,) = entity.designations
    assert (designation.authority, designation.effective) == ("CA-LTE", date(2025, 2, 20))
    assert designation.source_url == "https://www.publicsafety.gc.ca/e/101"
    assert [n.name for n in register["ca-lte-102"].names] == ["Other Group"]
    assert register.designated_on("ca-lte-101", date(2025, 2, 19)).status == "no"
    assert register.designated_on("ca-lte-101", date(2025, 2, 20)).status == "yes"
    (version,) = register.versions
    assert (version.published, version.entries) == (date(2026, 2, 20), 2)


def test_a_known_group_is_found(write: Write) -> None:
    path = write("ca.xml", feed(entry("7", "Tren de Aragua", "TdA")))
    register = Register.load(path)
    assert "ca-lte-7" in register.group("tren-de-aragua").entity_ids


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A One, B Two; C Three", ["A One", "B Two", "C Three"]),
        ("Front (North, South), Other", ["Front (North, South)", "Other"]),
        ('The "A, B" Group, C', ['The "A, B" Group', "C"]),
        ("Firma, S.A., Casa, Inc.", ["Firma, S.A.", "Casa, Inc."]),
        ("Group 1,500, Other", ["Group 1,500", "Other"]),
        ("Never (closed, Other", ["Never (closed", "Other"]),
        ("", []),
        (", ,;", []),
    ],
)
def test_splitting(text: str, names: list[str]) -> None:
    assert split_names(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a.k.a. X Group and Sons, or Y Group.", [("X Group and Sons", "alias"), ("Y Group", "alias")]),
        ("“Quoted Name”, ‘Other Name’", [("Quoted Name", "alias"), ("Other Name", "alias")]),
        ("Arabic: جماعة مخترعة", [("جماعة مخترعة", "original script")]),
        ("New Name (formerly known as Old Name)", [("New Name", "alias"), ("Old Name", "former")]),
        ("Grupo (Colombia), Banda (armed wing)", [("Grupo", "alias"), ("Banda", "alias")]),
        ("X" * 201 + ", Short", [("Short", "alias")]),
        ("N, N, ...", [("N", "alias")]),
        (
            "Orange Brigade, Andes Front, Known Ones",
            [(n, "alias") for n in ("Orange Brigade", "Andes Front", "Known Ones")],
        ),
    ],
)
def test_aliases(text: str, names: list[tuple[str, str]]) -> None:
    assert aliases_in(text) == names


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='abA,;()[]"“” .:أ&1', max_size=60))
def test_no_letter_of_the_aliases_is_lost(text: str) -> None:
    parts = split_names(text)
    kept = "".join(parts)
    assert [c for c in kept if c not in " ,;"] == [c for c in text if c not in " ,;"]
    for name, kind in aliases_in(text):
        assert name == name.strip()
        assert any(map(str.isalnum, name))
        assert kind in {"alias", "former", "original script"}


def test_bad_entries_are_kept_aside(write: Write) -> None:
    path = write(
        "ca.xml",
        feed(entry(), entry(), entry("", "No Id"), entry("3", "..."), entry("4", "Undated", published="last year")),
    )
    register = Register.load(path, builtin=False)
    assert [e.id for e in register] == ["ca-lte-101", "ca-lte-4"]
    assert [r["field"] for r in register.rejected.to_pylist()] == ["id", "id", "title", "published"]
    assert register["ca-lte-4"].designations[0].effective is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (feed(entry()).replace("<feed", '<!DOCTYPE feed [<!ENTITY x "y">]><feed'), "document type"),
        (feed(entry())[:-30], "well-formed"),
        (feed(), "no usable entry"),
        (
            feed(entry("1", "A Blog")).replace("publicsafety", "blog").replace("listed entities", "news"),
            "no XML list known",
        ),
    ],
    ids=["doctype", "truncated", "empty", "another feed"],
)
def test_a_file_without_use_is_one_clear_error(write: Write, content: str, words: str) -> None:
    path = write("ca.xml", content)
    with pytest.raises(InputError) as caught:
        Register.load(path)
    assert words in caught.value.reason
    assert caught.value.file == str(path)


steps = st.lists(st.tuples(st.integers(0, 1 << 12), st.integers(0, 30), st.binary(max_size=6)), max_size=4)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_mangled_files(tmp_path: Path, changes: list[tuple[int, int, bytes]]) -> None:
    raw = feed(entry(summary="A (b), c"), entry("2", "Two")).encode()
    for place, drop, extra in changes:
        at = place % (len(raw) + 1)
        raw = raw[:at] + extra + raw[at + drop :]
    path = tmp_path / "ca.xml"
    path.write_bytes(raw)
    caught, read = None, None
    try:
        read = read_canada(path)
    except InputError as error:
        caught = error
    if caught is not None:
        assert caught.file == str(path)
        assert "\n" not in str(caught)
    elif read is not None:
        assert len({e.id for e in read.entities}) == len(read.entities)
        read.rejects.table()
