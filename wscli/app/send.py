"""`send`: what was given on the command line, in files and on standard input goes out; replies come back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from wscli.app.exit_status import ExitStatus
from wscli.app.matching import matcher
from wscli.app.pipeline import print_request, run_pipeline
from wscli.engine.jobs.send import Decoder, SendJob, SendPlan
from wscli.engine.jobs.splitting import Splitting
from wscli.engine.jobs.stopping import StopRule, StopWatch
from wscli.errors import EnvironmentProblem, UsageProblem, file_problem
from wscli.events import MessageKind
from wscli.protocol.frame_spec import decode_frame_spec
from wscli.protocol.step import Order
from wscli.settings import ConnectionSettings
from wscli.wire.close import MAX_REASON
from wscli.wire.utf8 import find_invalid


def run_send(settings: ConnectionSettings, values: dict[str, Any]) -> ExitStatus:
    """Connect, send, wait for the replies that were asked for, close."""
    if values["dry_run"]:
        return print_request(settings)
    plan = send_plan(values)
    admits = None if plan.stop == StopRule() else StopWatch(plan.stop).admits
    return run_pipeline(settings, SendJob(plan), values, admits=admits, reads_input=plan.input_splitting is not None)


def send_plan(values: dict[str, Any]) -> SendPlan:
    """Return the plan for the options of `send`; Problem where one of them cannot be carried out."""
    is_encoded = values["hex"] or values["base64"]
    is_binary = values["binary"] or (is_encoded and not values["text"])
    kind = MessageKind.BINARY if is_binary else MessageKind.TEXT
    fragments, fragment_size = _fragments(values["fragment"])
    code, reason = _close(values["close"])
    plan = SendPlan(
        kind=kind,
        decode=_decoder(values, kind),
        fragments=fragments,
        fragment_size=fragment_size,
        stop=StopRule(1 if values["one"] else values["expect"], matcher(values["until"])),
        idle=values["idle"],
        waits=not values["no_wait"],
        close_code=code,
        close_reason=reason,
    )
    given = [message for message in values["messages"] if message != "-"]
    frames = tuple(map(decode_frame_spec, values["frame"]))
    reads_input = "-" in values["messages"] or not (given or values["file"] or frames)
    maker = SendJob(plan)
    orders: list[Order] = [maker.message(message.encode("utf-8", "surrogateescape")) for message in given]
    orders += [maker.message(_read_file(path)) for path in values["file"]]
    return plan.replace(messages=(*orders, *frames), input_splitting=_splitting(values) if reads_input else None)


def _splitting(values: dict[str, Any]) -> Splitting:
    if values["nul"]:
        return Splitting.NUL
    if values["whole"]:
        return Splitting.WHOLE
    return Splitting.LENGTH_PREFIXED if values["length_prefixed"] else Splitting.LINES


def _read_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise file_problem("send/file", "file", path, error) from error


def _decoder(values: dict[str, Any], kind: MessageKind) -> Decoder:
    """Return what turns given bytes into a payload; text that is no UTF-8 is refused before it goes out."""
    decode: Decoder = _from_hex if values["hex"] else _from_base64 if values["base64"] else _unchanged
    return (lambda data: _checked_text(decode(data))) if kind is MessageKind.TEXT else decode


def _unchanged(data: bytes) -> bytes:
    return data


def _shown(data: bytes) -> str:
    return data[:40].decode("utf-8", "backslashreplace")


def _checked_text(payload: bytes) -> bytes:
    place = find_invalid(payload)
    if place is not None:
        reason = f"it is not UTF-8: byte 0x{payload[place]:02X} at offset {place}"
        raise EnvironmentProblem("send/not-utf8", "text message", _shown(payload), reason, hint="send it with --binary")
    return payload


def _from_hex(data: bytes) -> bytes:
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError as error:
        hint = "two digits a byte, spaces between bytes are fine: 00 ff 7e"
        raise UsageProblem("send/hex", "message", _shown(data), "it is not hexadecimal", hint=hint) from error


def _from_base64(data: bytes) -> bytes:
    from binascii import Error, a2b_base64

    try:
        return a2b_base64(data.strip(), strict_mode=True)
    except Error as error:
        hint = "its signs are A-Z a-z 0-9 + / and = at the end: aGVsbG8="
        raise UsageProblem("send/base64", "message", _shown(data), f"it is not base64: {error}", hint=hint) from error


def _fragments(text: str | None) -> tuple[tuple[int, ...], int | None]:
    """Return the sizes of `--fragment N,N,…`, or the one size of `--fragment N`."""
    if text is None:
        return (), None
    parts = text.split(",")
    if not all(part.strip().isascii() and part.strip().isdigit() and int(part) > 0 for part in parts):
        hint = "write one size for all frames, 1000, or one for each, 3,1,20"
        raise UsageProblem("send/fragment", "--fragment", text, "sizes are whole numbers from 1", hint=hint)
    sizes = tuple(int(part) for part in parts)
    return ((), sizes[0]) if len(sizes) == 1 else (sizes, None)


def _close(text: str | None) -> tuple[int | None, str]:
    """Return code and reason of `--close CODE[:REASON]`; `none` sends a Close without either."""
    if text is None:
        return 1000, ""
    if text == "none":
        return None, ""
    code, _, reason = text.partition(":")
    if not (code.isascii() and code.isdigit() and int(code) < 65536):
        raise UsageProblem("send/close", "--close", text, "the code is a number from 0 to 65535", hint="as 1001:done")
    if len(os.fsencode(reason)) > MAX_REASON:
        reason_why = f"the reason is longer than {MAX_REASON} bytes"
        hint = "a Close has 125 bytes of payload, two of them for the code (RFC 6455 5.5.1)"
        raise UsageProblem("send/close", "--close", text, reason_why, hint=hint)
    return int(code), reason
