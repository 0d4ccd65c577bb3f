from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shlex import quote
from shutil import which

import pytest

from wscli.cli.commands import COMMANDS, load_command
from wscli.cli.options import Option
from wscli.cli.typer_app import SUMMARY, parse_slowly

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 200)
    monkeypatch.setattr("typer.rich_utils.COLOR_SYSTEM", None)


def help_of(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert parse_slowly([*argv, "--help"]) == 0
    return capsys.readouterr().out


# --- Help ------------------------------------------------------------------------------------------------------------
def test_the_help_lists_every_command_in_its_panel(capsys: pytest.CaptureFixture[str]) -> None:
    shown = help_of(capsys)
    assert SUMMARY in shown
    for name in COMMANDS:
        command = load_command(name)
        assert command.panel in shown
        assert f"{command.summary}." in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_shows_the_whole_table(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = load_command(name)
    shown = help_of(capsys, name)
    assert f"Usage: wscli {command.synopsis}" in shown
    for part in command.parts:
        assert part.help in shown
        if isinstance(part, Option):
            assert all(flag in shown for flag in part.flags)
            assert f"(default: {part.default})" in shown or part.default is None
            assert part.panel in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_shown_as_they_are_typed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line.strip() for line in help_of(capsys, name).splitlines()]
    assert all(typed in lines for _, typed in load_command(name).examples)


def test_examples_are_not_wrapped_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 80)
    lines = [line.strip() for name in COMMANDS for line in help_of(capsys, name).splitlines()]
    assert all(typed in lines for name in COMMANDS for _, typed in load_command(name).examples)


def test_without_rich_the_examples_follow_the_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("typer.core.HAS_RICH", False)
    for argv in ((), ("listen",)):
        shown = help_of(capsys, *argv)
        assert 0 <= shown.index("Usage:") < shown.index("Examples:")


def test_the_short_flag_asks_for_help_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_slowly(["listen", "-h"]) == 0
    assert "Usage: wscli listen" in capsys.readouterr().out


def test_typer_answers_for_the_version_behind_other_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_slowly(["--version"]) == 0
    assert capsys.readouterr().out.startswith("wscli ")


# --- Completion ------------------------------------------------------------------------------------------------------
def complete(words: str) -> list[str]:
    """Return what a shell offers behind these words, the last of which is being typed."""
    environment = os.environ | {
        "_WSCLI_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "wscli"], cwd=ROOT, env=environment, text=True, capture_output=True, check=False
    )
    assert (0, "") == (ended.returncode, ended.stderr)
    return ended.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("wscli li", ["listen"]),
        ("wscli listen --col", ["--color"]),
        ("wscli listen --color a", ["auto", "always"]),
        ("wscli send --deflate --form", ["--format"]),
        ("wscli listen --max-time soon --exp", []),
        ("wscli man rec", ["recording"]),
    ],
)
def test_a_shell_completes_commands_options_and_choices(words: str, expected: list[str]) -> None:
    assert expected == complete(words)


@pytest.mark.parametrize(("shell", "status"), [("bash", 0), ("dash", 2)])
def test_the_completion_of_the_shell_that_asks_is_shown(shell: str, status: int) -> None:
    if which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    # The second command keeps the shell from giving its place to the first: it is asked for as the parent.
    ended = subprocess.run(
        [shell, "-c", f"{quote(sys.executable)} -m wscli --show-completion; exit $?"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (status, status == 0) == (ended.returncode, "_WSCLI_COMPLETE" in ended.stdout)


# --- Other names -----------------------------------------------------------------------------------------------------
def test_another_name_of_a_command_is_parsed_helped_and_listed_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_slowly(["diagnose", "u"]) == parse_slowly(["doctor", "u"])
    assert "Usage: wscli doctor [OPTIONS] URL" in help_of(capsys, "doctor")
    names = [line.strip("│ ").split(" ")[0] for line in help_of(capsys).splitlines() if line.startswith("│")]
    assert 1 == names.count("diagnose")
    assert 0 == names.count("doctor")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("wscli doc", ["doctor"]),
        ("wscli d", ["diagnose", "demo"]),
        ("wscli doctor --max-r", ["--max-requests"]),
        ("wscli xyz", []),
    ],
)
def test_a_shell_completes_other_names_too(words: str, expected: list[str]) -> None:
    environment = {**os.environ, "_WSCLI_COMPLETE": "complete_bash", "COMP_WORDS": words}
    environment["COMP_CWORD"] = str(len(words.split()) - 1)
    done = subprocess.run(
        [sys.executable, "-m", "wscli"], capture_output=True, text=True, env=environment, cwd=ROOT, check=False
    )
    assert expected == done.stdout.split()
