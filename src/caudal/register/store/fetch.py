"""One file from the publisher: asked for conditionally, patiently, within limits, and written aside."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

import caudal
from caudal.errors import InputError

USER_AGENT = f"caudal/{caudal.__version__} (sanctions list update)"
AGAIN = (408, 425, 429, 500, 502, 503, 504)
"""Answers after which asking again may help; the EU's server gives bursts of 500."""
NO_LIST = ("text/html", "application/xhtml+xml", "application/pdf", "image/", "audio/", "video/", "font/")
_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
LONGEST_WAIT = 120
"""Seconds between two attempts at most, whatever the server asks for."""
_BLOCK = 1 << 16
_PAGE = 8 << 20


@dataclass(frozen=True)
class Limits:
    """How patient a fetch is; times in seconds, sizes in bytes after unpacking of the transfer.

    The EU's file of 25 MB is built while one waits, for over a minute.
    """

    connect: float = 20
    silence: float = 180
    whole: float = 900
    size: int = 512 << 20
    attempts: int = 5
    backoff: float = 1


@dataclass(frozen=True)
class Fetched:
    """A file as it came; `name` is a safe file name, `etag` and `last_modified` what to ask with the next time."""

    path: Path
    name: str
    url: str
    etag: str | None
    last_modified: str | None


class _Retry(Retry):
    """Waits as long as the server asks, within reason."""

    def parse_retry_after(self, retry_after: str) -> float:
        return min(super().parse_retry_after(retry_after), LONGEST_WAIT)


def session(limits: Limits) -> requests.Session:
    """A session that names itself and asks again after errors that may pass."""
    retry = _Retry(
        total=limits.attempts - 1,
        backoff_factor=limits.backoff,
        backoff_max=LONGEST_WAIT,
        status_forcelist=AGAIN,
        allowed_methods=("GET",),
        raise_on_status=False,
    )
    made = requests.Session()
    made.headers["User-Agent"] = USER_AGENT
    made.max_redirects = 5
    for scheme in ("http://", "https://"):
        made.mount(scheme, HTTPAdapter(max_retries=retry))
    return made


def fetch(
    asker: requests.Session,
    url: str,
    folder: Path,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    limits: Limits,
) -> Fetched | None:
    """Fetch a file into `folder`; None when the server says it did not change.

    A connection that breaks off in the middle is tried again from the start.

    Raises:
        InputError: no usable answer: unreachable, too slow, too large, cut short, an error, or no list but a page.
    """
    headers = {}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    return _patiently(asker, url, headers, folder, limits)


def _patiently(
    asker: requests.Session, url: str, headers: Mapping[str, str], folder: Path, limits: Limits
) -> Fetched | None:
    until = time.monotonic() + limits.whole
    for attempt in range(1, limits.attempts + 1):
        try:
            return _once(asker, url, headers, folder, limits, until)
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            reason, cause = "it broke off before its end", error
        except requests.exceptions.RetryError as error:
            raise InputError("the server keeps answering with errors", file=url) from error
        except requests.exceptions.Timeout as error:
            raise InputError("the server takes too long to answer", file=url) from error
        except requests.exceptions.TooManyRedirects as error:
            raise InputError("it leads from address to address without end", file=url) from error
        except requests.exceptions.SSLError as error:
            raise InputError(f"the connection is not safe ({error})", file=url) from error
        except requests.exceptions.ConnectionError as error:
            if "timed out" in str(error):
                raise InputError("the server takes too long to answer", file=url) from error
            raise InputError("the server cannot be reached", file=url) from error
        except requests.exceptions.RequestException as error:
            raise InputError(f"it cannot be fetched ({error})", file=url) from error
        wait = min(limits.backoff * 2 ** (attempt - 1), LONGEST_WAIT)
        if attempt == limits.attempts or time.monotonic() + wait > until:
            raise InputError(f"{reason}, {attempt} times", file=url) from cause
        time.sleep(wait)
    raise InputError("it was not tried", file=url)


def _once(
    asker: requests.Session, url: str, headers: Mapping[str, str], folder: Path, limits: Limits, until: float
) -> Fetched | None:
    with asker.get(url, headers=dict(headers), stream=True, timeout=(limits.connect, limits.silence)) as answer:
        if urlsplit(url).scheme == "https" and any(
            urlsplit(a.url).scheme != "https" for a in (*answer.history, answer)
        ):
            raise InputError("it leads from https to an address that is not safe", file=url)
        if answer.status_code == 304 and headers:
            return None
        if answer.status_code != 200:
            raise InputError(f"the server answered {answer.status_code} {answer.reason or ''}".rstrip(), file=url)
        kind = answer.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if kind.startswith(NO_LIST):
            raise InputError(f"the server sent {kind}, not a list", file=url)
        name = _name(answer)
        path = folder / name
        _write(answer, path, url, limits, until)
        return Fetched(path, name, url, answer.headers.get("ETag"), answer.headers.get("Last-Modified"))


def _write(answer: requests.Response, path: Path, url: str, limits: Limits, until: float) -> None:
    size = 0
    head = b""
    too_large = f"it is larger than {limits.size:,} bytes"
    announced = answer.headers.get("Content-Length", "").strip()
    if announced.isdecimal() and int(announced) > limits.size:
        raise InputError(too_large, file=url)
    with path.open("wb") as file:
        for block in _blocks(answer):
            size += len(block)
            if size > limits.size:
                raise InputError(too_large, file=url)
            if time.monotonic() > until:
                raise InputError(f"it takes longer than {limits.whole:,.0f} seconds", file=url)
            if len(head) < 4096:
                head += block[:4096]
            file.write(block)
    if size == 0:
        raise InputError("it is empty", file=url)
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise InputError("the server sent a web page, not a list (an error page?)", file=url)


def _blocks(answer: requests.Response) -> Iterator[bytes]:
    """The body as it arrives: a block is not waited for until it is full, so that the time can be watched."""
    try:
        while block := answer.raw.read1(_BLOCK, decode_content=True):
            yield block
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout(error) from error
    except urllib3.exceptions.ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    except urllib3.exceptions.DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ConnectionError(error) from error


def _name(answer: requests.Response) -> str:
    """The file name the server or the address gives, with no sign in it that a folder could trip over."""
    given = re.search(r'filename="?([^";]+)', answer.headers.get("Content-Disposition", ""))
    text = given[1] if given else unquote(urlsplit(answer.url).path).rsplit("/", 1)[-1]
    return safe_name(text)


def safe_name(text: str) -> str:
    """A file name of letters, digits, dots, hyphens and underscores that does not begin with a dot."""
    plain = text.replace("\\", "/").rsplit("/", 1)[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "_", plain).lstrip(".")[-100:].lstrip(".") or "list"


def modified(last_modified: str | None) -> float | None:
    """A Last-Modified header as seconds since 1970, or None."""
    if not last_modified:
        return None
    try:
        return parsedate_to_datetime(last_modified).timestamp()
    except (ValueError, OverflowError):
        return None


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def linked(asker: requests.Session, page: str, ending: str, limits: Limits) -> str:
    """The first address linked on a page whose path ends so (case does not matter).

    Raises:
        InputError: the page cannot be read, or links no such file.
    """
    try:
        with asker.get(page, stream=True, timeout=(limits.connect, limits.silence)) as answer:
            if answer.status_code != 200:
                raise InputError(f"the server answered {answer.status_code} {answer.reason or ''}".rstrip(), file=page)
            body, base = b"", answer.url
            for block in _blocks(answer):
                body += block
                if len(body) > _PAGE:
                    break
    except requests.exceptions.RequestException as error:
        raise InputError("the page that links the list cannot be read", file=page) from error
    links = _Links()
    links.feed(body.decode("utf-8", errors="replace"))
    for link in links.found:
        address = urljoin(base, link)
        parts = urlsplit(address)
        if parts.scheme in {"http", "https"} and unquote(parts.path).lower().endswith(ending.lower()):
            return address
    raise InputError(f"the page links no file whose name ends in {ending!r}", file=page)
