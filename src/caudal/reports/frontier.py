"""The frontier between money cut and people harmed, as a picture that opens into lists of accounts."""

from __future__ import annotations

from dataclasses import dataclass

from caudal.reports.books import Books, Row
from caudal.reports.format import human, percent, short
from caudal.reports.wording import Wording

ACCOUNTS_SHOWN = 25
"""Accounts listed at most per point; the CSV holds all that were opened."""


@dataclass(frozen=True)
class Picture:
    """One frontier.

    Attributes:
        cost: what harm counts: `lawful flow` or `people`.
        points: supported points by rising harm; actual: the designation as made, where it is known.
        foreseen: sets chosen by the payments before the day, measured by those after it.
        title: the finding in a sentence. opened: points with their accounts.
        between: what tells the designation from the nearest points, by name.
        answers: in how many draws some point shown is better than the designation (`any`), and each point and the
            designation are better than the other; draws: how many there are, 0 without any.
    """

    cost: str
    points: list[Row]
    actual: Row | None
    foreseen: list[Row]
    title: str
    opened: list[Row]
    between: list[Row]
    answers: list[Row]
    draws: int


def frontiers(books: Books, wording: Wording) -> list[Picture]:
    """One picture per way of counting harm."""
    costs = [row["cost"] for row in books.rows("SELECT DISTINCT cost FROM frontier_points ORDER BY cost DESC")]
    return [picture for cost in costs if (picture := _picture(books, wording, cost)) is not None]


def _picture(books: Books, wording: Wording, cost: str) -> Picture | None:
    rows = books.rows("SELECT * FROM frontier_points WHERE cost = ? ORDER BY harm, money DESC", cost)
    replayed = {r["point"]: r for r in books.rows("SELECT * FROM frontier_replays WHERE cost = ?", cost)}
    for row in rows:
        row["replay"] = replayed.get(row["point"])
        row["harm_text"] = _harm(row["harm"], cost, books.currency, wording)
        row["label"] = wording.plain("frontier.actual") if row["kind"] == "actual" else row["point"]
        row["kind_text"] = wording.of("frontier_kind", row["kind"])
    drawn = {(r["point"], r["quantity"]): r for r in books.rows("SELECT * FROM frontier_draws WHERE cost = ?", cost)}
    for row in rows:
        row["drawn"] = {q: drawn[row["point"], q] for q in ("share_cut", "harm") if (row["point"], q) in drawn}
        row["harm_span"] = [
            _harm(round(row["drawn"]["harm"][q]), cost, books.currency, wording)
            for q in ("p05", "p95") if "harm" in row["drawn"]
        ]  # fmt: skip
    points = [row for row in rows if row["kind"] not in ("actual", "foreseen")]
    early = [row for row in rows if row["kind"] == "foreseen"]
    actual = next((row for row in rows if row["kind"] == "actual"), None)
    if not points:
        return None
    opened = []
    for row in rows:
        if row["opened"]:
            accounts = books.rows(
                "SELECT * FROM frontier_measures WHERE cost = ? AND point = ? ORDER BY money DESC, account_id LIMIT ?",
                cost, row["point"], ACCOUNTS_SHOWN,
            )  # fmt: skip
            opened.append({**row, "listed": _told(accounts, cost, books, wording)})
    between = books.rows(
        """SELECT * FROM frontier_differences WHERE cost = ? ORDER BY point, side, money DESC, account_id LIMIT ?""",
        cost, 2 * ACCOUNTS_SHOWN,
    )  # fmt: skip
    title = _title(points, early, actual, wording)
    answers = books.rows("SELECT * FROM frontier_answers WHERE cost = ? ORDER BY held DESC, point, other", cost)
    draws = max((r["draws"] for r in drawn.values()), default=0)
    return Picture(cost, points, actual, early, title, opened, _told(between, cost, books, wording), answers, draws)


def _told(rows: list[Row], cost: str, books: Books, wording: Wording) -> list[Row]:
    return [{**row, "harm_text": _harm(row["harm"], cost, books.currency, wording)} for row in rows]


def _harm(value: int, cost: str, currency: str, wording: Wording) -> str:
    if cost == "people":
        return wording.plain("frontier.people", n=value) if value < 1000 else f"{short(value)} people"
    return human(value, currency)


def _title(points: list[Row], early: list[Row], actual: Row | None, wording: Wording) -> str:
    """What the picture shows, in a sentence that is true of it.

    Beside what one would have chosen afterwards it always says what one could have chosen beforehand.
    """
    if actual is None:
        bend = _bend(points)
        return wording.plain(
            "frontier.title", n=bend["accounts"], share=percent(bend["share_cut"]), harm=bend["harm_text"]
        )
    parts = [wording.plain("frontier.title_actual", share=percent(actual["share_cut"]), harm=actual["harm_text"])]
    for rows, name in ((points, "after"), (early, "before")):
        if not rows:
            continue
        as_good = min((r for r in rows if r["money"] <= actual["money"]), key=lambda r: r["harm"], default=None)
        if as_good is None or as_good["harm"] >= actual["harm"]:
            parts.append(wording.plain(f"frontier.title_{name}_none"))
        else:
            parts.append(wording.plain(f"frontier.title_{name}", n=as_good["accounts"], less=as_good["harm_text"]))
    return "; ".join(parts)


def _bend(points: list[Row]) -> Row:
    """The point furthest from the straight line between both ends, each axis taken as a share of its range."""
    first, last = points[0], points[-1]
    width = max(1, last["harm"] - first["harm"])
    height = max(1, first["money"] - last["money"])
    return min(points, key=lambda p: (p["harm"] - first["harm"]) / width + (p["money"] - last["money"]) / height)
