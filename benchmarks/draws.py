"""Seconds and peak memory of random draws over formulas of a plausible shape.

    python benchmarks/draws.py [items] [draws]

Made-up formulas: 50,000 unsure items; a count and an amount over 20,000 parties each; 200,000 accounts with up to five
ties of two assumptions each, a quarter of them with ties that count against them; all told 12 outcomes.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from caudal.impact.assumptions import default_assumptions
from caudal.impact.conclusions import conclusions
from caudal.impact.draws import draw
from caudal.impact.formulas import Formula, Terms
from caudal.impact.model import Model
from caudal.impact.uncertainty import tornado, uncertainty
from caudal.impact.unknowns import MATCHED, Item, Unknowns


def model(name: str, items: int) -> Model:
    """Formulas over unsure items; the same for every name."""
    rng = np.random.default_rng(1)
    unknowns = Unknowns(default_assumptions().__getitem__)
    chances = rng.uniform(0.02, 0.98, items)
    codes = np.array([unknowns.item(Item(f"party {n}", float(c), MATCHED)) for n, c in enumerate(chances)])
    factors = np.array([0, unknowns.factor("bank_cuts_customer"), unknowns.factor("agent_is_cut")])
    formulas, rows = [], []
    for n in range(12):
        wide = n % 2 == 1
        terms = 200_000 if wide else 20_000
        ties = rng.integers(1, 6, terms) if wide else np.ones(terms, np.int64)
        start = np.concatenate([[0], np.cumsum(ties)])
        against = (rng.uniform(size=terms) < 0.25) & (ties > 1)
        split = start[1:] - against
        event = rng.choice(codes, start[-1]).astype(np.int32)
        factor = rng.choice(factors, start[-1]).astype(np.int32)
        base = rng.lognormal(10, 1, terms).round() if n % 4 < 2 else np.ones(terms)
        formulas.append(Formula((Terms(base, start, split, event, factor),)))
        rows.append(("blocked" if n == 0 else f"harmed.made up {n}", "parties", "count"))
    return Model(name, tuple(rows), tuple(formulas), unknowns)


def timed(what: str, call):  # type: ignore[no-untyped-def]
    """The result of a call, with its wall and processor seconds said."""
    wall, processor = time.perf_counter(), time.process_time()
    found = call()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{what}: {wall:.2f} s ({processor:.2f} s of processor); peak {peak:.2f} GiB")
    return found


def main() -> None:
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    draws = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    one, two = timed("formulas built", lambda: (model("one", items), model("two", items)))
    draw(model("small", 100), 8, 1)  # compile
    drawn = timed(f"{draws:,} draws of {items:,} unsure items, 12 outcomes", lambda: draw(one, draws, 1))
    timed("quantiles", lambda: uncertainty(drawn))
    timed("what they hang on", lambda: tornado(drawn))
    second = timed("a second scenario", lambda: draw(two, draws, 1))
    assert np.array_equal(drawn.values, second.values), "the same formulas have the same draws"
    timed("conclusions of two scenarios", lambda: conclusions([drawn, second]))


if __name__ == "__main__":
    main()
