"""The network of one question: smaller and smaller as the range of weights in question narrows.

**Why it may shrink.** Let A be best at the weight a and B at b < a, with flows f and g that prove it. For a weight
w = t * a + (1 - t) * b the mixed flow t * f + (1 - t) * g fits the capacities, for these are concave in the weight; its
value is that far along the chord between both optima. A cut exceeds any flow by what it leaves unused on the arcs it
crosses and what flows back over it. A or B is a cut of value U at w; so a cut at least as good crosses no arc with more
room than d = U - chord, and none against which more flows. Such an arc is an implication: with its tail on the side of
the source, so is its head. Along the range d is a tent that is 0 at a and b, and the room of an arc is concave and not
negative there: it is enough to look where A and B tie. Nodes that imply each other have the same side in every best cut
of the range, and become one. So do nodes that are never better apart for any weight of the range (`collapsing`).
Nothing that is best is lost; the tests compare with networks left whole. (The first is the fixing of variables by
reduced costs, known from integer programming; the second is folklore of maximum flows.)
"""

from __future__ import annotations

from fractions import Fraction

from caudal.impact.frontier.kernels import components
from caudal.impact.frontier.kernels_parts import implied
from caudal.impact.frontier.parts import Flow, Part, joined, narrowed


def shrunk(part: Part, high: Flow, low: Flow, weight: Fraction, best: Fraction) -> tuple[Part, Flow, Flow]:
    """The part without what no cut between two weights decides, and both flows on it.

    Args:
        part: the network of a wider range.
        high: the flow that proves the best cut of the larger weight.
        low: the same for the smaller one.
        weight: where both cuts tie, or nearly.
        best: value of the better of both cuts there, money.
    """
    part, (high, low) = narrowed(part, low.weight, high.weight, high, low)
    share = (weight - low.weight) / (high.weight - low.weight)
    spare = float(best - share * high.value - (1 - share) * low.value)
    # Doubles hold the flows to a part in 2**53; what is that near stays undecided.
    spare = spare * (1 + 1e-9) + 1e-12 * part.supply
    if high.money is None or low.money is None:
        raise ValueError("a flow of another part")
    flow = high.money * float(share) + low.money * (1 - float(share))
    room = part.holds(float(weight)) - flow
    arcs = implied(part.nodes, part.source, part.sink, part.tail, part.head, room, flow, spare)
    count, group = components(*arcs)
    if count > 0.95 * part.nodes:
        return part, high, low
    part, (high, low) = joined(part, int(count), group, high, low)
    part, (high, low) = narrowed(part, low.weight, high.weight, high, low)
    return part, high, low
