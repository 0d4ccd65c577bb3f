from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wscli.cli.commands import COMMANDS
from wscli.cli.commands.man import PAGES
from wscli.cli.pages import find_page, find_pages, show_page
from wscli.errors import EnvironmentProblem, UsageProblem


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_every_command_has_a_page() -> None:
    assert {f"wscli-{name}" for name in COMMANDS} | {"wscli", "wscli-recording", "wscli-rules"} == set(find_pages())


@pytest.mark.parametrize("name", ["listen", "wscli-listen"])
def test_a_page_is_found_by_its_command_or_its_name(name: str) -> None:
    assert find_page(name).name == "wscli-listen.1"


def test_a_page_is_found_by_another_name_of_its_command() -> None:
    assert find_page("doctor").name == "wscli-diagnose.1"


def test_an_unknown_page_says_what_is_near_and_what_there_is() -> None:
    with pytest.raises(UsageProblem) as caught:
        find_page("lisen")
    assert str(caught.value.hint).startswith("did you mean `listen`? there are connect, ")


def test_a_page_like_no_other_says_what_there_is() -> None:
    with pytest.raises(UsageProblem) as caught:
        find_page("zzzz")
    assert str(caught.value.hint).startswith("there are ")


def test_pages_that_are_not_installed_are_the_machines_fault(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem):
        find_page("listen", (tmp_path,))


def test_the_first_folder_with_pages_counts(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder / "man1").mkdir(parents=True)
    (tmp_path / "two" / "man1" / "wscli.1").write_text(".TH X 1\n")
    folders = (tmp_path / "absent", tmp_path / "one", tmp_path / "two")
    assert {"wscli": tmp_path / "two" / "man1" / "wscli.1"} == find_pages(folders)


def test_without_a_terminal_a_page_is_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_page(None) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("WSCLI(1)\n\nNAME\n       wscli - ")
    assert max(map(len, shown.splitlines())) <= 80


def test_without_any_output_nothing_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert show_page("listen") == 0


@pytest.mark.parametrize("works", ["man", "mandoc"])
def test_on_a_terminal_a_program_shows_the_page(works: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("man", "mandoc"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/{name}.log\nexit {0 if name == works else 3}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    output = Terminal()
    monkeypatch.setattr(sys, "stdout", output)
    assert show_page("listen") == 0
    assert output.getvalue() == ""
    assert "wscli-listen.1" in (tmp_path / f"{works}.log").read_text()


def test_on_a_terminal_without_such_a_program_it_is_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    output = Terminal()
    monkeypatch.setattr(sys, "stdout", output)
    assert show_page("listen") == 0
    assert output.getvalue().startswith("WSCLI-LISTEN(1)\n")


def test_the_page_reads_as_mandoc_shows_it() -> None:
    """Word for word, headers and footers aside."""
    import shutil

    mandoc = shutil.which("mandoc")
    if mandoc is None:
        pytest.skip("mandoc is not installed")
    for path in find_pages().values():
        shown = subprocess.run([mandoc, "-T", "ascii", path], capture_output=True, text=True, check=True).stdout
        struck = "".join(shown[place] for place in range(len(shown)) if shown[place + 1 : place + 2] != "\b")
        from wscli.cli.roff import plain_text

        ours = plain_text(path.read_text()).split()[1:]
        theirs = struck.replace("\b", "").split()
        place = theirs.index("NAME")
        assert ours == theirs[place : place + len(ours)], os.fspath(path)


def test_completion_offers_every_page() -> None:
    assert {name.removeprefix("wscli-") for name in find_pages()} == set(PAGES)
