"""Rules about messages: each on the bytes that it is for, and on bytes that look like it and are not."""

from __future__ import annotations

import zlib

import pytest

from tests.diagnose.scripted import OPEN, SWITCH, case_of, found, session, settings
from wscli.diagnose.diagnosis import judge
from wscli.events import DeviationFound, Finding, Side, StreamEnd, WebSocketFailed
from wscli.settings import Limits
from wscli.wire.deviations import DEFLATE_INVALID, MESSAGE_NOT_UTF8, MESSAGE_TOO_BIG

DEFLATE = SWITCH + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
HELLO = b"Hello, Hello, Hello"


def text(payload: bytes) -> bytes:
    return bytes((0x81, len(payload))) + payload


def marked(payload: bytes) -> bytes:
    """A text frame with RSV1."""
    return bytes((0xC1, len(payload))) + payload


def deflated(data: bytes, bits: int = -15) -> bytes:
    compressor = zlib.compressobj(wbits=bits)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def judged(stream: bytes, opening: bytes = OPEN, **limits: int) -> Finding:
    of = settings(limits=Limits(**limits)) if limits else settings()
    return found((0.1, opening + stream), (0.2, StreamEnd.FINISHED), of=of)[0]


FAR_BACK = zlib.compressobj(wbits=-15)
FIRST = FAR_BACK.compress(HELLO * 4) + FAR_BACK.flush(zlib.Z_SYNC_FLUSH)
SECOND = (FAR_BACK.compress(HELLO * 4) + FAR_BACK.flush(zlib.Z_SYNC_FLUSH))[:-4]
"""A message that refers to one before it, which was never sent."""

# The stream, its opening; the rule and the confidence, what the evidence shows, what the advice names.
CASES: list[tuple[bytes, bytes, str, str, str]] = [
    (b"\x81\x09Hello" + text(b"hi"), OPEN, "message/length likely", 'sound frame: TEXT of 2 bytes "hi"', "length"),
    (text(zlib.compress(HELLO, wbits=31)), OPEN, "message/text-compressed certain", "inflates to: Hello,", "binary"),
    (text("cafe €".encode()[:-1]), OPEN, "message/cut-character certain", "[e2] 82; e2 = [1110] 0010", "between"),
    (text(b"\xed\xa0\xbd\xed\xb8\x80"), OPEN, "message/modified-utf-8 certain", "byte 0 of the message", "UTF-8"),
    (text(b"a\xc0\x80b"), OPEN, "message/modified-utf-8 certain", "a byte that UTF-8 never has", "UTF-8"),
    (text(b"caf\xe9 au lait"), OPEN, "message/other-encoding likely", "63 61 66 [e9] 20", "UTF-8"),
    (text(b"\xff\xfeh\0i\0"), OPEN, "message/other-encoding certain", "[ff] fe 68 00", "UTF-8"),
    (text(b"\x80\x01\x02\x03"), OPEN, "message/not-utf-8 possible", "continues nothing", "--lenient"),
    (b"\x01\x02\xe2\x82\x80\x01A", OPEN, "message/not-utf-8 possible", "[e2] 82 41", "binary"),
    (text(b"ok\xf0\x9f\x98A"), OPEN, "message/not-utf-8 possible",
     "begins a character of 4 bytes, and 41 behind", "-vvv"),
    (marked(b"Hello"), DEFLATE, "message/deflate-plain certain", "the payload reads as: Hello", "RSV1"),
    (marked(zlib.compress(HELLO)), DEFLATE, "message/deflate-wrapped certain", "as zlib it inflates to: Hello",
     "wbits=-15"),
    (marked(SECOND), DEFLATE, "message/deflate-window likely", "too far back", "server_no_context_takeover"),
    (marked(deflated(HELLO * 4)[:-3]), DEFLATE, "message/deflate-broken likely", "inflate to: Hello",
     "Z_SYNC_FLUSH"),
    (marked(b"\xff" * 9), DEFLATE, "message/deflate-broken possible", "nothing of it inflates", "--no-deflate"),
    (b"\x82\x7f" + (1 << 40).to_bytes(8, "big"), OPEN, "message/too-big possible", "1099511627776 bytes", "-vvv"),
]  # fmt: skip


@pytest.mark.parametrize(("stream", "opening", "rule", "shown", "advice"), CASES)
def test_a_message_is_judged(stream: bytes, opening: bytes, rule: str, shown: str, advice: str) -> None:
    finding = judged(stream, opening)
    assert rule == f"{finding.rule} {finding.confidence.value}"
    assert shown in "\n".join(one.text for one in finding.evidence)
    assert advice in finding.advice


def test_a_message_past_our_own_limit_is_ours_to_raise() -> None:
    finding = judged(text(b"Hello"), message=3)
    assert "message/too-big certain" == f"{finding.rule} {finding.confidence.value}"
    assert "--max-message" in finding.advice
    assert "a bomb" in judged(marked(deflated(b"x" * 9999)), DEFLATE, message=99).causes[0]


# What looks like the rule on the left, and is judged by the one on the right.
NEAR = [
    ("message/length", b"\x81\x09Hello\x81\x82hi", "message/not-utf-8"),
    ("message/length", b"\x81\x09Hello\x82\x05hi", "message/not-utf-8"),
    ("message/text-compressed", text(b"\x1f\x8b\x07\x00"), "message/not-utf-8"),
    ("message/cut-character", text(b"cafe \xe2\x82 "), "message/not-utf-8"),
    ("message/modified-utf-8", text(b"\xed\x20\x80"), "message/not-utf-8"),
    ("message/other-encoding", text(b"\xe9\x01\x02\x03"), "message/not-utf-8"),
    ("message/other-encoding", text(b"caf\xe9\xa9\xa9\xa9\xa9"), "message/not-utf-8"),
]


@pytest.mark.parametrize(("rule", "stream", "other"), NEAR)
def test_what_only_looks_like_it_is_judged_otherwise(rule: str, stream: bytes, other: str) -> None:
    assert rule != other
    assert other == judged(stream).rule


@pytest.mark.parametrize(
    ("rule", "payload"),
    [
        ("message/deflate-plain", b"Hello\x00\xff"),
        ("message/deflate-wrapped", b"\x78\x9c\xff\xff\xff\xff"),
        ("message/deflate-window", b"\xff\xff"),
    ],
)
def test_what_only_looks_like_a_kind_of_compression_is_broken(rule: str, payload: bytes) -> None:
    finding = judged(marked(payload), DEFLATE)
    assert (False, "message/deflate-broken") == (rule == finding.rule, finding.rule)


@pytest.mark.parametrize("stream", [text("café €😀".encode()), b"\x01\x02\xe2\x82\x80\x01\xac", b"\x82\x02\xff\xff"])
def test_sound_messages_have_no_finding(stream: bytes) -> None:
    assert () == found((0.1, OPEN + stream), (0.2, b"\x88\x02\x03\xe8"), (0.3, StreamEnd.FINISHED))


def test_a_sound_compressed_message_has_no_finding() -> None:
    stream = marked(deflated(HELLO)) + text(b"short")
    assert () == found((0.1, DEFLATE + stream), (0.2, b"\x88\x02\x03\xe8"), (0.3, StreamEnd.FINISHED))


@pytest.mark.parametrize("kind", [MESSAGE_NOT_UTF8, DEFLATE_INVALID, MESSAGE_TOO_BIG])
def test_a_failure_without_its_message_has_the_general_finding(kind: object) -> None:
    deviation = kind.at(3)  # type: ignore[attr-defined]
    case = case_of(session((0.1, OPEN)))
    case.failed = WebSocketFailed(1007, deviation)
    assert "message/violation" in [finding.rule for finding in judge(case)]


def test_recorded_deviations_without_bytes_around_them_are_judged_too() -> None:
    for kind, rule in ((MESSAGE_NOT_UTF8, "message/not-utf-8"), (DEFLATE_INVALID, "message/deflate-broken")):
        case = case_of(session((0.1, OPEN)))
        case.failed = WebSocketFailed(1007, kind.at(3))
        case.message_deviation = DeviationFound(Side.REMOTE, "message from frame 1", kind.at(3))
        assert rule in [finding.rule for finding in judge(case)]
        case.failed = WebSocketFailed(1007, kind.at())
        case.message_deviation = DeviationFound(Side.REMOTE, "message from frame 1", kind.at())
        assert rule in [finding.rule for finding in judge(case)]
