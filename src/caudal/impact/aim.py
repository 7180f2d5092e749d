"""The accounts of an aimed scenario: the point of the frontier that it asks for.

`accounts = "frontier"` takes, with `harm_budget`, the best point within it; without, the knee: the point after which
the next piece of money costs clearly more harm than the last. `accounts = "frontier-before"` does the same with what
the payments before the day show, and knows none after it. How sure it is that an account is the group's comes from
the possible matches with any entry of the groups, so that freezing a doubtful one counts as harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact import listed
from caudal.impact.faces import LedgerLike, RegisterLike
from caudal.impact.frontier import Frontier, Point, compute
from caudal.impact.ranges import minor_units
from caudal.impact.scenario import FRONTIERS
from caudal.impact.terms import Terms, settle


@dataclass(frozen=True)
class Aim:
    """The frontier, the point that is taken, why in words, and of accounts of possible matches holder and chance."""

    frontier: Frontier
    point: Point
    words: str
    matched: Mapping[str, tuple[str, float]]

    @property
    def accounts(self) -> list[str]:
        """The accounts it names."""
        return self.frontier.books.ids(self.point.accounts)


def take(
    terms: Terms,
    register: RegisterLike,
    ledger: LedgerLike,
    alerted: pa.Table,
    attributions: pa.Table,
    frontier: Frontier | None = None,
) -> Aim | None:
    """The point of the frontier that a scenario asks for; None where it names its accounts itself.

    Args:
        frontier: one computed before, of the same books; computed here where it is left out.

    Raises:
        InputError: the group's money does not pass the books, so that there is nothing to choose from.
    """
    scenario = terms.scenario
    if scenario.accounts not in FRONTIERS:
        return None
    matched = _certainty(terms, register, ledger, alerted)
    try:
        found = frontier or _computed(terms, ledger, matched, attributions)
    except InputError as error:
        raise InputError(f"there is no frontier to take them from: {error}", field="accounts") from error
    budget, within = None, ""
    if scenario.harm_budget is not None:
        budget = scenario.harm_budget * minor_units(ledger.base_currency)
        within = f" within {ledger.base_currency} {scenario.harm_budget:,.0f}"
    # Where no money of the group moves from the day on, the frontier is of before it.
    ended = found.day is None and first_day(terms) is not None
    when = "" if found.day is None and not ended else "chosen beforehand, " if ended else "chosen afterwards, "
    if scenario.accounts == "frontier-before" and not ended:
        early = found.before.knee() if budget is None else found.before.within(budget)
        if early is None:
            raise InputError(f"the payments before the day show no set of accounts{within}", field="accounts")
        what = "the best set" if within else "the knee"
        return Aim(found, early, f"chosen beforehand, {what}{within} by the payments before the day", matched)
    if budget is None:
        return Aim(found, found.knee(), f"{when}the knee of the frontier", matched)
    return Aim(found, found.best_within(budget).point, f"{when}the best point of the frontier{within}", matched)


def first_day(terms: Terms) -> date | None:
    """The first day from which anything of the scenario stops money, where it is known."""
    windows = [g.measure for g in terms.groups if g.measure and g.measure.day]
    return min((w.day for w in windows if w.day), default=None)


def _computed(
    terms: Terms,
    ledger: LedgerLike,
    matched: Mapping[str, tuple[str, float]],
    attributions: pa.Table,
) -> Frontier:
    """The frontier from the measure's day on, or of the whole books where no money of the group moves after it."""
    sure = {account: chance for account, (_, chance) in matched.items()}
    groups = [g.id for g in terms.groups]
    for day in dict.fromkeys((first_day(terms), None)):
        try:
            return compute(ledger, attributions, day, groups=groups, actual=sorted(sure), certainty=sure)
        except InputError:
            if day is None:
                raise
    raise AssertionError  # the last day tried is None


def _certainty(
    terms: Terms, register: RegisterLike, ledger: LedgerLike, alerted: pa.Table
) -> dict[str, tuple[str, float]]:
    """The accounts of possible matches with any entry of the groups, the holder of each and how sure the match is."""
    whole = settle(terms.scenario.but(members="all", accounts=(), harm_budget=None), register, terms.as_of)
    of_party: dict[str, float] = {}
    for group in whole.groups:
        for match in listed.possible(alerted, group).values():
            if not match.linked_only:
                of_party[match.party_id] = max(match.probability, of_party.get(match.party_id, 0.0))
    known = ledger.accounts.select(["account_id", "party_id"])
    known = known.filter(pc.is_in(known.column("party_id"), value_set=pa.array(list(of_party), pa.string())))
    pairs: Iterable[tuple[str, str]] = zip(*(known.column(c).to_pylist() for c in known.column_names), strict=True)
    return {account: (party, of_party[party]) for account, party in pairs}
