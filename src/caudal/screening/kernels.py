"""The hot loop: arrays in, arrays out.

`score_names` finds and scores, for every query name, the listed names that could reach the keep-line.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from caudal.screening import layout as lay
from caudal.screening.aligning import align
from caudal.screening.bounds import ROUNDING, mark, most_bits, most_left_over, quick_bits, soft_bits
from caudal.screening.dated import NOTHING, SAME_DAY, could_be
from caudal.screening.names import ORGANISATION, PERSON
from caudal.screening.phrases import PARTICLE, PLACE


@njit(cache=True)
def _grown(values: np.ndarray, size: int) -> np.ndarray:
    """The same values in a longer array."""
    bigger = np.empty(size, values.dtype)
    bigger[: values.size] = values
    return bigger


@njit(cache=True, nogil=True)
def hash_parties(first: np.ndarray, kinds: np.ndarray, start: np.ndarray, word: np.ndarray, n_words: int) -> np.ndarray:
    """A number for every party that tells its kind and its distinct words in order (uint64).

    Args:
        first: names of party p are first[p] to first[p+1]-1; start, word: words of each name.
    """
    seen = np.full(n_words, -1, np.int64)
    keys = np.empty(kinds.size, np.uint64)
    for p in range(kinds.size):
        h = np.uint64(14695981039346656037) ^ np.uint64(kinds[p] + 1)
        for n in range(first[p], first[p + 1]):
            for i in range(start[n], start[n + 1]):
                if seen[word[i]] == p:
                    continue
                seen[word[i]] = p
                # splitmix64, so that near ids do not give near numbers
                z = h + np.uint64(word[i] + 1) * np.uint64(0x9E3779B97F4A7C15)
                z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                h = z ^ (z >> np.uint64(31))
        keys[p] = h
    return keys


@njit(cache=True, nogil=True)
def count_bearers(
    counted: np.ndarray, first: np.ndarray, kinds: np.ndarray, start: np.ndarray, word: np.ndarray, n_words: int
) -> np.ndarray:
    """How many of the counted parties bear each word: people and bodies (float64, 2 x words)."""
    seen = np.full(n_words, -1, np.int64)
    bearers = np.zeros((2, n_words))
    for p in counted:
        for n in range(first[p], first[p + 1]):
            for i in range(start[n], start[n + 1]):
                w = word[i]
                if seen[w] == p:
                    continue
                seen[w] = p
                if kinds[p] != ORGANISATION:
                    bearers[0, w] += 1
                if kinds[p] != PERSON:
                    bearers[1, w] += 1
    return bearers


@njit(cache=True, nogil=True)
def reach_of_words(
    near_start: np.ndarray, near_tok: np.ndarray, near_bits: np.ndarray, post_start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Per query word the most bits it can add, and how many listed names hold a word near it."""
    n = near_start.size - 1
    most, names = np.zeros(n), np.zeros(n, np.int64)
    for q in range(n):
        for k in range(near_start[q], near_start[q + 1]):
            if near_bits[k] > 0.0:
                most[q] = max(most[q], near_bits[k])
                names[q] += post_start[near_tok[k] + 1] - post_start[near_tok[k]]
    return most, names


@njit(cache=True, nogil=True)
def _reach(found: float, words: int, initials: bool, weights: np.ndarray) -> float:
    """The most bits of a pair whose words find `found` in all: likeness counts only from ALIKE_FROM on."""
    initial = max(weights[lay.INITIAL_BITS], 0.0)
    reach = found + (initial * words if initials else 0.0)
    if reach + ROUNDING >= weights[lay.ALIKE_FROM]:
        reach = found + max(initial, most_left_over(1.0, False, True, weights)) * words
    return reach


@njit(cache=True, nogil=True)
def score_names(
    q_start: np.ndarray,
    q_tok: np.ndarray,
    q_role: np.ndarray,
    q_join: np.ndarray,
    q_cut: np.ndarray,
    q_kind: np.ndarray,
    q_bits: np.ndarray,
    q_first: np.ndarray,
    q_len: np.ndarray,
    q_letters: np.ndarray,
    q_signs: np.ndarray,
    q_known: np.ndarray,
    t_start: np.ndarray,
    t_tok: np.ndarray,
    t_role: np.ndarray,
    t_join: np.ndarray,
    t_kind: np.ndarray,
    t_weak: np.ndarray,
    t_owner: np.ndarray,
    t_bits: np.ndarray,
    t_first: np.ndarray,
    t_len: np.ndarray,
    t_letters: np.ndarray,
    t_signs: np.ndarray,
    t_known: np.ndarray,
    t_width: int,
    t_short: np.ndarray,
    post_start: np.ndarray,
    post_name: np.ndarray,
    post_plain: np.ndarray,
    near_start: np.ndarray,
    near_tok: np.ndarray,
    near_bits: np.ndarray,
    near_level: np.ndarray,
    near_common: np.ndarray,
    near_most: np.ndarray,
    near_names: np.ndarray,
    weights: np.ndarray,
    keep: np.ndarray,
    q_births: np.ndarray,
    q_birth: np.ndarray,
    q_owner: np.ndarray,
    t_births: np.ndarray,
    t_birth: np.ndarray,
    t_among: np.ndarray,
    top: int,
    low: int,
    high: int,
    exhaustive: bool,
    bound: np.ndarray,
    touched: np.ndarray,
    marks: np.ndarray,
    gains: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Listed names for query names low..high-1: (query name, listed name, bits), the best `top` owners each.

    Pruning is exact. A score is at most the sum over the query's words and joined words of the most bits each finds in
    the listed name; a distinctive word that finds nothing there can still add what an initial is worth, where there is
    one, or likeness of letters where the rest is worth enough for that (see `_reach`); besides there are only what is
    given for a whole name, which no name gets of which a distinctive word finds nothing, and boilerplate, whose worth
    is capped and which is left out of the sum. So words that many listed names hold are set aside as long as they could
    not reach `keep` on their own, and only names that hold another word are looked at, and those with initials; of
    these, those that reach it with the bits found on the way; and of those, what `bounds.most_bits` leaves.

    Args:
        near_most, near_names: per query word, see `reach_of_words`.
        keep: least bits per query name where birth dates could add nothing, something, or be the same day (see
            `dated`); float64 (names, 3), not rising.
        q_births, q_birth, t_births, t_birth: birth dates per query party and listed party. q_owner: party per name.
        t_among: whether a listed party may be found at all; one that may not takes nobody's place.
        top: owners kept per query name, those furthest above their keep-line.
        exhaustive: score every listed name, to check the above.
        bound, touched: scratch of one number per listed name; bound is zero at first and is left so.
        marks, gains: scratch of one number per listed word, zero at first and left so.
    """
    n_names = t_start.size - 1
    q_width = 0
    for n in range(low, high):
        q_width = max(q_width, q_start[n + 1] - q_start[n])
    table = np.empty((2 * q_width + 2, 2 * t_width + 2), np.float64)
    links = np.empty((q_width + 1, lay.N_LINK), np.float64)
    parts = np.empty(lay.N_PARTS, np.float64)
    search = np.empty(2 * q_width + 1, np.int64)
    aside = np.empty(2 * q_width + 1, np.int64)
    is_joined = np.empty(2 * q_width + 1, np.bool_)
    out_q = np.empty(256, np.int32)
    out_t = np.empty(256, np.int32)
    out_b = np.empty(256, np.float64)
    n_out = 0
    best_owner = np.empty(top, np.int32)
    best_name = np.empty(top, np.int32)
    best_bits = np.empty(top, np.float64)
    best_over = np.empty(top, np.float64)
    room = np.empty((8, max(q_width, t_width)), np.float64)
    for n in range(low, high):
        s, e = q_start[n], q_start[n + 1]
        if s == e:
            continue
        # Boilerplate that the sum leaves out comes from the query's own boilerplate only.
        particles = others = 0
        n_search = n_aside = 0
        most = 0.0
        words = 0
        wanting = 0  # a bit for each of them
        lettered = False  # whether a word of the query is an initial
        lost = False  # whether a word of it finds nothing on any list
        plain = 0  # its words that are to be looked up, joined ones left out
        for position in range(s, 2 * e - s):
            if position < e:
                if q_role[position] > PLACE:
                    particles += q_role[position] == PARTICLE
                    others += q_role[position] != PARTICLE
                    continue
                words += 1
                wanting |= 1 << (position - s)
                lettered = lettered or q_len[q_tok[position]] == 1
            token = q_tok[position] if position < e else q_join[position - e + s]
            if token >= 0 and near_most[token] > 0:
                search[n_search] = token
                is_joined[n_search] = position >= e
                n_search += 1
                most += near_most[token]
                plain += position < e
            elif position < e:
                lost = True
        slack = soft_bits(particles, others, True, weights) + ROUNDING
        whole = max(weights[lay.WHOLE], 0.0)
        dated = q_births[q_owner[n] + 1] > q_births[q_owner[n]]
        least = keep[n, SAME_DAY if dated else NOTHING]
        n_touched = 0
        spare = 0.0
        if exhaustive:
            for m in range(n_names):
                touched[m] = m
            n_touched = n_names
        elif _reach(most, words, True, weights) + slack + whole < least:
            continue
        else:
            # The word most names hold is set aside first. A name that holds words set aside only is not found whole
            # as long as a word is left that it does not hold; names with initials are looked at all the same.
            joint = False
            while n_search:
                pick = -1
                for k in range(n_search):
                    joined = is_joined[k]
                    could = lettered or joint or joined or (plain - 1 == 0 and not lost)
                    reach = _reach(spare + near_most[search[k]], words, lettered, weights) + slack
                    if reach + (whole if could else 0.0) < least and (
                        pick < 0 or near_names[search[k]] > near_names[search[pick]]
                    ):
                        pick = k
                if pick < 0:
                    break
                joint = joint or is_joined[pick]
                plain -= not is_joined[pick]
                is_joined[pick] = is_joined[n_search - 1]
                aside[n_aside] = search[pick]
                n_aside += 1
                spare += near_most[search[pick]]
                n_search -= 1
                search[pick] = search[n_search]
            for i in range(n_search + n_aside):
                token = search[i] if i < n_search else aside[i - n_search]
                for k in range(near_start[token], near_start[token + 1]):
                    if near_bits[k] <= 0.0:
                        continue
                    gain = near_bits[k]
                    held = near_tok[k]
                    for r in range(post_start[held], post_start[held + 1] if i < n_search else post_plain[held]):
                        name = post_name[r]
                        if bound[name] == 0.0:
                            touched[n_touched] = name
                            n_touched += 1
                        bound[name] += gain
        kept = 0
        marked = False
        for c in range(n_touched):
            name = touched[c]
            if not t_among[t_owner[name]]:
                bound[name] = 0.0
                continue
            a, b = t_start[name], t_start[name + 1]
            wanted = least
            if not exhaustive:
                reach = _reach(bound[name] + spare, words, lettered or t_short[name], weights) + slack + whole
                bound[name] = 0.0
                if reach < least:
                    continue
            if dated:
                p, o = q_owner[n], t_owner[name]
                wanted = keep[n, could_be(q_birth, q_births[p], q_births[p + 1], t_birth, t_births[o], t_births[o + 1])]
            if not exhaustive:
                if reach < wanted:
                    continue
                if not marked:
                    mark(q_tok[s:e], q_join[s:e], near_start, near_tok, near_bits, marks, gains, False)
                    marked = True
                initials = lettered or t_short[name]
                if not initials and slack + quick_bits(a, b, t_tok, t_join, marks, gains, wanting, weights) < wanted:
                    continue
                reach = most_bits(
                    s, e, a, b, q_tok, q_role, q_join, q_first, q_len, q_signs, q_known, q_cut[n], q_kind[n],
                    t_tok, t_role, t_join, t_first, t_len, t_signs, t_known, t_kind[name], initials,
                    near_start, near_tok, near_bits, marks, gains, particles, others, weights, wanted, room,
                )  # fmt: skip
                if reach < wanted:
                    continue
            align(
                q_tok[s:e], q_role[s:e], q_join[s:e], q_bits, q_first, q_len, q_letters, q_known, q_cut[n], q_kind[n],
                t_tok[a:b], t_role[a:b], t_join[a:b], t_bits, t_first, t_len, t_letters, t_known,
                t_kind[name], t_weak[name],
                near_start, near_tok, near_bits, near_level, near_common, weights, table, links, parts,
            )  # fmt: skip
            bits = parts[lay.P_TOTAL]
            if bits < wanted:
                continue
            # The place of this owner, else a free one, else that of the weakest.
            slot, weakest = -1, 0
            for k in range(kept):
                if best_owner[k] == t_owner[name]:
                    slot = k
                if (best_over[k], -best_name[k]) < (best_over[weakest], -best_name[weakest]):
                    weakest = k
            if slot < 0 and kept < top:
                slot = kept
                kept += 1
            else:
                slot = slot if slot >= 0 else weakest
                if (bits - wanted, -name) < (best_over[slot], -best_name[slot]):
                    continue
            best_owner[slot] = t_owner[name]
            best_name[slot] = name
            best_bits[slot] = bits
            best_over[slot] = bits - wanted
        if marked:
            mark(q_tok[s:e], q_join[s:e], near_start, near_tok, near_bits, marks, gains, True)
        if n_out + kept > out_q.size:
            size = 2 * out_q.size + kept
            out_q, out_t, out_b = _grown(out_q, size), _grown(out_t, size), _grown(out_b, size)
        out_q[n_out : n_out + kept] = n
        out_t[n_out : n_out + kept] = best_name[:kept]
        out_b[n_out : n_out + kept] = best_bits[:kept]
        n_out += kept
    return out_q[:n_out], out_t[:n_out], out_b[:n_out]
