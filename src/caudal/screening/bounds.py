"""The most that a pair of names can be worth, told without aligning them, so that nearly all pairs can be left out.

`most_bits` must never be less than what `aligning.align` gives. It follows `align` step by step and takes of every step
the kindest outcome. Whatever `align` comes to add has to be added here too; a test compares the two over random names
and random weights.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from caudal.screening import layout as lay
from caudal.screening.aligning import left_over_bits
from caudal.screening.alike import CLASS, KINDRED, VOWEL, WIDTH, letter_gap
from caudal.screening.phrases import CORE, PLACE

ROUNDING = 1e-3
"""Bits allowed for the rounding of sums of single precision."""

_NEVER_ADD = (
    lay.MISSING_PERSON, lay.MISSING_ORG, lay.EXTRA_SHARE, lay.MISSING_MOST, lay.CONTRADICTION, lay.NUMBER_CONFLICT,
    lay.DOMAIN_CONFLICT, lay.LEGAL_CONFLICT, lay.WEAK_ALIAS, lay.KIND_CONFLICT, lay.LONE_WORD, lay.TRADE_CONFLICT,
    lay.BODY,
)  # fmt: skip
"""Weights the bound leaves out, as they only ever take off."""

_H = ord("h")
_CLASSES = 8
TOTAL, HEAVY, SEEN, HEAVY_SEEN = 0, 1, 2, 3
"""Columns of a signature: letters per class of sound and those of them that cost a full letter to leave out, a byte per
class; the letters themselves as a set of bits, and again those only that cost a full letter."""


def _least_costs() -> tuple[float, np.ndarray]:
    """The least that a letter costs which the other side lacks, and what it costs more, by class, where the other side
    has too few of that class."""
    letters = np.array([[0, 0], *([code, 0] for code in range(ord("0"), ord("z") + 1))], np.uint8)
    least = min(VOWEL, KINDRED)
    alone = np.full(_CLASSES, 1.0)
    for row in letters:
        if row[0] != _H:
            kind = int(CLASS[row[0]])
            alone[kind] = min(alone[kind], letter_gap(row, 0))
    return least, np.maximum(alone - least, 0.0)


_LEAST, _MORE = _least_costs()


def never_adds(weights: np.ndarray) -> bool:
    """Whether the search may be used with these weights: what should take off does, and likeness alone adds nothing.

    Names that share no word are not looked at; up to seven initials must not make likeness count.
    """
    alone = weights[lay.ALIKE_FROM] > max(7.0 * weights[lay.INITIAL_BITS], 0.0)
    return bool(alone and (weights[list(_NEVER_ADD)] <= 0.0).all())


@njit(cache=True, nogil=True)
def signatures(letters: np.ndarray, length: np.ndarray) -> np.ndarray:
    """What `most_alike` needs to know of words: uint64 (words, 4).

    Args:
        letters: uint8 (words, WIDTH); length: letters of each.
    """
    found = np.zeros((length.size, 4), np.uint64)
    for i in range(length.size):
        for c in range(min(length[i], WIDTH)):
            letter = letters[i, c]
            kind = CLASS[letter] if letter < 128 else 0
            one, bit = np.uint64(1) << np.uint64(8 * kind), np.uint64(1) << np.uint64(letter & 63)
            found[i, TOTAL] += one
            found[i, SEEN] |= bit
            if letter != _H and not (c > 0 and letters[i, c - 1] == letter):
                found[i, HEAVY] += one
                found[i, HEAVY_SEEN] |= bit
    return found


@njit(cache=True, nogil=True)
def _ones(bits: np.uint64) -> int:
    """How many bits are set."""
    found = 0
    while bits:
        bits &= bits - np.uint64(1)
        found += 1
    return found


@njit(cache=True, nogil=True)
def most_alike(a: np.ndarray, x: int, m: int, b: np.ndarray, y: int, n: int) -> float:
    """What `alike.alike` gives for two words at most.

    Every letter of one side that the other does not have costs at least as much as one of the same sound, and every
    letter of a class of which the other has too few at least as much as leaving it out. A common ending, which `alike`
    takes off, takes the same letters off both sides; taking it off only makes words less alike.

    Args:
        a, b: signatures, of which rows x and y are meant; m, n: letters of the words.
    """
    m, n = min(m, WIDTH), min(n, WIDTH)
    if m == 0 or n == 0:
        return 0.0
    ours = _LEAST * _ones(a[x, HEAVY_SEEN] & ~b[y, SEEN])
    theirs = _LEAST * _ones(b[y, HEAVY_SEEN] & ~a[x, SEEN])
    for kind in range(_CLASSES):
        shift, byte = np.uint64(8 * kind), np.uint64(255)
        more = np.int64((a[x, HEAVY] >> shift) & byte) - np.int64((b[y, TOTAL] >> shift) & byte)
        if more > 0:
            ours += _MORE[kind] * more
        more = np.int64((b[y, HEAVY] >> shift) & byte) - np.int64((a[x, TOTAL] >> shift) & byte)
        if more > 0:
            theirs += _MORE[kind] * more
    return max(0.0, 1.0 - max(ours, theirs) / max(m, n)) + 1e-9  # sums of other order round otherwise


@njit(cache=True, nogil=True)
def most_left_over(likeness: float, known: bool, person: bool, weights: np.ndarray) -> float:
    """What `aligning.left_over_bits` gives at most for two words that are at most so alike."""
    most = max(left_over_bits(0.0, known, person, weights), left_over_bits(likeness, known, person, weights))
    if likeness > 0.65:  # where its lines meet
        most = max(most, left_over_bits(0.65, known, person, weights))
    return most


@njit(cache=True, nogil=True)
def soft_bits(particles: int, others: int, whole: bool, weights: np.ndarray) -> float:
    """The most that boilerplate of the query adds: particles, and legal forms, titles and trade phrases."""
    cap = weights[lay.BOILERPLATE_CAP]
    most = 0.0
    if particles + others:
        most += max(min(weights[lay.PARTICLE_BITS] * (particles + others), cap), 0.0)
    if others:
        most += max(cap, weights[lay.VERBATIM_CAP] if whole else 0.0, 0.0)
    return most


@njit(cache=True, nogil=True)
def _near_bits(near_tok: np.ndarray, near_bits: np.ndarray, low: int, high: int, token: int) -> float:
    while low < high:
        middle = (low + high) // 2
        found = near_tok[middle]
        if found == token:
            return float(near_bits[middle])
        if found < token:
            low = middle + 1
        else:
            high = middle
    return 0.0


@njit(cache=True, nogil=True)
def _chain(word: np.ndarray, pair: np.ndarray, n: int) -> float:
    """The most that n words in a row are worth, each by itself or together with the next."""
    before = last = 0.0
    for i in range(n):
        now = last + word[i]
        if i > 0 and pair[i - 1] > 0.0 and before + pair[i - 1] > now:
            now = before + pair[i - 1]
        before, last = last, now
    return last


@njit(cache=True, nogil=True)
def mark(
    q_tok: np.ndarray, q_join: np.ndarray, near_start: np.ndarray, near_tok: np.ndarray, near_bits: np.ndarray,
    marks: np.ndarray, gains: np.ndarray, clear: bool,
) -> None:  # fmt: skip
    """Note at every listed word which words (and, 16 bits on, joined words) of a query name are near it.

    `gains` holds the most bits of them. What was noted is taken back where `clear` is set.
    """
    n = q_tok.size
    for row in range(2 * n):
        token = q_tok[row] if row < n else q_join[row - n]
        if token < 0:
            continue
        bit = np.uint32(1) << np.uint32(row if row < n else row - n + 16)
        for k in range(near_start[token], near_start[token + 1]):
            held = near_tok[k]
            if clear:
                marks[held] = 0
                gains[held] = 0.0
            elif near_bits[k] > 0.0:
                marks[held] |= bit
                gains[held] = max(gains[held], near_bits[k])


@njit(cache=True, nogil=True)
def quick_bits(
    a: int, b: int, t_tok: np.ndarray, t_join: np.ndarray, marks: np.ndarray, gains: np.ndarray, wanting: int,
    weights: np.ndarray,
) -> float:  # fmt: skip
    """`most_bits` at a glance for the listed name of words a to b-1: more, without boilerplate of the query; infinite
    where a closer look is needed.

    Neither name may hold an initial. `wanting`: a bit for every query word whose lack keeps a name from being whole.
    """
    found = 0.0
    rows = np.uint32(0)
    for j in range(a, b):
        mask = marks[t_tok[j]]
        if mask:
            rows |= mask
            found += gains[t_tok[j]]
        if j + 1 < b and t_join[j] >= 0:
            mask = marks[t_join[j]]
            if mask:
                rows |= mask
                found += gains[t_join[j]]
    if found + ROUNDING >= weights[lay.ALIKE_FROM]:
        return np.inf
    linked = rows | (rows >> np.uint32(16)) | ((rows >> np.uint32(16)) << np.uint32(1))
    if np.uint32(wanting) & ~linked == 0:
        found += max(weights[lay.WHOLE], 0.0)
    return found


@njit(cache=True, nogil=True)
def most_bits(
    s: int, e: int, a: int, b: int,
    q_tok: np.ndarray, q_role: np.ndarray, q_join: np.ndarray, q_first: np.ndarray, q_len: np.ndarray,
    q_signs: np.ndarray, q_known: np.ndarray, q_cut: bool, q_kind: int,
    t_tok: np.ndarray, t_role: np.ndarray, t_join: np.ndarray, t_first: np.ndarray, t_len: np.ndarray,
    t_signs: np.ndarray, t_known: np.ndarray, t_kind: int, initials: bool,
    near_start: np.ndarray, near_tok: np.ndarray, near_bits: np.ndarray, marks: np.ndarray, gains: np.ndarray,
    particles: int, others: int, weights: np.ndarray, wanted: float, room: np.ndarray,
) -> float:  # fmt: skip
    """What `align` gives for a query name and a listed name at most; less exactly where under `wanted`.

    The words linked are worth no more than if every query word (or pair of neighbours) took the best listed word, nor
    than if every listed word took the best query word. A distinctive word that nothing links stands against one of the
    other side, unless it is that side that has too few left; so either all such words of the query do or all of the
    listed name, and where one of them is like no word of the other side that takes off, or caps the sum.

    Args:
        s, e, a, b: words of the query name are s to e-1, those of the listed name a to b-1; other arrays are of all
            names or words.
        q_signs, t_signs: see `signatures`. initials: whether either name may hold an initial.
        marks, gains: see `mark`, for this query name. particles, others: boilerplate words of the query.
        room: scratch, float64 (8, at least as long as the longer name).
    """
    nq, nt = e - s, b - a
    person = t_kind == 0 or q_kind == 0
    row, row_pair, column, column_pair = room[0], room[1], room[2], room[3]
    linked, held = room[4], room[5]  # whether a word can be linked at all
    row[:nq] = 0.0
    row_pair[:nq] = 0.0
    linked[:nq] = 0.0
    column[:nt] = 0.0
    column_pair[:nt] = 0.0
    held[:nt] = 0.0
    for j in range(2 * nt):
        if j < nt:
            token = t_tok[a + j]
        elif j - nt < nt - 1 and t_join[a + j - nt] >= 0:
            token = t_join[a + j - nt]
        else:
            continue
        mask = marks[token]
        if mask == 0:
            continue
        single = mask & (mask - np.uint32(1)) == 0
        at = 0
        while mask:
            if mask & np.uint32(1):
                joined = at >= 16
                i = at - 16 if joined else at
                if not (joined and j >= nt):
                    bits = gains[token]
                    if not single:
                        word = q_join[s + i] if joined else q_tok[s + i]
                        bits = _near_bits(near_tok, near_bits, near_start[word], near_start[word + 1], token)
                    counts = joined or q_role[s + i] <= PLACE
                    linked[i] = 1.0
                    if joined:
                        linked[i + 1] = 1.0
                        row_pair[i] = max(row_pair[i], bits)
                    elif counts:
                        row[i] = max(row[i], bits)
                    if j < nt:
                        held[j] = 1.0
                        if counts:
                            column[j] = max(column[j], bits)
                    else:
                        held[j - nt] = 1.0
                        held[j - nt + 1] = 1.0
                        if counts:
                            column_pair[j - nt] = max(column_pair[j - nt], bits)
            mask >>= np.uint32(1)
            at += 1
    if initials and weights[lay.INITIAL_BITS] > 0.0:
        for i in range(nq):
            for j in range(nt):
                if (
                    (q_len[q_tok[s + i]] == 1 or t_len[t_tok[a + j]] == 1)
                    and q_first[q_tok[s + i]] == t_first[t_tok[a + j]]
                    and q_role[s + i] == CORE
                    and t_role[a + j] == CORE
                ):
                    row[i] = max(row[i], weights[lay.INITIAL_BITS])
                    column[j] = max(column[j], weights[lay.INITIAL_BITS])
                    linked[i] = 1.0
                    held[j] = 1.0
    alone = False
    whole = True
    for i in range(nq):
        if linked[i] == 0.0 and q_role[s + i] <= PLACE:
            whole = False
            alone = alone or q_role[s + i] == CORE
    for j in range(nt):
        if held[j] == 0.0 and t_role[a + j] <= PLACE and not q_cut:
            whole = False
            alone = alone or t_role[a + j] == CORE
    soft = soft_bits(particles, others, whole, weights) + ROUNDING
    more = soft + (max(weights[lay.WHOLE], 0.0) if whole and not q_cut else 0.0)
    found = min(_chain(row, row_pair, nq), _chain(column, column_pair, nt))
    helps = found + ROUNDING >= weights[lay.ALIKE_FROM]
    if not helps and (not alone or found + more < wanted):
        return found + more

    # What likeness can add to each word, or must take off.
    ours, theirs = room[6], room[7]
    ours[:nq] = -np.inf
    theirs[:nt] = -np.inf
    for i in range(nq):
        if q_role[s + i] != CORE:
            continue
        x = q_tok[s + i]
        for j in range(nt):
            if t_role[a + j] != CORE:
                continue
            y = t_tok[a + j]
            likeness = most_alike(q_signs, x, q_len[x], t_signs, y, t_len[y])
            bits = most_left_over(likeness, q_known[x] and t_known[y], person, weights)
            if not helps:
                bits = min(bits, 0.0)
            ours[i] = max(ours[i], bits)
            theirs[j] = max(theirs[j], bits)
    # People that share one word, and nothing else that is like enough to count as another.
    ceiling = np.inf
    if person and not whole:
        words = shown = 0
        other = False
        for i in range(nq):
            words += linked[i] > 0.0 and q_role[s + i] <= PLACE
            other = other or ours[i] > weights[lay.ALIKE_TOKEN]
        for j in range(nt):
            shown += held[j] > 0.0 and t_role[a + j] <= PLACE
        if max(words, shown) <= 1 and not other:
            ceiling = weights[lay.SINGLE_CAP]
    cap = weights[lay.CONTRADICTION_CAP]
    ours_capped = theirs_capped = False
    for i in range(nq):
        row[i] = max(row[i], ours[i])
    for j in range(nt):
        column[j] = max(column[j], theirs[j])
    free_row, free_column = _chain(row, row_pair, nq), _chain(column, column_pair, nt)
    for i in range(nq):
        if q_role[s + i] == CORE and linked[i] == 0.0:
            row[i] = ours[i]
            ours_capped = ours_capped or ours[i] <= weights[lay.ALIKE_HARD]
    by_query = _chain(row, row_pair, nq) + more
    if ours_capped:
        by_query = min(by_query, cap)
    for j in range(nt):
        if t_role[a + j] == CORE and held[j] == 0.0 and not q_cut:
            column[j] = theirs[j]
            theirs_capped = theirs_capped or theirs[j] <= weights[lay.ALIKE_HARD]
    by_listed = _chain(column, column_pair, nt) + more
    if theirs_capped:
        by_listed = min(by_listed, cap)
    return min(max(min(by_query, free_column + more), min(by_listed, free_row + more)), ceiling)
