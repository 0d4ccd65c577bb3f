"""Commands that send."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.repl.scripted import Table, binary, text
from wscli.errors import EnvironmentProblem, Problem, UsageProblem
from wscli.protocol.step import Order, SendClose, SendFrame, SendPing, SendRaw
from wscli.repl.commands.sending import Missed
from wscli.repl.script import carry_out, run_script
from wscli.wire.frames import PONG, FrameOrder


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("hello", text("hello")),
        ("//slash", text("/slash")),
        (" kept out", text("kept out")),
        ("hi {{env:USER}}", text("hi ada")),
        ("/send", text("")),
        ("/send  two  words ", text("two  words ")),
        ("/send -- --binary", text("--binary")),
        ("/send --binary hi {{env:USER}}", binary(b"hi ada")),
        ("/send --hex 00 ff 7E", binary(b"\x00\xff\x7e")),
        ("/send --base64 aGVsbG8=", binary(b"hello")),
        ("/send --fragment 2 hello", text("hello", (2, 2))),
        ("/send --fragment 9 hello", text("hello", ())),
        ("/send --fragment 3,1 hello", text("hello", (3, 1))),
        ("/pong x", SendFrame(FrameOrder(PONG, b"x"))),
        ("/frame text,fin=0:hi {{env:USER}}", SendFrame(FrameOrder(1, b"hi ada", fin=False))),
        ("/raw 81 00", SendRaw(b"\x81\x00")),
        ("/raw --text GET / HTTP/1.1", SendRaw(b"GET / HTTP/1.1")),
        ("/close", SendClose(1000)),
        ("/close 1008 not  now", SendClose(1008, "not  now")),
        ("/close none", SendClose(None)),
    ],
)
def test_a_line_is_an_order(line: str, order: Order) -> None:
    table = Table()
    table.type(line)
    assert [order] == table.orders


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/send --hex zz", "bytes `zz`: they are not hexadecimal"),
        ("/send --base64 x", "message `x`: it is not base64"),
        ("/send --base64 ä", "it is not base64"),
        ("/send --hex --base64 00", "they exclude each other"),
        ("/send --fragment 0 x", "--fragment `0`: sizes are whole numbers from 1"),
        ("/send --fragment 1,,2 x", "sizes are whole numbers"),
        ("/send --file a b", "a file was named already"),
        ("/raw zz", "they are not hexadecimal"),
        ("/raw", "BYTES is missing"),
        ("/frame nonsense", "frame `nonsense`"),
        ("/ping 0", "it is no number from 1 to 10000"),
        ("/ping 10001", "it is no number from 1 to 10000"),
        ("/ping --every soon", "--every `soon`: it is no duration"),
        (f"/ping {'x' * 121}", "a Ping holds 125 bytes at most"),
        ("/close 70000", "close code `70000`"),
        ("/close x", "close code `x`"),
        (f"/close 1000 {'x' * 124}", "a reason has 123 bytes at most"),
        ("/repeat 0 x", "it is no number from 1 on"),
        ("/repeat 3", "MESSAGE is missing"),
        ("/wait (", "pattern `(`"),
        ("/wait --for x y", "--for `x`: it is no duration"),
    ],
)
def test_what_cannot_be_sent_is_refused(line: str, said: str) -> None:
    table = Table()
    with pytest.raises(UsageProblem) as caught:
        table.type(line)
    assert said in str(caught.value)
    assert [] == table.orders


@pytest.mark.parametrize("line", ["hello", "/send x", "/ping", "/ping 3", "/pong", "/close", "/raw 00", "/repeat 2 x"])
def test_nothing_is_sent_on_a_connection_that_is_closed(line: str) -> None:
    table = Table()
    table.end()
    with pytest.raises(UsageProblem) as caught:
        table.type(line)
    assert "connection: it is closed, so nothing was sent" == str(caught.value)
    assert "/reconnect" in str(caught.value.hint)


def test_a_file_is_sent_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a picture"
    path.write_bytes(b"\x89PNG{{now}}")
    table = Table()
    table.type(f"/send --file '{path}'", f"/send --binary --fragment 4 --file '{path}'")
    assert [text(""), binary(b"\x89PNG{{now}}", (4, 4))][1:] == table.orders[1:]
    assert b"\x89PNG{{now}}" == table.orders[0].payload  # type: ignore[union-attr]


def test_a_file_that_is_not_there_says_so() -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        Table().type("/send --file /nowhere/at/all")
    assert "file `/nowhere/at/all`: No such file or directory" == str(caught.value)


def test_a_template_is_shown_as_it_goes_out_when_asked_for() -> None:
    table = Table()
    assert "" == table.type("{{counter}}")
    assert "  as 2\n" == table.type("/set preview on", "{{counter}}", "plain")


def test_one_ping_says_nothing_beside_its_frames() -> None:
    table = Table()
    assert "" == table.type("/ping abc")
    assert [SendPing(b"abc")] == table.orders


def test_several_pings_are_counted_and_timed() -> None:
    table = Table()
    said = table.type("/ping 3 --every 0 x")
    assert [SendPing(b"x#1"), SendPing(b"x#2"), SendPing(b"x#3")] == table.orders
    assert "* 3 Pings, 3 Pongs, 0 % lost  round trip min 2.0 ms · avg 2.0 ms · max 2.0 ms\n" == said


def test_pings_that_the_end_of_the_session_leaves_unanswered_are_lost() -> None:
    table = Table()
    table.link.answers_pings = False

    async def ping() -> None:
        running = asyncio.ensure_future(carry_out(table.desk, "/ping 2"))
        while not table.orders:
            await asyncio.sleep(0)
        table.end()
        await running

    table.run(ping())
    assert "* 2 Pings, 0 Pongs, 100 % lost\n" in table.text


def test_repeating_fills_templates_in_each_time() -> None:
    table = Table()
    table.type("/repeat 3 --every 1ms n={{counter}}", "/repeat 1 //x")
    assert [text("n=1"), text("n=2"), text("n=3"), text("/x")] == table.orders


def test_waiting_sees_what_came_since_the_line_before() -> None:
    table = Table()
    table.come("old ready")
    table.type("login")
    table.come("ready now")
    assert "* #2 fits\n" == table.type("/wait ready")


def test_waiting_goes_on_until_a_message_fits() -> None:
    table = Table()

    async def wait() -> None:
        running = asyncio.ensure_future(carry_out(table.desk, "/wait ^yes$"))
        await asyncio.sleep(0)
        for payload in ("no", "yes?", "yes"):
            table.come(payload)
            await asyncio.sleep(0)
        await running

    table.run(wait())
    assert "* #3 fits\n" == table.text


def test_a_script_misses_nothing_between_two_waits() -> None:
    table = Table()
    table.come("welcome")
    table.come("ready")
    table.run(run_script(table.desk, b"/wait welcome\n/ping\n/wait ready\n", "s"))
    assert "* #1 fits\n* #2 fits\n" == table.text


def test_a_message_that_does_not_come_in_time_is_missed() -> None:
    table = Table()
    table.come("other")
    with pytest.raises(Missed) as caught:
        table.type("/wait --for 0 ready")
    assert "/wait `ready`: no such message came within 0.0 ms" == str(caught.value)


def test_a_wait_that_the_end_of_the_session_breaks_says_so() -> None:
    table = Table()

    async def wait() -> None:
        running = asyncio.ensure_future(carry_out(table.desk, "/wait ready"))
        await asyncio.sleep(0)
        table.end()
        await running

    with pytest.raises(Problem) as caught:
        table.run(wait())
    assert "the connection ended before one came" in str(caught.value)
