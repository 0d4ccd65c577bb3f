"""Packets made up around given bytes, as pcapng: TCP connections with their beginnings, answers and ends.

Each piece of a stream is a segment (or several), acknowledged by the other end. Whoever writes says when.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from wscli.protocol.step import Role
from wscli.record.streams import Endpoint
from wscli.text import visible

_LINK_TYPE_RAW = 101
_NANOSECONDS = b"\x09"
MOST_IN_A_SEGMENT = 65000
"""Payload bytes of a synthesised segment; with its headers it must fit the 16-bit length of an IP packet."""
_COMMENT_LIMIT = 60_000
_FIN, _SYN, _RST, _PSH, _ACK = 0x01, 0x02, 0x04, 0x08, 0x10
_CLIENT, _SERVER = (b"\x0a\x00\x00\x01", 49152), (b"\x0a\x00\x00\x02", 80)
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


class Link:
    """One TCP connection between a client and a server."""

    def __init__(self, client: Endpoint | None = None, server: Endpoint | None = None, at: int | None = None) -> None:
        if client is None or server is None or len(client[0]) != len(server[0]):
            client, server = _CLIENT, _SERVER
        self.ends = {Role.CLIENT: client, Role.SERVER: server}
        self.sequence = {Role.CLIENT: 1000, Role.SERVER: 5000}
        self.connected_at = at
        """When it was connected, in nanoseconds since 1970; None for when its first bytes went."""
        self.is_begun = False
        self.is_over = False


def other(role: Role) -> Role:
    """Return the other end."""
    return Role.SERVER if role is Role.CLIENT else Role.CLIENT


class Packets:
    """Writes packets to a stream, in the order of the calls. Moments are nanoseconds since 1970."""

    def __init__(self, stream: BinaryIO, comment: str) -> None:
        self._stream = stream
        self._comments: list[str] = []
        """What the next packet is given as comments."""
        section = (
            struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _option(1, _comment(comment)) + _option(4, b"wscli") + _END
        )
        interface = struct.pack("<HHI", _LINK_TYPE_RAW, 0, 0) + _option(9, _NANOSECONDS) + _END
        stream.write(_block(0x0A0D0D0A, section) + _block(1, interface))

    def comment(self, text: str) -> None:
        """Give the next packet with payload, or at the end of its connection, a comment."""
        self._comments.append(text)

    def begin(self, at: int, link: Link) -> None:
        """Begin a connection, where it is not."""
        if link.is_begun:
            return
        link.is_begun = True
        at = at if link.connected_at is None else link.connected_at
        comments, self._comments = self._comments, []
        self._segment(at, link, Role.CLIENT, _SYN)
        link.sequence[Role.CLIENT] += 1
        self._segment(at, link, Role.SERVER, _SYN | _ACK)
        link.sequence[Role.SERVER] += 1
        self._segment(at, link, Role.CLIENT, _ACK)
        self._comments = comments

    def send(self, at: int, link: Link, side: Role, data: bytes) -> None:
        """Send bytes of one end."""
        self.begin(at, link)
        for place in range(0, len(data), MOST_IN_A_SEGMENT):
            part = data[place : place + MOST_IN_A_SEGMENT]
            self._segment(at, link, side, _PSH | _ACK, part)
            link.sequence[side] = (link.sequence[side] + len(part)) & 0xFFFFFFFF
        self._segment(at, link, other(side), _ACK)

    def reset(self, at: int, link: Link, side: Role) -> None:
        """End a connection at once."""
        if not link.is_over:
            self.begin(at, link)
            link.is_over = True
            self._segment(at, link, side, _RST | _ACK)

    def finish(self, at: int, link: Link, first: Role) -> None:
        """End a connection in good order."""
        if link.is_over:
            return
        self.begin(at, link)
        link.is_over = True
        for side in (first, other(first)):
            self._segment(at, link, side, _FIN | _ACK)
            link.sequence[side] = (link.sequence[side] + 1) & 0xFFFFFFFF
        self._segment(at, link, first, _ACK)

    def _segment(self, at: int, link: Link, side: Role, flags: int, payload: bytes = b"") -> None:
        source, target = link.ends[side], link.ends[other(side)]
        acknowledged = link.sequence[other(side)] if flags & _ACK else 0
        head = struct.pack(
            ">HHIIBBHHH", source[1], target[1], link.sequence[side], acknowledged, 0x50, flags, 65535, 0, 0
        )
        pseudo = source[0] + target[0] + struct.pack(">HH", 6, len(head) + len(payload))
        tcp = head[:16] + struct.pack(">H", _checksum(pseudo + head + payload)) + head[18:] + payload
        self._packet(at, _internet(source[0], target[0], tcp))

    def _packet(self, at: int, data: bytes) -> None:
        at = max(at, 0)
        head = struct.pack("<IIIII", 0, at >> 32 & 0xFFFFFFFF, at & 0xFFFFFFFF, len(data), len(data))
        options = b"".join(_option(1, _comment(comment)) for comment in self._comments)
        self._comments = []
        padded = data + bytes(-len(data) % 4)
        self._stream.write(_block(6, head + padded + (options + _END if options else b"")))


def _comment(text: str) -> bytes:
    return visible(text).encode()[:_COMMENT_LIMIT]


def _internet(source: bytes, target: bytes, tcp: bytes) -> bytes:
    """Return the IP packet that carries a segment."""
    if len(source) == 16:
        return struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64) + source + target + tcp
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + source + target
    return head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + tcp
