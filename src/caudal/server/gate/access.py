"""Who may ask: scopes by route, the header a key comes in, and what keeps web pages out of a server without keys."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers

from caudal.server.problems import Problem
from caudal.server.settings import Settings

NEEDS: dict[str, str | None] = {
    "": None,
    "static": None,
    "favicon.ico": None,
    "openapi.json": None,
    "healthz": None,
    "readyz": None,
    "metrics": "read",
    "catalog": "read",
    "manifest": "read",
    "algorithms": "read",
    "law": "read",
    "entities": "read",
    "search": "read",
    "owned": "read",
    "match": "screen",
    "reconcile": "screen",
    "exposure": "decide",
    "impact": "decide",
    "updatez": "admin",
}
"""First segment of a path to the scope it needs; None: open. What is not here needs `admin`.

Lists are public and need `read`; sending one's customers needs `screen`; what a workspace holds of customers' money
needs `decide`, as those who decide see it.
"""

LOOKUPS = frozenset({"entities", "search", "match", "reconcile", "owned", "exposure"})
"""Routes that look a person up: logged, and with a purpose where one is required."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_OWN = frozenset({"localhost", "127.0.0.1", "::1"})


def segment(path: str) -> str:
    """The first segment of a path."""
    return path.lstrip("/").split("/", 1)[0]


def needed(path: str) -> str | None:
    """The scope a path needs; None: it is open to all."""
    return NEEDS.get(segment(path), "admin")


def looks_up(method: str, path: str, query: str) -> bool:
    """Whether a request looks somebody up. Describing the reconciliation service does not."""
    first = segment(path)
    if first == "reconcile" and method == "GET":
        return "queries=" in query or path.rstrip("/").endswith(("/suggest/entity", "/preview"))
    return first in LOOKUPS and method in {"GET", "POST"}


def token_of(headers: Headers, path: str, query: str) -> str | None:
    """The token a request carries.

    `Authorization: ApiKey TOKEN` as yente's clients send it, `Bearer` as Prometheus does, `x-api-key`; and in the
    address for two callers that cannot send headers: `api_key` of /reconcile (OpenRefine), `token` of /updatez.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() in {"apikey", "bearer"} and token.strip():
        return token.strip()
    if found := headers.get("x-api-key", "").strip():
        return found
    name = {"reconcile": "api_key", "updatez": "token"}.get(segment(path))
    if name is not None and f"{name}=" in query:
        return next((v.strip() for v in parse_qs(query).get(name, ()) if v.strip()), None)
    return None


def check_neighbours(settings: Settings, headers: Headers, method: str, path: str) -> None:
    """Keep web pages and the outside away from a server that asks for no key.

    A page elsewhere can make a browser ask this machine, under a name of its own that points here (DNS rebinding) or
    straight. The browser then says so in `Host`, `Origin` or `Sec-Fetch-Site`. A proxy that brings requests from
    outside says so too. A frame does not say whose it is: the policy of the preview keeps it to the pages named.

    Raises:
        Problem: 403.
    """
    host = headers.get("host", "")
    if not _is_own(host, settings.hosts):
        raise Problem("Without keys this server answers to localhost only.", 403)
    if any(name in headers for name in _FORWARDED):
        raise Problem("This came through a proxy: start the server with --keys-required and give a key.", 403)
    origin = headers.get("origin")
    if origin is not None and origin not in settings.origins and urlsplit(origin).netloc != host:
        raise Problem("Other web pages may not ask this server.", 403)
    if headers.get("sec-fetch-site") in {"cross-site", "same-site"} and origin not in settings.origins:
        opened = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        framed = segment(path) == "reconcile" and path.endswith("/preview") and bool(settings.origins)
        if not (opened and (segment(path) == "" or framed)):
            raise Problem("Other web pages may not ask this server.", 403)


def _is_own(host: str, more: Sequence[str]) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name in _OWN or name in more:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
