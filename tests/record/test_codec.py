"""Events ↔ lines: the round trip, the quick encoders, what a reader of the lines sees, and hostile lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import EVENT_STRATEGIES, any_event, batches, moments
from wscli.events import (
    EVENTS,
    Batch,
    BytesReceived,
    CloseReceived,
    Connected,
    DeviationFound,
    Event,
    FrameReceived,
    FrameSent,
    MessageKind,
    MessagePart,
    MessageReceived,
    NameResolved,
    PongMatched,
    RequestSent,
    ResponseReceived,
    SessionEnded,
    Side,
    StreamEnd,
    StreamEnded,
    TlsEstablished,
)
from wscli.record import codec
from wscli.record.codec import (
    QUICK_ENCODERS,
    UnknownEvent,
    decode_event,
    encode_batch,
    encode_event,
    encode_slowly,
    make_quick_decoder,
)
from wscli.record.convert import BrokenRecord
from wscli.wire.close import ClosePayload, decode_close
from wscli.wire.deviations import FRAME_OPCODE_RESERVED, Deviation, DeviationKind, Level
from wscli.wire.frames import Frame, FrameOrder, encode_frame
from wscli.wire.head import RequestDecoder, ResponseDecoder

ODD = (
    b'"',
    b"\\",
    b"\\u",
    b"\\ud800",
    b"9" * 30,
    b"0",
    b"-1",
    b"1e9",
    b",",
    b"}",
    b"=",
    b"\n",
    b"\0",
    b"\xc3",
    b"\xc3\xbc",
    b'"x":1,',
)
"""What may be put into a line to make it another one, or none."""


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_survives_its_line(kind: type[Event]) -> None:
    @given(moments, EVENT_STRATEGIES[kind])
    def law(at: float, event: Event) -> None:
        line = encode_event(at, event)
        assert line.isascii()
        assert "\n" not in line
        assert (at, event) == decode_event(line)
        assert (at, event) == decode_event(line.encode())

    law()


@pytest.mark.parametrize("kind", QUICK_ENCODERS, ids=lambda kind: kind.__name__)
def test_the_quick_encoders_say_what_the_slow_one_says(kind: type[Event]) -> None:
    @given(moments, EVENT_STRATEGIES[kind])
    def law(at: float, event: Event) -> None:
        assert encode_slowly(f"{at:.6f}", event) == encode_event(at, event)

    law()


@given(batches)
def test_a_batch_is_the_lines_of_its_events(batch: Batch) -> None:
    assert [encode_event(batch.at, event) for event in batch.events] == encode_batch(batch)


def test_every_event_has_a_name_of_its_own() -> None:
    assert len(EVENTS) == len(codec.NAMES)
    assert codec.NAMES["frame-received"] is FrameReceived
    assert codec.NAMES["tls-established"] is TlsEstablished


# --- What a reader sees ----------------------------------------------------------------------------------------------
def test_a_frame_stands_with_what_readers_want_and_with_its_exact_header() -> None:
    event = FrameReceived(7, encode_frame(FrameOrder(1, b"hello"), 12))
    expected = (
        '{"at":1.204000,"event":"frame-received","number":7,"opcode":"TEXT","fin":true,"rsv":0,"masked":false'
        ',"length":5,"header":"8105","offset":12,"text":"hello"}'
    )
    assert expected == encode_event(1.204, event)


def test_a_masked_frame_keeps_its_key_and_stands_unmasked() -> None:
    event = FrameSent(1, encode_frame(FrameOrder(1, b"hi", mask_key=b"\x01\x02\x03\x04")))
    line = encode_event(0, event)
    assert '"header":"818201020304","offset":0,"text":"hi"' in line
    assert decode_event(line)[1] == event


def test_a_frame_that_breaks_rules_names_its_deviations() -> None:
    line = encode_event(0, FrameReceived(1, encode_frame(FrameOrder(0xB, b"x"))))
    record = json.loads(line)
    assert "OPCODE-0xB" == record["opcode"]
    assert {
        "code": "frame/opcode-reserved",
        "level": "must",
        "section": "RFC 6455 5.2",
        "offset": 0,
        "detail": "opcode 0xb",
    } == record["deviations"][0]
    assert "eA==" == record["base64"]


def test_a_compressed_frame_stands_as_base64_with_its_content_inflated() -> None:
    event = FrameReceived(1, Frame(b"\xc1\x05", b"abcde"), b"inflated")
    record = json.loads(encode_event(0, event))
    assert ("YWJjZGU=", {"text": "inflated"}, 4) == (record["base64"], record["content"], record["rsv"])


def test_the_facts_kept_about_headers_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "_FACTS_KEPT", 3)
    for length in range(20):
        encode_event(0, FrameReceived(1, encode_frame(FrameOrder(1, b"x" * length))))
    assert len(codec._facts) <= 5


def test_a_text_message_stands_as_text_with_its_frames() -> None:
    event = MessageReceived(MessageKind.TEXT, "naïve\n".encode(), (3, 4))
    expected = '{"at":0.000001,"event":"message-received","kind":"text","frames":[3,4],"text":"na\\u00efve\\n"}'
    assert expected == encode_event(0.000001, event)


def test_a_binary_message_stands_as_base64_even_where_it_is_text() -> None:
    line = encode_event(0, MessageReceived(MessageKind.BINARY, b"text", (1, 1)))
    assert '"kind":"binary","frames":[1,1],"base64":"dGV4dA=="' in line


def test_a_text_message_that_is_no_utf8_stands_as_base64() -> None:
    assert '"base64":"/w=="' in encode_event(0, MessageReceived(MessageKind.TEXT, b"\xff", (1, 1)))


@pytest.mark.parametrize("event", [
    MessageReceived(MessageKind.TEXT, b"\0" * 5000, (1, 1)),
    FrameReceived(1, encode_frame(FrameOrder(1, b"\0" * 5000))),
    BytesReceived(b"\0" * 5000),
])  # fmt: skip
def test_many_bytes_that_json_would_escape_stand_as_base64(event: Event) -> None:
    line = encode_event(0, event)
    assert '"base64":"AAAA' in line
    assert len(line) < 8000
    assert (0, event) == decode_event(line)


def test_a_large_payload_that_is_mostly_plain_stands_as_text() -> None:
    assert '"text":"' in encode_event(0, MessageReceived(MessageKind.TEXT, b"a" * 5000, (1, 1)))


def test_parts_of_a_binary_message_stand_as_base64() -> None:
    assert '"base64":"YQ=="' in encode_event(0, MessagePart(MessageKind.BINARY, b"a", True, False))


def test_a_head_stands_with_its_fields_and_its_exact_bytes() -> None:
    raw = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
    head = ResponseDecoder(65536).feed(raw)
    assert head is not None
    record = json.loads(encode_event(0, ResponseReceived(head)))["head"]
    assert (101, [["Upgrade", "websocket"]], raw.decode()) == (record["status"], record["headers"], record["text"])


def test_a_head_that_is_no_utf8_stands_as_base64() -> None:
    head = RequestDecoder(65536).feed(b"GET / HTTP/1.1\r\nX: \xe9\r\n\r\n")
    assert head is not None
    line = encode_event(0, RequestSent(head))
    assert '"base64":"R0VU' in line
    assert (0, RequestSent(head)) == decode_event(line)


def test_absent_values_are_left_out() -> None:
    line = encode_event(2, SessionEnded(None, ClosePayload(b"\x03\xe8", 1000, ""), Side.REMOTE, True, None))
    record = json.loads(line)
    assert {"at", "event", "close_received", "first_close", "is_clean"} == set(record)


def test_plain_events_stand_with_their_fields_by_name() -> None:
    expected = '{"at":0.500000,"event":"stream-ended","how":"rst","detail":"gone"}'.replace(
        "rst", StreamEnd.RESET.value
    )
    assert expected == encode_event(0.5, StreamEnded(StreamEnd.RESET, "gone"))
    assert '"addresses":["127.0.0.1","::1"]' in encode_event(0, NameResolved("localhost", ("127.0.0.1", "::1")))


# --- What other versions wrote ---------------------------------------------------------------------------------------
def test_a_deviation_that_only_a_newer_wscli_knows_is_kept() -> None:
    line = (
        '{"at":0,"event":"deviation-found","side":"remote","place":"message 3"'
        ',"deviation":{"code":"frame/from-the-future","level":"should","section":"RFC 9999 1"}}'
    )
    kind = DeviationKind("frame/from-the-future", Level.SHOULD, "RFC 9999 1", "")
    expected = DeviationFound(Side.REMOTE, "message 3", Deviation(kind))
    assert (0, expected) == decode_event(line)
    assert (0, expected) == decode_event(encode_event(0, expected))


def test_a_known_deviation_comes_from_the_catalogue() -> None:
    line = encode_event(0, DeviationFound(Side.LOCAL, "", FRAME_OPCODE_RESERVED.at(1)))
    event = decode_event(line)[1]
    assert isinstance(event, DeviationFound)
    assert event.deviation.kind is FRAME_OPCODE_RESERVED


def test_members_that_are_not_known_are_ignored() -> None:
    line = '{"at":1,"event":"connected","address":"a","local_address":"b","colour":[{}]}'
    assert (1, Connected("a", "b")) == decode_event(line)


def test_a_missing_member_with_a_default_takes_it() -> None:
    assert (1, StreamEnded(StreamEnd.FINISHED)) == decode_event('{"at":1,"event":"stream-ended","how":"fin"}')


def test_an_event_of_a_newer_version_is_told_apart() -> None:
    with pytest.raises(UnknownEvent) as caught:
        decode_event('{"at":1,"event":"stream-opened"}')
    assert "stream-opened" == caught.value.name


# --- Hostile lines ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "not JSON at character 1"),
        ("{", "not JSON at character 2"),
        ('{"at":0} x', "not JSON at character 10"),
        (b"\xff{}", "not UTF-8 at byte 1"),
        ("[]", "a list is not an object"),
        ("7", "`7` is not an object"),
        ("null", "`None` is not an object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"at":' + "1" * 10_000 + "}", "a number with too many digits"),
        ('{"at":NaN}', "NaN is not JSON"),
        ("{}", "`event` is missing"),
        ('{"event":"connected"}', "`at` is missing"),
        ('{"event":[],"at":0}', "a list is not a string"),
        ('{"event":"connected","at":true}', "`True` is not a number"),
        ('{"event":"connected","at":-1}', "`at` is negative: `-1.0`"),
        ('{"event":"connected","at":1e999}', "a number is out of range"),
        ('{"event":"connected","at":' + "9" * 4000 + "}", "a number is out of range"),
        ('{"event":"connected","at":0}', "`address` is missing"),
        ('{"event":"connected","at":0,"address":null}', "`address` is missing"),
        ('{"event":"connected","at":0,"address":3}', "in `address`: `3` is not a string"),
        ('{"event":"name-resolved","at":0,"host":"h","addresses":{}}', "in `addresses`: an object is not a list"),
        (
            '{"event":"stream-ended","at":0,"how":"later"}',
            "in `how`: `'later'` is not one of fin, reset, failed, abandoned",
        ),
        ('{"event":"stream-ended","at":0,"how":0}', "in `how`: `0` is not a string"),
        ('{"event":"bytes-sent","at":0}', "neither `text` nor `base64` is there"),
        ('{"event":"bytes-sent","at":0,"base64":"a"}', "`base64` is not base64"),
        ('{"event":"bytes-sent","at":0,"base64":"\\u00e9"}', "`base64` is not base64"),
        ('{"event":"bytes-sent","at":0,"base64":5}', "`5` is not a string"),
        ('{"event":"bytes-sent","at":0,"text":"\\ud800"}', "`text` holds half of a surrogate pair"),
        (
            '{"event":"message-sent","at":0,"kind":"text","frames":[1],"text":""}',
            "in `frames`: 1 numbers stand where two belong",
        ),
        (
            '{"event":"message-sent","at":0,"kind":"text","frames":[1,true],"text":""}',
            "in `frames`: `True` is not a whole number",
        ),
        (
            '{"event":"message-sent","at":0,"kind":"text","frames":[1,99999999999999999999],"text":""}',
            "in `frames`: a number is out of range",
        ),
        (
            '{"event":"tls-established","at":0,"version":"","cipher":"","is_verified":1}',
            "in `is_verified`: `1` is not true or false",
        ),
        ('{"event":"close-sent","at":0,"number":1,"payload":[]}', "in `payload`: a list is not an object"),
        ('{"event":"frame-sent","at":0,"number":1,"header":"8","offset":0,"text":""}', "`'8'` is not hexadecimal"),
        (
            '{"event":"frame-sent","at":0,"number":1,"header":"","offset":0,"text":""}',
            "`header` has 0 bytes, which is not what its length field asks for",
        ),
        (
            '{"event":"frame-sent","at":0,"number":1,"header":"81050000","offset":0,"text":""}',
            "`header` has 4 bytes, which is not what its length field asks for",
        ),
        ('{"event":"websocket-failed","at":0}', None),
        (
            '{"event":"web-socket-failed","at":0,"code":1002,"deviation":{"code":"x/y","level":"loud","section":""}}',
            "in `deviation`: `'loud'` is not one of must, should, odd",
        ),
        ('{"event":"web-socket-failed","at":0,"code":1002,"deviation":{}}', "in `deviation`: `None` is not a string"),
    ],
)
def test_a_line_that_is_wrong_is_refused_with_its_reason(line: str | bytes, reason: str | None) -> None:
    with pytest.raises((BrokenRecord, UnknownEvent)) as caught:
        decode_event(line)
    if reason is not None:
        assert reason == str(caught.value)


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(any_event, st.data())
def test_whatever_stands_in_a_member_gives_an_event_or_a_reason(event: Event, data: st.DataObject) -> None:
    record = json.loads(encode_event(1, event))
    name = data.draw(st.sampled_from(sorted(record)))
    record[name] = data.draw(_json_values)
    with suppress(BrokenRecord, UnknownEvent):
        decode_event(json.dumps(record))


@given(st.binary() | st.text())
def test_whatever_a_line_holds_gives_a_reason(line: bytes | str) -> None:
    with pytest.raises(BrokenRecord):
        decode_event(line)


@given(st.binary(max_size=60))
def test_a_head_of_any_bytes_is_read(raw: bytes) -> None:
    import base64

    line = json.dumps({"at": 0, "event": "response-received", "head": {"base64": base64.b64encode(raw).decode()}})
    event = decode_event(line)[1]
    assert isinstance(event, ResponseReceived)
    assert raw == event.head.raw


def test_an_empty_request_head_is_read() -> None:
    event = decode_event('{"at":0,"event":"request-sent","head":{"text":""}}')[1]
    assert isinstance(event, RequestSent)
    assert b"" == event.head.raw


def test_two_heads_in_one_are_kept_byte_for_byte() -> None:
    raw = "GET / HTTP/1.1\r\n\r\n" * 2
    event = decode_event(json.dumps({"at": 0, "event": "request-sent", "head": {"text": raw}}))[1]
    assert isinstance(event, RequestSent)
    assert raw.encode() == event.head.raw


# --- Cost ------------------------------------------------------------------------------------------------------------
def test_writing_imports_no_json() -> None:
    code = (
        "import sys, wscli.record.writer, wscli.record.secrets; from wscli.record.codec import encode_event;"
        "from wscli.events import *; encode_event(0, PongMatched(b'', 0.1));"
        "print(sorted({'json', 'base64', 'gzip', 'shlex', 'urllib'} & set(sys.modules)))"
    )
    # Measuring coverage would import what is looked for here.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert "[]" == result.stdout.strip()


def test_a_close_keeps_its_bytes_code_and_reason() -> None:
    event = CloseReceived(4, ClosePayload(b"\x03\xe8bye", 1000, "bye"))
    record = json.loads(encode_event(0, event))
    assert (1000, "bye") == (record["payload"]["code"], record["payload"]["reason"])
    assert (0, event) == decode_event(json.dumps(record))


def test_a_close_whose_reason_is_no_utf8_keeps_every_byte() -> None:
    event = CloseReceived(4, decode_close(b"\x03\xe8\xff\xfe\xed\xa0\x80"))
    assert (0, event) == decode_event(encode_event(0, event))


def test_a_round_trip_time_is_kept_exactly() -> None:
    event = PongMatched(b"", 0.1 + 0.2)
    assert (0, event) == decode_event(encode_event(0, event))


# --- The quick decoder -----------------------------------------------------------------------------------------------
@given(moments, any_event)
def test_the_quick_decoder_gives_what_the_slow_one_gives_or_declines(at: float, event: Event) -> None:
    line = encode_event(at, event).encode()
    assert make_quick_decoder()(line) in (None, decode_event(line))


@pytest.mark.parametrize("kind", QUICK_ENCODERS, ids=lambda kind: kind.__name__)
def test_the_usual_lines_are_decoded_quickly(kind: type[Event]) -> None:
    frame = encode_frame(FrameOrder(1, 'ü"\\'.encode()))
    message = kind(MessageKind.BINARY, b"\0\xff", (7, 9)) if "Message" in kind.__name__ else kind(1, frame)  # type: ignore[call-arg]
    assert (1.5, message) == make_quick_decoder()(encode_event(1.5, message).encode() + b"\n")


USUAL = (
    encode_event(1.5, FrameSent(3, encode_frame(FrameOrder(1, b"hello", mask_key=b"abcd")))).encode() + b"\n",
    encode_event(1.5, FrameReceived(3, encode_frame(FrameOrder(2, b"\xff" * 130)))).encode() + b"\n",
    encode_event(1.5, MessageReceived(MessageKind.TEXT, b'{"a": 1}', (1, 1))).encode() + b"\n",
    encode_event(1.5, MessageReceived(MessageKind.BINARY, b"\xff\xfe", (1, 1))).encode() + b"\n",
)


@given(st.sampled_from(USUAL), st.integers(0, 300), st.integers(0, 2), st.binary(max_size=3) | st.sampled_from(ODD))
def test_a_usual_line_with_a_change_in_it_is_read_as_the_slow_decoder_reads_it(
    line: bytes, place: int, cut: int, put: bytes
) -> None:
    changed, decode = line[:place] + put + line[place + cut :], make_quick_decoder()
    assert decode(line) == decode_event(line)
    for again in (changed, line, changed):  # what it remembers of the line before makes no difference
        found = decode(again)
        if found is not None:
            assert found == decode_event(again)
