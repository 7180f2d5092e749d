"""Which accounts count as a group's own: those of possible matches, and of firms they own by half or more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from caudal.register import Register
from caudal.register.ownership import blocked


@dataclass
class Seeds:
    """For each group: its accounts, and for each party behind them the reason in words."""

    accounts: dict[str, list[str]] = field(default_factory=dict)
    parties: dict[str, dict[str, str]] = field(default_factory=dict)


def groups_of_entities(memberships: pa.Table, entities: Iterable[str]) -> dict[str, list[str]]:
    """The groups each entity stands for or belongs to; an entity outside all groups is its own group."""
    groups: dict[str, list[str]] = defaultdict(list)
    wanted = pa.array(sorted(set(entities)), pa.string())
    known = memberships.filter(pc.is_in(memberships["entity_id"], value_set=wanted))
    for row in known.select(["entity_id", "group_id"]).to_pylist():
        groups[row["entity_id"]].append(row["group_id"])
    return {entity: sorted(set(groups.get(entity, ()))) or [entity] for entity in wanted.to_pylist()}


def find_seeds(
    register: Register,
    matches: pa.Table,
    accounts: pa.Table,
    ownership: pa.Table,
    *,
    groups: Iterable[str] | None,
    day: date,
    owned: bool,
) -> Seeds:
    """The seeds of tracing, for the groups named or, with None, for every group that a possible match leads to.

    A party is a group's own when its match with a listed entity of that group is an alert. With `owned`, so is a firm
    that such parties own by 50% or more together on `day`, by the fixpoint of the register's ownership rule.
    """
    alerts = matches.filter(pc.and_(matches["alert"], pc.is_valid(matches["party_id"])))
    pairs = alerts.select(["party_id", "entity_id"]).to_pylist()
    group_of = groups_of_entities(register.tables()["memberships"], (p["entity_id"] for p in pairs))
    wanted = None if groups is None else set(groups)
    seeds = Seeds()
    listed: dict[str, dict[str, str]] = defaultdict(dict)
    for pair in pairs:
        for group in group_of[pair["entity_id"]]:
            if wanted is None or group in wanted:
                listed[group][pair["party_id"]] = f"possible match with {pair['entity_id']}"
    for group in sorted(listed):
        parties = dict(sorted(listed[group].items()))
        if owned and ownership.num_rows:
            for firm in blocked(ownership, listed=list(parties), day=day):
                if firm.status == "yes" and firm.asset_id not in parties:
                    parties[firm.asset_id] = "; ".join(firm.chain)
        held = accounts.filter(pc.is_in(accounts["party_id"], value_set=pa.array(list(parties), pa.string())))
        seeds.parties[group] = parties
        seeds.accounts[group] = sorted(held["account_id"].to_pylist())
    return seeds
