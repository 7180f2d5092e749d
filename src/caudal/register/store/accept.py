"""Whether a new version of a list may come into force by itself, or only when a person says so."""

from __future__ import annotations

from caudal.register.store.snapshot import Snapshot

LOST_PERCENT = 10
"""A version that lacks this share of the entries of the one before is not accepted without a person."""


def doubts(new: Snapshot, old: Snapshot | None) -> list[str]:
    """Why a person has to look at a version first; empty where nothing speaks against it.

    A first version has nothing to be measured against. Entries count as lost by their id, so a list that was swapped
    for another of the same length is caught as well.
    """
    if old is None:
        return []
    found = []
    lost = sum(entity_id not in new.entities for entity_id in old.entities)
    if lost * 100 >= LOST_PERCENT * len(old.entities):
        share = lost * 100 / len(old.entities)
        found.append(
            f"it lacks {lost:,} of {len(old.entities):,} entries ({share:.0f}%) of the version of {old.published}"
        )
    if new.dataset != old.dataset:
        found.append(f"it is the list {new.dataset}, and {old.dataset} is held")
    if new.published < old.published:
        found.append(f"it is of {new.published}, older than the version held, of {old.published}")
    return found
