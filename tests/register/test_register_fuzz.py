"""Whatever bytes a list file holds, a reader reads it, rejects rows, or raises Caudal's own error."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import ListSource, Register
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


# Every format, the whole way: told from its content, read, tabulated, asked, merged.


def _lines(*statements: object) -> bytes:
    return "".join(f"{json.dumps(s)}\n" for s in statements).encode()


EU = """<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-03-09T14:00:16.479+01:00" globalFileId="1">
<sanctionEntity unitedNationId="QDi.999" euReferenceNumber="EU.27.28" logicalId="13"><remark>Made up</remark>
<regulation publicationDate="2018-03-22" entryIntoForceDate="2018-03-23" numberTitle="2018/468" programme="TERR"/>
<subjectType code="person" classificationCode="P"/>
<nameAlias wholeName="Anto B. Belar" function="General" gender="M" title="Dr." strong="true" logicalId="18"/>
<nameAlias wholeName="The Fox" strong="false" logicalId="19"/>
<birthdate circa="false" calendarType="GREGORIAN" birthdate="1937-04-28" year="1937" countryIso2Code="IQ"/>
<birthdate yearRangeFrom="1941" yearRangeTo="1943" calendarType="GREGORIAN"/>
<citizenship countryIso2Code="IQ"/><address city="Ostra" street="1 Road" countryIso2Code="IQ"/>
<identification number="AD0001" countryIso2Code="IQ" identificationTypeCode="passport"/></sanctionEntity></export>
"""
CANADA = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Currently listed entities</title>
<id>https://www.publicsafety.gc.ca/lstd</id><updated>2026-02-20T10:00:00Z</updated>
<entry><title>Frente Inventado (FI)</title><link href="https://www.publicsafety.gc.ca/e/1"/><id>101</id>
<summary>Invented Front, The Front (Frente), also known as FIN</summary>
<content type="html">&lt;p&gt;A made-up group.&lt;/p&gt;</content>
<published>2025-02-20</published><updated>2025-06-01</updated></entry></feed>
"""
FTM = _lines(
    {
        "id": "NK-1",
        "caption": "Ana Prueba",
        "schema": "Person",
        "datasets": ["zz_made_up"],
        "properties": {"name": ["Ana Prueba"], "birthDate": ["1980-05-01"], "country": ["co"], "topics": ["sanction"]},
        "first_seen": "2023-04-20T10:41:16",
        "last_change": "2025-01-01T00:00:00",
    },
    {
        "id": "sanc-1",
        "schema": "Sanction",
        "datasets": ["zz_made_up"],
        "properties": {"entity": ["NK-1"], "program": ["SDGT"], "startDate": ["2025-02"], "authority": ["Office"]},
    },
)
BODS = _lines(
    *(
        {
            "statementId": f"s-{record}",
            "recordId": record,
            "recordType": kind,
            "recordStatus": "new",
            "statementDate": "2026-01-01",
            "declarationSubject": "C1",
            "recordDetails": details,
            "publicationDetails": {"publicationDate": "2026-02-01", "bodsVersion": "0.4"},
        }
        for record, kind, details in (
            ("C1", "entity", {"entityType": {"type": "registeredEntity"}, "name": "Inventa Ltd"}),
            ("P1", "person", {"personType": "knownPerson", "names": [{"type": "legal", "fullName": "Ana Prueba"}]}),
            (
                "R1",
                "relationship",
                {
                    "subject": "C1",
                    "interestedParty": "P1",
                    "interests": [{"type": "shareholding", "share": {"minimum": 50, "maximum": 75.5}}],
                },
            ),
        )
    )
)
MAPPED = b"""uid,name,type,programs,alternate_names
36,AERO INVENTADO,entity,CUBA,AERO-INV; INV AIR
77,"PRUEBA, Ana",individual,SDGT; FTO,
"""
SAMPLES: dict[str, tuple[str, bytes]] = {
    **{kind: (name, (DATA / name).read_bytes()) for kind, name in FILES.items()},
    "ofac-xml": ("sdn.xml", (DATA / "sdn.xml").read_bytes()),
    "ofac-advanced": ("sdn_advanced.xml", (DATA / "sdn_advanced.xml").read_bytes()),
    "uk-csv": ("uk.csv", (DATA / "uk.csv").read_bytes()),
    "uk-xml": ("uk.xml", (DATA / "uk.xml").read_bytes()),
    "eu": ("eu.xml", EU.encode()),
    "canada": ("canada.xml", CANADA.encode()),
    "ftm": ("made_up.json", FTM),
    "bods": ("bods.json", BODS),
    "mapped": ("list.csv", MAPPED),
}
PIECES = [
    b"",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b'"',
    b"'",
    b"<",
    b"&#0;",
    b"&x;",
    b"]]>",
    b"\r\n\r\n",
    b";",
    b",",
    b"{}",
    b"[[",
    b"null",
]
PIECES += [
    b"9" * 40,
    b"-1",
    b"1e999",
    b"NaN",
    b"0000-00-00",
    b"9999-12-31",
    b"31 Feb 1999",
    b"&#xD800;",
    "\u202e\u0660".encode(),
]
edits = st.lists(
    st.tuples(
        st.sampled_from(["cut", "drop", "put", "over", "twice", "swap", "flip"]),
        st.integers(0, 1 << 17),
        st.integers(0, 1 << 17),
        st.sampled_from(PIECES) | st.binary(max_size=6),
    ),
    min_size=1,
    max_size=6,
)


def edited(raw: bytes, changes: list[tuple[str, int, int, bytes]]) -> bytes:
    """The bytes with pieces cut, dropped, put in, overwritten, repeated, exchanged, or a bit turned over."""
    for what, one, two, piece in changes:
        low, high = sorted((one % (len(raw) + 1), two % (len(raw) + 1)))
        near = min(high, low + 60)
        if what == "cut":
            raw = raw[:low]
        elif what == "drop":
            raw = raw[:low] + raw[near:]
        elif what == "put":
            raw = raw[:low] + piece + raw[low:]
        elif what == "over":
            raw = raw[:low] + piece + raw[low + len(piece) :]
        elif what == "twice":
            raw = raw[:near] + raw[low:near] * 3 + raw[near:]
        elif what == "swap":
            raw = raw[:low] + raw[high : high + 30] + raw[low + 30 : high] + raw[low : low + 30] + raw[high + 30 :]
        elif low < len(raw):
            raw = raw[:low] + bytes([raw[low] ^ 1 << (one % 8)]) + raw[low + 1 :]
    return raw


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    """Fails what hangs; it measures nothing."""

    def late(*_: object) -> None:
        raise AssertionError(f"it took over {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def whole_way(path: Path, kind: str | None) -> Register | None:
    """The register of a list taken through all that is done with one; None where the list is refused in one line."""
    refused, register = None, None
    try:
        register = Register.load(ListSource(path, kind, date(2026, 1, 1)), merge=True)
    except InputError as error:
        refused = error
    if register is None:
        assert refused
        assert refused.reason
        assert "\n" not in str(refused)
        return None
    again = Register.from_tables(register.tables())
    assert [e.id for e in again] == [e.id for e in register]
    listed = [e for e in register if e.dataset != "caudal_groups"]
    for entity in listed[:20]:
        assert register.designated_on(entity.id, date(2020, 1, 1)).status in {"yes", "no", "unknown"}
        assert register.same_as(entity.id) is not None
        register.find(entity.caption)
        register.group(entity.id)
    return register


def test_every_format_is_fuzzed() -> None:
    assert set(SAMPLES) == set(READERS)


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_the_samples_themselves_are_read(tmp_path: Path, kind: str) -> None:
    name, raw = SAMPLES[kind]
    path = tmp_path / name
    path.write_bytes(raw)
    assert detect(path) == kind
    register = whole_way(path, None)
    assert register is not None
    assert any(e.dataset != "caudal_groups" for e in register)


@pytest.mark.parametrize("kind", sorted(SAMPLES))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits, st.booleans())
def test_the_whole_way(tmp_path: Path, kind: str, changes: list[tuple[str, int, int, bytes]], told: bool) -> None:
    name, raw = SAMPLES[kind]
    path = tmp_path / name
    path.write_bytes(edited(raw, changes))
    with no_longer_than(20):
        whole_way(path, kind if told else None)


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
BOMB += b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)) + b"]>"
HOSTILE: dict[str, bytes] = {
    "many entities": BOMB + b"<%s>&j;</%s>",
    "an outer entity": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><%s>&a;</%s>',
    "a deep tree": b"<%s>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</%s>",
    "many attributes": b"<%s " + b" ".join(b'a%d="1"' % i for i in range(20_000)) + b"></%s>",
    "one long text": b"<%s>" + b"a" * 3_000_000 + b"</%s>",
    "a wrong encoding": b'<?xml version="1.0" encoding="utf-7"?><%s></%s>',
}


@pytest.mark.parametrize("what", sorted(HOSTILE))
@pytest.mark.parametrize("root", ["CONSOLIDATED_LIST", "sdnList", "Sanctions", "Designations", "export", "feed"])
def test_hostile_xml_is_refused_in_time(tmp_path: Path, what: str, root: str) -> None:
    path = tmp_path / "list.xml"
    path.write_bytes(HOSTILE[what].replace(b"%s", root.encode()))
    for kind in (None, *(k for k in READERS if SAMPLES[k][0].endswith(".xml"))):
        with no_longer_than(30):
            assert whole_way(path, kind) is None


@pytest.mark.parametrize(
    "raw",
    [
        b'{"id":' * 50_000,
        b"[" * 200_000,
        b'{"id": "a", "schema": "Person", "properties": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
        b'{"id": "a", "schema": "Person", "properties": {"name": [' + b'"x",' * 100_000 + b'"x"]}}',
        b"9" * 100_000,
    ],
)
def test_hostile_json_is_refused_in_time(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "list.json"
    path.write_bytes(raw)
    for kind in (None, "ftm", "bods"):
        with no_longer_than(30):
            whole_way(path, kind)


LONG = {
    "semicolons": "; " * 20_000,
    "dates": "DOB 01 Jan 1958; alt. DOB 1 to 2 to 3; " * 2_000,
    "a number without end": "Passport " + "A1 " * 5_000 + "(Cuba",
    "brackets": "Tax ID No. " + "(" * 5_000 + ")" * 5_000,
    "spaces": "POB" + " " * 50_000 + "x",
    "also known as": "a.k.a. '" + "b" * 50_000,
    "circa": "DOB " + "circa " * 10_000,
}


@pytest.mark.parametrize("what", sorted(LONG))
def test_long_remarks_are_read_in_time(tmp_path: Path, what: str) -> None:
    """No pattern runs away on a long text."""
    path = tmp_path / "sdn.csv"
    path.write_text(f'7,"BELAR, Anto","individual","SDGT"{",-0- " * 7},"{LONG[what]}"\r\n', encoding="utf-8")
    with no_longer_than(20):
        assert whole_way(path, None) is not None
