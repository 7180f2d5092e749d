"""Funnel account: many people in many places pay in, and the money leaves quickly to few.

FinCEN names it for human smuggling on the US south-west border (FIN-2023-Alert001: deposits by many people in many
places into one account; cash in, then quick transfers abroad; unrelated senders with one beneficiary).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from caudal.tracing.index import Codes
from caudal.typologies.books import CARD, CASH, Books, Flags
from caudal.typologies.findings import (
    INNOCENT,
    Finding,
    blend,
    cast,
    count,
    day,
    hours,
    minor_digits,
    money,
    percent,
    ramp,
)
from caudal.typologies.kernels import DAY, busiest_window
from caudal.typologies.rhythms import steady_series
from caudal.typologies.settings import Funnel, Settings

TYPOLOGY = "funnel account"


def detect(books: Books, settings: Settings) -> Iterator[Finding]:
    """The funnels among the accounts."""
    own = settings.funnel
    ix = books.index
    skip = books.inner | (books.channel == CARD)
    most, first, last = busiest_window(*books.into, ix.time, ix.payer, skip, int(own.window_days * DAY))
    floor = max(int(own.min_total * 10 ** minor_digits(books.base_currency)), int(own.min_size * books.typical))
    candidates = np.flatnonzero((most >= own.min_payers) & ~books.pooled & (books.received >= floor))
    steady = steady_series(books, settings).steady if len(candidates) else np.zeros(0, bool)
    for account in candidates:
        finding = _judge(books, own, int(account), books.into.rows[first[account] : last[account]], floor, steady)
        if finding is not None and finding.score >= own.min_score:
            yield finding


def _judge(books: Books, own: Funnel, account: int, rows: Codes, floor: int, steady: Flags) -> Finding | None:
    ix = books.index
    rows = rows[~books.inner[rows]]
    income = int(ix.amount[rows].sum())
    card = float(ix.amount[rows[books.channel[rows] == CARD]].sum()) / max(income, 1)
    moved = books.passed(own.pass_hours)
    passed = int(moved.inflow[rows].sum()) / max(income, 1)
    if income < floor or card > own.max_card or passed < own.min_passed:
        return None
    payers = np.unique(ix.payer[rows])
    low, high = np.searchsorted(books.series.payee, [account, account + 1])
    regular = np.isin(payers, books.series.payer[low:high][steady[low:high]])
    if regular.mean() > own.max_regular:
        return None

    out = books.out.of(account)
    reach = int(own.pass_hours * 3_600_000_000)
    out = out[(ix.time[out] >= ix.time[rows[0]]) & (ix.time[out] <= ix.time[rows[-1]] + reach)]
    out = out[moved.outflow[out] > 0]
    to = np.where((books.channel[out] == CASH) & books.pooled[ix.payee[out]], -1, ix.payee[out])
    _, group = np.unique(to, return_inverse=True)
    sums = np.sort(np.bincount(group, weights=moved.outflow[out]))[::-1]
    receivers = int(np.searchsorted(np.cumsum(sums), 0.9 * sums.sum()) + 1)
    if receivers > own.max_payees:
        return None

    # A pooled payer is a till or branch: each is a place of its own.
    desks = books.pooled[payers]
    places = len(set(books.place[payers[~desks]].tolist()) - {-1}) + int(desks.sum())
    cash = float(ix.amount[rows[books.channel[rows] == CASH]].sum()) / max(income, 1)
    home, there = books.country[account], books.country[ix.payee[out]]
    away = float(ix.amount[out[(there >= 0) & (home >= 0) & (there != home)]].sum()) / max(int(ix.amount[out].sum()), 1)
    times = np.bincount(np.searchsorted(payers, ix.payer[rows]), minlength=len(payers))
    strangers = float(((times <= 2) & ~np.isin(payers, ix.payee[books.out.of(account)])).mean())
    number = len(payers)
    score = blend(
        {
            "people": (ramp(number, own.min_payers / 2, 3 * own.min_payers), 0.20),
            "places": (ramp(places, 1, 6), 0.10),
            "passed on": (ramp(passed, 0.5, 0.95), 0.30),
            "few receivers": (ramp(-receivers, -6, -1), 0.15),
            "cash or abroad": (max(cash, away), 0.10),
            "seldom payers": (strangers, 0.15),
        }
    )
    span = (int(ix.time[rows[-1]]) - int(ix.time[rows[0]])) / DAY
    reasons = [
        f"{count(number, 'different payer')} paid in {count(len(rows), 'time')}, "
        f"{money(income, books.base_currency)} in all, "
        f"within {count(max(1, round(span)), 'day')} from {day(int(ix.time[rows[0]]))}"
        + (f", from {count(places, 'place')} (institution and country, or till)." if places else "."),
        f"{percent(passed)} of it left within {hours(own.pass_hours)}, "
        f"nine tenths of that to {count(receivers, 'receiver')}.",
        f"{percent(cash)} came in cash and {percent(away)} of what left went to accounts in another country.",
        f"{percent(strangers)} of the payers paid at most twice and were never paid by the account.",
        "The pattern is among the red flags of FinCEN FIN-2023-Alert001; no single red flag decides.",
        INNOCENT
        + "a collection for a cause, a funeral or a feast, the treasurer of a club or a congregation, one relative "
        "who gathers money for a family, a small seller or a house sale with many buyers can look like this.",
    ]
    others = dict.fromkeys(ix.payee[out].tolist(), "receiver") | dict.fromkeys(payers.tolist(), "depositor")
    accounts, roles = cast(books, account, "hub", others)
    return Finding(TYPOLOGY, accounts, roles, np.union1d(rows, out), score, reasons)
