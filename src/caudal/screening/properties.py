"""Everything but the name, weighed: birth dates, gender, numbers, jurisdiction, addresses, and how a name is written.

What each is worth stands in `worth`. Country, nationality and place of birth never add to a pair: they can only weaken
a number that agrees, and speak against two firms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from caudal.screening.addresses import AddressWords, compare_addresses
from caudal.screening.births import compare_births
from caudal.screening.identifiers import KINDS, Number, information, near
from caudal.screening.names import ORGANISATION
from caudal.screening.reason import Reason
from caudal.screening.subjects import Subject
from caudal.screening.text import disguise
from caudal.screening.worth import STRONG, WORTH, Worth

ENDING = 10
"""Signs of a person's RFC without its ending."""


def property_reasons(
    query: Subject, listed: Subject, rarity: AddressWords | None = None, worth: Worth = WORTH
) -> list[Reason]:
    """Reasons from everything but the names of a pair.

    Args:
        query, listed: the pair; the query's remarks are given as reasons without weight.
        rarity: how rare the words of addresses are; without it addresses are not compared.
    """
    found = []
    born = compare_births(query.births, listed.births, query.rough | listed.rough, worth)
    if born is not None:
        found.append(born)
    if query.genders and listed.genders and not query.genders & listed.genders:
        text = f"gender {'/'.join(sorted(query.genders))} against {'/'.join(sorted(listed.genders))}"
        found.append(Reason("gender", worth.gender_contradiction, text))
    bodies = query.kind == ORGANISATION == listed.kind
    if bodies and query.countries and listed.countries and not query.countries & listed.countries:
        text = f"jurisdiction {', '.join(sorted(query.countries))} against {', '.join(sorted(listed.countries))}"
        found.append(Reason("jurisdiction", worth.jurisdiction_contradiction, text))
    if query.numbers and listed.numbers:
        elsewhere = bool(query.scope and listed.scope and not query.scope & listed.scope)
        found += number_reasons(query.numbers, listed.numbers, elsewhere, worth)
    if rarity is not None and query.addresses and listed.addresses:
        placed = compare_addresses(query.addresses, listed.addresses, rarity, worth)
        if placed is not None:
            found.append(placed)
    hidden = next((words for name, _ in query.names if (words := disguise(name))), "")
    if hidden:
        found.append(Reason("writing", worth.disguise, f"{hidden}: the name may be disguised"))
    return found + [Reason("remark", 0.0, remark) for remark in query.remarks]


def search_bits(subjects: Sequence[Subject], floor: float, worth: Worth = WORTH) -> np.ndarray:
    """Bits that the names of each party must reach for the rest to be looked at, shape (parties,).

    What else is known may make up for weak names, but not for names that speak against a pair: never under 0. Numbers
    find their pairs by themselves.
    """
    dated = np.fromiter((bool(who.births) for who in subjects), np.bool_, len(subjects))
    placed = np.fromiter((bool(who.addresses) for who in subjects), np.bool_, len(subjects))
    hidden = np.fromiter((any(disguise(name) for name, _ in who.names) for who in subjects), np.bool_, len(subjects))
    rest = floor - worth.birth_day * dated - worth.address_street * placed - worth.disguise * hidden
    found: np.ndarray = np.maximum(rest, min(floor, 0.0)).astype(np.float64)
    return found


def number_reasons(
    query: Iterable[Number], listed: Iterable[Number], elsewhere: bool, worth: Worth = WORTH
) -> list[Reason]:
    """Reasons from the numbers of both sides: the best agreement, else what comes near or contradicts.

    Args:
        elsewhere: whether the two have no country in common, which weakens a national number.
    """
    ours, theirs = sorted(set(query)), sorted(set(listed))
    same = [_agree(a, b, elsewhere, worth) for a in ours for b in theirs if a.text == b.text]
    agreeing = sorted((reason for reason in same if reason is not None), key=lambda reason: (-reason.bits, reason.text))
    if agreeing:
        # Several numbers that agree are mostly copied from one source: the best one counts.
        more = [Reason("identifier", 0.0, f"{reason.text}, too") for reason in agreeing[1:3]]
        return [agreeing[0], *(one for one in more if not one.text.startswith(agreeing[0].text))]
    close = [reason for a in ours for b in theirs if (reason := _near(a, b, worth)) is not None]
    if close:
        return [max(close, key=lambda reason: (reason.bits, reason.text))]
    for kind in sorted({a.kind for a in ours} & {b.kind for b in theirs}):
        mine = [a for a in ours if a.kind == kind and a.valid is not False]
        others = [b for b in theirs if b.kind == kind and b.valid is not False]
        if KINDS[kind].single and mine and others:
            text = f"{mine[0].words} is not the list's {others[0].text}; one party has one"
            return [Reason("identifier", worth.number_contradiction, text)]
    return []


def _agree(a: Number, b: Number, elsewhere: bool, worth: Worth) -> Reason | None:
    """What the same number on both sides is worth; None where the kinds have nothing to do with each other."""
    kinds = KINDS[a.kind], KINDS[b.kind]
    said = a if a.kind != "number" else b
    text = f"{said.words} is the same"
    if a.kind == b.kind or "number" in (a.kind, b.kind):
        bits = KINDS[said.kind].bits
    elif kinds[0].national and kinds[1].national:
        bits = min(kinds[0].bits, kinds[1].bits) + worth.number_other_label
        text += f" (here it is called {kinds[0].words})"
    else:
        return None
    if said.kind not in ("wallet", "e-mail", "phone", "bic", "imo"):
        bits = min(bits, information(a.text))
    if elsewhere and kinds[0].national and kinds[1].national:
        bits += worth.number_other_country
        text += ", though no country is"
    if a.valid is False or b.valid is False:
        bits += worth.number_wrong_check
        text += ", though its check digits are wrong"
    return Reason("identifier", max(bits, 0.0), text)


def _near(a: Number, b: Number, worth: Worth) -> Reason | None:
    """Two numbers of one kind that nearly agree, where not both are known to be real."""
    if a.kind != b.kind or (a.valid and b.valid) or a.kind in ("phone", "e-mail", "wallet", "bic"):
        return None
    if a.kind == "rfc" and a.text[:ENDING] == b.text[:ENDING] and ENDING in (len(a.text), len(b.text)):
        return Reason("identifier", worth.number_ending, f"{a.words} and {b.text} are the same but for the ending")
    how = near(a.text, b.text)
    if not how:
        return None
    wrong = "; check digits are wrong" if a.valid is False or b.valid is False else ""
    return Reason("identifier", worth.number_near, f"{a.words} agrees with {b.text} {how}{wrong}")


def strong_number(reasons: Iterable[Reason]) -> bool:
    """Whether a number agrees that outlives a change of name."""
    return any(reason.feature == "identifier" and reason.bits >= STRONG for reason in reasons)


def beside_number(named: list[Reason], worth: Worth = WORTH) -> list[Reason]:
    """The reasons from names as they count where a strong number agrees: no less than `other_name` in all."""
    if sum(reason.bits for reason in named) >= worth.other_name:
        return named
    text = "the names are not alike, but another name does not outweigh the same number"
    return [Reason("name", worth.other_name, text)]


def name_bits(score: float, others: Iterable[Reason], worth: Worth = WORTH) -> float:
    """Bits of the names beside the other reasons: what the reasons of `beside_number` sum to."""
    return max(score, worth.other_name) if strong_number(others) else score
