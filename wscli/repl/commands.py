"""What can be typed at the prompt: messages, and commands behind a slash; one registry."""

from __future__ import annotations

from collections.abc import Callable

from wscli.errors import UsageProblem
from wscli.events import MessageKind
from wscli.protocol.frame_spec import decode_frame_spec
from wscli.protocol.step import Order, SendClose, SendFrame, SendMessage, SendPing
from wscli.text import nearest
from wscli.values import Value
from wscli.wire.frames import PONG, FrameOrder


class PromptCommand(Value):
    """One command."""

    name: str
    usage: str
    summary: str
    order: Callable[[str], Order] | None
    """Makes the order from what follows the name; None for those that the prompt itself answers."""


def _close(text: str) -> Order:
    code, _, reason = text.partition(" ")
    if not code:
        return SendClose(1000)
    if not (code.isascii() and code.isdigit() and int(code) < 65536):
        raise UsageProblem("prompt/close", "close code", code, "a code is a number from 0 to 65535")
    return SendClose(int(code), reason.strip())


def _binary(text: str) -> Order:
    try:
        return SendMessage(MessageKind.BINARY, bytes.fromhex(text))
    except ValueError as error:
        raise UsageProblem("prompt/hex", "message", text, "it is not hexadecimal", hint="as /binary 00 ff") from error


COMMANDS: tuple[PromptCommand, ...] = (
    PromptCommand("binary", "/binary HEX", "send a binary message", _binary),
    PromptCommand("ping", "/ping [TEXT]", "send a Ping; its round trip is shown", lambda text: SendPing(text.encode())),
    PromptCommand(
        "pong", "/pong [TEXT]", "send a Pong nobody asked for", lambda text: SendFrame(FrameOrder(PONG, text.encode()))
    ),
    PromptCommand("frame", "/frame SPEC", "send any frame, legal or not: text,fin=0:hello", decode_frame_spec),
    PromptCommand("close", "/close [CODE [REASON]]", "begin the closing handshake", _close),
    PromptCommand("quit", "/quit", "close with 1000 and leave (also Ctrl-D)", lambda _text: SendClose(1000)),
    PromptCommand("help", "/help", "show this list", None),
)


def decode_line(line: str) -> Order | None:
    """Return what a typed line asks to be sent; None where the prompt itself has to answer.

    A line is a text message; `/name` is a command, `//` at the beginning sends a slash. UsageProblem for one that is
    neither.
    """
    if line.startswith("//"):
        line = line[1:]
    elif line.startswith("/"):
        name, _, rest = line[1:].partition(" ")
        command = next((command for command in COMMANDS if command.name == name), None)
        if command is None:
            near = nearest(name, [known.name for known in COMMANDS])
            hint = f"did you mean /{near}?" if near else "/help lists the commands; // sends a slash"
            raise UsageProblem("prompt/command", "command", f"/{name}", "there is no such command", hint=hint)
        return None if command.order is None else command.order(rest.strip())
    return SendMessage(MessageKind.TEXT, line.encode("utf-8", "surrogateescape"))


def help_text() -> str:
    """Return the list of commands."""
    width = max(len(command.usage) for command in COMMANDS)
    lines = [f"  {command.usage:<{width}}  {command.summary}" for command in COMMANDS]
    return "\n".join(["A line is sent as a text message. Commands:", *lines])
