"""Tokens and how near they are: the one place where spellings are compared."""

from caudal.screening.spelling.vocabulary import (
    EXACT,
    LEVELS,
    LOOSE,
    ONE_EDIT,
    SOUND,
    Near,
    TokenIndex,
    Vocabulary,
    distinct,
    skeleton,
)

__all__ = [
    "EXACT",
    "LEVELS",
    "LOOSE",
    "ONE_EDIT",
    "SOUND",
    "Near",
    "TokenIndex",
    "Vocabulary",
    "distinct",
    "skeleton",
]
