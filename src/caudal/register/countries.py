"""Country names as the publishers write them, to codes."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _codes() -> dict[str, str]:
    text = files("caudal.register").joinpath("readers", "countries.toml").read_text(encoding="utf-8")
    return {name.casefold(): code for name, code in tomllib.loads(text).items()}


def country_code(name: str) -> str | None:
    """The code FollowTheMoney uses for a country's published name, or None where the name is not known."""
    return _codes().get(name.strip().casefold())


def is_country_code(text: str) -> bool:
    """True for a code that some published name stands for."""
    return text in _values()


@cache
def _values() -> frozenset[str]:
    return frozenset(_codes().values())
