"""Structuring: repeated cash just under a reporting limit, or parts of a day that together reach it.

The measure is the account's own amounts: many just under the limit, few or none just above, few just below the band.
FinCEN names structured, repeated payments for timeshare fraud (FIN-2024-NTC2). Limits: `thresholds.toml`, and in
currencies without one the round amount under which the ledger's own cash bunches (`bunching`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from caudal.tracing.index import Codes, Ints
from caudal.typologies.books import CASH, UNKNOWN, Books, Flags
from caudal.typologies.bunching import own_limits
from caudal.typologies.findings import INNOCENT, Finding, blend, cast, count, day, minor_digits, money, percent, ramp
from caudal.typologies.kernels import DAY
from caudal.typologies.rhythms import looks_like_shop
from caudal.typologies.settings import Settings, Structuring, Threshold

TYPOLOGY = "structuring"


class Side(NamedTuple):
    """Which account of a transfer is looked at, and its words."""

    centre: Codes
    other: Codes
    verb: str
    centre_role: str
    other_role: str


def detect(books: Books, settings: Settings) -> Iterator[Finding]:
    """Accounts with structured cash, as the one who receives it and as the one who pays it."""
    own = settings.structuring
    ix = books.index
    seen: set[bytes] = set()
    shops = looks_like_shop(books, settings)
    for threshold in (*settings.thresholds, *(own_limits(books, settings) if own.own_limits else ())):
        rows = _rows(books, own, threshold)
        if not len(rows):
            continue
        for side in (
            Side(ix.payee, ix.payer, "received", "receiver of parts", "depositor"),
            Side(ix.payer, ix.payee, "paid", "payer of parts", "receiver"),
        ):
            mine = rows[~books.pooled[side.centre[rows]]]
            mine = mine[np.argsort(side.centre[mine], kind="stable")]
            for group in _groups(books, own, threshold, side, mine):
                finding = _judge(books, own, threshold, side, group, bool(shops[side.centre[group[0]]]))
                if finding is None or finding.score < own.min_score:
                    continue
                key = np.unique(finding.rows).tobytes()
                if key not in seen:  # one person's deposits to one account show on both sides
                    seen.add(key)
                    yield finding


def _limit(threshold: Threshold) -> int:
    return int(threshold.amount * 10 ** minor_digits(threshold.currency))


def _rows(books: Books, own: Structuring, threshold: Threshold) -> Ints:
    """Cash transfers in the limit's currency while it holds."""
    if not threshold.on or threshold.currency not in books.currencies:
        return np.empty(0, dtype=np.int64)
    wanted: Flags = books.channel == CASH
    if own.unknown_channel:
        wanted = wanted | (books.channel == UNKNOWN)
    wanted = wanted & (books.currency == books.currencies.index(threshold.currency))
    for bound, before in ((threshold.start, False), (threshold.until, True)):
        if bound is not None:
            moment = int(datetime(bound.year, bound.month, bound.day, tzinfo=UTC).timestamp()) * 1_000_000
            wanted &= (books.index.time < moment) if before else (books.index.time >= moment)
    return np.flatnonzero(wanted)


def _groups(books: Books, own: Structuring, threshold: Threshold, side: Side, rows: Ints) -> Iterator[Ints]:
    """The rows of every account that may have structured: counted with arrays before anything is looked at."""
    if not len(rows):
        return
    limit = _limit(threshold)
    centre = side.centre[rows]
    start = np.flatnonzero(np.append(True, centre[1:] != centre[:-1]))
    amount = books.local[rows]
    near = np.add.reduceat(((amount >= own.band * limit) & (amount < limit)).astype(np.int64), start)
    parts = np.add.reduceat(((amount >= own.min_part * limit) & (amount < limit)).astype(np.int64), start)
    for group, close, below in zip(np.split(rows, start[1:]), near.tolist(), parts.tolist(), strict=True):
        if close >= own.min_repeats or below >= 2 * own.min_days:
            yield group


def _judge(books: Books, own: Structuring, threshold: Threshold, side: Side, rows: Ints, shop: bool) -> Finding | None:
    limit = _limit(threshold)
    amount = books.local[rows]
    days = books.days(rows)
    near = (amount >= own.band * limit) & (amount < limit)
    over = amount >= limit
    split = _split_days(amount, days, own.min_part * limit, limit)
    chosen = _busiest(rows, near | split, books.index.time, own.window_days)
    within = np.zeros(len(rows), dtype=bool)
    within[chosen] = True
    repeats, split_days = int((near & within).sum()), len(set(days[split & within].tolist()))
    if repeats < own.min_repeats and split_days < own.min_days:
        return None

    just_over = int((over & (amount < (2 - own.band) * limit)).sum())
    just_below = int(((amount >= (2 * own.band - 1) * limit) & (amount < own.band * limit)).sum())
    close = int(near.sum())
    peak = close / (close + just_over + just_below) if close >= own.min_repeats else 0.0
    picked = rows[chosen]
    together = _together(books.index.time[picked], books.local[picked], limit)
    height = float(books.local[rows[near & within]].mean() / limit) if repeats else 0.0
    whole_days = len(set(days[over].tolist()))
    parted = split_days / max(split_days + whole_days, own.min_days)
    score = blend(
        {
            "amounts avoid the limit": (max(ramp(peak, 0.35, 0.9), ramp(parted, 0.5, 1)), 0.30),
            "repeated": (ramp(max(repeats, 2 * split_days), 1, 8), 0.12),
            "never the limit itself": (1 - min(1.0, 2 * float(over.mean())), 0.12),
            "parts of one sum": (together, 0.25),
            "close to the limit": (ramp(height, own.band, 0.96), 0.06),
            "no shop": (float(not shop), 0.15),
        }
    )
    held = money(limit, threshold.currency)
    sums = money(int(books.index.amount[picked].sum()), books.base_currency)
    spell = f"{day(int(books.index.time[picked[0]]))} to {day(int(books.index.time[picked[-1]]))}"
    reasons = [
        f"The account {side.verb} {count(repeats, 'cash amount')} from "
        f"{money(own.band * limit, threshold.currency)} to under {held} within "
        f"{own.window_days:g} days ({spell}); {sums} in {count(len(picked), 'part')}.",
        f"Of its cash amounts near the limit {close} lie just under it, {just_over} just above and {just_below} as far "
        f"below; {int(over.sum())} of all {len(rows)} reach the limit.",
        f"{percent(together)} of the parts make up the limit with others within three days"
        + (f"; on {count(split_days, 'day')} smaller parts add up to it." if split_days else "."),
        f"The account {'looks' if shop else 'does not look'} like a shop (paid by many people, or taking cards).",
        f"Limit: {threshold.name}, {held} ({threshold.source}).",
        INNOCENT
        + "a shop whose takings of a day lie there, a price or a wage near the limit, cash machines and branches that "
        "take no more at once, or a person who has heard of the limit and fears trouble can look like this.",
    ]
    others = dict.fromkeys(side.other[picked].tolist(), side.other_role)
    accounts, roles = cast(books, int(side.centre[rows[0]]), side.centre_role, others)
    return Finding(TYPOLOGY, accounts, roles, picked, score, reasons)


def _split_days(amount: Ints, days: Ints, least: float, limit: int) -> Flags:
    """Parts from `least` to below the limit that add up to it on their day (rows in time order)."""
    start = np.flatnonzero(np.append(True, days[1:] != days[:-1]))
    size = np.diff(np.append(start, len(days)))
    below = (amount >= least) & (amount < limit)
    total = np.add.reduceat(np.where(below, amount, 0), start)
    parts = np.add.reduceat(below.astype(np.int64), start)
    return np.repeat((parts >= 2) & (total >= limit), size) & below


def _busiest(rows: Ints, wanted: Flags, time: Ints, width_days: float) -> Ints:
    """Positions of the wanted rows in the window that holds most of them."""
    places = np.flatnonzero(wanted)
    if not len(places):
        return places
    moment = time[rows[places]]
    end = np.searchsorted(moment, moment + int(width_days * DAY), side="right")
    first = int(np.argmax(end - np.arange(len(places))))
    return places[first : end[first]]


def _together(time: Ints, amount: Ints, limit: int) -> float:
    """Share of the parts that reach the limit with the others within three days."""
    low = np.searchsorted(time, time - 3 * DAY, side="left")
    high = np.searchsorted(time, time + 3 * DAY, side="right")
    run = np.append(0, np.cumsum(amount))
    return float(((high - low >= 2) & (run[high] - run[low] >= limit)).mean()) if len(time) else 0.0
