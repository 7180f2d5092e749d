"""The entries of an XML list, streamed: nothing external is fetched, no entity is expanded, each entry is freed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from lxml import etree

from caudal.errors import InputError


def xml_entries(path: Path, root: str, entry: str) -> Iterator[etree._Element]:
    """The root as it opens, then each whole entry; local names, whatever the name space.

    Only children of the root count as entries.

    Raises:
        InputError: the file is missing, is no well-formed XML, has another root, or declares a document type.
    """
    try:
        events = etree.iterparse(
            str(path),
            events=("start", "end"),
            tag=(f"{{*}}{root}", f"{{*}}{entry}"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        top: etree._Element | None = None
        for event, element in events:
            if top is None:
                top = element.getroottree().getroot()
                if element.getroottree().docinfo.doctype:
                    raise InputError("it declares a document type, which no list does; refused", file=str(path))
                _check_root(top, root, path)
                yield top
            elif event == "end" and element.getparent() is top:
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del top[0]
        if top is None:
            _check_root(events.root, root, path)
    except etree.XMLSyntaxError as error:
        raise InputError(f"it is no well-formed XML ({error.msg})", file=str(path), row=error.lineno) from error
    except OSError as error:
        raise InputError(f"it cannot be read ({error})", file=str(path)) from error


def _check_root(element: etree._Element, root: str, path: Path) -> None:
    if local(element) != root:
        raise InputError(
            f"its root is {local(element)}, not {root}", file=str(path), row=cast("int | None", element.sourceline)
        )


def local(element: etree._Element) -> str:
    """The local name of an element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The children of that local name."""
    return element.iterchildren(f"{{*}}{name}")


def tidy(text: str | None) -> str:
    """Text with white space tidied."""
    return " ".join(text.split()) if text else ""


def child_text(element: etree._Element, name: str) -> str:
    """All text inside the first child of that local name, tidied; empty where there is none."""
    for child in children(element, name):
        return tidy(" ".join(str(part) for part in child.itertext()))
    return ""


def said(element: etree._Element) -> dict[str, list[str]]:
    """All that an entry says, for keeping aside: element or attribute name to its texts."""
    found: dict[str, list[str]] = {}
    for part in element.iter():
        if text := tidy(part.text):
            found.setdefault(local(part), []).append(text)
        for name, value in part.attrib.items():
            if value:
                found.setdefault(str(name), []).append(str(value))
    return found
