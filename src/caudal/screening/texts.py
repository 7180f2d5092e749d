"""Listed names inside payment texts.

A text is no name: most of its words are about something else, and any of them could be part of somebody's name. So
only whole names count, all distinctive words of one alias together, and only where they are rare enough to mean that
party and no other. Rarity here also asks how many payment relations use the word: one that many payers write is a
word of trade, whatever a list makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from caudal.screening.encoded import Spelled
from caudal.screening.evidence import one_in
from caudal.screening.listed import Listed
from caudal.screening.matcher import Progress
from caudal.screening.names import PERSON
from caudal.screening.phrases import CORE, LEGAL, NUMBER, PARTICLE, PLACE, ROLE_WORDS, TRADE, common_names
from caudal.screening.reason import Reason
from caudal.screening.spelling import EXACT, FORM, LEVELS, LOOSE, ONE_EDIT, SOUND, distinct
from caudal.screening.text import clean, tokens
from caudal.screening.weights import Weights

LONGEST_TEXT = 2_000
"""Characters of a payment text that are read."""
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
    """A listed name that may be looked for: its essential tokens as (position, token id) and its rarest one."""

    name: int
    essential: tuple[int, ...]
    anchor: int


class TextFinder:
    """Finds whole listed names in texts.

    Args:
        listed: everyone on the lists; weights: the model; floor: bits under which a name is not reported.
    """

    def __init__(self, listed: Listed, weights: Weights, floor: float) -> None:
        self._listed, self._weights, self._floor = listed, weights, floor
        names = listed.names
        shares = listed.reference.population.shares()
        bits = -np.log2(shares)
        most = floor - weights.whole - weights.boilerplate_cap
        self._by_anchor: dict[int, list[_Anchored]] = {}
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
            self._by_anchor.setdefault(int(names.tok[start + anchor]), []).append(_Anchored(n, essential, anchor))

    @staticmethod
    def _tellable(name: Spelled, essential: tuple[int, ...], core: list[int]) -> bool:
        """Whether a name could be told from ordinary words of a text."""
        if any(len(name.tokens[k]) == 1 and not name.tokens[k].isdigit() for k in essential):
            return False
        if len(essential) == 1:
            word = name.tokens[essential[0]]
            return bool(core) and len(word) >= SHORTEST_LONE and word not in common_names()
        return True

    def find(
        self, texts: Sequence[str], relations: Sequence[np.ndarray], progress: Progress | None = None
    ) -> Iterator[Mention]:
        """Mentions in distinct texts, text by text.

        Args:
            texts: distinct payment texts.
            relations: for each text the ids of the payer-payee relations that use it.
            progress: called with (texts done, texts in all).
        """
        reference = self._listed.reference
        read = [tokens(clean(text, LONGEST_TEXT).text) for text in texts]
        vocabulary = distinct(word for words in read for word in words)
        ids = {word: i for i, word in enumerate(vocabulary)}
        text_share = _shares_in_texts(read, relations, ids)
        # A line break may split a word: neighbours written together are tried too, where the lists have that word.
        on_list = self._listed.names.words.ids
        real = self._listed.names.real
        near = reference.tokens.join(vocabulary)
        order = np.lexsort((near.level, near.left))
        left, right, level = near.left[order], near.right[order], near.level[order]
        starts = np.searchsorted(left, np.arange(len(vocabulary) + 1))
        shares = reference.population.shares()
        around = np.zeros((len(vocabulary), LEVELS))
        np.add.at(around, (near.left, near.level), shares[near.right])
        around = np.cumsum(around, axis=1)
        for at, words in enumerate(read):
            placed: list[dict[int, tuple[int, float, int]]] = []  # per position: listed token -> level, share, span
            for position, word in enumerate(words):
                here: dict[int, tuple[int, float, int]] = {}
                i = ids[word]
                for r in range(starts[i], starts[i + 1]):
                    how, token = int(level[r]), int(right[r])
                    if len(word) >= NEAR_LETTERS.get(how, LONGEST_TEXT):
                        share = max(float(shares[token]), float(around[i, how]), float(text_share[i]))
                        here[token] = (how, share, 1)
                if position + 1 < len(words):
                    together = on_list.get(word + words[position + 1], -1)
                    if 0 <= together < real and len(reference.texts[together]) >= SHORTEST_LONE:
                        known = ids.get(reference.texts[together])
                        share = max(float(shares[together]), float(text_share[known]) if known is not None else 0.0)
                        here.setdefault(together, (EXACT, share, 2))
                placed.append(here)
            if progress is not None and (at + 1 == len(read) or at % 2_000 == 0):
                progress(at + 1, len(read))
            seen: set[int] = set()
            for position, here in enumerate(placed):
                for token in here:
                    for anchored in self._by_anchor.get(token, ()):
                        if anchored.name in seen:
                            continue
                        mention = self._verify(at, words, placed, position, anchored)
                        if mention is not None:
                            seen.add(anchored.name)
                            yield mention

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


def _shares_in_texts(read: list[list[str]], relations: Sequence[np.ndarray], ids: dict[str, int]) -> np.ndarray:
    """Share of payment relations, other than one, whose texts use each word."""
    word_parts: list[np.ndarray] = []
    relation_parts: list[np.ndarray] = []
    everyone: set[int] = set()
    for words, used_by in zip(read, relations, strict=True):
        unique = np.fromiter({ids[word] for word in words}, np.int64)
        word_parts.append(np.repeat(unique, used_by.size))
        relation_parts.append(np.tile(used_by, unique.size))
        everyone.update(used_by.tolist())
    if not word_parts:
        return np.zeros(len(ids))
    word, relation = np.concatenate(word_parts), np.concatenate(relation_parts)
    width = int(relation.max(initial=0)) + 1
    pairs = np.unique(word * width + relation)
    used = np.bincount(pairs // width, minlength=len(ids))
    share: np.ndarray = np.maximum(used - 1, 0) / (len(everyone) + TEXT_STRENGTH)
    return share
