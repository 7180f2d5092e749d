from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from caudal.errors import InputError
from caudal.typologies import Settings
from caudal.typologies.settings import Threshold


def test_defaults_from_nothing_and_from_an_empty_mapping():
    assert Settings.load(None) == Settings.load({}) == Settings()


def test_given_settings_are_kept():
    given = Settings.load({"cycle": {"max_accounts": 4}})
    assert Settings.load(given) is given
    assert given.cycle.max_accounts == 4
    assert given.funnel == Settings().funnel


def test_shipped_limits():
    limits = {t.id: t for t in Settings().thresholds}
    assert limits["us-ctr"].amount == Decimal(10_000)
    assert limits["us-ctr"].on
    assert limits["us-gto-2025-09"].start == date(2025, 9, 10)
    assert not any(t.on for name, t in limits.items() if name.startswith("us-gto"))  # counties are not in a ledger
    assert all(t.source for t in limits.values())


def test_every_setting_says_what_it_is():
    for name, group in Settings.model_fields.items():
        assert group.description, name
        parts = Threshold if name == "thresholds" else group.annotation
        for key, value in parts.model_fields.items():
            assert value.description, f"{name}.{key}"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"cicle": {}}, "cicle"),
        ({"cycle": {"max_accounts": 13}}, "cycle.max_accounts"),
        ({"cycle": {"min_accounts": 5, "max_accounts": 4}}, "cycle"),
        ({"funnel": {"min_passed": "much"}}, "funnel.min_passed"),
        ({"funnel": {"min_pased": 0.5}}, "funnel.min_pased"),
        ({"structuring": []}, "structuring"),
        ({"extortion": {"base_rate": 1.0}}, "extortion.base_rate"),
        (
            {"thresholds": [{"id": "x", "name": "x", "currency": "usd", "amount": 1, "source": "x"}]},
            "thresholds.0.currency",
        ),
        (
            {
                "thresholds": [
                    {
                        "id": "x", "name": "x", "currency": "USD", "amount": 1, "source": "x",
                        "from": "2025-02-01", "until": "2025-01-01",
                    }
                ]
            },
            "thresholds.0",
        ),
    ],
)  # fmt: skip
def test_wrong_settings_name_their_key(given, path):
    with pytest.raises(InputError) as caught:
        Settings.load(given)
    assert caught.value.field == path
    assert "\n" not in str(caught.value)


def test_settings_from_a_file(tmp_path):
    file = tmp_path / "typologies.toml"
    file.write_text("[cycle]\nwindow_days = 7\n", encoding="utf-8")
    assert Settings.load(file).cycle.window_days == 7
    file.write_text("[cycle]\nwindow_days = -7\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Settings.load(str(file))
    assert (caught.value.file, caught.value.field) == (str(file), "cycle.window_days")


@pytest.mark.parametrize("content", [b"[cycle", b"\xff\xfe"])
def test_files_that_are_no_toml(tmp_path, content):
    file = tmp_path / "typologies.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match="not TOML"):
        Settings.load(file)
    with pytest.raises(InputError, match="cannot be read"):
        Settings.load(tmp_path / "none.toml")


def test_settings_that_are_no_table():
    with pytest.raises(InputError, match="not a table"):
        Settings.load(7)
