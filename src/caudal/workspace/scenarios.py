"""The scenarios of a workspace: ready-made ones with what they leave open filled in, and files of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caudal.impact import Scenario, check_names, scenario_of

if TYPE_CHECKING:
    from caudal.workspace.stages import Context


def groups_of(context: Context) -> list[str]:
    """The groups of interest by id: those of the configuration, or all that money was traced for."""
    groups = context.group_ids
    return sorted(set(context.table("exposures")["group_id"].to_pylist())) if groups is None else groups


def open_keys(context: Context, groups: Iterable[str] | None = None) -> dict[str, Any]:
    """What a ready-made scenario leaves open, as the workspace has it; its groups where they are not given."""
    config = context.config
    return {
        "groups": tuple(groups_of(context) if groups is None else groups),
        "as_of": config.as_of,
        "effective": config.impact.effective,
        "authorities": config.impact.authorities,
    }


def scenarios_of(context: Context, sources: Iterable[Path | str | Scenario]) -> list[Scenario]:
    """Scenarios by the name of a ready-made one or the path of a file.

    Raises:
        InputError: a name or file is unknown, or a scenario is impossible.
    """
    keys = open_keys(context)
    return [scenario_of(_file(context.config.root, source), **keys) for source in sources]


def check_scenarios(context: Context, sources: Iterable[Path | str | Scenario], books: bool) -> None:
    """Refuse scenarios with a name that the register, or with `books` the ledger, does not know.

    Needs no stage after those two: where the groups are those that money was traced for, any group will do.

    Raises:
        InputError: a name is unknown or a day cannot be, or as `scenarios_of`.
    """
    groups = context.group_ids
    keys = open_keys(context, ()) | {"groups": None if groups is None else tuple(groups)}
    for source in sources:
        scenario = scenario_of(_file(context.config.root, source), **keys)
        check_names(scenario, context.register, context.config.as_of, context.ledger if books else None)


def _file(root: Path, source: Path | str | Scenario) -> Path | str | Scenario:
    """A file of the workspace where there is one of that name; else the source as it is."""
    if isinstance(source, str) and not Path(source).is_absolute() and (root / source).is_file():
        return root / source
    return source
