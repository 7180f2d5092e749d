"""Following the money of accounts, on the command line: how much sits where, and why."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caudal.cli_text import folded
from caudal.errors import InputError

if TYPE_CHECKING:
    from caudal.cli_trace_text import Asked

_WAYS = {"forward": ("forward",), "backward": ("backward",), "both": ("forward", "backward")}


@click.command()
@click.argument("ledger", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path), default=None, help="TOML mapping of a CSV's columns.")
@click.option("--rates", type=click.Path(path_type=Path), default=None, help="Exchange rates: day, currency, rate.")
@click.option("--base-currency", default="USD", show_default=True, help="Currency of all sums.")
@click.option("--account", "seeds", multiple=True, help="Account of the group; may be given several times.")
@click.option("--group", default=None, help="What to call the group; in a workspace, the group to ask about (all).")
@click.option(
    "--method", type=click.Choice(["proportional", "fifo", "poison"]), default="proportional", show_default=True
)
@click.option(
    "--direction",
    type=click.Choice(["forward", "backward", "both"]),
    default=None,
    help="forward: from the group; backward: to it. Forward when left out; with --explain and the like, both.",
)
@click.option("--top", type=int, default=20, show_default=True, help="Rows to print.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Leave out payments after this day (UTC)."
)
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Split amounts before, and on or after, this day."
)
@click.option(
    "--dust",
    default=None,
    help="A payment that carries less than this of the group's money arrives clean; whole units of the base currency.",
)
@click.option("--bounds", is_flag=True, help="Add the least and most it may be, whatever was spent first.")
@click.option(
    "--opening",
    type=click.Path(path_type=Path),
    default=None,
    help="With --bounds: CSV of account, amount: money known to be on accounts before the ledger.",
)
@click.option(
    "--tainted",
    type=float,
    default=0.0,
    show_default=True,
    help="With --bounds: share of opening money of the group's direct counterparties that may be the group's, 0 to 1.",
)
@click.option(
    "--explain",
    "explained",
    multiple=True,
    help="Account whose exposure is opened into paths and single transfers; may be given several times.",
)
@click.option("--paths", type=int, default=5, show_default=True, help="With --explain: paths at most.")
@click.option(
    "--share", type=float, default=95, show_default=True, help="With --explain: percent the transfers must carry."
)
@click.option(
    "--measure",
    type=click.Choice(["carried", "widest"]),
    default="carried",
    show_default=True,
    help="With --explain: paths by the group's money they carried, or by their smallest payment.",
)
@click.option("--institutions", is_flag=True, help="By institution and by chain of institutions instead of account.")
@click.option("--agents", is_flag=True, help="Accounts that behave like the group's own hands, with reasons.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for machines.")
@click.option("--check", is_flag=True, help="Exit with status 1 when something was found that wants a person.")
def trace(ledger: Path, as_json: bool, check: bool, **options: Any) -> int:
    """Follow the money of accounts through LEDGER: how much sits where, by which way it came.

    LEDGER is a ledger, with the group's accounts given by --account, or a workspace of `caudal run`, whose groups are
    followed from their possible matches. Amounts are attributed, not proven; exposure is not guilt.
    """
    chosen = [name for name in ("explained", "institutions", "agents") if options[name]]
    if len(chosen) > 1:
        raise InputError("ask for one at a time: --explain, --institutions or --agents")
    if (options["opening"] is not None or options["tainted"]) and not options["bounds"]:
        raise InputError("--opening and --tainted go with --bounds")
    asked = _asked(ledger, options, default="both" if chosen else "forward")
    answer = {"explained": _explain, "institutions": _institutions, "agents": _agents}
    facts, out, found = answer[chosen[0]](asked, options) if chosen else _exposures(asked, options)
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1, default=_plain) if as_json else folded(out))
    return 1 if check and found else 0


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _asked(path: Path, options: dict[str, Any], default: str) -> Asked:
    """The ledger, the groups and what else every question needs, from a ledger or from a workspace."""
    from caudal.cli_trace_text import Asked, minor
    from caudal.tracing import TransferIndex, until

    day: datetime | None = options["as_of"]
    directions = _WAYS[options["direction"] or default]
    if (path / "caudal.toml").is_file():
        asked = _from_workspace(path, options, directions)
    else:
        import caudal

        if not options["seeds"]:
            raise InputError("say which accounts are the group's: --account, or give a workspace", field="--account")
        books = caudal.Ledger.open(
            path, mapping=options["mapping"], rates=options["rates"], base_currency=options["base_currency"]
        )
        asked = Asked(
            index=TransferIndex.from_transfers(books.transfers),
            groups={options["group"] or "group": list(options["seeds"])},
            directions=directions,
            currency=options["base_currency"],
            dust=minor(options["dust"], options["base_currency"]),
            tables={name: getattr(books, name) for name in ("transfers", "accounts", "parties", "institutions")},
        )
    if day is not None:
        asked = asked.at(until(asked.index, day.date()))
    here = [group for group, own in asked.groups.items() if len(asked.index.codes(own)[0])]
    if not here:
        said = ", ".join(sorted(account for own in asked.groups.values() for account in own)[:3])
        raise InputError(f"there is nothing to trace: no account of any group occurs in a transfer ({said})")
    return asked


def _from_workspace(path: Path, options: dict[str, Any], directions: tuple[str, ...]) -> Asked:
    from caudal.cli_trace_text import Asked, minor
    from caudal.console import TerminalReporter
    from caudal.workspace import run
    from caudal.workspace.following import designation_days

    if options["seeds"] or options["mapping"] or options["rates"]:
        raise InputError("a workspace knows its groups, mapping and rates; leave out --account, --mapping and --rates")
    reporter = TerminalReporter(quiet=True)
    try:
        done = run(path, reporter=reporter)
    finally:
        reporter.close()
    context = done.context
    groups = {group: held for group, held in context.seeds.accounts.items() if held}
    if options["group"] is not None:
        wanted = options["group"]
        if wanted not in groups:
            known = ", ".join(sorted(groups)) or "none"
            raise InputError(f"no money of {wanted} is followed in this workspace; there are: {known}", field="--group")
        groups = {wanted: groups[wanted]}
    _, public = designation_days(context.table("designations"), context.table("memberships"), groups)
    names = ("transfers", "accounts", "parties", "institutions", "ownership", "matches", "memberships")
    return Asked(
        index=context.index,
        groups=groups,
        directions=directions,
        currency=done.config.base_currency,
        dust=minor(options["dust"], done.config.base_currency) or done.config.tracing.dust,
        tables={name: context.table(name) for name in names},
        public=public,
    )


def _exposures(asked: Asked, options: dict[str, Any]) -> tuple[Any, list[str], bool]:
    from caudal import cli_trace_text as text
    from caudal.tracing import before_after, exposure_bounds, run_trace

    since: datetime | None = options["since"]
    method = options["method"]
    found = run_trace(
        asked.index,
        asked.groups,
        [method],
        asked.directions,
        asked.pooled,
        attribute=[method] if since else (),
        dust=asked.dust,
    )
    rows = found.exposures.to_pylist()
    if since is not None:
        days = {group: {"given": since.date()} for group in asked.groups}
        split = before_after(found.exposures, found.attributions, asked.tables["transfers"], days)
        text.add(
            rows, split, {"before": ("direct_before", "indirect_before"), "after": ("direct_after", "indirect_after")}
        )
    if options["bounds"]:
        opening = text.read_opening(options["opening"], asked.currency) if options["opening"] else None
        limits = exposure_bounds(
            asked.index, asked.groups, asked.directions, asked.pooled, opening=opening, tainted=options["tainted"]
        )
        text.add(rows, limits, {"low": ("low",), "high": ("high",)})
    rows.sort(key=lambda r: (-(r["direct"] + r["indirect"]), r["account_id"], r["group_id"], r["direction"]))
    shown = rows[: options["top"]]
    return shown, text.exposures(asked, rows, shown, found), bool(rows)


def _explain(asked: Asked, options: dict[str, Any]) -> tuple[Any, list[str], bool]:
    from caudal import cli_trace_text as text
    from caudal.tracing import Explainer

    own = {account for held in asked.groups.values() for account in held}
    facts, out = [], []
    for direction in asked.directions:
        for group, held in asked.groups.items():
            if not len(asked.index.codes(held)[0]):
                continue
            explainer = Explainer(asked.index, group, held, direction, asked.pooled)
            for account in options["explained"]:
                if account in own and len(asked.groups) > 1 and account in held:
                    continue
                found = explainer.explain(
                    account, paths=options["paths"], share=options["share"] / 100, measure=options["measure"]
                )
                if found.amount or found.paths.num_rows:
                    fact = text.explanation_facts(asked, found)
                    facts.append(fact)
                    out += text.explanation(asked, found, fact, options["top"])
    if not facts:
        names = ", ".join(options["explained"])
        out.append(f"no money was traced between {names} and {', '.join(asked.groups)}, in the direction asked")
    return facts, [*out, text.STANDING], bool(facts)


def _institutions(asked: Asked, options: dict[str, Any]) -> tuple[Any, list[str], bool]:
    from caudal import cli_trace_text as text
    from caudal.tracing import channels, institution_exposures, run_trace

    method = options["method"]
    found = run_trace(
        asked.index, asked.groups, [method], asked.directions, asked.pooled, attribute=[method], dust=asked.dust
    )
    since: datetime | None = options["since"]
    public = dict.fromkeys(asked.groups, since.date()) if since else asked.public
    tables = (*(asked.tables[name] for name in ("transfers", "accounts", "institutions")), public)
    parts = institution_exposures(found.attributions, *tables).to_pylist()
    chains = channels(found.attributions, *tables).to_pylist()
    facts = {"institutions": parts, "channels": chains}
    return facts, text.institutions(asked, parts, chains, options["top"]), bool(parts)


def _agents(asked: Asked, options: dict[str, Any]) -> tuple[Any, list[str], bool]:
    from caudal import cli_trace_text as text
    from caudal.tracing import agents, run_trace

    if options["direction"] not in (None, "both"):
        raise InputError("--agents looks at both directions", field="--direction")
    found = run_trace(asked.index, asked.groups, ["proportional"], pooled=asked.pooled, attribute=(), dust=asked.dust)
    more = {
        name: asked.tables[name] for name in ("parties", "ownership", "matches", "memberships") if name in asked.tables
    }
    rows = agents(asked.index, asked.groups, found.exposures, asked.tables["accounts"], **more).to_pylist()
    return rows, text.agents(asked, rows, options["top"]), bool(rows)
