"""A client beside a prompt or a script: one connection, or several one after the other, on the event loop."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from wscli.app.console import say
from wscli.app.exit_status import ExitStatus
from wscli.app.outputs import Outputs
from wscli.app.pipeline import settle
from wscli.app.verdict import VerdictSink
from wscli.diagnose.diagnosis import Diagnosis, judge
from wscli.engine.async_driver import AsyncDriver
from wscli.engine.bus import Bus
from wscli.engine.jobs.job import IdleJob, Job
from wscli.engine.session import Session
from wscli.events import Batch, Event, Finding, Side, Sink
from wscli.net.dial import layers_for
from wscli.protocol.client import ClientConnection, preflight_requests
from wscli.protocol.step import Order, SendClose
from wscli.render.transcript import Transcript
from wscli.repl.desk import Desk
from wscli.repl.display import WINDOW, Display
from wscli.repl.store import Store
from wscli.repl.templates import Templates
from wscli.settings import ConnectionSettings

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Later:
    """A sink that outlives a session: what the next one observes happened so much later (a Sink)."""

    def __init__(self, sink: Sink, by: float) -> None:
        self.name = sink.name
        self.interest = sink.interest
        self.is_essential = sink.is_essential
        self.sink = sink
        self._by = by

    def accept(self, batch: Batch) -> None:
        """Pass a batch on."""
        self.sink.accept(batch.replace(at=batch.at + self._by) if self._by else batch)

    def close(self) -> None:
        """Close the sink itself."""
        self.sink.close()


class Conversation:
    """Connects, and again when asked to; the desk's link."""

    def __init__(
        self,
        settings: ConnectionSettings,
        outputs: Outputs,
        level: int,
        make_job: Callable[[], Job],
    ) -> None:
        self.settings = settings
        console = outputs.console
        self._console = console
        self._outputs = outputs
        self._level = level
        self._make_job = make_job
        self._lasting: list[Sink] = [sink for sink in outputs.sinks if sink is not outputs.verdict]
        """Sinks that stay from one session to the next."""
        self._painter = console.painter(1)
        templates = Templates(clock=time.time, entropy=os.urandom, environment=os.environ, last=self._last_received)
        self.desk = Desk(self, templates, painter=self._painter, say=say, width=console.width)
        self._begun = 0.0
        self._driver: AsyncDriver | None = None
        self._bus = Bus(())
        self._job: Job = IdleJob()
        self._diagnosis = Diagnosis(settings.url.text)
        self._running: asyncio.Task[None] | None = None
        self._beside: asyncio.Task[None] | None = None
        self._display: Display | None = None
        self._failure: BaseException | None = None
        """What went wrong in a callback of the loop: a fault of ours."""

    # --- The desk's link ---------------------------------------------------------------------------------------------
    @property
    def is_open(self) -> bool:
        """Whether frames can go out."""
        return self._driver is not None and self._driver.can_send

    def now(self) -> float:
        """Return the seconds since the session began."""
        return 0.0 if self._driver is None else self._driver.now()

    def order(self, order: Order) -> None:
        """Send something."""
        assert self._driver is not None  # asked only while open
        self._driver.order(order)

    def publish(self, event: Event) -> None:
        """Put an event of the user's own into the stream."""
        assert self._driver is not None  # the desk works beside a session
        self._driver.publish(event)

    async def writable(self) -> None:
        """Wait until the peer takes what is sent."""
        assert self._driver is not None  # as above
        await self._driver.writable()

    async def reconnect(self, settings: ConnectionSettings) -> bool:
        """End what is there and connect anew; returns whether it is open."""
        self.desk.offers_reconnect, offers = False, self.desk.offers_reconnect
        await self._end()
        self.desk.offers_reconnect = offers
        self.settings = settings
        await self._begin()
        return self.is_open

    def started_text(self) -> str:
        """Return when the first session began, in ISO 8601 and UTC."""
        return self._console.started_text()

    def findings(self) -> tuple[Finding, ...]:
        """Return what the rules find in the session so far."""
        if self.desk.store.ended is not None:
            return tuple(self.desk.store.findings)
        case = self._diagnosis.case
        return judge(case) if case.has_trouble else ()

    def attach(self, sink: Sink, past: Iterable[Batch]) -> None:
        """Publish to this sink too, in this session and those after it; first give it what was."""
        later = Later(sink, self._begun)
        for batch in past:
            later.accept(batch)
        self._lasting.append(sink)
        self._bus.attach(later)

    def release(self, sink: Sink) -> None:
        """Publish to it no longer."""
        self._lasting = [lasting for lasting in self._lasting if lasting is not sink]
        for attached in self._bus.attached:
            if isinstance(attached, Later) and attached.sink is sink:
                self._bus.release(attached)

    def _last_received(self) -> bytes | None:
        newest = next(self.desk.store.messages(Side.REMOTE), None)
        return None if newest is None else newest.payload

    # --- Sessions ----------------------------------------------------------------------------------------------------
    async def _begin(self) -> None:
        """Begin a session and wait until it is open, or will never be."""
        loop, settings, outputs = asyncio.get_running_loop(), self.settings, self._outputs
        if self._driver is not None:
            self._begun += self._driver.now()
        verdict = outputs.verdict = VerdictSink()
        transcript = Transcript(
            say,
            self._painter,
            self._level,
            width=self._console.width,
            wraps=self._console.is_output_terminal,
            exit_status=lambda: int(verdict.status),
        )
        desk, store = self.desk, Store()
        desk.store, self._display = store, Display(transcript, say, self._painter, self.desk.choices)
        lasting = [Later(sink, self._begun) for sink in self._lasting]
        self._bus = Bus([verdict, store, self._display, *lasting, desk])
        self._job, self._diagnosis = self._make_job(), Diagnosis(settings.url.text)
        connection = ClientConnection(settings, os.urandom, self._bus.interest | self._job.interest)
        stack = layers_for(settings, preflight_requests(settings))
        session = Session(settings, connection, stack, self._bus, self._job, annotate=self._diagnosis.annotate)
        self._driver = AsyncDriver(session)
        self._running = loop.create_task(self._driver.run(), name="session")
        await self._driver.settled.wait()

    async def _end(self) -> None:
        """End the session with its closing handshake, and wait for that."""
        assert self._driver is not None  # begun before
        assert self._running is not None  # as above
        if self._driver.can_send:
            self._driver.order(SendClose(1000))
        await self._running
        attached = self._bus.attached
        self._lasting = [one.sink for one in attached if isinstance(one, Later)]

    async def run(self, beside: Callable[[Desk], Coroutine[Any, Any, None]] | None) -> None:
        """Connect, do what is to be done beside it (a prompt, a script) where it opens, and end."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._fail)
        for name in SIGNALS:
            loop.add_signal_handler(getattr(signal, name), self._interrupt, name)
        try:
            await self._begin()
            if beside is not None and self.desk.store.opened is not None:
                await self._stay(beside)
            else:
                assert self._running is not None  # just begun
                await self._running
        finally:
            for name in SIGNALS:
                loop.remove_signal_handler(getattr(signal, name))
        if self._failure is not None:
            raise self._failure

    async def _stay(self, beside: Callable[[Desk], Coroutine[Any, Any, None]]) -> None:
        """Do what is to be done beside the session, and end that after it."""
        loop = asyncio.get_running_loop()
        self._beside = loop.create_task(beside(self.desk), name="prompt")
        turning = loop.create_task(self._turn_windows(), name="display")
        try:
            await asyncio.wait((self._beside,))
        finally:
            turning.cancel()
            await self._end()
        if not self._beside.cancelled():  # else by a signal or a fault
            self._beside.result()

    async def _turn_windows(self) -> None:
        """Say what the display held back also when nothing more comes."""
        while True:
            await asyncio.sleep(WINDOW / 2)
            assert self._display is not None  # begun before
            self._display.tick(self.now())

    def _interrupt(self, name: str) -> None:
        """A signal came: leave politely; while a prompt reads, Ctrl-C is a key and none comes."""
        self.desk.wants_to_leave = True
        assert self._driver is not None  # made before the loop has a turn
        self._driver.interrupt(name)
        if self._beside is not None:
            self._beside.cancel()

    def _fail(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Something went wrong where nobody waits for it: leave, and let it be reported."""
        error = context.get("exception")
        if error is None or isinstance(error, OSError):
            return  # a stream that fails is the driver's matter, which is told by other means
        self._failure = self._failure or error
        if self._beside is not None:
            self._beside.cancel()

    def settle(self) -> ExitStatus:
        """Close the outputs and return how the last session went; Problem where an output failed."""
        self._bus.close(self.now())
        self._outputs.close()
        return settle(self._outputs, self._bus, self._job)
