"""Tokens and how near they are: the one place where spellings are compared."""

from caudal.screening.spelling.forms import Forms
from caudal.screening.spelling.lexicon import Lexicon
from caudal.screening.spelling.personal import Personal
from caudal.screening.spelling.vocabulary import (
    EXACT,
    FORM,
    LEVELS,
    LOOSE,
    ONE_EDIT,
    PET,
    SOUND,
    WIDTH,
    Near,
    TokenIndex,
    distinct,
    skeleton,
    sounds,
)

__all__ = [
    "EXACT",
    "FORM",
    "LEVELS",
    "LOOSE",
    "ONE_EDIT",
    "PET",
    "SOUND",
    "WIDTH",
    "Forms",
    "Lexicon",
    "Near",
    "Personal",
    "TokenIndex",
    "distinct",
    "skeleton",
    "sounds",
]
