"""Faults of the HTTP answer: another status than 101, as proxies, gateways and half-built servers give it."""

from __future__ import annotations

from wscli.serve.faults.fault import Answer, Fault, Plan, fixed
from wscli.serve.shaping import Ending
from wscli.wire.head import RequestHead, encode_response
from wscli.wire.statuses import STATUSES

AREA = "HTTP answer"

_HTML = "text/html; charset=utf-8"
_PAGE = "<!doctype html><title>{0}</title><h1>{0}</h1><p>{1}</p>\n"


def refusal(status: int, body: str = "", *fields: tuple[str, str], kind: str = "text/plain; charset=utf-8") -> bytes:
    """Return a whole refusal as some server would write it."""
    content = body.encode()
    head = [*fields, ("Content-Type", kind), ("Content-Length", str(len(content)))]
    return encode_response(status, STATUSES[status].phrase if status in STATUSES else "Unknown", head) + content


def _always(raw: bytes) -> Answer:
    return lambda _request, _raw: raw


def _refuses(name: str, summary: str, raw: bytes) -> Fault:
    return Fault(name, AREA, summary, fixed(Plan(answer=_always(raw))))


def _html(status: int, title: str, text: str, *fields: tuple[str, str]) -> bytes:
    return refusal(status, _PAGE.format(title, text), *fields, kind=_HTML)


def _status(value: float) -> Plan:
    return Plan(answer=_always(refusal(int(value), f"status {int(value)} was asked for\n")))


def _exact_connection(request: RequestHead, raw: bytes) -> bytes:
    """Refuse what is legal: a Connection header that is not exactly `Upgrade`."""
    if request.fields.all("Connection") == ("Upgrade",):
        return raw
    return refusal(400, "the Connection header must be exactly Upgrade\n")


def _wants_origin(request: RequestHead, raw: bytes) -> bytes:
    if "Origin" in request.fields:
        return raw
    return refusal(403, "the Origin header is missing\n")


def _wants_subprotocol(request: RequestHead, raw: bytes) -> bytes:
    if "Sec-WebSocket-Protocol" in request.fields:
        return raw
    return refusal(400, "a subprotocol is required: graphql-transport-ws\n")


def _repeats(request: RequestHead, raw: bytes) -> bytes:
    names = ("Host", "Upgrade", "Connection")
    repeated = [name for name in names if len(request.fields.all(name)) > 1]
    return refusal(400, f"{repeated[0]} stands twice\n") if repeated else raw


def _slash(request: RequestHead, raw: bytes) -> bytes:
    """Redirect to the same path with a slash at its end."""
    path = request.local_target.partition("?")[0]
    return raw if path.endswith("/") else refusal(308, "", ("Location", path + "/"))


def _wants_slash(request: RequestHead, raw: bytes) -> bytes:
    return raw if request.local_target.partition("?")[0].endswith("/") else refusal(404, "no such path\n")


_ENGINE_IO = refusal(400, '{"code":0,"message":"Transport unknown"}', kind="application/json")
_NGINX = _html(400, "400 Bad Request", "nginx/1.22.1", ("Server", "nginx/1.22.1"), ("Connection", "close"))
_CHALLENGE = _html(403, "Just a moment...", "Checking your browser", ("Server", "cloudflare"),
                   ("cf-mitigated", "challenge"), ("CF-RAY", "8f0000000000000-FRA"))  # fmt: skip
_DIGEST = 'Digest realm="wscli", qop="auth", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcC", opaque="FQhe"'
_EXPIRED = 'Bearer realm="api", error="invalid_token", error_description="The token expired"'
_VERSIONS = refusal(426, "", ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "8, 7"))
_PLAIN_TO_TLS = _html(400, "400 The plain HTTP request was sent to HTTPS port", "nginx", ("Server", "nginx"))

FAULTS: tuple[Fault, ...] = (
    Fault("status", AREA, "answers with this status", _status, "STATUS", 500),
    _refuses("upgrade-not-forwarded", "400 of an application behind nginx that got no Upgrade",
             refusal(400, 'Can "Upgrade" only to "WebSocket".', ("Server", "nginx/1.22.1"))),
    _refuses("nginx-400", "400 with nginx's own page", _NGINX),
    _refuses("plain-to-tls", "nginx's 400 for plain HTTP on a TLS port", _PLAIN_TO_TLS),
    _refuses("web-page", "200 with a web page", _html(200, "Welcome", "This is a web site.")),
    _refuses("captive-portal", "200 with the page of a network that wants a login",
             _html(200, "Network login", "Please accept the terms.", ("Server", "PortalOS"))),
    _refuses("not-found", "404", refusal(404, "no such path\n")),
    _refuses("version", "426 with the versions 8 and 7", _VERSIONS),
    _refuses("upgrade-required", "426 without a version: Upgrade was removed on the way",
             refusal(426, "Upgrade required\n", ("Upgrade", "websocket"), ("Connection", "Upgrade"))),
    _refuses("redirect", "301 to the same host with https",
             refusal(301, "", ("Location", "https://127.0.0.1/secure"))),
    _refuses("redirect-loop", "302 to itself", refusal(302, "", ("Location", "/fault/redirect-loop"))),
    _refuses("login", "302 to a login page", refusal(302, "", ("Location", "/login?next=%2Fchat"))),
    Fault("slash-missing", AREA, "404 unless the path ends with a slash", fixed(Plan(answer=_wants_slash))),
    Fault("slash", AREA, "308 to the path with a slash at its end", fixed(Plan(answer=_slash))),
    _refuses("unauthorized", "401 that asks for Basic",
             refusal(401, "who are you?\n", ("WWW-Authenticate", 'Basic realm="wscli"'))),
    _refuses("unauthorized-bearer", "401 that says the token has expired",
             refusal(401, "", ("WWW-Authenticate", _EXPIRED))),
    _refuses("unauthorized-digest", "401 that asks for Digest", refusal(401, "", ("WWW-Authenticate", _DIGEST))),
    _refuses("payment-required", "402", refusal(402, "the quota is used up\n")),
    _refuses("forbidden", "403", refusal(403, "not for you\n")),
    Fault("origin-required", AREA, "403 unless there is an Origin", fixed(Plan(answer=_wants_origin))),
    _refuses("bot-challenge", "403 of Cloudflare that wants a browser", _CHALLENGE),
    _refuses("method-not-allowed", "405", refusal(405, "", ("Allow", "POST"))),
    _refuses("proxy-authentication", "407 of a proxy, to CONNECT too",
             refusal(407, "", ("Proxy-Authenticate", 'Basic realm="proxy"'))),
    _refuses("misdirected", "421: not the host that this server is for", refusal(421, "wrong host\n")),
    _refuses("rate-limit", "429 with Retry-After: 30", refusal(429, "slow down\n", ("Retry-After", "30"))),
    _refuses("not-implemented", "501", refusal(501, "")),
    _refuses("bad-gateway", "502 of nginx", _html(502, "502 Bad Gateway", "nginx", ("Server", "nginx/1.22.1"))),
    _refuses("unavailable", "503 with Retry-After: 5", refusal(503, "draining\n", ("Retry-After", "5"))),
    _refuses("gateway-timeout", "504 of nginx", _html(504, "504 Gateway Time-out", "nginx", ("Server", "nginx"))),
    _refuses("engine-io", "400 of Engine.IO to a client that is none", _ENGINE_IO),
    Fault("connection-exact", AREA, "400 unless Connection is exactly Upgrade", fixed(Plan(answer=_exact_connection))),
    Fault("repeated-refused", AREA, "400 where Upgrade or Connection stands twice", fixed(Plan(answer=_repeats))),
    Fault("subprotocol-required", AREA, "400 unless a subprotocol is offered", fixed(Plan(answer=_wants_subprotocol))),
    Fault("second-refused", AREA, "serves one connection at a time, 503 to the others",
          fixed(Plan(connections=1, answer=_always(refusal(503, "one client at a time\n"))))),
    Fault("no-answer", AREA, "closes without an answer", fixed(Plan(is_silent=True, ending=Ending.FINISH))),
    Fault("reset", AREA, "resets instead of an answer", fixed(Plan(is_silent=True, ending=Ending.RESET))),
    Fault("hang", AREA, "takes the request and never answers", fixed(Plan(is_silent=True))),
)  # fmt: skip
