"""`convert`, `decode` and recordings of other formats, as users run them; files that end too early for real."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, environment, run, start
from tests.end_to_end.peers import WebSocketsServer
from wscli.record.reader import read_recording

DATA = ROOT / "tests" / "data" / "recordings"
CAPTURE = DATA / "tcpdump.pcap"


def events(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def test_a_capture_becomes_a_recording_and_that_a_har_file_and_says_what_was_lost(tmp_path: Path) -> None:
    lines, archive = tmp_path / "a.jsonl", tmp_path / "a.har"
    assert (0, b"", f"converted: 41 events into `{lines}`\n") == run("convert", str(CAPTURE), str(lines))
    status, output, talk = run("convert", str(lines), str(archive))
    assert (0, b"") == (status, output)
    assert [
        "wscli: lost: the borders, masks, reserved bits and length forms of frames (21 events)",
        "wscli: lost: compression: messages stand inflated (9 events)",
        "wscli: lost: name resolution, attempts to connect, certificates and TLS (1 event)",
        f"converted: 41 events into `{archive}`",
    ] == talk.splitlines()
    assert (0, b"", "") == run("convert", "-q", str(archive), str(tmp_path / "b.jsonl.gz"))
    said = [one.get("text") for one in events(lines) if one["event"] == "message-received"]
    assert said == [
        json.loads(line).get("text")
        for line in run("replay", "--json", str(tmp_path / "b.jsonl.gz")).output.splitlines()
        if b'"message-received"' in line
    ]


def test_secrets_are_masked_in_every_format(tmp_path: Path, server: WebSocketsServer) -> None:
    for name in ("a.har", "a.pcapng", "a.jsonl"):
        path = tmp_path / name
        url = server.url() + "?token=c2VjcmV0LXRva2Vu"
        assert 0 == run("send", "--bearer", "s3cr3t-b34r3r", "-1", "--record", str(path), url, "hi").status
        data = path.read_bytes()
        assert b"s3cr3t-b34r3r" not in data
        assert b"c2VjcmV0LXRva2Vu" not in data
        assert 0 == run("send", "--bearer", "s3cr3t", "--keep-secrets", "-1", "--record", str(path), url, "hi").status
        assert b"s3cr3t" in path.read_bytes()


@pytest.mark.parametrize("name", ["a.har", "a.pcapng", "a.har.gz", "a.pcapng.gz"])
def test_a_live_recording_in_another_format_replays(tmp_path: Path, server: WebSocketsServer, name: str) -> None:
    path = tmp_path / name
    assert (0, b"hi\n") == run("send", "-1", "--record", str(path), server.url(), "hi")[:2]
    outcome = run("replay", str(path))
    assert 0 == outcome.status
    assert b"TEXT 2 B  hi" in outcome.output


def test_standard_input_and_output_take_part() -> None:
    outcome = run("convert", "-", "-", input=CAPTURE.read_bytes())
    assert 0 == outcome.status
    assert outcome.output.startswith(b'{"format":"wscli-recording"')


def test_one_connection_of_several_is_chosen() -> None:
    archive = str(DATA / "chromium.har")
    assert b"room=2" in run("replay", "--connection", "2", archive).output
    outcome = run("replay", "--connection", "9", archive)
    assert 14 == outcome.status
    assert "there is no connection 9 in it, only 3" in outcome.talk


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("{capture}", "{out}.pcap"), 2, "a pcap file can be read, but not written"),
        (("{capture}", "{out}.txt"), 2, "the name ends in none of"),
        (("{capture}", "{capture}"), 2, "it is the recording that is read"),
        (("{out}.none", "{out}.har"), 14, "no such file"),
        (("{capture}", "/dev/full"), 14, "No space left on device"),
        (("--keylog", "k", "{har}", "{out}.har"), 14, "is no capture"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: tuple[str, ...], status: int, said: str) -> None:
    copy = tmp_path / "copy.jsonl"
    shutil.copy(CAPTURE, copy)
    names = {"capture": str(copy), "out": str(tmp_path / "out"), "har": str(DATA / "chromium.har")}
    outcome = run("convert", *(one.format_map(names) for one in arguments))
    assert status == outcome.status
    assert said in outcome.talk


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tls_is_opened_by_a_key_log(tmp_path: Path) -> None:
    keys = str(DATA / "tcpdump-tls.keys")
    outcome = run("replay", "--keylog", keys, str(DATA / "tcpdump-tls.pcap"), timeout=60)
    assert 0 == outcome.status
    assert b"GET /secret HTTP/1.1" in outcome.output
    assert (
        0
        == run("convert", "--keylog", keys, str(DATA / "tcpdump-tls.pcap"), str(tmp_path / "a.har"), timeout=60).status
    )


# --- decode ----------------------------------------------------------------------------------------------------------
def test_frames_are_decoded_from_words_files_and_standard_input(tmp_path: Path) -> None:
    line = b"[  0.000] #1 \xe2\x86\x90 TEXT 5 B  Hello\n"
    raw = bytes.fromhex("810548656c6c6f")
    path = tmp_path / "frames.bin"
    path.write_bytes(raw)
    done = "decoded: 1 frame, 0 deviations\n"
    assert (0, line, done) == run("decode", "81", "05", "48", "65", "6c", "6c", "6f")
    assert (0, line, done) == run("decode", "gQVIZWxsbw==")
    assert (0, line, done) == run("decode", str(path))
    assert (0, line, done) == run("decode", "-", input=raw)
    assert (0, line, done) == run("decode", input=b"81 05 48 65 6c 6c 6f\n")


def test_roles_compression_and_json() -> None:
    hello = "c107f248cdc9c90700"
    outcome = run("decode", "--deflate", hello)
    assert b"Hello" in outcome.output
    assert "0 deviations" in outcome.talk
    assert "1 deviation" in run("decode", "--role", "client", "--deflate", hello).talk
    assert b"Hello" not in run("decode", hello).output
    printed = run("decode", "--json", "818537fa213d7f9f4d5158").output
    assert b'"event":"frame-sent"' in printed
    assert b"Hello" in run("replay", "-", input=printed).output


@pytest.mark.parametrize(("word", "said"), [("zz!", "neither hexadecimal nor base64"), ("", "there are none")])
def test_what_is_no_bytes_is_said(word: str, said: str) -> None:
    outcome = run("decode", *([word] if word else []))
    assert 2 == outcome.status
    assert said in outcome.talk


# --- Recordings that end too early -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["a.jsonl", "a.har", "a.pcapng", "a.jsonl.gz"])
def test_after_a_kill_everything_that_was_flushed_is_there(
    tmp_path: Path, plain_server: WebSocketsServer, name: str
) -> None:
    for round_number in range(3):
        path = tmp_path / f"{round_number}{name}"
        client = start("send", "--record-sync", "--record", str(path), plain_server.url(), stdin=subprocess.PIPE)
        assert client.stdin is not None
        assert client.stdout is not None
        count = 3 + 40 * round_number
        for number in range(count):
            client.stdin.write(b"%d\n" % number)
            client.stdin.flush()
            assert b"%d\n" % number == client.stdout.readline()
        client.send_signal(signal.SIGKILL)
        client.wait()
        with read_recording(str(path)) as recording:
            seen = [event for _, event in recording.iter_events() if type(event).__name__ == "MessageSent"]
        # What came with the last reply may be in a batch that was not flushed when it was printed.
        assert count - 1 <= len(seen) <= count


def test_a_full_disk_ends_the_recording_and_not_the_session(tmp_path: Path, server: WebSocketsServer) -> None:
    for name in ("full.jsonl", "full.har", "full.pcapng"):
        (tmp_path / name).symlink_to("/dev/full")
        outcome = run("send", "--record", str(tmp_path / name), server.url(), "one", "two")
        assert b"one\ntwo\n" == outcome.output
        assert 14 == outcome.status
        assert "No space left on device" in outcome.talk


def test_a_file_that_may_not_grow_ends_the_recording_and_not_the_session(
    tmp_path: Path, plain_server: WebSocketsServer
) -> None:
    path = tmp_path / "a.jsonl"

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    command = [sys.executable, "-m", "wscli", "send", "--record-sync", "--record", str(path), plain_server.url()]
    lines = b"".join(b"%0100d\n" % number for number in range(200))
    done = subprocess.run(
        command, input=lines, capture_output=True, check=False, timeout=30, env=environment(), preexec_fn=limit
    )
    assert lines == done.stdout
    assert 14 == done.returncode
    assert b"File too large" in done.stderr
    assert os.path.getsize(path) <= 20_000  # noqa: PTH202
    with read_recording(str(path)) as recording:
        assert list(recording.iter_events())
        assert recording.notes
