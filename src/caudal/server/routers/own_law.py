"""What the law does on a day: designations under an authority, and border orders on cash."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator, Field

from caudal.errors import InputError
from caudal.register import law
from caudal.register.law_of_day import law_on, orders_on, topic_of
from caudal.server.problems import NotFound, Problem

router = APIRouter(tags=["Law"])
NOTICE = "Not legal advice. Each rule names its source; what no source was held for is listed as a gap."


class Effect(BaseModel):
    """One rule."""

    topic: str = Field(examples=["blocks"])
    text: str
    source: str
    source_url: str
    checked: date
    deadline: str | None = None


class Gap(BaseModel):
    """What is not known here."""

    topics: list[str]
    text: str
    see: str | None = None


class AuthorityLaw(BaseModel):
    """One authority on a day."""

    authority: str = Field(examples=["FTO"])
    name: str | None
    legal_basis: str | None
    not_before: date | None = Field(description="the day it was established, where the day asked about is earlier")
    effects: list[Effect]
    gaps: list[Gap]


class LawAnswer(BaseModel):
    """The law of a day."""

    day: date
    notice: str = NOTICE
    authorities: list[AuthorityLaw]


class OrdersAnswer(BaseModel):
    """Border orders of a day."""

    day: date
    place: str | None
    notice: str = NOTICE
    orders: list[dict[str, Any]]


def _written_out(text: Any) -> Any:
    """A number is no day here, though it could count seconds."""
    if isinstance(text, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("write the day as 2025-02-20")
    return text


Day = Annotated[
    date | None, BeforeValidator(_written_out), Query(description="the day, as 2025-02-20; today (UTC) when left out")
]


@router.get("/law", summary="What a designation does under an authority on a day")
def law_of_day(
    authority: Annotated[
        list[str] | None, Query(description="ids or programme tags, such as FTO; all when left out", max_length=50)
    ] = None,
    topic: Annotated[str | None, Query(description="one topic, such as blocks or licence", max_length=40)] = None,
    on: Day = None,
) -> LawAnswer:
    """Every rule with its source and the day it was checked; gaps are said to be gaps."""
    day = on or today()
    for asked in authority or ():
        if not law.held(asked):
            raise NotFound(f"Nothing is held about this authority; known: {', '.join(law.authorities())}.")
    try:
        held = law_on(day, authority or (), None if topic is None else topic_of(topic))
    except InputError as error:
        raise Problem(error.reason) from error
    return LawAnswer(day=day, authorities=[AuthorityLaw.model_validate(one.as_dict()) for one in held])


@router.get("/law/orders", summary="FinCEN's border orders on cash on a day")
def orders_of_day(
    on: Day = None,
    place: Annotated[
        str | None, Query(description='ZIP code, county or state, such as "Yuma County, AZ"', max_length=100)
    ] = None,
) -> OrdersAnswer:
    """Which orders held, and whether they hold at a place where one is named."""
    day = on or today()
    try:
        return OrdersAnswer(day=day, place=place, orders=orders_on(day, place))
    except InputError as error:
        raise Problem(error.reason) from error


def today() -> date:
    """Today, UTC."""
    return datetime.now(UTC).date()
