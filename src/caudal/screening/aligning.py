"""Pairing the tokens of two names one to one and weighing the evidence: the inner loop of the matcher."""

from __future__ import annotations

import numpy as np
from numba import njit

from caudal.screening import layout as lay
from caudal.screening.alike import WIDTH, alike
from caudal.screening.phrases import CORE, DOMAIN, LEGAL, NUMBER, PARTICLE, PLACE
from caudal.screening.spelling import EXACT, FORM, LOOSE, ONE_EDIT, PET, SOUND

LONG_WORD = 12
"""Letters from which one word that agrees but for a typo may stand for a firm's name."""


@njit(cache=True)
def _near(near_tok: np.ndarray, low: int, high: int, token: int) -> int:
    """Position of `token` in the sorted row near_tok[low:high], or -1."""
    while low < high:
        middle = (low + high) // 2
        found = near_tok[middle]
        if found == token:
            return middle
        if found < token:
            low = middle + 1
        else:
            high = middle
    return -1


@njit(cache=True)
def _left(
    used: np.ndarray, role: np.ndarray, tok: np.ndarray, bits: np.ndarray, last: int
) -> tuple[int, int, int, int, int, float]:
    """Tokens not used: distinctive, generic, numbers, legal forms, other boilerplate; bits of the distinctive ones."""
    core = generic = number = legal = rest = 0
    extra = 0.0
    for i in range(last):
        if used[i]:
            continue
        if role[i] == CORE:
            core += 1
            extra += bits[tok[i]]
        elif role[i] == NUMBER:
            number += 1
        elif role[i] in (DOMAIN, PLACE):
            generic += 1
        elif role[i] == LEGAL:
            legal += 1
        elif role[i] != PARTICLE:
            rest += 1
    return core, generic, number, legal, rest, extra


@njit(cache=True)
def _unused(used: np.ndarray, role: np.ndarray, which: int, last: int) -> int:
    """How many tokens of a role are left over."""
    found = 0
    for i in range(last):
        if not used[i] and role[i] == which:
            found += 1
    return found


@njit(cache=True)
def _first_filiation(role: np.ndarray, first: np.ndarray, length: np.ndarray, tok: np.ndarray) -> int:
    """Position of the first `bin` of a name, or -1 (other forms of it are written so by `names`)."""
    for i in range(1, tok.size):
        if role[i] == PARTICLE and length[tok[i]] == 3 and first[tok[i]] == ord("b"):
            return i
    return -1


@njit(cache=True)
def _other_father(
    q_role: np.ndarray, q_first: np.ndarray, q_len: np.ndarray, q_tok: np.ndarray, t_role: np.ndarray,
    t_first: np.ndarray, t_len: np.ndarray, t_tok: np.ndarray, links: np.ndarray, n_links: int,
) -> bool:  # fmt: skip
    """Whether the names before the first `bin` are both found on the other side, but each after its `bin`."""
    q_bin = _first_filiation(q_role, q_first, q_len, q_tok)
    t_bin = _first_filiation(t_role, t_first, t_len, t_tok)
    if q_bin < 0 or t_bin < 0:
        return False
    crossed = 0
    for n in range(n_links):
        i, j = links[n, lay.L_QUERY], links[n, lay.L_LISTED]
        if (i == q_bin - 1 and j > t_bin) or (j == t_bin - 1 and i > q_bin):
            crossed += 1
    return crossed == 2


@njit(cache=True)
def fathers_name(a: np.ndarray, m: int, b: np.ndarray, n: int) -> bool:
    """Whether one word is the patronymic of the other: `Petrovich` or `Petrovna` of `Petr`.

    Args:
        a, b: uint8 codes of their letters; m, n: how many there are.
    """
    if m > n:
        a, m, b, n = b, n, a, m
    if m < 3 or n < m + 3 or n > WIDTH:
        return False
    last, third, fourth = b[n - 1], b[n - 3], b[n - 4]
    if last == ord("h") and b[n - 2] == ord("c"):  # -ovich, -evych
        stem = n - 5 if fourth == ord("v") and third in (ord("i"), ord("y")) else 0
    elif last == ord("a") and b[n - 2] == ord("n"):  # -ovna, -ivna
        stem = n - 4 if third == ord("v") else 0
    else:
        stem = 0
    if stem < 2:
        return False
    same = 0
    while same < m and same < stem and a[same] == b[same]:
        same += 1
    return same >= max(stem - 1, 3) and m - same <= 2


@njit(cache=True)
def left_over_bits(likeness: float, known: bool, person: bool, weights: np.ndarray) -> float:
    """Bits of two distinctive parts that stand against each other, from how alike their letters are.

    Straight lines between the weights for little in common (likeness 0.5 and less), half alike (0.65) and nearly the
    same (0.85 and more), as they were seen on mistyped listed names and on the chance pairs of unlisted people. Two
    common names that are alike are still two names; firms that differ by a letter may be two firms, so that for them
    likeness only takes the contradiction away.
    """
    none, half, near = weights[lay.CONTRADICTION], weights[lay.ALIKE_HALF], weights[lay.ALIKE_NEAR]
    if likeness <= 0.65:
        bits = none + (half - none) * max(likeness - 0.5, 0.0) / 0.15
    else:
        bits = half + (near - half) * min(likeness - 0.65, 0.2) / 0.2
    if known:
        bits = max(bits + weights[lay.ALIKE_KNOWN], none)
    weighed: float = bits if person else min(bits, 0.0)
    return weighed


@njit(cache=True)
def align(
    q_tok: np.ndarray,
    q_role: np.ndarray,
    q_join: np.ndarray,
    q_bits: np.ndarray,
    q_first: np.ndarray,
    q_len: np.ndarray,
    q_letters: np.ndarray,
    q_known: np.ndarray,
    q_cut: bool,
    q_kind: int,
    t_tok: np.ndarray,
    t_role: np.ndarray,
    t_join: np.ndarray,
    t_bits: np.ndarray,
    t_first: np.ndarray,
    t_len: np.ndarray,
    t_letters: np.ndarray,
    t_known: np.ndarray,
    t_kind: int,
    t_weak: bool,
    near_start: np.ndarray,
    near_tok: np.ndarray,
    near_bits: np.ndarray,
    near_level: np.ndarray,
    near_common: np.ndarray,
    weights: np.ndarray,
    table: np.ndarray,
    links: np.ndarray,
    parts: np.ndarray,
) -> int:
    """Pair the tokens of one query name and one listed name and weigh the evidence.

    Token arrays hold vocabulary ids; `*_join[k]` is the id of tokens k and k+1 written together (or -1); `*_bits`,
    `*_first`, `*_len`, `*_letters` and `*_known` are per vocabulary id. `table` is scratch (at least 3n x 2n). `links`
    (see `layout`) and `parts` are filled; the number of links is returned.

    The pairing is greedy by bits. With bits that add, greedy differs from the best assignment only where two tokens
    of one name each resemble the same token of the other.
    """
    nq, nt = q_tok.size, t_tok.size
    person = t_kind == 0 or q_kind == 0
    # Rows nq.. are joined query pairs, columns nt.. joined listed pairs.
    for i in range(2 * nq):
        for j in range(2 * nt):
            table[i, j] = 0.0
    for i in range(nq):
        low, high = near_start[q_tok[i]], near_start[q_tok[i] + 1]
        for j in range(nt):
            if high > low:
                k = _near(near_tok, low, high, t_tok[j])
                if k >= 0 and (person or near_level[k] not in (FORM, PET)):
                    table[i, j] = near_bits[k]
                    continue
            if (
                (q_len[q_tok[i]] == 1 or t_len[t_tok[j]] == 1)
                and q_first[q_tok[i]] == t_first[t_tok[j]]
                and q_role[i] == CORE
                and t_role[j] == CORE
            ):
                table[i, j] = weights[lay.INITIAL_BITS]
        if high > low:
            for j in range(nt - 1):
                if t_join[j] >= 0:
                    k = _near(near_tok, low, high, t_join[j])
                    if k >= 0:
                        table[i, nt + j] = near_bits[k]
    for i in range(nq - 1):
        if q_join[i] >= 0:
            low, high = near_start[q_join[i]], near_start[q_join[i] + 1]
            for j in range(nt):
                k = _near(near_tok, low, high, t_tok[j])
                if k >= 0:
                    table[nq + i, j] = near_bits[k]

    q_used = np.zeros(nq, np.bool_)
    t_used = np.zeros(nt, np.bool_)
    parts[:] = 0.0
    n_links = 0
    core_links = 0
    core_tokens = 0
    common_tokens = 0
    rare_links = 0
    strong = False
    misspelt = False
    respelt = False
    respelt_any = False
    initials = 0
    while True:
        best, bi, bj = 0.0, -1, -1
        for i in range(2 * nq):
            if i < nq:
                if q_used[i]:
                    continue
            elif i - nq >= nq - 1 or q_used[i - nq] or q_used[i - nq + 1]:
                continue
            for j in range(2 * nt):
                if table[i, j] <= best:
                    continue
                if j < nt:
                    if t_used[j]:
                        continue
                elif j - nt >= nt - 1 or t_used[j - nt] or t_used[j - nt + 1]:
                    continue
                best, bi, bj = table[i, j], i, j
        if bi < 0:
            break
        i, j = bi % nq, bj % nt
        i_span, j_span = (2 if bi >= nq else 1), (2 if bj >= nt else 1)
        how = lay.BY_NEARNESS
        # A side written in two pieces counts as its more distinctive piece: "al Assad" beside "Alassad".
        i_role, j_role = q_role[i], t_role[j]
        for k in range(i, i + i_span):
            q_used[k] = True
            i_role = min(i_role, q_role[k])
        for k in range(j, j + j_span):
            t_used[k] = True
            j_role = min(j_role, t_role[k])
        role = max(i_role, j_role)
        if role in (CORE, NUMBER):
            parts[lay.P_CORE] += best
            core_links += 1
            k = _near(
                near_tok,
                near_start[q_tok[i] if i_span == 1 else q_join[i]],
                near_start[(q_tok[i] if i_span == 1 else q_join[i]) + 1],
                t_tok[j] if j_span == 1 else t_join[j],
            )
            if k >= 0:
                if near_common[k] == 0:
                    rare_links += 1
                elif near_common[k] == 1:
                    common_tokens += max(i_span, j_span)
                respelt_any = respelt_any or near_level[k] != EXACT
                if near_level[k] == EXACT and best >= weights[lay.STRONG_WORD]:
                    strong = True
                core_tokens += max(i_span, j_span)
            else:
                how = lay.BY_INITIAL
                initials += 1
            if i_span + j_span == 2 and min(q_len[q_tok[i]], t_len[t_tok[j]]) < LONG_WORD:
                k = _near(near_tok, near_start[q_tok[i]], near_start[q_tok[i] + 1], t_tok[j])
                misspelt = k >= 0 and near_level[k] in (ONE_EDIT, LOOSE)
                respelt = k >= 0 and near_level[k] == SOUND
        elif role in (DOMAIN, PLACE):
            parts[lay.P_GENERIC] += best
        elif role == PARTICLE:
            best = min(best, weights[lay.PARTICLE_BITS])
            parts[lay.P_PARTICLE] += best
        else:
            parts[lay.P_BOILERPLATE] += best
        links[n_links, lay.L_QUERY] = i
        links[n_links, lay.L_QUERY_SPAN] = i_span
        links[n_links, lay.L_LISTED] = j
        links[n_links, lay.L_LISTED_SPAN] = j_span
        links[n_links, lay.L_BITS] = best
        links[n_links, lay.L_HOW] = how
        n_links += 1

    shared = core_tokens

    # What is left over on either side. A cut name is silent about what comes after the last word it still shows.
    last = nt
    if q_cut:
        last = 0
        for j in range(nt):
            if t_used[j]:
                last = j
    # Distinctive parts that are left on both sides stand against each other, the most alike together.
    hard = False
    clash = 0
    # The table has served; from here on it holds how alike the parts are that are left over.
    for i in range(nq):
        if q_used[i] or q_role[i] != CORE:
            continue
        a = q_tok[i]
        for j in range(last):
            if not t_used[j] and t_role[j] == CORE:
                b = t_tok[j]
                table[i, j] = alike(q_letters[a], min(q_len[a], WIDTH), t_letters[b], min(t_len[b], WIDTH))
    while True:
        nearest, bi, bj = -1.0, -1, -1
        for i in range(nq):
            if q_used[i] or q_role[i] != CORE:
                continue
            for j in range(last):
                if t_used[j] or t_role[j] != CORE:
                    continue
                if table[i, j] > nearest:
                    nearest, bi, bj = table[i, j], i, j
        if bi < 0:
            break
        a, b = q_tok[bi], t_tok[bj]
        bits = left_over_bits(nearest, q_known[a] and t_known[b], person, weights)
        if parts[lay.P_CORE] < weights[lay.ALIKE_FROM]:
            bits = min(bits, 0.0)
        if person and fathers_name(q_letters[a], q_len[a], t_letters[b], t_len[b]):
            bits = min(bits, weights[lay.CONTRADICTION])
        q_used[bi] = True
        t_used[bj] = True
        clash += 1
        hard = hard or bits <= weights[lay.ALIKE_HARD]
        if bits > 0.0:
            core_links += 1
        if bits > weights[lay.ALIKE_TOKEN]:
            core_tokens += 1
        parts[lay.P_ALIKE] += bits
        links[n_links, lay.L_QUERY] = bi
        links[n_links, lay.L_QUERY_SPAN] = 1
        links[n_links, lay.L_LISTED] = bj
        links[n_links, lay.L_LISTED_SPAN] = 1
        links[n_links, lay.L_BITS] = bits
        links[n_links, lay.L_HOW] = lay.BY_LETTERS
        n_links += 1
    q_core, q_generic, q_number, q_legal, q_rest, q_extra = _left(q_used, q_role, q_tok, q_bits, nq)
    t_core, t_generic, t_number, t_legal, t_rest, t_extra = _left(t_used, t_role, t_tok, t_bits, last)
    q_place, t_place = _unused(q_used, q_role, PLACE, nq), _unused(t_used, t_role, PLACE, last)
    rest = q_rest + t_rest if not person else 0
    whole = clash + q_core + t_core + q_number + t_number + q_generic + t_generic == 0

    if not whole:
        parts[lay.P_GENERIC] = min(parts[lay.P_GENERIC], weights[lay.GENERIC_CAP])
    # Trade phrases count for more only where two firms' names are the same to the last word.
    verbatim = (
        whole and not misspelt and not respelt and parts[lay.P_CORE] > 0 and q_legal + t_legal + q_rest + t_rest == 0
    )
    parts[lay.P_BOILERPLATE] = min(
        parts[lay.P_BOILERPLATE], weights[lay.VERBATIM_CAP if verbatim else lay.BOILERPLATE_CAP]
    )
    parts[lay.P_PARTICLE] = min(parts[lay.P_PARTICLE], weights[lay.BOILERPLATE_CAP])
    if whole and not q_cut and rest == 0 and initials == 0 and parts[lay.P_CORE] + parts[lay.P_GENERIC] > 0:
        parts[lay.P_WHOLE] = weights[lay.WHOLE]

    if not person and min(q_rest, t_rest) > 0:
        parts[lay.P_CONTRADICTION] += weights[lay.TRADE_CONFLICT]
    if not person and not verbatim:
        parts[lay.P_BODY] = weights[lay.BODY]
    same = verbatim and parts[lay.P_BOILERPLATE] > weights[lay.BOILERPLATE_CAP] + 1.0
    if not person and core_tokens == 1 and not same and parts[lay.P_GENERIC] < weights[lay.GENERIC_CAP]:
        parts[lay.P_LONE] = weights[lay.LONE_WORD]
    if not person:
        # A place or line of business that differs tells branches and siblings of a firm apart.
        generic_clash = min(q_generic, t_generic)
        if generic_clash:
            parts[lay.P_CONTRADICTION] += weights[lay.DOMAIN_CONFLICT] * generic_clash
            hard = True
        if (q_core and t_generic and not t_core) or (t_core and q_generic and not q_core):
            parts[lay.P_CONTRADICTION] += weights[lay.DOMAIN_CONFLICT]
            hard = True
    elif _other_father(q_role, q_first, q_len, q_tok, t_role, t_first, t_len, t_tok, links, n_links):
        # Omar, son of Abdullah, is not Abdullah, son of Omar.
        parts[lay.P_CONTRADICTION] += weights[lay.CONTRADICTION]
        hard = True
    if min(q_number, t_number):
        parts[lay.P_CONTRADICTION] += weights[lay.NUMBER_CONFLICT]
    if q_legal and t_legal:
        parts[lay.P_CONTRADICTION] += weights[lay.LEGAL_CONFLICT]
    left = q_core + t_core
    if person:
        parts[lay.P_MISSING] = weights[lay.MISSING_PERSON] * left
    else:
        extra = (q_extra if q_core > t_core else t_extra) if left else 0.0
        parts[lay.P_MISSING] = weights[lay.MISSING_ORG] * left + weights[lay.EXTRA_SHARE] * extra
        parts[lay.P_MISSING] += weights[lay.MISSING_ORG] * abs(q_generic - t_generic)
    parts[lay.P_MISSING] += weights[lay.MISSING_PERSON] * abs(q_number - t_number)
    parts[lay.P_MISSING] = max(parts[lay.P_MISSING], weights[lay.MISSING_MOST])

    total = parts[lay.P_CORE] + parts[lay.P_GENERIC] + parts[lay.P_BOILERPLATE] + parts[lay.P_PARTICLE]
    total += parts[lay.P_WHOLE] + parts[lay.P_MISSING] + parts[lay.P_CONTRADICTION]
    total += parts[lay.P_ALIKE] + parts[lay.P_LONE] + parts[lay.P_BODY]
    capped = total
    if hard:
        capped = min(capped, weights[lay.CONTRADICTION_CAP])
    if not person and q_place != t_place:
        capped = min(capped, weights[lay.PLACE_CAP])
    if person and rare_links == 0 and (common_tokens <= 2 or (common_tokens == 3 and not respelt_any)):
        # What they are worth by themselves decides, not that the name is whole.
        own = parts[lay.P_CORE] + weights[lay.COMMON_LEFT] * left - weights[lay.COMMON_STEP]
        capped = min(capped, max(weights[lay.COMMON_CAP], own))
    if core_tokens <= 1 and not whole and (person or not strong):
        capped = min(capped, weights[lay.SINGLE_CAP])
    borne_out = whole and parts[lay.P_GENERIC] + parts[lay.P_BOILERPLATE] >= weights[lay.GENERIC_CAP]
    if core_tokens == 1 and misspelt and not person and not borne_out:
        # Firms' one-word names are built from the same syllables: Bestline, Westline.
        capped = min(capped, weights[lay.MISSPELT_CAP])
    if core_tokens == 1 and respelt and not person and not borne_out:
        capped = min(capped, weights[lay.SINGLE_CAP])
    if core_links == 0 and not whole:
        capped = min(capped, weights[lay.GENERIC_CAP])
    if (core_tokens == 0 or (shared == 0 and initials > 0)) and parts[lay.P_GENERIC] <= 0:
        # Names that share boilerplate or initials only are two names, however alike the rest.
        capped = min(capped, weights[lay.CONTRADICTION])
    parts[lay.P_CAPPED] = capped - total
    if t_weak:
        parts[lay.P_WEAK] = weights[lay.WEAK_ALIAS]
    if q_kind != t_kind and q_kind < 3 and t_kind < 3:
        parts[lay.P_KIND] = weights[lay.KIND_CONFLICT]
        if q_kind == 2 or t_kind == 2:
            parts[lay.P_KIND] += weights[lay.KIND_CONFLICT]
    parts[lay.P_TOTAL] = capped + parts[lay.P_WEAK] + parts[lay.P_KIND]
    return n_links
