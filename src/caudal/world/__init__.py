"""A made-up economy with known truth, for demos, tests and benchmarks.

`generate` writes a whole workspace: ledger, rates, ownership, a list of members of a designated group, and the truth
about every account and every planted transfer. Every person, firm, bank and account in it is invented.
"""

from __future__ import annotations

from caudal.world.generation import MAX_ACCOUNTS, MAX_DAYS, MIN_ACCOUNTS, generate

__all__ = ["MAX_ACCOUNTS", "MAX_DAYS", "MIN_ACCOUNTS", "generate"]
