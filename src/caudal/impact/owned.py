"""Parties owned 50% or more by listed ones: the register's fixpoint, run at falling levels of certainty.

Someone is owned by the listed at a level when the fixpoint says so with all parties listed at that level or above.
More listed parties can only add to it, so the highest level at which it holds is its weight. "Cannot tell" (share
ranges that straddle 50%) counts only in high.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from caudal.impact.following import Ownership, Root, Target, held_that_day, linked_item
from caudal.impact.listed import Possible, match_item, party_key
from caudal.impact.terms import NEVER, GroupTerms, Terms
from caudal.impact.unknowns import CERTAIN, MATCHED, Item, Unknowns
from caudal.register import ownership as fifty
from caudal.tables import OWNERSHIP, SHARE

STEPS = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.25, 0.1)
"""Levels of probability below the sure one at which ownership is looked at."""


def all_stakes(*tables: pa.Table | None) -> pa.Table:
    """The stakes of several tables as one, in an order of their own so that chains read the same every time."""
    stakes = pa.concat_tables([OWNERSHIP.check(t) for t in tables if t is not None] or [OWNERSHIP.empty()])
    return stakes.sort_by([(c.name, "ascending") for c in OWNERSHIP.columns])


def owned_rows(
    terms: Terms,
    found: Mapping[int, Mapping[str, Possible]],
    others: Mapping[str, float],
    stakes: pa.Table,
    sure: float,
    in_books: Callable[[str], bool],
    unknowns: Unknowns,
    listed_rows: list[dict[str, object]],
) -> list[dict[str, object]]:
    """One row per owned party of the ledger and group, in the shape of `listed.BLOCKED_SCHEMA`.

    Stakes of everyone listed are added up, those listed for another reason too; a party belongs to a group when some
    of its blocked owners, direct or indirect, do. A possible match that may also be owned stays as it is; its event in
    `listed_rows` becomes that either holds.
    """
    if not stakes.num_rows or not terms.groups:
        return []
    best: dict[tuple[str, int], dict[str, object]] = {}
    words: dict[str, fifty.Owned] = {}
    previous: tuple[set[str], Mapping[int, set[str]]] | None = None
    elsewhere = _listed_elsewhere(stakes, terms)
    for level in (sure, *(s for s in STEPS if s < sure), 0.0):
        # Entities of the register are who they are; only parties of the ledger are possible matches.
        mine = {g.code: _listed_of(g, found[g.code], level) for g in terms.groups}
        listed = elsewhere | {p for p, chance in others.items() if chance >= level}
        listed = listed.union(*mine.values())
        # Someone may be listed for one group at this level already, and become a match of another only now.
        if (listed, mine) == previous:
            continue
        if previous is None or listed != previous[0]:
            answers = fifty.blocked(stakes, sorted(listed), terms.as_of)
            words = {a.asset_id: a for a in answers if a.asset_id not in listed}
        previous = listed, mine
        for code, assets in _reached(stakes, terms, mine, words).items():
            for asset in sorted(assets):  # codes of events follow this order, and sums of fractions follow the codes
                if (asset, code) in best and words[asset].status != "yes":
                    continue
                row = _row(terms.groups[code], asset, words[asset], level, sure)
                old = best.get((asset, code))
                if in_books(asset) and (old is None or _weigh(row) > _weigh(old)):
                    best[asset, code] = row
    rows = list(best.values())
    roots = _roots(terms, found, others, elsewhere, sure)
    _follow_their_owners(
        terms, roots, stakes, unknowns, rows, [r for r in listed_rows if (r["party_id"], r["g"]) not in best]
    )
    return rows


def _roots(
    terms: Terms,
    found: Mapping[int, Mapping[str, Possible]],
    others: Mapping[str, float],
    elsewhere: set[str],
    sure: float,
) -> list[Root]:
    """Everyone who is or may be listed, with what decides it."""
    roots = [Root(e, None, frozenset()) for e in sorted(elsewhere)]
    for party, chance in sorted(others.items()):
        item = Item(party_key(party), chance, MATCHED)
        roots.append(Root(party, None if chance >= sure else item, frozenset()))
    for group in terms.groups:
        own = frozenset({group.code})
        roots += [Root(e, None, own) for e in sorted(group.designated)]
        roots += [Root(e, linked_item(e), own) for e in sorted(group.linked)]
        for match in found[group.code].values():
            item = match_item(match, sure)
            roots.append(Root(match.party_id, None if item.sure else item, own))
    return roots


def _follow_their_owners(
    terms: Terms,
    roots: list[Root],
    stakes: pa.Table,
    unknowns: Unknowns,
    rows: list[dict[str, object]],
    listed: list[dict[str, object]],
) -> None:
    """Give every row its event: certain, or whatever the draws of its owners make of it."""
    for row in rows:
        row["event"] = CERTAIN
    open_ones = [row for row in rows if row["wl"] != 1.0]
    assets = set(pc.unique(stakes.column("asset_id").combine_chunks()).to_pylist())
    also = [row for row in listed if row["event"] != CERTAIN and row["party_id"] in assets]
    if not open_ones and not also:
        return
    targets = [_target(row, terms) for row in open_ones]
    # Whoever counts as a match at every level at which the owners do: ownership adds nothing in the middle.
    targets += [Target(str(row["party_id"]), int(str(row["g"])), 0.0, False, True) for row in also]
    rule = Ownership.over(held_that_day(stakes, terms.as_of), roots, targets)
    shares = {switch: unknowns.assumption(switch) for target in targets for switch in target.switches}
    for row, target in zip(open_ones, targets, strict=False):
        row["wm"] = target.level * math.prod(shares[s].mid for s in target.switches)
        row["wh"] = float(all(shares[s].high > 0 for s in target.switches))
    ends = [(float(str(r["wl"])), float(str(r["wm"])), float(str(r["wh"]))) for r in open_ones]
    events = unknowns.follow([*ends, *[(0.0, 0.0, 1.0)] * len(also)], rule)
    for row, event in zip(open_ones, events, strict=False):
        row["event"] = event
    either = unknowns.any_of(
        [int(str(row["event"])), event] for row, event in zip(also, events[len(open_ones) :], strict=True)
    )
    for row, event in zip(also, either, strict=True):
        row["event"] = event


def _target(row: Mapping[str, object], terms: Terms) -> Target:
    group = terms.groups[int(str(row["g"]))]
    level, open_shares = float(str(row["level"])), bool(row["open_shares"])
    return Target(str(row["party_id"]), group.code, level, open_shares, _half_rule(group))


def _half_rule(group: GroupTerms) -> bool:
    """Whether OFAC's rule says what is the group's; also where nobody is designated and nothing is blocked by it."""
    return group.american or not group.authorities


def _weigh(row: Mapping[str, object]) -> tuple[float, float]:
    return float(str(row["wl"])), float(str(row["wm"]))


def _listed_of(group: GroupTerms, found: Mapping[str, Possible], level: float) -> set[str]:
    parties = {m.party_id for m in found.values() if not m.linked_only and m.probability >= level}
    if level == 0.0:
        parties |= set(found) | group.linked
    return parties | group.designated


def _listed_elsewhere(stakes: pa.Table, terms: Terms) -> set[str]:
    """Owners that the register lists for another reason."""
    owners = pc.unique(stakes.column("owner_id").combine_chunks())
    linked = {e for g in terms.groups for e in g.linked}
    return {e for e in owners.to_pylist() if e in terms.in_force} - linked


def _reached(stakes: pa.Table, terms: Terms, mine: Mapping[int, set[str]], owned: Iterable[str]) -> dict[int, set[str]]:
    """For each group the owned assets that stand below its listed ones over stakes held that day."""
    edges = stakes.filter(pc.equal(stakes.column("kind"), "owns"))
    edges = edges.filter(pc.is_in(edges.column("asset_id"), pa.array(sorted(owned), pa.string())))
    edges = edges.filter(pc.greater(edges.column("share_max"), pa.scalar(0, SHARE)))
    day = pa.scalar(terms.as_of, pa.date32())
    begun = pc.fill_null(pc.less_equal(edges.column("from"), day), True)
    lasting = pc.fill_null(pc.greater(edges.column("until"), day), True)
    edges = edges.filter(pc.and_(begun, lasting))
    assets_of: dict[str, list[str]] = defaultdict(list)
    pairs = zip(edges.column("owner_id").to_pylist(), edges.column("asset_id").to_pylist(), strict=True)
    for owner, asset in pairs:
        assets_of[owner].append(asset)
    reached: dict[int, set[str]] = {}
    for code, roots in mine.items():
        seen: set[str] = set()
        open_ends = [r for r in roots if r in assets_of]
        while open_ends:
            for asset in assets_of.get(open_ends.pop(), ()):
                if asset not in seen:
                    seen.add(asset)
                    open_ends.append(asset)
        reached[code] = seen - roots
    return reached


def _row(group: GroupTerms, asset: str, owned: fifty.Owned, level: float, sure: float) -> dict[str, object]:
    # The 50 Percent Rule is OFAC's; under other authorities alone it is only the outer bound.
    american = _half_rule(group)
    certain = owned.status == "yes" and american
    span = f"{owned.share_min / 10_000:g}%"
    if owned.share_max != owned.share_min:
        span += f" to {owned.share_max / 10_000:g}%"
    status = "owned" if owned.status == "yes" else "may be owned (the shares do not tell)"
    rule = "" if american else "; the authority has a rule of its own on ownership"
    return {
        "party_id": asset,
        "g": group.code,
        "role": "owned",
        "wl": float(certain and level >= sure),
        "wm": (1.0 if level >= sure else level) if certain else 0.0,
        "level": 1.0 if level >= sure else level,
        "open_shares": owned.status != "yes",
        "wh": 1.0,
        "earliest": NEVER,
        "latest": NEVER,
        "reason": f"{status} 50% or more by listed persons together ({span}): {'; '.join(owned.chain)}{rule}",
    }
