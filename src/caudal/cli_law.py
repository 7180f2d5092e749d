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
        facts, out = _law(effect, authority, on)
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1, default=str) if as_json else folded(out))
    return 0


def _law(effect: str | None, asked: tuple[str, ...], on: date) -> tuple[list[dict[str, Any]], list[str]]:
    from caudal.register.law_of_day import law_on, topic_of

    topic = None if effect is None else topic_of(effect)
    held = law_on(on, asked, topic)
    out = [f"Law on {on}. Not legal advice."]
    for one in held:
        out += ["", f"{one.authority}: {one.name} ({one.legal_basis})" if one.name else one.authority]
        if one.not_before:
            out.append(f"  nothing: there was no such authority before {one.not_before}")
            continue
        for e in one.effects:
            out += [f"  {e.topic}: {e.text}", f"      {e.source}, {e.source_url}, checked {e.checked}"]
        for g in one.gaps:
            asks = topic or ", ".join(g.topics)
            out.append(f"  not known ({asks}): {g.text}" + (f" See {g.see}" if g.see else ""))
        if not one.effects and not one.gaps:
            out.append("  nothing is held" + (f" on {topic}" if topic else ""))
    return [one.as_dict() for one in held], out


def _orders(on: date, place: str | None) -> tuple[list[dict[str, Any]], list[str]]:
    from caudal.register import orders
    from caudal.register.law_of_day import orders_on

    out = [f"Border orders on {on}" + (f" at {place}" if place else "") + ". Not legal advice."]
    for found in orders.on(on, place):
        order = found.order
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
    if len(out) == 1:
        out.append("  none is known to have been in force")
    return orders_on(on, place), out
