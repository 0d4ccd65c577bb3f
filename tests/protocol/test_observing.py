"""A connection seen from outside comes to the events that the client itself has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.wire_script import fixed_entropy, trace
from wscli.events import (
    DeviationFound,
    Event,
    Interest,
    MessageKind,
    Side,
    StreamEnd,
    UnparsedReceived,
    WebSocketFailed,
)
from wscli.protocol.accepting import build_acceptance
from wscli.protocol.client import ClientConnection
from wscli.protocol.observing import Observer
from wscli.protocol.server import ServerConnection
from wscli.protocol.step import Order, SendBytes, SendClose, SendMessage, SendPing
from wscli.settings import ConnectionSettings, Limits, Liveness
from wscli.wire.deflate import DeflateParameters
from wscli.wire.url import decode_url


def conversation(orders: list[tuple[bool, Order]], *, deflate: bool) -> tuple[list[Event], list[tuple[bool, bytes]]]:
    """Return the client's events of a conversation of our two cores, and the bytes: whether the client's, and them."""
    settings = ConnectionSettings(decode_url("ws://h/"))
    client = ClientConnection(settings, fixed_entropy)
    server = ServerConnection(fixed_entropy, Interest.MESSAGES, Limits(), Liveness())
    events: list[Event] = []
    wire: list[tuple[bool, bytes]] = []

    def bytes_of(step: object) -> bytes:
        return b"".join(effect.data for effect in step.effects if isinstance(effect, SendBytes))  # type: ignore[attr-defined]

    def pass_on(data: bytes, *, of_client: bool) -> None:
        while data:
            wire.append((of_client, data))
            if of_client:
                data = bytes_of(server.receive(data, 0.0))
            else:
                step = client.receive(data, 0.0)
                events.extend(step.events)
                data = bytes_of(step)
            of_client = not of_client

    server.start(0.0)
    begun = client.start(0.0)
    events += begun.events
    wire.append((True, bytes_of(begun)))
    server.receive(bytes_of(begun), 0.0)
    assert server.request is not None
    acceptance = build_acceptance(server.request, subprotocols=(), deflate=DeflateParameters() if deflate else None)
    pass_on(bytes_of(server.accept(acceptance, 0.0)), of_client=False)
    for of_client, order in orders:
        if of_client:
            step = client.send((order,), 0.0)
            events += step.events
            pass_on(bytes_of(step), of_client=True)
        else:
            pass_on(bytes_of(server.send((order,), 0.0)), of_client=False)
    events += client.receive_eof(0.0, StreamEnd.FINISHED).events
    return events, wire


payloads = st.one_of(st.text(max_size=40).map(str.encode), st.just(b"again and again " * 20))
orders = st.lists(
    st.tuples(
        st.booleans(),
        st.one_of(
            st.builds(SendMessage, st.just(MessageKind.TEXT), payloads, st.sampled_from(((), (3, 4)))),
            st.builds(SendMessage, st.just(MessageKind.BINARY), st.binary(max_size=200)),
            st.builds(SendPing, st.binary(max_size=10)),
        ),
    ),
    max_size=8,
)


@given(orders, st.booleans(), st.booleans())
def test_what_is_seen_from_outside_is_what_the_client_saw(
    said: list[tuple[bool, Order]], deflate: bool, client_closes: bool
) -> None:
    events, wire = conversation([*said, (client_closes, SendClose(1001, "done"))], deflate=deflate)
    observer = Observer()
    seen: list[Event] = []
    for of_client, data in wire:
        seen += observer.sent(data, 0.0) if of_client else observer.received(data, 0.0)
    seen += observer.ended(StreamEnd.FINISHED, 0.0)
    assert trace(tuple(events)) == trace(tuple(seen))


@given(orders, st.booleans(), st.data())
def test_chopping_changes_nothing(said: list[tuple[bool, Order]], deflate: bool, data: st.DataObject) -> None:
    _, wire = conversation([*said, (True, SendClose(1000))], deflate=deflate)
    whole, chopped = Observer(), Observer()
    expected: list[Event] = []
    seen: list[Event] = []
    for of_client, said_bytes in wire:
        expected += whole.sent(said_bytes, 0.0) if of_client else whole.received(said_bytes, 0.0)
        while said_bytes:
            cut = data.draw(st.integers(1, len(said_bytes)))
            part, said_bytes = said_bytes[:cut], said_bytes[cut:]  # noqa: PLW2901
            seen += chopped.sent(part, 0.0) if of_client else chopped.received(part, 0.0)
    assert expected == seen


# --- What goes wrong -------------------------------------------------------------------------------------------------
BROKEN = (b"\x81\x85abcdhello", b"\x81\x02\xff\xfe", b"\x83\x00", b"\xc1\x00", b"\x09\x00", b"\x88\x01\x03")


@given(st.sampled_from(BROKEN), st.booleans())
def test_that_the_client_failed_is_told_as_the_client_tells_it(broken: bytes, in_pieces: bool) -> None:
    settings = ConnectionSettings(decode_url("ws://h/"))
    client = ClientConnection(settings, fixed_entropy)
    observer = Observer()
    server = ServerConnection(fixed_entropy, Interest.MESSAGES, Limits(), Liveness())
    request = b"".join(one.data for one in client.start(0.0).effects if isinstance(one, SendBytes))
    server.start(0.0)
    server.receive(request, 0.0)
    assert server.request is not None
    accepted = server.accept(build_acceptance(server.request, subprotocols=(), deflate=None), 0.0)
    answer = b"".join(one.data for one in accepted.effects if isinstance(one, SendBytes))
    observer.sent(request, 0.0)
    failed: list[Event] = []
    seen: list[Event] = []
    pieces = [answer, *(bytes((one,)) for one in broken)] if in_pieces else [answer + broken]
    for piece in pieces:
        step = client.receive(piece, 0.0)
        seen += observer.received(piece, 0.0)
        failed += step.events
        for effect in step.effects:
            if isinstance(effect, SendBytes):
                seen += observer.sent(effect.data, 0.0)
    [expected] = [event for event in failed if isinstance(event, WebSocketFailed)]
    [found] = [event for event in seen if isinstance(event, WebSocketFailed)]
    assert (expected.code, expected.deviation.kind) == (found.code, found.deviation.kind)


def test_a_close_that_does_not_speak_of_broken_rules_is_no_failure() -> None:
    observer = Observer(is_mid_stream=True)
    observer.received(b"\x81\x05hello\x83\x00", 0.0)
    observer.received(b"\x83\x00", 0.0)
    events = observer.sent(b"\x88\x82\x00\x00\x00\x00\x03\xe8", 0.0)
    assert not any(isinstance(event, WebSocketFailed) for event in events)


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=50)), max_size=8), st.booleans())
def test_no_bytes_do_harm(said: list[tuple[bool, bytes]], is_mid_stream: bool) -> None:
    observer = Observer(is_mid_stream=is_mid_stream)
    for of_client, data in said:
        observer.sent(data, 0.0) if of_client else observer.received(data, 0.0)
        if data[:1] == b"\x00":
            observer.lost(Side.LOCAL if of_client else Side.REMOTE, 0.0)
    observer.ended(StreamEnd.FINISHED, 0.0)


def test_what_a_server_says_before_any_request_waits_for_it() -> None:
    observer = Observer()
    assert [] == observer.received(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 0.0)
    names = [
        type(one).__name__ for one in observer.sent(b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n", 1.0)
    ]
    assert ["RequestSent", "ResponseReceived", "HandshakeRefused", "RefusalBodyReceived"] == names


def test_a_client_that_speaks_no_http_is_followed_no_further() -> None:
    observer = Observer()
    assert [] == observer.sent(b"\x00\x01\x02hello", 0.0)
    assert [] == observer.sent(b"more", 0.0)
    assert [UnparsedReceived(b"SSH-2.0\r\n")] == observer.received(b"SSH-2.0\r\n", 0.0)


def test_ordinary_requests_and_interim_answers_come_before_the_upgrade() -> None:
    observer = Observer()
    upgrade = b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n"
    events = observer.sent(b"POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nbo", 0.0)
    events += observer.sent(b"dy" + upgrade, 0.0)
    events += observer.received(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", 0.0)
    events += observer.received(b"kHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 401 Unauthorized\r\n\r\nbody", 0.0)
    events += observer.ended(StreamEnd.FINISHED, 0.0)
    assert [
        "ExchangeSent", "RequestSent", "ExchangeAnswered", "InterimReceived", "ResponseReceived", "HandshakeRefused",
        "RefusalBodyReceived", "StreamEnded", "SessionEnded",
    ] == [type(event).__name__ for event in events]  # fmt: skip


def test_what_the_client_sends_before_the_answer_waits_for_it() -> None:
    observer = Observer()
    observer.sent(b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n\x81\x80\0\0\0\0", 0.0)
    events = observer.received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x00", 0.0)
    names = [type(event).__name__ for event in events]
    assert ["FrameSent", "MessageSent", "FrameReceived", "MessageReceived"] == names[-4:]
    assert observer.is_open


def test_a_server_that_speaks_no_http_is_told() -> None:
    observer = Observer()
    observer.sent(b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n", 0.0)
    names = [type(event).__name__ for event in observer.received(b"\x15\x03\x01\x00\x02\x02\x46", 0.0)]
    assert ["HandshakeInvalid", "UnparsedReceived"] == names


def test_a_gap_before_the_upgrade_ends_what_can_be_read() -> None:
    observer = Observer()
    observer.sent(b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n", 0.0)
    observer.lost(Side.REMOTE, 0.0)
    assert [UnparsedReceived(b"HTTP/1.1 101")] == observer.received(b"HTTP/1.1 101", 0.0)


def test_deviations_of_messages_name_the_frame_by_its_number_in_the_session() -> None:
    observer = Observer(is_mid_stream=True)
    observer.sent(b"\x81\x80\0\0\0\0\x81\x80\0\0\0\0", 0.0)
    [found] = [one for one in observer.received(b"\x81\x01\xff", 0.0) if isinstance(one, DeviationFound)]
    assert "message from frame 3" == found.place
