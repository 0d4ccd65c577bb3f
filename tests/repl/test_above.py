"""Printing above the line being typed: in order, the prompt painted again, the terminal raw all the while."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session, in_terminal
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from tests.repl.scripted import Table
from wscli.repl.above import printing_above


class Paper:
    """What a terminal would be sent."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        """Nothing is held."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("no file")


class Raw:
    """Counts how often a terminal was cooked."""

    def __init__(self, pipe: PipeInput) -> None:
        self.times_cooked = 0
        cook = pipe.cooked_mode

        @contextmanager
        def cooked() -> Iterator[None]:
            self.times_cooked += 1
            with cook():
                yield

        pipe.cooked_mode = cooked  # type: ignore[method-assign]


@pytest.fixture
def terminal() -> Iterator[tuple[PipeInput, Paper, Raw]]:
    paper = Paper()
    output = Vt100_Output(paper, lambda: Size(24, 80), term="xterm", enable_cpr=False)  # type: ignore[arg-type]
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=output):
        yield pipe, paper, Raw(pipe)


async def until_shown(paper: Paper, text: str) -> None:
    while text not in paper.text:
        await asyncio.sleep(0)


def test_what_is_printed_stands_before_the_line_in_order_and_the_terminal_stays_raw(
    terminal: tuple[PipeInput, Paper, Raw],
) -> None:
    pipe, paper, raw = terminal

    async def talk() -> None:
        with printing_above():
            typing = asyncio.ensure_future(PromptSession[str]().prompt_async("> "))
            pipe.send_text("typed")
            await until_shown(paper, "typed")
            sys.stdout.write("first\n")
            sys.stderr.write("second\n")
            await until_shown(paper, "first\nsecond\n")
            pipe.send_text(" on\r")
            lines.append(await typing)

    lines: list[str] = []
    Table.run(talk())
    assert ["typed on"] == lines
    assert "typed" in paper.text.partition("second\n")[2]
    assert 0 == raw.times_cooked


def test_what_comes_between_two_lines_and_at_the_end_is_printed(terminal: tuple[PipeInput, Paper, Raw]) -> None:
    paper = terminal[1]

    async def talk() -> None:
        with printing_above():
            sys.stdout.write("between\n")
            await until_shown(paper, "between\n")
            sys.stdout.write("at the end\n")
        assert paper.text.endswith("at the end\n")

    Table.run(talk())


def test_what_comes_while_an_editor_is_open_waits_for_its_end(terminal: tuple[PipeInput, Paper, Raw]) -> None:
    pipe, paper, _ = terminal

    async def talk() -> None:
        closed = asyncio.Event()
        with printing_above():
            typing = asyncio.ensure_future(PromptSession[str]().prompt_async("> "))
            pipe.send_text("typed")
            await until_shown(paper, "typed")
            opened = asyncio.ensure_future(asyncio.wait_for(edit(closed), 20))
            await asyncio.sleep(0)
            sys.stdout.write("later\n")
            for _ in range(20):
                await asyncio.sleep(0.01)
            assert "later" not in paper.text
            closed.set()
            await opened
            await until_shown(paper, "later\n")
            pipe.send_text("\r")
            await typing

    Table.run(talk())


async def edit(closed: asyncio.Event) -> None:
    async with in_terminal():
        await closed.wait()
