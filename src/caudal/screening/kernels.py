"""The hot loop: arrays in, arrays out.

`score_names` finds and scores, for every query name, the listed names that could reach the keep-line.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from caudal.screening import layout as lay
from caudal.screening.aligning import align
from caudal.screening.phrases import PLACE


@njit(cache=True)
def _grown(values: np.ndarray, size: int) -> np.ndarray:
    """The same values in a longer array."""
    bigger = np.empty(size, values.dtype)
    bigger[: values.size] = values
    return bigger


@njit(cache=True)
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
    t_known: np.ndarray,
    post_start: np.ndarray,
    post_name: np.ndarray,
    near_start: np.ndarray,
    near_tok: np.ndarray,
    near_bits: np.ndarray,
    near_level: np.ndarray,
    near_common: np.ndarray,
    weights: np.ndarray,
    keep: np.ndarray,
    top: int,
    low: int,
    high: int,
    exhaustive: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Listed names for query names low..high-1: (query name, listed name, bits), the best `top` owners each.

    A listed name is scored when the bits of the tokens it shares, plus what whole agreement, initials and likeness
    can add, reach its `keep`: the sum bounds the score from above, so nothing that could be kept is lost. Boilerplate,
    whose worth is capped, is left out of the sum and allowed for. `exhaustive` scores every listed name instead, to
    check that.
    """
    n_names = t_start.size - 1
    bound = np.zeros(n_names, np.float32)
    touched = np.empty(n_names, np.int32)
    width = 0
    for n in range(n_names):
        width = max(width, t_start[n + 1] - t_start[n])
    q_width = 0
    for n in range(low, high):
        q_width = max(q_width, q_start[n + 1] - q_start[n])
    table = np.empty((2 * q_width + 2, 2 * width + 2), np.float64)
    links = np.empty((q_width + 1, lay.N_LINK), np.float64)
    parts = np.empty(lay.N_PARTS, np.float64)
    out_q = np.empty(1024, np.int32)
    out_t = np.empty(1024, np.int32)
    out_b = np.empty(1024, np.float64)
    n_out = 0
    best_owner = np.empty(top, np.int32)
    best_name = np.empty(top, np.int32)
    best_bits = np.empty(top, np.float64)
    always = weights[lay.WHOLE] + weights[lay.VERBATIM_CAP] + weights[lay.BOILERPLATE_CAP]
    per_part = max(weights[lay.INITIAL_BITS], weights[lay.ALIKE_NEAR], 0.0)
    for n in range(low, high):
        s, e = q_start[n], q_start[n + 1]
        if s == e:
            continue
        n_touched = 0
        if exhaustive:
            for m in range(n_names):
                touched[m] = m
            n_touched = n_names
        else:
            for position in range(s, 2 * e - s):
                if position < e and q_role[position] > PLACE:
                    continue
                token = q_tok[position] if position < e else q_join[position - e + s]
                if token < 0:
                    continue
                for k in range(near_start[token], near_start[token + 1]):
                    gain = near_bits[k]
                    if gain <= 0.0:
                        continue
                    for r in range(post_start[near_tok[k]], post_start[near_tok[k] + 1]):
                        name = post_name[r]
                        if bound[name] == 0.0:
                            touched[n_touched] = name
                            n_touched += 1
                        bound[name] += gain
        # Boilerplate that the sum leaves out comes from the query's own boilerplate only.
        soft = False
        for position in range(s, e):
            soft = soft or q_role[position] > PLACE
        slack = (always if soft else weights[lay.WHOLE]) + per_part * (e - s)
        kept = 0
        for c in range(n_touched):
            name = touched[c]
            reach = bound[name]
            bound[name] = 0.0
            if not exhaustive and reach + slack < keep[n]:
                continue
            a, b = t_start[name], t_start[name + 1]
            align(
                q_tok[s:e], q_role[s:e], q_join[s:e], q_bits, q_first, q_len, q_letters, q_known, q_cut[n], q_kind[n],
                t_tok[a:b], t_role[a:b], t_join[a:b], t_bits, t_first, t_len, t_letters, t_known,
                t_kind[name], t_weak[name],
                near_start, near_tok, near_bits, near_level, near_common, weights, table, links, parts,
            )  # fmt: skip
            bits = parts[lay.P_TOTAL]
            if bits < keep[n]:
                continue
            # The place of this owner, else a free one, else that of the weakest.
            slot, weakest = -1, 0
            for k in range(kept):
                if best_owner[k] == t_owner[name]:
                    slot = k
                if (best_bits[k], -best_name[k]) < (best_bits[weakest], -best_name[weakest]):
                    weakest = k
            if slot < 0 and kept < top:
                slot = kept
                kept += 1
            else:
                slot = slot if slot >= 0 else weakest
                if (bits, -name) < (best_bits[slot], -best_name[slot]):
                    continue
            best_owner[slot] = t_owner[name]
            best_name[slot] = name
            best_bits[slot] = bits
        if n_out + kept > out_q.size:
            size = 2 * out_q.size + kept
            out_q, out_t, out_b = _grown(out_q, size), _grown(out_t, size), _grown(out_b, size)
        out_q[n_out : n_out + kept] = n
        out_t[n_out : n_out + kept] = best_name[:kept]
        out_b[n_out : n_out + kept] = best_bits[:kept]
        n_out += kept
    return out_q[:n_out], out_t[:n_out], out_b[:n_out]
