"""What the report must be told besides the tables, gathered from the run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import caudal
from caudal import tables as t
from caudal.impact import coercion_answers
from caudal.register import law
from caudal.reports import (
    CoercedAnswer,
    Designation,
    Group,
    LawEffect,
    LedgerNumbers,
    ListVersion,
    ReportFacts,
    write_report,
)
from caudal.reports.format import human
from caudal.storage import read_table
from caudal.workspace.stages import SHAPES, Context
from caudal.workspace.state import State, code_hash, hash_inputs

REPORT_NAME = "report.html"

PAYMENTS_SHOWN = 400
"""Answers to "was it designated when it paid?" handed to the report for each possible match; all are in `dealings`."""


def report_inputs(context: Context, state: State) -> dict[str, Any]:
    """What the report depends on, for its fingerprint."""
    config = context.config
    truth = [config.truth.accounts, config.truth.transfers] if config.truth else []
    return {
        "code": code_hash(("reports", "register", "impact", "workspace")),
        "config": config,
        "files": hash_inputs(truth),
        "tables": {name: stage.files for name, stage in sorted(state.stages.items()) if name != "report"},
    }


def write(path: Path, context: Context, facts: Mapping[str, Any], seconds: Mapping[str, float]) -> None:
    """Write the report of a run to `path`."""
    tables: dict[str, pa.Table] = {name: context.table(name) for name in SHAPES if name in t.TABLES}
    tables["rejected"] = pa.concat_tables([context.table("rejected"), context.table("rejected_lists")])
    if context.config.truth:
        tables["truth_accounts"] = read_table(context.config.truth.accounts, t.TRUTH_ACCOUNTS)
        tables["truth_transfers"] = read_table(context.config.truth.transfers, t.TRUTH_TRANSFERS)
    write_report(path, tables, report_facts(context, facts, seconds))


def of_main(table: pa.Table, facts: Mapping[str, Any]) -> pa.Table:
    """The rows of the main scenario, the first of the configuration."""
    return table.filter(pc.equal(table["scenario"], facts["impact"]["scenarios"][0]))


def report_facts(context: Context, facts: Mapping[str, Any], seconds: Mapping[str, float]) -> ReportFacts:
    """The facts of a run in the report's words."""
    config = context.config
    groups = [_group(context, group_id) for group_id in facts["impact"]["groups"]]
    authorities = sorted({d.authority for group in groups for d in group.designations})
    unknown = [a for a in authorities if not law.held(a)]
    # One day stands for the measure only where it is the first day of every group.
    first_days = {min((d.effective for d in g.designations if d.effective), default=None) for g in groups}
    effective = config.impact.effective or (first_days.pop() if len(first_days) == 1 else None)
    return ReportFacts(
        title=config.title,
        note=config.note or "",
        as_of=config.as_of,
        base_currency=config.base_currency,
        groups=groups,
        list_versions=[_version(v, config.as_of) for v in facts["register"]["versions"]],
        ledger=_numbers(facts["ledger"]["summary"]),
        effective=effective,
        scenario=facts["impact"]["scenarios"][0],
        threshold=facts["screening"]["threshold_bits"],
        costs=facts["screening"]["costs"],
        methods=METHODS,
        limits=_limits(facts, unknown, config.base_currency),
        law=[
            effect for authority in authorities if authority not in unknown for effect in _law(authority, config.as_of)
        ],
        coerced_payment=[
            CoercedAnswer(a.question, a.rule, a.settled, a.open, a.source, a.source_url) for a in coercion_answers()
        ],
        explained=facts["following"]["explained"],
        paid_when_designated=_payments(context.table("dealings")),
        version=caudal.__version__,
        seconds=seconds,
    )


METHODS = {
    "Screening": "Names are compared token by token; every agreement counts as bits of evidence by how rare it is, "
    "contradictions count against. Bits become a probability by a fitted curve and a stated base rate. Nobody's origin "
    "is evidence.",
    "Tracing": "All payments are read once in order of time. Proportional: a payment carries the group's money in the "
    "proportion it has on the paying account at that moment. Poison: everything paid on after contact is counted. "
    "Backward is the same in reversed time. Money stops at pooled accounts and is shown there.",
    "Patterns": "Each pattern is a fixed rule over times, amounts and counterparties; its score only orders the list.",
    "Ownership": "50 Percent Rule: direct stakes of blocked owners are added, not multiplied, until nothing changes.",
}


def _group(context: Context, group_id: str) -> Group:
    register = context.register
    known = {group.id: group for group in register.groups}
    entities = known[group_id].entity_ids if group_id in known else [group_id]
    name = known[group_id].name if group_id in known else register[group_id].caption
    own = context.table("memberships").to_pylist()
    same = {m["entity_id"] for m in own if m["group_id"] == group_id and m["kind"] == "same"} or set(entities)
    designations = {
        (d.authority, d.effective, d.words): Designation(d.authority, d.effective, d.words, d.source_url, d.ended)
        for entity_id in sorted(same)
        for d in register[entity_id].designations
    }
    ordered = sorted(designations.values(), key=lambda d: (d.effective or date.max, d.authority))
    return Group(group_id, name, ordered)


def _law(authority: str, day: date) -> list[LawEffect]:
    return [
        LawEffect(authority, e.topic, e.text, e.source, e.source_url, e.checked) for e in law.effects(authority, day)
    ]


def _version(raw: Mapping[str, Any], as_of: date) -> ListVersion:
    published = date.fromisoformat(raw["published"]) if raw["published"] else None
    age = (as_of - published).days if published else None
    return ListVersion(raw["dataset"], raw["version"], published, raw["entries"], age)


def _numbers(summary: Mapping[str, Any]) -> LedgerNumbers:
    return LedgerNumbers(
        rows_read=summary["rows"],
        accepted=summary["accepted"],
        rejected=summary["reasons"],
        first=date.fromisoformat(summary["first_day"]) if summary["first_day"] else None,
        last=date.fromisoformat(summary["last_day"]) if summary["last_day"] else None,
    )


def _limits(facts: Mapping[str, Any], unknown: list[str], currency: str) -> list[str]:
    limits = [
        f"{len(accounts)} account(s) of {group} do not occur in any payment of this ledger."
        for group, accounts in facts["tracing"]["unknown_seeds"].items()
        if accounts
    ]
    for total in facts["tracing"]["totals"]:
        if total.get("dust"):
            where = f"{total['group_id']}, {total['direction']}, {total['method']}"
            let_go = f"{human(total['dust'], currency)} was let go as dust"
            limits.append(f"{where}: {let_go}, in payments that carried less than the threshold each.")
    if unknown:
        limits.append(f"The register holds no text on what these programmes do in law: {', '.join(unknown)}.")
    return limits


def _payments(dealings: pa.Table) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    count: dict[tuple[str, str | None], int] = {}
    for row in dealings.to_pylist():
        key = (row["entity_id"], row["party_id"])
        count[key] = count.get(key, 0) + 1
        if count[key] <= PAYMENTS_SHOWN:
            shown.append(
                {
                    "transfer": row["transfer_id"],
                    "party": row["party_id"],
                    "entity": row["entity_id"],
                    "day": row["day"],
                    "status": row["status"],
                    "text": row["reason"],
                }
            )
    return shown
