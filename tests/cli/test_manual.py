from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from wscli.cli import manual
from wscli.cli.commands import COMMANDS, load_command
from wscli.cli.manual import BEGIN, END, filled, rewrite
from wscli.cli.pages import find_pages

PAGES = find_pages()
NAMES = sorted(PAGES)


@pytest.mark.parametrize("name", NAMES)
def test_the_generated_parts_are_what_the_code_says(name: str) -> None:
    """`python -m wscli.cli.manual` rewrites them."""
    page = PAGES[name].read_text(encoding="ascii")
    assert filled(page, name) == page


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_page_has_every_block(name: str) -> None:
    lines = PAGES[f"wscli-{name}"].read_text(encoding="ascii").splitlines()
    blocks = [line.removeprefix(BEGIN) for line in lines if line.startswith(BEGIN)]
    expected = ["NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS", "EXAMPLES"]
    assert expected == [block for block in blocks if block in expected]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_clean(name: str) -> None:
    mandoc = shutil.which("mandoc")
    if mandoc is None:
        pytest.skip("mandoc is not installed")
    ended = subprocess.run([mandoc, "-T", "lint", PAGES[name]], capture_output=True, text=True, check=False)
    assert (0, "") == (ended.returncode, ended.stdout + ended.stderr)


def test_what_stands_in_a_block_is_replaced_and_prose_is_kept() -> None:
    page = f"before\n{BEGIN}SYNOPSIS\nold\n{END}\nafter\n"
    expected = f"before\n{BEGIN}SYNOPSIS\n.SH SYNOPSIS\n\\fBwscli man\\fR \\fI[PAGE]\\fR\n{END}\nafter\n"
    assert expected == filled(page, "wscli-man")


@pytest.mark.parametrize(("block", "name"), [("NONSENSE", "wscli-man"), ("SYNOPSIS", "wscli")])
def test_an_unknown_block_is_refused(block: str, name: str) -> None:
    with pytest.raises(ValueError, match=block):
        filled(f"{BEGIN}{block}\n{END}\n", name)


def test_rewriting_writes_only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    current, stale = tmp_path / "wscli-man.1", tmp_path / "wscli-listen.1"
    current.write_text("no block\n")
    stale.write_text(f"{BEGIN}NAME\n{END}\n")
    monkeypatch.setattr(manual, "find_pages", lambda: {"wscli-man": current, "wscli-listen": stale})
    assert rewrite() == 1
    assert "wscli\\-listen \\- receive only" in stale.read_text()
    assert rewrite() == 0


def test_every_option_stands_in_its_commands_page() -> None:
    for name in COMMANDS:
        page = PAGES[f"wscli-{name}"].read_text(encoding="ascii").replace("\\-", "-")
        assert [] == [
            flag for option in load_command(name).options for flag in option.flags if f"\\fB{flag}\\fR" not in page
        ]
