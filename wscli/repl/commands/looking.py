"""Commands that look: at one frame, at what went by, at the handshake, and at less of the stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from wscli.errors import UsageProblem
from wscli.events import Batch, CertificatesReceived, MessageKind, Side
from wscli.render.anatomy import iter_anatomy
from wscli.render.context import FRAMES, HANDSHAKE, ViewContext
from wscli.render.findings import show_finding
from wscli.render.json_text import json_spans, pretty_json
from wscli.render.style import Line
from wscli.render.transcript import Transcript
from wscli.repl.commands.command import LOOKING, PromptCommand
from wscli.repl.desk import Desk
from wscli.repl.filtering import frame_filter, matches
from wscli.repl.grammar import Call, Completes, Option, Rest, Usage, Word, is_number
from wscli.repl.store import KeptFrame, KeptMessage
from wscli.repl.summary import statistics
from wscli.text import count_text, elide, hex_dump, size_text, visible

SHOWN = 20
"""Frames or messages that are shown where nobody says how many."""
PREVIEW = 4096
WHOLE_FRAME = 4096
"""Bytes of a frame's payload that are dumped."""
WHOLE = 256 * 1024
"""Bytes of a message that are shown at most."""


def _frame(desk: Desk, number: str) -> KeptFrame:
    """Return a frame by its number, `-1` the last one; UsageProblem where it is not kept."""
    store = desk.store
    kept = None
    if is_number(number.removeprefix("-")):
        wanted = int(number)
        kept = store.frame(wanted if wanted > 0 else store.last_number + 1 + wanted)
    if kept is None:
        have = f"frames {store.first_number} to {store.last_number} are kept" if store.last_number else "none came yet"
        raise UsageProblem("prompt/frame", "frame", number, "there is no such frame", hint=have)
    return kept


def paint_batches(desk: Desk, level: int, batches: Iterable[Batch]) -> None:
    """Show events again as the transcript shows them live."""
    transcript = Transcript(desk.say, desk.painter, level, width=desk.width, wraps=True)
    for batch in batches:
        transcript.accept(batch)


# --- The commands -----------------------------------------------------------------------------------------------------
def inspect(desk: Desk, call: Call) -> None:
    """Open a frame up."""
    kept = _frame(desk, call.words.get("frame", "-1"))
    for block in iter_anatomy([kept.event], desk.width(), frozenset(), WHOLE_FRAME):
        desk.show(block)


def show(desk: Desk, call: Call) -> None:
    """Show one of the things that a session has."""
    SHOWS[call.words["what"]](desk, call)


def _show_handshake(desk: Desk, _call: Call) -> None:
    paint_batches(desk, HANDSHAKE, (Batch(at, (event,)) for at, event in desk.store.handshake))


def _show_certificate(desk: Desk, _call: Call) -> None:
    if not desk.store.certificates:
        desk.note("the peer showed no certificate: the connection has no TLS")
    else:
        paint_batches(desk, FRAMES, [Batch(0.0, (CertificatesReceived(desk.store.certificates),))])


def _show_stats(desk: Desk, _call: Call) -> None:
    desk.show(statistics(desk.store, desk.link.now()))


def _show_findings(desk: Desk, _call: Call) -> None:
    findings = desk.link.findings()
    for finding in findings:
        desk.show(show_finding(finding, ViewContext(HANDSHAKE, desk.width(), wraps=True)))
    if not findings:
        desk.note("nothing wrong was found so far")


def _last_frames(desk: Desk, call: Call) -> list[KeptFrame]:
    return list(islice(desk.store.frames(), call.number("count", SHOWN)))[::-1]


def _show_frames(desk: Desk, call: Call) -> None:
    kept = _last_frames(desk, call)
    paint_batches(desk, FRAMES, (Batch(one.at, (one.event,)) for one in kept))
    _say_how_much_more(desk, len(kept), desk.store.last_number)


def _show_bytes(desk: Desk, call: Call) -> None:
    """Show the frames as they were on the wire."""
    kept = _last_frames(desk, call)
    for one in kept:
        arrow, style = ("→", "sent") if one.side is Side.LOCAL else ("←", "received")
        raw = one.frame.raw
        title = (("time", f"[{one.at:7.3f}] #{one.number} "), (style, f"{arrow} {size_text(len(raw))}"))
        desk.show([title, *((("binary", f"  {line}"),) for line in hex_dump(raw[:PREVIEW]))])
        if len(raw) > PREVIEW:
            desk.show([(("note", f"  … {size_text(len(raw) - PREVIEW)} more"),)])
    _say_how_much_more(desk, len(kept), desk.store.last_number)


def _show_message(desk: Desk, call: Call) -> None:
    """Show one message whole: the one that a frame belongs to, or the last."""
    number = call.words.get("count")
    kept = next((one for one in desk.store.messages() if number is None or _holds(one, int(number))), None)
    if kept is None:
        hint = "/show messages lists them"
        raise UsageProblem("prompt/message", "message", number, "there is none that is kept", hint=hint)
    desk.show([message_line(kept, desk.width()), *whole_payload(kept)])


def _holds(kept: KeptMessage, number: int) -> bool:
    first, last = kept.frames
    return first <= number <= last


def whole_payload(kept: KeptMessage) -> list[Line]:
    """Return all of a payload: JSON pretty and in colour, other text as it is, binary as a dump."""
    payload = kept.payload[:WHOLE]
    lines: list[Line]
    if kept.kind is MessageKind.BINARY:
        lines = [(("binary", line),) for line in hex_dump(payload)]
    else:
        text = pretty_json(kept.payload) if kept.payload[:1] in (b"{", b"[") and len(kept.payload) <= WHOLE else None
        plain = text if text is not None else payload.decode("utf-8", "backslashreplace")
        shown = visible(plain, newlines=True).split("\n")
        lines = [json_spans(line) if text is not None else (("text", line),) for line in shown]
    if len(kept.payload) > WHOLE:
        lines.append((("note", f"… {size_text(len(kept.payload) - WHOLE)} more; /save message writes all of it"),))
    return lines


def _show_messages(desk: Desk, call: Call) -> None:
    kept = list(islice(desk.store.messages(), call.number("count", SHOWN)))[::-1]
    desk.show([message_line(one, desk.width()) for one in kept])
    total = sum(tally.messages for tally in desk.store.tallies.values())
    _say_how_much_more(desk, len(kept), total)


def _say_how_much_more(desk: Desk, shown: int, total: int) -> None:
    if total > shown:
        gone = f", {desk.store.dropped} of them no longer kept" if desk.store.dropped else ""
        desk.note(f"{shown} of {total}{gone}")


def show_variables(desk: Desk, _call: Call | None = None) -> None:
    """Show the variables of templates."""
    variables = desk.templates.variables
    width = max(map(len, variables), default=0)
    desk.show([(("name", f"  {name:<{width}}  "), ("plain", visible(value))) for name, value in variables.items()])
    if not variables:
        desk.note("no variables; /set NAME VALUE sets one")


def message_line(kept: KeptMessage, width: int) -> Line:
    """Return a message in one line."""
    arrow, style = ("→", "sent") if kept.side is Side.LOCAL else ("←", "received")
    first, last = kept.frames
    number = f"#{first}" if first == last else f"#{first}-{last}"
    begin = f"[{kept.at:7.3f}] {number} "
    facts = f" {size_text(len(kept.payload))}  "
    kind = kept.kind.value.upper()
    room = max(10, width - len(begin) - len(facts) - len(kind) - 2)
    text = payload_preview(kept, room)
    return (("time", begin), (style, f"{arrow} {kind}"), ("note", facts), ("text", text))


def payload_preview(kept: KeptMessage, room: int) -> str:
    """Return the beginning of a payload, escaped: text as text, binary in hexadecimal."""
    if kept.kind.value == "binary":
        return elide(kept.payload[: room // 3 + 1].hex(" "), room)
    return elide(visible(kept.payload[:PREVIEW].decode("utf-8", "backslashreplace")), room)


def filter_frames(desk: Desk, call: Call) -> None:
    """Show only some of the frames that come and go from now on."""
    choices = desk.choices
    if not (call.options or call.rest):
        desk.note(f"the filter is {visible(choices.filter_text)}" if choices.keeps else "there is no filter")
    elif call.rest == "off" and not call.options:
        choices.keeps = None
        desk.note("every frame is shown again")
    else:
        choices.keeps, choices.filter_text = frame_filter(call), _filter_text(call)
        desk.note("only frames that fit are shown, and those that break a rule; /filter off ends it")


def _filter_text(call: Call) -> str:
    options = [f"--{name} {value}".rstrip() for name, values in call.options.items() for value in values]
    return " ".join([*options, call.rest]).rstrip()


def find(desk: Desk, call: Call) -> None:
    """Show the messages that fit, the oldest first."""
    fits = matches(call.rest)
    typed = call.value("most") or str(SHOWN)
    if not is_number(typed):
        raise UsageProblem("prompt/count", "--most", typed, "it is no number", hint="as /find --most 50 error")
    most = int(typed)
    found = [one for one in desk.store.messages() if fits(one.payload)]
    desk.show([message_line(one, desk.width()) for one in found[:most][::-1]])
    more = f", the newest {most} of them shown" if len(found) > most else ""
    desk.note(f"{count_text(len(found), 'message')} fit{'s' if len(found) == 1 else ''}{more}")


def pause(desk: Desk, _call: Call) -> None:
    """Hold the stream back, or let it go on."""
    desk.choices.is_paused = not desk.choices.is_paused
    if desk.choices.is_paused:
        desk.note("paused: frames are kept and counted, not shown; /pause goes on")
    else:
        desk.note("going on; /show frames has what came meanwhile")


SHOWS: dict[str, Callable[[Desk, Call], None]] = {
    "handshake": _show_handshake,
    "certificate": _show_certificate,
    "stats": _show_stats,
    "findings": _show_findings,
    "frames": _show_frames,
    "messages": _show_messages,
    "message": _show_message,
    "bytes": _show_bytes,
    "variables": show_variables,
}
"""What `/show` knows."""

COMMANDS: tuple[PromptCommand, ...] = (
    PromptCommand(
        Usage("inspect", (Word("frame", "N", is_optional=True, completes=Completes.FRAMES),)),
        LOOKING,
        "open a frame up: header bit by bit, mask, bytes before and after, what it breaks",
        inspect,
        ("/inspect 7", "/inspect -1"),
    ),
    PromptCommand(
        Usage(
            "show",
            (
                Word("what", "WHAT", choices=tuple(SHOWS)),
                Word("count", "N", is_optional=True, is_digits=True),
            ),
        ),
        LOOKING,
        "show the handshake, the certificates, counts, findings, the last N frames …",
        show,
        ("/show handshake", "/show frames 50", "/show stats"),
    ),
    PromptCommand(
        Usage(
            "filter",
            options=(
                Option("sent", "only what we send"),
                Option("received", "only what comes"),
                Option("opcode", "only these: text,binary,ping …", "NAME[,NAME…]", completes=Completes.OPCODES),
                Option("path", "only JSON that has something there, or just this", "PATH[=VALUE]"),
                Option("not", "turn it round"),
            ),
            rest=Rest("REGEX|off", is_optional=True),
        ),
        LOOKING,
        "show only frames that fit; the others are kept all the same",
        filter_frames,
        ("/filter --received error", "/filter --path .type=ticker", "/filter --not --opcode ping,pong", "/filter off"),
    ),
    PromptCommand(
        Usage("find", options=(Option("most", "how many to show; 20 otherwise", "N"),), rest=Rest("REGEX")),
        LOOKING,
        "search the messages of this session",
        find,
        ("/find error", '/find "id": *42'),
    ),
    PromptCommand(Usage("pause"), LOOKING, "hold the stream back, or let it go on; nothing is lost", pause),
)
