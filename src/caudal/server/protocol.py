"""HTTP as the web server reads it, with bounds on what comes before a body."""

from __future__ import annotations

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ADDRESS = 60_000
"""Bytes of an address that are kept. The parser of addresses counts to 65,536 and begins anew, so that a longer one
would be read as another, shorter one; what is cut here is still longer than any that the gate lets pass."""

HEADERS = 65_536
"""Bytes of headers of one request."""

PATIENCE = 15.0
"""Seconds in which the headers of a request must have come."""


class TooMuch(Exception):
    """More headers than any client sends; the parser answers with 400."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's own, with bounds."""

    _header_bytes = 0
    _opening: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client is there; it has a while to say what it wants."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It left."""
        self._heard()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._header_bytes = 0
        self._wait()

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        super().on_url(url[: max(0, ADDRESS - len(self.url))])

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > HEADERS:
            raise TooMuch
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """All that comes before the body is there."""
        self._heard()
        super().on_headers_complete()

    def _wait(self) -> None:
        self._heard()
        self._opening = self.loop.call_later(PATIENCE, self.transport.close)

    def _heard(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
