"""Rules about frames: each on the bytes that it is for, and on bytes that look like it and are not."""

from __future__ import annotations

import zlib

import pytest

from tests.diagnose.scripted import OPEN, SWITCH, case_of, found, rules, session, settings, text_of
from wscli.diagnose.diagnosis import judge
from wscli.diagnose.frames import (
    bits_text,
    chunk_of,
    first_frame,
    gunzipped,
    hex_text,
    inflated_beginning,
    marked,
    violation_evidence,
)
from wscli.events import Confidence, Finding, StreamEnd
from wscli.settings import HandshakeSettings
from wscli.wire.deviations import FRAME_CUT, FRAME_OPCODE_RESERVED
from wscli.wire.frames import Frame

HI = b"\x81\x02hi"
HELLO = b"\x81\x05Hello"
CODED = SWITCH + b"Transfer-Encoding: chunked\r\n\r\n"
GZIPPED = SWITCH + b"Content-Encoding: gzip\r\n\r\n"
PLAIN = settings(handshake=HandshakeSettings(deflate_offer=None))


def deflated(data: bytes, bits: int = -15) -> bytes:
    compressor = zlib.compressobj(wbits=bits)
    return compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)


def frame(first: int, payload: bytes) -> bytes:
    return bytes((first, len(payload))) + payload


def judged(stream: bytes, opening: bytes = OPEN, *, with_offer: bool = True) -> Finding:
    """Return the first finding in a session in which the server sends this stream and ends."""
    of = settings() if with_offer else PLAIN
    return found((0.1, opening + stream), (0.2, StreamEnd.FINISHED), of=of)[0]


COMPRESSED = frame(0xC1, deflated(b"Hello Hello Hello")[:-4])
GZIP = deflated(HELLO, 31)

# The stream, its opening; the rule and the confidence, what the evidence shows, what the advice names.
CASES: list[tuple[bytes, bytes, str, str, str]] = [
    (b"HTTP/1.1 500 Oops\r\n\r\n", OPEN, "framing/http certain", "read as: HTTP/1.1 500 Oops", "error handler"),
    (HI + b"HTTP/1.1 500 Oops\r\n\r\n", OPEN, "framing/http certain", "from byte 4 of the stream on", "log"),
    (b"<!doctype html><title>Oops", OPEN, "framing/html certain", "<!doctype html>", "second writer"),
    (b"7\r\n" + HELLO + b"\r\n", CODED, "framing/chunked certain", "Transfer-Encoding: chunked", "chunked"),
    (b"7\r\n" + HELLO + b"\r\n", OPEN, "framing/chunked certain", 'sound frame: TEXT of 5 bytes "Hello"', "chunked"),
    (b"5\r\n\xff\xff\xff\xff\xff\r\n", OPEN, "framing/chunked likely", "5, a chunk size: 5 bytes", "chunked"),
    (GZIP, GZIPPED, "framing/compressed-stream certain", 'sound frame: TEXT of 5 bytes "Hello"', "compression"),
    (deflated(b"not a frame", 15), OPEN, "framing/compressed-stream certain", "inflates to: not a frame",
     "compression"),
    (GZIP[:10], OPEN, "framing/compressed-stream likely", "1f 8b 08", "compression"),
    (b"\x17\x03\x03\x00\x20" + bytes(40), OPEN, "framing/tls likely", "17 03 03 00 20, a TLS record", "TLS"),
    (b"starting up, please wait\n", OPEN, "framing/text likely", "very beginning", "second writer"),
    (HELLO + b", world and more", OPEN, "framing/text possible", "read as: , world and more", "-vvv"),
    (COMPRESSED, OPEN, "framing/compressed possible", "inflates (raw deflate) to 17 bytes: Hello", "--no-deflate"),
    (b"\xc9\x05Hello", OPEN, "framing/reserved-bit-place certain", "c9 = 1[1]00 1001: RSV1", "RSV1"),
    (b"\x01\x03Hel\xc0\x02lo", OPEN, "framing/reserved-bit-place certain", "byte 5 of the stream, frame 2", "RSV1"),
    (b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", OPEN, "framing/masked certain", 'TEXT of 5 bytes "Hello"',
     "mask"),
    (b"\x8a\x80\x37\xfa\x21\x3d", OPEN, "framing/masked certain", "8a [80] 37 fa 21 3d; 80 = [1]000 0000: MASK",
     "mask"),
    (HI + b"\xf7\xfe\x01\x02\x03\x04\x05\x06\x07", OPEN, "framing/lost likely",
     "ended at byte 4, before frame 2", "-vvv"),
    (b"\xa1\x05Hello", OPEN, "framing/reserved possible", "[a1] 05 48 65 6c 6c 6f; a1 = 10[1]0 0001: RSV2",
     "--no-deflate"),
    (b"\x91\x05Hello", OPEN, "framing/reserved possible", "91 = 100[1] 0001: RSV3", "--no-deflate"),
    (b"\xc1\x05Hell\xff", OPEN, "framing/reserved possible", "answered: none", "--no-deflate"),
    (b"\xc1\x05Hello", OPEN, "framing/reserved-bit-plain certain", "does not inflate; it reads as: Hello", "81"),
    (b"\x83\x05Hello", OPEN, "framing/reserved possible", "83 = 1000 [0011]: opcode 0x3", "--no-deflate"),
    (b"\x81\x7e\x00\x05Hello", OPEN, "framing/length-form certain", "7e = 0[111 1110]: length 5 in 16 bits",
     "7 bits"),
    (b"\x81\x7f" + b"\xff" * 8, OPEN, "framing/length-huge possible", "ff = [1]111 1111: the top bit", "-vvv"),
    (b"\x82\x7f\x80" + bytes(7), OPEN, "framing/length-huge possible", "80 = [1]000 0000: the top bit", "-vvv"),
    (b"\x09\x01x", OPEN, "framing/control certain", "09 = [0]000 1001: FIN is 0", "one frame"),
    (b"\x89\x7e\x00\x7e" + b"x" * 126, OPEN, "framing/control certain", "length 126 in 16 bits", "125"),
    (b"\x88\x7e\x00\x7e\x03\xe8" + b"r" * 124, OPEN, "framing/control certain", "the reason begins: rrrr", "123"),
    (b"\x88\x7e\x00\x7e\x03\xe8" + b"\xff" * 124, OPEN, "framing/control certain", "byte 1 of the stream", "123"),
    (b"\x80\x05Hello", OPEN, "framing/fragments possible", "80 = 1000 [0000]: CONTINUATION", "-vv"),
    (b"\x01\x03Hel" + HI, OPEN, "framing/fragments possible", "frame 1 began a message", "lock or queue"),
    (b"\x88\x02\x03\xe8" + HI, OPEN, "framing/after-close certain", "byte 4 of the stream, frame 3: [81] 02",
     "writers"),
]  # fmt: skip


@pytest.mark.parametrize(("stream", "opening", "rule", "shown", "advice"), CASES)
def test_a_stream_is_judged(stream: bytes, opening: bytes, rule: str, shown: str, advice: str) -> None:
    finding = judged(stream, opening)
    assert rule == f"{finding.rule} {finding.confidence.value}"
    assert shown in "\n".join(one.text for one in finding.evidence)
    assert advice in finding.advice


# What looks like the rule on the left, and is judged by another.
NEAR: list[tuple[str, bytes, str]] = [
    ("framing/http", b"HTTQ/1.1 500 Oops\r\n", "framing/text"),
    ("framing/html", b"< 5 is less than six", "framing/text"),
    ("framing/chunked", b"5\r\nHello, no end", "framing/lost-or-reserved"),
    ("framing/compressed-stream", b"\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\x00", "framing/lost-or-reserved"),
    ("framing/tls", b"\x17\x09\x03\x00\x20" + bytes(40), "framing/lost-or-reserved"),
    ("framing/text", b"\x2c\x05w\x00rld", "framing/lost-or-reserved"),
    ("framing/compressed", b"\xc1\x05Hello", "framing/reserved-bit-plain"),
    ("framing/reserved-bit-plain", b"\xc1\x05Hel\x00o", "framing/lost-or-reserved"),
    ("framing/masked", b"\xb1\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "framing/lost-or-reserved"),
    ("framing/lost", b"\xf7\x00", "framing/lost-or-reserved"),
]


@pytest.mark.parametrize(("rule", "stream", "other"), NEAR)
def test_what_only_looks_like_it_is_judged_otherwise(rule: str, stream: bytes, other: str) -> None:
    finding = judged(stream)
    assert rule != finding.rule
    if "-or-" not in other:
        assert other == finding.rule


@pytest.mark.parametrize(
    "stream",
    [
        HI,
        b"\x01\x03Hel\x89\x00\x80\x02lo",
        b"\x89\x7d" + b"x" * 125,
        b"\x82\x7e\x00\x7e" + b"x" * 126,
    ],
    ids=["text", "ping between fragments", "long ping", "16 bits that are needed"],
)
def test_sound_frames_have_no_finding(stream: bytes) -> None:
    assert () == found((0.1, OPEN + stream), (0.2, b"\x88\x02\x03\xe8"), (0.3, StreamEnd.FINISHED))


def test_compression_that_was_not_offered_is_the_servers_own() -> None:
    finding = judged(COMPRESSED, with_offer=False)
    assert ("framing/compressed", Confidence.CERTAIN) == (finding.rule, finding.confidence)
    assert "extensions offered: none; answered: none" in text_of(finding)
    assert "-vvv" in judged(b"\xa1\x05Hello", with_offer=False).advice


def test_a_signed_length_is_named_before_other_causes() -> None:
    assert "as one it is -1" in judged(b"\x81\x7f" + b"\xff" * 8).causes[0]
    assert "as one it is" in judged(b"\x81\x7f\x80" + bytes(8)).causes[1]


def test_a_frame_failure_without_its_frame_is_still_judged() -> None:
    case = case_of(session((0.1, OPEN + b"\xa1\x05Hello"), (0.2, StreamEnd.FINISHED)))
    case.bad_frame, case.stray = None, b""
    assert ["frame/reserved-bit-2"] == [one.text for one in violation_evidence(case)]
    assert ["framing/reserved"] == rules(judge(case))


@pytest.mark.parametrize("first", [0x81, 0x83, 0x09])
def test_a_failure_that_no_special_rule_knows_has_the_general_one(first: int) -> None:
    case = case_of(session((0.1, OPEN + b"\x09\x00"), (0.2, StreamEnd.FINISHED)))
    case.bad_frame, case.stray = Frame(bytes((first,)), b""), b""
    (finding,) = judge(case)
    assert ("framing/violation", "RFC 6455 5.5") == (finding.rule, finding.reference)


# --- The bytes of a violation -----------------------------------------------------------------------------------------
def test_bits_are_marked_in_groups_of_four() -> None:
    assert "1[1]00 0001" == bits_text(0xC1, 1, 2)
    assert "0[111 1110]" == bits_text(0x7E, 1, 8)
    assert "1000 [0011]" == bits_text(0x83, 4, 8)
    assert "[1110] 1001" == bits_text(0xE9, 0, 4)


def test_bytes_are_marked_and_elided() -> None:
    assert "61 [62 63] 64" == hex_text(b"abcd", 1, 2)
    assert "61 62 …" == hex_text(b"abcd", 3, shown=2)


def test_a_kind_without_bits_shows_the_bytes_alone() -> None:
    assert "byte 9 of the stream, frame 2: 81 05" == marked(Frame(b"\x81\x05", b"", 9), 2, FRAME_CUT.at(None))
    assert "byte 9 of the stream, frame 2: " == marked(Frame(b"", b"", 9), 2, FRAME_OPCODE_RESERVED.at(0))


def test_guesses_are_tested_before_they_are_given() -> None:
    assert (5, b"Hello") == chunk_of(b"5\r\nHello\r\n")
    assert chunk_of(b"5\r\nHello, ") is None
    assert chunk_of(b"xyz\r\n") is None
    assert gunzipped(b"\x78\x9c") is None
    assert gunzipped(b"\x78\x9c\xff\xff\xff\xff") is None
    assert gunzipped(b"\x78\x00") is None
    assert first_frame(b"\x81\x05Hel") is None
    assert first_frame(b"") is None
    assert (7, b"Hello") == inflated_beginning(deflated(b"Hello")[:-4])
    assert inflated_beginning(b"\xff\xff")[1] == b""


def test_the_frames_behind_a_bad_one_are_evidence_too() -> None:
    case = case_of(session((0.1, OPEN + b"5\r" + b"\n\x81\x03He" + b"l\r\n" + HI), (0.2, StreamEnd.FINISHED)))
    assert case.stray.startswith(b"5\r\n\x81")
