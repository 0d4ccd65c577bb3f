"""What a session looks like, as whole screens of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import any_event
from wscli import events as e
from wscli.events import Batch, Check, Event, MessageKind, Side, StreamEnd
from wscli.protocol.client import decode_request
from wscli.render.style import STYLES, Painter, wants_colour
from wscli.render.transcript import Transcript
from wscli.render.views import QUIET, VIEWS, WITHOUT_VIEW
from wscli.wire.certificate import Certificate
from wscli.wire.close import decode_close
from wscli.wire.deviations import (
    FRAME_MASKED,
    HANDSHAKE_ACCEPT_WRONG,
    HANDSHAKE_CONTENT_ENCODING,
    HEAD_LINE_FEED_ONLY,
    MESSAGE_NOT_UTF8,
)
from wscli.wire.frames import CLOSE, CONTINUATION, PING, TEXT, Frame, FrameOrder, encode_frame
from wscli.wire.head import ResponseDecoder, ResponseHead

REQUEST = decode_request(b"GET /chat HTTP/1.1\r\nHost: h\r\n\r\n")


def head(raw: bytes) -> ResponseHead:
    decoded = ResponseDecoder().feed(raw)
    assert decoded is not None
    return decoded


SWITCH = head(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")


def frame(opcode: int, payload: bytes = b"", **changes: object) -> e.FrameReceived:
    return e.FrameReceived(7, encode_frame(FrameOrder(opcode, payload).replace(**changes)))


def shown(level: int, *batches: tuple[float, Event], width: int = 100) -> list[str]:
    out: list[str] = []
    transcript = Transcript(out.append, Painter(colour=False), level, width=lambda: width)
    for at, event in batches:
        transcript.accept(Batch(at, (event,)))
    transcript.close()
    return "".join(out).splitlines()


OPEN = (
    (0.001, e.NameResolved("h", ("127.0.0.1:80",))),
    (0.001, e.AttemptStarted("127.0.0.1:80")),
    (0.0012, e.Connected("127.0.0.1:80", "127.0.0.1:5")),
    (0.0012, e.RequestSent(REQUEST)),
    (0.0024, e.ResponseReceived(SWITCH)),
    (0.0024, e.HandshakeJudged((Check("Upgrade", True, "websocket", "websocket"),))),
    (0.0024, e.Opened("chat", "", None)),
)


def test_a_handshake_is_shown_line_by_line() -> None:
    assert [
        "* h is 127.0.0.1:80  dns 1.0 ms",
        "* 127.0.0.1:80  tcp 0.2 ms",
        "> GET /chat HTTP/1.1",
        "> Host: h",
        ">",
        "< HTTP/1.1 101 Switching Protocols",
        "< Upgrade: websocket",
        "<",
        "* open in 2.4 ms  (dns 1.0 · tcp 0.2 · upgrade 1.2)  subprotocol chat  deflate not agreed",
    ] == shown(1, *OPEN)


def test_without_verbosity_a_good_session_shows_nothing() -> None:
    close = decode_close(b"\x03\xe8")
    end = e.SessionEnded(close, close, Side.REMOTE, True, StreamEnd.FINISHED)
    assert [] == shown(0, *OPEN, (1.0, frame(TEXT, b"x")), (2.0, e.CloseReceived(8, close)), (2.0, end))


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (frame(TEXT, b'{"price": 12.5}'), '[  1.204] #7 ← TEXT 15 B  {"price": 12.5}'),
        (frame(PING, b"abcd"), '[  1.204] #7 ← PING 4 B  "abcd"'),
        (frame(PING), "[  1.204] #7 ← PING 0 B"),
        (frame(2, b"\x00\xff"), "[  1.204] #7 ← BINARY 2 B  00 ff"),
        (frame(TEXT, b"a" * 4096, fin=False), "[  1.204] #7 ← TEXT fin=0 4096 B  fragment 1 of a message …  aaaa"),
        (frame(CLOSE, b"\x03\xf0bad token"), '[  1.204] #7 ← CLOSE 1008 (policy violation) "bad token"'),
        (frame(CLOSE), "[  1.204] #7 ← CLOSE without a code"),
        (frame(CLOSE, b"\x03\xe8", fin=False), "[  1.204] #7 ← CLOSE fin=0 1000 (normal closure)"),
        (frame(CLOSE, b"\x03\xe8", declared_length=20), "[  1.204] #7 ← CLOSE 2 B of 20 B  1000 (normal closure)"),
        (frame(TEXT, b"\x1b[2J\xe2\x80\xae"), "[  1.204] #7 ← TEXT 7 B  \\x1b[2J\\u202e"),
        (frame(TEXT, b"x", rsv=7), "[  1.204] #7 ← TEXT rsv2 rsv3 rsv1 1 B  x"),
        (frame(TEXT, b"x", declared_length=20), "[  1.204] #7 ← TEXT 1 B of 20 B  x"),
        (frame(0xB, b"x"), '[  1.204] #7 ← OPCODE-0xB 1 B  "x"'),
        (
            e.FrameSent(9, encode_frame(FrameOrder(TEXT, b"zz", rsv=4)), b"hello"),
            "[  1.204] #9 → TEXT deflate 2 B = 5 B  hello",
        ),
    ],
)
def test_a_frame_is_one_line(event: Event, line: str) -> None:
    first = shown(2, (1.204, event))[0]
    assert first.startswith(line)
    assert not first.endswith(" ")
    assert len(first) <= 100


def test_fragments_are_counted() -> None:
    lines = shown(
        2,
        (0.0, frame(TEXT, b"a", fin=False)),
        (0.0, frame(CONTINUATION, b"b", fin=False)),
        (0.0, frame(CONTINUATION, b"c")),
        (0.0, frame(TEXT, b"d")),
    )
    assert ["fragment 1 of a message …  a", "fragment 2 of a message …  b", "fragment 3 of a message, the last  c"] == [
        line.split(" B  ")[1] for line in lines[:3]
    ]


@pytest.mark.parametrize("header", [b"\x81", b"\x81\x7e\x00", b"\x81\x85\x01"])
def test_a_frame_cut_inside_its_header_shows_what_there_is(header: bytes) -> None:
    cut = e.FrameReceived(7, Frame(header, b""))
    assert [f"[  0.000] #7 ← a frame cut inside its header  {header.hex(' ')}"] == shown(3, (0.0, cut))


def test_deviations_stand_under_their_frame() -> None:
    event = e.FrameReceived(1, encode_frame(FrameOrder(TEXT)).with_deviations((FRAME_MASKED.at(1),)))
    assert "! frame/masked (RFC 6455 5.1) a server must not mask its frames" in shown(2, (0.0, event))[1]


def test_the_highest_verbosity_opens_a_frame_up() -> None:
    lines = shown(3, (0.0, frame(TEXT, b"hello", mask_key=b"\1\2\3\4")))
    assert "    81 85 01 02 03 04  fin=1 rsv=000 opcode=0x1 mask=01020304 length=5 in 7 bits offset=0" == lines[1]
    assert lines[2].endswith("|hello|")
    assert "… 904 more bytes" in shown(3, (0.0, frame(2, b"x" * 5000)))[-1]


def test_bytes_are_dumped() -> None:
    lines = shown(3, (0.5, e.BytesReceived(b"a" * 5000)), (0.5, e.BytesSent(b"b")))
    assert "[  0.500] ← 5000 B" == lines[0]
    assert "    … 904 more bytes" in lines
    assert "[  0.500] → 1 B" == lines[-2]


def test_a_refusal_says_what_tells_most() -> None:
    refusal = head(
        b"HTTP/1.1 301 Moved\r\nServer: nginx\r\nLocation: https://h/\x1b\r\nContent-Type: text/html\r\n\r\n"
    )
    lines = shown(
        0,
        (0.0, e.ResponseReceived(refusal)),
        (0.0, e.HandshakeRefused(301, "Moved")),
        (0.1, e.RefusalBodyReceived(b"<p>gone\n away</p>", is_complete=False)),
        (0.1, e.RefusalBodyReceived(b"", is_complete=True)),
    )
    assert [
        "x handshake refused: HTTP/1.1 301 Moved",
        "  seen    Server: nginx",
        "  seen    Location: https://h/\\x1b",
        "  body    17 B, cut: <p>gone away</p>",
    ] == lines


def refused_with(body: bytes, *fields: bytes) -> str:
    """Return the line that shows the body of such a refusal."""
    refusal = head(b"HTTP/1.1 400 No\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n")
    return shown(0, (0.0, e.ResponseReceived(refusal)), (0.1, e.RefusalBodyReceived(body, is_complete=True)))[0]


def test_of_a_long_page_what_people_would_read_is_shown() -> None:
    noise = b"<style>" + b"a{b:c}" * 100 + b"</style><script>if (1<2) x()</script><!-- a > b -->"
    page = b"<html><head>" + noise + b"<title>Blocked</title></head>\n<body>by \x1b[1mus &amp; you</body>"
    assert f"  body    {len(page)} B: Blocked by \\x1b[1mus &amp; you" == refused_with(page, b"Content-Type: text/html")
    cut = b"<p>read</p><!-- " + b"never ended " * 50
    assert f"  body    {len(cut)} B: read" == refused_with(cut)
    assert "<!-- never ended" in refused_with(cut[11:])


def test_a_coding_that_nothing_here_removes_is_named() -> None:
    assert "  body    3 B, in the coding br: \\x1b\\x01\\x80" == refused_with(b"\x1b\x01\x80", b"Content-Encoding: br")


def test_an_invalid_handshake_names_each_rule() -> None:
    lines = shown(0, (0.0, e.HandshakeInvalid("the 101 breaks the rules", (HANDSHAKE_ACCEPT_WRONG.at(detail="x"),))))
    assert [
        "x handshake invalid: the 101 breaks the rules",
        "  seen    Sec-WebSocket-Accept does not fit the key: x",
        "  rule    RFC 6455 4.1 (handshake/accept-wrong)",
    ] == lines


def test_checks_show_in_full_at_the_highest_verbosity_and_as_deviations_before() -> None:
    judged = e.HandshakeJudged((
        Check("Upgrade", True, "websocket", "websocket"),
        Check("Sec-WebSocket-Accept", False, "a", "b", HANDSHAKE_ACCEPT_WRONG.at(detail="b")),
        Check("Content-Encoding", True, "absent", "gzip", HANDSHAKE_CONTENT_ENCODING.at(detail="gzip")),
    ))  # fmt: skip
    assert [
        "+ Upgrade: websocket",
        "x Sec-WebSocket-Accept: expected a, got b (RFC 6455 4.1)",
        "! Content-Encoding: expected absent, got gzip (RFC 9110 8.4)",
    ] == shown(3, (0.0, judged))
    assert 2 == len(shown(1, (0.0, judged)))


def test_deviations_of_heads_are_shown_under_them() -> None:
    lines = shown(1, (0.0, e.ResponseReceived(head(b"HTTP/1.1 101 X\nA: b\n\n"))))
    assert any(HEAD_LINE_FEED_ONLY.code in line for line in lines)
    assert ["< GET /chat HTTP/1.1", "< Host: h", "<"] == shown(1, (0.0, e.RequestReceived(REQUEST)))
    assert ["> HTTP/1.1 101 Switching Protocols"] == shown(1, (0.0, e.ResponseSent(SWITCH)))[:1]


def test_units_stand_with_each_phase_where_they_differ() -> None:
    slow = e.ResponseReceived(SWITCH)
    opened = e.Opened(None, "", None)
    lines = shown(1, *OPEN[:4], (3.0, slow), (3.0, opened))
    assert "* open in 3.00 s  (dns 1.0 ms · tcp 0.2 ms · upgrade 3.00 s)  " in lines[-1] + "  "


def test_leniency_reports_what_it_passes_over_in_the_handshake() -> None:
    wrong = Check("Sec-WebSocket-Accept", False, "a", "b", HANDSHAKE_ACCEPT_WRONG.at(detail="b"))
    story = ((0.0, e.HandshakeJudged((wrong,))), (0.0, e.Opened(None, "", None)))
    line = "! handshake/accept-wrong (RFC 6455 4.1) Sec-WebSocket-Accept does not fit the key: b"
    assert [line] == shown(0, *story)
    assert 1 == shown(1, *story).count(line)


def test_an_invalid_handshake_says_what_was_expected_where_that_was_compared() -> None:
    wrong = HANDSHAKE_ACCEPT_WRONG.at(detail="b")
    lines = shown(
        0,
        (0.0, e.HandshakeJudged((Check("Sec-WebSocket-Accept", False, "a", "b", wrong),))),
        (0.0, e.HandshakeInvalid("the 101 breaks the rules", (wrong, HANDSHAKE_CONTENT_ENCODING.at()))),
    )
    assert "  seen    Sec-WebSocket-Accept does not fit the key: expected a, got b" == lines[1]
    assert f"  seen    {HANDSHAKE_CONTENT_ENCODING.sentence}" == lines[3]


def test_each_address_that_was_tried_is_named_with_its_reason() -> None:
    assert [
        "x could not connect to localhost",
        "  seen    [::1]:1  Network is unreachable (ENETUNREACH)",
        "  seen    127.0.0.1:1  Connection refused (ECONNREFUSED)",
    ] == shown(
        QUIET,
        (0.0, e.AttemptFailed("[::1]:1", "Network is unreachable", "ENETUNREACH")),
        (0.0, e.AttemptFailed("127.0.0.1:1", "Connection refused", "ECONNREFUSED")),
        (0.0, e.ConnectFailed("localhost", "Connection refused")),
    )


@pytest.mark.parametrize(("status", "line"), [(3, "x name not resolved: h   (exit 3)"), (0, "x name not resolved: h")])
def test_a_failure_names_the_exit_status_where_the_caller_knows_it(status: int, line: str) -> None:
    out: list[str] = []
    transcript = Transcript(out.append, Painter(colour=False), QUIET, exit_status=lambda: status)
    transcript.accept(Batch(0.0, (e.NameFailed("h", "unknown"),)))
    assert line == out[0].splitlines()[0]


def test_a_recording_cannot_smuggle_escapes_into_facts_that_we_word_ourselves() -> None:
    established = e.TlsEstablished("TLS\x1b[2J", "\x9b0m", None, is_verified=True)
    assert "* TLS\\x1b[2J \\x9b0m  alpn none  verified  tls 0.0 ms" == shown(1, (0.0, established))[0]
    judged = e.HandshakeJudged((Check("\x1b", True, "", ""), Check("\x1b", False, "", "", HANDSHAKE_ACCEPT_WRONG.at())))
    assert "\x1b" not in "".join(shown(3, (0.0, judged)))


CERTIFICATE = Certificate(
    b"der", "CN=a", "CN=b", ("DNS:a",), "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "EC P-256", "x"
)


def test_tls_shows_what_was_agreed_and_the_certificates() -> None:
    lines = shown(
        1,
        (0.0, e.TlsStarted("h")),
        (0.0, e.CertificatesReceived((CERTIFICATE, CERTIFICATE.replace(names=())))),
        (0.0, e.TlsEstablished("TLSv1.3", "TLS_AES_256_GCM_SHA384", None, is_verified=False)),
    )
    assert "* certificate CN=a" == lines[0]
    assert "*   2 certificates in the chain (-vv shows them)" == lines[6]
    assert "* TLSv1.3 TLS_AES_256_GCM_SHA384  alpn none  not verified  tls 0.0 ms" == lines[7]
    assert 12 == len(shown(2, (0.0, e.CertificatesReceived((CERTIFICATE, CERTIFICATE)))))


def test_a_refused_certificate_says_whom_it_names() -> None:
    failed = e.TlsFailed("certificate verify failed", None, 18)
    shown_certificate = [
        "x TLS failed: certificate verify failed",
        "  seen    X.509 verification result 18",
        "  seen    certificate CN=a for DNS:a",
        "  seen    issuer CN=b, valid 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z",
    ]
    assert shown_certificate == shown(QUIET, (0.0, e.CertificatesReceived((CERTIFICATE,))), (0.0, failed))
    nameless = e.CertificatesReceived((CERTIFICATE.replace(names=()),))
    assert "  seen    certificate CN=a for no names" == shown(QUIET, (0.0, nameless), (0.0, failed))[2]


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        (e.NameFailed("h", "unknown"), ["x name not resolved: h", "  seen    unknown"]),
        (e.ConnectFailed("h", "refused"), ["x could not connect to h", "  seen    refused"]),
        (
            e.TlsFailed("bad", "no_application_protocol", 10, b"HTTP/1.1 400"),
            [
                "x TLS failed: bad",
                "  seen    the peer sent the alert no_application_protocol",
                "  seen    X.509 verification result 10",
                "  seen    the peer's first bytes are no TLS record: HTTP/1.1 400",
            ],
        ),
        (e.TlsFailed("bad"), ["x TLS failed: bad"]),
        (e.TimeLimitPassed("max-time", 2.0), ["x time limit: max-time of 2.00 s passed"]),
        (e.SinkFailed("recording", "full"), ["x recording failed and was detached: full"]),
        (e.SinkFailed("output", "full"), []),
        (
            e.WebSocketFailed(1007, MESSAGE_NOT_UTF8.at(3, "byte 0xFF")),
            [
                "x protocol violation: a text message is not valid UTF-8",
                "  seen    message/not-utf8 (byte 3 of the message): byte 0xFF; answered with Close 1007",
            ],
        ),
        (
            e.CloseReceived(1, decode_close(b"\x03\xf0bad")),
            ['x closed by the peer: 1008 (policy violation) "bad"'],
        ),
        (e.CloseReceived(1, decode_close(b"\x03\xe9")), []),
    ],
)
def test_what_failed_is_said_also_when_quiet(event: Event, lines: list[str]) -> None:
    assert lines == shown(QUIET, (0.0, event))


def test_an_end_without_close_says_what_was_seen_last() -> None:
    end = e.StreamEnded(StreamEnd.RESET)
    assert [
        "x the connection ended without a Close frame (TCP RST from the peer)",
        "  seen    neither side sent one; the last frame came 59.50 s before",
    ] == shown(0, OPEN[-1], (0.5, frame(TEXT, b"x")), (60.0, end))
    closing = e.CloseSent(1, decode_close(b""))
    assert "our Close was not answered; no frame came" in shown(0, OPEN[-1], (59.0, closing), (60.0, end))[1]


FINDING = e.Finding(
    "http/upgrade-not-forwarded",
    "a proxy does not forward Upgrade",
    e.Severity.ERROR,
    e.Confidence.LIKELY,
    (e.Evidence("response-received", "Server: nginx/1.22.1"), e.Evidence("request-sent", "Upgrade: websocket\x1b[2J")),
    "RFC 6455 4.2.1",
    "the server must see Upgrade",
    ("nginx does not forward it",),
    "proxy_set_header Upgrade $http_upgrade;",
)
FOUND = [
    "  rule    RFC 6455 4.2.1: the server must see Upgrade",
    "  cause   likely: nginx does not forward it  [http/upgrade-not-forwarded]",
    "  try     proxy_set_header Upgrade $http_upgrade;",
]


def test_a_finding_goes_on_with_the_report_of_its_failure_and_says_nothing_twice() -> None:
    refused = e.HandshakeRefused(400, "Bad Request")
    response = e.ResponseReceived(head(b"HTTP/1.1 400 Bad Request\r\nServer: nginx/1.22.1\r\n\r\n"))
    assert [
        "x handshake refused: HTTP/1.1 400 Bad Request",
        "  seen    Server: nginx/1.22.1",
        "  seen    Upgrade: websocket\\x1b[2J",
        *FOUND,
    ] == shown(0, (0.0, response), (0.0, refused), (0.0, FINDING))


def test_a_finding_that_stands_alone_has_a_headline() -> None:
    seen = ["  seen    Server: nginx/1.22.1", "  seen    Upgrade: websocket\\x1b[2J"]
    assert ["x a proxy does not forward Upgrade", *seen, *FOUND] == shown(QUIET, (0.0, FINDING))
    warning = FINDING.replace(severity=e.Severity.WARNING)
    assert "! a proxy does not forward Upgrade" == shown(0, (0.0, FINDING), (0.0, warning))[6]


def test_causes_that_the_bytes_do_not_tell_apart_are_all_named() -> None:
    finding = FINDING.replace(causes=("the path", "the proxy"), confidence=e.Confidence.POSSIBLE, reference="")
    assert [
        "  rule    the server must see Upgrade",
        "  cause   possible: any of these gives the same bytes  [http/upgrade-not-forwarded]",
        "          - the path",
        "          - the proxy",
    ] == shown(0, (0.0, finding))[3:7]


def test_what_follows_from_a_failure_is_not_reported_again() -> None:
    end = e.StreamEnded(StreamEnd.FINISHED)
    lines = shown(0, OPEN[-1], (1.0, e.TimeLimitPassed("max-time", 1.0)), (1.0, end))
    assert ["x time limit: max-time of 1.00 s passed"] == lines
    assert [] == shown(1, (0.0, end))
    assert [] == shown(
        0, (0.0, e.CloseSent(1, decode_close(b"\x03\xea"))), (0.0, e.CloseReceived(2, decode_close(b"\x03\xea")))
    )


def test_leaving_without_our_output_is_no_failure_of_the_peer() -> None:
    lost = e.SinkFailed("output", "Broken pipe")
    end = e.SessionEnded(decode_close(b"\x03\xe9"), None, Side.LOCAL, False, StreamEnd.ABANDONED)
    assert [] == shown(0, OPEN[-1], (1.0, lost), (2.0, end))


def test_an_error_that_answers_our_own_close_is_reported() -> None:
    ours, answer = e.CloseSent(1, decode_close(b"\x03\xe8")), e.CloseReceived(2, decode_close(b"\x03\xeano"))
    assert ['x closed by the peer: 1002 (protocol error) "no"'] == shown(0, (0.0, ours), (0.0, answer))


def test_the_end_is_summed_up_for_those_who_asked() -> None:
    close = decode_close(b"\x03\xe8")
    end = e.SessionEnded(close, decode_close(b"\x03\xf0no\x1b"), Side.LOCAL, True, StreamEnd.FINISHED, 0.004, 1.5)
    assert [
        "* closed after 2.00 s: clean, we closed first, TCP FIN from the peer",
        '*   Close received 1008 (policy violation) "no\\x1b", sent 1000 (normal closure)',
        "*   last byte received 4.0 ms before, last frame sent 1.50 s before",
    ] == shown(1, OPEN[-1], (2.0, end))[-3:]


def test_an_end_without_closes_says_which_codes_are_never_on_the_wire() -> None:
    limit = (2.0, e.TimeLimitPassed("x", 1.0))
    cut = e.SessionEnded(None, None, None, False, None)
    assert [
        "* closed after 2.00 s: not clean, nobody closed, no stream",
        "*   Close received none (reported as 1006, never on the wire), sent none",
    ] == shown(1, OPEN[-1], limit, (2.0, cut))[-2:]
    empty = e.SessionEnded(decode_close(b""), decode_close(b""), Side.REMOTE, True, StreamEnd.FINISHED, 1.0)
    reported = "without a code (reported as 1005, never on the wire)"
    assert [
        "* closed after 2.00 s: clean, the peer closed first, TCP FIN from the peer",
        f"*   Close received {reported}, sent {reported}",
        "*   last byte received 1.00 s before, last frame sent never",
    ] == shown(1, OPEN[-1], (2.0, empty))[-3:]


def test_small_notes() -> None:
    assert ["* interrupted after 2.50 s (SIGINT)"] == shown(0, (2.5, e.Interrupted("SIGINT")))
    assert ["* round trip 1.5 ms"] == shown(2, (0.0, e.PongMatched(b"", 0.0015)))
    assert ["* [::1]:80  refused (ECONNREFUSED)"] == shown(
        1, (0.0, e.AttemptFailed("[::1]:80", "refused", "ECONNREFUSED"))
    )
    assert ["message 1: ! message/not-utf8 (RFC 6455 8.1) a text message is not valid UTF-8"] == shown(
        0, (0.0, e.DeviationFound(Side.REMOTE, "message 1", MESSAGE_NOT_UTF8.at()))
    )
    lines = shown(0, (0.0, e.UnparsedReceived(b"x" * 300)))
    assert 2 == len(shown(0, (0.0, e.UnparsedReceived(b"x"))))
    assert "* 300 bytes that nothing here decodes:" == lines[0]
    assert "* … 44 more".replace("* ", "*   ") == lines[-1]


@given(any_event, st.integers(0, 3), st.integers(1, 200))
def test_nothing_reaches_the_screen_unescaped(event: Event, level: int, width: int) -> None:
    for line in shown(level, OPEN[-1], (1.0, event), width=width):
        assert line.isprintable(), line


def test_every_event_has_a_view_or_a_reason_for_none() -> None:
    viewed = {kind for kind, _, _ in VIEWS}
    assert set(e.EVENTS) == viewed | set(WITHOUT_VIEW)
    assert not viewed & set(WITHOUT_VIEW)


def test_colour_wraps_text_and_nothing_else() -> None:
    assert "\x1b[1;31mx bad\x1b[0m plain\n" == Painter(colour=True).paint([(("bad", "x bad"), ("plain", " plain"))])
    assert "x bad\n\n" == Painter(colour=False).paint([(("bad", "x bad"),), (("plain", ""),)])
    assert "received" in STYLES


@pytest.mark.parametrize(
    ("choice", "is_terminal", "environment", "expected"),
    [
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {}, False),
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"CLICOLOR_FORCE": "1"}, True),
        ("auto", True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_used_where_it_is_wanted(
    choice: str, is_terminal: bool, environment: dict[str, str], expected: bool
) -> None:
    assert expected is wants_colour(choice, is_terminal=is_terminal, environment=environment)


def test_a_message_is_not_shown_where_its_frames_are() -> None:
    assert [] == shown(2, (0.0, e.MessageReceived(MessageKind.TEXT, b"x", (1, 1))))
