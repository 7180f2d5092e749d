"""Remittances by corridor: counted in these books and, where asked, scaled to what was published of the corridor.

A corridor goes from the country of the account a remittance is sent from to that of the account it is paid out to;
with a list of the user's own that says in which state parties live, also from a state, or to one. These are places of
accounts and homes; nobody's nationality is known or used.

The two kinds of numbers are kept apart by the column `basis`. An estimate is a ratio estimate (see `scaling`): what
the senders in these books have of something, in proportion to what they send, times the published value or number of
remittances of the same days. Its low and high take in the sampling error and the assumption `sample_represents`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.errors import InputError
from caudal.impact.assumptions import Assumption
from caudal.impact.database import Database
from caudal.impact.legs import LINKED
from caudal.impact.published import CURRENCY, Corridor, Published, Volume
from caudal.impact.ranges import Range, minor_units
from caudal.impact.scaling import LEAST, LEVEL, Estimate, Reals, ratio
from caudal.impact.scenario import Scenario
from caudal.tables import CORRIDORS

ONCE = Range.exact(1)
COUNTED, ESTIMATED = "counted in these books", "estimate for the corridor"
UNKNOWN = "unknown"
WHOLE = "all remittances"

PER_SENDER = """
CREATE TABLE corridor AS
WITH known AS (
    SELECT r.*, coalesce(a.party_id, a.account_id) AS id, b.party_id AS to_party,
        (r.lawful > 0 AND NOT r.with_blocked AND NOT is_firm(p.schema))::INTEGER AS ok,
        CASE WHEN r.cash IS NULL THEN NULL ELSE r.cash::INTEGER END AS paid
    FROM remit r JOIN acct a ON a.code = r.sender LEFT JOIN party p ON p.party_id = a.party_id
        LEFT JOIN acct b ON b.code = r.receiver),
placed AS (
    SELECT coalesce(sending, 'unknown') AS sending, coalesce(receiving, 'unknown') AS receiving, * EXCLUDE
        (sending, receiving) FROM known
    UNION ALL
    SELECT f.place, coalesce(receiving, 'unknown'), known.* EXCLUDE (sending, receiving)
    FROM known JOIN places f ON f.party_id = known.id
    UNION ALL
    SELECT '*', f.place, known.* EXCLUDE (sending, receiving) FROM known JOIN places f ON f.party_id = known.to_party)
SELECT sending, receiving, id, count(*)::DOUBLE AS remittances, sum(amount)::DOUBLE AS sent,
    max(ok * (high > 0)::INTEGER)::DOUBLE AS reached, sum(lawful * ok * (high > 0)::INTEGER)::DOUBLE AS reached_amount,
    max(low * ok) AS low, max(mid * ok) AS mid, max(high * ok) AS high,
    sum(lawful * low * ok) AS amount_low, sum(lawful * mid * ok) AS amount_mid, sum(lawful * high * ok) AS amount_high,
    sum(lawful * low * ok * coalesce(paid, {cash.low})) AS cash_low,
    sum(lawful * mid * ok * coalesce(paid, {cash.mid})) AS cash_mid,
    sum(lawful * high * ok * coalesce(paid, {cash.high})) AS cash_high
FROM placed GROUP BY ALL ORDER BY sending, receiving, id
"""

PEOPLE = ("one", "reached", "low", "mid", "high")
"""Counted per sender, scaled by the number of remittances."""

MONEY = (
    "reached_amount", "amount_low", "amount_mid", "amount_high", "cash_low", "cash_mid", "cash_high",
)  # fmt: skip
"""Minor units per sender, scaled by the value."""


@dataclass(frozen=True)
class Totals:
    """The sums over the senders of one corridor, or estimates of them: each quantity's value, low end and high end."""

    value: Mapping[str, float]
    lowest: Mapping[str, float]
    highest: Mapping[str, float]


def prepare(db: Database, scenario: Scenario, published: Published | None) -> None:
    """Table `corridor`: for each corridor and sender what is sent, reached, stopped and paid out in cash."""
    places = {} if published is None else published.places
    given = pa.table(
        {"party_id": pa.array(list(places), pa.string()), "place": pa.array(list(places.values()), pa.string())}
    )
    with db.lent(places=given):
        db.run("CREATE TABLE home AS FROM places")
        db.run(PER_SENDER.format(cash=scenario.assumption("paid_in_cash")))


def corridors(db: Database, scenario: Scenario, currency: str, published: Published | None) -> pa.Table:
    """The `corridors` table.

    Raises:
        InputError: published values are given and the base currency is not theirs.
    """
    if published is not None and currency != CURRENCY:
        raise InputError(
            f"the published values are in {CURRENCY}, the base currency is {currency}", field="remittances"
        )
    span = db.row("SELECT min(time), max(time) FROM t")
    rows: list[dict[str, Any]] = []
    if span[0] is not None:
        first, last = (_day(m) for m in span)
        for corridor, senders in _senders(db):
            sheet = _Sheet(scenario, currency, corridor, first, last)
            counted = _sums(senders)
            volume = None if published is None else published.volume(corridor, first, last)
            few = volume is not None and len(senders["sent"]) < LEAST
            rows += sheet.counted(counted, _beside(published, volume, few))
            if volume is not None and not few:
                rows += sheet.estimated(_estimates(senders, volume, currency), counted, volume)
    return CORRIDORS.build(rows)


def _beside(published: Published | None, volume: Volume | None, few: bool) -> str:
    if published is None:
        return ""
    if few:
        return f"; not scaled: fewer than {LEAST} senders"
    return "" if volume else "; not scaled: nothing was published of this corridor"


def _day(moment: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)).date()


def _senders(db: Database) -> Iterator[tuple[Corridor, dict[str, Reals]]]:
    """Each corridor with the columns of its senders."""
    table = db.arrow("SELECT *, 1.0::DOUBLE AS one FROM corridor ORDER BY sending, receiving, id")
    ends = list(zip(table.column("sending").to_pylist(), table.column("receiving").to_pylist(), strict=True))
    names = ("remittances", "sent", *PEOPLE, *MONEY)
    columns = {n: table.column(n).cast(pa.float64()).to_numpy() for n in names}
    start = 0
    while start < len(ends):
        stop = start + 1
        while stop < len(ends) and ends[stop] == ends[start]:
            stop += 1
        yield ends[start], {n: c[start:stop] for n, c in columns.items()}
        start = stop


def _sums(senders: Mapping[str, Reals]) -> Totals:
    total = {n: float(c.sum()) for n, c in senders.items()}
    return Totals(total, total, total)


def _estimates(senders: Mapping[str, Reals], volume: Volume, currency: str) -> Totals:
    """Every quantity scaled to the corridor; people only where the number of remittances was published."""
    value = volume.value * minor_units(currency)
    # One seed for every corridor and scenario: the same books draw the same senders.
    money = ratio(_matrix(senders, MONEY), senders["sent"], value, seed=0)
    parts: list[tuple[tuple[str, ...], Estimate]] = [(MONEY, money)]
    fixed = {"sent": value}
    if volume.operations is not None:
        people = ratio(_matrix(senders, PEOPLE), senders["remittances"], volume.operations, seed=1)
        parts.append((PEOPLE, people))
        fixed["remittances"] = volume.operations
    values, lowest, highest = dict(fixed), dict(fixed), dict(fixed)
    for names, estimate in parts:
        values |= dict(zip(names, estimate.value.tolist(), strict=True))
        lowest |= dict(zip(names, estimate.low.tolist(), strict=True))
        highest |= dict(zip(names, estimate.high.tolist(), strict=True))
    return Totals(values, lowest, highest)


def _matrix(senders: Mapping[str, Reals], names: tuple[str, ...]) -> Reals:
    return np.column_stack([senders[n] for n in names])


@dataclass(frozen=True)
class Measure:
    """One line of a corridor: which quantities it shows, times what, on which assumptions."""

    name: str
    unit: str
    of: tuple[str, str, str]
    times: Range = ONCE
    on: tuple[Assumption, ...] = ()
    linked: bool = False

    @property
    def unsure(self) -> bool:
        """Whether it hangs on what is not known, so that it can be drawn."""
        return bool(self.on)

    @property
    def words(self) -> str:
        """The assumptions in words; empty where it is counted."""
        return "; ".join([LINKED] * self.linked + [a.words for a in self.on])

    @property
    def source(self) -> str:
        """The ledger and the sources of the assumptions."""
        return "; ".join(dict.fromkeys(["ledger, attributions", *(a.source for a in self.on)]))

    def value(self, totals: Totals) -> Range:
        """Its low, mid and high."""
        low, mid, high = (totals.value[n] for n in self.of)
        return Range(low * self.times.low, mid * self.times.mid, high * self.times.high)


def measures(scenario: Scenario, currency: str) -> list[Measure]:
    """Everything said of a corridor, in order."""
    other, dearer, cash = (scenario.assumption(n) for n in ("other_channel", "dearer", "paid_in_cash"))
    cut = (scenario.assumption("agent_is_cut"), scenario.assumption("bank_cuts_customer"))
    people, amount = ("low", "mid", "high"), ("amount_low", "amount_mid", "amount_high")
    moved = Range(other.low, other.mid, other.high)
    stuck = Range(1 - other.high, 1 - other.mid, 1 - other.low)
    costs = Range(other.low * dearer.low, other.mid * dearer.mid, other.high * dearer.high)
    over, hit = "over someone blocked or exposed", "stopped, delayed or dearer"
    return [
        Measure(WHOLE, "senders", ("one",) * 3),
        Measure(WHOLE, "remittances", ("remittances",) * 3),
        Measure(WHOLE, currency, ("sent",) * 3),
        Measure(over, "senders", ("reached",) * 3),
        Measure(over, currency, ("reached_amount",) * 3),
        Measure(hit, "senders", people, on=cut),
        Measure(hit, currency, amount, on=cut),
        Measure(
            f"{hit}, paid out in cash", currency, ("cash_low", "cash_mid", "cash_high"), on=(cash, *cut), linked=True
        ),
        Measure("stopped: no other channel", "senders", people, stuck, (other, *cut)),
        Measure("stopped: no other channel", currency, amount, stuck, (other, *cut)),
        Measure("delayed: another channel", "senders", people, moved, (other, *cut)),
        Measure("dearer: cost of the other channel", currency, amount, costs, (dearer, other, *cut)),
    ]


@dataclass(frozen=True)
class _Sheet:
    """Writes the rows of one corridor."""

    scenario: Scenario
    currency: str
    corridor: Corridor
    first: date
    last: date

    def counted(self, totals: Totals, beside: str) -> list[dict[str, Any]]:
        """Every measure as the books have it."""
        rows = []
        for measure in measures(self.scenario, self.currency):
            words = (measure.words or "counted") + beside
            if UNKNOWN in self.corridor and not measure.linked:
                words += f"; {LINKED}"
            rows.append(self._row(measure, COUNTED, measure.value(totals), words, measure.source))
        return rows

    def estimated(self, totals: Totals, counted: Totals, volume: Volume) -> Iterator[dict[str, Any]]:
        """Every measure scaled to the corridor; one of people only where the number of remittances was published."""
        represents = self.scenario.assumption("sample_represents")
        for measure in measures(self.scenario, self.currency):
            if measure.of[0] not in totals.value:
                continue
            money = measure.unit == self.currency
            what = "value" if money else "number of remittances"
            value, was = measure.value(totals), measure.value(counted).mid
            if measure.name == WHOLE and measure.unit != "senders":
                sampling, words = None, f"published {what}: {volume.words}"
            else:
                low, mid, high = measure.of
                sampling = (totals.lowest[mid] * measure.times.mid, totals.highest[mid] * measure.times.mid)
                # How many senders there are in all is no share of anything: only the sampling error holds for it.
                wider = 1.0 if measure.name == WHOLE else represents.low
                most = totals.value["sent"] if money else totals.highest["one"]
                top = totals.highest[high] * measure.times.high
                value = replace(
                    value,
                    low=totals.lowest[low] * measure.times.low * wider,
                    high=min(top / wider, most) if wider else most,
                )
                words = (
                    f"ratio estimate by the published {what} ({volume.words}); sampling error: the middle {LEVEL:.0%} "
                    "of draws of senders"
                )
                words += "" if measure.name == WHOLE else f"; {represents.words}"
                words += f"; {measure.words}" if measure.words else ""
            if not money:
                words += "; the corridor's number of remittances is its value by the mean remittance of all corridors"
            row = self._row(measure, ESTIMATED, value, words, f"Banco de México, {volume.file}; {measure.source}")
            row["published"] = volume.value if money else volume.operations
            row["factor"] = value.mid / was if was else None
            if sampling:
                row["sampling_low"], row["sampling_high"] = (s / self._divisor(measure) for s in sampling)
            yield row

    def _divisor(self, measure: Measure) -> int:
        return minor_units(self.currency) if measure.unit == self.currency else 1

    def _row(self, measure: Measure, basis: str, value: Range, words: str, source: str) -> dict[str, Any]:
        value = value.scaled(self._divisor(measure))
        return {
            "scenario": self.scenario.name,
            "sending": self.corridor[0],
            "receiving": self.corridor[1],
            "measure": measure.name,
            "unit": measure.unit,
            "basis": basis,
            "low": min(value.low, value.mid),
            "mid": value.mid,
            "high": max(value.high, value.mid),
            "first": self.first,
            "last": self.last,
            "assumption": words,
            "source": source,
        }
