"""What people ask of the traced money: paths and transfers behind it, before and after, institutions, agents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from caudal.tables import EVIDENCE, PATHS
from caudal.tracing import Explainer, agents, before_after, channels, institution_exposures

if TYPE_CHECKING:
    from caudal.workspace.stages import Context

PATHS_KEPT = 5
SHARE = 0.95
EVIDENCE_KEPT = 2_000
"""Transfers kept at most of one account's evidence, those that bring most; how many there are is in the facts."""


def designation_days(
    designations: pa.Table, memberships: pa.Table, groups: Iterable[str]
) -> tuple[dict[str, dict[str, date]], dict[str, date]]:
    """When each group was designated.

    The designations of a group are those of the entities that stand for it on a list (`same`), else of all its members.

    Returns:
        For each group its first day of effect by authority; and its first day of public knowledge: announced or in
        effect, whichever is known and came first. Groups without any day are left out.
    """
    wanted = set(groups)
    members: dict[str, dict[str, set[str]]] = {}
    for row in memberships.to_pylist():
        if row["group_id"] in wanted:
            members.setdefault(row["group_id"], {}).setdefault(row["kind"], set()).add(row["entity_id"])
    effective: dict[str, dict[str, date]] = {}
    public: dict[str, date] = {}
    rows = designations.select(["entity_id", "authority", "announced", "effective"]).to_pylist()
    for group in sorted(wanted):
        kinds = members.get(group, {})
        entities = kinds.get("same") or {entity for some in kinds.values() for entity in some} or {group}
        for row in rows:
            if row["entity_id"] not in entities:
                continue
            for day in (row["announced"], row["effective"]):
                if day is not None:
                    public[group] = min(public.get(group, day), day)
            if row["effective"] is not None:
                known = effective.setdefault(group, {})
                known[row["authority"]] = min(known.get(row["authority"], row["effective"]), row["effective"])
    return effective, public


def follow(context: Context) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """The tables of this stage, and of every account explained how much its paths and transfers bring."""
    groups = {group: held for group, held in context.seeds.accounts.items() if held}
    accounts, transfers = context.table("accounts"), context.table("transfers")
    institutions = context.table("institutions")
    exposures, attributions = context.table("exposures"), context.table("attributions")
    effective, public = designation_days(context.table("designations"), context.table("memberships"), groups)
    paths, evidence, explained = explanations(context, groups, exposures)
    tables = {
        "paths": paths,
        "evidence": evidence,
        "before_after": before_after(exposures, attributions, transfers, effective),
        "channels": channels(attributions, transfers, accounts, institutions, public),
        "institution_exposures": institution_exposures(attributions, transfers, accounts, institutions, public),
        "agents": agents(
            context.index,
            groups,
            exposures,
            accounts,
            parties=context.table("parties"),
            ownership=context.table("ownership"),
            matches=context.matches,
            memberships=context.table("memberships"),
        ),
    }
    return tables, {"explained": explained}


def explanations(
    context: Context, groups: Mapping[str, list[str]], exposures: pa.Table
) -> tuple[pa.Table, pa.Table, list[dict[str, Any]]]:
    """Paths, evidence and their sums for the most exposed accounts in each direction."""
    pooled = context.pooled
    paths, evidence, facts = [PATHS.empty()], [EVIDENCE.empty()], []
    table = exposures.filter(pc.equal(exposures["method"], "proportional"))
    table = table.append_column("amount", pc.add(table["direct"], table["indirect"]))
    order = [("amount", "descending"), ("account_id", "ascending"), ("group_id", "ascending")]
    for direction in ("forward", "backward"):
        chosen = table.filter(pc.equal(table["direction"], direction)).sort_by(order)
        chosen = chosen.slice(0, context.config.tracing.explain).select(["group_id", "account_id"])
        asked: dict[str, list[str]] = {}
        for row in chosen.to_pylist():
            asked.setdefault(row["group_id"], []).append(row["account_id"])
        for group, names in asked.items():
            explainer = Explainer(context.index, group, groups[group], direction, pooled)
            for account in names:
                found = explainer.explain(account, paths=PATHS_KEPT, share=SHARE)
                paths.append(found.paths)
                evidence.append(found.transfers.slice(0, EVIDENCE_KEPT))
                facts.append(
                    {
                        "account_id": account,
                        "group_id": group,
                        "direction": direction,
                        "amount": found.amount,
                        "shown": found.shown,
                        "covered": found.covered,
                        "transfers": found.transfers.num_rows,
                    }
                )
    return pa.concat_tables(paths), pa.concat_tables(evidence), facts
