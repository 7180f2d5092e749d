"""The package's own TOML files, checked by their pydantic models as they are read."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from caudal.errors import InputError


class Model(BaseModel):
    """A model that allows no key it does not know and cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


M = TypeVar("M", bound=BaseModel)


def shipped(*parts: str) -> Traversable:
    """A file or folder shipped with this room."""
    return files("caudal.register").joinpath(*parts)


def parse(model: type[M], text: str, name: str) -> M:
    """One TOML text as a model.

    Raises:
        InputError: it is no TOML, or does not fit; the first fault's key is given.
    """
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"it is no TOML ({error})", file=name) from error
    except ValidationError as error:
        first = error.errors()[0]
        reason = {"extra_forbidden": "there is no such key", "missing": "the key is missing"}.get(
            first["type"], first["msg"].removeprefix("Value error, ")
        )
        raise InputError(reason, file=name, field=".".join(str(p) for p in first["loc"])) from error
