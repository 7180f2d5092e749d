"""Texts of ledgers and lists are hostile input: none of them may become markup, script, address or formula."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from lxml import etree, html
from plotly.offline import get_plotlyjs

from caudal.reports import ReportFacts, render
from caudal.reports.page import _asset
from caudal.reports.page import _data as as_data

HOSTILE = [
    "</script><script>alert(1)</script>]]>&amp;#60;script&#62;",
    "\"'><img src=x onerror=alert(1)></style><svg onload=alert(1)>",
    "<!--<script>{{ 7 * 7 }}{% raw %}{0.__class__}&lt;b&gt;\u2028\u2029\u202e\x00\x1b",
]


def tree(page: str) -> Any:
    return html.fromstring(page, parser=html.HTMLParser(encoding="utf-8", huge_tree=True))


@pytest.fixture(scope="module")
def plain(made_up: dict[str, pa.Table], made_up_facts: ReportFacts) -> Any:
    return tree(render(made_up, made_up_facts))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_everywhere_adds_no_element_and_no_attribute(text: str, plain: Any, make_world: Any) -> None:
    world, told = make_world
    tables = world(hostile=text)
    page = render(tables, told(tables, text))
    root = tree(page)
    for tag in ("script", "style", "img", "svg", "iframe", "object", "embed", "link", "base", "form", "meta"):
        assert len(root.findall(f".//{tag}")) == len(plain.findall(f".//{tag}")), tag
    for element in root.iter(etree.Element):
        for name, value in element.attrib.items():
            assert not name.startswith("on"), name
            if name == "href":
                assert re.match(r"#|https?://", value), value
        assert "src" not in element.attrib
    assert "49" not in root.find(".//h1").text_content()
    for block in root.findall(".//script[@type='application/json']"):
        json.loads(block.text)


def test_only_the_two_own_scripts_may_run(plain: Any) -> None:
    policy = plain.find(".//meta[@http-equiv='Content-Security-Policy']").get("content")
    assert "default-src 'none'" in policy
    hashes = set(re.findall(r"'sha256-([^']+)'", policy))
    run = [s.text for s in plain.findall(".//script") if s.get("type") is None]
    assert run == [get_plotlyjs(), _asset("report.js")]
    assert {base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in run} == hashes
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.partition("style-src")[0]


def test_addresses_that_are_no_web_addresses_are_text(plain: Any, made_up_facts: ReportFacts) -> None:
    links = [a.get("href") for a in plain.findall(".//a")]
    assert "https://www.federalregister.gov/x" in links
    assert not [link for link in links if "javascript" in link]
    # the source itself is still named
    assert "Public Notice 12672" in plain.get_element_by_id("law").text_content()


def test_data_for_scripts_cannot_end_the_script() -> None:
    value = {"a": "</script>&'\u2028", "b": ["<!--"]}
    text = str(as_data(value))
    assert not set(text) & set("<>&'\u2028")
    assert json.loads(text) == value


def test_a_direction_override_in_a_name_does_not_reach_the_page(made_up: Any, made_up_facts: ReportFacts) -> None:
    names = pa.array(["gnp.exe\u202eevil"] * made_up["parties"].num_rows)
    index = made_up["parties"].schema.get_field_index("name")
    tables = {**made_up, "parties": made_up["parties"].set_column(index, "name", names)}
    page = render(tables, made_up_facts)
    assert "\u202e" not in page
    assert "gnp.exe evil" in page


def test_a_very_long_text_is_cut(made_up: Any, made_up_facts: ReportFacts) -> None:
    facts = replace(made_up_facts, title="x" * 100_000, note="y" * 100_000)
    index = made_up["transfers"].schema.get_field_index("purpose")
    long = pa.array(["z" * 50_000] * 5 + ["short"] * (made_up["transfers"].num_rows - 5))
    page = render({**made_up, "transfers": made_up["transfers"].set_column(index, "purpose", long)}, facts)
    assert "x" * 500 not in page
    assert "y" * 500 not in page
    assert len(page.encode()) < 8_000_000


def test_evidence_that_is_no_json_is_shown_not_dropped(made_up: Any, made_up_facts: ReportFacts) -> None:
    index = made_up["matches"].schema.get_field_index("evidence")
    texts = ["not json <b>", "[1, 2]", '{"reasons": 7}', '{"reasons": [{"bits": "x"}, 3]}', "null"]
    column = pa.array((texts * made_up["matches"].num_rows)[: made_up["matches"].num_rows])
    page = render({"matches": made_up["matches"].set_column(index, "evidence", column)}, made_up_facts)
    assert "not json &lt;b&gt;" in page
    assert "<td>[1, 2]</td>" in page
    assert "<td>null</td>" in page
