"""The command line: one thin command per question. Rooms load only when their command runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from caudal.cli_assess import assess as assess_command
from caudal.cli_decide import decide as decide_command
from caudal.cli_decide import decisions as decisions_command
from caudal.cli_dossier import dossier as dossier_command
from caudal.cli_law import law as law_command
from caudal.cli_lists import lists as lists_group
from caudal.cli_screen import screen as screen_command
from caudal.cli_serve import keys as keys_group
from caudal.cli_serve import lookups as lookups_command
from caudal.cli_serve import serve as serve_command
from caudal.cli_trace import trace as trace_command
from caudal.errors import CaudalError, InputError

DONE, FOUND, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for machines.")
_check = click.option("--check", is_flag=True, help="Exit with status 1 when something was found that wants a person.")


def main() -> None:
    """Run the command line; bad input is one line on standard error and exit status 2."""
    try:
        code = cli.main(standalone_mode=False)
    except CaudalError as error:
        click.echo(f"caudal: {error}", err=True)
        code = BAD_INPUT
    except click.ClickException as error:
        error.show()
        code = BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("caudal: interrupted; every table is whole, run the same command again to go on", err=True)
        code = INTERRUPTED
    sys.exit(code if isinstance(code, int) else DONE)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="caudal", message="%(prog)s %(version)s")
def cli() -> None:
    """Follow the money of designated criminal-terrorist networks, and count who else a designation hits.

    Exit status: 0 done, 1 with --check when something wants a person, 2 bad input.
    """


@cli.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@click.option("--fresh", is_flag=True, help="Carry out every stage, also those whose inputs did not change.")
@_json
@_check
def run(workspace: Path, fresh: bool, as_json: bool, check: bool) -> int:
    """Run everything on WORKSPACE: lists and a ledger in, exposures and a report out.

    WORKSPACE holds a caudal.toml that names the lists, the ledger, the day and the groups of interest. Only what
    its inputs changed is computed again.
    """
    from caudal.workspace import run as run_workspace
    from caudal.workspace import summary

    done = _with_progress(lambda reporter: run_workspace(workspace, fresh=fresh, reporter=reporter), quiet=as_json)
    facts = summary.as_dict(done)
    if as_json:
        _print_json(facts)
    else:
        click.echo("\n".join(["", *summary.lines(done)]))
    return FOUND if check and facts["wants_a_person"] else DONE


@cli.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@_json
def report(workspace: Path, as_json: bool) -> int:
    """Bring the report of WORKSPACE up to date and say where it is."""
    from caudal.workspace import run as run_workspace

    done = _with_progress(lambda reporter: run_workspace(workspace, reporter=reporter), quiet=as_json)
    if as_json:
        _print_json({"report": str(done.report)})
    else:
        click.echo(done.report)
    return DONE


@cli.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--accounts", type=int, default=5_000, show_default=True, help="Accounts of the world, about.")
@click.option("--days", type=int, default=90, show_default=True, help="Days of payments.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), default="2025-01-06", show_default=True, help="First day.")
@click.option("--group", default="tren-de-aragua", show_default=True, help="Designated group to plant, by id.")
@click.option(
    "--measure",
    type=click.Path(path_type=Path),
    default=None,
    help="Write the twin: the same world with the measure of this TOML file in force from its day on.",
)
@click.option(
    "--listed-move/--listed-stay",
    default=True,
    show_default=True,
    help="Whether the group stops using collectors and shells because they are listed.",
)
def world(
    out: Path,
    accounts: int,
    days: int,
    seed: int,
    start: datetime,
    group: str,
    measure: Path | None,
    listed_move: bool,
) -> int:
    """Write a made-up economy with known truth to the folder OUT, ready for `caudal run OUT`.

    Households, firms, banks and money-transfer agents in several countries, and the planted, labelled activity of a
    designated group. Every name in it is invented. With --measure everything before the measure's day is the same as
    without, and truth/effects.parquet says what became of every payment after it.
    """
    from caudal.world import Measure, generate

    applied = None if measure is None else Measure.load(measure)

    def build(reporter: Any) -> None:
        progress = reporter.start("Making up a world")
        generate(out, accounts, days, seed, start.date(), group, progress, measure=applied, listed_move=listed_move)

    try:
        _with_progress(build)
    except InputError as error:
        if applied is None or error.file or error.field not in ("day", "freeze", "freeze.accounts", "freeze.parties"):
            raise
        raise InputError(error.reason, file=str(measure), row=error.row, field=error.field) from error
    click.echo(f"{out}: a made-up world of {accounts:,} accounts over {days} days; next: caudal run {out}")
    return DONE


@cli.command()
@click.argument("ledger", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path), default=None, help="TOML mapping of a CSV's columns.")
@click.option("--rates", type=click.Path(path_type=Path), default=None, help="Exchange rates: day, currency, rate.")
@click.option("--base-currency", default="USD", show_default=True, help="Currency of all sums.")
@click.option("--top", type=int, default=20, show_default=True, help="Findings to print.")
@_json
@_check
def detect(
    ledger: Path,
    mapping: Path | None,
    rates: Path | None,
    base_currency: str,
    top: int,
    as_json: bool,
    check: bool,
) -> int:
    """Look in LEDGER for patterns: extortion, funnelling, structuring, pass-through, cycles."""
    import caudal

    books = caudal.Ledger.open(ledger, mapping=mapping, rates=rates, base_currency=base_currency)
    table = caudal.detect(books)
    rows = sorted(table.to_pylist(), key=lambda r: (-r["score"], r["finding_id"]))[:top]

    def strength(row: dict[str, Any]) -> str:
        known = row["probability"]
        return f"score {row['score']:.2f}" if known is None else f"probability {known:.2f}"

    out = [f"{table.num_rows:,} findings; a pattern is not an accusation"]
    for row in rows:
        out.append(f"{row['typology']} ({row['finding_id']}), {strength(row)}, {len(row['transfers'])} payments")
        out += [f"    {reason}" for reason in row["reasons"]]
    _print([{**r, "first": r["first"].isoformat(), "last": r["last"].isoformat()} for r in rows], out, as_json)
    return FOUND if check and table.num_rows else DONE


def _with_progress(work: Callable[[Any], Any], *, quiet: bool = False) -> Any:
    from caudal.console import TerminalReporter

    reporter = TerminalReporter(quiet=quiet)
    try:
        return work(reporter)
    finally:
        reporter.close()


def _print(facts: Any, text: list[str], as_json: bool) -> None:
    if as_json:
        _print_json(facts)
    else:
        click.echo("\n".join(text))


def _print_json(facts: Any) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1, default=str))


cli.add_command(assess_command)
cli.add_command(screen_command)
cli.add_command(decide_command)
cli.add_command(decisions_command)
cli.add_command(trace_command)
cli.add_command(law_command)
cli.add_command(dossier_command)
cli.add_command(lists_group)
cli.add_command(serve_command)
cli.add_command(keys_group)
cli.add_command(lookups_command)

if __name__ == "__main__":
    main()
