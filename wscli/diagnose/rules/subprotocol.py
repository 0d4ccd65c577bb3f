"""Rules about Sec-WebSocket-Protocol: what was offered and what the server made of it."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.events import Check, Evidence, RequestSent, ResponseReceived, Severity
from wscli.wire.deviations import (
    HANDSHAKE_HEADER_REPEATED,
    HANDSHAKE_SUBPROTOCOL_INVALID,
    HANDSHAKE_SUBPROTOCOL_NONE,
    HANDSHAKE_SUBPROTOCOL_NOT_OFFERED,
    DeviationKind,
)
from wscli.wire.grammar import decode_list

_NAME = "Sec-WebSocket-Protocol"


def _failed(case: Case, *kinds: DeviationKind) -> Check | None:
    """Return the check of the subprotocol where one of these kinds broke it and that ended the handshake."""
    if case.invalid is None:
        return None
    for check in case.checks:
        deviation = check.deviation
        if check.name == _NAME and deviation in case.invalid.deviations and deviation is not None:
            return check if deviation.kind in kinds else None
    return None


def _offered(case: Case) -> tuple[str, ...]:
    return () if case.request is None else decode_list(case.request.fields.joined(_NAME) or "")[0]


def _evidence(case: Case) -> tuple[Evidence, ...]:
    offered = ", ".join(_offered(case)) or "none"
    values = () if case.response is None else case.response.fields.all(_NAME)
    answered = [seen(ResponseReceived, f"{_NAME}: {value}".rstrip()) for value in values]
    return (seen(RequestSent, f"subprotocols offered: {offered}"), *answered)


def none_chosen(case: Case) -> Judgement | None:
    """Warn of an answer that agrees to none of the subprotocols offered: browsers end such a connection."""
    if case.opened is None or not any(
        check.deviation is not None and check.deviation.kind is HANDSHAKE_SUBPROTOCOL_NONE for check in case.checks
    ):
        return None
    names = ", ".join(_offered(case))
    return certain(
        "the server does not know what was offered, or does not look at it; a browser ends such a connection, "
        "wscli goes on without a subprotocol",
        f"let the server answer {_NAME} with one of: {names}",
        seen(RequestSent, f"subprotocols offered: {names}"),
        seen(ResponseReceived, f"no {_NAME} in the 101"),
    )


def repeated(case: Case) -> Judgement | None:
    """Judge several subprotocol headers in an answer."""
    if _failed(case, HANDSHAKE_HEADER_REPEATED) is None:
        return None
    cause = "two layers of the server choose the subprotocol, or it sends back every one that it knows"
    return likely(cause, f"let the server send {_NAME} once, with one name", *_evidence(case))


def empty(case: Case) -> Judgement | None:
    """Judge an empty subprotocol."""
    check = _failed(case, HANDSHAKE_SUBPROTOCOL_INVALID)
    if check is None or check.actual.strip():
        return None
    return certain(
        "the server sets the header from a choice that is empty",
        f"let the server leave {_NAME} away where it chose none",
        *_evidence(case),
    )


def several(case: Case) -> Judgement | None:
    """Judge a list, or something that is no name, in place of one subprotocol."""
    check = _failed(case, HANDSHAKE_SUBPROTOCOL_INVALID)
    if check is None:
        return None
    if "," in check.actual:
        cause = "the server answers with a list, as by sending back what the request offered"
    else:
        cause = "the server answers with something that is no subprotocol's name"
    return certain(cause, f"let the server choose one of the names offered: {_names(case)}", *_evidence(case))


def _names(case: Case) -> str:
    return ", ".join(_offered(case)) or "none were, so it must leave the header away"


def other_case(case: Case) -> Judgement | None:
    """Judge a name that differs from one offered in upper and lower case alone."""
    check = _failed(case, HANDSHAKE_SUBPROTOCOL_NOT_OFFERED)
    if check is None:
        return None
    meant = next((name for name in _offered(case) if name.lower() == check.actual.lower()), None)
    if meant is None:
        return None
    return certain(
        "the server changes the case of the name; subprotocols are compared as they are",
        f"let the server answer {meant} as it was offered, or offer it as the server writes it: "
        + connect(case, "-s", check.actual),
        *_evidence(case),
    )


def unasked(case: Case) -> Judgement | None:
    """Judge a subprotocol where none was offered."""
    check = _failed(case, HANDSHAKE_SUBPROTOCOL_NOT_OFFERED)
    if check is None or _offered(case):
        return None
    cause = "the server always answers with the same subprotocol, whether it was offered or not"
    return certain(cause, f"offer it: {connect(case, '-s', check.actual)}", *_evidence(case))


def not_offered(case: Case) -> Judgement | None:
    """Judge a subprotocol that is none of those offered."""
    check = _failed(case, HANDSHAKE_SUBPROTOCOL_NOT_OFFERED)
    if check is None:
        return None
    return possible(
        (
            "the server has one fixed subprotocol, another than those offered",
            "the path leads to another service than the one meant",
        ),
        f"offer what it answers: {connect(case, '-s', check.actual)}",
        *_evidence(case),
    )


AREA = Area(
    "subprotocol",
    "Subprotocols",
    (
        Rule("subprotocol/repeated", "the subprotocol stands several times", "RFC 6455 11.3.4",
             "Sec-WebSocket-Protocol must not stand more than once in an answer", repeated),
        Rule("subprotocol/empty", "the subprotocol is empty", "RFC 6455 4.2.2",
             "a server that agrees to no subprotocol must not send the header, nor an empty one", empty),
        Rule("subprotocol/not-one", "the answer does not hold one subprotocol", "RFC 6455 4.2.2",
             "the server answers with one of the names offered", several),
        Rule("subprotocol/case", "the subprotocol has another case than the one offered", "RFC 6455 4.1",
             "the subprotocol must be one of those offered, letter for letter", other_case),
        Rule("subprotocol/unasked", "a subprotocol was chosen and none was offered", "RFC 6455 4.1",
             "the subprotocol must be one of those offered", unasked),
        Rule("subprotocol/not-offered", "a subprotocol was chosen that was not offered", "RFC 6455 4.1",
             "the subprotocol must be one of those offered", not_offered),
        Rule("subprotocol/none-chosen", "none of the subprotocols offered was chosen", "RFC 6455 4.2.2",
             "a server may agree to none; browsers then end the connection (WHATWG WebSockets)", none_chosen,
             Severity.WARNING),
    ),
)  # fmt: skip
