"""Rules about closes and ends: each on a session that it is for, and on one that looks like it and is not."""

from __future__ import annotations

import pytest

from tests.diagnose.scripted import OPEN, SWITCH, case_of, found, session, settings, text_of
from wscli.diagnose.close_codes import applications_of
from wscli.diagnose.diagnosis import judge
from wscli.diagnose.idle import LIMITS, interval_below, limits_of, matches
from wscli.diagnose.rules.close import close_line, quiet_line
from wscli.events import (
    Confidence,
    Event,
    Finding,
    FrameSent,
    Interrupted,
    MessageKind,
    Opened,
    SessionEnded,
    Side,
    StreamEnd,
    WebSocketFailed,
)
from wscli.protocol.client import ClientConnection
from wscli.protocol.step import SendClose, SendMessage
from wscli.settings import ConnectionSettings, HandshakeSettings
from wscli.wire.close import decode_close, encode_close
from wscli.wire.deviations import CLOSE_CODE_RANGE
from wscli.wire.frames import BINARY, TEXT, FrameOrder, encode_frame


def close(body: bytes) -> bytes:
    return bytes((0x88, len(body))) + body


def closing(code: int, reason: str = "") -> bytes:
    return close(encode_close(code, reason))


def judged(frames: bytes, opening: bytes = OPEN, of: ConnectionSettings | None = None) -> Finding:
    return found((0.1, opening), (0.2, frames), (0.3, StreamEnd.FINISHED), of=of)[0]


# What the server sends; the rule and the confidence, what the evidence shows, what the advice names.
CASES: list[tuple[bytes, str, str, str]] = [
    (close(b"\x03\xee"), "close/never-on-wire likely", "the Close holds: 03 ee", "1011 or 1014"),
    (close(b"\x03\xed"), "close/never-on-wire likely", "Close 1005", "1011 or 1014"),
    (close(b"\x03\xf7"), "close/never-on-wire likely", "Close 1015", "1011 or 1014"),
    (close(b"\x03\xec"), "close/never-on-wire likely", "Close 1004 (reserved)", "4000 to 4999"),
    (close(b"\x03"), "close/one-byte certain", "the Close holds: 03", "03 e8 is 1000"),
    (close(b"\x03\xe8caf\xe9"), "close/reason-encoding likely", "byte 5 of the Close is e9, no UTF-8", "UTF-8"),
    (close(b"\x03\xe8" + b"r" * 121 + b"\xe2\x82"), "close/reason-encoding likely", "byte 123", "characters"),
    (close(b"\x07\xd0"), "close/illegal likely", "Close 2000 (unassigned)", "4000 to 4999"),
    (close(b"\xe8\x03"), "close/illegal likely", "the Close holds: e8 03", "1000 to 1014"),
    (closing(1011, "keepalive ping timeout"), "close/keepalive possible", "keepalive ping timeout", "-vv"),
    (closing(1008, "No PONG received"), "close/keepalive possible", "No PONG", "Pongs"),
    (closing(4406, "Subprotocol not acceptable"), "application/subprotocol-missing likely",
     "no Sec-WebSocket-Protocol was agreed", "-s graphql-transport-ws"),
    (closing(1002, "missing subprotocol"), "close/subprotocol likely", "missing subprotocol", "-s NAME"),
    (closing(4400), "close/graphql likely", "Close 4400", "connection_init"),
    (closing(4429, "Too many"), "close/graphql likely", 'Close 4429 (private use) "Too many"', "once"),
    (closing(4500), "close/graphql likely", "Close 4500", "log"),
    (closing(1009, "the limit is 64 KiB"), "close/too-big likely", "the limit is 64 KiB", "raise the limit"),
    (closing(1002, "unmasked frame"), "close/unmasked possible", "unmasked frame", "mask="),
    (closing(1002, "bad frame"), "close/registered likely", "bad frame", "connect -vv ws://example.org/chat"),
    (closing(1003), "close/registered likely", "Close 1003 (unsupported data)", "other kind"),
    (closing(1007), "close/registered likely", "Close 1007", "--no-deflate ws://example.org/chat"),
    (closing(1008, "bad token"), "close/registered likely", '"bad token"', "--bearer TOKEN ws://example.org/chat"),
    (closing(1010), "close/registered likely", "Close 1010", "log"),
    (closing(1011), "close/registered likely", "Close 1011 (internal error)", "log"),
    (closing(1012), "close/registered likely", "Close 1012 (service restart)", "again"),
    (closing(1013), "close/registered likely", "Close 1013 (try again later)", "later"),
    (closing(1014), "close/registered likely", "Close 1014 (bad gateway)", "behind it"),
    (closing(3000), "close/registered likely", "Close 3000 (unauthorized)", "--bearer"),
    (closing(3003), "close/registered likely", "Close 3003", "credentials"),
    (closing(3008), "close/registered likely", "Close 3008", "right after opening"),
    (closing(3456), "close/private likely", "Close 3456 (registered range)", "documentation"),
    (closing(4123, "as asked"), "close/private likely", '"as asked"', "documentation"),
    (closing(4301), "close/private likely", "Close 4301", "documentation"),
    (closing(4004), "close/private possible", "Close 4004", "documentation"),
    (b"\x81\x05Hel", "close/cut possible", "3 of 5 payload bytes came", "connect -vv"),
]  # fmt: skip


@pytest.mark.parametrize(("frames", "rule", "shown", "advice"), CASES)
def test_an_end_is_judged(frames: bytes, rule: str, shown: str, advice: str) -> None:
    finding = judged(frames)
    assert rule == f"{finding.rule} {finding.confidence.value}"
    assert shown in "\n".join(one.text for one in finding.evidence)
    assert advice in finding.advice


@pytest.mark.parametrize("frames", [closing(1000), closing(1001, "away"), close(b"")])
def test_a_good_close_has_no_finding(frames: bytes) -> None:
    assert () == found((0.1, OPEN), (0.2, frames), (0.3, StreamEnd.FINISHED))


# What looks like the rule on the left, and is judged by another.
NEAR: list[tuple[str, bytes, str]] = [
    ("close/never-on-wire", closing(1014), "close/registered"),
    ("close/one-byte", close(b"\x03\xf3"), "close/registered"),
    ("close/reason-encoding", close("\x03\xf3café".encode()[0:1] + b"\xf3" + "café".encode()), "close/registered"),
    ("close/illegal", closing(4999), "close/private"),
    ("close/keepalive", closing(1011, "no answer"), "close/registered"),
    ("close/subprotocol", closing(1002, "protocol error"), "close/registered"),
    ("close/graphql", closing(4402), "close/private"),
    ("close/too-big", closing(1008, "too big"), "close/registered"),
    ("close/unmasked", closing(1008, "take your mask off"), "close/registered"),
    ("close/registered", closing(3001), "close/private"),
]


@pytest.mark.parametrize(("rule", "frames", "other"), NEAR)
def test_what_only_looks_like_it_is_judged_otherwise(rule: str, frames: bytes, other: str) -> None:
    assert (True, other) == (rule != other, judged(frames).rule)


def test_an_echo_of_our_own_close_is_no_error() -> None:
    def says(connection: ClientConnection, at: float) -> tuple[Event, ...]:
        return connection.send((SendClose(4000, "bye"),), at).events if at < 0.15 else ()

    case = case_of(session((0.1, OPEN), (0.2, closing(4000)), (0.3, StreamEnd.FINISHED), then=says))
    assert () == judge(case)
    case = case_of(session((0.1, OPEN), (0.2, closing(1011)), (0.3, StreamEnd.FINISHED), then=says))
    assert ["close/registered"] == [finding.rule for finding in judge(case)]


# --- What was sent before the Close ----------------------------------------------------------------------------------
def after_sending(kind: MessageKind, size: int, code: int) -> Finding:
    def says(connection: ClientConnection, at: float) -> tuple[Event, ...]:
        return connection.send((SendMessage(kind, b"x" * size),), at).events if at < 0.15 else ()

    return judge(case_of(session((0.1, OPEN), (0.2, closing(code)), (0.3, StreamEnd.FINISHED), then=says)))[0]


def test_a_message_that_was_too_big_is_compared_with_known_limits() -> None:
    finding = after_sending(MessageKind.BINARY, 70_000, 1009)
    assert ("close/too-big", Confidence.POSSIBLE) == (finding.rule, finding.confidence)
    assert "the largest message sent has 70000 bytes" == finding.evidence[1].text
    assert "the default limit of Jetty, actix (64 KiB)" == finding.causes[0]
    assert "websockets for Python" in after_sending(MessageKind.TEXT, 1_100_000, 1009).causes[0]
    assert Confidence.LIKELY is after_sending(MessageKind.TEXT, 100, 1009).confidence


@pytest.mark.parametrize("code", [1003, 1007])
def test_a_server_that_closes_after_binary_alone_wants_text(code: int) -> None:
    finding = after_sending(MessageKind.BINARY, 3, code)
    assert ("close/wrong-kind", "the server wants text messages") == (finding.rule, finding.causes[0])
    assert "--binary" in finding.advice


def test_a_server_that_closes_after_text_alone_wants_binary() -> None:
    assert "the server wants binary messages" == after_sending(MessageKind.TEXT, 3, 1003).causes[0]
    assert "close/registered" == after_sending(MessageKind.TEXT, 3, 1007).rule


def test_frames_tell_what_was_sent_where_the_end_does_not() -> None:
    opened = Opened(None, "", None)
    sent = FrameSent(1, encode_frame(FrameOrder(BINARY, b"x")))
    both = FrameSent(2, encode_frame(FrameOrder(TEXT, b"x")))
    end = SessionEnded(None, decode_close(encode_close(1003)), Side.REMOTE, True, StreamEnd.FINISHED)
    for events, rule in (((sent,), "close/wrong-kind"), ((sent, both), "close/registered")):
        case = case_of(session((0.1, OPEN), (0.2, closing(1003))))
        case.opened, case.end, case.sent_opcodes = opened, end, {event.frame.opcode for event in events}
        assert [rule] == [finding.rule for finding in judge(case)]


# --- Subprotocols and applications -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("offered", "agreed", "advice"),
    [
        ((), "", "-s graphql-transport-ws"),
        (("graphql-ws",), "graphql-ws", "-s graphql-transport-ws"),
        (("graphql-transport-ws",), "graphql-transport-ws", "-s graphql-ws"),
    ],
)
def test_the_other_graphql_subprotocol_is_advised(offered: tuple[str, ...], agreed: str, advice: str) -> None:
    opening = SWITCH + (f"Sec-WebSocket-Protocol: {agreed}\r\n".encode() if agreed else b"") + b"\r\n"
    of = settings(handshake=HandshakeSettings(subprotocols=offered))
    assert advice in judged(closing(4406), opening, of).advice


@pytest.mark.parametrize(
    ("url", "who"),
    [("wss://gateway.discord.gg/", "Discord"), ("ws://ws-eu.pusher.com/app", "Pusher"),
     ("ws://127.0.0.1:4455/", "obs-websocket")],
)  # fmt: skip
def test_the_address_tells_whose_private_code_it_is(url: str, who: str) -> None:
    finding = judged(closing(4004), of=settings(url))
    assert Confidence.LIKELY is finding.confidence
    assert finding.causes[0].startswith(f"{who} uses it for: ")


def test_a_private_code_that_nobody_is_known_for_has_no_application() -> None:
    assert () == applications_of(4999)
    assert ("Discord", "the token is wrong") in applications_of(4004, "ws://example.org")


# --- Ends without a Close --------------------------------------------------------------------------------------------
def quiet(seconds: float, *fields: bytes, url: str = "ws://example.org/chat", then: float = 0.0) -> Finding:
    """Return what is found where nothing comes for these seconds before the end, after `then` seconds of talk."""
    opening = SWITCH + b"".join(field + b"\r\n" for field in fields) + b"\r\n"
    script = [(0.5, opening), (0.5 + then, b"\x81\x02hi"), (0.5 + then + seconds, StreamEnd.FINISHED)]
    return found(*script, of=settings(url))[0]


# Seconds of quiet and the headers of the 101; the rule and the confidence, the first cause, what the advice names.
QUIETS: list[tuple[float, tuple[bytes, ...], str, str, str]] = [
    (60.05, (b"Server: nginx/1.22.1",), "close/idle-limit likely", "nginx or ingress", "proxy_read_timeout 1h;"),
    (60.05, (b"X-Amzn-Trace-Id: Root=1",), "close/idle-limit likely", "Application Load Balancer", "idle_timeout"),
    (60.05, (b"Server: Apache/2.4.57",), "close/idle-limit likely", "Apache httpd", "ProxyTimeout 3600"),
    (60.05, (), "close/idle-limit possible", "nginx", "--ping-interval 25 ws://example.org/chat"),
    (100.3, (b"CF-RAY: 8f00-FRA", b"Server: cloudflare"), "close/idle-limit likely", "Cloudflare", "Enterprise"),
    (60.05, (b"CF-RAY: 8f00-FRA",), "close/idle-limit possible", "nginx", "--ping-interval 25"),
    (55.1, (b"Via: 1.1 vegur",), "close/idle-limit likely", "Heroku", "nothing sets it"),
    (30.1, (b"Via: 1.1 google",), "close/idle-limit likely", "Google Cloud", "pings do not help"),
    (240.2, (b"x-azure-ref: 1",), "close/idle-limit likely", "Azure", "load balancer"),
    (300.2, (b"Server: envoy",), "close/idle-limit likely", "Envoy", "stream_idle_timeout"),
    (350.2, (b"Server: awselb/2.0",), "close/idle-limit likely", "Network Load Balancer", "TCP keep-alive"),
    (600.5, (b"x-amzn-RequestId: 1",), "close/idle-limit likely", "API Gateway (10 min)", "nothing sets it"),
    (3.02, (b"Server: nginx/1.22.1",), "close/idle possible", "in the nginx that", "--ping-interval 1 "),
    (47.3, (), "close/idle possible", "an idle limit of about 47 s", "--ping-interval 23 "),
    (1.5, (), "close/none possible", "the server's process ended", "logs"),
]  # fmt: skip


@pytest.mark.parametrize(("seconds", "fields", "rule", "cause", "advice"), QUIETS)
def test_a_quiet_end_is_judged_by_its_seconds_and_by_who_answered(
    seconds: float, fields: tuple[bytes, ...], rule: str, cause: str, advice: str
) -> None:
    finding = quiet(seconds, *fields)
    assert rule == f"{finding.rule} {finding.confidence.value}"
    assert cause in finding.causes[0]
    assert advice in finding.advice
    assert f"nothing received for {seconds:.1f} s" in finding.evidence[0].text
    assert "1006, a code that is never on the wire" in finding.evidence[-1].text


def test_a_time_that_is_nobodys_default_says_so() -> None:
    said = text_of(quiet(3.02, b"Server: nginx/1.22.1"))
    assert "3.0 s is no default that wscli knows, but near a whole 3 s, as limits are set" in said
    for seconds in (47.4, 2.9):
        assert "no default that wscli knows\n" in text_of(quiet(seconds)) + "\n"


def test_two_hours_are_api_gateways_whatever_the_quiet() -> None:
    host = "wss://abc.execute-api.eu-west-1.amazonaws.com/prod"
    finding = quiet(20.0, url=host, then=7180.0)
    assert ("close/idle-limit", Confidence.LIKELY) == (finding.rule, finding.confidence)
    assert "2 h for the whole connection" in finding.causes[0]
    assert "close/idle" == quiet(20.0, url=host, then=100.0).rule


def test_an_end_right_after_the_opening_is_told_from_one_in_the_middle() -> None:
    at_once = found((0.1, OPEN), (0.2, StreamEnd.FINISHED))[0]
    assert ("close/at-once", Confidence.POSSIBLE) == (at_once.rule, at_once.confidence)
    assert "right after the handshake" in at_once.causes[0]
    assert "close/none" == found((0.1, OPEN), (0.15, b"\x81\x02hi"), (0.2, StreamEnd.FINISHED))[0].rule


def test_fin_rst_and_failures_have_causes_of_their_own() -> None:
    causes = []
    for how, shown in ((StreamEnd.FINISHED, "TCP FIN"), (StreamEnd.RESET, "TCP RST"), (StreamEnd.FAILED, "a failure")):
        finding = found((0.1, OPEN), (0.2, b"\x81\x02hi"), (1.0, how))[0]
        assert "close/none" == finding.rule
        assert shown in finding.evidence[-1].text
        causes.append(finding.causes)
    assert 3 == len(set(causes))


def test_an_end_of_our_own_making_is_not_judged() -> None:
    case = case_of(session((0.1, OPEN), (0.2, StreamEnd.FINISHED)))
    case.interrupted = Interrupted("SIGINT")
    assert () == judge(case)
    assert () == judge(case_of(session((0.1, OPEN), (0.2, StreamEnd.ABANDONED))))


def test_a_close_that_failed_the_connection_has_a_finding_whatever_it_holds() -> None:
    case = case_of(session((0.1, OPEN), (0.2, closing(4000))))
    case.failed = WebSocketFailed(1002, CLOSE_CODE_RANGE.at(0))
    case.close_received = decode_close(b"")
    assert ["close/illegal"] == [finding.rule for finding in judge(case)]


def test_any_other_code_has_the_general_finding() -> None:
    finding = judged(closing(2500), of=settings(is_lenient=True))
    assert ("close/other", "Close 2500 (unassigned)") == (finding.rule, finding.evidence[0].text)


# --- The parts -------------------------------------------------------------------------------------------------------
def test_a_close_in_words() -> None:
    assert "no code" == close_line(decode_close(b""))
    assert '1008 (policy violation) "no"' == close_line(decode_close(b"\x03\xf0no"))


def test_the_quiet_in_words() -> None:
    end = SessionEnded(None, None, None, False, StreamEnd.FINISHED, 60.04, 0.5)
    assert "nothing received for 60.0 s, nothing sent for 500 ms" == quiet_line(end)
    assert "nothing received for ?, nothing sent at all" == quiet_line(
        end.replace(quiet_received=None, quiet_sent=None)
    )


def test_limits_match_a_little_late_and_hardly_early() -> None:
    assert [True, True, True, False, False] == [matches(60, time) for time in (59.6, 60.0, 62.0, 62.1, 59.4)]
    assert matches(600, 611.9)
    assert ["heroku"] == [limit.vendor for limit in limits_of(55.0, 500.0)]
    assert sorted(limit.seconds for limit in LIMITS) == [limit.seconds for limit in LIMITS]


def test_a_ping_interval_stays_well_below_the_limit() -> None:
    assert ["25", "1", "0.5", "15"] == [interval_below(seconds) for seconds in (600, 3, 0.2, 30)]
