"""Write docs/reference from the code: tables, command line, TOML keys, the law as data, and the HTTP API.

Run it when a column, an option or a key changes; a test fails while the pages are behind the code.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import takewhile
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel

from caudal.cli import cli
from caudal.impact import Scenario
from caudal.ledger import Mapping as CsvMapping
from caudal.ledger.mapping import Cell
from caudal.register import law, orders
from caudal.register.readers.list_mapping import ListMapping
from caudal.screening.identifiers import KINDS
from caudal.screening.worth import WORTH
from caudal.server import Settings as ServerSettings
from caudal.server import create_app
from caudal.server.app import ALWAYS
from caudal.server.gate import access
from caudal.tables import TABLES
from caudal.typologies import Settings
from caudal.workspace.config import sections

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs" / "reference"
CONTRACT = ROOT / "tests" / "server" / "contract.py"
WRITTEN = "<!-- written by scripts/reference.py; change the code, not this page -->\n"


def tables_page() -> str:
    """Every table and column."""
    out = [WRITTEN, "# Tables", ""]
    out.append(
        "Every stage reads and writes these tables as Parquet in `WORKSPACE/tables`. Amounts are whole minor units,"
    )
    out.append(
        "times UTC, shares of ownership parts per million. A run also keeps `rejected_lists`, of the same shape as"
    )
    out.append("`rejected`, for list entries that could not be used.")
    for table in TABLES.values():
        out += ["", f"## {table.name}", "", table.doc, "", f"Key: {', '.join(f'`{k}`' for k in table.key)}.", ""]
        out += ["| column | type | may be empty | meaning |", "|---|---|---|---|"]
        for column in table.columns:
            empty = "yes" if column.nullable else ""
            out.append(f"| `{column.name}` | {column.type} | {empty} | {_cell(column.doc)} |")
    return "\n".join(out) + "\n"


def evidence_page() -> str:
    """What every observation besides the name is worth in screening."""
    out = [WRITTEN, "# Evidence besides the name", ""]
    out.append(
        "Bits are log2 of how much likelier an observation is for the same party than for another. How they came about:"
    )
    out.append(
        "[Screening](../explanation/screening.md). What the lists say is counted by `benchmarks/properties.py`; shares"
    )
    out.append("in brackets are of pairs of the same people, then of others.")
    out += ["", "| property | observation | bits | why |", "|---|---|---|---|"]
    out += [f"| {prop} | {_cell(seen)} | {bits:+g} | {_cell(why)} |" for prop, seen, bits, why in WORTH.rows()]
    out += ["", "## Kinds of numbers", ""]
    out += ["| number | bits at most | one party has one | check digits |", "|---|---|---|---|"]
    for kind in KINDS.values():
        checked, single = "yes" if kind.check else "", "yes" if kind.single else ""
        out.append(f"| {kind.words} | {kind.bits:+g} | {single} | {checked} |")
    return "\n".join(out) + "\n"


def cli_page() -> str:
    """Every command with its options."""
    out = [WRITTEN, "# Command line", ""]
    out.append(
        "Exit status: 0 done, 1 with `--check` when something wants a person, 2 bad input (one line on standard error)."
    )
    out.append("Progress goes to standard error, results to standard output. `NO_COLOR` is honoured.")
    for name, command in _commands("caudal", cli):
        out += ["", f"## {name}", "", (command.help or "").strip(), ""]
        arguments = [p for p in command.params if isinstance(p, click.Argument)]
        usage = " ".join([name, *(p.make_metavar(click.Context(command)) for p in arguments)])
        out += [f"`{usage}`", "", "| option | default | meaning |", "|---|---|---|"]
        for option in command.params:
            if isinstance(option, click.Option):
                default = option.default if option.show_default else ""
                out.append(f"| `{'`, `'.join(option.opts)}` | {default} | {_cell(option.help or '')} |")
    return "\n".join(out) + "\n"


def configuration_page(files: Iterable[tuple[str, str, dict[str, type[BaseModel]]]]) -> str:
    """Every key of every TOML file a person writes."""
    out = [WRITTEN, "# TOML files", ""]
    for title, text, models in files:
        out += [f"## {title}", "", text, ""]
        for path, model in models.items():
            heading = f"`[{path}]`" if path else "top level"
            out += [f"### {heading}", "", (model.__doc__ or "").strip().splitlines()[0], ""]
            out += ["| key | type | default | meaning |", "|---|---|---|---|"]
            for key, field in model.model_fields.items():
                default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
                told = (field.alias or key, _type(field.annotation), default, _cell(describe(model, key)))
                out.append("| `{}` | {} | {} | {} |".format(*told))
            out.append("")
    return "\n".join(out).rstrip() + "\n"


def toml_files() -> list[tuple[str, str, dict[str, type[BaseModel]]]]:
    """The TOML files a person writes, with the models that read them."""
    return [
        ("caudal.toml", "Names what a workspace reads. Paths are relative to the workspace.", sections()),
        (
            "Typologies",
            "Below `[typologies]` in caudal.toml, such as `[typologies.extortion]`. Every number a detector hangs on.",
            _parts("typologies", Settings),
        ),
        (
            "Mapping of a CSV",
            'Named by `[ledger] mapping`. A source is the name of a column, or `{ value = "..." }` for one constant.',
            _parts("", CsvMapping),
        ),
        (
            "Mapping of a list",
            "Named by `mapping` of `[[lists]]`: what the columns of a CSV list mean (`docs/how-to/map-a-list.md`).",
            _parts("", ListMapping),
        ),
        ("Scenario", "What `caudal assess` reads: one designation at a date.", _parts("", Scenario)),
    ]


def law_page() -> str:
    """Every authority with its rules, their sources and what is not known; then the border orders."""
    out = [WRITTEN, "# Law as data", ""]
    out += [
        "What a designation does under each authority, as far as a source was read. Not legal advice: read the source",
        "before acting. A rule without days holds as far back as the authority. **Not known** says what no source was",
        "held for; nothing is filled in. `caudal law --authority FTO --on 2025-02-20` prints one authority of a day.",
        "",
        "| authority | name | jurisdiction | legal basis | since |",
        "|---|---|---|---|---|",
    ]
    held = law.authorities()
    for key, one in held.items():
        since = _source(str(one.established), one.established_url) if one.established else "not held"
        row = (f"[{key}](#{key.lower()})", _cell(one.name), one.jurisdiction.upper(), _cell(one.legal_basis), since)
        out.append(f"| {' | '.join(row)} |")
    tags = sorted(tag for tag in law.blocking_tags() if tag not in held)
    for key, one in held.items():
        out += ["", f"## {key}", "", f"**{one.name}** ({one.jurisdiction.upper()}). {one.legal_basis}.", ""]
        out += _law_table(one.line)
        if one.gap:
            out += ["", "Not known:", ""]
            for gap in one.gap:
                see = f" {_source('Where to read', gap.see)}." if gap.see else ""
                out.append(f"- *{', '.join(gap.topics)}*: {gap.text}{see}")
    out += ["", "## Other tags of OFAC's", ""]
    out += [
        "Entries of the SDN list under a tag without a text of its own are blocked, and the rules that all blocking",
        f"programmes share hold. The tags: {', '.join(f'`{t}`' for t in tags)}.",
        "",
    ]
    out += _law_table(law.common_lines())
    out += ["", "## Border orders on cash", ""]
    out += [
        "FinCEN's orders that lower the amount from which money services businesses report cash. Ask with",
        '`caudal law orders --on 2025-10-01 --place "Yuma County, AZ"`.',
        "",
        "| order | in force | who | reported | within | places | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for order in orders.orders():
        span = f"{order.first} to {order.last or 'not known'}"
        due = f"{order.report_days} days" if order.report_days else "not known"
        note = f" {order.note}" if order.note else ""
        note += f" [Source]({order.note_url})." if order.note_url else ""
        places = "; ".join(_place(p) for p in order.place)
        out.append(
            f"| {order.name} | {span} | {order.binds}{note} | {order.limits} | {due} | {places} "
            f"| {_source(order.source, order.source_url)}, checked {order.checked} |"
        )
    return "\n".join(out) + "\n"


def api_page() -> str:
    """Every route of the server: what it takes, what it answers, which key it needs; and the contract with yente."""
    document = create_app(ServerSettings()).openapi()
    out = [WRITTEN, "# HTTP API", ""]
    out += [
        "What `caudal serve` answers. The same as an OpenAPI document: `GET /openapi.json`. How to run it:",
        "[Serve](../how-to/serve.md); what it guards against: [The server](../explanation/server.md).",
        "",
        'Any request may be answered with these, and `{"detail": "one line"}`; 422 names each fault of a request\'s',
        "shape by `type`, `loc` and `msg`, never by what was sent.",
        "",
        "| status | meaning |",
        "|---|---|",
    ]
    out += [f"| {status} | {_cell(told['description'])} |" for status, told in ALWAYS.items()]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            out += _operation(method.upper(), path, operation)
    out += ["", "## Shapes", ""]
    for name, shape in sorted(document["components"]["schemas"].items()):
        if shape.get("properties"):
            out += [f"### {name}", "", *_paragraph(shape.get("description", "")), "| field | type | meaning |"]
            out += ["|---|---|---|"]
            for field, told in shape["properties"].items():
                out.append(f"| `{field}` | {_json_type(told)} | {_cell(told.get('description', ''))} |")
            out.append("")
    return "\n".join(out).rstrip() + "\n" + "\n".join(_contract())


def _operation(method: str, path: str, operation: dict[str, Any]) -> list[str]:
    needs = access.needed(path)
    guard = f"Takes a key of scope `{needs}`." if needs else "Takes no key."
    if access.segment(path) in access.LOOKUPS:
        guard += " A look-up: logged, with a purpose where one is required."
    out = ["", f"## {method} {path}", "", f"{operation['summary']}. {guard}", ""]
    out += _paragraph(operation.get("description", ""))
    parameters = operation.get("parameters", [])
    if parameters:
        out += ["| parameter | in | type | default | meaning |", "|---|---|---|---|---|"]
        for one in parameters:
            shape = one["schema"]
            default = "required" if one.get("required") else "" if shape.get("default") in (None, [], "") else None
            default = f"`{shape.get('default')}`" if default is None else default
            told = one.get("description") or shape.get("description") or shape.get("title", "")
            out.append(f"| `{one['name']}` | {one['in']} | {_json_type(shape)} | {_cell(default)} | {_cell(told)} |")
        out.append("")
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        out += [f"Body, `{kind}`: {_json_type(body['schema'])}.", ""]
    for status, answer in operation["responses"].items():
        if int(status) in ALWAYS or status == "422":
            continue
        kinds = [_json_type(c.get("schema", {})) for c in answer.get("content", {}).values()]
        told = answer["description"].removesuffix(".").replace("Successful Response", "Answer")
        out.append(f"- **{status}** {told}{f': {kinds[0]}' if kinds else ''}")
    return out


def _contract() -> list[str]:
    """What yente's documentation says, line by line, from the test that asks for each."""
    if not CONTRACT.is_file():
        return []
    spec = importlib.util.spec_from_file_location("contract", CONTRACT)
    if spec is None or spec.loader is None:
        return []
    module = importlib.util.module_from_spec(spec)
    sys.modules["contract"] = module  # dataclasses look themselves up
    spec.loader.exec_module(module)
    out = ["", "## Contract with yente's clients", ""]
    out += ["Each line is asked of a server of made-up lists by `tests/server/test_contract.py`.", ""]
    out += ["| endpoint | part | what is checked | here |", "|---|---|---|---|"]
    out += [f"| `{a}` | {_cell(b)} | {_cell(c)} | {_cell(d)} |" for a, b, c, d in module.rows()]
    return [*out, ""]


def _paragraph(text: str) -> list[str]:
    return [text.strip(), ""] if text.strip() else []


def _json_type(shape: dict[str, Any]) -> str:
    """A type of an OpenAPI document in words."""
    if "$ref" in shape:
        name = shape["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in shape:
        return " or ".join(dict.fromkeys(_json_type(one) for one in shape["anyOf"] if one.get("type") != "null"))
    if "enum" in shape or "const" in shape:
        return " or ".join(f"`{one}`" for one in shape.get("enum", [shape.get("const")]))
    kind = shape.get("type")
    if kind == "array":
        return f"list of {_json_type(shape.get('items', {}))}"
    if kind == "object":
        more = shape.get("additionalProperties")
        return f"object of {_json_type(more)}" if isinstance(more, dict) and more else "object"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return words.get(str(kind), "anything")


def _law_table(lines: Iterable[law.Line]) -> list[str]:
    out = ["| effect | rule | holds | source | checked |", "|---|---|---|---|---|"]
    for line in sorted(lines, key=lambda x: law.TOPICS.index(x.topic)):
        span = " ".join([f"from {line.since}" if line.since else "", f"until {line.until}" if line.until else ""])
        rule = f"{line.text}{f' **Deadline: {line.deadline}.**' if line.deadline else ''}"
        cells = (line.topic, _cell(rule), span.strip(), _source(line.source, line.source_url), str(line.checked))
        out.append(f"| {' | '.join(cells)} |")
    return out


def _place(place: orders.Place) -> str:
    named = [*(f"{c} County" for c in place.counties), *place.zips]
    return f"{place.state}: {', '.join(named) if named else 'not held by name'}"


def _source(text: str, url: str | None) -> str:
    return f"[{_cell(text)}](<{url}>)" if url else _cell(text)


def describe(model: type[BaseModel], key: str) -> str:
    """What a key means: its field's description, or its line in the model's docstring."""
    field = model.model_fields[key]
    if field.description:
        return field.description
    lines = inspect.cleandoc(model.__doc__ or "").splitlines()
    for at, line in enumerate(lines):
        if line.startswith(f"    {key}: "):
            more = takewhile(lambda text: text.startswith(" " * 8), lines[at + 1 :])
            return " ".join([line.split(": ", 1)[1], *(text.strip() for text in more)])
    return ""


def _parts(path: str, model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """A model and the models its keys lead to, by key path."""
    parts = {path: model}
    for key, field in model.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                parts |= {p: m for p, m in _parts(f"{path}.{key}".lstrip("."), kind).items() if p not in parts}
    return parts


def pages() -> dict[Path, str]:
    """Every page with its text."""
    return {
        DOCS / "tables.md": tables_page(),
        DOCS / "cli.md": cli_page(),
        DOCS / "evidence.md": evidence_page(),
        DOCS / "law.md": law_page(),
        DOCS / "api.md": api_page(),
        DOCS / "configuration.md": configuration_page(toml_files()),
    }


def _commands(prefix: str, group: click.Group) -> Iterable[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        path = f"{prefix} {name}"
        if isinstance(command, click.Group):
            yield from _commands(path, command)
        else:
            yield path, command


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(value: Any) -> str:
    if isinstance(value, BaseModel) or value in ((), {}, None):
        return ""
    return _cell(f"`{value}`")


WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path", date: "day"}


def _type(annotation: Any) -> str:
    """A type in words a person writing TOML knows."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(args[0])
    if origin is Literal:
        return " or ".join(f"`{arg}`" if arg else "empty" for arg in args)
    if origin in {Union, UnionType}:
        return " or ".join(dict.fromkeys(_type(arg) for arg in args if arg is not NoneType))
    if origin is tuple:
        return f"list of {_type(args[0])}"
    if origin is not None and issubclass(origin, Mapping):
        return f"table of {_type(args[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Cell):
        return "source"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    return WORDS.get(annotation, getattr(annotation, "__name__", "anything").lower())


def main() -> None:
    """Write the pages; with --check only say which are behind the code."""
    behind = [path for path, text in pages().items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        sys.exit(f"behind the code: {', '.join(p.name for p in behind)}" if behind else 0)
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
