"""Masking: XOR with the four-byte key (RFC 6455 §5.3).

Short payloads take one XOR over big integers: 0.35 µs at 8 bytes, 1.3 µs at 300. That grows past linear for large ones,
so those go through `bytes.translate`, each of the four key bytes with a table of its own over every fourth byte:
500 MB/s from 64 KiB up. The C masker of `websockets` runs at 10 GB/s and more; it is used where it happens to be
installed, and only for payloads that are worth its import.
"""

from __future__ import annotations

from collections.abc import Callable

STRIDED_FROM = 4096
"""Payload bytes from which the strided way is quicker than one big integer."""
ACCELERATED_FROM = 65536
"""Payload bytes from which looking for the C masker pays its import."""

_accelerator: list[Callable[[bytes, bytes], bytes] | None] = []
"""The C masker once it was looked for: a masker, or None where there is none."""


def mask(data: bytes, key: bytes, start: int = 0) -> bytes:
    """Return the data XORed with the key; `start` is the place of the data in its payload. Its own inverse."""
    if start & 3:
        key = key[start & 3 :] + key[: start & 3]
    length = len(data)
    if length >= ACCELERATED_FROM:
        apply_mask = _find_accelerator()
        return apply_mask(data, key) if apply_mask is not None else mask_strided(data, key)
    if length >= STRIDED_FROM:
        return mask_strided(data, key)
    return mask_integer(data, key)


def mask_integer(data: bytes, key: bytes) -> bytes:
    """Return the data masked as one big integer."""
    length = len(data)
    pattern = (key * (length // 4 + 1))[:length]
    return (int.from_bytes(data, "big") ^ int.from_bytes(pattern, "big")).to_bytes(length, "big")


def mask_strided(data: bytes, key: bytes) -> bytes:
    """Return the data masked in four strides, one for each byte of the key."""
    masked = bytearray(len(data))
    for place in range(4):
        table = bytes(byte ^ key[place] for byte in range(256))
        masked[place::4] = data[place::4].translate(table)
    return bytes(masked)


def _find_accelerator() -> Callable[[bytes, bytes], bytes] | None:
    if not _accelerator:
        _accelerator.append(_import_accelerator())
    return _accelerator[0]


def _import_accelerator() -> Callable[[bytes, bytes], bytes] | None:
    try:
        # An undocumented part of `websockets`, so whatever is not as expected means: do without.
        from websockets.speedups import apply_mask
    except ImportError:
        return None
    sample = bytes(range(9))
    found: Callable[[bytes, bytes], bytes] = apply_mask
    return found if found(sample, b"\1\2\3\4") == mask_integer(sample, b"\1\2\3\4") else None
