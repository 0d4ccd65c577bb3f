"""Being stopped where it is awkward: before the connection is open, while output blocks, while input still comes."""

from __future__ import annotations

import signal
import subprocess
import threading

from tests.end_to_end.conftest import run, start
from tests.end_to_end.peers import Ending, RawServer, WebSocketsServer, upgrade


def test_an_interruption_before_the_connection_is_open_is_status_130() -> None:
    asked = threading.Event()

    def answer(_request: bytes) -> bytes:
        asked.set()
        return b""

    with RawServer(answer, Ending.SILENCE) as peer:
        listening = start("listen", peer.url())
        assert asked.wait(20)
        listening.send_signal(signal.SIGINT)
        output, talk = listening.communicate(timeout=20)
    assert (130, b"") == (listening.returncode, output)
    assert b"Traceback" not in talk


def test_the_time_for_everything_holds_before_the_connection_is_open() -> None:
    with RawServer(b"", Ending.SILENCE) as peer:
        assert 12 == run("listen", "--max-time", "0.2", peer.url()).status


def test_a_peer_that_does_not_answer_the_close_does_not_hang() -> None:
    with RawServer(upgrade(b"\x81\x01a"), Ending.SILENCE) as peer:
        status, output, _ = run("listen", "-n", "1", "--close-timeout", "0.2", peer.url())
    assert b"a\n" == output
    assert status in (0, 12)


def test_an_interruption_breaks_a_write_that_blocks(server: WebSocketsServer) -> None:
    listening = start("listen", "--echo", "--send", "x" * 60_000, server.url("twice"))
    assert listening.stdout is not None
    assert b"x" == listening.stdout.read(1)  # and no more: the pipe fills up, since every echo comes back twice
    listening.send_signal(signal.SIGINT)
    listening.communicate(timeout=20)
    assert 130 == listening.returncode


def test_replies_come_while_the_input_is_still_open(server: WebSocketsServer) -> None:
    sending = start("send", server.url(), stdin=subprocess.PIPE)
    assert sending.stdin is not None
    assert sending.stdout is not None
    for line in (b"one\n", b"two\n"):
        sending.stdin.write(line)
        sending.stdin.flush()
        assert line == sending.stdout.readline()
    sending.send_signal(signal.SIGINT)
    _, talk = sending.communicate(timeout=20)
    assert 130 == sending.returncode, talk
    assert 1001 == server.visit().close_code


def test_the_peer_closing_ends_a_send_whose_input_is_still_open(server: WebSocketsServer) -> None:
    sending = start("send", server.url("reject"), stdin=subprocess.PIPE)
    assert 11 == sending.wait(20)
    sending.communicate(timeout=20)


def test_counts_of_nothing_end_at_once(server: WebSocketsServer) -> None:
    assert (0, b"", "") == run("listen", "-n", "0", server.url("many"))
    assert (0, b"", "") == run("send", "--expect", "0", server.url(), "a")


def test_a_full_output_is_status_14(server: WebSocketsServer) -> None:
    status, _, talk = run("listen", "-o", "/dev/full", server.url("many"))
    assert 14 == status
    assert "No space" in talk
