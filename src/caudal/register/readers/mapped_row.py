"""One row of a mapped list: its names, properties and designations."""

from __future__ import annotations

import re

from caudal.register.countries import country_code, is_country_code
from caudal.register.entry import Designation, Draft, NameKind
from caudal.register.naming import script_of
from caudal.register.readers.date_text import dates_in, day_bounds
from caudal.register.readers.list_mapping import DesignationMapping, ListMapping, fill
from caudal.register.readers.properties import COUNTRIES, DATES, put

_IDENTIFIERS = frozenset(
    """
    idNumber imoNumber innCode kppCode leiCode mmsi ogrnCode okpoCode passportNumber registrationNumber
    socialSecurityNumber swiftBic taxNumber
    """.split()  # noqa: SIM905
)
_REMARK = re.compile(r"^(.*?\S)\s*\(([^()]*)\)$")
_PRIMARY: NameKind = "primary"
Complaint = tuple[str, str]


def values_of(column: str, record: dict[str, str], mapping: ListMapping) -> list[str]:
    """The values of a field: one, or several where the mapping says so."""
    text = record[column]
    found = text.split(mapping.separator) if column in mapping.several else [text]
    return [v for raw in found if (v := raw.strip().strip('"').strip())]


def add_names(draft: Draft, record: dict[str, str], mapping: ListMapping) -> str | None:
    """Add every name; gives the natural order of an inverted one."""
    names = mapping.names
    primary = record[names.primary]
    draft.name(primary, _PRIMARY, script_of(primary))
    kinds: list[tuple[NameKind, tuple[str, ...]]] = [
        ("alias", names.alias),
        ("former", names.former),
        ("weak", names.weak),
    ]
    for kind, columns in kinds:
        for column in columns:
            for text in values_of(column, record, mapping):
                if any(map(str.isalnum, text)) and text != primary:
                    script = script_of(text)
                    other = kind == "alias" and script not in {"Latn", None}
                    draft.name(text, "original script" if other else kind, script)
    if names.inverted and draft.schema == "Person" and primary.count(",") == 1:
        last, first = (p.strip() for p in primary.split(","))
        if first and last:
            draft.add("firstName", first)
            draft.add("lastName", last)
            return f"{first} {last}"
    return None


def add_properties(draft: Draft, record: dict[str, str], mapping: ListMapping) -> list[Complaint]:
    """Add every property; gives what could not be read, which is kept as a note."""
    complaints: list[Complaint] = []
    for prop, columns in mapping.properties.items():
        for column in columns:
            if not record[column]:
                continue
            if prop in DATES:
                dates = dates_in(record[column], mapping.dates)
                for iso in dates:
                    put(draft, prop, iso)
                if not dates:
                    draft.add("notes", f"{column}: {record[column]}")
                    complaints.append((column, f"{record[column]!r}: it is no date; kept in the notes only"))
                continue
            for text in values_of(column, record, mapping):
                _add(draft, prop, text, column)
    return complaints


def _add(draft: Draft, prop: str, text: str, column: str) -> None:
    if prop in COUNTRIES:
        code = text.casefold() if is_country_code(text.casefold()) else country_code(text)
        if code:
            put(draft, prop, code)
        else:
            draft.add("notes", f"{column}: {text}")
    elif prop == "gender":
        gender = text.casefold().strip(" .")
        put(draft, prop, gender if gender in {"male", "female", "other"} else None)
    elif prop in _IDENTIFIERS:
        found = _REMARK.match(text)
        put(draft, prop, found[1] if found else text)
        draft.add("notes", f"{column}: {text}" if found else None)
    else:
        put(draft, prop, text)


def designations_of(
    record: dict[str, str], mapping: ListMapping, source: str
) -> tuple[list[Designation], list[Complaint]]:
    """The designations of a row by the first rule that fits, and what could not be read."""
    rule = next((r for r in mapping.designation if all(record[c] == v for c, v in r.when.items())), None)
    if rule is None:
        reason = "no designation of the mapping fits the row; it names nobody designated"
        return [], [("designation", reason)] if mapping.designation else []
    complaints: list[Complaint] = []
    rows = [record]
    if rule.each is not None:
        values = [v for raw in record[rule.each].split(mapping.separator) if (v := raw.strip())]
        rows = [{**record, rule.each: value} for value in dict.fromkeys(values)]
    made = []
    for row in rows:
        authority = fill(rule.authority, row)
        if authority:
            made.append(_designation(rule, row, authority, mapping, source, complaints))
    if not made:
        complaints.append((rule.each or "designation", "the row names no authority"))
    return made, complaints


def _designation(
    rule: DesignationMapping,
    row: dict[str, str],
    authority: str,
    mapping: ListMapping,
    source: str,
    complaints: list[Complaint],
) -> Designation:
    days = {}
    bounds = None
    for field in ("announced", "signed", "effective", "ended"):
        column = getattr(rule, field)
        text = row[column] if column else ""
        found = day_bounds(text, mapping.dates) if text else None
        if text and found is None:
            complaints.append((column, f"{text!r}: it is no single day; the day stays unknown"))
        if found and found[0] == found[1]:
            days[field] = found[0]
        elif found and field == "effective":
            bounds = found
        elif found:
            complaints.append((column, f"{text!r}: it is no whole day; the day stays unknown"))
    words = "; ".join(v for v in (fill(rule.source or "", row), source) if v)
    return Designation(
        authority,
        fill(rule.programme, row) if rule.programme else authority,
        announced=days.get("announced"),
        signed=days.get("signed"),
        effective=days.get("effective"),
        ended=days.get("ended"),
        source=words,
        source_url=(fill(rule.source_url, row) or None) if rule.source_url else None,
        not_before=bounds[0] if bounds else None,
        not_after=bounds[1] if bounds else None,
    )
