"""Frames as people write them: `text:hello`, `ping,mask=none`, `0xb,fin=0,rsv=7,length=300,form=64,hex:00ff`.

The opcode comes first, by name or number, then attributes, then after a colon the payload: as text, or in hexadecimal
behind `hex:`.
"""

from __future__ import annotations

from wscli.errors import UsageProblem
from wscli.protocol.step import SendFrame
from wscli.wire.frames import OPCODE_NAMES, FrameOrder, encode_frame

HINT = "write OPCODE[,fin=0][,rsv=1..7][,mask=none|HEX][,length=N][,form=7|16|64][:TEXT or ,hex:BYTES]"
_OPCODES = {name.lower(): number for number, name in OPCODE_NAMES.items()} | {"cont": 0}


def decode_frame_spec(text: str) -> SendFrame:
    """Return the order for one frame; UsageProblem where the text is none."""
    attributes, _, payload_text = text.partition(":")
    names = attributes.split(",")
    is_hex = names[-1].strip() == "hex"
    if is_hex:
        names.pop()
    if not names:
        raise _refuse(text, "it names no opcode")
    order = FrameOrder(_opcode(text, names[0].strip().lower()), _payload(text, payload_text, is_hex=is_hex))
    is_masked = True
    for name in names[1:]:
        key, _, value = name.strip().partition("=")
        if key == "mask":
            is_masked = value != "none"
            if is_masked:
                order = order.replace(mask_key=_mask(text, value))
        else:
            order = order.replace(**_attribute(text, key, value))
    try:
        encode_frame(order)
    except OverflowError as error:
        raise _refuse(text, str(error)) from error
    return SendFrame(order, is_masked)


def _refuse(text: str, reason: str) -> UsageProblem:
    return UsageProblem("frame/spec", "frame", text, reason, hint=HINT)


def _number(text: str, value: str, limit: int) -> int:
    try:
        number = int(value, 0)
    except ValueError:
        number = -1
    if not 0 <= number < limit:
        raise _refuse(text, f"`{value}` is no number from 0 to {limit - 1}")
    return number


def _opcode(text: str, name: str) -> int:
    return _OPCODES[name] if name in _OPCODES else _number(text, name, 16)


def _payload(text: str, payload: str, *, is_hex: bool) -> bytes:
    if not is_hex:
        return payload.encode("utf-8", "surrogateescape")
    try:
        return bytes.fromhex(payload)
    except ValueError as error:
        raise _refuse(text, f"`{payload}` is not hexadecimal") from error


def _mask(text: str, value: str) -> bytes:
    try:
        key = bytes.fromhex(value)
    except ValueError:
        key = b""
    if len(key) != 4:
        raise _refuse(text, f"`{value}` is no mask key of four bytes in hexadecimal, nor none")
    return key


def _attribute(text: str, key: str, value: str) -> dict[str, object]:
    if key == "fin":
        return {"fin": bool(_number(text, value, 2))}
    if key == "rsv":
        return {"rsv": _number(text, value, 8)}
    if key == "length":
        return {"declared_length": _number(text, value, 1 << 64)}
    if key == "form" and value in ("7", "16", "64"):
        return {"length_form": int(value)}
    raise _refuse(text, f"`{key}={value}` is no attribute of a frame")
