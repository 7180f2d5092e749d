"""The store asks a publisher: a server in a thread gives every answer a publisher may give."""

from __future__ import annotations

import gzip
import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from caudal.errors import InputError
from caudal.register.store import Store
from caudal.register.store.add import add
from caudal.register.store.arrive import Outcome
from caudal.register.store.fetch import LONGEST_WAIT, Limits, _Retry, fetch, safe_name
from caudal.register.store.update import update

HEAD = "entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,programme,effective,source\n"
QUICK = Limits(connect=2, silence=0.4, whole=5, size=100_000, attempts=3, backoff=0.01)
TUESDAY = "Tue, 06 Jan 2026 10:00:00 GMT"


def members(*numbers: int) -> bytes:
    return (HEAD + "".join(f"m-{n},Person,Name Number {n},,,,,,,,,\n" for n in numbers)).encode()


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    delay: float = 0
    slowly: float = 0


@dataclass
class Server:
    address: str
    answers: dict[str, list[Answer]]
    asked: list[tuple[str, dict[str, str]]]

    def will(self, path: str, *answers: Answer) -> str:
        """Set what is answered at a path, the last one for ever; its address."""
        self.answers[path] = list(answers)
        return f"{self.address}{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    answers: dict[str, list[Answer]] = {}
    asked: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            queue = answers.get(self.path, [Answer(status=404)])
            answer = queue.pop(0) if len(queue) > 1 else queue[0]
            time.sleep(answer.delay)
            try:
                self.send_response(answer.status)
                for name, value in ({"Content-Type": "text/csv"} | answer.headers).items():
                    self.send_header(name, value)
                if answer.status != 304:
                    length = len(answer.body) if answer.length is None else answer.length
                    self.send_header("Content-Length", str(length))
                self.end_headers()
                if answer.slowly:
                    for at in range(len(answer.body)):
                        self.wfile.write(answer.body[at : at + 1])
                        self.wfile.flush()
                        time.sleep(answer.slowly)
                else:
                    self.wfile.write(answer.body)
            except OSError:
                pass

        def log_message(self, format: str, *args: object) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield Server(f"http://127.0.0.1:{made.server_address[1]}", answers, asked)
    made.shutdown()
    made.server_close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def ask(store: Store) -> Callable[..., Outcome]:
    """Update one list quickly."""

    def _ask(name: str = "house", limits: Limits = QUICK, now: datetime | None = None) -> Outcome:
        return update(store, [name], limits=limits, now=now)[0]

    return _ask


def test_a_list_is_fetched_once_and_then_asked_for_conditionally(server, store, ask) -> None:
    headers = {"ETag": '"one"', "Last-Modified": TUESDAY}
    url = server.will("/members.csv", Answer(members(1, 2), headers=headers), Answer(status=304))
    assert add(store, "house", [url]) is None
    first = ask()
    assert (first.status, first.version.entries, first.diff) == ("new", 2, None)
    assert first.version.published == date(2026, 1, 6)
    assert first.version.files[0].name == "members.csv"
    assert first.version.files[0].etag == '"one"'
    assert store.path(first.version).read_bytes() == members(1, 2)
    later = datetime(2030, 1, 1, tzinfo=UTC)
    assert ask(now=later).status == "unchanged"
    assert "if-none-match" not in server.asked[0][1]
    assert server.asked[1][1]["if-none-match"] == '"one"'
    assert server.asked[1][1]["if-modified-since"] == TUESDAY
    assert server.asked[0][1]["user-agent"].startswith("caudal/")
    record = store.record("house")
    assert len(record.versions) == 1
    assert record.checked_at == later


def test_the_same_bytes_without_validators_are_no_new_version(server, store, ask) -> None:
    add(store, "house", [server.will("/a.csv", Answer(members(1)))])
    assert [ask().status, ask().status] == ["new", "unchanged"]


def test_a_damaged_raw_file_is_fetched_whole_again(server, store, ask) -> None:
    add(store, "house", [server.will("/a.csv", Answer(members(1), headers={"ETag": '"x"'}))])
    path = store.path(ask().version)
    path.write_bytes(b"overwritten")
    with pytest.raises(InputError, match="was changed since it was stored"):
        store.sources()
    ask()
    assert "if-none-match" not in server.asked[-1][1]


def test_errors_that_pass_are_waited_out(server, store, ask) -> None:
    url = server.will(
        "/a.csv", Answer(status=500), Answer(status=503, headers={"Retry-After": "1"}), Answer(members(1))
    )
    add(store, "house", [url])
    began = time.monotonic()
    assert ask(limits=Limits(connect=2, silence=2, whole=9, attempts=3, backoff=0.01)).status == "new"
    assert time.monotonic() - began >= 1
    assert len(server.asked) == 3


def test_a_server_cannot_make_us_wait_for_ever() -> None:
    retry = _Retry(3)
    assert retry.parse_retry_after("86400") == LONGEST_WAIT
    assert retry.parse_retry_after("3") == 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=500), "the server answered 500"),
        (Answer(status=404), "the server answered 404"),
        (Answer(status=403), "the server answered 403"),
        (Answer(status=304), "the server answered 304"),
        (Answer(members(1), delay=1.2), "takes too long to answer"),
        (Answer(members(1), slowly=0.2), "takes longer than 1 seconds"),
        (Answer(members(1)[:-20], length=len(members(1))), "broke off before its end, 3 times"),
        (Answer(b"%PDF", headers={"Content-Type": "application/pdf"}), "sent application/pdf, not a list"),
        (Answer(members(1), headers={"Content-Type": "text/html; charset=utf-8"}), "sent text/html, not a list"),
        (Answer(b"\n<!-- x --><!DOCTYPE html><html>busy</html>"), "a web page, not a list"),
        (Answer(b"\xef\xbb\xbf<HTML>busy"), "a web page, not a list"),
        (Answer(b""), "it is empty"),
        (Answer(b"x" * 200_000), "larger than 100,000 bytes"),
        (Answer(gzip.compress(b"x" * 200_000), headers={"Content-Encoding": "gzip"}), "larger than 100,000 bytes"),
        (Answer(b"no gzip", headers={"Content-Encoding": "gzip"}), "broke off before its end"),
        (Answer(HEAD.encode()), "members.csv"),
        (Answer(b'{"error": "try later"}'), "known here"),
        (Answer(b"<CONSOLIDATED_LIST><INDIVIDUALS>", headers={"Content-Type": "text/xml"}), "members.csv"),
        (Answer(status=302, headers={"Location": "/members.csv"}), "leads from address to address"),
        (Answer(status=302, headers={"Location": "http://127.0.0.1:1/x"}), "cannot be reached"),
        (Answer(status=302, headers={"Location": "ftp://127.0.0.1/x"}), "cannot be fetched"),
    ],
)
def test_what_is_no_list_is_refused_and_the_version_before_stays(server, store, ask, answer, reason) -> None:
    add(store, "house", [server.will("/members.csv", Answer(members(1, 2)))])
    held = ask().version
    server.will("/members.csv", answer)
    before = sorted(p for p in store.folder.rglob("*") if p.is_file())
    limits = Limits(connect=1, silence=0.4, whole=1 if answer.slowly else 5, size=100_000, attempts=3, backoff=0.01)
    outcome = ask(limits=limits)
    assert outcome.status == "failed"
    assert reason in outcome.reason
    assert ".incoming" not in outcome.reason
    record = store.record("house")
    assert record.current == held
    assert record.failure.reason == outcome.reason
    assert sorted(p for p in store.folder.rglob("*") if p.is_file()) == before
    server.will("/members.csv", Answer(members(1, 2, 3)))
    assert ask().status == "new"
    assert store.record("house").failure is None


def test_one_list_that_fails_does_not_keep_the_others_back(server, store) -> None:
    add(store, "bad", [server.will("/bad.csv", Answer(status=404))])
    add(store, "good", [server.will("/good.csv", Answer(members(1)))])
    assert [o.status for o in update(store, limits=QUICK)] == ["failed", "new"]


def test_a_broken_transfer_is_tried_again_from_the_start(server, store, ask) -> None:
    whole = members(1, 2, 3)
    add(store, "house", [server.will("/a.csv", Answer(whole[:40], length=len(whole)), Answer(whole))])
    outcome = ask()
    assert outcome.status == "new"
    assert store.path(outcome.version).read_bytes() == whole


def test_redirects_are_followed_and_the_name_comes_from_the_server(server, store, ask) -> None:
    hop = Answer(status=302, headers={"Location": "/files/content?token=1"})
    named = {"Content-Disposition": 'attachment; filename="../../evil name.csv"'}
    server.will("/files/content?token=1", Answer(members(1), headers=named))
    add(store, "house", [server.will("/list", hop)])
    outcome = ask()
    assert outcome.version.files[0].name == "evil_name.csv"
    assert store.path(outcome.version).parent.parent == store.folder / "raw"


def test_a_page_that_links_the_list(server, store, ask) -> None:
    page = b'<html><a href="/x.pdf">PDF</a> <a class=b href="/media/77/My-List.CSV?x=1">CSV</a></html>'
    html = {"Content-Type": "text/html"}
    add(store, "house", [server.will("/page", Answer(page, headers=html))], link="My-List.csv")
    server.will("/media/77/My-List.CSV?x=1", Answer(members(1, 2)))
    assert ask().version.entries == 2
    server.will("/page", Answer(b"<html>moved</html>", headers=html))
    assert "links no file whose name ends in 'My-List.csv'" in ask().reason


def test_of_several_files_only_those_changed_are_fetched(server, store, ask, ofac_folder) -> None:
    urls = []
    for name in ("sdn.csv", "alt.csv", "add.csv"):
        body = (ofac_folder / name).read_bytes()
        urls.append(server.will(f"/{name}", Answer(body, headers={"ETag": name}), Answer(status=304)))
    add(store, "ofac", urls)
    first = ask("ofac")
    assert (first.status, first.version.dataset, len(first.version.files)) == ("new", "us_ofac_sdn", 3)
    assert ask("ofac").status == "unchanged"
    fewer = (ofac_folder / "alt.csv").read_bytes().splitlines(keepends=True)[1:]
    server.will("/alt.csv", Answer(b"".join(fewer)))
    second = ask("ofac", now=datetime(2030, 1, 1, tzinfo=UTC))
    assert second.status == "new", second.reason
    assert len(second.diff.amended) == 1
    assert {f.name for f in second.version.files} == {"sdn.csv", "alt.csv", "add.csv"}


@pytest.mark.parametrize(
    ("text", "name"),
    [("a/b.xml", "b.xml"), ("..\\..\\x", "x"), ("", "list"), ("...", "list"), (".hid", "hid"), ("é?*.csv", "_.csv")],
)
def test_file_names_are_made_safe(text: str, name: str) -> None:
    assert safe_name(text) == name


@pytest.mark.parametrize(
    "over", [["https://a.test/x", "http://a.test/y"], ["https://a.test/x", "http://b.test/", "https://a.test/z"]]
)
def test_from_https_it_does_not_go_on_without(over: list[str], tmp_path: Path) -> None:
    class Asker(requests.Session):
        def get(self, url: str, **_: object) -> requests.Response:
            answers = []
            for address in over:
                answer = requests.Response()
                answer.status_code, answer.url, answer.raw = 200, address, io.BytesIO(b"list")
                answers.append(answer)
            answers[-1].history = answers[:-1]
            return answers[-1]

    with pytest.raises(InputError, match="an address that is not safe"):
        fetch(Asker(), "https://a.test/x", tmp_path, limits=QUICK)
    assert not list(tmp_path.iterdir())
