"""What a request gets."""

from __future__ import annotations

from base64 import b64encode

import pytest

from wscli.protocol.client import decode_request
from wscli.protocol.exchange import Objection
from wscli.serve.faults import plan_of
from wscli.serve.faults.fault import Plan
from wscli.serve.routing import Route, ToRefusal, ToService, ToSite, ToTls, route
from wscli.serve.state import ServerState
from wscli.settings import ServerSettings

KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
UPGRADING = ("Upgrade: websocket", "Connection: Upgrade", KEY, "Sec-WebSocket-Version: 13")


def state_of(**settings: object) -> ServerState:
    return ServerState(ServerSettings(**settings), lambda _number, _address: ())  # type: ignore[arg-type]


def routed(target: str, *lines: str, is_secure: bool = False, **settings: object) -> Route:
    head = "\r\n".join((f"GET {target} HTTP/1.1", "Host: h", *lines, "", ""))
    return route(decode_request(head.encode()), None, Plan(), state_of(**settings), is_secure=is_secure)


def status_of(found: Route) -> int:
    assert isinstance(found, ToRefusal)
    return found.response.status


def service_of(found: Route) -> str:
    assert isinstance(found, ToService)
    return found.service.name


@pytest.mark.parametrize(
    ("target", "offered", "service"),
    [
        ("/", "", "echo"),
        ("/", "unknown, chat", "chat"),
        ("/time", "", "time"),
        ("/time?interval=1", "unknown", "time"),
        ("/time", "chat", "chat"),
        ("/fault/masked", "", "echo"),
        ("http://h/time?interval=1", "", "time"),
        ("http://h", "", "echo"),
    ],
)
def test_a_service_is_chosen_by_subprotocol_then_by_path(target: str, offered: str, service: str) -> None:
    lines = (f"Sec-WebSocket-Protocol: {offered}",) if offered else ()
    assert service == service_of(routed(target, *UPGRADING, *lines))


def test_a_certificate_is_no_fault_of_a_path() -> None:
    assert 404 == status_of(routed("/fault/certificate-expired", *UPGRADING))


def test_a_proxy_that_refuses_on_request_refuses_connect() -> None:
    head = decode_request(b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n")
    plan = plan_of(("proxy-authentication",))
    found = [route(head, None, one, state_of(), is_secure=False) for one in (plan, Plan())]
    assert isinstance(found[0], ToService)
    assert plan == found[0].plan
    assert isinstance(found[1], ToSite)


def test_another_path_is_not_found_unless_a_service_is_for_all() -> None:
    assert 404 == status_of(routed("/other", *UPGRADING))
    assert "delay" == service_of(routed("/other", *UPGRADING, service="delay"))
    assert "time" == service_of(routed("/time", *UPGRADING, service="delay"))


def test_an_ordinary_request_goes_to_the_site() -> None:
    assert ToSite() == routed("/")
    assert ToSite() == routed("/other")


@pytest.mark.parametrize("upgrade", ["h2c", "foo/1", "TLS/1.2"])
def test_an_upgrade_to_what_is_not_offered_is_ignored(upgrade: str) -> None:
    assert ToSite() == routed("/", f"Upgrade: {upgrade}", "Connection: Upgrade")


def test_the_path_of_a_service_wants_an_upgrade() -> None:
    found = routed("/echo")
    assert 426 == status_of(found)
    assert isinstance(found, ToRefusal)
    assert ("Upgrade", "websocket") in found.response.fields


@pytest.mark.parametrize(
    ("lines", "status", "said"),
    [
        (("Connection: Upgrade", *UPGRADING[2:]), 426, b"Upgrade: expected websocket, got absent (RFC 6455"),
        ((*UPGRADING[:3], "Sec-WebSocket-Version: 8"), 426, b"Sec-WebSocket-Version: expected 13, got 8"),
        ((*UPGRADING[:2], UPGRADING[3]), 400, b"Sec-WebSocket-Key: expected the base64 of 16 bytes, got absent"),
    ],
)
def test_a_broken_handshake_is_refused_with_the_rule(lines: tuple[str, ...], status: int, said: bytes) -> None:
    found = routed("/", *lines)
    assert isinstance(found, ToRefusal)
    assert (status, True) == (found.response.status, said in found.response.body)


def test_what_is_objected_to_is_refused_first() -> None:
    head = decode_request(b"GET / HTTP/1.1\r\n\r\n")
    found = route(head, Objection(413, "Content Too Large", "x"), Plan(), state_of(), is_secure=False)
    assert 413 == status_of(found)


# --- Admission -------------------------------------------------------------------------------------------------------
def basic(text: str) -> str:
    return f"Authorization: Basic {b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("line", "is_admitted"),
    [
        (basic("u:p:w"), True),
        (basic("u:p:w").replace("Basic", "bASIC"), True),
        (basic("u:p"), False),
        ("Authorization: Basic %%%", False),
        ("Authorization: Bearer u:p:w", False),
        ("X: y", False),
    ],
)
def test_credentials_are_asked_for(line: str, is_admitted: bool) -> None:
    found = routed("/", *UPGRADING, line, credentials=("u", "p:w"))
    assert is_admitted is isinstance(found, ToService)
    if not is_admitted:
        assert 401 == status_of(found)
    assert 401 == status_of(routed("/", credentials=("u", "p")))


def test_only_the_origins_that_are_named_may_connect() -> None:
    settings = {"origins": ("https://a", "https://b")}
    assert "echo" == service_of(routed("/", *UPGRADING, "Origin: https://b", **settings))
    assert 403 == status_of(routed("/", *UPGRADING, "Origin: https://c", **settings))
    assert 403 == status_of(routed("/", *UPGRADING, **settings))
    assert ToSite() == routed("/", **settings)


# --- TLS inside HTTP/1.1 ---------------------------------------------------------------------------------------------
def test_tls_is_switched_to_where_it_is_offered_and_asked_for() -> None:
    asking = ("Upgrade: TLS/1.2", "Connection: Upgrade")
    assert ToTls() == routed("/", *asking, upgrade_tls="optional")
    assert ToTls() == routed("/", *asking, upgrade_tls="mandatory")
    assert ToSite() == routed("/", *asking, upgrade_tls="optional", is_secure=True)
    assert ToSite() == routed("/", "Upgrade: TLS/1.2", upgrade_tls="optional")


def test_mandatory_tls_refuses_everything_else() -> None:
    found = routed("/", *UPGRADING, upgrade_tls="mandatory")
    assert isinstance(found, ToRefusal)
    assert (426, ("Upgrade", "TLS/1.2, HTTP/1.1")) == (found.response.status, found.response.fields[-2])
    assert "echo" == service_of(routed("/", *UPGRADING, upgrade_tls="optional"))
    assert "echo" == service_of(routed("/", *UPGRADING, upgrade_tls="mandatory", is_secure=True))
