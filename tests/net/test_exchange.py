"""Exchanges before the upgrade: what goes out, what is waited for, what then passes through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.events import Event, ExchangeAnswered, ExchangeFailed, ExchangeSent, Purpose, StreamEnd
from wscli.net.dial import layers_for
from wscli.net.exchange import ExchangeLayer, SwitchLayer
from wscli.net.layer import Layer, LayerStep
from wscli.net.stack import Stack
from wscli.settings import ConnectionSettings, TlsSettings
from wscli.wire.url import decode_url

ONE = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
TWO = b"HEAD /b HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
OK_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.2, HTTP/1.1\r\nConnection: Upgrade\r\n\r\n"


def preflight(*requests: bytes, is_pipelined: bool = False) -> ExchangeLayer:
    return ExchangeLayer(Purpose.PREFLIGHT, requests, is_pipelined=is_pipelined)


def told(events: tuple[Event, ...]) -> list[str]:
    lines = []
    for event in events:
        match event:
            case ExchangeSent(head=request):
                lines.append(f"> {request.target}")
            case ExchangeAnswered(head=response, body=body, is_complete=complete):
                lines.append(f"< {response.status} {body.decode()!r}{'' if complete else ' cut'}")
            case ExchangeFailed(reason=reason):
                lines.append(f"x {reason}")
    return lines


def test_requests_go_one_after_the_other() -> None:
    layer = preflight(ONE, TWO)
    step = layer.start()
    assert (ONE, ["> /a"], False) == (step.down, told(step.events), step.is_ready)
    assert LayerStep() == layer.send(b"kept")
    step = layer.receive(OK)
    assert (TWO, ["< 200 'hi'", "> /b"]) == (step.down, told(step.events))
    step = layer.receive(OK_HEAD + b"more")
    assert (b"kept", b"more", True) == (step.down, step.up, step.is_ready)
    assert (b"down", b"up") == (layer.send(b"down").down, layer.receive(b"up").up)
    assert StreamEnd.FINISHED is layer.receive_eof().ended
    assert layer.finish().is_ready


def test_pipelined_requests_go_at_once_and_are_answered_in_their_order() -> None:
    layer = preflight(ONE, TWO, ONE, is_pipelined=True)
    assert ONE + TWO + ONE == layer.start().down
    step = layer.receive(OK + OK_HEAD + b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"rest")
    assert ["< 200 'hi'", "< 200 ''", "< 103 ''", "< 200 'hi'"] == told(step.events)
    assert (b"rest", True) == (step.up, step.is_ready)


@given(st.lists(st.integers(1, 30), max_size=12))
def test_how_the_answers_are_chopped_does_not_matter(sizes: list[int]) -> None:
    layer, data = (
        preflight(ONE, ONE),
        OK + b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\nrest",
    )
    lines, up = told(layer.start().events), b""
    while data:
        size = sizes.pop() if sizes else len(data)
        step = layer.receive(data[:size])
        data = data[size:]
        lines += told(step.events)
        up += step.up
    assert (["> /a", "< 200 'hi'", "> /a", "< 404 'no'"], b"rest") == (lines, up)


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            ["< 200 ''", "x the server does not keep the connection for the upgrade"],
        ),
        (
            b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            ["< 200 ''", "x the server does not keep the connection for the upgrade"],
        ),
        (b"SSH-2.0-x\r\n", ["< 0 'SSH-2.0-x\\r\\n' cut", "x the answer is no HTTP"]),
    ],
)
def test_a_connection_that_is_not_kept_has_failed(answer: bytes, lines: list[str]) -> None:
    layer = preflight(ONE)
    layer.start()
    step = layer.receive(answer)
    assert (lines, StreamEnd.FAILED) == (told(step.events), step.ended)
    assert LayerStep() == layer.receive(b"more") == layer.send(b"x") == layer.receive_eof()


def test_an_end_before_the_answer_has_failed_and_shows_what_came() -> None:
    layer = preflight(ONE)
    layer.start()
    layer.receive(b"HTTP/1.1 200 OK\r\n\r\nhalf")
    step = layer.receive_eof()
    assert ["< 200 'half'", "x the server ended the connection before its answer"] == told(step.events)


# --- To TLS ----------------------------------------------------------------------------------------------------------
def test_behind_a_101_everything_is_the_layer_aboves() -> None:
    layer = SwitchLayer(ONE)
    assert ONE == layer.start().down
    step = layer.receive(b"HTTP/1.1 100 Continue\r\n\r\n" + SWITCHED + b"\x16\x03")
    assert (["< 100 ''", "< 101 ''"], b"\x16\x03", True) == (told(step.events), step.up, step.is_ready)
    assert b"x" == layer.receive(b"x").up


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        SWITCHED.replace(b"TLS/1.2, HTTP/1.1", b"websocket"),
        SWITCHED.replace(b"Upgrade: TLS/1.2, HTTP/1.1\r\n", b""),
        b"\x15\x03\x01\x00\x02\x02\x46",
    ],
)
def test_any_other_answer_has_failed(answer: bytes) -> None:
    layer = SwitchLayer(ONE)
    layer.start()
    step = layer.receive(answer)
    assert StreamEnd.FAILED is step.ended
    assert told(step.events)[-1].startswith("x the server did not switch to TLS")
    assert LayerStep() == layer.receive(b"more")


@given(st.lists(st.binary(max_size=60), max_size=5), st.booleans())
def test_no_answer_makes_them_raise(chunks: list[bytes], switches: bool) -> None:
    layer: Layer = SwitchLayer(ONE) if switches else preflight(ONE, TWO)
    layer.start()
    for chunk in chunks:
        layer.receive(chunk)
    layer.receive_eof()


# --- In the stack ----------------------------------------------------------------------------------------------------
def test_the_order_of_the_layers_is_tls_then_the_preflights() -> None:
    settings = ConnectionSettings(decode_url("ws://h:81/"), tls=TlsSettings(insecure=True), upgrades_tls=True)
    stack: Stack = layers_for(settings, (ONE,))
    step = stack.start()
    assert step.down.startswith(b"OPTIONS * HTTP/1.1\r\nHost: h:81\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade\r\n\r\n")
    step = stack.receive(SWITCHED)
    assert step.down.startswith(b"\x16\x03")  # the ClientHello
    step = layers_for(settings.replace(upgrades_tls=False), (ONE,)).start()
    assert ONE == step.down
