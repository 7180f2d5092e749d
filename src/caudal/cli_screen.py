"""`caudal screen`: who could it be, how sure, and why. Rooms load only when the command runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caudal.cli_text import folded

if TYPE_CHECKING:
    from caudal.register import Register
    from caudal.screening import Screener

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
WORDS = {"alert": "ALERT", "ask": "ask for more", "below": "below the threshold"}


def _costs(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that state what going wrong costs."""
    for option in (
        click.option(
            "--threshold", type=float, default=None, help="Alert threshold: probability under 1, or bits of evidence."
        ),
        click.option("--cost-question", type=float, default=None, help="Cost of one question to a customer [0.336]."),
        click.option("--cost-false-alert", type=float, default=None, help="Cost of a false alert [1]."),
        click.option(
            "--cost-miss", type=float, default=None, help="Cost of a missed match [5]; only the ratios of costs count."
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--schema", default="LegalEntity", show_default=True, help="FollowTheMoney schema: Person, Company...")
@click.option("--birth-date", default=None, help="Birth date as ISO text, if known.")
@_lists
@_as_of
@_costs
@_json
@_check
def screen(
    names: tuple[str, ...],
    schema: str,
    birth_date: str | None,
    lists: tuple[Path, ...],
    as_of: datetime | None,
    as_json: bool,
    check: bool,
    **stated: float | None,
) -> int:
    """Screen NAMES against lists: who could it be, how sure, and why.

    A possible match is not a finding; a person decides.
    """
    day = as_of.date() if as_of else date.today()
    register = _register(lists, day)
    screener = _screener(register, **stated)
    properties = {"birthDate": [birth_date]} if birth_date else {}
    parties = [{"id": name, "schema": schema, "properties": {"name": [name], **properties}} for name in names]
    table = screener.match(parties).sort_by([("bits", "descending")])
    facts, out = [], [_against(register, day)]
    for name in names:
        rows = [r for r in table.to_pylist() if r["party_id"] == name]
        out.append(f"{name}: {'nothing found' if not rows else ''}".rstrip())
        for row in rows:
            evidence = json.loads(row["evidence"])
            caption = register[row["entity_id"]].caption
            facts.append({**row, "evidence": evidence, "caption": caption})
            sure = f"probability {row['probability']:.3f}, {row['bits']:.1f} bits"
            out.append(f"  {WORDS[row['band']]}: {caption} ({row['entity_id']}), {sure}")
            out += [f"    {reason['bits']:+6.1f}  {reason['text']}" for reason in evidence["reasons"]]
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1, default=str) if as_json else folded(out))
    return 1 if check and any(f["alert"] for f in facts) else 0


def _register(paths: tuple[Path, ...], day: date) -> Register:
    from caudal.register import Register

    return Register.load(list(paths), as_of=day)


def _screener(
    register: Register,
    threshold: float | None = None,
    cost_miss: float | None = None,
    cost_false_alert: float | None = None,
    cost_question: float | None = None,
) -> Screener:
    from caudal.screening import Costs, Screener, Weights

    weights = Weights()
    if threshold is not None and threshold >= 1:
        threshold = weights.probability(threshold)
    stated = {"miss": cost_miss, "false_alert": cost_false_alert, "question": cost_question}
    given = {name: cost for name, cost in stated.items() if cost is not None}
    return Screener(register, threshold, weights=weights, costs=Costs(**given) if given else None)


def _against(register: Register, day: date) -> str:
    lists = [
        f"{v.dataset} {v.published} ({v.entries:,} entries, {(day - v.published).days} days old)"
        for v in register.versions
    ]
    return f"screened against {'; '.join([*lists, 'the built-in groups'])}"
