"""What answers look like: the shapes that clients of this API know, for the OpenAPI document.

Answers are written straight to JSON (`answer`); a test holds them against these shapes.
"""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field


class EntityOut(BaseModel):
    """An entity of the FollowTheMoney model."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(examples=["ofac-49756"])
    caption: str = Field(examples=["Example Trading Ltd"])
    schema_: str = Field(alias="schema", examples=["Company"])
    properties: dict[str, list[str | EntityOut]] = Field(examples=[{"name": ["Example Trading Ltd"]}])
    datasets: list[str] = Field([], examples=[["us_ofac_sdn"]])
    referents: list[str] = Field([], description="ids that were put together in this one")
    target: bool = Field(False, description="whether a list names it, rather than somebody beside it")
    first_seen: str | None = Field(None, description="UTC, ISO 8601 without a zone")
    last_seen: str | None = Field(None, description="UTC, ISO 8601 without a zone")
    last_change: str | None = Field(None, description="UTC, ISO 8601 without a zone")


class Total(BaseModel):
    """How many there are in all."""

    value: int
    relation: str = "eq"


class FacetValue(BaseModel):
    """One value of a facet."""

    name: str
    label: str
    count: int


class FacetOut(BaseModel):
    """The values of a field among what was found, most first."""

    label: str
    values: list[FacetValue]


class SearchOut(BaseModel):
    """A page of what was found."""

    limit: int
    offset: int = 0
    total: Total
    results: list[EntityOut]
    facets: dict[str, FacetOut]


class AdjacentOut(BaseModel):
    """A page of the entities beside one."""

    limit: int
    offset: int = 0
    total: Total
    results: list[EntityOut | str]


class AdjacentAll(BaseModel):
    """An entity, and by property a page of those beside it."""

    entity: EntityOut
    adjacent: dict[str, AdjacentOut]


class DatasetOut(BaseModel):
    """A dataset or collection."""

    model_config = ConfigDict(extra="allow")

    name: str
    title: str
    summary: str | None = None
    url: str | None = None
    load: bool
    entities_url: str | None = None
    version: str | None = None
    index_version: str | None = Field(None, description="version that answers now")
    index_current: bool = False
    children: list[str]


class CatalogOut(BaseModel):
    """All datasets."""

    datasets: list[DatasetOut]
    current: list[str] = Field(description="loaded and up to date")
    outdated: list[str] = Field(description="loaded, and the manifest names a later version")
    index_stale: bool = False
    snapshot: str = Field(description="version of the whole, as in the header `x-index-version`")
    warnings: list[str] = Field([], description="what of the sources could not be used")


class StatusOut(BaseModel):
    """That it was done, or begun."""

    status: str = "ok"


def answer(content: Any, headers: dict[str, str] | None = None, status: int = 200) -> Response:
    """JSON as an answer."""
    return Response(orjson.dumps(content), status, headers, media_type="application/json")
