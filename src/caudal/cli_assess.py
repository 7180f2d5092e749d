"""What measures do, on the command line: one scenario in full, or several side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caudal.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from caudal.impact import Comparison, Scenario

INPUTS = ("matches", "exposures", "attributions", "findings", "coercion", "ownership", "agents")
"""The tables of a workspace that an assessment reads besides the register and the ledger."""


@click.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder of the run whose books are used; when left out, the last argument.",
)
@click.option(
    "--draws",
    type=int,
    default=None,
    help="Random draws of all that is not known; when left out, the workspace's (1,000).",
)
@click.option("--seed", type=int, default=None, help="Seed of the draws; when left out, the workspace's (1).")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for machines.")
def assess(
    scenarios: tuple[str, ...], workspace: Path | None, draws: int | None, seed: int | None, as_json: bool
) -> int:
    """Count what each SCENARIO does in the books of WORKSPACE: blocked, exposed, harmed, cut.

    SCENARIO is a TOML file or the name of a ready-made one: none, law-enforcement, terrorism-framework,
    terrorism-framework-licensed, aimed, aimed-before. With several, one table shows them side by side.

    Low and high hold whatever the assumptions; p05 to p95 is where nine of ten random draws lie.
    """
    from caudal.console import TerminalReporter
    from caudal.impact import compare, uncertainty_tables
    from caudal.impact.draws import checked
    from caudal.workspace import run as run_workspace
    from caudal.workspace.scenarios import check_scenarios, scenarios_of
    from caudal.workspace.stages import published_volumes

    sources, folder = _split(scenarios, workspace)
    _check(sources)
    checked(1 if draws is None else draws, 0 if seed is None else seed)
    reporter = TerminalReporter(quiet=as_json)
    try:
        # A wrong name is said as soon as what knows the names is read, not after the long stages.
        known = {
            "register": lambda context: check_scenarios(context, sources, books=False),
            "ledger": lambda context: check_scenarios(context, sources, books=True),
        }
        done = run_workspace(folder, reporter=reporter, after=known)
        chosen = scenarios_of(done.context, sources)
        inputs = {name: done.table(name) for name in INPUTS}
        inputs |= {"matches": done.context.matches, "published": published_volumes(done.config)}
        title = f"Assessing {len(chosen)} scenarios" if len(chosen) > 1 else "Assessing the scenario"
        progress = reporter.start(title) if len(chosen) > 1 else None
        found = compare(chosen, done.context.register, done.context.ledger, progress=progress, **inputs)
        impact = done.context.config.impact
        probed = uncertainty_tables(
            [r.model for r in found.results],
            impact.draws if draws is None else draws,
            impact.seed if seed is None else seed,
        )
    except InputError as error:
        raise _of_file(error, sources) from error
    finally:
        reporter.close()
    if as_json:
        click.echo(json.dumps(_facts(found, probed), ensure_ascii=False, indent=1, default=str))
    else:
        click.echo("\n".join(_one(found, probed) if len(chosen) == 1 else _side_by_side(found, probed)))
    return 0


def _split(arguments: Sequence[str], workspace: Path | None) -> tuple[list[str], Path]:
    """The scenarios and the workspace: the last argument, where no option names it."""
    if workspace is not None:
        return list(arguments), workspace
    if len(arguments) < 2:
        raise InputError("name the workspace too: caudal assess SCENARIO... -w WORKSPACE")
    return list(arguments[:-1]), Path(arguments[-1])


def _check(sources: Sequence[str]) -> None:
    """Refuse what is wrong in the scenarios themselves before anything is run."""
    from caudal.impact import scenario_of
    from caudal.impact.comparison import check

    check([scenario_of(s) for s in sources])


def _of_file(error: InputError, sources: Sequence[str]) -> InputError:
    """An error of a scenario under the name the person gave it."""
    from caudal.impact import scenario_of

    if error.file is not None:
        for source in sources:
            if scenario_of(source).name == error.file:
                return InputError(error.reason, file=source, row=error.row, field=error.field)
    return error


def _facts(found: Comparison, probed: Mapping[str, pa.Table]) -> Any:
    """One scenario: its outcomes with where the draws lie. Several: what each is, and the outcomes of all side by side.

    With several also what each outcome hangs on, the conclusions, and the assumptions.
    """
    drawn = {_key(r): {name: r[name] for name in DRAWN} for r in probed["uncertainty"].to_pylist()}
    rows = [r | {"drawn": drawn.get(_key(r))} for r in found.outcomes.to_pylist()]
    if len(found.results) == 1:
        return rows
    return {
        "scenarios": [_about(r.terms.scenario, r.terms.groups) for r in found.results],
        "outcomes": rows,
        "cut": found.cut.to_pylist(),
        "side_by_side": found.side_by_side(),
        **{name: probed[name].to_pylist() for name in ("tornado", "conclusions", "assumptions")},
    }


DRAWN = ("p05", "p25", "p50", "p75", "p95", "mean", "draws", "seed")
"""What the draws say of an outcome."""


def _key(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return row["scenario"], row["measure"], row["subject_kind"], row["unit"]


def _about(scenario: Scenario, groups: Sequence[Any]) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "about": scenario.about,
        "groups": [
            {
                "group": g.id,
                "authorities": {a: w.words for a, w in sorted(g.authorities.items())},
                "powers": {p: w.words for p, w in sorted(g.powers.items())},
            }
            for g in groups
        ],
    }


def _one(found: Comparison, probed: Mapping[str, pa.Table]) -> list[str]:
    drawn = {_key(r): r for r in probed["uncertainty"].to_pylist()}
    names = ("low", "mid", "high", "p05", "p95")
    out = [" ".join([" " * 48, *(f"{name:>14}" for name in names)])]
    for r in found.outcomes.to_pylist():
        unit = r["subject_kind"] if r["unit"] == "count" else r["unit"]
        values = r | {name: drawn[_key(r)][name] if _key(r) in drawn else None for name in ("p05", "p95")}
        span = " ".join("-".rjust(14) if values[name] is None else f"{values[name]:>14,.0f}" for name in names)
        out.append(f"{r['measure']:<48} {span} {unit:<12} {r['assumption']}")
    return [*out, "", *_survive(probed)]


def _survive(probed: Mapping[str, pa.Table]) -> list[str]:
    """How many conclusions survive all draws; where each stands."""
    rows = probed["conclusions"].to_pylist()
    if not rows:
        return []
    sure = sum(r["verdict"] == "holds in all draws" for r in rows)
    never = sum(r["verdict"] == "holds in no draw" for r in rows)
    return [
        f"{rows[0]['draws']:,} random draws: nine of ten lie from p05 to p95, none outside low and high.",
        f"Of {len(rows):,} sentences {sure:,} hold in all draws, {never:,} in none; "
        f"{len(rows) - sure - never:,} turn on what is not known.",
    ]


def _side_by_side(found: Comparison, probed: Mapping[str, pa.Table]) -> list[str]:
    """Scenarios as columns: mid, and p05 to p95 of the draws where they differ.

    Duties and what is zero everywhere are left out.
    """
    out: list[str] = []
    for result in found.results:
        does = sorted({power for group in result.terms.groups for power in group.powers})
        acts = ", ".join(sorted({a for group in result.terms.groups for a in group.authorities})) or "no authority"
        out.append(f"{result.terms.scenario.name}: {acts}; by law: {', '.join(does) or 'nothing'}")
    rows = [r for r in found.side_by_side() if any(v and v[2] for v in r["values"].values())]
    rows = [r for r in rows if not r["measure"].startswith("duties.")]
    drawn = {_key(r): (r["p05"], r["p95"]) for r in probed["uncertainty"].to_pylist()}
    cells = [[_cell(r["values"][name], drawn.get(_key(r | {"scenario": name}))) for name in found.names] for r in rows]
    widths = [max([len(name), *(len(c[n]) for c in cells)]) for n, name in enumerate(found.names)]
    left = max([10, *(len(_title(r)) for r in rows)])
    out += ["", " ".join([" " * left, *(f"{name:>{w}}" for name, w in zip(found.names, widths, strict=True))])]
    for row, values in zip(rows, cells, strict=True):
        out.append(" ".join([f"{_title(row):<{left}}", *(f"{v:>{w}}" for v, w in zip(values, widths, strict=True))]))
    words = "mid (p05 to p95 of the draws; low to high where nothing was drawn); - where it does not arise."
    return [*out, "", f"{words} Ends and assumptions stand beside each number in --json.", *_survive(probed)]


def _title(row: Mapping[str, Any]) -> str:
    return f"{row['measure']}, {row['subject_kind'] if row['unit'] == 'count' else row['unit']}"


def _cell(value: tuple[float, float, float] | None, drawn: tuple[float, float] | None) -> str:
    if value is None:
        return "-"
    ends = (value[0], value[2]) if drawn is None else drawn
    mid, low, high = (f"{v:,.0f}" for v in (value[1], *ends))
    return mid if low == mid == high else f"{mid} ({low} to {high})"
