"""The output: payloads of received messages, byte for byte, in the form that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from wscli.errors import EnvironmentProblem
from wscli.events import Batch, Event, Interest, MessageKind, MessagePart, MessageReceived
from wscli.text import hex_dump, visible


class PayloadFormat(Enum):
    """How messages are told apart and written."""

    LINES = "lines"
    """Text, one message a line; binary only on a terminal, as a hex dump."""
    RAW = "raw"
    """The bytes as they are, nothing between messages."""
    BASE64 = "base64"
    HEX = "hex"
    LENGTH_PREFIXED = "length-prefixed"
    """A four-byte big-endian length before each."""
    NUL = "nul"
    """A NUL byte after each."""


BINARY_HINT = "choose --raw, --base64, --hex, --length-prefixed or -0"
AMBIGUOUS = "a text message holds a newline, so lines are no longer messages: use -0, --length-prefixed or --json"


LARGE = 1 << 18
"""Bytes from which a payload is written by itself: joining it with others would copy it once more."""


class PayloadWriter:
    """Writes received messages, a batch in one write (an essential Sink).

    Where a form allows it, a message that arrives in parts is written in parts, so that its size does not matter.
    OSError of the write passes through; binary in line mode into a pipe is an EnvironmentProblem, with everything
    before it written and nothing of it.
    """

    name = "output"
    is_essential = True

    def __init__(
        self,
        write: Callable[[bytes], object],
        payload_format: PayloadFormat,
        *,
        is_terminal: bool = False,
        admits: Callable[[Event], bool] | None = None,
        note: Callable[[str], object] = lambda _text: None,
        timestamp: Callable[[float], str] | None = None,
    ) -> None:
        self._write = write
        self._admits = admits
        self._note = note
        self._timestamp = timestamp
        self._has_noted = False
        self._terminator = b""
        """What follows a message whose form has something after it."""
        self._encode_part: Callable[[MessageKind, bytes], bytes] | None = None
        """Encodes a part of a message on its own; None where a form needs the whole."""
        self._encode: Callable[[MessageKind, bytes], bytes] = self._encode_with_terminator
        self._choose(payload_format, is_terminal=is_terminal)
        self.interest = Interest.MESSAGES if self._encode_part is None else Interest.PARTS

    def _choose(self, payload_format: PayloadFormat, *, is_terminal: bool) -> None:
        if payload_format is PayloadFormat.LINES and is_terminal:
            self._encode = _encode_on_terminal
        elif payload_format is PayloadFormat.BASE64:
            self._encode = _encode_base64
        elif payload_format is PayloadFormat.LENGTH_PREFIXED:
            self._encode = _encode_prefix
        else:
            self._encode_part, self._terminator = {
                PayloadFormat.LINES: (self._line_part, b"\n"),
                PayloadFormat.HEX: (_hex_part, b"\n"),
                PayloadFormat.NUL: (_unchanged_part, b"\0"),
                PayloadFormat.RAW: (_unchanged_part, b""),
            }[payload_format]

    def accept(self, batch: Batch) -> None:
        """Write the messages of a batch."""
        pieces: list[bytes] = []
        try:
            for event in batch.events:
                kind = type(event)
                if kind is not MessageReceived and kind is not MessagePart:
                    continue
                if self._admits is None or self._admits(event):
                    self._add(event, batch.at, pieces)
        finally:
            if len(pieces) > 1 and max(map(len, pieces)) < LARGE:
                pieces = [b"".join(pieces)]
            for piece in pieces:
                self._write(piece)

    def _add(self, event: Event, at: float, pieces: list[bytes]) -> None:
        if isinstance(event, MessageReceived):
            encoded = self._encode(event.kind, event.payload)
            if self._timestamp is not None:
                pieces.append(self._timestamp(at).encode() + b" ")
            if self._encode is _encode_prefix:
                pieces.append(len(event.payload).to_bytes(4, "big"))
            pieces.append(encoded)
        elif isinstance(event, MessagePart) and self._encode_part is not None:
            encoded = self._encode_part(event.kind, event.data)
            if self._timestamp is not None and event.is_first:
                pieces.append(self._timestamp(at).encode() + b" ")
            pieces.append(encoded)
            if event.is_last and self._terminator:
                pieces.append(self._terminator)

    def close(self) -> None:
        """Nothing is held."""

    def _encode_with_terminator(self, kind: MessageKind, payload: bytes) -> bytes:
        assert self._encode_part is not None  # chosen together with the forms that have one
        encoded = self._encode_part(kind, payload)
        return encoded + self._terminator if self._terminator else encoded

    def _line_part(self, kind: MessageKind, payload: bytes) -> bytes:
        if kind is MessageKind.BINARY:
            raise EnvironmentProblem(
                "output/binary-needs-format",
                "output",
                None,
                "a binary message came, and lines cannot hold it",
                hint=BINARY_HINT,
            )
        if not self._has_noted and b"\n" in payload:
            self._has_noted = True
            self._note(AMBIGUOUS)
        return payload


def _unchanged_part(_kind: MessageKind, payload: bytes) -> bytes:
    return payload


def _hex_part(_kind: MessageKind, payload: bytes) -> bytes:
    return payload.hex().encode()


def _encode_prefix(_kind: MessageKind, payload: bytes) -> bytes:
    """Return the payload alone: its length goes before it as a piece of its own, which spares a large one a copy."""
    return payload


def _encode_on_terminal(kind: MessageKind, payload: bytes) -> bytes:
    if kind is MessageKind.BINARY:
        return "".join(f"{line}\n" for line in hex_dump(payload)).encode()
    return visible(payload.decode("utf-8", "backslashreplace"), newlines=True).encode() + b"\n"


def _encode_base64(_kind: MessageKind, payload: bytes) -> bytes:
    from binascii import b2a_base64

    return b2a_base64(payload)
