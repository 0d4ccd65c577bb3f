"""The client's half of the opening handshake: the request built, the answer judged (RFC 6455 §4.1).

The request is a list of fields before it is bytes, so that each can be overridden, removed or repeated; what is offered
is read back from the bytes that really went out, and the answer is judged against those.
"""

from __future__ import annotations

from wscli.events import Check
from wscli.protocol.negotiation import judge_answer
from wscli.settings import HandshakeSettings, HeaderChange
from wscli.values import Value
from wscli.wire.accept import accept_for
from wscli.wire.deflate import DeflateParameters
from wscli.wire.deviations import (
    HANDSHAKE_ACCEPT_MISSING,
    HANDSHAKE_ACCEPT_WRONG,
    HANDSHAKE_BODY_HEADER,
    HANDSHAKE_CONNECTION_MISSING,
    HANDSHAKE_CONNECTION_NO_UPGRADE,
    HANDSHAKE_CONTENT_ENCODING,
    HANDSHAKE_EXTENSION_MALFORMED,
    HANDSHAKE_HEADER_REPEATED,
    HANDSHAKE_HTTP_VERSION,
    HANDSHAKE_SUBPROTOCOL_INVALID,
    HANDSHAKE_SUBPROTOCOL_NONE,
    HANDSHAKE_SUBPROTOCOL_NOT_OFFERED,
    HANDSHAKE_UPGRADE_MISSING,
    HANDSHAKE_UPGRADE_OTHER,
    Deviation,
    Deviations,
)
from wscli.wire.grammar import decode_extensions, decode_list, has_token, is_token
from wscli.wire.head import Fields, RequestHead, ResponseHead, encode_request

VERSION = "13"


def _basic(user: str, password: str) -> str:
    from binascii import b2a_base64

    # RFC 7617 §2.1: UTF-8 where the server did not say.
    return "Basic " + b2a_base64(f"{user}:{password}".encode(), newline=False).decode("ascii")


def request_fields(settings: HandshakeSettings, host: str, key: str) -> list[tuple[str, str]]:
    """Return the fields of the request in the order they go out, the user's changes applied."""
    fields = [
        ("Host", settings.host or host),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", VERSION),
    ]
    if settings.subprotocols:
        fields.append(("Sec-WebSocket-Protocol", ", ".join(settings.subprotocols)))
    if settings.deflate_offer:
        fields.append(("Sec-WebSocket-Extensions", settings.deflate_offer))
    if settings.origin is not None:
        fields.append(("Origin", settings.origin))
    if settings.user_agent is not None:
        fields.append(("User-Agent", settings.user_agent))
    if settings.bearer is not None:
        fields.append(("Authorization", f"Bearer {settings.bearer}"))
    elif settings.credentials is not None:
        fields.append(("Authorization", _basic(*settings.credentials)))
    return change_fields(fields, settings.headers)


def change_fields(fields: list[tuple[str, str]], changes: tuple[HeaderChange, ...]) -> list[tuple[str, str]]:
    """Return the fields with the changes made: the first of a name replaces it in place, further ones repeat it."""
    changed: list[tuple[str, str]] = list(fields)
    seen: set[str] = set()
    for change in changes:
        name = change.name.lower()
        places = [place for place, field in enumerate(changed) if field[0].lower() == name]
        if change.value is None:
            changed = [field for field in changed if field[0].lower() != name]
        elif places and name not in seen:
            changed[places[0]] = (change.name, change.value)
        else:
            changed.append((change.name, change.value))
        seen.add(name)
    return changed


def build_request(settings: HandshakeSettings, resource: str, host: str, key: str) -> bytes:
    """Return the bytes of the upgrade request (RFC 6455 §4.1); a line break in a user's header is a UsageProblem."""
    return encode_request("GET", resource, request_fields(settings, host, key))


def build_preflight(settings: HandshakeSettings, path: str, host: str) -> bytes:
    """Return an ordinary GET with the user's headers and credentials, and nothing of the upgrade."""
    fields = [
        field
        for field in request_fields(settings, host, "")
        if field[0].lower() not in ("upgrade", "connection") and not field[0].lower().startswith("sec-websocket-")
    ]
    return encode_request("GET", path, fields)


class Verdict(Value):
    """An answer, judged."""

    checks: tuple[Check, ...]
    subprotocol: str | None
    extensions: str
    deflate: DeflateParameters | None

    @property
    def faults(self) -> Deviations:
        """The must-level deviations: with any of them a conformant client fails the connection."""
        return tuple(check.deviation for check in self.checks if check.deviation and check.deviation.is_must)


def check(name: str, expected: str, actual: str | None, deviation: Deviation | None = None) -> Check:
    """Return a check that is passed unless its deviation breaks a must."""
    is_passed = deviation is None or not deviation.is_must
    return Check(name, is_passed, expected, "absent" if actual is None else actual, deviation)


def judge_response(request: RequestHead, response: ResponseHead) -> Verdict:
    """Return the verdict over a 101, rule by rule, in the order of RFC 6455 §4.1."""
    fields = response.fields
    subprotocol, subprotocol_check = _judge_subprotocol(request.fields, fields)
    deflate, extensions_check = _judge_extensions(request.fields, fields)
    checks = (
        _judge_version(response.version),
        judge_upgrade(fields),
        judge_connection(fields),
        _judge_accept(request.fields, fields),
        subprotocol_check,
        extensions_check,
        *_judge_body_headers(fields),
    )
    return Verdict(checks, subprotocol, fields.joined("Sec-WebSocket-Extensions") or "", deflate)


def _judge_version(version: str) -> Check:
    major_minor = version.upper().removeprefix("HTTP/")
    is_old = major_minor in ("0.9", "1.0")
    return check("HTTP version", "HTTP/1.1", version, HANDSHAKE_HTTP_VERSION.at(detail=version) if is_old else None)


def judge_upgrade(fields: Fields) -> Check:
    """Return the check of the Upgrade header, the same for both roles."""
    actual = fields.joined("Upgrade")
    deviation = None
    if actual is None:
        deviation = HANDSHAKE_UPGRADE_MISSING.at()
    elif not has_token(fields.all("Upgrade"), "websocket"):
        deviation = HANDSHAKE_UPGRADE_OTHER.at(detail=actual)
    return check("Upgrade", "websocket", actual, deviation)


def judge_connection(fields: Fields) -> Check:
    """Return the check of the Connection header, the same for both roles."""
    actual = fields.joined("Connection")
    deviation = None
    if actual is None:
        deviation = HANDSHAKE_CONNECTION_MISSING.at()
    elif not has_token(fields.all("Connection"), "upgrade"):
        deviation = HANDSHAKE_CONNECTION_NO_UPGRADE.at(detail=actual)
    return check("Connection", "Upgrade", actual, deviation)


def _judge_accept(request: Fields, response: Fields) -> Check:
    expected = accept_for(request.get("Sec-WebSocket-Key") or "")
    actual = response.all("Sec-WebSocket-Accept")
    deviation = None
    if not actual:
        deviation = HANDSHAKE_ACCEPT_MISSING.at()
    elif len(actual) > 1:
        deviation = HANDSHAKE_HEADER_REPEATED.at(detail="Sec-WebSocket-Accept")
    elif actual[0].strip() != expected:
        deviation = HANDSHAKE_ACCEPT_WRONG.at(detail=actual[0])
    return check("Sec-WebSocket-Accept", expected, ", ".join(actual) if actual else None, deviation)


def _judge_subprotocol(request: Fields, response: Fields) -> tuple[str | None, Check]:
    offered, _ = decode_list(request.joined("Sec-WebSocket-Protocol") or "")
    answered = response.all("Sec-WebSocket-Protocol")
    expected = f"one of {', '.join(offered)}, or none" if offered else "none"
    deviation = None
    if not answered:
        if offered:
            deviation = HANDSHAKE_SUBPROTOCOL_NONE.at()
        return None, check("Sec-WebSocket-Protocol", expected, None, deviation)
    chosen = answered[0]
    if len(answered) > 1:
        deviation = HANDSHAKE_HEADER_REPEATED.at(detail="Sec-WebSocket-Protocol")
    elif not is_token(chosen):
        deviation = HANDSHAKE_SUBPROTOCOL_INVALID.at(detail=chosen)
    elif chosen not in offered:
        # RFC 6455 §4.1: subprotocol names are compared as they are, case included.
        deviation = HANDSHAKE_SUBPROTOCOL_NOT_OFFERED.at(detail=chosen)
    return chosen or None, check("Sec-WebSocket-Protocol", expected, ", ".join(answered), deviation)


def _judge_extensions(request: Fields, response: Fields) -> tuple[DeflateParameters | None, Check]:
    offer = request.joined("Sec-WebSocket-Extensions")
    answer = response.joined("Sec-WebSocket-Extensions")
    offered, _ = decode_extensions(offer or "")
    answered, malformed = decode_extensions(answer or "")
    agreement = judge_answer(offered, answered)
    deviation = agreement.deviations[0] if agreement.deviations else None
    if answer is not None and any(one.is_must for one in malformed):
        deviation = HANDSHAKE_EXTENSION_MALFORMED.at(detail=answer)
    elif len(agreement.deviations) > 1:
        details = "; ".join(one.detail for one in agreement.deviations)
        deviation = agreement.deviations[0].replace(detail=details)
    return agreement.deflate, check("Sec-WebSocket-Extensions", offer or "none", answer, deviation)


def _judge_body_headers(response: Fields) -> list[Check]:
    found = []
    for name in ("Content-Length", "Transfer-Encoding"):
        if name in response:
            value = response.joined(name)
            deviation = HANDSHAKE_BODY_HEADER.at(detail=f"{name}: {value}")
            found.append(check(name, "absent", value, deviation))
    if "Content-Encoding" in response:
        value = response.joined("Content-Encoding")
        found.append(check("Content-Encoding", "absent", value, HANDSHAKE_CONTENT_ENCODING.at(detail=value or "")))
    return found
