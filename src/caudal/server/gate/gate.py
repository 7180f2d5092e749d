"""The gate itself: an ASGI middleware that every request passes.

A request's body is read whole before the question is asked, and the answer is whole before any of it leaves: it can be
refused, or replaced by a fault, but never cut.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import orjson
import structlog
from starlette.datastructures import Headers

from caudal.errors import InputError
from caudal.server.gate import access, logs
from caudal.server.gate.bounds import Gone, Message, NotJson, Receive, read_body, read_json
from caudal.server.gate.lookups import Noted
from caudal.server.problems import Problem

if TYPE_CHECKING:
    from caudal.server.state import State

Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = "anyone"
"""Who asked, where no key is needed."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PURPOSE = 100
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
log = structlog.get_logger("caudal")


@dataclass
class Answer:
    """A whole answer."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def of(cls, problem: Problem) -> Answer:
        """A problem as an answer."""
        detail: Any = problem.detail
        if isinstance(problem, NotJson):
            detail = [{"type": "json_invalid", "loc": ["body", problem.position], "msg": "JSON decode error"}]
        return cls.json(problem.status, {"detail": detail}, problem.headers)

    @classmethod
    def json(cls, status: int, content: Any, headers: dict[str, str] | None = None) -> Answer:
        """JSON with a status."""
        pairs = [(b"content-type", b"application/json")]
        pairs += [(k.encode("latin-1"), v.encode("latin-1")) for k, v in (headers or {}).items()]
        return cls(status, pairs, orjson.dumps(content))

    @property
    def kind(self) -> bytes:
        """Its content type."""
        return next((v for k, v in self.headers if k.lower() == b"content-type"), b"")


@dataclass
class Visit:
    """A request on its way through the gate."""

    scope: Scope
    headers: Headers
    id: str
    method: str
    path: str
    query: str
    who: str = ""
    purpose: str = ""
    logged: bool = False
    body: bytes = b""

    @property
    def kept(self) -> dict[str, Any]:
        """What routes leave for the gate, and the gate for them (`request.state`)."""
        kept: dict[str, Any] = self.scope["state"]
        return kept

    @property
    def route(self) -> str:
        """The route that took it, such as `/entities/{entity_id}`; `-` where none did."""
        route = self.scope.get("route")
        return str(getattr(route, "path_format", None) or getattr(route, "path", "-"))


class Gate:
    """See the module.

    Args:
        app: what lies behind.
        state: of the server.
    """

    def __init__(self, app: App, state: State) -> None:
        self.app, self.state = app, state
        self._left: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        visit = _visit(scope)
        try:
            answer = await self._answer(visit, receive)
        except Gone:
            log.info("gone", request=visit.id, route=visit.route)
            return
        except Problem as problem:
            answer = Answer.of(problem)
        except Exception as error:
            answer = self._fault(visit, error)
        if visit.logged:
            answer = await self._remember(visit, answer)
        self._finish(visit, answer)
        seconds = time.perf_counter() - began
        metrics = self.state.metrics
        method = visit.method if visit.method in _METHODS else "-"
        metrics.requests.labels(visit.route, method, str(answer.status)).inc()
        metrics.seconds.labels(visit.route).observe(seconds)
        log.info(
            "request",
            request=visit.id,
            method=method,
            route=visit.route,
            status=answer.status,
            ms=round(seconds * 1000, 2),
            key=visit.who or None,
            snapshot=_version(visit),
            client=(scope.get("client") or (None,))[0],
            bytes_in=len(visit.body),
            bytes_out=len(answer.body),
        )
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": b"" if visit.method == "HEAD" else answer.body})

    async def _answer(self, visit: Visit, receive: Receive) -> Answer:
        settings, bounds = self.state.settings, self.state.settings.bounds
        try:
            async with asyncio.timeout(bounds.seconds):
                self._admit(visit)
                visit.body = await read_body(receive, visit.headers.get("content-length"), bounds)
                if visit.body and _is_json(visit.headers.get("content-type", "")):
                    read_json(visit.body, bounds)
                if access.needed(visit.path) is not None and self.state.life.busy >= bounds.at_once:
                    raise Problem("Too much is asked at once.", 503, {"retry-after": "1"})
                visit.logged = access.looks_up(visit.method, visit.path, visit.query)
                if visit.logged and settings.purpose_required and not visit.purpose:
                    visit.logged = False
                    raise Problem("Say why you ask: the header x-purpose, or purpose= in the address.")
                return await self._ask(visit, receive)
        except TimeoutError as error:
            raise Problem(f"This took longer than {bounds.seconds:g} seconds.", 504) from error

    def _admit(self, visit: Visit) -> None:
        """Who asks, and may they.

        Raises:
            Problem: they may not.
        """
        settings, refused = self.state.settings, self.state.metrics.refused
        try:
            raw = visit.scope.get("raw_path") or visit.path.encode()
            if len(raw) + len(visit.query) + 1 > settings.bounds.url_bytes:
                raise Problem(f"An address may have {settings.bounds.url_bytes:,} bytes.", 414)
            visit.purpose = self._purpose(visit)
            scope = access.needed(visit.path)
            if not settings.needs_keys:
                access.check_neighbours(settings, visit.headers, visit.method, visit.path)
                visit.who = OPEN
            elif scope is not None:
                visit.who = self._key(visit, scope)
        except Problem as problem:
            refused.labels(str(problem.status)).inc()
            raise

    def _key(self, visit: Visit, scope: str) -> str:
        token = access.token_of(visit.headers, visit.path, visit.query)
        ask = {"www-authenticate": "ApiKey"}
        if token is None:
            raise Problem("Give a key: Authorization: ApiKey ...", 401, ask)
        try:
            key = self.state.keys.check(token)
        except InputError as error:
            log.error("keys", reason=str(error))
            raise Problem("Keys cannot be checked at the moment.", 503) from error
        if key is None:
            status = 403 if access.segment(visit.path) == "updatez" and "token=" in visit.query else 401
            raise Problem("This key is not valid.", status, ask if status == 401 else None)
        self.state.rates.spend(key.id, key.rate)
        if scope not in key.scopes:
            raise Problem(f"This key may not do that; it takes the scope {scope}.", 403)
        visit.kept["key"] = key
        return key.id

    def _purpose(self, visit: Visit) -> str:
        found = visit.headers.get("x-purpose", "")
        if not found and "purpose=" in visit.query:
            found = next(iter(parse_qs(visit.query).get("purpose", ())), "")
        found = found.strip()
        if len(found) > _PURPOSE or not found.isprintable():
            raise Problem(f"A purpose may have {_PURPOSE} printable characters.")
        if found and self.state.settings.purposes and found not in self.state.settings.purposes:
            raise Problem(f"The purpose is one of: {', '.join(self.state.settings.purposes)}.")
        return found

    async def _ask(self, visit: Visit, receive: Receive) -> Answer:
        """Ask what lies behind, in a task of its own.

        Work in a thread cannot be broken off when its time is up. It is no longer waited for, and counts as busy until
        it ends.
        """
        answer, whole, body = Answer(), asyncio.Event(), [visit.body]

        async def again() -> Message:
            if body:
                return {"type": "http.request", "body": body.pop(), "more_body": False}
            return await receive()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message.get("headers", ()))
            elif message["type"] == "http.response.body":
                answer.body += message.get("body", b"")
                if not message.get("more_body", False):
                    whole.set()

        self.state.life.busy += 1
        task = asyncio.create_task(_run(self.app, visit.scope, again, collect))
        self._left.add(task)
        task.add_done_callback(self._done)
        waiting = asyncio.create_task(whole.wait())
        try:
            await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            if not task.done():
                task.add_done_callback(_tell_late)
        if task.done() and not whole.is_set():
            if (error := task.exception()) is not None:
                raise error
            raise RuntimeError("a route ended without an answer")
        return answer

    def _done(self, task: asyncio.Task[None]) -> None:
        self._left.discard(task)
        self.state.life.busy -= 1

    def _fault(self, visit: Visit, error: Exception) -> Answer:
        self.state.metrics.faults.inc()
        log.error("fault", request=visit.id, route=visit.route, error=type(error).__name__, where=logs.where(error))
        return Answer.json(500, {"detail": f"Something went wrong here; the request is {visit.id}."})

    async def _remember(self, visit: Visit, answer: Answer) -> Answer:
        """Log a look-up before its answer leaves; one that cannot be logged is refused."""
        told: Noted | None = visit.kept.get("noted")
        lookups = self.state.lookups
        if told is None:
            kind = access.segment(visit.path)
            address = "&".join(sorted(p for p in visit.query.split("&") if not p.startswith(("purpose=", "api_key="))))
            asked = [{"query": lookups.digest(f"{visit.path}?{address} {visit.body.hex()}"), "names": []}]
            found: list[list[str]] = []
        else:
            kind, found = told.kind, [list(ids) for ids in told.found]
            asked = [lookups.digests(query) for query in told.asked]
        entry = {
            "request": visit.id,
            "key": visit.who,
            "purpose": visit.purpose,
            "kind": kind,
            "route": visit.route,
            "asked": asked,
            "found": found,
            "snapshot": _version(visit),
            "status": answer.status,
        }
        try:
            if lookups.each:
                await asyncio.to_thread(lookups.write, entry)
            else:
                lookups.write(entry)
        except Problem as problem:
            self.state.metrics.refused.labels("log").inc()
            return Answer.of(problem)
        if told is not None:
            self.state.metrics.noted(kind, len(asked), told.bands)
        return answer

    def _finish(self, visit: Visit, answer: Answer) -> None:
        there = {k.lower() for k, _ in answer.headers}
        more = dict(_HEADERS)
        if self.state.settings.origins:
            del more["cross-origin-resource-policy"]
        if b"content-security-policy" in there:
            del more["x-frame-options"]  # the route says itself who may frame its page
        page = answer.kind.startswith(b"text/html")
        more["content-security-policy"] = _PAGE if page else "default-src 'none'; frame-ancestors 'none'"
        more["x-request-id"] = visit.id
        if version := _version(visit):
            more["x-index-version"] = version
        more["content-length"] = str(len(answer.body))
        answer.headers = [(k, v) for k, v in answer.headers if k.lower() != b"content-length"]
        there.discard(b"content-length")
        answer.headers += [
            (k.encode(), v.encode("latin-1", "replace")) for k, v in more.items() if k.encode() not in there
        ]


def _tell_late(task: asyncio.Task[None]) -> None:
    """What went wrong after the answer had left, or was given up."""
    if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, Problem):
        log.error("fault", error=type(error).__name__, where=logs.where(error))


async def _run(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


def _visit(scope: Scope) -> Visit:
    headers = Headers(scope=scope)
    given = headers.get("x-request-id", "")
    ident = given if _ID.fullmatch(given) else uuid.uuid4().hex
    query = scope.get("query_string", b"").decode("latin-1")
    scope.setdefault("state", {})["request_id"] = ident
    return Visit(scope, headers, ident, scope["method"], scope["path"], query)


def _version(visit: Visit) -> str | None:
    snapshot = visit.kept.get("snapshot")
    return None if snapshot is None else str(snapshot.version)


def _is_json(kind: str) -> bool:
    main = kind.split(";", 1)[0].strip().lower()
    return main == "application/json" or main.endswith("+json")
