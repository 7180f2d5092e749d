"""Exposed by what a payment says: transfers whose text may name a listed entity."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from caudal.impact.coded import few_of
from caudal.impact.database import Database
from caudal.impact.formulas import formula
from caudal.impact.ranges import Rows
from caudal.impact.terms import Terms
from caudal.impact.unknowns import NAMED, Item, Unknowns
from caudal.impact.words import Money

SHAPE = pa.schema(
    [
        ("transfer_id", pa.string()),
        ("g", pa.int32()),
        ("caption", pa.string()),
        ("entity_id", pa.string()),
        ("probability", pa.float64()),
        ("wl", pa.float64()),
        ("wm", pa.float64()),
        ("event", pa.int32()),
    ]
)


def prepare(db: Database, terms: Terms, alerted: pa.Table, sure: float, unknowns: Unknowns) -> None:
    """Table `named`: per transfer and group the best match of its text with one of the group's entities."""
    rows: list[dict[str, object]] = []
    in_text = alerted.filter(pc.is_valid(alerted.column("transfer_id")))
    for group in terms.groups:
        if not group.authorities:
            continue
        members = pa.array(sorted(group.designated | group.linked), pa.string())
        for match in in_text.filter(pc.is_in(in_text.column("entity_id"), members)).to_pylist():
            entity, chance = match["entity_id"], match["probability"]
            linked = entity in group.linked
            # One draw for each payment and entity; entities of two groups in one text are two questions.
            key = f"text of {match['transfer_id']} names {entity}"
            item = Item(key, chance, NAMED, not linked and chance >= sure, "linked_is_blocked" if linked else "")
            low, mid, _ = unknowns.item_ends(item)
            rows.append(
                {
                    "transfer_id": match["transfer_id"],
                    "g": group.code,
                    "caption": terms.captions.get(entity, entity),
                    "entity_id": entity,
                    "probability": chance,
                    "wl": low,
                    "wm": mid,
                    "event": unknowns.item(item),
                }
            )
    found = pa.Table.from_pylist(rows, SHAPE)
    places = pa.array(few_of(found.column("transfer_id"), db.book.transfer_ids), pa.int32())
    with db.lent(named_in=found.append_column("r", places)):
        db.run(
            """
            CREATE TABLE named AS
            SELECT t.r, t.payer, t.payee, t.time, t.amount, n.* EXCLUDE (transfer_id, r)
            FROM named_in n JOIN t USING (r)
            QUALIFY row_number() OVER (PARTITION BY t.r, n.g ORDER BY n.wm DESC, n.probability DESC, n.entity_id) = 1"""
        )


def report(db: Database, rows: Rows) -> None:
    """The outcomes `exposed.named in a payment text`."""
    number, amount = (
        formula(db, rows.unknowns, f"SELECT r AS subject, {base} AS base, event FROM named") for base in ("1", "amount")
    )
    what = "the text of the payment may name a listed entity; neither side need be it"
    sure = "low counts only all but sure matches (assumption match_sure), mid by their probability, high every alert"
    words = f"{what}; {sure}"
    rows.count("exposed.named in a payment text", "transfers", number, words, "matches", what)
    rows.amount("exposed.named in a payment text", amount, words, "matches", what)


def affected(money: Money) -> str:
    """A query for the rows of `affected` for the accounts on either side of such a payment."""
    return f"""
        WITH side AS (
            SELECT payer AS code, * FROM named UNION ALL SELECT payee, * FROM named WHERE payee <> payer),
        one AS (
            SELECT code, g, count(*) AS n, sum(amount)::BIGINT AS amount,
                coalesce(sum(amount) FILTER (time < earliest), 0)::BIGINT AS before,
                coalesce(sum(amount) FILTER (time >= latest), 0)::BIGINT AS after,
                arg_max(caption || ' (' || entity_id || ')', (probability, entity_id)) AS entity,
                max(probability) AS probability
            FROM side JOIN grp USING (g) ANTI JOIN bacct USING (code) GROUP BY code, g)
        SELECT 'exposed' AS effect, 'account' AS subject_kind, a.account_id AS subject_id, gid AS group_id,
            'payment names a listed entity' AS role, amount, CASE WHEN known THEN before END AS before,
            CASE WHEN known THEN after END AS after,
            'payments whose text may name ' || entity || ': ' || n || ', ' || {money.format("amount")} ||
                '; probability up to ' || format('{{:.3f}}', probability) || '; a person must confirm it' AS reason
        FROM one JOIN grp USING (g) JOIN acct a USING (code)"""
