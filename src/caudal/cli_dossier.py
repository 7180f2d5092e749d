"""The dossier of a group on the command line."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from caudal.cli_text import folded
from caudal.errors import InputError


@click.command()
@click.argument("group")
@click.option(
    "--list",
    "lists",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A list file or folder; may be given several times. The built-in register is always read.",
)
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Day the dossier is of; today when left out."
)
@click.option(
    "--alliances",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder of the BACRIM 2020 tables of alliances and rivalries, read in place.",
)
@click.option("--html", "page", type=click.Path(path_type=Path), default=None, help="Write the page to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for machines.")
def dossier(
    group: str,
    lists: tuple[Path, ...],
    as_of: datetime | None,
    alliances: Path | None,
    page: Path | None,
    as_json: bool,
) -> int:
    """Print what is known of GROUP, on whose word, and how it stands against each authority's criteria.

    GROUP is the id or any name of a group of interest, or of a listed entity. There is no score: facts for and against
    each criterion are shown, and what is missing.
    """
    from caudal.register import Register
    from caudal.register.dossier import dossier as of_group
    from caudal.register.dossier import terminal

    day = as_of.date() if as_of else date.today()
    found = of_group(Register.load(list(lists), as_of=day), group, day=day, alliances=alliances)
    if page is not None:
        from caudal.register.dossier.page import html
        from caudal.storage import write_text

        try:
            write_text(html(found), page)
        except OSError as error:
            raise InputError(f"it cannot be written ({error.strerror})", file=str(page)) from error
    if as_json:
        click.echo(json.dumps(_plain(asdict(found)), ensure_ascii=False, indent=1, default=str))
    elif page is not None:
        click.echo(page)
    else:
        click.echo(folded(terminal(found)))
    return 0


def _plain(value: Any) -> Any:
    """Models as dicts, so that JSON holds their keys."""
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
