"""What payments by many to one account show: per payer (a *relation*) and per account that is paid (a *collector*).

Only behaviour is measured: amounts, times, who else pays whom, what goes back, where the money goes. Each observation
is one number per relation or collector, NaN where the ledger does not tell. `likelihood` weighs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.tracing.index import Codes, Ints
from caudal.typologies.books import CARD, CASH, Books, Flags, Reals
from caudal.typologies.kernels import DAY, group_rows
from caudal.typologies.kernels_levies import in_step, largest_uses, linked, middle, spread, together
from caudal.typologies.rhythms import PERIOD_DAYS, looks_like_shop, raw_rhythm, steady_series
from caudal.typologies.settings import Settings

STEP_DAYS = 2
"""Payments this close to one another are in step: a round of collection takes a day or two."""

USES = 3
"""Receivers that count as few; cash counts as one of them."""

CASH_JOBS = 3
"""Cash deposits that show a payer who sells for cash, such as a street seller."""

SEEN = 3
"""Least payers whose starts, ends or rises must be seen to say whether they came together."""

MONTH = 30.4

Observations = dict[str, Reals]
"""Name of the observation -> one number per relation or per collector; NaN where the ledger does not tell."""


@dataclass(frozen=True)
class Relations:
    """Who pays whom: relations of one collector lie side by side, each with its payments in time order.

    Attributes:
        group: `group[c]:group[c + 1]` are the relations of collector number c; shape (collectors + 1,).
        collector: account code of every collector; payer: account code per relation.
        start, rows: `rows[start[r]:start[r + 1]]` are the transfers of relation r.
        usual, currency: most frequent amount in minor units of its currency.
        period: days between payments, NaN where they come at no interval; fixed: share of payments of the usual amount;
            regular: share of intervals that fit the period. NaN for a single payment.
    """

    group: Ints
    collector: Ints
    payer: Codes
    start: Ints
    rows: Codes
    usual: Ints
    currency: Codes
    period: Reals
    fixed: Reals
    regular: Reals

    def __len__(self) -> int:
        return len(self.payer)

    @property
    def number(self) -> Ints:
        """Payments per relation."""
        return np.diff(self.start)

    @property
    def of(self) -> Ints:
        """Number of the collector of each relation."""
        return np.repeat(np.arange(len(self.collector)), np.diff(self.group))

    @property
    def first(self) -> Codes:
        """First transfer of each relation."""
        return self.rows[self.start[:-1]]

    @property
    def last(self) -> Codes:
        """Last transfer of each relation."""
        return self.rows[self.start[1:] - 1]

    def total(self, value: Reals | Ints) -> Reals:
        """The sum of a value of each payment, per relation."""
        return _sums(value, self.start)

    def over(self, value: Reals | Ints | Flags) -> Reals:
        """The sum of a value of each relation, per collector."""
        return _sums(np.asarray(value, dtype=np.float64), self.group)


def _sums(value: Reals | Ints, start: Ints) -> Reals:
    run = np.append(0.0, np.cumsum(value, dtype=np.float64))
    difference: Reals = run[start[1:]] - run[start[:-1]]
    return difference


def relations(books: Books, settings: Settings) -> Relations:
    """Everybody who pays an account that `settings.extortion.min_payers` pay or more.

    Card purchases, own accounts and pooled accounts on either side (many people's money) are left out.
    """
    s = books.series
    first = s.rows[s.start[:-1]]
    chosen = ~books.inner[first] & (books.channel[first] != CARD) & ~books.pooled[s.payer] & ~books.pooled[s.payee]
    payers = np.bincount(s.payee[chosen], minlength=books.account_count)
    chosen &= (payers >= settings.extortion.min_payers)[s.payee]
    at = np.flatnonzero(chosen)
    usual, fixed, kind, regular = (column[at] for column in raw_rhythm(books))
    number = np.diff(s.start)[at]
    start = np.append(0, np.cumsum(number))
    rows = s.rows[np.repeat(s.start[at] - start[:-1], number) + np.arange(start[-1])]
    single = number == 1
    usual = np.where(single, books.local[first[at]], usual).astype(np.int64)
    collector, group = np.unique(s.payee[at], return_index=True)
    period = np.where(kind > 0, PERIOD_DAYS[np.maximum(kind, 1) - 1], np.nan)
    return Relations(
        group=np.append(group, len(at)).astype(np.int64),
        collector=collector.astype(np.int64),
        payer=s.payer[at],
        start=start,
        rows=rows,
        usual=usual,
        currency=books.currency[first[at]],
        period=period,
        fixed=np.where(single, np.nan, fixed),
        regular=np.where(single, np.nan, np.where(kind > 0, regular, 0.0)),
    )


def roundness(amount: Ints) -> Reals:
    """How round an amount is, whatever its minor unit.

    1 for one significant digit, 0.85 for two, 0.6 for three that end in 5, 0.3 for other three, 0 for more.
    """
    lead = np.maximum(amount.astype(np.int64), 1).copy()
    while (trim := lead % 10 == 0).any():
        lead[trim] //= 10
    steps = [lead < 10, lead < 100, (lead < 1000) & (lead % 5 == 0), lead < 1000]
    rounded: Reals = np.select(steps, [1.0, 0.85, 0.6, 0.3], 0.0)
    return rounded


def of_relations(books: Books, settings: Settings, r: Relations) -> Observations:
    """The observations of each relation; shapes (relations,)."""
    ix, number = books.index, r.number
    paid = r.total(ix.amount[r.rows])
    received = books.received[r.payer].astype(np.float64)
    local = books.local[r.rows]
    same = np.zeros(len(r.rows))
    same[1:] = (local[1:] == local[:-1]) & (books.currency[r.rows[1:]] == books.currency[r.rows[:-1]])
    same[r.start[:-1]] = 0
    with np.errstate(divide="ignore", invalid="ignore"):
        repeated = np.where(number > 1, r.total(same) / (number - 1), np.nan)
        burden = np.where(received > 0, np.minimum(1.0, paid / received), np.nan)
        back = np.minimum(1.0, _paid_back(books, r) / paid)
    step = in_step(r.group, r.start, r.rows, ix.time, STEP_DAYS * DAY)
    each = paid / number
    typical = middle(r.group, each, np.ones(len(r)))[r.of]
    return {
        "repeated": repeated,
        "regular": r.regular,
        "short": np.where(np.isnan(r.period), np.nan, (r.period < MONTH - 1).astype(np.float64)),
        "payments": number.astype(np.float64),
        "round": roundness(r.usual),
        "burden": np.log10(np.maximum(burden, 1e-4)),
        "trader": _trader(books, settings)[r.payer],
        "back": back,
        "in step": np.where(np.diff(r.group)[r.of] > 1, step, np.nan),
        "apart": np.abs(np.log2(np.maximum(each, 1) / np.maximum(typical, 1))),
        "numbered": _numbered(books, r),
    }


def _trader(books: Books, settings: Settings) -> Reals:
    """1 where an account looks like a shop, 0.6 where it brings cash to the bank again and again, 0 else; per account.

    NaN where nothing is known of what the account takes in.
    """
    till = (books.channel == CASH) & books.pooled[books.index.payer]
    deposits = np.bincount(books.index.payee[till], minlength=books.account_count)
    trade = np.where(looks_like_shop(books, settings), 1.0, np.where(deposits >= CASH_JOBS, 0.6, 0.0))
    known: Reals = np.where(books.received > 0, trade, np.nan)
    return known


def _paid_back(books: Books, r: Relations) -> Reals:
    """What each relation's collector paid its payer, purchases by card left out."""
    s, count = books.series, books.account_count
    rows = s.rows
    value = np.where(books.channel[rows] == CARD, 0, books.index.amount[rows])
    sums = _sums(value, s.start)
    key = s.payee.astype(np.int64) * count + s.payer  # sorted by construction
    wanted = r.payer.astype(np.int64) * count + r.collector[r.of]
    place = np.searchsorted(key, wanted).clip(0, max(len(key) - 1, 0))
    back: Reals = np.where(key[place] == wanted, sums[place], 0.0) if len(key) else np.zeros(len(r))
    return back


def _numbered(books: Books, r: Relations) -> Reals:
    """Share of payments whose text has a number in it, as invoices and contracts have; NaN in a ledger without texts.

    Nothing else is read of a text: words belong to a language.
    """
    if books.texts is None or not len(r):
        return np.full(len(r), np.nan)
    encoded = pc.dictionary_encode(books.texts.take(pa.array(r.rows)))
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    digits = pc.match_substring_regex(pc.cast(encoded.dictionary, pa.string()), "[0-9]")
    code = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    return r.total(np.append(digits.to_numpy(zero_copy_only=False), False)[code].astype(np.float64)) / r.number


class _Mean(NamedTuple):
    """Weighted means of relations' observations per collector."""

    r: Relations
    weight: Reals

    def __call__(self, value: Reals) -> Reals:
        known = ~np.isnan(value)
        mass = self.r.over(self.weight * known)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean: Reals = np.where(mass > 0, self.r.over(np.where(known, value, 0) * self.weight) / mass, np.nan)
        return mean


def of_collectors(
    books: Books, settings: Settings, r: Relations, own: Observations, weight: Reals, unreturned: Reals
) -> Observations:
    """The observations of each collector; shapes (collectors,).

    Args:
        own: what `of_relations` gave.
        weight: how much each relation counts: the probability that it is one of those paid under threat, should the
            collector take such payments at all.
        unreturned: the same judged without what came back to each: whoever has drawn a pot or a loan counts as a payer
            when it is asked how much came back to all of them.
    """
    ix = books.index
    mean = _Mean(r, weight)
    payers = r.over(weight)
    paid = r.total(ix.amount[r.rows])
    out = {
        "payers": np.log2(np.maximum(payers, 1)),
        "payers repeat": mean(own["repeated"]),
        "payers regular": mean(own["regular"]),
        "payers short": mean(own["short"]),
        "payers round": mean(own["round"]),
        "payers burden": mean(own["burden"]),
        "payers trade": mean(own["trader"]),
        "payers back": _Mean(r, unreturned)(own["back"]),
        "payers in step": mean(own["in step"]),
        "payers numbered": mean(own["numbered"]),
    }
    out["payers linked"] = mean(_linked(books, r))
    out["amounts alike"], _ = spread(r.group, r.usual, weight)
    out |= _changes(books, settings, r, weight)
    out["moved"] = _moved(books, r, weight) / np.maximum(payers, 1)
    out["one place"] = _one_place(books, r, weight)
    out |= _uses(books, settings, r, weight * paid)
    standing = np.bincount(books.series.payer[steady_series(books, settings).steady], minlength=books.account_count)
    out["staff"] = np.minimum(standing[r.collector], 20).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        out["crowd"] = payers / np.maximum(books.payers_of[r.collector], 1)
        out["income"] = np.minimum(1.0, r.over(weight * paid) / np.maximum(books.received[r.collector], 1))
    out["sells"] = (books.card_receipts[r.collector] > 0).astype(np.float64)
    return out


def _linked(books: Books, r: Relations) -> Reals:
    """1 where a payer has money to do with another payer of the same collector, purchases by card left out."""
    s = books.series
    kept = books.channel[s.rows[s.start[:-1]]] != CARD
    start, order = group_rows(s.payer[kept], books.account_count)
    found: Reals = linked(r.group, r.payer, start, s.payee[kept][order], books.account_count).astype(np.float64)
    return found


def _changes(books: Books, settings: Settings, r: Relations, weight: Reals) -> Observations:
    """Starts, ends and rises: how far payers do them together, beyond what chance does in so short a ledger.

    A start can be seen where it lies one and a half periods after the ledger begins, an end one and a half before its
    end; NaN where those of fewer than `SEEN` payers can be seen.
    """
    own, time = settings.extortion, books.index.time
    begin, end = int(time[0]), int(time[-1])
    width = int(own.onset_days * DAY)
    margin = np.where(np.isnan(r.period), MONTH, r.period) * 1.5 * DAY
    first, last = time[r.first], time[r.last]
    chance = min(1.0, width / max(end - begin - 1.5 * 7 * DAY, 1))
    out: Observations = {}
    payers = np.maximum(r.over(weight), 1e-9)
    rose, moment = _rises(books, r)
    for name, when, seen in (
        ("start together", first, first > begin + margin),
        ("end together", last, last < end - margin),
        ("rise together", moment, rose),
    ):
        share, known = together(r.group, when, seen, weight, width)
        beyond = np.maximum(0.0, share - chance) / max(1 - chance, 1e-9)
        out[name] = np.where(known >= SEEN, beyond * known / payers, np.nan)
    return out


def _rises(books: Books, r: Relations) -> tuple[Flags, Ints]:
    """Relations whose amount changed once, upwards, with two payments or more before and after; and when."""
    local = books.local[r.rows]
    step = np.zeros(len(r.rows), dtype=np.int64)
    step[1:] = np.sign(local[1:] - local[:-1])
    step[r.start[:-1]] = 0
    changes = r.total(np.abs(step))
    place = r.total(np.where(step != 0, np.arange(len(step)), 0)).astype(np.int64)  # where there is one change only
    once = (changes == 1) & (r.total(step) == 1)
    once &= (place - r.start[:-1] >= 2) & (r.start[1:] - place >= 2)
    place = np.where(once, place, r.start[:-1])
    return once, books.index.time[r.rows[place]]


def _moved(books: Books, r: Relations, weight: Reals) -> Reals:
    """Per collector how many of its payers, weighed, paid the same sum to one other account before, or do so after.

    Only where the payments to the one end before those to the other begin.
    """
    time = books.index.time
    first, last = time[r.first], time[r.last]
    order = np.lexsort((first, r.usual, r.currency, r.payer))
    a, b = order[:-1], order[1:]
    alike = (r.payer[a] == r.payer[b]) & (r.usual[a] == r.usual[b]) & (r.currency[a] == r.currency[b])
    alike &= last[a] < first[b]
    a, b = a[alike], b[alike]
    count = len(r.collector)
    of = r.of
    pair, where = np.unique(of[a] * count + of[b], return_inverse=True)
    mass = np.bincount(where, weights=np.minimum(weight[a], weight[b]), minlength=len(pair))
    mass[np.bincount(where, minlength=len(pair)) < 2] = 0  # one payer who changes where it pays is no sign
    result = np.zeros(count)
    np.maximum.at(result, pair // max(count, 1), mass)
    np.maximum.at(result, pair % max(count, 1), mass)
    return result


def _one_place(books: Books, r: Relations, weight: Reals) -> Reals:
    """Share of the payers who use the same cash desk (pooled account for cash) most; NaN where too few use any."""
    ix, cash = books.index, books.channel == CASH
    into, out = cash & books.pooled[ix.payer], cash & books.pooled[ix.payee]
    who = np.concatenate([ix.payee[into], ix.payer[out]]).astype(np.int64)
    desk = np.concatenate([ix.payer[into], ix.payee[out]]).astype(np.int64)
    pair, often = np.unique(who * books.account_count + desk, return_counts=True)
    best = np.full(books.account_count, -1, dtype=np.int64)
    order = np.argsort(often, kind="stable")  # the most frequent is written last
    best[pair[order] // max(books.account_count, 1)] = pair[order] % max(books.account_count, 1)
    top, known = spread(r.group, best[r.payer], weight)
    one: Reals = np.where(known >= 3, top, np.nan)
    return one


def _uses(books: Books, settings: Settings, r: Relations, mass: Reals) -> Observations:
    """What the collector does with the money: passed on soon, to few, drawn in cash."""
    ix = books.index
    passed = books.passed(settings.extortion.pass_hours).inflow[r.rows]
    paid = np.maximum(r.total(ix.amount[r.rows]), 1)
    use = np.where(books.channel == CASH, -1, ix.payee).astype(np.int64)
    few, whole = largest_uses(r.collector, *books.out, use, ix.amount, books.inner, USES)
    cash = books.total(ix.payer, (books.channel == CASH) & ~books.inner)[r.collector]
    with np.errstate(divide="ignore", invalid="ignore"):
        soon = r.over(mass * (r.total(passed) / paid)) / r.over(mass)
        return {
            "passed on": np.where(r.over(mass) > 0, np.minimum(soon, 1.0), np.nan),
            "to few": np.where(whole > 0, few, np.nan),
            "in cash": np.where(whole > 0, cash / whole, np.nan),
        }
