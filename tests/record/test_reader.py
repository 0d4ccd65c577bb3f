"""Reading recordings back, whole, cut, broken and hostile."""

from __future__ import annotations

import gzip
import io
import os
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import any_event
from wscli.errors import EnvironmentProblem
from wscli.events import Connected, Event
from wscli.record.codec import encode_event
from wscli.record.header import RecordingHeader, encode_header
from wscli.record.reader import LineRecording, read_recording

HEADER = RecordingHeader("wscli 0.1.0", "2026-11-24T12:00:00.000Z", "listen", "ws://localhost/")
CONNECTED = Connected("127.0.0.1:80", "127.0.0.1:5")
FIRST = encode_header(HEADER).encode() + b"\n"
LINE = encode_event(0.5, CONNECTED).encode() + b"\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.jsonl"


def read(path: Path) -> tuple[list[tuple[float, Event]], list[str]]:
    with read_recording(str(path)) as recording:
        return list(recording.iter_events()), recording.notes


def problem_of(path: Path) -> EnvironmentProblem:
    with pytest.raises(EnvironmentProblem) as caught:
        read(path)
    assert str(path) == caught.value.value
    assert "recording" == caught.value.subject
    assert caught.value.hint
    return caught.value


# --- Whole -----------------------------------------------------------------------------------------------------------
def test_a_recording_gives_its_header_and_its_events(path: Path) -> None:
    path.write_bytes(FIRST + LINE + LINE)
    with read_recording(str(path)) as recording:
        assert HEADER == recording.header
        assert [(0.5, CONNECTED), (0.5, CONNECTED)] == list(recording.iter_events())
        assert [] == recording.notes


@given(st.lists(any_event, max_size=5), st.booleans())
def test_what_was_written_is_read(events: list[Event], is_compressed: bool) -> None:
    data = FIRST + b"".join(encode_event(1, event).encode() + b"\n" for event in events)
    recording = LineRecording("x", io.BufferedReader(io.BytesIO(gzip.compress(data) if is_compressed else data)))
    assert [(1, event) for event in events] == list(recording.iter_events())


def test_a_compressed_recording_is_known_by_its_bytes(path: Path) -> None:
    path.write_bytes(gzip.compress(FIRST + LINE))
    assert ([(0.5, CONNECTED)], []) == read(path)


def test_a_recording_can_be_read_again_from_its_beginning(path: Path) -> None:
    for data in (FIRST + LINE + LINE[:9], gzip.compress(FIRST + LINE + LINE[:9])):
        path.write_bytes(data)
        with read_recording(str(path)) as recording:
            first = list(recording.iter_events())
            notes = list(recording.notes)
            assert first == list(recording.iter_events())
            assert notes == recording.notes


def test_a_dash_is_standard_input_which_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (FIRST + LINE, gzip.compress(FIRST + LINE)):
        stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(data)))
        monkeypatch.setattr(sys, "stdin", stdin)
        with read_recording("-") as recording:
            assert [(0.5, CONNECTED)] == list(recording.iter_events())
        assert not stdin.buffer.closed


def test_a_stream_that_cannot_be_rewound_is_read_once() -> None:
    reading, writing = os.pipe()
    os.write(writing, FIRST + LINE)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        recording = LineRecording("-", stream)
        assert 1 == len(list(recording.iter_events()))
        with pytest.raises(EnvironmentProblem) as caught:
            recording.iter_events()
    assert "recording/read-once" == caught.value.code


def test_empty_lines_a_byte_order_mark_and_dos_line_ends_do_no_harm(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + (FIRST + LINE + b"\n  \n" + LINE).replace(b"\n", b"\r\n"))
    assert ([(0.5, CONNECTED), (0.5, CONNECTED)], []) == read(path)


def test_a_last_line_without_its_newline_is_read_where_it_is_whole(path: Path) -> None:
    path.write_bytes(FIRST + LINE.rstrip())
    assert ([(0.5, CONNECTED)], []) == read(path)


def test_events_of_a_newer_wscli_are_left_out_with_one_note(path: Path) -> None:
    path.write_bytes(FIRST + LINE + b'{"at":1,"event":"new\\u001b"}\n{"at":2,"event":"newer"}\n' + LINE)
    events, notes = read(path)
    assert [(0.5, CONNECTED), (0.5, CONNECTED)] == events
    assert ["events that this wscli does not know were left out, the first in line 3: `'new\\x1b'`"] == notes


def test_reading_takes_no_more_memory_for_a_longer_recording(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(FIRST)
        for _ in range(20_000):
            stream.write(LINE)
    with read_recording(str(path)) as recording:
        tracemalloc.start()
        count = sum(1 for _ in recording.iter_events())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert 20_000 == count
    assert peak < 1_000_000


# --- Cut -------------------------------------------------------------------------------------------------------------
@given(st.integers(1, len(LINE) - 2))
def test_a_recording_cut_off_inside_its_last_line_gives_everything_before(length: int) -> None:
    recording = LineRecording("x", io.BytesIO(FIRST + LINE + LINE[:length]))
    assert [(0.5, CONNECTED)] == list(recording.iter_events())
    assert ["cut off inside line 3: everything before it was read"] == recording.notes


def test_a_compressed_recording_that_was_cut_off_gives_what_can_be_had(path: Path) -> None:
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb") as compressed:
        compressed.write(FIRST + LINE + LINE)
        compressed.flush()
        kept = len(stream.getvalue())
        compressed.write(LINE * 100)
    path.write_bytes(stream.getvalue()[:kept])
    assert ([(0.5, CONNECTED)] * 2, ["cut off inside line 4: everything before it was read"]) == read(path)


@given(st.integers(0, 200))
def test_wherever_a_compressed_recording_is_cut_nothing_else_goes_wrong(length: int) -> None:
    data = gzip.compress(FIRST + LINE * 3)[:length]
    with suppress(EnvironmentProblem):
        list(LineRecording("x", io.BufferedReader(io.BytesIO(data))).iter_events())


def test_a_compressed_recording_cut_off_inside_its_header_is_a_problem(path: Path) -> None:
    path.write_bytes(gzip.compress(FIRST + LINE)[:15])
    assert "is cut off inside its first line" == problem_of(path).reason


# --- No recording ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"", "empty", "is empty"),
        (b"\n", "empty", "is empty"),
        (b"hello\n", "not-a-recording", "not a recording: line 1: not JSON at character 1"),
        (b"\x89PNG\r\n", "not-a-recording", "not a recording: line 1: not UTF-8 at byte 1"),
        (LINE, "not-a-recording", "not a recording: line 1: `format` is `None`, not `wscli-recording`"),
        (b"[" * 100_000, "not-a-recording", "not a recording: line 1: nested too deeply"),
        (
            b'{"format":"wscli-recording","version":2}\n',
            "newer-version",
            "made by a newer wscli: version 2; this one reads up to 1",
        ),
        (b"\x1f\x8bxxxxxxxxxx", "broken-line", "line 1: cannot be read: Unknown compression method"),
    ],
)
def test_what_is_no_recording_is_told_with_the_reason(path: Path, data: bytes, code: str, reason: str) -> None:
    path.write_bytes(data)
    problem = problem_of(path)
    assert (f"recording/{code}", reason) == (problem.code, problem.reason)


def test_a_missing_file_is_a_problem(path: Path) -> None:
    assert "recording/not-found" == problem_of(path).code


def test_a_directory_is_a_problem(tmp_path: Path) -> None:
    assert "recording/directory" == problem_of(tmp_path).code


def test_a_file_that_may_not_be_read_is_a_problem(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)  # root may read everything
    assert "recording/unreadable" == problem_of(path).code


def test_a_name_that_no_file_can_have_is_a_problem(tmp_path: Path) -> None:
    assert "recording/unreadable" == problem_of(tmp_path / "a\0").code


def test_a_file_that_fails_while_it_is_opened_or_read_is_a_problem() -> None:
    class Failing(io.BytesIO):
        def peek(self, _: int) -> bytes:
            raise OSError(5, "Input/output error")

    class FailingLater(io.BytesIO):
        def readline(self, _: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    for stream in (Failing(), FailingLater()):
        with pytest.raises(EnvironmentProblem, match="cannot be read: Input/output error"):
            LineRecording("x", stream)
        assert stream.closed


# --- Broken ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{\n", "line 3: not JSON at character 3"),
        (b"\xff\n", "line 3: not UTF-8 at byte 1"),
        (b"[" * 100_000 + b"\n", "line 3: nested too deeply"),
        (b"1" * 10_000 + b"\n", "line 3: a number with too many digits"),
        (b'{"at":0}\n', "line 3: `event` is missing"),
        (
            b'{"at":0,"event":"connected","address":[],"local_address":""}\n',
            "line 3: in `address`: a list is not a string",
        ),
        (FIRST, "line 3: another recording begins here; split the file before this line"),
    ],
)
def test_a_broken_line_is_told_with_its_number(path: Path, line: bytes, reason: str) -> None:
    path.write_bytes(FIRST + LINE + line + LINE)
    problem = problem_of(path)
    assert ("recording/broken-line", reason) == (problem.code, problem.reason)


def test_the_events_before_a_broken_line_are_given_first(path: Path) -> None:
    path.write_bytes(FIRST + LINE + b"{\n")
    with read_recording(str(path)) as recording:
        events = recording.iter_events()
        assert (0.5, CONNECTED) == next(events)
        with pytest.raises(EnvironmentProblem):
            next(events)


def test_a_line_that_never_ends_is_a_problem(path: Path) -> None:
    path.write_bytes(FIRST + LINE + b" " * 5000)
    with read_recording(str(path), line_limit=1000) as recording, pytest.raises(EnvironmentProblem) as caught:
        list(recording.iter_events())
    assert "line 3: the line is longer than 1000 bytes" == caught.value.reason


def test_damaged_compressed_data_is_a_problem(path: Path) -> None:
    data = bytearray(gzip.compress(FIRST + LINE))
    data[10] = 0xFF  # a block of a kind that there is not (RFC 1951 §3.2.3)
    path.write_bytes(data)
    assert "line 1: the compressed data is damaged" == problem_of(path).reason


def test_damaged_compressed_data_behind_the_last_line_is_a_problem(path: Path) -> None:
    data = bytearray(gzip.compress(FIRST + LINE))
    data[-8:-4] = b"\0\0\0\0"
    path.write_bytes(data)
    assert problem_of(path).reason.startswith("line 3: cannot be read: CRC check failed")


@given(st.lists(st.binary(max_size=40), max_size=4))
def test_whatever_follows_the_header_gives_events_or_a_problem(lines: list[bytes]) -> None:
    recording = LineRecording("x", io.BytesIO(FIRST + b"\n".join(lines)))
    with suppress(EnvironmentProblem):
        list(recording.iter_events())


# --- How far ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("is_compressed", [False, True])
def test_how_much_was_read_is_known_of_a_file(path: Path, is_compressed: bool) -> None:
    data = FIRST + LINE * 20_000
    path.write_bytes(gzip.compress(data) if is_compressed else data)
    with read_recording(str(path)) as recording:
        begin = recording.fraction_read()
        events = recording.iter_events()
        for _ in range(10_000):
            next(events)
        middle = recording.fraction_read()
        assert 10_000 == sum(1 for _ in events)
        assert 0 <= begin <= middle <= recording.fraction_read() == 1


def test_how_much_was_read_is_not_known_of_a_stream() -> None:
    assert 0 == LineRecording("-", io.BytesIO(FIRST)).fraction_read()
