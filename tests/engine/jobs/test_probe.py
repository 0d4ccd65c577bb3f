"""What a probe of a diagnosis orders."""

from __future__ import annotations

from collections.abc import Sequence

from wscli.engine.jobs.probe import PAYLOAD, ProbeJob
from wscli.events import Batch, CloseReceived, Event, Opened, PongMatched, SessionEnded
from wscli.protocol.step import Order, SendClose, SendPing
from wscli.wire.close import ClosePayload

OPENED = Opened(None, "", None)
PONG = PongMatched(PAYLOAD, 0.01)
CLOSED = CloseReceived(1, ClosePayload(b"", None, ""))


def show(job: ProbeJob, at: float, *events: Event) -> list[Order]:
    orders: Sequence[Order] = job.observe(Batch(at, events))
    return list(orders)


def test_without_a_ping_it_closes_once_open() -> None:
    job = ProbeJob()
    assert [SendClose(1000)] == show(job, 1.0, OPENED)
    assert [] == show(job, 2.0, PONG)
    assert None is job.wake_at


def test_it_pings_once_open_and_closes_at_the_pong() -> None:
    held: list[str] = []
    job = ProbeJob(5.0, lambda: held.append("open"))
    assert [SendPing(PAYLOAD)] == show(job, 1.0, OPENED)
    assert 6.0 == job.wake_at
    assert [] == show(job, 1.5, PONG, PONG)
    assert ["open"] == held
    assert 1.5 == job.wake_at
    assert [SendClose(1000)] == list(job.tick(1.8))
    assert None is job.wake_at
    assert None is job.missed


def test_a_missing_pong_is_missed() -> None:
    job = ProbeJob(5.0)
    show(job, 1.0, OPENED)
    assert () == job.tick(5.9)
    assert [SendClose(1000)] == list(job.tick(6.0))
    assert "no Pong came" == job.missed
    assert () == job.tick(7.0)


def test_a_connection_that_ends_anyway_is_left_alone() -> None:
    job = ProbeJob(5.0)
    assert [] == show(job, 1.0, OPENED, CLOSED)
    assert None is job.wake_at
    job = ProbeJob(5.0)
    show(job, 1.0, OPENED)
    assert [] == show(job, 2.0, SessionEnded(None, None, None, is_clean=False, stream=None))
    assert None is job.wake_at


def test_a_pong_and_a_close_at_once_hold_nothing_up() -> None:
    held: list[str] = []
    job = ProbeJob(5.0, lambda: held.append("open"))
    show(job, 1.0, OPENED)
    assert [] == show(job, 1.5, PONG, CLOSED)
    assert [] == held
    assert None is job.wake_at
