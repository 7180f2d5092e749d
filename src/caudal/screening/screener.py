"""The screener: is this party, or a name in this payment text, a designated one, and how sure are we."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.errors import InputError
from caudal.screening.addresses import AddressWords
from caudal.screening.bands import BIRTH_DAY, Bands, Costs
from caudal.screening.calibration import Calibration
from caudal.screening.dated import most_but_day
from caudal.screening.encoded import EncodedNames
from caudal.screening.evidence import KEPT_BELOW, Evidence, name_reasons, weigh
from caudal.screening.found import Found, Hit
from caudal.screening.frozen import Frozen, census
from caudal.screening.listed import Listed, RegisterLike
from caudal.screening.lookups import best_names
from caudal.screening.matcher import Births, Pairing, Progress, Scratch
from caudal.screening.near import Side, near_table
from caudal.screening.population import Counts, Population
from caudal.screening.properties import beside_number, name_bits, property_reasons, strong_number
from caudal.screening.reason import Reason
from caudal.screening.screened import REMEMBERED, Parties, PartiesTable, Subjects, encode_parties
from caudal.screening.spelling import TokenIndex
from caudal.screening.subjects import Subject, subject
from caudal.screening.text_numbers import NumberFound, numbers_in
from caudal.screening.text_words import distinct_texts, read_texts
from caudal.screening.texts import Mention, TextFinder
from caudal.screening.weights import Weights
from caudal.tables import MATCHES

CANDIDATES = 64
"""Listed parties looked at per name, the best by name."""
NO_LINE = -1_000.0
"""Bits that every pair of names reaches."""
CORES = os.cpu_count() or 1
"""Threads, where it is not said how many."""
MOST_KEPT = 10
"""Pairs kept per party."""


_NOTHING = MATCHES.empty()


@dataclass(frozen=True, eq=False)
class Known:
    """One side of a comparison: names with what is known of their words, kinds of the names, and their typo index."""

    side: Side
    kinds: list[str]
    index: TokenIndex


class Screener:
    """Compares parties and payment texts with everyone in a register.

    Args:
        register: gives `tables()` with `entities` and `names` (a `caudal.Register`, or anything that does).
        threshold: from which a pair is an alert: a probability (under 1) or bits of evidence (1 and more). Where
            neither it nor costs nor a base rate are stated it is `Weights.alert_bits`.
        weights: the model; the default is the one measured in benchmarks/screening.
        costs: what a miss, a false alert and a question cost; they give the threshold where none is given, and the
            ask band (see `bands`).
        base_rate: share of the screened parties that are listed (see `calibration`), 1 in 1,000 where it is not said.
        frozen: the lists and customers of an earlier day, by which parties are weighed in place of today's.

    Raises:
        InputError: the threshold is not above 0, or the base rate not between 0 and 1.
    """

    def __init__(
        self, register: RegisterLike | Listed, threshold: float | None = None, *, weights: Weights | None = None,
        costs: Costs | None = None, base_rate: float | None = None, frozen: Frozen | None = None,
    ) -> None:  # fmt: skip
        listed = register if isinstance(register, Listed) else Listed.of(register)
        self._set(listed, threshold, weights, costs, base_rate, frozen)

    def _set(
        self, listed: Listed, threshold: float | None, weights: Weights | None, costs: Costs | None,
        base_rate: float | None, frozen: Frozen | None = None,
    ) -> None:  # fmt: skip
        self.weights = weights or Weights()
        self.calibration = Calibration().at(base_rate)
        if threshold is None and costs is None and base_rate is None:
            threshold = self.weights.alert_bits
        if threshold is not None and threshold >= 1:
            threshold = self.calibration.probability(threshold)
        self.bands = Bands.of(costs or Costs(), threshold, self.calibration.per_bit)
        self.threshold = self.bands.threshold
        self.listed = listed
        self.about: dict[str, str] = {}
        self._learned: Population | None = None
        self._frozen = frozen
        self._weights = self.weights.array()
        self._scratch = Scratch()
        self._sides: dict[tuple[Any, ...], Known] = {}

    def save(self, folder: str | Path, about: Mapping[str, str] | None = None) -> None:
        """Write the index of the lists to a folder, whole or not at all, for `load`.

        Args:
            folder: a new or empty one, or one that holds an index.
            about: anything that says what the index was made from, such as the hash of the list files.

        Raises:
            InputError: the folder holds something else.
        """
        self.listed.save(Path(folder), about or {})

    @classmethod
    def load(
        cls, folder: str | Path, threshold: float | None = None, *, weights: Weights | None = None,
        costs: Costs | None = None, base_rate: float | None = None, about: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> Screener:  # fmt: skip
        """A screener from an index on disk. It is mapped into memory, so that processes share it.

        Args:
            threshold, weights, costs, base_rate: as in making one.
            about: what `save` must have been told, where it matters.
            check: compare the files with their checksums.

        Raises:
            InputError: there is no index; it was made by another version of this program or from something else; or a
                file of it is missing or altered. Build it anew from the register then.
        """
        listed, said = Listed.load(Path(folder), check=check)
        if about is not None and dict(about) != said:
            raise InputError("the index was made from something else; build it anew", file=str(folder))
        found = cls.__new__(cls)
        found._set(listed, threshold, weights, costs, base_rate)
        found.about = said
        return found

    @property
    def population(self) -> Population:
        """The population that says how rare a name is: of the lists, blended with what was learned."""
        return self._learned or self.listed.reference.population

    def learn(self, parties: pa.Table | Sequence[Mapping[str, Any]]) -> Counts:
        """Take the population from a customer file, from now on, in place of what was learned before.

        What is screened later is then weighed against that population, one party as a thousand; a file that is
        screened no longer adds to it.

        Returns:
            The counts, which can be written with `Counts.save`.
        """
        who: Parties = PartiesTable(parties) if isinstance(parties, pa.Table) else Subjects.of(parties)
        names, _, _ = encode_parties(who)
        counts = Counts.of(who.kinds, names, distinct=True).shared()
        self.use(counts)
        return counts

    def use(self, counts: Counts | None) -> None:
        """Weigh against a population counted before (see `Counts.load`); None: against the lists and the file again."""
        self._learned = None if counts is None else self.listed.reference.population.with_file(counts)
        self._sides.clear()

    def stating(self, costs: Costs, base_rate: float | None = None) -> Screener:
        """A screener of the same lists whose line and bands follow from these costs and base rate.

        Raises:
            InputError: the base rate is not between 0 and 1.
        """
        other = copy(self)
        other.calibration = Calibration().at(base_rate)
        other.bands = Bands.of(costs, None, other.calibration.per_bit)
        other.threshold = other.bands.threshold
        return other

    @property
    def threshold_bits(self) -> float:
        """The threshold in bits of evidence."""
        return self.calibration.bits(self.threshold)

    def kept_from(self, below: float = KEPT_BELOW) -> float:
        """Bits from which pairs are kept: `below` under the threshold, or from where the first question is worth it."""
        asked = self.bands.ask_from(BIRTH_DAY)
        first = self.calibration.bits(asked) if asked < 1 else self.threshold_bits
        return min(self.threshold_bits - below, first)

    def compare(self, query: Any, entity: Any) -> Evidence:
        """The evidence that two parties are the same.

        Args:
            query, entity: FollowTheMoney dictionaries {"schema": ..., "properties": {...}} or register entities. The
                population is the register's; nothing of the two is looked up in it but how rare their names are.

        Raises:
            InputError: one of them is no entity.
        """
        a, b = subject(query), subject(entity)
        reasons: list[Reason] | None = None
        best: dict[str, str] = {}
        if a.names and b.names:
            ours, theirs = self._known_side(a), self._known_side(b)
            pairing = self._pairing_of(ours, theirs)
            queries, listed, kinds = ours.side.names, theirs.side.names, theirs.kinds
            q, t, bits = pairing.best(np.full((len(queries), 3), NO_LINE), Births.none(), 1, exhaustive=True)
            if q.size:
                at = int(np.argmax(bits))
                reasons = name_reasons(pairing, int(q[at]), int(t[at]), kinds[t[at]])
                best = _named(queries.parsed[q[at]].raw, listed.parsed[t[at]].raw, kinds[t[at]])
        if reasons is None:
            side = "query" if not _readable(a) else "listed entity"
            reasons = [Reason("name", 0.0, f"the {side} has no name that can be read: nothing to compare")]
        more = property_reasons(a, b, self.listed.address_words)
        reasons = (beside_number(reasons) if strong_number(more) else reasons) + more
        return weigh(reasons, self.bands, self.calibration, (a, b), **best)

    def match(
        self, parties: pa.Table | Sequence[Mapping[str, Any]], progress: Progress | None = None, *,
        exhaustive: bool = False, below: float = KEPT_BELOW, workers: int | None = None,
    ) -> pa.Table:  # fmt: skip
        """Possible matches of parties with listed entities, best first within a party.

        Args:
            parties: the parties table, or FollowTheMoney dictionaries with an `id`.
            progress: called with (names done, names in all).
            exhaustive: compare every pair of names instead of those that share tokens; slow, for checks.
            below: bits under the threshold within which pairs are kept.
            workers: threads, one per core where it is not said; the answer does not depend on how many.

        Returns:
            A MATCHES table: every pair within `below` bits of the threshold, with its `band`; at most MOST_KEPT
            a party.

        Raises:
            InputError: the table lacks a column of `parties`, or a dictionary is no entity.
        """
        who: Parties = PartiesTable(parties) if isinstance(parties, pa.Table) else Subjects.of(parties)
        queries, _, _ = encode_parties(who, self.listed.names)
        return self._match(who, queries, progress, exhaustive=exhaustive, below=below, workers=workers)

    def match_and_count(
        self, parties: pa.Table, progress: Progress | None = None, *, without: Set[str] = frozenset()
    ) -> tuple[pa.Table, Counts]:
        """As `match`, and how many parties bear each word (see `census`), their names taken apart once for both.

        Args:
            without: listed entities, by id, that are passed over as if they were on no list.
        """
        who = PartiesTable(parties)
        queries, _, _ = encode_parties(who, self.listed.names)
        passed = self.listed.subjects.rows(without)
        return self._match(who, queries, progress, passed=passed), Counts.of(who.kinds, queries, distinct=True)

    def _match(
        self, who: Parties, queries: EncodedNames, progress: Progress | None, *, exhaustive: bool = False,
        below: float = KEPT_BELOW, workers: int | None = None, passed: np.ndarray | None = None,
    ) -> pa.Table:  # fmt: skip
        """See `match`; `passed`: indices of listed entities that are passed over."""
        workers = workers or CORES
        if self._frozen is not None:
            pairing = self._frozen_pairing(queries, self._frozen, workers)
        else:
            population = self.population
            standing = self._learned is not None or len(who) <= 1
            if not standing:
                counts = Counts.of(who.kinds, queries, distinct=True)
                standing = counts.size <= 1  # one party alone says nothing of how common its names are
                if not standing:
                    population = population.with_file(counts)
            pairing = self._pairing(queries, population, keep=standing, workers=workers)
        among = np.ones(len(self.listed.subjects), np.bool_)
        if passed is not None:
            among[passed] = False
        now = datetime.now(UTC)
        rows = [
            self._matched(found.party.id, None, hit.entity, hit.evidence, now)
            for _, found in self._found(
                who, pairing, self.kept_from(below), among, exhaustive=exhaustive, progress=progress, workers=workers
            )
            for hit in found.hits
        ]
        return MATCHES.build(rows) if rows else _NOTHING

    def find(
        self, parties: Sequence[Any], *, among: np.ndarray | None = None, most: int = MOST_KEPT,
        below: float = KEPT_BELOW,
    ) -> list[Found]:  # fmt: skip
        """Possible matches of parties that have nothing to do with each other, such as questions put to a server.

        Nobody's answer depends on who else is asked about: all are weighed against the standing population (of the
        lists, or what was learned), each as if it were the only one.

        Args:
            parties: FollowTheMoney dictionaries; ids do not matter.
            among: per listed entity, in the order of `listed.subjects`, whether it may be found. It is looked at before
                the best are chosen, so that nobody left out takes another's place.
            most: hits explained per party. below: bits under the threshold within which pairs are looked at.

        Returns:
            One answer a party, in their order.

        Raises:
            InputError: a dictionary is no entity, or `among` has not the length of the lists.
        """
        size = len(self.listed.subjects)
        if among is None:
            among = np.ones(size, np.bool_)
        elif among.shape != (size,) or among.dtype != np.bool_:
            raise InputError(f"tell for each of the {size} listed entities whether it may be found", field="among")
        who = Subjects([subject(party) for party in parties])
        queries, _, _ = encode_parties(who, self.listed.names, apart=True)
        pairing = self._pairing(queries, self.population, keep=True, workers=1)
        answers = [Found(one) for one in who.parties]
        floor = self.threshold_bits - below
        for at, found in self._found(who, pairing, floor, among, most=most, top=max(CANDIDATES, most)):
            answers[at] = found
        return answers

    def _found(
        self, who: Parties, pairing: Pairing, floor: float, among: np.ndarray, *, most: int = MOST_KEPT,
        top: int = CANDIDATES, exhaustive: bool = False, progress: Progress | None = None, workers: int = 1,
    ) -> Iterator[tuple[int, Found]]:  # fmt: skip
        """Parties for which anything was found, by their index, and what: names and all else weighed.

        Args:
            floor: least bits of a pair. among: whether each listed entity may be found. most: hits explained a party.
            top: listed parties looked at per name.
        """
        # Where a birth date or an address may still speak for the pair, weaker name evidence is looked at.
        bare, dated = who.search_bits(floor).T
        keep = np.stack([bare, np.maximum(bare - most_but_day(), dated), dated], axis=1)[pairing.query.owner]
        births = Births(who.births(), self.listed.births)
        q, t, bits = pairing.best(
            keep, births, top, among=among, exhaustive=exhaustive, progress=progress, workers=workers
        )
        best: dict[int, dict[int, tuple[float, int, int]]] = {}
        party, entity = pairing.query.owner[q].tolist(), pairing.listed.owner[t].tolist()
        for p, e, score, a, b in zip(party, entity, bits.tolist(), q.tolist(), t.tolist(), strict=True):
            known = best.setdefault(p, {}).get(e)
            if known is None or score > known[0]:
                best[p][e] = (score, a, b)
        holders, numbers = who.identifiers()
        for p, entities in zip(holders, self.listed.holders(numbers), strict=True):
            for e in entities:
                if among[e] and e not in best.setdefault(p, {}):
                    best[p][e] = best_names(pairing, p, e)
        for p, one in _one_by_one(who, sorted(best)):
            pairs = []
            for e, (score, a, b) in best[p].items():
                more = property_reasons(one, self.listed.subjects[e], self._address_words)
                total = name_bits(score, more) + sum(reason.bits for reason in more)
                if total >= floor:
                    pairs.append((total, e, a, b, more))
            pairs.sort(key=lambda pair: (-pair[0], pair[1]))
            hits = [Hit(e, self._evidence(one, pairing, e, a, b, more)) for _, e, a, b, more in pairs[:most]]
            yield p, Found(one, tuple(hits), tuple(pair[0] for pair in pairs), len(best[p]) >= top)

    def match_texts(self, transfers: pa.Table, progress: Progress | None = None) -> pa.Table:
        """Listed names that stand whole inside payment texts, and numbers of listed parties.

        Args:
            transfers: needs `transfer_id` and `purpose`; `payer_account` and `payee_account` tell, where they are
                given, how many payment relations use a word. Every distinct text is read once.
            progress: called with (texts done, texts in all).

        Returns:
            A MATCHES table with `transfer_id` set, one row per transfer and listed entity.

        Raises:
            InputError: a column is missing.
        """
        texts, relations, holders = distinct_texts(transfers)
        ids = transfers.column("transfer_id").cast(pa.string()).combine_chunks()
        floor = self.kept_from()
        finder = TextFinder(self.listed, self.weights, floor)
        best: dict[tuple[int, int], Mention] = {}
        read = read_texts(texts)
        for mention in finder.find(read, relations, progress):
            key = (mention.text, int(self.listed.names.owner[mention.name]))
            if key not in best or mention.bits > best[key].bits:
                best[key] = mention
        numbers = numbers_in(texts, read, self.listed)
        now = datetime.now(UTC)
        found = []
        for text, entity in best.keys() | numbers.keys():
            evidence = self._in_text(entity, best.get((text, entity)), numbers.get((text, entity)))
            if evidence.bits >= floor:
                found.append((text, -evidence.bits, entity, evidence))
        rows = []
        for text, _, entity, evidence in sorted(found, key=lambda one: one[:3]):
            for transfer in ids.take(pa.array(holders.row(text))).to_pylist():
                rows.append(self._matched(None, transfer, entity, evidence, now))
        return MATCHES.build(rows) if rows else MATCHES.empty()

    def _in_text(self, entity: int, mention: Mention | None, number: NumberFound | None) -> Evidence:
        """The evidence of a name, a number, or both of a listed entity in a text."""
        reasons = [*(mention.reasons if mention is not None else ()), *((number.reason,) if number is not None else ())]
        words = mention.words if mention is not None else number.words if number is not None else ""
        if mention is not None:
            how, listed = self.listed.name_kinds[mention.name], self.listed.names.parsed[mention.name].raw
        else:
            how, listed = "primary", self.listed.subjects[entity].names[0][0]
        return weigh(reasons, self.bands, self.calibration, None, **_named(words, listed, how))

    def _matched(
        self, party: str | None, transfer: str | None, entity: int, evidence: Evidence, now: datetime
    ) -> dict[str, Any]:
        """One row of MATCHES."""
        return {
            "party_id": party,
            "transfer_id": transfer,
            "entity_id": self.listed.subjects.id(entity),
            "probability": evidence.probability,
            "bits": evidence.bits,
            "alert": evidence.alert,
            "band": evidence.band,
            "evidence": evidence.to_json(),
            "list_version": self.listed.version(entity),
            "screened_at": now,
        }

    def _pairing(self, queries: EncodedNames, population: Population, *, keep: bool, workers: int) -> Pairing:
        """Query names beside all listed ones."""
        reference = self.listed.reference
        facts = reference.facts(queries.words, population, keep=keep, workers=workers)
        side = Side(queries, facts.share, facts.mass, facts.common, facts.known)
        listed = self.listed.side(population)
        near = near_table(side, listed, facts.start, facts.tok, facts.level, reference, population, self.weights)
        return Pairing(queries, self.listed.names, near, self._weights, self._scratch)

    def _frozen_pairing(self, queries: EncodedNames, frozen: Frozen, workers: int) -> Pairing:
        """The same, weighed by the lists and customers of an earlier day."""
        reference = self.listed.reference
        facts = reference.facts(queries.words, reference.population, keep=False, workers=workers)
        side, listed = frozen.query_side(queries, facts, workers), frozen.listed_side(self.listed)
        start, tok, level = facts.start, facts.tok, facts.level
        near = near_table(side, listed, start, tok, level, reference, frozen.population, self.weights, frozen.beginning)
        return Pairing(queries, self.listed.names, near, self._weights, self._scratch)

    def freeze(self, parties: pa.Table) -> Frozen:
        """The lists and these parties as they are today, to weigh by on later days (see `frozen`)."""
        return Frozen(self.listed, census(parties).shared())

    @property
    def _address_words(self) -> AddressWords:
        return self.listed.address_words if self._frozen is None else self._frozen.listed.address_words

    def _known_side(self, who: Subject) -> Known:
        """A party's names and what is known of their words, remembered for the next comparison."""
        key = (who.names, who.kind, who.surnames)
        found = self._sides.get(key)
        if found is None:
            names, kinds, _ = encode_parties(Subjects([who]))
            reference = self.listed.reference
            facts = reference.facts(names.words, self.population, keep=True)
            found = Known(
                Side(names, facts.share, facts.mass, facts.common, facts.known),
                kinds,
                TokenIndex(names.words, None, reference.forms),
            )
            if len(self._sides) > REMEMBERED:
                self._sides.clear()
            self._sides[key] = found
        return found

    def _pairing_of(self, query: Known, listed: Known) -> Pairing:
        """The names of two parties."""
        reference = self.listed.reference
        near = listed.index.join(query.side.names.words)
        start = near.starts(query.side.names.real)
        table = near_table(
            query.side, listed.side, start, near.right, near.level, reference, self.population, self.weights
        )
        return Pairing(query.side.names, listed.side.names, table, self._weights, self._scratch)

    def _evidence(self, who: Subject, pairing: Pairing, entity: int, a: int, b: int, more: list[Reason]) -> Evidence:
        """The evidence of a pair: of names a and b, -1 where there are none, and all else."""
        on_list = self.listed.subjects[entity]
        if a >= 0:
            how = self.listed.name_kinds[b]
            reasons = name_reasons(pairing, a, b, how)
            reasons = beside_number(reasons) if strong_number(more) else reasons
            names = _named(pairing.query.parsed[a].raw, pairing.listed.parsed[b].raw, how)
        else:
            reasons = [Reason("name", 0.0, "one side has no name that can be read: only numbers were compared")]
            first = who.names[0][0] if who.names else ""
            names = _named(first, on_list.names[0][0] if on_list.names else "", "primary")
        return weigh(reasons + more, self.bands, self.calibration, (who, on_list), **names)


def _one_by_one(subjects: Parties, rows: list[int]) -> Iterator[tuple[int, Subject]]:
    """Rows and the parties there, read many at a time."""
    for low in range(0, len(rows), REMEMBERED):
        some = rows[low : low + REMEMBERED]
        yield from zip(some, subjects.some(some), strict=True)


def _named(query: str, listed: str, kind: str) -> dict[str, str]:
    return {"query": query, "listed": listed, "kind": kind}


def _readable(who: Subject) -> bool:
    encoded, _, _ = encode_parties(Subjects([who]))
    return bool(encoded.real)
