"""Recordings: kept, shown, sent again and compared."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pexpect
import pytest
from websockets.asyncio.client import connect

from tests.end_to_end.conftest import ROOT, environment, run, start
from tests.end_to_end.peers import Ending, LoopThread, RawServer, WebSocketsServer, upgrade


@pytest.fixture
def recording(server: WebSocketsServer, tmp_path: Path) -> Path:
    file = tmp_path / "session.jsonl"
    command = ("send", "--expect", "2", "--record", str(file), "--bearer", "secret-token")
    assert 0 == run(*command, server.url(), "one", "two").status
    server.visit()
    return file


def test_a_recording_is_shown(recording: Path) -> None:
    status, output, _ = run("replay", str(recording))
    assert 0 == status
    assert b"one" in output
    assert b"two" in output


def test_a_recording_holds_no_credentials(recording: Path) -> None:
    assert "secret-token" not in recording.read_text()


def test_a_compressed_recording_is_shown(server: WebSocketsServer, tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl.gz"
    assert 0 == run("send", "-1", "--record", str(file), server.url(), "one").status
    assert b"one" in gzip.decompress(file.read_bytes())
    assert b"one" in run("replay", str(file)).output


def test_one_direction_is_shown(server: WebSocketsServer, tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    assert 0 == run("send", "-1", "--record", str(file), server.url("upper"), "hello").status
    sent, received = (run("replay", "--only", only, str(file)).output for only in ("sent", "received"))
    assert (True, False) == (b"hello" in sent, b"HELLO" in sent)
    assert (False, True) == (b"hello" in received, b"HELLO" in received)


def test_the_same_replies_are_status_0(server: WebSocketsServer, recording: Path) -> None:
    status, output, talk = run("replay", str(recording), server.url())
    assert (0, b"") == (status, output)
    assert "2 replies, 2 same" in talk


def test_nothing_is_said_quietly_where_nothing_differs(server: WebSocketsServer, recording: Path) -> None:
    assert (0, b"", "") == run("replay", "-q", str(recording), server.url())
    assert "2 different" in run("replay", "-q", str(recording), server.url("upper")).talk


def test_the_payloads_of_a_recording_are_printed_in_the_form_asked_for(recording: Path) -> None:
    assert b"6f6e65\n74776f\n" == run("replay", "--hex", str(recording)).output
    assert b"one\0two\0" == run("replay", "-0", str(recording)).output


def test_the_request_of_a_replay_is_shown_and_nothing_sent(recording: Path) -> None:
    assert run("replay", "--dry-run", str(recording), "ws://h.invalid/x").output.startswith(b"GET /x HTTP/1.1\r\n")


def test_a_replay_that_cannot_connect_ends_with_its_status(recording: Path) -> None:
    assert 3 == run("replay", "--loop", "3", str(recording), "ws://h.invalid/").status


def test_a_pattern_that_is_none_is_refused(recording: Path) -> None:
    status, _, talk = run("replay", "--ignore", "a(b", str(recording), "ws://h.invalid/")
    assert 2 == status
    assert "--ignore `a(b`" in talk


def test_a_recording_is_shown_at_its_own_pace_and_faster(recording: Path) -> None:
    shown = run("replay", str(recording)).output
    assert shown == run("replay", "--sync", "time", "--speed", "4", str(recording)).output


def test_a_closed_pipe_ends_the_showing_quietly(recording: Path) -> None:
    lines = recording.read_bytes().splitlines(keepends=True)
    recording.write_bytes(b"".join([*lines[:-2], lines[-3] * 20_000]))
    showing = start("replay", "--json", str(recording))
    assert showing.stdout is not None
    assert showing.stdout.readline()
    showing.stdout.close()
    assert showing.stderr is not None
    assert (b"", 0) == (showing.stderr.read(), showing.wait(20))


def test_a_full_output_ends_the_showing_with_status_14(recording: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        showing = start("replay", str(recording), stdout=full.fileno())
        _, talk = showing.communicate(timeout=20)
    assert 14 == showing.returncode
    assert b"No space left" in talk


def test_a_recording_that_was_cut_off_is_named(recording: Path) -> None:
    recording.write_bytes(recording.read_bytes()[:-20])
    status, output, talk = run("replay", str(recording))
    assert 0 == status
    assert b"one" in output
    assert f"wscli: recording `{recording}`: cut off inside line" in talk


def test_other_replies_are_status_13_and_shown(server: WebSocketsServer, recording: Path) -> None:
    status, output, _ = run("replay", str(recording), server.url("upper"))
    assert 13 == status
    assert b"one" in output
    assert b"ONE" in output


def test_more_replies_are_status_13(server: WebSocketsServer, recording: Path) -> None:
    status, output, _ = run("replay", "--sync", "none", str(recording), server.url("twice"))
    assert 13 == status
    assert b"extra" in output


def test_what_is_ignored_does_not_differ(server: WebSocketsServer, recording: Path) -> None:
    assert 0 == run("replay", "--ignore", "(?i)one|two", str(recording), server.url("upper")).status


@pytest.mark.parametrize("options", [("--sync", "none"), ("--sync", "time", "--speed", "max"), ("--loop", "2")])
def test_each_pace_sends_all_of_it(server: WebSocketsServer, recording: Path, options: tuple[str, ...]) -> None:
    status, _, talk = run("replay", *options, str(recording), server.url())
    assert 0 == status
    assert (2 if "--loop" in options else 1) == talk.count("2 same")


def test_a_recording_cut_inside_a_line_is_shown_as_far_as_it_goes(recording: Path) -> None:
    recording.write_bytes(recording.read_bytes()[:-10])
    status, output, talk = run("replay", str(recording))
    assert 0 == status
    assert b"two" in output
    assert talk


def test_a_recording_of_a_newer_version_is_refused(recording: Path) -> None:
    header, *rest = recording.read_text().splitlines()
    fields = json.loads(header)
    key = next(name for name, value in fields.items() if isinstance(value, int))
    recording.write_text("\n".join([json.dumps(fields | {key: 99}), *rest]) + "\n")
    status, output, talk = run("replay", str(recording))
    assert (14, b"") == (status, output)
    assert "99" in talk
    assert "hint:" in talk


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "empty").touch()
    for name in ("other", "empty", "absent", "."):
        status, output, talk = run("replay", str(tmp_path / name))
        assert (14, b"") == (status, output), name
        assert str(tmp_path) in talk


def test_a_recording_that_cannot_be_written_is_status_14(server: WebSocketsServer, tmp_path: Path) -> None:
    status, _, talk = run("send", "-1", "--record", str(tmp_path / "no" / "file.jsonl"), server.url(), "a")
    assert 14 == status
    assert "file.jsonl" in talk


# --- Filters and numbers ---------------------------------------------------------------------------------------------
@pytest.fixture
def spoken(server: WebSocketsServer, tmp_path: Path) -> Path:
    """Return a recording of three JSON messages, echoed, in binary and text."""
    file = tmp_path / "spoken.jsonl"
    messages = ('{"op": "add", "n": 1}', '{"op": "del", "n": 22}', "plain")
    assert 0 == run("send", "--expect", "3", "--record", str(file), server.url(), *messages).status
    server.visit()
    return file


def shown_payloads(output: bytes) -> list[str]:
    lines = [line for line in output.decode().splitlines() if " TEXT " in line]
    return [line.partition(" B  ")[2] for line in lines]


@pytest.mark.parametrize(
    ("options", "payloads"),
    [
        (("--where", "/op=add"), ['{"op": "add", "n": 1}'] * 2),
        (("--where", "$.n", "--only", "sent"), ['{"op": "add", "n": 1}', '{"op": "del", "n": 22}']),
        (("--match", "^p", "--only", "received"), ["plain"]),
        (("--match", "op", "--match", "22", "--only", "sent"), ['{"op": "del", "n": 22}']),
        (("--opcode", "close,ping"), []),
    ],
)
def test_frames_are_chosen_by_what_they_hold(spoken: Path, options: tuple[str, ...], payloads: list[str]) -> None:
    status, output, _ = run("replay", *options, str(spoken))
    assert (0, payloads) == (status, shown_payloads(output))
    assert b"CLOSE" in output or "--opcode" not in options


def test_chosen_events_are_a_recording_again(spoken: Path, tmp_path: Path) -> None:
    chosen = tmp_path / "chosen.jsonl"
    chosen.write_bytes(run("replay", "--json", "--where", "/n=22", str(spoken)).output)
    assert ['{"op": "del", "n": 22}'] * 2 == shown_payloads(run("replay", str(chosen)).output)


def test_a_recording_is_summarised(spoken: Path) -> None:
    status, output, _ = run("replay", "--summary", str(spoken))
    text = output.decode()
    assert 0 == status
    for part in ("1 opened, we closed first with 1000", "3 messages (3 text, 0 binary)", "TEXT 3  CLOSE 1", "timeline"):
        assert part in text
    numbers = json.loads(run("replay", "--summary", "--json", str(spoken)).output)
    assert (3, 3, 48) == (numbers["sent"]["messages"], numbers["received"]["text"], numbers["sent"]["bytes"])


def test_what_is_summarised_can_be_chosen(spoken: Path) -> None:
    numbers = json.loads(run("replay", "--summary", "--json", "--match", "plain", str(spoken)).output)
    assert (1, 1) == (numbers["sent"]["messages"], numbers["received"]["messages"])


def test_a_summary_whose_reader_is_gone_ends_quietly(spoken: Path) -> None:
    showing = start("replay", "--summary", str(spoken))
    assert showing.stdout is not None
    showing.stdout.close()
    assert showing.stderr is not None
    assert (b"", 0) == (showing.stderr.read(), showing.wait(20))


def test_a_summary_that_fits_nowhere_is_status_14(spoken: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        showing = start("replay", "--summary", str(spoken), stdout=full.fileno())
        _, talk = showing.communicate(timeout=20)
    assert 14 == showing.returncode
    assert b"No space left" in talk


def test_a_paced_showing_is_interrupted(spoken: Path) -> None:
    showing = start("replay", "--sync", "time", "--speed", "0.001", str(spoken))
    assert showing.stdout is not None
    assert showing.stdout.readline()
    showing.send_signal(signal.SIGINT)
    showing.communicate(timeout=20)
    assert 130 == showing.returncode


@pytest.mark.parametrize(
    "arguments",
    [
        ("--match", "(a", "FILE"),
        ("--opcode", "pink", "FILE"),
        ("--summary", "FILE", "ws://h.invalid/"),
        ("--where", "/a", "--serve", "0", "FILE"),
        ("--once", "FILE"),
        ("--users", "2", "FILE"),
        ("--users", "0", "FILE", "ws://h.invalid/"),
        ("--ramp", "2", "FILE", "ws://h.invalid/"),
        ("--users", "2", "--junit", "x", "FILE", "ws://h.invalid/"),
        ("--serve", "0", "FILE", "ws://h.invalid/"),
        ("--serve", "port", "FILE"),
        ("--set", "a", "FILE", "ws://h.invalid/"),
        ("--capture", "a", "FILE", "ws://h.invalid/"),
        ("--locust", "x.py", "-", "ws://h.invalid/"),
    ],
)
def test_what_does_not_fit_together_is_wrong_usage(spoken: Path, arguments: tuple[str, ...]) -> None:
    status, output, talk = run("replay", *(str(spoken) if one == "FILE" else one for one in arguments))
    assert (2, b"") == (status, output)
    assert "hint:" in talk or "(" in talk


def test_long_reading_shows_a_bar_on_a_terminal_and_its_numbers_after_it(recording: Path) -> None:
    lines = recording.read_bytes().splitlines(keepends=True)
    message = next(line for line in lines if b'"message-received"' in line)
    recording.write_bytes(b"".join([*lines[:-2], message * 400_000, *lines[-2:]]))
    showing = pexpect.spawn(
        sys.executable, ["-m", "wscli", "replay", "--summary", str(recording)], timeout=50,
        env=environment() | {"TERM": "xterm"}, cwd=str(ROOT), dimensions=(24, 100),
    )  # fmt: skip
    showing.expect("reading")
    showing.expect("%")
    showing.expect("400002 messages")
    showing.expect(pexpect.EOF)
    showing.close()
    assert 0 == showing.exitstatus


def test_many_events_of_one_moment_are_not_kept_together(recording: Path) -> None:
    lines = recording.read_bytes().splitlines(keepends=True)
    message = next(line for line in lines if b'"message-received"' in line)
    recording.write_bytes(b"".join([*lines[:-1], message * 3000]))
    numbers = json.loads(run("replay", "--summary", "--json", str(recording)).output)
    assert 3002 == numbers["received"]["messages"]


# --- Sending again: values that are carried, reports, the handshake ---------------------------------------------------
@pytest.fixture
def shopped(server: WebSocketsServer, tmp_path: Path) -> Path:
    """Return the recording of a client that logs in and uses its token twice."""
    file = tmp_path / "shopped.jsonl"
    command = ("-H", "X-Client: shop", "--origin", "https://a.example", "--bearer", "secret-token")
    sending = start(
        "send", "--idle", "0.2", "--record", str(file), *command, server.url("cheap"), stdin=subprocess.PIPE
    )
    assert sending.stdin is not None
    assert sending.stdout is not None
    sending.stdin.write(b'{"op": "login", "user": "ann"}\n')
    sending.stdin.flush()
    token = json.loads(sending.stdout.readline())["session"]["token"]
    for _ in range(2):
        sending.stdin.write(json.dumps({"op": "price", "token": token}).encode() + b"\n")
        sending.stdin.flush()
        assert json.loads(sending.stdout.readline())["ok"]
    sending.communicate(timeout=20)
    assert 0 == sending.returncode
    server.visit()
    return file


CARRY = ("--capture", "token=/session/token", "--ignore", "/at")


def test_a_token_of_this_run_is_carried_into_later_messages(server: WebSocketsServer, shopped: Path) -> None:
    assert 13 == run("replay", "--ignore", "/at", str(shopped), server.url("cheap")).status
    status, output, talk = run("replay", *CARRY, str(shopped), server.url("cheap"))
    assert (0, b"") == (status, output)
    assert "3 same" in talk


def test_a_value_that_is_set_is_sent(server: WebSocketsServer, shopped: Path) -> None:
    status, output, _ = run("replay", *CARRY, "--set", "user=bob", str(shopped), server.url("cheap"))
    assert 13 == status
    assert b'at /user\n    recorded  "ann"\n    received  "bob"\n' in output


def test_differences_are_told_with_their_places_in_each_form(
    server: WebSocketsServer, shopped: Path, tmp_path: Path
) -> None:
    junit = tmp_path / "report.xml"
    status, output, talk = run("replay", *CARRY, "--junit", str(junit), str(shopped), server.url("dear"))
    assert 13 == status
    assert b"reply 2: different\n  at /price\n    recorded  5\n    received  6\n" in output
    assert "3 replies, 1 same, 2 different, 0 missing, 0 extra" in talk
    suite = ET.parse(junit).getroot()[0]
    assert ("4", "2") == (suite.attrib["tests"], suite.attrib["failures"])
    status, output, talk = run("replay", *CARRY, "-q", "--json", str(shopped), server.url("dear"))
    lines = [json.loads(line) for line in output.splitlines()]
    assert (13, "") == (status, talk)
    assert [{"place": "/price", "recorded": "5", "received": "6"}] == lines[1]["differences"]
    assert (3, 1, 2, 13) == tuple(lines[-1][name] for name in ("compared", "same", "different", "status"))


def test_a_report_that_cannot_be_written_is_status_14(server: WebSocketsServer, recording: Path) -> None:
    status, _, talk = run("replay", "--junit", str(recording / "no"), str(recording), server.url())
    assert 14 == status
    assert "--junit" in talk


def test_the_recorded_handshake_is_repeated_without_its_secrets(server: WebSocketsServer, shopped: Path) -> None:
    _, _, talk = run("replay", *CARRY, str(shopped), server.url("cheap"))
    visit = server.visit()
    assert (["https://a.example"], ["shop"], []) == tuple(
        visit.values(name) for name in ("Origin", "X-Client", "Authorization")
    )
    assert "no value of Authorization" in talk
    assert "--bearer TOKEN" in talk
    run(
        "replay",
        *CARRY,
        "--bearer",
        "mine",
        "--origin",
        "https://b.example",
        "-H",
        "X-Client:",
        str(shopped),
        server.url(),
    )
    visit = server.visit()
    assert (["https://b.example"], [], ["Bearer mine"]) == tuple(
        visit.values(name) for name in ("Origin", "X-Client", "Authorization")
    )


def test_the_close_of_the_recorded_peer_is_expected(server: WebSocketsServer, tmp_path: Path) -> None:
    file = tmp_path / "rejected.jsonl"
    assert 11 == run("listen", "--record", str(file), server.url("reject")).status
    assert 0 == run("replay", str(file), server.url("reject")).status
    status, output, _ = run("replay", "--reply-time", "0.2", str(file), server.url())
    assert 13 == status
    assert b"end: the recorded peer closed first, with 1008; this one did not\n" == output


def test_a_reply_that_stays_out_is_missing_after_its_time(server: WebSocketsServer, recording: Path) -> None:
    status, output, talk = run("replay", "--reply-time", "0.1", str(recording), server.url("silent"))
    assert 13 == status
    assert b"reply 1: missing\n  recorded  one\n" in output
    assert "2 missing" in talk


# --- Frames as they were ----------------------------------------------------------------------------------------------
def test_frames_are_sent_exactly_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "frames.jsonl"
    frames = (
        "--frame", "text,fin=0,mask=01020304:he", "--frame", "ping:p", "--frame", "cont,mask=05060708:llo",
        "--frame", "0xb,rsv=2,form=64:odd", "--frame", "text,mask=none:bare",
    )  # fmt: skip
    with RawServer(upgrade(), Ending.SILENCE) as first:
        run("send", "--no-deflate", "--no-wait", "--close-timeout", "0.2", "--record", str(file), *frames, first.url())
    with RawServer(upgrade(), Ending.SILENCE) as second:
        run("replay", "--exact", "--close-timeout", "0.2", str(file), second.url())
    assert first.received
    assert first.received == second.received


# --- Playing the server -----------------------------------------------------------------------------------------------
@contextmanager
def played_server(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Play the server's side of a recording; yields its URL."""
    process = start("replay", *arguments)
    assert process.stdout is not None
    yield process.stdout.readline().decode().strip(), process


def test_a_client_that_does_what_the_recorded_one_did_is_status_0(shopped: Path) -> None:
    with played_server("--serve", "0", "--once", str(shopped)) as (url, process):
        assert url.startswith("ws://127.0.0.1:")
        assert 0 == run("replay", str(shopped), url).status
        output, talk = process.communicate(timeout=20)
    assert (0, b"") == (process.returncode, output)
    assert b"replayed to client 1: 3 messages, 3 same" in talk


def test_a_client_that_is_not_ours_is_served_in_step(shopped: Path, peers: LoopThread) -> None:
    async def visit(url: str) -> list[str]:
        async with connect(url) as connection:
            await connection.send('{"user": "ann", "op": "login"}')
            token = json.loads(await connection.recv())["session"]["token"]
            await connection.send(json.dumps({"op": "price", "token": token}))
            replies = [await connection.recv()]
            await connection.send(json.dumps({"op": "cost", "token": token}))
            return [*replies, await connection.recv()]

    with played_server("--serve", "0", "--sessions", "2", str(shopped)) as (url, process):
        for _ in range(2):
            assert [True, True] == [json.loads(reply)["ok"] for reply in peers.call(visit(url))]
        output, talk = process.communicate(timeout=20)
    assert 13 == process.returncode
    assert b'message 3: different\n  at /op\n    recorded  "price"\n    received  "cost"\n' in output
    assert b"replayed to client 2: 3 messages, 2 same, 1 different" in talk


def test_a_client_that_leaves_early_is_told_what_is_missing(shopped: Path, tmp_path: Path) -> None:
    junit = tmp_path / "report.xml"
    with played_server("--serve", "127.0.0.1:0", "--once", "--junit", str(junit), str(shopped)) as (url, process):
        run("send", "-1", url, '{"op": "login", "user": "ann"}')
        process.communicate(timeout=20)
    assert 13 == process.returncode
    assert "2" == ET.parse(junit).getroot()[0].attrib["failures"]


def test_a_played_server_stops_at_a_signal(shopped: Path) -> None:
    with played_server("--serve", "0", "-v", "--exact", str(shopped)) as (url, process):
        run("replay", "--exact", str(shopped), url)
        process.send_signal(signal.SIGTERM)
        _, talk = process.communicate(timeout=20)
    assert 143 == process.returncode
    assert b"3 messages, 3 same" in talk
    assert b"GET / HTTP/1.1" in talk


def test_the_recorded_subprotocol_is_agreed_to(tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl"
    with RawServer(
        upgrade(b"", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: ACCEPT\r\nSec-WebSocket-Protocol: chat.v2\r\n\r\n")
    ) as peer:  # fmt: skip
        run("send", "--no-wait", "-s", "chat.v2", "--record", str(file), peer.url(), "hi")
    with played_server("--serve", "0", "--once", str(file)) as (url, process):
        assert "subprotocol chat.v2" in run("replay", "-v", str(file), url).talk
        process.communicate(timeout=20)


# --- Many users ------------------------------------------------------------------------------------------------------
def test_many_users_are_summed_up(server: WebSocketsServer, shopped: Path) -> None:
    status, output, _ = run(
        "replay", *CARRY, "--users", "8", "--ramp", "0.2", "--loop", "2", str(shopped), server.url("cheap")
    )
    text = output.decode()
    assert 0 == status
    for part in (
        "8, 16 sessions",
        "48 sent, 48 received",
        "48 same",
        "errors     0",
        "connect    p50",
        "reply      p50",
    ):
        assert part in text


def test_users_whose_answers_differ_are_status_13(server: WebSocketsServer, shopped: Path) -> None:
    status, output, _ = run("replay", *CARRY, "-q", "--json", "--users", "3", str(shopped), server.url("dear"))
    numbers = json.loads(output)
    assert (13, 3, {"differs from the recording": 3}) == (status, numbers["errors"], numbers["failures"])
    assert {"same": 3, "different": 6} == numbers["compared"]


def test_users_that_cannot_connect_are_status_4(recording: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    status, output, _ = run("replay", "--users", "2", str(recording), f"ws://127.0.0.1:{port}/")
    assert 4 == status
    assert b"2 \xc3\x97 could not connect" in output


def test_users_leave_at_a_signal(server: WebSocketsServer, recording: Path) -> None:
    process = start("replay", "--users", "2", "--ramp", "1000", "--loop", "1000000", str(recording), server.url())
    server.visit()
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert 130 == process.returncode
    assert b"users      2" in output
