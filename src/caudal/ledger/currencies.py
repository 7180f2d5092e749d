"""Currencies and their minor units."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from iso4217 import Currency

from caudal.errors import InputError

WITHDRAWN = {
    **dict.fromkeys(("ANG", "AZM", "BGN", "CUC", "CYP", "EEK", "GHC", "HRK", "LTL", "LVL", "MTL", "MZM", "SDD"), 2),
    **dict.fromkeys(("SIT", "SKK", "SLL", "STD", "TMM", "VEB", "VEF", "ZMK", "ZWD", "ZWL"), 2),
    **dict.fromkeys(("BYR", "ROL", "TRL"), 0),
}
"""Decimals of currencies withdrawn since 2000, which older ledgers still hold (ISO 4217 list three keeps the codes)."""


@cache
def minor_units() -> dict[str, int]:
    """Decimals of each currency: ISO 4217 list one and `WITHDRAWN`; codes without a minor unit are left out."""
    listed = {c.code: c.exponent for c in Currency if c.exponent is not None}
    return {**WITHDRAWN, **listed}


def minor_unit(code: str, what: str = "base currency") -> int:
    """Decimals of one currency.

    Raises:
        InputError: it is no ISO 4217 currency.
    """
    units = minor_units()
    if code not in units:
        raise InputError(f"the {what} {code!r} is no ISO 4217 currency with a minor unit")
    return units[code]


def whole(amount: int, code: str) -> Decimal:
    """An amount in minor units as whole units of its currency."""
    return Decimal(amount).scaleb(-minor_unit(code, "currency"))
