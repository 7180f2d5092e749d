"""What every property is worth, in bits, with the observation and the reason: the one place, which the docs print.

Bits are log2( P(seen | same party) / P(seen | different parties) ). Where lists can say it, the two shares were counted
on one half of the data only (the dev half of `benchmarks/properties.py`, where a pair of entries of two lists counts as
one person if a document number agrees): 262 pairs with birth dates for the first share, 400,000 random pairs of a
made-up customer and a listed person for the second. Entries of different lists copy each other, so the measured weights
are too high for customers; what is withheld is said.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


def _worth(bits: float, subject: str, seen: str, why: str) -> Any:
    return field(default=bits, metadata={"subject": subject, "seen": seen, "why": why})


@dataclass(frozen=True)
class Worth:
    """Bits of each observation; `rows()` gives them with their words."""

    birth_day: float = _worth(
        9.0,
        "birth date",
        "the same day",
        "measured 14.9 (.83 of the same people, 1 in 36,000 of others); 6 withheld: dates get copied and made up",
    )
    birth_swapped: float = _worth(
        6.0,
        "birth date",
        "day and month swapped",
        "measured 8.6 on one pair (.004; 1 in 100,000): rare in true pairs, hardly ever chance",
    )
    birth_month: float = _worth(
        6.0, "birth date", "the same year and month, where one side gives no day", "1 in 12 of those of one year"
    )
    birth_year: float = _worth(
        3.0,
        "birth date",
        "the same year, where one side gives no more, or 1 January",
        "measured 5.2 (.13; 1 in 270); 1 January is what is written where only the year is known",
    )
    birth_slip: float = _worth(
        3.0,
        "birth date",
        "one of day, month and year differs, the year by one",
        "measured 4 (.023; 1 in 720): a slip of one part",
    )
    birth_digit: float = _worth(
        0.0,
        "birth date",
        "the same day and month, another digit of the year or two swapped, or another century",
        "none of 262 pairs; 1 in 2,300 of others: a slip is as likely as chance",
    )
    birth_about: float = _worth(
        2.0,
        "birth date",
        "within two years of a year the list gives as approximate, or in its span",
        "measured 2.2 (.008; 1 in 620)",
    )
    birth_other_day: float = _worth(
        -3.0,
        "birth date",
        "only the year agrees, both sides give a day",
        "none of 262 pairs; 1 in 90 of others; so few pairs can tell no more than -1.5",
    )
    birth_near: float = _worth(
        0.0, "birth date", "one year apart, where one side gives no more than a year", "guessed years are off by one"
    )
    birth_close: float = _worth(
        -3.0,
        "birth date",
        "two to four years apart, or one where both sides give a day",
        "none of 262 pairs; 1 in 9 of others: under -4.9; but lists often give a guess",
    )
    birth_apart: float = _worth(
        -5.0, "birth date", "five to seven years apart", "none of 262 pairs; 1 in 11 of others: under -4.5"
    )
    birth_contradiction: float = _worth(
        -8.0, "birth date", "further apart", "none of 262 pairs; .77 of others: under -7.7"
    )
    gender_contradiction: float = _worth(
        -4.0, "gender", "contradicts", "none of 81 pairs; half of all others: -6; sometimes it is entered wrongly"
    )
    jurisdiction_contradiction: float = _worth(
        -1.0, "jurisdiction", "firms only: none in common", "firms move and are listed by their owners' seat"
    )
    identifier: float = _worth(
        22.0,
        "identifier",
        "the same number (at most: 24 with check digits that hold, less for short ones and by kind)",
        "numbers are given out once; short ones come up by chance in large files",
    )
    number_other_country: float = _worth(
        -6.0,
        "identifier",
        "the same national number, no country in common",
        "one country's number may be anybody's elsewhere",
    )
    number_other_label: float = _worth(
        -3.0,
        "identifier",
        "the same national number under another label",
        "lists file one number under different labels, so it is not nothing",
    )
    number_wrong_check: float = _worth(
        -8.0, "identifier", "the same number, its check digits wrong", "a made-up or mistyped number may be shared"
    )
    number_ending: float = _worth(
        9.0, "identifier", "an RFC, the same but for its ending", "its letters and date follow from name and birth"
    )
    number_near: float = _worth(
        4.0, "identifier", "one sign differs or two are swapped", "typing slips; but numbers in series lie close too"
    )
    number_contradiction: float = _worth(
        -8.0, "identifier", "of a kind that one party has only once, different", "both may hold a second, false one"
    )
    address_street: float = _worth(
        6.0,
        "address",
        "house number and street agree (at most)",
        "kin, flatmates and firms of one agent share addresses, so more would be counting them twice",
    )
    address_words: float = _worth(
        2.0, "address", "rare words of the street agree, no number does (at most)", "streets are long"
    )
    address_city: float = _worth(0.5, "address", "the town agrees (at most)", "most of a town are other people")
    address_contradiction: float = _worth(
        -0.5, "address", "both give a street, and nothing agrees", "people move, and have several addresses"
    )
    disguise: float = _worth(
        1.5,
        "writing",
        "look-alike letters of another script, or hidden marks, inside a word of the name",
        "it is how a name is made to slip past a filter; a name wholly in another script is no sign of anything",
    )
    other_name: float = _worth(
        -6.0,
        "name",
        "the least that the names count where a strong number agrees",
        "whoever hides changes the name first; a number outlives it",
    )

    def rows(self) -> list[tuple[str, str, float, str]]:
        """(property, observation, bits, why), in the order of the docs."""
        return [
            (f.metadata["subject"], f.metadata["seen"], float(getattr(self, f.name)), f.metadata["why"])
            for f in fields(self)
        ]


WORTH = Worth()
"""The weights in use."""
STRONG = 12.0
"""Bits from which a number is strong: names that differ then count no less than `other_name`."""
