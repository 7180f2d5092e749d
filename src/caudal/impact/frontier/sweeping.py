"""Every supported point of the trade-off between money and harm, by bisection, with a proven gap while it is not done.

Two neighbouring points A and B are both best at the weight at which they tie. One minimum cut at that weight either
finds a better point, and there are two smaller questions, or proves that there is none between them (the method is
known from Eisner and Severance 1976, and as dichotomic search from Aneja and Nair 1979). Each point is best for a range
of weights; the lines of the ends of these ranges bound the frontier from below, so that the triangles between them and
the points are what bisection can still gain. The largest is taken next. The narrower the range of weights, the smaller
the network that can decide it (`shrinking`).
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count, pairwise

import numpy as np

from caudal.impact.frontier.cutting import Cut, fitting
from caudal.impact.frontier.network import ROOM, Network
from caudal.impact.frontier.parts import Flow, Part, emptied, narrowed, solved, whole
from caudal.impact.frontier.shrinking import shrunk

LARGE = 20_000
"""From so many nodes on, the weights at which few of them are worth freezing are asked apart."""

FEW = 0.1
"""What share of prices is few."""


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


@dataclass(frozen=True)
class _Question:
    """Two neighbours, the network that can tell what lies between them, and a flow for each end of the range."""

    left: Supported
    right: Supported
    part: Part
    high: Flow
    low: Flow


def sweep(network: Network, *, gap: float = 0.0, seconds: float | None = None, part: Part | None = None) -> Hull:
    """All supported points of a network.

    Args:
        network: what is cut.
        gap: stop when the gap is at most this share of the area; 0 finds every point.
        seconds: stop after this time; the gap says what is open.
        part: `whole` of the network, where it is at hand.
    """
    start = time.monotonic()
    part = whole(network) if part is None else part
    few, quick = _quick(part, network)
    first, high = solved(quick, _deterring(network))
    last, floor = emptied(part)
    if last is None:
        last, low = solved(part, fitting(Fraction(1, ROOM), network))
    else:
        low = Flow(Fraction(0), Fraction(0), np.zeros(len(part.tail)))
    left, right = Supported(first, first.weight, None), Supported(last, last.weight, last.weight)
    if last.money >= first.money:
        return Hull([left], floor, 0.0, 0.0, 3, time.monotonic() - start, True)
    points, area = [left, right], _area(left, right)
    waiting: list[tuple[float, int, _Question]] = []
    numbers = count()
    left_open, tired, cuts, done = 0.0, 0.0, 3, True

    def wait(question: _Question) -> float:
        size = _open(question.left, question.right, floor)
        number = next(numbers)
        # Where every point is wanted the newest is next, which keeps few networks at a time.
        order = -size if gap > 0 or seconds is not None else -float(number)
        heapq.heappush(waiting, (order, number, question))
        return size

    def settled(point: Supported, weight: Fraction) -> None:
        point.low = weight if point.low is None else min(point.low, weight)
        point.high = max(weight, point.high) if point.high is not None else None

    if few is None or not (last.weight or 0) < few < (first.weight or 0):
        left_open += wait(_Question(left, right, part, high, low))
    else:
        found, flow = solved(quick, few)
        cuts += 1
        best = min((left, right), key=lambda p: p.money + few * p.harm)
        middle = best
        if found.money + few * found.cost < best.money + few * best.harm:
            middle = Supported(found, few, few)
            points.append(middle)
            area -= _area(left, right) - _area(left, middle) - _area(middle, right)
        settled(middle, few)
        if middle is not left:
            left_open += wait(_Question(left, middle, quick, high, flow))
        if middle is not right:
            left_open += wait(_Question(middle, right, part, replace(flow, money=None), low))
    while waiting:
        if (gap > 0 and left_open + tired <= gap * area) or (
            seconds is not None and time.monotonic() - start > seconds
        ):
            done = False
            break
        asked = heapq.heappop(waiting)[2]
        left, right = asked.left, asked.right
        size = _open(left, right, floor)
        left_open -= size
        tie = Fraction(left.money - right.money, right.harm - left.harm)
        weight = fitting(tie, network)
        here, there = left.money + weight * left.harm, right.money + weight * right.harm
        known = next((end.value for end in (asked.low, asked.high) if end.weight == weight), None)
        if known is None:
            smaller, high, low = _shrunk(asked, weight, min(here, there))
            found, flow = solved(smaller, weight)
            cuts += 1
            value = found.money + weight * found.cost
            if value < min(here, there):
                middle = Supported(found, weight, weight)
                area -= _area(left, right) - _area(left, middle) - _area(middle, right)
                points.append(middle)
                left_open += wait(_Question(left, middle, smaller, high, flow))
                left_open += wait(_Question(middle, right, smaller, flow, low))
                continue
        else:
            value = known
        if here == value:
            settled(left, weight)
        if there == value:
            settled(right, weight)
        if weight != tie:
            tired += _open(left, right, floor)
            done = False
    points.sort(key=lambda p: p.harm)
    points = _corners(points)
    rest = sum(_open(a, b, floor) for a, b in pairwise(points))
    return Hull(points, floor, area, rest, cuts, time.monotonic() - start, done)


def _quick(part: Part, network: Network) -> tuple[Fraction | None, Part]:
    """A weight above which few nodes are worth freezing, and the part for it and all above; or None and the part.

    Above it the network collapses to a fraction of itself; the weights below it matter only where next to nothing is
    left.
    """
    if part.nodes < LARGE or not len(part.cost):
        return None, part
    worth = part.most / np.maximum(part.cost, 1)
    weight = fitting(Fraction(float(np.quantile(worth, 1 - FEW))).limit_denominator(10**6), network)
    smaller, _ = narrowed(part, weight, None)
    return (None, part) if smaller is part else (weight, smaller)


def _shrunk(asked: _Question, weight: Fraction, best: Fraction) -> tuple[Part, Flow, Flow]:
    """The part for a question, and the flows on it."""
    part, high, low = asked.part, asked.high, asked.low
    if high.money is None:
        # The end was decided on a part for larger weights.
        part, (low,) = narrowed(part, low.weight, high.weight, low)
        high = solved(part, high.weight)[1]
    return shrunk(part, high, low, weight, best)


def _corners(points: list[Supported]) -> list[Supported]:
    """Points by rising harm without those amid a straight line between others."""
    found: list[Supported] = []
    for point in points:
        while len(found) > 1 and (found[-1].harm - found[-2].harm) * (found[-1].money - point.money) == (
            point.harm - found[-1].harm
        ) * (found[-2].money - found[-1].money):
            found.pop()
        found.append(point)
    return found


def _deterring(network: Network) -> Fraction:
    """A weight at which nothing is worth freezing but what costs nothing."""
    costs = network.cost > 0
    if not costs.any():
        return Fraction(1)
    return Fraction(int((np.minimum(network.through, network.supply)[costs] // network.cost[costs]).max()) + 1)


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
