"""First in, first out: what an account received first it pays first, as lots that keep whose money they are.

An account is a queue of money. Only the stretches of a queue that belong to a group are kept, as *lots*: where a lot
begins, how long it is, and a bit for each group. Places in a queue are counted in minor units; what was paid so far is
the place of the queue's front (`front`), and front plus balance is its end, where the next receipt goes. So an account
with clean money only costs nothing, and a queue serves any number of groups: whose money a stretch is never changes
which stretch is paid.

The lots of an account are a ring in flat arrays. A ring that fills up moves to one twice as large; what it leaves is
used again by the next ring of that size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caudal.tracing.kernels import REACH, TAINT, Bits, Codes, Flags, Ints, compiled, drop, meet

BASE, SIZE, HEAD, COUNT, FRONT = 0, 1, 2, 3, 4
"""Columns of `rings`: where a ring begins in the arrays of lots, its size (a power of two, 0 for none), its first lot
and how many there are, and the place of the queue's front."""

_CLASSES = 64


@compiled
def _room(rings: Ints, block: int, need: int, place: Ints, length: Ints, whose: Bits, spare: Ints) -> bool:
    """Make the ring of a block hold `need` lots; false (and nothing changed) where the arrays are too short.

    `spare[c]` is the first unused ring of size 2**c plus one, 0 for none, each of which names the next at its begin;
    the last of `spare` is the first place never used.
    """
    size = rings[block, SIZE]
    if need <= size:
        return True
    kind = 2
    while (1 << kind) < need:
        kind += 1
    if spare[kind] != 0:
        base = spare[kind] - 1
        spare[kind] = place[base]
    else:
        base = spare[-1]
        if base + (1 << kind) > place.size:
            return False
        spare[-1] = base + (1 << kind)
    for lot in range(rings[block, COUNT]):
        at = rings[block, BASE] + ((rings[block, HEAD] + lot) & (size - 1))
        place[base + lot], length[base + lot], whose[base + lot] = place[at], length[at], whose[at]
    _leave(rings, block, place, spare)
    rings[block, BASE], rings[block, SIZE], rings[block, HEAD] = base, 1 << kind, 0
    return True


@compiled
def _leave(rings: Ints, block: int, place: Ints, spare: Ints) -> None:
    """Put the ring of a block among the unused ones."""
    size = rings[block, SIZE]
    if size == 0:
        return
    kind = 2
    while (1 << kind) < size:
        kind += 1
    place[rings[block, BASE]] = spare[kind]
    spare[kind] = rings[block, BASE] + 1
    rings[block, SIZE] = 0


@compiled
def _append(rings: Ints, block: int, at: int, size: int, bits: int, place: Ints, length: Ints, whose: Bits) -> None:
    """Put a lot behind the others, as part of the last one where it goes on without a gap and is of the same groups."""
    base, room, head, count = rings[block, BASE], rings[block, SIZE], rings[block, HEAD], rings[block, COUNT]
    if count:
        last = base + ((head + count - 1) & (room - 1))
        if place[last] + length[last] == at and whose[last] == bits:
            length[last] += size
            return
    lot = base + ((head + count) & (room - 1))
    place[lot], length[lot], whose[lot] = at, size, bits
    rings[block, COUNT] = count + 1


@compiled
def open_lots(blocks: Codes, amounts: Ints, rings: Ints, place: Ints, length: Ints, whose: Bits, spare: Ints) -> bool:
    """Lots of what was there before the first transfer: each group's part at the front of the queue.

    Args:
        blocks: shape (blocks,).
        amounts: each group's part, shape (blocks, groups).
        rings: rings of all blocks.
        place: lots.
        length: lots.
        whose: lots.
        spare: unused rings.

    Returns:
        False where the arrays are too short; then nothing may be relied on.
    """
    groups = amounts.shape[1]
    for row in range(blocks.size):
        if not _room(rings, blocks[row], groups, place, length, whose, spare):
            return False
        done = 0
        while True:
            end, bits = 0, 0
            for group in range(groups):
                if amounts[row, group] > done:
                    bits |= 1 << group
                    if end == 0 or amounts[row, group] < end:
                        end = amounts[row, group]
            if bits == 0:
                break
            _append(rings, blocks[row], done, end - done, bits, place, length, whose)
            done = end
    return True


@compiled
def spread_lots(
    keep: bool,
    dust: int,
    payer: Codes,
    payee: Codes,
    amount: Ints,
    time: Ints,
    first: int,
    origin: int,
    step: int,
    start: int,
    resume: int,
    stop: int,
    shown: Ints,
    found: Ints,
    pooled: Flags,
    active: Ints,
    mask: Bits,
    block_of: Codes,
    owner: Codes,
    hot: Ints,
    cold: Ints,
    lost: Ints,
    used: int,
    rings: Ints,
    place: Ints,
    length: Ints,
    whose: Bits,
    spare: Ints,
    out_transfer: Ints,
    out_group: Bits,
    out_amount: Ints,
    out_hops: Codes,
) -> tuple[int, int, int]:
    """Carry the groups' lots over the transfers `resume` to `stop`: `kernels.spread` for first in, first out.

    Args:
        keep: as in `kernels.spread`, like all that is not named here.
        dust: see there.
        payer: see there.
        payee: see there.
        amount: see there.
        time: see there.
        first: see there.
        origin: see there.
        step: see there.
        start: see there.
        resume: see there.
        stop: see there.
        shown: see there.
        found: the payee's balance before each transfer, as `keep_balances` fills it.
        pooled: see there.
        active: see there.
        mask: see there.
        block_of: see there.
        owner: see there.
        hot: see there.
        cold: see there.
        lost: see there.
        used: see there.
        rings: queue of every block, shape (blocks, 5), changed in place.
        place: begin of every lot in its queue, shape (lots,), changed in place.
        length: its length in minor units, shape (lots,), changed in place.
        whose: bit g is set where it is group g's, shape (lots,), changed in place.
        spare: unused rings, changed in place.
        out_transfer: see there.
        out_group: see there.
        out_amount: see there.
        out_hops: see there.

    Returns:
        As `kernels.spread`; it also stops early where the lots could run full.
    """
    groups = hot.shape[1]
    count = 0
    moved = np.zeros(groups, np.int64)
    for k in range(resume, stop):
        i = origin + step * k
        p = payer[i]
        if (active[p >> 6] >> (p & 63)) & 1 == 0:
            continue
        if mask[p] == 0:  # all of it went on since
            active[p >> 6] &= ~(1 << (p & 63))
            continue
        if shown[k - start] == 0:
            continue
        if used == owner.size or (keep and count + groups > out_transfer.size):
            return k, used, count
        q, x, now = payee[i], amount[i], time[i]
        source, target = block_of[p], block_of[q]
        front = rings[source, FRONT]
        own = 0
        for group in range(groups):
            is_own = hot[source, group, REACH] == 1
            moved[group] = x if is_own else 0
            own |= int(is_own) << group

        # What the payment takes from the front of the payer's queue.
        base, mark, head, lots = rings[source, BASE], rings[source, SIZE] - 1, rings[source, HEAD], rings[source, COUNT]
        taken = 0
        touched = own
        while taken < lots:
            lot = base + ((head + taken) & mark)
            begin = place[lot] - front
            if begin >= x:
                break
            size = min(length[lot], x - begin)
            held = int(whose[lot]) & ~own
            touched |= held
            for group in range(groups):
                if (held >> group) & 1:
                    moved[group] += size
            taken += 1
        if touched == 0:
            rings[source, FRONT] = front + x
            continue

        inside = 0
        if target == 0:
            target = used
        else:
            for group in range(groups):
                inside |= int(hot[target, group, REACH] == 1) << group
            # The target's lots may have to move: first of all, so that a full array leaves everything as it was.
        carried = 0
        for group in range(groups):
            if moved[group] >= max(dust, 1):
                carried |= 1 << group
        goes = 0 if pooled[q] else carried & ~inside
        if goes != 0 and not _room(rings, target, rings[target, COUNT] + 2 * taken + 1, place, length, whose, spare):
            return k, used, count
        base, mark = rings[source, BASE], rings[source, SIZE] - 1

        for group in range(groups):
            part = moved[group]
            if part == 0:
                continue
            hops = hot[source, group, REACH]
            if hops == 1 and (inside >> group) & 1:  # money between the group's own accounts stays inside
                continue
            if hops != 1:
                left = hot[source, group, TAINT] - part
                hot[source, group, TAINT] = left
                if left == 0:
                    mask[p] &= ~(1 << group)
            if (carried >> group) & 1 == 0:
                drop(lost, group, hops, part)
                continue
            if target == used:
                used += 1
                block_of[q] = target
                owner[target] = q
            meet(hot, cold, target, group, hops, part, now)
            if (inside >> group) & 1 == 0:
                hot[target, group, TAINT] += part
                if not pooled[q]:
                    mask[q] |= 1 << group
                    active[q >> 6] |= 1 << (q & 63)
            if keep:
                out_transfer[count] = first + i
                out_group[count] = group
                out_amount[count] = part
                out_hops[count] = hops
                count += 1

        end = rings[target, FRONT] + found[k - start]
        done = 0
        for turn in range(taken):
            lot = base + ((head + turn) & mark)
            begin = max(place[lot] - front, 0)
            stretch = min(place[lot] - front + length[lot], x)
            if own & goes and begin > done:
                _append(rings, target, end + done, begin - done, own & goes, place, length, whose)
            both = (int(whose[lot]) | own) & goes
            if both:
                _append(rings, target, end + begin, stretch - begin, both, place, length, whose)
            done = stretch
        if own & goes and done < x:
            _append(rings, target, end + done, x - done, own & goes, place, length, whose)

        # What is left of the last lot stays at the payer's front.
        if taken:
            lot = base + ((head + taken - 1) & mark)
            over = place[lot] - front + length[lot] - x
            if over > 0:
                place[lot], length[lot] = front + x, over
                taken -= 1
            rings[source, HEAD] = (head + taken) & mark
            rings[source, COUNT] = lots - taken
            if lots == taken:
                _leave(rings, source, place, spare)
        rings[source, FRONT] = 0 if lots == taken else front + x
    return stop, used, count


@dataclass
class Lots:
    """The lots of all accounts, and room for more of them."""

    rings: Ints
    place: Ints
    length: Ints
    whose: Bits
    spare: Ints

    @classmethod
    def start(cls, blocks: int, lots: int = 1 << 12) -> Lots:
        """No lots, with room for the rings of `blocks` accounts and for `lots` of them."""
        return cls(
            np.zeros((blocks, 5), np.int64),
            np.zeros(lots, np.int64),
            np.zeros(lots, np.int64),
            np.zeros(lots, np.uint8),
            np.zeros(_CLASSES, np.int64),
        )

    def for_blocks(self, blocks: int) -> None:
        """Make room for the rings of `blocks` accounts."""
        rings = np.zeros((blocks, 5), np.int64)
        rings[: len(self.rings)] = self.rings[:blocks]
        self.rings = rings

    def grow(self) -> None:
        """Twice the room for lots."""
        for name in ("place", "length", "whose"):
            old = getattr(self, name)
            new = np.zeros(2 * len(old), old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)
