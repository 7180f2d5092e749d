"""The Sankey figure: places and labels computed here, since the library's own labels collide in narrow columns."""

from __future__ import annotations

from typing import Any

from caudal.reports.books import Row
from caudal.reports.flow import Flow
from caudal.reports.format import chart_text, human, in_units

GAP = 10.0
"""Least pixels between two nodes of a column."""

SLOT = 34.0
"""Least pixels per node, so that its two lines of label fit."""

MARGIN = 156
"""Pixels kept on both sides for the labels of the outermost columns."""

HEAD = 38
"""Pixels above the columns, for the label of the group: beside its node there are other labels."""

COLOUR = {"backward": "in", "forward": "out", "group": "accent"}


def sankey(picture: Flow, currency: str, layout: Any) -> dict[str, Any]:
    """The figure of one flow. `layout` makes the common layout for a height and further settings."""
    columns = _columns(picture.nodes)
    height = max(340.0, max((len(c) for c in columns.values()), default=0) * (SLOT + GAP) * 1.25)
    scale = _scale(picture.nodes, columns, height)
    places = _places(picture.nodes, columns, height, scale)
    across = {step: 0.001 + 0.998 * place / max(1, len(columns) - 1) for place, step in enumerate(columns)}
    amounts = [human(node["amount"], currency) for node in picture.nodes]
    names = [chart_text(node["label"], 60) for node in picture.nodes]
    trace = {
        "type": "sankey",
        "arrangement": "fixed",
        "node": {
            "label": [""] * len(picture.nodes),
            "x": [across[node["step"]] for node in picture.nodes],
            "y": [places[i] / height for i in range(len(picture.nodes))],
            "color": [f"var(--{COLOUR[node['side']]})" for node in picture.nodes],
            "customdata": [
                f"<b>{name}</b><br>{chart_text(node['detail'], 60)}<br>{amount}"
                for name, node, amount in zip(names, picture.nodes, amounts, strict=True)
            ],
            "hovertemplate": "%{customdata}<extra></extra>",
            "pad": _pad(picture, height, scale),
            "thickness": 12,
            "line": {"width": 0},
        },
        "link": {
            "source": [link["source_at"] for link in picture.links],
            "target": [link["target_at"] for link in picture.links],
            "value": [float(in_units(link["value"], currency)) for link in picture.links],
            "color": [f"var(--{COLOUR[link['side']]}-soft)" for link in picture.links],
            "customdata": [
                f"{names[link['source_at']]} → {names[link['target_at']]}<br><b>{human(link['value'], currency)}</b>"
                for link in picture.links
            ],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    }
    first, last = min(columns, default=0), max(columns, default=0)
    labels = []
    for i, node in enumerate(picture.nodes):
        left = node["step"] == first or (node["step"] > 0 and node["step"] != last)
        middle = node["step"] == 0 and first < 0 < last
        # capitals are wider; a fold's number and country must not be cut
        length = 26 if middle or node.get("n", 1) > 1 else 18 if node["label"].isupper() else 21
        labels.append(
            {
                "x": across[node["step"]],
                "y": 1 if middle else 1 - places[i] / height,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "center" if middle else "right" if left else "left",
                "yanchor": "bottom" if middle else "middle",
                "xshift": 0 if middle else -9 if left else 9,
                "yshift": 2 if middle else 0,
                "align": "center" if middle else "right" if left else "left",
                "text": f"{chart_text(node['label'], length)}<br><b>{amounts[i]}</b>",
                "showarrow": False,
                "font": {"size": 12 if middle else 11, "color": "var(--ink)"},
            }
        )
    margin = {"l": MARGIN if first < 0 else 20, "r": MARGIN if last > 0 else 20, "t": HEAD, "b": 8}
    if first == 0 or last == 0:
        margin["l" if first == 0 else "r"] = MARGIN
    return {"data": [trace], "layout": layout(round(height) + HEAD + 8, margin=margin, annotations=labels)}


def _columns(nodes: list[Row]) -> dict[int, list[int]]:
    """Step to its nodes from top to bottom: large ones first, folds last."""
    columns: dict[int, list[int]] = {}
    for i in sorted(
        range(len(nodes)),
        key=lambda i: (nodes[i]["step"], nodes[i].get("key", "").startswith("fold:"), -nodes[i]["amount"]),
    ):
        columns.setdefault(nodes[i]["step"], []).append(i)
    return columns


def _scale(nodes: list[Row], columns: dict[int, list[int]], height: float) -> float:
    """Pixels per unit of money: the largest at which every column fits, by bisection."""

    def needed(scale: float) -> float:
        return max(
            (sum(max(nodes[i]["amount"] * scale, SLOT) + GAP for i in column) - GAP for column in columns.values()),
            default=0.0,
        )

    most = max((sum(nodes[i]["amount"] for i in column) for column in columns.values()), default=0)
    low, high = 0.0, height / most if most else 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if needed(middle) <= height else (low, middle)
    return low


def _places(nodes: list[Row], columns: dict[int, list[int]], height: float, scale: float) -> dict[int, float]:
    """Centre of every node in pixels from the top, each column centred."""
    places = {}
    for column in columns.values():
        sizes = [max(nodes[i]["amount"] * scale, SLOT) for i in column]
        at = (height - sum(sizes) - GAP * (len(column) - 1)) / 2
        for i, size in zip(column, sizes, strict=True):
            places[i] = min(height - 1, max(1.0, at + size / 2))
            at += size + GAP
    return places


def _pad(picture: Flow, height: float, scale: float) -> float:
    """The padding at which the library arrives at `scale`.

    The library has no setting for pixels per unit: it fits its own columns (by distance from a source, ends last)
    into the height with this padding between nodes. So the padding that gives the wanted scale is found from those.
    """
    depth = [0] * len(picture.nodes)
    for _ in range(4):  # no way through the picture is longer than four links
        for link in picture.links:
            depth[link["target_at"]] = max(depth[link["target_at"]], depth[link["source_at"]] + 1)
    deepest = max(depth, default=0)
    sources = {link["source_at"] for link in picture.links}
    columns: dict[int, list[int]] = {}
    for i, d in enumerate(depth):
        columns.setdefault(d if i in sources else deepest, []).append(i)
    pads = [
        (height - scale * sum(picture.nodes[i]["amount"] for i in column)) / (len(column) - 1)
        for column in columns.values()
        if len(column) > 1
    ]
    return max(0.0, min(pads, default=0.0))
