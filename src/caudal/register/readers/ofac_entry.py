"""What OFAC's formats have in common: the two lists, ids, schemata, and what becomes of names, vessels, addresses."""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from pathlib import Path

from caudal.errors import InputError
from caudal.register.countries import country_code
from caudal.register.entry import Draft, NameKind
from caudal.register.naming import has_legal_form, script_of

SIGNS = re.compile(r"[^\W_]")
"""A name has at least one letter or digit; a vessel may be called by a number alone."""
SCHEMA = {
    "": "LegalEntity",
    "individual": "Person",
    "vessel": "Vessel",
    "aircraft": "Airplane",
    "entity": "LegalEntity",
}
"""OFAC's types to FollowTheMoney schemata."""


@dataclass(frozen=True)
class OfacList:
    """One of OFAC's two lists; `files`: its legacy CSV files of entries, aliases, addresses, and long remarks."""

    dataset: str
    title: str
    source_url: str
    files: tuple[str, str, str, str]


SDN = OfacList(
    "us_ofac_sdn",
    "OFAC SDN list",
    "https://sanctionslist.ofac.treas.gov/Home/SdnList",
    ("sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv"),
)
CONSOLIDATED = OfacList(
    "us_ofac_cons",
    "OFAC consolidated non-SDN list",
    "https://sanctionslist.ofac.treas.gov/Home/ConsolidatedList",
    ("cons_prim.csv", "cons_alt.csv", "cons_add.csv", "cons_comments.csv"),
)
_NON_SDN_TAGS = (b"CMIC-EO13959", b"561-Related", b"FSE-IR", b"FSE-SY", b"NS-MBS")
"""Programmes under which nobody is blocked; entries of the SDN list do not carry them."""


def which_list(path: Path) -> OfacList:
    """Which of the two lists a legacy file is: by OFAC's name for the file, else by programmes that only one has.

    Raises:
        InputError: the file cannot be read.
    """
    if path.name.casefold().startswith("cons"):
        return CONSOLIDATED
    try:
        with path.open("rb") as file:
            if not file.seek(0, 2):
                return SDN
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return CONSOLIDATED if any(content.find(tag) >= 0 for tag in _NON_SDN_TAGS) else SDN
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})", file=str(path)) from error


def started(uid: str, name: str, kind: str, programmes: list[str]) -> Draft:
    """The entity of one entry with its primary name; `kind` is OFAC's type, lower case."""
    schema = SCHEMA[kind]
    if schema == "LegalEntity":
        schema = "Company" if has_legal_form(name) else "Organization" if "FTO" in programmes else "LegalEntity"
    draft = Draft(f"ofac-{uid}", schema)
    draft.name(name, "primary", script_of(name))
    return draft


def captioned(draft: Draft, name: str, title: str) -> tuple[str, str | None]:
    """Caption and natural order of `LAST, First` (a name with one comma can be turned); the title is put down."""
    if draft.schema != "Person":
        draft.add("notes", f"title: {title}" if title else None)
        return name, None
    draft.add("position", title)
    pieces = [p.strip() for p in name.split(",")]
    if len(pieces) != 2 or not all(pieces):
        return name, None
    draft.add("lastName", pieces[0])
    draft.add("firstName", pieces[1])
    natural = f"{pieces[1]} {pieces[0]}"
    return natural, natural


def alias_kind(kind: str, *, weak: bool) -> NameKind | None:
    """Kind of name for `a.k.a.`, `f.k.a.` or `n.k.a.`, strong or weak; None where OFAC's word is not known."""
    first = kind.replace(".", "").strip().casefold()
    if first not in {"aka", "fka", "nka"}:
        return None
    return "former" if first == "fka" else "weak" if weak else "alias"


def vessel(draft: Draft, call_sign: str, vessel_type: str, tonnage: str, gross: str, flag: str, owner: str) -> None:
    """What is said of a vessel; what another schema has no place for goes to the notes."""
    if draft.schema == "Vessel":
        draft.add("callSign", call_sign)
        draft.add("type", vessel_type)
        draft.add("tonnage", tonnage.replace(",", ""))
        draft.add("grossRegisteredTonnage", gross.replace(",", ""))
        code = country_code(flag) if flag else None
        draft.add("flag", code)
        if flag and code is None:
            draft.add("notes", f"flag: {flag}")
    draft.add("notes", f"owner: {owner}" if owner else None)


def address(draft: Draft, lines: list[str], country: str) -> None:
    """One address: lines without the country, and the country's name, which alone is no address if it has a code."""
    held = [line for line in lines if line]
    code = country_code(country) if country else None
    draft.add("country", code)
    if held:
        draft.add("address", ", ".join([*held, country] if country else held))
    elif country and code is None:
        draft.add("address", country)


def place_line(city: str, state: str, postal_code: str) -> str:
    """City, state and postal code as one line: `City, State 12345`."""
    region = " ".join(p for p in (state, postal_code) if p)
    return f"{city}, {region}" if city and state else " ".join(p for p in (city, region) if p)
