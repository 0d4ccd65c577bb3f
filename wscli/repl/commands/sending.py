"""Commands that send: messages of any kind, frames legal or not, raw bytes, Pings, Closes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from wscli.errors import Problem, UsageProblem, file_problem
from wscli.events import MessageKind, PongMatched
from wscli.protocol.frame_spec import HINT as FRAME_HINT
from wscli.protocol.frame_spec import decode_frame_spec
from wscli.protocol.step import SendClose, SendFrame, SendMessage, SendPing, SendRaw
from wscli.repl.commands.command import SENDING, PromptCommand
from wscli.repl.desk import Desk, Watched
from wscli.repl.filtering import matches
from wscli.repl.grammar import Call, Completes, Option, Rest, Usage, Word, message_of
from wscli.repl.templates import as_bytes
from wscli.text import count_text, duration_text, parse_duration, visible
from wscli.wire.close import MAX_REASON
from wscli.wire.frames import PONG, FrameOrder

PONG_TIME = 5.0
"""Seconds to wait for a Pong before it counts as lost."""
MOST_PINGS = 10_000

_KINDS = (
    Option("binary", "send it as a binary message"),
    Option("hex", "it is hexadecimal, and binary"),
    Option("base64", "it is base64, and binary"),
    Option("fragment", "cut it into fragments of these sizes", "N[,N…]"),
)


class Missed(Problem):
    """What was waited for did not come (exit 13)."""


# --- Payloads ---------------------------------------------------------------------------------------------------------
def message_order(desk: Desk, text: str, call: Call | None = None) -> SendMessage:
    """Return the message that a text is, templates filled in; UsageProblem where it cannot be made."""
    filled = desk.templates.fill(text)
    if filled != text and desk.choices.previews:
        desk.show([(("dim", "  as "), ("plain", visible(filled)))])
    if call is None:
        return SendMessage(MessageKind.TEXT, as_bytes(filled))
    payload = _payload(filled, call)
    is_binary = any(map(call.flag, ("binary", "hex", "base64")))
    return SendMessage(MessageKind.BINARY if is_binary else MessageKind.TEXT, payload, _fragments(call, len(payload)))


def _payload(text: str, call: Call) -> bytes:
    if call.flag("hex") and call.flag("base64"):
        raise UsageProblem("prompt/form", "/send", "--hex --base64", "they exclude each other", hint="drop one")
    if call.flag("hex"):
        return _from_hex(text)
    if call.flag("base64"):
        from binascii import a2b_base64

        try:
            return a2b_base64(text.strip(), strict_mode=True)
        except ValueError as error:
            raise UsageProblem("prompt/base64", "message", text, "it is not base64", hint="as aGVsbG8=") from error
    return as_bytes(text)


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise UsageProblem("prompt/hex", "bytes", text, "they are not hexadecimal", hint="as 00 ff 7e") from error


def _fragments(call: Call, length: int) -> tuple[int, ...]:
    text = call.value("fragment")
    if text is None:
        return ()
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and 0 < int(part) < 1 << 40 for part in parts):
        hint = "write one size for all, 1000, or one for each, 3,1,20"
        raise UsageProblem("prompt/fragment", "--fragment", text, "sizes are whole numbers from 1", hint=hint)
    sizes = tuple(map(int, parts))
    return sizes if len(sizes) > 1 else sizes * max(0, (length - 1) // sizes[0])


def read_file(path: str) -> bytes:
    """Return what a file holds; EnvironmentProblem where it can't be read."""
    try:
        return Path(path).expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        raise file_problem("prompt/file", "file", path, error) from error


def _duration(option: str, text: str | None, default: float) -> float:
    if text is None:
        return default
    try:
        return parse_duration(text)
    except UsageProblem as problem:
        raise UsageProblem(problem.code, option, text, problem.reason, hint=problem.hint) from problem


# --- The commands -----------------------------------------------------------------------------------------------------
def send(desk: Desk, call: Call) -> None:
    """Send a message as the options say."""
    path = call.value("file")
    if path is not None:
        if call.rest:
            raise UsageProblem("prompt/file", "/send", call.rest, "a file was named already", hint="drop one of them")
        payload = read_file(path)
        kind = MessageKind.BINARY if call.flag("binary") else MessageKind.TEXT
        desk.send(SendMessage(kind, payload, _fragments(call, len(payload))))
        return
    desk.send(message_order(desk, call.rest, call))


def frame(desk: Desk, call: Call) -> None:
    """Send any frame."""
    desk.send(decode_frame_spec(desk.templates.fill(call.rest)))


def raw(desk: Desk, call: Call) -> None:
    """Send bytes as they are."""
    data = as_bytes(call.rest) if call.flag("text") else _from_hex(call.rest)
    desk.send(SendRaw(data))


async def ping(desk: Desk, call: Call) -> None:
    """Send one Ping, or several, and say how long their Pongs took."""
    count = call.number("count", 1)
    if not 0 < count <= MOST_PINGS:
        raise UsageProblem("prompt/count", "/ping", str(count), f"it is no number from 1 to {MOST_PINGS}")
    every = _duration("--every", call.value("every"), 1.0)
    payload = as_bytes(call.rest)
    if len(payload) > 120:
        raise UsageProblem("prompt/ping", "/ping", call.rest, "a Ping holds 125 bytes at most (RFC 6455 5.5)")
    took: list[float] = []
    for number in range(count):
        # Pongs are matched by their payload, so each Ping of several has one of its own.
        own = payload if count == 1 else payload + f"#{number + 1}".encode()
        due = desk.link.now() + every
        desk.send(SendPing(own))  # nothing is read before the wait has begun
        answer = await desk.wait_for(_is_pong(own), PONG_TIME)
        if isinstance(answer, PongMatched):
            took.append(answer.round_trip)
        elif not desk.link.is_open:
            break
        if number + 1 < count:
            await asyncio.sleep(max(0.0, due - desk.link.now()))
    if count > 1 or not took:
        desk.note(_round_trips(count, took))


def _is_pong(payload: bytes) -> Watched:
    return lambda event: isinstance(event, PongMatched) and event.payload == payload


def _round_trips(count: int, took: list[float]) -> str:
    lost = count - len(took)
    begin = f"{count_text(count, 'Ping')}, {count_text(len(took), 'Pong')}, {100 * lost / count:.0f} % lost"
    if not took:
        return begin
    shown = [duration_text(value) for value in (min(took), sum(took) / len(took), max(took))]
    return f"{begin}  round trip min {shown[0]} · avg {shown[1]} · max {shown[2]}"


def pong(desk: Desk, call: Call) -> None:
    """Send a Pong nobody asked for."""
    desk.send(SendFrame(FrameOrder(PONG, as_bytes(call.rest))))


def close(desk: Desk, call: Call) -> None:
    """Begin the closing handshake."""
    code = call.words.get("code", "1000")
    if code != "none" and not (code.isascii() and code.isdigit() and int(code) < 65536):
        raise UsageProblem(
            "prompt/close", "close code", code, "a code is a number from 0 to 65535", hint="as 1001 done"
        )
    if len(as_bytes(call.rest)) > MAX_REASON:
        reason = f"a reason has {MAX_REASON} bytes at most (RFC 6455 5.5)"
        raise UsageProblem("prompt/close", "close reason", call.rest[:40], reason)
    desk.send(SendClose(None if code == "none" else int(code), "" if code == "none" else call.rest))


async def repeat(desk: Desk, call: Call) -> None:
    """Send a message several times, templates filled in each time."""
    count = call.number("count", 0)
    if count < 1:
        raise UsageProblem("prompt/count", "/repeat", str(count), "it is no number from 1 on")
    every = _duration("--every", call.value("every"), 0.0)
    for number in range(count):
        due = desk.link.now() + every
        desk.send(message_order(desk, message_of(call.rest)))
        await desk.link.writable()
        if number + 1 < count:
            await asyncio.sleep(max(0.0, due - desk.link.now()))


async def wait(desk: Desk, call: Call) -> None:
    """Wait for a message that fits; Missed where none comes in time."""
    seconds = _duration("--for", call.value("for"), 10.0)
    found = await desk.wait_for_message(matches(call.rest), seconds)
    if found is None:
        why = f"no such message came within {duration_text(seconds)}"
        raise Missed(
            "prompt/wait", "/wait", call.rest, why if desk.link.is_open else "the connection ended before one came"
        )
    desk.note(f"#{found.frames[1]} fits")


COMMANDS: tuple[PromptCommand, ...] = (
    PromptCommand(
        Usage(
            "send",
            options=(
                *_KINDS,
                Option("file", "send what this file holds", "FILE", completes=Completes.FILES),
            ),
            rest=Rest("MESSAGE", is_optional=True, completes=Completes.MESSAGES),
        ),
        SENDING,
        "send a message: text, or what the options say",
        send,
        ("/send --hex 00 ff 7e", "/send --fragment 3,1 hello", "/send --binary --file picture.png"),
    ),
    PromptCommand(
        Usage("frame", rest=Rest("OPCODE[,…][:TEXT]")),
        SENDING,
        "send any frame, legal or not",
        frame,
        ("/frame text,fin=0:hel", "/frame ping,mask=none", "/frame 0xb,rsv=7,length=300,form=64,hex:00ff"),
        FRAME_HINT,
    ),
    PromptCommand(
        Usage("raw", options=(Option("text", "the bytes are given as text"),), rest=Rest("BYTES")),
        SENDING,
        "send bytes as they are, whatever they do to the framing",
        raw,
        ("/raw 81 80 00 00 00 00", "/raw --text GET / HTTP/1.1"),
    ),
    PromptCommand(
        Usage(
            "ping",
            (Word("count", "N", is_optional=True, is_digits=True),),
            (Option("every", "time between Pings", "TIME"),),
            Rest("TEXT", is_optional=True),
        ),
        SENDING,
        "send a Ping and measure its round trip; N of them with min, avg, max and loss",
        ping,
        ("/ping", "/ping 10", "/ping 100 --every 50ms"),
    ),
    PromptCommand(Usage("pong", rest=Rest("TEXT", is_optional=True)), SENDING, "send a Pong nobody asked for", pong),
    PromptCommand(
        Usage(
            "close",
            (Word("code", "CODE", is_optional=True, completes=Completes.CLOSE_CODES),),
            rest=Rest("REASON", is_optional=True),
        ),
        SENDING,
        "begin the closing handshake; `none` sends no code",
        close,
        ("/close", "/close 1001 going home", "/close none"),
    ),
    PromptCommand(
        Usage(
            "repeat",
            (Word("count", "N", is_digits=True),),
            (Option("every", "time between messages", "TIME"),),
            Rest("MESSAGE", completes=Completes.MESSAGES),
        ),
        SENDING,
        "send a message N times; templates are filled in each time",
        repeat,
        ("/repeat 10 --every 5s still here", '/repeat 3 {"id": {{counter}}}'),
    ),
    PromptCommand(
        Usage("wait", options=(Option("for", "how long; 10 s otherwise", "TIME"),), rest=Rest("REGEX")),
        SENDING,
        "wait for a message that fits a regular expression",
        wait,
        ("/wait ready", '/wait --for 1m "type": *"ack"'),
        "it looks at what came since the line before it was typed; in a script, since what the /wait before it found, "
        "so that nothing is missed",
    ),
)
