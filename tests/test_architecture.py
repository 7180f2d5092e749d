"""Imports follow the arrows of the design: lists and ledger at the bottom, the command line on top."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import caudal

ROOT = Path(caudal.__file__).parent

GROUND = {"errors", "tables", "storage", ""}
"""Modules every room stands on; "" is the package itself (its version)."""

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "tables": {"errors"},
    "storage": {"errors", "tables"},
    "console": set(),
    "register": set(),
    "ledger": set(),
    "world": set(),
    "screening": {"register"},
    "casebook": set(),
    "tracing": set(),
    "typologies": {"tracing.index"},
    "impact": {"register", "ledger", "screening", "tracing", "typologies"},
    "reports": {"register", "ledger", "screening", "tracing", "typologies", "impact"},
    "workspace": {"register", "ledger", "screening", "tracing", "typologies", "impact", "reports", "casebook"},
    "server": {"register", "ledger", "screening", "tracing", "typologies", "impact", "reports", "workspace"},
    "cli_serve": {"cli_text", "console", "server"},
    "cli_assess": {"console", "impact", "workspace"},
    "cli_decide": {"cli_text", "workspace"},
    "cli_dossier": {"cli_text", "register"},
    "cli_law": {"cli_text", "register"},
    "cli_text": set(),
    "cli_trace": {"cli_text", "cli_trace_text", "console", "ledger", "tracing", "workspace"},
    "cli_trace_text": {"reports", "tracing"},
    "cli_lists": {"register"},
    "cli_screen": {"cli_screen_file", "cli_screen_index", "cli_text", "register", "screening"},
    "cli_screen_index": {"cli_screen_file", "register", "screening"},
    "cli_screen_file": {"cli_screen_index", "cli_text", "console", "register", "reports.tune", "screening"},
    "cli": {
        "cli_assess",
        "cli_decide",
        "cli_dossier",
        "cli_law",
        "cli_lists",
        "cli_screen",
        "cli_screen_file",
        "cli_serve",
        "cli_trace",
        "console",
        "register",
        "ledger",
        "world",
        "screening",
        "tracing",
        "typologies",
        "impact",
        "reports",
        "workspace",
    },
}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Modules of caudal a file imports, without the leading `caudal.`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the arrows"
            module = node.module or ""
            found |= {f"{module}.{a.name}" if module == "caudal" else module for a in node.names}
    return {m.removeprefix("caudal").removeprefix(".") for m in found if m == "caudal" or m.startswith("caudal.")}


FILES = sorted(p for p in ROOT.rglob("*.py") if p != ROOT / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_import_runs_against_the_arrows(path: Path):
    room = room_of(path)
    assert room in MAY_IMPORT, f"{room} is a new room: write down here and in the docs what it may import"
    own = f"{room}."
    ground = GROUND if room not in {"errors", "tables"} else {""}
    for module in imports(path):
        top = module.split(".")[0]
        allowed = (
            top == room
            or module.startswith(own)
            or top in ground
            or any(module == m or module.startswith(f"{m}.") for m in MAY_IMPORT[room])
            or (room == "cli" and module[:1].isupper())
        )
        assert allowed, f"{path.relative_to(ROOT)} imports caudal.{module}, which {room} may not"


def test_the_rule_itself_can_fail(tmp_path: Path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from caudal.screening import Screener\nfrom caudal import tables\nimport caudal.cli\n")
    assert imports(wrong) == {"screening", "tables", "cli"}
    assert "screening" not in MAY_IMPORT["tracing"]


def test_every_room_says_what_its_face_is():
    for room in sorted(p.name for p in ROOT.iterdir() if (p / "__init__.py").is_file()):
        tree = ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{room}/__init__.py has no docstring"
        names = {t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
        assert "__all__" in names, f"{room}/__init__.py names no face"


def test_the_stable_names_are_there():
    for name in caudal.__all__:
        assert getattr(caudal, name) is not None
    with pytest.raises(AttributeError):
        _ = caudal.nothing_of_the_kind
