"""Where a group's money came from and where it went, as nodes and links for a Sankey diagram.

Two steps on each side of the group. On each step the largest accounts are shown and the rest is folded into named
groups by country, so that every unit of the money on those steps is in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caudal.reports.books import SIDES, Books, Row
from caudal.reports.format import amount, cut, human
from caudal.reports.wording import Wording

NAMED = {1: 5, 2: 3}
"""Accounts shown one by one on the first and second step from the group."""

COUNTRIES = 1
"""Countries into which the rest of a step is folded before `elsewhere`; with NAMED this keeps within 25 nodes."""


@dataclass(frozen=True)
class Flow:
    """The picture of one group: nodes and links, with the words around it."""

    group_id: str
    nodes: list[Row]
    links: list[Row]
    title: str
    subtitle: str
    note: str


def flow(books: Books, wording: Wording, group_id: str) -> Flow:
    """The flow through one group. Without attributed money both lists are empty."""
    nodes: dict[str, Row] = {"group": {"label": books.group_name(group_id), "step": 0, "side": "group", "detail": ""}}
    links: list[Row] = []
    for direction, sign in (("backward", -1), ("forward", 1)):
        _fold(books, group_id, direction)
        for row in books.rows(
            "SELECT key, step, min(account) AS account, count(*) AS n FROM flow_node GROUP BY ALL ORDER BY step, key"
        ):
            nodes[f"{direction}:{row['key']}"] = {**row, "step": sign * row["step"], "side": direction}
        for row in _links(books):
            ends = [key if key == "group" else f"{direction}:{key}" for key in (row["far"], row["near"])]
            source, target = ends if direction == "backward" else reversed(ends)
            links.append(
                {"source": source, "target": target, "value": row["value"], "side": direction, "step": row["step"]}
            )
    _name(books, wording, nodes)
    _weigh(nodes, links)
    if not links:
        nodes = {}
    order = {key: place for place, key in enumerate(nodes)}
    return Flow(
        group_id=group_id,
        nodes=list(nodes.values()),
        links=[{**link, "source_at": order[link["source"]], "target_at": order[link["target"]]} for link in links],
        title=_title(books, wording, group_id),
        subtitle=wording.plain(
            "flow.subtitle",
            method=wording.of("method_short", books.method),
            currency=books.currency,
            **_period(books, group_id),
        ),
        note=wording.plain("flow.note", method=wording.of("method", books.method).capitalize()),
    )


def _fold(books: Books, group_id: str, direction: str) -> None:
    """Make `flow_step` (money per step, far to near) and `flow_node` (account and step to its node)."""
    far, near = SIDES[direction]
    books.connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE flow_step AS
        WITH seed AS (SELECT account_id FROM own WHERE group_id = ?1),
        f AS (
            SELECT {far} AS far, {near} AS near, hops, sum(attributed) AS attributed FROM flows
            WHERE group_id = ?1 AND direction = ?2 AND hops <= 2 AND {far} NOT IN (SELECT account_id FROM seed)
            GROUP BY ALL
        ),
        first AS (SELECT DISTINCT far AS account FROM f WHERE hops = 1)
        SELECT far, near, hops AS step, attributed FROM f
        WHERE hops = 1 OR (far NOT IN (SELECT account FROM first) AND near IN (SELECT account FROM first))
        """,
        [group_id, direction],
    )
    named = f"CASE step WHEN 1 THEN {NAMED[1]} ELSE {NAMED[2]} END"
    books.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE flow_node AS
        WITH weight AS (
            SELECT far AS account, step, sum(attributed) AS amount, coalesce(any_value(l.country), '') AS country
            FROM flow_step LEFT JOIN labels l ON l.account_id = far GROUP BY far, step
        ),
        ranked AS (SELECT *, row_number() OVER (PARTITION BY step ORDER BY amount DESC, account) AS rank FROM weight),
        rest AS (
            SELECT step, country, row_number() OVER (PARTITION BY step ORDER BY sum(amount) DESC, country) AS place
            FROM ranked WHERE rank > {named} AND country <> '' GROUP BY step, country
        )
        SELECT account, step, CASE
            WHEN rank <= {named} THEN 'account:' || account
            WHEN place <= {COUNTRIES} THEN 'fold:' || step || ':' || ranked.country
            ELSE 'fold:' || step || ':' END AS key
        FROM ranked LEFT JOIN rest USING (step, country)
    """)


def _links(books: Books) -> list[Row]:
    return books.rows("""
        SELECT a.key AS far, CASE WHEN s.step = 1 THEN 'group' ELSE b.key END AS near, s.step,
               sum(attributed)::BIGINT AS value
        FROM flow_step s JOIN flow_node a ON a.account = s.far AND a.step = s.step
                         LEFT JOIN flow_node b ON b.account = s.near AND b.step = 1
        GROUP BY ALL ORDER BY s.step, value DESC, far, near
    """)


def _name(books: Books, wording: Wording, nodes: dict[str, Row]) -> None:
    named = [n for n in nodes.values() if n.get("key", "").startswith("account:")]
    labels = books.labels([n["account"] for n in named])
    for node in named:
        holder = labels[node["account"]]
        node["label"], node["detail"] = holder["name"], holder["institution"] or ""
    for node in nodes.values():
        if node.get("key", "").startswith("fold:"):
            country = node["key"].rpartition(":")[2]
            node["label"] = wording.plain("flow.fold_in" if country else "flow.fold", n=node["n"], country=country)
            node["detail"] = ""


def _weigh(nodes: dict[str, Row], links: list[Row]) -> None:
    for key, node in nodes.items():
        into = sum(link["value"] for link in links if link["target"] == key)
        out = sum(link["value"] for link in links if link["source"] == key)
        node["in"], node["out"], node["amount"] = into, out, max(into, out)


def _period(books: Books, group_id: str) -> dict[str, Any]:
    span = books.one("SELECT min(time)::DATE AS first, max(time)::DATE AS last FROM flows WHERE group_id = ?", group_id)
    return {"first": span["first"], "last": span["last"]}


def _title(books: Books, wording: Wording, group_id: str) -> str:
    """The finding in the picture: who carries most of the outflow, else how much came in."""
    total, tops = _carriers(books, group_id)
    if total:
        carried = 0
        for number, row in enumerate(tops, start=1):
            carried += row["amount"]
            if carried * 2 >= total:
                return wording.plain(
                    "flow.title_institutions", n=number, name=cut(tops[0]["name"], 40), share=f"{carried / total:.0%}"
                )
        return wording.plain("flow.title_spread", amount=human(total, books.currency))
    income = books.one(
        "SELECT coalesce(sum(attributed), 0)::BIGINT AS n FROM edge WHERE group_id = ? AND direction = 'backward'",
        group_id,
    )["n"]
    return wording.plain("flow.title_income", amount=human(income, books.currency), group=books.group_name(group_id))


def _carriers(books: Books, group_id: str) -> tuple[int, list[Row]]:
    rows = books.rows(
        """
        SELECT l.institution AS name, sum(e.attributed)::BIGINT AS amount
          FROM edge e LEFT JOIN labels l USING (account_id)
        WHERE e.group_id = ? AND e.direction = 'forward' GROUP BY 1 ORDER BY amount DESC, 1
        """,
        group_id,
    )
    return sum(row["amount"] for row in rows), [row for row in rows if row["name"] is not None][:3]


def table(books: Books, picture: Flow) -> list[Row]:
    """The links as rows of text: the picture for those who cannot see it."""
    labels = [node["label"] for node in picture.nodes]
    return [
        {
            "from": labels[link["source_at"]],
            "to": labels[link["target_at"]],
            "amount": amount(link["value"], books.currency),
        }
        for link in picture.links
    ]
