"""Several scenarios side by side: what each does and whom it hits, what holds in every draw, and what it hangs on."""

from __future__ import annotations

from dataclasses import dataclass

from caudal.reports.books import Books, Row
from caudal.reports.effect import HEADLINES, SIDE_OF, title_of
from caudal.reports.format import short
from caudal.reports.wording import Wording

FIRST = 8
"""Measures compared at most on a side, the same number on both; the rest opens below."""
HANGS = 6
"""Things an outcome hangs on that are drawn at most."""
FLAT = 1e-9
"""A swing under this share of the middle is none."""

ALWAYS = "holds in all draws"

ASKED = (
    ("blocked.held", "amount"),
    ("cut.income", "amount"),
    ("cut.laundering", "amount"),
    ("cut.spending", "amount"),
    ("harmed.remittance senders", "people"),
    ("harmed.possible victims.newly exposed", "parties"),
    ("harmed.employees of blocked firms", "people"),
    ("harmed.possible matches that are someone else", "parties"),
)
"""Measures by which every pair of scenarios is compared on the page, as many of effect as of harm; the CSV has all."""


@dataclass(frozen=True)
class Compared:
    """Scenarios beside each other.

    Attributes:
        names: the scenarios, in order.
        sides: for effect and harm the measures, each with one cell per scenario (None where it does not arise).
        rest: the measures beyond those, both sides together.
        draws: how many random draws stand behind the quantiles; 0 where there are none.
        late: scenarios that freeze accounts chosen by the payments their effect is counted on.
    """

    names: list[str]
    sides: dict[str, list[Row]]
    rest: list[Row]
    draws: int
    late: list[str]


def compared(books: Books, wording: Wording) -> Compared | None:
    """Every scenario of the run; None where there is one or none."""
    rows = books.rows("""
        SELECT o.*, u.p05, u.p50, u.p95, u.draws FROM outcomes_all o
        LEFT JOIN uncertainty u USING (scenario, measure, subject_kind, unit)
    """)
    order = books.rows("SELECT scenario FROM outcomes_all")
    names = list(dict.fromkeys(row["scenario"] for row in order))
    if len(names) < 2:
        return None
    held: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        key = row["measure"], row["subject_kind"], row["unit"]
        one = held.setdefault(key, _measure(key, wording))
        one["cells"][row["scenario"]] = _cell(row)
    for one in held.values():
        cells = [cell for cell in one["cells"].values() if cell]
        reach = max(cell["high"] for cell in cells) or 1.0
        for cell in cells:
            cell["band"] = {end: round(100 * max(cell[end], 0.0) / reach, 2) for end in ("low", "mid", "high")}
        one["cells"] = [one["cells"].get(name) for name in names]
    sides: dict[str, list[Row]] = {}
    for side in ("effect", "harm"):
        mine = [one for one in held.values() if one["side"] == side]
        sides[side] = _first(mine)
    shown = [one for side in sides.values() for one in side]
    rest = [one for one in held.values() if one not in shown]
    draws = max((int(row["draws"] or 0) for row in rows), default=0)
    late = books.rows("SELECT DISTINCT scenario FROM affected_all WHERE reason LIKE 'named: chosen afterwards%'")
    return Compared(names, sides, rest, draws, sorted(row["scenario"] for row in late))


def _measure(key: tuple[str, str, str], wording: Wording) -> Row:
    measure, subject, unit = key
    side = SIDE_OF.get(measure.partition(".")[0], "effect")
    return {
        "measure": measure,
        "subject_kind": subject,
        "side": side,
        "title": title_of(measure, wording),
        "subject": wording.of("subject", subject) if unit == "count" else unit,
        "money": unit != "count",
        "cells": {},
    }


def _cell(row: Row) -> Row:
    unit = row["unit"]

    def shown(value: float | None) -> str:
        if value is None:
            return ""
        text = short(round(value) if unit == "count" or abs(value) >= 100 else value)
        return text if unit == "count" else f"{unit} {text}"

    # With draws their middle is shown: where ranges are skewed, the outcome of all middles lies at their edge.
    ends = ("p05", "p50", "p95") if row["p50"] is not None else ("low", "mid", "high")
    return {
        "low": row["low"],
        "mid": row[ends[1]],
        "high": row["high"],
        "counted": row["low"] == row["high"],
        "text": shown(row[ends[1]]),
        "span": (shown(row[ends[0]]), shown(row[ends[2]])),
        "widest": f"{row['low']:,.0f} – {row['mid']:,.0f} – {row['high']:,.0f}",
        "assumption": row["assumption"],
        "source": row["source"],
    }


def _first(rows: list[Row]) -> list[Row]:
    """The measures people ask for first, then those that differ most between the scenarios."""
    order = {headline: place for place, headline in enumerate(HEADLINES)}
    last = len(order)

    def differs(row: Row) -> float:
        mids = [cell["mid"] for cell in row["cells"] if cell]
        return (max(mids) - min(mids)) / (max(map(abs, mids)) or 1.0) if mids else 0.0

    ranked = sorted(
        enumerate(rows),
        key=lambda one: (order.get((one[1]["measure"], one[1]["subject_kind"]), last), -differs(one[1]), one[0]),
    )
    return [row for _, row in ranked[:FIRST]]


def conclusions(books: Books, wording: Wording) -> list[Row]:
    """For every measure of ASKED and every pair of scenarios: which is larger, and in how many draws.

    Of the two directions that are asked, the one that holds more often is shown.
    """
    rows = books.rows("SELECT * FROM conclusions WHERE other <> '' AND question LIKE 'more %'")
    found = []
    for measure, subject in ASKED:
        mine = [row for row in rows if (row["measure"], row["subject_kind"]) == (measure, subject)]
        pairs: dict[frozenset[str], Row] = {}
        for row in mine:
            pair = frozenset((row["scenario"], row["other"]))
            known = pairs.get(pair)
            if known is None or row["held"] > known["held"]:
                pairs[pair] = row
        if pairs:
            answers = sorted(pairs.values(), key=lambda row: (-row["held"], row["scenario"], row["other"]))
            always = sum(row["verdict"] == ALWAYS for row in answers)
            title = title_of(measure, wording)
            kind = wording.of("subject", subject) if subject != "amount" else mine[0]["unit"]
            found.append({"title": title, "subject": kind, "answers": answers, "always": always, "n": len(answers)})
    return found


def hangs_on(books: Books, wording: Wording, scenario: str | None) -> list[Row]:
    """For one effect and one harm of a scenario: what each hangs on most. The same number on both sides."""
    if scenario is None:
        return []
    rows = books.rows("SELECT * FROM tornado WHERE scenario = ? ORDER BY swing DESC, hangs_on", scenario)
    order = {headline: place for place, headline in enumerate(HEADLINES)}
    found: dict[str, dict[tuple[str, str, str], list[Row]]] = {"effect": {}, "harm": {}}
    for row in rows:
        if row["swing"] > FLAT * abs(row["at_mid"] or 1.0):
            side = SIDE_OF.get(row["measure"].partition(".")[0], "effect")
            found[side].setdefault((row["measure"], row["subject_kind"], row["unit"]), []).append(row)
    pictures = []
    for side, measures in found.items():
        if not measures:
            continue
        key = min(measures, key=lambda k: (order.get((k[0], k[1]), len(order)), k))
        measure, subject, unit = key
        pictures.append(
            {
                "side": side,
                "title": title_of(measure, wording),
                "subject": wording.of("subject", subject) if unit == "count" else unit,
                "unit": unit,
                "rows": measures[key][:HANGS],
            }
        )
    return pictures


def assumptions(books: Books) -> list[Row]:
    """Every assumption once, with the range of each scenario that has another than the first."""
    rows = books.rows("SELECT * FROM assumptions ORDER BY name")
    found: dict[tuple[str, float, float, float], Row] = {}
    for row in rows:
        key = (row["name"], row["low"], row["mid"], row["high"])
        one = found.setdefault(key, {**row, "scenarios": [], "uses": set()})
        one["scenarios"].append(row["scenario"])
        one["uses"] |= set(row["used_by"])
    return [{**one, "uses": sorted(one["uses"])} for one in found.values()]


FLOWS = ("income", "laundering", "spending")


SPREAD = ("p05", "p25", "p50", "p75", "p95")
SHARE = "share of before"


def cut_by_month(books: Books, wording: Wording) -> list[Row]:
    """For each flow of the group's money the share stopped at first and the share that stays so, by scenario and month.

    Each as quantiles of the draws; without draws low, mid and high of the cases stand in for them.
    """
    rows = books.rows("SELECT * FROM cut WHERE quantity IN ('before', 'net', 'stopped') ORDER BY month")
    held = {(r["flow"], r["scenario"], r["month"], r["quantity"]): r for r in rows}
    drawn = {
        (r["flow"], r["scenario"], r["month"], r["quantity"], r["unit"] == SHARE): r
        for r in books.rows("SELECT * FROM cut_draws")
    }
    months = sorted({row["month"] for row in rows})
    order = books.rows("SELECT scenario FROM cut")
    names = list(dict.fromkeys(row["scenario"] for row in order))
    found = []
    for flow in FLOWS:
        lines = []
        for name in names:
            points = [_month(held, drawn, flow, name, month) for month in months]
            if any(point is not None for point in points):
                lines.append({"scenario": name, "points": [p for p in points if p is not None]})
        if lines:
            draws = max((row["draws"] for row in drawn.values()), default=0)
            found.append({"flow": flow, "title": wording.of("flow_kind", flow), "lines": lines, "draws": draws})
    return found


def _month(
    held: dict[tuple[str, str, int, str], Row],
    drawn: dict[tuple[str, str, int, str, bool], Row],
    flow: str,
    scenario: str,
    month: int,
) -> Row | None:
    before, net = held.get((flow, scenario, month, "before")), held.get((flow, scenario, month, "net"))
    if before is None or net is None or before["mid"] <= 0:
        return None
    stopped = held.get((flow, scenario, month, "stopped"), net)
    shares, medians = {}, {}
    for name, case in (("stopped", stopped), ("net", net)):
        row = drawn.get((flow, scenario, month, name, True))
        low, mid, high = (min(max(case[end] / before["mid"], 0.0), 1.0) for end in ("low", "mid", "high"))
        of_cases = dict(zip(SPREAD, (low, low, mid, high, high), strict=True))
        shares[name] = of_cases if row is None else {q: row[q] for q in SPREAD}
        money = drawn.get((flow, scenario, month, name, False))
        medians[name] = case["mid"] if money is None else money["p50"]
    whole = drawn.get((flow, scenario, month, "before", False))
    share = {end: min(max(net[end] / before["mid"], 0.0), 1.0) for end in ("low", "mid", "high")}
    return {
        "month": month,
        **share,
        "before": before["mid"] if whole is None else whole["p50"],
        "net": medians["net"],
        "stopped": medians["stopped"],
        "shares": shares,
        "unit": net["unit"],
        "basis": net["basis"],
    }


def laws(books: Books) -> Row | None:
    """Which of the five laws a payment under threat brings into question, by scenario; None where nothing says."""
    rows = books.rows("SELECT scenario, law, arises, since FROM coerced_payment ORDER BY since NULLS LAST")
    if not rows:
        return None
    names = list(dict.fromkeys(row["scenario"] for row in books.rows("SELECT scenario FROM outcomes_all")))
    cells: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        cells.setdefault(row["law"], {}).setdefault(row["scenario"], []).append(row)
    shown = []
    for law, by_scenario in cells.items():
        line: list[Row | None] = []
        for name in names:
            mine = by_scenario.get(name)
            if mine is None:
                line.append(None)
                continue
            said = {row["arises"] for row in mine}
            verdict = next((v for v in ("yes", "cannot tell", "no") if v in said), "no")
            since = min((row["since"] for row in mine if row["since"] and row["arises"] == verdict), default=None)
            line.append({"arises": verdict, "since": since})
        shown.append({"law": law, "cells": line})
    return {"names": names, "rows": shown}


def corridors(books: Books, most: int = 40) -> list[Row]:
    """Remittance corridors of the report's scenario, counted and, apart from it, as estimates for the corridor.

    With quantiles of the draws where a number was drawn; those with most stopped come first.
    """
    return books.rows(
        """WITH mine AS (
            SELECT c.*, d.p05, d.p25, d.p50, d.p75, d.p95, d.draws,
                max(coalesce(d.p50, c.mid)) FILTER (d.p50 IS NOT NULL)
                    OVER (PARTITION BY c.sending, c.receiving) AS most
            FROM corridors c LEFT JOIN corridor_draws d USING (scenario, sending, receiving, measure, unit, basis)
            WHERE scenario = ? AND c.high > 0)
        SELECT * FROM mine
        ORDER BY basis, most DESC NULLS LAST, sending, receiving, measure, unit LIMIT ?""",
        books.scenario or "", most,
    )  # fmt: skip


def groups_of_people(books: Books) -> list[Row]:
    """Groups of people whom an immigration rule would reach, for the report's scenario. Nobody in person."""
    return books.rows("SELECT * FROM immigration WHERE scenario = ? ORDER BY cause, tier, amount", books.scenario or "")
