"""Packets: capture files (pcap, pcapng) block by block, and the TCP segment inside each packet.

Reads what tcpdump, dumpcap and Wireshark write: both byte orders, micro- and nanoseconds, several interfaces; Ethernet
with VLAN tags, loopback, Linux cooked (1 and 2), raw IP; IPv4 with options, IPv6 with extension headers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from wscli.values import Value

PACKET_LIMIT = 1 << 24
"""Bytes of a packet or block; a longer one is a broken file, not a packet."""
INTERFACES_LIMIT = 4096
PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
"""First bytes of a pcap file → its byte order and ticks a second."""
_BLOCKS_BEFORE = 64
PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
_SECTION, _INTERFACE, _SIMPLE, _ENHANCED, _SECRETS = 0x0A0D0D0A, 1, 3, 6, 10
_TICKS_OPTION = 9

NULL, ETHERNET, RAW, RAW_BSD, LOOP, LINUX_SLL, IPV4, IPV6, LINUX_SLL2 = 0, 1, 101, 12, 108, 113, 228, 229, 276
"""Link types (the registry of tcpdump.org)."""
_ETHERTYPES = {0x0800: 4, 0x86DD: 6}
_VLAN = (0x8100, 0x88A8, 0x9100)
UPPER_PDU = 252
"""Packets that tshark exported: what a protocol carried."""
_IPV6_EXTENSIONS = (0, 43, 60, 135)
_FRAGMENT, _TCP = 44, 6


class BrokenCapture(Exception):
    """The file is no capture, or breaks off in a way that nothing after it can be read; says where and why."""


class Packet(Value):
    """One captured packet."""

    number: int
    """In the file, from 1."""
    at: float
    """Seconds since 1970."""
    link_type: int
    data: bytes


class Segment(Value):
    """The TCP segment in a packet (RFC 9293 §3.1)."""

    at: float
    packet: int
    source: tuple[bytes, int]
    """Address and port."""
    target: tuple[bytes, int]
    sequence: int
    flags: int
    payload: bytes
    missing: int = 0
    """Bytes of the payload that the capture cut off."""

    @property
    def is_syn(self) -> bool:
        return bool(self.flags & 0x02)

    @property
    def is_ack(self) -> bool:
        return bool(self.flags & 0x10)

    @property
    def is_fin(self) -> bool:
        return bool(self.flags & 0x01)

    @property
    def is_rst(self) -> bool:
        return bool(self.flags & 0x04)


# --- Files -----------------------------------------------------------------------------------------------------------
def _exactly(stream: BinaryIO, count: int) -> bytes | None:
    """Return so many bytes, fewer only at the end; None where nothing is left."""
    data = stream.read(count)
    return data or None


def iter_packets(stream: BinaryIO, notes: list[str]) -> Iterator[Packet]:
    """Yield the packets of a capture; a note where the file was cut off. BrokenCapture for what cannot be read."""
    magic = stream.read(4)
    if magic in PCAP_MAGICS:
        yield from _iter_pcap(stream, magic, notes)
    elif magic == PCAPNG_MAGIC:
        yield from _iter_pcapng(stream, notes)
    else:
        raise BrokenCapture("it does not begin as a capture does")


def _iter_pcap(stream: BinaryIO, magic: bytes, notes: list[str]) -> Iterator[Packet]:
    order, ticks = PCAP_MAGICS[magic]
    head = stream.read(20)
    if len(head) < 20:
        raise BrokenCapture("it ends inside its header")
    link_type = struct.unpack(order + "HHiIII", head)[5] & 0xFFFF
    number = 0
    while (record := _exactly(stream, 16)) is not None:
        number += 1
        if len(record) < 16:
            notes.append(f"cut off inside packet {number}")
            return
        seconds, part, length, _ = struct.unpack(order + "IIII", record)
        if length > PACKET_LIMIT:
            raise BrokenCapture(f"packet {number} claims {length} bytes")
        data = stream.read(length)
        if len(data) < length:
            notes.append(f"cut off inside packet {number}")
            return
        yield Packet(number, seconds + part / ticks, link_type, data)


class _Section:
    """What the blocks of one pcapng section share."""

    def __init__(self) -> None:
        self.order = "<"
        self.is_begun = False
        self.interfaces: list[tuple[int, float]] = []
        """Link type and seconds a tick."""


def _iter_pcapng(stream: BinaryIO, notes: list[str]) -> Iterator[Packet]:
    section, number, kind_bytes = _Section(), 0, PCAPNG_MAGIC
    while True:
        block = _read_block(stream, kind_bytes, section, number, notes)
        if block is None:
            return
        kind, body = block
        if kind == _INTERFACE:
            _add_interface(section, body)
        elif kind == _ENHANCED:
            number += 1
            packet = _enhanced(section, body, number)
            if packet is not None:
                yield packet
        elif kind == _SIMPLE and section.interfaces:
            number += 1
            yield Packet(number, 0.0, section.interfaces[0][0], body[4:])
        next_kind = _exactly(stream, 4)
        if next_kind is None:
            return
        if len(next_kind) < 4:
            notes.append(f"cut off behind packet {number}")
            return
        kind_bytes = next_kind


def _read_block(
    stream: BinaryIO, kind_bytes: bytes, section: _Section, number: int, notes: list[str]
) -> tuple[int, bytes] | None:
    """Return the kind and body of the block that begins so; None where the file ends inside it, which is noted."""
    length_bytes = stream.read(4)
    lead = b""
    if kind_bytes == PCAPNG_MAGIC:
        lead = stream.read(4)
        if lead == b"\x1a\x2b\x3c\x4d":
            section.order = ">"
        elif lead == b"\x4d\x3c\x2b\x1a":
            section.order = "<"
        elif len(lead) == 4:
            raise BrokenCapture(f"a section behind packet {number} has no byte order")
        section.interfaces, section.is_begun = [], True
    if len(length_bytes) < 4 or (kind_bytes == PCAPNG_MAGIC and len(lead) < 4):
        notes.append(f"cut off behind packet {number}")
        return None
    kind: int = struct.unpack(section.order + "I", kind_bytes)[0]
    length: int = struct.unpack(section.order + "I", length_bytes)[0]
    if length < 12 + len(lead) or length % 4 or length > PACKET_LIMIT:
        raise BrokenCapture(f"a block behind packet {number} claims {length} bytes")
    rest = stream.read(length - 8 - len(lead))
    if len(rest) < length - 8 - len(lead):
        notes.append(f"cut off behind packet {number}")
        return None
    return kind, lead + rest[:-4]


def _add_interface(section: _Section, body: bytes) -> None:
    if len(body) < 8 or len(section.interfaces) >= INTERFACES_LIMIT:
        raise BrokenCapture("an interface is described wrongly")
    link_type: int = struct.unpack(section.order + "H", body[:2])[0]
    tick, place = 1e-6, 8
    while place + 4 <= len(body):
        code, length = struct.unpack(section.order + "HH", body[place : place + 4])
        if code == 0:
            break
        value = body[place + 4 : place + 4 + length]
        if code == _TICKS_OPTION and len(value) == 1:
            tick = 2.0 ** -(value[0] & 0x7F) if value[0] & 0x80 else 10.0 ** -value[0]
        place += 4 + (length + 3) // 4 * 4
    section.interfaces.append((link_type, tick))


def _enhanced(section: _Section, body: bytes, number: int) -> Packet | None:
    if len(body) < 20:
        raise BrokenCapture(f"packet {number} has no header")
    interface, high, low, length, _ = struct.unpack(section.order + "IIIII", body[:20])
    if interface >= len(section.interfaces):
        raise BrokenCapture(f"packet {number} belongs to interface {interface}, which is not described")
    link_type, tick = section.interfaces[interface]
    return Packet(number, ((high << 32) + low) * tick, link_type, body[20 : 20 + length])


def has_secrets(stream: BinaryIO) -> bool:
    """Return whether a pcapng file holds secrets of TLS among its first blocks, where Wireshark puts them."""
    stream.seek(0)
    kind, section, notes = stream.read(4), _Section(), list[str]()
    try:
        for _ in range(_BLOCKS_BEFORE):
            block = _read_block(stream, kind, section, 0, notes) if kind == PCAPNG_MAGIC or section.is_begun else None
            if block is None or block[0] == _SECRETS:
                return block is not None
            kind = stream.read(4)
            if len(kind) < 4:
                return False
    except BrokenCapture:
        pass
    return False


# --- Layers ----------------------------------------------------------------------------------------------------------
def segment_of(packet: Packet) -> Segment | None:
    """Return the TCP segment that a packet carries; None where it carries none, or only a piece of one."""
    found = _internet_packet(packet.link_type, packet.data)
    if found is None:
        return None
    version, data = found
    inner = _from_ipv4(data) if version == 4 else _from_ipv6(data)
    if inner is None:
        return None
    source, target, body, length = inner
    if len(body) < 20:
        return None
    source_port, target_port, sequence = struct.unpack(">HHI", body[:8])
    offset = (body[12] >> 4) * 4
    if offset < 20:
        return None
    # Ethernet fills short packets up: the IP length says where the payload ends.
    payload = body[offset : max(offset, length)]
    return Segment(
        packet.at,
        packet.number,
        (source, source_port),
        (target, target_port),
        sequence,
        body[13],
        payload,
        max(0, length - offset - len(payload)),
    )


def _internet_packet(link_type: int, data: bytes) -> tuple[int, bytes] | None:
    """Return the IP version and packet inside the frame of a link."""
    if link_type == ETHERNET:
        return _behind_ethertype(data, 12)
    if link_type == LINUX_SLL:
        return _behind_ethertype(data, 14)
    if link_type == LINUX_SLL2:
        version = _ETHERTYPES.get(int.from_bytes(data[:2], "big"))
        return None if version is None else (version, data[20:])
    if link_type in (NULL, LOOP):
        data = data[4:]
    elif link_type not in (RAW, RAW_BSD, IPV4, IPV6):
        return None
    version = data[0] >> 4 if data else 0
    return (version, data) if version in (4, 6) else None


def _behind_ethertype(data: bytes, place: int) -> tuple[int, bytes] | None:
    kind = int.from_bytes(data[place : place + 2], "big")
    while kind in _VLAN and place + 6 <= len(data):
        place += 4
        kind = int.from_bytes(data[place : place + 2], "big")
    version = _ETHERTYPES.get(kind)
    return None if version is None else (version, data[place + 2 :])


Inner = tuple[bytes, bytes, bytes, int]
"""Source and target address, what the IP packet carries as far as it was captured, and its whole length."""


def _from_ipv4(data: bytes) -> Inner | None:
    if len(data) < 20 or data[9] != _TCP:
        return None
    header, total = (data[0] & 0x0F) * 4, int.from_bytes(data[2:4], "big")
    is_piece = int.from_bytes(data[6:8], "big") & 0x3FFF
    if header < 20 or is_piece:
        return None
    # Segmentation offload leaves a length of zero: then the packet is as long as it was captured.
    length = (total or len(data)) - header
    return data[12:16], data[16:20], data[header : header + length], length


def _from_ipv6(data: bytes) -> Inner | None:
    if len(data) < 40:
        return None
    kind, place = data[6], 40
    while kind in _IPV6_EXTENSIONS and place + 2 <= len(data):
        kind, place = data[place], place + (data[place + 1] + 1) * 8
    if kind != _TCP:
        return None
    payload = int.from_bytes(data[4:6], "big")
    length = (payload or len(data) - 40) - (place - 40)
    return data[8:24], data[24:40], data[place : place + max(0, length)], length
