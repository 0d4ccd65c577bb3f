"""SockJS: the server sends `o`, `h`, `a[…]` and `c[…]`; the client arrays of messages."""

from __future__ import annotations

from wscli.applications.application import Application, array_of, path_of, quoted, word, words

_WHOLE = {b"o": "open", b"h": "heartbeat"}


def label(payload: bytes) -> str:
    """Return what a frame of SockJS is."""
    whole = _WHOLE.get(payload)
    if whole is not None:
        return f"sockjs {whole}"
    first = payload[:1]
    if first == b"[":
        return _count("sockjs messages", array_of(payload))
    told = array_of(payload[1:]) if first in (b"a", b"c") else []
    if first == b"c" and told:
        return words("sockjs close", word(told[0]), quoted(told[1]) if len(told) > 1 else "")
    return _count("sockjs messages", told)


def _count(kind: str, told: list[object]) -> str:
    return f"{kind} {len(told)}" if told else ""


def _is_target(target: str) -> bool:
    # SockJS 0.3.3: /prefix/server/session/websocket, the server three digits.
    parts = path_of(target).split("/")
    return len(parts) >= 4 and parts[-1] == "websocket" and len(parts[-3]) == 3 and parts[-3].isdigit()


SOCKJS = Application("sockjs", "SockJS", "SockJS protocol 0.3.3", label, is_target=_is_target)
