"""`caudal decide` and `caudal decisions`: what a person decided about a possible match, and where each stands."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from caudal.cli_text import folded
from caudal.errors import InputError

_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for machines.")
_check = click.option("--check", is_flag=True, help="Exit with status 1 when something was found that wants a person.")
WANTS = ("open", "waits", "came back")


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@click.option("--party", default=None, help="The party, by its id.")
@click.option("--transfer", default=None, help="Or the transfer whose text matched.")
@click.option("--entity", default=None, help="The list entry, by its id.")
@click.option("--verdict", type=click.Choice(["confirmed", "cleared", "more"]), default=None, help="What you decide.")
@click.option("--second", default=None, help="Instead: the decision (such as d12) you have looked at and agree with.")
@click.option("--reason", default="", help="Why, in your words.")
@click.option("--by", default="", help="Your name.")
@_json
def decide(
    workspace: Path,
    party: str | None,
    transfer: str | None,
    entity: str | None,
    verdict: str | None,
    second: str | None,
    reason: str,
    by: str,
    as_json: bool,
) -> int:
    """Write down what you decided about a possible match of WORKSPACE's last run.

    It holds for this party and this list entry alone, until the data it rested on changes; then it comes back. A
    decision needs a reason and a name; "confirmed" counts once a second person has agreed with --second.
    """
    from caudal.workspace import deciding

    if second is not None:
        if party or transfer or entity or verdict:
            raise InputError("--second goes with --by alone, and a reason if you like", field="second")
        row = deciding.second(workspace, second, by=by, reason=reason)
    else:
        if entity is None or verdict is None:
            raise InputError("say which list entry, and the verdict", field="entity" if entity is None else "verdict")
        row = deciding.decide(
            workspace, party=party, transfer=transfer, entity=entity, verdict=verdict, reason=reason, by=by
        )
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False, indent=1, default=str))
        return 0
    words = f"{row['decision_id']}: {row['verdict']} by {row['decided_by']}"
    if row["seconds"]:
        words += f", the second pair of eyes of {row['seconds']}"
    elif row["verdict"] == "confirmed":
        words += f"; it counts once a second person agrees: caudal decide {workspace} --second {row['decision_id']}"
    click.echo(words)
    return 0


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Also what is decided, asked or gone.")
@_json
@_check
def decisions(workspace: Path, everything: bool, as_json: bool, check: bool) -> int:
    """Show where the possible matches of WORKSPACE stand: open, waiting for a second person, decided, come back."""
    from caudal.workspace import deciding

    rows = deciding.stand(workspace)
    counts = Counter(row["state"] for row in rows)
    if as_json:
        click.echo(json.dumps({"counts": counts, "rows": rows}, ensure_ascii=False, indent=1, default=str))
    else:
        shown = [row for row in rows if everything or row["state"] in WANTS]
        head = ", ".join(f"{counts[state]:,} {state}" for state in deciding.ORDER if counts[state])
        click.echo(folded([head or "no possible match", *(line for row in shown for line in _lines(row))]))
    return 1 if check and any(counts[state] for state in WANTS) else 0


def _lines(row: dict[str, Any]) -> list[str]:
    sure = f", {row['band']}, {row['bits']:.1f} bits" if row["band"] else ""
    out = [f"{row['state']}: {row['name']} ({row['party_id'] or row['transfer_id']}) and {row['caption']} "
           f"({row['entity_id']}){sure}"]  # fmt: skip
    if row["decision_id"]:
        seconded = f", seconded by {row['seconded_by']}" if row["seconded_by"] else ""
        when = f"{row['decided_at']:%Y-%m-%d}"
        out.append(
            f"    {row['decision_id']}, {row['verdict']} by {row['decided_by']} on {when}{seconded}: {row['reason']}"
        )
    return out + [f"    changed: {change}" for change in row["changes"]]
