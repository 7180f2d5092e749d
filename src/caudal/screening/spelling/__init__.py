"""Tokens and how near they are: the one place where spellings are compared."""

from caudal.screening.spelling.vocabulary import (
    EXACT,
    FORM,
    LEVELS,
    LOOSE,
    ONE_EDIT,
    PET,
    SOUND,
    Near,
    TokenIndex,
    Vocabulary,
    distinct,
    skeleton,
    spelling,
)

__all__ = [
    "EXACT",
    "FORM",
    "LEVELS",
    "LOOSE",
    "ONE_EDIT",
    "PET",
    "SOUND",
    "Near",
    "TokenIndex",
    "Vocabulary",
    "distinct",
    "skeleton",
    "spelling",
]
