"""Close payloads: the code and reason inside a Close frame (RFC 6455 §5.5.1, §7.4)."""

from __future__ import annotations

from wscli.errors import UsageProblem
from wscli.values import Value
from wscli.wire.deviations import (
    CLOSE_CODE_CUT,
    CLOSE_CODE_RANGE,
    CLOSE_CODE_RESERVED,
    CLOSE_CODE_UNASSIGNED,
    CLOSE_REASON_NOT_UTF8,
    NONE,
    Deviations,
)
from wscli.wire.utf8 import find_invalid

MAX_REASON = 123
"""Bytes of a reason: a control frame holds 125, the code takes two."""

CLOSE_CODES: dict[int, str] = {
    1000: "normal closure",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1004: "reserved",
    1005: "no status received",
    1006: "abnormal closure",
    1007: "invalid payload data",
    1008: "policy violation",
    1009: "message too big",
    1010: "mandatory extension",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
    1015: "TLS handshake failure",
    3000: "unauthorized",
    3003: "forbidden",
    3008: "timeout",
}
"""The IANA registry of close codes."""

GOOD_CLOSES = (None, 1000, 1001)
"""Codes of a Close that mean no error; None is one without a code."""

_NEVER_ON_THE_WIRE = (1004, 1005, 1006, 1015)


class ClosePayload(Value):
    """What a Close frame said."""

    raw: bytes
    code: int | None
    """None when the payload was empty or too short to hold a code."""
    reason: str
    """Bytes that are no UTF-8 stand as lone surrogates (surrogateescape), so `raw` can be had from it."""
    deviations: Deviations = NONE


def decode_close(raw: bytes) -> ClosePayload:
    """Return what the payload of a Close frame says; never raises."""
    if not raw:
        return ClosePayload(raw, None, "")
    if len(raw) == 1:
        # §5.5.1: a body, if there is one, begins with a two-byte code.
        return ClosePayload(raw, None, "", (CLOSE_CODE_CUT.at(0),))
    code = int.from_bytes(raw[:2], "big")
    found = judge_code(code)
    invalid = find_invalid(raw[2:])
    if invalid is not None:
        found += (CLOSE_REASON_NOT_UTF8.at(2 + invalid),)
    return ClosePayload(raw, code, raw[2:].decode("utf-8", "surrogateescape"), found)


def encode_close(code: int | None, reason: str = "") -> bytes:
    """Return a Close payload with any code from 0 to 65535, legal or not; None gives an empty one."""
    if code is None:
        if reason:
            raise UsageProblem("close/reason-alone", "close reason", reason, "a reason needs a code before it")
        return b""
    if not 0 <= code <= 65535:
        raise UsageProblem("close/code", "close code", str(code), "a code is a number from 0 to 65535")
    return code.to_bytes(2, "big") + reason.encode("utf-8", "surrogateescape")


def fit_reason(reason: str) -> str:
    """Return the reason cut at a character to the 123 bytes that a Close frame holds."""
    fitted = reason[:MAX_REASON]
    while len(fitted.encode("utf-8", "surrogateescape")) > MAX_REASON:
        fitted = fitted[:-1]
    return fitted


def judge_code(code: int) -> Deviations:
    """Return what is wrong with a close code on the wire."""
    if code in _NEVER_ON_THE_WIRE:
        return (CLOSE_CODE_RESERVED.at(0, str(code)),)
    if code < 1000 or code > 4999:
        return (CLOSE_CODE_RANGE.at(0, str(code)),)
    if 1015 < code < 3000:
        return (CLOSE_CODE_UNASSIGNED.at(0, str(code)),)
    return NONE


def close_code_name(code: int) -> str:
    """Return the registered name of a close code, or the name of its range (RFC 6455 §7.4.2)."""
    if code in CLOSE_CODES:
        return CLOSE_CODES[code]
    if 3000 <= code < 4000:
        return "registered range"
    return "private use" if 4000 <= code < 5000 else "unassigned"
