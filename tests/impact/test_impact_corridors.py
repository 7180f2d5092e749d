from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.impact import draw, uncertainty
from caudal.impact.corridors import COUNTED, ESTIMATED, UNKNOWN
from caudal.impact.published import Published
from caudal.impact.scaling import LEAST, ratio
from caudal.tables import CORRIDOR_DRAWS

GROUP = "los-inventados"
CHANNEL = "remittance"
SENDERS = 2 * LEAST
QUARTER = (date(2025, 1, 1), date(2025, 3, 31))


def cell(result, measure, unit, basis=COUNTED, corridor=("us", "mx")):
    rows = [
        r
        for r in result.corridors.to_pylist()
        if (r["sending"], r["receiving"]) == corridor
        and (r["measure"], r["unit"], r["basis"]) == (measure, unit, basis)
    ]
    assert len(rows) <= 1
    return rows[0] if rows else None


def triple(row):
    return row["low"], row["mid"], row["high"]


@pytest.fixture
def town(world, days):
    """An agent with a desk in each country that paid the boss; people here and there; a clean agent."""
    world.bank("agency", "us", "money transfer")
    world.bank("clean agency", "us", "money transfer")
    world.bank("home", "us")
    world.bank("banco", "mx")
    world.party("boss")
    world.match("boss", GROUP)
    for name, country in (("agent", "us"), ("desk", "mx"), ("clean", "us"), ("clean desk", "mx"), ("counter", "mx")):
        world.party(name, "Company", "clean agency" if "clean" in name else "agency", pooled=True)
        world.account_rows[-1]["country"] = country
    for n in range(SENDERS):
        world.party(f"sender{n}", bank="home")
        world.party(f"receiver{n}", bank="banco")
    world.attribute(world.pay("agent", "boss", 50_000, date(2025, 2, 21)), GROUP, "backward", 50_000)
    for day in QUARTER:
        world.pay("boss", "boss", 1, day)
    return world


def send(world, payer, payee, amount, day, agent="agent", desk="desk", cash=False, ref=None):
    """A remittance in two legs with one reference number."""
    ref = ref or f"ref {70_000_000 + len(world.transfer_rows)}"
    world.pay(payer, agent, amount, day, CHANNEL)
    world.transfer_rows[-1]["purpose"] = f"family remittance {ref}"
    world.pay(desk, "counter" if cash else payee, amount, day, "cash" if cash else CHANNEL)
    world.transfer_rows[-1]["purpose"] = f"remesa familiar {ref}"


def everyone_sends(world, days):
    for n in range(SENDERS):
        clean = n % 2
        way = ("clean", "clean desk") if clean else ("agent", "desk")
        send(world, f"sender{n}", f"receiver{n}", 10_000 * (n + 1), date(2025, 3, 1), *way, cash=n % 4 == 0)


MONTHS = [date(2025, month, 1) for month in (1, 2, 3)]
VOLUME = Published(
    values={("us", "mx"): {QUARTER[0]: 900_000}, ("*", "mx"): dict.fromkeys(MONTHS, 400_000)},
    operations={("*", "mx"): dict.fromkeys(MONTHS, 1000)},
    files={("us", "mx"): "made up.csv", ("*", "mx"): "months.csv"},
)


def test_counted_by_hand(town, days):
    everyone_sends(town, days)
    result = town.assess()
    half = SENDERS // 2
    reached = [100.0 * (n + 1) for n in range(0, SENDERS, 2)]
    assert triple(cell(result, "all remittances", "senders")) == (SENDERS,) * 3
    assert triple(cell(result, "over someone blocked or exposed", "senders")) == (half,) * 3
    assert triple(cell(result, "over someone blocked or exposed", "USD")) == (sum(reached),) * 3
    hit = triple(cell(result, "stopped, delayed or dearer", "senders"))
    assert hit == pytest.approx((0.05 * half, 0.30 * half, 0.91 * half))
    stuck = triple(cell(result, "stopped: no other channel", "senders"))
    assert stuck == pytest.approx((0.05 * 0.05 * half, 0.30 * 0.25 * half, 0.91 * 0.75 * half))
    moved = triple(cell(result, "delayed: another channel", "senders"))
    assert moved == pytest.approx((0.05 * 0.25 * half, 0.30 * 0.75 * half, 0.91 * 0.95 * half))
    dearer = triple(cell(result, "dearer: cost of the other channel", "USD"))
    assert dearer == pytest.approx((0.0, 0.3 * 0.75 * 0.05 * sum(reached), 0.91 * 0.95 * 0.1 * sum(reached)))
    in_cash = [100.0 * (n + 1) for n in range(0, SENDERS, 4)]
    cash = triple(cell(result, "stopped, delayed or dearer, paid out in cash", "USD"))
    assert cash == pytest.approx((0.05 * sum(in_cash), 0.3 * sum(in_cash), 0.91 * sum(in_cash)))
    assert {r["basis"] for r in result.corridors.to_pylist()} == {COUNTED}, "nothing is scaled unless asked"


def test_legs_are_joined_by_their_reference_only(town, days):
    send(town, "sender0", "receiver0", 10_000, days(1))
    send(town, "sender1", "receiver1", 10_000, days(1), ref="ref 123")
    send(town, "sender2", "receiver2", 10_000, days(1), ref="ref 99999999")
    send(town, "sender3", "receiver3", 10_000, days(2), ref="ref 99999999")
    town.pay("sender4", "receiver4", 10_000, days(1), CHANNEL)
    result = town.assess()
    assert cell(result, "all remittances", "senders")["mid"] == 2, "one joined, one straight from account to account"
    unknown = cell(result, "all remittances", "senders", corridor=("us", "unknown"))
    assert unknown["mid"] == 3
    assert "not known" in unknown["assumption"]


def test_a_remittance_to_a_blocked_person_is_not_lawful(town, days):
    send(town, "sender0", "boss", 10_000, days(1))
    result = town.assess()
    assert cell(result, "all remittances", "senders", corridor=("us", "unknown"))["mid"] == 1
    rows = [r for r in result.corridors.to_pylist() if r["measure"] == "over someone blocked or exposed"]
    assert sum(r["mid"] for r in rows) == 0


def test_scaled_to_what_was_published(town, days):
    everyone_sends(town, days)
    result = assess_scaled(town)
    whole = cell(result, "all remittances", "USD", ESTIMATED)
    assert triple(whole) == (900_000,) * 3
    assert whole["sampling_low"] is None
    counted = cell(result, "stopped, delayed or dearer", "USD")
    estimate = cell(result, "stopped, delayed or dearer", "USD", ESTIMATED)
    assert estimate["mid"] == pytest.approx(counted["mid"] * 900_000 / cell(result, "all remittances", "USD")["mid"])
    assert estimate["factor"] == pytest.approx(estimate["mid"] / counted["mid"])
    assert estimate["low"] < estimate["sampling_low"] < estimate["mid"] < estimate["sampling_high"] < estimate["high"]
    assert estimate["published"] == 900_000
    senders = cell(result, "over someone blocked or exposed", "senders", ESTIMATED)
    assert senders["published"] == pytest.approx(900_000 * 3000 / 1_200_000)
    assert senders["mid"] == pytest.approx(senders["published"] / 2), "one remittance each, every second one reached"
    assert "made up.csv" in estimate["source"]
    assert "sample_represents" in estimate["assumption"]
    assert result.outcomes.equals(town.assess().outcomes), "the counted numbers do not change"


def assess_scaled(town, published=VOLUME, **keys):
    return town.assess(published=published, **keys)


def test_scaling_is_linear_in_the_volume(town, days):
    everyone_sends(town, days)
    twice = Published(
        {k: {p: 2 * v for p, v in q.items()} for k, q in VOLUME.values.items()},
        {k: {p: 2 * v for p, v in q.items()} for k, q in VOLUME.operations.items()},
        VOLUME.files,
    )
    once_rows = [r for r in assess_scaled(town).corridors.to_pylist() if r["basis"] == ESTIMATED]
    twice_rows = [r for r in assess_scaled(town, twice).corridors.to_pylist() if r["basis"] == ESTIMATED]
    assert len(once_rows) == len(twice_rows) > 10
    for one, two in zip(once_rows, twice_rows, strict=True):
        assert triple(two) == pytest.approx([2 * x for x in triple(one)])


def test_with_few_senders_or_nothing_published_there_is_no_estimate(town, days):
    for n in range(LEAST - 1):
        send(town, f"sender{n}", f"receiver{n}", 10_000, days(1))
    result = assess_scaled(town)
    assert cell(result, "all remittances", "USD", ESTIMATED) is None
    assert "fewer than 10 senders" in cell(result, "all remittances", "USD")["assumption"]
    result = assess_scaled(town, Published(values={("ht", "mx"): {QUARTER[0]: 1}}, files={("ht", "mx"): "x"}))
    assert "nothing was published" in cell(result, "all remittances", "USD")["assumption"]


def test_states_from_a_list_of_the_users_own(town, days):
    everyone_sends(town, days)
    published = Published(
        VOLUME.values | {("us-ca", "mx"): {QUARTER[0]: 300_000}},
        VOLUME.operations,
        VOLUME.files | {("us-ca", "mx"): "states.csv"},
        {f"sender{n}": "us-ca" for n in range(LEAST)} | {"receiver0": "mx-mic"},
    )
    result = assess_scaled(town, published)
    assert cell(result, "all remittances", "senders", corridor=("us-ca", "mx"))["mid"] == LEAST
    assert cell(result, "all remittances", "USD", ESTIMATED, ("us-ca", "mx"))["mid"] == 300_000
    assert cell(result, "all remittances", "senders")["mid"] == SENDERS
    assert not [c for c in result.corridors.column_names if "national" in c]


def test_corridors_of_a_draw_add_up_to_that_draw_of_the_outcome(town, days):
    """With two unsure dealers behind the agents, remittances into two countries, some of unknown way and end."""
    town.bank("caja", "gt")
    town.party("gt desk", "Company", "agency", pooled=True)
    town.account_rows[-1]["country"] = "gt"
    town.party("maybe")
    town.match("maybe", GROUP, 0.5)
    town.attribute(town.pay("clean", "maybe", 9_000, date(2025, 2, 22)), GROUP, "backward", 9_000)
    everyone_sends(town, days)
    for n in range(SENDERS):
        town.party(f"tio{n}", bank="caja")
        send(town, f"sender{n}", f"tio{n}", 3_000 * (n + 1), date(2025, 3, 9), "agent", "gt desk", n % 3 == 0)
    town.pay("sender0", "agent", 7_000, date(2025, 3, 11), CHANNEL)
    places = Published(places={f"sender{n}": "us-ca" for n in range(4)} | {"receiver1": "mx-mic"})
    result = town.assess(published=places)
    model = result.model
    drawn = draw(model, 400, 3)
    sheet, values = model.sheets["corridor_draws"], drawn.sheets["corridor_draws"]
    states = {"us-ca", "*"}
    between = {("us", "mx"), ("us", "gt"), ("us", UNKNOWN)}
    assert {(r["sending"], r["receiving"]) for r in sheet.rows if r["sending"] not in states} == between
    pairs = (
        ("stopped, delayed or dearer", ""),
        ("stopped, delayed or dearer, paid out in cash", ".paid out in cash"),
        ("stopped: no other channel", ".no other channel"),
        ("dearer: cost of the other channel", ".dearer: cost of the other channel"),
    )
    for measure, ending in pairs:
        mine = [
            n for n, r in enumerate(sheet.rows)
            if (r["measure"], r["unit"]) == (measure, "USD") and r["sending"] not in states
        ]  # fmt: skip
        outcome = drawn.values[model.place((f"harmed.remittance senders{ending}", "amount", "USD"))]
        assert outcome.max() > outcome.min()
        assert values[mine].sum(axis=0) == pytest.approx(outcome)
    # Whoever sends both ways counts in both; never more people than senders.
    people = {(r["sending"], r["receiving"]): values[n] for n, r in enumerate(sheet.rows)
              if (r["measure"], r["unit"]) == ("stopped, delayed or dearer", "senders")}  # fmt: skip
    senders = drawn.values[model.place(("harmed.remittance senders", "people", "count"))]
    assert np.all(people["us", "mx"] <= senders + 1e-9)
    assert np.all(sum(people[c] for c in between) >= senders - 1e-9)
    assert np.all(people["us-ca", "mx"] <= people["us", "mx"] + 1e-9)
    # The counted rows of `corridors` have the same ends, and no draw lies outside.
    counted = {(r["sending"], r["receiving"], r["measure"], r["unit"]): r for r in result.corridors.to_pylist()}
    for row, value in zip(sheet.rows, values, strict=True):
        case = counted[row["sending"], row["receiving"], row["measure"], row["unit"]]
        assert (row["low"], row["high"]) == pytest.approx((case["low"], case["high"])), row
        assert row["low"] - 1e-6 <= value.min() <= value.max() <= row["high"] + 1e-6
    assert CORRIDOR_DRAWS.check(uncertainty.sheet("corridor_draws", [drawn])).num_rows == len(sheet.rows)


def test_another_base_currency_is_refused(town, days):
    town.base_currency = "EUR"
    with pytest.raises(InputError, match="published values are in USD"):
        assess_scaled(town)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.floats(0.5, 1e9))
def test_a_ratio_lies_within_its_own_sampling_error_and_is_linear(seed, senders, total):
    rng = np.random.default_rng(seed)
    sizes = rng.lognormal(0, 1, senders)
    quantities = np.column_stack([sizes, sizes * rng.random(senders), np.zeros(senders)])
    one = ratio(quantities, sizes, total, seed=1, draws=200)
    assert one.value == pytest.approx([total, total * quantities[:, 1].sum() / sizes.sum(), 0.0])
    assert (one.low <= one.value).all()
    assert (one.value <= one.high).all()
    assert one.low[0] == pytest.approx(total) == one.high[0], "the whole is published, not estimated"
    twice = ratio(quantities, sizes, 2 * total, seed=1, draws=200)
    assert twice.high == pytest.approx(2 * one.high)


@pytest.mark.parametrize("size", [400, 6000])
def test_the_sampling_error_covers_the_truth_as_often_as_it_says(size):
    """Samples of a known population, below and above the number of blocks: about 95% of the intervals hold it."""
    rng = np.random.default_rng(5)
    population = rng.lognormal(0, 0.5, 200_000)
    reached = population * (rng.random(len(population)) < 0.3)
    truth = reached.sum()
    held = 0
    for trial in range(60):
        chosen = rng.choice(len(population), size, replace=False)
        estimate = ratio(reached[chosen][:, None], population[chosen], population.sum(), seed=trial, draws=200)
        held += bool(estimate.low[0] <= truth <= estimate.high[0])
    assert 50 <= held <= 60
