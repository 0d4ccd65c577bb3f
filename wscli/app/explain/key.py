"""A Sec-WebSocket-Key, and how the value that accepts it is worked out (RFC 6455 §4.2.2)."""

from __future__ import annotations

from binascii import Error, a2b_base64

from wscli.app.explain.entry import Entry
from wscli.wire.accept import GUID, accept_for

KEY_TITLE = "Sec-WebSocket-Key (RFC 6455 11.3.1), and what accepts it (4.2.2)"
ACCEPT_TITLE = "Sec-WebSocket-Accept (RFC 6455 11.3.3)"


def explain_key(key: str) -> Entry:
    """Return the working for a key."""
    accept = accept_for(key)
    return Entry(
        key,
        "a key: the base64 of 16 bytes",
        facts=(
            ("nonce", a2b_base64(key).hex(" ")),
            ("+ GUID", key + GUID),
            ("SHA-1", a2b_base64(accept).hex(" ")),
            ("base64", accept),
            ("answer", f"Sec-WebSocket-Accept: {accept}"),
        ),
    )


def is_accept(text: str) -> bool:
    """Whether a text is the base64 of 20 bytes, as SHA-1 gives."""
    try:
        return len(text) == 28 and len(a2b_base64(text.encode("ascii"), strict_mode=True)) == 20
    except (Error, UnicodeEncodeError):
        return False


def explain_accept(text: str) -> Entry:
    """Return what can be said of the answer to a key."""
    return Entry(
        text,
        "an accept value: the base64 of 20 bytes, the SHA-1 of a key and the GUID",
        facts=(
            ("SHA-1", a2b_base64(text).hex(" ")),
            ("note", "the key cannot be had from it; `wscli explain KEY` gives what accepts a key"),
        ),
    )
