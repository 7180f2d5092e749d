"""The exact share, against Python's own integers, up to the largest balance 64 bits hold."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caudal.tracing.kernels import share

TOP = 2**63 - 1


def check(taint: int, amount: int, balance: int) -> None:
    assert share(taint, amount, balance, amount / balance) == taint * amount // balance


@settings(max_examples=600, deadline=None)
@given(data=st.data(), balance=st.integers(1, TOP))
@example(data=None, balance=TOP)
def test_share_is_exact(data, balance):
    if data is None:
        for taint in (0, 1, 2**62, TOP - 1, TOP):
            for amount in (0, 1, 2**62, TOP - 1, TOP):
                check(taint, amount, balance)
        return
    check(data.draw(st.integers(0, balance)), data.draw(st.integers(0, balance)), balance)


@pytest.mark.parametrize("bits", [8, 30, 49, 50, 51, 52, 53, 54, 61, 62, 63])
def test_share_is_exact_around_every_power_of_two(bits):
    rng = random.Random(bits)
    for _ in range(3000):
        balance = min(TOP, max(1, 2**bits + rng.randint(-3, 3)))
        near = rng.choice([balance, balance // 2, balance // 3, 2**31, 2 ** (bits // 2)])
        taint = min(balance, max(0, near + rng.randint(-3, 3)))
        check(taint, min(balance, max(0, rng.choice([near, balance]) + rng.randint(-3, 3))), balance)
        check(rng.randint(0, balance), rng.randint(0, balance), balance)


def test_exact_quotients_are_not_one_less():
    # taint * amount is a multiple of the balance: the guess in floats often lands just below it.
    rng = random.Random(5)
    for _ in range(5000):
        part, whole, rest = rng.randint(1, 2**20), rng.randint(1, 2**20), rng.randint(1, 2**20)
        balance = whole * rest
        check(min(balance, part * rest), min(balance, whole * rng.randint(1, rest)), balance)
