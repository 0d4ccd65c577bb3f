"""What an application protocol is: how it is recognised, how its messages are named, what it asks of a client.

A recogniser says yes only where the bytes say so themselves; a label is a few of our words with the names and ids that
stand in the message. Both take what a peer sent, so they bear anything, and look at its beginning only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wscli.values import Value

LOOKED_AT = 4096
"""Bytes of a message that are looked at, so that a label costs the same for a message of any size."""
WORD_SHOWN = 60
"""Characters of a name or id that a label shows."""


def no_limit(_received: Sequence[bytes], _sent: Sequence[bytes]) -> float | None:
    """Agree nothing."""
    return None


class Opening(Value):
    """What the client has to say before the server does anything."""

    name: str
    """What the protocol calls it, as `CONNECT`."""
    message: bytes
    """The shortest one that a server takes."""
    is_opening: Callable[[bytes], bool]
    """Tells whether a message of the client is one."""
    wait: str = ""
    """How long servers wait for it by default, as `45 s in socket.io`."""


class Heartbeat(Value):
    """What the client has to say again and again; WebSocket Pings and Pongs do not stand in for it."""

    name: str
    """What the protocol calls it, as `heartbeat`."""
    message: bytes
    every: int
    """Seconds between two that are safely often enough."""
    limit: float
    """Seconds without one after which servers end the connection, by default."""
    agreed_limit: Callable[[Sequence[bytes], Sequence[bytes]], float | None] = no_limit
    """Returns the same as the first messages agree it: received ones, sent ones; None where they do not."""
    asked: bytes | None = None
    """The server's message that asks for it, where it is an answer."""


class CloseCode(Value):
    """What a private close code means in a protocol."""

    code: int
    meaning: str
    advice: str
    other: str = ""
    """What else servers mean by it, where not all keep to the document."""


def never(_told: Any) -> bool:
    """Recognise nothing."""
    return False


def nothing(_payload: bytes) -> str:
    """Say nothing."""
    return ""


class Application(Value):
    """One application protocol."""

    name: str
    """Stable, as in recordings; the subprotocol's name where there is one."""
    title: str
    document: str
    """Where it is written down, with the section about its opening or keepalive where there is one."""
    label: Callable[[bytes], str]
    """Returns what a message is, as `graphql subscribe id=1`; empty for what is none of this protocol's."""
    subprotocols: tuple[str, ...] = ()
    is_target: Callable[[str], bool] = never
    """Tells whether a request target can only be this protocol's."""
    is_from_server: Callable[[bytes], bool] = never
    """Tells whether one of the first messages of a server can only be this protocol's."""
    is_from_client: Callable[[bytes], bool] = never
    """The same of one of the client's."""
    needs_subprotocol: bool = False
    """Whether servers do not speak it unless its subprotocol was agreed."""
    opening: Opening | None = None
    heartbeat: Heartbeat | None = None
    refusal: Callable[[bytes], str] = nothing
    """Returns what a server says in a message that refuses the client; empty for any other message."""
    refusal_advice: str = ""
    close_codes: tuple[CloseCode, ...] = ()


# --- Reading messages ------------------------------------------------------------------------------------------------
def structure_of(payload: bytes) -> dict[str, Any] | list[Any] | None:
    """Return the JSON object or array that a message is; of a long one the members that stand whole at its beginning.

    None for anything else.
    """
    if payload[:64].lstrip()[:1] not in (b"{", b"["):
        return None
    from json import loads

    try:
        found = (
            loads(payload) if len(payload) <= LOOKED_AT else _beginning(payload[:LOOKED_AT].decode(errors="replace"))
        )
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None


def object_of(payload: bytes) -> dict[str, Any]:
    """Return the JSON object that a message is, an empty one for anything else."""
    found = structure_of(payload)
    return found if isinstance(found, dict) else {}


def array_of(payload: bytes) -> list[Any]:
    """Return the JSON array that a message is, an empty one for anything else."""
    found = structure_of(payload)
    return found if isinstance(found, list) else []


def _beginning(text: str) -> dict[str, Any] | list[Any]:
    """Return the members of an object or array whose end is cut off."""
    from json import JSONDecoder

    read = JSONDecoder().raw_decode
    place = _next(text, 0)
    is_object = text[place] == "{"
    named: dict[str, Any] = {}
    listed: list[Any] = []
    try:
        while text[place] in "{[,":
            name, place = read(text, _next(text, place + 1)) if is_object else ("", place)
            value, place = read(text, _next(text, _next(text, place) + 1))
            place = _next(text, place)
            if is_object:
                named[name if isinstance(name, str) else ""] = value
            else:
                listed.append(value)
    except (ValueError, IndexError):
        pass  # where it is cut off
    return named if is_object else listed


def _next(text: str, place: int) -> int:
    """Return where the next character stands that is no white space."""
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


# --- Writing labels --------------------------------------------------------------------------------------------------
def word(value: object) -> str:
    """Return a name, number or id as text, shortened; empty for what is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    text = str(value)
    return text if len(text) <= WORD_SHOWN else f"{text[: WORD_SHOWN - 1]}…"


def named(name: str, value: object) -> str:
    """Return `id=3`, empty where there is no value."""
    text = word(value)
    return f"{name}={text}" if text else ""


def quoted(value: object) -> str:
    """Return `"chat"`, empty where there is no value."""
    text = word(value)
    return f'"{text}"' if text else ""


def words(*parts: str) -> str:
    """Join what is not empty."""
    return " ".join(part for part in parts if part)


def path_of(target: str) -> str:
    """Return the path of a request target, in lower case."""
    return target.partition("?")[0].lower()


def parameter_of(target: str, name: str) -> str | None:
    """Return the value of a parameter in the query of a request target, as it stands there; None where it is absent."""
    for pair in target.partition("?")[2].split("&"):
        key, _, value = pair.partition("=")
        if key == name:
            return value
    return None
