"""`caudal screen`: who could it be, how sure, and why. Rooms load only when the command runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caudal.cli_screen_file import UNSCREENED, WORDS, Drawn, again, against, make_screener, screened, told, tuned
from caudal.cli_screen_index import HeldLists, with_index
from caudal.cli_text import folded

if TYPE_CHECKING:
    from caudal.register import Register
    from caudal.screening import Screener

_PATH = click.Path(path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for machines.")
_check = click.option("--check", is_flag=True, help="Exit with status 1 when something was found that wants a person.")
_lists = click.option(
    "--list",
    "lists",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A list file or folder; may be given several times. The built-in register is always read.",
)
_as_of = click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Day whose law is applied; today when left out."
)


def _costs(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that state what going wrong costs."""
    for option in (
        click.option(
            "--threshold", type=float, default=None, help="Alert threshold: probability under 1, or bits of evidence."
        ),
        click.option(
            "--base-rate",
            type=float,
            default=None,
            help="Share of the parties that are listed, between 0 and 1 [0.001].",
        ),
        click.option("--cost-question", type=float, default=None, help="Cost of one question to a customer [0.72]."),
        click.option("--cost-false-alert", type=float, default=None, help="Cost of a false alert [1]."),
        click.option(
            "--cost-miss",
            type=float,
            default=None,
            help="Cost of a missed match [2400]; only the ratios of costs count.",
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("names", nargs=-1)
@click.option("--schema", default="LegalEntity", show_default=True, help="FollowTheMoney schema: Person, Company...")
@click.option("--birth-date", default=None, help="Birth date as ISO text, if known.")
@click.option("--parties", type=_PATH, default=None, help="Screen this file instead: CSV or Parquet of `parties`.")
@click.option("--out", type=_PATH, default=None, help="With --parties: write the possible matches here, as Parquet.")
@click.option(
    "--keep", type=_PATH, default=None, help="With --parties: folder for next time, so that only changes are screened."
)
@click.option(
    "--index",
    type=_PATH,
    default=None,
    help="Folder that keeps the lists ready to search: used while they are the same, else made anew.",
)
@click.option("--refresh", is_flag=True, help="With --keep: screen everything, and count how common names are anew.")
@click.option("--tune", type=_PATH, default=None, help="With --parties: write what each threshold would do, as HTML.")
@click.option("--samples", type=_PATH, default=None, help="With --tune: write pairs from below the line here, as CSV.")
@click.option("--sample-size", type=click.IntRange(1), default=60, show_default=True, help="Pairs to draw.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the sample and of the changed names.")
@click.option("--reviewed", type=_PATH, default=None, help="Say what a reviewed file of samples comes to.")
@click.option("--top", type=int, default=20, show_default=True, help="With --parties: possible matches to print.")
@_lists
@_as_of
@_costs
@_json
@_check
def screen(
    names: tuple[str, ...],
    schema: str,
    birth_date: str | None,
    parties: Path | None,
    out: Path | None,
    keep: Path | None,
    index: Path | None,
    refresh: bool,
    tune: Path | None,
    samples: Path | None,
    sample_size: int,
    seed: int,
    reviewed: Path | None,
    top: int,
    lists: tuple[Path, ...],
    as_of: datetime | None,
    as_json: bool,
    check: bool,
    **stated: float | None,
) -> int:
    """Screen NAMES, or a file of parties, against lists: who could it be, how sure, and why.

    A possible match is not a finding; a person decides.
    """
    if sum((bool(names), parties is not None, reviewed is not None)) != 1:
        raise click.UsageError("Give names, or --parties, or --reviewed.")
    if keep is not None and tune is not None:
        raise click.UsageError("--keep and --tune do not go together: what is tuned is screened whole.")
    if index is not None and (keep or tune or reviewed):
        raise click.UsageError("--index goes with names or --parties, without --keep (which keeps its own) and --tune.")
    for option, given, needs in (
        ("--keep", keep, parties),
        ("--out", out, parties), ("--tune", tune, parties), ("--samples", samples, tune),
    ):  # fmt: skip
        if given is not None and needs is None:
            raise click.UsageError(f"{option} goes with {'--tune' if option == '--samples' else '--parties'}.")
    day = as_of.date() if as_of else date.today()
    if reviewed is not None:
        return told(reviewed, as_json)
    if parties is not None:
        from caudal.screening.customers import read_customers

        table = read_customers(parties)
        if index is not None:
            held, screener = with_index(index, lists, partial(_register, lists, day), stated)
            return screened(table, held, screener, day, out, top, as_json, check)
        register = _register(lists, day)
        if keep is not None:
            return again(table, register, day, keep, refresh, stated, out, top, as_json, check)
        screener = make_screener(register, **stated)
        if tune is not None:
            drawn = Drawn(samples, sample_size, seed)
            return tuned(parties, table, register, screener, day, tune, drawn, out, as_json)
        return screened(table, register, screener, day, out, top, as_json, check)
    if index is not None:
        held, screener = with_index(index, lists, partial(_register, lists, day), stated)
        return _names(names, schema, birth_date, held, screener, day, as_json, check)
    register = _register(lists, day)
    return _names(names, schema, birth_date, register, make_screener(register, **stated), day, as_json, check)


def _names(
    names: tuple[str, ...], schema: str, birth_date: str | None, register: Register | HeldLists,
    screener: Screener, day: date,
    as_json: bool, check: bool,
) -> int:  # fmt: skip
    from caudal.screening import unscreened

    names = tuple(dict.fromkeys(names))
    properties = {"birthDate": [birth_date]} if birth_date else {}
    parties = [{"id": name, "schema": schema, "properties": {"name": [name], **properties}} for name in names]
    table = screener.match(parties).sort_by([("bits", "descending")])
    facts, out = [], [against(register, day)]
    missed = {row["party_id"]: row for row in unscreened(parties).to_pylist()}
    for name in names:
        if name in missed:
            row = missed[name]
            facts.append({"party_id": name, "unscreened": row["extent"], "reason": row["reason"]})
            out.append(f"{name}: {UNSCREENED[row['extent']]}: {row['reason']}")
        rows = [r for r in table.to_pylist() if r["party_id"] == name]
        if name not in missed or rows:
            out.append(f"{name}: {'nothing found' if not rows else ''}".rstrip())
        for row in rows:
            evidence = json.loads(row["evidence"])
            caption = register[row["entity_id"]].caption
            facts.append({**row, "evidence": evidence, "caption": caption})
            sure = f"probability {row['probability']:.3f}, {row['bits']:.1f} bits"
            out.append(f"  {WORDS[row['band']]}: {caption} ({row['entity_id']}), {sure}")
            out += [f"    {reason['bits']:+6.1f}  {reason['text']}" for reason in evidence["reasons"]]
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1, default=str) if as_json else folded(out))
    return 1 if check and any(f.get("alert") or f.get("unscreened") for f in facts) else 0


def _register(paths: tuple[Path, ...], day: date) -> Register:
    from caudal.register import Register

    return Register.load(list(paths), as_of=day)
