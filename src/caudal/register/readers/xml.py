"""XML lists, streamed: one entry at a time is in memory, nothing is expanded, nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, cast

from lxml import etree

from caudal.errors import InputError

Element = etree._Element


class Space:
    """Names of elements in a document's namespace: `space("Identity/Alias")` is what `find` has to be given."""

    def __init__(self, namespace: str | None) -> None:
        self.namespace = namespace or ""
        self._prefix = f"{{{namespace}}}" if namespace else ""
        self._known: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        """The path with every step in the namespace."""
        known = self._known.get(path)
        if known is None:
            known = "/".join(self._prefix + step for step in path.split("/"))
            self._known[path] = known
        return known

    def all(self, element: Element, path: str) -> Iterator[Element]:
        """The elements of that path; a path of one step, the usual case, needs no path to be worked out."""
        tag = self(path)
        return iter(element.findall(tag)) if "/" in path else element.iterchildren(tag)

    def text(self, element: Element, path: str) -> str:
        """Text of the first element of that path, tidied; empty where there is none."""
        found = next(self.all(element, path), None)
        return "" if found is None else tidy(found.text)

    def texts(self, element: Element, path: str) -> list[str]:
        """Texts of all elements of that path that hold one."""
        return [text for found in self.all(element, path) if (text := tidy(found.text))]


_BREAK = re.compile(r"\s*[\t\n\v\f\r\x85\u2028\u2029]\s*")


def tidy(text: str | None) -> str:
    """Text without the white space around it and with line breaks made spaces; spaces within stay as published."""
    if not text:
        return ""
    text = text.strip()
    return text if text.isprintable() else _BREAK.sub(" ", text)


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def row_of(element: Element) -> int | None:
    """The line of the file an element begins on."""
    return cast("int | None", element.sourceline)  # the stubs do not know its type


def whole(element: Element) -> dict[str, list[str]]:
    """All that an entry says, for keeping it aside: element name to its texts and the values of its attributes."""
    said: dict[str, list[str]] = {}
    for part in element.iter():
        if isinstance(part.tag, str):
            for text in (tidy(part.text), *map(str, part.attrib.values())):
                if text:
                    said.setdefault(local(part), []).append(text)
    return said


def elements(path: Path, root: str, tags: Collection[str]) -> Iterator[Element]:
    """The root as it opens (with its attributes, without content), then each element of `tags` when it is whole.

    Every element is emptied after its turn, and so are those before it, so memory does not grow with the file.

    Raises:
        InputError: the file cannot be read, is no well-formed XML, declares a document type, has another root, or one
            element of `tags` (or the root's name again) stands inside another.
    """
    file = str(path)
    try:
        events = etree.iterparse(
            file,
            events=("start", "end"),
            tag=[f"{{*}}{name}" for name in (root, *tags)],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        top: Element | None = None
        inside: Element | None = None
        for event, element in events:
            if top is None:
                top = element
                _check_root(element, root, file)
                yield element
            elif event == "start":
                if inside is not None:
                    reason = f"it has a {local(element)} inside a {local(inside)}, which the schema does not know"
                    raise InputError(reason, file=file, row=row_of(element))
                inside = element
            elif inside is not None and element is inside:
                yield element
                inside = None
                _drop(element)
        if top is None:
            raise InputError(f"its root is not {root}", file=file)
    except etree.XMLSyntaxError as error:
        raise InputError(f"it is no well-formed XML ({tidy(error.msg)})", file=file, row=error.lineno) from error
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror or error})", file=file) from error


def _check_root(element: Element, root: str, file: str) -> None:
    tree: Any = element.getroottree()
    if tree.docinfo.doctype:
        raise InputError("it declares a document type, which no list does; refused", file=file)
    if tree.getroot() is not element:
        raise InputError(f"its root is {local(tree.getroot())}, not {root}", file=file)


def _drop(element: Element) -> None:
    element.clear()
    while element.getprevious() is not None:
        parent = element.getparent()
        if parent is None:
            return
        del parent[0]
