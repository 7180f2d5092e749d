"""Hot loops of the typologies: arrays in, arrays out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

DAY = 86_400_000_000
"""Microseconds of a day."""


@njit(cache=True, nogil=True)
def group_rows(keys: Any, count: int) -> Any:
    """Rows by key, each key's rows in their given order: (start of shape (count + 1,), rows)."""
    start = np.zeros(count + 1, dtype=np.int64)
    for key in keys:
        start[key + 1] += 1
    for i in range(count):
        start[i + 1] += start[i]
    place = start[:-1].copy()
    rows = np.empty(len(keys), dtype=np.int32)
    for i in range(len(keys)):
        rows[place[keys[i]]] = i
        place[keys[i]] += 1
    return start, rows


@njit(cache=True, nogil=True)
def pass_on(
    in_start: Any, in_rows: Any, out_start: Any, out_rows: Any, time: Any, amount: Any, skip: Any, limit: int
) -> Any:
    """Match every outflow with the freshest inflow of its account that is at most `limit` microseconds old.

    Last in, first out: the question is how much of the income could have left at once. At equal times money comes in
    before it goes out. Rows marked in `skip` (own accounts) take no part.

    Returns:
        passed_in, passed_out: matched amount of every transfer as an inflow and as an outflow.
        waited: sum over accounts' matched amounts of amount times waiting time in hours, per account.
    """
    n = len(time)
    passed_in = np.zeros(n, dtype=np.int64)
    passed_out = np.zeros(n, dtype=np.int64)
    accounts = len(in_start) - 1
    waited = np.zeros(accounts, dtype=np.float64)
    widest = 0
    for a in range(accounts):
        widest = max(widest, in_start[a + 1] - in_start[a])
    stack = np.empty(widest, dtype=np.int32)
    for a in range(accounts):
        i, last = in_start[a], in_start[a + 1]
        height = 0
        for o in range(out_start[a], out_start[a + 1]):
            out = out_rows[o]
            if skip[out]:
                continue
            now = time[out]
            while i < last and time[in_rows[i]] <= now:
                if not skip[in_rows[i]]:
                    stack[height] = in_rows[i]
                    height += 1
                i += 1
            left = amount[out]
            while left > 0 and height > 0:
                row = stack[height - 1]
                age = now - time[row]
                if age > limit:
                    break
                part = min(left, amount[row] - passed_in[row])
                passed_in[row] += part
                passed_out[out] += part
                waited[a] += part * (age / 3.6e9)
                left -= part
                if passed_in[row] == amount[row]:
                    height -= 1
    return passed_in, passed_out, waited


@njit(cache=True, nogil=True)
def busiest_window(in_start: Any, in_rows: Any, time: Any, payer: Any, skip: Any, width: int) -> Any:
    """For every account the window of `width` microseconds with the most different payers.

    Returns:
        most: different payers in that window, per account.
        first, last: positions in `in_rows` of its first transfer and of the one after its last.
    """
    accounts = len(in_start) - 1
    most = np.zeros(accounts, dtype=np.int64)
    first = np.zeros(accounts, dtype=np.int64)
    last = np.zeros(accounts, dtype=np.int64)
    seen = np.zeros(accounts, dtype=np.int32)
    for a in range(accounts):
        tail = in_start[a]
        different = 0
        for head in range(in_start[a], in_start[a + 1]):
            row = in_rows[head]
            while time[row] - time[in_rows[tail]] > width:
                old = in_rows[tail]
                if not skip[old]:
                    seen[payer[old]] -= 1
                    if seen[payer[old]] == 0:
                        different -= 1
                tail += 1
            if not skip[row]:
                seen[payer[row]] += 1
                if seen[payer[row]] == 1:
                    different += 1
                if different > most[a]:
                    most[a], first[a] = different, tail
                if different == most[a] and first[a] == tail:
                    last[a] = head + 1
        for at in range(tail, in_start[a + 1]):
            if not skip[in_rows[at]]:
                seen[payer[in_rows[at]]] = 0
    return most, first, last


@njit(cache=True, nogil=True)
def rhythm(start: Any, rows: Any, time: Any, amount: Any, currency: Any, least: int, periods: Any, slack: Any) -> Any:
    """How fixed and how regular every series of payments is (a series: `rows[start[i]:start[i + 1]]`, in time order).

    Returns, per series (zero where it has fewer than `least` payments):
        usual: its most frequent amount; fixed: share of payments with it (another currency counts as another amount).
        kind: 1 + number of the period that lies nearest its median interval and within its slack, else 0.
        regular: share of intervals that are once or twice that period, within its slack (days).
    """
    series = len(start) - 1
    usual = np.zeros(series, dtype=np.int64)
    fixed = np.zeros(series, dtype=np.float64)
    kind = np.zeros(series, dtype=np.int8)
    regular = np.zeros(series, dtype=np.float64)
    for s in range(series):
        n = start[s + 1] - start[s]
        if n < least or n < 2:
            continue
        values = np.empty(n, dtype=np.int64)
        gaps = np.empty(n - 1, dtype=np.float64)
        k = 0
        for i in range(n):
            row = rows[start[s] + i]
            if currency[row] == currency[rows[start[s]]]:
                values[k] = amount[row]
                k += 1
            if i:
                gaps[i - 1] = (time[row] - time[rows[start[s] + i - 1]]) / DAY
        values[:k].sort()
        run, best = 0, 0
        for i in range(k):
            run = run + 1 if i and values[i] == values[i - 1] else 1
            if run > best:
                best, usual[s] = run, values[i]
        fixed[s] = best / n
        ordered = np.sort(gaps)
        middle = (ordered[(n - 1) // 2] + ordered[(n - 2) // 2]) / 2
        nearest = -1
        for p in range(len(periods)):
            off = abs(middle - periods[p])
            if off <= slack[p] and (nearest < 0 or off < abs(middle - periods[nearest])):
                nearest = p
        if nearest < 0:
            continue
        kind[s] = nearest + 1
        fits = 0
        for gap in gaps:
            once, twice = abs(gap - periods[nearest]), abs(gap - 2 * periods[nearest])
            if once <= slack[nearest] or twice <= slack[nearest]:
                fits += 1
        regular[s] = fits / (n - 1)
    return usual, fixed, kind, regular


@njit(cache=True, nogil=True)
def _from_time(rows: Any, low: int, high: int, time: Any, moment: int) -> int:
    """First position in rows[low:high] (sorted by time) whose time is not before `moment`."""
    while low < high:
        middle = (low + high) // 2
        if time[rows[middle]] < moment:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def prune(
    in_start: Any, in_rows: Any, out_start: Any, out_rows: Any, time: Any, payer: Any, payee: Any, amount: Any,
    width: int, low: float, high: float, least: float, most: float, rounds: int,
) -> Any:  # fmt: skip
    """1 for every transfer that may lie on a cycle, by what its two accounts do besides.

    A transfer on a cycle is either passed on by its payee (alike, later, within `width`) or closes the cycle, and then
    the payee sent something alike before; in the same way its payer either received before or receives later. What
    fails is dropped, and the rest looked at again, up to `rounds` times.
    """
    alive = np.ones(len(time), dtype=np.uint8)
    for _ in range(rounds):
        dropped = 0
        for e in range(len(time)):
            if not alive[e]:
                continue
            a, b = payee[e], payer[e]
            found = False
            for at in range(
                _from_time(out_rows, out_start[a], out_start[a + 1], time, time[e] - width), out_start[a + 1]
            ):
                f = out_rows[at]
                if time[f] > time[e] + width:
                    break
                if alive[f] and f != e:
                    onward = time[f] >= time[e] and low * amount[e] <= amount[f] <= high * amount[e]
                    if onward or (time[f] <= time[e] and least * amount[f] <= amount[e] <= most * amount[f]):
                        found = True
                        break
            if found:
                found = False
                for at in range(
                    _from_time(in_rows, in_start[b], in_start[b + 1], time, time[e] - width), in_start[b + 1]
                ):
                    f = in_rows[at]
                    if time[f] > time[e] + width:
                        break
                    if alive[f] and f != e:
                        before = time[f] <= time[e] and low * amount[f] <= amount[e] <= high * amount[f]
                        if before or (time[f] >= time[e] and least * amount[e] <= amount[f] <= most * amount[e]):
                            found = True
                            break
            if not found:
                alive[e] = 0
                dropped += 1
        if dropped == 0:
            break
    return alive


@njit(cache=True, nogil=True)
def find_cycles(
    out_start: Any, out_rows: Any, time: Any, payer: Any, payee: Any, amount: Any, alive: Any,
    shortest: int, longest: int, width: int, low: float, high: float, least: float, most: float,
    most_ways: float, effort: int, room: int,
) -> Any:  # fmt: skip
    """Every way of money back to where it set out, in time order, over different accounts.

    Depth-first from each transfer. Every next transfer must leave the account reached, not before the money came, at
    most `width` after the first transfer, with `low..high` of the amount before and `least..most` of the first. A way
    is left where the choices on it, multiplied, exceed `most_ways`: at most that many ends are reached from one start.

    Returns:
        cycles: shape (found, longest), transfers in order, filled up with -1.
        ways: per cycle the product over its hops of the transfers that could have carried the money on in time and
            amount; 1 where no account on the way had a choice.
        cut: starts whose search was cut short after `effort` looks; full: 1 where there was no room for more.
    """
    cycles = np.full((room, longest), -1, dtype=np.int32)
    ways = np.empty(room, dtype=np.float64)
    found, cut = 0, 0
    path = np.empty(longest, dtype=np.int32)
    at = np.empty(longest, dtype=np.int64)
    choices = np.ones(longest + 1, dtype=np.float64)
    for s in range(len(time)):
        if not alive[s]:
            continue
        home, end = payer[s], time[s] + width
        depth, looks, e = -1, 0, s
        while True:
            # Step onto e, unless there are too many ways to go on from it.
            begin = _from_time(out_rows, out_start[payee[e]], out_start[payee[e] + 1], time, time[e])
            here = 0
            for place in range(begin, out_start[payee[e] + 1]):
                f = out_rows[place]
                if time[f] > end:
                    break
                looks += 1
                if low * amount[e] <= amount[f] <= high * amount[e]:
                    here += 1
                    if choices[depth + 1] * here > most_ways:
                        break
            if here and choices[depth + 1] * here <= most_ways:
                depth += 1
                path[depth], at[depth], choices[depth + 1] = e, begin, choices[depth] * here
            forward = False
            while depth >= 0 and not forward and looks <= effort:
                e = path[depth]
                if at[depth] >= out_start[payee[e] + 1]:
                    depth -= 1
                    continue
                f = out_rows[at[depth]]
                at[depth] += 1
                looks += 1
                if time[f] > end:
                    depth -= 1
                    continue
                if not alive[f] or amount[f] < low * amount[e] or amount[f] > high * amount[e]:
                    continue
                if amount[f] < least * amount[s] or amount[f] > most * amount[s]:
                    continue
                target = payee[f]
                if target == home:
                    if depth + 2 >= shortest:
                        if found == room:
                            return cycles, ways, cut, 1
                        for i in range(depth + 1):
                            cycles[found, i] = path[i]
                        cycles[found, depth + 1] = f
                        ways[found] = choices[depth + 1]
                        found += 1
                    continue
                if depth + 2 >= longest:
                    continue
                forward = True
                for i in range(depth + 1):
                    if payee[path[i]] == target:
                        forward = False
                        break
            if looks > effort:
                cut += 1
                break
            if not forward:
                break
            e = f
    return cycles[:found], ways[:found], cut, 0


@njit(cache=True, nogil=True)
def relays(out_start: Any, out_rows: Any, time: Any, payer: Any, payee: Any, limit: int, busy: Any) -> Any:
    """All pairs (inflow, outflow) of an account at most `limit` apart that lead on to a third account, as (pairs, 2).

    Accounts marked in `busy` are left out. At equal times money comes in before it goes out.
    """
    pairs = np.empty((0, 2), dtype=np.int32)
    for turn in range(2):  # count, then write
        found = 0
        for e in range(len(time)):
            a = payee[e]
            if busy[a]:
                continue
            for at in range(_from_time(out_rows, out_start[a], out_start[a + 1], time, time[e]), out_start[a + 1]):
                f = out_rows[at]
                if time[f] > time[e] + limit:
                    break
                if payee[f] == payer[e]:
                    continue
                if turn:
                    pairs[found, 0], pairs[found, 1] = e, f
                found += 1
        if not turn:
            pairs = np.empty((found, 2), dtype=np.int32)
    return pairs
