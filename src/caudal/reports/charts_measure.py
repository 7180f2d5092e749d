"""Figures of the comparison: the frontier, and what an outcome hangs on."""

from __future__ import annotations

from caudal.reports.books import Row
from caudal.reports.charts import Figure, _layout, _tick, _ticks
from caudal.reports.format import chart_text, in_units
from caudal.reports.frontier import Picture
from caudal.reports.wording import Wording


def frontier(picture: Picture, wording: Wording, currency: str) -> Figure:
    """Share of the group's money cut against harm; the designation as made as a diamond beside the line."""

    def across(row: Row) -> float:
        return float(row["harm"] if picture.cost == "people" else in_units(row["harm"], currency))

    def hover(row: Row) -> str:
        words = wording.plain(
            "frontier.hover", share=f"{row['share_cut']:.1%}", harm=row["harm_text"], n=row["accounts"]
        )
        return f"<b>{chart_text(row['label'], 60)}</b><br>{chart_text(words, 120)}"

    points = picture.points
    data: list[Figure] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": wording.plain("frontier.line"),
            "x": [across(row) for row in points],
            "y": [row["share_cut"] for row in points],
            "line": {"color": "var(--accent)", "width": 2},
            "marker": {"size": [9 if row["opened"] else 5 for row in points], "color": "var(--accent)"},
            "customdata": [hover(row) for row in points],
            "hovertemplate": "%{customdata}<extra></extra>",
            "cliponaxis": False,
        }
    ]
    if picture.foreseen:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": wording.plain("frontier.early"),
                "x": [across(row) for row in picture.foreseen],
                "y": [row["share_cut"] for row in picture.foreseen],
                "marker": {
                    "symbol": "circle-open",
                    "size": [11 if row["opened"] else 8 for row in picture.foreseen],
                    "color": "var(--ink)",
                    "line": {"width": 1.5, "color": "var(--ink)"},
                },
                "customdata": [hover(row) for row in picture.foreseen],
                "hovertemplate": "%{customdata}<extra></extra>",
                "cliponaxis": False,
            }
        )
    actual = picture.actual
    if actual is not None:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": wording.plain("frontier.actual"),
                "x": [across(actual)],
                "y": [actual["share_cut"]],
                "marker": {
                    "symbol": "diamond",
                    "size": 14,
                    "color": "var(--out)",
                    "line": {"width": 1.5, "color": "var(--ink)"},
                },
                "customdata": [hover(actual)],
                "hovertemplate": "%{customdata}<extra></extra>",
                "cliponaxis": False,
            }
        )  # fmt: skip
    shown = [*points, *picture.foreseen, *([actual] if actual else [])]
    data[:0] = _whiskers(shown, picture, wording, currency)
    ends = [across({"harm": round(row["drawn"]["harm"]["p95"])}) for row in shown if row["drawn"]]
    reach = max([across(row) for row in shown] + ends, default=0.0) or 1.0
    ticks = [0.0, *_ticks(reach)]
    unit = wording.plain("frontier.axis_people" if picture.cost == "people" else "frontier.axis_flow", unit=currency)
    return {
        "data": data,
        "layout": _layout(
            380,
            margin={"l": 60, "r": 16, "t": 12, "b": 84},
            xaxis={
                "title": {"text": unit, "standoff": 6},
                "range": [-0.02 * reach, 1.05 * reach],
                "tickvals": ticks,
                "ticktext": [_tick(t) for t in ticks],
                "gridcolor": "var(--line)",
                "linecolor": "var(--line)",
                "zeroline": False,
                "fixedrange": True,
            },
            yaxis={
                "title": {"text": wording.plain("frontier.axis_cut"), "standoff": 6},
                "range": [-0.03, 1.05],
                "tickformat": ".0%",
                "gridcolor": "var(--line)",
                "zeroline": False,
                "fixedrange": True,
            },
            showlegend=True,
            legend={
                "orientation": "h", "x": 0, "y": -0.22, "yanchor": "top", "itemclick": False, "itemdoubleclick": False,
            },
            dragmode=False,
        ),
    }  # fmt: skip


def _whiskers(rows: list[Row], picture: Picture, wording: Wording, currency: str) -> list[Figure]:
    """Where nine of ten draws of a point lie, on each axis through its middle draw."""
    found: list[Figure] = []
    for kind, colour in (("other", "accent"), ("actual", "out")):
        xs: list[float | None] = []
        ys: list[float | None] = []
        for row in rows:
            if not row["drawn"] or (row["kind"] == "actual") != (kind == "actual"):
                continue
            harm, cut = ({q: row["drawn"][of][q] for q in ("p05", "p50", "p95")} for of in ("harm", "share_cut"))
            if picture.cost != "people":
                harm = {q: float(in_units(round(value), currency)) for q, value in harm.items()}
            xs += [harm["p05"], harm["p95"], None, harm["p50"], harm["p50"], None]
            ys += [cut["p50"], cut["p50"], None, cut["p05"], cut["p95"], None]
        if xs:
            found.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": wording.plain("frontier.whiskers"),
                    "x": xs,
                    "y": ys,
                    "line": {"color": f"var(--{colour})", "width": 1.5},
                    "opacity": 0.7,
                    "hoverinfo": "skip",
                    "showlegend": kind == "other",
                }
            )
    return found


def tornado(picture: Row) -> Figure:
    """One bar per thing an outcome hangs on, from its value at the low end to that at the high end."""
    rows = list(reversed(picture["rows"]))
    colour = {"effect": "accent", "harm": "harm"}[picture["side"]]
    ends = [sorted((row["at_low"], row["at_high"])) for row in rows]
    middle = rows[0]["at_mid"]
    low, high = min(e[0] for e in ends), max(e[1] for e in ends)
    reach = max(high, middle) or 1.0
    ticks = [0.0, *_ticks(reach)]
    places = list(range(1, len(rows) + 1))
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "base": [e[0] for e in ends],
                "x": [max(e[1] - e[0], reach * 0.004) for e in ends],
                "y": places,
                "width": 0.36,
                "marker": {"color": f"var(--{colour}-soft)", "line": {"color": f"var(--{colour})", "width": 1}},
                "customdata": [
                    f"{chart_text(row['hangs_on'], 60)}<br><b>{_tick(row['at_low'])} – {_tick(row['at_high'])}</b>"
                    for row in rows
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
            }
        ],
        "layout": _layout(
            52 * len(rows) + 48,
            margin={"l": 10, "r": 14, "t": 4, "b": 34},
            xaxis={
                "range": [min(0.0, low), reach * 1.04],
                "tickvals": ticks,
                "ticktext": [_tick(t) for t in ticks],
                "gridcolor": "var(--line)",
                "zerolinecolor": "var(--line-strong)",
                "fixedrange": True,
            },
            yaxis={"visible": False, "fixedrange": True, "range": [0.4, len(rows) + 0.8]},
            shapes=[
                {
                    "type": "line", "x0": middle, "x1": middle, "y0": 0, "y1": 1, "yref": "paper",
                    "line": {"color": "var(--ink)", "width": 1.5, "dash": "dot"},
                }
            ],
            annotations=[
                {
                    "x": 0, "xref": "paper", "xanchor": "left", "y": place + 0.2, "yanchor": "bottom",
                    "text": chart_text(row["hangs_on"].replace("_", " "), 48), "showarrow": False,
                    "font": {"size": 12, "color": "var(--ink)"},
                }
                for row, place in zip(rows, places, strict=True)
            ],
            dragmode=False,
        ),
    }  # fmt: skip


STYLES = (("accent", "solid", "circle"), ("out", "dash", "diamond"), ("in", "dot", "square"), ("muted", "dashdot", "x"),
          ("ink", "longdash", "triangle-up"))  # fmt: skip
"""Colour, dash and mark of a scenario's line, so that the colour never stands alone."""


PANELS = (("stopped", "y", [0.56, 1.0]), ("net", "y2", [0.0, 0.44]))
"""Share stopped at first above, share that stays stopped below: quantity, axis, and where on the figure."""


def cut(flow: Row, wording: Wording) -> Figure:
    """Shares of one flow month by month: the middle draw as a line per scenario, nine of ten draws as a band."""
    data: list[Figure] = []
    for quantity, axis, _ in PANELS:
        for number, line in enumerate(flow["lines"]):
            colour, dash, _ = STYLES[number % len(STYLES)]
            months = [point["month"] for point in line["points"]]
            ends = [[point["shares"][quantity][q] for point in line["points"]] for q in ("p95", "p05")]
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": [*months, *reversed(months)],
                    "y": [*ends[0], *reversed(ends[1])],
                    "yaxis": axis,
                    "fill": "toself",
                    "fillcolor": f"var(--{colour}-soft)",
                    "line": {"width": 1, "color": f"var(--{colour})", "dash": dash},
                    "opacity": 0.5,
                    "hoverinfo": "skip",
                    "showlegend": False,
                }
            )
        for number, line in enumerate(flow["lines"]):
            colour, dash, symbol = STYLES[number % len(STYLES)]
            spreads = [point["shares"][quantity] for point in line["points"]]
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": chart_text(line["scenario"], 40),
                    "x": [point["month"] for point in line["points"]],
                    "y": [spread["p50"] for spread in spreads],
                    "yaxis": axis,
                    "customdata": [f"{s['p50']:.0%} ({s['p05']:.0%} – {s['p95']:.0%})" for s in spreads],
                    "line": {"color": f"var(--{colour})", "width": 2, "dash": dash},
                    "marker": {"size": 7, "symbol": symbol},
                    "hovertemplate": "%{x}: %{customdata}<extra>%{fullData.name}</extra>",
                    "showlegend": quantity == "net",
                }
            )
    shares = {"range": [-0.03, 1.05], "tickformat": ".0%", "gridcolor": "var(--line)", "fixedrange": True, "nticks": 4}
    return {
        "data": data,
        "layout": _layout(
            440,
            margin={"l": 46, "r": 10, "t": 26, "b": 96},
            xaxis={
                "title": {"text": wording.plain("compare.month"), "standoff": 4},
                "dtick": 1,
                "anchor": "y2",
                "linecolor": "var(--line)",
                "gridcolor": "rgba(0,0,0,0)",
                "zeroline": False,
                "fixedrange": True,
            },
            yaxis={**shares, "domain": PANELS[0][2]},
            yaxis2={**shares, "domain": PANELS[1][2]},
            annotations=[
                {
                    "x": 0, "xref": "paper", "xanchor": "left", "y": domain[1] + 0.005, "yref": "paper",
                    "yanchor": "bottom", "text": wording.plain(f"compare.panel_{quantity}"), "showarrow": False,
                    "font": {"size": 12, "color": "var(--ink)"},
                }
                for quantity, _, domain in PANELS
            ],
            showlegend=True,
            legend={
                "orientation": "h", "x": 0, "y": -0.14, "yanchor": "top", "itemclick": False, "itemdoubleclick": False,
            },
            dragmode=False,
        ),
    }  # fmt: skip
