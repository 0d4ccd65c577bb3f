"""`decode`: the raw bytes of one direction of a WebSocket connection, frame by frame."""

from __future__ import annotations

import sys
from os.path import isfile
from typing import Any

from wscli import __version__
from wscli.app.console import Console
from wscli.app.exit_status import ExitStatus
from wscli.app.given import decode_given, decode_stream
from wscli.errors import UsageProblem, file_problem
from wscli.events import Batch, DeviationFound, Event, FrameReceived
from wscli.protocol.excerpt import Reading, read_frames
from wscli.protocol.observing import as_sent
from wscli.protocol.step import Role
from wscli.record.codec import encode_event
from wscli.record.header import RecordingHeader, Secrets, encode_header
from wscli.render.context import BYTES, FRAMES
from wscli.render.transcript import Transcript
from wscli.text import count_text
from wscli.wire.deflate import DeflateParameters

MOST_BYTES = 64 * 1024 * 1024
"""Bytes that are read."""
MOST_FRAMES = 1_000_000


def run_decode(values: dict[str, Any]) -> ExitStatus:
    """Show the frames; Problem where there are no bytes."""
    console = Console(values["color"])
    data = _read(values["bytes"])
    if len(data) > MOST_BYTES:
        console.note(f"only the first {MOST_BYTES} bytes are read")
    if not data:
        raise UsageProblem("decode/bytes", "bytes", None, "there are none", hint="a frame has at least two bytes")
    role = None if values["role"] is None else Role(values["role"])
    deflate = DeflateParameters() if values["deflate"] else None
    reading = read_frames(data[:MOST_BYTES], role, deflate, MOST_FRAMES)
    events = tuple(as_sent(event) if reading.is_from_client else event for event in reading.events)
    if values["json"]:
        header = RecordingHeader(f"wscli {__version__} decode", "", secrets=Secrets.KEPT)
        lines = [encode_header(header), *(encode_event(0.0, event) for event in events)]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    else:
        level = BYTES if values["verbose"] else FRAMES
        screen = Transcript(sys.stdout.write, console.painter(1), level, width=console.width, name="output")
        screen.accept(Batch(0.0, events))
        screen.close()
    sys.stdout.flush()
    for note in reading.notes:
        console.note(note)
    if not values["json"]:
        console.talk(f"{_sums(reading)}\n")
    return ExitStatus.DONE


def _sums(reading: Reading) -> str:
    frames = [event.frame for event in reading.events if isinstance(event, FrameReceived)]
    found = sum(len(frame.deviations) for frame in frames) + sum(map(_is_deviation, reading.events))
    return f"decoded: {count_text(len(frames), 'frame')}, {count_text(found, 'deviation')}"


def _is_deviation(event: Event) -> bool:
    return isinstance(event, DeviationFound)


def _read(words: tuple[str, ...]) -> bytes:
    """Return the bytes that words mean: those of a file or of standard input, else what they spell."""
    if not words or words == ("-",):
        return b"" if sys.stdin is None else decode_stream(sys.stdin.buffer.read(MOST_BYTES + 1))
    if len(words) == 1 and isfile(words[0]):  # noqa: PTH113  # a name as given
        try:
            with open(words[0], "rb") as stream:  # noqa: PTH123  # the same
                return decode_stream(stream.read(MOST_BYTES + 1))
        except OSError as error:
            raise file_problem("decode/file", "file", words[0], error) from error
    return decode_given(" ".join(words))
