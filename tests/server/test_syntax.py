"""The query syntax, and search held against a slow reference over random entities."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.made_up import entity, people, sanctions

from caudal.server.data.entities import shaped
from caudal.server.data.model import answering
from caudal.server.data.reader import SqliteStore
from caudal.server.data.store import Query
from caudal.server.data.syntax import Group, In, Invalid, Near, Occur, Wild, Words, parse, parse_simple
from caudal.server.data.words import words
from caudal.server.data.writer import StoreWriter, index_store
from caudal.server.problems import Problem

SCOPE = frozenset({"north_list", "south_list", "sanctions"})
THINGS = ["n-bond", "n-car", "n-wallet"]
EVERYBODY = ["n-1", "n-2", "n-3", "n-4", "n-addr", *THINGS, "s-1", "s-2", "s-3", "s-4"]


def store_of(where: Path, entities: list[dict[str, Any]]) -> SqliteStore:
    where.mkdir(parents=True, exist_ok=True)
    writer = StoreWriter(where)
    writer.take(((shaped(one, "sanctions", SCOPE), True) for one in entities), "sanctions")
    writer.merge()
    writer.close()
    index_store(where)
    return SqliteStore(where)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> SqliteStore:
    return store_of(tmp_path_factory.mktemp("store") / "made", [*sanctions(), *people()])


def found(store: SqliteStore, text: str, **more: Any) -> list[str]:
    return sorted(e["id"] for e in store.search(Query(text, SCOPE, limit=1000, **more)).entities)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ('"vestrik shipping"', ["n-1", "n-2"]),
        ('"shipping vestrik"', []),
        ('"shipping vestrik"~2', ["n-1", "n-2"]),
        ('"orlan vestrikov o"', []),  # a phrase never runs over into the next name
        ("vestrik OR quintaroz", ["n-1", "n-2", "s-1", "s-2"]),
        ("quintaroz NOT maribel", ["s-2"]),
        ("quintaroz -maribel", ["s-2"]),
        ("quintaroz !maribel", ["s-2"]),
        ("+quintaroz +maribel", ["s-1"]),
        ("-quintaroz -vestrik -vestrikov", ["n-3", "n-4", "n-addr", *THINGS, "s-3", "s-4"]),
        ("(vestrik OR quintaroz) AND deputy", ["s-1"]),
        ("vestrik || maribel && deputy", ["s-1"]),  # as Lucene binds: AND makes both its neighbours needed
        ("vestr*", ["n-1", "n-2"]),
        ("ves?rik", ["n-1", "n-2"]),
        ("*dolent*", ["n-3"]),
        ("вест*", ["n-1"]),
        ("vestrik*v", ["n-1"]),
        ("/dolent[ao]/", ["n-3"]),
        ("westrikov~1", ["n-1"]),
        ("vestirkov~1", ["n-1"]),
        ("quintaros~0", []),
        ("names:deputy", []),
        ("names:maribel", ["s-1"]),
        ("text:deputy", ["s-1"]),
        ("name:vestrikov", ["n-1"]),
        ('alias:"O. Vestrikov"', ["n-1"]),
        ("alias:(westrikow o)", ["n-1"]),
        ("properties.notes:direct*", ["n-1"]),
        ("properties.notes:/ves.{3}k/", ["n-1"]),
        ("position:ministre~", ["s-1"]),
        ("countries:co", ["n-4", "s-1", "s-2", "s-3"]),
        ("countries:(co AND ve)", ["n-4"]),
        ("countries:CO -topics:role.*", ["n-4", "s-3"]),
        ("topics:crime.*", ["n-1", "n-4"]),
        ("schema:vessel", ["n-3"]),
        ("birthDate:1961", ["n-1"]),
        ("birthDate:1961-04", ["n-1"]),
        ("birthDate:[1961-04-12 TO 1984]", ["n-1", "s-1"]),
        ("birthDate:{1961-04-12 TO 1984}", []),
        ("birthDate:>1961-04-12", ["s-1"]),
        ("dates:2009", ["n-2"]),
        ("imoNumber:90000?7", ["n-3"]),
        ("identifiers:vx4410928", ["n-1"]),
        ("identifiers:vx4410929~1", ["n-1"]),
        ("last_change:2025", ["n-1", "n-2"]),
        ("last_change:>=2025-03-01 last_change:<2025-05", ["n-1"]),
        ("last_change:[* TO 2024]", ["n-3", "s-1"]),
        ("_exists_:birthDate", ["n-1", "s-1"]),
        ("birthDate:*", ["n-1", "s-1"]),
        ("id:n-?", ["n-1", "n-2", "n-3", "n-4"]),
        ("referents:old-1", ["n-1"]),
        ("target:true schema:Person", ["n-1", "s-1"]),
        ("nofield:x", []),
        ("vestrik^4 shipping", ["n-1", "n-2"]),
        ("*", EVERYBODY),
        ("", EVERYBODY),
        ("vestrik , shipping", ["n-1", "n-2"]),
        (r"registrationNumber:HE\ 330117", ["n-2"]),
        ("owner:n-2", ["n-3"]),
    ],
)
def test_what_a_query_finds(store: SqliteStore, text: str, ids: list[str]) -> None:
    assert found(store, text, fuzzy=True) == ids


@pytest.mark.parametrize(
    "text",
    [
        "invalid/query", "(a", "a)", '"a', "a AND", "OR a", "a AND OR b", "name:", "[a TO", "[a b]", "a NOT", "a:b:c",
        "birthDate:[1 TO]", "/[/", "name:/(/", "last_change:soon", "name:[a TO b]", "[a TO b]", "last_change:1961-1~",
        "(" * 40 + "a" + ")" * 40, "a " * 1001,
    ],
)  # fmt: skip
def test_what_is_no_query(store: SqliteStore, text: str) -> None:
    with pytest.raises(Problem) as raised:
        found(store, text)
    assert raised.value.status == 400
    assert raised.value.detail.startswith("Invalid query: ")


def test_near_spellings_only_where_asked_for(store: SqliteStore) -> None:
    assert found(store, "quintaros~") == []
    assert found(store, "quintaros~", fuzzy=True) == ["s-1", "s-2"]
    assert found(store, "quintaros", fuzzy=True) == []


def test_a_whole_name_comes_first(tmp_path: Path) -> None:
    long = entity(
        "a", "Company", ["sanctions"], name=["alpha alpha alpha beta beta", "alpha beta"], alias="alpha beta two"
    )
    short = entity("b", "Company", ["sanctions"], name="alpha beta gamma", notes="alpha beta alpha beta")
    held = store_of(tmp_path / "x", [short, long])
    assert [e["id"] for e in held.search(Query("Alpha BETA", SCOPE)).entities] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("vestrik | quintaroz", ["n-1", "n-2", "s-1", "s-2"]),
        ("quintaroz -maribel", ["s-2"]),
        ('"vestrik shipping"', ["n-1", "n-2"]),
        ("vest*", ["n-1", "n-2"]),
        ("westrikov~1", ["n-1"]),
        ("(vestrik | quintaroz) + deputy", ["s-1"]),
        ("quintaroz AND", []),  # a word like any other
        ("he 330117", ["n-2"]),
    ],
)
def test_the_plain_syntax(store: SqliteStore, text: str, ids: list[str]) -> None:
    assert found(store, text, simple=True) == ids


@given(st.text(alphabet="ab01 \"()|+-*~\\/:?[]{}^.,'é習", max_size=40))
@settings(max_examples=200, deadline=None)
def test_anything_can_be_typed(store: SqliteStore, text: str) -> None:
    found(store, text, simple=True)  # the plain syntax refuses nothing
    try:
        parse(text)
    except Invalid:
        return
    try:
        found(store, text, fuzzy=True)
    except Problem as problem:
        assert problem.status == 400  # noqa: PT017 - it may also be answered


def test_how_parts_bind() -> None:
    must, may, never = Occur.MUST, Occur.MAY, Occur.NOT
    a, b, c = Words("a"), Words("b"), Words("c")
    assert parse("a b") == Group(((must, a), (must, b)))
    assert parse("a OR b") == Group(((may, a), (may, b)))
    assert parse("a OR b AND c") == Group(((may, a), (must, b), (must, c)))
    assert parse("a AND b OR c") == Group(((must, a), (may, b), (may, c)))
    assert parse("a NOT b") == parse("a -b") == Group(((must, a), (never, b)))
    assert parse("x:(a b*)") == In("x", Group(((must, a), (must, Wild("b*")))))
    assert parse("a~") == Near("a", None)
    assert parse_simple("a | b c") == Group(((may, a), (may, Group(((must, b), (must, c))))))


WORDS = ["alpha", "beta", "gamma", "betas"]
SOME = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
PROPS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.lists(
            st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join), min_size=1, max_size=2
        ),
        "notes": st.lists(
            st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), min_size=1, max_size=2
        ),
        "country": st.lists(st.sampled_from(["co", "ve", "ru"]), min_size=1, max_size=2, unique=True),
        "topics": st.lists(st.sampled_from(["sanction", "role.pep"]), min_size=1, max_size=1),
        "createdAt": st.lists(st.sampled_from(["1980", "1980-05", "1981-02-03"]), min_size=1, max_size=1),
    },
)
DATASETS = st.lists(st.sampled_from(sorted(SCOPE)), min_size=1, max_size=2, unique=True)
MADE = st.lists(
    st.tuples(st.sampled_from(["Person", "Company", "Vessel"]), DATASETS, PROPS, st.sampled_from([None, "2025-01-02"])),
    min_size=1,
    max_size=10,
)
LEAVES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(["bet*", "?lpha", "*a", "/be.+/", "betaz~1"]),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=3).map(lambda some: f'"{" ".join(some)}"'),
    st.sampled_from(["countries:co", "topics:role.*", "name:alpha", 'notes:"alpha beta"', "createdAt:1980",
                     "schema:Person", "createdAt:[1980-02 TO 1981-02-03]", "names:beta", "_exists_:notes"]),
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.just("AND"), inner, inner),
        st.tuples(st.just("OR"), inner, inner),
        st.tuples(st.just("NOT"), inner, inner),
    ),
    max_leaves=5,
)


def written(tree: Any) -> str:
    if isinstance(tree, str):
        return tree
    op, a, b = tree
    return f"({written(a)} {op} {written(b)})" if op != "NOT" else f"({written(a)} AND NOT {written(b)})"


def holds(tree: Any, one: dict[str, Any]) -> bool:
    """The slow reference: what a query means for one entity."""
    if not isinstance(tree, str):
        op, a, b = tree
        left, right = holds(a, one), holds(b, one)
        return (left and right) if op == "AND" else (left or right) if op == "OR" else left and not right
    props = one["properties"]
    texts = [text for values in props.values() for text in values]
    every = [word for text in texts for word in words(text)]
    patterns = {"bet*": "bet.*", "?lpha": ".lpha", "*a": ".*a", "/be.+/": "be.+"}
    if tree in patterns:
        return any(re.fullmatch(patterns[tree], word) for word in every)
    special = {
        "betaz~1": lambda: bool({"beta", "betas"} & set(every)),
        "countries:co": lambda: "co" in props.get("country", ()),
        "topics:role.*": lambda: any(t.startswith("role.") for t in props.get("topics", ())),
        "name:alpha": lambda: any("alpha" in v.split() for v in props.get("name", ())),
        'notes:"alpha beta"': lambda: any(" alpha beta " in f" {v} " for v in props.get("notes", ())),
        "createdAt:1980": lambda: any(v.startswith("1980") for v in props.get("createdAt", ())),
        "schema:Person": lambda: one["schema"] == "Person",
        "createdAt:[1980-02 TO 1981-02-03]": lambda: any(
            "1980-02" <= v[:size] <= "1981-02-03" for v in props.get("createdAt", ()) for size in (4, 7, 10)
        ),
        "names:beta": lambda: any("beta" in v.split() for v in props.get("name", ())),
        "_exists_:notes": lambda: bool(props.get("notes")),
    }
    if tree in special:
        return special[tree]()
    if tree.startswith('"'):
        return any(f" {tree[1:-1]} " in f" {' '.join(words(text))} " for text in texts)
    return tree in every


@given(MADE, TREES, st.sampled_from(["Thing", "Person", "LegalEntity", "Company"]), DATASETS, st.data())
@settings(max_examples=60, deadline=None)
def test_search_is_what_a_slow_reference_finds(
    tmp_path_factory: pytest.TempPathFactory, made: Any, tree: Any, schema: str, scope: list[str], data: st.DataObject
) -> None:
    entities = [
        {"id": f"e{k}", "schema": kind, "datasets": datasets, "properties": dict(props), "last_change": change}
        for k, (kind, datasets, props, change) in enumerate(made)
    ]
    for one in entities:
        if one["schema"] == "Vessel":
            one["properties"].pop("x", None)
    store = store_of(tmp_path_factory.mktemp("random"), entities)
    countries = data.draw(st.lists(st.sampled_from(["co", "ve"]), max_size=2, unique=True))
    every, since = data.draw(st.booleans()), data.draw(st.sampled_from([None, "2025-01-02", "2025-01-03"]))
    asked = Query(
        written(tree), frozenset(scope), schema, {"countries": countries} if countries else {},
        {"topics": ["sanction"]}, since, every=every, facets=("countries", "topics", "datasets", "schema"), limit=1000,
    )  # fmt: skip
    got = store.search(asked)
    store.close()

    def kept(one: dict[str, Any]) -> bool:
        held = one["properties"].get("country", [])
        listed = not countries or (set(countries) <= set(held) if every else bool(set(countries) & set(held)))
        return (
            holds(tree, one)
            and one["schema"] in answering(schema)
            and bool(set(one["datasets"]) & set(scope))
            and listed
            and "sanction" not in one["properties"].get("topics", ())
            and (since is None or one["last_change"] is None or one["last_change"] >= since)
        )

    wanted = [one for one in entities if kept(one)]
    assert sorted(e["id"] for e in got.entities) == sorted(one["id"] for one in wanted)
    assert got.total == len(wanted)
    counted = {
        "countries": Counter(v for one in wanted for v in one["properties"].get("country", ())),
        "topics": Counter(v for one in wanted for v in one["properties"].get("topics", ())),
        "datasets": Counter(v for one in wanted for v in one["datasets"]),
        "schema": Counter(one["schema"] for one in wanted),
    }
    for name, counts in counted.items():
        assert {value: count for value, _, count in got.facets[name]} == dict(counts), name
        assert [count for _, _, count in got.facets[name]] == sorted(counts.values(), reverse=True)


SORTED = st.sampled_from(["id", "caption", "last_change", "createdAt", "schema", "target"])


@given(MADE, st.lists(st.tuples(SORTED, st.booleans()), max_size=3))
@settings(max_examples=30, deadline=None)
def test_pages_put_together_are_the_whole_in_order(
    tmp_path_factory: pytest.TempPathFactory, made: Any, sort: list[tuple[str, bool]]
) -> None:
    entities = [
        {"id": f"e{k}", "schema": kind, "datasets": datasets, "properties": dict(props), "last_change": change}
        for k, (kind, datasets, props, change) in enumerate(made)
    ]
    store = store_of(tmp_path_factory.mktemp("sorted"), entities)
    scope = frozenset(SCOPE)
    whole = store.search(Query("", scope, sort=sort, limit=100)).entities
    pages = [store.search(Query("", scope, sort=sort, limit=3, offset=at)).entities for at in range(0, len(whole), 3)]
    store.close()
    assert [e["id"] for page in pages for e in page] == [e["id"] for e in whole]

    def value(one: dict[str, Any], name: str) -> Any:
        if name == "createdAt":
            return min(one["properties"].get("createdAt", [None]))
        return one["caption"].casefold() if name == "caption" else one[name]

    expected = sorted(whole, key=lambda e: e["id"])
    for name, descending in reversed(sort):
        have = [e for e in expected if value(e, name) is not None]
        have.sort(key=lambda e: value(e, name), reverse=descending)
        if descending:  # equal ones stay in the order they had
            have = [e for v in dict.fromkeys(value(e, name) for e in have) for e in expected if value(e, name) == v]
        expected = have + [e for e in expected if value(e, name) is None]
    assert [e["id"] for e in whole] == [e["id"] for e in expected]
