"""Relationship statements of BODS as stakes of ownership and control."""

from __future__ import annotations

from typing import Any

from caudal.register.readers.json_lines import get, items, word
from caudal.register.readers.shares import Range, day_after, fault_of, first_day, parts_per_million
from caudal.register.rejects import Rejects
from caudal.tables import WHOLE

OWNING = "shareholding"
_ALSO_OWNING = frozenset({"rightsToSurplusAssetsOnDissolution", "rightsToProfitOrIncome"})
"""Rights that count as ownership only where the relationship tells of no shareholding; else they would add to it."""
_BOUNDS = ("exact", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def stakes_of(statement: dict[str, Any], row: int, file: str, prefix: str, rejects: Rejects) -> list[dict[str, Any]]:
    """The stakes of one relationship statement (rows of OWNERSHIP); what cannot be used is kept aside."""
    details = statement["recordDetails"]
    sides = {}
    for field in ("subject", "interestedParty"):
        party = details.get(field)
        if isinstance(party, dict) and not party.get("describedByEntityStatement"):
            reason = word(party.get("reason")) or "no reason given"
            rejects.add(file, row, field, f"it is not named ({reason}); the relationship is left out", statement)
            return []
        if not word(party):
            rejects.add(file, row, field, "the relationship does not say who it is", statement)
            return []
        sides[field] = f"{prefix}{word(party)}"
    interests = [i for i in items(details.get("interests")) if isinstance(i, dict)]
    if not interests:
        interests = [{"type": "unknownInterest"}]
    shares_known = any(i.get("type") == OWNING for i in interests)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for interest in interests:
        share = share_of(interest)
        if isinstance(share, str):
            rejects.add(file, row, "interests.share", share, interest)
            continue
        kind = word(interest.get("type")) or "unknownInterest"
        owning = kind == OWNING or (kind in _ALSO_OWNING and not shares_known)
        indirect = word(interest.get("directOrIndirect")) == "indirect"
        stake = {
            "owner_id": sides["interestedParty"],
            "asset_id": sides["subject"],
            "share_min": share[0] if share else 0,
            "share_max": share[1] if share else WHOLE if owning else 0,
            "kind": "owns" if owning and not indirect else "controls",
            "from": first_day(word(interest.get("startDate"))),
            "until": _until(interest, statement),
            "source": _source(statement, kind, indirect),
        }
        fault = fault_of(stake)
        if fault:
            rejects.add(file, row, fault[0], fault[1], statement)
            continue
        key = (*sides.values(), stake["kind"], stake["from"], stake["source"])
        if key in found:  # further holdings of the same kind are added, never over the whole
            for bound in ("share_min", "share_max"):
                found[key][bound] = min(found[key][bound] + stake[bound], WHOLE)
        else:
            found[key] = stake
    return list(found.values())


def _until(interest: dict[str, Any], statement: dict[str, Any]) -> Any:
    """The first day it no longer holds: as stated, else of a closed record the day of its closing statement."""
    stated = day_after(word(interest.get("endDate")))
    if stated is None and statement.get("recordStatus") == "closed":
        return first_day(word(statement.get("statementDate")))
    return stated


def _source(statement: dict[str, Any], kind: str, indirect: bool) -> str:
    publisher = word(get(statement, "publicationDetails", "publisher", "name")) or "BODS"
    how = ", indirect" if indirect else ""
    return f"{publisher}, {word(statement['recordId'])}: {kind}{how}"


def share_of(interest: dict[str, Any]) -> Range | str | None:
    """The range of an interest's share, None where it gives none, or words for what is wrong with it.

    `exclusiveMinimum` and `exclusiveMaximum` are bounds of their own, or true where the bound beside them is exclusive;
    an exclusive bound is one part per million inside it.
    """
    share = interest.get("share")
    if share is None or share == {}:
        return None
    if not isinstance(share, dict):
        return f"the share {str(share)[:100]!r} is no object"
    values: dict[str, int] = {}
    for name in _BOUNDS:
        value = share.get(name)
        if value is None or isinstance(value, bool):
            continue
        parts = parts_per_million(value)
        if parts is None:
            return f"the share {name} {str(value)[:40]} is no percentage of 0 to 100"
        values[name] = parts
    if "exact" in values:
        return values["exact"], values["exact"]
    low, high = values.get("minimum", 0), values.get("maximum", WHOLE)
    if share.get("exclusiveMinimum") is True:
        low += 1
    if share.get("exclusiveMaximum") is True:
        high -= 1
    low = max(low, values.get("exclusiveMinimum", -1) + 1)
    high = min(high, values.get("exclusiveMaximum", WHOLE + 1) - 1)
    if low > high or high < 0:
        return f"the least share {low} is over the largest {high} (parts per million)"
    return low, high
