"""What servers say when a request is not what they expect, above all without its Upgrade: tables of their words."""

from __future__ import annotations

MISSED: tuple[str, ...] = (
    'can "upgrade" only to "websocket"',  # tornado, aiohttp, Spring
    '"connection" must be "upgrade"',  # tornado, Spring
    "no websocket upgrade hdr",  # aiohttp
    "no connection upgrade hdr",
    "missing connection header",  # websockets
    "missing upgrade header",
    "you cannot access a websocket server directly with a browser",
    "invalid connection header: ",
    "does not contain upgrade",  # coder/websocket
    "'upgrade' token not found",  # gorilla/websocket
    "'websocket' token not found",
    "header must contain 'upgrade'",  # Plug, Bandit
    "header must contain 'websocket'",
    "header did not include 'upgrade'",  # axum
    "header did not include 'websocket'",
    'missing request header "connection"',  # warp
    'missing request header "upgrade"',
    "websocket upgrade is expected",  # actix
    "websocket connection expected",
    "expected websocket upgrade",
    "expected a websocket",
    "not a websocket request",
    "not a websocket handshake",
    "not websocket request",
    "no upgrade header",
    "no websocket key",
    "connection id required",  # SignalR answers so to what looks like a poll
    "unsupported http version: http/1.0",  # websockets, behind a proxy that asks in HTTP/1.0
    "http/1.0 is not supported",
    "upgrade required",
    "upgrade to websocket",
    "websocket upgrade required",
    "this is a websocket endpoint",
    "websocket requests only",
    "websocket connections only",
    "not an upgrade request",
    "missing sec-websocket-key",
    "missing or invalid sec-websocket-key",
)
"""In lower case; said by a server that got an ordinary GET. Ours carried all of this."""

TLS_PORT: tuple[str, ...] = (
    "plain http request was sent to https port",  # nginx
    "client sent an http request to an https server",  # Go
    "speaking plain http to an ssl-enabled server port",  # Apache
    "this combination of host and port requires tls",  # Tomcat
    "the plain http request was sent to",
    "http request was sent to https",
)
"""Said by a TLS port to plain HTTP."""

HOST_REFUSED: tuple[str, ...] = (
    "invalid host header",  # webpack-dev-server, Starlette
    "this host is not allowed",
    "is not allowed.\nto allow this host",  # Vite
    "blocked request. this host",
    "invalid hostname",  # http.sys
    "invalid http_host header",  # Django
    "fastly error: unknown domain",
    "no-such-app.html",  # Heroku
    "error code: 1001",  # Cloudflare: cannot resolve
    "error code: 1003",  # Cloudflare: by address
    "unrecognized host",
    "unknown virtual host",
    "no such host",
    "default backend - 404",
)
"""Said where a Host is not one of the server's."""

ENGINE_IO = {
    0: "Transport unknown", 1: "Session ID unknown", 2: "Bad handshake method", 3: "Bad request", 4: "Forbidden",
    5: "Unsupported protocol version",
}  # fmt: skip
"""The errors of Engine.IO, answered as JSON with `code` and `message`."""


def engine_io_code(body: str) -> int | None:
    """Return the code of the Engine.IO error that a body is, None where it is none."""
    if not body.lstrip().startswith("{") or '"message"' not in body:
        return None
    import json

    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    code = said.get("code")
    return code if isinstance(code, int) and ENGINE_IO.get(code) == said.get("message") else None
