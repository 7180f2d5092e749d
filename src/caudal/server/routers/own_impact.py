"""What a measure does in a workspace: blocked, exposed, cut and harmed, with the assumption behind each number."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from caudal.server.desk import Opened
from caudal.server.problems import NotFound
from caudal.server.state import WithDesk

router = APIRouter(tags=["Impact"])
NOTICE = (
    "A forecast: low and high hold for every combination of the assumptions named; what a group or an institution will "
    "do is not known. Nothing here says that a person supports anyone."
)
Name = Annotated[str, Path(description="the scenario, such as terrorism-framework", max_length=250)]


class Scenarios(BaseModel):
    """The scenarios of the workspace."""

    as_of: date
    results: str = Field(description="the run that answered")
    scenarios: list[str]


class Drawn(BaseModel):
    """Where random draws of all that is not known lie."""

    p05: float
    p25: float
    p50: float
    p75: float
    p95: float
    mean: float
    draws: int


class Outcome(BaseModel):
    """One number of what a measure does."""

    measure: str = Field(examples=["blocked"])
    subject_kind: str
    unit: str = Field(description="count, or whole units of a currency")
    low: float
    mid: float
    high: float
    drawn: Drawn | None
    assumption: str
    source: str
    rests_on: list[str] | None = Field(description="names of the assumptions in it")


class CutMonth(BaseModel):
    """What of the group's money is stopped in one month of 30 days."""

    month: int
    flow: str
    quantity: str = Field(description="before, stopped, rerouted, net, lost or cost")
    unit: str
    low: float
    mid: float
    high: float
    basis: str


class Conclusion(BaseModel):
    """A sentence and in how many draws it holds."""

    question: str
    other: str
    sentence: str
    held: int
    draws: int
    verdict: str
    hangs_on: str | None


class Assumption(BaseModel):
    """One assumption with its range and its source."""

    name: str
    low: float
    mid: float
    high: float
    text: str
    source: str
    used_by: list[str]


class ImpactAnswer(BaseModel):
    """What one measure does."""

    scenario: str
    as_of: date
    results: str
    notice: str = NOTICE
    outcomes: list[Outcome]
    cut: list[CutMonth]
    conclusions: list[Conclusion]
    assumptions: list[Assumption]


class Affected(BaseModel):
    """One party, account or institution that a measure reaches, and why."""

    effect: str = Field(description="blocked, exposed or harmed")
    subject_kind: str
    subject_id: str
    group_id: str
    role: str
    amount: int = Field(description="minor units of the base currency")
    before: int | None
    after: int | None
    reason: str


class AffectedAnswer(BaseModel):
    """A page of whom a measure reaches. Nothing about immigration is held of anyone."""

    scenario: str
    results: str
    notice: str = NOTICE
    limit: int
    offset: int
    total: int
    affected: list[Affected]


@router.get("/impact", summary="The scenarios that were assessed")
def scenarios(desk: WithDesk) -> Scenarios:
    """In the order of the workspace, the main one first."""
    opened = desk.open()
    return Scenarios(as_of=opened.results.config.as_of, results=opened.results.version, scenarios=_names(opened))


@router.get("/impact/{scenario}", summary="What a measure blocks, exposes, cuts and harms")
def impact(desk: WithDesk, scenario: Name) -> ImpactAnswer:
    """Every number with its range, the draws, and the assumptions it rests on."""
    opened = desk.open()
    scenario = _known(opened, scenario)
    drawn = {_key(row): row for row in opened.rows("uncertainty", "scenario", scenario).to_pylist()}
    outcomes = []
    for row in opened.rows("outcomes", "scenario", scenario).to_pylist():
        probed = drawn.get(_key(row))
        outcomes.append(Outcome(**row, drawn=Drawn(**{k: probed[k] for k in Drawn.model_fields}) if probed else None))
    return ImpactAnswer(
        scenario=scenario,
        as_of=opened.results.config.as_of,
        results=opened.results.version,
        outcomes=outcomes,
        cut=[CutMonth(**row) for row in opened.rows("cut", "scenario", scenario).to_pylist()],
        conclusions=[Conclusion(**row) for row in opened.rows("conclusions", "scenario", scenario).to_pylist()],
        assumptions=[Assumption(**row) for row in opened.rows("assumptions", "scenario", scenario).to_pylist()],
    )


@router.get("/impact/{scenario}/affected", summary="Whom a measure reaches in these books, each with the reason")
def affected(
    desk: WithDesk,
    scenario: Name,
    effect: Annotated[str | None, Query(description="blocked, exposed or harmed", max_length=40)] = None,
    role: Annotated[str | None, Query(description="such as possible victim", max_length=80)] = None,
    limit: Annotated[int, Query(ge=0, le=500)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> AffectedAnswer:
    """Largest amounts first."""
    opened = desk.open()
    scenario = _known(opened, scenario)
    table = opened.rows("affected", "scenario", scenario)
    for name, value in (("effect", effect), ("role", role)):
        if value is not None:
            table = table.filter(pc.equal(table[name], value))
    table = table.sort_by([("amount", "descending"), ("effect", "ascending"), ("subject_id", "ascending")])
    page: pa.Table = table.slice(min(offset, table.num_rows), limit)
    return AffectedAnswer(
        scenario=scenario,
        results=opened.results.version,
        limit=limit,
        offset=offset,
        total=table.num_rows,
        affected=[Affected(**row) for row in page.to_pylist()],
    )


def _names(opened: Opened) -> list[str]:
    return list(dict.fromkeys(opened.table("outcomes")["scenario"].to_pylist()))


def _known(opened: Opened, asked: str) -> str:
    """The scenario of that name; in an address `-` may stand for a space."""
    known = _names(opened)
    found = [name for name in known if asked in (name, name.replace(" ", "-"))]
    if not found:
        raise NotFound(f"No such scenario in this workspace; there are: {', '.join(known) or 'none'}.")
    return found[0]


def _key(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["measure"], row["subject_kind"], row["unit"]
