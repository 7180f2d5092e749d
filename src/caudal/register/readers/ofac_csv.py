"""OFAC's legacy CSV files: sdn.csv with alt.csv (aliases) and add.csv (addresses) beside it; cons_prim.csv likewise.

Twelve columns without a header; `-0-` is an empty field; programmes are packed as `A] [B`; the file ends with a control
character. Remarks of more than 1,000 characters go on in sdn_comments.csv, which is read where it is there. The files
may be of different days: aliases and addresses of entries that are not in sdn.csv are counted as rejected, entries
without them are fine. The format gives no date of listing, so none is made up.
Layout: https://ofac.treasury.gov/sdn-list/sdn-list-data-formats-data-schemas
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from caudal.errors import InputError
from caudal.register.entry import Designation, Entity, Link
from caudal.register.naming import script_of
from caudal.register.readers.ofac_entry import (
    CONSOLIDATED,
    SCHEMA,
    SDN,
    SIGNS,
    OfacList,
    address,
    alias_kind,
    captioned,
    started,
    vessel,
    which_list,
)
from caudal.register.readers.ofac_remarks import read_remarks
from caudal.register.readers.table import csv_rows
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dated_version

COLUMNS = (
    *("ent_num", "sdn_name", "sdn_type", "program", "title", "call_sign"),
    *("vess_type", "tonnage", "grt", "vess_flag", "vess_owner", "remarks"),
)
_ALT = ("ent_num", "alt_num", "alt_type", "alt_name", "alt_remarks")
_ADD = ("ent_num", "add_num", "address", "city_state_zip", "country", "add_remarks")
_COMMENTS = ("ent_num", "remarks")
_PROGRAMMES = re.compile(r"\]\s*\[|;")


def read_ofac(path: Path, published: date | None = None) -> ReadList:
    """Read the three files beside `path` (sdn.csv, or a folder that holds it).

    Raises:
        InputError: sdn.csv is missing, is no UTF-8 CSV, or gives no usable entry.
    """
    sdn = main_file(path) if path.is_dir() else path
    if not sdn.is_file():
        raise InputError("there is no such file", file=str(sdn))
    listing = which_list(sdn)
    names = listing.files[1:3]
    alt, add = (companion(sdn.parent, name) for name in names)
    missing = [name for name, file in zip(names, (alt, add), strict=True) if not file.is_file()]
    day, words = dated_version(sdn, published, f", without {' and '.join(missing)}" if missing else "")
    rejects = Rejects()
    aliases = _beside(alt, _ALT, rejects) if alt.is_file() else {}
    addresses = _beside(add, _ADD, rejects) if add.is_file() else {}
    spill = companion(sdn.parent, listing.files[3])
    comments = _beside(spill, _COMMENTS, rejects) if spill.is_file() else {}
    source = f"{listing.title}, {sdn.name}, version {words}"
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
        values[-1] += "".join(said[1] for _, said in comments.pop(values[0], []))
        entities.append(
            _entity(
                values,
                number,
                aliases.pop(values[0], []),
                addresses.pop(values[0], []),
                source,
                day,
                sdn,
                listing,
                rejects,
                links,
            )
        )
    for beside, orphans in ((alt, aliases), (add, addresses), (spill, comments)):
        for rows in orphans.values():
            for number, row in rows:
                rejects.add(str(beside), number, "ent_num", f"no entry {row[0]} in {sdn.name}", row)
    if not entities:
        raise InputError("it holds no usable entry of an OFAC list", file=str(sdn))
    version = ListVersion(listing.dataset, words, day, str(sdn), len(entities))
    return ReadList(version, entities, rejects, links)


def main_file(folder: Path) -> Path:
    """The list of entries in a folder: sdn.csv, or cons_prim.csv where there is no sdn.csv."""
    found = [companion(folder, one.files[0]) for one in (SDN, CONSOLIDATED)]
    return next((path for path in found if path.is_file()), found[0])


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
    if not SIGNS.search(values[1]):
        return "sdn_name", "the entry has no name"
    if values[2].casefold() not in SCHEMA:
        return "sdn_type", f"the type {values[2]!r} is not known"
    return None


def _beside(path: Path, columns: tuple[str, ...], rejects: Rejects) -> dict[str, list[tuple[int, list[str]]]]:
    """The rows of alt.csv or add.csv by entry number; malformed ones are rejected."""
    found: dict[str, list[tuple[int, list[str]]]] = {}
    for number, row in csv_rows(path):
        values = [_value(v) for v in row]
        if len(values) != len(columns):
            rejects.add(str(path), number, None, f"{len(columns)} columns expected, {len(values)} found", row)
        elif columns is _ALT and not SIGNS.search(values[3]):
            rejects.add(str(path), number, "alt_name", "the alias has no name", row)
        elif columns is _ALT and alias_kind(values[2], weak=False) is None:
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
    listing: OfacList,
    rejects: Rejects,
    links: list[Link],
) -> Entity:
    uid, name, kind, packed, title, call_sign, vessel_type, tonnage, gross, flag, owner, remarks = values
    programmes = [p for raw in _PROGRAMMES.split(packed) if (p := raw.strip(" []"))]
    draft = started(uid, name, kind.casefold(), programmes)
    for _, alias in aliases:
        draft.name(alias[3], alias_kind(alias[2], weak=False) or "alias", script_of(alias[3]))
        draft.add("notes", alias[4])
    caption, natural = captioned(draft, name, title)
    vessel(draft, call_sign, vessel_type, tonnage, gross, flag, owner)
    for _, row in addresses:
        address(draft, row[2:4], row[4])
        draft.add("notes", row[5])
    if remarks:

        def complain(field: str, reason: str, text: str) -> None:
            rejects.add(str(file), number, f"remarks, {field}", f"{text!r}: {reason}", values)

        read_remarks(remarks, draft, links, complain)
    for programme in programmes:
        draft.add("program", programme)
    designations = [Designation(p, p, source=source, source_url=listing.source_url) for p in dict.fromkeys(programmes)]
    return draft.finish(caption, designations, listing.dataset, day, extra=natural)
