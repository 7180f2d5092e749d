"""`caudal serve`, `caudal keys` and `caudal lookups`: the server, who may ask it, and what was asked."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caudal.errors import InputError, first_fault

if TYPE_CHECKING:
    from caudal.server.gate.keys import Key

_data = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default="caudal-server",
    show_default=True,
    help="Folder for what the server writes: indexes, keys, the log of look-ups.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for machines.")
_log_head = click.option(
    "--log-head",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="File of the head of the log of look-ups, such as one on another disk; in the data folder if not said.",
)
_PATH = click.Path(path_type=Path)


@click.command()
@click.option("--manifest", default=None, help="YAML file, or its address, that names the datasets.")
@click.option(
    "--lists", type=_PATH, multiple=True, help="List file, folder or store of lists; the store lists when left out."
)
@click.option("--workspace", type=_PATH, default=None, help="Folder of a finished run, for exposure and impact.")
@_data
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; other than this: keys.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="Port; 0 takes a free one."
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer.")
@click.option("--keys-required", is_flag=True, help="Ask for a key on loopback too, as behind a proxy.")
@click.option("--purpose-required", is_flag=True, help="Refuse look-ups that do not say why.")
@click.option("--purpose", "purposes", multiple=True, help="A purpose there is; any short text when none is given.")
@click.option(
    "--allow-origin", "origins", multiple=True, help="Web page elsewhere that may ask, such as https://desk.example."
)
@click.option("--allow-host", "hosts", multiple=True, help="Name besides localhost a server without keys is asked by.")
@click.option(
    "--rate", default="600/minute", show_default=True, help="Requests of a key that names no rate of its own."
)
@click.option(
    "--sync",
    type=click.Choice(["second", "each"]),
    default="second",
    show_default=True,
    help="Bring the log of look-ups to the disk every second, or before each answer.",
)
@click.option("--bound", "bounds", multiple=True, metavar="NAME=N", help="A bound on requests, such as batch=500.")
@click.option(
    "--refresh-seconds", type=float, default=900.0, show_default=True, help="How often to look for new lists."
)
@click.option(
    "--drain-seconds", type=float, default=0.0, show_default=True, help="Told to stop, say so this long first."
)
@_log_head
@click.option("--stop-seconds", type=float, default=30.0, show_default=True, help="Then finish requests within this.")
@_json
def serve(lists: tuple[Path, ...], bounds: tuple[str, ...], as_json: bool, **given: Any) -> int:
    """Answer over HTTP: yente's matching API, and Caudal's own questions.

    Listens on this machine alone unless told otherwise; any other address needs a key (`caudal keys add`). Without
    --manifest and --lists it serves the store of lists in the folder lists. Stops at ctrl-C or SIGTERM, after the
    requests it has.
    """
    from pydantic import ValidationError

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's threads: the workers use the cores already
    from caudal.server.run import serve as run
    from caudal.server.settings import Bounds, Settings

    try:
        settings = Settings(
            lists=_lists(lists, given["manifest"]), bounds=Bounds(**dict(_bound(b) for b in bounds)), **given
        )
    except ValidationError as error:
        raise first_fault(error) from error

    def announce(host: str, port: int) -> None:
        facts = {"url": f"http://{host}:{port}", "workers": settings.workers, "keys": settings.needs_keys}
        text = f"Caudal answers at {facts['url']}, workers: {settings.workers}; ctrl-C stops it"
        click.echo(json.dumps({**facts, "process": os.getpid()}) if as_json else text)

    run(settings, announce)
    return 0


@click.group()
def keys() -> None:
    """Keys of the server: who may ask what. Scopes, each with those before it: read, screen, decide, admin."""


@keys.command()
@click.argument("name")
@click.option("--scope", default="screen", show_default=True, help="read, screen, decide or admin.")
@click.option(
    "--rate", default="", help="Requests it may make, such as 300/second; as the server is set when left out."
)
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Day from which it opens nothing (UTC)."
)
@_data
@_json
def add(name: str, scope: str, rate: str, expires: datetime | None, data: Path, as_json: bool) -> int:
    """Make a key for NAME, a person or a system. Its token is shown once and kept nowhere."""
    from caudal.server.gate.keys import Keys

    key, token = Keys(data).add(name, scope, rate, expires.replace(tzinfo=UTC) if expires else None)
    if as_json:
        click.echo(json.dumps({**_facts(key), "token": token}, ensure_ascii=False))
    else:
        click.echo(f"{token}\nThis is the token of key {key.id}; it is not shown again.")
    return 0


@keys.command("list")
@_data
@_json
def list_(data: Path, as_json: bool) -> int:
    """Show the keys, without their tokens."""
    from caudal.server.gate.keys import Keys

    held = [_facts(key) for key in Keys(data).all()]
    if as_json:
        click.echo(json.dumps(held, ensure_ascii=False, indent=1))
    else:
        lines = [
            f"{k['id']}  {k['scope']:<6}  {k['state']:<22}  {k['rate'] or 'usual rate'}  {k['name']}" for k in held
        ]
        click.echo("\n".join(lines) if lines else "no keys yet; make one with `caudal keys add NAME`")
    return 0


@keys.command()
@click.argument("ident", metavar="ID")
@_data
@_json
def revoke(ident: str, data: Path, as_json: bool) -> int:
    """End the key ID; a server that is running refuses it from the next request on."""
    from caudal.server.gate.keys import Keys

    key = Keys(data).revoke(ident)
    click.echo(json.dumps(_facts(key), ensure_ascii=False) if as_json else f"{key.id}: opens nothing any more")
    return 0


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_data
@click.option(
    "--check", is_flag=True, help="Follow the log's chain; exit with status 1 where a line is not as written, or gone."
)
@click.option(
    "--head",
    "heads",
    is_flag=False,
    flag_value="",
    multiple=True,
    metavar="[VALUE]",
    help="Print the head of the log, to be kept elsewhere; with --check and a VALUE kept, hold the log to it.",
)
@_log_head
@_json
def lookups(
    names: tuple[str, ...], data: Path, check: bool, heads: tuple[str, ...], log_head: Path | None, as_json: bool
) -> int:
    """Find look-ups of NAME in the server's log: when, with which key, why, and what was found.

    The log holds keyed digests in place of names; this needs the secret of the data folder.
    """
    from caudal.server.gate.chain import End
    from caudal.server.gate.checking import find, verify
    from caudal.server.gate.head import Head
    from caudal.server.gate.lookups import Lookups, head_beside
    from caudal.server.gate.secret import derived

    folder = data / "lookups"
    if not folder.is_dir():
        raise InputError("there is no log of look-ups", file=str(folder))
    if not names and not check and not heads:
        raise InputError("say whose look-ups to find, or --check the log, or ask for its --head")
    key = derived(data, "lookups")
    place = log_head or head_beside(folder)
    if log_head is not None and not place.is_file():
        raise InputError("there is no such file", file=str(place), field="--log-head")
    end = Head(place, key).read() if place.is_file() else End()
    if heads and not check:
        if names or any(heads):
            raise InputError("a head that was kept needs --check beside it", field="--head")
        if not end.number:
            raise InputError("there is no head that can be believed", file=str(place))
        click.echo(json.dumps({"lines": end.number, "head": str(end)}) if as_json else str(end))
        return 0
    try:
        known = [End.read(text) for text in heads if text]
    except ValueError as error:
        raise InputError(f"{error} is no head; it has the form 18204:5d41402abc4b", field="--head") from error
    found = list(find(folder, Lookups(folder, key), names)) if names else []
    count, faults = verify(folder, key, [end, *known]) if check else (0, [])
    if as_json:
        told = {"lookups": found, "faults": [f"{f.file}, line {f.line}: {f.reason}" for f in faults]}
        click.echo(json.dumps(told if check else found, ensure_ascii=False, indent=1))
    else:
        out = [
            f"{e['time']}  key {e['key']}  {e['kind']}  {e['purpose'] or 'no purpose given'}  status {e['status']}  "
            f"lists {e['snapshot'] or '-'}  found {', '.join(i for ids in e['found'] for i in ids) or 'nothing'}"
            for e in found
        ]
        out += [f"{f.file}, line {f.line}: {f.reason}" for f in faults]
        if names and not found:
            out.append("no look-up of that name")
        if check and not faults:
            out.append(f"{count:,} lines, as they were written")
            if not end.number:
                out.append("without a head: lines cut off the end would not show")
        click.echo("\n".join(out))
    return 1 if faults else 0


def _lists(given: tuple[Path, ...], manifest: str | None) -> tuple[Path, ...]:
    """The lists to serve.

    Raises:
        InputError: there is none.
    """
    if manifest is not None:
        return given
    paths = given or ((Path("lists"),) if Path("lists").is_dir() else ())
    if not paths:
        raise InputError("no lists: give --manifest or --lists, or bring some in with `caudal lists add`")
    for path in paths:
        if not path.exists():
            raise InputError("there is no such file or folder", file=str(path), field="--lists")
    return paths


def _bound(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()


def _facts(key: Key) -> dict[str, Any]:
    now = datetime.now(UTC)
    if key.revoked:
        state = f"revoked {key.revoked:%Y-%m-%d}"
    elif key.expires:
        state = f"{'until' if key.valid(now) else 'expired'} {key.expires:%Y-%m-%d}"
    else:
        state = "valid"
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope,
        "rate": key.rate,
        "made": key.made.isoformat(),
        "expires": key.expires.isoformat() if key.expires else None,
        "revoked": key.revoked.isoformat() if key.revoked else None,
        "state": state,
    }
