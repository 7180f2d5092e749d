"""The report in headless Chromium: no error, no request, no overflow, usable by keyboard, accessible in both themes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from caudal.reports import ReportFacts, exposure, findings, matches, page, write_report

pytestmark = pytest.mark.browser

HOSTILE = '</script><script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">'
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def report(made_up: dict[str, pa.Table], made_up_facts: ReportFacts, tmp_path_factory: Any) -> Path:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(path, made_up, made_up_facts)
    return path


@pytest.fixture(scope="module")
def short_report(made_up: dict[str, pa.Table], made_up_facts: ReportFacts, tmp_path_factory: Any) -> Path:
    """The same report with few rows of each kind: the rules of accessibility are checked element by element, slowly."""
    path: Path = tmp_path_factory.mktemp("report") / "short.html"
    caps = [
        (exposure, "ACCOUNTS"),
        (exposure, "EVIDENCE"),
        (exposure, "INSTITUTIONS"),
        (matches, "SHOWN"),
        (page, "LINKS_SHOWN"),
    ]
    caps += [(findings, "SHOWN"), (findings, "TRANSFERS"), (findings, "ACCOUNTS"), (matches, "ANSWERS")]
    with pytest.MonkeyPatch.context() as patch:
        for module, name in caps:
            patch.setattr(module, name, 2)
        write_report(path, made_up, made_up_facts)
    return path


class Window:
    """One browser window and what went wrong in it: errors, and requests for anything but the file itself."""

    def __init__(self, chromium: Any, path: Path, size: dict[str, int], dark: bool = False) -> None:
        self.problems: list[str] = []
        self.context = chromium.new_context(viewport=size, color_scheme="dark" if dark else "light")
        self.page = self.context.new_page()
        self.page.on("console", lambda m: self.note(f"console: {m.text}", m.type in {"error", "warning"}))
        self.page.on("pageerror", lambda e: self.note(f"error: {e}"))
        self.page.on("request", lambda r: self.note(r.url[:200], not r.url.startswith((path.as_uri(), "blob:"))))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("html[data-ready]", timeout=30_000)

    def note(self, problem: str, bad: bool = True) -> None:
        if bad:
            self.problems.append(problem)

    def close(self) -> None:
        self.context.close()
        assert self.problems == []


@pytest.fixture
def show(chromium: Any) -> Iterator[Any]:
    """Open a file in a window of its own; when the test is over nothing may have gone wrong in it."""
    windows: list[Window] = []

    def start(path: Path, size: dict[str, int], dark: bool = False) -> Any:
        windows.append(Window(chromium, path, size, dark))
        return windows[-1].page

    yield start
    for window in windows:
        window.close()


@pytest.fixture(scope="module")
def desk(chromium: Any, report: Path) -> Iterator[Any]:
    """The report in one wide window that several tests use one after the other."""
    window = Window(chromium, report, WIDE)
    yield window.page
    window.close()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_all_charts_draw_and_nothing_overflows(report: Path, show: Any, size: dict[str, int]) -> None:
    page = show(report, size)
    charts = page.locator(".chart").count()
    assert charts == 14
    assert page.locator(".chart .main-svg").first.is_visible()
    assert page.evaluate("[...document.querySelectorAll('.chart')].every(c => c.querySelector('.main-svg'))")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    for selector in ("details", "tr.detail"):
        page.evaluate(f"for (const e of document.querySelectorAll('{selector}')) {{ e.open = true; e.hidden = false }}")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    # the question, the answer and the numbers come before any chart, on the first screen of a desk
    assert page.locator(".numbers").bounding_box()["y"] < page.locator(".chart").first.bounding_box()["y"]
    if size == WIDE:
        assert page.locator(".look").bounding_box()["y"] + 40 < size["height"]


@pytest.mark.parametrize(
    ("size", "dark"), [(WIDE, False), (WIDE, True), (PHONE, False)], ids=["light", "dark", "phone"]
)
def test_axe_finds_nothing_serious(short_report: Path, show: Any, size: dict[str, int], dark: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = show(short_report, size, dark)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    page.evaluate("for (const b of document.querySelectorAll('.opener')) b.click()")
    found = axe.Axe().run(page)
    serious = [
        (v["id"], [n["target"] for n in v["nodes"]][:3])
        for v in found.response["violations"]
        if v["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_rows_and_cards_open_by_keyboard(desk: Any) -> None:
    page = desk
    page.evaluate("scrollTo(0, 0)")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    opener = page.locator("#exposure .opener").first
    detail = page.locator(f"#{opener.get_attribute('aria-controls')}")
    assert not detail.is_visible()
    opener.focus()
    page.keyboard.press("Enter")
    assert detail.is_visible()
    assert opener.get_attribute("aria-expanded") == "true"
    assert detail.locator("tbody tr").count() == 12
    page.keyboard.press("Space")
    assert not detail.is_visible()
    page.locator("#match-2 > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#match-2 .card-body").is_visible()


def test_a_pointer_on_the_first_screen_opens_its_target(desk: Any) -> None:
    page = desk
    page.locator(".look a[href='#match-1']").click()
    assert page.locator("#match-1 .card-body").is_visible()


def test_csv_files_come_out_whole(desk: Any, made_up: dict[str, pa.Table]) -> None:
    page = desk
    with page.expect_download() as waiting:
        page.locator("[data-csv=exposures]").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert waiting.value.suggested_filename == "exposures.csv"
    assert len(list(csv.DictReader(io.StringIO(text)))) == made_up["exposures"].num_rows
    page.locator("#timeline .alternative > summary").click()
    with page.expect_download() as waiting:
        page.locator("#timeline .alternative .csv").click()
    rows = list(csv.reader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))
    assert rows[0] == ["From day", "In", "Out"]
    assert len(rows) == 14
    assert "." in rows[1][1]


def test_the_charts_follow_the_theme_and_print_light(desk: Any) -> None:
    colour = "document.querySelector('#timeline .chart .xtick text').style.fill"
    ink = "getComputedStyle(document.body).color"

    def settled() -> bool:
        # the page hears of a new theme a moment after the style does; its policy forbids wait_for_function
        for _ in range(100):
            if desk.evaluate(f"{colour} === {ink}"):
                return True
            desk.wait_for_timeout(50)
        return False

    desk.emulate_media(color_scheme="dark")
    assert settled()
    dark = desk.evaluate(colour)
    assert len(desk.pdf(format="A4")) > 50_000
    desk.emulate_media(color_scheme="dark", media="print")
    assert desk.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    desk.emulate_media(color_scheme="light", media="screen")
    assert settled()
    assert desk.evaluate(colour) != dark


def test_hostile_names_do_nothing(show: Any, make_world: Any, tmp_path: Path) -> None:
    world, told = make_world
    tables = world(hostile=HOSTILE)
    path = tmp_path / "hostile.html"
    write_report(path, tables, told(tables, HOSTILE))
    page = show(path, PHONE)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    # the name is shown as it is, in the text and in the charts
    assert "<script>" in page.locator("#match-1 summary").inner_text()
    assert (
        "</script><script>" in page.locator("#network").inner_text()
        or "<script>" in page.locator("#network").text_content()
    )


def test_an_empty_report_opens_as_well(show: Any, tmp_path: Path, made_up_facts: ReportFacts) -> None:
    path = tmp_path / "empty.html"
    write_report(path, {}, made_up_facts)
    page = show(path, PHONE)
    assert "No money was traced" in page.locator("#answer").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
