"""A made-up world of some 200 accounts for the report: tables of the right shapes with one story in them.

Every name is invented. The attributions come from a slow and plain tracer below, so that the story adds up.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from measured import compared

from caudal.reports import CoercedAnswer, Designation, Group, LawEffect, LedgerNumbers, ListVersion, ReportFacts
from caudal.tables import TABLES

GROUP = "tren-de-aragua"
START = datetime(2025, 1, 6, tzinfo=UTC)
EFFECTIVE = date(2025, 2, 20)
GIVEN = [
    *("Ana", "Luis", "Marta", "Jorge", "Elena", "Pablo", "Rosa", "Iván"),
    *("Lucía", "Tomás", "Irma", "Raúl", "Nadia", "Óscar", "Pilar", "Hugo"),
]
FAMILY = [
    *("Quirós", "Banderas", "Montiel", "Arrieta", "Cazorla", "Duarte"),
    *("Elizondo", "Farías", "Godínez", "Ibarra", "Jurado", "Lozoya"),
]
TRADES = ["Abarrotes", "Taller", "Panadería", "Ferretería", "Farmacia", "Zapatería", "Papelería", "Tortillería"]
BANKS = [
    ("BKAAMXMM", "Banco del Altiplano Ficticio", "bank", "mx"),
    ("BKBBUS33", "Lakeshore Invented Bank", "bank", "us"),
    ("BKCCCOBB", "Banco Andino Imaginario", "bank", "co"),
    ("MTDDUS44", "Envíos Golondrina", "money transfer", "us"),
    ("BKEEHKHH", "Harbour Made-Up Trust", "bank", "hk"),
]


def trace(transfers: list[dict[str, Any]], seeds: set[str], backward: bool) -> dict[str, tuple[int, int]]:
    """Transfer id to (attributed amount, hops), proportionally; backward runs time and money the other way."""
    held: dict[str, int] = defaultdict(int)
    tainted: dict[str, float] = defaultdict(float)
    near = dict.fromkeys(seeds, 0)
    found = {}
    for row in sorted(transfers, key=lambda t: (t["time"], t["transfer_id"]), reverse=backward):
        giver, taker = row["payer_account"], row["payee_account"]
        if backward:
            giver, taker = taker, giver
        amount = row["amount_base"]
        share = 1.0 if giver in seeds else (tainted[giver] / held[giver] if held[giver] > 0 else 0.0)
        part = amount if giver in seeds else round(min(amount, held[giver]) * min(1.0, share))
        if giver not in seeds:
            held[giver] = max(0, held[giver] - amount)
            tainted[giver] = max(0.0, tainted[giver] - part)
        held[taker] += amount
        tainted[taker] += part
        if part > 0 and giver in near:
            hops = near[giver] + 1
            near[taker] = min(near.get(taker, hops), hops)
            found[row["transfer_id"]] = (part, hops)
    return found


def world(seed: int = 7, hostile: str = "") -> dict[str, pa.Table]:
    """All tables of the made-up world; `hostile` is put into every text that comes from a ledger or a list."""
    rng = random.Random(seed)
    accounts: list[dict[str, Any]] = []
    parties: list[dict[str, Any]] = []
    roles: dict[str, str] = {}

    def add(role: str, name: str, schema: str, bank: int, country: str, pooled: bool = False) -> str:
        number = len(accounts)
        parties.append(
            {
                "party_id": f"P{number:04}",
                "schema": schema,
                "name": name + hostile,
                "aliases": [name.upper() + hostile],
                "birth_date": "1984" if schema == "Person" else None,
                "countries": [country],
                "identifiers": [f"X{number:07}{hostile}"],
                "address": f"Calle Inventada {number}{hostile}",
            }
        )
        accounts.append(
            {
                "account_id": f"A{number:04}{hostile}",
                "party_id": f"P{number:04}",
                "institution_id": BANKS[bank][0] + hostile,
                "country": country,
                "pooled": pooled,
            }
        )
        roles[accounts[-1]["account_id"]] = role
        return str(accounts[-1]["account_id"])

    def person() -> str:
        return f"{rng.choice(GIVEN)} {rng.choice(FAMILY)} {rng.choice(FAMILY)}"

    own = [add("collector" if n < 2 else "cell", person(), "Person", n % 3, "mx") for n in range(6)]
    shops = [add("shop", f"{rng.choice(TRADES)} {rng.choice(FAMILY)}", "Company", 0, "mx") for _ in range(44)]
    travellers = [add("household", person(), "Person", 2, rng.choice(["co", "pe", "ec"])) for _ in range(24)]
    mules = [add("mule", person(), "Person", rng.choice([0, 1]), rng.choice(["mx", "us"])) for _ in range(12)]
    funnel = add("funnel", person(), "Person", 1, "us")
    shells = [add("shell", f"{rng.choice(FAMILY)} Comercio Global SA", "Company", 4, "hk") for _ in range(4)]
    agent = add("agent", "Golondrina Pagos, agencia 12", "Company", 3, "us", pooled=True)
    families = [add("household", person(), "Person", rng.choice([0, 1, 2]), "mx") for _ in range(90)]
    suppliers = [add("business", f"Distribuidora {rng.choice(FAMILY)}", "Company", 0, "mx") for _ in range(18)]

    rows: list[dict[str, Any]] = []
    labels: dict[str, str] = {}

    def pay(
        day: float, payer: str, payee: str, units: float, purpose: str, currency: str = "USD", label: str = ""
    ) -> str:
        number = f"T{len(rows):06}{hostile}"
        minor = round(units * 100)
        amount = round(units * 18) if currency == "JPY" else minor
        rows.append(
            {
                "transfer_id": number,
                "time": START + timedelta(days=day, minutes=rng.randrange(480, 1200)),
                "payer_account": payer,
                "payee_account": payee,
                "amount": amount,
                "currency": currency,
                "amount_base": minor,
                "channel": rng.choice(["transfer", "cash", "wire"]) + hostile,
                "purpose": purpose + hostile,
                "source_row": len(rows) + 2,
            }
        )
        if label:
            labels[number] = label
        return number

    for week in range(13):
        day = week * 7
        for number, shop in enumerate(shops[:40]):
            pay(day + number % 2, families[number], shop, rng.uniform(300, 1500), "compra")
            pay(day + 4, shop, own[number % 2], 120 + 30 * (number % 3), "cuota semanal", label="extortion")
            pay(day + 5, shop, rng.choice(suppliers), rng.uniform(100, 500), "mercancía")
        for traveller in rng.sample(travellers, 6):
            pay(day + 1, families[60 + rng.randrange(20)], traveller, 2400, "préstamo familiar")
            pay(day + 2, traveller, own[2], rng.uniform(900, 2200), "viaje", "JPY", label="smuggling fee")
        for number, mule in enumerate(mules):
            pay(day + 5, own[number % 3], mule, rng.uniform(400, 1400), "pago", label="mule layer")
            pay(
                day + 6,
                mule,
                funnel if number % 2 else rng.choice(shells),
                rng.uniform(380, 1200),
                "servicio",
                label="mule layer",
            )
        pay(day + 6, own[3], agent, rng.uniform(800, 2600), "giro")
        pay(day + 6.5, agent, rng.choice(families), rng.uniform(150, 600), "remesa")
        pay(day + 6.6, funnel, rng.choice(shells), rng.uniform(2000, 3800), "factura 88", label="funnel")
        for shell in shells:
            pay(day + 6.8, shell, rng.choice(suppliers), rng.uniform(400, 1900), "teléfonos", label="trade shell")
        for _ in range(30):
            pay(
                day + rng.uniform(0, 6),
                rng.choice(families),
                rng.choice(families + suppliers),
                rng.uniform(20, 700),
                "gasto",
            )

    tables: dict[str, Any] = {
        "parties": parties,
        "accounts": accounts,
        "institutions": [
            {"institution_id": b[0] + hostile, "name": b[1] + hostile, "kind": b[2] + hostile, "country": b[3]}
            for b in BANKS
        ],
        "transfers": rows,
    }
    tables |= _traced(rows, set(own[:4]), [a["account_id"] for a in accounts])
    tables |= _listed(accounts, parties, own, rng, rows, hostile)
    tables |= _judged(rows, labels, accounts, own, shops, mules, families, hostile)
    group = {*own, *mules, funnel, *shells}
    tables["truth_accounts"] = [
        {
            "account_id": a["account_id"],
            "group_id": GROUP if a["account_id"] in group else None,
            "role": roles[a["account_id"]],
            "listed": a["account_id"] in own[:4],
            "coerced": a["account_id"] in shops[:40],
        }
        for a in accounts
    ]
    tables["truth_transfers"] = [
        {"transfer_id": t, "label": label + hostile, "scheme_id": label, "coerced": label == "extortion"}
        for t, label in labels.items()
    ]
    return {name: TABLES[name].build(data) for name, data in tables.items()}


def _traced(rows: list[dict[str, Any]], seeds: set[str], accounts: list[str]) -> dict[str, Any]:
    attributions, exposures = [], []
    by_id = {row["transfer_id"]: row for row in rows}
    for direction in ("forward", "backward"):
        backward = direction == "backward"
        found = trace(rows, seeds, backward)
        far, near = ("payer_account", "payee_account") if backward else ("payee_account", "payer_account")
        for method in ("proportional", "poison"):
            parts: dict[str, list[tuple[int, int, dict[str, Any]]]] = defaultdict(list)
            for transfer, (part, hops) in found.items():
                amount = part if method == "proportional" else by_id[transfer]["amount_base"]
                attributions.append(
                    {
                        "transfer_id": transfer,
                        "group_id": GROUP,
                        "direction": direction,
                        "method": method,
                        "amount": amount,
                        "hops": hops,
                    }
                )
                parts[by_id[transfer][far]].append((amount, hops, by_id[transfer]))
            for account in accounts:
                mine = parts.get(account)
                if not mine or account in seeds:
                    continue
                direct = sum(p for p, _, row in mine if row[near] in seeds)
                total = sum(p for p, _, _ in mine)
                exposures.append(
                    {
                        "account_id": account,
                        "group_id": GROUP,
                        "direction": direction,
                        "method": method,
                        "direct": direct,
                        "indirect": total - direct,
                        "held": total // 3,
                        "turnover": sum(r["amount_base"] for r in rows if r[far] == account),
                        "unexplained": 0,
                        "first": min(r["time"] for _, _, r in mine),
                        "last": max(r["time"] for _, _, r in mine),
                        "hops": min(h for _, h, _ in mine),
                    }
                )
    return {"attributions": attributions, "exposures": exposures}


def _listed(
    accounts: list[dict[str, Any]],
    parties: list[dict[str, Any]],
    own: list[str],
    rng: random.Random,
    rows: list[dict[str, Any]],
    hostile: str,
) -> dict[str, Any]:
    entities, names, designations, memberships, matches = [], [], [], [], []
    screened = datetime(2025, 4, 7, 9, 0, tzinfo=UTC)
    holder = {a["account_id"]: p for a, p in zip(accounts, parties, strict=True)}
    for number, account in enumerate([*own[:4], *[a["account_id"] for a in accounts[100:109]]]):
        party, listed = holder[account], number < 4
        entity = f"members-{number:03}{hostile}"
        caption = party["name"] if listed else f"{party['name'].split()[0]} {rng.choice(FAMILY)}{hostile}"
        entities.append(
            {
                "entity_id": entity,
                "schema": "Person",
                "caption": caption,
                "properties": json.dumps({"name": [caption], "birthDate": ["1984"]}),
                "dataset": "members" + hostile,
                "first_seen": date(2025, 1, 1),
                "last_seen": date(2025, 4, 1),
            }
        )
        names.append({"entity_id": entity, "name": caption, "kind": "primary", "script": "Latn"})
        designations.append(
            {
                "entity_id": entity,
                "authority": "SDGT" + hostile,
                "programme": "SDGT",
                "effective": EFFECTIVE if number % 2 == 0 else None,
                "source": "Members list of a made-up world" + hostile,
                "source_url": "https://example.org/list" if number else "javascript:alert(1)",
            }
        )
        memberships.append(
            {
                "group_id": GROUP if listed else entity,
                "entity_id": entity,
                "kind": "linked",
                "source": "made-up" + hostile,
            }
        )
        reasons = [
            {
                "feature": "family name",
                "bits": 11.2 if listed else 6.1,
                "text": f"family name agrees, 1 in 2,300{hostile}",
            },
            {"feature": "given name", "bits": 6.4, "text": f"given name agrees, 1 in 84{hostile}"},
            {"feature": "second family name", "bits": 9.9 if listed else -4.2, "text": f"second family name{hostile}"},
            {"feature": "birth date", "bits": 3.1 if listed else -2.0, "text": f"year of birth{hostile}"},
        ]
        weight = sum(r["bits"] for r in reasons)
        matches.append(
            {
                "party_id": party["party_id"],
                "entity_id": entity,
                "probability": 0.9996 if listed else 0.07,
                "bits": weight,
                "alert": listed,
                "evidence": json.dumps(
                    {"query": party["name"], "listed": caption, "kind": "primary", "reasons": reasons}
                ),
                "list_version": "members 2025-04-01" + hostile,
                "screened_at": screened,
            }
        )
    matches.append(
        {
            "transfer_id": rows[40]["transfer_id"],
            "entity_id": entities[1]["entity_id"],
            "probability": 0.61,
            "bits": 14.5,
            "alert": True,
            "evidence": json.dumps(
                {"query": "por cuenta de " + entities[1]["caption"], "listed": entities[1]["caption"], "reasons": []}
            ),
            "list_version": "members 2025-04-01",
            "screened_at": screened,
        }
    )
    ownership = [
        {
            "owner_id": parties[0]["party_id"],
            "asset_id": parties[88]["party_id"],
            "share_min": 600_000,
            "share_max": 600_000,
            "kind": "owns",
            "source": "made-up" + hostile,
        }
    ]
    return {
        "entities": entities,
        "names": names,
        "designations": designations,
        "memberships": memberships,
        "matches": matches,
        "ownership": ownership,
    }


def _judged(
    rows: list[dict[str, Any]],
    labels: dict[str, str],
    accounts: list[dict[str, Any]],
    own: list[str],
    shops: list[str],
    mules: list[str],
    families: list[str],
    hostile: str,
) -> dict[str, Any]:
    holder = {a["account_id"]: a["party_id"] for a in accounts}
    extortion = [r for r in rows if labels.get(r["transfer_id"]) == "extortion"]
    findings = []
    for number, collector in enumerate(own[:2]):
        mine = [r for r in extortion if r["payee_account"] == collector]
        payers = sorted({r["payer_account"] for r in mine})
        findings.append(
            _finding(
                f"extortion-{number}{hostile}",
                "extortion collector",
                [collector, *payers],
                ["collector", *["possible victim"] * len(payers)],
                mine,
                0.94 - number / 20,
                [
                    f"{len(payers)} payers pay one collector the same fee every week{hostile}",
                    "no goods or services go back",
                ],
            )
        )
    for number, mule in enumerate(mules):
        mine = [r for r in rows if mule in (r["payer_account"], r["payee_account"])]
        findings.append(
            _finding(
                f"pass-{number}{hostile}",
                "rapid pass-through",
                [mule],
                ["hub" + hostile],
                mine,
                0.82 - number / 40,
                [f"91% of what comes in leaves within 26 hours{hostile}"],
            )
        )
    outcomes = [
        ("blocked", "accounts", "count", 6, 6, 6, "counted", "affected"),
        ("blocked", "amount", "USD", 18_400, 21_350, 26_000, "balances unknown before the first transfer", "affected"),
        (
            "exposed.before",
            "parties",
            "count",
            38,
            61,
            74,
            "threshold of attributed money, USD 10 to 1,000",
            "exposures",
        ),
        (
            "exposed.after",
            "parties",
            "count",
            22,
            40,
            52,
            "threshold of attributed money, USD 10 to 1,000",
            "exposures",
        ),
        (
            "cut",
            "amount",
            "USD",
            21_000,
            48_000,
            69_000,
            "share of the outflow the group re-routes: 20% to 70%",
            "exposures",
        ),
        ("harmed.coerced payers", "people", "count", 31, 40, 44, "recall and precision of the pattern", "findings"),
        (
            "harmed.remittance senders",
            "people",
            "count",
            9,
            24,
            90,
            "share of senders without another channel: 10% to 100%",
            "facts E",
        ),
        ("harmed.remittances delayed", "amount", "USD", 3_100, 8_700, 31_000, "mean ticket USD 393", "Banxico 2024"),
    ]
    affected = [_hit("blocked", "party", holder[a], "listed", 2_100_000, "listed under SDGT", hostile) for a in own[:4]]
    affected.append(
        _hit("blocked", "party", accounts[88]["party_id"], "owned", 340_000, "owned 60% by a listed person", hostile)
    )
    affected += [
        _hit("exposed", "party", holder[a], "counterparty", 90_000, "received USD 900 from the group", hostile)
        for a in mules
    ]
    affected += [
        _hit("harmed", "party", holder[a], "possible victim", 150_000, "pays a weekly fee", hostile) for a in shops[:40]
    ]
    affected += [
        _hit("harmed", "party", holder[a], "remittance sender", 39_300, "sends over an exposed agent", hostile)
        for a in families[:24]
    ]
    rejected = [
        {"file": f"transfers.csv{hostile}", "row": n + 9, "field": "amount", "reason": r + hostile, "content": "{}"}
        for n, r in enumerate(["the amount is negative", "the amount is negative", "unknown currency XQX"])
    ]
    keys = ("measure", "subject_kind", "unit", "low", "mid", "high", "assumption", "source")
    told = [
        {"scenario": "designation", **dict(zip(keys, o, strict=True)), "assumption": o[6] + hostile} for o in outcomes
    ]
    more = compared(told, [*own, *mules], holder, hostile)
    return {
        **more,
        "findings": findings,
        "outcomes": [*told, *more["outcomes"]],
        "affected": affected,
        "rejected": rejected,
    }


def _finding(
    name: str,
    typology: str,
    accounts: list[str],
    roles: list[str],
    rows: list[dict[str, Any]],
    score: float,
    why: list[str],
) -> dict[str, Any]:
    return {
        "finding_id": name,
        "typology": typology,
        "accounts": accounts,
        "roles": roles,
        "transfers": [r["transfer_id"] for r in rows],
        "amount": sum(r["amount_base"] for r in rows),
        "first": min(r["time"] for r in rows),
        "last": max(r["time"] for r in rows),
        "score": score,
        "reasons": why,
    }


def _hit(effect: str, kind: str, subject: str, role: str, amount: int, reason: str, hostile: str) -> dict[str, Any]:
    return {
        "scenario": "designation",
        "effect": effect,
        "subject_kind": kind,
        "subject_id": subject,
        "group_id": GROUP,
        "role": role,
        "amount": amount,
        "before": amount // 2,
        "after": amount - amount // 2,
        "reason": reason + hostile,
    }


def told(tables: dict[str, pa.Table], hostile: str = "") -> ReportFacts:
    """The facts that go with `world`."""
    questions = ("Sanctions law", "Criminal material support", "Civil liability", "Immigration bars", "Local law")
    matched = tables["matches"].to_pylist()[0] if "matches" in tables else {}
    paid = [
        {
            "transfer": row["transfer_id"],
            "party": matched.get("party_id"),
            "entity": matched.get("entity_id"),
            "day": row["time"].date(),
            "status": "yes" if row["time"].date() >= EFFECTIVE else "no",
            "text": f"designated under SDGT from {EFFECTIVE}{hostile}",
        }
        for row in tables["transfers"].slice(0, 400).to_pylist()[::20]
    ]
    return ReportFacts(
        title="Cross-border desk, first quarter 2025" + hostile,
        note="Made-up world: every name is invented." + hostile,
        as_of=date(2025, 4, 7),
        effective=EFFECTIVE,
        groups=[
            Group(
                GROUP,
                "Tren de Aragua" + hostile,
                [
                    Designation(
                        "FTO" + hostile, EFFECTIVE, "Public Notice 12672" + hostile, "https://www.federalregister.gov/x"
                    ),
                    Designation("SDGT", EFFECTIVE, "Public Notice 12672", "javascript:alert(document.domain)"),
                    Designation("CA-LTE", None, "Criminal Code s.83.05", None),
                ],
            )
        ],
        list_versions=[
            ListVersion("members" + hostile, "2025-04-01", date(2025, 4, 1), 13, 6),
            ListVersion("caudal_groups", "2026.1", date(2025, 2, 21), 24, 45),
        ],
        ledger=LedgerNumbers(
            rows_read=tables["transfers"].num_rows + 3,
            accepted=tables["transfers"].num_rows,
            rejected={"the amount is negative" + hostile: 2, "unknown currency" + hostile: 1},
            first=START,
            last=START + timedelta(days=90),
        ),
        scenario="designation",
        threshold=18.0,
        methods={
            "Screening": "Evidence is weighed in bits by how rare what agrees is." + hostile,
            "Tracing": "One pass over the payments in order of time; each carries the payer's share.",
        },
        limits=["This run did not screen free text in other scripts." + hostile],
        law=[
            LawEffect(
                "FTO",
                "Funds" + hostile,
                "A US financial institution that becomes aware it holds funds of the FTO retains and reports them."
                + hostile,
                "31 CFR 597.201" + hostile,
                "https://www.ecfr.gov/x",
                date(2026, 8, 1),
            ),
            LawEffect("FTO", "Support", "Knowingly giving material support is a crime.", "18 USC 2339B"),
            LawEffect(
                "SDGT",
                "Property",
                "Property is blocked, dealings prohibited.",
                "EO 13224",
                "https://ofac.treasury.gov/",
            ),
        ],
        coerced_payment=[
            CoercedAnswer(
                question + hostile,
                "The rule in one sentence.",
                "What is settled." + hostile,
                "What is open.",
                "A source" + hostile,
                "https://example.org/rule",
            )
            for question in questions
        ],
        paid_when_designated=paid,
        generated_at=datetime(2025, 4, 7, 12, 30, tzinfo=UTC),
        version="0.1.0",
        seconds={"register": 0.4, "ledger": 1.2, "screening": 2.1, "tracing": 0.2},
    )


@pytest.fixture(scope="session")
def made_up() -> dict[str, pa.Table]:
    """The tables of the made-up world."""
    return world()


@pytest.fixture(scope="session")
def made_up_facts(made_up: dict[str, pa.Table]) -> ReportFacts:
    """The facts that go with them."""
    return told(made_up)


@pytest.fixture(scope="session")
def make_world() -> Any:
    """The builders `world` and `told` themselves, for tests that want another world."""
    return world, told
