"""Impact: what a designation does in these books: whom it blocks, exposes and harms, as ranges with their assumptions.

`assess` answers for one scenario, `compare` for several side by side; `coercion_answers` gives what five bodies of law
say about one coerced payment.
`uncertainty_tables` draws anew all that is not known: where each number mostly lies, what it hangs on, what survives.
`caudal.impact.frontier` finds which accounts to freeze, so that most of a group's money is cut for the harm done.
"""

from caudal.impact.assessment import Outcomes, assess
from caudal.impact.assumptions import Assumption, default_assumptions
from caudal.impact.checking import check_names
from caudal.impact.coercion import Answer, coercion_answers
from caudal.impact.comparison import FRONTIER, PARTS, Comparison, compare
from caudal.impact.draws import DRAWS, MOST_DRAWS, SEED, Drawn, draw
from caudal.impact.duties import Duty
from caudal.impact.published import Published
from caudal.impact.ready import FOUR, filled, ready_made, scenario_of
from caudal.impact.scenario import Licence, Scenario
from caudal.impact.terms import Terms
from caudal.impact.uncertainty import PROBED
from caudal.impact.uncertainty import tables as uncertainty_tables

__all__ = [
    "DRAWS",
    "FOUR",
    "FRONTIER",
    "MOST_DRAWS",
    "PARTS",
    "PROBED",
    "SEED",
    "Answer",
    "Assumption",
    "Comparison",
    "Drawn",
    "Duty",
    "Licence",
    "Outcomes",
    "Published",
    "Scenario",
    "Terms",
    "assess",
    "check_names",
    "coercion_answers",
    "compare",
    "default_assumptions",
    "draw",
    "filled",
    "ready_made",
    "scenario_of",
    "uncertainty_tables",
]
