"""Application protocols on the screen: one note, and a label before the payload of each message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.render.test_transcript import frame, shown
from wscli import events as e
from wscli.applications import APPLICATIONS
from wscli.events import ApplicationRecognised, Evidence
from wscli.text import cell_width
from wscli.wire.frames import BINARY, CLOSE, CONTINUATION, PING, TEXT, FrameOrder, encode_frame

GRAPHQL = ApplicationRecognised(
    "graphql-transport-ws", Evidence("opened", "Sec-WebSocket-Protocol: graphql-transport-ws")
)
SUBSCRIBE = b'{"id":"1","type":"subscribe"}'


def lines(protocol: str, *events: e.Event, width: int = 100) -> list[str]:
    told = ApplicationRecognised(protocol, Evidence("opened", "x"))
    return shown(2, *((0.0, event) for event in (told, *events)), width=width)[1:]


def test_the_note_says_what_is_spoken_and_what_told_it() -> None:
    note = "* speaks graphql-transport-ws: GraphQL over WebSocket  (Sec-WebSocket-Protocol: graphql-transport-ws)"
    assert [note] == shown(1, (0.0, GRAPHQL))
    assert [] == shown(0, (0.0, GRAPHQL))


def test_a_protocol_of_a_newer_recording_is_named_and_nothing_more() -> None:
    assert ["* speaks telepathy\\x1b  (\\x1b[2J)"] == shown(
        1, (0.0, ApplicationRecognised("telepathy\x1b", Evidence("opened", "\x1b[2J")))
    )
    assert ["[  0.000] #7 ← TEXT 1 B  x"] == lines("telepathy", frame(TEXT, b"x"))


def test_a_label_stands_before_the_payload() -> None:
    assert [
        '[  0.000] #7 ← TEXT 29 B  graphql subscribe id=1  {"id":"1","type":"subscribe"}',
        '[  0.000] #7 ← TEXT 11 B  {"price":1}',
        '[  0.000] #7 ← PING 1 B  "x"',
        "[  0.000] #7 ← CLOSE without a code",
    ] == lines(
        "graphql-transport-ws",
        frame(TEXT, SUBSCRIBE),
        frame(TEXT, b'{"price":1}'),
        frame(PING, b"x"),
        frame(CLOSE),
    )


def test_binary_and_inflated_messages_have_labels_too() -> None:
    publish = bytes.fromhex("3007 0003 612f62 6869")
    assert ["[  0.000] #7 ← BINARY 9 B  mqtt PUBLISH a/b  30 07 00 03 61 2f 62 68 69"] == lines(
        "mqtt", frame(BINARY, publish)
    )
    inflated = e.FrameSent(7, encode_frame(FrameOrder(TEXT, b"zz", rsv=4)), SUBSCRIBE)
    assert ["[  0.000] #7 → TEXT deflate 2 B = 29 B  graphql subscribe id=1  " + SUBSCRIBE.decode()] == lines(
        "graphql-transport-ws", inflated
    )


def test_fragments_have_no_label() -> None:
    parts = lines("stomp", frame(TEXT, b"SEND\n\n\0", fin=False), frame(CONTINUATION, b"SEND\n\n\0"))
    assert ["fragment 1", "fragment 2"] == [line.split("B  ")[1][:10] for line in parts]


def test_an_empty_payload_leaves_no_blank_behind_a_label() -> None:
    assert ["[  0.000] #7 ← TEXT 1 B  stomp heart-beat  \\n"] == lines("stomp", frame(TEXT, b"\n"))
    narrow = lines("stomp", frame(TEXT, b"SEND\ndestination:/queue/a\n\n\0"), width=40)
    assert narrow[0] == narrow[0].rstrip()


def test_a_new_session_in_a_recording_begins_unknown() -> None:
    after = shown(2, (0.0, GRAPHQL), (0.0, e.Opened(None, "", None)), (0.0, frame(TEXT, SUBSCRIBE)))
    assert f"[  0.000] #7 ← TEXT 29 B  {SUBSCRIBE.decode()}" == after[-1]


@given(st.sampled_from(APPLICATIONS), st.binary(max_size=200), st.sampled_from((TEXT, BINARY)), st.integers(20, 200))
def test_shown_labels_hold_no_control_characters_and_keep_to_the_line(
    application: object, payload: bytes, opcode: int, width: int
) -> None:
    line = lines(application.name, frame(opcode, payload), width=width)[0]  # type: ignore[attr-defined]
    assert line.isprintable()
    assert cell_width(line) <= max(width, 45)
    assert line == line.rstrip(" ") or payload[-1:] in (b" ", b"\xa0")
