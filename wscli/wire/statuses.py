"""HTTP status codes as they are seen in answers to a WebSocket upgrade: what each says there, and what to do.

A reason phrase is what RFC 9110 or the one who made the code calls it. Some codes appear in the logs of a proxy and
never on the wire; they are here because people find them there when they look for why a connection ended.
"""

from __future__ import annotations

from wscli.values import Value


class StatusKind(Value):
    """One status code."""

    code: int
    phrase: str
    section: str
    """The section that defines it, or who made it."""
    meaning: str
    """What it says to one who asked for an upgrade."""
    advice: str = ""
    """One thing to do."""


_NGINX, _CLOUDFLARE, _AWS = "nginx", "Cloudflare", "AWS Application Load Balancer"

_ROWS = (
    # --- Informational: another answer follows, but for 101 ---
    StatusKind(100, "Continue", "RFC 9110 15.2.1", "go on with the body; the real answer follows"),
    StatusKind(101, "Switching Protocols", "RFC 9110 15.2.2",
               "the upgrade is granted: frames begin right behind the head",
               "if it is not taken, compare Upgrade, Connection and Sec-WebSocket-Accept"),
    StatusKind(102, "Processing", "RFC 2518 10.1", "the server is working; the real answer follows"),
    StatusKind(103, "Early Hints", "RFC 8297 2", "links to load early; the real answer follows"),
    # --- Success: an answer, and no upgrade ---
    StatusKind(200, "OK", "RFC 9110 15.3.1",
               "a page or an API answered as if no upgrade had been asked for: the path is not that of the "
               "WebSocket, or a proxy removed Upgrade and Connection",
               "check the path, then whether each proxy forwards Upgrade and Connection"),
    StatusKind(201, "Created", "RFC 9110 15.3.2", "an API answered, and no WebSocket endpoint", "check the path"),
    StatusKind(202, "Accepted", "RFC 9110 15.3.3", "an API answered, and no WebSocket endpoint", "check the path"),
    StatusKind(204, "No Content", "RFC 9110 15.3.5",
               "something answered without a body, and it is no WebSocket endpoint",
               "check the path"),
    StatusKind(206, "Partial Content", "RFC 9110 15.3.7",
               "a file server answered, and no WebSocket endpoint",
               "check the path"),
    # --- Redirection ---
    StatusKind(300, "Multiple Choices", "RFC 9110 15.4.1",
               "the resource lies at several other places",
               "see Location"),
    StatusKind(301, "Moved Permanently", "RFC 9110 15.4.2",
               "the endpoint is elsewhere: often http to https, another host, or a slash at the end; browsers do "
               "not follow it for a WebSocket",
               "connect to what Location names, as ws:// or wss://"),
    StatusKind(302, "Found", "RFC 9110 15.4.3",
               "the endpoint is elsewhere for now, and often that is a login page",
               "if Location is a login page, send the cookie or token that a browser would have"),
    StatusKind(303, "See Other", "RFC 9110 15.4.4",
               "the answer is to be fetched elsewhere, mostly after a login",
               "send the cookie or token that a browser would have"),
    StatusKind(304, "Not Modified", "RFC 9110 15.4.5",
               "a cache answered; an upgrade must never be cached",
               "take the WebSocket path out of the cache"),
    StatusKind(307, "Temporary Redirect", "RFC 9110 15.4.8",
               "the endpoint is elsewhere for now",
               "connect to what Location names, as ws:// or wss://"),
    StatusKind(308, "Permanent Redirect", "RFC 9110 15.4.9",
               "the endpoint is elsewhere: often a slash at the end",
               "connect to what Location names, as ws:// or wss://"),
    # --- What the client did wrong, says the server ---
    StatusKind(400, "Bad Request", "RFC 9110 15.5.1",
               "the request does not suit the server: a proxy dropped Upgrade on the way, a header is missing or "
               "stands twice, or a parameter of the application is missing",
               "read the body; ask the server directly, without the proxy"),
    StatusKind(401, "Unauthorized", "RFC 9110 15.5.2",
               "credentials are missing or not valid; WWW-Authenticate says which kind",
               "send them with --user, or -H 'Authorization: Bearer TOKEN', or a cookie"),
    StatusKind(402, "Payment Required", "RFC 9110 15.5.3",
               "a quota is used up, or a plan does not include it",
               "look into the account with the provider"),
    StatusKind(403, "Forbidden", "RFC 9110 15.5.4",
               "refused on principle: the Origin is not on the server's list, a token lacks rights, or a firewall "
               "takes us for a robot",
               "try --origin with the address of the site, and without any"),
    StatusKind(404, "Not Found", "RFC 9110 15.5.5",
               "nothing is at this path: a wrong prefix, a slash too many or too few, or a proxy that rewrites paths",
               "try the path with and without a slash at its end; ask the server directly"),
    StatusKind(405, "Method Not Allowed", "RFC 9110 15.5.6",
               "the path takes other methods than GET, so it is no WebSocket endpoint",
               "check the path; Allow names the methods"),
    StatusKind(406, "Not Acceptable", "RFC 9110 15.5.7",
               "nothing that the server has suits the Accept fields; some servers say it for a subprotocol",
               "offer the subprotocol that the server wants, with -s"),
    StatusKind(407, "Proxy Authentication Required", "RFC 9110 15.5.8",
               "a proxy on the way wants credentials",
               "give the proxy its user and password; Proxy-Authenticate names the scheme"),
    StatusKind(408, "Request Timeout", "RFC 9110 15.5.9",
               "the request did not arrive whole in time",
               "look for what holds bytes back on the way"),
    StatusKind(409, "Conflict", "RFC 9110 15.5.10",
               "the application refuses: often a session that is open already",
               "close the other session, or choose another id"),
    StatusKind(410, "Gone", "RFC 9110 15.5.11", "the endpoint was removed for good", "look for its successor"),
    StatusKind(411, "Length Required", "RFC 9110 15.5.12",
               "the server wants a Content-Length: it takes no GET here",
               "check the path"),
    StatusKind(412, "Precondition Failed", "RFC 9110 15.5.13",
               "a condition of the request does not hold",
               "leave out the If- headers"),
    StatusKind(413, "Content Too Large", "RFC 9110 15.5.14",
               "a body is too large; an upgrade has none",
               "send the request without a body"),
    StatusKind(414, "URI Too Long", "RFC 9110 15.5.15",
               "the URL is too long, often because of a token in its query",
               "send the token in a header"),
    StatusKind(415, "Unsupported Media Type", "RFC 9110 15.5.16",
               "an API that wants a body answered",
               "check the path"),
    StatusKind(417, "Expectation Failed", "RFC 9110 15.5.18",
               "the server does not do what Expect asks for",
               "leave out the Expect header"),
    StatusKind(418, "I'm a teapot", "RFC 2324 2.3.2", "a joke, or a filter that refuses robots", "read the body"),
    StatusKind(421, "Misdirected Request", "RFC 9110 15.5.20",
               "the server is not responsible for this Host: SNI and Host differ, or the address is another site's",
               "let Host and --servername name the same site"),
    StatusKind(422, "Unprocessable Content", "RFC 9110 15.5.21",
               "the application did not like a parameter",
               "read the body"),
    StatusKind(423, "Locked", "RFC 4918 11.3", "the resource is locked", "read the body"),
    StatusKind(425, "Too Early", "RFC 8470 5.2",
               "the request came as early data of TLS 1.3, and could be a replay",
               "send it once TLS is up"),
    StatusKind(426, "Upgrade Required", "RFC 9110 15.5.22",
               "the version is not the server's (then Sec-WebSocket-Version lists those that are), or a proxy "
               "removed Upgrade before the server saw it",
               "without Sec-WebSocket-Version in the answer, look for the proxy that removed Upgrade"),
    StatusKind(428, "Precondition Required", "RFC 6585 3", "the server wants a conditional request", "read the body"),
    StatusKind(429, "Too Many Requests", "RFC 6585 4",
               "a rate limit; Retry-After says for how long",
               "wait for Retry-After, then connect less often"),
    StatusKind(431, "Request Header Fields Too Large", "RFC 6585 5",
               "the head is too large, mostly because of cookies",
               "send fewer or smaller headers"),
    StatusKind(444, "(no answer)", _NGINX,
               "in nginx's log only: it closed the connection without an answer",
               "look for `return 444` in its configuration"),
    StatusKind(451, "Unavailable For Legal Reasons", "RFC 7725 3",
               "refused for legal reasons, often by country",
               "read the body"),
    StatusKind(460, "Client closed", _AWS,
               "in the balancer's log only: the client left before the idle limit",
               "raise the time limit of the client"),
    StatusKind(463, "Too many addresses", _AWS,
               "X-Forwarded-For holds more than 30 addresses",
               "look for a loop of proxies"),
    StatusKind(464, "Incompatible protocol", _AWS,
               "the protocol version does not suit the target group: a WebSocket wants HTTP/1.1 there",
               "set the protocol version of the target group to HTTP1"),
    StatusKind(494, "Request header too large", _NGINX,
               "in nginx's log only; the client gets 400",
               "send smaller headers, or raise large_client_header_buffers"),
    StatusKind(495, "SSL certificate error", _NGINX,
               "in nginx's log only; the client gets 400: its certificate does not verify",
               "give a client certificate that the server trusts"),
    StatusKind(496, "SSL certificate required", _NGINX,
               "in nginx's log only; the client gets 400: no client certificate came",
               "give a client certificate with --cert and --key"),
    StatusKind(497, "HTTP request sent to HTTPS port", _NGINX,
               "in nginx's log only; the client gets 400",
               "use wss:// in place of ws://"),
    StatusKind(499, "Client closed request", _NGINX,
               "in nginx's log only: the client left before the answer",
               "look for a time limit of the client that is shorter than the server needs"),
    # --- What went wrong behind ---
    StatusKind(500, "Internal Server Error", "RFC 9110 15.6.1",
               "the server failed at the request, mostly an exception before the upgrade",
               "look into the log of the server at this moment"),
    StatusKind(501, "Not Implemented", "RFC 9110 15.6.2",
               "the server knows no upgrade, or not this method",
               "check that this is the server that speaks WebSocket"),
    StatusKind(502, "Bad Gateway", "RFC 9110 15.6.3",
               "a proxy got no usable answer from the server behind it: refused, reset, wrong protocol, or a wrong "
               "Sec-WebSocket-Accept",
               "ask the server behind the proxy directly"),
    StatusKind(503, "Service Unavailable", "RFC 9110 15.6.4",
               "nothing behind takes the request now: starting, draining, or no healthy server; Retry-After may say "
               "for how long",
               "wait for Retry-After; look at the health checks"),
    StatusKind(504, "Gateway Timeout", "RFC 9110 15.6.5",
               "a proxy waited for the server behind it in vain",
               "ask the server behind the proxy directly"),
    StatusKind(505, "HTTP Version Not Supported", "RFC 9110 15.6.6",
               "the server does not take this version of HTTP; an upgrade needs HTTP/1.1",
               "check what rewrites the request line on the way"),
    StatusKind(506, "Variant Also Negotiates", "RFC 2295 8.1",
               "the server's content negotiation is set up wrongly",
               "look into the server's configuration"),
    StatusKind(507, "Insufficient Storage", "RFC 4918 11.5", "the server has no room left", "look at its disks"),
    StatusKind(508, "Loop Detected", "RFC 5842 7.2", "the request ran in a circle", "look for a loop of proxies"),
    StatusKind(511, "Network Authentication Required", "RFC 6585 6",
               "the network wants a login first: a captive portal answered",
               "log in to the network with a browser"),
    StatusKind(520, "Unknown error", _CLOUDFLARE,
               "the origin gave an answer that Cloudflare could not read",
               "ask the origin directly"),
    StatusKind(521, "Web server is down", _CLOUDFLARE,
               "the origin refused the connection",
               "check that the origin runs and lets Cloudflare's addresses in"),
    StatusKind(522, "Connection timed out", _CLOUDFLARE,
               "the origin did not answer to TCP",
               "check that a firewall lets Cloudflare's addresses in"),
    StatusKind(523, "Origin is unreachable", _CLOUDFLARE, "there is no route to the origin", "check its DNS records"),
    StatusKind(524, "A timeout occurred", _CLOUDFLARE,
               "the origin took the request and gave no answer within 100 s",
               "let the origin answer the upgrade at once"),
    StatusKind(525, "SSL handshake failed", _CLOUDFLARE,
               "TLS between Cloudflare and the origin failed",
               "check the origin's certificate and the SSL mode"),
    StatusKind(526, "Invalid SSL certificate", _CLOUDFLARE,
               "the origin's certificate did not verify",
               "renew the origin's certificate, or use one of Cloudflare's origin authority"),
    StatusKind(530, "Origin DNS error", _CLOUDFLARE,
               "the body names an error of its own, 1xxx, mostly 1016: no DNS for the origin, or a tunnel that is "
               "down",
               "look up the 1xxx number in the body"),
    StatusKind(561, "Unauthorized", _AWS,
               "an authentication provider of the balancer answered with an error",
               "look at the listener's authentication rule"),
)  # fmt: skip

STATUSES: dict[int, StatusKind] = {kind.code: kind for kind in _ROWS}
"""Every status that is known to answer an upgrade, by its code."""

CLASSES: dict[int, str] = {
    1: "informational: another answer follows",
    2: "success, as HTTP means it, and no upgrade: only 101 opens a WebSocket",
    3: "a redirection: the endpoint is elsewhere",
    4: "the server finds fault with the request",
    5: "the server or something behind it failed",
}
"""What the first digit of any status says (RFC 9110 §15)."""
