"""Wallets, securities, accounts and vehicles: found by their exact number, with whoever they belong to."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.server.listed_small import LISTED
from tests.server.listed_small import entity as listed
from tests.server.listed_small import snapshot as small
from tests.server.made_up import ISIN, WALLET

from caudal.server import by_number
from caudal.server.asked import read
from caudal.server.data.model import SCREENED
from caudal.server.data.numbered import PROPERTIES
from caudal.server.matching import Filters, Wanted, allowed, answer, passing
from caudal.server.snapshot import Snapshot

WALLETS = [
    listed("w-1", "CryptoWallet", ["purse"], ["river"], publicKey="0xAbCd00112233445566778899aAbBcCdDeEfF0011",
           holder="q-2", topics=["sanction"], referents=["w-old"]),
    listed("x-1", "BankAccount", ["account"], ["lake"], iban="DE89 3704 0044 0532 0130 00"),
    listed("h-1", "Person", ["Ottoline Brandywine"], ["lake"],
           notes=["alt. Digital Currency Address - XBT 1QmadeUpOnlyHereAndNowhereElse7x"], topics=["crime"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def wallets() -> Snapshot:
    return small([*LISTED, *WALLETS])


def ask(snapshot: Snapshot, schema: str, filters: Filters | None = None, **properties: Any) -> dict[str, Any]:
    asked = {"q": read(None, schema, properties, 1_000)}
    return answer(snapshot, asked, filters or Filters("default"), Wanted(5, 0.7, 0.7))["q"]


def ids(answered: dict[str, Any]) -> list[str]:
    return [one["id"] for one in answered["results"]]


def match(client: TestClient, schema: str, **properties: Any) -> dict[str, Any]:
    sent = {"queries": {"q": {"schema": schema, "properties": properties}}}
    held: dict[str, Any] = client.post("/match/default", json=sent).json()["responses"]["q"]
    return held


def test_a_wallet_is_found_with_its_holder_and_says_why(client: TestClient) -> None:
    found = match(client, "CryptoWallet", publicKey=[WALLET])
    assert ids(found) == ["n-wallet", "n-1"]
    assert (found["band"], found["total"], found["warnings"]) == ("alert", {"value": 2, "relation": "eq"}, [])
    wallet, holder = found["results"]
    assert wallet["schema"] == "CryptoWallet"
    assert wallet["match"] is holder["match"] is True
    assert wallet["features"] == {"identifier": 24.0}
    assert wallet["explanations"]["identifier"]["detail"] == f"wallet address {WALLET.upper()} is the same"
    assert "holder of the crypto wallet" in holder["explanations"]["holder"]["detail"].replace(
        "cryptocurrency", "crypto"
    )
    assert holder["evidence"]["bits"] == wallet["evidence"]["bits"] == 24.0


def test_a_security_is_found_with_its_issuer_however_it_is_written(client: TestClient) -> None:
    for written in (ISIN, ISIN.lower(), f" {ISIN[:2]} {ISIN[2:8]}-{ISIN[8:]} "):
        assert ids(match(client, "Security", isin=written)) == ["n-bond", "n-2"]
    assert ids(match(client, "Security", name=ISIN)) == ["n-bond", "n-2"]
    other = match(client, "Security", isin=ISIN[:-1] + "0")
    assert (ids(other), other["band"]) == ([], "clear")


def test_a_vehicle_is_found_by_its_plate(client: TestClient) -> None:
    assert ids(match(client, "Vehicle", registrationNumber="trs-40817")) == ["n-car"]
    assert ids(match(client, "Vehicle", registrationNumber="trs-40818")) == []
    # A vessel is a vehicle, and is found by name and number as ever.
    assert ids(match(client, "Vehicle", name="Mar Dolenta")) == ["n-3"]


def test_what_cannot_be_compared_is_said_to_be_unscreened(client: TestClient) -> None:
    named = match(client, "Security", name="Northern 7% 2031")
    assert (ids(named), named["band"]) == ([], "unscreened")
    assert named["warnings"] == [
        "not screened: a Security is compared by its exact number (isin, figiCode, registrationNumber), "
        "and none of them is given"
    ]
    short = match(client, "CryptoWallet", publicKey="abc")
    assert short["band"] == "unscreened"
    assert "there is no number that tells one apart" in short["warnings"][0]
    both = match(client, "Security", name="Other 5% 2030", isin="US0378331005")
    assert both["band"] == "clear"
    assert both["warnings"][0].startswith("partly screened: of a Security only its number")
    assert match(client, "Address", full="14 Kalopa Street, Limassol")["band"] == "unscreened"


def test_a_party_whose_own_entry_gives_the_address_is_found(wallets: Snapshot) -> None:
    found = ask(wallets, "CryptoWallet", publicKey=["1qMADEupONLYhereANDnowhereELSE7x"])
    assert ids(found) == ["h-1"]
    assert "in the entry of the party itself" in found["results"][0]["explanations"]["holder"]["detail"]
    assert ids(ask(wallets, "CryptoWallet", name=["1QmadeUpOnlyHereAndNowhereElse7x"])) == ["h-1"]
    assert ids(ask(wallets, "BankAccount", iban=["DE89370400440532013000"])) == ["x-1"]
    assert ids(ask(wallets, "BankAccount", accountNumber=["DE89 3704 0044 0532 0130 00"])) == ["x-1"]


def test_filters_hold_for_the_thing_and_its_holder(wallets: Snapshot) -> None:
    key = WALLETS[0]["properties"]["publicKey"]

    def found(**filters: Any) -> list[str]:
        return ids(ask(wallets, "CryptoWallet", Filters(**{"dataset": "default", **filters}), publicKey=key))

    assert found() == ["w-1", "q-2"]
    assert found(dataset="lake") == []
    assert found(without_schema=frozenset({"Person"})) == ["w-1"]
    assert found(topics=frozenset({"sanction"})) == ["w-1"]
    assert found(topics=frozenset({"crime"})) == ["q-2"]
    assert found(changed_since="2025-01-01T00:00:00") == ["w-1"]
    for gone in ("w-1", "w-old"):
        asked = {"q": read(None, "CryptoWallet", {"publicKey": key}, 1_000)}
        got = answer(wallets, asked, Filters("default"), Wanted(5, 0.7, 0.7), ids=[gone])["q"]
        assert ids(got) == ["q-2"]
    nobody = ask(wallets, "CryptoWallet", Filters("default", topics=frozenset({"poi"})), publicKey=["x" * 20 + "12345"])
    assert nobody["band"] == "unscreened"


def test_one_entity_passes_as_all_do_at_once(wallets: Snapshot) -> None:
    """`passing` asks of one entity what `allowed` answers for all: every filter beside every other."""
    parts: dict[str, list[Any]] = {
        "dataset": ["default", "lake"],
        "include": [frozenset(), frozenset({"river"})],
        "exclude": [frozenset(), frozenset({"lake"}), frozenset({"no such"})],
        "without_schema": [frozenset(), frozenset({"Person", "Vessel"})],
        "topics": [frozenset(), frozenset({"sanction", "crime"})],
        "changed_since": [None, "2025-01-01T00:00:00"],
    }
    for values in itertools.product(*parts.values()):
        filters = Filters(**dict(zip(parts, values, strict=True)))
        passes = passing(wallets, filters)
        rows = allowed(wallets, filters)
        held = [
            passes(wallets.store.get(str(uid)) or {}) for uid in (one.id for one in wallets.screener.listed.subjects)
        ]
        assert held == rows.tolist(), filters


def test_schemata_are_those_without_a_name_to_go_by() -> None:
    assert not PROPERTIES.keys() & SCREENED.keys()
    assert not by_number.numbered("Person")
    assert not by_number.numbered("Thing")
    assert by_number.numbered("Airplane")
