"""OFAC's legacy CSV files: sdn.csv with alt.csv (aliases) and add.csv (addresses) beside it.

Twelve columns without a header; `-0-` is an empty field; programmes are packed as `A] [B`; the file ends with a control
character. The three files may be of different days: aliases and addresses of entries that are not in sdn.csv are
counted as rejected, entries without them are fine. The format gives no date of listing, so none is made up.
Layout: https://ofac.treasury.gov/sdn-list/sdn-list-data-formats-data-schemas
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from caudal.errors import InputError
from caudal.register.countries import country_code
from caudal.register.entry import Designation, Draft, Entity, Link, NameKind
from caudal.register.naming import has_legal_form, script_of
from caudal.register.readers.ofac_remarks import read_remarks
from caudal.register.readers.table import csv_rows
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dated_version

DATASET = "us_ofac_sdn"
SOURCE_URL = "https://sanctionslist.ofac.treas.gov/Home/SdnList"
COLUMNS = (
    *("ent_num", "sdn_name", "sdn_type", "program", "title", "call_sign"),
    *("vess_type", "tonnage", "grt", "vess_flag", "vess_owner", "remarks"),
)
_ALT = ("ent_num", "alt_num", "alt_type", "alt_name", "alt_remarks")
_ADD = ("ent_num", "add_num", "address", "city_state_zip", "country", "add_remarks")
_PROGRAMMES = re.compile(r"\]\s*\[|;")
_ALIAS_KIND: dict[str, NameKind] = {"aka": "alias", "nka": "alias", "fka": "former"}
_SCHEMA = {
    "": "LegalEntity",
    "individual": "Person",
    "vessel": "Vessel",
    "aircraft": "Airplane",
    "entity": "LegalEntity",
}
_SIGNS = re.compile(r"[^\W_]")  # a vessel may be called by a number alone


def read_ofac(path: Path, published: date | None = None) -> ReadList:
    """Read the three files beside `path` (sdn.csv, or a folder that holds it).

    Raises:
        InputError: sdn.csv is missing, is no UTF-8 CSV, or gives no usable entry.
    """
    sdn = companion(path, "sdn.csv") if path.is_dir() else path
    if not sdn.is_file():
        raise InputError("there is no such file", file=str(sdn))
    beside = {name: companion(sdn.parent, name) for name in ("alt.csv", "add.csv")}
    missing = [name for name, file in beside.items() if not file.is_file()]
    day, words = dated_version(sdn, published, f", without {' and '.join(missing)}" if missing else "")
    rejects = Rejects()
    aliases = _beside(beside["alt.csv"], _ALT, rejects) if "alt.csv" not in missing else {}
    addresses = _beside(beside["add.csv"], _ADD, rejects) if "add.csv" not in missing else {}
    source = f"OFAC SDN list, {sdn.name}, version {words}"
    entities: list[Entity] = []
    links: list[Link] = []
    seen: dict[str, int] = {}
    for number, row in csv_rows(sdn):
        values = [_value(v) for v in row]
        fault = _fault(values, seen)
        if fault:
            rejects.add(str(sdn), number, fault[0], fault[1], row)
            continue
        seen[values[0]] = number
        entities.append(
            _entity(
                values,
                number,
                aliases.pop(values[0], []),
                addresses.pop(values[0], []),
                source,
                day,
                sdn,
                rejects,
                links,
            )
        )
    for name, orphans in (("alt.csv", aliases), ("add.csv", addresses)):
        for rows in orphans.values():
            for number, row in rows:
                rejects.add(str(beside[name]), number, "ent_num", f"no entry {row[0]} in {sdn.name}", row)
    if not entities:
        raise InputError("it holds no usable entry of an OFAC list", file=str(sdn))
    version = ListVersion(DATASET, words, day, str(sdn), len(entities))
    return ReadList(version, entities, rejects, links)


def companion(folder: Path, name: str) -> Path:
    """The file of that name in a folder, in whatever case (OFAC serves SDN.CSV); the plain path where there is none."""
    plain = folder / name
    if plain.is_file():
        return plain
    return next((p for p in sorted(folder.iterdir()) if p.name.casefold() == name), plain)


def _value(raw: str) -> str:
    text = raw.strip()
    return "" if text == "-0-" else text


def _fault(values: list[str], seen: dict[str, int]) -> tuple[str | None, str] | None:
    """The field and the reason why a row of sdn.csv cannot be used, or None."""
    if len(values) != len(COLUMNS):
        return None, f"{len(COLUMNS)} columns expected, {len(values)} found"
    if not (values[0].isascii() and values[0].isdigit()):
        return "ent_num", "the entry has no number"
    if values[0] in seen:
        return "ent_num", f"the number {values[0]} is taken by row {seen[values[0]]}"
    if not _SIGNS.search(values[1]):
        return "sdn_name", "the entry has no name"
    if values[2].casefold() not in _SCHEMA:
        return "sdn_type", f"the type {values[2]!r} is not known"
    return None


def _beside(path: Path, columns: tuple[str, ...], rejects: Rejects) -> dict[str, list[tuple[int, list[str]]]]:
    """The rows of alt.csv or add.csv by entry number; malformed ones are rejected."""
    found: dict[str, list[tuple[int, list[str]]]] = {}
    for number, row in csv_rows(path):
        values = [_value(v) for v in row]
        if len(values) != len(columns):
            rejects.add(str(path), number, None, f"{len(columns)} columns expected, {len(values)} found", row)
        elif columns is _ALT and not _SIGNS.search(values[3]):
            rejects.add(str(path), number, "alt_name", "the alias has no name", row)
        elif columns is _ALT and values[2].casefold() not in _ALIAS_KIND:
            rejects.add(str(path), number, "alt_type", f"the type {values[2]!r} is not known", row)
        else:
            found.setdefault(values[0], []).append((number, values))
    return found


def _entity(
    values: list[str],
    number: int,
    aliases: list[tuple[int, list[str]]],
    addresses: list[tuple[int, list[str]]],
    source: str,
    day: date,
    file: Path,
    rejects: Rejects,
    links: list[Link],
) -> Entity:
    uid, name, kind, packed, title, call_sign, vessel_type, tonnage, gross, flag, owner, remarks = values
    schema = _SCHEMA[kind.casefold()]
    programmes = [p for raw in _PROGRAMMES.split(packed) if (p := raw.strip(" []"))]
    if schema == "LegalEntity":
        schema = "Company" if has_legal_form(name) else "Organization" if "FTO" in programmes else "LegalEntity"
    draft = Draft(f"ofac-{uid}", schema)
    draft.name(name, "primary", script_of(name))
    for _, alias in aliases:
        draft.name(alias[3], _ALIAS_KIND[alias[2].casefold()], script_of(alias[3]))
        draft.add("notes", alias[4])
    caption, natural = name, None
    if schema == "Person":
        caption, natural = _person(name, title, draft)
    elif schema == "Vessel":
        _vessel(draft, call_sign, vessel_type, tonnage, gross, flag)
    for prop, text in (("title", title if schema != "Person" else ""), ("owner", owner)):
        draft.add("notes", f"{prop}: {text}" if text else None)
    for _, address in addresses:
        _address(address, draft)
    if remarks:

        def complain(field: str, reason: str, text: str) -> None:
            rejects.add(str(file), number, f"remarks, {field}", f"{text!r}: {reason}", values)

        read_remarks(remarks, draft, links, complain)
    for programme in programmes:
        draft.add("program", programme)
    designations = [Designation(p, p, source=source, source_url=SOURCE_URL) for p in dict.fromkeys(programmes)]
    return draft.finish(caption, designations, DATASET, day, extra=natural)


def _person(name: str, title: str, draft: Draft) -> tuple[str, str | None]:
    """Caption and natural order of `LAST, First`; only a name with one comma can be turned."""
    draft.add("position", title)
    pieces = [p.strip() for p in name.split(",")]
    if len(pieces) != 2 or not all(pieces):
        return name, None
    draft.add("lastName", pieces[0])
    draft.add("firstName", pieces[1])
    natural = f"{pieces[1]} {pieces[0]}"
    return natural, natural


def _vessel(draft: Draft, call_sign: str, vessel_type: str, tonnage: str, gross: str, flag: str) -> None:
    draft.add("callSign", call_sign)
    draft.add("type", vessel_type)
    draft.add("tonnage", tonnage.replace(",", ""))
    draft.add("grossRegisteredTonnage", gross.replace(",", ""))
    code = country_code(flag) if flag else None
    draft.add("flag", code)
    if flag and code is None:
        draft.add("notes", f"flag: {flag}")


def _address(row: list[str], draft: Draft) -> None:
    text = ", ".join(v for v in row[2:5] if v)
    draft.add("address", text if row[2] or row[3] else None)
    if row[4]:
        code = country_code(row[4])
        draft.add("country", code)
        if code is None and not (row[2] or row[3]):
            draft.add("address", row[4])
    draft.add("notes", row[5])
