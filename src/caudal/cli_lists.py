"""`caudal lists`: bring lists in, keep them up to date, look at them, and see what changed. Rooms load when needed."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caudal.errors import InputError

if TYPE_CHECKING:
    from caudal.register import ListSource, Register
    from caudal.register.store import ListRecord, Snapshot, Store, Version
    from caudal.register.store.arrive import Outcome

_DAY = click.DateTime(["%Y-%m-%d"])
_store = click.option(
    "--store",
    "folder",
    type=click.Path(path_type=Path),
    default="lists",
    show_default=True,
    help="Folder that keeps every version of every list.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for machines.")
_check = click.option("--check", is_flag=True, help="Exit with status 1 when something was found that wants a person.")


@click.group()
def lists() -> None:
    """Sanctions lists: bring them in, keep them up to date, see what is in them and what changed."""


@lists.command()
@click.argument("name")
@click.argument("source", nargs=-1)
@_store
@click.option("--format", "format_", default=None, help="Format; found out from the content when left out.")
@click.option("--mapping", type=click.Path(path_type=Path), default=None, help="TOML file naming a CSV's columns.")
@click.option("--link", default=None, help="SOURCE is a page: take the file linked there whose name ends so.")
@click.option("--every", type=click.IntRange(1), default=None, help="Days between updates; 1 when left out.")
@click.option("--published", type=_DAY, default=None, help="Day the files were published, if they do not say it.")
@click.option("--held", type=_DAY, default=None, help="Since when the house had the files; today when left out.")
@click.option("--no-fetch", is_flag=True, help="Only write the address down.")
@_json
def add(
    name: str,
    source: tuple[str, ...],
    folder: Path,
    format_: str | None,
    mapping: Path | None,
    link: str | None,
    every: int | None,
    published: datetime | None,
    held: datetime | None,
    no_fetch: bool,
    as_json: bool,
) -> int:
    """Add the list NAME from SOURCE, one or more addresses or files, and bring it in.

    Known without a SOURCE: ofac-sdn, ofac-consolidated, un, eu, uk, canada. Files given for a list that is known or
    there already are taken as a version of it, such as one from an archive.
    """
    from caudal.register.store import Store
    from caudal.register.store.add import add as add_list
    from caudal.register.store.update import update as update_lists

    store = Store(folder)
    outcome = add_list(
        store,
        name,
        source,
        format=format_,
        mapping=mapping,
        link=link,
        every_days=every,
        published=published.date() if published else None,
        held=held.date() if held else None,
    )
    if outcome is None and no_fetch:
        _print(
            {"name": name, "status": "added"},
            [f"{name}: written down; `caudal lists update {name}` fetches it"],
            as_json,
        )
        return 0
    return _tell([outcome] if outcome else update_lists(store, [name]), as_json=as_json, check=False)


@lists.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_store
@click.option("--confirm", multiple=True, metavar="NAME", help="Accept the version of this list that waits.")
@click.option("--by", default=None, help="With --confirm: the person who looked at it.")
@_json
@_check
def update(
    names: tuple[str, ...], folder: Path, confirm: tuple[str, ...], by: str | None, as_json: bool, check: bool
) -> int:
    """Ask the publishers of the lists NAME, or of all lists, for what is new, and show what changed.

    A version that cannot be read is refused, and one that lost 10% of its entries waits until a person confirms it;
    until then the version before stays in force. Exit status 2 when a list could not be updated.
    """
    from caudal.register.store import Store
    from caudal.register.store.update import confirm as confirm_list
    from caudal.register.store.update import update as update_lists

    store = Store(folder)
    if confirm and not by:
        raise InputError("say who confirms", field="--by")
    if by and not confirm:
        raise InputError("say which list is confirmed", field="--confirm")
    if not confirm and not store.lists:
        raise InputError("the store holds no list yet; see `caudal lists add`", file=str(folder))
    outcomes = [confirm_list(store, name, by) for name in confirm if by]
    if names or not confirm:
        outcomes += update_lists(store, names, begin=_asking)
    return _tell(outcomes, as_json=as_json, check=check)


@lists.command()
@click.argument("paths", nargs=-1)
@_store
@click.option("--find", "text", default=None, help="Show the entities with this name.")
@click.option("--groups", is_flag=True, help="Show the groups of interest and their designations.")
@click.option("--versions", is_flag=True, help="Show every version held of the lists of the store.")
@click.option("--as-of", type=_DAY, default=None, help="Day whose law is applied; today when left out.")
@click.option("--known-at", type=_DAY, default=None, help="Only what the house held on that day.")
@_json
def show(
    paths: tuple[str, ...],
    folder: Path,
    text: str | None,
    groups: bool,
    versions: bool,
    as_of: datetime | None,
    known_at: datetime | None,
    as_json: bool,
) -> int:
    """Show the lists of the store with their age, and what is in them, in list files and in the built-in register.

    PATHS are files, folders or names of lists of the store; the whole store when left out.
    """
    from caudal.register.store import Store

    store = Store(folder)
    held = store.lists
    named = [held[p] for p in paths if p in held and not Path(p).exists()]
    records = named if paths else list(held.values())
    today = datetime.now(UTC).date()
    facts: dict[str, Any] = {}
    out: list[str] = []
    if records:
        from caudal.register.store.words import record_lines

        facts["lists"] = [_record(record, today) for record in records]
        for record in records:
            out += record_lines(record, today, versions)
    if paths or not records or text is not None or groups:
        known = known_at.date() if known_at else None
        register = _register(store, paths, [r.name for r in records], as_of.date() if as_of else date.today(), known)
        out += _register_lines(register, facts, text, groups)
    _print(facts, out, as_json)
    return 0


@lists.command()
@click.argument("old")
@click.argument("new", required=False)
@_store
@click.option("--group", default=None, help="Only entries of this group of interest, by id or name.")
@click.option("--format", "format_", default=None, help="Format of the files; found out from the content otherwise.")
@click.option("--mapping", type=click.Path(path_type=Path), default=None, help="TOML file naming the files' columns.")
@_json
@_check
def diff(
    old: str,
    new: str | None,
    folder: Path,
    group: str | None,
    format_: str | None,
    mapping: Path | None,
    as_json: bool,
    check: bool,
) -> int:
    """Show which entries were added, removed and amended from OLD to NEW, and what changed in them.

    Each is a file, a folder, or a list of the store: NAME for the version in force, NAME@DAY or NAME@HASH for another.
    A NAME alone compares the version that waits with the one in force, or the last two.
    """
    from caudal.register.store import Store, compare
    from caudal.register.store.words import diff_lines

    store = Store(folder)
    changes = compare(*_sides(store, old, new, format_, mapping))
    if group is not None:
        changes = changes.of_group(_group_id(group))
    out = [f"{changes.old} -> {changes.new}", *diff_lines(changes, whole=True)]
    _print(changes.as_dict(), out, as_json)
    return 1 if check and changes else 0


@lists.command()
@click.argument("entity")
@_store
@click.option("--list", "names", multiple=True, metavar="NAME", help="Only this list; may be given several times.")
@_json
def history(entity: str, folder: Path, names: tuple[str, ...], as_json: bool) -> int:
    """Show when ENTITY, an id or a name, was first and last seen on the lists of the store, and what changed."""
    from caudal.register.store import Store
    from caudal.register.store import history as history_of
    from caudal.register.store.words import history_lines

    found = history_of(Store(folder), entity, names or None)
    facts = [
        {
            "list": one.name,
            "id": one.entity.id,
            "caption": one.entity.caption,
            "first_seen": one.first_seen,
            "in_first_version": one.from_start,
            "last_seen": one.last_seen,
            "listed": one.listed,
            "events": [
                {
                    "published": event.published,
                    "kind": event.kind,
                    "changes": [
                        {"field": c.field, "added": list(c.added), "removed": list(c.removed)} for c in event.changes
                    ],
                }
                for event in one.events
            ],
        }
        for one in found
    ]
    _print(facts, [line for one in found for line in history_lines(one)], as_json)
    return 0


def _asking(name: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"asking for {name} ...", err=True)


def _tell(outcomes: list[Outcome], *, as_json: bool, check: bool) -> int:
    """Print what an update brought; 2 where a list failed, 1 with --check where one waits."""
    from caudal.register.store.words import diff_lines

    facts = [
        {
            "name": o.name,
            "status": o.status,
            "reason": o.reason,
            "version": o.version.model_dump(mode="json", exclude_none=True) if o.version else None,
            "changes": o.diff.as_dict() if o.diff else None,
        }
        for o in outcomes
    ]
    out: list[str] = []
    for o in outcomes:
        what = f"{o.version.published}, {o.version.entries:,} entries" if o.version else "no version held"
        what += f", {o.version.rejected:,} rows set aside" if o.version and o.version.rejected else ""
        if o.status == "failed":
            click.echo(f"caudal: {o.name} is not updated, {o.reason}", err=True)
            out.append(f"{o.name}: FAILED; in force stays: {what}")
        elif o.status == "waiting":
            out.append(f"{o.name}: WAITS for a person: {o.reason}")
            out.append(f"    see `caudal lists diff {o.name}`; accept with `--confirm {o.name} --by WHO`")
        else:
            by = f", confirmed by {o.version.accepted_by}" if o.version and o.reason else ""
            out.append(f"{o.name}: {o.status}, {what}{by}")
        if o.diff is not None:
            out += diff_lines(o.diff, whole=False)
    _print(facts, out, as_json)
    if any(o.status == "failed" for o in outcomes):
        return 2
    return 1 if check and any(o.status == "waiting" for o in outcomes) else 0


def _record(record: ListRecord, today: date) -> dict[str, Any]:
    """A list of the store in plain values."""
    facts: dict[str, Any] = record.model_dump(mode="json", exclude_none=True)
    return {**facts, "dataset": record.dataset, "age_days": record.age(today), "missed": record.missed(today)}


def _register(store: Store, paths: tuple[str, ...], names: list[str], as_of: date, known: date | None) -> Register:
    from caudal.register import Register

    files: list[Path | ListSource] = [Path(p) for p in paths if p not in names]
    files += store.sources(names, known_at=known, history=False)
    return Register.load(files, as_of=as_of, known_at=known)


def _register_lines(register: Register, facts: dict[str, Any], text: str | None, groups: bool) -> list[str]:
    facts["versions"] = [
        {"dataset": v.dataset, "version": v.version, "entries": v.entries, "published": v.published}
        for v in register.versions
    ]
    facts["entities"] = len(register)
    facts["rejected"] = register.rejected.num_rows
    out = [f"{v['dataset']:<16} {v['version']:<40} {v['entries']:>8,} entries" for v in facts["versions"]]
    out.append(f"{facts['entities']:,} entities; {facts['rejected']:,} entries set aside")
    if text is not None:
        facts["found"] = [_entity(e) for e in register.find(text)]
        out += _entity_lines(facts["found"]) or [f"nobody is listed as {text!r}"]
    if groups:
        facts["groups"] = [{"id": g.id, "name": g.name, "entities": len(g.entity_ids)} for g in register.groups]
        out += [f"{g['id']:<30} {g['name']:<36} {g['entities']:>5} listed" for g in facts["groups"]]
    return out


def _sides(
    store: Store, old: str, new: str | None, format_: str | None, mapping: Path | None
) -> tuple[Snapshot, Snapshot]:
    if new is not None:
        return _side(store, old, format_, mapping), _side(store, new, format_, mapping)
    if Path(old).exists() and old not in store.lists:
        raise InputError("one file has nothing to be compared with; name two, or a list of the store", file=old)
    record = store.record(old)
    held = record.held(None)
    pair = [*held[-1:], record.refused.version] if record.refused else held[-2:]
    if len(pair) < 2:
        raise InputError(f"the store holds one version of {old} only" if pair else f"{old} has no version yet")
    return _version(store, record, pair[0]), _version(store, record, pair[1])


def _side(store: Store, text: str, format_: str | None, mapping: Path | None) -> Snapshot:
    """A file, or a version of a list of the store."""
    from caudal.register import ListSource
    from caudal.register.store import read_snapshot

    name, _, which = text.partition("@")
    if Path(text).exists() or name not in store.lists:
        return read_snapshot(ListSource(Path(text), format_, None, mapping), text)
    record = store.record(name)
    version = record.find(which) if which else record.current
    if version is None:
        held = ", ".join(f"{v.published} ({v.hash[:12]})" for v in record.versions) or "none"
        raise InputError(f"there is no version {which!r} of {name}; held: {held}", file=str(store.folder))
    return _version(store, record, version)


def _version(store: Store, record: ListRecord, version: Version) -> Snapshot:
    from caudal.register.store import read_snapshot

    return read_snapshot(store.source(record, version), f"{record.name} of {version.published}")


def _group_id(text: str) -> str:
    from caudal.register import Register

    return Register.load([]).group(text).id


def _entity(entity: Any) -> dict[str, Any]:
    return {
        "id": entity.id,
        "schema": entity.schema,
        "caption": entity.caption,
        "names": [n.name for n in entity.names],
        "designations": [
            {
                "authority": d.authority,
                "effective": d.effective.isoformat() if d.effective else None,
                "ended": d.ended.isoformat() if d.ended else None,
                "source": d.source,
            }
            for d in entity.designations
        ],
    }


def _entity_lines(entities: list[dict[str, Any]]) -> list[str]:
    out = []
    for e in entities:
        out.append(f"{e['caption']} ({e['schema']}, {e['id']}), also {', '.join(e['names'][1:6]) or 'no other name'}")
        out += [
            f"    {d['authority']:<28} from {d['effective'] or 'unknown day'}"
            + (f" to {d['ended']}" if d["ended"] else "")
            + f"  {d['source']}"
            for d in e["designations"]
        ]
    return out


def _print(facts: Any, text: list[str], as_json: bool) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1, default=str) if as_json else "\n".join(text))
