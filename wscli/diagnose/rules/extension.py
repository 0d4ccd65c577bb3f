"""Rules about Sec-WebSocket-Extensions: each parameter as offered, as answered, and whether that is legal."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, seen
from wscli.events import Check, Evidence, ResponseReceived
from wscli.protocol.negotiation import CLIENT_BITS, CLIENT_NO_TAKEOVER, NAME, SERVER_BITS, SERVER_NO_TAKEOVER
from wscli.wire.deviations import (
    HANDSHAKE_EXTENSION_MALFORMED,
    HANDSHAKE_EXTENSION_NOT_OFFERED,
    HANDSHAKE_EXTENSION_REPEATED,
    DeviationKind,
)
from wscli.wire.grammar import Element, decode_extensions

_HEADER = "Sec-WebSocket-Extensions"
_KNOWN = (SERVER_NO_TAKEOVER, CLIENT_NO_TAKEOVER, SERVER_BITS, CLIENT_BITS)


def _failed(case: Case, *kinds: DeviationKind) -> Check | None:
    """Return the check of the extensions where one of these kinds broke it, or any without kinds."""
    if case.invalid is None:
        return None
    for check in case.checks:
        deviation = check.deviation
        if check.name == _HEADER and deviation in case.invalid.deviations and deviation is not None:
            return check if not kinds or deviation.kind in kinds else None
    return None


def _elements(case: Case) -> tuple[tuple[Element, ...], tuple[Element, ...]]:
    """Return the extensions offered and those answered."""
    offer = "" if case.request is None else case.request.fields.joined(_HEADER) or ""
    answer = "" if case.response is None else case.response.fields.joined(_HEADER) or ""
    return decode_extensions(offer)[0], decode_extensions(answer)[0]


def _headers(case: Case) -> Evidence:
    offer = None if case.request is None else case.request.fields.joined(_HEADER)
    answer = None if case.response is None else case.response.fields.joined(_HEADER)
    return seen(ResponseReceived, f"offered: {offer or 'nothing'}; answered: {answer or 'nothing'}")


def _written(value: str | None) -> str:
    return "without a value" if value is None else f"={value}"


def _fault(name: str, value: str | None, offered: dict[str, str | None], times: int) -> str | None:
    """Return why a parameter of an answer is illegal (RFC 7692 §7.1), None where it is legal."""
    if name not in _KNOWN:
        return "unknown to RFC 7692"
    if times > 1:
        return "may stand once"
    if name in (SERVER_NO_TAKEOVER, CLIENT_NO_TAKEOVER):
        return None if value is None else "takes no value"
    if value is None or not value.isascii() or not value.isdigit() or value.startswith("0") or len(value) > 2:
        return "needs a number from 8 to 15"
    if not 8 <= int(value) <= 15:
        return "must be from 8 to 15"
    if name == CLIENT_BITS and name not in offered:
        return "allowed only where it was offered"
    limit = offered.get(name) or ""
    if limit.isdecimal() and int(value) > int(limit[:9]):
        return "larger than offered"
    return None


def parameter_lines(offers: tuple[Element, ...], answer: Element) -> list[str]:
    """Return a line for each parameter of an answer to permessage-deflate, and for each offered one that it lacks."""
    # Of several offers the answer belongs to the one that shares most names with it.
    names = {name for name, _ in answer.parameters}
    offer = max(offers, key=lambda one: len(names & {name for name, _ in one.parameters}), default=Element(NAME))
    offered = dict(offer.parameters)
    lines = []
    for name, value in answer.parameters:
        said = "not offered" if name not in offered else f"offered {_written(offered[name])}"
        times = [other for other, _ in answer.parameters].count(name)
        fault = _fault(name, value, offered, times)
        lines.append(f"{name}: {said}, answered {_written(value)}: {'legal' if fault is None else f'illegal, {fault}'}")
    missing = [name for name in (SERVER_NO_TAKEOVER, SERVER_BITS) if name in offered and name not in names]
    lines += [f"{name}: offered {_written(offered[name])}, not answered: illegal" for name in missing]
    return lines


def malformed(case: Case) -> Judgement | None:
    """Judge an answer that cannot be read."""
    check = _failed(case, HANDSHAKE_EXTENSION_MALFORMED)
    if check is None:
        return None
    return likely(
        "the server puts the header together by hand, or a proxy joined or cut it",
        f"see whether it opens without the offer: {connect(case, '--no-deflate')}",
        _headers(case),
    )


def not_offered(case: Case) -> Judgement | None:
    """Judge an extension that was not offered."""
    check = _failed(case, HANDSHAKE_EXTENSION_NOT_OFFERED)
    if check is None:
        return None
    offers, answers = _elements(case)
    names = {element.name for element in offers}
    others = [element.name for element in answers if element.name not in names]
    told = (seen(ResponseReceived, f"not offered: {', '.join(others)}"),) if others else ()
    if NAME in others:
        cause = "the server switches permessage-deflate on whether it was offered or not, or a proxy removed the offer"
        return certain(cause, f"offer it: {connect(case, '--deflate')}", _headers(case), *told)
    return certain(
        "the server answers with the extensions that it knows, not with those that were offered",
        f"see whether it opens without any offer: {connect(case, '--no-deflate')}",
        _headers(case),
        *told,
    )


def repeated(case: Case) -> Judgement | None:
    """Judge an extension that was accepted twice."""
    if _failed(case, HANDSHAKE_EXTENSION_REPEATED) is None:
        return None
    return likely(
        "two layers of the server, or the server and a proxy, each agree to compression",
        "switch compression off in one of them; to get through meanwhile: " + connect(case, "--no-deflate"),
        _headers(case),
    )


def parameters(case: Case) -> Judgement | None:
    """Judge parameters that the offer, or RFC 7692, does not allow."""
    check = _failed(case)
    offers, answers = _elements(case)
    answer = next((element for element in answers if element.name == NAME), None)
    if check is None or answer is None:
        return None
    lines = parameter_lines(tuple(element for element in offers if element.name == NAME), answer)
    wrong = [line for line in lines if "illegal" in line]
    if not wrong:
        return None
    return certain(
        "the server answers permessage-deflate with parameters that the offer does not allow",
        f"see whether it opens without compression: {connect(case, '--no-deflate')}",
        *(seen(ResponseReceived, line) for line in lines),
    )


def wrong(case: Case) -> Judgement | None:
    """Judge any other answer to the extensions offered."""
    check = _failed(case)
    if check is None or check.deviation is None:
        return None
    deviation = check.deviation
    judgement = certain(
        "the server answers the extensions in a way that the offer does not allow",
        f"see whether it opens without any offer: {connect(case, '--no-deflate')}",
        _headers(case),
        seen(
            ResponseReceived, f"{deviation.kind.code}: {deviation.detail}" if deviation.detail else deviation.kind.code
        ),
    )
    return judgement.replace(reference=deviation.kind.section)


AREA = Area(
    "extension",
    "Extensions",
    (
        Rule("extension/malformed", "the answer to the extensions cannot be read", "RFC 6455 9.1",
             "extensions are a list of tokens with parameters: name; parameter; parameter=value", malformed),
        Rule("extension/not-offered", "an extension was chosen that was not offered", "RFC 6455 9.1",
             "a server must not answer with an extension that the client did not offer", not_offered),
        Rule("extension/repeated", "permessage-deflate was accepted twice", "RFC 7692 5.1",
             "a server accepts one offer of permessage-deflate at most", repeated),
        Rule("extension/parameters", "permessage-deflate was accepted with illegal parameters", "RFC 7692 7.1",
             "a server answers only with parameters that RFC 7692 defines and the offer allows", parameters),
        Rule("extension/wrong", "the extensions were answered wrongly", "RFC 6455 9.1",
             "a server answers with what was offered, in a form that the extension allows", wrong),
    ),
)  # fmt: skip
