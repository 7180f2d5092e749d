"""The documentation is true: reference pages follow the code, the README's example runs, links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from caudal.cli import cli
from caudal.register import law, orders
from caudal.tables import TABLES

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def reference():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reference_pages_are_what_the_code_says(reference):
    for path, text in reference.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"run scripts/reference.py: {path.name} is behind the code"


def test_every_table_column_is_documented():
    page = (ROOT / "docs" / "reference" / "tables.md").read_text(encoding="utf-8")
    for table in TABLES.values():
        assert f"## {table.name}\n" in page
        for column in table.columns:
            assert len(column.doc) > 2
            assert f"| `{column.name}` |" in page
        assert set(table.key) <= {c.name for c in table.columns}


def test_every_option_has_a_help_text_and_is_documented():
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")

    def walk(group: click.Group):
        for command in group.commands.values():
            if isinstance(command, click.Group):
                yield from walk(command)
            else:
                yield command

    for command in walk(cli):
        assert command.help, command.name
        for option in command.params:
            if isinstance(option, click.Option):
                assert all(name in page for name in option.opts)
                assert option.help or option.show_default, f"{command.name} {option.opts[0]} has no help"


def test_every_toml_key_is_documented(reference):
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    for title, _, models in reference.toml_files():
        assert f"## {title}" in page
        for path, model in models.items():
            for key, field in model.model_fields.items():
                assert reference.describe(model, key), f"{title} {path}.{key} has no description"
                assert f"| `{field.alias or key}` |" in page


def test_the_example_in_the_readme_runs(tmp_path, monkeypatch):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.S).group(1)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count = int(done.stdout.split()[0])
    assert count > 0
    assert Path(done.stdout.split()[-1]).is_file()


def test_the_site_builds_without_a_warning(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for page in (tmp_path / "site").rglob("*.html"):
        assert "fonts.googleapis" not in page.read_text(encoding="utf-8")


def test_the_locks_are_pinned_and_hold_no_index_address():
    for name in ("run.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "index-url" not in text
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert len(pins) > 20
        assert all("==" in line for line in pins)
        assert text.count("--hash=sha256:") > len(pins)


def test_every_authority_and_order_is_on_the_page_of_the_law():
    page = (ROOT / "docs" / "reference" / "law.md").read_text(encoding="utf-8")
    for key, authority in law.authorities().items():
        assert f"## {key}\n" in page
        assert all(line.source_url in page for line in authority.line)
    assert all(tag in page for tag in law.blocking_tags())
    assert all(order.name in page for order in orders.orders())
