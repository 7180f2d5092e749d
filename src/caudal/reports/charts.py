"""Figures for Plotly as plain dicts. A colour is a CSS variable (`var(--in)`) that the page's script fills in.

So one figure serves light, dark and print. Every text from the data passes `chart_text`,
as Plotly reads HTML in labels.
"""

from __future__ import annotations

from math import floor, log10
from typing import Any

from caudal.reports.books import Row
from caudal.reports.effect import Scenario
from caudal.reports.flow import Flow
from caudal.reports.format import chart_text, exponent, human, in_units, short
from caudal.reports.network import Network
from caudal.reports.sankey import sankey as place_sankey
from caudal.reports.timeline import Timeline, ends
from caudal.reports.wording import Wording

Figure = dict[str, Any]

KINDS = {
    "group": ("accent", "diamond"),
    "payer": ("in", "circle"),
    "payee": ("out", "circle"),
    "victim": ("harm", "triangle-up"),
    "pooled": ("muted", "pentagon"),
    "fold": ("muted", "square"),
}
"""Kind of node to its colour and its shape, so that the colour never stands alone."""

DAY = 86_400_000
"""A day in the unit of the library's time axis."""

LINKS = 220

PLOT = (300.0, 220.0)
"""Pixels per unit of the network picture's places at the narrowest width it is drawn at."""


def _layout(height: int, **more: Any) -> Figure:
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "var(--ink)"},
        "hoverlabel": {
            "bgcolor": "var(--card)",
            "bordercolor": "var(--line-strong)",
            "font": {"color": "var(--ink)", "family": "system-ui, sans-serif", "size": 13},
            "align": "left",
        },
        "showlegend": False,
        **more,
    }


def sankey(picture: Flow, currency: str) -> Figure:
    """Money from the left, through the group, to the right."""
    return place_sankey(picture, currency, _layout)


def network(picture: Network, wording: Wording, currency: str) -> Figure:
    """Accounts and folds as marks, money between them as lines."""
    place = {node["key"]: node for node in picture.nodes}
    top = max((link["value"] for link in picture.links), default=1)
    widths = {1: 0.8, 2: 1.8, 3: 3.6}
    lines: dict[int, tuple[list[Any], list[Any]]] = {weight: ([], []) for weight in widths}
    for link in picture.links[:LINKS]:
        weight = 3 if link["value"] * 5 >= top else 2 if link["value"] * 40 >= top else 1
        for axis, part in ((0, "x"), (1, "y")):
            lines[weight][axis].extend([place[link["source"]][part], place[link["target"]][part], None])
    data: list[Figure] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": xs,
            "y": ys,
            "hoverinfo": "skip",
            "showlegend": False,
            "line": {"width": widths[weight], "color": "var(--line-strong)"},
        }
        for weight, (xs, ys) in lines.items()
        if xs
    ]
    biggest = max((node["amount"] for node in picture.nodes), default=1)
    labelled = _labelled(picture.nodes)
    for kind, (colour, symbol) in KINDS.items():
        nodes = [node for node in picture.nodes if node["kind"] == kind]
        if not nodes:
            continue
        data.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "name": wording.plain(f"network.kind_{kind}"),
                "x": [n["x"] for n in nodes],
                "y": [n["y"] for n in nodes],
                "text": [
                    chart_text(n["label"], 26 if n["folded"] else 22) if n["key"] in labelled else "" for n in nodes
                ],
                "textposition": [labelled.get(n["key"], "top center") for n in nodes],
                "textfont": {"size": 11, "color": "var(--ink)"},
                "customdata": [
                    f"<b>{chart_text(n['label'], 60)}</b><br>{chart_text(n['detail'], 60)}<br>"
                    + human(n["amount"], currency)
                    for n in nodes
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
                "marker": {
                    "color": f"var(--{colour})",
                    "symbol": symbol,
                    "size": [round(9 + 21 * (n["amount"] / biggest) ** 0.5, 1) for n in nodes],
                    "line": {"width": 1.5, "color": "var(--card)"},
                },
                "cliponaxis": False,
            }
        )
    hidden = {"visible": False, "fixedrange": True}
    return {
        "data": data,
        "layout": _layout(
            600,
            xaxis={**hidden, "range": [-1.16, 1.16]},
            yaxis={**hidden, "range": [-1.12, 1.12]},
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 0, "yanchor": "top", "itemclick": False, "itemdoubleclick": False},
            margin={"l": 4, "r": 4, "t": 4, "b": 64},
            dragmode=False,
        ),
    }


def _labelled(nodes: list[Row]) -> dict[str, str]:
    """Where a label fits, above or below its mark: the group's own and the largest first, no two labels touching."""
    taken: list[tuple[float, float, float, float]] = []
    chosen: dict[str, str] = {}
    for node in sorted(nodes, key=lambda n: (n["kind"] != "group", -n["amount"])):
        half = min(len(node["label"]), 26 if node["folded"] else 22) * 3.3 / PLOT[0]
        for side, where in ((1, "top center"), (-1, "bottom center")):
            middle = node["y"] + side * 22 / PLOT[1]
            box = (node["x"] - half, node["x"] + half, middle - 9 / PLOT[1], middle + 9 / PLOT[1])
            marks = any(n is not node and box[0] < n["x"] < box[1] and box[2] < n["y"] < box[3] for n in nodes)
            if not marks and not any(
                box[0] < t[1] and t[0] < box[1] and box[2] < t[3] and t[2] < box[3] for t in taken
            ):
                taken.append(box)
                chosen[node["key"]] = where
                break
    return chosen


def timeline(line: Timeline, wording: Wording, currency: str) -> Figure:
    """Money in above the line, money out below it, the designation's day across both."""
    starts = [step["start"].isoformat() for step in line.steps]
    values = {
        part: [float(in_units(step[part], currency)) for step in line.steps] for part in ("money_in", "money_out")
    }
    reach = max(values["money_in"] + values["money_out"], default=0.0)
    data = []
    for part, sign, colour in (("money_in", 1, "in"), ("money_out", -1, "out")):
        data.append(
            {
                "type": "bar",
                "name": wording.plain(f"timeline.{part}"),
                "x": starts,
                "y": [sign * value for value in values[part]],
                "marker": {"color": f"var(--{colour})", "line": {"width": 0}},
                "offset": 0,
                "width": [((ends(step, line.unit) - step["start"]).days + 0.86) * DAY for step in line.steps],
                "customdata": [
                    f"{step['start']} – {ends(step, line.unit)}<br><b>{human(step[part], currency)}</b>"
                    for step in line.steps
                ],
                "hovertemplate": "%{customdata}<extra>%{fullData.name}</extra>",
            }
        )
    ticks = _ticks(reach)
    layout = _layout(
        320,
        barmode="relative",
        margin={"l": 64, "r": 12, "t": 36, "b": 60},
        xaxis={"type": "date", "gridcolor": "rgba(0,0,0,0)", "linecolor": "var(--line)", "fixedrange": True},
        yaxis={
            "tickvals": [-t for t in reversed(ticks)] + [0, *ticks],
            "ticktext": [_tick(t) for t in reversed(ticks)] + ["0"] + [_tick(t) for t in ticks],
            "gridcolor": "var(--line)",
            "zerolinecolor": "var(--line-strong)",
            "fixedrange": True,
            "range": [-reach * 1.12, reach * 1.12] if reach else None,
            "title": {"text": currency, "standoff": 4},
        },
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.16, "yanchor": "top", "itemclick": False, "itemdoubleclick": False},
        dragmode=False,
    )
    if drawn(line):
        at = line.designated.isoformat() if line.designated else ""
        layout["shapes"] = [
            {
                "type": "line",
                "x0": at,
                "x1": at,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": "var(--ink)", "width": 1.5, "dash": "dash"},
            }
        ]
        late = (
            bool(line.steps) and (line.designated or line.steps[0]["start"]) > line.steps[len(line.steps) // 2]["start"]
        )
        layout["annotations"] = [
            {
                "x": at,
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "xanchor": "right" if late else "left",
                "text": wording.plain("timeline.line", day=at),
                "showarrow": False,
                "font": {"size": 12, "color": "var(--ink)"},
            }
        ]
    return {"data": data, "layout": layout}


def drawn(line: Timeline) -> bool:
    """Whether the designation's day lies within the time line, or close enough to stretch it."""
    if line.designated is None or not line.steps:
        return False
    first, last = line.steps[0]["start"], ends(line.steps[-1], line.unit)
    slack = (last - first) / 3
    return bool(first - slack <= line.designated <= last + slack)


def bands(scenario: Scenario, side: str, unit: str) -> Figure:
    """The outcomes of one side and unit as bands from low to high with a mark at mid, on the scale both sides share."""
    rows: list[Row] = [row for row in getattr(scenario, side) if row["unit"] == unit]
    slots = max(sum(r["unit"] == unit for r in getattr(scenario, s)) for s in ("effect", "harm"))
    colour = {"effect": "accent", "harm": "harm"}[side]
    heights = [slots - place for place in range(len(rows))]
    hover = [
        f"{chart_text(r['title'], 60)}<br><b>{r['shown']['low']} – {r['shown']['mid']} – {r['shown']['high']}</b>"
        for r in rows
    ]
    reach = scenario.scales.get(unit) or 1.0
    ticks = [0.0, *_ticks(reach)]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "base": [r["low"] for r in rows],
                # a counted value still shows as a thin line where its band has no width
                "x": [max(r["high"] - r["low"], reach * 0.004) for r in rows],
                "y": heights,
                "width": 0.34,
                "marker": {"color": f"var(--{colour}-soft)", "line": {"color": f"var(--{colour})", "width": 1}},
                "customdata": hover,
                "hovertemplate": "%{customdata}<extra></extra>",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "x": [r["mid"] for r in rows],
                "y": heights,
                "marker": {"symbol": "line-ns", "size": 17, "line": {"width": 3, "color": f"var(--{colour})"}},
                "cliponaxis": False,
                "customdata": hover,
                "hovertemplate": "%{customdata}<extra></extra>",
            },
        ],
        "layout": _layout(
            58 * slots + 44,
            margin={"l": 10, "r": 14, "t": 4, "b": 30},
            xaxis={
                "range": [0, reach * 1.04],
                "tickvals": ticks,
                "ticktext": [_tick(t) for t in ticks],
                "gridcolor": "var(--line)",
                "zerolinecolor": "var(--line-strong)",
                "fixedrange": True,
            },
            yaxis={"visible": False, "fixedrange": True, "range": [0.45, slots + 0.75]},
            annotations=[
                {
                    "x": 0,
                    "xref": "paper",
                    "xanchor": "left",
                    "y": height + 0.2,
                    "yanchor": "bottom",
                    "text": f"<b>{r['shown']['mid']}</b>  {chart_text(r['title'], 44)}",
                    "showarrow": False,
                    "font": {"size": 12, "color": "var(--ink)"},
                }
                for r, height in zip(rows, heights, strict=True)
            ],
            dragmode=False,
        ),
    }


def recall(rows: list[Row], wording: Wording, currency: str) -> Figure:
    """Recall and precision against the least attributed amount, one line per method."""
    data = []
    methods = list(dict.fromkeys(row["method"] for row in rows))
    for method, dash in zip(methods, ("solid", "dot", "dash"), strict=False):
        mine = [row for row in rows if row["method"] == method and row["direction"] == "either"]
        for measure, colour, symbol in (("recall", "accent", "circle"), ("precision", "out", "square")):
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": wording.plain(f"truth.line_{measure}", method=wording.of("method_short", method)),
                    "x": [least(row["least"], wording, currency) for row in mine],
                    "y": [row[measure] for row in mine],
                    "line": {"color": f"var(--{colour})", "width": 2, "dash": dash},
                    "marker": {"size": 8, "symbol": symbol},
                    "hovertemplate": "%{x}: %{y:.0%}<extra>%{fullData.name}</extra>",
                }
            )
    return {
        "data": data,
        "layout": _layout(
            320,
            margin={"l": 46, "r": 12, "t": 10, "b": 60},
            xaxis={"type": "category", "linecolor": "var(--line)", "gridcolor": "rgba(0,0,0,0)", "fixedrange": True},
            yaxis={"range": [0, 1.04], "tickformat": ".0%", "gridcolor": "var(--line)", "fixedrange": True},
            showlegend=True,
            legend={
                "orientation": "h",
                "x": 0,
                "y": -0.16,
                "yanchor": "top",
                "itemclick": False,
                "itemdoubleclick": False,
            },
            dragmode=False,
        ),
    }


def least(value: int, wording: Wording, currency: str) -> str:
    """An amount threshold in words; 0 is any amount."""
    if value == 0:
        return wording.plain("truth.any")
    return "≥ " + human(value * 10 ** exponent(currency), currency).replace(".0 ", " ")


def _tick(value: float) -> str:
    return short(value).replace(".0 ", " ")


def _ticks(reach: float) -> list[float]:
    """Two to four round numbers up to `reach`."""
    if reach <= 0:
        return []
    step = 10 ** floor(log10(reach))
    for part in (step / 5, step / 2, step, step * 2):
        if reach / part <= 4.5:
            return [part * n for n in range(1, floor(reach / part) + 1)]
    return [step]
