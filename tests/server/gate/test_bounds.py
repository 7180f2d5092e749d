"""Bounds on bodies and on JSON."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.server.gate.bounds import Gone, NotJson, check, read_body, read_json
from caudal.server.problems import Problem
from caudal.server.settings import Bounds

SMALL = Bounds(body_bytes=100, json_depth=4, value_length=10)


def body(parts: list[bytes], length: str | None = None, leave: bool = False) -> bytes:
    """Read a body that comes in parts."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": part, "more_body": n < len(parts) - 1 or leave} for n, part in enumerate(parts)
    ]
    messages.append({"type": "http.disconnect"})
    messages.reverse()

    async def receive() -> dict[str, Any]:
        return messages.pop()

    return asyncio.run(read_body(receive, length, SMALL))


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_a_body_is_read_whole_or_refused(parts: list[bytes]) -> None:
    if sum(map(len, parts)) <= SMALL.body_bytes:
        assert body(parts) == b"".join(parts)
    else:
        with pytest.raises(Problem) as refused:
            body(parts)
        assert refused.value.status == 413


@pytest.mark.parametrize(("length", "status"), [("101", 413), ("9" * 5000, 413), ("-1", 400), ("1e9", 400), ("٣", 400)])
def test_a_length_that_cannot_be_is_refused_unread(length: str, status: int) -> None:
    with pytest.raises(Problem) as refused:
        body([], length)
    assert refused.value.status == status


def test_a_client_that_leaves_midway_sent_nothing() -> None:
    with pytest.raises(Gone):
        body([b"{", b"}"], leave=True)


def depth(value: Any) -> int:
    """How deep JSON is, said slowly."""
    if isinstance(value, dict):
        return 1 + max([depth(v) for v in value.values()], default=0)
    if isinstance(value, list):
        return 1 + max([depth(v) for v in value], default=0)
    return 0


def longest(value: Any) -> int:
    """The longest text in it."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return max([max(len(k), longest(v)) for k, v in value.items()], default=0)
    if isinstance(value, list):
        return max(map(longest, value), default=0)
    return 0


leaves = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=12))
values = st.recursive(
    leaves, lambda v: st.one_of(st.lists(v, max_size=3), st.dictionaries(st.text(max_size=12), v, max_size=3))
)


@settings(deadline=None)
@given(values)
def test_json_within_bounds_is_read_and_other_is_not(value: Any) -> None:
    text = json.dumps(value)
    if "\\ud" in text:  # half a character, which is none
        try:
            text.encode().decode("unicode_escape").encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeError:
            return
    if depth(value) <= SMALL.json_depth and longest(value) <= SMALL.value_length:
        assert read_json(text, SMALL) == value
        assert read_json(text.encode(), SMALL) == value
    else:
        with pytest.raises(Problem) as refused:
            read_json(text, SMALL)
        assert refused.value.status == 400


@pytest.mark.parametrize("n", [5, 900, 1500, 100_000, 3_000_000])
@pytest.mark.parametrize(("left", "right"), [("[", "]"), ('{"a":', "}")])
def test_deep_json_is_refused_at_any_depth(n: int, left: str, right: str) -> None:
    with pytest.raises(Problem) as refused:
        read_json(left * n + "1" * (left != "[") + right * n, SMALL)
    assert (refused.value.status, refused.value.detail) == (400, "JSON may have 4 levels.")


@pytest.mark.parametrize("text", ["NaN", '{"a": [Infinity]}', "[-Infinity]"])
def test_numbers_that_are_none_are_named(text: str) -> None:
    with pytest.raises(Problem, match="is no number in JSON") as refused:
        read_json(text, SMALL)
    assert refused.value.status == 400


@pytest.mark.parametrize("text", [b"", b"{", b'{"a": 1,}', b"\xff\xfe", b'"\\ud800"', b"'a'", b"1 2", b"[1]x", b"nan"])
def test_what_is_no_json(text: bytes) -> None:
    with pytest.raises(NotJson) as refused:
        read_json(text, SMALL)
    assert refused.value.status == 422


def test_bounds_are_looked_at_without_recursion() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Problem):
        check(deep, SMALL)
