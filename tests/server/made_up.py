"""Made-up entities of two made-up lists, as FollowTheMoney."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WALLET, ISIN = "1QvestrikovMadeUpAddress4fK9dW2ra", "XS0000004217"
"""An address of no wallet, and an ISIN of no security (its check digit holds)."""
WHEN = {"first_seen": "2024-01-05T00:00:00", "last_seen": "2025-06-01T00:00:00"}


def entity(
    uid: str, schema: str, datasets: list[str], /, change: str | None = None, **properties: Any
) -> dict[str, Any]:
    more: dict[str, Any] = {"referents": properties.pop("referents", [])}
    if "caption" in properties:
        more["caption"] = properties.pop("caption")
    values = {k: v if isinstance(v, list) else [v] for k, v in properties.items()}
    return {
        "id": uid,
        "schema": schema,
        "datasets": datasets,
        "properties": values,
        **WHEN,
        "last_change": change,
        **more,
    }


def sanctions() -> list[dict[str, Any]]:
    north, both = ["north_list"], ["north_list", "south_list"]
    return [
        entity(
            "n-1", "Person", both, "2025-03-01T10:00:00", caption="Orlan Vestrikov", referents=["old-1", "older-1"],
            name=["Orlan Vestrikov", "Орлан Вестриков"], alias=["O. Vestrikov", "Orlán Westrikow"],
            birthDate="1961-04-12", nationality="ru", country="ru", gender="male", passportNumber="VX4410928",
            topics=["sanction", "crime.fin"], notes="Director of Vestrik Shipping.",
        ),
        entity(
            "n-2", "Company", north, "2025-05-20T00:00:00", name="Vestrik Shipping Lines Ltd", jurisdiction="cy",
            registrationNumber="HE 330117", topics="sanction", addressEntity="n-addr", incorporationDate="2009-11",
        ),
        entity("n-own", "Ownership", north, owner="n-1", asset="n-2", percentage="62", startDate="2010"),
        entity("n-addr", "Address", north, full="14 Kalopa Street, Limassol", city="Limassol", country="cy"),
        entity(
            "n-s1", "Sanction", north, entity="n-1", authority="Northern Ministry", program="NORTH-7",
            startDate="2023-02-01", programId="N7",
        ),
        entity("n-s2", "Sanction", north, entity="n-2", authority="Northern Ministry", program="NORTH-7"),
        entity(
            "n-3", "Vessel", north, "2024-12-01T00:00:00", name="Mar Dolenta", imoNumber="9000017", flag="pa",
            previousName="Dolenta Star", owner="n-2", topics="sanction",
        ),
        entity(
            "n-4", "Organization", north, name=["Brigada Tarsenia", "Tarsenia Brigade"], alias="BT",
            country=["co", "ve"], topics=["sanction", "crime.terror"],
        ),
        entity("n-wallet", "CryptoWallet", north, publicKey=WALLET, currency="XBT", holder="n-1", topics="sanction"),
        entity("n-bond", "Security", north, name="Northern 7% 2031", isin=ISIN, issuer="n-2"),
        entity("n-car", "Vehicle", north, registrationNumber="TRS 40817", owner="n-1"),
    ]  # fmt: skip


def people() -> list[dict[str, Any]]:
    south = ["south_list"]
    return [
        entity(
            "s-1", "Person", south, "2023-07-01T00:00:00", name="Maribel Quintaroz Ledesma", birthDate="1984",
            country="co", topics="role.pep", position="Deputy minister",
        ),
        entity("s-2", "Person", south, name="Teodoro Quintaroz", country="co", topics="role.rca"),
        entity("s-fam", "Family", south, person="s-1", relative="s-2", relationship="brother"),
        entity("s-3", "PublicBody", south, name="Ministry of Rivers", country="co"),
        entity("s-4", "LegalEntity", south, name="Banco Tersol y Cía", country="pa", swiftBic="TRSLPAPA"),
    ]  # fmt: skip


def write(path: Path, entities: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in entities), encoding="utf-8")
    return path
