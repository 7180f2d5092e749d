"""What the immigration rule does, for groups of people and never for a person.

Counts of people by what they did and by how much they paid in all, with the tier of the organisation paid and the
exemptions that are left. The ledger knows nothing of anyone's nationality or status: a count is of people whom the rule
would reach *if* they had an immigration matter. It is not known for whom that holds, and it is not guessed.

Nothing here leaves for a person. There are no ids, no names, no groups and no days in the table; cells with fewer than
`LEAST` people behind them are not shown, nor is a further cell of the same cause where a single hidden one could be
found by subtraction; what is shown is rounded to multiples of `STEP`, low down and high up. The numbers enter no other
table.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa

from caudal.impact import ends, victims
from caudal.impact.answers import raised, tier
from caudal.impact.coercion import Answer, coercion_answers
from caudal.impact.database import Database
from caudal.impact.named import Named
from caudal.impact.ranges import minor_units
from caudal.impact.scenario import Scenario
from caudal.impact.terms import NEVER, Terms, Window
from caudal.impact.unknowns import Unknowns
from caudal.tables import IMMIGRATION

LEAST = 10
"""Cells with fewer people are not shown."""

STEP = 5
"""Shown numbers are multiples of this."""

FUNNEL, HUB = "funnel account", "hub"

EXTORTION, FEE, WORK, OTHER = "paid extortion", "paid a smuggling fee", "works for a blocked firm", "other payment"
CAUSES = {
    EXTORTION: "in the role of possible victim of a collector tied to the group; a firm stands for one person",
    FEE: "paid into an account that gathers money from many and passes it on at once, as for smuggling fees",
    WORK: "paid again and again by a firm to be blocked, like an employee",
    OTHER: "paid straight into an account taken for the group's or to be blocked, in none of the ways above",
}
"""What someone did; each person counts under the first that fits."""

BANDS = (100, 1_000, 10_000)
"""Bands of the amount paid in all, whole units of the base currency. The law knows no amount; these only describe."""

_LOST = "the exemptions for insignificant and for limited support are gone"
_SMALL = "insignificant or limited support"
_THIRD = "each at discretion; the defence of not having known is open"
_OPEN = "whether the exemptions for small support are gone hangs on a day not known"

EXEMPTIONS = {
    ("first", True): f"duress, at discretion; {_LOST}",
    ("first", False): f"none found unless under duress; {_LOST}",
    ("second", True): f"duress, at discretion; {_LOST}",
    ("second", False): f"none found unless under duress; {_LOST}",
    ("cannot tell", True): f"duress, at discretion; {_OPEN}",
    ("cannot tell", False): _OPEN,
    ("third, if its acts meet the rule", True): f"{_SMALL}, or duress, {_THIRD}",
    ("third, if its acts meet the rule", False): f"{_SMALL}, {_THIRD}",
}
"""What is left by tier and by whether the cause is itself a threat."""

TIERS = tuple(dict.fromkeys(t for t, _ in EXEMPTIONS))
"""From the strictest on: of several payments of one person the strictest tier counts."""

GONE = ("first", "second")
"""Tiers in which the exemptions for small support do not hold."""

PEOPLE = """
CREATE TABLE reached_by_rule AS
WITH payment AS (
    SELECT 1 AS cause, v.code, v.g, v.r, v.amount, v.time, e.low * f.low * v.p * {coerced.low} AS low,
        e.mid * f.mid * v.p * {coerced.mid} AS mid, e.high * f.high * v.p * {coerced.high} AS high
    FROM vpay v JOIN ftie x USING (finding_id, g) JOIN event_end e USING (event) JOIN factor_end f USING (factor)
    UNION ALL
    SELECT 2, t.payer, x.g, t.r, t.amount, t.time, e.low * f.low * {fee.low}, e.mid * f.mid * {fee.mid},
        e.high * f.high * {fee.high}
    FROM into_hub h JOIN t USING (r) JOIN hub_tie x USING (finding_id) JOIN event_end e USING (event)
        JOIN factor_end f USING (factor)
    UNION ALL
    SELECT 4, d.me, d.g, d.r, d.amount, d.time, e.low * f.low, e.mid * f.mid, e.high * f.high
    FROM dealt d JOIN event_end e USING (event) JOIN factor_end f USING (factor) WHERE d.direct AND NOT d.fwd),
paid AS (
    SELECT cause, coalesce(a.party_id, a.account_id) AS who, p.g, r, any_value(amount) AS amount,
        any_value(time) AS time, max(low) AS low, max(mid) AS mid, max(high) AS high
    FROM payment p JOIN acct a USING (code) LEFT JOIN party q USING (party_id)
    WHERE NOT a.pooled AND (cause = 1 OR NOT is_firm(q.schema))
        AND NOT EXISTS (SELECT 1 FROM bacct b WHERE b.code = p.code)
    GROUP BY ALL
    UNION ALL
    SELECT 3, payee, g, NULL, amount, last, wl * strict::INTEGER, wm * usual::INTEGER, wh
    FROM paidby WHERE role = 'paid like an employee'),
placed AS (
    SELECT p.*, CASE WHEN time >= latest THEN after_place WHEN time >= earliest THEN unknown_place ELSE before_place END
        AS place
    FROM paid p JOIN rule_day USING (g)),
one AS (
    SELECT who, cause, min(place) AS place, sum(amount)::BIGINT AS amount, max(low) AS low, max(mid) AS mid,
        max(high) AS high
    FROM (SELECT who, cause, r, max(amount) AS amount, min(place) AS place, max(low) AS low, max(mid) AS mid,
              max(high) AS high
          FROM placed GROUP BY who, cause, r, CASE WHEN r IS NULL THEN g END)
    WHERE high > 0 GROUP BY who, cause
    QUALIFY row_number() OVER (PARTITION BY who ORDER BY cause) = 1)
SELECT cause, place, {band} AS band, count(*) AS people, sum(low) AS low, sum(mid) AS mid, sum(high) AS high
FROM one GROUP BY ALL ORDER BY ALL
"""


@dataclass
class Cell:
    """One group of people."""

    cause: str
    place: int
    band: int
    people: int
    low: float
    mid: float
    high: float
    hidden: bool = False


def prepare(db: Database, terms: Terms, findings: pa.Table, unknowns: Unknowns) -> None:
    """Table `reached_by_rule`: cells of people; what leads there is not kept."""
    named = Named.of(db.book, findings)
    with db.lent(part_in=named.accounts(FUNNEL), paid_in=named.payments(FUNNEL, db.entries)):
        db.run(
            f"""
            CREATE TEMP TABLE hub AS SELECT finding_id, code FROM part_in WHERE role = '{HUB}';
            CREATE TEMP TABLE into_hub AS
            SELECT x.finding_id, t.r FROM paid_in x JOIN t USING (r)
                JOIN hub h ON h.finding_id = x.finding_id AND h.code = t.payee;
            """
        )
    victims.tie(db, unknowns, "hub_tie", "hub")
    ends.prepare(db, unknowns)
    with db.lent(rule_in=_days(terms)):
        db.run("CREATE TEMP TABLE rule_day AS FROM rule_in")


def _days(terms: Terms) -> pa.Table:
    """For each group from which day the rule's tier changes, and the places of the tiers before, on and after."""
    answer = _answer()
    rows = []
    for group in terms.groups:
        by = raised(answer, group)
        window = Window.first([w for w in by.values() if w.day] or by.values()) if by else None
        earliest, latest = window.moments if window else (NEVER, NEVER)
        first = window.earliest if window else None
        before = tier(group, first - timedelta(days=1)) if first else TIERS[-1]
        now = tier(group, terms.as_of)
        rows.append(
            {
                "g": group.code,
                "earliest": earliest,
                "latest": latest,
                "before_place": TIERS.index(before if by else now),
                "unknown_place": TIERS.index("cannot tell"),
                "after_place": TIERS.index(now),
            }
        )
    shape = pa.schema(
        [("g", pa.int32()), ("earliest", pa.int64()), ("latest", pa.int64()), ("before_place", pa.int32()),
         ("unknown_place", pa.int32()), ("after_place", pa.int32())]
    )  # fmt: skip
    return pa.Table.from_pylist(rows, shape)


def _answer() -> Answer:
    return next(a for a in coercion_answers() if a.id == "immigration")


def table(db: Database, scenario: Scenario, currency: str, weighed: bool) -> pa.Table:
    """The `immigration` table; `weighed` where payers have probabilities of their own."""
    minor = minor_units(currency)
    band = " ".join(f"WHEN amount <= {limit * minor} THEN {n}" for n, limit in enumerate(BANDS))
    coerced = scenario.assumption("coercion_holds" if weighed else "pattern_is_coercion")
    fee = scenario.assumption("funnel_is_smuggling")
    db.run(PEOPLE.format(coerced=coerced, fee=fee, band=f"CASE {band} ELSE {len(BANDS)} END"))
    names = list(CAUSES)
    cells = [Cell(names[row[0] - 1], *row[1:]) for row in db.rows("FROM reached_by_rule ORDER BY cause, place, band")]
    _hide(cells)
    tied = [scenario.assumption(n) for n in ("tied_by_dealing", "tied_by_money")]
    on = {
        EXTORTION: [coerced, *tied],
        FEE: [fee, *tied],
        WORK: [scenario.assumption(n) for n in ("regular_pay_is_income", "repeated_pay_is_income")],
        OTHER: [],
    }
    rows: list[dict[str, Any]] = []
    for cell in cells:
        place = TIERS[cell.place]
        words = [CAUSES[cell.cause], *(a.words for a in on[cell.cause]), WHAT]
        sources = [*(a.source for a in on[cell.cause]), *(f"{s.text} {s.url}" for s in RULES)]
        rows.append(
            {
                "scenario": scenario.name,
                "cause": cell.cause,
                "amount": _band(cell.band, currency),
                "tier": place,
                "exemptions_left": EXEMPTIONS[place, cell.cause == EXTORTION],
                "small_exemptions_gone": place in GONE,
                **_shown(cell),
                "assumption": "; ".join(words),
                "source": "; ".join(["ledger, findings, attributions", *dict.fromkeys(sources)]),
            }
        )
    return IMMIGRATION.build(rows)


WHAT = (
    "people whom the rule would reach if they had an immigration matter, of which the books know nothing; whether the "
    "tier on the day of the payment counts, or that on the day of the matter, is not verified: the former is taken; "
    f"cells of fewer than {LEAST} people are not shown, nor one that would give such a cell away; rounded to {STEP}"
)

RULES = tuple(
    dict.fromkeys([_answer().rule_source, *(p.source for p in _answer().points if p.state == "settled" and p.source)])
)
"""Where the rule and its exemptions are written."""


def _hide(cells: Iterable[Cell]) -> None:
    """Mark the cells that are not shown: the small ones, and the smallest other where a cause has only one of these."""
    by_cause: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        cell.hidden = cell.people < LEAST
        by_cause[cell.cause].append(cell)
    for same in by_cause.values():
        shown = sorted((c for c in same if not c.hidden), key=lambda c: (c.people, c.place, c.band))
        if sum(c.hidden for c in same) == 1 and shown:
            shown[0].hidden = True


def _shown(cell: Cell) -> dict[str, Any]:
    if cell.hidden:
        return {"low": None, "mid": None, "high": None, "hidden": True}
    low, high = math.floor(cell.low / STEP) * STEP, math.ceil(cell.high / STEP - 1e-9) * STEP
    mid = min(max(round(cell.mid / STEP) * STEP, low), high)
    return {"low": low, "mid": mid, "high": high, "hidden": False}


def _band(band: int, currency: str) -> str:
    if band == 0:
        return f"up to {currency} {BANDS[0]:,}"
    if band == len(BANDS):
        return f"above {currency} {BANDS[-1]:,}"
    return f"above {currency} {BANDS[band - 1]:,} up to {BANDS[band]:,}"
