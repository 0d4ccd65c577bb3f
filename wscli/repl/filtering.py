"""What `/filter` and `/find` ask for, as predicates over frames and payloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wscli.errors import UsageProblem
from wscli.events import FrameReceived, FrameSent
from wscli.repl.grammar import Call
from wscli.repl.templates import as_bytes, look_up
from wscli.wire.frames import OPCODE_NAMES

_OPCODES = {name.lower(): number for number, name in OPCODE_NAMES.items()}


def matches(text: str) -> Callable[[bytes], bool]:
    """Return whether a payload holds what a regular expression finds; UsageProblem where it is none."""
    import re
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of signs that may mean something else one day
            pattern = re.compile(as_bytes(text))
    except (re.error, OverflowError, RecursionError) as error:
        hint = "a sign that stands for itself has a backslash before it"
        raise UsageProblem("prompt/pattern", "pattern", text, str(error), hint=hint) from error
    return lambda payload: pattern.search(payload) is not None


def frame_filter(call: Call) -> Callable[[FrameReceived | FrameSent], bool]:
    """Return what `/filter` lets through; UsageProblem for what is no opcode or no expression."""
    opcodes = _opcodes(call.value("opcode"))
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


def _opcodes(text: str | None) -> frozenset[int] | None:
    if text is None:
        return None
    numbers = set()
    for name in text.lower().split(","):
        if name not in _OPCODES:
            hint = f"they are {', '.join(_OPCODES)}"
            raise UsageProblem("prompt/opcode", "--opcode", name, "there is no such opcode", hint=hint)
        numbers.add(_OPCODES[name])
    return frozenset(numbers)


def _path(text: str | None) -> Callable[[bytes], bool] | None:
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
