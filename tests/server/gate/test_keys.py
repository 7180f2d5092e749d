"""Keys at rest and in use."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from caudal.errors import InputError
from caudal.server.gate.keys import SCOPES, Keys


def test_a_token_opens_and_is_nowhere_on_disk(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key, token = keys.add("screening desk", "screen")
    assert keys.check(token) == key
    assert key.scopes == {"read", "screen"}
    secret = token.split("_", 2)[2]
    assert len(secret) >= 43
    for path in tmp_path.rglob("*"):
        assert secret.encode() not in path.read_bytes()
        if path.name in {"keys.json", "secret"}:
            assert path.stat().st_mode & 0o077 == 0


def test_scopes_hold_those_before_them(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    for n, scope in enumerate(SCOPES, 1):
        assert keys.add("a", scope)[0].scopes == set(SCOPES[:n])


def test_what_is_nearly_a_token_opens_nothing(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key, token = keys.add("a", "read")
    _, other = keys.add("b", "read")
    wrong = [
        "",
        "_",
        "__",
        token[:-1],
        token + "x",
        token.swapcase(),
        token.replace("caudal", "other"),
        other.split("_", 2)[2],
        f"caudal_{key.id}_{other.split('_', 2)[2]}",
        f"caudal_{key.id}_",
        f"caudal_zzzz_{token.split('_', 2)[2]}",
        "caudal_\ud800_\ud800",
    ]
    assert [t for t in wrong if keys.check(t) is not None] == []


def test_revoked_in_one_process_it_opens_nothing_in_another(tmp_path: Path) -> None:
    here, there = Keys(tmp_path), Keys(tmp_path)
    key, token = here.add("a", "read")
    assert there.check(token) is not None
    ended = here.revoke(key.id)
    assert there.check(token) is None
    assert here.revoke(key.id) == ended  # when it was ended stays
    with pytest.raises(InputError, match="no key"):
        here.revoke("nobody")


def test_a_key_ends_on_its_day(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    end = datetime.now(UTC) + timedelta(days=2)
    _, token = keys.add("a", "read", expires=end)
    assert keys.check(token, end - timedelta(seconds=1)) is not None
    assert keys.check(token, end) is None
    assert keys.usable()
    assert not keys.usable(end)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"scope": "all"}, "no such scope"),
        ({"rate": "fast"}, "is no rate"),
        ({"name": " "}, "whose key"),
        ({"name": "a\x07"}, "whose key"),
        ({"expires": datetime(2020, 1, 1, tzinfo=UTC)}, "over before"),
    ],
)
def test_keys_that_cannot_be(tmp_path: Path, given: dict, why: str) -> None:
    with pytest.raises(InputError, match=why):
        Keys(tmp_path).add(**{"name": "a", "scope": "read", **given})
    assert Keys(tmp_path).all() == []


@pytest.mark.parametrize("content", ["", "{", '{"keys": [{"id": "a"}]}', '{"keys": 3}', "[]"])
def test_a_damaged_file_opens_nothing_and_is_told(tmp_path: Path, content: str) -> None:
    keys = Keys(tmp_path)
    _, token = keys.add("a", "read")
    assert keys.check(token) is not None
    (tmp_path / "keys.json").write_text(content)
    with pytest.raises(InputError, match="cannot be read as keys"):
        keys.check(token)


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    Keys(tmp_path).add("a", "read")
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        Keys(tmp_path).add("b", "read")


def test_the_same_token_with_another_secret_opens_nothing(tmp_path: Path) -> None:
    _, token = Keys(tmp_path).add("a", "read")
    (tmp_path / "secret").write_bytes(bytes(32))
    assert Keys(tmp_path).check(token) is None


def _add_ten(folder: str) -> None:
    keys = Keys(Path(folder))
    for _ in range(10):
        keys.add("a", "read")


def test_many_writers_lose_no_key(tmp_path: Path) -> None:
    spawn = get_context("fork")
    writers = [spawn.Process(target=_add_ten, args=(str(tmp_path),)) for _ in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join(60)
        assert one.exitcode == 0
    assert len(Keys(tmp_path).all()) == 40
    assert len(json.loads((tmp_path / "keys.json").read_text())["keys"]) == 40
