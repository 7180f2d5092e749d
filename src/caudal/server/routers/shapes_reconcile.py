"""Shapes of `/reconcile`: the Reconciliation Service API, version 0.2.

Specification: https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, RootModel


class Type(BaseModel):
    """A schema."""

    id: str = Field(examples=["Person"])
    name: str = Field(examples=["People"])
    description: str | None = None


class Property(BaseModel):
    """A property of a schema."""

    id: str = Field(examples=["Person:birthDate"])
    name: str = Field(examples=["Birth date"])
    description: str | None = None


class Entity(BaseModel):
    """A listed entity."""

    id: str
    name: str
    description: str | None = None
    type: list[Type]


class Feature(BaseModel):
    """One number about a candidate."""

    id: str = Field(examples=["bits"])
    value: float | bool


class Candidate(Entity):
    """A listed entity that may be meant."""

    score: float = Field(description="0 to 1; 0.7 is Caudal's own alert line")
    match: bool = Field(description="whether it reaches that line: a possible match, for a person to look at")
    features: list[Feature] = []


class Result(BaseModel):
    """The answer to one query."""

    result: list[Candidate]


class Suggested(BaseModel):
    """Suggestions for the beginning of a word."""

    code: str = "/api/status/ok"
    status: str = "200 OK"
    prefix: str


class EntitySuggestions(Suggested):
    """Entities suggested."""

    result: list[Entity]


class TypeSuggestions(Suggested):
    """Types suggested."""

    result: list[Type]


class PropertySuggestions(Suggested):
    """Properties suggested."""

    result: list[Property]


class Preview(BaseModel):
    """Where a page about an entity is, and the size of the frame it is shown in."""

    url: str
    width: int
    height: int


class Manifest(BaseModel):
    """What the service is and where its parts are."""

    versions: list[str]
    name: str
    identifierSpace: str
    schemaSpace: str
    documentation: str
    batchSize: int
    view: dict[str, str]
    preview: Preview | None = None
    suggest: dict[str, dict[str, str]]
    extend: dict[str, Any]
    defaultTypes: list[Type]


class ProposedProperty(BaseModel):
    """A property that rows can be extended by."""

    id: str
    name: str


class Proposed(BaseModel):
    """Properties that rows of a type can be extended by."""

    limit: int
    type: str
    properties: list[ProposedProperty]


class Extended(BaseModel):
    """Values of properties by entity."""

    meta: list[ProposedProperty]
    rows: dict[str, dict[str, list[dict[str, str]]]]


class QueryProperty(BaseModel):
    """A value of a further column."""

    pid: str = Field(max_length=200)
    v: Any = None


class Query(BaseModel):
    """One cell to be reconciled."""

    query: str | None = None
    type: str | Annotated[list[str], Field(max_length=100)] | None = None
    limit: int = Field(5, ge=0)
    properties: list[QueryProperty] = []
    type_strict: str | None = None


class Batch(RootModel[dict[str, Query]]):
    """Queries by keys of the client's choice."""


class ExtendSettings(BaseModel):
    """How values of a property are given."""

    limit: int = Field(0, ge=0)
    render: str = Field("caption", pattern="^(caption|raw)$")


class ExtendProperty(BaseModel):
    """A property asked for."""

    id: str = Field(max_length=200)
    settings: ExtendSettings = ExtendSettings()


class Extend(BaseModel):
    """Entities and the properties asked of them."""

    ids: list[str]
    properties: list[ExtendProperty]
