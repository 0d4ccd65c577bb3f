"""Rules about HTTP answers that concern what was asked for, or the way there."""

from __future__ import annotations

import pytest

from tests.diagnose.refusing import HTML, Answer, error_by
from tests.diagnose.rules.judged import Row, check
from tests.diagnose.scripted import text_of
from wscli.diagnose.rules.http import AREA
from wscli.settings import HandshakeSettings, HeaderChange

NGINX = ("Server", "nginx/1.22.1")
NGINX_PAGE = b"<html><head><title>400 %b</title></head><body><center><h1>400 Bad Request</h1></center>\r\n<center>%b</center>\r\n<hr><center>nginx/1.22.1</center></body></html>"  # fmt: skip  # noqa: E501
TORNADO = b'Can "Upgrade" only to "WebSocket".'
WSS = "wss://example.org/chat"


def nginx(words: bytes) -> bytes:
    return NGINX_PAGE % (words, words)


def twice(name: str) -> HandshakeSettings:
    return HandshakeSettings(headers=(HeaderChange(name, "again"), HeaderChange(name, "and again")))


CASES: list[Row] = [
    ("http/plain-to-tls", Answer(400, (NGINX,), nginx(b"The plain HTTP request was sent to HTTPS port")),
     "The plain HTTP request was sent to HTTPS port", "wscli connect wss://example.org:80/chat", "certain",
     Answer(400, (NGINX,), nginx(b"The plain HTTP request was sent to HTTPS port"), WSS)),
    ("http/plain-to-tls", Answer(426, (("Upgrade", "TLS/1.2"),)), "Upgrade: TLS/1.2", "--upgrade-tls ws://", "certain",
     Answer(426, (("Upgrade", "websocket"),))),
    ("http/client-certificate", Answer(400, (NGINX,), nginx(b"No required SSL certificate was sent"), WSS),
     "No required SSL certificate was sent", "--cert CERT.pem --key KEY.pem", "certain",
     Answer(400, (NGINX,), nginx(b"No required SSL certificate was sent"))),
    ("http/client-certificate", Answer(400, (NGINX,), nginx(b"The SSL certificate error"), WSS),
     "The SSL certificate error", "--cert CERT.pem", "certain", Answer(400, (NGINX,), nginx(b"Bad Request"), WSS)),
    ("http/engine-io", Answer(400, (), b'{"code":0,"message":"Transport unknown"}'),
     '{"code":0,"message":"Transport unknown"}', "'ws://example.org/chat/?EIO=4&transport=websocket'", "certain",
     Answer(400, (), b'{"code":0,"message":"Invalid user"}')),
    ("http/engine-io", Answer(400, (), b'{"code":1,"message":"Session ID unknown"}'), "Session ID unknown",
     "leave sid= out", "likely", Answer(400, (), b'{"message": [')),
    ("http/engine-io", Answer(400, (), b'{"code":5,"message":"Unsupported protocol version"}'),
     "Unsupported protocol version", "EIO=3", "certain", Answer(400, (), b'["message"]')),
    ("http/engine-io", Answer(403, (), b'{"code":4,"message":"Forbidden"}'), "Forbidden", "--origin", "likely",
     Answer(400, (), b'{"code":3,"message":"Bad request"}', "ws://h/socket.io/?EIO=4&transport=websocket")),
    ("http/version", Answer(426, (("Sec-WebSocket-Version", "8, 7"),)), "Sec-WebSocket-Version: 8, 7",
     "-H 'Sec-WebSocket-Version: 8'", "certain", Answer(426, (("Sec-WebSocket-Version", "13, 8"),))),
    ("http/version",
     Answer(400, (("Sec-WebSocket-Version", "13"),),
            asks=HandshakeSettings(headers=(HeaderChange("Sec-WebSocket-Version", "7"),))),
     "sent Sec-WebSocket-Version: 7", "leave out the -H", "certain", Answer(400)),
    ("http/repeated-field", Answer(400, asks=twice("Upgrade")), "sent Upgrade: again",
     "leave out the -H that adds Upgrade",
     "likely", Answer(400, asks=twice("X-Two"))),
    ("http/host-refused", Answer(421), "sent Host: example.org", "--host NAME", "certain", Answer(422)),
    ("http/host-refused", Answer(421, url=WSS, asks=HandshakeSettings(host="other.example")),
     "sent Host: other.example",
     "--host NAME", "certain", Answer(420, url=WSS, asks=HandshakeSettings(host="other.example"))),
    ("http/host-refused", Answer(400, (), b'Blocked request. This host ("example.org") is not allowed.'),
     'Blocked request. This host ("example.org") is not allowed.', "--host NAME", "certain",
     Answer(400, (), b"Blocked request.")),
    ("http/host-refused",
     Answer(400, (("Server", "Microsoft-HTTPAPI/2.0"),), b"<h2>Bad Request - Invalid Hostname</h2>"),
     "Bad Request - Invalid Hostname", "--host NAME", "certain", Answer(400, (("Server", "Microsoft-HTTPAPI/2.0"),))),
    ("http/host-refused", Answer(500, (), b"Fastly error: unknown domain: example.org."),
     "Fastly error: unknown domain",
     "--host NAME", "certain", Answer(500, (), b"Fastly error: no service")),
    ("http/subprotocol-wanted", Answer(400, (), b"a subprotocol is required: graphql-transport-ws"),
     "a subprotocol is required", "-s graphql-transport-ws", "likely", Answer(400, (), b"a protocol is required")),
    ("http/subprotocol-wanted",
     Answer(400, (), b"unknown Sec-WebSocket-Protocol", asks=HandshakeSettings(subprotocols=("chat",))),
     "sent Sec-WebSocket-Protocol: chat", "-s NAME", "likely", Answer(409, (), b"unknown Sec-WebSocket-Protocol")),
    ("http/header-too-large", Answer(431), "our request has 2", "large_client_header_buffers", "certain", Answer(430)),
    ("http/header-too-large", Answer(400, (NGINX,), nginx(b"Request Header Or Cookie Too Large")),
     "Request Header Or Cookie Too Large", "large_client_header_buffers", "certain",
     Answer(400, (NGINX,), nginx(b"Request Or Cookie"))),
    ("http/upgrade-not-forwarded", Answer(400, (NGINX,), TORNADO), "sent Upgrade: websocket",
     "proxy_set_header Upgrade $http_upgrade;", "likely", Answer(400, (NGINX,), b"no user")),
    ("http/upgrade-not-forwarded", Answer(426), "HTTP/1.1 426 Reason", "101 there proves it", "likely", Answer(425)),
    ("http/upgrade-not-forwarded", Answer(400, (("Sec-Websocket-Version", "13"),), b"Bad Request\n"),
     "Sec-Websocket-Version: 13", "ws://SERVER:PORT/chat", "likely", Answer(400, (), b"Bad Request\n")),
    ("http/upgrade-not-forwarded",
     Answer(505, (NGINX,), b"Failed to open a WebSocket connection: unsupported HTTP version: HTTP/1.0.\n"),
     "unsupported HTTP version: HTTP/1.0", "proxy_http_version 1.1;", "likely",
     Answer(500, (NGINX,), b"version: HTTP/1")),
    ("http/upgrade-not-forwarded",
     Answer(400, (), b'{"code":3,"message":"Bad request"}', "ws://h/socket.io/?EIO=4&transport=websocket"),
     '{"code":3,"message":"Bad request"}', "101 there proves it", "likely",
     Answer(400, (), b'{"code":3,"message":"Bad request"}', "ws://h/socket.io/?EIO=4")),
    ("http/upgrade-not-forwarded", Answer(404, (("Server", "Apache"),), b"No WebSocket UPGRADE hdr: None"),
     "No WebSocket UPGRADE hdr", "upgrade=websocket", "likely",
     Answer(400, (), TORNADO, asks=HandshakeSettings(headers=(HeaderChange("Upgrade", None),)))),
    ("http/own-bad-request", Answer(400, (NGINX,), nginx(b"Bad Request")), "nginx/1.22.1", "error log of nginx",
     "possible",
     Answer(400, (NGINX,), b"Bad Request")),
    ("http/bad-request", Answer(400, (NGINX,), b"no user"), "Server: nginx/1.22.1", "without a proxy", "possible",
     Answer(409, (NGINX,), b"no user")),
    ("http/refused", Answer(418, (), b"I'm a teapot"), "HTTP/1.1 418 Reason", "log", "likely", Answer(405)),
    ("http/refused", Answer(999), "HTTP/1.1 999 Reason", "log", "likely", Answer(599)),
]  # fmt: skip


@pytest.mark.parametrize("row", CASES)
def test_an_answer_is_judged_so_and_a_near_one_otherwise(row: Row) -> None:
    check(row)


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in AREA.rules} == {case[0] for case in CASES}


def test_a_misdirected_request_names_the_two_names_where_they_differ() -> None:
    finding = error_by(Answer(421, url=WSS, asks=HandshakeSettings(host="other.example")))
    assert "TLS was made with the name example.org" in text_of(finding)


@pytest.mark.parametrize(
    "body",
    [
        b"Client sent an HTTP request to an HTTPS server.\n",
        b"<p>You're speaking plain HTTP to an SSL-enabled server port.<br />",
        b"Bad Request\r\nThis combination of host and port requires TLS.\r\n",
    ],
)
def test_servers_say_in_their_own_words_that_a_port_is_for_tls(body: bytes) -> None:
    assert "http/plain-to-tls" == error_by(Answer(400, (HTML,), body)).rule


@pytest.mark.parametrize(
    "body",
    [
        b"No CONNECTION upgrade hdr: close",
        b"Failed to open a WebSocket connection: missing Connection header.",
        b'WebSocket protocol violation: Connection header "close" does not contain Upgrade\n',
        b"Connection header did not include 'upgrade'",
        b"Missing or invalid Sec-WebSocket-Key header",
        b"Connection ID required",
    ],
)
def test_servers_say_in_their_own_words_that_no_upgrade_came(body: bytes) -> None:
    assert "http/upgrade-not-forwarded" == error_by(Answer(400, (NGINX,), body)).rule


def test_a_compressed_refusal_is_read_as_well() -> None:
    import gzip

    answer = Answer(400, (NGINX, ("Content-Encoding", "gzip")), gzip.compress(TORNADO))
    assert "http/upgrade-not-forwarded" == error_by(answer).rule
