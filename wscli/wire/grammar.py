"""Header grammars: tokens, lists, quoted strings and parameters (RFC 9110 §5.6, RFC 6455 §9.1). Nothing here raises."""

from __future__ import annotations

from collections.abc import Iterable

from wscli.values import Value
from wscli.wire.deviations import (
    VALUE_EMPTY_ELEMENT,
    VALUE_NOT_TOKEN,
    VALUE_PARAMETER_MALFORMED,
    VALUE_QUOTE_OPEN,
    Deviation,
    Deviations,
)

# RFC 9110 §5.6.2: tchar
TOKEN_CHARACTERS = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
WHITE_SPACE = " \t"


class Element(Value):
    """One element of a header value: a name and its parameters, in order."""

    name: str
    parameters: tuple[tuple[str, str | None], ...] = ()
    """Quoted values without their quotes and escapes; None for a parameter without a value."""


def is_token(text: str) -> bool:
    """Return whether the text is a token: not empty, and only characters that a token may have."""
    return bool(text) and TOKEN_CHARACTERS.issuperset(text)


def _split(text: str, separator: str) -> tuple[list[str], bool]:
    """Cut at separators outside quoted strings; returns the parts and whether a quoted string was left open."""
    if '"' not in text:
        return text.split(separator), False
    parts, begin, place, is_quoted = [], 0, 0, False
    while place < len(text):
        character = text[place]
        if is_quoted and character == "\\":
            place += 1
        elif character == '"':
            is_quoted = not is_quoted
        elif character == separator and not is_quoted:
            parts.append(text[begin:place])
            begin = place + 1
        place += 1
    parts.append(text[begin:])
    return parts, is_quoted


def decode_list(text: str) -> tuple[tuple[str, ...], Deviations]:
    """Return the elements of a comma-separated list of tokens, as in Connection or Sec-WebSocket-Protocol."""
    elements: list[str] = []
    found: list[Deviation] = []
    if not text.strip(WHITE_SPACE):
        return (), ()
    for part in text.split(","):
        element = part.strip(WHITE_SPACE)
        if not element:
            found.append(VALUE_EMPTY_ELEMENT.at())
            continue
        if not is_token(element):
            found.append(VALUE_NOT_TOKEN.at(detail=element))
        elements.append(element)
    return tuple(elements), tuple(found)


def decode_extensions(text: str) -> tuple[tuple[Element, ...], Deviations]:
    """Return the extensions of a Sec-WebSocket-Extensions value with their parameters (RFC 6455 §9.1)."""
    elements: list[Element] = []
    found: list[Deviation] = []
    if not text.strip(WHITE_SPACE):
        return (), ()
    parts, is_open = _split(text, ",")
    if is_open:
        found.append(VALUE_QUOTE_OPEN.at(detail=text))
    for part in parts:
        if not part.strip(WHITE_SPACE):
            found.append(VALUE_EMPTY_ELEMENT.at())
            continue
        name, *parameters = (piece.strip(WHITE_SPACE) for piece in _split(part, ";")[0])
        if not is_token(name):
            found.append(VALUE_NOT_TOKEN.at(detail=name))
        elements.append(Element(name, tuple(_decode_parameter(piece, found) for piece in parameters)))
    return tuple(elements), tuple(found)


def _decode_parameter(text: str, found: list[Deviation]) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    name, value = name.strip(WHITE_SPACE), value.strip(WHITE_SPACE)
    if value.startswith('"'):
        value = _unquote(value)
    # RFC 6455 §9.1: a quoted value must be a token too once its quotes are gone.
    if not is_token(name) or (equals and not is_token(value)):
        found.append(VALUE_PARAMETER_MALFORMED.at(detail=text))
    return name, value if equals else None


def _unquote(text: str) -> str:
    inner = text[1:-1] if len(text) > 1 and text.endswith('"') else text[1:]
    plain, place = [], 0
    while place < len(inner):
        if inner[place] == "\\" and place + 1 < len(inner):
            place += 1
        plain.append(inner[place])
        place += 1
    return "".join(plain)


def quote(text: str) -> str:
    """Return the text as a token where it is one, else as a quoted string."""
    if is_token(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def encode_extensions(elements: Iterable[Element]) -> str:
    """Return the header value for extensions."""
    return ", ".join(
        "; ".join((element.name, *(_encode_parameter(name, value) for name, value in element.parameters)))
        for element in elements
    )


def _encode_parameter(name: str, value: str | None) -> str:
    return name if value is None else f"{name}={quote(value)}"


def has_token(values: Iterable[str], token: str) -> bool:
    """Return whether any of several header lines lists the token, case aside (RFC 9110 §7.6.1)."""
    wanted = token.lower()
    return any(wanted == element.strip(WHITE_SPACE).lower() for value in values for element in value.split(","))
