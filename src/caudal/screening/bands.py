"""Three bands from stated costs: alert a person, ask the customer one question, or clear.

The rule is the expected cost of each action, the least of which is taken (Bayes' decision rule). With p the
probability that both are the same party, and the costs M of missing a true match, F of a false alert, Q of asking one
question:

    alert   F (1 - p)                                 an innocent party is held up and a person's time is spent
    clear   M p                                       a true match goes unseen
    ask     Q + (1 - u) before + u after              u: chance that an answer comes; without one nothing changes
            after = F c (1 - p) + M (1 - s) p         s: chance that a true match's answer agrees with the list,
                                                      c: that somebody else's does; agreement alerts, contradiction
                                                      clears

`before` is the cost of the action without a question. Where alert and ask cost the same lies the alert threshold,

    T = (u F (1 - c) - Q) / (u (F (1 - c) + (1 - s) M))

and where ask and clear do, the lower end of the ask band,

    L = (Q + u c F) / (u (s M + c F)).

These are the "test-treatment" and the "testing" threshold of S. G. Pauker and J. P. Kassirer, *The threshold approach
to clinical decision making*, NEJM 302 (1980). T is computed for one question, the full birth date, so that one number
says what an alert is. The agreement of an answer multiplies the odds by 2^bits, as calibrated, and c = s / 2^bits.

Below T asking is worth its cost only where an answer can settle the pair: where agreement would lift it over T. A pair
with nothing to ask about is cleared below T too. That is a value: by F alone it would be an alert from F / (F + M) on.
It says that a false alert which no answer can ever settle, so that the innocent stay held up, costs as much as
`Bands.unsettled`: at the defaults five or six times another.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from caudal.errors import InputError

ALERT, ASK, BELOW = "alert", "ask", "below"
"""The bands: below the line a pair is cleared, and kept so that samples of it can be reviewed."""


@dataclass(frozen=True)
class Costs:
    """What going wrong costs, in any one unit: only the ratios count. The unit of the defaults is one false alert.

    The defaults say what the line of `Weights.alert_bits` comes to at the default base rate.

    Raises:
        InputError: a cost is not a positive number.
    """

    miss: float = 2400.0
    """A true match that nobody sees."""
    false_alert: float = 1.0
    """An innocent party held up, and the time of the person who clears it."""
    question: float = 0.72
    """One question to the customer, and the reading of its answer."""

    def __post_init__(self) -> None:
        for cost in fields(self):
            value = getattr(self, cost.name)
            if not (isinstance(value, int | float) and 0 < value < math.inf):
                raise InputError(f"a cost must be a positive number, not {value!r}", field=f"costs.{cost.name}")


@dataclass(frozen=True)
class Question:
    """One thing that can be asked, and what its answer settles.

    Attributes:
        field: what to ask for, in words. form: in which form the list holds it, without the value.
        same: chance that a true match's answer agrees with the list. answered: chance that an answer comes.
        bits: what agreement adds to the evidence.
    """

    field: str
    form: str
    same: float
    answered: float
    bits: float

    def weighed(self, per_bit: float) -> Question:
        """The question with the bits of odds that its answer is worth."""
        return replace(self, bits=self.bits * per_bit)

    @property
    def chance(self) -> float:
        """Chance that another party's answer agrees: by the meaning of bits."""
        return float(self.same * 2.0**-self.bits)


BIRTH_DAY = Question("birth date", "a full date", same=0.95, answered=0.9, bits=9.0)
"""The question the alert threshold is computed for. Its chances, like those in `asking`, are judgement: lists copy
dates wrongly now and then, and most customers can be asked."""


@dataclass(frozen=True)
class Bands:
    """The decision rule that follows from costs.

    Args:
        costs: what going wrong costs.
        threshold: alert threshold as a probability where a person sets it; else it follows from the costs.
        per_bit: bits of odds that a bit of evidence is worth (see `calibration`).

    Raises:
        InputError: the threshold is not between 0 and 1, or by these costs it never is: nothing would be an alert.
    """

    costs: Costs
    threshold: float
    per_bit: float = 1.0

    @classmethod
    def of(cls, costs: Costs, threshold: float | None = None, per_bit: float = 1.0) -> Bands:
        """The bands of these costs."""
        if threshold is None:
            threshold = alert_threshold(costs, BIRTH_DAY.weighed(per_bit))
        return cls(costs, float(threshold), per_bit)

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise InputError(f"the threshold must lie between 0 and 1, not {self.threshold:.6g}", field="threshold")

    @property
    def unsettled(self) -> float:
        """Cost of a false alert that no answer can settle, at which the threshold also holds for such pairs."""
        return self.costs.miss * self.threshold / (1 - self.threshold)

    def ask_from(self, question: Question) -> float:
        """Least probability at which asking this is worth its cost; 1 where it never is below the threshold."""
        c, q = self.costs, question.weighed(self.per_bit)
        least = (c.question + q.answered * q.chance * c.false_alert) / (
            q.answered * (q.same * c.miss + q.chance * c.false_alert)
        )
        odds = self.threshold / (1 - self.threshold) * 2.0**-q.bits  # under these agreement would not reach an alert
        least = max(least, odds / (1 + odds))
        return least if least < self.threshold else 1.0

    def saved(self, probability: float, question: Question) -> float:
        """Expected cost that asking this saves against clearing the pair; below 0 where it costs more."""
        c, q, p = self.costs, question.weighed(self.per_bit), probability
        odds = math.inf if p >= 1 else p / (1 - p) * 2.0**q.bits
        reaches = odds >= self.threshold / (1 - self.threshold) * (1 - 1e-12)
        agrees = c.false_alert * q.chance * (1 - p) if reaches else c.miss * q.same * p
        after = agrees + c.miss * (1 - q.same) * p
        return q.answered * (c.miss * p - after) - c.question

    def best(self, probability: float, questions: Iterable[Question]) -> Question | None:
        """The question to ask about a pair below the threshold: the one that saves most, if any does."""
        if probability >= self.threshold:
            return None
        worth = [(self.saved(probability, question), question) for question in questions]
        worth = [found for found in worth if found[0] > 0]
        return max(worth, key=lambda found: found[0])[1] if worth else None

    def band(self, probability: float, question: Question | None) -> str:
        """The band of a pair, given the question worth asking about it."""
        if probability >= self.threshold:
            return ALERT
        return BELOW if question is None else ASK


def alert_threshold(costs: Costs, question: Question = BIRTH_DAY) -> float:
    """The probability from which an alert costs less than asking, T of the derivation.

    Where a question is so dear, or a miss so cheap, that asking is never the least cost, only alert and clear are left
    and the threshold is F / (F + M).
    """
    m, f, q = costs.miss, costs.false_alert, question
    plain = f / (f + m)
    gain = f * (1 - q.chance)
    found = (q.answered * gain - costs.question) / (q.answered * (gain + (1 - q.same) * m))
    return max(found, plain)
