"""The network around a group: at most some sixty nodes, the rest folded into named groups, placed by networkx."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import networkx as nx

from caudal.reports.books import SIDES, Books, Row
from caudal.reports.format import human
from caudal.reports.wording import Wording

OWN = 10
NEAR = 38
FOLDS = 5
"""Accounts of the group, other accounts, and folds on each side: with the two rests at most 60 nodes."""

MAX_HOPS = 3
SEED = 11
"""Start of the layout, fixed so that the same books give the same picture."""


@dataclass(frozen=True)
class Network:
    """Nodes with places between 0 and 1, and the links between them."""

    group_id: str
    nodes: list[Row]
    links: list[Row]
    title: str
    subtitle: str
    folded: int


def network(books: Books, wording: Wording, group_id: str) -> Network:
    """The network of one group. Without attributed money it is empty."""
    _fold(books, group_id)
    links = books.rows("""
        SELECT a.key AS source, b.key AS target, sum(attributed)::BIGINT AS value FROM net_flow f
        JOIN net_node a ON a.account = f.payer JOIN net_node b ON b.account = f.payee
        WHERE a.key <> b.key GROUP BY ALL ORDER BY value DESC, source, target
    """)
    nodes = books.rows("""
        SELECT key, min(account) AS account, min(kind) AS kind,
          min(country) AS country, count(*) AS n,
               sum(amount)::BIGINT AS amount FROM net_node GROUP BY key ORDER BY amount DESC, key
    """)
    linked = {link[end] for link in links for end in ("source", "target")}
    nodes = [node for node in nodes if node["key"] in linked]
    _name(books, wording, nodes)
    _place(nodes, links)
    folded = sum(node["n"] for node in nodes if node["folded"])
    return Network(
        group_id=group_id,
        nodes=nodes,
        links=links,
        title=_title(books, wording, group_id, nodes),
        subtitle=wording.plain("network.subtitle", n=len(nodes), hops=MAX_HOPS, folded=f"{folded:,}"),
        folded=folded,
    )


def _fold(books: Books, group_id: str) -> None:
    """Make `net_flow` (attributed money between accounts) and `net_node` (account to the node that stands for it)."""
    run = books.connection.execute
    run(
        """
        CREATE OR REPLACE TEMP TABLE net_flow AS
        SELECT payer, payee, direction, min(hops) AS hops, sum(attributed) AS attributed FROM flows
        WHERE group_id = ?1 AND hops <= ?2 AND payer <> payee GROUP BY ALL
        """,
        [group_id, MAX_HOPS],
    )
    far = " ".join(f"WHEN '{direction}' THEN {ends[0]}" for direction, ends in SIDES.items())
    run(
        f"""
        CREATE OR REPLACE TEMP TABLE net_node AS
        WITH seed AS (SELECT account_id AS account FROM own WHERE group_id = ?1),
        touch AS (
            SELECT payer AS account, direction, 'out' AS way, sum(attributed) AS attributed FROM net_flow GROUP BY ALL
            UNION ALL
            SELECT payee, direction, 'in', sum(attributed) FROM net_flow GROUP BY ALL
        ),
        victims AS (
            SELECT DISTINCT subject_id AS account FROM affected WHERE role = 'possible victim'
              AND subject_kind = 'account'
            UNION SELECT a.account_id FROM affected f JOIN accounts a ON a.party_id = f.subject_id
            WHERE f.role = 'possible victim' AND f.subject_kind = 'party'
            UNION SELECT account FROM (SELECT unnest(accounts) AS account, unnest(roles) AS role FROM findings)
            WHERE role = 'possible victim'
        ),
        side AS (
            SELECT CASE direction {far} END AS account, max_by(direction, (attributed, direction)) AS direction
              FROM net_flow GROUP BY 1
        ),
        weight AS (
            SELECT account, max(attributed) AS amount, coalesce(any_value(l.country), '') AS country,
                   coalesce(any_value(l.pooled), false) AS pooled
            FROM touch LEFT JOIN labels l ON l.account_id = account GROUP BY account
        ),
        marked AS (SELECT *, account IN (SELECT account FROM seed) AS seed FROM weight),
        ranked AS (
            SELECT *, row_number() OVER (PARTITION BY seed ORDER BY amount DESC, account) AS rank
            FROM marked LEFT JOIN side USING (account)
        ),
        rest AS (
            SELECT direction, country,
              row_number() OVER (PARTITION BY direction ORDER BY sum(amount) DESC, country) AS place
            FROM ranked WHERE NOT seed AND rank > {NEAR} AND country <> '' GROUP BY direction, country
        )
        SELECT account, ranked.country, amount,
            CASE WHEN seed AND rank <= {OWN} THEN 'account:' || account
                 WHEN seed THEN 'fold:own'
                 WHEN rank <= {NEAR} THEN 'account:' || account
                 WHEN place < {FOLDS} THEN 'fold:' || ranked.direction || ':' || ranked.country
                 ELSE 'fold:' || ranked.direction || ':' END AS key,
            CASE WHEN seed THEN 'group'
                 WHEN rank > {NEAR} THEN 'fold'
                 WHEN pooled THEN 'pooled'
                 WHEN account IN (SELECT account FROM victims) THEN 'victim'
                 WHEN ranked.direction = 'backward' THEN 'payer'
                 ELSE 'payee' END AS kind
        FROM ranked LEFT JOIN rest ON rest.direction = ranked.direction AND rest.country = ranked.country
        """,
        [group_id],
    )


def _name(books: Books, wording: Wording, nodes: list[Row]) -> None:
    labels = books.labels([node["account"] for node in nodes])
    for node in nodes:
        kind, _, rest = node["key"].partition(":")
        node["folded"] = kind == "fold"
        if kind == "account":
            node["label"], node["detail"] = (
                labels[node["account"]]["name"],
                labels[node["account"]]["institution"] or "",
            )
            continue
        direction, _, country = rest.partition(":")
        node["detail"] = wording.plain(f"network.side_{direction}")
        if direction == "own":
            node["label"] = wording.plain("network.fold_own", n=node["n"])
        else:
            node["label"] = wording.plain("flow.fold_in" if country else "flow.fold", n=node["n"], country=country)


def _place(nodes: list[Row], links: list[Row]) -> None:
    """Put places between -1 and 1 into the nodes: springs find who belongs together, ARF then spreads the clusters."""
    if not nodes:
        return
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(node["key"] for node in nodes)
    graph.add_edges_from((link["source"], link["target"]) for link in links)
    places: dict[str, Any] = nx.spring_layout(graph, seed=SEED, iterations=200, k=1.0)
    if len(nodes) > 3:
        places = nx.arf_layout(graph, pos=places, a=1.1, seed=SEED)
    for at, axis in enumerate(("x", "y")):
        values = [float(places[node["key"]][at]) for node in nodes]
        middle, half = (max(values) + min(values)) / 2, (max(values) - min(values)) / 2 or 1.0
        for node, value in zip(nodes, values, strict=True):
            node[axis] = round((value - middle) / half, 4)


def _title(books: Books, wording: Wording, group_id: str, nodes: list[Row]) -> str:
    group = books.group_name(group_id)
    outside = [node for node in nodes if node["kind"] != "group" and not node["folded"]]
    if not outside:
        return wording.plain("network.title_empty", group=group)
    busiest = max(outside, key=lambda node: node["amount"])
    return wording.plain(
        "network.title", name=busiest["label"], amount=human(busiest["amount"], books.currency), group=group
    )
