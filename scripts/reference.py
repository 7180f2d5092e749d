"""Write docs/reference from the code: tables, command line and every key of every TOML file.

Run it when a column, an option or a key changes; a test fails while the pages are behind the code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import click
from pydantic import BaseModel

from caudal.cli import cli
from caudal.tables import TABLES
from caudal.workspace.config import sections

DOCS = Path(__file__).resolve().parents[1] / "docs" / "reference"
WRITTEN = "<!-- written by scripts/reference.py; change the code, not this page -->\n"


def tables_page() -> str:
    """Every table and column."""
    out = [WRITTEN, "# Tables", ""]
    out.append(
        "Every stage reads and writes these tables as Parquet in `WORKSPACE/tables`. Amounts are whole minor units,"
    )
    out.append(
        "times UTC, shares of ownership parts per million. A run also keeps `rejected_lists`, of the same shape as"
    )
    out.append("`rejected`, for list entries that could not be used.")
    for table in TABLES.values():
        out += ["", f"## {table.name}", "", table.doc, "", f"Key: {', '.join(f'`{k}`' for k in table.key)}.", ""]
        out += ["| column | type | may be empty | meaning |", "|---|---|---|---|"]
        for column in table.columns:
            empty = "yes" if column.nullable else ""
            out.append(f"| `{column.name}` | {column.type} | {empty} | {_cell(column.doc)} |")
    return "\n".join(out) + "\n"


def cli_page() -> str:
    """Every command with its options."""
    out = [WRITTEN, "# Command line", ""]
    out.append(
        "Exit status: 0 done, 1 with `--check` when something wants a person, 2 bad input (one line on standard error)."
    )
    out.append("Progress goes to standard error, results to standard output. `NO_COLOR` is honoured.")
    for name, command in _commands("caudal", cli):
        out += ["", f"## {name}", "", (command.help or "").strip(), ""]
        arguments = [p for p in command.params if isinstance(p, click.Argument)]
        usage = " ".join([name, *(p.make_metavar(click.Context(command)) for p in arguments)])
        out += [f"`{usage}`", "", "| option | default | meaning |", "|---|---|---|"]
        for option in command.params:
            if isinstance(option, click.Option):
                default = option.default if option.show_default else ""
                out.append(f"| `{'`, `'.join(option.opts)}` | {default} | {_cell(option.help or '')} |")
    return "\n".join(out) + "\n"


def configuration_page(files: Iterable[tuple[str, str, dict[str, type[BaseModel]]]]) -> str:
    """Every key of every TOML file a person writes."""
    out = [WRITTEN, "# TOML files", ""]
    for title, text, models in files:
        out += [f"## {title}", "", text, ""]
        for path, model in models.items():
            heading = f"`[{path}]`" if path else "top level"
            out += [f"### {heading}", "", (model.__doc__ or "").strip().splitlines()[0], ""]
            out += ["| key | type | default | meaning |", "|---|---|---|---|"]
            for key, field in model.model_fields.items():
                default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
                out.append(f"| `{key}` | {_type(field.annotation)} | {default} | {_cell(field.description or '')} |")
            out.append("")
    return "\n".join(out).rstrip() + "\n"


def toml_files() -> list[tuple[str, str, dict[str, type[BaseModel]]]]:
    """The TOML files a person writes, with the models that read them."""
    return [("caudal.toml", "Names what a workspace reads. Paths are relative to the workspace.", sections())]


def pages() -> dict[Path, str]:
    """Every page with its text."""
    return {
        DOCS / "tables.md": tables_page(),
        DOCS / "cli.md": cli_page(),
        DOCS / "configuration.md": configuration_page(toml_files()),
    }


def _commands(prefix: str, group: click.Group) -> Iterable[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        path = f"{prefix} {name}"
        if isinstance(command, click.Group):
            yield from _commands(path, command)
        else:
            yield path, command


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(value: Any) -> str:
    if isinstance(value, BaseModel) or value in ((), {}, None):
        return ""
    return _cell(f"`{value}`")


def _type(annotation: Any) -> str:
    args = get_args(annotation)
    if not args:
        return f"`{getattr(annotation, '__name__', annotation)}`"
    return _cell("`" + str(annotation).replace("typing.", "").replace("datetime.", "").replace("pathlib.", "") + "`")


def main() -> None:
    """Write the pages; with --check only say which are behind the code."""
    behind = [path for path, text in pages().items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        sys.exit(f"behind the code: {', '.join(p.name for p in behind)}" if behind else 0)
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
