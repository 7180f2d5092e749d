"""What the random draws say: where each outcome mostly lies, what it hangs on, and what every assumption is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.impact.conclusions import conclusions
from caudal.impact.draws import DRAWS, SEED, Drawn, checked, draw, factors_at
from caudal.impact.frontier_draws import answers
from caudal.impact.model import Model
from caudal.impact.sheets import spread
from caudal.impact.unknowns import Ints, Reals
from caudal.tables import ASSUMPTIONS, TABLES, TORNADO, UNCERTAINTY

SHEETS = ("cut_draws", "corridor_draws", "frontier_draws")
"""The tables of sheets, one for each."""

PROBED = ("uncertainty", "tornado", "conclusions", "assumptions", *SHEETS, "frontier_answers")
"""The tables that random draws give."""

BINS = 20
"""Bins of equal size by which the variance that one assumption explains is read off the draws."""

LEAST_DRAWS = 200
"""Below so many draws no share of the variance is given."""


def tables(models: Sequence[Model], draws: int = DRAWS, seed: int = SEED) -> dict[str, pa.Table]:
    """The tables of `PROBED` of several scenarios with the same draws.

    Args:
        models: `Outcomes.model` of each scenario.

    Raises:
        InputError: draws or seed are impossible.
    """
    checked(draws, seed)
    drawn = [draw(model, draws, seed) for model in models]
    return {
        "uncertainty": pa.concat_tables([UNCERTAINTY.empty(), *(uncertainty(d) for d in drawn)]),
        "tornado": pa.concat_tables([TORNADO.empty(), *(tornado(d) for d in drawn)]),
        "conclusions": conclusions(drawn),
        "assumptions": pa.concat_tables([ASSUMPTIONS.empty(), *(assumptions(m) for m in models)]),
        **{name: sheet(name, drawn) for name in SHEETS},
        "frontier_answers": answers(drawn),
    }


def uncertainty(drawn: Drawn) -> pa.Table:
    """The table `uncertainty`: mean and quantiles of every outcome, beside the ends that no draw passes."""
    model = drawn.model
    if not model.rows:
        return UNCERTAINTY.empty()
    ends = [{"low": low, "high": high} for low, _, high in model.ends]
    rows = [_named(model, row) | end for row, end in zip(model.rows, ends, strict=True)]
    return UNCERTAINTY.build(spread(rows, drawn.values, drawn.seed))


def sheet(name: str, drawn: Sequence[Drawn]) -> pa.Table:
    """A table of `SHEETS` of several scenarios; there is one frontier, the first, as in `frontier_points`."""
    found = []
    having = [one for one in drawn if name in one.sheets]
    for one in having[:1] if name == "frontier_draws" else having:
        rows = [{"scenario": one.model.scenario, **row} for row in one.model.sheets[name].rows]
        found += spread(rows, one.sheets[name], one.seed)
    return TABLES[name].build(found)


def assumptions(model: Model) -> pa.Table:
    """The table `assumptions`: every assumption that some outcome rests on, with the measures that do."""
    used: dict[str, dict[str, None]] = {}
    for row, (names, _) in zip(model.rows, model.rests, strict=True):
        for name in names:
            used.setdefault(name, {})[row[0]] = None
    found = []
    for name, measures in sorted(used.items()):
        given = model.unknowns.assumption(name)
        shares = {"low": given.low, "mid": given.mid, "high": given.high}
        words = {"text": given.text, "source": given.source, "used_by": list(measures)}
        found.append({"scenario": model.scenario, "name": name} | shares | words)
    return ASSUMPTIONS.build(found)


def tornado(drawn: Drawn) -> pa.Table:
    """The table `tornado`: for every outcome that is not exact, what it hangs on, the widest swing first.

    The share of the variance that one thing explains by itself is its first-order index (I. M. Sobol', Sensitivity
    estimates for nonlinear mathematical models, 1993). For an assumption it is read off the draws: the variance of the
    means of the outcome in bins of equal size (E. Plischke, E. Borgonovo, C. L. Smith, Global sensitivity measures from
    given data, European Journal of Operational Research 226, 2013), less what bins of chance alone would give. For a
    kind of items, which is no single number, all else is drawn anew and the covariance of the two is taken (A. Saltelli
    et al., Variance based sensitivity analysis of model output, Computer Physics Communications 181, 2010).
    """
    model = drawn.model
    points = _Points(model)
    again = {kind: _redrawn(drawn, kind) for kind in model.kinds}
    rows = []
    for n, row in enumerate(model.rows):
        names, kinds = model.rests[n]
        if not names and not kinds:
            continue
        values = points.values(n)
        bars = []
        for place, thing in enumerate(points.things):
            if thing.name not in (kinds if thing.kind else names) or thing.fixed:
                continue
            low, high = values[1 + 2 * place], values[2 + 2 * place]
            share = None
            if drawn.values.shape[1] >= LEAST_DRAWS and drawn.values[n].std() > 0:
                share = _paired(drawn.values[n], again[thing.name][n]) if thing.kind else None
                share = _binned(drawn.values[n], drawn.shares[thing.name]) if share is None else share
            bars.append(
                _named(model, row)
                | {
                    "hangs_on": thing.name,
                    "kind": "unsure items" if thing.kind else "assumption",
                    "at_low": low,
                    "at_mid": values[0],
                    "at_high": high,
                    "swing": abs(high - low),
                    "variance_share": share,
                    "text": thing.text,
                    "source": thing.source,
                }
            )
        rows += sorted(bars, key=lambda bar: (-bar["swing"], bar["hangs_on"]))
    return TORNADO.build(rows)


def _named(model: Model, row: tuple[str, str, str]) -> dict[str, Any]:
    return {"scenario": model.scenario, "measure": row[0], "subject_kind": row[1], "unit": row[2]}


class _Thing:
    """An assumption, or a kind of unsure items."""

    def __init__(self, name: str, kind: bool, fixed: bool, text: str, source: str) -> None:
        self.name, self.kind, self.fixed, self.text, self.source = name, kind, fixed, text, source


class _Points:
    """Every outcome in the middle, and with each thing at its low and at its high."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.things = [_Thing(n, False, a.low == a.high, a.words, a.source) for n, a in model.assumptions.items()]
        self.things += [
            _Thing(kind, True, False, f"{kind} below the sure probability: low none of them holds, high all do", source)
            for kind in model.kinds
            for source in ("the probability of each match; match_sure says which count as sure",)
        ]
        places = {thing.name: n for n, thing in enumerate(self.things)}
        count = 1 + 2 * len(self.things)

        def shares(name: str) -> Reals:
            given = model.unknowns.assumption(name)
            found = np.full(count, given.mid)
            if name in places:
                found[1 + 2 * places[name]], found[2 + 2 * places[name]] = given.low, given.high
            return found

        def kinds(kind: str) -> Ints:
            found = np.zeros(count, np.int64)
            if kind in places:
                found[1 + 2 * places[kind]], found[2 + 2 * places[kind]] = -1, 1
            return found

        self._events = model.unknowns.middles(kinds, shares, count)
        self._factors = factors_at(model.unknowns, self._events, shares, count)

    def values(self, n: int) -> list[float]:
        """One outcome at every point: the middle, then low and high of each thing."""
        found: list[float] = self._model.formulas[n].totals(self._events, self._factors).tolist()
        return found


def _redrawn(drawn: Drawn, kind: str) -> Reals:
    """All outcomes with the items of a kind as they were drawn, and all else drawn anew."""
    keep = drawn.model.unknowns.keys_of(kind)
    return draw(
        drawn.model, drawn.values.shape[1], drawn.seed, lambda key: 0 if key in keep else 1, sheets=False
    ).values


def _paired(values: Reals, again: Reals) -> float:
    """The share of the variance that two sets of draws have in common."""
    both = np.concatenate([values, again])
    shared = np.mean(values * again) - both.mean() ** 2
    return float(np.clip(shared / both.var(), 0.0, 1.0))


def _binned(values: Reals, share: Reals) -> float:
    """The share of the variance that lies between bins of draws alike in one share."""
    bins = np.array_split(values[np.argsort(share, kind="stable")], BINS)
    between = sum(len(b) * (b.mean() - values.mean()) ** 2 for b in bins) / len(values)
    within = sum(len(b) * b.var() for b in bins) / len(values)
    # Means of bins differ by chance too: that much is taken off.
    chance = within * (BINS - 1) / (len(values) - BINS)
    return float(np.clip((between - chance) / values.var(), 0.0, 1.0))
