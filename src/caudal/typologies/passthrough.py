"""Rapid pass-through: what comes in leaves within hours to days, again and again, and little stays.

FinCEN describes it as cash or transfers in, followed by quick transfers out (FIN-2023-Alert001).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from caudal.typologies import parallel
from caudal.typologies.books import CARD, CASH, Books
from caudal.typologies.findings import INNOCENT, Finding, blend, cast, count, hours, minor_digits, money, percent, ramp
from caudal.typologies.rhythms import steady_flow
from caudal.typologies.settings import PassThrough, Settings

TYPOLOGY = parallel.TYPOLOGY


def detect(books: Books, settings: Settings) -> Iterator[Finding]:
    """The pass-through accounts."""
    own = settings.pass_through
    moved = books.passed(own.pass_hours)
    received = books.received
    passed = books.total(books.index.payee, moved.inflow > 0, moved.inflow)
    floor = max(1, int(own.min_total * 10 ** minor_digits(books.base_currency)))
    many = books.payers_of + books.payees_of
    middle = books.typical
    candidates = np.flatnonzero(
        (received >= max(floor, own.min_size * middle))
        & (passed >= own.min_passed * received)
        & (books.paid >= (1 - own.max_retained) * received)
        & (many <= own.max_counterparties)
        & ~books.pooled
    )
    steady_in, steady_out = steady_flow(books, settings)
    standing = np.maximum(steady_in / np.maximum(received, 1), steady_out / np.maximum(books.paid, 1))
    for account in candidates:
        finding = _judge(books, own, int(account), middle, float(standing[account]))
        if finding is not None and finding.score >= own.min_score:
            yield finding
    yield from parallel.detect(books, own)


def _judge(books: Books, own: PassThrough, account: int, middle: float, standing: float) -> Finding | None:
    ix = books.index
    moved = books.passed(own.pass_hours)
    into, out = books.into.of(account), books.out.of(account)
    into = into[moved.inflow[into] >= 0.5 * ix.amount[into]]
    into = into[moved.inflow[into] > 0]
    out = out[moved.outflow[out] > 0]
    received = int(books.received[account])
    passed = int(moved.inflow[into].sum())
    times = len(set(books.days(into).tolist()))
    payers, payees = set(ix.payer[into].tolist()), set(ix.payee[out].tolist())
    if times < own.min_times or not payees - payers or not payers - payees:
        return None

    share = passed / received
    kept = max(0.0, 1 - int(books.paid[account]) / received)
    wait = float(moved.waited[account]) / max(int(moved.outflow[out].sum()), 1)
    sales = float(ix.amount[into[books.channel[into] == CARD]].sum()) / max(passed, 1)
    # Somebody who draws a relative's remittance or a wage in cash passes everything on as well: one payer, cash out.
    drawn = float(ix.amount[out[(books.channel[out] == CASH) & books.pooled[ix.payee[out]]]].sum())
    drawn /= max(int(ix.amount[out].sum()), 1)
    plain = drawn if len(payers) == 1 else 0.0
    score = blend(
        {
            "passed on": (ramp(share, 0.7, 1.0), 0.20),
            "speed": (ramp(-wait, -own.pass_hours, 0), 0.10),
            "pays no more than it takes in": (ramp(-int(books.paid[account]) / received, -1.5, -1.1), 0.20),
            "again and again": (ramp(times, own.min_times - 1, 4 * own.min_times), 0.20),
            "size": (ramp(float(np.log10(max(received, 1) / max(middle, 1))), -1, 1), 0.10),
            "different payers": (ramp(len(payers), 0, 6), 0.10),
            "neither card sales nor cash drawn": ((1 - sales) * (1 - plain), 0.10),
            "no standing payments": (1 - min(1.0, standing), 0.40),
        }
    )
    reasons = [
        f"{percent(share)} of all that came in ({money(received, books.base_currency)}) left within "
        f"{hours(own.pass_hours)}, after {hours(wait)} on average.",
        f"It happened on {count(times, 'day')}, from {count(len(payers), 'payer')} to "
        f"{count(len(payees), 'receiver')}; {percent(kept)} of the income stayed.",
        f"The account took in {received / max(middle, 1):.1f} times as much as the middle account of this ledger; "
        f"{percent(min(1.0, standing))} of what it receives or pays are standing payments, such as wages or rent.",
        "Quick transfers after money came in are a red flag of FinCEN FIN-2023-Alert001; no single one decides.",
        INNOCENT
        + "a payroll or rent office, a household that draws its remittance or wage at once, a sweep account, an agent, "
        "notary or broker who handles other people's money, a small trader who pays the supplier from each sale can "
        "look like this.",
    ]
    others = dict.fromkeys(sorted(payees), "receiver") | dict.fromkeys(sorted(payers), "payer")
    accounts, roles = cast(books, account, "pass-through", others)
    return Finding(TYPOLOGY, accounts, roles, np.union1d(into, out), score, reasons)
