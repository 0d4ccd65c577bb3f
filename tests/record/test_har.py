"""HAR: the habits of those who write it, real files, and what our own holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.record.sessions import CONNECTED, HEADER, events_of, messages_of, opened, written
from tests.record.test_pcapng import REQUEST, RESPONSE
from wscli.errors import EnvironmentProblem
from wscli.events import (
    CloseReceived,
    CloseSent,
    ConnectFailed,
    Event,
    HandshakeRefused,
    MessageKind,
    MessagePart,
    MessageReceived,
    MessageSent,
    Opened,
    RefusalBodyReceived,
    RequestReceived,
    RequestSent,
    ResponseReceived,
    ResponseSent,
    SessionEnded,
    StreamEnd,
    StreamEnded,
)
from wscli.record.messages import MADE_UP
from wscli.record.reader import read_recording

DATA = Path(__file__).parents[1] / "data" / "recordings"
ENDED = SessionEnded(None, None, None, is_clean=False, stream=None)


def entry(*messages: dict[str, Any], **others: Any) -> dict[str, Any]:
    request = {"url": "ws://h/chat?a=1", "headers": [{"name": "Host", "value": "h"}]}
    response = {
        "status": 101,
        "statusText": "Switching Protocols",
        "headers": [{"name": "Upgrade", "value": "websocket"}],
    }
    started = "2026-11-24T12:00:00.000Z"
    return {
        "startedDateTime": started, "request": request, "response": response, "_webSocketMessages": list(messages),
    } | others  # fmt: skip


def har(*entries: Any) -> bytes:
    return json.dumps({"log": {"entries": list(entries)}}).encode()


def message(kind: str, time: float, opcode: Any, data: str) -> dict[str, Any]:
    return {"type": kind, "time": time, "opcode": opcode, "data": data}


NOON = 1795521600.0
"""24 November 2026, 12:00 UTC."""


# --- Habits ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("unit", [1, 1000])
def test_times_may_be_seconds_or_milliseconds(unit: int) -> None:
    data = har(entry(message("send", (NOON + 1.5) * unit, 1, "a"), message("receive", (NOON + 2) * unit, 2, "AP8=")))
    with opened(data) as recording:
        said = [(at, one) for at, one in recording.iter_events() if isinstance(one, (MessageSent, MessageReceived))]
    assert [1.5, 2.0] == [round(at, 3) for at, _ in said]
    assert [(True, MessageKind.TEXT, b"a"), (False, MessageKind.BINARY, b"\0\xff")] == messages_of(
        one for _, one in said
    )


def test_a_failed_handshake_is_a_message_of_type_error() -> None:
    failed = entry(message("error", NOON, -1, "net::ERR_CONNECTION_REFUSED"), response={"status": 0, "headers": []})
    events = events_of(har(failed))
    assert StreamEnded(StreamEnd.FAILED, "net::ERR_CONNECTION_REFUSED") in events
    assert not any(isinstance(event, Opened) for event in events)


@pytest.mark.parametrize(
    ("url", "expected"),
    [("http://h/a", "ws://h/a"), ("https://h/a", "wss://h/a"), ("wss://h/a", "wss://h/a"), (7, "")],
)
def test_the_url_may_be_of_http(url: Any, expected: str) -> None:
    with opened(har(entry(request={"url": url, "headers": []}))) as recording:
        assert expected == recording.header.url


def test_several_connections_stand_in_one_file_and_pages_between_them() -> None:
    data = har({"request": {}}, entry(message("send", NOON, 1, "a")), entry(message("send", NOON, 1, "b")))
    with opened(data) as recording:
        assert ("ws://h/chat?a=1, 1 message", "ws://h/chat?a=1, 1 message") == recording.connections
        assert recording.notes[0].startswith("2 connections in it, the first is taken; --connection chooses among 1: ")
        assert MADE_UP == recording.notes[-1]
    with opened(data, 2) as recording:
        assert [(True, MessageKind.TEXT, b"b")] == messages_of(one for _, one in recording.iter_events())


def test_control_frames_and_closes_may_stand_among_the_messages() -> None:
    close = "A+hieWU="
    events = events_of(har(entry(message("receive", NOON, 9, "cA=="), message("send", NOON, 8, close))))
    [sent] = [event for event in events if isinstance(event, CloseSent)]
    assert (1000, "bye") == (sent.payload.code, sent.payload.reason)
    assert not any(isinstance(event, CloseReceived) for event in events)


def test_binary_that_is_no_base64_is_taken_as_it_is_and_odd_heads_too() -> None:
    headers = [{"name": "A", "value": "1\r\n2"}, {"name": ":path", "value": "x"}, {"name": "€", "value": "€"}, 5, {}]
    odd = entry(message("receive", NOON, 2, "!?"), request={"url": "ws://h/ü", "headers": headers})
    events = events_of(har(odd))
    assert [(False, MessageKind.BINARY, b"!?")] == messages_of(events)
    [sent] = [event for event in events if isinstance(event, RequestSent)]
    assert b"GET /%20 HTTP/1.1\r\n?: ?\r\n\r\n" == sent.head.raw


def test_a_refusal_is_told() -> None:
    events = events_of(har(entry(response={"status": 403, "statusText": "Forbidden", "headers": []})))
    assert HandshakeRefused(403, "Forbidden") in events


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"log": 5}', "`5` is not an object"),
        (b'{"log": {"entries": 5}}', "is not a list"),
        (b'{"log": {', "it is not JSON at line 1, column 10"),
        (b'{"log":\xff', "it is not JSON"),
        (har({"request": {}}), "no WebSocket connection among its 1 entry"),
        (har(entry(5)), "connection 1: message 1: `5` is not an object"),  # type: ignore[arg-type]
        (har(entry(message("send", NOON, 16, "a"))), "message 1: `opcode` is no number from 0 to 15"),
        (har(entry(message("send", NOON, "x", "a"))), "message 1: `opcode` is no number from 0 to 15"),
        (har(entry(message("send", 1e300, 1, "a"))), "message 1: a number is out of range"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(data: bytes, reason: str) -> None:
    with pytest.raises(EnvironmentProblem, match=reason):
        opened(data)


# --- Real ones -------------------------------------------------------------------------------------------------------
def test_what_chromium_saw_is_read() -> None:
    path = str(DATA / "chromium.har")
    with read_recording(path) as recording:
        events = [event for _, event in recording.iter_events()]
        assert 3 == len(recording.connections)
    text, binary = MessageKind.TEXT, MessageKind.BINARY
    assert [
        (False, text, "fragmented message €".encode()), (True, text, "hello €".encode()), (True, binary, b"\0\xff\1\2"),
        (False, text, "hello €".encode()), (False, binary, b"\0\xff\1\2"), (True, text, b"bye"), (False, text, b"bye"),
    ] == messages_of(events)  # fmt: skip
    assert any(isinstance(event, Opened) and event.deflate is not None for event in events)
    with read_recording(path, 3) as recording:
        assert "net::ERR_CONNECTION_REFUSED" in str([event for _, event in recording.iter_events()])


def test_what_mitmproxy_saw_is_read() -> None:
    with read_recording(str(DATA / "mitmproxy.flow")) as recording:
        events = [event for _, event in recording.iter_events()]
        assert "ws://127.0.0.1:28731/chat?room=1" == recording.header.url
    assert ["fragmented message €".encode(), "hello €".encode()] == [one[2] for one in messages_of(events)][:2]
    [closed] = [event for event in events if isinstance(event, CloseReceived)]
    assert (1001, "going away") == (closed.payload.code, closed.payload.reason)
    with read_recording(str(DATA / "mitmproxy.flow"), 2) as recording:
        assert 5 == len(messages_of(one for _, one in recording.iter_events()))
        assert any(isinstance(one, CloseSent) for _, one in recording.iter_events())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"8:1:a,1:b,]", "no WebSocket connection among its 0 flows"),
        (b"10:3:abc,1:1#}", "no WebSocket connection among its 1 flow"),
        (b"6:3:abc,}", "a key has no value"),
        (b"10:3:abc,1:x#}", "flow 1, at byte 0: a number is none"),
        (b"10:3:abc,1:1?}", "a value has an unknown kind"),
        (b"10:3:abc,9:1#}", "a value is longer than what it stands in"),
        (b"10:3:abc,xx1#}", "a value does not begin with its length"),
    ],
)
def test_flows_that_cannot_be_read_are_said_with_their_place(data: bytes, reason: str) -> None:
    from io import BytesIO

    from wscli.record import flows

    with pytest.raises(EnvironmentProblem, match=reason):
        flows.read("x", BytesIO(data))


# --- Written ---------------------------------------------------------------------------------------------------------
def test_it_says_what_browsers_say() -> None:
    events: list[Event] = [
        CONNECTED, RequestSent(REQUEST), ResponseReceived(RESPONSE),
        MessageSent(MessageKind.TEXT, "€".encode(), (1, 1)),
        MessagePart(MessageKind.BINARY, b"\0", is_first=True, is_last=False),
        MessagePart(MessageKind.BINARY, b"\xff", is_first=False, is_last=True), ENDED,
    ]  # fmt: skip
    [made] = json.loads(written("har", events))["log"]["entries"]
    assert "websocket" == made["_resourceType"]
    assert ("send", 1, "€") == tuple(made["_webSocketMessages"][0][key] for key in ("type", "opcode", "data"))
    assert ("receive", 2, "AP8=") == tuple(made["_webSocketMessages"][1][key] for key in ("type", "opcode", "data"))
    assert NOON + 0.03 == made["_webSocketMessages"][0]["time"]
    assert (101, "127.0.0.1", "ws://h/") == (
        made["response"]["status"],
        made["serverIPAddress"],
        made["request"]["url"],
    )


def test_failures_and_refusals_are_kept() -> None:
    refused = [RequestSent(REQUEST), ResponseReceived(RESPONSE), RefusalBodyReceived(b"go", is_complete=True), ENDED]
    entries = json.loads(written("har", [ConnectFailed("h", "refused"), ENDED, *refused]))["log"]["entries"]
    assert [{"type": "error", "time": NOON, "opcode": -1, "data": "refused"}] == entries[0]["_webSocketMessages"]
    assert ([], "go") == (entries[1]["_webSocketMessages"], entries[1]["response"]["content"]["text"])


def test_what_a_server_recorded_is_told_from_its_clients_side() -> None:
    events: list[Event] = [
        RequestReceived(REQUEST), ResponseSent(RESPONSE), MessageReceived(MessageKind.TEXT, b"hi", (1, 1)),
    ]  # fmt: skip
    data = written("har", events, HEADER.replace(url=""))
    assert [(True, MessageKind.TEXT, b"hi")] == messages_of(events_of(data))
    assert b'"url": "ws://h/"' in data


def test_nothing_at_all_is_a_document_without_entries() -> None:
    assert [] == json.loads(written("har", ()))["log"]["entries"]
