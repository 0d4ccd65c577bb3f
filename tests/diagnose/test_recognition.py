"""Recognition: which application protocol a session speaks, said once, behind the event that told it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.applications.samples import SERVER, TARGETS, TELLING, UNTELLING
from tests.diagnose.scripted import CLOSE_1000, OPEN, SWITCH, session, settings
from wscli import events as e
from wscli.diagnose.diagnosis import Diagnosis
from wscli.diagnose.recognition import LAST, Recognition
from wscli.diagnose.signs import may_open, may_tell
from wscli.events import ApplicationRecognised, Batch, Event, Evidence, Interest, MessageKind, StreamEnd
from wscli.protocol.client import ClientConnection, decode_request
from wscli.protocol.step import SendMessage
from wscli.settings import HandshakeSettings
from wscli.wire.frames import BINARY, CONTINUATION, TEXT, FrameOrder, encode_frame

ROOT = Path(__file__).parents[2]
OPENED = e.Opened(None, "", None)
WELCOME = b'{"type":"welcome"}'


def received(payload: bytes, number: int = 1) -> e.MessageReceived:
    return e.MessageReceived(MessageKind.TEXT, payload, (number, number))


def sent(payload: bytes, number: int = 1) -> e.MessageSent:
    return e.MessageSent(MessageKind.TEXT, payload, (number, number))


def request(target: str) -> e.RequestSent:
    return e.RequestSent(decode_request(f"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode()))


def annotated(*events: Event) -> tuple[Event, ...]:
    return Recognition().annotate(Batch(0.0, events)).events


def recognised(*events: Event) -> list[ApplicationRecognised]:
    return [event for event in annotated(*events) if isinstance(event, ApplicationRecognised)]


def test_whatever_tells_a_protocol_passes_the_cheap_look() -> None:
    assert [] == [payload for _, _, payload in TELLING if not may_open(payload)]
    assert [] == [target for target, _ in TARGETS if not may_tell(target)]
    assert not may_tell("/chat?room=1")
    assert [] == [payload for payload in (b"", b"hello", b'{"price":12.5}', b"[1,2]") if may_open(payload)]


def test_a_subprotocol_tells_behind_the_opening() -> None:
    opened = e.Opened("graphql-transport-ws", "", None)
    told = ApplicationRecognised(
        "graphql-transport-ws", Evidence("opened", "Sec-WebSocket-Protocol: graphql-transport-ws")
    )
    assert (request("/"), opened, told, received(b"x")) == annotated(request("/"), opened, received(b"x"))


def test_a_path_tells_without_its_parameters() -> None:
    told = ApplicationRecognised("phoenix", Evidence("request-sent", "the path /socket/websocket"))
    target = "/socket/websocket?token=secret&vsn=2.0.0"
    assert [told] == recognised(request(target), OPENED)
    assert [told] == recognised(request(target), OPENED.replace(subprotocol="chat"))


def test_an_unknown_subprotocol_and_path_tell_nothing() -> None:
    assert [] == recognised(request("/a/websocket"), OPENED.replace(subprotocol="chat"))
    assert [] == recognised(OPENED.replace(subprotocol="chat"))


@pytest.mark.parametrize(("name", "who", "payload"), TELLING, ids=lambda value: str(value)[:30])
def test_a_message_of_the_right_side_tells(name: str, who: str, payload: bytes) -> None:
    told = recognised(OPENED, received(b"x"), received(payload, 2) if who == SERVER else sent(payload, 2))
    assert [name] == [one.protocol for one in told]
    assert ["message-received" if who == SERVER else "message-sent"] == [one.evidence.source for one in told]
    assert told[0].evidence.text.startswith("a message that begins with ")


def test_in_a_recording_of_a_server_the_client_is_the_one_that_is_received() -> None:
    head = request("/").head
    connect = received(b"CONNECT\naccept-version:1.2\n\n\0")
    assert [] == recognised(OPENED, connect)
    assert ["stomp"] == [one.protocol for one in recognised(e.RequestReceived(head), OPENED, connect)]


@pytest.mark.parametrize("payload", UNTELLING, ids=lambda value: str(value)[:30])
def test_other_messages_tell_nothing(payload: bytes) -> None:
    batch = Batch(0.0, (OPENED, received(payload), sent(payload, 2)))
    assert Recognition().annotate(batch) is batch


def test_it_is_said_once() -> None:
    assert 1 == len(recognised(e.Opened("mqtt", "", None), received(WELCOME)))
    recognition = Recognition()
    recognition.annotate(Batch(0.0, (received(WELCOME),)))
    assert recognition.is_over


def test_frames_tell_where_no_messages_are_made() -> None:
    whole = encode_frame(FrameOrder(TEXT, WELCOME))
    assert ["frame-received"] == [one.evidence.source for one in recognised(e.FrameReceived(1, whole))]
    inflated = e.FrameReceived(1, encode_frame(FrameOrder(TEXT, b"zz", rsv=4)), WELCOME)
    assert 1 == len(recognised(inflated))
    binary = e.FrameSent(1, encode_frame(FrameOrder(BINARY, bytes.fromhex("100c00044d5154540402003c0000"))))
    hexed = "a message that begins with 10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00"
    assert [hexed] == [one.evidence.text for one in recognised(binary)]
    cut = encode_frame(FrameOrder(TEXT, WELCOME, fin=False))
    rest = encode_frame(FrameOrder(CONTINUATION, WELCOME))
    assert [] == recognised(e.FrameReceived(1, cut), e.FrameReceived(2, rest))


def test_a_message_counts_once_with_its_frame() -> None:
    frames = [
        event
        for number in range(1, 4)
        for event in (e.FrameReceived(number, encode_frame(FrameOrder(TEXT, b"x"))), received(b"x", number))
    ]
    assert [] == recognised(*frames, received(WELCOME, 4))
    assert 1 == len(recognised(*frames[:4], received(WELCOME, 3)))


def test_the_first_part_of_a_message_tells() -> None:
    part = e.MessagePart(MessageKind.TEXT, WELCOME, is_first=True, is_last=False)
    assert 1 == len(recognised(part))
    assert [] == recognised(part.replace(is_first=False))


def test_the_search_ends_after_three_messages_each_way_or_a_few_more_one_way() -> None:
    both = Recognition()
    both.annotate(Batch(0.0, tuple(make(b"x", number) for number in (1, 2, 3) for make in (received, sent))))
    assert both.is_over
    assert [] == recognised(*(received(b"x", number) for number in (1, 2, 3)), received(WELCOME, 4))
    one_way = Recognition()
    one_way.annotate(Batch(0.0, tuple(received(b"x", number) for number in range(1, LAST))))
    assert not one_way.is_over
    one_way.annotate(Batch(0.0, (received(b"x", LAST), e.Opened("mqtt", "", None))))
    assert one_way.is_over


def test_a_client_that_says_little_is_waited_for() -> None:
    heard = [received(b"x", number) for number in range(1, 9)]
    told = recognised(*heard, sent(b'{"jsonrpc":"2.0","method":"a","id":1}', 9))
    assert ["jsonrpc"] == [one.protocol for one in told]


def test_a_session_of_bytes_is_annotated_once_and_the_next_one_anew() -> None:
    diagnosis = Diagnosis()
    agreed = SWITCH + b"Sec-WebSocket-Protocol: mqtt\r\n\r\n"
    script = session(
        (0.1, agreed),
        (0.2, CLOSE_1000),
        (0.3, StreamEnd.FINISHED),
        of=settings(handshake=HandshakeSettings(subprotocols=("mqtt",))),
    )
    for _ in range(2):
        events = [event for batch in script for event in diagnosis.annotate(batch).events]
        assert ["mqtt"] == [event.protocol for event in events if isinstance(event, ApplicationRecognised)]


def test_what_a_client_says_first_tells_whoever_looks() -> None:
    connection = ClientConnection(settings(), lambda count: b"7\xfa!=" * (count // 4), Interest.NOTHING)
    connection.start(0.0)
    opened = connection.receive(OPEN, 0.1)
    step = connection.send((SendMessage(MessageKind.TEXT, b'{"jsonrpc":"2.0","method":"a"}'),), 0.2)
    assert ["jsonrpc"] == [one.protocol for one in recognised(*opened.events, *step.events)]


def test_a_plain_session_does_not_load_the_registry() -> None:
    script = """
import sys
from tests.diagnose.scripted import OPEN, CLOSE_1000, session
from wscli.diagnose.diagnosis import Diagnosis
from wscli.events import StreamEnd
diagnosis = Diagnosis()
text = b'{"price": 12.5, "type": "tick"}'
good = session((0.1, OPEN + b"\\x81" + bytes([len(text)]) + text), (0.2, CLOSE_1000), (0.3, StreamEnd.FINISHED))
assert all(diagnosis.annotate(batch) is batch for batch in good)
print(*(name for name in sys.modules if name.startswith(("wscli.applications", "wscli.diagnose.rules"))))
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, text=True, capture_output=True, check=True)
    assert [] == ended.stdout.split()
