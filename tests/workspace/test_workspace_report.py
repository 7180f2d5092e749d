"""The report of a whole run, opened in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@contextmanager
def opened(chromium: Any, finished: Any, width: int, height: int) -> Iterator[Any]:
    """The report in a window of this size; fails on a console error or any request but the file itself."""
    problems: list[str] = []
    address = finished.report.resolve().as_uri()
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.on("console", lambda m: problems.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda r: problems.append(r.url[:200]) if not r.url.startswith((address, "blob:")) else None)
    page.goto(address)
    page.wait_for_selector("html[data-ready]", timeout=30_000)
    yield page
    context.close()
    assert problems == []


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (360, 740)])
def test_the_report_opens_without_an_error_or_a_request(chromium, finished, width, height):
    with opened(chromium, finished, width, height) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator(".js-plotly-plot").count() >= 4
        for row in page.locator("#matches details").all()[:3]:
            row.locator("summary").first.click()
        assert "Tren de Aragua" in page.locator("h1").inner_text()


def test_it_says_what_happened_to_someone_who_has_never_seen_it(chromium, finished):
    matches = finished.table("matches")
    alerts = {m["party_id"] for m in matches.to_pylist() if m["alert"] and m["party_id"]}
    with opened(chromium, finished, 1280, 900) as page:
        answer = page.locator("#answer").inner_text()
        assert f"{len(alerts)} part" in answer
        assert "Exposure is not guilt" in answer
        assert "made-up world" in page.locator("header").inner_text().lower()
        found = page.locator("#truth").inner_text()
        assert "recall" in found.lower()
        assert "possible only in a made-up world" in found
