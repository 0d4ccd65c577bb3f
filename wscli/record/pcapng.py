"""Recordings as pcapng: packets made up around the exact bytes, so that Wireshark and tshark dissect the session.

The TCP connection is synthesised: its handshake, a segment (or several) for each head, body and frame at its moment,
each acknowledged, and its end. What was inside TLS stands there in the clear, on its own port; a comment says so.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from wscli import events as e
from wscli.events import Batch, Event, Interest, Side, StreamEnd
from wscli.record.header import RecordingHeader
from wscli.text import visible

_LINK_TYPE_RAW = 101
_NANOSECONDS = b"\x09"
MOST_IN_A_SEGMENT = 65000
"""Payload bytes of a synthesised segment; with its headers it must fit the 16-bit length of an IP packet."""
_FIN, _SYN, _RST, _PSH, _ACK = 0x01, 0x02, 0x04, 0x08, 0x10
CLIENT, SERVER = (b"\x0a\x00\x00\x01", 49152), (b"\x0a\x00\x00\x02", 80)
"""Addresses where the recording has none."""


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


_END = b"\0\0\0\0"


def _checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class PcapngWriter:
    """Writes a session as pcapng (a Sink)."""

    name = "recording"
    interest = Interest.FRAMES
    is_essential = False

    def __init__(self, stream: BinaryIO, header: RecordingHeader, closes: tuple[BinaryIO, ...] = ()) -> None:
        self._stream = stream
        self._closes = closes
        self._begun = _nanoseconds(header.started)
        self._client, self._server = CLIENT, SERVER
        self._sequence = {Side.LOCAL: 1000, Side.REMOTE: 5000}
        self._is_connected = False
        self._is_ended = False
        self._comments: list[str] = []
        application = _option(4, b"wscli")
        comment = _option(1, f"recorded by {visible(header.tool)} from {visible(header.url)}".encode())
        section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + comment + application + _END
        interface = struct.pack("<HHI", _LINK_TYPE_RAW, 0, 0) + _option(9, _NANOSECONDS) + _END
        stream.write(_block(0x0A0D0D0A, section) + _block(1, interface))

    # --- The sink ----------------------------------------------------------------------------------------------------
    def accept(self, batch: Batch) -> None:
        """Write what a batch put on the wire; OSError where the stream fails."""
        at = self._begun + round(batch.at * 1e9)
        for event in batch.events:
            self._take(at, event)
        self._stream.flush()

    def close(self) -> None:
        """Close what is ours."""
        streams, self._closes = self._closes, ()
        for stream in streams:
            stream.close()

    def _take(self, at: int, event: Event) -> None:
        if isinstance(event, e.Connected):
            self._connect(at, event)
        elif isinstance(event, e.TlsEstablished):
            self._comments.append(f"this was inside {visible(event.version)}: it stands here in the clear")
        elif isinstance(event, e.Finding):
            self._comments.append(f"{event.rule}: {visible(event.summary)}")
        elif isinstance(event, e.StreamEnded):
            self._end(at, event.how)
        else:
            for side, data, note in _on_the_wire(event):
                self._send(at, side, data, note)

    # --- TCP ---------------------------------------------------------------------------------------------------------
    def _connect(self, at: int, event: e.Connected | None) -> None:
        if event is not None:
            self._client = _endpoint(event.local_address, CLIENT)
            self._server = _endpoint(event.address, SERVER)
            if len(self._client[0]) != len(self._server[0]):
                self._client, self._server = CLIENT, SERVER
        self._sequence = {Side.LOCAL: 1000, Side.REMOTE: 5000}
        self._is_connected, self._is_ended = True, False
        self._segment(at, Side.LOCAL, _SYN)
        self._sequence[Side.LOCAL] += 1
        self._segment(at, Side.REMOTE, _SYN | _ACK)
        self._sequence[Side.REMOTE] += 1
        self._segment(at, Side.LOCAL, _ACK)

    def _send(self, at: int, side: Side, data: bytes, note: str) -> None:
        if not self._is_connected:
            self._connect(at, None)
        if note:
            self._comments.append(note)
        for place in range(0, len(data), MOST_IN_A_SEGMENT):
            part = data[place : place + MOST_IN_A_SEGMENT]
            self._segment(at, side, _PSH | _ACK, part)
            self._sequence[side] = (self._sequence[side] + len(part)) & 0xFFFFFFFF
        self._segment(at, Side.REMOTE if side is Side.LOCAL else Side.LOCAL, _ACK)

    def _end(self, at: int, how: StreamEnd) -> None:
        if not self._is_connected or self._is_ended:
            return
        self._is_ended = True
        if how is StreamEnd.RESET:
            self._segment(at, Side.REMOTE, _RST | _ACK)
            return
        first, second = (Side.LOCAL, Side.REMOTE) if how is StreamEnd.ABANDONED else (Side.REMOTE, Side.LOCAL)
        for side in (first, second):
            self._segment(at, side, _FIN | _ACK)
            self._sequence[side] = (self._sequence[side] + 1) & 0xFFFFFFFF
        self._segment(at, first, _ACK)

    def _segment(self, at: int, side: Side, flags: int, payload: bytes = b"") -> None:
        source, target = (self._client, self._server) if side is Side.LOCAL else (self._server, self._client)
        other = Side.REMOTE if side is Side.LOCAL else Side.LOCAL
        acknowledged = self._sequence[other] if flags & _ACK else 0
        head = struct.pack(
            ">HHIIBBHHH", source[1], target[1], self._sequence[side], acknowledged, 0x50, flags, 65535, 0, 0
        )
        pseudo = source[0] + target[0] + struct.pack(">HH", 6, len(head) + len(payload))
        total = _checksum(pseudo + head + payload)
        tcp = head[:16] + struct.pack(">H", total) + head[18:] + payload
        self._packet(at, _internet(source[0], target[0], tcp))

    def _packet(self, at: int, data: bytes) -> None:
        head = struct.pack("<IIIII", 0, at >> 32, at & 0xFFFFFFFF, len(data), len(data))
        options = b"".join(_option(1, comment.encode()) for comment in self._comments)
        self._comments = []
        padded = data + bytes(-len(data) % 4)
        self._stream.write(_block(6, head + padded + (options + _END if options else b"")))


def _internet(source: bytes, target: bytes, tcp: bytes) -> bytes:
    """Return the IP packet that carries a segment."""
    if len(source) == 16:
        return struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64) + source + target + tcp
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + source + target
    return head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + tcp


def _on_the_wire(event: Event) -> list[tuple[Side, bytes, str]]:
    """Return who put which bytes on the wire, and a comment; nothing for events that did not."""
    match event:
        case e.RequestSent(head=head) | e.ExchangeSent(head=head):
            return [(Side.LOCAL, head.raw, "")]
        case e.ResponseReceived(head=head) | e.InterimReceived(head=head):
            return [(Side.REMOTE, head.raw, "")]
        case e.ExchangeAnswered(head=head, body=body):
            return [(Side.REMOTE, head.raw + body, "")]
        case e.RefusalBodyReceived(body=body):
            return [(Side.REMOTE, body, "")] if body else []
        case e.UnparsedReceived(data=data):
            return [(Side.REMOTE, data, "")]
        case e.FrameReceived(frame=frame) | e.FrameSent(frame=frame):
            side = Side.REMOTE if isinstance(event, e.FrameReceived) else Side.LOCAL
            found = ", ".join(one.kind.code for one in frame.deviations)
            return [(side, frame.raw, f"frame {event.number}: {found}" if found else "")]
        case _:
            return []


def _endpoint(text: str, otherwise: tuple[bytes, int]) -> tuple[bytes, int]:
    """Return the address and port of `127.0.0.1:80` or `[::1]:80`; another for a Unix socket's path."""
    from ipaddress import ip_address

    host, _, port = text.rpartition(":")
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
        return address.packed, int(port) & 0xFFFF
    except ValueError:
        return otherwise


def _nanoseconds(started: str) -> int:
    """Return a moment in ISO 8601 as nanoseconds since 1970; 0 where it is none."""
    from datetime import datetime

    try:
        return round(datetime.fromisoformat(started).timestamp() * 1000) * 1_000_000
    except (ValueError, OverflowError, OSError):
        return 0


def write(stream: BinaryIO, header: RecordingHeader, closes: tuple[BinaryIO, ...] = ()) -> PcapngWriter:
    """Return a sink that writes a session to a stream."""
    return PcapngWriter(stream, header, closes)
