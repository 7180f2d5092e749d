"""Random draws of an assessment: against a slow reference, the ends, and what must not change them."""

from __future__ import annotations

import math
from datetime import timedelta
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.impact import draws as drawing
from caudal.impact.draws import draw, triangular
from caudal.impact.uncertainty import assumptions, tornado, uncertainty
from caudal.register.ownership import blocked
from caudal.tables import OWNERSHIP

GROUP = "los-inventados"
BITS = 2**64 - 1


def slow_uniform(name, seed, number):
    """SplitMix64 as published, in plain integers."""
    salt = seed.to_bytes(8, "little") + bytes(8)
    z = int.from_bytes(blake2b(name.encode(), digest_size=8, salt=salt).digest(), "little")
    z = (z + (number + 1) * 0x9E3779B97F4A7C15) & BITS
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & BITS
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & BITS
    return ((z ^ (z >> 31)) >> 11) / 2**53


def slow_share(assumption, seed, number):
    u = slow_uniform(f"assumption {assumption.name}", seed, number)
    low, mid, high = assumption.low, assumption.mid, assumption.high
    if low == high:
        return low
    if u < (mid - low) / (high - low):
        return low + math.sqrt(u * (high - low) * (mid - low))
    return high - math.sqrt((1 - u) * (high - low) * (high - mid))


def slow_match(party, chance, seed, number):
    """Whether a possible match holds: in half of the draws all matches go by one number, else each by its own."""
    err = "possible matches err together"
    together = slow_uniform(f"whether {err}", seed, number) < 0.5
    return slow_uniform(err if together else f"party {party}", seed, number) < chance


_ASSESSED = []


@pytest.fixture
def books(world, days):
    """One assessment for all tests.

    Three possible matches, a chain of owned firms, open shares, a day that is not known, payments all around.
    """
    if _ASSESSED:
        return _ASSESSED[0]
    world.lists.add("otros-inventados", "otros-inventados", announced=days(-3))
    for name in ("boss", "maybe", "perhaps", "ana", "berta", "carla"):
        world.party(name)
    for name in ("shop", "depot", "open"):
        world.party(name, "Company")
    world.match("boss", GROUP, 1.0)
    world.match("maybe", GROUP, 0.6)
    world.match("perhaps", "otros-inventados", 0.3)
    world.own("maybe", "shop", 0.3)
    world.own("perhaps", "shop", 0.25)
    world.own("shop", "depot", 0.9)
    world.own("boss", "open", 0.4, 0.6)
    who = ("ana", "berta", "carla", "shop", "depot", "open")
    for n, name in enumerate(who):
        for m, listed in enumerate(("boss", "maybe", "perhaps", "shop", "open")):
            if name == listed:
                continue
            key = world.pay(name, listed, 1000 * (n + 1) + 100 * m, days(n + m - 4))
            world.attribute(key, "otros-inventados" if listed == "perhaps" else GROUP, "backward", 500 + n, 1)
    world.attribute(world.pay("ana", "berta", 900, days(1)), GROUP, "forward", 700, 3)
    _ASSESSED.append(world.assess(groups=[GROUP, "otros-inventados"]))
    return _ASSESSED[0]


def slow_draw(model, seed, number):
    """Who is blocked in one draw, by plain rules over names."""
    share = {
        n: slow_share(model.unknowns.assumption(n), seed, number) for n in ("unknown_day", "open_shares_reach_half")
    }
    maybe = slow_match("maybe", 0.6, seed, number)
    perhaps = slow_match("perhaps", 0.3, seed, number)
    opened = slow_uniform("shares in open", seed, number) < share["open_shares_reach_half"]
    shop = maybe and perhaps
    return share, {
        "boss": True, "maybe": maybe, "perhaps": perhaps, "shop": shop, "depot": shop, "open": opened
    }  # fmt: skip


def test_draws_follow_a_slow_reference(books):
    model = books.model
    seed = 7
    drawn = draw(model, 300, seed)
    of = {row: drawn.values[n] for n, row in enumerate(model.rows)}
    for number in range(300):
        _, held = slow_draw(model, seed, number)
        assert of["blocked", "parties", "count"][number] == sum(held.values())
        assert of["blocked.owned", "parties", "count"][number] == sum(held[n] for n in ("shop", "depot", "open"))
        mistaken = 2 - held["maybe"] - held["perhaps"]
        assert of["harmed.possible matches that are someone else", "parties", "count"][number] == mistaken
        direct = 0.0
        for n in range(3):
            for name in ("boss", "maybe", "perhaps", "shop", "open"):
                direct += (500 + n) / 100 * held[name]
        paid = of["exposed.paid.direct.total", "amount", "USD"][number]
        assert paid == pytest.approx(direct)


def test_nothing_drawn_lies_outside_the_ends_and_what_is_exact_stays_so(books):
    drawn = draw(books.model, 500, 3)
    table = {(r["measure"], r["subject_kind"], r["unit"]): r for r in books.outcomes.to_pylist()}
    assert any(r["low"] < r["high"] for r in table.values())
    for row, values in zip(books.model.rows, drawn.values, strict=True):
        low, high = table[row]["low"], table[row]["high"]
        noise = 1e-9 * max(1.0, abs(high))
        assert low - noise <= values.min() <= values.max() <= high + noise, row
        if low == high:
            assert values.min() == values.max(), row
    for row in uncertainty(drawn).to_pylist():
        steps = [row[name] for name in ("low", "p05", "p25", "p50", "p75", "p95", "high")]
        assert steps == sorted(steps)
        assert row["low"] <= row["mean"] <= row["high"]
        assert (row["draws"], row["seed"]) == (500, "3")


def test_the_mean_of_many_draws_is_the_expectation(books):
    drawn = draw(books.model, 20_000, 5)
    mean = dict(zip(books.model.rows, drawn.values.mean(axis=1), strict=True))
    # boss, 0.6 and 0.3. Shop and depot need both: 0.18 where each goes by itself, 0.3 where one number decides, in half
    # of the draws each. The mean of triangular (0, 0, 1) is a third.
    assert mean["blocked.listed", "parties", "count"] == pytest.approx(1.9, abs=0.02)
    assert mean["blocked.owned", "parties", "count"] == pytest.approx(0.18 + 0.3 + 1 / 3, abs=0.02)


def test_the_same_seed_gives_the_same_bytes_and_more_draws_only_add(books, monkeypatch):
    first = draw(books.model, 400, 11)
    assert draw(books.model, 400, 11).values.tobytes() == first.values.tobytes()
    assert np.array_equal(draw(books.model, 100, 11).values, first.values[:, :100])
    assert not np.array_equal(draw(books.model, 400, 12).values, first.values)
    monkeypatch.setattr(drawing, "BLOCK_BYTES", 1)
    assert draw(books.model, 400, 11).values == pytest.approx(first.values, abs=1e-9)


def test_scenarios_share_their_draws(world, days):
    for n in range(5):
        world.party(f"p{n}")
        world.match(f"p{n}", GROUP, 0.1 + 0.2 * n)
    world.pay("p0", "p1", 100, days(1))
    whole = world.assess()
    again = world.assess(name="by another name")
    other = world.assess(name="later", effective=days(1) + timedelta(days=1), groups=[GROUP])
    one, two, three = (draw(r.model, 200, 4) for r in (whole, again, other))
    assert np.array_equal(one.values, two.values)
    row = ("blocked", "parties", "count")
    assert np.array_equal(one.values[one.model.place(row)], three.values[three.model.place(row)])


@pytest.mark.parametrize(
    ("draws", "seed", "field"),
    [(0, 1, "draws"), (-5, 1, "draws"), (2.5, 1, "draws"), (True, 1, "draws"), (10**7, 1, "draws"), (10, -1, "seed"),
     (10, "x", "seed"), (10, 2**64, "seed")],
)  # fmt: skip
def test_impossible_draws_and_seeds_are_refused(books, draws, seed, field):
    with pytest.raises(InputError) as error:
        draw(books.model, draws, seed)
    assert error.value.field == field


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted), st.integers(0, 2**32))
def test_shares_lie_within_their_range_and_have_its_mean(span, seed):
    low, mid, high = span
    uniform = (np.arange(4000) + 0.5) / 4000
    found = triangular(uniform, low, mid, high)
    assert low <= found.min() <= found.max() <= high
    assert found.mean() == pytest.approx((low + mid + high) / 3, abs=2e-3)
    assert np.all(np.diff(found) >= 0)


def test_uniform_numbers_are_even():
    keys = np.array([drawing.key(f"party {n}", 1) for n in range(50)], dtype=np.uint64)
    found = drawing.kernels.uniforms(keys, 0, 2000)
    counts = np.histogram(found, bins=20, range=(0, 1))[0]
    # Chi-square of 100,000 numbers in 20 bins: the 0.9999 quantile with 19 degrees of freedom is 50.8.
    assert ((counts - 5000) ** 2 / 5000).sum() < 50.8
    assert np.abs(np.corrcoef(found)[np.triu_indices(50, 1)]).max() < 0.12
    assert found[3, 17] == slow_uniform("party 3", 1, 17)


def test_tornado_moves_one_thing_at_a_time(books):
    table = tornado(draw(books.model, 2000, 1)).to_pylist()
    bars = {r["hangs_on"]: r for r in table if (r["measure"], r["subject_kind"]) == ("blocked", "parties")}
    matches, shares = bars["possible matches"], bars["open_shares_reach_half"]
    # The shop and the depot count by the level of certainty at which their owners suffice: 0.25.
    assert (matches["at_low"], matches["at_mid"], matches["at_high"]) == pytest.approx((1.0, 2.4, 5.0))
    assert (shares["at_low"], shares["at_high"]) == pytest.approx((2.4, 3.4))
    mids = {(r["measure"], r["subject_kind"], r["unit"]): r["mid"] for r in books.outcomes.to_pylist()}
    for row in table:
        assert row["at_mid"] == pytest.approx(mids[row["measure"], row["subject_kind"], row["unit"]]), row
        assert row["variance_share"] is None or 0 <= row["variance_share"] <= 1


def test_the_variance_is_shared_out_as_it_should_be(world, days):
    """One amount times an unknown day, another times a match: the shares of the variance are known."""
    world.lists.designations.clear()
    world.lists.designations.append(
        {"entity_id": GROUP, "authority": "SDGT", "programme": "SDGT", "source": "made up", "announced": days(-9)}
    )
    world.party("boss")
    world.party("maybe")
    world.party("ana")
    world.match("boss", GROUP, 1.0)
    world.match("maybe", GROUP, 0.5)
    world.attribute(world.pay("ana", "boss", 1200, days(1)), GROUP, "backward", 1200)
    world.attribute(world.pay("ana", "maybe", 400, days(1)), GROUP, "backward", 400)
    result = world.assess(assumptions={"unknown_day": {"low": 0.0, "mid": 0.5, "high": 1.0}})
    bars = {
        r["hangs_on"]: r["variance_share"]
        for r in tornado(draw(result.model, 8000, 2)).to_pylist()
        if r["measure"] == "exposed.paid.direct.after"
    }
    # 12 u + 4 u B: u triangular (mean 1/2, variance 1/24), B a coin.
    whole = 144 / 24 + 16 * ((1 / 24 + 1 / 4) / 2 - 1 / 16) + 2 * 12 * 4 * 0.5 / 24
    assert bars["unknown_day"] == pytest.approx(14**2 / 24 / whole, abs=0.04)
    assert bars["possible matches"] == pytest.approx(2**2 / 4 / whole, abs=0.04)


def test_every_number_opens_to_its_assumptions(books):
    table = {r["name"]: r for r in assumptions(books.model).to_pylist()}
    used = {(name, r["measure"]) for r in books.outcomes.to_pylist() for name in r["rests_on"]}
    assert used == {(name, measure) for name, row in table.items() for measure in row["used_by"]}
    assert table["open_shares_reach_half"]["used_by"].count("blocked.owned") == 1
    assert all(row["low"] <= row["mid"] <= row["high"] and row["source"] for row in table.values())
    exact = [r for r in books.outcomes.to_pylist() if r["measure"].endswith("direct.total") and r["unit"] == "count"]
    assert exact
    assert all(r["rests_on"] == [] for r in exact if r["low"] == r["high"] and r["subject_kind"] == "transfers")


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_owned_parties_follow_the_rule_of_the_register(new_world, days, data):
    """The rule over draws against the register's own rule, run for whoever is listed in each draw."""
    world = new_world()
    world.lists.add(GROUP, GROUP)
    size = 7
    names = [f"p{n}" for n in range(size)]
    for name in names:
        world.party(name, "Company")
    chances = data.draw(st.lists(st.sampled_from((None, 0.3, 0.6, 0.8)), min_size=size, max_size=size))
    for name, chance in zip(names, chances, strict=True):
        if chance:
            world.match(name, GROUP, chance)
    pair = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda p: p[0] != p[1])
    stakes = data.draw(
        st.lists(st.tuples(pair, st.sampled_from((0.25, 0.5, 0.7))), max_size=14, unique_by=lambda s: s[0])
    )
    for (owner, asset), share in stakes:
        world.own(names[owner], names[asset], share)
    world.pay(names[0], names[1], 100, days(1))
    drawn = draw(world.assess().model, 60, 9)
    found = drawn.values[drawn.model.place(("blocked", "parties", "count"))]
    table = OWNERSHIP.build(world.stake_rows)
    for number in range(60):
        listed = {n for n, c in zip(names, chances, strict=True) if c and slow_match(n, c, 9, number)}
        expected = listed | {o.asset_id for o in blocked(table, listed, None)}
        assert found[number] == len(expected)


def test_what_is_cut_is_drawn_between_its_cases(new_world, days):
    """A sure account and an unsure one carry income: the draws lie at what each case says, and re-routing is drawn."""
    world = new_world()
    world.lists.add(GROUP, GROUP)
    for name in ("boss", "maybe", *(f"p{n}" for n in range(12))):
        world.party(name)
    world.match("boss", GROUP, 1.0)
    world.match("maybe", GROUP, 0.5)
    for n in range(60):
        key = world.pay(f"p{n % 12}", "boss" if n % 2 else "maybe", 10_000, days(n - 59))
        world.attribute(key, GROUP, "backward", 10_000)
    result = world.assess(effective=days(0), as_of=days(0))
    model = result.model
    mids = {(r["measure"], r["subject_kind"], r["unit"]): r for r in result.outcomes.to_pylist()}
    drawn = draw(model, 1000, 5)
    stops = ("cut.income.before re-routing", "amount", "USD")
    values = drawn.values[model.place(stops)]
    maybe = np.array([slow_match("maybe", 0.5, 5, n) for n in range(1000)])
    low, high = mids[stops]["low"], mids[stops]["high"]
    assert low < mids[stops]["mid"] < high
    assert values[maybe] == pytest.approx(np.full(maybe.sum(), high))
    assert values[~maybe] == pytest.approx(np.full((~maybe).sum(), low))
    net = drawn.values[model.place(("cut.income", "amount", "USD"))]
    lost = drawn.values[model.place(("cut.income.never made good", "amount", "USD"))]
    assert np.all(net <= values + 1e-6)
    assert np.all(lost <= net + 1e-6)
    assert lost == pytest.approx(net * (1 - drawn.shares["made_good"]))
    middles = {r["measure"]: r["at_mid"] for r in tornado(drawn).to_pylist()}
    for measure in ("cut.income", "cut.income.never made good", "cut.income.before re-routing"):
        assert middles[measure] == pytest.approx(mids[measure, "amount", "USD"]["mid"])


def test_every_number_that_is_not_exact_can_be_drawn(books):
    drawn = set(books.model.rows)
    for row in books.outcomes.to_pylist():
        if row["low"] < row["high"]:
            assert (row["measure"], row["subject_kind"], row["unit"]) in drawn, row["measure"]
