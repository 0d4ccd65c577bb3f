"""From a recording to what is played again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wscli.app.replaying.plan import Played, comparer_of, plan_of, read_played, with_recorded_handshake
from wscli.engine.jobs.carrying import Assignment, Capture
from wscli.engine.jobs.comparing import Received
from wscli.engine.jobs.replay import RecordedClose, RecordedFrame, RecordedMessage
from wscli.errors import UsageProblem
from wscli.events import (
    Batch,
    CloseReceived,
    CloseSent,
    Event,
    FrameReceived,
    FrameSent,
    Interest,
    MessageKind,
    MessagePart,
    MessageReceived,
    MessageSent,
    Opened,
    RequestReceived,
    RequestSent,
    SessionEnded,
    Side,
)
from wscli.protocol.client import decode_request
from wscli.protocol.step import Role, SendFrame, SendRaw
from wscli.record.header import RecordingHeader
from wscli.record.reader import read_recording
from wscli.record.writer import open_recording
from wscli.settings import ConnectionSettings, HandshakeSettings, HeaderChange
from wscli.wire.close import decode_close, encode_close
from wscli.wire.deviations import FRAME_CUT
from wscli.wire.frames import CLOSE, CONTINUATION, PING, TEXT, Frame, FrameOrder, encode_frame
from wscli.wire.url import decode_url

KEY = b"\x01\x02\x03\x04"
REQUEST = decode_request(
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n"
    b"Sec-WebSocket-Protocol: chat, ***, v2\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
    b"Origin: https://a.example\r\nUser-Agent: app/1\r\nCookie: sid=***\r\nX-Client: demo\r\n"
    b"Proxy-Authorization: Basic ***\r\nKeep-Alive: 5\r\n\r\n"
)
END = SessionEnded(None, None, None, is_clean=True, stream=None)


def frame(opcode: int, payload: bytes, **more: Any) -> Frame:
    return encode_frame(FrameOrder(opcode, payload, mask_key=KEY, **more))


def played(tmp_path: Path, *events: Event, role: Role = Role.CLIENT, is_exact: bool = False) -> Played:
    path = str(tmp_path / "session.jsonl")
    header = RecordingHeader("wscli", "2026-01-01T00:00:00.000Z")
    writer = open_recording(path, header, interest=~Interest.NOTHING, keep_secrets=True)
    for at, event in enumerate(events):
        writer.accept(Batch(float(at), (event,)))
    writer.close()
    with read_recording(path) as recording:
        return read_played(recording, role, is_exact=is_exact)


def message(kind: type[MessageSent | MessageReceived], payload: bytes) -> Event:
    return kind(MessageKind.TEXT, payload, (1, 1))


def close(kind: type[CloseSent | CloseReceived], code: int) -> Event:
    return kind(5, decode_close(encode_close(code, "why")))


OPENED = Opened("chat", "permessage-deflate", None)
TALK = (
    OPENED,
    message(MessageSent, b"a"),
    message(MessageReceived, b"b"),
    close(CloseSent, 4000),
    close(CloseReceived, 4000),
    END,
)
"""At the moments 1 to 6, behind the request."""


def sides(steps: Played) -> list[tuple[float, Side, bytes]]:
    return [(one.at, one.side, one.payload) for one in steps.steps if isinstance(one, RecordedMessage)]


def test_the_clients_side_is_what_a_client_recorded_as_sent(tmp_path: Path) -> None:
    found = played(tmp_path, RequestSent(REQUEST), *TALK)
    assert [(1.0, Side.LOCAL, b"a"), (2.0, Side.REMOTE, b"b")] == sides(found)
    assert RecordedClose(Side.LOCAL, 4000, "why") == found.close
    assert ("chat", "permessage-deflate", REQUEST) == (found.subprotocol, found.extensions, found.request)


@pytest.mark.parametrize(
    ("role", "request_event", "own"),
    [
        (Role.CLIENT, RequestReceived(REQUEST), b"b"),
        (Role.SERVER, RequestSent(REQUEST), b"b"),
        (Role.SERVER, RequestReceived(REQUEST), b"a"),
    ],
)
def test_which_end_made_the_recording_decides_who_said_what(
    tmp_path: Path, role: Role, request_event: Event, own: bytes
) -> None:
    found = played(tmp_path, request_event, *TALK, role=role)
    assert [own] == [payload for _, side, payload in sides(found) if side is Side.LOCAL]


def test_parts_are_joined_and_a_second_session_is_another_one(tmp_path: Path) -> None:
    parts = [MessagePart(MessageKind.TEXT, data, data == b"he", data == b"llo") for data in (b"he", b"llo")]
    found = played(tmp_path, OPENED, *parts, END, OPENED, message(MessageSent, b"later"))
    assert [b"hello"] == [payload for _, _, payload in sides(found)]
    assert None is found.close


def test_without_an_open_connection_there_is_nothing(tmp_path: Path) -> None:
    found = played(tmp_path, END)
    assert ((), None, "") == (found.steps, found.subprotocol, found.extensions)


def test_frames_are_ordered_as_they_were(tmp_path: Path) -> None:
    frames = (
        frame(TEXT, b"he", fin=False),
        frame(PING, b"p"),
        frame(CONTINUATION, b"llo", rsv=3),
        frame(0xB, b"odd", length_form=64),
        encode_frame(FrameOrder(TEXT, b"unmasked")),
        Frame(frame(TEXT, b"cut off").header, b"cut", 0, (FRAME_CUT.at(None, ""),)),
        frame(CLOSE, encode_close(1000, "")),
        frame(TEXT, b"after the end"),
    )
    sent = [FrameSent(number, one) for number, one in enumerate(frames)]
    got = message(MessageReceived, b"b")
    found = played(tmp_path, OPENED, *sent[:3], got, *sent[3:], FrameReceived(9, frame(PING, b"")), is_exact=True)
    orders = [one.order for one in found.steps if isinstance(one, RecordedFrame)]
    raws = [
        one.data if isinstance(one, SendRaw) else encode_frame(one.order).raw
        for one in orders
        if isinstance(one, (SendRaw, SendFrame))
    ]
    assert [one.raw for one in frames] == raws
    assert [5, 7] == [place for place, one in enumerate(orders) if isinstance(one, SendRaw)]
    assert isinstance(found.steps[3], RecordedMessage)
    assert found.has_own_close


def test_our_answer_to_the_peers_close_is_left_to_the_moment(tmp_path: Path) -> None:
    answer = FrameSent(2, frame(CLOSE, encode_close(1000, "")))
    found = played(tmp_path, OPENED, close(CloseReceived, 1000), answer, is_exact=True)
    assert ((), False) == (found.steps, found.has_own_close)


# --- The handshake ---------------------------------------------------------------------------------------------------
def adapted(handshake: HandshakeSettings, **values: Any) -> tuple[HandshakeSettings, list[str]]:
    settings = ConnectionSettings(decode_url("ws://h/"), handshake)
    found = Played((), None, has_own_close=False, request=REQUEST, subprotocol=None, extensions="")
    settings, notes = with_recorded_handshake(
        settings, found, {"deflate": None, "no_deflate": False, "exact": False} | values
    )
    return settings.handshake, notes


def test_the_recorded_handshake_is_taken_without_what_belongs_to_one_connection_and_without_masks() -> None:
    handshake, notes = adapted(HandshakeSettings())
    assert [("Origin", "https://a.example"), ("User-Agent", "app/1"), ("X-Client", "demo")] == [
        (change.name, change.value) for change in handshake.headers
    ]
    assert ("chat", "v2") == handshake.subprotocols
    assert "permessage-deflate" == handshake.deflate_offer
    assert ["no value of Cookie", "no value of Sec-WebSocket-Protocol"] == [
        f"no value of {note.split('no value of ')[1].split(',')[0]}" for note in notes
    ]
    assert "-b 'NAME=VALUE'" in notes[0]


def test_what_the_user_gives_counts() -> None:
    given = HandshakeSettings(
        headers=(HeaderChange("cookie", "sid=1"), HeaderChange("X-Client", None)),
        origin="https://b.example",
        user_agent="mine",
        bearer="t",
        subprotocols=("mine",),
        deflate_offer=None,
    )
    assert (given, []) == adapted(given, no_deflate=True)


def test_without_a_recorded_request_nothing_is_taken() -> None:
    settings = ConnectionSettings(decode_url("ws://h/"))
    found = Played((), None, has_own_close=False, request=None, subprotocol=None, extensions="")
    assert (settings, []) == with_recorded_handshake(settings, found, {"exact": False})


# --- The options -----------------------------------------------------------------------------------------------------
def test_a_plan_holds_what_was_asked_for() -> None:
    found = Played((), None, has_own_close=False, request=None, subprotocol=None, extensions="")
    values = {"sync": "time", "speed": 2.0, "reply_time": 9.0, "set": ("a=b=c",), "capture": ("t=$.x.y",)}
    plan = plan_of(found, values)
    assert ((Capture("t", ("x", "y")),), (Assignment("a", "b=c"),), 9.0) == (
        plan.captures,
        plan.assignments,
        plan.reply_time,
    )
    for wrong in ({"set": ("a",)}, {"capture": ("=/x",)}):
        with pytest.raises(UsageProblem):
            plan_of(found, values | wrong)


def test_ignored_things_are_paths_or_expressions() -> None:
    comparer = comparer_of(("/t", r"\d+"))
    one, other = (Received(MessageKind.TEXT, data) for data in (b'{"t": "a", "n": 1}', b'{"t": "b", "n": 2}'))
    assert comparer.is_same(one, other)
    with pytest.raises(UsageProblem):
        comparer_of(("(a",))


def test_where_frames_are_sent_as_they_were_nothing_is_answered_beside_them() -> None:
    settings = ConnectionSettings(decode_url("ws://h/"))
    for has_own_close in (True, False):
        found = Played((), None, has_own_close=has_own_close, request=None, subprotocol=None, extensions="")
        liveness = with_recorded_handshake(settings, found, {"exact": True})[0].liveness
        assert (False, not has_own_close) == (liveness.answers_pings, liveness.answers_close)
