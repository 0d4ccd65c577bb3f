"""How quickly the prompt echoes a key while messages rush in, and whether memory stays flat. Measures; no test.

    python tests/bench/prompt_echo.py [--rate 5000] [--seconds 600]

A server in this process sends so many messages a second to the real program on a pseudo-terminal; a key is typed every
tenth of a second, and its echo is the moment when the screen shows the line with it. Prints percentiles and memory.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from base64 import b64encode
from hashlib import sha1
from pathlib import Path

import pexpect
import pyte

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
BURST = 0.01
"""Seconds between two writes of the server."""
COLUMNS, ROWS = 100, 24
KEY_EVERY = 0.1
LINE = "the quick brown fox jumps over the lazy dog "


class Source(threading.Thread):
    """Accepts one connection and sends messages at a rate until it is told to stop."""

    def __init__(self, rate: int) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.sent = 0
        self.is_over = threading.Event()
        self._rate = rate

    def run(self) -> None:
        connection, _ = self.listener.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        key = next(
            line.split(b":")[1].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
        )
        accept = b64encode(sha1(key + GUID).digest())
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        begun = time.monotonic()
        while not self.is_over.wait(BURST):
            due = int((time.monotonic() - begun) * self._rate)
            connection.sendall(b"".join(self._frame(number) for number in range(self.sent, due)))
            self.sent = due
        connection.close()

    @staticmethod
    def _frame(number: int) -> bytes:
        payload = b'{"type": "ticker", "id": %d, "price": 12.5, "text": "some words"}' % number
        return bytes((0x81, len(payload))) + payload


class Typist:
    """The program on a pseudo-terminal, and how long its echoes take."""

    def __init__(self, url: str, state: str) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "XDG_STATE_HOME": state}
        argv = ["-m", "wscli", "connect", url]
        self.program = pexpect.spawn(sys.executable, argv, env=environment, dimensions=(ROWS, COLUMNS), timeout=30)
        self.program.delaybeforesend = None  # 50 ms otherwise
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.typed = ""

    def read(self, seconds: float) -> None:
        if not select.select([self.program.child_fd], [], [], seconds)[0]:
            return
        data = os.read(self.program.child_fd, 65536)
        self._stream.feed(data)
        if b"\x1b[6n" in data:
            self.program.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")

    @property
    def line(self) -> str:
        return next((line for line in reversed(self.screen.display) if line.startswith(">")), "").rstrip()

    def echo(self, key: str) -> float:
        """Type a key and return the seconds until the line shows it."""
        self.typed += key
        expected = f"> {self.typed}".rstrip()
        begun = time.monotonic()
        self.program.send(key)
        while self.line != expected:
            self.read(1.0)
            if time.monotonic() - begun > 10:
                raise SystemExit(f"no echo: {self.line!r} is not {expected!r}")
        return time.monotonic() - begun

    def rest(self, seconds: float) -> None:
        """Keep reading for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def clear(self) -> None:
        """Drop the line."""
        self.program.send("\x15")
        self.typed = ""
        while self.line != ">":
            self.read(1.0)

    def memory(self) -> int:
        """Return the resident memory in KiB."""
        status = Path(f"/proc/{self.program.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    def processor_time(self) -> float:
        """Return the seconds that the program was running so far."""
        fields = Path(f"/proc/{self.program.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--report", type=float, default=30.0, help="seconds between two lines of the report")
    chosen = parser.parse_args()
    source = Source(chosen.rate)
    source.start()
    with tempfile.TemporaryDirectory() as state:
        typist = Typist(f"ws://127.0.0.1:{source.listener.getsockname()[1]}/", state)
        while typist.line != ">":
            typist.read(1.0)
        echoes: list[float] = []
        memories: list[int] = []
        begun = reported = time.monotonic()
        fresh: list[float] = []
        started = typist.processor_time()
        while time.monotonic() - begun < chosen.seconds:
            for key in LINE:
                if key == " ":
                    typist.typed += key  # not to be seen at the end of a line
                    typist.program.send(key)
                else:
                    fresh.append(typist.echo(key))
                typist.rest(KEY_EVERY)
            typist.clear()
            if time.monotonic() - reported >= chosen.report:
                reported = time.monotonic()
                memories.append(typist.memory())
                report(f"{reported - begun:6.0f} s", source.sent, fresh, memories[-1])
                echoes += fresh
                fresh = []
        echoes += fresh
        memories.append(typist.memory())
        report("whole", source.sent, echoes, memories[-1])
        share = (typist.processor_time() - started) / (time.monotonic() - begun)
        sys.stdout.write(f"processor {share:.0%}; load of the machine {os.getloadavg()[0]:.1f}\n")
        growth = statistics.mean(memories[len(memories) // 2 :]) - statistics.mean(memories[: len(memories) // 2 or 1])
        sys.stdout.write(f"memory of the second half over the first: {growth / 1024:+.1f} MiB\n")
        source.is_over.set()
        typist.program.kill(signal.SIGKILL)


def report(name: str, sent: int, echoes: list[float], memory: int) -> None:
    shown = "  ".join(f"p{share * 100:g} {percentile(echoes, share) * 1000:.1f} ms" for share in (0.5, 0.9, 0.99, 1.0))
    sys.stdout.write(f"{name}  {sent} messages  {len(echoes)} keys  {shown}  rss {memory / 1024:.1f} MiB\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
