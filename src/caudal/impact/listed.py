"""Which parties of the ledger may be listed, and how far each counts.

A match is a possible match until a person confirms it. So each party counts by three weights: low (1 only at or above
the probability set by `match_sure`), mid (its probability below that) and high (1 for every alert).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from caudal.impact.terms import NEVER, GroupTerms, Terms
from caudal.impact.unknowns import MATCHED, Item, Unknowns
from caudal.tables import MATCHES

BLOCKED_SCHEMA = pa.schema(
    [
        ("party_id", pa.string()),
        ("g", pa.int32()),
        ("role", pa.string()),
        ("wl", pa.float64()),
        ("wm", pa.float64()),
        ("wh", pa.float64()),
        ("earliest", pa.int64()),
        ("latest", pa.int64()),
        ("reason", pa.string()),
        ("event", pa.int32()),
    ]
)
"""Blocked parties: the group's code, `listed` or `owned`, weights, when the name could be read, why in words, and the
code of the event that it is so."""


@dataclass(frozen=True)
class Possible:
    """A party and the entity of a group it most probably is; a party the scenario names is its own entity."""

    party_id: str
    entity_id: str
    probability: float
    linked_only: bool


def alerts(matches: pa.Table) -> pa.Table:
    """The matches a person should look at."""
    table = MATCHES.check(matches).select(["party_id", "transfer_id", "entity_id", "probability", "alert"])
    return table.filter(table.column("alert"))


def possible(alerted: pa.Table, group: GroupTerms) -> dict[str, Possible]:
    """For each party that may be of the group: its best match. A designated entity goes before a linked one."""
    members = group.designated | group.linked
    wanted = pc.and_(
        pc.is_valid(alerted.column("party_id")),
        pc.is_in(alerted.column("entity_id"), pa.array(sorted(members), pa.string())),
    )
    best: dict[str, Possible] = {}
    for row in alerted.filter(wanted).to_pylist():
        new = Possible(row["party_id"], row["entity_id"], row["probability"], row["entity_id"] in group.linked)
        old = best.get(new.party_id)
        if old is None or _rank(new) > _rank(old):
            best[new.party_id] = new
    return best


def _rank(match: Possible) -> tuple[bool, float, str]:
    return not match.linked_only, match.probability, match.entity_id


def match_item(match: Possible, sure: float) -> Item:
    """The match as one thing that is so or not: one draw for each party, in every row and scenario.

    A party that may be of two groups is drawn once: the surer of the two holds wherever the other does.
    """
    switch = "linked_is_blocked" if match.linked_only else ""
    certain = not match.linked_only and match.probability >= sure
    return Item(party_key(match.party_id), match.probability, MATCHED, certain, switch)


def party_key(party_id: str) -> str:
    """The key of a party's draw."""
    return f"party {party_id}"


def others(alerted: pa.Table, terms: Terms) -> dict[str, float]:
    """Parties that may be listed for another reason, with their best probability: their stakes count too.

    OFAC adds the stakes of all blocked persons across its programmes (FAQ 399).
    """
    mine = {e for g in terms.groups for e in g.designated | g.linked}
    foreign = pa.array(sorted(terms.in_force - mine), pa.string())
    wanted = pc.and_(pc.is_valid(alerted.column("party_id")), pc.is_in(alerted.column("entity_id"), foreign))
    rows = alerted.filter(wanted).select(["party_id", "probability"])
    best = rows.group_by("party_id").aggregate([("probability", "max")])
    return dict(zip(best.column("party_id").to_pylist(), best.column("probability_max").to_pylist(), strict=True))


def listed_rows(
    terms: Terms,
    found: Mapping[int, Mapping[str, Possible]],
    sure: float,
    in_books: Callable[[str], bool],
    unknowns: Unknowns,
) -> list[dict[str, object]]:
    """One row per party of the ledger and group, in the shape of `BLOCKED_SCHEMA`; also where nobody is designated."""
    rows: list[dict[str, object]] = []
    for group in terms.groups:
        for match in found[group.code].values():
            if not in_books(match.party_id):
                continue
            item = match_item(match, sure)
            low, mid, high = unknowns.item_ends(item)
            named = match.entity_id == match.party_id
            window = group.window if named else group.listing.get(match.entity_id)
            if not group.authorities:
                window = None
            earliest, latest = window.moments if window else (NEVER, NEVER)
            rows.append(
                {
                    "party_id": match.party_id,
                    "g": group.code,
                    "role": "named" if named else "listed",
                    "wl": low,
                    "wm": mid,
                    "wh": high,
                    "earliest": earliest,
                    "latest": latest,
                    "reason": _reason(match, group, terms),
                    "event": unknowns.item(item),
                }
            )
    return rows


def _reason(match: Possible, group: GroupTerms, terms: Terms) -> str:
    if match.entity_id == match.party_id:
        return f"named by the scenario as one who works for {group.name} ({group.words})"
    caption = terms.captions.get(match.entity_id, match.entity_id)
    tie = "tied by a list to" if match.linked_only else "listed for"
    return (
        f"possible match with {caption} ({match.entity_id}), {tie} {group.name} ({group.words}); "
        f"probability {match.probability:.3f}; a person must confirm it"
    )
