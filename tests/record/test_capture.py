"""Captures: links, addresses, byte orders, TCP as it comes, connections that began before; real ones and made ones."""

from __future__ import annotations

import io
import shutil
import struct
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.record.sessions import events_of, frames_of, messages_of, opened, sessions, written
from wscli.errors import EnvironmentProblem
from wscli.events import Event, FrameReceived, MessageReceived, MessageSent, Opened, RequestSent, StreamEnd, StreamEnded
from wscli.protocol.step import Role
from wscli.record.packets import iter_packets, segment_of
from wscli.record.reader import read_recording
from wscli.record.synthesis import Link, Packets

DATA = Path(__file__).parents[1] / "data" / "recordings"
REQUEST = (
    b"GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
HELLO = b"\x81\x05hello"
MASKED = b"\x81\x85\x01\x02\x03\x04" + bytes(a ^ b for a, b in zip(b"hello", b"\x01\x02\x03\x04\x01", strict=True))
CLIENT, SERVER = Role.CLIENT, Role.SERVER


def capture(*said: tuple[Role, bytes], link: Link | None = None) -> bytes:
    """Return a capture of a connection in which this was said."""
    stream = io.BytesIO()
    packets, link = Packets(stream, ""), link or Link()
    for at, (role, data) in enumerate(said):
        packets.send(at * 10**9, link, role, data)
    return stream.getvalue()


def packets_of(data: bytes) -> list[bytes]:
    """Return the IP packets of a capture."""
    return [packet.data for packet in iter_packets(io.BytesIO(data), [])]


def pcap(packets: list[bytes], link_type: int = 101, order: str = "<", magic: int = 0xA1B2C3D4) -> bytes:
    """Return a pcap file of packets, a second after one another."""
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    return head + b"".join(
        struct.pack(order + "IIII", at, 500_000, len(one), len(one)) + one for at, one in enumerate(packets)
    )


SAID = ((CLIENT, REQUEST), (SERVER, RESPONSE), (CLIENT, MASKED), (SERVER, HELLO))
WHOLE = capture(*SAID)
PACKETS = packets_of(WHOLE)


def texts(events: list[Event]) -> list[tuple[str, bytes]]:
    return [(type(one).__name__, one.payload) for one in events if isinstance(one, (MessageSent, MessageReceived))]


BOTH = [("MessageSent", b"hello"), ("MessageReceived", b"hello")]


# --- Files and links -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D])
def test_pcap_is_read_in_both_byte_orders_and_both_units_of_time(order: str, magic: int) -> None:
    with opened(pcap(PACKETS, 101, order, magic)) as recording:
        events = list(recording.iter_events())
        assert BOTH == texts([event for _, event in events])
        assert recording.header.started.startswith("1970-01-01T00:00:00.5" if magic == 0xA1B2C3D4 else "1970-01-01T00")


LINKS = {
    "null": (0, b"\x02\0\0\0"),
    "loop": (108, b"\0\0\0\x02"),
    "raw": (101, b""),
    "raw-bsd": (12, b""),
    "ipv4": (228, b""),
    "ethernet": (1, bytes(12) + b"\x08\0"),
    "vlan": (1, bytes(12) + b"\x81\0\0\x05\x08\0"),
    "two-vlans": (1, bytes(12) + b"\x88\xa8\0\x05\x81\0\0\x06\x08\0"),
    "cooked": (113, bytes(14) + b"\x08\0"),
    "cooked-2": (276, b"\x08\0" + bytes(18)),
}


@pytest.mark.parametrize("name", LINKS)
def test_each_kind_of_link_is_read(name: str) -> None:
    kind, head = LINKS[name]
    assert BOTH == texts(events_of(pcap([head + packet for packet in PACKETS], kind)))


def test_ethernet_padding_is_no_payload() -> None:
    head = bytes(12) + b"\x08\0"
    assert BOTH == texts(events_of(pcap([(head + one).ljust(90, b"\xaa") for one in PACKETS], 1)))


def test_ipv6_is_read_with_extension_headers() -> None:
    link = Link((b"\x20\x01" + bytes(13) + b"\x01", 50000), (b"\x20\x01" + bytes(13) + b"\x02", 80))
    packets = packets_of(capture(*SAID, link=link))
    longer = [
        one[:4] + struct.pack(">H", len(one) - 40 + 8) + b"\0" + one[7:40] + b"\x06\0" + bytes(6) + one[40:]
        for one in packets
    ]
    assert BOTH == texts(events_of(pcap(packets)))
    with opened(pcap(longer)) as recording:
        assert BOTH == texts([event for _, event in recording.iter_events()])
        assert ("[2001::1]:50000 to [2001::2]:80, /chat",) == recording.connections


def test_what_is_no_tcp_is_passed_over() -> None:
    others = [b"", b"\x45", b"\x45" + bytes(8) + b"\x11" + bytes(30), b"\x60" + bytes(50), PACKETS[0][:30]]
    fragment = PACKETS[3][:6] + b"\x20\x00" + PACKETS[3][8:]
    assert BOTH == texts(events_of(pcap([*others, fragment, *PACKETS, *others])))


# --- TCP as it comes -------------------------------------------------------------------------------------------------
def test_order_does_not_matter_nor_does_what_comes_twice() -> None:
    begun, (first, second, third) = PACKETS[:3], [one for one in PACKETS if segment_of_raw(one)][:3]
    for order in permutations((first, second, third)):
        assert [("MessageSent", b"hello")] == texts(events_of(pcap([*begun, *order, *order])))


def segment_of_raw(data: bytes) -> bytes:
    """Return the payload of an IP packet."""
    [packet] = iter_packets(io.BytesIO(pcap([data])), [])
    segment = segment_of(packet)
    return b"" if segment is None else segment.payload


@given(sessions, st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_packets_gives_the_same_messages_of_each_side(
    events: list[Event], chance: object
) -> None:
    data = written("pcapng", events)
    packets = packets_of(data)
    shuffled = packets[:3] + [one for one in packets[3:] for _ in range(chance.randint(1, 2))]  # type: ignore[attr-defined]
    for place in range(3, len(shuffled) - 1):
        if chance.random() < 0.3:  # type: ignore[attr-defined]
            shuffled[place], shuffled[place + 1] = shuffled[place + 1], shuffled[place]
    seen = events_of(pcap(shuffled))
    for is_sent in (True, False):
        expected = [one for one in messages_of(events) if one[0] is is_sent]
        assert expected == [one for one in messages_of(seen) if one[0] is is_sent]


def test_connections_that_go_at_the_same_time_are_told_apart() -> None:
    other = Link((b"\x0a\0\0\x03", 4000), (b"\x0a\0\0\x02", 80))
    second = packets_of(capture((CLIENT, REQUEST), (SERVER, RESPONSE), (SERVER, b"\x81\x02hi"), link=other))
    mixed = [one for pair in zip(PACKETS, second, strict=False) for one in pair] + PACKETS[len(second) :]
    with opened(pcap(mixed)) as recording:
        assert 2 == len(recording.connections)
        assert "2 connections in it" in recording.notes[0]
        assert BOTH == texts([event for _, event in recording.iter_events()])
    with opened(pcap(mixed), 2) as recording:
        assert [("MessageReceived", b"hi")] == texts([event for _, event in recording.iter_events()])
    with pytest.raises(EnvironmentProblem, match="no connection 3 in it, only 2"):
        opened(pcap(mixed), 3)


def test_a_gap_is_said_and_what_follows_is_found_again() -> None:
    data = capture(*SAID, (SERVER, b"\x82\x04lost"), (SERVER, b"\x81\x05after"), (SERVER, b"\x89\x01p"))
    packets = [one for one in packets_of(data) if segment_of_raw(one) != b"\x82\x04lost"]
    with opened(pcap(packets)) as recording:
        events = [event for _, event in recording.iter_events()]
        assert [*BOTH, ("MessageReceived", b"after")] == texts(events)
        assert "bytes are missing in the capture" in recording.notes[0]
        assert not any(one.frame.deviations for one in events if isinstance(one, FrameReceived))


def test_packets_that_were_cut_by_the_snapshot_length_are_gaps() -> None:
    long = capture(*SAID, (SERVER, b"\x82\x7e\x01\x00" + bytes(256)), (SERVER, b"\x81\x05after"))
    assert [*BOTH, ("MessageReceived", b"after")] == texts(events_of(pcap([one[:200] for one in packets_of(long)])))


def test_a_connection_that_was_open_before_is_found_again_and_said_so() -> None:
    said = capture((SERVER, HELLO), (CLIENT, MASKED), (SERVER, b"\xc1\x03\xf2\x48\x00"))
    with opened(pcap(packets_of(said)[3:])) as recording:
        events = [event for _, event in recording.iter_events()]
        notes = " ".join(recording.notes)
    assert [("MessageReceived", b"hello"), ("MessageSent", b"hello")] == texts(events)
    assert "open before the capture began" in notes
    assert "RSV1 may be compressed" in notes
    assert not any(isinstance(event, (Opened, RequestSent)) for event in events)


def test_a_reset_ends_the_stream_so() -> None:
    stream = io.BytesIO()
    packets, link = Packets(stream, ""), Link()
    for role, data in SAID:
        packets.send(0, link, role, data)
    packets.reset(0, link, SERVER)
    ends = [event.how for event in events_of(stream.getvalue()) if isinstance(event, StreamEnded)]
    assert [StreamEnd.RESET] == ends


def test_ports_that_are_used_again_are_another_connection() -> None:
    again = packets_of(capture((CLIENT, REQUEST), (SERVER, RESPONSE), (SERVER, b"\x81\x02hi")))
    moved = [one[:24] + struct.pack(">I", struct.unpack(">I", one[24:28])[0] + 100_000) + one[28:] for one in again]
    with opened(pcap(PACKETS + moved)) as recording:
        assert 2 == len(recording.connections)


# --- Broken ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (WHOLE[:4], "there is no WebSocket connection"),
        (pcap([])[:20], "it ends inside its header"),
        (pcap([]) + struct.pack("<IIII", 0, 0, 1 << 30, 1 << 30), "packet 1 claims 1073741824 bytes"),
        (WHOLE[:8] + b"\0\0\0\0" + WHOLE[12:], "has no byte order"),
        (WHOLE[:4] + b"\xff\xff\xff\x7f" + WHOLE[8:], "claims 2147483647 bytes"),
        (pcap([]), "0 TCP connections"),
        (pcap(packets_of(capture((CLIENT, b"\x16\x03\x01\x02\0")))), "1 TCP connection, 1 of them TLS"),
        (pcap(packets_of(capture((CLIENT, b"\0\1\2\3" * 9), (SERVER, b"SSH-2.0\r\n")))), "1 TCP connection"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(data: bytes, reason: str) -> None:
    with pytest.raises(EnvironmentProblem, match=reason):
        opened(data)


def test_a_block_of_an_absurd_length_in_the_middle_leaves_what_is_before() -> None:
    with opened(WHOLE + struct.pack("<II", 6, 1 << 31)) as recording:
        assert BOTH == texts([event for _, event in recording.iter_events()])
        assert ["a block behind packet 11 claims 2147483648 bytes: what comes before it was read"] == recording.notes


def test_a_capture_can_be_read_again() -> None:
    with opened(WHOLE[:-10]) as recording:
        first, notes = list(recording.iter_events()), list(recording.notes)
        assert first == list(recording.iter_events())
        assert notes == recording.notes


# --- Real ones -------------------------------------------------------------------------------------------------------
REAL = [
    ("MessageReceived", 22), ("MessageSent", 300), ("MessageReceived", 300), ("MessageSent", 76800),
    ("MessageReceived", 76800), ("MessageSent", 17), ("MessageReceived", 17), ("MessageSent", 3),
    ("MessageReceived", 3),
]  # fmt: skip
"""What the session said that tcpdump captured: fragments, deflate, Pings between."""


@pytest.mark.parametrize("name", ["tcpdump.pcap", "tcpdump-any.pcap"])
def test_what_tcpdump_captured_is_read(name: str) -> None:
    with read_recording(str(DATA / name)) as recording:
        events = [event for _, event in recording.iter_events()]
        assert REAL == [(kind, len(payload)) for kind, payload in texts(events)]
        assert [] == recording.notes
    assert 21 == len(frames_of(events))


needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


@needs_tshark
def test_tls_is_read_with_its_key_log() -> None:
    with read_recording(str(DATA / "tcpdump-tls.pcap"), keylog=str(DATA / "tcpdump-tls.keys")) as recording:
        pairs = list(recording.iter_events())
        assert "wss://127.0.0.1:28732/secret" == recording.header.url
    assert REAL == [(kind, len(payload)) for kind, payload in texts([event for _, event in pairs])]
    moments = [at for at, _ in pairs]
    assert sorted(moments) == moments
    assert moments[0] < moments[-1] < 2


@needs_tshark
def test_keys_of_another_session_open_nothing(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_bytes(b"CLIENT_RANDOM " + b"00" * 32 + b" " + b"00" * 48 + b"\n")
    with pytest.raises(EnvironmentProblem, match="not opened by these keys"):
        read_recording(str(DATA / "tcpdump-tls.pcap"), keylog=str(keys))
    with pytest.raises(EnvironmentProblem, match=r"the key log `.*` cannot be read: No such file"):
        read_recording(str(DATA / "tcpdump-tls.pcap"), keylog=str(tmp_path / "none"))


def test_tls_without_tshark_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(EnvironmentProblem, match="tshark, which is not installed") as caught:
        read_recording(str(DATA / "tcpdump-tls.pcap"), keylog=str(DATA / "tcpdump-tls.keys"))
    assert "apt install tshark" in str(caught.value.hint)


def test_tls_without_keys_says_how() -> None:
    with pytest.raises(EnvironmentProblem, match="1 of them TLS") as caught:
        read_recording(str(DATA / "tcpdump-tls.pcap"))
    assert "--keylog" in str(caught.value.hint)


# --- Blocks of pcapng ------------------------------------------------------------------------------------------------
def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("option", [b"", b"\x09\x00\x01\x00\x83\0\0\0", b"\x09\x01\x00\x00"])
def test_pcapng_is_read_in_both_byte_orders_with_any_unit_of_time(order: str, option: bytes) -> None:
    interface = block(1, struct.pack(order + "HHI", 101, 0, 0) + option, order)
    other = block(99, b"of somebody else", order)
    packets = [
        block(6, struct.pack(order + "IIIII", 0, 0, at, len(one), len(one)) + one, order)
        for at, one in enumerate(PACKETS)
    ]
    assert BOTH == texts(events_of(section(order) + interface + other + b"".join(packets)))


def test_simple_packets_are_read() -> None:
    interface = block(1, struct.pack("<HHI", 101, 0, 0))
    packets = [block(3, struct.pack("<I", len(one)) + one) for one in PACKETS]
    assert BOTH == texts(events_of(section() + interface + b"".join(packets)))


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        (block(1, b"\0"), "an interface is described wrongly"),
        (block(6, b"\0"), "packet 1 has no header"),
        (block(6, bytes(20)), "packet 1 belongs to interface 0, which is not described"),
    ],
)
def test_blocks_that_do_not_fit_are_said(blocks: bytes, reason: str) -> None:
    with pytest.raises(EnvironmentProblem, match=reason):
        opened(section() + blocks)


def test_tcp_heads_that_are_none_are_passed_over() -> None:
    short = PACKETS[0][:32] + b"\x10" + PACKETS[0][33:]
    link = (b"\x08\x06" + bytes(18) + PACKETS[0], 276)
    assert BOTH == texts(events_of(pcap([short, *PACKETS])))
    with pytest.raises(EnvironmentProblem):
        opened(pcap([link[0]], link[1]))
    with pytest.raises(EnvironmentProblem):
        opened(pcap(PACKETS, 147))
