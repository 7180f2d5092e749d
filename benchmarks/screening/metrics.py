"""Measures the probes share: areas, F scores, operating points, intervals, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


def auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Area under the ROC curve, ties counted half; nan where one of the two classes is empty."""
    s, y = np.asarray(scores, np.float64), np.asarray(labels, np.bool_)
    yes = int(y.sum())
    no = y.size - yes
    if not yes or not no:
        return float("nan")
    values, at, counts = np.unique(s, return_inverse=True, return_counts=True)
    del values
    ends = np.cumsum(counts)
    ranks = (ends - counts + 1 + ends) / 2
    return float((ranks[at][y].sum() - yes * (yes + 1) / 2) / (yes * no))


def f_score(found: Sequence[bool], labels: Sequence[bool]) -> tuple[float, float, float]:
    """F1, precision and recall."""
    hit = sum(f and y for f, y in zip(found, labels, strict=True))
    precision = hit / max(sum(found), 1)
    recall = hit / max(sum(labels), 1)
    return (2 * precision * recall / max(precision + recall, 1e-9), precision, recall)


def best_f(scores: Sequence[float], labels: Sequence[bool]) -> tuple[float, float]:
    """The best F1 any threshold gives, and that threshold."""
    return max((f_score([s >= cut for s in scores], labels)[0], cut) for cut in sorted(set(scores)))


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """95% interval of a share (Wilson 1927)."""
    if not n:
        return (0.0, 1.0)
    p = hits / n
    middle = p + z * z / (2 * n)
    half = z * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return ((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n))


def cut_for_rate(best: Sequence[float], people: int, per_1000: float) -> float:
    """The lowest cut at which at most `per_1000` of 1,000 people alert (score >= cut).

    Args:
        best: the best score of each person who has one; people: how many people in all.
    """
    allowed = int(np.floor(per_1000 * people / 1000 + 1e-9))
    ordered = np.sort(np.asarray(best, np.float64))[::-1]
    if ordered.size <= allowed:
        return float("-inf")
    return float(np.nextafter(ordered[allowed], np.inf))


@dataclass(frozen=True)
class Bin:
    """One bin of a reliability table: weight and number of pairs, mean probability said, share that are true."""

    low: float
    high: float
    pairs: int
    weight: float
    said: float
    seen: float


def reliability(
    said: Sequence[float], true: Sequence[bool], weights: Sequence[float] | None = None, bins: int = 10,
    how: str = "equal width",
) -> tuple[list[Bin], float]:  # fmt: skip
    """The reliability table and the expected calibration error (Naeini et al. 2015): sum of weight * |said - seen|.

    Args:
        said: probabilities; true: whether the pair is a match; weights: what each pair stands for.
        how: "equal width" (0 to 1 in equal steps) or "equal count" (bins of equal weight; ties stay together).
    """
    p, y = np.asarray(said, np.float64), np.asarray(true, np.float64)
    w = np.ones(p.size) if weights is None else np.asarray(weights, np.float64)
    if how == "equal width":
        which = np.minimum((p * bins).astype(np.int64), bins - 1)
    elif how == "equal count":
        order = np.argsort(p, kind="stable")
        before = np.cumsum(w[order]) - w[order]
        ranked = np.minimum((before / max(w.sum(), 1e-300) * bins).astype(np.int64), bins - 1)
        which = np.empty(p.size, np.int64)
        which[order] = ranked
        values, at = np.unique(p, return_inverse=True)  # equal probabilities go into the first of their bins
        lowest = np.full(values.size, bins, np.int64)
        np.minimum.at(lowest, at, which)
        which = lowest[at]
    else:
        raise ValueError(how)
    table, error = [], 0.0
    for b in np.unique(which):
        here = which == b
        weight = float(w[here].sum())
        mean, share = float((p * w)[here].sum() / weight), float((y * w)[here].sum() / weight)
        low, high = (b / bins, (b + 1) / bins) if how == "equal width" else (float(p[here].min()), float(p[here].max()))
        table.append(Bin(float(low), float(high), int(here.sum()), weight, mean, share))
        error += weight * abs(mean - share)
    return table, error / float(w.sum())
