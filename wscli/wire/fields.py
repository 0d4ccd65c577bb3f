"""Header fields: those of the WebSocket handshake, and those that tell of proxies, vendors and trouble.

What a field says here is what it says in a handshake; most of them mean more elsewhere.
"""

from __future__ import annotations

from enum import Enum

from wscli.values import Value


class Place(Enum):
    """Where a field stands."""

    REQUEST = "request"
    RESPONSE = "response"
    BOTH = "request and response"


class FieldKind(Value):
    """One header field."""

    name: str
    place: Place
    section: str
    """The section that defines it; empty where only practice or a vendor does."""
    meaning: str


_REQUEST, _RESPONSE, _BOTH = Place.REQUEST, Place.RESPONSE, Place.BOTH

HANDSHAKE: tuple[FieldKind, ...] = (
    FieldKind("Upgrade", _BOTH, "RFC 6455 4.1",
              "names the protocol to switch to, `websocket` in any case; it is hop-by-hop, so a proxy drops it "
              "unless told to forward it"),
    FieldKind("Connection", _BOTH, "RFC 6455 4.1",
              "a list with the option `Upgrade` in any case; it marks Upgrade as meant for the next hop, and a "
              "proxy replaces it"),
    FieldKind("Host", _REQUEST, "RFC 6455 4.2.1",
              "the site that is asked for, with its port unless that is the scheme's; servers and proxies choose "
              "by it"),
    FieldKind("Origin", _REQUEST, "RFC 6455 4.1",
              "the site of the page that opens the connection; browsers always send it, other clients need not, "
              "and servers refuse foreign ones with 403"),
    FieldKind("Sec-WebSocket-Key", _REQUEST, "RFC 6455 11.3.1",
              "the base64 of 16 random bytes, new for each connection; `wscli explain KEY` gives what answers it"),
    FieldKind("Sec-WebSocket-Accept", _RESPONSE, "RFC 6455 11.3.3",
              "the base64 of the SHA-1 of key and GUID: proves that the server read the key and speaks WebSocket"),
    FieldKind("Sec-WebSocket-Version", _BOTH, "RFC 6455 11.3.5",
              "13 in a request; in a refusal the versions that the server speaks"),
    FieldKind("Sec-WebSocket-Protocol", _BOTH, "RFC 6455 11.3.4",
              "the subprotocols that the client offers, in order of preference; in the answer the one that the "
              "server chose. Browsers fail where they offered some and none comes back"),
    FieldKind("Sec-WebSocket-Extensions", _BOTH, "RFC 6455 11.3.2",
              "the extensions offered, and those agreed to; in practice `permessage-deflate` with its parameters "
              "(RFC 7692)"),
    FieldKind("Sec-WebSocket-Key1", _REQUEST, "", "of the drafts before RFC 6455 (hixie-76): a client of 2010"),
    FieldKind("Sec-WebSocket-Location", _RESPONSE, "", "of the drafts before RFC 6455 (hixie-76): a server of 2010"),
    FieldKind("Sec-WebSocket-Origin", _BOTH, "", "of the drafts before RFC 6455, which call it Origin"),
)  # fmt: skip
"""What makes the handshake."""

MESSAGE: tuple[FieldKind, ...] = (
    FieldKind("Content-Length", _BOTH, "RFC 9110 8.6",
              "must not stand in a 101: .NET's client ends such a connection after 100 s, others at once"),
    FieldKind("Transfer-Encoding", _BOTH, "RFC 9112 6.1",
              "must not stand in a 101; where it does, a hop may put chunk sizes between the frames"),
    FieldKind("Content-Encoding", _BOTH, "RFC 9110 8.4",
              "means nothing in a 101; where it stands there, a compressing middleware may change the frames"),
    FieldKind("Content-Type", _BOTH, "RFC 9110 8.3",
              "what the body of a refusal is; text/html tells that a web page answered"),
    FieldKind("Date", _RESPONSE, "RFC 9110 6.6.1",
              "the clock of the server; one that is wrong explains certificates that are not valid yet"),
    FieldKind("User-Agent", _REQUEST, "RFC 9110 10.1.5", "the client; some firewalls refuse unknown or missing ones"),
    FieldKind("Cookie", _REQUEST, "RFC 6265 5.4",
              "the session of a browser: what most sites know a user by at the upgrade"),
    FieldKind("Set-Cookie", _RESPONSE, "RFC 6265 5.2",
              "a session that the server begins; a balancer may need it for the next request (stickiness)"),
    FieldKind("Keep-Alive", _BOTH, "", "the limits of a kept HTTP connection; no matter after a 101"),
    FieldKind("Cache-Control", _BOTH, "RFC 9111 5.2",
              "whether an answer may be kept; a cached answer to an upgrade has a wrong Sec-WebSocket-Accept"),
    FieldKind("Age", _RESPONSE, "RFC 9111 5.1",
              "the answer comes from a cache, and is so many seconds old: it never saw the server"),
    FieldKind("Expect", _REQUEST, "RFC 9110 10.1.1", "asks for a 100 before the body; an upgrade has none"),
    FieldKind("HTTP2-Settings", _REQUEST, "RFC 7540 3.2.1",
              "of the upgrade to HTTP/2 inside HTTP/1.1, which nobody uses any more; it does not go with a "
              "WebSocket"),
)  # fmt: skip
"""Fields of any HTTP message, and what they mean for an upgrade."""

REFUSAL: tuple[FieldKind, ...] = (
    FieldKind("Location", _RESPONSE, "RFC 9110 10.2.2",
              "where a redirect leads; browsers do not follow it for a WebSocket, so the URL itself must change"),
    FieldKind("WWW-Authenticate", _RESPONSE, "RFC 9110 11.6.1",
              "with 401: the scheme and realm of the credentials that are wanted, and for Bearer what is wrong "
              "with the token"),
    FieldKind("Authorization", _REQUEST, "RFC 9110 11.6.2",
              "credentials; browsers cannot send it with a WebSocket, so many servers want a cookie, a query "
              "parameter or a subprotocol instead"),
    FieldKind("Proxy-Authenticate", _RESPONSE, "RFC 9110 11.7.1", "with 407: the credentials that a proxy wants"),
    FieldKind("Proxy-Authorization", _REQUEST, "RFC 9110 11.7.2", "credentials for a proxy"),
    FieldKind("Retry-After", _RESPONSE, "RFC 9110 10.2.3", "with 429 or 503: seconds, or a date, to wait"),
    FieldKind("Allow", _RESPONSE, "RFC 9110 10.2.1",
              "with 405: the methods that the path takes; without GET it is no WebSocket endpoint"),
    FieldKind("X-RateLimit-Remaining", _RESPONSE, "", "how many requests are left before a limit (practice, no RFC)"),
    FieldKind("X-RateLimit-Reset", _RESPONSE, "", "when the count of a rate limit begins anew (practice, no RFC)"),
    FieldKind("Access-Control-Allow-Origin", _RESPONSE, "",
              "of CORS (the Fetch standard), which does not apply to WebSockets: a server has to look at Origin "
              "itself"),
    FieldKind("Content-Security-Policy", _RESPONSE, "",
              "of the page (CSP 3): its connect-src decides which WebSockets the browser lets it open"),
    FieldKind("Strict-Transport-Security", _RESPONSE, "RFC 6797 6.1",
              "browsers use TLS for this host from now on, so ws:// becomes wss://"),
)  # fmt: skip
"""Fields that say why, and what to do."""

ON_THE_WAY: tuple[FieldKind, ...] = (
    FieldKind("Server", _RESPONSE, "RFC 9110 10.2.4",
              "the program that answered, which may be a proxy and not the server behind it"),
    FieldKind("X-Powered-By", _RESPONSE, "", "the framework behind: the answer comes from the application"),
    FieldKind("Via", _BOTH, "RFC 9110 7.6.3",
              "the proxies on the way, with the HTTP version of each hop; 1.0 there cannot upgrade"),
    FieldKind("Forwarded", _REQUEST, "RFC 7239 4",
              "what a proxy says of the client and of the scheme in front of it"),
    FieldKind("X-Forwarded-For", _REQUEST, "", "the client's address as the proxies saw it, and their own"),
    FieldKind("X-Forwarded-Proto", _REQUEST, "",
              "the scheme in front of the proxy; a server that misses it redirects to https in a circle"),
    FieldKind("X-Forwarded-Host", _REQUEST, "", "the Host in front of the proxy, where it changes Host"),
    FieldKind("X-Real-IP", _REQUEST, "", "the client's address as nginx passes it on"),
    FieldKind("Alt-Svc", _RESPONSE, "RFC 7838 3",
              "the same site over HTTP/2 or HTTP/3; no matter for a WebSocket over HTTP/1.1"),
    FieldKind("X-Cache", _RESPONSE, "",
              "a cache on the way (Squid, Varnish, Fastly, CloudFront); HIT means that the server never saw the "
              "request"),
    FieldKind("X-Served-By", _RESPONSE, "", "the node that answered: Fastly's cache, and others"),
    FieldKind("X-Timer", _RESPONSE, "", "Fastly: when the request came and how long it took"),
    FieldKind("Fastly-Debug-Digest", _RESPONSE, "", "Fastly: WebSockets must be enabled for the service there"),
    FieldKind("CF-RAY", _RESPONSE, "",
              "Cloudflare: the id of the request and the data centre; idle connections are cut there after 100 s"),
    FieldKind("CF-Cache-Status", _RESPONSE, "", "Cloudflare: whether its cache answered"),
    FieldKind("cf-mitigated", _RESPONSE, "",
              "Cloudflare: `challenge` means that a page for browsers answered, which no program can solve"),
    FieldKind("X-Amz-Cf-Id", _RESPONSE, "", "AWS CloudFront: the id of the request"),
    FieldKind("X-Amz-Cf-Pop", _RESPONSE, "", "AWS CloudFront: the place that answered"),
    FieldKind("X-Amzn-Trace-Id", _BOTH, "",
              "AWS load balancer: the id of the request; idle connections are cut there after 60 s"),
    FieldKind("X-Amzn-RequestId", _RESPONSE, "",
              "AWS API Gateway: the id of the request; connections end there after 10 min idle and 2 h at the "
              "latest"),
    FieldKind("X-Amzn-ErrorType", _RESPONSE, "",
              "AWS API Gateway: the kind of the refusal, such as ForbiddenException for a wrong stage or path"),
    FieldKind("X-Azure-Ref", _RESPONSE, "", "Azure Front Door: the id of the request"),
    FieldKind("X-MS-Request-Id", _RESPONSE, "", "Azure: the id of the request"),
    FieldKind("X-Cloud-Trace-Context", _BOTH, "",
              "Google Cloud: the id of the request; a load balancer cuts after its backend timeout, 30 s unless set"),
    FieldKind("X-Envoy-Upstream-Service-Time", _RESPONSE, "",
              "Envoy or Istio: milliseconds that the server behind took; without it Envoy itself answered"),
    FieldKind("X-Request-Id", _BOTH, "", "an id to look for in the logs"),
    FieldKind("Rndr-Id", _RESPONSE, "", "Render: the id of the request"),
    FieldKind("Fly-Request-Id", _RESPONSE, "", "Fly.io: the id of the request"),
    FieldKind("X-Vercel-Id", _RESPONSE, "",
              "Vercel: the id of the request; its functions take no upgrade in most setups"),
    FieldKind("X-NF-Request-Id", _RESPONSE, "", "Netlify: the id of the request; its functions take no upgrade"),
    FieldKind("X-Squid-Error", _RESPONSE, "", "Squid: a proxy of the network refused or failed, and says why"),
)  # fmt: skip
"""Fields that tell what lies between, and whose logs to look into."""

GROUPS: dict[str, tuple[FieldKind, ...]] = {
    "The handshake": HANDSHAKE,
    "Any HTTP message": MESSAGE,
    "Refusals": REFUSAL,
    "On the way": ON_THE_WAY,
}
"""Every field, by what it tells."""
