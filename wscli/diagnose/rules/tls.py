"""Rules about the TLS handshake: ports that speak something else, alerts, ALPN, versions, cuts and silence."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect, connect_by, server_of
from wscli.diagnose.protocols import recognise
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.events import (
    Evidence,
    ExchangeAnswered,
    ExchangeFailed,
    Purpose,
    StreamEnd,
    StreamEnded,
    TimeLimitPassed,
    TlsEstablished,
    TlsFailed,
    TlsStarted,
)
from wscli.text import duration_text
from wscli.wire.alerts import alert_name

_VERSIONS = "the server speaks none of the TLS versions offered"
_ALERTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "certificate_expired": ("our client certificate has expired", ("--cert", "NEW.pem", "--key", "NEW-KEY.pem")),
    "certificate_revoked": ("our client certificate was revoked", ("--cert", "NEW.pem", "--key", "NEW-KEY.pem")),
    "unknown_ca": ("the server does not trust the authority of our client certificate",
                   ("--cert", "CERT.pem", "--key", "KEY.pem")),
    "bad_certificate": ("the server does not accept our client certificate, or wants one",
                        ("--cert", "CERT.pem", "--key", "KEY.pem")),
    "unsupported_certificate": ("the server does not accept a client certificate of this kind (its key or its usage)",
                                ("--cert", "CERT.pem", "--key", "KEY.pem")),
    "certificate_unknown": ("the server does not accept our client certificate",
                            ("--cert", "CERT.pem", "--key", "KEY.pem")),
    "access_denied": ("our certificate is valid and not allowed in", ("--cert", "OTHER.pem", "--key", "OTHER-KEY.pem")),
    "unrecognized_name": ("the server has no site of this name and says so instead of showing another's certificate",
                          ("--servername", "NAME")),
    "insufficient_security": ("the server wants stronger ciphers than were offered", ("--tls-min", "1.3")),
    "inappropriate_fallback": ("the server speaks a higher version than the one that was insisted on",
                               ("--tls-max", "1.3")),
}  # fmt: skip
"""Alert, what it means to a client that gets it, the options to try."""


def _alert(case: Case) -> str | None:
    """Return the name of the alert that the server sent."""
    alert = case.tls_failed.alert if case.tls_failed is not None else None
    if alert is None or not alert.startswith("number "):
        return alert
    number = alert.removeprefix("number ")
    return alert_name(int(number)) if number.isdigit() else alert


def _said(case: Case) -> Evidence:
    alert = case.tls_failed.alert if case.tls_failed is not None else None
    text = f"the peer sent the alert {alert}"
    name = _alert(case)
    return seen(TlsFailed, text if name == alert else f"{text}: {name}")


# --- What answers is no TLS ------------------------------------------------------------------------------------------
def plain_port(case: Case) -> Judgement | None:
    """Judge a server that answers a ClientHello with HTTP."""
    failed = case.tls_failed
    spoken = None if failed is None or not failed.first_bytes else recognise(failed.first_bytes)
    if spoken is None or spoken.protocol not in ("HTTP", "HTML"):
        return None
    return certain(
        "this port speaks plain HTTP, not TLS",
        connect_by(case, "ws"),
        seen(TlsFailed, f"the answer to our ClientHello begins {spoken.sign}"),
    )


def other_port(case: Case) -> Judgement | None:
    """Judge a server that answers a ClientHello with yet another protocol, or with nothing we know."""
    failed = case.tls_failed
    if failed is None or not failed.first_bytes:
        return None
    spoken = recognise(failed.first_bytes)
    if spoken is None:
        shown = failed.first_bytes[:16].hex(" ")
        return likely(
            "this port speaks neither TLS nor anything known here",
            "check host and port of the URL",
            seen(TlsFailed, f"the answer to our ClientHello begins {shown}"),
        )
    judge = certain if spoken.is_sure else likely
    return judge(
        f"this port speaks {spoken.protocol}, neither TLS nor HTTP",
        "check host and port of the URL",
        seen(TlsFailed, f"the answer to our ClientHello begins {spoken.sign}"),
    )


# --- Alerts ----------------------------------------------------------------------------------------------------------
def client_certificate_wanted(case: Case) -> Judgement | None:
    """Judge an alert that asks for a certificate; TLS 1.3 can say so only after our handshake is done."""
    if _alert(case) not in ("certificate_required", "no_certificate"):
        return None
    evidence = [_said(case)]
    if case.tls_established is not None:
        evidence.append(
            seen(TlsEstablished, f"{case.tls_established.version} was up before: there the server says so late")
        )
    return certain(
        "the server wants a client certificate, and none was sent",
        connect(case, "--cert", "CERT.pem", "--key", "KEY.pem"),
        *evidence,
    )


def no_application_protocol(case: Case) -> Judgement | None:
    """Judge a server that speaks none of our ALPN protocols."""
    if _alert(case) != "no_application_protocol":
        return None
    offered = case.tls_started.alpn if case.tls_started is not None else ()
    listed = ", ".join(offered) or "none"
    evidence = (_said(case), seen(TlsStarted, f"ALPN offered: {listed}"))
    if "http/1.1" in offered:
        cause = "the server wants another ALPN protocol than HTTP/1.1: mostly h2, in which this upgrade does not exist"
        return likely(cause, f"see what it takes without an offer: {connect(case, '--alpn', '')}", *evidence)
    return likely(
        "the server speaks none of the ALPN protocols offered", connect(case, "--alpn", "http/1.1"), *evidence
    )


def protocol_version(case: Case) -> Judgement | None:
    """Judge both sides' versions of TLS having none in common."""
    failed = case.tls_failed
    reason = "" if failed is None else failed.reason.lower()
    if _alert(case) == "protocol_version":
        return likely(
            f"{_VERSIONS}: an old one that knows TLS 1.0 or 1.1 alone, or a new one that wants 1.3",
            connect(case, "--tls-min", "1.0"),
            _said(case),
        )
    if "unsupported protocol" not in reason and "version too low" not in reason:
        return None
    return certain(
        "the server chose a version of TLS that is too old for the settings here",
        connect(case, "--tls-min", "1.0"),
        seen(TlsFailed, f"OpenSSL says: {reason}"),
    )


def handshake_failure(case: Case) -> Judgement | None:
    """Judge the alert that says least: nothing in common, a certificate that is missing, an unknown name."""
    if _alert(case) != "handshake_failure":
        return None
    name = case.tls_started.server_name if case.tls_started is not None else ""
    causes = (
        "no cipher, group or signature is common to both sides",
        "the server wants a client certificate (TLS 1.2 says so with this alert)",
        f"the server has no certificate for {name or 'a client that sends no name'}",
    )
    return possible(causes, _s_client(case), _said(case))


def _s_client(case: Case) -> str:
    from shlex import quote

    host, port = server_of(case)
    place = quote(f"[{host}]:{port}" if ":" in host else f"{host}:{port}") if host else "HOST:PORT"
    return (
        f"see what it asks for: openssl s_client -connect {place}; `Acceptable client certificate CA names` in what "
        "that prints means a client certificate"
    )


def alert(case: Case) -> Judgement | None:
    """Judge every other alert, by its name."""
    name = _alert(case)
    if name is None:
        return None
    if case.opened is not None:
        return likely(
            "the server broke off in the middle of the stream", "see the server's log at this moment", _said(case)
        )
    known = _ALERTS.get(name)
    if known is not None:
        return certain(known[0], connect(case, *known[1]), _said(case))
    if name == "close_notify":
        return likely(
            "the server ended TLS before the handshake was done", "see the server's log at this moment", _said(case)
        )
    if name == "internal_error":
        cause = "the server failed inside its handshake: mostly no certificate for this name, or a key it cannot read"
        return likely(cause, f"see its log, and try its name: {connect(case, '--servername', 'NAME')}", _said(case))
    return likely(f"the server refuses this TLS handshake ({name})", _s_client(case), _said(case))


# --- Cuts and silence ------------------------------------------------------------------------------------------------
def cut(case: Case) -> Judgement | None:
    """Judge a connection that ended inside the handshake."""
    failed = case.tls_failed
    if failed is None or case.tls_established is not None or "ended the connection" not in failed.reason:
        return None
    took = duration_text(max(0.0, case.ended_at - case.connected_at))
    how = "RST" if case.stream_ended is not None and case.stream_ended.how is StreamEnd.RESET else "FIN"
    if "without a byte" not in failed.reason:
        causes = (
            "the server gave up inside its handshake, or a box on the way cut it",
            "the server wants a client certificate, or dislikes ours, without an alert (as asyncio's servers do)",
        )
        return possible(
            causes, _s_client(case), seen(StreamEnded, f"{how} after {took}, in the middle of the handshake")
        )
    reasons = (
        "the port does not speak TLS and drops what it does not understand",
        f"the server or a firewall drops clients that ask for this name ({_name(case)})",
        "the process behind the port fails at once, or is at its limit of connections",
    )
    return possible(
        reasons,
        f"{connect_by(case, 'ws')} tells whether the port speaks plain HTTP",
        seen(StreamEnded, f"{how} {took} after the connection, no byte came for our ClientHello"),
    )


def _name(case: Case) -> str:
    return (case.tls_started.server_name if case.tls_started is not None else "") or "none"


def no_answer(case: Case) -> Judgement | None:
    """Judge a time limit that passed inside the TLS handshake."""
    limit = case.time_limit
    if limit is None or case.tls_started is None or case.tls_established is not None or case.tls_failed is not None:
        return None
    causes = (
        "the port does not speak TLS and waits for something else (plain HTTP, or to be greeted)",
        "a firewall lets TCP connect and drops what follows",
        "the server hangs, or its packets are too large for the way (MTU)",
    )
    return possible(
        causes,
        f"{connect_by(case, 'ws')} tells whether the port speaks plain HTTP",
        seen(
            TimeLimitPassed,
            f"TCP is connected, TLS is not: nothing whole came for our ClientHello in {limit.seconds:g} s",
        ),
    )


# --- The rest --------------------------------------------------------------------------------------------------------
def switch_refused(case: Case) -> Judgement | None:
    """Judge a server that does not change to TLS inside HTTP/1.1."""
    failed = case.exchange_failed
    if failed is None or failed.purpose is not Purpose.UPGRADE_TLS:
        return None
    answered = case.exchange_answered
    head = (
        ()
        if answered is None
        else (
            seen(ExchangeAnswered, f"{answered.head.version} {answered.head.status} {answered.head.reason}".rstrip()),
        )
    )
    return certain(
        "the server does not change to TLS inside HTTP/1.1, as hardly any does",
        connect_by(case, "wss"),
        *(head or (seen(ExchangeFailed, failed.reason),)),
    )


def failed(case: Case) -> Judgement | None:
    """Judge every other failure of TLS by what OpenSSL says."""
    if case.tls_failed is None or case.tls_failed.verify_code is not None:
        return None
    reason = case.tls_failed.reason
    lower = reason.lower()
    said = seen(TlsFailed, f"OpenSSL says: {reason}")
    if "key too small" in lower or "md too weak" in lower or "legacy renegotiation" in lower or "bad ecpoint" in lower:
        cause = "the server's keys or ways are older than this OpenSSL accepts"
        return certain(
            cause, f"{connect(case, '--tls-min', '1.0')} lowers what is accepted; mend it on the server", said
        )
    if case.tls_established is not None:
        return likely(
            "bytes of the stream were changed or lost on the way, or the server's TLS broke",
            "try again; if it stays, try another network",
            said,
        )
    return likely("the two TLS programs do not understand each other", _s_client(case), said)


_ALERT = "who cannot go on with a TLS handshake says why with an alert"

AREA = Area(
    "tls",
    "TLS",
    (
        Rule(
            "tls/plain-port",
            "a plain HTTP port was asked for TLS",
            "RFC 6455 3",
            "wss is WebSocket over TLS, ws without",
            plain_port,
        ),
        Rule(
            "tls/other-port",
            "the port speaks something else than TLS",
            "RFC 8446 5.1",
            "a TLS record begins with its type, 20 to 24, and the version 3",
            other_port,
        ),
        Rule(
            "tls/client-certificate-wanted",
            "the server wants a client certificate",
            "RFC 8446 4.3.2",
            "a server may ask for a certificate and end the connection where none comes",
            client_certificate_wanted,
        ),
        Rule(
            "tls/no-application-protocol",
            "no ALPN protocol is common to both",
            "RFC 7301 3.2",
            "a server that knows none of the protocols offered sends no_application_protocol",
            no_application_protocol,
        ),
        Rule(
            "tls/protocol-version",
            "no TLS version is common to both",
            "RFC 8446 4.2.1",
            "the server chooses one of the versions that the client offers",
            protocol_version,
        ),
        Rule(
            "tls/handshake-failure", "the server refused the TLS handshake", "RFC 8446 6.2", _ALERT, handshake_failure
        ),
        Rule("tls/alert", "the server refused the TLS handshake", "RFC 8446 6.2", _ALERT, alert),
        Rule(
            "tls/cut",
            "the connection ended inside the TLS handshake",
            "RFC 8446 6.1",
            "who ends TLS says so with close_notify or an alert",
            cut,
        ),
        Rule(
            "tls/no-answer",
            "the TLS handshake got no answer in time",
            "RFC 8446 2",
            "a server answers a ClientHello with a ServerHello or an alert",
            no_answer,
        ),
        Rule(
            "tls/switch-refused",
            "the server does not change to TLS",
            "RFC 2817 3.2",
            "a server that changes to TLS inside HTTP/1.1 answers 101 with Upgrade: TLS/1.0 or later",
            switch_refused,
        ),
        Rule("tls/failed", "TLS failed", "RFC 8446 6.2", _ALERT, failed),
    ),
)
