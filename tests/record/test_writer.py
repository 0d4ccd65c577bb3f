"""The sink that records: what it writes, when it passes it on, and which files it opens."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
from pathlib import Path

import pytest

from wscli.errors import EnvironmentProblem, UsageProblem
from wscli.events import (
    Batch,
    BytesReceived,
    BytesSent,
    Connected,
    Event,
    FrameReceived,
    FrameSent,
    Interest,
    MessageKind,
    MessagePart,
    MessageReceived,
    MessageSent,
    Opened,
    RequestSent,
    Sink,
)
from wscli.record.codec import decode_event, encode_batch, encode_event
from wscli.record.header import RecordingHeader, Secrets, encode_header
from wscli.record.writer import RecordingWriter, open_recording, unwanted_by
from wscli.wire.frames import Frame
from wscli.wire.head import RequestDecoder

HEADER = RecordingHeader("wscli 0.1.0", "2026-11-24T12:00:00.000Z", "listen", "ws://localhost/", Secrets.KEPT)
CONNECTED = Connected("127.0.0.1:80", "127.0.0.1:5")
FRAMES = Interest.FRAMES


class CountingStream(io.BytesIO):
    """Counts how often it was told to pass on what it has."""

    def __init__(self) -> None:
        super().__init__()
        self.flushes = 0

    def flush(self) -> None:
        self.flushes += 1


class FullStream(io.BytesIO):
    """Has no room left."""

    def write(self, data: object, /) -> int:
        raise OSError(28, "No space left on device")


def lines_of(*batches: Batch) -> list[str]:
    return [encode_header(HEADER), *(line for batch in batches for line in encode_batch(batch))]


def text_of(*batches: Batch) -> bytes:
    return ("\n".join(lines_of(*batches)) + "\n").encode()


def test_a_recording_is_a_header_line_and_a_line_for_each_event() -> None:
    stream = io.BytesIO()
    writer: Sink = RecordingWriter(stream, HEADER, interest=FRAMES, keep_secrets=True)
    batches = [Batch(0.1, (CONNECTED, Opened(None, "", None))), Batch(0.2, (CONNECTED,))]
    for batch in batches:
        writer.accept(batch)
    writer.close()
    assert text_of(*batches) == stream.getvalue()
    assert not stream.closed


def test_a_recording_without_events_still_has_its_header() -> None:
    stream = io.BytesIO()
    RecordingWriter(stream, HEADER, interest=FRAMES, keep_secrets=True).close()
    assert text_of() == stream.getvalue()


def test_the_first_batch_is_passed_on_at_once_and_then_each_second() -> None:
    stream = CountingStream()
    writer = RecordingWriter(stream, HEADER, interest=FRAMES, keep_secrets=True)
    flushes = []
    for at in (0.0, 0.1, 0.9, 1.1, 1.5, 2.2):
        writer.accept(Batch(at, (CONNECTED,)))
        flushes.append(stream.flushes)
    assert [1, 1, 1, 2, 2, 3] == flushes


def test_many_bytes_are_passed_on_before_the_second_is_over() -> None:
    stream = CountingStream()
    writer = RecordingWriter(stream, HEADER, interest=FRAMES, keep_secrets=True, flush_bytes=200)
    flushes = []
    for at in (0.0, 0.1, 0.2, 0.3, 0.4):
        writer.accept(Batch(at, (CONNECTED,)))
        flushes.append(stream.flushes)
    assert [1, 1, 1, 2, 2] == flushes


def test_with_sync_each_batch_is_passed_on() -> None:
    stream = CountingStream()
    writer = RecordingWriter(stream, HEADER, interest=FRAMES, keep_secrets=True, sync=True)
    for at in (0.0, 0.0, 0.1):
        writer.accept(Batch(at, (CONNECTED,)))
    assert 3 == stream.flushes


def test_flushing_twice_writes_once() -> None:
    stream = CountingStream()
    writer = RecordingWriter(stream, HEADER, interest=FRAMES, keep_secrets=True)
    writer.flush()
    writer.flush()
    assert 1 == stream.flushes


def test_what_could_not_be_written_is_not_written_again_at_the_end() -> None:
    stream = FullStream()
    closed = io.BytesIO()
    writer = RecordingWriter(stream, HEADER, interest=FRAMES, keep_secrets=True, closes=(closed,))
    with pytest.raises(OSError, match="No space left"):
        writer.accept(Batch(0, (CONNECTED,)))
    writer.close()
    assert closed.closed


def test_what_is_ours_is_closed_also_where_the_last_write_fails() -> None:
    closed = io.BytesIO()
    writer = RecordingWriter(FullStream(), HEADER, interest=FRAMES, keep_secrets=True, closes=(closed,))
    with pytest.raises(OSError, match="No space left"):
        writer.close()
    writer.close()
    assert closed.closed


# --- Interest --------------------------------------------------------------------------------------------------------
def test_events_built_for_others_are_left_out() -> None:
    frame = Frame(b"\x81\x02", b"hi")
    events: tuple[Event, ...] = (
        BytesReceived(b"x"),
        BytesSent(b"x"),
        FrameReceived(1, frame),
        FrameSent(1, frame),
        MessageReceived(MessageKind.TEXT, b"x", (1, 1)),
        MessageSent(MessageKind.TEXT, b"x", (1, 1)),
        MessagePart(MessageKind.TEXT, b"x", True, True),
        CONNECTED,
    )

    def kept(interest: Interest) -> list[Event]:
        stream = io.BytesIO()
        writer = RecordingWriter(stream, HEADER, interest=interest, keep_secrets=True)
        writer.accept(Batch(0, events))
        writer.close()
        return [decode_event(line)[1] for line in stream.getvalue().splitlines()[1:]]

    assert [CONNECTED] == kept(Interest.NOTHING)
    assert [*events[:2], CONNECTED] == kept(Interest.BYTES)
    assert [*events[2:4], CONNECTED] == kept(Interest.FRAMES)
    assert [*events[4:7], CONNECTED] == kept(Interest.MESSAGES)
    assert [*events[6:7], CONNECTED] == kept(Interest.PARTS)


def test_who_wants_everything_leaves_nothing_out() -> None:
    everything = Interest.BYTES | Interest.FRAMES | Interest.MESSAGES
    assert frozenset() == unwanted_by(everything)
    stream = io.BytesIO()
    writer = RecordingWriter(stream, HEADER, interest=everything, keep_secrets=True)
    batch = Batch(0, (BytesReceived(b"x"), CONNECTED))
    writer.accept(batch)
    assert text_of(batch) == stream.getvalue()


# --- Secrets ---------------------------------------------------------------------------------------------------------
def _request(raw: bytes) -> RequestSent:
    head = RequestDecoder(65536).feed(raw)
    assert head is not None
    return RequestSent(head)


SECRET_REQUEST = _request(b"GET /?token=SECRET HTTP/1.1\r\nCookie: a=SECRET\r\n\r\n")


def _recorded(*, keep_secrets: bool) -> bytes:
    stream = io.BytesIO()
    header = HEADER.replace(url="ws://u:SECRET@a/", command="wscli listen ws://u:SECRET@a/")
    writer = RecordingWriter(stream, header, interest=FRAMES, keep_secrets=keep_secrets)
    writer.accept(Batch(0, (SECRET_REQUEST, CONNECTED)))
    writer.close()
    return stream.getvalue()


def test_secrets_are_masked_and_the_header_says_so() -> None:
    recorded = _recorded(keep_secrets=False)
    assert b"SECRET" not in recorded
    assert b'"secrets":"masked"' in recorded
    assert b"ws://***@a/" in recorded


def test_secrets_are_kept_where_asked_and_the_header_says_so() -> None:
    recorded = _recorded(keep_secrets=True)
    assert encode_event(0, SECRET_REQUEST).encode() in recorded
    assert b'"secrets":"kept"' in recorded


# --- Files -----------------------------------------------------------------------------------------------------------
def _record(path: Path) -> None:
    writer = open_recording(str(path), HEADER, interest=FRAMES, keep_secrets=True)
    writer.accept(Batch(0, (CONNECTED,)))
    writer.close()


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "A.JSONL"])
def test_a_file_is_written_as_lines(tmp_path: Path, name: str) -> None:
    _record(tmp_path / name)
    assert text_of(Batch(0, (CONNECTED,))) == (tmp_path / name).read_bytes()


def test_a_compressed_file_holds_the_same_lines(tmp_path: Path) -> None:
    _record(tmp_path / "a.jsonl.gz")
    data = (tmp_path / "a.jsonl.gz").read_bytes()
    assert text_of(Batch(0, (CONNECTED,))) == gzip.decompress(data)
    _record(tmp_path / "b.jsonl.gz")
    assert data == (tmp_path / "b.jsonl.gz").read_bytes()


def test_a_compressed_file_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    writer = open_recording(str(path), HEADER, interest=FRAMES, keep_secrets=True, sync=True)
    writer.accept(Batch(0, (CONNECTED,)))
    with gzip.open(path) as stream:
        assert lines_of()[0].encode() == stream.readline().strip()
    writer.close()


def test_a_recording_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        _record(tmp_path / "a.jsonl")
    finally:
        os.umask(before)
    assert 0o600 == stat.S_IMODE((tmp_path / "a.jsonl").stat().st_mode)


def test_an_older_recording_of_that_name_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"x" * 10_000)
    _record(tmp_path / "a.jsonl")
    assert text_of(Batch(0, (CONNECTED,))) == (tmp_path / "a.jsonl").read_bytes()


def test_a_dash_is_standard_output_and_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", output)
    writer = open_recording(
        "-", HEADER, interest=FRAMES, keep_secrets=True, sync=True, is_essential=True, name="output"
    )
    writer.accept(Batch(0, (CONNECTED,)))
    writer.close()
    assert text_of(Batch(0, (CONNECTED,))) == output.buffer.getvalue()
    assert ("output", True, FRAMES) == (writer.name, writer.is_essential, writer.interest)


@pytest.mark.parametrize(
    ("name", "reason", "hint"),
    [
        ("a.har", "this format cannot be written yet", "not yet: record as .jsonl"),
        ("a.pcapng", "this format cannot be written yet", "not yet: record as .jsonl"),
        (
            "a.txt",
            "the name ends in none of .jsonl, .ndjson, .json, .jsonl.gz, .ndjson.gz, .json.gz",
            "use for example `{}.jsonl`",
        ),
        (
            "a",
            "the name ends in none of .jsonl, .ndjson, .json, .jsonl.gz, .ndjson.gz, .json.gz",
            "use for example `{}.jsonl`",
        ),
    ],
)
def test_a_format_that_is_not_written_is_refused(tmp_path: Path, name: str, reason: str, hint: str) -> None:
    path = str(tmp_path / name)
    with pytest.raises(UsageProblem) as caught:
        open_recording(path, HEADER, interest=FRAMES, keep_secrets=True)
    assert ("recording/format", path, reason, hint.format(path)) == (
        caught.value.code, caught.value.value, caught.value.reason, caught.value.hint,
    )  # fmt: skip
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "recording/directory"),
        ("folder.jsonl", "recording/directory"),
        ("missing.jsonl/", "recording/directory"),
        ("missing/a.jsonl", "recording/no-folder"),
        ("a\0.jsonl", "recording/unwritable"),
        ("file.jsonl/a.jsonl", "recording/unwritable"),
    ],
)
def test_a_file_that_cannot_be_opened_is_a_problem_with_its_reason(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "file.jsonl").touch()
    path = f"{tmp_path}/{name}"
    with pytest.raises(EnvironmentProblem) as caught:
        open_recording(path, HEADER, interest=FRAMES, keep_secrets=True)
    assert (code, path) == (caught.value.code, caught.value.value)
    assert caught.value.reason
    assert caught.value.hint


def test_a_file_that_may_not_be_written_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # root may write everywhere
    with pytest.raises(EnvironmentProblem) as caught:
        open_recording(str(tmp_path / "a.jsonl"), HEADER, interest=FRAMES, keep_secrets=True)
    assert "recording/unwritable" == caught.value.code


def test_a_pipe_is_written_as_lines_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        _record(path)
        assert text_of(Batch(0, (CONNECTED,))) == os.read(reader, 65536)
    finally:
        os.close(reader)


def test_lines_of_several_sessions_begin_with_their_mark() -> None:
    stream = io.BytesIO()
    writer = RecordingWriter(stream, HEADER, interest=FRAMES, keep_secrets=True)
    for mark in ('"probe":2,', ""):
        writer.mark = mark
        writer.accept(Batch(0.5, (CONNECTED,)))
    writer.close()
    header, marked, plain = stream.getvalue().decode().splitlines()
    assert header.startswith('{"format"')
    assert marked.startswith('{"probe":2,"at":0.5')
    assert (0.5, CONNECTED) == decode_event(marked) == decode_event(plain)
