"""How alike two tokens are, and which tokens are forms of one name."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.screening.alike import alike
from caudal.screening.spelling import EXACT, FORM, PET, SOUND, TokenIndex
from caudal.screening.variants import forms, pets

WORDS = st.text(alphabet="abdehiklmnorstuvz", min_size=1, max_size=12)


def likeness(a: str, b: str) -> float:
    left, right = (np.frombuffer(word.encode(), np.uint8) for word in (a, b))
    return float(alike(left, left.size, right, right.size))


def levels(a: str, b: str) -> set[int]:
    return set(TokenIndex([b]).join([a]).level.tolist())


@given(WORDS, WORDS)
@settings(deadline=None)
def test_likeness_lies_between_nothing_and_all_and_does_not_depend_on_the_side(a: str, b: str) -> None:
    assert 0 <= likeness(a, b) <= 1
    assert abs(likeness(a, b) - likeness(b, a)) < 1e-9
    assert likeness(a, a) == 1


def test_slips_of_writing_cost_less_than_other_letters() -> None:
    assert likeness("karim", "kareem") > likeness("karim", "katrum")
    assert likeness("vlado", "wlado") > likeness("vlado", "slado")
    assert likeness("sahra", "sara") > likeness("sahra", "sabra")
    assert likeness("merkan", "merakn") > likeness("merkan", "merolb")
    assert likeness("rawindo", "tikrum") < 0.4


def test_known_forms_of_one_name_meet_and_other_names_do_not() -> None:
    assert levels("usama", "osama") <= {SOUND, FORM}
    assert levels("pepe", "jose") == {PET}
    assert levels("bill", "william") == {PET}
    assert levels("juan", "john") == {PET}
    assert levels("frank", "hassan") == set()
    assert forms("xi")
    assert not forms("zz9")
    assert pets("lalo")
    assert levels("mukhanoff", "mukhanov") <= {SOUND, FORM}


def test_a_pair_is_found_once_at_its_nearest() -> None:
    near = TokenIndex(["mohammed", "ahmed", "ali"]).join(["mohammed", "mohamed", "ali"])
    pairs = list(zip(near.left.tolist(), near.right.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert dict(zip(pairs, near.level.tolist(), strict=True))[0, 0] == EXACT
