"""A list comes into the store: its publisher's address, a file of one's own, or an older version from an archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

from pydantic import ValidationError

from caudal.errors import InputError
from caudal.register.store.arrive import Outcome, arrive, now_utc, read_gathered
from caudal.register.store.gather import absolute, copy, together
from caudal.register.store.index import ListRecord, Source
from caudal.register.store.known import known_lists
from caudal.register.store.where import Store


def add(
    store: Store,
    name: str,
    given: Sequence[str] = (),
    *,
    format: str | None = None,
    mapping: Path | None = None,
    link: str | None = None,
    every_days: int | None = None,
    published: date | None = None,
    held: date | None = None,
) -> Outcome | None:
    """Write down a list and, where files are given, take them in as a version.

    Args:
        store: where to.
        name: what to call it; a known list's name brings its addresses.
        given: address(es), or file(s) of one version. Files given for a list that is there already, or known, are a
            version of it, from an archive say; its addresses stay.
        format: the format, where it is not to be found out from the content.
        mapping: the TOML file that names the columns of a CSV.
        link: the address is a page; the list is the file linked there whose name ends so.
        every_days: how often its publisher is to be asked; every day when left out.
        published: the day the files were published, where they do not say it.
        held: since when the house had the files; today when left out.

    Returns:
        What became of the files; None where there were none, and the list is still to be fetched.

    Raises:
        InputError: there is nothing to add, or a file cannot be used.
    """
    urls = [g for g in given if Source(at=g).is_url] if all(given) else []
    if len(urls) not in {0, len(given)}:
        raise InputError("give addresses or files, not both", field="source")
    files = [] if urls else [Path(g) for g in given]
    there = store.lists.get(name)
    known = known_lists().get(name)
    if urls:
        sources = tuple(Source(at=url, link=link) for url in urls)
    elif there is not None:
        sources = there.sources
    elif known is not None:
        sources = known.sources
    elif files:
        sources = tuple(Source(at=str(file)) for file in files)
    else:
        names = ", ".join(known_lists())
        raise InputError(f"say where the list {name!r} comes from; known without that: {names}", field="source")
    days = every_days or (there.every_days if there else known.every_days if known else 1)
    _put(store, name, sources, format, mapping, days)
    if not files:
        return None
    try:
        return import_files(store, name, files, published=published, held=held)
    except BaseException:
        if there is None:
            store.drop(name)
        raise


def _put(
    store: Store, name: str, sources: Sequence[Source], format: str | None, mapping: Path | None, every_days: int
) -> None:
    columns = str(mapping.absolute()) if mapping else None
    try:
        record = ListRecord(
            name=name,
            sources=tuple(absolute(s) for s in sources),
            format=format,
            mapping=columns,
            every_days=every_days,
        )
    except ValidationError as error:
        what = error.errors()[0]["loc"][0]
        reason = (
            f"{name!r} is no name for a list: lower case letters, digits, and hyphens between them"
            if what == "name"
            else str(error.errors()[0]["msg"])
        )
        raise InputError(reason, field=str(what)) from error
    held = store.lists.get(name)
    if held is not None:
        record = held.model_copy(
            update={
                "sources": record.sources,
                "format": format or held.format,
                "mapping": columns or held.mapping,
                "every_days": every_days,
            }
        )
    store.put(record)


def import_files(
    store: Store, name: str, paths: Sequence[Path], *, published: date | None = None, held: date | None = None
) -> Outcome:
    """Put a version from files in its place in a list's history, measured against the one published just before it.

    Args:
        store: the lists.
        name: a list of the store.
        paths: the file, or the files, of that one version.
        published: the day of publication, where the files do not say it.
        held: since when the house had it; today when left out. `known_at` goes by this day.

    Raises:
        InputError: a file cannot be used, or the version wants a person while another one waits already.
    """
    record = store.record(name)
    since = datetime.combine(held, time(), UTC) if held else now_utc()
    with store.workplace() as work:
        got = together(work, copy(paths, work, set()))
        try:
            snapshot, got = read_gathered(record, work, got, published)
        except InputError as error:
            raise InputError(error.reason, _as_given(error.file, work, paths), error.row, error.field) from error
        same = [v for v in record.versions if v.hash == got.hash and v.published == snapshot.published]
        if same:
            return Outcome(name, "unchanged", None, same[-1])
        before = [v for v in record.versions if v.published < snapshot.published]
        return arrive(store, record, work, got, snapshot, before[-1] if before else None, since)


def _as_given(file: str | None, work: Path, paths: Sequence[Path]) -> str | None:
    """A file inside the store's workplace as the person named it."""
    if file is None or not Path(file).is_relative_to(work):
        return file
    same = [path for path in paths if path.name == Path(file).name or (len(paths) == 1 and path.is_file())]
    return str(same[0]) if same else Path(file).name
