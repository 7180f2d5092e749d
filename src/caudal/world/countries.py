"""The countries of the made-up economy. Banks are invented; cities are real places, nothing in them is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Currency:
    """A currency: ISO code, decimals of its minor unit, units per USD on the first day, daily volatility and drift.

    `cash_limit` is the amount from which the made-up world's banks report a cash deposit; `note` is a handy round sum.
    Levels are roughly those of early 2025; the daily path is a seeded random walk, not history.
    """

    code: str
    decimals: int
    per_usd: float
    volatility: float
    drift: float
    cash_limit: int
    note: int


CURRENCIES: tuple[Currency, ...] = (
    Currency("USD", 2, 1.0, 0.0, 0.0, 10_000, 5),
    Currency("MXN", 2, 20.5, 0.006, 0.0, 150_000, 100),
    Currency("COP", 2, 4300.0, 0.006, 0.0, 10_000_000, 10_000),
    Currency("VES", 2, 52.0, 0.004, 0.0015, 500_000, 100),
    Currency("PEN", 2, 3.75, 0.003, 0.0, 35_000, 10),
    Currency("CLP", 0, 990.0, 0.006, 0.0, 9_500_000, 5_000),
    Currency("GTQ", 2, 7.7, 0.001, 0.0, 75_000, 25),
    Currency("BRL", 2, 6.1, 0.007, 0.0, 50_000, 20),
)


@dataclass(frozen=True)
class Country:
    """A country: its share of the world's people, median monthly wage in USD, how names and accounts look there.

    `utc` is the offset of its business hours; `remitted` its share of remittances; `cultures` weights of name culture.
    """

    code: str
    currency: str
    utc: int
    share: float
    wage: float
    remitted: float
    language: str
    cities: tuple[str, ...]
    banks: tuple[str, ...]
    forms: tuple[str, ...]
    account_digits: int
    document: str
    cultures: tuple[tuple[str, float], ...]


_SPANISH = (("spanish", 0.96), ("arabic", 0.015), ("chinese", 0.015), ("portuguese", 0.01))

COUNTRIES: tuple[Country, ...] = (
    Country(
        "us", "USD", -5, 0.22, 2900.0, 0.0, "en",
        ("Houston", "Miami", "El Paso", "New York", "Denver", "Chicago", "Los Angeles", "Atlanta"),
        ("Lonestar Prairie Bank", "Harbor Meridian Bank", "First Juniper Savings", "Copperline Bank",
         "Bluestem National Bank"),
        ("LLC", "Inc.", "Corp."), 10, "US-ID",
        (("english", 0.46), ("spanish", 0.38), ("chinese", 0.06), ("arabic", 0.05), ("portuguese", 0.05)),
    ),
    Country(
        "mx", "MXN", -6, 0.18, 640.0, 0.50, "es",
        ("Ciudad Juárez", "Ciudad de México", "Tapachula", "Monterrey", "Tijuana", "Guadalajara", "Puebla"),
        ("Banco del Altiplano", "Banco Nopalera", "Caja Real de Anáhuac", "Banco Sierra Gorda"),
        ("S.A. de C.V.", "S. de R.L. de C.V."), 14, "MX-RFC", _SPANISH,
    ),
    Country(
        "co", "COP", -5, 0.12, 480.0, 0.12, "es",
        ("Cúcuta", "Bogotá", "Medellín", "Cali", "Barranquilla"),
        ("Banco Páramo", "Banco Cafetal", "Cooperativa Río Claro"), ("S.A.S.", "Ltda."), 11, "CO-CC", _SPANISH,
    ),
    Country(
        "ve", "VES", -4, 0.12, 240.0, 0.09, "es",
        ("Maracay", "Caracas", "San Cristóbal", "Valencia", "Maracaibo"),
        ("Banco Araguaney", "Banco Orinoquia"), ("C.A.", "S.A."), 16, "VE-V", _SPANISH,
    ),
    Country(
        "pe", "PEN", -5, 0.09, 470.0, 0.06, "es",
        ("Lima", "Trujillo", "Arequipa"),
        ("Banco Vicuña", "Caja Costa Norte"), ("S.A.C.", "E.I.R.L."), 13, "PE-DNI", _SPANISH,
    ),
    Country(
        "ec", "USD", -5, 0.07, 520.0, 0.08, "es",
        ("Guayaquil", "Quito", "Machala"), ("Banco Cotopaxi Sur", "Banco Guayas Norte"),
        ("S.A.", "Cía. Ltda."), 10, "EC-CI", _SPANISH,
    ),
    Country(
        "cl", "CLP", -3, 0.08, 860.0, 0.02, "es",
        ("Santiago", "Iquique", "Antofagasta"), ("Banco Cobre Austral", "Banco Llanquihue"),
        ("SpA", "Ltda."), 11, "CL-RUT", _SPANISH,
    ),
    Country(
        "pa", "USD", -5, 0.03, 780.0, 0.01, "es",
        ("Ciudad de Panamá", "Colón"), ("Banco Dos Mares", "Banco Istmeño de Ultramar"),
        ("S.A.", "Inc."), 12, "PA-CIP", _SPANISH,
    ),
    Country(
        "gt", "GTQ", -6, 0.05, 470.0, 0.10, "es",
        ("Ciudad de Guatemala", "Quetzaltenango"), ("Banco Ceiba", "Banco Volcanes"), ("S.A.",), 12, "GT-DPI", _SPANISH,
    ),
    Country(
        "br", "BRL", -3, 0.04, 580.0, 0.02, "pt",
        ("Boa Vista", "São Paulo", "Manaus"), ("Banco Igarapé", "Banco Serra Azul"),
        ("Ltda.", "S.A."), 11, "BR-CPF", (("portuguese", 0.93), ("spanish", 0.03), ("arabic", 0.02), ("chinese", 0.02)),
    ),
    Country(
        "hk", "USD", 8, 0.0, 1800.0, 0.0, "en",
        ("Hong Kong",), ("Jade Delta Bank",), ("Limited", "Trading Limited"), 12, "HK-CI", (("chinese", 1.0),),
    ),
)  # fmt: skip

CODES: tuple[str, ...] = tuple(c.code for c in COUNTRIES)
FOREIGN_BANK = "Banco Istmeño de Ultramar"
"""The foreign bank whose accounts carry much of the group's channel, and some honest trade."""

TRANSFER_AGENTS = ("Girorápido", "Envíos La Paloma", "Puente Remittance", "Casa Cóndor Giros")
"""Invented money-transfer firms."""


def country_index(code: str) -> int:
    """The position of a country in COUNTRIES."""
    return CODES.index(code)


def currency_index(code: str) -> int:
    """The position of a currency in CURRENCIES."""
    return [c.code for c in CURRENCIES].index(code)
