"""The lists whose addresses Caudal knows."""

from __future__ import annotations

import tomllib
from functools import cache

from pydantic import Field

from caudal.register.data import Model, shipped
from caudal.register.store.index import Source


class KnownList(Model):
    """One publisher's list as written in known.toml."""

    title: str
    addresses: tuple[str, ...] = Field(min_length=1)
    link: str | None = None
    every_days: int = Field(1, ge=1)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Its addresses as the store keeps them."""
        return tuple(Source(at=address, link=self.link) for address in self.addresses)


@cache
def known_lists() -> dict[str, KnownList]:
    """The known lists by the name they are added under."""
    raw = tomllib.loads(shipped("store", "known.toml").read_text(encoding="utf-8"))
    return {name: KnownList.model_validate(one) for name, one in raw.items()}
