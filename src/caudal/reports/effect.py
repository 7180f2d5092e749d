"""What the measure does and whom it hits besides, side by side, as ranges with their assumptions."""

from __future__ import annotations

from dataclasses import dataclass

from caudal.reports.books import Books, Row
from caudal.reports.format import short
from caudal.reports.wording import Wording

SIDE_OF = {"harmed": "harm"}
"""First word of a measure to its side; everything else is an effect of the measure."""

FIRST = 9
"""Outcomes drawn at most on a side, the same number on both, so that neither looks heavier; the rest opens below."""

HEADLINES = (
    ("cut.income", "amount"),
    ("cut.laundering", "amount"),
    ("cut.spending", "amount"),
    ("blocked", "parties"),
    ("blocked.held", "amount"),
    ("blocked.flows.after", "amount"),
    ("exposed.direct", "parties"),
    ("exposed.materially", "accounts"),
    ("exposed.secondary sanctions question", "institutions"),
    ("exposed.could have known", "amount"),
    ("cut", "amount"),
    ("harmed.possible victims.newly exposed", "parties"),
    ("harmed.possible victims", "parties"),
    ("harmed.possible victims", "amount"),
    ("harmed.remittance senders", "people"),
    ("harmed.remittance senders", "amount"),
    ("harmed.remittance senders.no other channel", "people"),
    ("harmed.possible matches that are someone else", "parties"),
    ("harmed.customers of exposed institutions", "people"),
    ("harmed.employees of blocked firms", "people"),
    ("harmed.suppliers of blocked firms", "parties"),
)
"""Measures (with subject) drawn before all others where a side has more than FIRST."""


@dataclass(frozen=True)
class Scenario:
    """One scenario's outcomes on both sides, the scales both sides share, and what is not drawn (`rest`)."""

    name: str
    effect: list[Row]
    harm: list[Row]
    scales: dict[str, float]
    rest: list[Row]


@dataclass(frozen=True)
class Reached:
    """The roles in `affected` with number and amount, for the lists under the bands."""

    effect: str
    role: str
    n: int
    amount: int
    reason: str


def scenarios(books: Books, wording: Wording) -> list[Scenario]:
    """Every scenario in `outcomes`, in the order of the table."""
    rows = books.rows("SELECT * FROM outcomes")
    names = list(dict.fromkeys(row["scenario"] for row in rows))
    found = []
    for name in names:
        mine = [_ready(row, wording) for row in rows if row["scenario"] == name]
        sides = {side: _first([r for r in mine if r["side"] == side]) for side in ("effect", "harm")}
        drawn = [row for side in sides.values() for row in side]
        scales: dict[str, float] = {}
        for row in drawn:
            scales[row["unit"]] = max(scales.get(row["unit"], 0.0), row["high"])
        rest = [row for row in mine if row not in drawn]
        found.append(Scenario(name=name, effect=sides["effect"], harm=sides["harm"], scales=scales, rest=rest))
    return found


def _first(rows: list[Row]) -> list[Row]:
    if len(rows) <= FIRST:
        return rows
    order = {headline: place for place, headline in enumerate(HEADLINES)}
    known = [row for row in rows if (row["measure"], row["subject_kind"]) in order]
    return sorted(known, key=lambda row: order[row["measure"], row["subject_kind"]])[:FIRST] or rows[:FIRST]


def title_of(measure: str, wording: Wording) -> str:
    """A measure such as `harmed.coerced payers` in words; one without a text of its own by its parts."""
    text = wording.of("measure", measure)
    if text != measure:
        return text
    head, _, rest = measure.partition(".")
    text = (rest or head).replace(".", ", ")
    return text[:1].upper() + text[1:]


def _ready(row: Row, wording: Wording) -> Row:
    head = row["measure"].partition(".")[0]
    money = row["unit"] != "count"
    low, mid, high = (_value(row[k], row["unit"]) for k in ("low", "mid", "high"))
    return {
        **row,
        "side": SIDE_OF.get(head, "effect"),
        "title": title_of(row["measure"], wording),
        "counted": row["low"] == row["mid"] == row["high"],
        "money": money,
        "subject": wording.of("subject", row["subject_kind"]),
        "shown": {"low": low, "mid": mid, "high": high},
        "exact": {k: f"{row[k]:,.2f}".rstrip("0").rstrip(".") for k in ("low", "mid", "high")},
    }


def _value(value: float, unit: str) -> str:
    text = short(round(value) if unit == "count" or abs(value) >= 100 else value)
    return text if unit == "count" else f"{unit} {text}"


def reached(books: Books) -> list[Reached]:
    """Whom the measure reaches in these books by effect and role: blocked first, harmed last."""
    rows = books.rows("""
        SELECT effect, role, count(DISTINCT subject_id) AS n, sum(amount)::BIGINT AS amount, min(reason) AS reason
        FROM affected GROUP BY effect, role
        ORDER BY CASE effect WHEN 'blocked' THEN 0 WHEN 'exposed' THEN 1 ELSE 2 END, n DESC, role
    """)
    return [Reached(**row) for row in rows]
