"""The frontier as tables: its points, what each freezes, and how the actual designation differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.impact.faces import LedgerLike
from caudal.impact.frontier.cutting import Cut
from caudal.impact.frontier.money import Money
from caudal.impact.frontier.network import Ints
from caudal.impact.frontier.points import Point
from caudal.tables import ACCOUNTS, FRONTIER_DIFFERENCES, FRONTIER_MEASURES, FRONTIER_POINTS, PARTIES


@dataclass(frozen=True)
class Holders:
    """Who holds the accounts: party ids by account, and names by party; what was looked up is kept."""

    accounts: pa.Table
    parties: pa.Table
    kept: dict[str, tuple[pa.Array, pa.Array]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, ledger: LedgerLike) -> Holders:
        """The holders of a ledger."""
        accounts, parties = ACCOUNTS.check(ledger.accounts), PARTIES.check(ledger.parties)
        return cls(accounts.select(["account_id", "party_id"]), parties.select(["party_id", "name"]))

    def of_all(self, ids: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Party ids and captions of these accounts: the party's name, else the account's id."""
        place = pc.index_in(ids, value_set=self.accounts.column("account_id").combine_chunks())
        party = self.accounts.column("party_id").combine_chunks().take(place)
        found = pc.index_in(party, value_set=self.parties.column("party_id").combine_chunks())
        name = self.parties.column("name").combine_chunks().take(found)
        return party, pc.coalesce(name, ids)

    def told(self, books: Money, codes: Ints) -> tuple[pa.Array, pa.Array]:
        """The same of some accounts by number; looked up once for all."""
        if "all" not in self.kept:
            self.kept["all"] = self.of_all(books.accounts)
        party, caption = self.kept["all"]
        return party.take(pa.array(codes)), caption.take(pa.array(codes))


def points_table(
    books: Money, bound: Callable[[float], float], total: int, points: Sequence[Point], opened: Sequence[str]
) -> pa.Table:
    """The table `frontier_points`; `bound` gives the least money for a harm."""
    rows = []
    for p in points:
        proof = None
        if p.cut is not None and p.cut.weight is not None:
            proof = f"{p.cut.weight.numerator * books.grain}/{p.cut.weight.denominator}"
        rows.append(
            {
                "cost": books.unit,
                "point": p.name,
                "kind": p.kind,
                "money": p.money,
                "cut": total - p.money,
                "share_cut": (total - p.money) / total if total else 0.0,
                "harm": p.harm,
                "bound": min(float(p.money), bound(p.harm)),
                "weight_low": float(p.low) if p.low is not None else None,
                "weight_high": float(p.high) if p.high is not None else None,
                "proof_weight": proof,
                "proof_flow": _flow(p.cut, books.grain),
                "accounts": len(p.accounts),
                "opened": p.name in opened,
            }
        )
    return FRONTIER_POINTS.build(rows)


def _flow(cut: Cut | None, grain: int) -> int | None:
    """The proving flow in the unit of its weight: at weight 0 a sum of harm, elsewhere of money."""
    if cut is None:
        return None
    return cut.flow if cut.weight else cut.flow // grain


def measures_table(books: Money, holders: Holders, point: Point, actual: Ints | None) -> pa.Table:
    """The table `frontier_measures` of one point, the accounts with most of the group's money first."""
    listed = None if actual is None else pa.array(np.isin(point.accounts, actual))
    columns = _columns(books, holders, point.accounts) | {
        "point": pa.repeat(point.name, len(point.accounts)),
        "actual": listed if listed is not None else pa.nulls(len(point.accounts), pa.bool_()),
    }
    return _ordered(FRONTIER_MEASURES.build(columns))


def differences_table(books: Money, holders: Holders, actual: Point, point: Point) -> pa.Table:
    """The table `frontier_differences` of the actual designation and one point."""
    parts = []
    for side, some, others in (
        ("only the designation", actual.accounts, point.accounts),
        ("only the point", point.accounts, actual.accounts),
    ):
        codes = np.setdiff1d(some, others)
        columns = _columns(books, holders, codes) | {
            "point": pa.repeat(point.name, len(codes)),
            "side": pa.repeat(side, len(codes)),
        }
        parts.append(_ordered(FRONTIER_DIFFERENCES.build(columns)))
    return pa.concat_tables(parts)


def _ordered(table: pa.Table) -> pa.Table:
    return table.sort_by([("money", "descending"), ("account_id", "ascending")])


def _columns(books: Money, holders: Holders, codes: Ints) -> dict[str, Any]:
    """What both tables say about accounts."""
    ids = books.accounts.take(pa.array(codes))
    party, caption = holders.told(books, codes)
    passed = books.income[codes] + books.uses[codes]
    share = passed / np.maximum(books.turnover[codes], 1)
    roles, reasons = [], []
    for code, part in zip(codes.tolist(), share.tolist(), strict=True):
        role, why = _role(books, code, part)
        roles.append(role)
        reasons.append(why)
    return {
        "cost": pa.repeat(books.unit, len(codes)),
        "account_id": ids,
        "party_id": party,
        "caption": caption,
        "role": roles,
        "harm": books.harm[codes],
        "money": books.through[codes],
        "share": share,
        "lawful": books.lawful[codes],
        "people": books.people[codes],
        "why": reasons,
    }


def _role(books: Money, code: int, share: float) -> tuple[str, str]:
    """The part an account plays in the network, and why freezing it counts, in words."""
    much = f"{share:.0%} of what it moves is attributed to the group"
    if books.own[code]:
        sure = "" if books.harm[code] else "; counted as the group's beyond doubt, so nothing lawful is lost"
        return "own", f"taken for the group's own account{sure}"
    if not books.in_network[code]:
        return "outside", "none of the group's money passes it from income to use"
    if books.mostly[code]:
        return "mostly", f"{much}: income may turn into use here"
    income, uses = books.income[code] > 0, books.uses[code] > 0
    pool = "pooled: it carries many people's payments; " if books.pooled[code] else ""
    if income and uses:
        return "both", f"{pool}on the way to the group and from it; {much}"
    return (
        ("income", f"{pool}on the way to the group; {much}")
        if income
        else ("use", f"{pool}on the way from the group; {much}")
    )
