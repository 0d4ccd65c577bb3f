"""`wscli serve` and `wscli demo`, visited by clients that we did not write."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.end_to_end.conftest import run, start
from tests.end_to_end.peers import COMPRESSIBLE


class Serving:
    """A running `wscli serve 0`."""

    def __init__(self, *options: str, stderr: int = subprocess.DEVNULL) -> None:
        self.process = start("serve", *options, "0", stderr=stderr)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().decode().strip()
        self.port = int(self.url.rstrip("/").rpartition(":")[2])

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)
        return self.process.returncode

    def answer(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), 20) as client:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    running = Serving()
    yield running
    running.stop()


def test_the_url_comes_first(serving: Serving) -> None:
    assert serving.url.startswith("ws://127.0.0.1:")


@pytest.mark.parametrize("compression", ["deflate", None])
def test_text_and_bytes_are_echoed(serving: Serving, compression: str | None) -> None:
    with connect(serving.url, compression=compression, max_size=None, proxy=None) as client:
        assert (compression is not None) == bool(client.protocol.extensions)
        for message in ("", "hello", "€", COMPRESSIBLE, b"", bytes(range(256)) * 1000):
            client.send(message)
            assert message == client.recv(20)
        client.send(["frag", "mented"])
        assert "fragmented" == client.recv(20)
        assert client.ping(b"x").wait(20)


def test_compression_is_declined_where_asked() -> None:
    running = Serving("--no-deflate")
    with connect(running.url, proxy=None) as client:
        assert [] == list(client.protocol.extensions)
    assert 143 == running.stop()


def test_a_subprotocol_is_agreed() -> None:
    running = Serving("-s", "chat,news")
    with connect(running.url, subprotocols=["other", "news"], proxy=None) as client:  # type: ignore[list-item]
        assert "news" == client.subprotocol
    running.stop()


def test_a_plain_request_is_answered_426(serving: Serving) -> None:
    answer = serving.answer(b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 426 ")
    assert b"upgrade: websocket" in answer.lower()


ASKING = b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (ASKING + b"Sec-WebSocket-Version: 13\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (ASKING + KEY + b"Sec-WebSocket-Version: 8\r\n\r\n", 426),
    ],
    ids=["no key", "no HTTP", "old version"],
)
def test_a_wrong_request_is_refused(serving: Serving, request_bytes: bytes, status: int) -> None:
    assert serving.answer(request_bytes).startswith(b"HTTP/1.1 %d " % status)


def test_our_own_client_gets_on_with_it(serving: Serving) -> None:
    assert (0, b"a\nb\n", "") == run("send", "--expect", "2", serving.url, "a", "b")


def test_being_told_to_stop_closes_with_1001() -> None:
    running = Serving()
    with connect(running.url, proxy=None) as client:
        running.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed):
            client.recv(20)
        assert 1001 == client.close_code
    running.process.communicate(timeout=20)
    assert 143 == running.process.returncode


def test_a_taken_port_is_told(serving: Serving) -> None:
    status, output, talk = run("serve", str(serving.port))
    assert b"" == output
    assert status in (4, 14)
    assert str(serving.port) in talk


def test_the_demonstration_runs_without_a_terminal() -> None:
    status, output, talk = run("demo")
    assert 0 == status
    assert b"Hello, WebSocket!" in output + talk.encode()


def test_help_version_and_manual_are_status_0() -> None:
    assert b"wscli" in run("--version").output
    for command in ("connect", "listen", "send", "replay", "serve", "demo", "explain", "man"):
        status, output, _ = run(command, "--help")
        assert (0, True) == (status, b"Usage" in output)
    assert b"wscli" in run("man").output
