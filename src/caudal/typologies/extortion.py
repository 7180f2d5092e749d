"""Extortion collector (*derecho de piso*): many payers, each fixed and periodic, to one account; nothing comes back.

What sets it apart from rent, school fees, dues and bills is behaviour only: the payers are shops, what they pay is
small beside their takings, they pay every week or fortnight and started together, and the collector hands the money on
to few and runs no business. Two of these are a condition rather than evidence: where the payers are no shops, or the
payment is a large part of their takings as rent is, everything else weighs half as much; a collector that pays wages
and bills of a business loses up to two fifths. The payers are possible victims and never suspects.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from caudal.tracing.index import Codes, Ints
from caudal.typologies.books import CASH, Books, Flags, Reals
from caudal.typologies.findings import INNOCENT, Finding, blend, cast, count, hours, money, percent, ramp
from caudal.typologies.kernels import DAY
from caudal.typologies.rhythms import PERIOD_DAYS, PERIODS, Rhythm, looks_like_shop, steady_series
from caudal.typologies.settings import Extortion, Settings

TYPOLOGY = "extortion collector"


def is_round(amount: Ints) -> Flags:
    """Amounts of at most two significant digits, or three where the last is 5: 40, 250, 1,250, 30,000 but not 1,240."""
    lead = amount.astype(np.int64).copy()
    while (trim := (lead % 10 == 0) & (lead > 0)).any():
        lead[trim] //= 10
    short: Flags = (lead < 100) | ((lead < 1000) & (lead % 5 == 0))
    return short


def detect(books: Books, settings: Settings) -> Iterator[Finding]:
    """The collectors among the accounts."""
    own = settings.extortion
    found = steady_series(books, settings)
    s = books.series
    payers = np.bincount(s.payee, weights=found.steady + found.begun / 2, minlength=books.account_count)
    shops = looks_like_shop(books, settings)
    standing = np.bincount(s.payer[found.steady], minlength=books.account_count)
    for collector in np.flatnonzero((payers >= own.min_payers) & ~books.pooled):
        low, high = np.searchsorted(s.payee, [collector, collector + 1])
        chosen = low + np.flatnonzero(found.steady[low:high] | found.begun[low:high])
        finding = _judge(books, own, found, int(collector), chosen, shops, int(standing[collector]))
        if finding is not None and finding.score >= own.min_score:
            yield finding


def _judge(
    books: Books, own: Extortion, found: Rhythm, collector: int, chosen: Ints, shops: Flags, standing: int
) -> Finding | None:
    s, ix = books.series, books.index
    payers = s.payer[chosen]
    rows = np.concatenate([s.rows[s.start[i] : s.start[i + 1]] for i in chosen])
    paid = int(ix.amount[rows].sum())
    out = books.out.of(collector)
    out = out[~books.inner[out]]
    back = int(ix.amount[out[np.isin(ix.payee[out], payers)]].sum())
    if len(set(books.party[payers].tolist())) < own.min_payers or back > own.max_payback * paid:
        return None

    number = len(payers)
    firsts = s.rows[s.start[chosen]]
    amounts = found.usual[chosen]
    tiers = len(set(zip(amounts.tolist(), books.currency[firsts].tolist(), strict=True)))
    round_share = float(is_round(amounts).mean())
    periods = found.kind[chosen] - 1
    short = float((periods < len(PERIODS) - 1).mean())
    shop_share = float(shops[payers].mean())
    seen, together, onset = _onset(books, own, ix.time[firsts], PERIOD_DAYS[periods])
    sure = float(found.steady[chosen].mean())
    each = np.add.reduceat(ix.amount[rows], np.cumsum(np.append(0, np.diff(s.start)[chosen]))[:-1])
    burden = float(np.median(each / np.maximum(books.received[payers], each)))
    passed = int(books.passed(own.pass_hours).inflow[rows].sum()) / max(paid, 1)
    few = _few(books, out)
    income_share = min(1.0, paid / max(int(books.received[collector]), 1))
    calm = ramp(-standing, -8, -1)
    features = {
        "payers are shops": (shop_share, 0.20),
        "weekly or fortnightly": (short, 0.16),
        "handed on at once to few": (ramp(passed, 0.3, 0.8) * ramp(few, 0.4, 0.9), 0.14),
        "runs no business": (calm, 0.12),
        "amounts round": (round_share, 0.08),
        "little comes back": (ramp(-back / max(paid, 1), -own.max_payback, 0), 0.06),
        "three payments or more": (sure, 0.06),
        "amounts alike": (1 - (tiers - 1) / max(number - 1, 1), 0.02),
        "little else comes in": (ramp(income_share, 0.3, 0.9), 0.02),
        "many payers": (ramp(number, own.min_payers, 3 * own.min_payers), 0.04),
    }
    if seen:  # who may have paid before the ledger begins says nothing about the start, for or against
        features["payers started together"] = (onset, 0.16 * seen / number)
    light = ramp(-burden, -own.max_burden, -own.max_burden / 2)
    score = round(blend(features) * (0.5 + 0.5 * min(ramp(shop_share, 0.2, 0.6), light)) * (0.6 + 0.4 * calm), 4)
    kinds = [f"{int((periods == p).sum())} {name}" for p, name in enumerate(PERIODS) if (periods == p).any()]
    code = int(books.currency[firsts[0]])
    common = sorted(set(amounts[books.currency[firsts] == code].tolist()))
    shown = ", ".join(money(a, books.currencies[code]) for a in common[:4]) + (" and more" if len(common) > 4 else "")
    reasons = [
        f"{count(number, 'payer')} each pay this account a fixed amount at a fixed interval ({', '.join(kinds)}): "
        f"{count(len(rows), 'payment')}, {money(paid, books.base_currency)} in all. They are possible victims.",
        f"The payers pay {count(tiers, 'different amount')} between them ({shown}); {percent(round_share)} are round.",
        f"{percent(shop_share)} of the payers look like shops: many different people pay them, or they take cards.",
        f"What they pay here is {percent(burden)} of all that the middle one of them takes in.",
        f"{percent(passed)} of it left within {hours(own.pass_hours)}; "
        f"{percent(few)} of all that left went to the three largest receivers or out in cash.",
        f"It is {percent(income_share)} of what the account received, {percent(back / max(paid, 1))} went back "
        f"to the payers. It pays {count(standing, 'other account')} fixed amounts periodically, as a business "
        "pays wages and bills.",
    ]
    if seen:
        reasons.append(
            f"The start of {seen} of {number} payers can be seen; {together} of them started "
            f"within {own.onset_days:g} days of one another."
        )
    reasons.append(
        INNOCENT
        + "rent of market stalls, dues of a trade or neighbourhood association, school fees, a church, a club, a bill "
        "with a flat rate, a franchise or a supplier's standing order can look like this; ask what is given for it."
    )
    accounts, roles = cast(books, collector, "collector", dict.fromkeys(payers.tolist(), "possible victim"))
    return Finding(TYPOLOGY, accounts, roles, rows, score, reasons)


def _onset(books: Books, own: Extortion, first: Ints, period: Reals) -> tuple[int, int, float]:
    """Payers whose start can be seen, how many of these started together, and that as a feature.

    A start can be seen when it lies one and a half periods after the ledger begins: the payer would have paid before.
    In a short ledger many start together by chance, so only what exceeds twice that share counts.
    """
    begin, end = int(books.index.time[0]), int(books.index.time[-1])
    seen = np.sort(first[first > begin + 1.5 * period * DAY])
    if not len(seen):
        return 0, 0, 0.0
    width = int(own.onset_days * DAY)
    most = int((np.searchsorted(seen, seen + width, side="right") - np.arange(len(seen))).max())
    chance = own.onset_days * DAY / max(end - begin, 1)
    low = min(0.8, max(0.4, 2 * chance))
    return len(seen), most, ramp(most / len(seen), low, max(0.9, low + 0.1))


def _few(books: Books, out: Codes) -> float:
    """Share of what left that went to the three largest receivers; cash counts as one of them."""
    if not len(out):
        return 0.0
    to = np.where(books.channel[out] == CASH, -1, books.index.payee[out])
    _, group = np.unique(to, return_inverse=True)
    sums = np.sort(np.bincount(group, weights=books.index.amount[out]))
    return float(sums[-3:].sum() / max(sums.sum(), 1))
