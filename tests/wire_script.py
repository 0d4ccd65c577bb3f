"""A scripted wire: a conversation as one line, fed to a core, and its events as compact text.

`R 81 05 "hello" | W 88 02 03e8 | EOF` reads: the peer sends these bytes; we must have sent those; the stream ends.
Hex runs and quoted text may follow each other. `TICK 5` moves the clock to that second.
"""

from __future__ import annotations

import re

from wscli.events import (
    CloseReceived,
    CloseSent,
    DeviationFound,
    Event,
    FrameReceived,
    FrameSent,
    HandshakeJudged,
    MessagePart,
    MessageReceived,
    MessageSent,
    PongMatched,
    SessionEnded,
    StreamEnded,
    TimeLimitPassed,
    UnparsedReceived,
    WebSocketFailed,
)
from wscli.protocol.step import Disconnect, FinishSending, SendBytes, Step
from wscli.wire.frames import opcode_name

KEY = b"\x37\xfa\x21\x3d"
"""The mask key of the RFC's example; every key drawn in tests is this one."""


def fixed_entropy(count: int) -> bytes:
    return (KEY * 4)[:count]


def wire(text: str) -> bytes:
    """Bytes from hex runs and quoted text: `81 05 "hello"`."""
    out = b""
    for quoted, hexed in re.findall(r'"([^"]*)"|([0-9a-fA-F]+)', text):
        out += bytes.fromhex(hexed) if hexed else quoted.encode()
    return out


def trace(events: tuple[Event, ...]) -> list[str]:
    """Events, one short line each."""
    return [_line(event) for event in events]


def _codes(deviations: tuple[object, ...]) -> str:
    return "".join(f" !{deviation.kind.code}" for deviation in deviations)  # type: ignore[attr-defined]


def _line(event: Event) -> str:
    match event:
        case FrameReceived(number=number, frame=frame) | FrameSent(number=number, frame=frame):
            arrow = "<" if isinstance(event, FrameReceived) else ">"
            fin = "" if frame.fin else " fin=0"
            text = frame.payload.decode("latin-1")
            return f"{arrow}{number} {opcode_name(frame.opcode)}{fin} {text!r}{_codes(frame.deviations)}"
        case MessageReceived(kind=kind, payload=payload):
            return f"message {kind.value} {payload.decode('latin-1')!r}"
        case MessageSent(kind=kind, payload=payload):
            return f"sent {kind.value} {payload.decode('latin-1')!r}"
        case MessagePart(data=data, is_first=first, is_last=last):
            return f"part {data.decode('latin-1')!r}{' first' if first else ''}{' last' if last else ''}"
        case CloseReceived(payload=payload) | CloseSent(payload=payload):
            who = "closed" if isinstance(event, CloseReceived) else "closing"
            return f"{who} {payload.code} {payload.reason!r}{_codes(payload.deviations)}"
        case WebSocketFailed(code=code, deviation=deviation):
            return f"failed {code} {deviation.kind.code}"
        case DeviationFound(place=place, deviation=deviation):
            at = "" if deviation.offset is None else f" @{deviation.offset}"
            return f"{place} !{deviation.kind.code}{at}"
        case StreamEnded(how=how):
            return f"stream {how.value}"
        case SessionEnded(is_clean=clean, first_close=first):
            return f"ended {'clean' if clean else 'unclean'}{' by ' + first.value if first else ''}"
        case TimeLimitPassed(limit=limit):
            return f"limit {limit}"
        case PongMatched(payload=payload, round_trip=seconds):
            return f"pong {payload.decode('latin-1')!r} {seconds:g}"
        case UnparsedReceived(data=data):
            return f"unparsed {data!r}"
        case HandshakeJudged(checks=checks):
            return "judged " + ", ".join(check.name for check in checks if not check.is_passed)
        case _:
            return type(event).__name__


def effects(step: Step) -> list[str]:
    """Effects, one short line each."""
    lines = []
    for effect in step.effects:
        match effect:
            case SendBytes(data=data):
                lines.append(f"send {data.hex()}")
            case FinishSending():
                lines.append("finish")
            case Disconnect():
                lines.append("disconnect")
    return lines


def sent(step: Step) -> bytes:
    """The bytes that a step sends."""
    return b"".join(effect.data for effect in step.effects if isinstance(effect, SendBytes))
