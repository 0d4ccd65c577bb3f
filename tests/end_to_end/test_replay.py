"""Recordings: kept, shown, sent again and compared."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.end_to_end.conftest import run, start
from tests.end_to_end.peers import WebSocketsServer


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
