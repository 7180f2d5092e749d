"""Screening a file from the command line: the whole of it, what changed, what each threshold would do, and reviews."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caudal.cli_text import folded
from caudal.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from caudal.cli_screen_index import HeldLists
    from caudal.register import Register
    from caudal.screening import Screener

WORDS = {"alert": "ALERT", "ask": "ask for more", "below": "below the threshold"}
UNSCREENED = {"not": "NOT SCREENED", "partly": "screened only in part"}


@dataclass(frozen=True)
class Drawn:
    """The sample asked for: where to, how many, and the seed."""

    path: Path | None
    size: int
    seed: int


def screened(
    parties: pa.Table, register: Register | HeldLists, screener: Screener, day: date, out: Path | None, top: int,
    as_json: bool, check: bool,
) -> int:  # fmt: skip
    """Screen a file and print the strongest possible matches."""
    matches = _with_progress("Screening", lambda report: screener.match(parties, report), quiet=as_json)
    facts = _facts(parties, matches, screener, register, day)
    return _show(matches, facts, [], register, day, out, top, as_json, check)


def again(
    parties: pa.Table, register: Register, day: date, keep: Path, refresh: bool, stated: dict[str, Any],
    out: Path | None, top: int, as_json: bool, check: bool,
) -> int:  # fmt: skip
    """Screen a file, only what changed since the last time."""
    from caudal.screening.delta import Nobody, rescreen

    def make(some: Any, frozen: Any) -> Screener:
        return make_screener(some, **stated, frozen=frozen)

    done = _with_progress(
        "Screening",
        lambda report: rescreen(keep, register, parties, make, refresh=refresh, progress=report),
        quiet=as_json,
    )
    facts = _facts(parties, done.matches, make(Nobody(), None), register, day)
    held = ("full", "parties", "entries", "parties_gone", "entries_gone", "again", "kept", "moved", "stale")
    facts["delta"] = {name: getattr(done, name) for name in held}
    if done.full:
        lines = [f"everything was screened: {done.full}"]
    else:
        lines = [
            f"since last time {done.parties:,} parties and {done.entries:,} list entries are new or changed, "
            f"{done.parties_gone:,} and {done.entries_gone:,} are gone; {done.again:,} parties were screened against "
            f"all entries, {done.kept:,} matches stand as they were"
        ]
        if done.stale:
            lines.append(
                f"how common names are has moved for {done.moved:.1%} of the words; screen everything with --refresh"
            )
    return _show(done.matches, facts, lines, register, day, out, top, as_json, check)


def _show(
    matches: pa.Table, facts: dict[str, Any], more: list[str], register: Register | HeldLists, day: date,
    out: Path | None, top: int, as_json: bool, check: bool,
) -> int:  # fmt: skip
    from caudal.storage import write_table
    from caudal.tables import MATCHES

    if out is not None:
        _written(lambda: write_table(matches, MATCHES, out), out)
    rows = sorted(matches.to_pylist(), key=lambda r: (-r["bits"], r["party_id"], r["entity_id"]))
    lines = [against(register, day), *more, _counted(facts)]
    missed = facts["unscreened"]
    for row in missed[:top]:
        lines.append(f"  {UNSCREENED[row['extent']]}: {row['party_id']} {row['written'][:40]!r}, {row['reason']}")
    if len(missed) > top:
        lines.append(f"  and {len(missed) - top:,} more that were not screened, or only in part")
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
    return 1 if check and (facts["bands"].get("alert") or missed) else 0


def _facts(
    parties: pa.Table, matches: pa.Table, screener: Screener, register: Register | HeldLists, day: date
) -> dict[str, Any]:
    from caudal.screening import unscreened

    missed = unscreened(parties).to_pylist()
    costs = screener.bands.costs
    return {
        "as_of": day.isoformat(),
        "lists": [f"{v.dataset} {v.version}" for v in register.versions],
        "parties": parties.num_rows,
        "unscreened": missed,
        "bands": dict(Counter(matches["band"].to_pylist())),
        "threshold": screener.threshold,
        "threshold_bits": screener.threshold_bits,
        "base_rate": screener.calibration.base_rate,
        "costs": {"miss": costs.miss, "false_alert": costs.false_alert, "question": costs.question},
    }


def _counted(facts: dict[str, Any]) -> str:
    bands = facts["bands"]
    words = (
        f"{facts['parties']:,} parties: {bands.get('alert', 0):,} alerts from {facts['threshold_bits']:.1f} bits, "
        f"{bands.get('ask', 0):,} to ask about, {bands.get('below', 0):,} kept below the line"
    )
    extents = Counter(row["extent"] for row in facts["unscreened"])
    if extents:
        words += f"; NOT screened: {extents['not']:,}, only in part: {extents['partly']:,}, which is no clearance"
    return words


def tuned(
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
        [against(register, day).removeprefix("screened against ")],
        day,
        screener.bands.costs,
        screener.calibration.base_rate,
        rows,
        drawn.path.name if drawn.path else "",
        caudal.__version__,
    )
    _written(lambda: write_tuning(page, found, facts), page)
    now, cheapest = found.points[found.now], best_by_cost(found.points)
    lines = [
        against(register, day),
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


def told(path: Path, as_json: bool) -> int:
    """What a reviewed sample comes to."""
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


def make_screener(
    register: Register | Callable[..., Screener],
    threshold: float | None = None,
    cost_miss: float | None = None,
    cost_false_alert: float | None = None,
    cost_question: float | None = None,
    base_rate: float | None = None,
    frozen: Any = None,
) -> Screener:
    """A screener with the threshold and the costs stated on the command line, over a register or by what opens one."""
    from caudal.screening import Costs, Screener

    stated = {"miss": cost_miss, "false_alert": cost_false_alert, "question": cost_question}
    given = {name: cost for name, cost in stated.items() if cost is not None}
    costs = Costs(**given) if given else None
    if callable(register):
        return register(threshold=threshold, costs=costs, base_rate=base_rate)
    return Screener(register, threshold, costs=costs, base_rate=base_rate, frozen=frozen)


def against(register: Register | HeldLists, day: date) -> str:
    """What was screened against, and how old it is."""
    lists = [
        f"{v.dataset} {v.published} ({v.entries:,} entries, {(day - v.published).days} days old)"
        for v in register.versions
    ]
    return f"screened against {'; '.join([*lists, 'the built-in groups'])}"
