"""Agreement on permessage-deflate: offers, answers and what each side may say (RFC 7692 §5, §7.1)."""

from __future__ import annotations

from wscli.values import Value
from wscli.wire.deflate import DeflateParameters
from wscli.wire.deviations import (
    HANDSHAKE_DEFLATE_PARAMETER_NOT_OFFERED,
    HANDSHAKE_DEFLATE_PARAMETER_REPEATED,
    HANDSHAKE_DEFLATE_PARAMETER_UNKNOWN,
    HANDSHAKE_DEFLATE_PARAMETER_VALUE,
    HANDSHAKE_EXTENSION_NOT_OFFERED,
    HANDSHAKE_EXTENSION_REPEATED,
    Deviation,
    Deviations,
)
from wscli.wire.grammar import Element

NAME = "permessage-deflate"

SERVER_NO_TAKEOVER = "server_no_context_takeover"
CLIENT_NO_TAKEOVER = "client_no_context_takeover"
SERVER_BITS = "server_max_window_bits"
CLIENT_BITS = "client_max_window_bits"
_FLAGS = (SERVER_NO_TAKEOVER, CLIENT_NO_TAKEOVER)
_BITS = (SERVER_BITS, CLIENT_BITS)


class Agreement(Value):
    """What the extension headers of both sides come to."""

    deflate: DeflateParameters | None
    deviations: Deviations


def _window_bits(text: str | None) -> int | None:
    """Return 8 to 15, or None where the text is no such number (RFC 7692 §7.1.2: decimal, no leading zero)."""
    if text is None or not text.isascii() or not text.isdigit() or text.startswith("0"):
        return None
    number = int(text) if len(text) < 3 else 0
    return number if 8 <= number <= 15 else None


def judge_parameters(element: Element, *, is_answer: bool) -> tuple[dict[str, int | None], Deviations]:
    """Return the valid parameters of one permessage-deflate element, and what is wrong with the others.

    Flags have the value None; window bits their number, or None for `client_max_window_bits` without one in an offer.
    """
    valid: dict[str, int | None] = {}
    found: list[Deviation] = []
    for name, text in element.parameters:
        shown = name if text is None else f"{name}={text}"
        if name not in _FLAGS + _BITS:
            found.append(HANDSHAKE_DEFLATE_PARAMETER_UNKNOWN.at(detail=shown))
        elif name in valid:
            found.append(HANDSHAKE_DEFLATE_PARAMETER_REPEATED.at(detail=shown))
        elif name in _FLAGS:
            if text is not None:
                found.append(HANDSHAKE_DEFLATE_PARAMETER_VALUE.at(detail=shown))
            valid[name] = None
        elif name == CLIENT_BITS and text is None and not is_answer:
            valid[name] = None
        else:
            bits = _window_bits(text)
            if bits is None:
                found.append(HANDSHAKE_DEFLATE_PARAMETER_VALUE.at(detail=shown))
            else:
                valid[name] = bits
    return valid, tuple(found)


def _judge_against_offer(offered: dict[str, int | None], answer: dict[str, int | None]) -> Deviations:
    found: list[Deviation] = []
    if CLIENT_BITS in answer and CLIENT_BITS not in offered:
        # §7.1.2.2: only a client that said it can limit its window may be told to.
        found.append(HANDSHAKE_DEFLATE_PARAMETER_NOT_OFFERED.at(detail=f"{CLIENT_BITS}={answer[CLIENT_BITS]}"))
    for name in _BITS:
        limit, bits = offered.get(name), answer.get(name)
        if limit is not None and bits is not None and bits > limit:
            found.append(
                HANDSHAKE_DEFLATE_PARAMETER_NOT_OFFERED.at(detail=f"{name}={bits} exceeds the offered {limit}")
            )
    # §7.1.1.1, §7.1.2.1: a server accepts such an offer by repeating the parameter, or declines the whole offer.
    ignored = [name for name in (SERVER_NO_TAKEOVER, SERVER_BITS) if name in offered and name not in answer]
    found += [
        HANDSHAKE_DEFLATE_PARAMETER_NOT_OFFERED.at(detail=f"{name} was asked for and is missing") for name in ignored
    ]
    return tuple(found)


def _parameters(answer: dict[str, int | None]) -> DeflateParameters:
    return DeflateParameters(
        server_no_context_takeover=SERVER_NO_TAKEOVER in answer,
        client_no_context_takeover=CLIENT_NO_TAKEOVER in answer,
        server_max_window_bits=answer.get(SERVER_BITS) or 15,
        client_max_window_bits=answer.get(CLIENT_BITS) or 15,
    )


def _mildest(verdicts: list[Deviations]) -> Deviations:
    """Return the verdict with the fewest deviations; none without any."""
    return min(verdicts, key=len) if verdicts else ()


def judge_answer(offered: tuple[Element, ...], answered: tuple[Element, ...]) -> Agreement:
    """Return what a client may conclude from the server's answer (RFC 6455 §9.1, RFC 7692 §5.1).

    The parameters are given also where they deviate, as well as they can be understood, for those who carry on.
    """
    found: list[Deviation] = []
    offers = [judge_parameters(element, is_answer=False)[0] for element in offered if element.name == NAME]
    names = {element.name for element in offered}
    answer: dict[str, int | None] | None = None
    for element in answered:
        if element.name not in names:
            found.append(HANDSHAKE_EXTENSION_NOT_OFFERED.at(detail=element.name))
        if element.name != NAME:
            continue
        if answer is not None:
            found.append(HANDSHAKE_EXTENSION_REPEATED.at(detail=NAME))
            continue
        answer, wrong = judge_parameters(element, is_answer=True)
        found += wrong
        # One offer that allows the answer is enough (§5.1: offers are alternatives).
        found += _mildest([_judge_against_offer(offer, answer) for offer in offers])
    return Agreement(None if answer is None else _parameters(answer), tuple(found))


def choose_offer(
    offered: tuple[Element, ...], allowed: DeflateParameters | None
) -> tuple[DeflateParameters | None, Element | None]:
    """Return what a server agrees to and the element to answer with: the first offer that is valid (RFC 7692 §5.1).

    `allowed` holds the server's own wishes: smaller windows or no context takeover; None declines everything.
    """
    if allowed is None:
        return None, None
    for element in offered:
        if element.name != NAME:
            continue
        offer, wrong = judge_parameters(element, is_answer=False)
        if wrong or (allowed.client_max_window_bits < 15 and CLIENT_BITS not in offer):
            continue
        chosen = DeflateParameters(
            server_no_context_takeover=SERVER_NO_TAKEOVER in offer or allowed.server_no_context_takeover,
            client_no_context_takeover=CLIENT_NO_TAKEOVER in offer or allowed.client_no_context_takeover,
            server_max_window_bits=min(offer.get(SERVER_BITS) or 15, allowed.server_max_window_bits),
            client_max_window_bits=min(offer.get(CLIENT_BITS) or 15, allowed.client_max_window_bits),
        )
        return chosen, _answer(chosen, offer)
    return None, None


def _answer(chosen: DeflateParameters, offer: dict[str, int | None]) -> Element:
    parameters: list[tuple[str, str | None]] = []
    if chosen.server_no_context_takeover:
        parameters.append((SERVER_NO_TAKEOVER, None))
    if chosen.client_no_context_takeover:
        parameters.append((CLIENT_NO_TAKEOVER, None))
    if chosen.server_max_window_bits < 15 or SERVER_BITS in offer:
        parameters.append((SERVER_BITS, str(chosen.server_max_window_bits)))
    if chosen.client_max_window_bits < 15:
        parameters.append((CLIENT_BITS, str(chosen.client_max_window_bits)))
    return Element(NAME, tuple(parameters))
