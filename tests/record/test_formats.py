"""Laws of all formats: what is kept, what a cut leaves, and that no bytes do harm."""

from __future__ import annotations

import gzip
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.record.sessions import events_of, frames_of, messages_of, opened, sessions, written
from wscli.errors import EnvironmentProblem
from wscli.events import Event
from wscli.record import FORMATS, LINES, format_of_name
from wscli.record.losses import ABOUT
from wscli.record.reader import read_recording

DATA = Path(__file__).parents[1] / "data" / "recordings"
FILES = sorted(DATA.iterdir())
MADE_BY_OTHERS = [path for path in FILES if path.suffix in (".har", ".pcap", ".flow")]


def read_all(data: bytes) -> int:
    """Read whatever bytes are; returns how many events, -1 where they are no recording."""
    with suppress(EnvironmentProblem):
        return len(events_of(data))
    return -1


# --- The registry ----------------------------------------------------------------------------------------------------
def test_each_phrase_of_what_a_format_loses_is_known() -> None:
    assert set(ABOUT) == {phrase for one in FORMATS for phrase in one.loses}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.jsonl", "jsonl"), ("A.HAR.GZ", "har"), ("a.pcapng", "pcapng"), ("a.cap", "pcap"), ("x.flow", "flow")],
)
def test_the_ending_tells_the_format(name: str, expected: str) -> None:
    found = format_of_name(name)
    assert found is not None
    assert expected == found.name


def test_no_ending_belongs_to_two_formats() -> None:
    endings = [ending for one in FORMATS for ending in one.endings]
    assert len(endings) == len(set(endings))
    assert None is format_of_name("a.txt")


def test_our_own_loses_nothing_and_is_read_and_written() -> None:
    assert LINES.is_read
    assert LINES.is_written
    assert () == LINES.loses


# --- What is kept ----------------------------------------------------------------------------------------------------
@given(sessions)
def test_packets_keep_every_frame(events: list[Event]) -> None:
    assert frames_of(events) == frames_of(events_of(written("pcapng", events)))


@given(sessions)
def test_packets_keep_every_message_and_how_it_ended(events: list[Event]) -> None:
    seen = events_of(written("pcapng", events))
    assert messages_of(events) == messages_of(seen)
    assert events[-1].close_sent == seen[-1].close_sent  # type: ignore[attr-defined]
    assert events[-1].is_clean == seen[-1].is_clean  # type: ignore[attr-defined]


@given(sessions)
def test_a_har_file_keeps_every_message(events: list[Event]) -> None:
    assert messages_of(events) == messages_of(events_of(written("har", events)))


@pytest.mark.parametrize("name", ["har", "pcapng"])
def test_a_compressed_file_is_known_by_what_is_inside(name: str) -> None:
    data = written(name, ())
    assert read_all(data) == read_all(gzip.compress(data))


# --- Cut -------------------------------------------------------------------------------------------------------------
@given(sessions, st.data())
def test_a_cut_file_gives_what_is_before_the_cut_or_a_clear_error(events: list[Event], data: st.DataObject) -> None:
    for name in ("har", "pcapng"):
        whole = written(name, events)
        cut = data.draw(st.integers(0, len(whole)))
        with suppress(EnvironmentProblem), opened(whole[:cut]) as recording:
            kept = messages_of(event for _, event in recording.iter_events())
            assert messages_of(events)[: len(kept)] == kept


@given(sessions)
def test_a_har_file_that_lacks_its_end_gives_every_message(events: list[Event]) -> None:
    whole = written("har", events)
    for missing in (b"\n]}}\n", b"\n]}\n]}}\n"):
        assert whole.endswith(missing)
        with opened(whole.removesuffix(missing)) as recording:
            assert messages_of(events) == messages_of(event for _, event in recording.iter_events())
            assert any("cut off" in note for note in recording.notes)


@pytest.mark.parametrize("path", MADE_BY_OTHERS, ids=lambda path: path.name)
def test_real_files_cut_anywhere_do_no_harm(path: Path) -> None:
    data = path.read_bytes()
    for cut in range(0, len(data), max(1, len(data) // 150)):
        read_all(data[:cut])


# --- Hostile ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", MADE_BY_OTHERS, ids=lambda path: path.name)
@given(st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=20))
def test_real_files_with_changed_bytes_do_no_harm(path: Path, changes: list[tuple[int, int]]) -> None:
    data = bytearray(path.read_bytes())
    for place, value in changes:
        data[place % len(data)] = value
    read_all(bytes(data))


HEADS = (
    b"\xd4\xc3\xb2\xa1\x02\0\x04\0" + bytes(8) + b"\xff\xff\0\0\x01\0\0\0",
    b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0" + b"\xff" * 8 + b"\x1c\0\0\0",
    b'{"log":{"entries":[{"_webSocketMessages":[',
    b"100:9:websocket;",
    b"\x1f\x8b\x08",
    b"",
)


@given(st.sampled_from(HEADS), st.binary(max_size=300))
def test_whatever_follows_a_beginning_gives_events_or_a_problem(head: bytes, rest: bytes) -> None:
    read_all(head + rest)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(("type", "time", "opcode", "data")), _json), _json, _json, _json)
def test_a_har_file_of_wrong_types_gives_events_or_a_problem(
    message: dict[str, object], request: object, response: object, started: object
) -> None:
    from json import dumps

    entry = {"_webSocketMessages": [message], "request": request, "response": response, "startedDateTime": started}
    read_all(dumps({"log": {"entries": [entry, request]}}).encode())


@pytest.mark.parametrize(
    "data",
    [b'{"log":' + b"[" * 200_000, b"9999999999:x", b"999999999:9:websocket;", b"1:" * 3000],
    ids=["deep", "long", "longer", "many"],
)
def test_depth_and_absurd_lengths_are_problems(data: bytes) -> None:
    assert -1 == read_all(data)


def test_a_bomb_in_gzip_is_a_problem_and_takes_little_memory(tmp_path: Path) -> None:
    import tracemalloc

    from wscli.record import har

    path = tmp_path / "bomb.har.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(b'{"log":{"entries":[')
        for _ in range(64):
            stream.write(b"{}," * (1 << 18))
    tracemalloc.start()
    with pytest.raises(EnvironmentProblem, match="holds more than"):
        read_recording(str(path))
    assert tracemalloc.get_traced_memory()[1] < 2 * har.SIZE_LIMIT
    tracemalloc.stop()


def test_a_file_that_is_no_capture_takes_no_key_log(tmp_path: Path) -> None:
    for data in (written("har", ()), b'{"format":"wscli-recording","version":1}\n'):
        path = tmp_path / "x"
        path.write_bytes(data)
        with pytest.raises(EnvironmentProblem, match="is no capture"):
            read_recording(str(path), keylog="keys")


def test_our_own_format_has_one_connection(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b'{"format":"wscli-recording","version":1}\n')
    read_recording(str(path), 1).close()
    with pytest.raises(EnvironmentProblem, match="no connection 2"):
        read_recording(str(path), 2)


def test_a_line_of_any_length_is_refused_in_bounded_memory() -> None:
    import tracemalloc

    from wscli.record.reader import LineRecording

    class Endless(io.RawIOBase):
        """Ten gibibytes without a newline."""

        left = 10 << 30

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            view = memoryview(buffer)  # type: ignore[arg-type]
            count = min(len(view), self.left)
            view[:count] = b" " * count
            self.left -= count
            return count

    tracemalloc.start()
    with pytest.raises(EnvironmentProblem, match="longer than 1000000 bytes"):
        LineRecording("x", io.BufferedReader(Endless()), 1_000_000)
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


def test_what_is_lost_is_counted_in_the_session_at_hand() -> None:
    from tests.record.test_pcapng import KEY
    from wscli.events import Batch, BytesSent, ConnectFailed, FrameSent, NameResolved
    from wscli.record.losses import LossCounter
    from wscli.wire.frames import FrameOrder, encode_frame

    by_name = {one.name: one for one in FORMATS}
    reserved = FrameSent(1, encode_frame(FrameOrder(3, b"", mask_key=KEY)))
    events = (NameResolved("h", ()), ConnectFailed("h", ""), BytesSent(b"x"), reserved)
    har, packets = LossCounter(by_name["har"]), LossCounter(by_name["pcapng"])
    for counter in (har, packets):
        counter.accept(Batch(0.0, events))
        counter.close()
    assert [
        ("the borders, masks, reserved bits and length forms of frames", 1),
        ("frames of reserved opcodes", 1),
        ("deviations", 1),
        ("name resolution, attempts to connect, certificates and TLS", 1),
    ] == har.lost()
    assert ["name resolution, attempts to connect, certificates and TLS", "raw bytes that were sent beside frames"] == [
        phrase for phrase, _ in packets.lost()
    ]
