"""Names and days of a scenario held against the register and the books before anything long is done with it."""

from __future__ import annotations

from datetime import date

import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact import targets
from caudal.impact.faces import LedgerLike, RegisterLike
from caudal.impact.scenario import Scenario
from caudal.impact.terms import settle


def check_names(scenario: Scenario, register: RegisterLike, as_of: date, ledger: LedgerLike | None = None) -> None:
    """Refuse a scenario with a name that is unknown; what only an assessment can find is left to it.

    Args:
        as_of: the day of the question where the scenario gives none.
        ledger: the books; without them only what the register knows is looked at.

    Raises:
        InputError: a group, authority, member, party, account or institution is unknown, or a day cannot be; `field` is
            the key's path and `file` the scenario's name.
    """
    try:
        terms = settle(scenario, register, scenario.as_of or as_of)
        if ledger is not None:
            check_day(scenario, ledger)
            targets.check(terms, ledger)
    except InputError as error:
        raise InputError(error.reason, file=error.file or scenario.name, row=error.row, field=error.field) from error


def check_day(scenario: Scenario, ledger: LedgerLike) -> None:
    """Refuse a day supposed before the first payment: the books show nothing of what it changed.

    Raises:
        InputError: it lies before that.
    """
    if isinstance(scenario.effective, date) and ledger.transfers.num_rows:
        first: date = pc.min(ledger.transfers.column("time")).as_py().date()
        if scenario.effective < first:
            reason = f"{scenario.effective} lies before the first payment of the ledger, {first}"
            raise InputError(reason, field="effective")
