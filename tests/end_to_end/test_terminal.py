"""`connect` and `demo` on a real pseudo-terminal: what is typed, what is on the screen, what is left behind."""

from __future__ import annotations

import hashlib
import os
import select
import signal
import socket
import stat
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import environment, run, start
from tests.end_to_end.peers import CLOSE_1000, Ending, RawServer, WebSocketsServer, upgrade

pexpect = pytest.importorskip("pexpect")
pyte = pytest.importorskip("pyte")

try:
    for _end in os.openpty():
        os.close(_end)
except OSError as _error:
    pytest.skip(f"no pseudo-terminal is to be had: {_error}", allow_module_level=True)


PATIENCE = 40
"""Seconds that the program may take for anything, on a machine that is busy."""
pytestmark = pytest.mark.timeout(180)


class Terminal:
    """A program on a pseudo-terminal, and the screen it would show."""

    def __init__(
        self,
        *argv: str,
        columns: int = 100,
        rows: int = 40,
        state: Path | str = "/nonexistent",
        program: tuple[str, ...] = ("-m", "wscli"),
        **variables: str,
    ) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
        self.program = pexpect.spawn(
            sys.executable,
            [*program, *argv],
            env={**environment, "TERM": "xterm-256color", "LANG": "C.UTF-8", "XDG_STATE_HOME": str(state), **variables},
            dimensions=(rows, columns),
            timeout=PATIENCE,
        )
        self.program.delaybeforesend = None  # 50 ms otherwise
        self._screen = pyte.HistoryScreen(columns, rows, history=10_000)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def lines(self) -> list[str]:
        """All that was ever shown, what scrolled away first."""
        columns = range(self._screen.columns)
        above = ["".join(line[column].data for column in columns).rstrip() for line in self._screen.history.top]
        return [*above, *(line.rstrip() for line in self._screen.display)]

    @property
    def typed(self) -> str:
        """The line at the prompt."""
        return next((line.rstrip() for line in reversed(self._screen.display) if line.startswith(">")), "")

    def read(self) -> bool:
        """Take what is there next; False at the end."""
        try:
            data = self.program.read_nonblocking(65536, timeout=PATIENCE)
        except (pexpect.EOF, OSError):
            return False
        self._stream.feed(data)
        if b"\x1b[6n" in data:  # prompt-toolkit asks where the cursor is
            self.program.send(f"\x1b[{self._screen.cursor.y + 1};{self._screen.cursor.x + 1}R")
        return True

    def wait_until(self, is_reached: Callable[[], object]) -> list[str]:
        """Read until something holds; returns the lines."""
        deadline = time.monotonic() + PATIENCE  # the toolbar is painted again and again, so reading goes on for ever
        while not is_reached() and time.monotonic() < deadline and self.read():
            pass
        assert is_reached(), "\n".join(self.lines)
        return self.lines

    def wait_for(self, text: str, times: int = 1) -> list[str]:
        """Read until so many lines hold the text; returns all lines."""
        return self.wait_until(lambda: sum(text in line for line in self.lines) >= times)

    def shows(self, line: str) -> bool:
        """Whether this is typed at the prompt; at its right may stand what is wrong with it."""
        return self.typed.split("  ")[0] == line

    def type(self, keys: str) -> None:
        self.program.send(keys)

    def resize(self, columns: int, rows: int) -> None:
        self.program.setwinsize(rows, columns)
        self._screen.resize(rows, columns)

    def attributes(self) -> list[Any]:
        """Return how the terminal is set: in lines, with echo, or raw."""
        return termios.tcgetattr(self.program.child_fd)

    def leave(self) -> int:
        """Read to the end and return the exit status."""
        while self.read():
            pass
        self.program.close()
        status: int = self.program.exitstatus
        return status


@contextmanager
def own_server() -> Iterator[str]:
    program = pexpect.spawn(sys.executable, ["-m", "wscli", "serve", "0"], timeout=20)
    try:
        program.expect(r"(ws://\S+)\r")
        yield program.match.group(1).decode()
    finally:
        program.kill(signal.SIGTERM)
        program.expect(pexpect.EOF)
        program.close()


def test_a_session_is_typed_and_every_frame_shown() -> None:
    with own_server() as url:
        terminal = Terminal("connect", url, "-e", "first")
        terminal.wait_for("← TEXT 5 B  first")
        terminal.type("hello\r")
        terminal.wait_for("← TEXT 5 B  hello")
        terminal.type("/ping abc\r")
        terminal.wait_for("* round trip")
        terminal.type("/hlep\r")
        terminal.wait_for("did you mean /help?")
        terminal.type("/close 1001 done\r")
        lines = terminal.wait_for("* /reconnect connects again")
        assert any('→ CLOSE 1001 (going away) "done"' in line for line in lines)
        terminal.type("\x04")
        assert terminal.leave() == 0


def test_the_end_of_input_closes_properly() -> None:
    with own_server() as url:
        terminal = Terminal("connect", url)
        terminal.wait_for("* open in")
        terminal.type("ready\r")
        terminal.wait_for("← TEXT 5 B  ready")
        terminal.type("\x04")
        terminal.wait_for("we closed first")
        assert terminal.leave() == 0


def test_terminating_restores_the_terminal_and_says_so() -> None:
    with own_server() as url:
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
    with own_server() as url:
        terminal = Terminal("connect", url, "-e", "\x1b]0;title\x07\u202e")
        terminal.wait_for(r"← TEXT 13 B  \x1b]0;title\x07\u202e")
        terminal.type("/quit\r")
        assert terminal.leave() == 0


def test_headers_and_long_lines_of_the_peer_show_as_text() -> None:
    head = b"X-Odd: a\x1b[31mb\xe2\x80\xae\r\n"
    long = b"\x81\x7e\xff\xff" + b"y\x1b[2J" * 13107
    with RawServer(
        lambda request: upgrade(long)(request).replace(b"\r\n\r\n", b"\r\n" + head + b"\r\n", 1), Ending.SILENCE
    ) as peer:
        terminal = Terminal("connect", "--lenient", "--close-timeout", "0.1", peer.url(), columns=60)
        terminal.wait_for(r"X-Odd: a\x1b[31mb")
        terminal.wait_for(r"← TEXT 64.0 KiB  y\x1b[2Jy\x1b[2J")
        terminal.type("/show message\r")
        terminal.wait_for(r"y\x1b[2Jy\x1b[2J", 2)
        assert "\u202e" not in "".join(terminal.lines)
        terminal.type("\x04")
        terminal.leave()


def test_the_demo_leaves_a_prompt() -> None:
    terminal = Terminal("demo", columns=60)
    terminal.wait_for("Your turn")
    terminal.type("mine\r")
    terminal.wait_for("← TEXT 4 B  mine")
    terminal.type("\x04")
    assert terminal.leave() == 0


def test_messages_on_a_terminal_are_escaped_and_binary_is_dumped() -> None:
    with own_server() as url:
        terminal = Terminal("send", "--idle", "1", url, "\x1b[31mred")
        terminal.wait_for(r"\x1b[31mred")
        assert terminal.leave() == 0
        terminal = Terminal("send", "--hex", "-1", url, "00ff")
        terminal.wait_for("00000000  00 ff")
        assert terminal.leave() == 0
        terminal = Terminal("send", "-1", "--format", "length-prefixed", url, "x")
        terminal.wait_for("redirect it")
        assert terminal.leave() == 2


# --- The prompt ------------------------------------------------------------------------------------------------------
def has_close(received: bytes) -> bool:
    """Return whether there is a Close among the short masked frames of a client."""
    place = 0
    while place + 2 <= len(received):
        if received[place] == 0x88:
            return True
        place += 6 + (received[place + 1] & 0x7F)
    return False


@contextmanager
def flood(rate: int) -> Iterator[str]:
    """A server that sends so many frames a second to whoever connects, and answers a Close."""
    listener = socket.create_server(("127.0.0.1", 0))

    def send() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(upgrade(b"")(connection.recv(65536)))
            begun, sent, received = time.monotonic(), 0, b""
            while not has_close(received):
                if select.select([connection], [], [], 0.01)[0]:
                    received += connection.recv(65536)
                due = int((time.monotonic() - begun) * rate)
                connection.sendall(b"".join(b"\x81\x08%08d" % number for number in range(sent, due)))
                sent = due
            connection.sendall(CLOSE_1000)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.close()
        thread.join(PATIENCE)


def test_typing_while_a_thousand_frames_a_second_arrive_never_breaks_the_line() -> None:
    with flood(1000) as url:
        terminal = Terminal("connect", url)
        terminal.wait_for("* too fast to read one by one")
        typed = '{"typed":"while-frames-rush-by"}'
        for place, key in enumerate(typed, 1):
            terminal.type(key)
            terminal.wait_until(partial(terminal.shows, f"> {typed[:place]}"))
        terminal.type("\r")
        terminal.wait_for("> " + typed)
        terminal.type("/show frames 3\r")
        terminal.wait_for("* 3 of ")
        terminal.wait_for(" frames ", 3)
        terminal.type("/find rush-by\r")
        terminal.wait_for("* 1 message fits")
        terminal.type("\x04")
        assert terminal.leave() == 0
        assert all(line.startswith(("[", "*", "<", ">", " ", "#")) or not line for line in terminal.lines)


def test_each_command_does_what_its_help_says(plain_server: WebSocketsServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\x01\x02")
    (tmp_path / "script").write_text("/set room lobby\nfrom {{room}}\n/wait from lobby\n")
    recording = tmp_path / "session.jsonl"
    terminal = Terminal("connect", plain_server.url(), rows=60)
    steps = (
        ("plain", "← TEXT 5 B  plain"),
        ("/send --hex 00 ff", "← BINARY 2 B  00 ff"),
        ("/send --base64 AQI=", "← BINARY 2 B  01 02"),
        (f"/send --binary --file {tmp_path / 'file'}", "← BINARY 2 B  01 02"),
        ("/send --fragment 2 fragments", "fragment 1 of a message …  fr"),
        ("/frame text:framed", "← TEXT 6 B  framed"),
        ("/raw 81 84 00 00 00 00 72 61 77 21", "← TEXT 4 B  raw!"),
        ("/ping", "* round trip"),
        ("/ping 3 --every 10ms", "* 3 Pings, 3 Pongs, 0 % lost"),
        ("/pong unasked", '→ PONG 7 B  "unasked"'),
        ("/repeat 2 --every 10ms n{{counter}}", "← TEXT 2 B  n2"),
        ('{"id": 7, "text": "é"}', '← TEXT 23 B  {"id": 7, "text": "é"}'),
        ("{{last.id}}!", "← TEXT 2 B  7!"),
        ("/inspect 1", "XORed over the payload"),
        ("/show handshake", "* open in"),
        ("/show certificate", "* the peer showed no certificate"),
        ("/show stats", "per second"),
        ("/show findings", "* nothing wrong was found so far"),
        ("/show frames 2", "* 2 of "),
        ("/show messages 1", "* 1 of "),
        ("/show bytes 1", "|..7!|"),
        ("/find raw", "message"),
        ("/filter --sent", "* only frames that fit are shown"),
        ("/filter off", "* every frame is shown again"),
        ("/pause", "* paused:"),
        ("unseen", "> unseen"),
        ("/pause", "* going on"),
        (f"/record {recording}", "* recording to"),
        ("/note it works", "# it works"),
        (f"/source {tmp_path / 'script'}", " fits"),
        ("/record off", " is written"),
        (f"/replay --speed max {recording}", "* 1 message of "),
        (f"/save typed {tmp_path / 'typed'}", "lines saved to"),
        (f"/save session {tmp_path / 'all.jsonl'}", "saved to"),
        ("/set", "whether Ping and Pong are shown"),
        ("/help repeat", "time between messages"),
    )
    terminal.wait_for("open ·")
    for line, expected in steps:
        before = sum(expected in shown for shown in terminal.lines)
        terminal.type(f"{line}\r")
        terminal.wait_for(expected, before + 1)
    terminal.type("/quit\r")
    assert terminal.leave() == 0
    assert b'"text":"it works"' in recording.read_bytes()
    assert "plain\n/send --hex 00 ff\n" in (tmp_path / "typed").read_text()
    assert 0 == run("replay", str(tmp_path / "all.jsonl")).status


def test_what_was_typed_survives_a_restart_and_is_suggested_and_found(
    plain_server: WebSocketsServer, tmp_path: Path
) -> None:
    url = plain_server.url()
    terminal = Terminal("connect", url, state=tmp_path)
    terminal.wait_for("open ·")
    for line in ("remember me", " but not this", "nor that"):
        terminal.type(f"{line}\r")
        terminal.wait_for(f"← TEXT {len(line.strip())} B  {line.strip()}")
    terminal.type("\x04")
    assert terminal.leave() == 0
    (kept,) = (tmp_path / "wscli" / "history").iterdir()
    assert f"127.0.0.1_{plain_server.port}" == kept.name
    assert (0o600, 0o700) == (stat.S_IMODE(kept.stat().st_mode), stat.S_IMODE(kept.parent.stat().st_mode))
    assert "not this" not in kept.read_text()
    terminal = Terminal("connect", url, state=tmp_path)
    terminal.wait_for("open ·")
    terminal.type("\x12member")
    terminal.wait_for("I-search backward: member")
    terminal.type("\r")
    terminal.wait_until(lambda: terminal.typed == "> remember me")
    terminal.type("\x03")
    terminal.wait_until(lambda: terminal.typed == ">")
    terminal.type("nor")
    terminal.wait_until(lambda: terminal.typed == "> nor that")
    terminal.type("\x05\r")
    terminal.wait_for("← TEXT 8 B  nor that")
    terminal.type("\x04")
    assert terminal.leave() == 0


def test_a_peers_close_is_explained_and_connecting_again_works(server: WebSocketsServer) -> None:
    terminal = Terminal("connect", server.url("reject"), rows=60)
    terminal.wait_for("x closed by the peer: 1008")
    terminal.wait_for("* /reconnect connects again")
    terminal.type("lost\r")
    terminal.wait_for("connection: it is closed, so nothing was sent")
    terminal.type("/show findings\r")
    terminal.wait_for("Close 1008 (policy violation)", 2)
    server.visit()
    url = server.url("echo")
    terminal.type(f"/reconnect --header 'X-Debug: 1' --subprotocol chat --no-deflate {url}\r")
    terminal.wait_for("> X-Debug: 1")
    terminal.wait_for("subprotocol chat")
    terminal.type("back\r")
    terminal.wait_for("← TEXT 4 B  back")
    terminal.type("\x04")
    assert terminal.leave() == 0
    visit = server.visit()
    assert (["1"], ["chat"], []) == (visit.values("X-Debug"), visit.values("Sec-WebSocket-Protocol"), visit.extensions)


def test_a_server_that_closes_with_its_101_leaves_the_prompt_too() -> None:
    with RawServer(upgrade(CLOSE_1000)) as peer:
        terminal = Terminal("connect", peer.url())
        terminal.wait_for("* /reconnect connects again")
        terminal.type("\x04")
        assert terminal.leave() == 0


def test_a_server_that_is_gone_leaves_the_prompt_and_says_why() -> None:
    with RawServer(upgrade(b"\x81\x02hi"), Ending.RESET) as peer:
        terminal = Terminal("connect", peer.url())
        terminal.wait_for("x the connection ended without a Close frame")
        terminal.wait_for("* /reconnect connects again")
    terminal.type("/reconnect\r")
    terminal.wait_for("x could not connect")
    terminal.type("/inspect 1\r")
    terminal.wait_for("none came yet")
    terminal.type("\x04")
    assert terminal.leave() == 4


def test_the_window_may_change_its_size(plain_server: WebSocketsServer) -> None:
    terminal = Terminal("connect", plain_server.url(), columns=100)
    terminal.wait_for("open ·")
    terminal.type("half a line")
    terminal.wait_until(lambda: terminal.typed == "> half a line")
    terminal.resize(50, 20)
    terminal.type(" " + "w" * 60 + "\r")
    terminal.wait_until(
        lambda: any(line.endswith("…") and "← TEXT 72 B  half a line" in line for line in terminal.lines)
    )
    terminal.type("\x04")
    assert terminal.leave() == 0


def test_forty_columns_are_enough(plain_server: WebSocketsServer) -> None:
    terminal = Terminal("connect", plain_server.url(), columns=40, rows=24)
    terminal.wait_for("open ·")
    terminal.type('{"a": 1, "b": "' + "x" * 60 + '"}\r')
    terminal.wait_for("← TEXT 77 B  {")
    terminal.type("/help\r")
    terminal.wait_for("/help COMMAND")
    terminal.type("/show stats\r")
    terminal.wait_for("per second")
    terminal.type("\x04")
    assert terminal.leave() == 0


def test_a_dumb_terminal_is_enough(plain_server: WebSocketsServer) -> None:
    terminal = Terminal("connect", plain_server.url(), TERM="dumb")
    terminal.wait_for("* open in")
    terminal.type("hello\r")
    terminal.wait_for("← TEXT 5 B  hello")
    terminal.type("/hlep\r")
    terminal.wait_for("did you mean /help?")
    terminal.type("\x04")
    assert terminal.leave() == 0
    assert not [line for line in terminal.lines if "\x1b" in line]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_terminal_is_as_it_was_after_a_signal(plain_server: WebSocketsServer, number: signal.Signals) -> None:
    terminal = Terminal("connect", plain_server.url())
    before = terminal.attributes()
    terminal.wait_for("open ·")
    terminal.type("begun")
    terminal.wait_until(lambda: terminal.typed == "> begun")
    assert before != terminal.attributes()
    terminal.program.kill(number)
    terminal.wait_for(f" ({number.name})")
    assert [line for line in terminal.lines if line.startswith("* interrupted after ")]
    terminal.wait_for("* closed after")
    terminal.wait_until(lambda: before == terminal.attributes())
    assert terminal.leave() == (130 if number is signal.SIGINT else 143)


BROKEN = """
import wscli.repl.prompt, wscli.repl.commands.looking
def fail(*_arguments):
    raise ZeroDivisionError("a fault of ours")
wscli.repl.prompt.json_fault = wscli.repl.commands.looking.statistics = fail
from wscli.cli.main import entry
entry()
"""
"""The program with faults in what paints the prompt, and in a command."""


@pytest.mark.parametrize("keys", ["{", "/show stats\r"])
def test_a_fault_inside_the_prompt_restores_the_terminal_and_is_reported(
    plain_server: WebSocketsServer, keys: str
) -> None:
    terminal = Terminal("connect", plain_server.url(), program=("-c", BROKEN))
    before = terminal.attributes()
    terminal.wait_for("open ·")
    terminal.type(keys)
    terminal.wait_for("ZeroDivisionError")
    terminal.wait_until(lambda: before == terminal.attributes())
    assert terminal.leave() == 1
    assert any("we closed first" in line for line in terminal.lines)


def test_a_paste_of_a_mebibyte_goes_out_as_one_message(plain_server: WebSocketsServer) -> None:
    terminal = Terminal("connect", plain_server.url("sizes"))
    terminal.wait_for("open ·")
    pasted = ("0123456789abcde\n" * 65536)[:-1]
    writer = threading.Thread(target=terminal.type, args=(f"\x1b[200~{pasted}\x1b[201~",), daemon=True)
    writer.start()
    terminal.wait_for("> [pasted #1: ")
    writer.join(PATIENCE)
    terminal.type("\r")
    terminal.wait_for(f"str {len(pasted)} {hashlib.sha256(pasted.encode()).hexdigest()[:12]}")
    terminal.type("\x04")
    assert terminal.leave() == 0


def test_a_message_is_written_in_the_editor(plain_server: WebSocketsServer, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf \'{"edited": true}\' > "$1"\n')
    editor.chmod(0o700)
    terminal = Terminal("connect", plain_server.url(), EDITOR=str(editor), VISUAL=str(editor))
    terminal.wait_for("open ·")
    terminal.type("draft\x18\x05")
    terminal.wait_until(lambda: '{"edited": true}' in terminal.typed)
    terminal.type("\r")
    terminal.wait_for('← TEXT 16 B  {"edited": true}')
    terminal.type("\x04")
    assert terminal.leave() == 0


def test_json_of_several_lines_and_vi_keys(plain_server: WebSocketsServer) -> None:
    terminal = Terminal("connect", plain_server.url())
    terminal.wait_for("open ·")
    terminal.type('{"a": [1,\r')
    terminal.wait_for("…")
    terminal.type("2]}\r")
    terminal.wait_for(r'← TEXT 13 B  {"a": [1,\n2]}')
    terminal.type("{half\x1b\r")
    terminal.wait_for("← TEXT 5 B  {half")
    terminal.type("/set keys vi\r")
    terminal.wait_until(lambda: terminal.typed == ">")
    terminal.type("bcd\x1b")
    terminal.wait_until(lambda: terminal.typed == "> bcd")
    terminal.type("0ia")
    terminal.wait_until(lambda: terminal.typed == "> abcd")
    terminal.type("\r")
    terminal.wait_for("← TEXT 4 B  abcd")
    terminal.type("\x04")
    assert terminal.leave() == 0


def test_outputs_go_together_with_the_prompt(plain_server: WebSocketsServer, tmp_path: Path) -> None:
    payloads, recording = tmp_path / "payloads", tmp_path / "session.jsonl"
    arguments = ("-q", "-o", str(payloads), "--record", str(recording), "-e", "first")
    terminal = Terminal("connect", plain_server.url(), *arguments)
    terminal.wait_for("open ·")
    terminal.type("second\r")
    terminal.wait_for("↓2 11 B")
    terminal.type("/show messages\r")
    terminal.wait_for("← TEXT 6 B  second")
    terminal.type("\x04")
    assert terminal.leave() == 0
    assert not [line for line in terminal.lines if line.startswith(("< ", "* open"))]
    assert b"first\nsecond\n" == payloads.read_bytes()
    assert b'"text":"second"' in recording.read_bytes()


def test_json_on_a_terminal_prints_events_and_sends_the_lines(plain_server: WebSocketsServer) -> None:
    terminal = Terminal("connect", "--json", plain_server.url(), columns=200)
    terminal.wait_for('"event":"opened"')
    terminal.type("hello\n")
    terminal.wait_for('"event":"message-received"')
    terminal.type("\x04")
    assert terminal.leave() == 0


# --- Scripts ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "lines", "ending"),
    [
        ("echo", "hello\n/wait hello\n/ping 2 --every 1ms\n", (0, "* 2 Pings, 2 Pongs, 0 % lost")),
        ("echo", "/wait --for 50ms x\n", (13, "wscli: /wait `x`: no such message came within 50 ms (line 1 of")),
        ("echo", "# fine\n/hlep\n", (2, "there is no such command (line 2 of")),
        ("reject", "/wait never\n", (11, "x closed by the peer: 1008")),
        (
            "many",
            "/wait 100\nbye\n/raw 83 80 00 00 00 00\n/wait never\n",
            (11, "the connection ended before one came (line 4 of"),
        ),
        ("echo", "/close 1000\n", (0, "we closed first")),
    ],
)
def test_a_script_needs_no_terminal(
    plain_server: WebSocketsServer, tmp_path: Path, path: str, lines: str, ending: tuple[int, str]
) -> None:
    script = tmp_path / "script"
    script.write_text(lines)
    outcome = run("connect", "--script", str(script), plain_server.url(path), timeout=PATIENCE)
    status, said = ending
    assert said in outcome.output.decode() + outcome.talk
    assert status == outcome.status


def test_a_script_that_is_not_there_is_said_before_anything_is_connected() -> None:
    outcome = run("connect", "--script", "/nowhere/at/all", "ws://127.0.0.1:1/")
    assert 14 == outcome.status
    assert "file `/nowhere/at/all`: No such file or directory" in outcome.talk


def test_without_a_terminal_to_write_to_payloads_alone_are_written(plain_server: WebSocketsServer) -> None:
    command = f"{sys.executable} -m wscli connect {plain_server.url()} | cat"
    program = pexpect.spawn("/bin/sh", ["-c", command], env=environment(), timeout=PATIENCE, echo=False)
    program.sendline("hello")
    program.expect_exact("hello\r\n")
    program.sendeof()
    program.expect(pexpect.EOF)
    assert b"" == program.before.strip()
    program.close()


def test_a_script_is_ended_by_a_signal_before_and_after_the_connection_is_open(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("here\n/wait --for 1h never\n")
    for answer in (lambda _request: b"", upgrade()):
        asked = threading.Event()

        def reply(request: bytes, answer: Callable[[bytes], bytes] = answer, asked: threading.Event = asked) -> bytes:
            asked.set()
            return answer(request)

        with RawServer(reply, Ending.SILENCE) as peer:
            running = start("connect", "--close-timeout", "0.1", "--script", str(script), peer.url())
            assert asked.wait(PATIENCE)
            running.send_signal(signal.SIGTERM)
            running.communicate(timeout=PATIENCE)
        assert 143 == running.returncode
