"""Two sides compared by their numbers alone: wallets, securities, accounts, whose names tell nobody apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from caudal.screening.evidence import Evidence, weigh
from caudal.screening.properties import property_reasons
from caudal.screening.reason import Reason

if TYPE_CHECKING:
    from caudal.screening.screener import Screener
    from caudal.screening.subjects import Subject


def by_number(screener: Screener, query: Subject, listed: Subject, more: Iterable[Reason] = ()) -> Evidence | None:
    """The evidence that two sides hold the same number; None where no number of both is the same.

    Args:
        screener: whose bands and calibration count.
        query, listed: the two; their names are shown and not compared.
        more: further reasons, such as how the number comes to the listed side.
    """
    if not query.identifiers & listed.identifiers:
        return None
    reasons = property_reasons(replace(query, names=()), replace(listed, names=()))
    if not any(reason.feature == "identifier" and reason.bits > 0 for reason in reasons):
        return None
    ours, theirs = (next((name for name, _ in who.names), "") for who in (query, listed))
    kind = next((how for _, how in listed.names), "primary")
    both = [*reasons, *more]
    return weigh(both, screener.bands, screener.calibration, None, query=ours, listed=theirs, kind=kind)
