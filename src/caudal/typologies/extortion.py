"""Extortion collector (*derecho de piso*): how probable is it that an account collects under threat, and from whom.

Everything is behaviour: how the payers pay, what they have in common, what goes back, where the money goes (`levies`),
each observation worth so many bits (`likelihood`). Two questions are asked. Does this account collect under threat? And
if it does, is this payer one of those who pay so? A payer's probability is the product. How much a payer counts in what
is seen of the account is the second answer, so that ordinary income does not blur what an account's round looks like.

Payers are possible victims and never suspects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.tables import COERCION
from caudal.tracing.index import Ints
from caudal.typologies import levies
from caudal.typologies.books import Books, Reals
from caudal.typologies.findings import INNOCENT, Finding, cast, count, money, percent
from caudal.typologies.likelihood import models, odds_in_bits, probability
from caudal.typologies.rhythms import PERIOD_DAYS, PERIODS
from caudal.typologies.settings import Settings

TYPOLOGY = "extortion collector"
MOST_REASONS = 4
"""Pieces of evidence about the collector that are told with each payer; all of them stand in the finding."""

INNOCENTLY = (
    INNOCENT
    + "rent of market stalls, dues of a trade or neighbourhood association or a union, a guard or cleaning service, a "
    "savings club, instalments or a small loan, rented card terminals, school fees, a church, a bill with a flat rate "
    "or a supplier's standing order can look like this; ask what is given for it."
)


@dataclass(frozen=True)
class Weighed:
    """The evidence of a ledger, weighed.

    Attributes:
        relations: who pays whom.
        of_payers, of_collectors: the observations.
        payer_bits, collector_bits: what each is worth, one row per observation.
        share: per relation the probability that it is paid under threat, should its collector collect so.
        collects: per collector the probability that it collects under threat.
    """

    relations: levies.Relations
    of_payers: levies.Observations
    payer_bits: Reals
    share: Reals
    of_collectors: levies.Observations
    collector_bits: Reals
    collects: Reals

    @property
    def coerced(self) -> Reals:
        """Per relation the probability that it is paid under threat."""
        return self.collects[self.relations.of] * self.share


def weigh(books: Books, settings: Settings) -> Weighed:
    """Weigh all evidence; computed once per books."""
    own = settings.extortion
    key = ("weighed", own)
    if key not in books.memo:
        payer, collector = models()["payer"], models()["collector"]
        r = levies.relations(books, settings)
        of_payers = levies.of_relations(books, settings, r)
        payer_bits = payer.weigh(of_payers)
        share = probability(payer.log_odds(payer_bits))
        unreturned = probability(payer.log_odds(payer_bits[[e.name != "back" for e in payer.evidence]]))
        of_collectors = levies.of_collectors(books, settings, r, of_payers, share, unreturned)
        collector_bits = collector.weigh(of_collectors)
        collects = probability(collector.log_odds(collector_bits, own.base_rate))
        books.memo[key] = Weighed(r, of_payers, payer_bits, share, of_collectors, collector_bits, collects)
    found: Weighed = books.memo[key]
    return found


def detect(books: Books, settings: Settings) -> Iterator[Finding]:
    """The probable collectors among the accounts."""
    own = settings.extortion
    w = weigh(books, settings)
    for number in np.flatnonzero(w.collects >= own.min_probability):
        chosen = w.relations.group[number] + np.flatnonzero(
            w.share[w.relations.group[number] : w.relations.group[number + 1]] >= own.min_share
        )
        if len(chosen) >= own.min_payers:
            yield _finding(books, settings, w, int(number), chosen)


def _finding(books: Books, settings: Settings, w: Weighed, number: int, chosen: Ints) -> Finding:
    r, ix, model = w.relations, books.index, models()["collector"]
    rows = np.concatenate([r.rows[r.start[i] : r.start[i + 1]] for i in chosen])
    likely = float(w.collects[number])
    every = [
        f"{n} {name}"
        for name, days in zip(PERIODS, PERIOD_DAYS, strict=True)
        if (n := int((r.period[chosen] == days).sum()))
    ]
    code = int(r.currency[chosen[0]])
    sums = sorted(set(r.usual[chosen][r.currency[chosen] == code].tolist()))
    shown = ", ".join(money(a, books.currencies[code]) for a in sums[:4]) + (" and more" if len(sums) > 4 else "")
    base = settings.extortion.base_rate or model.base_rate
    bits = model.total(w.collector_bits)[number]
    reasons = [
        f"{count(len(chosen), 'payer')} pay this account sums such as {shown}"
        f"{' (' + ', '.join(every) + ')' if every else ''}: {count(len(rows), 'payment')}, "
        f"{money(int(ix.amount[rows].sum()), books.base_currency)} in all. They are possible victims.",
        f"That it collects under threat is {percent(likely)} probable: {odds_in_bits(base):+.1f} bits because of all "
        f"accounts that several pay {100 * base:.2g}% do, {model.ordinary:+.1f} bits where nothing stands out, "
        f"{bits - model.ordinary:+.1f} bits from what follows. This was calibrated on made-up worlds.",
        *(f"{reason[0].upper()}{reason[1:]}." for reason in model.tell(w.of_collectors, w.collector_bits, number)),
        INNOCENTLY,
    ]
    others = dict.fromkeys(r.payer[chosen].tolist(), "possible victim")
    accounts, roles = cast(books, int(r.collector[number]), "collector", others)
    return Finding(TYPOLOGY, accounts, roles, rows, round(likely, 4), reasons, probability=likely)


def coercion(books: Books, settings: Settings) -> pa.Table:
    """The `coercion` table: every payer that is paid under threat with some probability, most probable first."""
    w = weigh(books, settings)
    r, ix, payer, collector = w.relations, books.index, models()["payer"], models()["collector"]
    coerced = w.coerced
    of = r.of
    rows = np.flatnonzero(coerced >= settings.extortion.min_listed)
    rows = rows[np.lexsort((r.payer[rows], r.collector[of[rows]], -coerced[rows]))]
    about: dict[int, list[str]] = {}
    reasons: list[list[str]] = []
    for row in rows.tolist():
        number = int(of[row])
        if number not in about:
            told = collector.tell(w.of_collectors, w.collector_bits, number)[:MOST_REASONS]
            about[number] = [f"the account it pays: {reason}" for reason in told]
        reasons.append([*payer.tell(w.of_payers, w.payer_bits, row), *about[number]])
    columns: dict[str, Any] = {
        "collector_account": ix.accounts.take(pa.array(r.collector[of[rows]])),
        "payer_account": ix.accounts.take(pa.array(r.payer[rows])),
        "probability": coerced[rows],
        "bits": payer.total(w.payer_bits)[rows],
        "collector_probability": w.collects[of[rows]],
        "collector_bits": collector.total(w.collector_bits)[of[rows]],
        "payments": r.number[rows],
        "amount": r.total(ix.amount[r.rows])[rows].astype(np.int64),
        "first": pa.array(ix.time[r.first[rows]]),
        "last": pa.array(ix.time[r.last[rows]]),
        "reasons": pa.array(reasons, pa.list_(pa.string())),
    }
    return COERCION.build(columns)
