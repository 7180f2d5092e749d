"""A made-up town to plant patterns in: every name is invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from caudal.tables import ACCOUNTS, TRANSFERS

DAY = 86_400_000_000
EPOCH = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


@dataclass
class Town:
    """Payments on days counted from the first of January 2025; amounts in whole units."""

    base_currency: str = "USD"
    rows: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def account(self, name: str, **facts: Any) -> str:
        self.facts.setdefault(name, {}).update(facts)
        return name

    def pay(
        self, day: float, payer: str, payee: str, amount: float, channel: str | None = "transfer", currency: str = "USD"
    ) -> str:
        name = f"t{len(self.rows):06d}"
        minor = round(amount * 100)
        self.rows.append(
            {
                "transfer_id": name,
                "time": EPOCH + round(day * DAY),
                "payer_account": payer,
                "payee_account": payee,
                "amount": minor,
                "currency": currency,
                "amount_base": minor,
                "channel": channel,
            }
        )
        return name

    def shop(self, name: str, random: np.random.Generator, days: int = 90) -> str:
        """A shop: card sales to many people, a supplier every week."""
        for day in np.sort(random.uniform(0, days, 60)):
            self.pay(day, f"guest{random.integers(400)}", name, round(random.lognormal(3.2, 0.6), 2), "card")
        for week in range(2, days // 7):
            self.pay(week * 7 + 0.4, name, f"wholesaler{hash_of(name) % 5}", round(random.lognormal(4.5, 0.3), 2))
        return name

    @property
    def transfers(self) -> pa.Table:
        return TRANSFERS.build(self.rows)

    @property
    def accounts(self) -> pa.Table:
        names = sorted({r[side] for r in self.rows for side in ("payer_account", "payee_account")} | set(self.facts))
        rows = [{"account_id": n, "party_id": n, "pooled": False} | self.facts.get(n, {}) for n in names]
        return ACCOUNTS.build(rows)


def hash_of(name: str) -> int:
    """A number that does not change between runs."""
    return sum(ord(letter) * 31**i for i, letter in enumerate(name))


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(11)


def extort(
    town: Town, random: np.random.Generator, shops: int = 12, name: str = "cobrador", every: int = 7
) -> set[str]:
    """Shops that from the fourth week on pay one of two round amounts; the collector hands on the next day."""
    planted = set()
    for number in range(shops):
        shop = town.shop(f"{name}-tienda{number:02d}", random)
        price = (50, 100)[number % 2]
        for day in range(22 + number % 6, 88, every):
            planted.add(town.pay(day + random.uniform(0.3, 0.7), shop, name, price))
    for week in range(4, 13):
        income = sum(
            r["amount"]
            for r in town.rows
            if r["payee_account"] == name and week - 1 <= (r["time"] - EPOCH) / DAY / 7 < week
        )
        if income:
            town.pay(week * 7 + 0.1, name, f"{name}-jefe", income / 100 * 0.9)
    return planted


def funnel(town: Town, random: np.random.Generator, name: str = "embudo") -> set[str]:
    """Fifteen people in six places pay in once; the next day most of it goes to one account abroad."""
    planted = set()
    town.account(name, country="us", institution_id="B0")
    town.account(f"{name}-afuera", country="mx", institution_id="BX")
    for number in range(15):
        payer = town.account(f"{name}-p{number:02d}", country="us", institution_id=f"B{number % 6}")
        day, amount = 10 + number * 1.2, round(random.uniform(700, 1900), 2)
        planted.add(town.pay(day, payer, name, amount, "cash" if number % 2 else "transfer"))
        planted.add(town.pay(day + 0.8, name, f"{name}-afuera", amount * 0.95, "wire"))
    return planted


def mule(town: Town, random: np.random.Generator, name: str = "mula") -> set[str]:
    """Twelve times money comes from one of six people and leaves within half a day to one of two."""
    planted = set()
    for number in range(12):
        day, amount = 5 + number * 6, round(random.uniform(800, 2500), 2)
        planted.add(town.pay(day, f"{name}-de{number % 6}", name, amount))
        planted.add(town.pay(day + random.uniform(0.1, 0.5), name, f"{name}-a{number % 2}", amount * 0.97))
    return planted


def structured(town: Town, random: np.random.Generator, name: str = "hormiga") -> set[str]:
    """Cash just under the limit of 10,000, every other day, through three tills."""
    for till in range(3):
        town.account(f"caja{till}", pooled=True)
    return {
        town.pay(20 + 2 * number, f"caja{number % 3}", name, round(random.uniform(9_000, 9_900), -2), "cash")
        for number in range(9)
    }


def ring(town: Town, name: str = "vuelta", rounds: int = 2, accounts: int = 4) -> set[str]:
    """Money that goes round through four accounts within three days, a little less at each."""
    planted = set()
    for turn in range(rounds):
        amount = 10_000.0
        for hop in range(accounts):
            day = 15 + turn * 30 + hop * 0.8
            planted.add(town.pay(day, f"{name}{hop}", f"{name}{(hop + 1) % accounts}", amount))
            amount *= 0.97
    return planted


def background(town: Town, random: np.random.Generator, payments: int = 1500) -> None:
    """Ordinary payments between people who have nothing to do with the patterns."""
    for _ in range(payments):
        payer, payee = random.integers(0, 150, 2)
        if payer != payee:
            town.pay(random.uniform(0, 90), f"vecino{payer}", f"vecino{payee}", round(random.lognormal(4, 1), 2) + 0.01)


PLANTS: dict[str, Callable[..., set[str]]] = {
    "extortion collector": extort,
    "funnel account": funnel,
    "rapid pass-through": mule,
    "structuring": structured,
    "cycle": lambda town, random: ring(town),
}


@pytest.fixture
def plants() -> dict[str, Callable[..., set[str]]]:
    return PLANTS


@pytest.fixture
def neighbours() -> Callable[[Town, np.random.Generator], None]:
    return background


@pytest.fixture
def new_town() -> type[Town]:
    return Town
