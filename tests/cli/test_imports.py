"""What a start may load: every entry of these lists is milliseconds before the first byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEVER = {"typer", "rich", "prompt_toolkit", "pydantic", "asyncio", "dataclasses", "inspect"}
NOT_FOR_THE_VERSION = NEVER | {"ssl", "json", "re", "typing", "enum", "socket"}

QUICK = """
from wscli.cli.commands import load_command
from wscli.cli.quick import parse_quickly
from wscli.cli.request import connection_settings, with_format
values = parse_quickly(load_command("{name}"), {argv})
assert values is not None
connection_settings(with_format(values))
"""


def loaded_by(script: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded because of a script."""
    # What this environment loads before any of our lines (import hooks of editable installs) is not our doing.
    code = f"import sys; before = set(sys.modules)\n{script}\nprint('\\n', *(set(sys.modules) - before))"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True)
    return set(ended.stdout.split())


def test_the_version_loads_next_to_nothing() -> None:
    loaded = loaded_by("from wscli.cli.main import main\nassert main(['--version']) == 0")
    assert set() == loaded & NOT_FOR_THE_VERSION
    assert {"wscli.cli.main"} <= loaded


@pytest.mark.parametrize(
    ("name", "argv"),
    [
        ("listen", ["--count", "0", "ws://localhost/"]),
        ("send", ["-1", "--deflate", "-H", "A: b", "--max-time", "5", "ws://localhost/", "hello"]),
        ("connect", ["-vv", "wss://localhost/"]),
    ],
)
def test_an_ordinary_line_loads_no_parser_and_no_event_loop(name: str, argv: list[str]) -> None:
    assert set() == loaded_by(QUICK.format(name=name, argv=argv)) & (NEVER | {"json", "ssl"})


def test_only_the_command_that_is_asked_for_is_loaded() -> None:
    loaded = loaded_by(QUICK.format(name="listen", argv=["ws://localhost/"]))
    assert {"wscli.cli.commands", "wscli.cli.commands.listen"} == {
        module for module in loaded if module.startswith("wscli.cli.commands")
    }
