"""The server's core: requests one after the other, answers in their order, the ways it ends."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire_script import effects, fixed_entropy, sent, trace, wire
from wscli.events import Interest, MessageKind, RequestReceived, StreamEnd
from wscli.protocol.accepting import build_acceptance
from wscli.protocol.exchange import Response
from wscli.protocol.server import LINGER, ServerConnection
from wscli.protocol.states import State
from wscli.protocol.step import SendClose, SendMessage, Step
from wscli.settings import Limits

GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PAGE = Response(200, "OK", (("X", "y"),), b"page\n")
STREAM = Response(200, "OK", is_streamed=True)


def server(**limits: object) -> ServerConnection:
    interest = Interest.FRAMES | Interest.MESSAGES | Interest.BYTES
    connection = ServerConnection(fixed_entropy, interest, Limits(**limits))  # type: ignore[arg-type]
    assert Step() == connection.start(0.0)
    return connection


def asked(data: bytes, **limits: object) -> ServerConnection:
    connection = server(**limits)
    connection.receive(data, 0.0)
    assert connection.awaits_answer
    return connection


# --- Connections that stay and connections that end ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("request_bytes", "stays"),
    [
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Close\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", False),
        (b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", False),
    ],
)
def test_the_connection_is_kept_where_the_client_and_the_framing_allow_it(request_bytes: bytes, stays: bool) -> None:
    connection = asked(request_bytes)
    step = connection.respond(PAGE, 1.0)
    assert (stays, not stays) == (connection.state is State.CONNECTING, effects(step)[-1] == "finish")
    assert (b"Connection: close\r\n" in sent(step)) is not stays


def test_an_old_client_is_told_that_the_connection_is_kept() -> None:
    step = asked(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").respond(PAGE, 0.0)
    assert b"HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\npage\n" == sent(step)


def test_pipelined_requests_wait_and_are_answered_in_their_order() -> None:
    connection = server()
    connection.receive(GET + GET.replace(b"/a", b"/b") + GET.replace(b"/a", b"/c")[:-3], 0.0)
    asked_for = []
    for _ in range(2):
        assert connection.request is not None
        asked_for.append(connection.request.target)
        connection.respond(PAGE, 0.0)
    assert not connection.awaits_answer
    connection.receive(b"\n\r\n", 0.0)
    assert connection.request is not None
    assert ["/a", "/b", "/c"] == [*asked_for, connection.request.target]
    assert 3 == connection.request_count


def test_after_a_last_answer_nothing_more_is_read_but_the_end_is_waited_for() -> None:
    connection = asked(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + GET)
    connection.respond(PAGE, 1.0)
    assert not connection.awaits_answer
    assert [] == [event for event in connection.receive(GET, 1.0).events if isinstance(event, RequestReceived)]
    assert 1.0 + LINGER == connection.wake_at
    assert "disconnect" in effects(connection.tick(1.0 + LINGER))
    assert State.ENDED is connection.state


# --- Bodies ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: t\r\n\r\n",
    ],
)
def test_a_body_is_whole_before_the_request_waits(body: bytes) -> None:
    connection = server()
    for byte in b"POST / HTTP/1.1\r\nHost: h\r\n" + body:
        assert not connection.awaits_answer
        connection.receive(bytes((byte,)), 0.0)
    assert connection.awaits_answer
    assert b"hello" == connection.body


def test_a_client_that_waits_for_continue_gets_it_once() -> None:
    connection = server()
    head = b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    assert b"HTTP/1.1 100 Continue\r\n\r\n" == sent(connection.receive(head, 0.0))
    assert b"" == sent(connection.receive(b"hi", 0.0))
    assert connection.awaits_answer
    assert b"" == sent(server().receive(head + b"hi", 0.0))  # the body is here: nobody waits
    assert b"" == sent(server().receive(head.replace(b"1.1", b"1.0"), 0.0))


def test_head_and_204_have_no_body() -> None:
    step = asked(GET.replace(b"GET", b"HEAD")).respond(PAGE, 0.0)
    assert sent(step).endswith(b"Content-Length: 5\r\n\r\n")
    assert b"HTTP/1.1 204 No Content\r\n\r\n" == sent(asked(GET).respond(Response(204, "No Content"), 0.0))


def test_a_streamed_answer_is_chunked_and_the_connection_stays() -> None:
    connection = asked(GET + GET)
    out = sent(connection.respond(STREAM, 0.0))
    assert connection.is_streaming
    out += sent(connection.send_body(b"hello", 0.0)) + sent(connection.send_body(b"", 0.0))
    assert not connection.awaits_answer
    out += sent(connection.finish_response(0.0))
    assert b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" == out
    assert connection.awaits_answer


def test_an_old_client_knows_the_end_of_a_stream_by_the_end_of_the_connection() -> None:
    connection = asked(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    out = sent(connection.respond(STREAM, 0.0)) + sent(connection.send_body(b"hello", 0.0))
    assert b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello" == out
    assert ["finish"] == effects(connection.finish_response(0.0))


def test_a_streamed_answer_of_known_length_says_it() -> None:
    connection = asked(GET)
    out = sent(connection.respond(Response(200, "OK", is_streamed=True, length=2), 0.0))
    out += sent(connection.send_body(b"hi", 0.0)) + sent(connection.finish_response(0.0))
    assert b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" == out


def test_a_client_that_ends_its_side_still_gets_the_rest_of_a_stream() -> None:
    connection = asked(GET)
    connection.respond(STREAM, 0.0)
    assert Step() == connection.receive_eof(0.0)
    assert b"2\r\nhi\r\n" == sent(connection.send_body(b"hi", 0.0))
    step = connection.finish_response(0.0)
    assert "disconnect" == effects(step)[-1]
    assert "stream fin" in trace(step.events)


# --- Refusals --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x16\x03\x01\x02\x00", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
        (b"GET / HTTP/1.10\r\nHost: h\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nExpect: magic\r\nContent-Length: 2\r\n\r\n", 417),
        (b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n", 413),
        (b"GET /\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world", 413),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 2000, 431),
    ],
)
def test_a_request_that_cannot_be_served_is_objected_to_and_is_the_last(request_bytes: bytes, status: int) -> None:
    connection = asked(request_bytes, request_body=10, head=1000)
    assert connection.objection is not None
    assert status == connection.objection.status
    assert "finish" == effects(connection.respond(PAGE, 0.0))[-1]


def test_a_later_minor_version_is_served_as_our_own() -> None:
    connection = asked(b"GET / HTTP/1.2\r\nHost: h\r\n\r\n")
    assert connection.objection is None
    assert sent(connection.respond(PAGE, 0.0)).startswith(b"HTTP/1.1 200 OK\r\n")


def test_an_old_client_expects_nothing() -> None:
    assert asked(b"POST / HTTP/1.0\r\nExpect: magic\r\nContent-Length: 2\r\n\r\nhi").objection is None


def test_a_raw_answer_goes_out_as_it_is_and_is_the_last() -> None:
    step = asked(GET).answer_raw(b"whatever", 0.0)
    assert (b"whatever", "finish") == (sent(step), effects(step)[-1])


# --- Switching -------------------------------------------------------------------------------------------------------
def test_requests_before_the_upgrade_share_its_connection() -> None:
    connection = asked(GET + UPGRADE + wire('81 82 00000000 "hi"'))
    connection.respond(PAGE, 0.0)
    assert connection.request is not None
    step = connection.accept(build_acceptance(connection.request), 0.0)
    assert "message text 'hi'" in trace(step.events)
    assert State.OPEN is connection.state
    assert connection.wake_at is None


def test_a_close_waits_where_messages_came_with_it() -> None:
    connection = ServerConnection(fixed_entropy, Interest.MESSAGES, closes_behind_answers=True)
    connection.receive(UPGRADE, 0.0)
    assert connection.request is not None
    assert b"" == sent(connection.send_owed_close(0.0))
    connection.accept(build_acceptance(connection.request), 0.0)
    step = connection.receive(wire('81 82 00000000 "hi" 88 80 00000000'), 0.0)
    assert (b"", State.CLOSE_RECEIVED) == (sent(step), connection.state)
    connection.send((SendMessage(MessageKind.TEXT, b"yes"),), 0.0)
    assert b"\x88\x00" == sent(connection.send_owed_close(0.0))
    assert b"" == sent(connection.send_owed_close(0.0))
    assert State.CLOSED is connection.state


def test_a_close_of_our_own_leaves_none_owed() -> None:
    connection = ServerConnection(fixed_entropy, Interest.MESSAGES, closes_behind_answers=True)
    connection.receive(UPGRADE, 0.0)
    assert connection.request is not None
    connection.accept(build_acceptance(connection.request), 0.0)
    connection.receive(wire('81 82 00000000 "hi" 81 02 "no" 88 80 00000000'), 0.0)
    assert b"\x88\x02\x03\xe9" == sent(connection.send((SendClose(1001),), 0.0))
    assert b"" == sent(connection.send_owed_close(0.0))


def test_behind_a_switch_the_request_still_waits_and_its_rest_is_the_new_layers() -> None:
    connection = asked(b"OPTIONS * HTTP/1.1\r\nHost: h\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade\r\n\r\n\x16\x03")
    assert b"HTTP/1.1 101 x\r\n\r\n" == sent(connection.switch(b"HTTP/1.1 101 x\r\n\r\n", 0.0))
    assert (True, b"\x16\x03", b"") == (connection.awaits_answer, connection.take_rest(), connection.take_rest())
    assert b"200" in sent(connection.respond(PAGE, 0.0))


# --- Time ------------------------------------------------------------------------------------------------------------
def test_a_request_that_never_ends_is_answered_408() -> None:
    connection = server(request=5.0)
    connection.receive(b"GET / HT", 1.0)
    assert 6.0 == connection.wake_at
    step = connection.tick(6.0)
    assert sent(step).startswith(b"HTTP/1.1 408 ")
    assert "limit request-timeout" in trace(step.events)


@pytest.mark.parametrize(("data", "due"), [(b"", 30.0), (GET, 77.0)])
def test_a_client_that_asks_for_nothing_more_is_left_quietly(data: bytes, due: float) -> None:
    connection = server()
    if data:
        connection.receive(data, 1.0)
        connection.respond(PAGE, 2.0)
    assert due == connection.wake_at
    assert ["disconnect"] == effects(connection.tick(due))


# --- Laws ------------------------------------------------------------------------------------------------------------
@given(st.lists(st.binary(max_size=80), max_size=6), st.sampled_from([b"", GET, GET[:-2], UPGRADE]))
def test_no_request_makes_the_server_raise(chunks: list[bytes], begin: bytes) -> None:
    connection = server()
    for chunk in (begin, *chunks):
        connection.receive(chunk, 0.0)
        if connection.awaits_answer:
            connection.respond(PAGE, 0.0)
    connection.tick(200.0)
    connection.receive_eof(201.0, StreamEnd.RESET)
    assert State.ENDED is connection.state


@given(st.lists(st.integers(1, 40), max_size=8), st.sampled_from(["GET", "HEAD", "POST"]), st.booleans())
def test_a_strict_client_reads_the_answers_whatever_the_chopping(sizes: list[int], method: str, is_old: bool) -> None:
    """H11 as the judge of what we frame, over two requests on one connection."""
    version = "1.0" if is_old else "1.1"
    one = f"{method} / HTTP/{version}\r\nHost: h\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc".encode()
    data, connection, out = one + one, server(), b""
    while data:
        size = sizes.pop() if sizes else len(data)
        out += sent(connection.receive(data[:size], 0.0))
        data = data[size:]
        while connection.awaits_answer:
            out += sent(connection.respond(PAGE, 0.0))
    judge = h11.Connection(h11.CLIENT)
    for _ in range(2):
        judge.send(h11.Request(method=method, target="/", headers=[("Host", "h")]))
        judge.send(h11.EndOfMessage())
        judge.receive_data(out)
        out = b""
        body = b""
        while not isinstance(event := judge.next_event(), h11.EndOfMessage):
            body += bytes(event.data) if isinstance(event, h11.Data) else b""
        assert (b"" if method == "HEAD" else b"page\n") == body
        judge.start_next_cycle()
