"""`wscli listen`: what it prints, byte for byte, and when it ends."""

from __future__ import annotations

import base64
import json
import random
import re
import signal
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, environment, run, start
from tests.end_to_end.peers import CLOSE_1000, COMPRESSIBLE, Ending, RawServer, WebSocketsServer, upgrade


def binary_frames(payloads: list[bytes]) -> bytes:
    return b"".join(b"\x82\x7e" + len(payload).to_bytes(2, "big") + payload for payload in payloads)


PAYLOADS = [random.Random(size).randbytes(size) for size in (126, 300, 5000)]
FORMATS = {
    "--raw": b"".join(PAYLOADS),
    "--base64": b"".join(base64.b64encode(payload) + b"\n" for payload in PAYLOADS),
    "--hex": b"".join(payload.hex().encode() + b"\n" for payload in PAYLOADS),
    "--length-prefixed": b"".join(len(payload).to_bytes(4, "big") + payload for payload in PAYLOADS),
    "-0": b"".join(payload + b"\0" for payload in PAYLOADS),
}


@pytest.mark.parametrize("option", FORMATS)
def test_binary_is_printed_byte_for_byte(option: str) -> None:
    with RawServer(upgrade(binary_frames(PAYLOADS) + CLOSE_1000)) as peer:
        assert (0, FORMATS[option], "") == run("listen", option, peer.url())


def test_the_output_file_holds_the_payloads(tmp_path: Path) -> None:
    with RawServer(upgrade(binary_frames(PAYLOADS) + CLOSE_1000)) as peer:
        assert (0, b"", "") == run("listen", "--raw", "-o", str(tmp_path / "out"), peer.url())
    assert FORMATS["--raw"] == (tmp_path / "out").read_bytes()


def test_binary_into_a_pipe_without_a_format_is_status_14_with_all_before_it(server: WebSocketsServer) -> None:
    status, output, talk = run("listen", server.url("mixed"))
    assert (14, b"before\n") == (status, output)
    assert "hint:" in talk
    assert "--raw" in talk


def test_a_newline_in_a_text_is_kept_and_noted_once(server: WebSocketsServer) -> None:
    status, output, talk = run("listen", server.url("newline"))
    assert (0, b"a\nb\nc\nd\n") == (status, output)
    assert 1 == len(talk.splitlines()), talk


def test_a_closed_output_ends_quietly(server: WebSocketsServer) -> None:
    listening = start("listen", "--echo", "--send", "x", server.url("twice"))  # more comes without end
    assert listening.stdout is not None
    assert listening.stderr is not None
    assert b"x\n" == listening.stdout.readline()
    listening.stdout.close()
    assert 0 == listening.wait(20)
    assert b"" == listening.stderr.read()
    listening.stderr.close()


def test_a_pipe_into_head_ends_quietly(server: WebSocketsServer) -> None:
    import subprocess
    import sys

    listening = f"{sys.executable} -m wscli listen --echo --send x {server.url('twice')}"
    command = f"{listening} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, timeout=20, check=False, env=environment(), cwd=ROOT
    )
    assert (b"x\n0\n", b"") == (done.stdout, done.stderr)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_closes_with_1001(server: WebSocketsServer, number: signal.Signals, status: int) -> None:
    listening = start("listen", "--send", "ready", server.url())
    assert listening.stdout is not None
    assert b"ready\n" == listening.stdout.readline()
    listening.send_signal(number)
    output, talk = listening.communicate(timeout=20)
    assert (status, b"") == (listening.returncode, output)
    assert b"Traceback" not in talk
    assert 1001 == server.visit().close_code


def test_the_time_for_everything_is_status_12(server: WebSocketsServer) -> None:
    status, _, talk = run("listen", "--max-time", "0.2", server.url("silent"))
    assert 12 == status
    assert "200 ms" in talk


def test_an_idle_peer_is_status_12(server: WebSocketsServer) -> None:
    assert 12 == run("listen", "--idle-timeout", "0.2", server.url("silent")).status


def test_a_ping_without_an_answer_is_status_12() -> None:
    with RawServer(upgrade(), Ending.SILENCE) as peer:
        command = ("listen", "--ping-interval", "0.1", "--ping-timeout", "0.1", "--close-timeout", "0")
        assert 12 == run(*command, peer.url()).status


def test_a_count_ends_it(server: WebSocketsServer) -> None:
    assert (0, b"message 1\nmessage 2\n", "") == run("listen", "-n", "2", server.url("many"))
    assert 1000 == server.visit().close_code


def test_a_duration_ends_it(server: WebSocketsServer) -> None:
    status, output, talk = run("listen", "--for", "200ms", server.url("many"))
    assert (0, 100, "") == (status, output.count(b"\n"), talk)


def test_a_match_ends_it(server: WebSocketsServer) -> None:
    outcome = run("listen", "--until", " 3$", server.url("many"))
    assert (0, b"message 1\nmessage 2\nmessage 3\n", "") == outcome


def test_messages_are_sent_first(server: WebSocketsServer) -> None:
    assert (0, b"a\nb\n", "") == run("listen", "-n", "2", "--send", "a", "--send", "b", server.url())


def test_each_message_is_echoed(server: WebSocketsServer) -> None:
    assert (0, b"a\n" * 5, "") == run("listen", "-n", "5", "--send", "a", "--echo", server.url())


def test_a_time_stands_before_each_message(server: WebSocketsServer) -> None:
    output = run("listen", "-n", "1", "--timestamps", server.url("many")).output.decode()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\s+message 1\n", output), output


def test_json_is_a_recording_that_replay_shows(server: WebSocketsServer, tmp_path: Path) -> None:
    status, output, _ = run("listen", "--json", "-n", "3", server.url("many"))
    lines = [json.loads(line) for line in output.splitlines()]
    assert 0 == status
    assert "wscli" in lines[0]["tool"]
    file = tmp_path / "session.jsonl"
    file.write_bytes(output)
    shown = run("replay", str(file))
    assert 0 == shown.status
    assert all(f"message {number}".encode() in shown.output for number in (1, 2, 3))


def test_frames_are_shown_one_a_line(server: WebSocketsServer) -> None:
    talk = run("send", "-1", "-vv", "--no-deflate", server.url(), "hello").talk
    assert re.search(r"#1 → TEXT 5 B +\"?hello", talk), talk
    assert re.search(r"#2 ← TEXT 5 B +\"?hello", talk), talk
    assert re.search(r"#3 → CLOSE 1000", talk), talk
    assert re.search(r"#4 ← CLOSE 1000", talk), talk


def test_quiet_says_nothing(server: WebSocketsServer) -> None:
    assert (0, b"a\n", "") == run("send", "-q", "-1", server.url(), "a")


def test_a_large_message_is_printed_once_whatever_else_looks_at_it(server: WebSocketsServer, tmp_path: Path) -> None:
    expected = COMPRESSIBLE.encode() + b"\n"
    for options in (("--until", "again"), ("--record", str(tmp_path / "a.jsonl")), ("-vvv",), ("--echo",)):
        status, output, _ = run("listen", "-n", "1", *options, server.url("large"))
        assert (0, expected) == (status, output), options
    status, output, _ = run("listen", "-n", "1", "--json", "-o", str(tmp_path / "out"), server.url("large"))
    assert (0, expected) == (status, (tmp_path / "out").read_bytes())
    assert all(map(json.loads, output.splitlines()))
