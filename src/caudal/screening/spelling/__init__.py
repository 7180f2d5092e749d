"""Tokens and how near they are: the one place where spellings are compared."""

from caudal.screening.spelling.lexicon import Lexicon
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
    form_keys_of,
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
    "Lexicon",
    "Near",
    "TokenIndex",
    "distinct",
    "form_keys_of",
    "skeleton",
    "sounds",
]
