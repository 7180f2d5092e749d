"""A made-up economy with known truth, for demos, tests and benchmarks.

`generate` writes a whole workspace: ledger, rates, ownership, a list of members of a designated group, and the truth
about every account and every planted transfer. With a `Measure` it writes the twin of that world, in which the measure
is in force from a day on. Every person, firm, bank and account in it is invented.
"""

from __future__ import annotations

from caudal.world.generation import MAX_ACCOUNTS, MAX_DAYS, MIN_ACCOUNTS, generate
from caudal.world.twin import Adaptation, Customers, Freeze, Institutions, Measure

__all__ = [
    "MAX_ACCOUNTS",
    "MAX_DAYS",
    "MIN_ACCOUNTS",
    "Adaptation",
    "Customers",
    "Freeze",
    "Institutions",
    "Measure",
    "generate",
]
