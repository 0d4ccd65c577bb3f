"""pcapng as it is written: what tshark reads in it, frame by frame."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.record.sessions import CONNECTED, HEADER, events_of, frames_of, messages_of, opened, sessions, written
from wscli.events import (
    Confidence,
    Connected,
    Event,
    ExchangeAnswered,
    ExchangeSent,
    Finding,
    FrameReceived,
    FrameSent,
    HandshakeRefused,
    MessageKind,
    MessageSent,
    ProbeEnded,
    ProbePart,
    ProbeStarted,
    Purpose,
    RefusalBodyReceived,
    RequestBodyReceived,
    RequestReceived,
    RequestSent,
    ResponseReceived,
    ResponseSent,
    Severity,
    StreamEnd,
    StreamEnded,
    TlsEstablished,
    UnparsedReceived,
)
from wscli.record.reader import read_recording
from wscli.wire.frames import BINARY, CLOSE, PING, TEXT, FrameOrder, encode_frame
from wscli.wire.head import RequestDecoder, RequestHead, ResponseDecoder, ResponseHead

DATA = Path(__file__).parents[1] / "data" / "recordings"
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
FIELDS = (
    "websocket.fin", "websocket.rsv", "websocket.opcode", "websocket.mask", "websocket.payload_length",
    "websocket.payload_length_ext_16", "websocket.payload_length_ext_64", "websocket.masking_key",
)  # fmt: skip
KEY = b"\x01\x02\x03\x04"


def request(raw: bytes) -> RequestHead:
    head = RequestDecoder(65536).feed(raw)
    assert head is not None
    return head


def response(raw: bytes) -> ResponseHead:
    head = ResponseDecoder(65536).feed(raw)
    assert head is not None
    return head


REQUEST = request(
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
RESPONSE = response(
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def tshark(path: Path, *options: str) -> str:
    done = subprocess.run(
        ["tshark", "-n", "-r", str(path), *options], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def dissected(path: Path) -> list[tuple[int, ...]]:
    """Return the frames as tshark sees them: fin, rsv, opcode, masked, length, key."""
    columns = [part for field in FIELDS for part in ("-e", field)]
    frames: list[tuple[int, ...]] = []
    for line in tshark(path, "-Y", "websocket", "-T", "fields", *columns).splitlines():
        fin, rsv, opcode, mask, short, *rest = ([_numbers(part) for part in line.split("\t")] + [[]] * 8)[:8]
        middle, long, keys = map(iter, rest)  # of the frames in a packet only some have these
        for one in zip(fin, rsv, opcode, mask, short, strict=True):
            length = next(middle) if one[4] == 126 else next(long) if one[4] == 127 else one[4]
            frames.append((*one[:4], length, next(keys) if one[3] else -1))
    return frames


def _numbers(text: str) -> list[int]:
    named = {"True": 1, "False": 0}
    return [named[one] if one in named else _number(one) for one in text.split(",") if one]


def _number(text: str) -> int:
    return int(text, 16) if len(text) == 8 and not text.startswith("0x") else int(text, 0)


def expected(events: list[Event]) -> list[tuple[int, ...]]:
    frames = [one.frame for one in events if isinstance(one, (FrameSent, FrameReceived))]
    return [
        (
            int(one.fin),
            one.rsv1 << 2 | one.header[0] >> 4 & 3,
            one.opcode,
            int(one.is_masked),
            len(one.payload),
            -1 if one.mask_key is None else int.from_bytes(one.mask_key, "big"),
        )
        for one in frames
    ]


@needs_tshark
def test_tshark_reports_the_frames_of_a_real_session_field_by_field(tmp_path: Path) -> None:
    with read_recording(str(DATA / "tcpdump.pcap")) as recording:
        events = [event for _, event in recording.iter_events()]
    path = tmp_path / "out.pcapng"
    path.write_bytes(written("pcapng", events))
    assert expected(events) == dissected(path)
    assert expected(events) == dissected(DATA / "tcpdump.pcap")
    path.with_suffix(".gz").write_bytes(gzip.compress(path.read_bytes()))
    assert expected(events) == dissected(path.with_suffix(".gz"))


@needs_tshark
def test_tshark_finds_nothing_wrong_with_packets_and_their_payloads(tmp_path: Path) -> None:
    orders = [
        FrameOrder(TEXT, b"hello", mask_key=KEY),
        FrameOrder(BINARY, bytes(70_000), mask_key=KEY),
        FrameOrder(PING, b"", mask_key=KEY),
        FrameOrder(CLOSE, b"\x03\xe8", mask_key=KEY),
    ]
    events: list[Event] = [CONNECTED, RequestSent(REQUEST), ResponseReceived(RESPONSE)]
    events += [FrameSent(number, encode_frame(order)) for number, order in enumerate(orders, 1)]
    path = tmp_path / "out.pcapng"
    path.write_bytes(written("pcapng", [*events, StreamEnded(StreamEnd.FINISHED)]))
    checked = ("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE")
    assert "" == tshark(path, *checked, "-Y", "_ws.malformed or tcp.checksum.status == 0 or ip.checksum.status == 0")
    assert "" == tshark(path, *checked, "-Y", "tcp.analysis.flags")
    assert "hello\n" == tshark(path, "-Y", "websocket.payload.text", "-T", "fields", "-e", "websocket.payload.text")
    assert expected(events) == dissected(path)


@settings(max_examples=5)
@given(sessions)
@needs_tshark
def test_tshark_reports_the_frames_of_any_session(
    tmp_path_factory: pytest.TempPathFactory, events: list[Event]
) -> None:
    path = tmp_path_factory.mktemp("pcapng") / "out.pcapng"
    path.write_bytes(written("pcapng", events))
    assert expected(events) == dissected(path)


# --- What recordings hold besides ------------------------------------------------------------------------------------
def test_a_recording_of_a_server_is_told_from_its_clients_side() -> None:
    frame = encode_frame(FrameOrder(TEXT, b"hi", mask_key=KEY))
    answer = encode_frame(FrameOrder(TEXT, b"ho"))
    events: list[Event] = [
        Connected("10.0.0.9:1234", "10.0.0.1:80"),
        RequestReceived(REQUEST),
        ResponseSent(RESPONSE),
        FrameReceived(1, frame),
        FrameSent(2, answer),
        StreamEnded(StreamEnd.RESET),
    ]
    seen = events_of(written("pcapng", events))
    assert [(True, frame.raw), (False, answer.raw)] == frames_of(seen)
    assert Connected("10.0.0.1:80", "10.0.0.9:1234") in seen


def test_a_body_in_chunks_is_read_back() -> None:
    head = response(b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n")
    events: list[Event] = [
        CONNECTED, RequestSent(REQUEST), ResponseReceived(head), HandshakeRefused(403, "Forbidden"),
        RefusalBodyReceived(b"go away", is_complete=True), StreamEnded(StreamEnd.FINISHED),
    ]  # fmt: skip
    assert RefusalBodyReceived(b"go away", is_complete=True) in events_of(written("pcapng", events))


def test_connections_of_a_diagnosis_lie_beside_one_another() -> None:
    frame = FrameSent(1, encode_frame(FrameOrder(TEXT, b"hi", mask_key=KEY)))
    second = [Connected("127.0.0.1:8080", "127.0.0.1:50001"), RequestSent(REQUEST), ResponseReceived(RESPONSE)]
    events: list[Event] = [
        ProbeStarted(1, ProbePart.PLAIN, "", "ws://h/"), CONNECTED, RequestSent(REQUEST), ResponseReceived(RESPONSE),
        ProbeStarted(2, ProbePart.SECOND, "", "ws://h/"), *second, StreamEnded(StreamEnd.ABANDONED),
        ProbeEnded(2, "101"), frame, StreamEnded(StreamEnd.FINISHED), ProbeEnded(1, "101"),
    ]  # fmt: skip
    assert [(True, frame.frame.raw)] == frames_of(events_of(written("pcapng", events)))
    said = MessageSent(MessageKind.TEXT, b"hi", (1, 1))
    with opened(written("har", [*events[:-3], said, *events[-3:]])) as recording:
        assert 2 == len(recording.connections)
        assert [(True, MessageKind.TEXT, b"hi")] == messages_of(event for _, event in recording.iter_events())


def test_comments_tell_of_tls_and_deviations() -> None:
    tls = TlsEstablished("TLSv1.3", "x", None, is_verified=True)
    data = written("pcapng", [Connected("/tmp/socket", ""), tls, RequestSent(REQUEST)])
    assert b"this was inside TLSv1.3: it stands here in the clear" in data
    assert b"recorded by wscli 0.1.0 from ws://h/" in data


def test_exchanges_before_the_upgrade_and_what_nobody_decodes_are_on_the_wire() -> None:
    post = request(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n")
    fine = response(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
    events: list[Event] = [
        CONNECTED, ExchangeSent(Purpose.PREFLIGHT, request(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")),
        ExchangeAnswered(Purpose.PREFLIGHT, fine, b"ok", is_complete=True), RequestSent(REQUEST),
        UnparsedReceived(b"\x15\x03"),
        Finding("a/b", "it is so", Severity.ERROR, Confidence.CERTAIN, (), "", "", (), ""),
        StreamEnded(StreamEnd.ABANDONED),
    ]  # fmt: skip
    data = written("pcapng", events)
    assert ExchangeAnswered(Purpose.PREFLIGHT, fine, b"ok", is_complete=True) in events_of(data)
    assert b"a/b: it is so" in data
    served = written("pcapng", [CONNECTED, RequestReceived(post), RequestBodyReceived(b"hi", is_complete=True)])
    assert b"hi" in served
    assert written("pcapng", ()) == written("pcapng", [StreamEnded(StreamEnd.FINISHED)])
    assert b"\0\0\0\0" in written("pcapng", events, HEADER.replace(started="no time"))
