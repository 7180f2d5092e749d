"""The loops behind an explanation: what still reaches an account, its largest paths, and the transfers it needs.

As in `kernels`, the *k-th* transfer of a pass is `origin + step * k` of the arrays. Here every array of a pass is
indexed by k itself. A *lot* is money of the group that came to an account by one path; when the account pays the share
s of its balance, s of every lot goes along and 1 - s of it stays. That is the proportional rule without its rounding.
"""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

from caudal.tracing.kernels import Codes, Flags, Ints, compiled

Reals = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

_NOWHERE = -1


@compiled
def carry(payer: Codes, payee: Codes, amount: Ints, shown: Ints, own: Flags, pooled: Flags, taint: Reals) -> Reals:
    """The group's money on every transfer, in unrounded shares.

    Args:
        payer: account codes in the order of the pass, shape (transfers,).
        payee: account codes, shape (transfers,).
        amount: minor units, shape (transfers,).
        shown: as `kernels.keep_balances` fills it, shape (transfers,).
        own: true for the group's accounts, shape (accounts,).
        pooled: true where tracing stops, shape (accounts,).
        taint: the group's money on every account before the pass, shape (accounts,); changed in place.

    Returns:
        Shape (transfers,).
    """
    moved = np.zeros(payer.size)
    for k in range(payer.size):
        balance = shown[k]
        p, q = payer[k], payee[k]
        if balance == 0 or (own[p] and own[q]):
            continue
        if own[p]:
            part = float(amount[k])
        elif taint[p] > 0.0 and not pooled[p]:
            part = taint[p] * (amount[k] / balance)
            taint[p] -= part
        else:
            continue
        moved[k] = part
        if not own[q]:
            taint[q] += part
    return moved


@compiled
def look_ahead(
    payer: Codes,
    payee: Codes,
    amount: Ints,
    shown: Ints,
    own: Flags,
    pooled: Flags,
    target: int,
    widest: bool,
) -> tuple[Reals, Reals, Places, Places]:
    """From the end of the pass: how much of a lot can still come to the target.

    Args:
        payer, payee, amount, shown, own, pooled: as in `carry`.
        target: account code.
        widest: false counts the part of a lot that arrives, true the least amount on its way.

    Returns:
        For the lots waiting before transfer k at its payer, each of shape (transfers,): `best`, what the best single
        path brings of one unit (with `widest`: the largest amount one path can bring); `rest`, what all paths together
        bring of it; and the next payment of the payee after k, and of the payer after k, -1 where there is none.
    """
    count = payer.size
    best, rest = np.zeros(count), np.zeros(count)
    onward, later = np.full(count, _NOWHERE, np.int64), np.full(count, _NOWHERE, np.int64)
    following = np.full(own.size, _NOWHERE, np.int64)
    for k in range(count - 1, -1, -1):
        if shown[k] == 0:
            continue
        p, q = payer[k], payee[k]
        if not own[q] and not pooled[q]:
            onward[k] = following[q]
        if own[p]:
            continue
        later[k] = following[p]
        single, whole = 0.0, 0.0
        if not own[q]:
            if onward[k] >= 0:
                single, whole = best[onward[k]], rest[onward[k]]
            if q == target:
                single = np.inf if widest else 1.0
                whole += 1.0
        wait, waiting = 0.0, 0.0
        if later[k] >= 0:
            wait, waiting = best[later[k]], rest[later[k]]
        share = amount[k] / shown[k]
        if widest:
            best[k] = max(min(float(amount[k]), single), wait)
        else:
            best[k] = max(share * single, (1.0 - share) * wait)
        rest[k] = share * whole + (1.0 - share) * waiting
        following[p] = k
    return best, rest, onward, later


@compiled
def reach(payee: Codes, own: Flags, target: int, value: Reals, onward: Places, single: bool, widest: bool) -> Reals:
    """What a unit on transfer k itself brings to the target: `value` of the payee's next payment, and the arrival.

    With `single` one path counts (an arrival is the end of it); without, all of them (an arrival may be passed on).
    """
    out = np.zeros(payee.size)
    for k in range(payee.size):
        q = payee[k]
        if own[q]:
            continue
        if onward[k] >= 0:
            out[k] = value[onward[k]]
        if q == target:
            if single:
                out[k] = np.inf if widest else 1.0
            else:
                out[k] += 1.0
    return out


@compiled
def largest_paths(
    payee: Codes,
    amount: Ints,
    shown: Ints,
    target: int,
    widest: bool,
    least: float,
    most: int,
    starts: Places,
    single: Reals,
    best: Reals,
    onward: Places,
    later: Places,
) -> tuple[Ints, Ints, Reals]:
    """The `most` largest paths to the target that bring at least `least`, largest first.

    Best-first search: what a partial path is worth at most is known exactly from `look_ahead`, so only the prefixes of
    answers are opened, besides one step aside for each.

    Args:
        payee, amount, shown, target, widest: as in `look_ahead`.
        least: paths that bring less are left out.
        most: paths at most.
        starts: payments from the group's accounts to others, those worth most first, shape (starts,).
        single: what one unit on transfer k brings by its best path, shape (transfers,).
        best, onward, later: as `look_ahead` returns them.

    Returns:
        `ends` of shape (paths + 1,); transfers as k and amounts on them, both of shape (ends[-1],): path number n is at
        ends[n] to ends[n + 1], in the order of the pass.
    """
    room = 1024
    place, parent = np.empty(room, np.int64), np.empty(room, np.int64)
    value = np.empty(room)
    moving = np.empty(room, np.bool_)  # true: on transfer `place`; false: waiting before it
    used = 0
    heap = [(0.0, 0)]
    heap.pop()
    for s in range(min(starts.size, most)):
        k = starts[s]
        first = float(amount[k])
        worth = min(first, single[k]) if widest else first * single[k]
        if worth < least or worth <= 0.0:
            continue
        if used == room:
            room *= 2
            place, parent = _wider(place, room), _wider(parent, room)
            value, moving = _wider_reals(value, room), _wider_flags(moving, room)
        place[used], parent[used], value[used], moving[used] = k, _NOWHERE, first, True
        heapq.heappush(heap, (-worth, used))
        used += 1
    ends = np.zeros(most + 1, np.int64)
    found = 0
    steps, carried = np.empty(64, np.int64), np.empty(64)
    written = 0
    while len(heap) > 0 and found < most:
        _, node = heapq.heappop(heap)
        k, v = place[node], value[node]
        if used + 2 > room:
            room *= 2
            place, parent = _wider(place, room), _wider(parent, room)
            value, moving = _wider_reals(value, room), _wider_flags(moving, room)
        if moving[node]:
            if payee[k] == target:
                length, at = 0, node
                while at >= 0:
                    if moving[at]:
                        length += 1
                    at = parent[at]
                while written + length > steps.size:
                    steps, carried = _wider(steps, 2 * steps.size), _wider_reals(carried, 2 * carried.size)
                at, spot = node, written + length
                while at >= 0:
                    if moving[at]:
                        spot -= 1
                        steps[spot], carried[spot] = place[at], value[at]
                    at = parent[at]
                written += length
                found += 1
                ends[found] = written
            if onward[k] >= 0:
                worth = min(v, best[onward[k]]) if widest else v * best[onward[k]]
                if worth >= least and worth > 0.0:
                    place[used], parent[used], value[used], moving[used] = onward[k], node, v, False
                    heapq.heappush(heap, (-worth, used))
                    used += 1
            continue
        share = amount[k] / shown[k]
        gone = min(v, float(amount[k])) if widest else v * share
        worth = min(gone, single[k]) if widest else gone * single[k]
        if worth >= least and worth > 0.0:
            place[used], parent[used], value[used], moving[used] = k, node, gone, True
            heapq.heappush(heap, (-worth, used))
            used += 1
        if later[k] >= 0:
            left = v if widest else v * (1.0 - share)
            worth = min(left, best[later[k]]) if widest else left * best[later[k]]
            if worth >= least and worth > 0.0:
                place[used], parent[used], value[used], moving[used] = later[k], node, left, False
                heapq.heappush(heap, (-worth, used))
                used += 1
    return ends[: found + 1], steps[:written], carried[:written]


@compiled
def arriving(
    payer: Codes,
    payee: Codes,
    share: Reals,
    amount: Ints,
    own: Flags,
    target: int,
    rank: Places,
    kept: int,
    taint: Reals,
) -> float:
    """What comes to the target when only the transfers with `rank` below `kept` carry money; the others lose theirs.

    Args:
        payer, payee, amount, own, target: as in `look_ahead`, but only of the transfers that matter.
        share: the part of the payer's balance that each moves, shape (transfers,).
        rank: place of each in the order of what it brings, shape (transfers,).
        kept: how many carry.
        taint: zeros, shape (accounts,); changed in place.
    """
    total = 0.0
    for k in range(payer.size):
        p, q = payer[k], payee[k]
        if own[p]:
            part = float(amount[k])
        else:
            part = taint[p] * share[k]
            taint[p] -= part
        if rank[k] >= kept or own[q]:
            continue
        taint[q] += part
        if q == target:
            total += part
    return total


@compiled
def _wider(values: Ints, room: int) -> Ints:
    out = np.empty(room, np.int64)
    out[: values.size] = values
    return out


@compiled
def _wider_reals(values: Reals, room: int) -> Reals:
    out = np.empty(room)
    out[: values.size] = values
    return out


@compiled
def _wider_flags(values: Flags, room: int) -> Flags:
    out = np.empty(room, np.bool_)
    out[: values.size] = values
    return out
