"""Bytes as people write them: hexadecimal in any of its usual spellings, or base64."""

from __future__ import annotations

from binascii import Error, a2b_base64
from itertools import pairwise

from wscli.errors import UsageProblem
from wscli.text import elide, visible

_SEPARATORS = str.maketrans(dict.fromkeys(" \t\r\n:,;|-_"))
_HEX = "0123456789abcdef"
_SHOWN = 60


def maybe_hex(text: str) -> bytes | None:
    """Return the bytes of hexadecimal digits: `8105`, `81 05`, `81:05`, `0x81, 0x05`, `\\x81\\x05`; else None."""
    digits = _hex_digits(text)
    return bytes.fromhex(digits) if digits and len(digits) % 2 == 0 else None


def lacks_a_digit(text: str) -> bool:
    """Whether a text is hexadecimal but for a digit too few or too many."""
    digits = _hex_digits(text)
    return len(digits) % 2 == 1 and any(digit.isdigit() for digit in digits)


def _hex_digits(text: str) -> str:
    """Return the digits of a text that is hexadecimal, an empty one for any other."""
    digits = text.lower().replace("\\x", " ").replace("0x", " ").translate(_SEPARATORS)
    return "" if digits.strip(_HEX) else digits


def maybe_base64(text: str) -> bytes | None:
    """Return the bytes of base64, that of URLs included and padding left out or not; else None."""
    joined = "".join(text.split()).replace("-", "+").replace("_", "/")
    if not joined.isascii() or not joined:
        return None
    padded = joined if joined.endswith("=") else joined + "=" * (-len(joined) % 4)
    try:
        return a2b_base64(padded.encode("ascii"), strict_mode=True) or None
    except Error:
        return None


def is_surely_base64(text: str) -> bool:
    """Whether a text that reads as base64 is hardly a word: padded, or with digits or capitals inside."""
    if text.endswith("="):
        return True
    is_mixed = any(first.islower() and second.isupper() for first, second in pairwise(text))
    return len(text) % 4 == 0 and (is_mixed or any(letter.isdigit() for letter in text)) and "-" not in text


def decode_given(text: str) -> bytes:
    """Return the bytes that a text gives in hexadecimal or base64; UsageProblem for any other text."""
    data = maybe_hex(text)
    if data is None:
        data = maybe_base64(text)
    if data is not None:
        return data
    shown = elide(visible(text), _SHOWN)
    if lacks_a_digit(text):
        raise UsageProblem("explain/bytes", "bytes", shown, "a hexadecimal digit is missing: two make a byte")
    hint = "write them as 81 05 48 65, 0x81,0x05 or in base64, or give them to standard input with `-`"
    raise UsageProblem("explain/bytes", "bytes", shown, "they are neither hexadecimal nor base64", hint=hint)


def decode_stream(data: bytes) -> bytes:
    """Return the bytes that a file gives: text in hexadecimal or base64 stands for bytes, anything else for itself."""
    # Frames that make sense are never text of that kind: in ASCII digits and letters reserved bits are set.
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        return data
    for read in (maybe_hex, maybe_base64):
        found = read(text)
        if found is not None:
            return found
    return data
