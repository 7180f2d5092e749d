"""One process that answers: the application, and what runs beside it."""

from __future__ import annotations

import asyncio
import os
import signal
from types import FrameType
from typing import Any

from fastapi import FastAPI

from caudal.server.app import create_app
from caudal.server.gate import logs
from caudal.server.keeper import follow
from caudal.server.settings import Settings
from caudal.server.snapshot import Current, Snapshot
from caudal.server.state import State


def make(settings: Settings, snapshot: Snapshot | None = None) -> FastAPI:
    """The application of a process of `caudal serve`; `snapshot`: in force from the start."""
    logs.configure()
    return create_app(settings, Current(snapshot), companions=(mind_signals, mind_parent, follow))


async def mind_signals(state: State) -> None:
    """Told to stop, say so at /readyz first; after `drain_seconds` the web server stops listening and finishes."""
    loop = asyncio.get_running_loop()

    def hear(before: Any) -> Any:
        def heard(number: int, frame: FrameType | None) -> None:
            wait = state.settings.drain_seconds if number == signal.SIGTERM and not state.life.stopping else 0.0
            state.life.stopping = True
            if wait:
                loop.call_soon_threadsafe(loop.call_later, wait, before, number, None)
            else:
                before(number, frame)

        return heard

    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if callable(before):
            signal.signal(number, hear(before))


async def mind_parent(state: State) -> None:
    """Stop when the process that started this one is gone: nobody would read the lists anew, or stop this one."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1.0)
    signal.raise_signal(signal.SIGTERM)
