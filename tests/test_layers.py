"""The house: who may import whom, read from the imports themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "wscli"
RANKS = (
    ("values", "errors", "text"),
    ("wire",),
    ("applications",),
    ("events", "settings", "timing"),
    ("selecting",),
    ("protocol",),
    ("net",),
    ("engine",),
    ("diagnose", "record", "render", "stats"),
    ("serve", "repl"),
    ("app",),
    ("cli",),
    ("load",),
)
RANK = {name: rank for rank, names in enumerate(RANKS) for name in names}
ENGINE = RANK["engine"]
SEPARATE = {"diagnose", "record", "render", "stats"}
"""Readers of events: none imports another."""
NOT_BELOW_ENGINE = {"asyncio", "socket", "select", "selectors", "time", "random", "secrets", "threading", "subprocess"}
ONLY_IN = {
    "typer": ("cli/typer_app.py",),
    "prompt_toolkit": ("repl/",),
    "ssl": ("net/tls.py",),
    "rich": ("render/", "cli/typer_app.py"),
}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem in RANK)


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_lower_rows_or_its_own_package(path: Path) -> None:
    own = part_of(path)
    for name in imported(path):
        if name == "wscli.__version__" or not name.startswith("wscli."):
            continue
        part = name.split(".")[1]
        assert part == own or RANK[part] <= RANK[own], f"{path.name} imports {name}"
        assert part == own or not {part, own} <= SEPARATE, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_clocks_sockets_and_foreign_packages_stay_where_they_belong(path: Path) -> None:
    place = str(path.relative_to(PACKAGE))
    for name in imported(path):
        top = name.split(".")[0]
        if RANK[part_of(path)] < ENGINE:
            assert top not in NOT_BELOW_ENGINE, f"{place} imports {name}"
        if top in ONLY_IN:
            assert place.startswith(ONLY_IN[top]), f"{place} imports {name}"


def test_every_part_of_the_package_has_a_rank() -> None:
    parts = {part_of(path) for path in PACKAGE.rglob("*.py")} - {"__init__", "__main__"}
    assert set(RANK) == parts
