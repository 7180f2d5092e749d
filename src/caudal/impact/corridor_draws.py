"""Remittances by corridor in every random draw: what is stopped, delayed and made dearer, as in `corridors`.

A remittance belongs to one corridor between countries, so the amounts of these corridors add up, draw by draw, to those
of the outcomes `harmed.remittance senders`. Someone who sends over two corridors counts in both. Corridors of states
(or to them) are parts of those between countries and stand beside them.

Ties are looked up by the set of sigs a payment or person passes over (`stopping`); what each set comes to in a draw is
worked out once, and every corridor is a sum of sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from caudal.impact import kernels
from caudal.impact.corridors import COUNTED, measures
from caudal.impact.database import Database
from caudal.impact.formulas import EVENT_BITS, FACTOR_BITS, Codes
from caudal.impact.ranges import minor_units
from caudal.impact.scenario import Scenario
from caudal.impact.unknowns import Bits, Ints, Reals, Unknowns

QUANTITIES = ("people", "amount", "in cash", "perhaps in cash")
"""What is counted of each corridor; the last is paid out in cash as far as `paid_in_cash` goes."""

SENT = """
WITH known AS (SELECT w.*, a.party_id AS from_party, b.party_id AS to_party FROM remitter w
    JOIN acct a ON a.code = w.sender LEFT JOIN acct b ON b.code = w.receiver WHERE role = 'remittance sender')
SELECT coalesce(sending, 'unknown') AS sending, coalesce(receiving, 'unknown') AS receiving, r, id, lawful, cash
FROM known
UNION ALL
SELECT f.place, coalesce(receiving, 'unknown'), r, id, lawful, cash
FROM known JOIN home f ON f.party_id = coalesce(known.from_party, known.id)
UNION ALL SELECT '*', f.place, r, id, lawful, cash FROM known JOIN home f ON f.party_id = known.to_party"""

PARTS = f"""
CREATE TEMP TABLE corridor_part AS
WITH sent AS ({SENT}),
one AS (SELECT s.*, sig FROM sent s JOIN waysig USING (r)),
each AS (
    SELECT sending, receiving, 0 AS quantity, 1 AS base, list(DISTINCT sig ORDER BY sig) AS sigs
    FROM one GROUP BY sending, receiving, id
    UNION ALL
    SELECT sending, receiving, unnest(CASE WHEN cash THEN [1, 2] WHEN cash IS NULL THEN [1, 3] ELSE [1] END), lawful,
        sigs
    FROM (SELECT sending, receiving, any_value(lawful) AS lawful, any_value(cash) AS cash,
            list(DISTINCT sig ORDER BY sig) AS sigs FROM one GROUP BY sending, receiving, r))
SELECT sending, receiving, quantity, sum(base)::DOUBLE AS base, sigs FROM each GROUP BY ALL
"""

TIES = f"""
CREATE TEMP TABLE corridor_tie AS
SELECT sigs, list(DISTINCT (event::BIGINT << {FACTOR_BITS} | factor)
    ORDER BY (event::BIGINT << {FACTOR_BITS} | factor)) AS ties
FROM (SELECT sigs, unnest(sigs) AS sig FROM (SELECT DISTINCT sigs FROM corridor_part)) JOIN waytie USING (sig)
GROUP BY sigs
"""


@dataclass(frozen=True)
class Sheet:
    """The table `corridor_draws` of one scenario.

    Attributes:
        corridors: sending and receiving place of each.
        start, event, factor: the ties of every set, of which the largest counts.
        row, of, base: a row (a corridor's place times the quantities, plus the quantity's), a set, and what of the row
            has that set.
        unknowns: what the codes mean.
        codes: of the factors moved (another channel), stuck (its rest), dearer (moved times the cost), paid in cash.
        currency: the base currency.
    """

    corridors: Sequence[tuple[str, str]]
    start: Ints
    event: Codes
    factor: Codes
    row: Ints
    of: Ints
    base: Reals
    unknowns: Unknowns
    codes: tuple[int, int, int, int]
    scenario: Scenario
    currency: str

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Every corridor and measure, with the ends that no draw passes."""
        ends = self.totals(self.unknowns.ends().T, self.unknowns.factor_ends().T)
        names = [(m.name, m.unit) for m in measures(self.scenario, self.currency) if m.unsure]
        found: list[dict[str, Any]] = []
        for sending, receiving in self.corridors:
            for name, unit in names:
                row = {"sending": sending, "receiving": receiving, "measure": name, "unit": unit, "basis": COUNTED}
                low, _, high = ends[len(found)].tolist()
                found.append(row | {"low": low, "high": high})
        return found

    def totals(self, events: Bits | Reals, factors: Reals) -> Reals:
        """rows x draws."""
        largest = kernels.largest(self.start, self.event, self.factor, events, factors)
        size = len(self.corridors) * len(QUANTITIES)
        sums = kernels.weighed(self.row, self.of, self.base, largest, size)
        counted = sums.reshape(len(self.corridors), len(QUANTITIES), factors.shape[1])
        people, amount, cash, perhaps = (counted[:, n] for n in range(len(QUANTITIES)))
        amount, cash, perhaps = (part / minor_units(self.currency) for part in (amount, cash, perhaps))
        moved, stuck, dearer, paid = (factors[code] for code in self.codes)
        parts = [
            people, amount, cash + perhaps * paid, people * stuck, amount * stuck, people * moved, amount * dearer,
        ]  # fmt: skip
        return np.stack(parts, axis=1).reshape(len(parts) * len(self.corridors), factors.shape[1])


def prepared(db: Database, unknowns: Unknowns, scenario: Scenario, currency: str) -> Sheet:
    """What is drawn of corridors; needs `remitter`, `waysig`, `waytie` and `home` (party_id, place)."""
    db.run(PARTS)
    db.run(TIES)
    sets = db.arrow("SELECT ties FROM (SELECT DISTINCT ties FROM corridor_tie) ORDER BY ties").column("ties")
    table = db.arrow(
        """SELECT sending, receiving, quantity, n, sum(base) AS base
        FROM corridor_part JOIN corridor_tie USING (sigs) JOIN (
            SELECT ties, row_number() OVER (ORDER BY ties) - 1 AS n FROM (SELECT DISTINCT ties FROM corridor_tie))
            USING (ties)
        GROUP BY ALL ORDER BY sending, receiving, quantity, n"""
    )
    db.run("DROP TABLE corridor_part")
    db.run("DROP TABLE corridor_tie")
    ties = sets.combine_chunks()
    start = ties.offsets.to_numpy().astype(np.int64)
    codes = ties.flatten().to_numpy().astype(np.int64)
    ends = list(zip(table.column("sending").to_pylist(), table.column("receiving").to_pylist(), strict=True))
    corridors = list(dict.fromkeys(ends))
    place = {corridor: n for n, corridor in enumerate(corridors)}
    row = np.array([place[e] for e in ends], np.int64) * len(QUANTITIES) + table.column("quantity").to_numpy()
    mask = (1 << FACTOR_BITS) - 1
    return Sheet(
        corridors,
        start - (start[0] if len(start) else 0),
        (codes >> FACTOR_BITS & ((1 << EVENT_BITS) - 1)).astype(np.int32),
        (codes & mask).astype(np.int32),
        row,
        table.column("n").to_numpy().astype(np.int64),
        table.column("base").to_numpy(),
        unknowns,
        (
            unknowns.factor("other_channel"),
            unknowns.factor(rest=["other_channel"]),
            unknowns.factor("other_channel", "dearer"),
            unknowns.factor("paid_in_cash"),
        ),
        scenario,
        currency,
    )
