"""Rules about handshakes that no HTTP answers: other protocols, half an answer, an end or silence in its place."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect, connect_by, url_of
from wscli.diagnose.protocols import ENABLE_CONNECT_PROTOCOL, Recognised, alert_of, recognise, settings_of
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.events import (
    Evidence,
    ExchangeFailed,
    Purpose,
    RequestSent,
    ResponseReceived,
    StreamEnd,
    StreamEnded,
    TimeLimitPassed,
    TlsEstablished,
    UnparsedReceived,
)
from wscli.text import duration_text

_ALPN_H2 = "h2"


def _has_no_answer(case: Case) -> bool:
    """Whether the handshake ended without any head, and nothing below it failed."""
    return (
        (case.invalid is not None or case.time_limit is not None) and case.response is None and _is_about_answer(case)
    )


def _is_about_answer(case: Case) -> bool:
    below = (case.tls_failed, case.exchange_failed, case.connect_failed, case.name_failed, case.refused, case.opened)
    return case.request is not None and all(event is None for event in below)


def _spoken(case: Case) -> Recognised | None:
    """Return what the bytes are that came in place of an answer."""
    return recognise(case.unparsed) if _has_no_answer(case) and case.unparsed else None


# --- Bytes of another protocol ---------------------------------------------------------------------------------------
def tls_port(case: Case) -> Judgement | None:
    """Judge TLS where plain HTTP was asked for: an alert, by its name, or a handshake record."""
    spoken = _spoken(case)
    if spoken is None or spoken.protocol != "TLS":
        return None
    evidence = seen(UnparsedReceived, spoken.sign)
    alert = alert_of(case.unparsed)
    if case.tls_established is not None:
        return likely(
            "TLS speaks inside TLS: a proxy ends it and passes on to a port that wants it too",
            "have the proxy speak TLS to that port, or the port plain HTTP",
            evidence,
        )
    sentence = f"this port speaks TLS: to plain HTTP it answered the alert {alert}" if alert else "this port speaks TLS"
    return certain(sentence, connect_by(case, "wss"), evidence)


def http_2(case: Case) -> Judgement | None:
    """Judge HTTP/2 where HTTP/1.1 was asked for."""
    spoken = _spoken(case)
    if spoken is None or spoken.protocol != "HTTP/2":
        return None
    evidence = [seen(UnparsedReceived, spoken.sign)]
    if case.tls_established is not None and case.tls_established.alpn == _ALPN_H2:
        evidence.append(seen(TlsEstablished, "ALPN chose h2"))
        return certain(
            "HTTP/2 was agreed on by ALPN, and the upgrade exists in HTTP/1.1 alone",
            connect(case, "--alpn", "http/1.1"),
            *evidence,
        )
    settings = settings_of(case.unparsed) or {}
    if settings.get(ENABLE_CONNECT_PROTOCOL) == 1:
        cause = (
            "this port speaks HTTP/2 alone; it allows WebSocket over it (RFC 8441), which this client does not speak"
        )
    else:
        cause = (
            "this port speaks HTTP/2 alone, and does not allow WebSocket over it either: "
            "SETTINGS_ENABLE_CONNECT_PROTOCOL is not in its SETTINGS"
        )
    if not settings and settings_of(case.unparsed) is None:
        cause = "this port speaks HTTP/2 alone"
    return certain(
        cause, "ask a port, or let a proxy ask, that speaks HTTP/1.1: as for gRPC servers, it is another one", *evidence
    )


def page_without_head(case: Case) -> Judgement | None:
    """Judge text or a page without a head: HTTP/0.9, or a program that writes its page straight out."""
    spoken = _spoken(case)
    if spoken is None or spoken.protocol not in ("HTML", "gzip data"):
        return None
    cause = "a page comes without status line and header fields: the server is a half-built one, or speaks HTTP/0.9"
    if spoken.protocol == "gzip data":
        cause = "compressed bytes come without a head: a body was sent alone, or the head was compressed with it"
    return likely(
        cause,
        "see what the server writes first; a response begins with HTTP/1.1 and the status",
        seen(UnparsedReceived, spoken.sign),
    )


def malformed(case: Case) -> Judgement | None:
    """Judge what begins like HTTP and has no status line that can be read."""
    response = case.response
    if case.invalid is None or not _is_about_answer(case):
        return None
    if response is not None and response.status == 0 and response.raw:
        line = response.raw.lstrip(b"\r\n").split(b"\n")[0].rstrip(b"\r").decode("latin-1")
        return certain(
            "the first line of the answer is no status line",
            "mend what the server writes first: HTTP/1.1 101 Switching Protocols",
            seen(ResponseReceived, line),
        )
    return None


def other_protocol(case: Case) -> Judgement | None:
    """Judge bytes of a protocol that is known here."""
    spoken = _spoken(case)
    if spoken is None or spoken.protocol in ("HTTP", "plain text"):
        return None
    judge = certain if spoken.is_sure else likely
    return judge(
        f"this port speaks {spoken.protocol}, not HTTP",
        "check host and port of the URL",
        seen(UnparsedReceived, spoken.sign),
    )


def no_http(case: Case) -> Judgement | None:
    """Judge any other bytes that are no HTTP."""
    if not _has_no_answer(case) or not case.unparsed or case.invalid is None:
        return None
    spoken = recognise(case.unparsed)
    sign = spoken.sign if spoken is not None else case.unparsed[:16].hex(" ")
    what = "text that is no HTTP" if spoken is not None else "bytes that are no HTTP"
    causes = (
        f"{what} came: the port belongs to another program",
        "the answer's beginning was lost: a server that writes into the wrong connection, or a body left from before",
    )
    return possible(
        causes,
        f"see what listens there: `ss -tlnp` on the server; then {connect(case, '-vvv')}",
        seen(UnparsedReceived, f"it begins {sign}"),
    )


# --- Half an answer, or none -----------------------------------------------------------------------------------------
def _since_request(case: Case) -> str:
    return duration_text(max(0.0, case.ended_at - case.requested_at))


def _asked(case: Case) -> Evidence:
    size = len(case.request.raw) if case.request is not None else 0
    return seen(RequestSent, f"{size} bytes were sent")


def _is_tls(case: Case) -> bool:
    return case.tls_established is not None


def stalled(case: Case) -> Judgement | None:
    """Judge an answer that began and did not go on."""
    if not _has_no_answer(case) or case.time_limit is None or not case.unparsed:
        return None
    causes = (
        "the server hangs while it writes its head",
        "a proxy on the way holds the rest back (buffering)",
        "large packets are lost on the way (MTU)",
    )
    begin = case.unparsed[:40].decode("latin-1")
    return possible(
        causes,
        "see the server's log at this moment, then the same without the proxy",
        seen(TimeLimitPassed, f"{len(case.unparsed)} bytes came and no end of the head: {begin}"),
    )


def no_answer_in_time(case: Case) -> Judgement | None:
    """Judge silence: connected, asked, and nothing came."""
    limit = case.time_limit
    if not _has_no_answer(case) or limit is None:
        return None
    up = "TCP and TLS are up" if _is_tls(case) else "TCP is up"
    evidence = (seen(TimeLimitPassed, f"{up}, the request is out, no byte came in {_since_request(case)}"),)
    causes = [
        "the server took the connection and hangs, or its accept queue is full while the kernel answers for it",
        "a proxy waits for the server behind it, or buffers the answer",
        "a firewall lets TCP connect and drops what follows",
    ]
    if not _is_tls(case):
        causes.append("the port waits for TLS, or for another protocol")
    if limit.seconds < 3:
        return possible(tuple(causes), f"wait longer first: {connect(case, '--connect-timeout', '30')}", *evidence)
    advice = f"ask for an ordinary page: curl -i {_page(case)}; an answer there means that only upgrades hang"
    return possible(tuple(causes), advice, *evidence)


def _page(case: Case) -> str:
    from shlex import quote

    url = url_of(case)
    is_plain = url.startswith(("ws://", "wss://"))
    return quote(url.replace("ws", "http", 1)) if is_plain else "http://HOST/"


def reset(case: Case) -> Judgement | None:
    """Judge a connection that was reset in place of an answer."""
    ended = case.stream_ended
    if (
        not _has_no_answer(case)
        or case.unparsed
        or ended is None
        or ended.how not in (StreamEnd.RESET, StreamEnd.FAILED)
    ):
        return None
    word = "RST" if ended.how is StreamEnd.RESET else "the stream failed"
    evidence = (
        _asked(case),
        seen(StreamEnded, f"{word} {_since_request(case)} after the request, not one byte of an answer"),
    )
    causes = [
        "the process behind the port crashed or was killed with our request unread",
        "a firewall or filter on the way saw the request and cut it",
        "the server closed before it read the request: it limits connections, or does not want this address",
    ]
    if not _is_tls(case):
        causes.append("the port speaks TLS and drops plain HTTP")
        return possible(tuple(causes), f"{connect_by(case, 'wss')} tells whether the port speaks TLS", *evidence)
    return possible(
        tuple(causes), "see the server's log at this moment; nothing there means something on the way", *evidence
    )


def closed(case: Case) -> Judgement | None:
    """Judge an ordinary end in place of an answer."""
    if not _has_no_answer(case) or case.unparsed or case.invalid is None:
        return None
    evidence = (
        _asked(case),
        seen(StreamEnded, f"FIN {_since_request(case)} after the request, not one byte of an answer"),
    )
    causes = [
        "the server closes what it does not want without a word: a limit, an address, a name (444 in nginx)",
        "the process behind the port failed while it handled the request",
        "a proxy of TCP has no server behind it",
    ]
    if not _is_tls(case):
        causes.insert(0, "the port speaks TLS, or another protocol, and drops plain HTTP")
        return possible(tuple(causes), f"{connect_by(case, 'wss')} tells whether the port speaks TLS", *evidence)
    if case.tls_established is not None and case.tls_established.version == "TLSv1.3":
        # asyncio's servers end so: OpenSSL's alert does not leave them.
        causes.append(
            "the server wants a client certificate: TLS 1.3 tells it after the handshake, here without an alert"
        )
    advice = "see the server's log at this moment; nothing there means a proxy on the way"
    return possible(tuple(causes), advice, *evidence)


def connection_not_kept(case: Case) -> Judgement | None:
    """Judge a connection that did not last through an ordinary exchange before the upgrade."""
    failed = case.exchange_failed
    if failed is None or failed.purpose is not Purpose.PREFLIGHT:
        return None
    return certain(
        "the server does not keep the connection after an ordinary request",
        f"leave --preflight away: {connect(case)}",
        seen(ExchangeFailed, failed.reason),
    )


_ANSWER = "a server that accepts the handshake answers with a status line, 101, and header fields"
_LINE = "a response begins with its version, as HTTP/1.1, the status code and a reason"

AREA = Area(
    "answer",
    "No answer, or none in HTTP",
    (
        Rule(
            "answer/tls-port",
            "plain HTTP was sent to a TLS port",
            "RFC 6455 3",
            "wss is WebSocket over TLS, ws without",
            tls_port,
        ),
        Rule(
            "answer/http-2",
            "the port answers in HTTP/2",
            "RFC 8441 3",
            "over HTTP/2 a WebSocket needs extended CONNECT, which the server allows in its SETTINGS",
            http_2,
        ),
        Rule("answer/page-without-head", "a page came without a head", "RFC 9112 4", _LINE, page_without_head),
        Rule("answer/malformed", "the answer has no status line", "RFC 9112 4", _LINE, malformed),
        Rule("answer/stalled", "the answer began and did not go on", "RFC 6455 4.2.2", _ANSWER, stalled),
        Rule("answer/other-protocol", "the port speaks another protocol", "RFC 9112 4", _LINE, other_protocol),
        Rule("answer/no-http", "the answer is no HTTP", "RFC 9112 4", _LINE, no_http),
        Rule("answer/none-in-time", "no answer came in time", "RFC 6455 4.2.2", _ANSWER, no_answer_in_time),
        Rule("answer/reset", "the connection was reset in place of an answer", "RFC 6455 4.2.2", _ANSWER, reset),
        Rule("answer/closed", "the connection was closed in place of an answer", "RFC 6455 4.2.2", _ANSWER, closed),
        Rule(
            "answer/connection-not-kept",
            "the connection ended before the upgrade",
            "RFC 9112 9.3",
            "a connection of HTTP/1.1 is kept unless one side says close",
            connection_not_kept,
        ),
    ),
)
