"""Rules about an HTTP answer other than 101 that concerns what was asked for, or the way there."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect, connect_by, url_of
from wscli.diagnose.refusal import Refusal, evidence_of, refusal_of
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.diagnose.upgrades import HOST_REFUSED, MISSED, TLS_PORT, engine_io_code
from wscli.diagnose.vendors import Mark
from wscli.events import RefusalBodyReceived, RequestSent, ResponseReceived

_SINGLE = ("Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version")
"""Fields of a request that stand once."""


# --- Answers that say themselves what is wrong -----------------------------------------------------------------------
def plain_to_tls(case: Case) -> Judgement | None:
    """Judge what a TLS port says to plain HTTP."""
    refusal = refusal_of(case, "http")
    if refusal is None or case.tls_started is not None:
        return None
    if refusal.status == 426 and "tls/" in refusal.get("Upgrade").lower():
        cause = "the server insists on TLS, switched to inside HTTP/1.1 (RFC 2817)"
        return certain(cause, connect(case, "--upgrade-tls"), *refusal.line("Upgrade"))
    words = refusal.says(*TLS_PORT)
    if words is None:
        return None
    return certain("this port speaks TLS, and plain HTTP was sent", connect_by(case, "wss"), refusal.excerpt(words))


def client_certificate(case: Case) -> Judgement | None:
    """Judge a 400 of a server that wants to see a certificate of ours."""
    refusal = refusal_of(case, "http")
    if refusal is None:
        return None
    words = refusal.says("no required ssl certificate was sent", "the ssl certificate error", "client certificate")
    if words is None or case.tls_started is None:
        return None
    again = connect(case, "--cert", "CERT.pem", "--key", "KEY.pem")
    if words == "the ssl certificate error":
        cause = "the server does not accept the client certificate: expired, or of an authority that it does not trust"
        return certain(cause, again, refusal.excerpt(words))
    return certain("the server wants a client certificate, and none was sent", again, refusal.excerpt(words))


def engine_io(case: Case) -> Judgement | None:
    """Judge the errors of an Engine.IO (Socket.IO) server."""
    refusal = refusal_of(case, "http")
    code = None if refusal is None else engine_io_code(refusal.body)
    if refusal is None or code is None or (code == 3 and _transport_asked(refusal)):
        return None
    evidence = seen(RefusalBodyReceived, refusal.body.strip()[:100])
    if code == 1:
        cause = "this is Engine.IO, and its session is over or on another node (without sticky sessions)"
        return likely(cause, f"leave sid= out: {connect(case, url=_engine_io_url(case))}", evidence)
    if code == 5:
        cause = "this is Engine.IO, and an old version of it"
        return certain(cause, connect(case, url=_engine_io_url(case, "3")), evidence)
    if code == 4:
        cause = "this is Engine.IO, and its allowRequest or CORS setting says no"
        return likely(cause, f"see allowRequest; with an origin: {connect(case, '--origin', 'https://HOST')}", evidence)
    cause = "this is Engine.IO (Socket.IO), no plain WebSocket: it wants EIO and transport in the query"
    return certain(cause, connect(case, url=_engine_io_url(case)), evidence)


def _transport_asked(refusal: Refusal) -> bool:
    return refusal.request is not None and "transport=websocket" in refusal.request.target


def _engine_io_url(case: Case, version: str = "4") -> str:
    base = url_of(case).partition("?")[0] or "ws://HOST/socket.io/"
    # The path is right: what answered there is Engine.IO.
    return f"{base.rstrip('/')}/?EIO={version}&transport=websocket"


def version(case: Case) -> Judgement | None:
    """Judge an answer that lists the versions of the protocol, without ours among them."""
    refusal = refusal_of(case, "http")
    versions = None if refusal is None else refusal.head.fields.joined("Sec-WebSocket-Version")
    if refusal is None or not versions:
        return None
    known = [one.strip() for one in versions.split(",")]
    ours = (refusal.request.fields.get("Sec-WebSocket-Version") if refusal.request is not None else None) or ""
    if ours in known:
        return None
    wanted = "13" if "13" in known else known[0]
    evidence = (*refusal.asked("Sec-WebSocket-Version"), seen(ResponseReceived, f"Sec-WebSocket-Version: {versions}"))
    cause = f"the server speaks the versions {versions} of the protocol, and version {ours or 'none'} was asked for"
    if wanted == "13":
        return certain(cause, f"leave out the -H that changes it: {connect(case)}", *evidence)
    return certain(cause, connect(case, "-H", f"Sec-WebSocket-Version: {wanted}"), *evidence)


def repeated_field(case: Case) -> Judgement | None:
    """Judge a 400 to a request in which we repeat what may stand once."""
    refusal = refusal_of(case, "http")
    if refusal is None or refusal.status != 400:
        return None
    repeated = next((name for name in _SINGLE if len(refusal.asked(name)) > 1), None)
    if repeated is None:
        return None
    return likely(
        f"our request has {repeated} {len(refusal.asked(repeated))} times",
        f"leave out the -H that adds {repeated}: wscli sends it by itself",
        *refusal.asked(repeated),
    )


def host_refused(case: Case) -> Judgement | None:
    """Judge a server that is not the one for the name that was asked for."""
    refusal = refusal_of(case, "http")
    words = None if refusal is None else refusal.says(*HOST_REFUSED)
    if refusal is None or (refusal.status != 421 and words is None):
        return None
    says = refusal.status_line if words is None else refusal.excerpt(words)
    cause = "the server that was reached has no site of the name that Host says"
    name = case.tls_started.server_name if case.tls_started is not None else ""
    if refusal.status == 421 and name and not _is_host(refusal, name):
        cause = f"TLS was made with the name {name}, and Host names another: the server keeps the two together"
    if words is not None and words.startswith(("blocked request", "is not allowed", "invalid host")):
        cause = "the server takes only names on its list (allowedHosts, ALLOWED_HOSTS), against DNS rebinding"
    advice = f"say the name that it knows: {connect(case, '--host', 'NAME')}"
    judge = certain if refusal.status == 421 or words is not None else likely
    return judge(cause, advice, says, *refusal.asked("Host"))


def _is_host(refusal: Refusal, name: str) -> bool:
    host = (refusal.request.fields.get("Host") if refusal.request is not None else None) or ""
    return host.lower().rpartition("]")[2].partition(":")[0] in ("", name.lower())


def subprotocol_wanted(case: Case) -> Judgement | None:
    """Judge a refusal that speaks of the subprotocol."""
    refusal = refusal_of(case, "http")
    if refusal is None or refusal.status not in (400, 406, 415, 426):
        return None
    words = refusal.says("subprotocol", "sub-protocol", "sec-websocket-protocol")
    if words is None:
        return None
    sent = refusal.asked("Sec-WebSocket-Protocol")
    cause = (
        "the server knows none of the subprotocols offered"
        if sent
        else "the server wants a subprotocol, and none was offered"
    )
    return likely(cause, connect(case, "-s", _subprotocol_in(refusal)), refusal.excerpt(words), *sent)


def _subprotocol_in(refusal: Refusal) -> str:
    known = (
        "graphql-transport-ws",
        "graphql-ws",
        "mqtt",
        "ocpp1.6",
        "ocpp2.0.1",
        "v12.stomp",
        "wamp.2.json",
        "xmpp",
        "actioncable-v1-json",
        "soap",
    )
    return next((name for name in known if name in refusal.lower), "NAME")


def header_too_large(case: Case) -> Judgement | None:
    """Judge a server to which our head is too large."""
    refusal = refusal_of(case, "http")
    if refusal is None:
        return None
    words = refusal.says(
        "header or cookie too large", "header too large", "header fields too large", "headers too long"
    )
    if refusal.status not in (414, 431) and words is None:
        return None
    size = len(refusal.request.raw) if refusal.request is not None else 0
    evidence = refusal.status_line if words is None else refusal.excerpt(words)
    return certain(
        "our request is larger than the server's buffer for heads; cookies and tokens mostly are the reason",
        "send fewer cookies, or raise the limit: large_client_header_buffers in nginx, --max-http-header-size in Node",
        evidence,
        seen(RequestSent, f"our request has {size} bytes"),
    )


# --- The upgrade was lost on the way ---------------------------------------------------------------------------------
def upgrade_not_forwarded(case: Case) -> Judgement | None:
    """Judge an answer that misses what our request had: something on the way took it out."""
    refusal = refusal_of(case, "http")
    if refusal is None or refusal.request is None or "Upgrade" not in refusal.request.fields:
        return None
    words = refusal.says(*MISSED) if refusal.status in (400, 404, 405, 426, 500, 501, 505) else None
    sign = None if words is None else refusal.excerpt(words)
    if words is None and refusal.status in (426, 505):
        sign = refusal.status_line
    if words is None and refusal.status == 400 and "Sec-WebSocket-Version" in refusal.head.fields:
        # gorilla/websocket answers every handshake that it finds wanting so, with the version that we sent.
        sign = refusal.line("Sec-WebSocket-Version")[0]
    if words is None and refusal.status == 400 and engine_io_code(refusal.body) == 3:
        # Engine.IO: the query says websocket, the request that came to it no upgrade.
        sign = seen(RefusalBodyReceived, refusal.body.strip()[:100])
    if sign is None:
        return None
    evidence = (sign, *refusal.asked("Upgrade"), *evidence_of(refusal.proxy))
    if refusal.proxy is None:
        cause = (
            "a proxy between here and the server takes Upgrade and Connection out: they were sent, and did not arrive"
        )
        probe = connect(case, url="ws://SERVER:PORT" + refusal.resource)
        advice = f"ask the server itself, on its own address; 101 there proves it: {probe}"
        return likely(cause, advice, *evidence)
    vendor = refusal.proxy.vendor
    cause = f"{vendor.name} does not pass Upgrade and Connection on: the server behind it got an ordinary GET"
    if refusal.status == 505 or refusal.says("http/1.0") is not None:
        cause = (
            f"{vendor.name} asks the server behind it in HTTP/1.0, in which there is no upgrade; we asked in HTTP/1.1"
        )
    return likely(cause, vendor.upgrade, *evidence)


# --- The rest --------------------------------------------------------------------------------------------------------
def own_bad_request(case: Case) -> Judgement | None:
    """Judge a 400 that a proxy wrote itself: it forwarded nothing."""
    refusal = refusal_of(case, "http")
    if refusal is None or refusal.status != 400 or refusal.author is None or not refusal.author.vendor.is_proxy:
        return None
    who = refusal.author.vendor.name
    causes = (
        f"{who} itself finds our request wanting (Host, a field, the target) and passed nothing on",
        f"{who} puts its own page in place of the server's answer (proxy_intercept_errors and the like)",
    )
    advice = f"look into the error log of {who} at this moment; {connect(case, '--dry-run')} shows what we send"
    return possible(causes, advice, *evidence_of(refusal.author), *refusal.asked("Host"))


def bad_request(case: Case) -> Judgement | None:
    """Judge a 400 that says nothing we know."""
    refusal = refusal_of(case, "http")
    if refusal is None or refusal.status != 400:
        return None
    proxy: Mark | None = refusal.proxy
    causes = [
        "the server wants something in the request that is missing: a parameter, a header, a subprotocol",
        "a proxy takes Upgrade and Connection out, and the server answers an ordinary GET",
        "the server compares Connection or Upgrade too strictly, or repeats of them confuse it",
    ]
    if proxy is not None and not proxy.vendor.forwards:
        causes[0], causes[1] = f"{proxy.vendor.name} does not pass Upgrade on ({proxy.vendor.upgrade})", causes[0]
    advice = f"ask the server without a proxy: {connect(case, url='ws://SERVER:PORT' + refusal.resource)}; then its log"
    return possible(tuple(causes), advice, *evidence_of(proxy), refusal.status_line)


def other_status(case: Case) -> Judgement | None:
    """Judge any other status by what HTTP says of its class."""
    refusal = refusal_of(case, "http")
    if refusal is None:
        return None
    return likely(
        "the server refuses this handshake, for a reason of its own",
        "see the body, and the server's log at this moment",
        refusal.status_line,
        *evidence_of(next(iter(refusal.marks), None)),
    )


AREA = Area(
    "http",
    "HTTP answers in place of 101",
    (
        Rule(
            "http/plain-to-tls",
            "plain HTTP was sent to a TLS port",
            "RFC 6455 3",
            "wss is WebSocket over TLS, ws without",
            plain_to_tls,
        ),
        Rule(
            "http/client-certificate",
            "the server wants a client certificate",
            "RFC 8446 4.3.2",
            "a server that asks for a certificate may go on without and refuse later",
            client_certificate,
        ),
        Rule(
            "http/engine-io",
            "an Engine.IO server answered",
            "",
            "Engine.IO, below Socket.IO, is opened with EIO=4 and transport=websocket in the query",
            engine_io,
        ),
        Rule(
            "http/version",
            "the server speaks other versions of the protocol",
            "RFC 6455 4.4",
            "a server that does not know the version answers 426 and lists those that it knows",
            version,
        ),
        Rule(
            "http/repeated-field",
            "our request says something twice",
            "RFC 9110 5.3",
            "a field that is no list may stand once",
            repeated_field,
        ),
        Rule(
            "http/host-refused",
            "the server is not the one for this host",
            "RFC 9110 15.5.20",
            "a server that is not the one for the host of a request answers 421",
            host_refused,
        ),
        Rule(
            "http/upgrade-not-forwarded",
            "the upgrade did not reach the server",
            "RFC 9110 7.6.1",
            "Upgrade and Connection are for one hop: a proxy takes them out unless it is told to forward them",
            upgrade_not_forwarded,
        ),
        Rule(
            "http/subprotocol-wanted",
            "the server wants a subprotocol",
            "RFC 6455 4.2.2",
            "a server chooses one of the subprotocols offered, or none",
            subprotocol_wanted,
        ),
        Rule(
            "http/header-too-large",
            "our request is too large for the server",
            "RFC 6585 5",
            "a server answers 431 to heads larger than it wants",
            header_too_large,
        ),
        Rule(
            "http/own-bad-request",
            "a proxy refused the request itself",
            "RFC 9110 15.5.1",
            "400 says that the request seems to be wrong",
            own_bad_request,
        ),
        Rule(
            "http/bad-request",
            "the server refused the request",
            "RFC 6455 4.2.1",
            "a server that finds a handshake wanting answers 400",
            bad_request,
        ),
        Rule(
            "http/refused",
            "the server refused the handshake",
            "RFC 6455 4.2.2",
            "a server that accepts the handshake answers 101",
            other_status,
        ),
    ),
)
