"""The dossier in headless Chromium: no request, no overflow, accessible in both themes with everything opened."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from caudal.register import Register
from caudal.register.dossier import dossier
from caudal.register.dossier.page import html

pytestmark = pytest.mark.browser

LONG = "Name" * 60
MEMBERS = f"""entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,programme,effective,source
m-1,Person,{LONG} <b onmouseover=alert(1)>,,,,,tren-de-aragua,FTO,FTO,2025-02-20,made up
m-2,Company,Made Up Transport,,,,,tren-de-aragua,SDGT,SDGT,2025-02-20,made up
"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dossier")
    members = folder / "members.csv"
    members.write_text(MEMBERS, encoding="utf-8")
    found = dossier(Register.load([members], as_of=date(2026, 11, 24)), "tren-de-aragua")
    path = folder / "page.html"
    path.write_text(html(found), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_is_asked_for_and_nothing_runs_over(chromium: Any, page_file: Path, width: int) -> None:
    asked: list[str] = []
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.on("request", lambda r: asked.append(r.url))
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert asked == [page_file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.querySelectorAll('b[onmouseover]').length") == 0
    assert page.inner_text("h1") == "Tren de Aragua: designated under four authorities"
    assert page.inner_text(".numbers li:nth-child(3) .value") == "2"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(chromium: Any, page_file: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = chromium.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert [(v["id"], v["nodes"][0]["html"][:80]) for v in axe.run(page).response["violations"]] == []
    page.close()
