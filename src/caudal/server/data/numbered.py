"""What is known by its number and not by its name: wallets, securities, accounts, vehicles; and whose they are.

Such an entity is looked for by the exact number alone, through an index of the store (`NUMBERS`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rigour.ids import ISIN

from caudal.screening.identifiers import numbers as read_numbers
from caudal.screening.identifiers import plain

PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "CryptoWallet": ("publicKey", "cryptoAddress", "accountId"),
    "Security": ("isin", "figiCode", "registrationNumber"),
    "BankAccount": ("iban", "accountNumber"),
    "Vehicle": ("registrationNumber",),
}
"""Schemata compared by their numbers, and the properties that hold them. Not a ticker, which exchanges give out anew,
nor the code of an account's bank, which is that of all its accounts."""
HOLDER: Mapping[str, str] = {"CryptoWallet": "holder", "Security": "issuer"}
"""Property that says whose such a thing is."""
HELD = frozenset({"CryptoWallet", "Security", "BankAccount"})
"""Schemata whose numbers parties may have among their own."""
NUMBERS = "=numbers"
"""Field of the store's index; no query can ask for it, since `=` begins no field."""
_ADDRESS = 20
"""Letters and digits from which a single word in place of a wallet's name is its address."""


def numbers_of(schema: str, properties: Mapping[str, Iterable[str]]) -> list[str]:
    """Letters and digits of the numbers of a thing, as `caudal.screening.identifiers` reads them."""
    own = telling(schema, properties)
    return list(dict.fromkeys(number.text for number in read_numbers(own)))


def telling(schema: str, properties: Mapping[str, Any]) -> dict[str, list[str]]:
    """The properties by which a thing is compared. A name that is nothing but such a number counts as one."""
    own = {name: _listed(properties[name]) for name in PROPERTIES.get(schema, ()) if name in properties}
    for name in _listed(properties.get("name", ())):
        bare = plain(name)
        if schema == "CryptoWallet" and len(bare) >= _ADDRESS and not any(map(str.isspace, name.strip())):
            own.setdefault("publicKey", []).append(name)
        elif schema == "Security" and ISIN.is_valid(bare):
            own.setdefault("isin", []).append(name)
    return own


def _listed(values: Any) -> list[str]:
    return [values] if isinstance(values, str) else list(values)
