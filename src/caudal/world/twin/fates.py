"""What becomes of every intended payment in the twin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from caudal.world.stage import Payments
from caudal.world.streams import Flags, Ints, Reals

NEVER = 1 << 62

OUTCOMES = ("made", "stopped", "delayed", "re-routed", "smaller", "larger")
MADE, STOPPED, DELAYED, REROUTED, SMALLER, LARGER = range(len(OUTCOMES))

CAUSES = (
    "",
    "account frozen",
    "account closed",
    "agent refuses",
    "corridor stopped",
    "agent lost its bank",
    "dearer",
    "money did not come",
    "late money came",
)
NO_CAUSE, FROZEN, CLOSED, REFUSED, CORRIDOR, NO_BANK, DEARER, NO_MONEY, LATE_MONEY = range(len(CAUSES))

WAYS = ("", "existing account", "recruit", "another agent", "by hand", "another shop", "the same way, later")
NO_WAY, EXISTING, RECRUIT, OTHER_AGENT, BY_HAND, OTHER_SHOP, LATER = range(len(WAYS))


@dataclass
class Fates:
    """For every payment of the base world, in its order: what happens to it in the twin.

    Attributes:
        outcome, cause, way: places in OUTCOMES, CAUSES, WAYS.
        time, payer, payee, amount: of the payment as it is made.
        in_books: whether the twin's ledger has it.
    """

    outcome: npt.NDArray[np.int8]
    cause: npt.NDArray[np.int8]
    way: npt.NDArray[np.int8]
    time: Ints
    payer: npt.NDArray[np.int32]
    payee: npt.NDArray[np.int32]
    amount: Ints
    in_books: Flags

    @classmethod
    def as_intended(cls, paid: Payments) -> Fates:
        """Everything is made as in the base world."""
        outcome, cause, way = (np.zeros(len(paid), dtype=np.int8) for _ in range(3))
        return cls(
            outcome,
            cause,
            way,
            paid.time.copy(),
            paid.payer.copy(),
            paid.payee.copy(),
            paid.amount.copy(),
            np.ones(len(paid), dtype=bool),
        )

    def stop(self, rows: Ints, cause: Ints | int) -> None:
        """These are not made."""
        self.outcome[rows], self.cause[rows], self.way[rows] = STOPPED, cause, NO_WAY
        self.in_books[rows] = False

    def delay(self, rows: Ints, cause: Ints | int, time: Ints, end: int, way: Ints | int = LATER) -> None:
        """These are made at `time`; those after the window are in nobody's books yet."""
        self.outcome[rows], self.cause[rows], self.way[rows] = DELAYED, cause, way
        self.time[rows], self.in_books[rows] = time, time < end

    def reroute(self, rows: Ints, cause: Ints | int, way: Ints | int, in_books: bool = True) -> None:
        """These go another way; payer and payee are set by the caller."""
        self.outcome[rows], self.cause[rows], self.way[rows] = REROUTED, cause, way
        self.in_books[rows] = in_books

    def scale(self, rows: Ints, share: Reals, cause: Ints | int) -> None:
        """These are made with `share` of the sum, in whole minor units; nothing left is stopped."""
        amount = np.rint(self.amount[rows] * share).astype(np.int64)
        nothing = amount <= 0
        self.stop(rows[nothing], cause if isinstance(cause, int) else cause[nothing])
        some = rows[~nothing]
        self.amount[some] = amount[~nothing]
        untouched = self.outcome[some] == MADE
        kept = cause if isinstance(cause, int) else cause[~nothing][untouched]
        self.outcome[some[untouched]], self.cause[some[untouched]] = SMALLER, kept
