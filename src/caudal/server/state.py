"""What the parts of a running server share, and how a route gets at it."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, cast

import structlog
from fastapi import Depends, Request

from caudal.server.desk import Desk
from caudal.server.gate.chain import End
from caudal.server.gate.keys import Keys
from caudal.server.gate.life import Life
from caudal.server.gate.lookups import Lookups
from caudal.server.gate.metrics import Metrics
from caudal.server.gate.rates import Rates
from caudal.server.gate.secret import derived
from caudal.server.settings import Settings
from caudal.server.snapshot import Current, Snapshot


class State:
    """Kept as `app.state.caudal`. What writes to the data folder is opened when it is first needed.

    Attributes:
        settings: as the server was started.
        current: holds the snapshot that answers.
        life: whether this process is stopping, and how busy it is.
        metrics: numbers for Prometheus.
        keys: who may ask.
        desk: results of the workspace.
    """

    def __init__(self, settings: Settings, current: Current) -> None:
        self.settings, self.current = settings, current
        self.life = Life()
        self.metrics = Metrics(current, self._head)
        self.keys = Keys(settings.data)
        self.desk = Desk(settings.workspace)

    def _head(self) -> End:
        return self.lookups.head()

    @cached_property
    def lookups(self) -> Lookups:
        """The log of look-ups."""
        log = structlog.get_logger("caudal")
        return Lookups(
            self.settings.data / "lookups",
            derived(self.settings.data, "lookups"),
            each=self.settings.sync == "each",
            head=self.settings.log_head,
            tell=lambda line: log.error("lookups", reason=line),
        )

    @cached_property
    def rates(self) -> Rates:
        """How often each key asked, in all processes."""
        return Rates(self.settings.data / "run" / "rates", self.settings.rate)

    def close(self) -> None:
        """Let go of what was opened."""
        if "lookups" in self.__dict__:
            self.lookups.close()


def state_of(request: Request) -> State:
    """The state of the application a request came to."""
    return cast(State, request.app.state.caudal)


# What routes depend on is asynchronous, though nothing is waited for: the framework takes a plain function to a thread.


async def _state(request: Request) -> State:
    return state_of(request)


async def snapshot_of(request: Request) -> Snapshot:
    """The snapshot that answers this request: the same however often it is asked for.

    Raises:
        Unready: there is none yet.
    """
    held: Snapshot | None = getattr(request.state, "snapshot", None)
    if held is None:
        held = request.state.snapshot = state_of(request).current.get()
    return held


async def desk_of(request: Request) -> Desk:
    """The results of the workspace."""
    return state_of(request).desk


WithDesk = Annotated[Desk, Depends(desk_of)]
WithState = Annotated[State, Depends(_state)]
WithSnapshot = Annotated[Snapshot, Depends(snapshot_of)]
