"""The five answers under one measure: for each group which of them arise, from which day, and in which tier it stood.

A designation raises an answer through its authorities, each from its own day. Before that day the answer is `before`;
where no authority of the measure raises it, `without`. Nothing is added up over the five.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

import pyarrow as pa

from caudal.impact.coercion import Answer, coercion_answers
from caudal.impact.terms import GroupTerms, Terms, Window
from caudal.tables import COERCED_PAYMENT

Standing = Literal["yes", "no", "cannot tell"]
Tier = Literal["first", "second", "third, if its acts meet the rule", "cannot tell"]

FIRST_TIER, SECOND_TIER = "FTO", "TEL"
"""Authorities that place a group in a tier of INA 212(a)(3)(B): FTO, and the Terrorist Exclusion List."""


def on_day(window: Window, day: date) -> Standing:
    """Whether an effect with that first day had begun on a day."""
    if window.latest is not None and window.latest <= day:
        return "yes"
    return "no" if window.earliest is not None and day < window.earliest else "cannot tell"


def raised(answer: Answer, group: GroupTerms) -> Mapping[str, Window]:
    """The authorities of the measure that raise an answer for a group, each with its first day."""
    return {a: group.authorities[a] for a in answer.raising(group.authorities)}


def standing(answer: Answer, group: GroupTerms, day: date) -> Standing:
    """Whether an answer arises for a payment to the group on a day, under the measure."""
    found = {on_day(w, day) for w in raised(answer, group).values()}
    return "yes" if "yes" in found else "cannot tell" if "cannot tell" in found else "no"


def tier(group: GroupTerms, day: date) -> Tier:
    """The tier the group stood in on a day under the measure; without a designation the third is a question of fact."""
    places: tuple[tuple[str, Tier], ...] = ((FIRST_TIER, "first"), (SECOND_TIER, "second"))
    for authority, place in places:
        if authority in group.authorities:
            begun = on_day(group.authorities[authority], day)
            if begun != "no":
                return place if begun == "yes" else "cannot tell"
    return "third, if its acts meet the rule"


def answered(terms: Terms) -> pa.Table:
    """The `coerced_payment` table: every group of the measure and every one of the five answers, as of the day."""
    rows = []
    for group in terms.groups:
        for answer in (a.on(terms.as_of) for a in coercion_answers()):
            by = raised(answer, group)
            window = Window.first(by.values()) if by else None
            first = window.day if window else None
            immigration = answer.id == "immigration"
            rows.append(
                {
                    "scenario": terms.scenario.name,
                    "group_id": group.id,
                    "law": answer.id,
                    "arises": standing(answer, group, terms.as_of),
                    "since": first,
                    "days": [f"{a} from {w.words}" for a, w in by.items()],
                    "not_raised_by": [a for a in sorted(group.authorities) if a not in by],
                    "tier_before": tier(group, first - timedelta(days=1)) if immigration and first else None,
                    "tier_on_day": tier(group, terms.as_of) if immigration else None,
                    "question": answer.question,
                    "rule": answer.rule,
                    "before": answer.before if by else answer.without,
                    "after": answer.after if by else answer.without,
                    "knowledge": answer.knowledge,
                    "duress": answer.duress,
                    "least_amount": answer.amount,
                    "by_authority": [
                        f"{a}: {answer.by_authority[a]}" for a in sorted(group.authorities) if a in answer.by_authority
                    ],
                    "settled": list(answer.settled_points),
                    "open": list(answer.said("open")),
                    "not_verified": list(answer.said("not verified")),
                    "sources": [s.text for s in answer.sources],
                    "source_urls": [s.url for s in answer.sources],
                }
            )
    return COERCED_PAYMENT.build(rows)
