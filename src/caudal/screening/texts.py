"""Listed names inside payment texts.

A text is no name: most of its words are about something else, and any of them could be part of somebody's name. So
only whole names count, all distinctive words of one alias together, and only where they are rare enough to mean that
party and no other. Rarity here also asks how many payment relations use the word: one that many payers write is a
word of trade, whatever a list makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from caudal.screening.encoded import Spelled
from caudal.screening.evidence import one_in
from caudal.screening.listed import Listed
from caudal.screening.matcher import Progress
from caudal.screening.names import PERSON
from caudal.screening.phrases import CORE, LEGAL, NUMBER, PARTICLE, PLACE, ROLE_WORDS, TRADE, common_names
from caudal.screening.reason import Reason
from caudal.screening.spelling import EXACT, FORM, LEVELS, LOOSE, ONE_EDIT, SOUND
from caudal.screening.text_kernels import possible
from caudal.screening.text_words import LONGEST_TEXT, Runs, TextWords, runs_of, sorted_distinct
from caudal.screening.weights import Weights

SHORTEST_LONE = 8
"""Letters a name of one word must have; a shorter one is too easily part of something else."""
NEAR_LETTERS = {EXACT: 2, SOUND: 6, FORM: 6, ONE_EDIT: 6, LOOSE: 9}
"""Letters a word must have to count at each nearness."""
MOST_GAP = 1
"""Foreign words allowed between the words of a name, besides particles, legal forms and titles."""
GAP_BITS = -2.0
LONE_BITS = -4.0
"""One distinctive word, without the legal form the list gives beside it: it may be an ordinary word."""
SURE_LONE = 12
"""Letters from which one rare word stands for itself."""
TEXT_STRENGTH = 2_000
"""Weight of the names' population beside the texts', in payment relations."""
BLOCK = 50_000
"""Texts looked at between two reports of progress."""


@dataclass(frozen=True)
class Mention:
    """A listed name found in a text: which text, which listed name, the words that show it, and the reasons."""

    text: int
    name: int
    words: str
    reasons: tuple[Reason, ...]

    @property
    def bits(self) -> float:
        """Weight of the evidence in bits."""
        return sum(reason.bits for reason in self.reasons)


@dataclass(frozen=True)
class _Anchored:
    """A listed name that may be looked for: its essential tokens by position in it, and which of them is rarest."""

    name: int
    essential: tuple[int, ...]
    anchor: int


@dataclass(frozen=True)
class _Near:
    """Per word of the texts the listed tokens near it, ascending, and for every position what it makes with the next.

    Attributes:
        start, tok, level, share, bits: rows of word w are start[w] to start[w + 1] - 1.
        joined: listed token that the words at a position and the next one make together, or -1;
            joined_share, joined_bits: of it.
    """

    start: np.ndarray
    tok: np.ndarray
    level: np.ndarray
    share: np.ndarray
    bits: np.ndarray
    joined: np.ndarray
    joined_share: np.ndarray
    joined_bits: np.ndarray


class TextFinder:
    """Finds whole listed names in texts.

    Args:
        listed: everyone on the lists; weights: the model; floor: bits under which a name is not reported.
    """

    def __init__(self, listed: Listed, weights: Weights, floor: float) -> None:
        self._listed, self._weights, self._floor = listed, weights, floor
        self.wanted = self._looked_for()
        names = listed.names
        by_anchor: list[list[int]] = [[] for _ in range(names.real)]
        needs: list[list[int]] = []
        reach = np.zeros(len(self.wanted), np.int64)
        extra = np.full(len(self.wanted), weights.whole + weights.in_text)
        for at, anchored in enumerate(self.wanted):
            name, start = names.spelled(anchored.name), int(names.start[anchored.name])
            by_anchor[int(names.tok[start + anchored.anchor])].append(at)
            needs.append([int(names.tok[start + k]) for k in anchored.essential])
            reach[at] = len(name.tokens) + MOST_GAP
            extra[at] += weights.boilerplate_cap + (weights.weak_alias if names.weak[anchored.name] else 0.0)
        self._anchors, self._needs = runs_of(by_anchor), runs_of(needs)
        self._reach, self._extra = reach, extra

    def _looked_for(self) -> list[_Anchored]:
        """The names that could be told from ordinary words of a text, and reach the floor."""
        names, weights = self._listed.names, self._weights
        bits = -np.log2(self._listed.reference.population.shares())
        most = self._floor - weights.whole - weights.in_text - weights.boilerplate_cap
        found = []
        for n in range(len(names)):
            name, start = names.spelled(n), int(names.start[n])
            essential = tuple(k for k, role in enumerate(name.roles) if role <= PLACE)
            if not any(name.roles[k] == CORE for k in essential):
                # A name of common words only is that name only when all of them stand there.
                essential = tuple(k for k, role in enumerate(name.roles) if role != PARTICLE)
            core = [k for k in essential if name.roles[k] in (CORE, NUMBER)]
            if not essential or not self._tellable(name, essential, core):
                continue
            weak = weights.weak_alias if names.weak[n] else 0.0
            if sum(float(bits[names.tok[start + k]]) for k in essential) + weak < most:
                continue
            anchor = max(essential, key=lambda k: float(bits[names.tok[start + k]]))
            found.append(_Anchored(n, essential, anchor))
        return found

    @staticmethod
    def _tellable(name: Spelled, essential: tuple[int, ...], core: list[int]) -> bool:
        """Whether a name could be told from ordinary words of a text."""
        if any(len(name.tokens[k]) == 1 and not name.tokens[k].isdigit() for k in essential):
            return False
        if len(essential) == 1:
            word = name.tokens[essential[0]]
            return bool(core) and len(word) >= SHORTEST_LONE and word not in common_names()
        return True

    def find(self, read: TextWords, relations: Runs, progress: Progress | None = None) -> Iterator[Mention]:
        """Mentions in distinct texts, text by text.

        Args:
            read: distinct payment texts.
            relations: for each text the ids of the payer-payee relations that use it, each once.
            progress: called with (texts done, texts in all).
        """
        near = self._near(read, relations)
        for low in range(0, len(read.words), BLOCK):
            high = min(low + BLOCK, len(read.words))
            texts, names = possible(
                read.words.start, read.words.value, near.joined, near.joined_bits, near.start, near.tok, near.bits,
                self._anchors.start, self._anchors.value, self._needs.start, self._needs.value, self._reach,
                self._extra, self._floor, low, high,
            )  # fmt: skip
            pairs = sorted_distinct(texts * max(len(self.wanted), 1) + names)
            for text, group in groupby(pairs.tolist(), key=lambda pair: pair // len(self.wanted)):
                yield from self._in_text(read, near, text, {pair % len(self.wanted) for pair in group})
            if progress is not None:
                progress(high, len(read.words))

    def _near(self, read: TextWords, relations: Runs) -> _Near:
        """What of the lists each word of the texts is near to, and what that is worth."""
        reference, weights = self._listed.reference, self._weights
        texts = read.vocabulary
        n = len(texts)
        left, right, level = self._pairs(texts)
        shares = reference.population.shares()
        around = np.zeros((n, LEVELS))
        np.add.at(around, (left, level), shares[right])
        around = np.cumsum(around, axis=1)
        relevant = np.zeros(n, np.bool_)
        relevant[left] = True
        text_share = _shares_in_texts(read.words, relations, relevant)
        length = np.fromiter(map(len, texts), np.int64, n)
        least = np.array([NEAR_LETTERS.get(how, LONGEST_TEXT) for how in range(LEVELS)])
        keep = length[left] >= least[level]
        left, right, level = left[keep], right[keep], level[keep]
        order = np.lexsort((right, left))
        left, right, level = left[order], right[order], level[order]
        share = np.maximum(np.maximum(shares[right], around[left, level]), text_share[left])
        joined = self._joined(read)
        known = np.fromiter((read.ids.get(text, -1) for text in reference.texts), np.int64, shares.size)
        together = np.where(known >= 0, text_share[known] if n else 0.0, 0.0)
        joined_share = np.maximum(shares, together)[joined]
        zeros = np.zeros(joined.size, np.int64)
        return _Near(
            start=np.searchsorted(left, np.arange(n + 1)),
            tok=right,
            level=level,
            share=share,
            bits=weights.agreement(level, share, length[left]),
            joined=joined,
            joined_share=joined_share,
            joined_bits=weights.agreement(zeros + EXACT, joined_share, zeros + 1),
        )

    def _pairs(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(word, listed token, level) of all near pairs that can count: short words and numbers only as they are."""
        reference = self._listed.reference
        ids = self._listed.names.words.ids
        shortest = min(letters for how, letters in NEAR_LETTERS.items() if how != EXACT)
        long = [i for i, text in enumerate(texts) if len(text) >= shortest and not text[0].isdigit()]
        near = reference.tokens.join([texts[i] for i in long])
        rest = np.ones(len(texts), np.bool_)
        rest[long] = False
        exact = [(i, ids.get(texts[i], -1)) for i in np.flatnonzero(rest).tolist()]
        exact = [(i, token) for i, token in exact if token >= 0]
        long_ids = np.asarray(long, np.int64)
        return (
            np.concatenate([long_ids[near.left], np.array([i for i, _ in exact], np.int64)]),
            np.concatenate([near.right.astype(np.int64), np.array([token for _, token in exact], np.int64)]),
            np.concatenate([near.level.astype(np.int64), np.full(len(exact), EXACT, np.int64)]),
        )

    def _joined(self, read: TextWords) -> np.ndarray:
        """Per position the listed token that its word and the next make together, or -1: a line break splits words."""
        ids, size = read.ids, len(read.vocabulary)
        codes: list[int] = []
        made: list[int] = []
        for token, text in enumerate(self._listed.reference.texts):
            if len(text) < SHORTEST_LONE:
                continue
            for cut in range(1, len(text)):
                first = ids.get(text[:cut])
                if first is not None and (second := ids.get(text[cut:])) is not None:
                    codes.append(first * size + second)
                    made.append(token)
        word = read.words.value
        found = np.full(word.size, -1, np.int64)
        if not codes or word.size < 2:
            return found
        order = np.argsort(codes)
        wanted, tokens = np.asarray(codes, np.int64)[order], np.asarray(made, np.int64)[order]
        pair = word[:-1] * size + word[1:]
        at = np.minimum(np.searchsorted(wanted, pair), wanted.size - 1)
        hit = wanted[at] == pair
        ends = read.words.start[1:-1] - 1  # the last word of a text and the first of the next are no pair
        hit[ends[(ends >= 0) & (ends < hit.size)]] = False
        found[:-1][hit] = tokens[at[hit]]
        return found

    def _in_text(self, read: TextWords, near: _Near, text: int, names: set[int]) -> Iterator[Mention]:
        """Mentions of some looked-for names in one text."""
        words = read.text(text)
        first = int(read.words.start[text])
        placed: list[dict[int, tuple[int, float, int]]] = []  # per position: listed token -> level, share, span
        for position, word in enumerate(read.words.row(text).tolist()):
            rows = range(int(near.start[word]), int(near.start[word + 1]))
            here = {int(near.tok[r]): (int(near.level[r]), float(near.share[r]), 1) for r in rows}
            together = int(near.joined[first + position])
            if together >= 0:
                here.setdefault(together, (EXACT, float(near.joined_share[first + position]), 2))
            placed.append(here)
        for at in sorted(names):
            anchored = self.wanted[at]
            token = int(self._listed.names.tok[int(self._listed.names.start[anchored.name]) + anchored.anchor])
            for position, here in enumerate(placed):
                if token in here:
                    mention = self._verify(text, words, placed, position, anchored)
                    if mention is not None:
                        yield mention
                        break

    def _verify(
        self, text: int, words: list[str], placed: list[dict[int, tuple[int, float, int]]], position: int,
        anchored: _Anchored,
    ) -> Mention | None:  # fmt: skip
        """The mention, if every essential word of the name stands around this position."""
        names, weights = self._listed.names, self._weights
        name = names.spelled(anchored.name)
        start = int(names.start[anchored.name])
        wanted = [int(names.tok[start + k]) for k in anchored.essential]
        reach = len(name.tokens) + MOST_GAP
        low, high = max(position - reach, 0), min(position + reach + 1, len(words))
        in_order = names.kind[anchored.name] != PERSON
        hits: list[tuple[int, int, int, float, int]] = []  # position, name token, level, share, span
        taken: set[int] = set()
        for k, token in zip(anchored.essential, wanted, strict=True):
            options = range(low, high) if k != anchored.anchor else range(position, position + 1)
            best = None
            for p in options:
                found = placed[p].get(token)
                if found is None or p in taken:
                    continue
                rank = (found[0], abs(p - position))
                if best is None or rank < best[0]:
                    best = (rank, p, found)
            if best is None:
                return None
            _, p, (how, share, span) = best
            taken.update(range(p, p + span))
            hits.append((p, k, how, share, span))
        if in_order and [h[0] for h in hits] != sorted(h[0] for h in hits):
            return None
        first, last = min(taken), max(taken)
        inner = {name.tokens[k] for k in range(len(name.tokens)) if k not in anchored.essential}
        gap = sum(1 for p in range(first, last + 1) if p not in taken and words[p] not in inner and len(words[p]) > 2)
        if gap > MOST_GAP:
            return None
        lone = len(hits) == 1
        reasons = []
        for p, k, how, share, span in hits:
            word = "".join(words[p : p + span])
            if lone and how != EXACT and len(word) < SHORTEST_LONE + 2:
                return None
            bits = float(weights.agreement(np.array([how]), np.array([share]), np.array([len(word)]))[0])
            shown = name.tokens[k].upper()
            if how == EXACT:
                said = f"{ROLE_WORDS[name.roles[k]]} {shown} stands in the text, {one_in(share)}"
            else:
                said = f"{word.upper()} in the text is close to {shown}; {one_in(share)} come as near"
            reasons.append(Reason("name", bits, said))
        reasons.append(Reason("whole name", weights.whole, "every distinctive word of the name stands together"))
        reasons.append(Reason("text", weights.in_text, "a text has many words: chance has more to go by"))
        around = [*words[max(first - 3, 0) : first], *words[last + 1 : last + 5]]
        forms = [t for t, role in zip(name.tokens, name.roles, strict=True) if role in (LEGAL, TRADE)]
        if agreeing := [form.upper() for form in forms if form in around or form in words[first:last]]:
            text_words = f"{', '.join(agreeing)} stands beside it"
            reasons.append(Reason("boilerplate", weights.boilerplate_cap, text_words))
        elif len(own := [len(name.tokens[h[1]]) for h in hits if name.roles[h[1]] == CORE]) == 1 and own[0] < SURE_LONE:
            reasons.append(Reason("lone word", LONE_BITS, "one distinctive word alone may be an ordinary word"))
        if gap:
            reasons.append(Reason("gap", GAP_BITS, "another word stands between"))
        if names.weak[anchored.name]:
            reasons.append(Reason("weak alias", weights.weak_alias, "the list itself calls this alias weak"))
        mention = Mention(text, anchored.name, " ".join(words[first : last + 1]).upper(), tuple(reasons))
        return mention if mention.bits >= self._floor else None


def _shares_in_texts(words: Runs, relations: Runs, relevant: np.ndarray) -> np.ndarray:
    """Share of payment relations, other than one, whose texts use each relevant word; 0 for the others."""
    size = relevant.size
    text = words.rows()[relevant[words.value]]
    if not text.size:
        return np.zeros(size)
    used = sorted_distinct(text * size + words.value[relevant[words.value]])
    text, word = used // size, used % size
    spread = relations.expand(Runs(np.arange(text.size + 1), text))
    width = int(relations.value.max(initial=0)) + 1
    pairs = sorted_distinct(np.repeat(word, np.diff(spread.start)) * width + spread.value)
    bearers = np.bincount(pairs // width, minlength=size)
    everyone = sorted_distinct(relations.value).size
    share: np.ndarray = np.maximum(bearers - 1, 0) / (everyone + TEXT_STRENGTH)
    return share
