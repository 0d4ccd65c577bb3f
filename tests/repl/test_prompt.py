"""The prompt: what each line asks for, and a session typed through prompt-toolkit's pipe."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from wscli.errors import UsageProblem
from wscli.events import MessageKind
from wscli.protocol.step import Order, SendClose, SendFrame, SendMessage, SendPing
from wscli.repl.commands import COMMANDS, decode_line, help_text
from wscli.repl.prompt import Prompt
from wscli.wire.frames import PONG, FrameOrder


def text(payload: str) -> SendMessage:
    return SendMessage(MessageKind.TEXT, payload.encode())


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("hello", text("hello")),
        ("//slash", text("/slash")),
        ("/binary 00 ff", SendMessage(MessageKind.BINARY, b"\x00\xff")),
        ("/ping", SendPing(b"")),
        ("/ping abc", SendPing(b"abc")),
        ("/pong x", SendFrame(FrameOrder(PONG, b"x"))),
        ("/frame text,fin=0:a", SendFrame(FrameOrder(1, b"a", fin=False))),
        ("/close", SendClose(1000)),
        ("/close 1008 not  now", SendClose(1008, "not  now")),
        ("/quit", SendClose(1000)),
        ("/help", None),
    ],
)
def test_a_line_is_an_order(line: str, order: Order | None) -> None:
    assert order == decode_line(line)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("/hlep", "did you mean /help?"),
        ("/zzzzz", "/help lists"),
        ("/binary 0g", "/binary 00 ff"),
        ("/close 70000", None),
    ],
)
def test_a_line_that_is_neither_is_refused_with_a_hint(line: str, hint: str | None) -> None:
    with pytest.raises(UsageProblem) as caught:
        decode_line(line)
    assert (hint or "None") in str(caught.value.hint)


def test_help_lists_every_command() -> None:
    for command in COMMANDS:
        assert command.usage in help_text()
        assert command.summary in help_text()


@pytest.fixture
def typed() -> Iterator[PipeInput]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield pipe


def run(pipe: PipeInput, keys: str) -> tuple[list[Order], str]:
    sent: list[Order] = []
    said: list[str] = []
    pipe.send_text(keys)
    asyncio.run(Prompt(sent.append, said.append).run())
    return sent, "".join(said)


def test_lines_are_sent_until_the_end_of_input(typed: PipeInput) -> None:
    assert [text("one"), text("two"), SendClose(1000)] == run(typed, "one\r\rtwo\r\x04")[0]


def test_quit_leaves(typed: PipeInput) -> None:
    assert [SendClose(1000)] == run(typed, "/quit\r")[0]


def test_an_interrupt_drops_the_line(typed: PipeInput) -> None:
    assert [text("kept"), SendClose(1000)] == run(typed, "dropped\x03kept\r\x04")[0]


def test_help_and_mistakes_are_answered_and_nothing_is_sent(typed: PipeInput) -> None:
    sent, said = run(typed, "/help\r/hlep\r/close x\r\x04")
    assert [SendClose(1000)] == sent
    assert "send a Ping" in said
    assert "wscli: command `/hlep`: there is no such command\n  hint: did you mean /help?" in said
    assert "close code `x`" in said
