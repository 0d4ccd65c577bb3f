"""The desk: saying, sending, waiting, and what it does when the session ends."""

from __future__ import annotations

import asyncio

import pytest

from tests.repl.scripted import Table
from wscli.errors import EnvironmentProblem, UsageProblem
from wscli.events import Event, MessageReceived, PongMatched


def is_pong(event: Event) -> bool:
    return isinstance(event, PongMatched)


def test_a_problem_is_said_escaped_with_its_hint() -> None:
    table = Table()
    table.desk.show_problem(UsageProblem("a/b", "thing", "x\x1b", "it is none", hint="try\x07"))
    table.desk.show_problem(EnvironmentProblem("a/b", "thing", None, "it is none"))
    assert "wscli: thing `x\\x1b`: it is none\n  hint: try\\x07\nwscli: thing: it is none\n" == table.text


def test_nothing_to_show_says_nothing() -> None:
    table = Table()
    table.desk.show([])
    assert [] == table.said


def test_two_can_wait_for_different_things() -> None:
    table = Table()

    async def wait() -> None:
        pong = asyncio.ensure_future(table.desk.wait_for(is_pong, None))
        message = asyncio.ensure_future(table.desk.wait_for(lambda event: isinstance(event, MessageReceived), None))
        await asyncio.sleep(0)
        table.come("x")
        assert isinstance(await message, MessageReceived)
        assert not pong.done()
        table.link.observe(PongMatched(b"", 0.1), PongMatched(b"second", 0.1))
        assert PongMatched(b"", 0.1) == await pong

    table.run(wait())


def test_waiting_ends_with_time_and_with_the_session() -> None:
    table = Table()

    async def wait() -> None:
        assert await table.desk.wait_for(is_pong, 0) is None
        waiting = asyncio.ensure_future(table.desk.wait_for(is_pong, None))
        await asyncio.sleep(0)
        table.end()
        assert await waiting is None

    table.run(wait())


def test_who_is_cancelled_does_not_go_on_waiting() -> None:
    table = Table()

    async def wait() -> None:
        waiting = asyncio.ensure_future(table.desk.wait_for(is_pong, None))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        table.link.observe(PongMatched(b"", 0.1))

    table.run(wait())


def test_the_end_of_a_session_offers_to_connect_again() -> None:
    table = Table()
    table.end()
    assert "" == table.text
    table.desk.offers_reconnect = True
    table.end()
    assert "* /reconnect connects again" in table.text
    table.desk.wants_to_leave = True
    table.said.clear()
    table.end()
    assert "" == table.text


def test_frames_that_are_let_go_are_said_once() -> None:
    table = Table()
    table.desk.store.dropped = 3
    table.come("x")
    table.come("x")
    assert 1 == table.text.count("the oldest frames are let go from here on, beyond 50000 or 32.0 MiB; /record keeps")
