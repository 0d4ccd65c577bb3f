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


class PayloadWriter:
    """Writes received messages, a batch in one write (an essential Sink).

    OSError of the write passes through; binary in line mode into a pipe is an EnvironmentProblem, with everything before
    it written and nothing of it.
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
        self._format = payload_format
        self._is_terminal = is_terminal
        self._admits = admits
        self._note = note
        self._timestamp = timestamp
        self._has_noted = False
        self._encode = self._encoders()[payload_format]
        # Parts pass through as they come only where nothing is put around a message.
        passes_parts = payload_format is PayloadFormat.RAW
        self.interest = Interest.PARTS if passes_parts else Interest.MESSAGES

    def _encoders(self) -> dict[PayloadFormat, Callable[[MessageKind, bytes], bytes]]:
        return {
            PayloadFormat.LINES: self._encode_on_terminal if self._is_terminal else self._encode_line,
            PayloadFormat.RAW: lambda _kind, payload: payload,
            PayloadFormat.BASE64: _encode_base64,
            PayloadFormat.HEX: lambda _kind, payload: payload.hex().encode() + b"\n",
            PayloadFormat.LENGTH_PREFIXED: lambda _kind, payload: len(payload).to_bytes(4, "big") + payload,
            PayloadFormat.NUL: lambda _kind, payload: payload + b"\0",
        }

    def accept(self, batch: Batch) -> None:
        """Write the messages of a batch."""
        pieces: list[bytes] = []
        try:
            for event in batch.events:
                kind = type(event)
                if kind is not MessageReceived and kind is not MessagePart:
                    continue
                if self._admits is not None and not self._admits(event):
                    continue
                if self._timestamp is not None:
                    pieces.append(self._timestamp(batch.at).encode() + b" ")
                self._add(event, pieces)
        finally:
            if pieces:
                self._write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def _add(self, event: Event, pieces: list[bytes]) -> None:
        if isinstance(event, MessageReceived):
            pieces.append(self._encode(event.kind, event.payload))
        elif isinstance(event, MessagePart):
            # Parts come also where another sink asked for them; without framing they only suit RAW.
            pieces.append(event.data)

    def close(self) -> None:
        """Nothing is held."""

    def _encode_line(self, kind: MessageKind, payload: bytes) -> bytes:
        if kind is MessageKind.BINARY:
            raise EnvironmentProblem(
                "output/binary-needs-format",
                "output",
                None,
                f"a binary message of {len(payload)} bytes came, and lines cannot hold it",
                hint=BINARY_HINT,
            )
        if not self._has_noted and b"\n" in payload:
            self._has_noted = True
            self._note(AMBIGUOUS)
        return payload + b"\n"

    def _encode_on_terminal(self, kind: MessageKind, payload: bytes) -> bytes:
        if kind is MessageKind.BINARY:
            return "".join(f"{line}\n" for line in hex_dump(payload)).encode()
        return visible(payload.decode("utf-8", "backslashreplace"), newlines=True).encode() + b"\n"


def _encode_base64(_kind: MessageKind, payload: bytes) -> bytes:
    from binascii import b2a_base64

    return b2a_base64(payload)
