"""What `/filter` and `/find` ask for, as predicates over frames and payloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wscli.errors import UsageProblem
from wscli.events import FrameReceived, FrameSent
from wscli.repl.grammar import Call
from wscli.repl.templates import look_up
from wscli.selecting import PayloadTest, opcodes_named, pattern_test


def matches(text: str) -> PayloadTest:
    """Return whether a payload holds what a regular expression finds; UsageProblem where it is none."""
    return pattern_test("pattern", text)


def frame_filter(call: Call) -> Callable[[FrameReceived | FrameSent], bool]:
    """Return what `/filter` lets through; UsageProblem for what is no opcode or no expression."""
    names = call.value("opcode")
    opcodes = None if names is None else opcodes_named("--opcode", names)
    kinds = _directions(call)
    fits_text = matches(call.rest) if call.rest else None
    fits_path = _path(call.value("path"))
    is_turned = call.flag("not")

    def keeps(event: FrameReceived | FrameSent) -> bool:
        frame = event.frame
        payload = frame.payload if event.content is None else event.content
        fits = (
            type(event) in kinds
            and (opcodes is None or frame.opcode in opcodes)
            and (fits_text is None or fits_text(payload))
            and (fits_path is None or fits_path(payload))
        )
        return fits is not is_turned

    return keeps


def _directions(call: Call) -> tuple[type, ...]:
    if call.flag("sent") and call.flag("received"):
        raise UsageProblem("prompt/filter", "/filter", "--sent --received", "they exclude each other", hint="drop both")
    if call.flag("sent"):
        return (FrameSent,)
    return (FrameReceived,) if call.flag("received") else (FrameReceived, FrameSent)


def _path(text: str | None) -> PayloadTest | None:
    if text is None:
        return None
    path, equals, wanted = text.partition("=")
    from json import dumps, loads

    def fits(payload: bytes) -> bool:
        if payload[:1] not in (b"{", b"["):
            return False
        try:
            found: Any = look_up(loads(payload), path)
        except (ValueError, LookupError, RecursionError):
            return False
        return not equals or wanted in (found, dumps(found, ensure_ascii=False))

    return fits
