"""Ready-made scenarios: the positions of the debate, shipped as `scenarios/*.toml`.

Each differs from the others by law, not by taste: it names authorities, and what those do comes from the register's
law. Groups and the day of the question are left open; a workspace fills them in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from caudal.errors import InputError
from caudal.impact.scenario import Scenario

FOUR = ("terrorism-framework", "law-enforcement", "aimed", "none")
"""The scenarios compared where nothing else is asked for, the main one first."""


@cache
def ready_made() -> Mapping[str, Scenario]:
    """Every ready-made scenario by name, such as `law-enforcement`."""
    folder = files("caudal.impact").joinpath("scenarios")
    found = {
        file.name.removesuffix(".toml"): Scenario.parse(file.read_text(encoding="utf-8"), file.name)
        for file in sorted(folder.iterdir(), key=lambda f: f.name)
        if file.name.endswith(".toml")
    }
    return MappingProxyType(found)


def scenario_of(source: Scenario | Mapping[str, Any] | Path | str, **open_keys: Any) -> Scenario:
    """A scenario from itself, a mapping, a TOML file or the name of a ready-made one.

    Args:
        open_keys: what a ready-made scenario leaves open (such as `groups`, `as_of`, `effective`); only keys it does
            not give itself are filled in, and None fills nothing in. Others are taken as they are.

    Raises:
        InputError: there is no such file and no such ready-made scenario, or it is impossible.
    """
    if not isinstance(source, str | Path) or Path(source).is_file():
        return Scenario.load(source)
    known = ready_made()
    if str(source) not in known:
        if Path(source).suffix or len(Path(source).parts) > 1:
            return Scenario.load(source)
        raise InputError(f"there is no such file and no ready-made scenario; ready-made: {', '.join(known)}",
                         file=str(source))  # fmt: skip
    return filled(known[str(source)], **open_keys)


def filled(scenario: Scenario, **open_keys: Any) -> Scenario:
    """The scenario with the keys it leaves open filled in; a day takes the place of "designation"."""
    given = {key: value for key, value in open_keys.items() if value is not None}
    own = scenario.model_fields_set - ({"effective"} if scenario.effective == "designation" else set())
    if scenario.effective is None:  # one that does nothing has no day
        given.pop("effective", None)
    return scenario.but(**{key: value for key, value in given.items() if key not in own})
