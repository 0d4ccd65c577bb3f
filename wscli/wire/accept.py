"""The key of a request and the accept value that answers it (RFC 6455 §4.1 item 7, §4.2.2 item 5.4)."""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def encode_key(nonce: bytes) -> str:
    """Return the Sec-WebSocket-Key for a nonce of 16 bytes."""
    return b2a_base64(nonce, newline=False).decode("ascii")


def accept_for(key: str) -> str:
    """Return the Sec-WebSocket-Accept that answers a key: the base64 of the SHA-1 of key and GUID."""
    from hashlib import sha1

    # The hash proves that the server speaks WebSocket; nothing is kept secret by it.
    digest = sha1((key + GUID).encode("latin-1", "replace"), usedforsecurity=False).digest()
    return b2a_base64(digest, newline=False).decode("ascii")


def is_key(text: str) -> bool:
    """Return whether the text is the base64 of 16 bytes."""
    try:
        return len(text) == 24 and len(a2b_base64(text.encode("ascii"), strict_mode=True)) == 16
    except (Error, UnicodeEncodeError):
        return False
