from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from caudal.errors import InputError
from caudal.ledger import Ledger, Mapping
from caudal.ledger.mapping import Cell

ROOT = Path(__file__).resolve().parents[2]

SMALL: dict[str, Any] = {
    "time": {"column": "day"},
    "payer": {"account": "from"},
    "payee": {"account": "to"},
    "amount": {"column": "amount", "currency": {"value": "USD"}},
}


def changed(**parts: Any) -> dict[str, Any]:
    return {**SMALL, **parts}


@pytest.mark.parametrize(
    ("data", "path", "reason"),
    [
        (changed(payer={"acount": "from"}), "payer.acount", "no such key; here are account, name, type"),
        (changed(colour="red"), "colour", "no such key; here are time, payer, payee"),
        (changed(amount={"column": "a", "currency": "c", "sgn": "swap"}), "amount.sgn", "no such key"),
        (changed(amount={"column": "a", "currency": {"constant": "USD"}}), "amount.currency.constant", "no such key"),
        (changed(amount={"column": "a", "currency": {}}), "amount.currency", "either a column or a value"),
        (changed(amount={"column": "a"}), "amount.currency", "required"),
        (changed(amount={"column": "a", "currency": "c", "sign": "both"}), "amount.sign", "positive"),
        (changed(payee={"country": "c"}), "payee", "account or of the name"),
        (changed(time={"column": "d", "format": "%Y-%Q"}), "time.format", "no directive %Q"),
        (changed(time={"column": "d", "zone": "Mars/Base"}), "time.zone", "no IANA time zone"),
        (changed(types={"X": "Alien"}), "types.X", "Person"),
        (changed(encoding="klingon"), "encoding", "no encoding"),
        (changed(encoding="base64"), "encoding", "no text encoding"),
        (changed(delimiter=";;"), "delimiter", "one ASCII character"),
        (changed(decimal=",", group=","), None, "cannot be the same"),
        (changed(id=7), "id", "string"),
    ],
)
def test_a_wrong_mapping_names_the_key(data: dict[str, Any], path: str | None, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        Mapping.of(data, "mapping.toml")
    assert caught.value.field == path
    assert caught.value.file == "mapping.toml"


def test_read(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(
        'purpose = "text"\n[time]\ncolumn = "day"\n[payer]\nname = "from"\n[payee]\nname = "to"\n'
        '[amount]\ncolumn = "amount"\ncurrency = { value = "USD" }\n'
    )
    mapping = Mapping.read(path)
    assert mapping.time.format == "iso"
    assert mapping.purpose is not None
    assert mapping.purpose.column == "text"
    assert dict(mapping.columns())["payer.name"] == "from"
    with pytest.raises(InputError, match="cannot be read"):
        Mapping.read(tmp_path / "none.toml")
    path.write_text("= 1")
    with pytest.raises(InputError, match="no TOML"):
        Mapping.read(path)
    path.write_bytes(b"\xff")
    with pytest.raises(InputError, match="no TOML"):
        Mapping.read(path)


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("day,from,payee,amount\n2024-01-01,1,2,3\n")
    with pytest.raises(
        InputError, match=r"no column 'to' .mapping payee.account.; there are: day, from, payee, amount"
    ):
        Ledger.open(path, Mapping.of(SMALL))
    path.write_text("day,from,to,amount,amount\n2024-01-01,1,2,3,4\n")
    with pytest.raises(InputError, match="2 columns are called 'amount'"):
        Ledger.open(path, Mapping.of(SMALL))
    with pytest.raises(InputError, match="needs a mapping of its columns: day, from, to"):
        Ledger.open(path)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*Mapping.model_fields, "other"]), json, max_size=6), st.booleans())
def test_any_data_is_a_mapping_or_an_input_error(data: dict[str, Any], full: bool) -> None:
    with contextlib.suppress(InputError):
        mapping = Mapping.of({**SMALL, **data} if full else data)
        assert mapping.columns()


def keys(model: type[BaseModel], path: str = "") -> list[str]:
    """Every key path of a mapping, down to what takes a value."""
    found = []
    for name, field in model.model_fields.items():
        inner = [t for t in (field.annotation, *getattr(field.annotation, "__args__", ())) if is_section(t)]
        found += keys(inner[0], f"{path}{name}.") if inner else [path + name]
    return found


def is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not Cell


def test_every_key_is_documented() -> None:
    page = (ROOT / "docs" / "how-to" / "map-a-csv.md").read_text(encoding="utf-8")
    found = keys(Mapping)
    assert {"time.format", "payee.bank_country", "pooled.types", "group"} <= set(found)
    assert [key for key in found if f"`{key}`" not in page] == []


def test_the_page_and_the_example_are_mappings() -> None:
    page = (ROOT / "docs" / "how-to" / "map-a-csv.md").read_text(encoding="utf-8")
    first = page.split("```toml\n")[1].split("```")[0]
    assert Mapping.of(tomllib.loads(first)).payer.name is not None
    assert Mapping.read(ROOT / "examples" / "azerbaijani_laundromat" / "mapping.toml").amount.base == "amount_usd"
