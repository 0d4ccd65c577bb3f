"""Views of frames: one aligned line each; opened up bit by bit at the highest verbosity."""

from __future__ import annotations

from wscli.events import BytesReceived, BytesSent, DeviationFound, FrameReceived, FrameSent, PongMatched
from wscli.render.application import label_of
from wscli.render.connecting import note
from wscli.render.context import BYTES, HANDSHAKE, ViewContext
from wscli.render.handshake import deviation_line
from wscli.render.style import Line, Span
from wscli.text import cell_width, duration_text, elide, hex_dump, size_text, visible
from wscli.wire.close import close_code_name, decode_close
from wscli.wire.frames import BINARY, CLOSE, CONTINUATION, TEXT, Frame, header_length, opcode_name

PREVIEW = 4096
"""Payload bytes looked at for a preview; a line never shows more."""
DUMPED = 4096
"""Payload bytes of a frame that a dump shows."""
_STYLES = {TEXT: "text", BINARY: "binary", CONTINUATION: "text", CLOSE: "close"}


def show_frame(event: FrameReceived | FrameSent, context: ViewContext) -> list[Line]:
    """Show a frame in one line, what is wrong with it beneath, and at the highest verbosity its bytes."""
    frame = event.frame
    is_received = isinstance(event, FrameReceived)
    arrow, side = ("←", "received") if is_received else ("→", "sent")
    begin = f"[{context.at:7.3f}] #{event.number} "
    if not _has_whole_header(frame):
        cut = f"{arrow} a frame cut inside its header"
        spans = (("time", begin), ("deviation", cut), ("note", f"  {frame.header.hex(' ')}"))
        return [spans, *_deviations(frame, len(begin))]
    facts = _facts(event)
    fragment = context.fragment(event)
    style = "control" if frame.is_control and frame.opcode != CLOSE else _STYLES.get(frame.opcode, "deviation")
    room = max(context.width - len(begin) - len(facts) - len(opcode_name(frame.opcode)) - 3, 10)
    label = elide(label_of(event, context), room * 2 // 3) if fragment is None else ""
    if label:
        room -= cell_width(label) + 2
    detail = elide(_detail(event) if fragment is None else f"{fragment}  {_detail(event)}", room)
    line: list[Span] = [("time", begin), (side, f"{arrow} {opcode_name(frame.opcode)}"), ("note", facts)]
    if label:
        line.append(("label", f"{label}  " if detail else label))
    if detail:
        line.append((style, detail))
    elif not label:
        line[-1] = ("note", facts.rstrip())
    lines: list[Line] = [tuple(line)]
    lines += _deviations(frame, len(begin))
    if context.level >= BYTES:
        lines += _opened_up(frame)
    return lines


def _deviations(frame: Frame, indent: int) -> list[Line]:
    return [(("plain", " " * indent), *deviation_line(one)) for one in frame.deviations]


def _has_whole_header(frame: Frame) -> bool:
    """Tell whether the fields may be read: a recording can hold a frame that was cut inside its header."""
    return len(frame.header) > 1 and len(frame.header) >= header_length(frame.header[1])


def _facts(event: FrameReceived | FrameSent) -> str:
    """Return the notable bits and the size, blanks around them; a whole Close says what it holds without a size."""
    frame = event.frame
    marks = [] if frame.fin else ["fin=0"]
    marks += [name for name in ("rsv2", "rsv3") if getattr(frame, name)]
    if frame.rsv1 and event.content is None:
        marks.append("rsv1")
    if frame.opcode == CLOSE and frame.is_complete and event.content is None:
        return f" {''.join(f'{mark} ' for mark in marks)}"
    size = size_text(len(frame.payload))
    if not frame.is_complete:
        size = f"{size} of {size_text(frame.declared_length)}"
    if event.content is not None:
        size = f"deflate {size} = {size_text(len(event.content))}"
    return f" {' '.join([*marks, size])}  "


def _detail(event: FrameReceived | FrameSent) -> str:
    frame = event.frame
    if frame.opcode == CLOSE:
        return close_text(frame.payload)
    payload = frame.payload if event.content is None else event.content
    if frame.is_control:
        return f'"{_text(payload)}"' if payload else ""
    return _text(payload) if frame.opcode != BINARY else payload[:64].hex(" ")


def _text(payload: bytes) -> str:
    # Only the beginning is looked at; a character cut there ends as an escape that is elided anyway.
    return visible(payload[:PREVIEW].decode("utf-8", "backslashreplace"))


def close_text(payload: bytes) -> str:
    """Return a Close payload as `1008 (policy violation) "bad token"`."""
    close = decode_close(payload)
    if close.code is None:
        return "without a code"
    reason = f' "{visible(close.reason)}"' if close.reason else ""
    return f"{close.code} ({close_code_name(close.code)}){reason}"


def _opened_up(frame: Frame) -> list[Line]:
    """Return the header field by field, and the payload as a dump."""
    bits = f"fin={int(frame.fin)} rsv={int(frame.rsv1)}{int(frame.rsv2)}{int(frame.rsv3)} opcode={frame.opcode:#x}"
    mask = f"mask={frame.mask_key.hex()}" if frame.mask_key is not None else "mask=none"
    length = f"length={frame.declared_length} in {frame.length_form} bits"
    lines: list[Line] = [(("note", f"    {frame.header.hex(' ')}  {bits} {mask} {length} offset={frame.offset}"),)]
    lines += [(("note", f"    {line}"),) for line in hex_dump(frame.payload[:DUMPED])]
    if len(frame.payload) > DUMPED:
        lines.append((("note", f"    … {len(frame.payload) - DUMPED} more bytes"),))
    return lines


def show_bytes(event: BytesReceived | BytesSent, context: ViewContext) -> list[Line]:
    """Dump the bytes of one read or write."""
    arrow = "←" if isinstance(event, BytesReceived) else "→"
    lines: list[Line] = [(("note", f"[{context.at:7.3f}] {arrow} {size_text(len(event.data))}"),)]
    lines += [(("note", f"    {line}"),) for line in hex_dump(event.data[:DUMPED])]
    if len(event.data) > DUMPED:
        lines.append((("note", f"    … {len(event.data) - DUMPED} more bytes"),))
    return lines


def show_pong(event: PongMatched, _context: ViewContext) -> list[Line]:
    """Say how long the peer took to answer a Ping."""
    return [note(f"round trip {duration_text(event.round_trip)}")]


def show_deviation(event: DeviationFound, context: ViewContext) -> list[Line]:
    """Show a deviation that belongs to no single frame or head, unless the report of the failure says it too."""
    if context.fails_now and event.deviation.is_must and context.level < HANDSHAKE:
        return []
    return [(("deviation", f"{visible(event.place)}: "), *deviation_line(event.deviation))]
