"""What an authority does, and which border orders held, on the command line."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import click

from caudal.cli_text import folded
from caudal.errors import InputError


@click.command()
@click.argument("effect", required=False)
@click.option("--authority", multiple=True, help="Authority or programme tag, such as FTO; all when left out.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Day; today when left out.")
@click.option("--place", default=None, help='With "orders": ZIP code, county or state, such as "Yuma County, AZ".')
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for machines.")
def law(effect: str | None, authority: tuple[str, ...], day: datetime | None, place: str | None, as_json: bool) -> int:
    """Say what a designation does under an authority on a day, each rule with its source.

    EFFECT is one topic, such as blocks, reporting, "secondary sanctions" or licence; all when left out. The word
    "orders" instead gives FinCEN's border orders on cash. What is not known is said to be a gap.
    """
    on = day.date() if day else date.today()
    if effect == "orders":
        if authority:
            raise InputError("orders are not asked by authority", field="authority")
        facts, out = _orders(on, place)
    else:
        if place is not None:
            raise InputError('a place is asked only with "orders"', field="place")
        facts, out = _law(_topic(effect), authority, on)
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1, default=str) if as_json else folded(out))
    return 0


def _topic(effect: str | None) -> str | None:
    from caudal.register.law import TOPICS

    if effect is None:
        return None
    asked = effect.replace("-", " ").replace("_", " ").casefold()
    found = [t for t in TOPICS if t == asked] or [t for t in TOPICS if t.startswith(asked)]
    if len(found) != 1:
        raise InputError(f"{effect!r} is no effect; known: {', '.join(TOPICS)}, orders", field="effect")
    return found[0]


def _law(topic: str | None, asked: tuple[str, ...], on: date) -> tuple[list[dict[str, Any]], list[str]]:
    from caudal.register import law as register_law

    facts, out = [], [f"Law on {on}. Not legal advice."]
    for authority in asked or tuple(register_law.authorities()):
        lines = [e for e in register_law.effects(authority, on) if topic in {None, e.topic}]
        held = register_law.authority(authority) if register_law.answers(authority) else None
        gaps = [g for g in held.gap if topic is None or topic in g.topics] if held else []
        first = register_law.established(authority)
        early = first if first is not None and on < first else None
        facts.append(
            {
                "authority": authority,
                "name": held.name if held else None,
                "legal_basis": held.legal_basis if held else None,
                "not_before": early,
                "effects": [e.__dict__ for e in lines],
                "gaps": [] if early else [g.model_dump() for g in gaps],
            }
        )
        out += ["", f"{authority}: {held.name} ({held.legal_basis})" if held else authority]
        if early:
            out.append(f"  nothing: there was no such authority before {early}")
            continue
        for e in lines:
            out += [f"  {e.topic}: {e.text}", f"      {e.source}, {e.source_url}, checked {e.checked}"]
        for g in gaps:
            asks = topic or ", ".join(g.topics)
            out.append(f"  not known ({asks}): {g.text}" + (f" See {g.see}" if g.see else ""))
        if not lines and not gaps:
            out.append("  nothing is held" + (f" on {topic}" if topic else ""))
    return facts, out


def _orders(on: date, place: str | None) -> tuple[list[dict[str, Any]], list[str]]:
    from caudal.register import orders

    facts, out = [], [f"Border orders on {on}" + (f" at {place}" if place else "") + ". Not legal advice."]
    for found in orders.on(on, place):
        order = found.order
        facts.append({"standing": found.standing, "applies": found.applies, **order.model_dump()})
        standing = "in force" if found.standing == "in force" else "begun; whether still in force is not known"
        until = f"until {order.last}" if order.last else "last day not known"
        out += ["", f"{order.name}: {standing} (from {order.first}, {until})", f"  {order.binds}"]
        if found.applies:
            out.append(f"  at {place}: {'it holds' if found.applies == 'yes' else 'it is not known whether it holds'}")
        due = f"within {order.report_days} days" if order.report_days else "days for the report not known"
        out.append(f"  reports: {order.limits}; {due}")
        if order.note:
            out.append(f"  {order.note}" + (f" ({order.note_url})" if order.note_url else ""))
        out.append(f"      {order.source}, {order.source_url}, checked {order.checked}")
    if not facts:
        out.append("  none is known to have been in force")
    return facts, out
