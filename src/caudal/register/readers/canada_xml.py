"""Canada's listed terrorist entities (Criminal Code, section 83.05), Public Safety Canada's Atom feed, streamed.

An entry gives a title (the name, often with its short form in brackets), a number, a summary (aliases in one line of
free text, or N/A), a text about the entity, the day it was listed (`published`) and of the last review (`updated`).
Address: https://www.publicsafety.gc.ca/cnt/_xml/lstd-ntts-eng.xml
"""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from pathlib import Path

from caudal.errors import InputError
from caudal.register.dates import whole_day
from caudal.register.entry import Designation, Draft, Entity
from caudal.register.naming import script_of
from caudal.register.readers.alias_text import aliases_in, bracketed
from caudal.register.readers.xml import Element, elements, row_of, tidy
from caudal.register.readers.xml_parts import attribute, child_text, children, said
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dated_version

DATASET = "ca_listed_terrorists"
SOURCE_URL = "https://www.publicsafety.gc.ca/cnt/_xml/lstd-ntts-eng.xml"
ROOT = "feed"
NAMESPACE = "http://www.w3.org/2005/Atom"
ENTRY = "entry"
AUTHORITY = "CA-LTE"
_ID = re.compile(r"[\w.:-]+$")
_MARKUP = re.compile(r"<[^<>]{0,500}>")
_NOTHING = {"", "n/a", "na", "none", "nil", "-"}


def read_canada(path: Path, published: date | None = None) -> ReadList:
    """Read the feed. The feed's own `updated` is the version.

    Raises:
        InputError: the file is missing, no well-formed XML, another kind of XML, or gives no usable entry.
    """
    rejects = Rejects()
    entities: list[Entity] = []
    seen: dict[str, int] = {}
    entries = elements(path, ROOT, (ENTRY,))
    next(entries)
    generated = published or _feed_day(path)
    day, words = dated_version(path, generated)
    source = f"Public Safety Canada, listed terrorist entities, version {words}"
    for element in entries:
        entity = _entity(element, source, day, str(path), rejects, seen)
        if entity is not None:
            entities.append(entity)
    if not entities:
        raise InputError("it holds no usable entry of Canada's listed entities", file=str(path))
    return ReadList(ListVersion(DATASET, words, day, str(path), len(entities)), entities, rejects)


def _feed_day(path: Path) -> date | None:
    """The day in the feed's own `updated`, which stands before its entries or after them."""
    found = elements(path, ROOT, ("updated",))
    feed = next(found)
    for element in found:
        day = whole_day(tidy(element.text)) if element.getparent() is feed else None
        if day is not None:
            return day
    return None


def _plain(text: str) -> str:
    """Text without markup: the feed escapes HTML inside its texts."""
    return " ".join(unescape(_MARKUP.sub(" ", unescape(text))).split())


def _entity(
    element: Element, source: str, day: date, file: str, rejects: Rejects, seen: dict[str, int]
) -> Entity | None:
    row = row_of(element)
    uid, title = child_text(element, "id").rstrip("/").rpartition("/")[2], _plain(child_text(element, "title"))
    uid = uid.rpartition("#")[2] or uid
    if not _ID.match(uid):
        rejects.add(file, row, "id", "the entry has no id", said(element))
        return None
    if uid in seen:
        rejects.add(file, row, "id", f"the id {uid} is taken by the entry in row {seen[uid]}", said(element))
        return None
    if not any(map(str.isalnum, title)):
        rejects.add(file, row, "title", "the entry has no name", said(element))
        return None
    seen[uid] = row or 0
    draft = Draft(f"ca-lte-{uid}", "LegalEntity")  # the list holds people too and does not say which
    name, short = bracketed(title)
    draft.name(name, "primary", script_of(name))
    if short:
        draft.name(short, "alias", script_of(short))
    summary = _plain(child_text(element, "summary"))
    if summary.casefold().strip(" .") not in _NOTHING:
        for alias, kind in aliases_in(summary):
            if alias not in {name, short}:
                draft.name(alias, kind, script_of(alias))
        draft.add("notes", f"Also known as: {summary}")
    draft.add("notes", _plain(child_text(element, "content")))
    draft.add("program", AUTHORITY)
    listed = child_text(element, "published")
    listed_on = whole_day(listed)
    if listed_on is None:
        reason = f"{listed!r}: it is no date; the day of listing stays unknown"
        rejects.add(file, row, "published", reason, said(element))
    review = whole_day(child_text(element, "updated"))
    link = next((attribute(link, "href") for link in children(element, "link")), "")
    designation = Designation(
        AUTHORITY,
        "Criminal Code, section 83.05",
        announced=listed_on,
        effective=listed_on,
        source=source,
        source_url=link or SOURCE_URL,
        note=f"last reviewed {review}" if review else None,
    )
    return draft.finish(name, [designation], DATASET, day)
