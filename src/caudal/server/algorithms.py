"""The names by which clients ask for a way of matching. Caudal has one; the names others use are taken for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from caudal.server.problems import Problem

OWN = "caudal"
BEST = "best"
ALIASES = ("logic-v2", "logic-v1", "name-based", "name-qualified", "regression-v1", "ofac")
"""Public names of yente's matchers, so that its clients need not be told anew."""
DOCS = "https://followthemoney.tech/explorer/"
ABOUT = (
    "Weighs evidence for and against two parties being the same (Fellegi and Sunter): every observation adds or takes "
    "off bits, log2 of how much likelier it is of one party than of two. How rare what agrees is decides. The score is "
    "the calibrated probability moved so that 0.7 is Caudal's own alert line."
)
FEATURES = {
    "name": "parts of the names agree; the rarer they are among the listed, the more it says",
    "number": "numbers within the names agree",
    "alike": "parts of the names that differ are written alike, or nearly",
    "contradiction": "each side has a distinctive name the other lacks, or the legal forms differ",
    "missing": "one side has more names than the other",
    "whole_name": "nothing distinctive is left over on either side",
    "generic_words": "places and lines of business count little where the names are not wholly alike",
    "boilerplate": "legal forms, titles, particles and trade phrases agree",
    "lone_word": "one distinctive word alone says less of a firm",
    "words_of_firms": "firms build their names of fewer words than people do",
    "cap": "a contradiction, or one shared word only, limits what the rest can add",
    "weak_alias": "the list itself calls the alias weak",
    "former_name": "the list gives the name as a former one; no weight",
    "kind": "one is a person, the other a body or a vessel",
    "birth_date": "dates of birth agree, come near or contradict",
    "gender": "genders contradict each other; agreement adds nothing",
    "jurisdiction": "two firms with no country in common; agreement adds nothing",
    "identifier": "document, tax, registration and other numbers agree, come near or contradict",
    "address": "addresses share rare words",
    "writing": "how the name is written: mixed scripts, control signs",
    "remark": "what was odd in the query; no weight",
}
"""What each feature of an answer is."""


@dataclass(frozen=True)
class Algorithm:
    """A way of matching that was asked for.

    Attributes:
        asked: the name in the request. name: what answers.
    """

    asked: str
    name: str = OWN

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the answer: what answered, and the name it was asked by where that is another's."""
        alias = {"x-algorithm-alias": self.asked} if self.asked in ALIASES else {}
        return {"x-algorithm": self.name, **alias}


def algorithm(asked: str) -> Algorithm:
    """The way of matching of a name.

    Raises:
        Problem: there is none of that name.
    """
    if asked not in (OWN, BEST, *ALIASES):
        known = ", ".join((OWN, BEST, *ALIASES))
        raise Problem(f"There is no algorithm of that name. These are known: {known}.")
    return Algorithm(asked)


@cache
def feature_docs() -> dict[str, dict[str, Any]]:
    """What every feature is, in the shape clients know; bits are added up as they are."""
    return {name: {"description": text, "coefficient": 1.0, "url": DOCS} for name, text in FEATURES.items()}


def listing() -> dict[str, Any]:
    """Everything that can be asked for, for `/algorithms`."""
    known = []
    for name in (OWN, *ALIASES):
        about = ABOUT if name == OWN else f"Another's name: answered by {OWN}."
        docs = {"name": name, "description": about, "config": CONFIG, "features": feature_docs()}
        entry = {"name": name, "description": about, "alias_of": None if name == OWN else OWN}
        known.append({**entry, "features": feature_docs(), "docs": docs})
    return {"algorithms": known, "default": OWN, "best": OWN}


CONFIG: dict[str, dict[str, Any]] = {
    "miss": {
        "type": "float",
        "description": "what a true match that nobody sees costs, in any unit; only ratios of the costs count",
        "default": 600.0,
    },
    "false_alert": {
        "type": "float",
        "description": "what one innocent party held up, and the work of clearing it, costs",
        "default": 1.0,
    },
    "question": {"type": "float", "description": "what one question to the customer costs", "default": 0.64},
    "base_rate": {
        "type": "float",
        "description": "share of the parties asked about that are listed; it moves probabilities and bands",
        "default": 0.001,
    },
}
"""What a request may state of how answers are to be weighed; any of them replaces the alert line by the one that
follows from the costs."""
