from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from caudal.cli import cli
from caudal.cli_text import fold
from caudal.errors import InputError
from caudal.register import law


def caudal(*args: str) -> str:
    done = CliRunner().invoke(cli, ["law", *args], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_one_effect_of_one_authority() -> None:
    out = caudal("secondary-sanctions", "--authority", "SDGT", "--on", "2025-02-20")
    assert "secondary sanctions: A foreign financial institution" in out
    assert "https://" in out
    assert "checked 2026-11-24" in out
    assert "blocks:" not in out


def test_what_is_not_known_is_said() -> None:
    assert "not known (secondary sanctions)" in caudal(
        "secondary sanctions", "--authority", "TCO", "--on", "2025-02-20"
    )
    assert "not known" in caudal("blocks", "--authority", "EU-TERR", "--on", "2025-02-20")
    assert "no such authority before 2001-09-23" in caudal("--authority", "SDGT", "--on", "2001-09-22")


def test_a_tag_without_a_text_has_the_common_rules() -> None:
    assert "within 10 business days" in caudal("reporting", "--authority", "IFSR", "--on", "2025-02-20")


def test_machines_get_every_authority() -> None:
    facts = json.loads(caudal("--on", "2026-11-24", "--json"))
    assert {f["authority"] for f in facts} == set(law.authorities())
    for fact in facts:
        assert fact["effects"] or fact["gaps"]
        assert all(e["source"] and e["source_url"] and e["checked"] for e in fact["effects"])


def test_orders() -> None:
    assert "none is known" in caudal("orders", "--on", "2025-04-13")
    assert "more than USD 200" in caudal("orders", "--on", "2025-04-14")
    out = caudal("orders", "--on", "2025-09-10", "--place", "Yuma County, AZ")
    assert "USD 1,000 or more" in out
    assert "it holds" in out
    facts = json.loads(caudal("orders", "--on", "2026-06-01", "--json"))
    assert [(f["standing"], f["last"]) for f in facts] == [("unknown", None)]


@pytest.mark.parametrize(
    "args",
    [("frightens",), ("--authority", "NO-SUCH"), ("orders", "--authority", "FTO"), ("blocks", "--place", "TX"), ("b",)],
)
def test_bad_input_is_one_line(args: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, ["law", *args])
    assert isinstance(done.exception, InputError)
    assert "\n" not in str(done.exception)


@given(
    st.text(alphabet=st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300), st.integers(40, 120)
)
def test_folding_keeps_every_word_and_its_indentation(text: str, width: int) -> None:
    line = f"    {text.strip()}"
    told = fold(line, width)
    assert told.split() == line.split()
    for first in told.splitlines()[1:]:
        assert first.startswith("      ")
    for part in told.splitlines():
        assert len(part) <= width or len(part.split()) == 1


def test_help_loads_no_room() -> None:
    code = "import sys, caudal.cli; sys.exit(any(m.startswith(('caudal.register', 'pyarrow')) for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
