from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from caudal.errors import InputError
from caudal.workspace.config import load_config

SMALL = 'as_of = 2025-04-06\n[ledger]\npath = "pay.csv"\n'


def write(folder: Path, text: str) -> Path:
    (folder / "caudal.toml").write_text(text, encoding="utf-8")
    return folder


def test_defaults_and_paths_are_relative_to_the_workspace(tmp_path):
    config = load_config(write(tmp_path, 'groups = "ms-13"\n' + SMALL + '[[lists]]\npath = "lists/ofac"\n'))
    assert config.as_of == date(2025, 4, 6)
    assert config.groups == ("ms-13",)
    assert config.ledger.path == tmp_path.resolve() / "pay.csv"
    assert config.lists[0].path == tmp_path.resolve() / "lists" / "ofac"
    assert config.base_currency == "USD"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "field as_of: the key is missing"),
        ("as_of = 2025-04-06\n", "field ledger: the key is missing"),
        ("as_of = 2025-04-06\n[ledger]\n", "field ledger.path: the key is missing"),
        ("asof = 2025-04-06\n" + SMALL, "field asof: unknown key; did you mean 'as_of'?"),
        (SMALL + 'maping = "x"\n', "field ledger.maping: unknown key; did you mean 'mapping'?"),
        (SMALL + '[[lists]]\npath = "a"\npublished = "soon"\n', "field lists.0.published"),
        ('base_currency = "dollars"\n' + SMALL, "field base_currency"),
        (SMALL + '[tracing]\nmethods = ["magic"]\n', "field tracing.methods.0"),
        (SMALL + '[tracing]\nmethods = ["poison"]\n', "field tracing.methods: proportional is needed"),
        (SMALL + "[screening]\nthreshold = -1\n", "field screening.threshold"),
        ("as_of = [\n", "not valid TOML"),
    ],
)
def test_a_wrong_key_is_named_with_its_path(tmp_path, text, line):
    with pytest.raises(InputError) as caught:
        load_config(write(tmp_path, text))
    assert line in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "caudal.toml"))


def test_no_workspace_and_no_configuration(tmp_path):
    with pytest.raises(InputError, match="no such workspace"):
        load_config(tmp_path / "absent")
    with pytest.raises(InputError, match=r"has no caudal\.toml"):
        load_config(tmp_path)
    (tmp_path / "caudal.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(InputError, match="not valid TOML"):
        load_config(tmp_path)
