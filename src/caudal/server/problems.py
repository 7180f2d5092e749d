"""Requests that cannot be answered: a status and one line that says why.

The shape is `{"detail": ...}`, as clients know it.
"""

from __future__ import annotations

from caudal.errors import CaudalError


class Problem(CaudalError):
    """A request that cannot be answered as asked.

    Args:
        detail: one line for the client; nothing of the server's inside.
        status: HTTP status.
        headers: more headers of the answer.
    """

    status = 400

    def __init__(self, detail: str, status: int | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = self.status if status is None else status
        self.headers = headers or {}


class NotFound(Problem):
    """There is no such thing here."""

    status = 404


class Unready(Problem):
    """The lists are not loaded yet, or could not be."""

    status = 503
