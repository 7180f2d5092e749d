"""The page of `caudal screen --tune`: what each threshold would do to a file, and samples from below the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from caudal.reports import charts, page
from caudal.reports.wording import Wording
from caudal.screening.bands import Costs
from caudal.screening.tuning import Point, Tuning, best_by_cost
from caudal.storage import write_text

SAMPLES_SHOWN = 60
DRAWN_BELOW = 4.0
EVERY = 2
"""Rows of the table: every second threshold, and those that are spoken of."""


@dataclass(frozen=True)
class TuneFacts:
    """What the page must be told besides the numbers.

    Attributes:
        file: the customers' file. lists: what it was screened against, a sentence each. as_of: the day of the law.
        costs, base_rate: as stated.
        samples: rows drawn from below the line (see `screening.samples`), and the file they are in.
    """

    file: str
    lists: Sequence[str]
    as_of: date
    costs: Costs
    base_rate: float
    samples: Sequence[Mapping[str, Any]] = ()
    samples_file: str = ""
    version: str = ""
    generated_at: datetime = field(default_factory=lambda: datetime.now(UTC))


def write_tuning(path: Path, tuning: Tuning, facts: TuneFacts, *, language: str = "en") -> None:
    """Write the page as one HTML file, whole or not at all."""
    write_text(render_tuning(tuning, facts, language=language), Path(path))


def render_tuning(tuning: Tuning, facts: TuneFacts, *, language: str = "en") -> str:
    """The page as HTML text."""
    wording = Wording(language)
    now, cheapest = tuning.points[tuning.now], best_by_cost(tuning.points)
    figures = {"counts": _counts(tuning, wording), "right": _right(tuning, wording), "cost": _cost(tuning, wording)}
    scripts = {"plotly": get_plotlyjs(), "own": page._asset("report.js")}
    shown = [p for i, p in enumerate(tuning.points) if (i - tuning.now) % EVERY == 0 or p is cheapest]
    view: dict[str, Any] = {
        "facts": facts,
        "parties": tuning.parties,
        "now": now,
        "cheapest": cheapest,
        "one_in": round(1 / facts.base_rate),
        "same": abs(cheapest.bits - now.bits) < 1e-9,
        "per_thousand": 1000 * now.parties / tuning.parties if tuning.parties else 0.0,
        "points": shown,
        "recall": [{"change": change, "found": found, "of": of} for change, (found, of) in tuning.recall.items()],
        "samples": list(facts.samples)[:SAMPLES_SHOWN],
        "figures": figures,
        "scripts": {name: Markup(text) for name, text in scripts.items()},  # noqa: S704 - files of packages, no input
        "style": Markup(page._asset("report.css")),  # noqa: S704 - a file of this package
        "policy": page._policy(list(scripts.values())),
    }
    return page._environment(language).get_template("tune.html.j2").render(**view)


def _drawn(tuning: Tuning) -> Sequence[Point]:
    """Points drawn: far below the line the counts would flatten everything else; the table holds them."""
    line = tuning.points[tuning.now].bits
    return [p for p in tuning.points if p.bits >= line - DRAWN_BELOW]


def _line(points: Sequence[Point], y: list[float], name: str, colour: str, dash: str, form: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [p.bits for p in points],
        "y": y,
        "line": {"color": f"var(--{colour})", "width": 2.5, "dash": dash},
        "hovertemplate": f"%{{x:.1f}} bits: %{{y:{form}}}<extra>%{{fullData.name}}</extra>",
    }


def _figure(tuning: Tuning, data: list[dict[str, Any]], wording: Wording, **yaxis: Any) -> charts.Figure:
    now = tuning.points[tuning.now].bits
    return {
        "data": data,
        "layout": charts._layout(
            330,
            margin={"l": 56, "r": 12, "t": 24, "b": 70},
            xaxis={
                "title": {"text": wording.plain("tune.axis"), "standoff": 6},
                "gridcolor": "var(--line)",
                "linecolor": "var(--line)",
                "fixedrange": True,
            },
            yaxis={"gridcolor": "var(--line)", "rangemode": "tozero", "fixedrange": True, **yaxis},
            shapes=[
                {
                    "type": "line", "x0": now, "x1": now, "y0": 0, "y1": 1, "yref": "paper",
                    "line": {"color": "var(--ink)", "width": 1.5, "dash": "dot"},
                }
            ],
            annotations=[
                {
                    "x": now, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
                    "text": wording.plain("tune.here"), "font": {"size": 12, "color": "var(--ink)"},
                }
            ],
            showlegend=True,
            legend={
                "orientation": "h", "x": 0, "y": -0.24, "yanchor": "top", "itemclick": False, "itemdoubleclick": False,
            },
            dragmode=False,
        ),
    }  # fmt: skip


def _counts(tuning: Tuning, wording: Wording) -> charts.Figure:
    points = _drawn(tuning)
    data = [
        _line(points, [p.alerts for p in points], wording.plain("tune.line_alerts"), "accent", "solid", ",.0f"),
        _line(points, [p.asks for p in points], wording.plain("tune.line_asks"), "out", "dash", ",.0f"),
        _line(points, [round(p.false, 2) for p in points], wording.plain("tune.line_false"), "harm", "dot", ",.1f"),
    ]
    return _figure(tuning, data, wording)


def _right(tuning: Tuning, wording: Wording) -> charts.Figure:
    points = _drawn(tuning)
    share = [p.true / p.alerts if p.alerts else None for p in points]
    data = [
        _line(points, [p.recall for p in points], wording.plain("tune.line_recall"), "accent", "solid", ".1%"),
        _line(points, share, wording.plain("tune.line_right"), "out", "dash", ".1%"),  # type: ignore[arg-type]
    ]
    return _figure(tuning, data, wording, tickformat=".0%", range=[0, 1.02])


def _cost(tuning: Tuning, wording: Wording) -> charts.Figure:
    points = _drawn(tuning)
    return _figure(
        tuning,
        [_line(points, [round(p.cost, 3) for p in points], wording.plain("tune.line_cost"), "accent", "solid", ",.1f")],
        wording,
    )
