from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.reports import format as f

STEPS = {"k": 10**3, "m": 10**6, "bn": 10**9, "tn": 10**12}


def read_back(text: str) -> Decimal:
    number, _, word = text.replace("−", "-").replace(",", "").partition(" ")
    return Decimal(number) * STEPS.get(word, 1)


@pytest.mark.parametrize(
    ("minor", "currency", "short", "exact"),
    [
        (491_234_567, "USD", "USD 4.9 m", "USD 4,912,345.67"),
        (39_300, "USD", "USD 393", "USD 393.00"),
        (4_520, "USD", "USD 45.20", "USD 45.20"),
        (0, "USD", "USD 0", "USD 0.00"),
        (99_999_999, "USD", "USD 1.0 m", "USD 999,999.99"),
        (4_912_345, "JPY", "JPY 4.9 m", "JPY 4,912,345"),
        (1_234_567, "KWD", "KWD 1.2 k", "KWD 1,234.567"),
        (-1_234_500, "EUR", "EUR −12.3 k", "EUR -12,345.00"),
        (12_345, "XQX", "XQX 12.3 k", "XQX 12,345"),
    ],
)
def test_amounts_follow_the_currency(minor: int, currency: str, short: str, exact: str) -> None:
    assert f.human(minor, currency) == short
    assert f.exact(minor, currency) == exact


@given(st.integers(-(2**62), 2**62), st.sampled_from(["USD", "JPY", "KWD"]))
def test_the_short_amount_is_within_half_a_step_and_the_exact_one_is_exact(minor: int, currency: str) -> None:
    units = f.in_units(minor, currency)
    assert units * 10 ** f.exponent(currency) == minor
    short = read_back(f.short(units))
    assert abs(short - units) <= max(abs(units) * Decimal("0.051"), Decimal("0.005"))
    data = f.amount(minor, currency)
    assert f'value="{units}"' in data
    assert f.exact(minor, currency) in data


@given(st.decimals(0, 10**15, places=2), st.decimals(0, 10**15, places=2))
def test_short_never_turns_the_order_around(a: Decimal, b: Decimal) -> None:
    low, high = sorted((a, b))
    assert read_back(f.short(low)) <= read_back(f.short(high))


@given(st.floats(0, 1))
def test_percent_says_neither_none_nor_all_of_a_part(fraction: float) -> None:
    text = f.percent(fraction)
    assert (text == "0%") == (fraction == 0)
    assert (text == "100%") == (fraction == 1)
    assert f.probability(fraction) not in {"0.0%", "100.0%"}


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "//no.scheme/x", "http://", "x", "", None,
     " javascript:alert(1)", "https:alert(1)", "vbscript:x", "file:///etc/passwd", "http://[bad"],
)  # fmt: skip
def test_only_web_addresses_become_links(address: str | None) -> None:
    assert f.safe_url(address) is None


def test_a_web_address_stays() -> None:
    assert f.safe_url(" https://example.org/a?b=c ") == "https://example.org/a?b=c"


@given(st.text())
def test_clean_text_has_no_control_or_direction_characters(text: str) -> None:
    cleaned = f.clean(text)
    assert not set(cleaned) & set("\u202e\u202d\u2066\u200f\x00\x1b\n\r\t")
    assert len(cleaned) == len(text)


@given(st.text(), st.integers(1, 50))
def test_chart_text_holds_no_tag(text: str, length: int) -> None:
    shown = f.chart_text(text, length)
    assert "<" not in shown
    assert ">" not in shown


def test_days_are_iso() -> None:
    assert f.day(date(2025, 2, 3)) == "2025-02-03"
    assert f.day(None) == "–"
