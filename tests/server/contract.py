"""What yente's public documentation says of its API, line by line, and how each line is held to here.

A line names an endpoint, a parameter or a part of the answer, says what is checked, and asks a server of made-up lists
(`made_up`). `test_contract.py` runs every line; the reference page of the API shows the same table. Where an answer
differs on purpose, or is not offered, the line says so and why, and checks that it is so.

Sources: yente's documentation and the OpenAPI document of its public service, https://api.opensanctions.org/.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

WALLET, ISIN = "1QvestrikovMadeUpAddress4fK9dW2ra", "XS0000004217"
"""Of `made_up`: this file is also read by the script that writes the reference."""
KEPT, OTHER, ABSENT = "as documented", "differs", "not offered"
Check = Callable[[TestClient], None]
ORLAN = {"schema": "Person", "properties": {"name": ["Orlan Vestrikov"], "birthDate": ["1961-04-12"]}}
MATCH, SEARCH, ENTITY = "POST /match/{dataset}", "GET /search/{dataset}", "GET /entities/{id}"
ADJACENT, RECONCILE, REFINE = "GET /entities/{id}/adjacent", "GET /reconcile/{dataset}", "POST /reconcile/{dataset}"


@dataclass(frozen=True)
class Line:
    """One line of the contract.

    Attributes:
        endpoint: method and path. part: the parameter, or the part of the answer.
        says: what is checked, in words. check: asks and asserts.
        state: KEPT, OTHER or ABSENT. note: why it is not KEPT.
    """

    endpoint: str
    part: str
    says: str
    check: Check
    state: str = KEPT
    note: str = ""


def rows() -> Iterator[tuple[str, str, str, str]]:
    """The table as the reference page shows it: endpoint, part, what is checked, how it is held to."""
    for line in LINES:
        yield line.endpoint, line.part, line.says, f"{line.state}: {line.note}" if line.note else line.state


def _get(client: TestClient, path: str, status: int = 200, **params: Any) -> Any:
    answer = client.get(path, params=params, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else {}


def _match(client: TestClient, query: Any = ORLAN, status: int = 200, dataset: str = "default", **params: Any) -> Any:
    answer = client.post(f"/match/{dataset}", json={"queries": {"q": query}}, params=params)
    assert answer.status_code == status, answer.text
    return answer.json()["responses"]["q"] if status == 200 else answer.json()


def _found(client: TestClient, query: Any = ORLAN, **params: Any) -> list[str]:
    return _ids(_match(client, query, **params))


def _post(client: TestClient, body: Any, status: int, **params: Any) -> Any:
    answer = client.post("/match/default", json=body, params=params)
    assert answer.status_code == status, answer.text
    return answer


def _refine(client: TestClient, status: int = 200, **form: Any) -> Any:
    data = {name: value if isinstance(value, str) else json.dumps(value) for name, value in form.items()}
    answer = client.post("/reconcile/default", data=data)
    assert answer.status_code == status, answer.text
    return answer


def _ids(found: Any) -> list[str]:
    return [one["id"] for one in found["results"]]


def _all(*_: Any) -> None:
    """Several checks, each of which was made on the way here."""


def _true(condition: Any) -> None:
    assert condition


def _equal(one: Any, other: Any) -> None:
    assert one == other


_FIRM = {"schema": "Company", "properties": {"name": "Vestrik Shipping Lines Ltd"}}
_LOOSE: dict[str, Any] = {"schema": "Person", "properties": {"name": "Orlan Vestrikov"}}

LINES: tuple[Line, ...] = (
    Line(MATCH, "queries", "several parties by keys of the client's choice; each is answered under its key",
         lambda c: _equal(set(_post(c, {"queries": {"a": ORLAN, "b": _FIRM}}, 200).json()["responses"]), {"a", "b"})),
    Line(MATCH, "queries, none", "status 400", lambda c: _true(_post(c, {"queries": {}}, 400))),
    Line(MATCH, "queries, too many", "more than 100 get status 400",
         lambda c: _true(_post(c, {"queries": {f"q{k}": ORLAN for k in range(101)}}, 400))),
    Line(MATCH, "queries, null", "passed over", lambda c: _equal(
        list(_post(c, {"queries": {"a": ORLAN, "b": None}}, 200).json()["responses"]), ["a"])),
    Line(MATCH, "schema, missing", "status 422", lambda c: _true(_match(c, {"properties": {"name": "A"}}, 422))),
    Line(MATCH, "schema, unknown", "status 400", lambda c: _true(_match(c, {"schema": "xxx", "properties": {}}, 400))),
    Line(MATCH, "schema, not matchable", "status 400; Thing is taken",
         lambda c: _all(_match(c, {"schema": "Ownership", "properties": {}}, 400),
                    _equal(_found(c, {**ORLAN, "schema": "Thing"}), ["n-1"]))),
    Line(MATCH, "schema, comparable", "a LegalEntity finds a Company, a Person does not", lambda c: _all(
        _equal(_found(c, {**_FIRM, "schema": "LegalEntity"}), ["n-2"]),
        _equal(_found(c, {**_FIRM, "schema": "Person"}), []))),
    Line(MATCH, "schema, CryptoWallet, Security, BankAccount, Vehicle", "found by the exact number; by nothing else",
         lambda c: _all(
             _equal(_found(c, {"schema": "CryptoWallet", "properties": {"publicKey": WALLET}})[0], "n-wallet"),
             _equal(_found(c, {"schema": "Security", "properties": {"isin": ISIN}})[0], "n-bond"),
             _equal(_match(c, {"schema": "Security", "properties": {"name": "Northern 7% 2031"}})["band"],
                    "unscreened")),
         OTHER, "whoever a list says it belongs to (holder, issuer) stands beside it; names of such things are not "
         "compared, and the answer says so"),
    Line(MATCH, "properties", "a text or a list of texts", lambda c: _equal(
        _match(c, {**_LOOSE, "properties": {**_LOOSE["properties"], "birthDate": "1961-04-12"}})["results"],
        _match(c)["results"])),
    Line(MATCH, "properties, unknown", "not used; the answer says so in warnings", lambda c: _true(
        _match(c, {"schema": "Person", "properties": {"name": "A B", "wings": "2"}})["warnings"])),
    Line(MATCH, "id", "passed back", lambda c: _equal(_match(c, {**ORLAN, "id": "mine"})["query"]["id"], "mine")),
    Line(MATCH, "query", "passed back as understood, countries as codes", lambda c: _equal(
        _match(c, {"schema": "Person", "properties": {"name": "A B", "country": "Russia"}})["query"]["properties"],
        {"name": ["A B"], "country": ["ru"]})),
    Line(MATCH, "limit", "results per query, 5 by default; over 500 gets status 422", lambda c: _all(
        _equal(len(_match(c, limit=0)["results"]), 0), _match(c, status=422, limit=501))),
    Line(MATCH, "threshold", "from which `match` is true, and which `total` counts; 0.7 by default", lambda c: _all(
        _equal(_match(c)["results"][0]["match"], True), _equal(_match(c, threshold=1)["results"][0]["match"], False),
        _equal(_match(c, threshold=1)["total"]["value"], 0))),
    Line(MATCH, "cutoff", "below which nothing is shown; never above the threshold", lambda c: _all(
        _equal(_found(c, cutoff=0.999999999999, threshold=1), []), _equal(_found(c, cutoff=1), ["n-1"]))),
    Line(MATCH, "algorithm", "best, and the names of yente's matchers; any other gets status 400", lambda c: _all(
        _equal(_match(c, algorithm="logic-v2"), _match(c, algorithm="best")), _match(c, status=400, algorithm="xxx")),
        OTHER, "Caudal has one matcher; other names are aliases of it, and the header x-algorithm says what answered"),
    Line(MATCH, "weights", "anything but none gets status 400",
         lambda c: _true(_post(c, {"queries": {"q": ORLAN}, "weights": {"name_literal": 0.5}}, 400)),
         OTHER, "the worth of evidence is measured, and not for one request to set"),
    Line(MATCH, "config", "costs and base rate move the line; an unknown key gets status 400", lambda c: _all(
        _post(c, {"queries": {"q": ORLAN}, "config": {"miss": 900}}, 200),
        _post(c, {"queries": {"q": ORLAN}, "config": {"nm_number_mismatch": 0.4}}, 400)),
        OTHER, "Caudal's own keys, listed by /algorithms"),
    Line(MATCH, "include_dataset", "only entities of these datasets", lambda c: _all(
        _equal(_found(c, _FIRM, include_dataset="north_list"), ["n-2"]),
        _equal(_found(c, _FIRM, include_dataset="south_list"), []))),
    Line(MATCH, "include_dataset, unknown", "status 400", lambda c: _true(_match(c, status=400, include_dataset="xxx")),
         OTHER, "a slip of the pen would clear everybody"),
    Line(MATCH, "exclude_dataset", "no entities of these datasets", lambda c: _all(
        _equal(_found(c, _FIRM, exclude_dataset="north_list"), []),
        _equal(_found(c, _FIRM, exclude_dataset="xxx"), ["n-2"]))),
    Line(MATCH, "exclude_schema", "no entities of these schemata", lambda c: _all(
        _equal(_found(c, exclude_schema="Person"), []), _equal(_found(c, exclude_schema="Vessel"), ["n-1"]))),
    Line(MATCH, "topics", "entities with any of these topics", lambda c: _all(
        _equal(_found(c, topics=["role.pep", "crime.fin"]), ["n-1"]), _equal(_found(c, topics="role.pep"), []))),
    Line(MATCH, "topics, unknown", "status 400", lambda c: _true(_match(c, status=400, topics="xxx")),
         OTHER, "a slip of the pen would clear everybody"),
    Line(MATCH, "changed_since", "entities changed since; a text that is no date gets status 422", lambda c: _all(
        _equal(_found(c, changed_since="2025-03-01"), ["n-1"]), _equal(_found(c, changed_since="2025-03-02"), []),
        _match(c, status=422, changed_since="soon"))),
    Line(MATCH, "exclude_entity_ids", "left out by any id they go or went by; over 50 get status 422", lambda c: _all(
        _equal(_found(c, exclude_entity_ids="n-1"), []), _equal(_found(c, exclude_entity_ids="old-1"), []),
        _match(c, status=422, exclude_entity_ids=["x"] * 51))),
    Line(MATCH, "fuzzy", "taken, and without effect, as there", lambda c: _equal(_match(c, fuzzy="true"), _match(c))),
    Line(MATCH, "dataset, unknown", "status 404 and `No such dataset.`", lambda c: _equal(
        _match(c, status=404, dataset="xxx"), {"detail": "No such dataset."})),
    Line(MATCH, "status", "200 for each query", lambda c: _equal(_match(c)["status"], 200)),
    Line(MATCH, "results", "entities with score, features, explanations and match, best first", lambda c: _true(
        {"id", "caption", "schema", "properties", "datasets", "referents", "target", "first_seen", "last_seen",
         "last_change", "score", "features", "explanations", "match"} <= set(_match(c)["results"][0]))),
    Line(MATCH, "score", "0 to 1; 0.7 is the alert line", lambda c: _true(
        0.7 < _match(c, _LOOSE)["results"][0]["score"] < _match(c)["results"][0]["score"] <= 1)),
    Line(MATCH, "features", "a number per feature", lambda c: _equal(
        _match(c)["results"][0]["features"]["birth_date"], 9.0),
        OTHER, "bits of evidence, which add up and may be below 0, not parts of 1; their names are Caudal's"),
    Line(MATCH, "explanations", "per feature: score, detail, query, candidate", lambda c: _equal(
        set(_match(c)["results"][0]["explanations"]["name"]), {"score", "detail", "query", "candidate"})),
    Line(MATCH, "total", "value and relation", lambda c: _equal(_match(c)["total"], {"value": 1, "relation": "eq"})),
    Line(MATCH, "matcher, limit", "what the features are, and the limit", lambda c: _true(
        {"responses", "matcher", "limit"} <= set(_post(c, {"queries": {"q": ORLAN}}, 200).json()))),
    Line(MATCH, "x-batch-size", "header: how many queries were answered", lambda c: _equal(
        _post(c, {"queries": {"a": ORLAN, "b": None}}, 200).headers["x-batch-size"], "1")),
    Line("GET /algorithms", "algorithms", "name, description, features, docs; default and best", lambda c: _all(
        _true({"name", "description", "features", "docs"} <= set(_get(c, "/algorithms")["algorithms"][0])),
        _equal(_get(c, "/algorithms")["best"], "caudal"))),
    Line(SEARCH, "q", "entities whose texts hold all words", lambda c: _equal(
        _ids(_get(c, "/search/default", q="tarsenia brigade")), ["n-4"])),
    Line(SEARCH, "schema", "what entities must be; an unknown one gets status 400", lambda c: _all(
        _equal(_ids(_get(c, "/search/default", q="dolenta", schema="Vessel")), ["n-3"]),
        _equal(_ids(_get(c, "/search/default", q="dolenta", schema="Person")), []),
        _get(c, "/search/default", 400, schema="xxx"))),
    Line(SEARCH, "countries, topics, datasets", "any of these values", lambda c: _all(
        _equal(_ids(_get(c, "/search/default", topics="role.pep")), ["s-1"]),
        _true("n-2" in _ids(_get(c, "/search/default", countries="cy"))),
        _true("s-1" not in _ids(_get(c, "/search/default", datasets="north_list"))))),
    Line(SEARCH, "filter", "field:value that must hold; one that is not of that form gets status 400", lambda c: _all(
        _equal(_ids(_get(c, "/search/default", filter="topics:role.pep")), ["s-1"]),
        _get(c, "/search/default", 400, filter="nothing"))),
    Line(SEARCH, "include_dataset, exclude_dataset", "narrow the scope", lambda c: _all(
        _true("n-2" not in _ids(_get(c, "/search/default", include_dataset="south_list", limit=50))),
        _true("s-1" not in _ids(_get(c, "/search/default", exclude_dataset="south_list", limit=50))))),
    Line(SEARCH, "exclude_schema", "no entities of these schemata", lambda c: _true(
        "n-3" not in _ids(_get(c, "/search/default", exclude_schema="Vessel", limit=50)))),
    Line(SEARCH, "changed_since", "entities changed since", lambda c: _all(
        _true("s-1" not in _ids(_get(c, "/search/default", changed_since="2024-01-01", limit=50))),
        _true("n-1" in _ids(_get(c, "/search/default", changed_since="2024-01-01", limit=50))))),
    Line(SEARCH, "limit, offset", "pages; over 500, or too far, gets status 422", lambda c: _all(
        _equal(_ids(_get(c, "/search/default", limit=2)) + _ids(_get(c, "/search/default", limit=2, offset=2)),
               _ids(_get(c, "/search/default", limit=4))),
        _get(c, "/search/default", 422, limit=501), _get(c, "/search/default", 422, offset=9_500))),
    Line(SEARCH, "sort", "field:asc or field:desc", lambda c: _equal(
        _ids(_get(c, "/search/default", sort="last_change:desc", filter="topics:sanction"))[0], "n-2")),
    Line(SEARCH, "facets", "values of fields, counted", lambda c: _equal(
        [v["count"] for v in _get(c, "/search/default", facets="topics")["facets"]["topics"]["values"]
         if v["name"] == "sanction"], [5])),
    Line(SEARCH, "filter_op", "whether one or every value must hold", lambda c: _all(
        _equal(_ids(_get(c, "/search/default", topics=["sanction", "crime.fin"], filter_op="AND")), ["n-1"]),
        _true(len(_ids(_get(c, "/search/default", topics=["sanction", "crime.fin"], filter_op="OR"))) > 1))),
    Line(SEARCH, "fuzzy, simple", "taken", lambda c: _true(
        "n-4" in _ids(_get(c, "/search/default", q="tarsenia", fuzzy="true", simple="true")))),
    Line(SEARCH, "answer", "limit, offset, total, results, facets", lambda c: _equal(
        set(_get(c, "/search/default")), {"limit", "offset", "total", "results", "facets"})),
    Line(SEARCH, "dataset, unknown", "status 404", lambda c: _true(_get(c, "/search/xxx", 404))),
    Line(ENTITY, "id", "the entity with those beside it", lambda c: _true(
        any(isinstance(v, dict) for values in _get(c, "/entities/n-1")["properties"].values() for v in values))),
    Line(ENTITY, "nested", "false: ids in place of those beside it", lambda c: _true(
        all(isinstance(v, str) for values in _get(c, "/entities/n-2", nested="false")["properties"].values()
            for v in values))),
    Line(ENTITY, "id, of before", "status 308 to the id of now",
         lambda c: _true(_get(c, "/entities/old-1", 308) is not None)),
    Line(ENTITY, "id, unknown", "status 404", lambda c: _true(_get(c, "/entities/xxx", 404))),
    Line(ADJACENT, "answer", "the entity, and by property a page of those beside it", lambda c: _all(
        _equal(set(_get(c, "/entities/n-1/adjacent")), {"entity", "adjacent"}),
        _equal(_ids(_get(c, "/entities/n-1/adjacent")["adjacent"]["sanctions"]), ["n-s1"]))),
    Line(f"{ADJACENT}/{{property}}", "answer", "a page of those that the property leads to", lambda c: _equal(
        _ids(_get(c, "/entities/n-1/adjacent/sanctions")), ["n-s1"])),
    Line(f"{ADJACENT}/{{property}}", "limit, offset", "pages", lambda c: _equal(
        _ids(_get(c, "/entities/n-1/adjacent/sanctions", limit=1, offset=1)), [])),
    Line(f"{ADJACENT}/{{property}}", "property, unknown", "status 404",
         lambda c: _true(_get(c, "/entities/n-1/adjacent/xxx", 404))),
    Line(RECONCILE, "answer", "the service: versions, spaces, suggest, extend, types", lambda c: _true(
        {"versions", "name", "identifierSpace", "schemaSpace", "view", "suggest", "extend", "defaultTypes"}
        <= set(_get(c, "/reconcile/default")))),
    Line(RECONCILE, "preview", "a page about a candidate, without a script; 404 for what is not there", lambda c: _all(
        _true("Orlan Vestrikov" in c.get("/reconcile/default/preview", params={"id": "n-1"}).text),
        _get(c, "/reconcile/default/preview", 404, id="xxx"),
        _true("preview" not in _get(c, "/reconcile/default"))),
        OTHER, "its address is given where keys are asked for, or where --allow-origin names OpenRefine's page: nobody "
        "else may frame it"),
    Line(REFINE, "queries", "candidates by key: id, name, type, score, match", lambda c: _all(
        _equal(_refine(c, queries={"q": {"query": "Orlan Vestrikov"}}).json()["q"]["result"][0]["id"], "n-1"),
        _true({"id", "name", "type", "score", "match"}
              <= set(_refine(c, queries={"q": {"query": "Orlan Vestrikov"}}).json()["q"]["result"][0])))),
    Line(REFINE, "queries, type and properties", "are weighed", lambda c: _equal(
        _refine(c, queries={"q": {"query": "Orlan Vestrikov", "type": "Company"}}).json()["q"]["result"], [])),
    Line(REFINE, "queries, malformed", "status 400", lambda c: _true(_refine(c, 400, queries={"q": {"query": 5}}))),
    Line(REFINE, "extend", "values of properties by entity", lambda c: _equal(
        _refine(c, extend={"ids": ["n-1"], "properties": [{"id": "birthDate"}]}).json()["rows"],
        {"n-1": {"birthDate": [{"str": "1961-04-12"}]}})),
    Line(f"{RECONCILE}/suggest/entity", "prefix, limit", "entities by the beginning of a name", lambda c: _all(
        _equal([e["id"] for e in _get(c, "/reconcile/default/suggest/entity", prefix="brigada tars")["result"]],
               ["n-4"]),
        _equal(_get(c, "/reconcile/default/suggest/entity")["result"], []))),
    Line(f"{RECONCILE}/suggest/property", "prefix", "properties by name or label", lambda c: _true(
        "Thing:country"
        in {p["id"] for p in _get(c, "/reconcile/default/suggest/property", prefix="country")["result"]})),
    Line(f"{RECONCILE}/suggest/type", "prefix", "schemata by name or label", lambda c: _equal(
        _get(c, "/reconcile/default/suggest/type", prefix="organ")["result"][0]["id"], "Organization")),
    Line(f"{RECONCILE}/extend/property", "type, limit", "properties that rows can be extended by", lambda c: _all(
        _equal(len(_get(c, "/reconcile/default/extend/property", type="Person", limit=3)["properties"]), 3),
        _get(c, "/reconcile/default/extend/property", 400, type="xxx"))),
    Line("GET /catalog", "answer", "datasets with versions, current and outdated", lambda c: _all(
        _true({"datasets", "current", "outdated", "index_stale"} <= set(_get(c, "/catalog"))),
        _true({"name", "title", "load", "version", "children", "index_version", "index_current"}
              <= set(_get(c, "/catalog")["datasets"][0])))),
    Line("GET /healthz", "answer", "status ok", lambda c: _equal(_get(c, "/healthz"), {"status": "ok"})),
    Line("GET /readyz", "answer", "status ok once the lists answer, else 503", lambda c: _equal(
        _get(c, "/readyz"), {"status": "ok"})),
    Line("POST /updatez", "token", "without keys anyone on this machine may; with keys it takes one of scope admin",
         lambda c: None, OTHER, "keys stand in for the one token of yente; tests of the gate check it"),
    Line("GET /statements", "answer", "status 404", lambda c: _true(_get(c, "/statements", 404)), ABSENT,
         "statements are not kept; yente offers them only where told to"),
)  # fmt: skip
