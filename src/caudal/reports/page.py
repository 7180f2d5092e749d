"""The page: view of every section, rendered by jinja2 into one file that needs no network."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from caudal.reports import charts, charts_measure, comparing, effect, exposure, findings, format, frontier, truth, ways
from caudal.reports.answer import answer
from caudal.reports.books import Books, Row
from caudal.reports.downloads import downloads
from caudal.reports.facts import ReportFacts
from caudal.reports.flow import flow
from caudal.reports.flow import table as flow_table
from caudal.reports.matches import matches
from caudal.reports.network import network
from caudal.reports.timeline import timeline
from caudal.reports.wording import Wording
from caudal.storage import write_text

FOCUS = 3
"""Groups drawn in pictures; the tables hold all."""

REJECTED_SHOWN = 20
LINKS_SHOWN = 20
NAME_LENGTH = 120
TEXT_LENGTH = 400
PROSE_LENGTH = 6000
"""Characters shown at most of a name, a text of the data, and a text of law or method."""


def write_report(path: Path, tables: Mapping[str, pa.Table], facts: ReportFacts, *, language: str = "en") -> None:
    """Write the report of a run as one HTML file, whole or not at all.

    Args:
        path: the file to write.
        tables: tables of `caudal.tables` by name; one that is missing counts as empty. `truth_accounts` and
            `truth_transfers` add the section that measures what was found.
        facts: what no table holds: the question, the law, the lists, the method.
        language: language of the texts, a file under `texts/`.

    Raises:
        InputError: a table has an unknown name or another shape, or there are no texts in this language.
    """
    write_text(render(tables, facts, language=language), Path(path))


def render(tables: Mapping[str, pa.Table], facts: ReportFacts, *, language: str = "en") -> str:
    """The report as HTML text; arguments and errors as in `write_report`."""
    wording = Wording(language)
    with Books(tables, facts) as books:
        page = _view(books, wording)
        scripts = {"plotly": get_plotlyjs(), "own": _asset("report.js")}
        page["scripts"] = {name: Markup(text) for name, text in scripts.items()}  # noqa: S704 - files of packages, no input
        page["style"] = Markup(_asset("report.css"))  # noqa: S704 - a file of this package
        page["policy"] = _policy(list(scripts.values()))
        return _environment(language).get_template("report.html.j2").render(**page)


def _view(books: Books, wording: Wording) -> Row:
    focus = books.focus(FOCUS)
    groups = books.one("SELECT count(DISTINCT group_id) AS n FROM edge")["n"]
    figures: dict[str, Any] = {}
    return {
        "facts": books.facts,
        "money": lambda minor: format.amount(minor, books.currency),
        "group_name": books.group_name,
        "answer": answer(books, wording),
        "compared": comparing.compared(books, wording),
        "frontiers": _frontiers(books, wording, figures),
        "cuts": _cuts(books, wording, figures),
        "laws": comparing.laws(books),
        "corridors": comparing.corridors(books),
        "people_groups": comparing.groups_of_people(books),
        "conclusions": comparing.conclusions(books, wording),
        "tornados": _tornados(books, wording, figures),
        "assumptions": comparing.assumptions(books),
        "books_scenario": books.scenario or "",
        "scenarios": _scenarios(books, wording, figures),
        "reached": effect.reached(books),
        "matches": matches(books),
        "alerts": books.one("SELECT count(*) AS n FROM matches WHERE alert")["n"],
        "asks": books.one("SELECT count(*) AS n FROM matches WHERE band = 'ask'")["n"],
        "unscreened": books.rows("SELECT * FROM unscreened ORDER BY extent, party_id NULLS LAST, transfer_id LIMIT 20"),
        "unscreened_counts": {
            row["extent"]: row["n"]
            for row in books.rows("SELECT extent, count(*) AS n FROM unscreened GROUP BY 1 ORDER BY 1")
        },
        "standing": {
            row["state"]: row["n"] for row in books.rows("SELECT state, count(*) AS n FROM standing GROUP BY 1")
        },
        "flows": [_flow(books, wording, group, figures) for group in focus],
        "networks": [_network(books, wording, group, figures) for group in focus],
        "timelines": [_timeline(books, wording, group, figures) for group in focus],
        "more_groups": max(0, groups - len(focus)),
        "several_groups": groups > 1,
        "exposed": {side: _exposed(books, side) for side in ("forward", "backward")},
        "chains": ways.chains(books),
        "agents": ways.agents(books),
        "institutions": exposure.institutions(books),
        "findings": findings.findings(books, wording),
        "finding_tally": findings.tally(books, wording),
        "per_typology": findings.PER_TYPOLOGY,
        "law": [(authority, list(rows)) for authority, rows in groupby(books.facts.law, key=lambda e: e.authority)],
        "truth": _truth(books, wording, figures) if truth.known(books) else None,
        "rejected_rows": books.rows(
            "SELECT file, row, field, reason FROM rejected ORDER BY file, row LIMIT ?", REJECTED_SHOWN
        ),
        "rejected_total": books.rows_of["rejected"],
        "rejected_reasons": _rejected(books),
        "downloads": downloads(books),
        "figures": figures,
    }


def _exposed(books: Books, side: str) -> exposure.Listing:
    """The most exposed accounts, each with the way its money came, the days it is split by, and what is unexplained."""
    listing = exposure.accounts(books, side)
    keys = [(side, row["group_id"], row["account_id"]) for row in listing.rows]
    came, split = ways.ways(books, keys), ways.splits(books, keys)
    for key, row in zip(keys, listing.rows, strict=True):
        row["way"], row["days"] = came.get(key), split.get(key, [])
        part = row["unexplained"] / row["turnover"] if row["turnover"] > 0 else 0
        row["unexplained_share"] = part if part >= ways.MUCH_UNEXPLAINED else None
    return listing


def _scenarios(books: Books, wording: Wording, figures: dict[str, Any]) -> list[Row]:
    shown = []
    for number, scenario in enumerate(effect.scenarios(books, wording)):
        sides = []
        for side in ("effect", "harm"):
            rows = getattr(scenario, side)
            parts = []
            for unit in sorted(scenario.scales, key=lambda u: (u != "count", u)):
                mine = [row for row in rows if row["unit"] == unit]
                name = f"bands-{number}-{side}-{unit.lower()}"
                if mine:
                    figures[name] = charts.bands(scenario, side, unit)
                parts.append({"unit": unit, "rows": mine, "figure": name if mine else None})
            sides.append({"side": side, "rows": rows, "parts": parts})
        shown.append({"name": scenario.name, "sides": sides, "rest": scenario.rest})
    return shown


def _frontiers(books: Books, wording: Wording, figures: dict[str, Any]) -> list[frontier.Picture]:
    found = frontier.frontiers(books, wording)
    for number, picture in enumerate(found):
        figures[f"frontier-{number}"] = charts_measure.frontier(picture, wording, books.currency)
    return found


def _cuts(books: Books, wording: Wording, figures: dict[str, Any]) -> list[Row]:
    found = comparing.cut_by_month(books, wording)
    for one in found:
        figures[f"cut-{one['flow']}"] = charts_measure.cut(one, wording)
    return found


def _tornados(books: Books, wording: Wording, figures: dict[str, Any]) -> list[Row]:
    found = comparing.hangs_on(books, wording, books.scenario)
    for picture in found:
        figures[f"tornado-{picture['side']}"] = charts_measure.tornado(picture)
    return found


def _flow(books: Books, wording: Wording, group: str, figures: dict[str, Any]) -> Row:
    picture = flow(books, wording, group)
    name = f"flow-{len(figures)}"
    if picture.links:
        figures[name] = charts.sankey(picture, books.currency)
    return {"picture": picture, "figure": name, "table": flow_table(books, picture)}


def _network(books: Books, wording: Wording, group: str, figures: dict[str, Any]) -> Row:
    picture = network(books, wording, group)
    name = f"network-{len(figures)}"
    if picture.links:
        figures[name] = charts.network(picture, wording, books.currency)
    label = {node["key"]: node["label"] for node in picture.nodes}
    links = [
        {
            "from": label[link["source"]],
            "to": label[link["target"]],
            "amount": format.amount(link["value"], books.currency),
        }
        for link in picture.links[:LINKS_SHOWN]
    ]
    return {"picture": picture, "figure": name, "table": links, "total": len(picture.links)}


def _timeline(books: Books, wording: Wording, group: str, figures: dict[str, Any]) -> Row:
    line = timeline(books, wording, group)
    name = f"timeline-{len(figures)}"
    if line.steps:
        figures[name] = charts.timeline(line, wording, books.currency)
    return {"line": line, "figure": name, "outside": line.designated if line.steps and not charts.drawn(line) else None}


def _truth(books: Books, wording: Wording, figures: dict[str, Any]) -> Row:
    rows = truth.group_accounts(books)
    if rows:
        figures["truth"] = charts.recall(rows, wording, books.currency)
    for row in rows:
        row["least_text"] = charts.least(row["least"], wording, books.currency)
    best = next(
        (r for r in rows if r["method"] == books.method and r["direction"] == "either" and r["least"] == 0), None
    )
    return {
        "rows": rows,
        "best": best,
        "start": truth.start(books),
        "coerced": truth.coerced_payers(books),
        "schemes": truth.schemes(books),
    }


def _rejected(books: Books) -> list[Row]:
    """Reasons with their number of rows, as the ledger counted them; from the table where it did not."""
    told = books.facts.ledger.rejected
    if told:
        return [{"reason": reason, "n": n} for reason, n in sorted(told.items(), key=lambda item: (-item[1], item[0]))]
    return books.rows("SELECT reason, count(*) AS n FROM rejected GROUP BY 1 ORDER BY n DESC, 1 LIMIT 50")


@lru_cache(maxsize=4)
def _environment(language: str) -> Environment:
    """The templates with what they need of one language; compiled once."""
    wording = Wording(language)
    environment = Environment(
        loader=PackageLoader("caudal.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(t=wording, amount=format.amount, safe_url=format.safe_url)
    environment.filters.update(
        name=_name,
        text=lambda value: format.cut(format.clean(value), TEXT_LENGTH),
        prose=lambda value: format.cut(format.clean(value), PROSE_LENGTH),
        count=format.count,
        day=format.day,
        percent=format.percent,
        probability=format.probability,
        bits=format.bits,
        minute=_minute,
        role=lambda word: wording.of("role", word),
        method=lambda word: wording.of("method_short", word),
        data=_data,
    )
    return environment


def _name(value: object, length: int = NAME_LENGTH) -> Markup:
    """A name of the data, isolated so that its writing direction stays its own."""
    text = format.clean(value)
    if len(text) <= length:
        return Markup("<bdi>{}</bdi>").format(text)
    return Markup('<bdi title="{}">{}</bdi>').format(format.cut(text, 4 * length), format.cut(text, length))


def _minute(value: datetime | date | None) -> str:
    """A time to the minute; a time of a ledger of days (midnight) as its day."""
    if isinstance(value, datetime) and (value.hour or value.minute or value.second):
        return f"{value:%Y-%m-%d %H:%M}"
    return format.day(value)


def _data(value: Any) -> Markup:
    """A value as JSON inside a script element: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped just above


def _asset(name: str) -> str:
    return (files("caudal.reports") / "assets" / name).read_text(encoding="utf-8")


def _policy(scripts: list[str]) -> str:
    """A content policy under which only these very scripts run and nothing is loaded from anywhere."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
