"""Every detector finds what was planted for it, and leaves the innocent twin alone or behind."""

from __future__ import annotations

import pytest

from caudal.typologies import INNOCENT, TYPOLOGIES, detect


def found(ledger, typology, **settings):
    return [f for f in detect(ledger, settings=settings or None).to_pylist() if f["typology"] == typology]


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_planted_pattern_is_found_whole(typology, town, random, plants, neighbours):
    planted = plants[typology](town, random)
    neighbours(town, random)
    findings = found(town, typology)
    assert findings, "nothing found"
    best = findings[0]
    assert set(best["transfers"]) >= planted or len(set(best["transfers"]) & planted) >= 0.9 * len(planted)
    assert len(set(best["transfers"]) & planted) >= 0.9 * len(best["transfers"])
    assert best["reasons"][-1].startswith(INNOCENT)
    assert any(any(letter.isdigit() for letter in reason) for reason in best["reasons"])


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_neighbours_alone_raise_nothing(typology, town, random, neighbours):
    neighbours(town, random)
    assert not found(town, typology)


def test_shops_are_possible_victims(town, random, plants):
    plants["extortion collector"](town, random)
    (finding,) = found(town, "extortion collector")
    roles = dict(zip(finding["accounts"], finding["roles"], strict=True))
    assert roles.pop("cobrador") == "collector"
    assert set(roles.values()) == {"possible victim"}
    assert len(roles) == 12
    assert not any("suspect" in reason or "criminal" in reason for reason in finding["reasons"])


def test_extortion_of_three_payments_is_found(town, random, plants):
    plants["extortion collector"](town, random, every=28)
    assert found(town, "extortion collector")


def landlord(town, random):
    for flat in range(15):
        for month in range(3):
            town.pay(month * 30.4 + 1 + random.uniform(0, 2), f"inquilino{flat}", "casero", 600 + 25 * flat)
    for month in range(3):
        town.pay(month * 30.4 + 10, "casero", "banco", 4000)
        town.pay(month * 30.4 + 15, "casero", "plomero", 350.40)


def shop_landlord(town, random):
    """Rent of shops: round, monthly, and most of it goes to the bank within the week."""
    for number in range(10):
        shop = town.shop(f"inquilina{number}", random)
        for month in range(3):
            town.pay(month * 30.4 + 1 + random.uniform(0, 2), shop, "casera", 500 + 50 * number)
    for month in range(3):
        town.pay(month * 30.4 + 5, "casera", "banco", 4500)


def school(town, random):
    for child in range(40):
        for month in range(3):
            town.pay(month * 30.4 + 2 + random.uniform(0, 2), f"familia{child}", "colegio", 300)
    for month in range(3):
        for teacher in range(8):
            town.pay(month * 30.4 + 28, "colegio", f"maestra{teacher}", 1100)


def utility(town, random):
    for home in range(40):
        shop = town.shop(f"local{home}", random) if home < 10 else f"hogar{home}"
        for month in range(3):
            town.pay(month * 30.4 + 5 + random.uniform(0, 2), shop, "luz", round(random.uniform(20, 90), 2))


def stall_association(town, random):
    """Shops pay a round weekly due all year; it goes out slowly to wages, cleaners and the city."""
    for number in range(14):
        shop = town.shop(f"puesto{number}", random)
        for week in range(13):
            town.pay(week * 7 + 0.5, shop, "asociacion", 40)
    for week in range(13):
        for staff in range(12):
            town.pay(week * 7 + 6.2, "asociacion", f"limpieza{staff}", 38.75)


def payroll(town, random):
    for fortnight in range(6):
        for worker in range(20):
            town.pay(fortnight * 14 + 1, "patron", f"obrero{worker}", 900)


def savings_club(town, random):
    """Twelve members pay the organiser every week, and one member draws the pot."""
    for week in range(12):
        for member in range(12):
            town.pay(week * 7 + 1, f"socia{member}", "organizadora", 50)
        town.pay(week * 7 + 1.5, "organizadora", f"socia{week}", 600)


def supplier(town, random):
    for number in range(14):
        shop = town.shop(f"tendero{number}", random)
        for week in range(12):
            town.pay(week * 7 + 1, shop, "cerveceria", round(random.uniform(80, 400), 2))


def franchise(town, random):
    """Shops pay a round monthly fee to a firm that pays wages."""
    for number in range(14):
        shop = town.shop(f"tienda{number}", random)
        for month in range(3):
            town.pay(month * 30.4 + 2, shop, "franquicia", 150)
    for month in range(3):
        for worker in range(8):
            town.pay(month * 30.4 + 28, "franquicia", f"empleada{worker}", 240)


def church(town, random):
    """Families give a round sum every Sunday, which the parish hands on to the diocese."""
    for family in range(30):
        for month in range(3):
            town.pay(month * 30.4 + 1, f"empresa{family % 4}", f"familia{family}", 1800 + 20 * family)
        for week in range(13):
            town.pay(week * 7 + 0.4, f"familia{family}", "parroquia", 10 + 5 * (family % 3))
    for week in range(12):
        town.pay(week * 7 + 1.4, "parroquia", "diocesis", 400)


@pytest.mark.parametrize(
    "twin",
    [
        landlord,
        shop_landlord,
        school,
        utility,
        stall_association,
        payroll,
        savings_club,
        supplier,
        franchise,
        church,
    ],
    ids=lambda f: f.__name__,
)
def test_innocent_collectors_are_not_shown(twin, town, random):
    twin(town, random)
    assert not found(town, "extortion collector")


def test_collector_who_buys_in_the_shops_is_found(town, random, plants):
    plants["extortion collector"](town, random)
    for week in range(4, 13):
        for shop in range(3):
            town.pay(
                week * 7 + shop, "cobrador", f"cobrador-tienda{shop:02d}", round(random.uniform(20, 60), 2), "card"
            )
    (finding,) = found(town, "extortion collector")
    assert finding["accounts"][0] == "cobrador"


def test_more_payers_of_two_payments_each_are_more_probable(town, random):
    for name, shops in (("pocas", 3), ("muchas", 14)):
        for number in range(shops):
            shop = town.shop(f"{name}{number}", random)
            for day in (30, 60):
                town.pay(day + number % 3, shop, name, 40)
    found = {f["accounts"][0]: f["probability"] for f in by_probability(town)}
    assert found["muchas"] > found["pocas"]


def by_probability(town):
    return found(town, "extortion collector", extortion={"min_probability": 0, "min_share": 0})


def test_extortion_scores_above_the_stall_association(town, random, plants):
    stall_association(town, random)
    plants["extortion collector"](town, random)
    first = by_probability(town)[0]
    assert first["accounts"][0] == "cobrador"


def test_collection_that_stays_is_no_funnel(town, random):
    for giver in range(25):
        town.pay(10 + giver / 2, f"donante{giver}", "colecta", 120)
    town.pay(60, "colecta", "hospital", 3000)
    assert not found(town, "funnel account")


def test_shop_with_card_sales_is_no_funnel(town, random):
    for sale in range(40):
        town.pay(10 + sale / 3, f"cliente{sale}", "zapateria", 80, "card")
        town.pay(10.5 + sale / 3, "zapateria", "fabrica", 70)
    assert not found(town, "funnel account")


def test_seller_who_pays_many_is_no_funnel(town, random):
    for sale in range(20):
        town.pay(10 + sale, f"cliente{sale}", "taller", 500)
        town.pay(10.5 + sale, "taller", f"proveedor{sale}", 450)
    assert not found(town, "funnel account")


def test_household_is_no_pass_through(town, random):
    for month in range(3):
        town.pay(month * 30 + 1, "empresa", "hogar", 2500)
        town.pay(month * 30 + 2, "hogar", "casera", 900)
        for week in range(4):
            town.pay(month * 30 + 3 + week * 7, "hogar", "mercado", 380)
    assert not found(town, "rapid pass-through")


def test_remittance_drawn_in_cash_is_no_pass_through_like_a_mule(town, random, plants):
    town.account("ventanilla", pooled=True)
    for month in range(3):
        town.pay(month * 30 + 3, "hija", "madre", 800, "remittance")
        town.pay(month * 30 + 3.3, "madre", "ventanilla", 800, "cash")
    plants["rapid pass-through"](town, random)
    assert [f["accounts"][0] for f in found(town, "rapid pass-through")] == ["mula"]


def test_payroll_office_is_no_pass_through(town, random):
    wages = [900 + 13 * worker for worker in range(20)]
    for fortnight in range(6):
        for firm in range(2):
            mine = range(firm * 10, firm * 10 + 10)
            town.pay(fortnight * 14 + 1, f"firma{firm}", "nominas", sum(wages[w] for w in mine) * 1.01)
            for worker in mine:
                town.pay(fortnight * 14 + 1.5, "nominas", f"obrero{worker}", wages[worker])
    assert not found(town, "rapid pass-through")


def test_own_accounts_are_no_pass_through(town, random):
    town.account("corriente", party_id="ana")
    town.account("ahorro", party_id="ana")
    for week in range(12):
        town.pay(week * 7, f"cliente{week}", "corriente", 900)
        town.pay(week * 7 + 0.2, "corriente", "ahorro", 900)
    assert not found(town, "rapid pass-through")


def test_takings_of_a_shop_are_no_structuring(town, random):
    town.account("caja", pooled=True)
    for day in range(80):
        town.pay(day, "caja", "gasolinera", round(random.lognormal(9.0, 0.35), 2), "cash")
    amounts = [r["amount"] for r in town.rows]
    assert sum(800_000 <= a < 1_000_000 for a in amounts) >= 10  # plenty lie just under the limit
    assert not found(town, "structuring")


def test_parts_of_a_day_are_structuring(town, random):
    town.account("caja", pooled=True)
    for day in range(10, 40, 5):
        for part in range(3):
            town.pay(day + part / 10, "caja", "pitufo", 3900 + 10 * part, "cash")
    (finding,) = found(town, "structuring")
    assert len(finding["transfers"]) == 18


def test_wires_under_the_limit_are_no_cash(town, random):
    for number in range(9):
        town.pay(20 + number, "a", "b", 9500, "wire")
    assert not found(town, "structuring")


def test_unknown_channel_counts_only_when_asked(town, random):
    for number in range(9):
        town.pay(20 + number, "a", "b", 9500, None)
    assert not found(town, "structuring")
    assert found(town, "structuring", structuring={"unknown_channel": True})


def test_limit_holds_only_between_its_days(town, random, plants):
    plants["structuring"](town, random)
    limit = {"id": "x", "name": "x", "currency": "USD", "amount": 10_000, "source": "made up"}
    assert found(town, "structuring", thresholds=[limit])
    assert not found(town, "structuring", thresholds=[limit | {"until": "2025-01-20"}])
    assert not found(town, "structuring", thresholds=[limit | {"from": "2025-03-01"}])
    assert not found(town, "structuring", thresholds=[limit | {"on": False}])
    assert not found(town, "structuring", thresholds=[limit | {"currency": "MXN"}])


def test_one_persons_parts_to_one_account_are_one_finding(town, random):
    for number in range(9):
        town.pay(20 + number * 2, "remitente", "destino", 9500, "cash")
    (finding,) = found(town, "structuring")
    assert sorted(finding["accounts"]) == ["destino", "remitente"]


def test_cycle_back_in_time_is_no_cycle(town, random):
    for hop in range(4):
        town.pay(30 - hop, f"v{hop}", f"v{(hop + 1) % 4}", 10_000)
    assert not found(town, "cycle", cycle={"min_score": 0})


def test_cycle_of_other_amounts_counts_only_over_links_made_for_it(town, random, plants):
    for hop, amount in enumerate((10_000, 2_000, 9_000, 4_000)):
        town.pay(10 + hop, f"v{hop}", f"v{(hop + 1) % 4}", amount)
    (loose,) = found(town, "cycle", cycle={"min_score": 0})
    assert not found(town, "cycle", cycle={"min_score": 0, "own_link": 0})
    plants["cycle"](town, random)
    best = found(town, "cycle", cycle={"min_score": 0})[0]
    assert best["accounts"][0] == "vuelta0"
    assert best["score"] > loose["score"] + 0.2
    town.pay(50, "v1", "v2", 70)  # they have other dealings
    assert not any("v0" in f["accounts"] for f in found(town, "cycle", cycle={"min_score": 0}))


def test_triangles_that_everybody_has_are_no_sign(town, random):
    for number in range(40):
        day = random.uniform(0, 80)
        for hop in range(3):
            town.pay(day + hop, f"k{number}-{hop}", f"k{number}-{(hop + 1) % 3}", 500 + number)
    findings = found(town, "cycle", cycle={"min_score": 0})
    assert len(findings) == 40
    assert max(f["score"] for f in findings) < 0.52
    assert not found(town, "cycle")


def scatter(town, random, middles=5, name="abanico", days=2.0):
    """One account pays several, and each pays nine tenths on to one and the same other."""
    planted = set()
    for number in range(middles):
        amount, middle = round(random.uniform(400, 900), 2), f"{name}-medio{number}"
        day = 20 + number * 0.7
        planted.add(town.pay(day, f"{name}-de", middle, amount))
        planted.add(town.pay(day + days, middle, f"{name}-a", amount * 0.9))
    return planted


def test_parallel_pass_through_is_one_finding(town, random, neighbours):
    planted = scatter(town, random)
    neighbours(town, random)
    for number in range(5):  # the accounts in the middle have a life of their own
        for week in range(10):
            town.pay(week * 7 + number, f"abanico-medio{number}", f"mercado{number % 2}", 60 + week)
    (finding,) = found(town, "rapid pass-through")
    assert set(finding["transfers"]) == planted
    roles = dict(zip(finding["accounts"], finding["roles"], strict=True))
    assert roles.pop("abanico-de") == "payer"
    assert roles.pop("abanico-a") == "receiver"
    assert set(roles.values()) == {"pass-through"}
    assert len(roles) == 5


def test_staff_who_pay_the_same_market_pass_nothing_on(town, random):
    for month in range(3):
        for worker in range(12):
            town.pay(month * 30 + 1, "patron", f"obrera{worker}", 900)
            for week in range(4):
                town.pay(month * 30 + 3 + week * 7, f"obrera{worker}", "mercado", round(random.uniform(90, 220), 2))
    assert not found(town, "rapid pass-through", pass_through={"min_score": 0.5, "parallel_score": 0.5})


def test_a_bonus_spent_at_the_market_is_no_parallel_pass_through(town, random):
    """Everybody gets it once, spends it in several places, and the market has many other customers."""
    for worker in range(30):
        town.pay(30, "patron", f"obrera{worker}", 300)
        town.pay(
            30 + random.uniform(1, 12), f"obrera{worker}", f"mercado{worker % 3}", round(random.uniform(20, 80), 2)
        )
    for guest in range(200):
        town.pay(random.uniform(25, 50), f"cliente{guest}", f"mercado{guest % 3}", round(random.uniform(20, 80), 2))
    assert not found(town, "rapid pass-through")


def test_savings_circle_is_named_and_ranks_low(town, random, plants):
    members = [f"comadre{n}" for n in range(6)]
    for turn, drawer in enumerate(members):
        for member in members:
            if member != drawer:
                town.pay(turn * 7 + 1, member, drawer, 600)
    assert not found(town, "cycle")
    plants["cycle"](town, random)
    findings = found(town, "cycle", cycle={"min_score": 0})
    assert {a.rstrip("0123456789") for a in findings[0]["accounts"]} == {"vuelta"}
    circle = next(f for f in findings if "comadre0" in f["accounts"])
    assert any("savings circle pay" in reason for reason in circle["reasons"])


def test_rounds_through_the_same_accounts_are_one_finding(town, random, plants):
    planted = plants["cycle"](town, random)
    (finding,) = found(town, "cycle")
    assert set(finding["transfers"]) == planted
    assert finding["roles"].count("origin") == 1


def test_a_limit_nobody_told_shows_where_cash_bunches(town, random):
    """In pesos no limit is set; three people stay under 150,000, and the rest of the cash is as it comes."""
    town.account("caja", pooled=True)
    for _ in range(1500):
        town.pay(random.uniform(0, 90), "caja", f"vecina{random.integers(300)}", random.lognormal(9, 1), "cash", "MXN")
    for person in range(3):
        for number in range(5):
            amount = round(random.uniform(130_000, 149_000), -2)
            town.pay(20 + 5 * person + 0.7 * number, "caja", f"hormiga{person}", amount, "cash", "MXN")
    findings = found(town, "structuring")
    assert {f["accounts"][0] for f in findings} == {"hormiga0", "hormiga1", "hormiga2"}
    assert all(any("150,000" in reason and "no law" in reason for reason in f["reasons"]) for f in findings)
    assert not found(town, "structuring", structuring={"own_limits": False})


@pytest.mark.parametrize("spread", [0.4, 1.0, 1.6])
def test_cash_as_it_comes_has_no_limit(spread, town, random):
    town.account("caja", pooled=True)
    for _ in range(4000):
        town.pay(
            random.uniform(0, 90), "caja", f"vecina{random.integers(300)}", random.lognormal(8, spread), "cash", "COP"
        )
    assert not found(town, "structuring")


def test_takings_banked_as_the_safe_fills_are_no_structuring(town, random):
    """A shop that banks just under the limit every fifth day never splits one sum."""
    town.shop("tienda", random)
    town.account("caja", pooled=True)
    for day in range(2, 90, 5):
        town.pay(day + 0.5, "caja", "tienda", round(random.uniform(8_600, 9_800), -1), "cash")
    assert not found(town, "structuring")
