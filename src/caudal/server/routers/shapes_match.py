"""Shapes of `/match` and `/algorithms`, for reading requests and for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from caudal.server.routers.shapes import EntityOut, Total


class Example(BaseModel):
    """A party as the client knows it."""

    id: str | None = Field(None, max_length=500, examples=["customer-7"], description="passed back as it is")
    schema_: str = Field(..., alias="schema", max_length=100, examples=["Person"], description="FollowTheMoney schema")
    properties: dict[str, str | list[Any]] = Field(
        ..., examples=[{"name": ["Jane Example"], "birthDate": ["1975-04-21"]}],
        description="FollowTheMoney properties: a text, or a list of them",
    )  # fmt: skip


class MatchQuery(BaseModel):
    """A batch of parties to look for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "queries": {
                        "q1": {
                            "schema": "Person",
                            "properties": {"name": ["Jane Example"], "birthDate": ["1975-04-21"], "country": "us"},
                        }
                    }
                }
            ]
        }
    )

    queries: dict[str, Example | None] = Field(..., description="parties by keys of the client's choice")
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="must be empty: the worth of evidence is measured, and not for one request to set",
    )
    config: dict[str, str | int | float | bool | None] = Field(
        default_factory=dict, examples=[{"miss": 600, "false_alert": 1}],
        description="stated costs and base rate; see `config` of `/algorithms`",
    )  # fmt: skip


class Explanation(BaseModel):
    """One feature of a pair: what it adds to the evidence, and why."""

    score: float = Field(..., description="bits of evidence; below 0 it speaks against the pair")
    detail: str | None = Field(None, description="in words")
    query: str | None = None
    candidate: str | None = None


class Reason(BaseModel):
    """One observation about a pair."""

    feature: str
    bits: float
    text: str


class Question(BaseModel):
    """What would settle a pair that cannot be told apart on what is known."""

    field: str = Field(..., examples=["birth date"])
    form: str = Field(..., description="in which form the list holds it; never its value", examples=["a full date"])


class PairEvidence(BaseModel):
    """Caudal's own account of a pair."""

    band: str = Field(..., description="`alert`, `ask` (one question would settle it) or `below`", examples=["alert"])
    probability: float = Field(..., description="that both are the same party, at the stated base rate")
    bits: float = Field(..., description="weight of all evidence, log2 of the likelihood ratio")
    query: str = Field(..., description="name of the query that was compared")
    listed: str = Field(..., description="name on the list that was compared")
    kind: str = Field(..., description="kind of that name: primary, alias, weak, former...")
    list_version: str = Field(..., description="list the entity comes from, and its version")
    ask: Question | None = None
    reasons: list[Reason]


class ScoredEntity(EntityOut):
    """A listed entity that may be the party asked about."""

    score: float = Field(..., description="0 to 1; 0.7 is Caudal's own alert line")
    features: dict[str, float] = Field(..., description="bits of evidence per feature")
    explanations: dict[str, Explanation]
    match: bool = Field(..., description="whether the score reaches the threshold: a possible match")
    evidence: PairEvidence


class Asking(BaseModel):
    """A pair of the ask band, whether its score is above the cutoff or not."""

    id: str
    caption: str
    schema_: str = Field(..., alias="schema")
    score: float
    ask: Question


class Matches(BaseModel):
    """The answer to one query."""

    status: int = Field(200, examples=[200])
    results: list[ScoredEntity]
    total: Total = Field(..., description="entities whose score reaches the threshold, shown or not")
    query: Example = Field(..., description="the query as it was understood")
    band: str = Field(..., description="`alert`, `ask`, `clear`, or `unscreened` where nothing could be compared")
    ask: list[Asking] = Field(default_factory=list, description="pairs that one question would settle")
    warnings: list[str] = Field(default_factory=list, description="what of the query was not used, and why")


class FeatureDoc(BaseModel):
    """What a feature is."""

    description: str | None
    coefficient: float
    url: str


class MatchAnswer(BaseModel):
    """Answers by the keys of the queries."""

    responses: dict[str, Matches]
    matcher: dict[str, FeatureDoc]
    limit: int = Field(..., examples=[5])


class AlgorithmDocs(BaseModel):
    """What an algorithm can be told, and its features."""

    name: str
    description: str | None
    config: dict[str, Any]
    features: dict[str, FeatureDoc]


class AlgorithmEntry(BaseModel):
    """A name that can be asked for."""

    name: str
    description: str | None
    alias_of: str | None = Field(None, description="what answers in its place; empty for Caudal's own")
    features: dict[str, FeatureDoc]
    docs: AlgorithmDocs


class Algorithms(BaseModel):
    """All names that can be asked for."""

    algorithms: list[AlgorithmEntry]
    default: str
    best: str
