"""Parts of an XML entry by local name, whatever the name space."""

from __future__ import annotations

from collections.abc import Iterator

from caudal.register.readers.xml import Element, local, tidy


def children(element: Element, name: str) -> Iterator[Element]:
    """The children of that local name."""
    return element.iterchildren(f"{{*}}{name}")


def child_text(element: Element, name: str) -> str:
    """All text inside the first child of that local name, on one line; empty where there is none."""
    for child in children(element, name):
        return " ".join("".join(str(part) for part in child.itertext()).split())
    return ""


def attribute(element: Element, name: str) -> str:
    """The value of an attribute, tidied; empty where there is none."""
    return tidy(element.get(name))


def said(element: Element) -> dict[str, list[str]]:
    """All that an entry says, for keeping it aside: element or attribute name to its texts."""
    found: dict[str, list[str]] = {}
    for part in element.iter():
        if text := tidy(part.text):
            found.setdefault(local(part), []).append(text)
        for name, value in part.attrib.items():
            if value:
                found.setdefault(str(name), []).append(str(value))
    return found
