"""The frontier between money cut and people harmed: every supported trade-off, each with its proof.

`compute` takes the books and what tracing attributed, and gives a `Frontier`: its points, what each of them freezes,
the best point within a budget of harm with a bound for all others, and the place of a designation as it was made.
"""

from caudal.impact.frontier.finding import Frontier, compute
from caudal.impact.frontier.money import COSTS
from caudal.impact.frontier.points import Choice, Point

__all__ = ["COSTS", "Choice", "Frontier", "Point", "compute"]
