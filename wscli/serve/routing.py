"""What a whole request gets: the site, a refusal, TLS, a WebSocket service, or a fault."""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as Base64Error

from wscli.errors import UsageProblem
from wscli.protocol.accepting import judge_request, refusal_of
from wscli.protocol.exchange import Objection, Response, is_upgrade_attempt, upgrades_of
from wscli.serve.behaviours import BY_NAME
from wscli.serve.behaviours.service import Service
from wscli.serve.faults import plan_of
from wscli.serve.faults.fault import Plan
from wscli.serve.site import respond
from wscli.serve.state import ServerState
from wscli.values import Value
from wscli.wire.deviations import Deviation
from wscli.wire.grammar import decode_list
from wscli.wire.head import RequestHead, encode_response

FAULT_PATH = "/fault/"

TLS_PROTOCOLS = "TLS/1.2, HTTP/1.1"
"""What a 101 or 426 names (RFC 2817 §3.3, §4.2): the two layers, lowest first."""
TLS_SWITCH = encode_response(101, "Switching Protocols", (("Upgrade", TLS_PROTOCOLS), ("Connection", "Upgrade")))


class Route(Value):
    """What a request gets."""


class ToSite(Route):
    """An ordinary answer."""


class ToRefusal(Route):
    """This answer, which is not the site's."""

    response: Response


class ToTls(Route):
    """A 101, TLS, and then the answer through it (RFC 2817 §3.3)."""


class ToService(Route):
    """A WebSocket connection led by this service, with what goes wrong on it."""

    service: Service
    plan: Plan


def route(
    request: RequestHead, objection: Objection | None, plan: Plan, state: ServerState, *, is_secure: bool
) -> Route:
    """Return what a whole request gets; `plan` is what the server does wrong for everybody."""
    settings = state.settings
    if objection is not None:
        return ToRefusal(respond(objection.status, objection.reason, objection.sentence + "\n"))
    if settings.upgrade_tls is not None and not is_secure:
        if any(name.upper().startswith("TLS/") for name in upgrades_of(request)):
            return ToTls()
        if settings.upgrade_tls == "mandatory":
            return ToRefusal(_tls_required())
    if settings.credentials is not None and not _is_authorized(request, settings.credentials):
        challenge = ("WWW-Authenticate", 'Basic realm="wscli", charset="UTF-8"')
        return ToRefusal(respond(401, "Unauthorized", "user and password are needed\n", challenge))
    path = request.local_target.partition("?")[0]
    if path.startswith(FAULT_PATH):
        return _to_fault(request, path.removeprefix(FAULT_PATH).removesuffix("/"), state)
    if is_upgrade_attempt(request) or (request.method == "CONNECT" and plan.answer is not None):
        return _to_service(request, plan, state)
    name = path.removeprefix("/")
    if name in state.services and name:
        return ToRefusal(_upgrade_required(f"{path} is a WebSocket service"))
    return ToSite()


def _to_fault(request: RequestHead, name: str, state: ServerState) -> Route:
    try:
        plan = plan_of((name,))
    except UsageProblem as problem:
        return ToRefusal(respond(404, "Not Found", f"{problem}\n"))
    if plan.certificate is not None:
        text = "a certificate is shown before there is a path: ask for it with --fault\n"
        return ToRefusal(respond(404, "Not Found", text))
    return _to_service(request, plan, state)


def _to_service(request: RequestHead, plan: Plan, state: ServerState) -> Route:
    settings = state.settings
    checks = judge_request(request)
    failed = [check for check in checks if not check.is_passed]
    if failed and plan == Plan():
        status, reason, fields = refusal_of(checks)
        lines = [_broken_rule(check.name, check.expected, check.actual, check.deviation) for check in failed]
        return ToRefusal(respond(status, reason, "This is a WebSocket server.\n" + "".join(lines), *fields))
    origin = request.fields.get("Origin")
    if settings.origins and origin not in settings.origins:
        text = f"the origin {origin or 'is missing; it'} is not one of {', '.join(settings.origins)}\n"
        return ToRefusal(respond(403, "Forbidden", text))
    service = service_for(request, state)
    if service is None:
        names = ", ".join(f"/{name}" for name in state.services)
        text = f"no service has this path; / echoes, the others are {names}\n"
        return ToRefusal(respond(404, "Not Found", text))
    return ToService(service, plan)


def service_for(request: RequestHead, state: ServerState) -> Service | None:
    """Return the service for a request: by the first subprotocol that is one, by path, the default one, or echo."""
    services = state.services
    for name in decode_list(request.fields.joined("Sec-WebSocket-Protocol") or "")[0]:
        if name in services:
            return services[name]
    path = request.local_target.partition("?")[0]
    name = path.removeprefix("/")
    if name in services:
        return services[name]
    if state.settings.service is not None:
        return services[state.settings.service]
    is_echo = path == "/" or path.startswith(FAULT_PATH) or request.method == "CONNECT"
    return BY_NAME["echo"] if is_echo else None


def _broken_rule(name: str, expected: str, actual: str, deviation: Deviation | None) -> str:
    section = f" ({deviation.kind.section})" if deviation else ""
    return f"{name}: expected {expected}, got {actual}{section}\n"


def _upgrade_required(text: str) -> Response:
    # RFC 9110 §15.5.22: a 426 names what to switch to; §7.8: and Connection names Upgrade.
    fields = (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"))
    return respond(426, "Upgrade Required", f"{text}: connect with a WebSocket client\n", *fields)


def _tls_required() -> Response:
    # RFC 2817 §4.2.
    fields = (("Upgrade", TLS_PROTOCOLS), ("Connection", "Upgrade"))
    return respond(426, "Upgrade Required", "TLS is required: send Upgrade: TLS/1.2 (RFC 2817)\n", *fields)


def _is_authorized(request: RequestHead, credentials: tuple[str, str]) -> bool:
    scheme, _, given = (request.fields.get("Authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        decoded = b64decode(given.strip(), validate=True)
    except Base64Error:
        return False
    return hmac.compare_digest(decoded, ":".join(credentials).encode())
