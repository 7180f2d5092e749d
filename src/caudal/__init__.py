"""Caudal: follow the money of designated networks, and count who else a designation hits.

The names below are the stable face for scripts and other programs. They load on first use, so that importing
`caudal` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caudal.errors import CaudalError, InputError
    from caudal.impact import Outcomes, Scenario, assess
    from caudal.ledger import Ledger
    from caudal.register import Register
    from caudal.screening import Evidence, Screener
    from caudal.tracing import trace
    from caudal.typologies import detect
    from caudal.workspace import run
    from caudal.world import generate

_HOME = {
    "CaudalError": "caudal.errors",
    "InputError": "caudal.errors",
    "Register": "caudal.register",
    "Screener": "caudal.screening",
    "Evidence": "caudal.screening",
    "Ledger": "caudal.ledger",
    "trace": "caudal.tracing",
    "detect": "caudal.typologies",
    "assess": "caudal.impact",
    "Outcomes": "caudal.impact",
    "Scenario": "caudal.impact",
    "generate": "caudal.world",
    "run": "caudal.workspace",
}

__all__ = [
    "CaudalError",
    "Evidence",
    "InputError",
    "Ledger",
    "Outcomes",
    "Register",
    "Scenario",
    "Screener",
    "assess",
    "detect",
    "generate",
    "run",
    "trace",
]

try:
    __version__ = version("caudal")
except PackageNotFoundError:  # run from a source tree that was not installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'caudal' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
