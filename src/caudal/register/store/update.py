"""Bringing the store up to date: ask each publisher, accept what passes, keep what does not for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from caudal.errors import InputError
from caudal.register.store.arrive import Outcome, arrive, asked, now_utc, read_gathered, read_held
from caudal.register.store.diff import compare
from caudal.register.store.fetch import Limits
from caudal.register.store.gather import gather
from caudal.register.store.index import Failure, ListRecord
from caudal.register.store.where import Store


def update(
    store: Store,
    names: Iterable[str] = (),
    *,
    now: datetime | None = None,
    limits: Limits | None = None,
    begin: Callable[[str], None] | None = None,
) -> list[Outcome]:
    """Ask for each list; what goes wrong with one does not keep the others from being updated.

    Args:
        store: the lists.
        names: these lists; all when left out.
        now: the time that counts as now (UTC).
        limits: how patient to be.
        begin: told each list's name before it is asked for.

    Raises:
        InputError: there is no list of a name, or the index cannot be read or written.
    """
    lists = store.lists
    outcomes = []
    for name in [store.record(n).name for n in names] or lists:
        if begin:
            begin(name)
        outcomes.append(_one(store, lists[name], now or now_utc(), limits or Limits()))
    return outcomes


def _one(store: Store, record: ListRecord, now: datetime, limits: Limits) -> Outcome:
    name, current = record.name, record.current
    with store.workplace() as work:
        try:
            got = gather(store, record, work, now, limits)
            if got is None or (current is not None and got.hash == current.hash):
                kept = store.alter(name, lambda r: asked(r, now).model_copy(update={"refused": None}))
                return Outcome(name, "unchanged", None, kept.current)
            snapshot, got = read_gathered(record, work, got)
            return arrive(store, record, work, got, snapshot, current, now)
        except InputError as error:
            reason = str(error).replace(f"{work}/", "")
            failure = Failure(at=now, reason=reason)
            store.alter(name, lambda r: r.model_copy(update={"failure": failure}))
            return Outcome(name, "failed", reason, current)


def confirm(store: Store, name: str, by: str, *, now: datetime | None = None) -> Outcome:
    """Bring the version of a list that waits into force, on a person's word.

    Raises:
        InputError: no person is named, no version waits, or its file is gone or damaged.
    """
    who = " ".join(by.split())
    if not who:
        raise InputError("say who confirms", field="by")
    record = store.record(name)
    if record.refused is None:
        raise InputError(f"no version of {name} waits to be confirmed", file=str(store.folder))
    waiting = record.refused.version
    new = read_held(store, record, waiting)
    old = read_held(store, record, record.current)
    accepted = waiting.model_copy(update={"accepted_at": now or now_utc(), "accepted_by": who})

    def change(held: ListRecord) -> ListRecord:
        if held.refused is None or held.refused.version.hash != waiting.hash:
            raise InputError(f"another version of {name} waits by now; look at it first", file=str(store.folder))
        return held.accept(accepted)

    store.alter(name, change)
    return Outcome(name, "new", record.refused.reason, accepted, compare(old, new) if old and new else None)
