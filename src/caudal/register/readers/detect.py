"""Which kind of list a file is, seen from its content, and its reader."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from caudal.errors import InputError
from caudal.register.readers import canada_xml, eu_fsf
from caudal.register.readers.bods import read_bods
from caudal.register.readers.ftm_json import read_ftm
from caudal.register.readers.list_mapping import mapping_of
from caudal.register.readers.mapped_csv import day_in_name, read_mapped
from caudal.register.readers.members_csv import REQUIRED, read_members
from caudal.register.readers.ofac_advanced import read_ofac_advanced
from caudal.register.readers.ofac_csv import companion, read_ofac
from caudal.register.readers.ofac_xml import read_ofac_xml
from caudal.register.readers.parts import join_parts
from caudal.register.readers.signs import is_canada, json_kind
from caudal.register.readers.uk_csv import is_header, read_uk_csv
from caudal.register.readers.uk_xml import ROOT as UK_ROOT
from caudal.register.readers.uk_xml import read_uk_xml
from caudal.register.readers.un_xml import ROOT, read_un
from caudal.register.rejects import Rejects
from caudal.register.sources import ListSource, ReadList

READERS: dict[str, Callable[[Path, date | None], ReadList]] = {
    "ofac": read_ofac,
    "ofac-xml": read_ofac_xml,
    "ofac-advanced": read_ofac_advanced,
    "uk-csv": read_uk_csv,
    "uk-xml": read_uk_xml,
    "un": read_un,
    "members": read_members,
    "eu": eu_fsf.read_eu_fsf,
    "canada": canada_xml.read_canada,
    "ftm": read_ftm,
    "bods": read_bods,
    "mapped": read_mapped,
}
"""The formats a list may be named to have, and what reads each."""
XML_ROOTS = {
    "sdnList": "ofac-xml",
    "Sanctions": "ofac-advanced",
    UK_ROOT: "uk-xml",
    ROOT: "un",
    eu_fsf.ROOT: "eu",
    canada_xml.ROOT: "canada",
}
"""The root element of each XML list, without its namespace, and its format."""
_FIRST_TAG = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
PART_OF_OFAC = "ofac part"
_HEAD = 1 << 16
_PACKED = {b"PK\x03\x04": "a ZIP archive", b"PK\x05\x06": "a ZIP archive", b"\x1f\x8b": "a gzip archive",
           b"7z\xbc\xaf": "a 7z archive", b"BZh": "a bzip2 archive", b"\xfd7zXZ": "an xz archive"}  # fmt: skip
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def detect(path: Path) -> str:
    """The format of one file, a key of `READERS`, or `ofac part` for alt.csv, add.csv and those of cons_prim.csv.

    Raises:
        InputError: the file is missing, empty, packed, not UTF-8, or no list known here.
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        reason = (
            "there is no such file" if isinstance(error, FileNotFoundError) else f"it cannot be read ({error.strerror})"
        )
        raise InputError(reason, file=name) from error
    if not head.strip(b" \t\r\n\x1a\xef\xbb\xbf"):
        raise InputError("it is empty", file=name)
    for magic, what in _PACKED.items():
        if head.startswith(magic):
            raise InputError(f"it is {what}; unpack it first", file=name)
    if head.startswith(_WIDE):
        raise InputError("it is UTF-16, not UTF-8 text", file=name)
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    if text.startswith("<"):
        root = _FIRST_TAG.search(_COMMENT.sub("", text))
        if root and root[1] in XML_ROOTS and (root[1] != canada_xml.ROOT or is_canada(text)):
            return XML_ROOTS[root[1]]
        if f"<{ROOT}" in text:
            return "un"
        known = ", ".join(XML_ROOTS)
        raise InputError(f"it is no XML list known here (root element {known} expected)", file=name)
    if text.startswith("{"):
        kind = json_kind(text)
        if kind:
            return kind
        raise InputError("it is no JSON lines known here (BODS statements or FollowTheMoney entities)", file=name)
    first = next(csv.reader(text.splitlines()[:1]), [])
    if path.name.casefold() in {"sdn_comments.csv", "cons_comments.csv"} and len(first) == 2:
        return PART_OF_OFAC
    if any(is_header(row) for row in csv.reader(text.splitlines()[:2])):
        return "uk-csv"
    if set(REQUIRED) <= {c.strip() for c in first}:
        return "members"
    if mapping_of(first):
        return "mapped"
    if first and first[0].strip().isdigit():
        if len(first) == 12:
            return "ofac"
        if len(first) in {5, 6} and first[1].strip().isdigit():
            return PART_OF_OFAC
    known = "OFAC's, the UK's or another publisher's own file, a members list, or a CSV with a mapping"
    raise InputError(f"it is no list known here ({known})", file=name)


def read_sources(sources: list[ListSource], rejects: Rejects) -> list[ReadList]:
    """Read every source; inside a folder, files that are no list known here are rejected, not fatal.

    Raises:
        InputError: a named file cannot be used, or a folder holds no list.
    """
    found: list[ReadList] = []
    for source in sources:
        path = source.path
        if source.mapping is not None and source.format not in {None, "mapped"}:
            reason = f"a mapping goes with the format 'mapped', not {source.format!r}"
            raise InputError(reason, file=str(path), field="mapping")
        if source.format is not None and source.format not in READERS:
            raise InputError(f"the format {source.format!r} is not one of {', '.join(READERS)}", file=str(path))
        if not path.exists():
            raise InputError("there is no such file or folder", file=str(path))
        if path.is_dir() and source.format != "ofac":
            found.extend(_folder(source, rejects))
        else:
            kind = "mapped" if source.mapping else source.format or detect(path)
            if kind == PART_OF_OFAC:
                beside = [companion(path.parent, name) for name in ("sdn.csv", "cons_prim.csv")]
                if any(s.path in (path.parent, *beside) for s in sources):
                    continue
                reason = "it holds aliases or addresses; name the cons_prim.csv or sdn.csv it belongs to"
                raise InputError(reason, file=str(path))
            found.append(_read(kind, path, source))
    return join_parts(found)


def _read(kind: str, path: Path, source: ListSource) -> ReadList:
    if source.mapping is not None:
        return read_mapped(path, source.published, source.mapping)
    return READERS[kind](path, source.published)


def _folder(source: ListSource, rejects: Rejects) -> list[ReadList]:
    found: list[ReadList] = []
    kinds: list[tuple[str, Path]] = []
    for path in sorted(p for p in source.path.rglob("*") if p.is_file() and not p.name.startswith(".")):
        if source.mapping is not None and path.suffix.casefold() != ".csv":
            continue
        try:
            kind = "mapped" if source.mapping else detect(path)
        except InputError as error:
            rejects.add(str(path), error.row, error.field, error.reason, path.name)
            continue
        if kind == PART_OF_OFAC or (source.format is not None and kind != source.format):
            continue
        kinds.append((kind, path))
    # A publisher's own file comes before a mapped one of the same list and day.
    for kind, path in sorted(kinds, key=lambda k: k[0] == "mapped"):
        # The day given for a folder is for the files in it that do not say their own.
        own_day = kind == "mapped" and day_in_name(path) is not None
        one = _read(kind, path, replace(source, published=None) if own_day else source)
        day = (one.version.dataset, one.version.published)
        held = next((o for o in found if one.part is None and (o.version.dataset, o.version.published) == day), None)
        if held is not None:
            reason = f"the list {day[0]} of {day[1]} is read from {held.version.file} already"
            rejects.add(str(path), None, None, reason, path.name)
            continue
        found.append(one)
    if not found:
        raise InputError("the folder holds no list known here", file=str(source.path))
    return found
