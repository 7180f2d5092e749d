"""Whether a process is ready to answer, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from caudal.server.gate.lookups import Lookups
from caudal.server.problems import Unready
from caudal.server.snapshot import Current


@dataclass
class Life:
    """The state of a process.

    Attributes:
        stopping: it was told to stop and only finishes what it has.
        busy: questions being worked on.
    """

    stopping: bool = False
    busy: int = 0

    def check(self, current: Current, lookups: Lookups) -> str:
        """The version of the lists that answers.

        Raises:
            Unready: with the reason.
        """
        if self.stopping:
            raise Unready("The server is stopping.")
        version = current.get().version
        if not lookups.writable():
            raise Unready("The log of look-ups cannot be written.")
        return version
