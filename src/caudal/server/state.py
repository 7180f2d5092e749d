"""What the parts of a running server share, and how a route gets at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from caudal.server.settings import Settings
from caudal.server.snapshot import Current, Snapshot


@dataclass(frozen=True)
class State:
    """Kept as `app.state.caudal`."""

    settings: Settings
    current: Current


def state_of(request: Request) -> State:
    """The state of the application a request came to."""
    return cast(State, request.app.state.caudal)


def snapshot_of(request: Request) -> Snapshot:
    """The snapshot that answers this request: the same however often it is asked for.

    Raises:
        Unready: there is none yet.
    """
    held: Snapshot | None = getattr(request.state, "snapshot", None)
    if held is None:
        held = request.state.snapshot = state_of(request).current.get()
    return held


WithState = Annotated[State, Depends(state_of)]
WithSnapshot = Annotated[Snapshot, Depends(snapshot_of)]
