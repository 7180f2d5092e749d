"""Every supported point of the trade-off between money and harm, by bisection, with a proven gap while it is not done.

Two neighbouring points A and B are both best at the weight at which they tie. One minimum cut at that weight either
finds a better point, and there are two smaller questions, or proves that there is none between them (the method is
known from Eisner and Severance 1976, and as dichotomic search from Aneja and Nair 1979). Each point is best for a range
of weights; the lines of the ends of these ranges bound the frontier from below, so that the triangles between them and
the points are what bisection can still gain. The largest is taken next.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from caudal.impact.frontier.cutting import Cut

Cutter = Callable[[Fraction], Cut]


@dataclass
class Supported:
    """A point of the frontier and the weights for which it is proven best.

    Attributes:
        cut: the set and its proof at one weight.
        low: smallest weight for which it is proven best; None: not asked yet.
        high: largest weight for which it is proven best; None: there is none.
    """

    cut: Cut
    low: Fraction | None
    high: Fraction | None

    @property
    def harm(self) -> int:
        """Cost of the frozen nodes."""
        return self.cut.cost

    @property
    def money(self) -> int:
        """What still flows."""
        return self.cut.money


@dataclass
class Hull:
    """What a sweep found.

    Attributes:
        points: by harm, rising; each leaves less money than the one before.
        floor: no set whatever leaves less money than this.
        area: under the line through the points, money times harm.
        gap: at most what better points could still take away of that area.
        cuts: how many minimum cuts were solved.
        seconds: how long it took.
        done: True where every supported point is found and proven.
    """

    points: list[Supported]
    floor: int
    area: float
    gap: float
    cuts: int
    seconds: float
    done: bool

    @property
    def share(self) -> float:
        """The gap as a share of the area."""
        return self.gap / self.area if self.area > 0 else 0.0

    def bound_at(self, harm: float) -> float:
        """No set of at most that harm leaves less money than this: the highest of the supporting lines there."""
        best = float(self.floor)
        for point in self.points:
            for weight in (point.low, point.high):
                if weight is not None:
                    best = max(best, point.money + float(weight) * (point.harm - harm))
        return best


def sweep(
    cut: Cutter,
    first: Cut,
    last: Cut,
    floor: int,
    fit: Callable[[Fraction], Fraction],
    *,
    gap: float = 0.0,
    seconds: float | None = None,
) -> Hull:
    """All supported points between two that are known.

    Args:
        cut: the minimum cut for one weight.
        first: what costs nothing, with the least money of such sets.
        last: the set that leaves least (or is best for the smallest weight that can be asked).
        floor: the least money that any set leaves.
        fit: the nearest weight that can be asked.
        gap: stop when the gap is at most this share of the area; 0 finds every point.
        seconds: stop after this time; the gap says what is open.
    """
    start = time.monotonic()
    ends = [Supported(first, None, None), Supported(last, last.weight, last.weight)]
    points = ends if last.money < first.money else ends[:1]
    after: dict[int, Supported] = {id(a): b for a, b in pairwise(points)}
    area = sum(_area(a, b) for a, b in pairwise(points))
    waiting: list[tuple[float, int, Supported]] = []
    open_, tired, cuts, count = 0.0, 0.0, 0, 0

    def wait(left: Supported) -> None:
        nonlocal open_, count
        size = _open(left, after[id(left)], floor)
        open_ += size
        count += 1
        heapq.heappush(waiting, (-size, count, left))

    for left in points[:-1]:
        wait(left)
    done = True
    while waiting:
        if (open_ + tired <= gap * area and gap > 0) or (seconds is not None and time.monotonic() - start > seconds):
            done = False
            break
        size, _, left = heapq.heappop(waiting)
        open_ += size
        right = after[id(left)]
        tie = Fraction(left.money - right.money, right.harm - left.harm)
        weight = fit(tie)
        if weight in (left.low, right.high):  # asked before: the amounts leave no room for a finer question
            tired += -size
            done = done and -size == 0
            continue
        found = cut(weight)
        cuts += 1
        value = found.money + weight * found.cost
        here, there = left.money + weight * left.harm, right.money + weight * right.harm
        if value < min(here, there):
            middle = Supported(found, weight, weight)
            after[id(left)], after[id(middle)] = middle, right
            area -= _area(left, right) - _area(left, middle) - _area(middle, right)
            points.append(middle)
            wait(left)
            wait(middle)
            continue
        if here == value:
            left.low = weight if left.low is None else min(left.low, weight)
        if there == value:
            right.high = weight if right.high is None else max(right.high, weight)
        if weight != tie:
            tired += _open(left, right, floor)
            done = False
    points.sort(key=lambda p: p.harm)
    rest = sum(_open(a, b, floor) for a, b in pairwise(points))
    return Hull(points, floor, area, rest, cuts, time.monotonic() - start, done)


def _area(left: Supported, right: Supported) -> float:
    return (right.harm - left.harm) * (left.money + right.money) / 2


def _open(left: Supported, right: Supported, floor: int) -> float:
    """The triangle between two neighbours and the lines that bound the frontier from below."""
    width, height = float(right.harm - left.harm), float(left.money - right.money)
    steep = left.low
    flat = float(right.high) if right.high is not None else 0.0
    if steep is None:  # nothing is known but that harm is not negative: the line is upright
        down = max(0.0, height - flat * width)
        return width * down / 2
    slope = float(steep)
    if slope * width <= height * (1 + 1e-15) or slope <= flat:
        return 0.0
    # Both lines meet at x: height - slope * x = flat * (width - x), measured from the right point's money.
    x = (height - flat * width) / (slope - flat)
    return max(0.0, (width * height - x * height - width * flat * (width - x)) / 2)
