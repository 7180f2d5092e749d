"""OFAC's remarks field, `DOB 01 Jan 1958; POB Paris, France; a.k.a. 'X'; Linked To: Y.`, to properties."""

from __future__ import annotations

import re
from collections.abc import Callable

from caudal.register.countries import country_code
from caudal.register.dates import iso_part, iso_parts
from caudal.register.entry import Draft, Link, NameKind
from caudal.register.naming import script_of
from caudal.register.readers.ofac_labels import LABELS, LETTERS_ALONE, NUMBER, property_for

_ALIAS = re.compile(r"([afn])\.k\.a\. ['\"](.+?)['\"]?$")
_PLAIN = re.compile(
    r"(?:alt\. )?(DOB|POB|nationality|citizen|Gender|Linked To:|Website|Email Address|Phone Number|PHONE|"
    r"Telephone No\.|Telephone:?|Organization Established Date|Organization Type:|Former Vessel Flag|Other Vessel Flag|"
    r"Other Vessel Type|Vessel Year of Build|Aircraft Model|Aircraft Manufacture Date)\s+(.+)$"
)
_KINDS: dict[str, NameKind] = {"a": "weak", "n": "weak", "f": "former"}
_IMO = re.compile(r"(?:IMO\s*)?(\d{7})$")
_WORDED_PROPERTY = {
    "Website": "website",
    "Email Address": "email",
    "Phone Number": "phone",
    "Telephone No.": "phone",
    "PHONE": "phone",
    "Telephone": "phone",
    "Telephone:": "phone",
    "Organization Type:": "sector",
}
_LEGAL = frozenset({"Person", "Company", "Organization", "LegalEntity"})
Complain = Callable[[str, str, str], None]
"""Called with field, reason and the text for a part that says what it cannot mean, such as a date that is no date."""


def parts(remarks: str) -> list[str]:
    """The remarks cut at their semicolons, without the final full stop (that of `S.A.` stays)."""
    text = remarks.strip()
    if text.endswith(".") and "." not in text.rsplit(None, 1)[-1][:-1]:
        text = text[:-1]
    return [part for raw in text.split(";") if (part := raw.strip())]


def read_remarks(remarks: str, draft: Draft, links: list[Link], complain: Complain) -> None:
    """Add what the remarks say to `draft`; what has no place of its own goes to `notes`, word for word.

    Quoted a.k.a. in remarks are what OFAC calls weak aliases; f.k.a. are former names.
    """
    for part in parts(remarks):
        alias = _ALIAS.match(part)
        if alias:
            text = alias[2].strip()
            draft.name(text, _KINDS[alias[1]], script_of(text))
            continue
        plain = _PLAIN.match(part)
        if plain:
            if not _plain(plain[1], plain[2].strip(), part, draft, links, complain):
                draft.add("notes", part)
            continue
        number = NUMBER.match(part)
        if not number or not _number(number[1], number[2].strip(), number[3], number[4], part, draft):
            draft.add("notes", part)


def read_labelled(
    label: str, value: str, draft: Draft, links: list[Link], complain: Complain, *, country: str = "", days: str = ""
) -> None:
    """Add one labelled value, as OFAC's XML files give them; it becomes what the same words in the remarks become."""
    part = f"{label} {value}{f' ({country})' if country else ''}{f' {days}' if days else ''}"
    plain = _PLAIN.match(f"{label} {value}")
    if plain and plain[1] == label:
        found = _plain(label, value, part, draft, links, complain)
    else:
        found = label in LABELS and _number(label, value, country, days, part, draft)
    if not found:
        draft.add("notes", part)


def _number(label: str, number: str, country: str | None, days: str | None, part: str, draft: Draft) -> bool:
    prop = property_for(label, draft.schema, number)
    if prop is None or not (label in LETTERS_ALONE or any(map(str.isdigit, number))):
        return False
    if prop == "imoNumber":
        imo = _IMO.match(number)
        if not imo:
            return False
        number = f"IMO{imo[1]}"
    draft.add(prop, number)
    if country:
        code = country_code(country)
        if code and draft.schema in _LEGAL:
            draft.add("country", code)
        elif not code:
            draft.add("notes", part)
    if days:
        draft.add("notes", part)
    return True


def _plain(label: str, value: str, part: str, draft: Draft, links: list[Link], complain: Complain) -> bool:
    """True where the part found its place whole."""
    if label == "Linked To:":
        links.append(Link(draft.id, value, part))
        return False
    prop = _WORDED_PROPERTY.get(label)
    if prop is not None:
        if draft.schema not in _LEGAL:
            return False
        draft.add(prop, value)
        return True
    if label in {"DOB", "Organization Established Date", "Vessel Year of Build", "Aircraft Manufacture Date"}:
        return _date(label, value, draft, complain)
    if label in {"Former Vessel Flag", "Other Vessel Flag"}:
        code = country_code(value)
        if code and draft.schema == "Vessel":
            draft.add("pastFlags" if label.startswith("Former") else "flag", code)
        return code is not None and draft.schema == "Vessel"
    if label == "Other Vessel Type":
        if draft.schema == "Vessel":
            draft.add("type", value)
        return draft.schema == "Vessel"
    if label == "Aircraft Model":
        if draft.schema == "Airplane":
            draft.add("model", value)
        return draft.schema == "Airplane"
    if draft.schema != "Person":
        code = country_code(value) if label in {"nationality", "citizen"} else None
        if code:
            draft.add("country" if draft.schema in _LEGAL else "notes", code if draft.schema in _LEGAL else part)
        return bool(code)
    if label == "Gender":
        draft.add("gender", value.casefold() if value in {"Male", "Female"} else None)
        return value in {"Male", "Female"}
    if label == "POB":
        draft.add("birthPlace", value)
        draft.add("birthCountry", country_code(value.rsplit(",", 1)[-1]))
        return True
    code = country_code(value)
    draft.add("nationality" if label == "nationality" else "citizenship", code)
    return code is not None


_DATED = {
    "DOB": ("birthDate", frozenset({"Person"})),
    "Organization Established Date": ("incorporationDate", _LEGAL),
    "Vessel Year of Build": ("buildDate", frozenset({"Vessel"})),
    "Aircraft Manufacture Date": ("buildDate", frozenset({"Airplane"})),
}


def _date(label: str, value: str, draft: Draft, complain: Complain) -> bool:
    prop, schemata = _DATED[label]
    found = iso_parts(value)
    if not found:
        complain(label, "it is no date; kept in the notes only", value)
        return False
    if draft.schema not in schemata:
        return False
    for iso in found:
        draft.add(prop, iso)
    return iso_part(value) == found[0]
