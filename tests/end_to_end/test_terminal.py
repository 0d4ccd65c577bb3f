"""`connect` and `demo` on a real pseudo-terminal: what is typed, what is on the screen, what is left behind."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

pexpect = pytest.importorskip("pexpect")
pyte = pytest.importorskip("pyte")

try:
    for _end in os.openpty():
        os.close(_end)
except OSError as _error:
    pytest.skip(f"no pseudo-terminal is to be had: {_error}", allow_module_level=True)


class Terminal:
    """A program on a pseudo-terminal, and the screen it would show."""

    def __init__(self, *argv: str, columns: int = 100) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
        self.program = pexpect.spawn(
            sys.executable,
            ["-m", "wscli", *argv],
            env={**environment, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
            dimensions=(40, columns),
            timeout=20,
        )
        self._screen = pyte.Screen(columns, 40)
        self._stream = pyte.ByteStream(self._screen)

    def wait_for(self, text: str) -> list[str]:
        """Read until the screen shows the text; returns the lines."""
        while not any(text in line for line in self._screen.display):
            try:
                data = self.program.read_nonblocking(65536, timeout=20)
            except pexpect.EOF:
                break
            self._stream.feed(data)
            if b"\x1b[6n" in data:
                self.program.send("\x1b[1;1R")  # prompt-toolkit asks where the cursor is
        lines = [line.rstrip() for line in self._screen.display]
        assert any(text in line for line in lines), "\n".join(lines)
        return lines

    def type(self, keys: str) -> None:
        self.program.send(keys)

    def leave(self) -> int:
        """Read to the end and return the exit status."""
        self.program.expect(pexpect.EOF)
        self.program.close()
        status: int = self.program.exitstatus
        return status


@contextmanager
def server() -> Iterator[str]:
    program = pexpect.spawn(sys.executable, ["-m", "wscli", "serve", "0"], timeout=20)
    try:
        program.expect(r"(ws://\S+)\r")
        yield program.match.group(1).decode()
    finally:
        program.kill(signal.SIGTERM)
        program.expect(pexpect.EOF)
        program.close()


def test_a_session_is_typed_and_every_frame_shown() -> None:
    with server() as url:
        terminal = Terminal("connect", url, "-e", "first")
        terminal.wait_for("← TEXT 5 B  first")
        terminal.type("hello\r")
        terminal.wait_for("← TEXT 5 B  hello")
        terminal.type("/ping abc\r")
        terminal.wait_for("* round trip")
        terminal.type("/hlep\r")
        terminal.wait_for("did you mean /help?")
        terminal.type("/close 1001 done\r")
        lines = terminal.wait_for("* closed after")
        assert any('→ CLOSE 1001 (going away) "done"' in line for line in lines)
        assert terminal.leave() == 0


def test_the_end_of_input_closes_properly() -> None:
    with server() as url:
        terminal = Terminal("connect", url)
        terminal.wait_for("* open in")
        terminal.type("ready\r")
        terminal.wait_for("← TEXT 5 B  ready")
        terminal.type("\x04")
        terminal.wait_for("we closed first")
        assert terminal.leave() == 0


def test_terminating_restores_the_terminal_and_says_so() -> None:
    with server() as url:
        terminal = Terminal("connect", url)
        terminal.wait_for("* open in")
        terminal.program.kill(signal.SIGTERM)
        terminal.wait_for("(SIGTERM)")
        assert terminal.leave() == 143


def test_a_failure_is_shown_and_leaves_no_prompt() -> None:
    terminal = Terminal("connect", "ws://127.0.0.1:1/")
    terminal.wait_for("x could not connect")
    assert terminal.leave() == 4


def test_escape_sequences_of_the_peer_show_as_text() -> None:
    with server() as url:
        terminal = Terminal("connect", url, "-e", "\x1b]0;title\x07\u202e")
        terminal.wait_for(r"← TEXT 13 B  \x1b]0;title\x07\u202e")
        terminal.type("/quit\r")
        assert terminal.leave() == 0


def test_the_demo_leaves_a_prompt() -> None:
    terminal = Terminal("demo", columns=60)
    terminal.wait_for("Your turn")
    terminal.type("mine\r")
    terminal.wait_for("← TEXT 4 B  mine")
    terminal.type("\x04")
    assert terminal.leave() == 0


def test_messages_on_a_terminal_are_escaped_and_binary_is_dumped() -> None:
    with server() as url:
        terminal = Terminal("send", "--idle", "1", url, "\x1b[31mred")
        terminal.wait_for(r"\x1b[31mred")
        assert terminal.leave() == 0
        terminal = Terminal("send", "--hex", "-1", url, "00ff")
        terminal.wait_for("00000000  00 ff")
        assert terminal.leave() == 0
        terminal = Terminal("send", "-1", "--format", "length-prefixed", url, "x")
        terminal.wait_for("redirect it")
        assert terminal.leave() == 2
