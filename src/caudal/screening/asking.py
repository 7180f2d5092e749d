"""What can be asked of a party to settle a pair: what the list entry has, the party lacks, and the model weighs.

Nothing of the listed person is given away: a question names the field and the form in which the list holds it, never
the value, so that an answer is the customer's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from caudal.screening.bands import BIRTH_DAY, Question
from caudal.screening.identifiers import KINDS
from caudal.screening.names import ORGANISATION, PERSON
from caudal.screening.subjects import Subject
from caudal.screening.worth import STRONG, WORTH

AGAINST = frozenset({"contradiction", "alike", "gender", "birth date", "number", "kind", "jurisdiction", "identifier"})
"""Features that, where they count against a pair, have answered already: nothing is asked of it."""

FULL_NAME_BITS = 6.0
"""What a further name that agrees adds at least, with what its absence had taken off."""


def questions(query: Subject, listed: Subject, names: tuple[str, str]) -> list[Question]:
    """Everything worth comparing that the list entry has and the party lacks.

    Args:
        query, listed: the party and the list entry. names: the two names compared.

    Gender, country and place are never asked for: their agreement adds nothing, so no answer could lift a pair.
    """
    found = [*_birth(query, listed), *_numbers(query, listed), *_full_name(query, listed, names)]
    return [question for question in found if question.bits > 0]


def contradicted(features: Sequence[tuple[str, float]]) -> bool:
    """Whether one of the (feature, bits) of a pair's reasons already speaks against it."""
    return any(bits < 0 and feature in AGAINST for feature, bits in features)


def in_words(question: Question) -> str:
    """The question as a reason says it."""
    return f"what is known cannot tell them apart; the {question.field} would (the list has {question.form})"


def _birth(query: Subject, listed: Subject) -> list[Question]:
    if ORGANISATION in (listed.kind, query.kind) or not listed.births:
        return []
    most = max(map(len, listed.births))
    if query.births and (max(map(len, query.births)) == 10 or most < 10):
        return []
    full = most == 10
    form = "a full date" if full else "a year and month" if most == 7 else "a year"
    gain = WORTH.birth_day if full else WORTH.birth_year
    if query.births:  # the year agrees already and has been counted
        return [Question("full birth date", form, BIRTH_DAY.same, BIRTH_DAY.answered, gain - WORTH.birth_year)]
    return [Question("birth date", form, BIRTH_DAY.same, BIRTH_DAY.answered, gain)]


def _numbers(query: Subject, listed: Subject) -> list[Question]:
    """A number: lists hold an old or another document as often as the one in hand, so agreement is not sure."""
    asked = {number.text for number in listed.numbers if KINDS[number.kind].bits > STRONG}
    if not asked or query.identifiers:
        return []
    person = listed.kind == PERSON
    field = "number of an identity document or tax number" if person else "registration or tax number"
    n = len(asked)
    form = "one number" if n == 1 else f"{n} numbers"
    return [Question(field, form, same=0.6, answered=0.8, bits=WORTH.identifier)]


def _full_name(query: Subject, listed: Subject, names: tuple[str, str]) -> list[Question]:
    """The full name of a person, where the list gives more names than the party does."""
    if ORGANISATION in (query.kind, listed.kind) or listed.kind != PERSON:
        return []
    given, on_list = _words(names[0]), _words(names[1])
    more = len(on_list) - len(given)
    if more <= 0:
        return []
    form = "one more name" if more == 1 else f"{more} more names"
    seconds = {word for surname in listed.surnames for word in _words(surname)[1:]}
    field = "second surname" if more == 1 and seconds & (set(on_list) - set(given)) else "full name"
    return [Question(field, form, same=0.9, answered=0.9, bits=FULL_NAME_BITS)]


def _words(name: str) -> list[str]:
    return [word for word in name.casefold().replace(",", " ").replace("-", " ").split() if word]
