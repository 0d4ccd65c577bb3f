"""The prompt, typed at through prompt-toolkit's pipe: keys, history, what goes on beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.history import History
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from tests.repl.scripted import Table, text
from wscli.protocol.step import SendClose, SendPing
from wscli.repl.history import PassingHistory, open_history
from wscli.repl.prompt import Prompt


@pytest.fixture
def typed() -> Iterator[PipeInput]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield pipe


CLOSE = SendClose(1000)


def run(pipe: PipeInput, keys: str | bytes, table: Table | None = None, history: History | None = None) -> Table:
    table = table or Table()
    pipe.send_bytes(keys if isinstance(keys, bytes) else keys.encode())
    table.run(Prompt(table.desk, history or PassingHistory(), lambda: " toolbar", colour=False).run())
    return table


def test_lines_are_sent_until_the_end_of_input(typed: PipeInput) -> None:
    assert [text("one"), text("two"), CLOSE] == run(typed, "one\r\r  \rtwo\r\x04").orders


def test_quit_leaves(typed: PipeInput) -> None:
    assert [CLOSE] == run(typed, "/quit\r").orders


def test_the_end_of_input_after_the_end_of_the_session_leaves_too(typed: PipeInput) -> None:
    table = Table()
    table.end()
    assert [] == run(typed, "\x04", table).orders
    assert "* /reconnect connects again" in table.text


def test_an_interrupt_drops_the_line(typed: PipeInput) -> None:
    table = run(typed, "dropped\x03kept\r\x04")
    assert [text("kept"), CLOSE] == table.orders
    assert "" == table.text


def test_an_interrupt_on_an_empty_line_says_how_to_leave(typed: PipeInput) -> None:
    assert "* nothing is under way; Ctrl-D or /quit leaves\n" == run(typed, "\x03\x04").text


def test_an_interrupt_on_an_empty_line_stops_what_is_under_way(typed: PipeInput) -> None:
    table = run(typed, "/repeat 9 --every 1h again\rmeanwhile\r\x03after\r\x04")
    assert [text("again"), text("meanwhile"), text("after"), CLOSE] == table.orders
    assert "* stopped\n" == table.text


def test_leaving_stops_what_is_under_way(typed: PipeInput) -> None:
    table = Table()
    table.link.answers_pings = False
    assert [SendPing(b""), CLOSE] == run(typed, "/ping\r\x04", table).orders


def test_mistakes_are_answered_and_nothing_is_sent(typed: PipeInput) -> None:
    table = run(typed, "/hlep\r/close x\r/send --hex zz\x1b\r{{nope}}\r\x04")
    assert [CLOSE] == table.orders
    assert "wscli: command `/hlep`: there is no such command\n  hint: did you mean /help?\n" in table.text
    assert "close code `x`" in table.text
    assert "they are not hexadecimal" in table.text
    assert "there is no such template" in table.text


def test_enter_goes_on_while_brackets_are_open(typed: PipeInput) -> None:
    assert [text('{\n"a": [1,\n2]}'), CLOSE] == run(typed, '{\r"a": [1,\r2]}\r\x04').orders


def test_alt_enter_sends_inside_brackets(typed: PipeInput) -> None:
    assert [text("{\n1"), CLOSE] == run(typed, "{\r1\x1b\r\x04").orders


def test_multiline_makes_enter_a_new_line_and_alt_enter_send(typed: PipeInput) -> None:
    table = run(typed, "/set multiline on\ra\rb\x1b\r/set multiline off\x1b\rc\r\x04")
    assert [text("a\nb"), text("c"), CLOSE] == table.orders


def test_vi_keys_can_be_chosen_and_given_up(typed: PipeInput) -> None:
    table = run(typed, "/set keys vi\rabc\x1b0iX\r/set keys emacs\rabc\x01X\r\x04")
    assert [text("Xabc"), text("Xabc"), CLOSE] == table.orders


def test_a_large_paste_goes_out_as_one_message(typed: PipeInput) -> None:
    pasted = "line\r\n" * 5000
    orders = run(typed, f"\x1b[200~{pasted}\x1b[201~!\r\x04").orders
    assert [text("line\n" * 5000 + "!"), CLOSE] == orders


def test_a_small_paste_is_edited_as_if_typed(typed: PipeInput) -> None:
    assert [text("aXb\nc"), CLOSE] == run(typed, "\x1b[200~ab\rc\x1b[201~\x1b[A\x1b[D\x1b[C\x1b[1~\x1b[CX\r\x04").orders


def test_bytes_that_are_no_utf8_go_out_as_they_are(typed: PipeInput, tmp_path: Path) -> None:
    orders = run(typed, b"a\xffb\r\x04", history=open_history(tmp_path / "kept")).orders
    assert b"a\xffb" == orders[0].payload  # type: ignore[union-attr]


def drive(pipe: PipeInput, *steps: tuple[str, Callable[[Buffer], bool]], lines: tuple[str, ...] = ()) -> Table:
    """Type keys, each step once the line is as the one before wants it."""
    table = Table()
    history = PassingHistory()
    for line in lines:
        history.append_string(line)

    async def type_them() -> None:
        prompt = Prompt(table.desk, history, lambda: "")
        running = asyncio.ensure_future(prompt.run())
        for keys, is_reached in steps:
            pipe.send_text(keys)
            while not is_reached(prompt._session.default_buffer):
                await asyncio.sleep(0)
        pipe.send_text("\x04")
        await running

    table.run(type_them())
    return table


def shows(line: str) -> Callable[[Buffer], bool]:
    return lambda buffer: buffer.text == line


def test_the_lines_before_come_back(typed: PipeInput) -> None:
    loaded = ("", lambda buffer: len(buffer._working_lines) == 3)
    steps = (("\x1b[A", shows("beta")), ("\x1b[A", shows("alpha")), ("!\r", shows("")))
    assert [text("alpha!"), CLOSE] == drive(typed, loaded, *steps, lines=("alpha", "beta")).orders


def test_the_lines_before_can_be_searched(typed: PipeInput) -> None:
    loaded = ("", lambda buffer: len(buffer._working_lines) == 4)
    steps = (("\x12be\r", shows("beta")), ("\r", shows("")))
    assert [text("beta"), CLOSE] == drive(typed, loaded, *steps, lines=("alpha", "beta", "gamma")).orders


def test_what_was_typed_before_is_suggested(typed: PipeInput) -> None:
    def suggests(buffer: Buffer) -> bool:
        return buffer.text == "a l" and buffer.suggestion is not None and buffer.suggestion.text == "ong line"

    loaded = ("", lambda buffer: len(buffer._working_lines) == 2)
    steps = (("a l", suggests), ("\x05", shows("a long line")), ("\r", shows("")))
    assert [text("a long line"), CLOSE] == drive(typed, loaded, *steps, lines=("a long line",)).orders


def test_a_chosen_completion_is_taken_by_enter_and_sent_by_the_next(typed: PipeInput) -> None:
    steps = (
        ("/p\t", lambda buffer: buffer.complete_state is not None),
        ("\t", shows("/ping")),
        ("\r", lambda buffer: buffer.complete_state is None),
        ("\r", shows("")),
    )
    assert [SendPing(b""), CLOSE] == drive(typed, *steps).orders


@pytest.mark.usefixtures("typed")
def test_json_is_judged_while_it_is_typed() -> None:
    judged = []

    async def judge() -> None:
        prompt = Prompt(Table().desk, PassingHistory(), lambda: "")
        for line in ("text", '{"a": 1}', '{"a": }', "[" * 30_000):
            prompt._session.default_buffer.text = line
            judged.append(prompt._judge_line())

    Table.run(judge())
    assert ["", "JSON", "expecting value at line 1, column 7", ""] == judged


def test_a_fault_of_a_command_is_reported_to_who_runs_the_loop(typed: PipeInput) -> None:
    table = Table()
    table.desk.show = None  # type: ignore[assignment]  # a fault as good as any
    failures: list[object] = []

    async def fail() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context["exception"]))
        typed.send_text("/help\r\x04")
        await Prompt(table.desk, PassingHistory(), lambda: "").run()

    table.run(fail())
    assert ["TypeError"] == [type(failure).__name__ for failure in failures]
