"""Our own client and server on one event loop: what a visit comes to, as events and an exit status."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from wscli.app.exit_status import ExitStatus
from wscli.app.verdict import VerdictSink
from wscli.diagnose.diagnosis import Diagnosis
from wscli.engine.async_driver import AsyncDriver
from wscli.engine.bus import Bus
from wscli.engine.jobs.send import SendJob, SendPlan
from wscli.engine.jobs.stopping import StopRule
from wscli.engine.session import Session
from wscli.events import Batch, Event, Interest, MessageKind
from wscli.net.dial import layers_for
from wscli.protocol.client import ClientConnection, preflight_requests
from wscli.protocol.step import SendMessage
from wscli.serve.server import Server
from wscli.settings import ConnectionSettings, Limits, ServerSettings
from wscli.wire.url import decode_url


class Keeping:
    """A sink that keeps every event."""

    name = "keeping"
    interest = Interest.FRAMES | Interest.MESSAGES
    is_essential = False

    def __init__(self) -> None:
        self.events: list[Event] = []

    def accept(self, batch: Batch) -> None:
        self.events += batch.events

    def close(self) -> None:
        """Nothing is held."""


async def visit(
    url: str,
    messages: Sequence[bytes] = (b"hi",),
    replies: int | None = None,
    *,
    is_short: bool = False,
    **changes: object,
) -> tuple[ExitStatus, list[Event]]:
    """Connect, send text messages, wait for as many replies, close; returns how it went and everything observed.

    Only what is about time limits is short of time; the machine that runs the rest may be slow.
    """
    limits = Limits(connect=0.3, total=1.0, close=0.3) if is_short else Limits(connect=30.0, total=30.0, close=10.0)
    settings = ConnectionSettings(decode_url(url), limits=limits).replace(**changes)
    keeping, verdict = Keeping(), VerdictSink()
    bus = Bus([keeping, verdict])
    orders = tuple(SendMessage(MessageKind.TEXT, message) for message in messages)
    job = SendJob(
        SendPlan(
            messages=orders, stop=StopRule(len(messages) if replies is None else replies), idle=0.5 if is_short else 1.0
        )
    )
    connection = ClientConnection(settings, os.urandom, bus.interest | job.interest)
    stack, diagnosis = layers_for(settings, preflight_requests(settings)), Diagnosis(settings.url.text)
    session = Session(settings, connection, stack, bus, job, annotate=diagnosis.annotate)
    await AsyncDriver(session).run()
    return verdict.status, keeping.events


def visit_served(path: str = "/", settings: ServerSettings | None = None, **options: object) -> tuple[int, list[Event]]:
    """Visit a server of its own."""

    async def run() -> tuple[ExitStatus, list[Event]]:
        server = Server(settings or ServerSettings())
        url = await server.start()
        try:
            return await visit(url.rstrip("/") + path, **options)  # type: ignore[arg-type]
        finally:
            await server.stop()

    status, events = asyncio.run(run())
    return int(status), events
