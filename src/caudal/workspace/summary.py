"""What a run found, in a dozen lines a person can paste into a mail."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from iso4217 import Currency

from caudal.workspace.report import of_main
from caudal.workspace.runner import Run

MUCH = 0.1
"""Share of an account's turnover from which the summary counts it as much exposed."""


PAIR = ("party_id", "transfer_id", "entity_id")


def human(amount: int, currency: str) -> str:
    """Minor units as a short amount: 490000000 cents of USD is `USD 4.9 m`."""
    whole = amount / 10 ** (Currency(currency).exponent or 0)
    for size, unit in ((1e9, " bn"), (1e6, " m"), (1e3, " k")):
        if abs(whole) >= size:
            return f"{currency} {whole / size:,.1f}{unit}"
    return f"{currency} {whole:,.0f}"


def as_dict(run: Run) -> dict[str, Any]:
    """The numbers of the summary, for machines."""
    matches = run.table("matches")
    alerts = matches.filter(matches["alert"])
    parties = alerts.filter(pc.is_valid(alerts["party_id"]))
    texts = alerts.filter(pc.is_valid(alerts["transfer_id"]))
    findings = run.table("findings")
    dealings = run.table("dealings")
    ledger = run.facts["ledger"]["summary"]
    return {
        "workspace": str(run.workspace),
        "as_of": run.config.as_of.isoformat(),
        "base_currency": run.config.base_currency,
        "lists": [{**v, "age_days": _age(v, run.config.as_of)} for v in run.facts["register"]["versions"]],
        "list_entries_rejected": run.table("rejected_lists").num_rows,
        "ledger": ledger,
        "parties_screened": run.table("parties").num_rows,
        "unscreened": run.facts["screening"]["unscreened"],
        "parties_matched": pc.count_distinct(parties["party_id"]).as_py(),
        "texts_matched": pc.count_distinct(texts["transfer_id"]).as_py(),
        "below_threshold": matches.num_rows - alerts.num_rows,
        "ask_for_more": pc.sum(pc.equal(matches["band"], "ask")).as_py() or 0,
        "screening": {name: run.facts["screening"][name] for name in ("threshold", "threshold_bits", "costs")},
        "delta": run.facts["screening"].get("delta"),
        "decisions": run.facts["decisions"]["states"],
        "dealings": dict(Counter(dealings["status"].to_pylist())),
        "exposures": _exposures(run),
        "findings": dict(Counter(findings["typology"].to_pylist())),
        "outcomes": [r for r in of_main(run.table("outcomes"), run.facts).to_pylist() if r["unit"] == "count"],
        "scenarios": run.facts["impact"]["scenarios"],
        "look_first": look_first(run),
        "wants_a_person": bool(_undecided(run) or findings.num_rows),
        "report": str(run.report),
        "seconds": run.seconds,
        "reused": run.reused,
    }


def _undecided(run: Run) -> int:
    """Alerts nobody has decided about, or whose decision came back or waits for a second person."""
    wants = pc.is_in(run.table("standing")["state"], value_set=pa.array(["open", "waits", "came back"]))
    left = run.table("standing").filter(wants)
    keys = set(zip(*(left[name].to_pylist() for name in PAIR), strict=True))
    alerts = run.table("matches").filter(run.table("matches")["alert"])
    return sum(key in keys for key in zip(*(alerts[name].to_pylist() for name in PAIR), strict=True))


def _exposures(run: Run) -> list[dict[str, Any]]:
    """For each group and direction, by the proportional method: what moved straight, and accounts reached."""
    table = run.table("exposures")
    table = table.filter(pc.equal(table["method"], "proportional"))
    attributed = pc.add(table["direct"], table["indirect"]).cast(pa.float64())
    much = pc.greater_equal(attributed, pc.multiply(table["turnover"].cast(pa.float64()), MUCH))
    grouped = table.append_column("much", pc.cast(much, pa.int64())).group_by(["group_id", "direction"])
    reached = {
        (row["group_id"], row["direction"]): row
        for row in grouped.aggregate([("account_id", "count"), ("much", "sum")]).to_pylist()
    }
    nobody = {"account_id_count": 0, "much_sum": 0}
    return [
        {
            "group": total["group_id"],
            "name": _group_name(run, total["group_id"]),
            "direction": total["direction"],
            "amount": total["emitted"],
            "returned": total["returned"],
            "pooled": total["pooled"],
            "accounts": reached.get((total["group_id"], total["direction"]), nobody)["account_id_count"],
            "accounts_much": reached.get((total["group_id"], total["direction"]), nobody)["much_sum"],
        }
        for total in run.facts["tracing"]["totals"]
        if total["method"] == "proportional" and total["emitted"]
    ]


def look_first(run: Run, most: int = 4) -> list[str]:
    """A few concrete things for a person to open, strongest first."""
    lines: list[str] = []
    back = run.table("standing").filter(pc.equal(run.table("standing")["state"], "came back"))
    for row in back.slice(0, 1).to_pylist():
        caption = _lookup(run.table("entities"), "entity_id", row["entity_id"], "caption")
        lines.append(
            f"came back: {row['decision_id']}, {row['verdict']} by {row['decided_by']}, about {_short(caption)} "
            f"({row['entity_id']}): {row['changes'][0]}"
        )
    matches = run.context.matches
    alerts = matches.filter(pc.and_(matches["alert"], pc.is_valid(matches["party_id"])))
    best = alerts.sort_by([("bits", "descending"), ("party_id", "ascending")]).slice(0, 1).to_pylist()
    for row in best:
        name = _lookup(run.table("parties"), "party_id", row["party_id"], "name")
        caption = _lookup(run.table("entities"), "entity_id", row["entity_id"], "caption")
        lines.append(
            f"possible match: {_short(name)} with {_short(caption)} ({row['entity_id']}), {row['bits']:.0f} bits"
        )
    exposures = run.table("exposures")
    own = {a for held in run.facts["tracing"]["seed_accounts"].values() for a in held}
    pooled = run.table("accounts").filter(run.table("accounts")["pooled"])["account_id"]
    others = exposures.filter(
        pc.and_(
            pc.equal(exposures["method"], "proportional"),
            pc.invert(
                pc.is_in(exposures["account_id"], value_set=pa.array([*sorted(own), *pooled.to_pylist()], pa.string()))
            ),
        )
    )
    others = others.append_column("attributed", pc.add(others["direct"], others["indirect"]))
    for row in others.sort_by([("attributed", "descending"), ("account_id", "ascending")]).slice(0, 1).to_pylist():
        way = "from" if row["direction"] == "forward" else "to"
        direct, indirect = (human(row[kind], run.config.base_currency) for kind in ("direct", "indirect"))
        group = _short(_group_name(run, row["group_id"]))
        lines.append(
            f"exposure: account {row['account_id']}, {direct} {way} {group} directly and {indirect} over others"
        )
    for row in run.table("findings").sort_by([("score", "descending"), ("finding_id", "ascending")]).to_pylist():
        if len(lines) >= most:
            break
        lines.append(f"pattern: {row['typology']}, {_n(len(row['transfers']), 'payment')} ({row['finding_id']})")
    return lines


def _age(version: dict[str, Any], day: date) -> int | None:
    published = version["published"]
    return (day - date.fromisoformat(published)).days if published else None


def _old(days: int | None) -> str:
    return "" if days is None else f", {_n(days, 'day')} old"


def _group_name(run: Run, group_id: str) -> str:
    register = run.context.register
    names = {group.id: group.name for group in register.groups}
    return names.get(group_id) or register[group_id].caption


def _short(name: str, most: int = 40) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def _n(count: int, word: str, plural: str = "s") -> str:
    return f"{count:,} {word}{'' if count == 1 else plural}"


def _lookup(table: pa.Table, key: str, value: str, column: str) -> Any:
    found = table.filter(pc.equal(table[key], value))[column].to_pylist()
    return found[0] if found else value


def lines(run: Run) -> list[str]:
    """The summary in about a dozen lines."""
    facts = as_dict(run)
    ledger, currency = facts["ledger"], facts["base_currency"]
    lists = "; ".join(
        f"{v['dataset']} {v['version'][:10]} ({v['entries']:,} entries{_old(v['age_days'])})" for v in facts["lists"]
    )
    out = [
        f"As of {facts['as_of']}",
        f"Lists      {lists or 'none; only the built-in groups'}"
        + (f"; {facts['list_entries_rejected']:,} rows set aside" if facts["list_entries_rejected"] else ""),
        f"Payments   {ledger['accepted']:,} of {ledger['rows']:,} read, {ledger['rejected']:,} rejected"
        + "".join(f"; {count:,} {reason}" for reason, count in list(ledger["reasons"].items())[:3]),
        f"Parties    {facts['parties_screened']:,} screened; {_n(facts['parties_matched'], 'possible match', 'es')}, "
        f"{_n(facts['texts_matched'], 'payment text')}; {facts['below_threshold']:,} weaker, "
        f"of which {facts['ask_for_more']:,} one question could settle",
    ]
    delta = facts["delta"]
    if delta is not None:
        out.append(
            f"           everything was screened: {delta['full']}"
            if delta["full"]
            else f"           screened again: {delta['parties']:,} parties and {delta['entries']:,} list entries, new "
            f"or changed; {delta['kept']:,} matches stand as they were"
        )
    if facts["unscreened"]:
        counts = facts["unscreened"]
        first = run.table("unscreened").slice(0, 1).to_pylist()[0]
        out.append(
            f"Not screened  {counts.get('not', 0):,} without a readable name, {counts.get('partly', 0):,} in part; "
            f"nothing found there is no clearance (first: {_short(first['party_id'] or first['transfer_id'])}, "
            f"{first['reason']})"
        )
    if any(state != "open" for state in facts["decisions"]):
        told = ("came back", "waits", "open", "asked", "decided")
        counts = ", ".join(f"{facts['decisions'][s]:,} {s}" for s in told if facts["decisions"].get(s))
        out.append(f"Decisions  {counts}")
    if facts["dealings"]:
        counts = ", ".join(f"{facts['dealings'].get(s, 0):,} {s}" for s in ("yes", "no", "unknown"))
        out.append(f"Designated when paid?  {counts}")
    shown = sorted(facts["exposures"], key=lambda e: -e["amount"])
    for exposure in shown[:4]:
        way = "from" if exposure["direction"] == "forward" else "to"
        out.append(
            f"Exposure   {human(exposure['amount'], currency)} {way} {_short(exposure['name'])}, "
            f"reaching {_n(exposure['accounts'], 'account')}, "
            f"{exposure['accounts_much']:,} with {MUCH:.0%} or more of their money"
        )
    if not shown:
        out.append("Exposure   none: no account of a possible match moved money in this ledger")
    elif len(shown) > 4:
        out.append(f"           and {len(shown) - 4} more by group and direction in the report")
    if facts["findings"]:
        out.append("Patterns   " + ", ".join(f"{n:,} {name}" for name, n in sorted(facts["findings"].items())))
    out += [f"Look first {line}" for line in facts["look_first"]]
    out.append("Exposure is not guilt; possible matches and patterns are for people to decide.")
    out.append(f"Report     {facts['report']}")
    return out
