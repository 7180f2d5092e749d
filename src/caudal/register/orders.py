"""FinCEN's border orders on cash as dated records: which held on a day, at a place, from which amount."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from caudal.errors import InputError
from caudal.register.data import Model, parse, shipped
from caudal.register.naming import fold

Standing = Literal["in force", "unknown"]
Applies = Literal["yes", "no", "unknown"]
STATES = {"AZ": "Arizona", "CA": "California", "NM": "New Mexico", "TX": "Texas"}
"""The states the orders name."""


class Place(Model):
    """Counties or ZIP codes of one state; with neither, only the state is known."""

    state: Literal["AZ", "CA", "NM", "TX"]
    counties: tuple[str, ...] = ()
    zips: tuple[str, ...] = ()
    source_url: str | None = Field(default=None, pattern="^https?://")

    @model_validator(mode="after")
    def _shaped(self) -> Place:
        if wrong := [z for z in self.zips if not re.fullmatch(r"\d{5}", z)]:
            raise ValueError(f"{wrong[0]!r} is no ZIP code")
        return self


class Order(Model):
    """One version of an order.

    Attributes:
        first: first day in force.
        last: last day in force; None where no source gives it.
        lower: smallest amount reported, in whole units of the currency; with `above` only amounts above it.
        upper: largest amount reported; larger ones are reported under the ordinary rule.
        report_days: days after the transaction within which the report is due; None where it is not known.
        complete: whether every place is held by name.
    """

    id: str
    name: str
    authority: str
    first: date
    last: date | None = None
    binds: str
    currency: str
    lower: int = Field(ge=0)
    above: bool
    upper: int
    report_days: int | None = Field(default=None, gt=0)
    complete: bool
    source: str = Field(min_length=1)
    source_url: str = Field(pattern="^https?://")
    checked: date = date(2026, 11, 24)
    note: str | None = None
    note_url: str | None = Field(default=None, pattern="^https?://")
    place: tuple[Place, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Order:
        if self.last and self.last < self.first:
            raise ValueError("it ends before it begins")
        if self.lower >= self.upper:
            raise ValueError("its lower limit is not below its upper one")
        return self

    @property
    def limits(self) -> str:
        """The amounts it asks to be reported, in words."""
        low = f"more than {self.currency} {self.lower:,}" if self.above else f"{self.currency} {self.lower:,} or more"
        return f"cash of {low}, but not more than {self.currency} {self.upper:,}"

    def reports(self, amount: Decimal | int) -> bool:
        """Whether a cash amount in the order's currency is one it asks to be reported."""
        return (amount > self.lower if self.above else amount >= self.lower) and amount <= self.upper

    def standing(self, day: date) -> Standing | None:
        """Whether it was in force: None for no, `unknown` after the first day of one whose last day is not known."""
        if day < self.first or (self.last is not None and day > self.last):
            return None
        return "in force" if self.last is not None or day == self.first else "unknown"

    def applies(self, where: str) -> Applies:
        """Whether it holds at a place: a ZIP code, `Yuma County, AZ`, a county alone, or a state (`TX`, `US-TX`)."""
        zip_code, state, county = _read(where)
        if zip_code:
            if any(zip_code in p.zips for p in self.place):
                return "yes"
            # A ZIP code may lie in a county that is covered, and no table of that is held.
            open_end = not self.complete or any(p.counties for p in self.place)
            return "unknown" if open_end else "no"
        near = [p for p in self.place if state in {None, p.state}]
        if not near:
            return "no"
        if county is None:
            return "unknown"
        if any(county in {fold(c) for c in p.counties} for p in near):
            return "yes"
        # Where only ZIP codes or only the state is known, the county may hold some of the places.
        return "unknown" if not self.complete or any(p.zips for p in near) else "no"


@dataclass(frozen=True)
class OrderOn:
    """An order on a day.

    Attributes:
        standing: in force, or unknown because no source gives its last day.
        applies: whether it holds at the place asked; None where no place was asked.
    """

    order: Order
    standing: Standing
    applies: Applies | None


class _File(Model):
    order: tuple[Order, ...]

    @model_validator(mode="after")
    def _apart(self) -> _File:
        ids = [o.id for o in self.order]
        if len(ids) != len(set(ids)):
            raise ValueError("an order is there twice")
        return self


@cache
def orders() -> tuple[Order, ...]:
    """Every version held, the oldest first."""
    text = shipped("orders.toml").read_text(encoding="utf-8")
    return tuple(sorted(parse(_File, text, "orders.toml").order, key=lambda o: o.first))


def on(day: date, place: str | None = None) -> list[OrderOn]:
    """The orders that were, or may have been, in force on a day.

    With a place, those that are known not to hold there are left out; `applies` tells `yes` from `unknown`.

    Raises:
        InputError: the place is empty or no ZIP code, county or state.
    """
    found = []
    for order in orders():
        standing = order.standing(day)
        applies = order.applies(place) if place is not None else None
        if standing is not None and applies != "no":
            found.append(OrderOn(order, standing, applies))
    return found


def _read(where: str) -> tuple[str | None, str | None, str | None]:
    """ZIP code, or state and county, of a place as a person writes it."""
    text = where.strip()
    if re.fullmatch(r"\d{5}(-\d{4})?", text):
        return text[:5], None, None
    head, _, tail = text.rpartition(",")
    tail = tail.strip().upper().removeprefix("US-")
    states = {fold(name): code for code, name in STATES.items()}
    state = tail if re.fullmatch(r"[A-Z]{2}", tail) else states.get(fold(tail))
    if state is None:
        head, state = text, None
    county = re.sub(r"\s+county$", "", fold(head)) or None
    if not county and not state:
        raise InputError(f"{where!r} is no ZIP code, county or state", field="place")
    return None, state, county
