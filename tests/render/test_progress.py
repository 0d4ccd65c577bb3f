"""The bar for long work."""

from __future__ import annotations

import subprocess
import sys

import pyte
import pytest

from wscli.render.progress import PATIENCE, Progress


def test_nothing_is_shown_where_nobody_looks_or_before_a_second(capfd: pytest.CaptureFixture[str]) -> None:
    with Progress("reading", is_terminal=False, begun=0.0) as progress:
        progress.show(0.5, 100.0)
    with Progress("reading", is_terminal=True, begun=0.0) as progress:
        progress.show(0.5, PATIENCE / 2)
    assert ("", "") == capfd.readouterr()


def test_long_work_shows_its_share_and_takes_the_bar_away(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_INTERACTIVE", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with Progress("[b]reading", is_terminal=True, begun=0.0) as progress:
        progress.show(0.25, PATIENCE)
        progress.show(0.5, 2 * PATIENCE, "3 failed")
    output, talk = capfd.readouterr()
    assert "" == output
    for part in ("[b]reading", "50%", "3 failed"):
        assert part in talk
    screen = pyte.Screen(100, 5)
    pyte.Stream(screen).feed(talk.replace("\n", "\r\n"))
    assert [""] == sorted({line.strip() for line in screen.display})


def test_rich_is_loaded_for_a_bar_that_is_shown_and_not_before() -> None:
    code = (
        "import sys; from wscli.render.progress import Progress\n"
        "with Progress('x', is_terminal=True, begun=0.0) as p: p.show(0.1, 0.5)\n"
        "assert 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
