from __future__ import annotations

from caudal.tables import AFFECTED, OUTCOMES


def test_the_whole(world, value, days):
    world.bank("home bank")
    world.bank("away bank", "ve")
    world.party("boss", bank="away bank")
    world.party("shop", "Company", bank="home bank")
    world.match("boss", "los-inventados")
    early = world.pay("shop", "boss", 10_000, days(-10))
    late = world.pay("shop", "boss", 30_000, days(10))
    for key, amount in ((early, 10_000), (late, 30_000)):
        world.attribute(key, "los-inventados", "backward", amount)
    result = world.assess()
    OUTCOMES.check(result.outcomes)
    AFFECTED.check(result.affected)
    assert value(result, "exposed.paid.direct.after", "amount") == (300.0, 300.0, 300.0)
