"""The server: the matching API that others already speak, and Caudal's own questions, from one process.

`create_app` makes the application of some `Settings`; `caudal serve` runs it. A request is answered from one `Snapshot`
of the lists from its first to its last line, whatever is loaded meanwhile.
"""

from typing import TYPE_CHECKING, Any

from caudal.server.settings import Settings

if TYPE_CHECKING:
    from caudal.server.app import create_app

__all__ = ["Settings", "create_app"]


def __getattr__(name: str) -> Any:
    """The application loads when it is asked for: whoever only reads lists needs none of its routes."""
    if name == "create_app":
        from caudal.server.app import create_app  # noqa: PLC0415

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
