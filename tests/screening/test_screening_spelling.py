from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from caudal.screening.spelling import EXACT, FORM, LOOSE, ONE_EDIT, SOUND, Lexicon, TokenIndex, skeleton, sounds
from caudal.screening.spelling.forms import forms

WORDS = st.lists(st.text("abcde", min_size=1, max_size=9), min_size=1, max_size=25, unique=True)


def by_hand(a: str, b: str) -> set[int]:
    """Levels that the definitions allow, worked out pair by pair."""
    if a == b:
        return {EXACT}
    distance, shorter = OSA.distance(a, b), min(len(a), len(b))
    allowed = set()
    if distance == 1 and shorter >= 3:
        allowed.add(ONE_EDIT)
    if distance == 2 and shorter >= 6:
        allowed.add(LOOSE)
    if skeleton(a) == skeleton(b) and shorter >= 4:
        allowed.add(SOUND)
    if set(forms(a)) & set(forms(b)):
        allowed.add(FORM)
    return allowed


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS)
def test_the_join_agrees_with_comparing_every_pair(left: list[str], right: list[str]) -> None:
    near = TokenIndex(right).join(left)
    found = {(left[i], right[j]): int(how) for i, j, how in zip(near.left, near.right, near.level, strict=True)}
    assert len(found) == near.left.size, "a pair is reported once"
    for a in left:
        for b in right:
            allowed = by_hand(a, b)
            got = found.get((a, b))
            if got is not None:
                assert got in allowed
            else:
                # Only sound (which also asks for a look) may be left out, and two edits of six letters,
                # which the keys of one dropped letter need not meet.
                assert allowed <= {SOUND} or (allowed <= {SOUND, LOOSE} and min(len(a), len(b)) < 7), (a, b)


@given(WORDS)
def test_the_join_is_symmetric(words: list[str]) -> None:
    near = TokenIndex(words).join(words)
    pairs = set(zip(near.left.tolist(), near.right.tolist(), near.level.tolist(), strict=True))
    assert pairs == {(b, a, how) for a, b, how in pairs}


@pytest.mark.parametrize(
    ("a", "b"),
    [("qaddafi", "gaddafi"), ("mohammed", "muhammad"), ("nooristani", "nuristani"), ("exportov", "eksportov")],
)
def test_transliterations_share_a_skeleton(a: str, b: str) -> None:
    assert skeleton(a) == skeleton(b)


def test_parts_find_the_same() -> None:
    rng = np.random.default_rng(3)
    words = list({"".join(rng.choice(list("abcdef"), size=rng.integers(3, 9))) for _ in range(300)})
    index, lexicon = TokenIndex(words), Lexicon.of(words)
    whole = index.join(lexicon)
    given = sounds(lexicon), index.words.find(lexicon), index.forms.find(lexicon)
    parts = [index.join_part(lexicon, a, b, *given) for a, b in ((0, 70), (70, len(words)))]
    for name in ("left", "right", "level"):
        assert np.concatenate([getattr(part, name) for part in parts]).tolist() == getattr(whole, name).tolist()


@given(st.lists(st.text(max_size=6), unique=True), st.lists(st.text(max_size=6)))
def test_a_lexicon_finds_what_it_holds(held: list[str], asked: list[str]) -> None:
    lexicon = Lexicon.of(held)
    assert lexicon.texts == held == lexicon.pick(np.arange(len(held)))
    assert lexicon.find([*held, *asked]).tolist() == [held.index(t) if t in held else -1 for t in [*held, *asked]]
    assert lexicon.lengths.tolist() == [len(text) for text in held]
    assert lexicon.firsts.tolist() == [ord(text[0]) if text else 0 for text in held]
    assert lexicon.plain.tolist() == [text.isascii() for text in held]


def test_very_long_words_are_compared_letter_by_letter() -> None:
    long = "ab" * 40
    near = TokenIndex([long]).join([long[:30] + "x" + long[30:], long + "zz", long[:-3] + "bab"[::-1]])
    assert {(int(i), int(how)) for i, how in zip(near.left, near.level, strict=True)} >= {(0, ONE_EDIT), (1, LOOSE)}


def test_tokens_in_other_scripts_agree_only_exactly() -> None:
    near = TokenIndex(["ប៉ល", "abcd"]).join(["ប៉ល", "ប៉ន"])
    assert list(zip(near.left, near.right, near.level, strict=True)) == [(0, 0, EXACT)]
