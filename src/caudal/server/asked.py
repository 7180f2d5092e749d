"""A query as it is understood: its schema, its properties as they are compared and as they are passed back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from followthemoney import model, registry
from followthemoney.exc import FollowTheMoneyException
from followthemoney.proxy import EntityProxy
from followthemoney.schema import Schema

from caudal.server.problems import Problem

ANYTHING = "Thing"
"""The schema of a query that does not know what it looks for."""
MOST_VALUES = 100
"""Values of one property; a query with more is refused."""
SHOWN = 60
"""Characters of a client's own text in a warning."""


@dataclass(frozen=True)
class Asked:
    """A query.

    Attributes:
        schema: its schema. party: what is compared. echo: id, schema and properties as they were understood.
        values: texts given in all. warnings: what was left out and why, in words.
    """

    schema: str
    party: Mapping[str, Any]
    echo: Mapping[str, Any]
    values: int
    warnings: tuple[str, ...]


def read(uid: str | None, schema_name: str, properties: Mapping[str, str | Sequence[Any]], longest: int) -> Asked:
    """Understand one query.

    Names, dates and numbers are compared as they were written, so that what is odd about them is seen; countries as the
    codes they stand for.

    Args:
        uid: id of the query, passed back. longest: characters of a value that are read.

    Raises:
        Problem: there is no such schema, or nothing of it can be matched.
    """
    schema = _schema(schema_name)
    proxy = EntityProxy(schema, {"id": uid, "properties": {}})
    compared: dict[str, list[str]] = {}
    warnings: list[str] = []
    values = 0
    for name, given in properties.items():
        prop = schema.properties.get(name)
        if prop is None or prop.stub:
            warnings.append(f"{_shown(name)} is no property of {schema.name} and was not used")
            continue
        texts = _texts(given, name, longest, warnings)
        values += len(texts)
        for text in texts:
            try:
                proxy.add(prop, text, cleaned=False, quiet=True)
            except FollowTheMoneyException:
                warnings.append(f"a value of {name} could not be read and was not used")
        if prop.type == registry.country:
            known = proxy.get(prop)
            if len(known) < len(set(texts)) and not known:
                warnings.append(f"no country could be read from {name}")
            compared[name] = known
        elif prop.type != registry.entity and texts:
            compared[name] = texts
    echo = {"id": uid, "schema": schema.name, "properties": proxy.properties}
    return Asked(schema.name, {"schema": schema.name, "properties": compared}, echo, values, tuple(warnings))


@cache
def _schema(name: str) -> Schema:
    schema = model.get(name)
    if schema is None:
        raise Problem(f"Cannot parse example entity: there is no schema {_shown(name)}.")
    if schema.name != ANYTHING and not schema.matchable:
        raise Problem(f"Cannot parse example entity: {schema.name} is a schema that cannot be matched.")
    return schema


def _texts(given: Any, name: str, longest: int, warnings: list[str]) -> list[str]:
    """The texts of a property, warning of whatever else stands there."""
    found: list[str] = []
    odd = long = 0
    for value in [given] if isinstance(given, str) else given:
        nothing = isinstance(value, float) and not math.isfinite(value)
        if nothing or isinstance(value, bool) or not isinstance(value, str | int | float):
            odd += value is not None
            continue
        text = str(value)
        long += len(text) > longest
        found.append(text[:longest])
    if odd:
        warnings.append(f"{name}: {odd} value(s) that are no text were not used")
    if long:
        warnings.append(f"{name}: of {long} value(s) only the first {longest:,} characters were used")
    if (
        len(found) > MOST_VALUES
    ):  # what is left unread could be whom the client fears: no answer rather than half of one
        raise Problem(f"Cannot parse example entity: {_shown(name)} may have {MOST_VALUES} values.")
    return found


def _shown(text: str) -> str:
    """A client's own text, short and in one line."""
    return repr(text[:SHOWN])
