"""`caudal screen`: who could it be, how sure, and why. Rooms load only when the command runs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caudal.cli_text import folded
from caudal.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

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
@click.argument("names", nargs=-1)
@click.option("--schema", default="LegalEntity", show_default=True, help="FollowTheMoney schema: Person, Company...")
@click.option("--birth-date", default=None, help="Birth date as ISO text, if known.")
@click.option("--parties", type=_PATH, default=None, help="Screen this file instead: CSV or Parquet of `parties`.")
@click.option("--out", type=_PATH, default=None, help="With --parties: write the possible matches here, as Parquet.")
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
    for option, given, needs in (
        ("--out", out, parties), ("--tune", tune, parties), ("--samples", samples, tune),
    ):  # fmt: skip
        if given is not None and needs is None:
            raise click.UsageError(f"{option} goes with {'--tune' if option == '--samples' else '--parties'}.")
    day = as_of.date() if as_of else date.today()
    if reviewed is not None:
        return _reviewed(reviewed, as_json)
    if parties is not None:
        from caudal.screening.customers import read_customers

        table = read_customers(parties)
        register = _register(lists, day)
        screener = _screener(register, **stated)
        if tune is not None:
            drawn = Drawn(samples, sample_size, seed)
            return _tuned(parties, table, register, screener, day, tune, drawn, out, as_json)
        return _file(table, register, screener, day, out, top, as_json, check)
    register = _register(lists, day)
    return _names(names, schema, birth_date, register, _screener(register, **stated), day, as_json, check)


def _names(
    names: tuple[str, ...], schema: str, birth_date: str | None, register: Register, screener: Screener, day: date,
    as_json: bool, check: bool,
) -> int:  # fmt: skip
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


@dataclass(frozen=True)
class Drawn:
    """The sample asked for: where to, how many, and the seed."""

    path: Path | None
    size: int
    seed: int


def _file(
    parties: pa.Table, register: Register, screener: Screener, day: date, out: Path | None, top: int, as_json: bool,
    check: bool,
) -> int:  # fmt: skip
    """Screen a file and print the strongest possible matches."""
    from caudal.storage import write_table
    from caudal.tables import MATCHES

    matches = _with_progress("Screening", lambda report: screener.match(parties, report), quiet=as_json)
    if out is not None:
        _written(lambda: write_table(matches, MATCHES, out), out)
    rows = sorted(matches.to_pylist(), key=lambda r: (-r["bits"], r["party_id"], r["entity_id"]))
    facts = _facts(parties, matches, screener, register, day)
    lines = [_against(register, day), _counted(facts)]
    for row in rows[:top]:
        evidence = json.loads(row["evidence"])
        ask = f"; ask for the {evidence['ask']['field']}" if "ask" in evidence else ""
        lines.append(
            f"  {WORDS[row['band']]}: {row['party_id']} {evidence['query']} and {register[row['entity_id']].caption} "
            f"({row['entity_id']}), {row['bits']:.1f} bits{ask}"
        )
    click.echo(
        json.dumps({**facts, "matches": rows}, ensure_ascii=False, indent=1, default=str) if as_json else folded(lines)
    )
    return 1 if check and facts["bands"].get("alert") else 0


def _facts(parties: pa.Table, matches: pa.Table, screener: Screener, register: Register, day: date) -> dict[str, Any]:
    nameless = sum(not (name or "").strip() for name in parties["name"].to_pylist())
    costs = screener.bands.costs
    return {
        "as_of": day.isoformat(),
        "lists": [f"{v.dataset} {v.version}" for v in register.versions],
        "parties": parties.num_rows,
        "without_name": nameless,
        "bands": dict(Counter(matches["band"].to_pylist())),
        "threshold": screener.threshold,
        "threshold_bits": screener.threshold_bits,
        "costs": {"miss": costs.miss, "false_alert": costs.false_alert, "question": costs.question},
    }


def _counted(facts: dict[str, Any]) -> str:
    bands = facts["bands"]
    words = (
        f"{facts['parties']:,} parties: {bands.get('alert', 0):,} alerts from {facts['threshold_bits']:.1f} bits, "
        f"{bands.get('ask', 0):,} to ask about, {bands.get('below', 0):,} kept below the line"
    )
    if facts["without_name"]:
        words += f"; {facts['without_name']:,} have no name, so that nothing could be compared"
    return words


def _tuned(
    file: Path, parties: pa.Table, register: Register, screener: Screener, day: date, page: Path, drawn: Drawn,
    out: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Draw the trade-off of a file, and a sample from below the line."""
    import caudal
    from caudal.reports.tune import TuneFacts, write_tuning
    from caudal.screening import samples
    from caudal.screening.tuning import best_by_cost
    from caudal.screening.tuning import tune as tune_file
    from caudal.storage import write_table
    from caudal.tables import MATCHES

    found = _with_progress(
        "Screening", lambda report: tune_file(screener, register, parties, seed=drawn.seed, progress=report),
        quiet=as_json,
    )  # fmt: skip
    rows = []
    if drawn.path is not None:
        target = drawn.path
        rows = samples.draw(found.matches, parties, screener.threshold_bits, drawn.size, drawn.seed)
        _written(lambda: samples.write(rows, target), target)
    if out is not None:
        _written(lambda: write_table(found.matches, MATCHES, out), out)
    facts = TuneFacts(
        file.name,
        [_against(register, day).removeprefix("screened against ")],
        day,
        screener.bands.costs,
        rows,
        drawn.path.name if drawn.path else "",
        caudal.__version__,
    )
    _written(lambda: write_tuning(page, found, facts), page)
    now, cheapest = found.points[found.now], best_by_cost(found.points)
    lines = [
        _against(register, day),
        f"{found.parties:,} parties at {now.bits:.1f} bits: {now.alerts:,} alerts ({now.true:.1f} expected true, "
        f"{now.false:.1f} false), {now.asks:,} to ask about, {now.missed:.1f} true matches expected below the line",
        f"{now.recall:.1%} of listed names written otherwise are found",
        f"least expected cost at {cheapest.bits:.1f} bits: {cheapest.cost:.1f} (in force: {now.cost:.1f})",
    ]
    if drawn.path is not None:
        lines.append(f"{len(rows):,} pairs to review from below the line: {drawn.path}")
    lines.append(f"Page       {page}")
    more = {"samples": len(rows), "page": str(page), "as_of": day.isoformat()}
    click.echo(json.dumps({**found.as_dict(), **more}, indent=1) if as_json else folded(lines))
    return 0


def _reviewed(path: Path, as_json: bool) -> int:
    """What a reviewed sample comes to."""
    from dataclasses import asdict

    from caudal.screening.samples import review

    found = review(path)
    if as_json:
        click.echo(json.dumps({**asdict(found), "missed": asdict(found.missed)}, ensure_ascii=False, indent=1))
        return 0
    people = ", ".join(f"{who} {n:,}" for who, n in sorted(found.reviewers.items()))
    lines = [
        f"{found.reviewed:,} of {found.drawn:,} pairs reviewed ({people}); {found.matches:,} are matches",
        f"{found.rate.mid:.2%} of the {found.pairs:,} pairs below the line are missed matches, "
        f"95% sure: {found.rate.low:.2%} to {found.rate.high:.2%}",
        f"that is {found.missed.mid:.1f} missed matches, {found.missed.low:.1f} to {found.missed.high:.1f}",
        *(f"  {name}: {hits:,} of {seen:,} reviewed, {pairs:,} pairs" for name, pairs, seen, hits in found.strata),
    ]
    if found.reviewed < found.drawn:
        lines.append(
            "rows without a verdict are taken as missing by chance, which they are not if the hard ones were left out"
        )
    click.echo(folded(lines))
    return 0


def _written(write: Callable[[], None], path: Path) -> None:
    try:
        write()
    except OSError as error:
        raise InputError(f"it cannot be written ({error.strerror})", file=str(path)) from error


def _with_progress(title: str, work: Callable[[Any], Any], *, quiet: bool) -> Any:
    from caudal.console import TerminalReporter

    reporter = TerminalReporter(quiet=quiet)
    try:
        return work(reporter.start(title))
    finally:
        reporter.close()


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
