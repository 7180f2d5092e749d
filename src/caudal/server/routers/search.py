"""GET /search/{dataset}: entities by words, with filters, facets and order."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from followthemoney.types import registry

from caudal.server.data.model import schema_of
from caudal.server.data.store import Query as Asked
from caudal.server.gate.lookups import noted
from caudal.server.problems import Problem
from caudal.server.routers.match import moment
from caudal.server.routers.shapes import SearchOut, answer
from caudal.server.settings import Bounds
from caudal.server.snapshot import Snapshot
from caudal.server.state import WithSnapshot, WithState

router = APIRouter(tags=["Matching"])
WINDOW = 9_999
"""Results that can be paged through."""
PAGE, OFFSET = Bounds().page, Bounds().offset
MOMENT = r"^\d{4}-\d{2}-\d{2}(T\d{2}(:\d{2}(:\d{2})?)?)?$"


class Facet(StrEnum):
    """Fields that can be counted."""

    DATASETS = "datasets"
    SCHEMA = "schema"
    COUNTRIES = "countries"
    IDENTIFIERS = "identifiers"
    TOPICS = "topics"
    GENDERS = "genders"


class Operator(StrEnum):
    """How several values of one field combine."""

    AND = "AND"
    OR = "OR"


DEFAULT_FACETS = (Facet.COUNTRIES, Facet.TOPICS, Facet.DATASETS)
Texts = Annotated[list[str], Query()]


@router.get("/search/{dataset}", summary="Search by words", response_model=SearchOut)
def search(
    request: Request,
    snapshot: WithSnapshot,
    state: WithState,
    dataset: Annotated[str, Path(description="dataset or collection that is searched", examples=["default"])],
    q: Annotated[str, Query(title="words to search for")] = "",
    schema: Annotated[str, Query(title="what entities must be")] = "Thing",
    include_dataset: Annotated[list[str], Query(title="datasets of the scope to search, no others")] = [],  # noqa: B006
    exclude_dataset: Annotated[list[str], Query(title="datasets of the scope to leave out")] = [],  # noqa: B006
    exclude_schema: Annotated[list[str], Query(title="schemata to leave out")] = [],  # noqa: B006
    changed_since: Annotated[str | None, Query(pattern=MOMENT, title="changed on that day or later")] = None,
    countries: Annotated[list[str], Query(title="country codes")] = [],  # noqa: B006
    topics: Annotated[list[str], Query(title="topics, such as sanction")] = [],  # noqa: B006
    datasets: Annotated[list[str], Query(title="datasets that name the entity")] = [],  # noqa: B006
    filter: Annotated[list[str], Query(title="field:value that must hold")] = [],  # noqa: B006
    limit: Annotated[int, Query(title="results in the answer", le=PAGE)] = 10,
    offset: Annotated[int, Query(title="first result in the answer", le=OFFSET)] = 0,
    sort: Annotated[list[str], Query(title="field:asc or field:desc, in order")] = [],  # noqa: B006
    target: Annotated[bool | None, Query(title="only (not) named by a list")] = None,
    fuzzy: Annotated[bool, Query(title="let word~ differ by a letter or two")] = False,
    simple: Annotated[bool, Query(title="the plain syntax for search boxes")] = False,
    facets: Annotated[list[Facet], Query(title="fields to count the values of")] = list(DEFAULT_FACETS),  # noqa: B006
    filter_op: Annotated[Operator, Query(title="whether one or every value of a field must hold")] = Operator.OR,
) -> Response:
    """Entities whose names and other texts hold all words of `q`; every entity of the scope where it is empty."""
    limit, offset = window(limit, offset)
    scope = narrowed(snapshot, dataset, include_dataset, exclude_dataset)
    if schema_of(schema) is None:
        raise Problem("Invalid schema")
    filters: dict[str, list[str]] = {}
    given = (
        [("countries", v) for v in countries] + [("topics", v) for v in topics] + [("datasets", v) for v in datasets]
    )
    for one in filter:
        field, colon, value = one.partition(":")
        if not colon or not field:
            raise Problem(f"Invalid filter: {one[:100]!r}")
        given.append((field, value))
    if target is not None:
        given.append(("target", str(target).lower()))
    for field, value in given:
        if value:
            filters.setdefault(field, []).append(value)
    asked = Asked(
        q,
        scope,
        schema,
        filters,
        {"schema": exclude_schema} if exclude_schema else {},
        moment(changed_since),
        every=filter_op == Operator.AND,
        fuzzy=fuzzy,
        simple=simple,
        facets=[facet.value for facet in dict.fromkeys(facets)],
        sort=sorts(sort),
        limit=limit,
        offset=offset,
    )
    found = snapshot.store.search(asked)
    noted(request, "search", [q], [[entity["id"] for entity in found.entities]])
    return answer(
        {
            "limit": limit,
            "offset": offset,
            "total": {"value": found.total, "relation": "eq"},
            "results": found.entities,
            "facets": {name: facet_out(snapshot, name, values) for name, values in found.facets.items()},
        }
    )


def window(limit: int, offset: int) -> tuple[int, int]:
    """A page within the results that can be paged through."""
    offset = min(max(offset, 0), WINDOW)
    return min(max(limit, 0), WINDOW - offset), offset


def narrowed(snapshot: Snapshot, dataset: str, include: list[str], exclude: list[str]) -> frozenset[str]:
    """The datasets of a scope that count; where some are included, only those, each for itself.

    Raises:
        NotFound: there is no such dataset.
    """
    scope = snapshot.catalogue.scope(dataset)
    if include:
        scope &= frozenset(include)
    return scope - frozenset(exclude)


def sorts(given: list[str]) -> list[tuple[str, bool]]:
    """`field:desc` and the like as field and whether it descends."""
    found = []
    for one in given:
        field, colon, order = one.rpartition(":")
        found.append((field, order == "desc") if colon else (one, False))
    return [(field, descending) for field, descending in found if field]


_LABELS = {"datasets": "Data sources", "schema": "Entity types"}


def facet_out(snapshot: Snapshot, name: str, values: list[tuple[str, str, int]]) -> dict[str, Any]:
    """A facet as it is shown."""
    kind = registry.groups.get(name)
    known = snapshot.catalogue.datasets if name == "datasets" else {}
    return {
        "label": _LABELS.get(name) or (kind.plural if kind is not None else name),
        "values": [
            {"name": value, "label": known[value].title if value in known else label, "count": count}
            for value, label, count in values
        ],
    }
