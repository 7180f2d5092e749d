"""By what a payment may be stopped on its way: the ties of institutions and of the accounts that carry it.

An institution has cause to react when it handled straight dealings on or after the day, or keeps accounts to be
blocked; as far as it reacts to what lies before the day, or came over others (`earlier_dealings_count`,
`indirect_dealings_count`), by those too. What it then stops is a share: `agent_is_cut` of agents, `bank_cuts_customer`
of a bank's customers. A blocked firm stops whatever passes over it.

Many accounts have the same ties, because they are kept by the same institution. They share a `sig`, so that people and
payments can be counted by the few sets of sigs they pass over.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from caudal.impact.database import Database
from caudal.impact.formulas import WHOLE_NUMBERS, Formula, formula, sets_of
from caudal.impact.terms import GroupTerms, Terms
from caudal.impact.unknowns import CERTAIN, WHOLE, Reals, Unknowns

SIDES = ("domestic", "foreign", "unknown")

REASONS = """
SELECT a.key[1] AS {id}, a.key[2] AS g, a.event, a.key[3] AS reason FROM {name}_after a
UNION ALL SELECT key[1], key[2], event, {earlier} FROM {name}_any
UNION ALL SELECT DISTINCT t.{id}, t.g, {certain}, {indirect} FROM {ties} t JOIN grp USING (g) WHERE whole OR direct"""
"""Why someone reacts: by straight dealings after the day, by any straight dealings, by any dealings at all."""


def prepare(db: Database, terms: Terms, unknowns: Unknowns) -> None:
    """Tables of ties.

    - `isig` (sig, event, factor): of an institution's customers; the sig is twice its place in `iplace`, and one more
      for agents.
    - `csig` (code, sig) and `ctie` (sig, event, factor): of accounts as carriers of other people's payments.

    Needs `tie`, `itie`, `bhit`, `grp`.
    """
    codes = {name: unknowns.factor(name) for name in ("agent_is_cut", "bank_cuts_customer")}
    with db.lent(cause_in=_causes(terms, unknowns)):
        db.run("CREATE TABLE cause AS FROM cause_in")
    db.run(
        "CREATE TABLE iplace AS SELECT institution_id, row_number() OVER (ORDER BY institution_id) AS place FROM inst"
    )
    _reasons(db, unknowns, "institution_id", "itie", "ireason")
    _reasons(db, unknowns, "code", "(SELECT tie.* FROM tie JOIN acct USING (code) WHERE agent)", "areason")
    unknowns.any_by(
        db,
        "ikept",
        """SELECT (place, g, factor) AS key, event
        FROM bhit JOIN acct USING (code) JOIN iplace USING (institution_id)""",
    )
    agent, cut = codes["agent_is_cut"], codes["bank_cuts_customer"]
    db.run(
        f"""
        CREATE TEMP TABLE iparts AS
        SELECT 2 * place + agent AS sig, event, reason, cause.factor AS cause,
            CASE WHEN agent = 1 THEN {agent} ELSE {cut} END AS scale
        FROM (SELECT place, g, event, reason FROM ireason JOIN iplace USING (institution_id)
              UNION ALL SELECT key[1], key[2], event, key[3] FROM ikept)
            JOIN iplace USING (place) JOIN inst USING (institution_id) JOIN cause USING (g, side),
            (VALUES (0), (1)) kinds(agent);
        CREATE TEMP TABLE aparts AS
        SELECT code, event, reason, cause.factor AS cause, {agent} AS scale
        FROM areason JOIN acct USING (code) LEFT JOIN inst i USING (institution_id)
            JOIN cause ON cause.g = areason.g AND cause.side = coalesce(i.side, 'unknown')
        UNION ALL
        SELECT DISTINCT code, event, factor, {WHOLE}, {WHOLE}
        FROM bhit JOIN acct USING (code) LEFT JOIN party p ON p.party_id = acct.party_id
        WHERE pooled OR is_firm(p.schema);
        """
    )
    _multiplied(db, unknowns)
    db.run(
        """
        CREATE TABLE isig AS SELECT DISTINCT sig, event, factor FROM iparts JOIN product USING (reason, cause, scale);
        CREATE TEMP TABLE own AS
        SELECT code, list(DISTINCT (event, factor) ORDER BY (event, factor)) AS ties
        FROM aparts JOIN product USING (reason, cause, scale) GROUP BY code;
        CREATE TEMP TABLE place_of AS
        SELECT a.code, CASE WHEN EXISTS (SELECT 1 FROM isig WHERE isig.sig = 2 * place + agent::INTEGER)
            THEN 2 * place + agent::INTEGER END AS kept, own.ties
        FROM acct a LEFT JOIN iplace USING (institution_id) LEFT JOIN own USING (code);
        CREATE TEMP TABLE kind_of AS
        SELECT kept, ties, row_number() OVER (ORDER BY kept, ties) AS sig
        FROM place_of WHERE kept IS NOT NULL OR ties IS NOT NULL GROUP BY kept, ties;
        CREATE TABLE csig AS
        SELECT code, sig FROM place_of p JOIN kind_of k
            ON k.kept IS NOT DISTINCT FROM p.kept AND k.ties IS NOT DISTINCT FROM p.ties;
        CREATE TABLE ctie AS
        SELECT k.sig, event, factor FROM kind_of k JOIN isig ON isig.sig = k.kept
        UNION ALL
        SELECT sig, one[1], one[2] FROM (SELECT sig, unnest(ties) AS one FROM kind_of WHERE ties IS NOT NULL);
        """
    )


def carriers(db: Database, unknowns: Unknowns) -> None:
    """Table `carrier` (code, low, mid, high, person_blocked): the chance that a payment over an account stops.

    The ends of what its ties come to in any draw. Needs `csig`, `ctie`, `bacct`, `acct`, `party`.
    """
    names = ("low", "mid", "high")
    events, factors = unknowns.ends(), unknowns.factor_ends()

    def table(ends: Reals) -> pa.Table:
        code = pa.array(np.arange(ends.shape[1], dtype=np.int32))
        return pa.table([code, *(pa.array(end) for end in ends)], names=["code", *names])

    largest = ", ".join(f"max(e.{name} * f.{name}) AS {name}" for name in names)
    with db.lent(event_ends=table(events), factor_ends=table(factors)):
        db.run(
            f"""
            CREATE TEMP TABLE sig_ends AS
            SELECT sig, {largest} FROM ctie JOIN event_ends e ON e.code = event JOIN factor_ends f ON f.code = factor
            GROUP BY sig"""
        )
    db.run(
        """
        CREATE TABLE carrier AS
        WITH person AS (
            SELECT DISTINCT b.code
            FROM bacct b JOIN acct a ON a.code = b.code LEFT JOIN party p ON p.party_id = a.party_id
            WHERE NOT (a.pooled OR is_firm(p.schema)))
        SELECT coalesce(s.code, p.code) AS code, coalesce(low, 0) AS low, coalesce(mid, 0) AS mid,
            coalesce(high, 0) AS high, p.code IS NOT NULL AS person_blocked
        FROM (SELECT code, low, mid, high FROM csig JOIN sig_ends USING (sig)) s FULL JOIN person p ON p.code = s.code;
        DROP TABLE sig_ends;
        """
    )


def ways(db: Database, unknowns: Unknowns) -> None:
    """Tables `waysig` (r, sig) of every remittance and `waytie` (sig, event, factor), over both its legs.

    A leg that a licence covers stops only as far as the licence is not used. Needs `remit`, `csig`, `ctie`, `refused`,
    `spared`.
    """
    unused = unknowns.factor(rest=["licence_is_used"])
    follow, at_home = unknowns.factor("foreign_bank_follows"), unknowns.factor("unknown_place_is_home")
    db.run(
        f"""
        CREATE TEMP TABLE part AS
        SELECT way, leg, payer, payee, (leg IN (SELECT r FROM spared))::INTEGER AS licensed
        FROM (SELECT r AS way, r AS leg FROM remit WHERE high > 0 AND lawful > 0
              UNION ALL SELECT r, r2 FROM remit WHERE high > 0 AND lawful > 0 AND r2 IS NOT NULL)
            JOIN t ON t.r = leg;
        CREATE TABLE waysig AS
        SELECT way AS r, 2 * sig + licensed AS sig FROM part JOIN csig ON csig.code = payer
        UNION SELECT way, 2 * sig + licensed FROM part JOIN csig ON csig.code = payee
        UNION SELECT way, CASE WHEN home THEN -2 WHEN unknown THEN -4 ELSE -6 END + licensed
            FROM part JOIN refused ON refused.r = leg;
        CREATE TEMP TABLE plain AS
        SELECT 2 * sig AS sig, event, factor FROM ctie
        UNION ALL VALUES (-2, {CERTAIN}, {WHOLE}), (-4, {CERTAIN}, {follow}), (-4, {CERTAIN}, {at_home}),
            (-6, {CERTAIN}, {follow});
        DROP TABLE part;
        """
    )
    factors = [code for (code,) in db.rows("SELECT DISTINCT factor FROM plain ORDER BY factor")]
    spared = [unknowns.product(code, unused) for code in factors]
    shape = pa.schema([("factor", pa.int32()), ("spared", pa.int32())])
    with db.lent(spared_in=pa.table([factors, spared], schema=shape)):
        db.run(
            """
            CREATE TABLE waytie AS
            FROM plain UNION ALL SELECT sig + 1, event, spared FROM plain JOIN spared_in USING (factor);
            DROP TABLE plain;
            """
        )


def by_sets(db: Database, unknowns: Unknowns, query: str, ties: str) -> Formula:
    """The formula of a query with columns subject, base and sig, one row per sig; `ties` has sig, event and factor.

    Subjects with the same set of sigs are counted together before their ties are looked up.
    """
    kinds = {name: kind for name, kind, *_ in db.rows(f"DESCRIBE {query}")}
    sets = sets_of(f"FROM ({query})", "sig", kinds["base"] in WHOLE_NUMBERS)
    db.run(
        f"""
        CREATE OR REPLACE TEMP TABLE in_sets AS
        SELECT row_number() OVER () AS subject, base, sigs FROM (
            SELECT sum(base) AS base, sigs FROM ({sets}) GROUP BY sigs)"""
    )
    looked_up = f"""
        SELECT subject, base, event, factor
        FROM (SELECT subject, base, unnest(sigs) AS sig FROM in_sets) JOIN ({ties}) USING (sig)"""
    return formula(db, unknowns, looked_up)


def _reasons(db: Database, unknowns: Unknowns, key: str, ties: str, into: str) -> None:
    """Table `into` (key, g, event, reason): why each reacts, from a table of its ties."""
    straight = f"event FROM {ties} WHERE direct"
    unknowns.any_by(db, f"{into}_after", f"SELECT ({key}, g, later) AS key, {straight} AND later IS NOT NULL")
    unknowns.any_by(db, f"{into}_any", f"SELECT ({key}, g) AS key, {straight}")
    query = REASONS.format(
        id=key,
        name=into,
        ties=ties,
        earlier=unknowns.factor("earlier_dealings_count"),
        certain=CERTAIN,
        indirect=unknowns.factor("indirect_dealings_count"),
    )
    db.run(f"CREATE TABLE {into} AS {query}")


def _multiplied(db: Database, unknowns: Unknowns) -> None:
    """Table `product`: the factor of every reason, cause and scale that occur together."""
    found = db.rows(
        """SELECT DISTINCT reason, cause, scale FROM (
            SELECT reason, cause, scale FROM iparts UNION ALL SELECT reason, cause, scale FROM aparts) ORDER BY ALL"""
    )
    codes = [unknowns.product(unknowns.product(reason, cause), scale) for reason, cause, scale in found]
    shape = pa.schema([(name, pa.int32()) for name in ("reason", "cause", "scale", "factor")])
    columns = [*([row[n] for row in found] for n in range(3)), codes]
    with db.lent(product_in=pa.table(columns, schema=shape)):
        db.run("CREATE TABLE product AS FROM product_in")


def _causes(terms: Terms, unknowns: Unknowns) -> pa.Table:
    """The factor by which the law gives an institution cause to cut ties, by group and side; left out without cause."""
    rows = []
    for group in terms.groups:
        for side in SIDES:
            factor = _cause(group, side, unknowns)
            if factor is not None:
                rows.append({"g": group.code, "side": side, "factor": factor})
    return pa.Table.from_pylist(rows, pa.schema([("g", pa.int32()), ("side", pa.string()), ("factor", pa.int32())]))


def _cause(group: GroupTerms, side: str, unknowns: Unknowns) -> int | None:
    low, mid, high = group.reach(side)
    if not high:
        return None
    if low:
        return WHOLE
    return unknowns.factor("silent_law_blocks" if mid else "correspondent_asks")
