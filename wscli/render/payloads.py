"""The output: payloads of received messages, byte for byte, in the form that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from wscli.errors import EnvironmentProblem
from wscli.events import Batch, Event, Interest, MessageKind, MessagePart, MessageReceived
from wscli.text import hex_dump, visible
from wscli.values import Value


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
HELD = 1 << 20
"""Bytes of a message in parts that are held back, so that one that is cut off leaves no half of itself behind."""


class _Form(Value):
    """How one message is written: a prefix, its payload encoded, a terminator."""

    encode: Callable[[MessageKind, bytes], bytes]
    terminator: bytes = b""
    prefix: Callable[[bytes], bytes] | None = None
    """Made from the whole payload; None for none."""
    is_divisible: bool = False
    """Whether parts of a payload can be encoded one by one."""


def _unchanged(_kind: MessageKind, payload: bytes) -> bytes:
    return payload


def _line(kind: MessageKind, payload: bytes) -> bytes:
    if kind is MessageKind.BINARY:
        reason = "a binary message came, and lines cannot hold it"
        raise EnvironmentProblem("output/binary-needs-format", "output", None, reason, hint=BINARY_HINT)
    return payload


def _for_terminal(kind: MessageKind, payload: bytes) -> bytes:
    if kind is MessageKind.BINARY:
        return "\n".join(hex_dump(payload)).encode()
    return visible(payload.decode("utf-8", "backslashreplace"), newlines=True).encode()


def _hex(_kind: MessageKind, payload: bytes) -> bytes:
    return payload.hex().encode()


def _base64(_kind: MessageKind, payload: bytes) -> bytes:
    from binascii import b2a_base64

    return b2a_base64(payload, newline=False)


def _length(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big")


_FORMS = {
    PayloadFormat.LINES: _Form(_line, b"\n", is_divisible=True),
    PayloadFormat.RAW: _Form(_unchanged, is_divisible=True),
    PayloadFormat.BASE64: _Form(_base64, b"\n"),
    PayloadFormat.HEX: _Form(_hex, b"\n", is_divisible=True),
    PayloadFormat.LENGTH_PREFIXED: _Form(_unchanged, prefix=_length),
    PayloadFormat.NUL: _Form(_unchanged, b"\0", is_divisible=True),
}
_ON_TERMINAL = _Form(_for_terminal, b"\n")
"""Lines and NUL-separated messages on a terminal, where nothing of a peer's gets unescaped but by `--raw`."""


class PayloadWriter:
    """Writes received messages, a batch in one write (an essential Sink).

    Where a form allows it, a large message that arrives in parts is written in parts, so that its size does not matter.
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
        escapes = is_terminal and payload_format in (PayloadFormat.LINES, PayloadFormat.NUL)
        self._form = _ON_TERMINAL if escapes else _FORMS[payload_format]
        self.interest = Interest.PARTS if self._form.is_divisible else Interest.MESSAGES
        self._watches_newlines = payload_format is PayloadFormat.LINES and not is_terminal
        self._held: list[bytes] | None = []
        """The parts so far of a message that is held back; None while one passes through."""
        self._held_size = 0

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
                if isinstance(event, MessageReceived):
                    self._add_message(event.kind, event.payload, batch.at, pieces)
                elif isinstance(event, MessagePart) and self._form.is_divisible:
                    self._add_part(event, batch.at, pieces)
        finally:
            if len(pieces) > 1 and max(map(len, pieces)) < LARGE:
                pieces = [b"".join(pieces)]
            for piece in pieces:
                self._write(piece)

    def close(self) -> None:
        """What is held back belongs to a message that was never whole: it is not written."""

    def _add_message(self, kind: MessageKind, payload: bytes, at: float, pieces: list[bytes]) -> None:
        form = self._form
        encoded = form.encode(kind, payload)
        self._begin(at, pieces)
        if form.prefix is not None:
            pieces.append(form.prefix(payload))
        self._look_for_newlines(payload)
        if len(encoded) < LARGE:
            pieces.append(encoded + form.terminator)
        else:
            pieces.append(encoded)
            self._end(pieces)

    def _add_part(self, part: MessagePart, at: float, pieces: list[bytes]) -> None:
        if part.is_first:
            self._held, self._held_size = [], 0
        if self._held is not None:
            self._held_size += len(part.data)
            self._held.append(part.data)
            if part.is_last:
                self._add_message(part.kind, b"".join(self._held), at, pieces)
            elif self._held_size > HELD or not self._form.terminator:
                self._begin(at, pieces)
                held, self._held = self._held, None
                for data in held:
                    self._pass_on(part.kind, data, pieces)
            return
        self._pass_on(part.kind, part.data, pieces)
        if part.is_last:
            self._end(pieces)

    def _end(self, pieces: list[bytes]) -> None:
        if self._form.terminator:
            pieces.append(self._form.terminator)

    def _pass_on(self, kind: MessageKind, data: bytes, pieces: list[bytes]) -> None:
        self._look_for_newlines(data)
        pieces.append(self._form.encode(kind, data))

    def _begin(self, at: float, pieces: list[bytes]) -> None:
        if self._timestamp is not None:
            pieces.append(self._timestamp(at).encode() + b" ")

    def _look_for_newlines(self, payload: bytes) -> None:
        """Say once that lines no longer tell messages apart."""
        if self._watches_newlines and b"\n" in payload:
            self._watches_newlines = False
            self._note(AMBIGUOUS)
