"""The desk: what commands work on. The session as it stands, what went by, and the ways to send, say and wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Protocol

from wscli.errors import Problem, UsageProblem
from wscli.events import Batch, Event, Finding, Interest, MessageReceived, Noted, SessionEnded, Sink, SinkFailed
from wscli.protocol.step import Order
from wscli.render.style import Line, Painter
from wscli.repl.choices import Choices
from wscli.repl.store import KEPT_BYTES, KEPT_FRAMES, KeptMessage, Store
from wscli.repl.templates import Templates
from wscli.settings import ConnectionSettings
from wscli.text import size_text, visible

RECORDING = "recording of the prompt"
"""The name of the sink that `/record` begins."""
LET_GO = f"beyond {KEPT_FRAMES} or {size_text(KEPT_BYTES)}"

Watched = Callable[[Event], bool]


class Link(Protocol):
    """The connection as the prompt has it; it may be made anew."""

    settings: ConnectionSettings

    @property
    def is_open(self) -> bool:
        """Whether frames can go out."""

    def now(self) -> float:
        """Return the seconds since the session began."""

    def order(self, order: Order) -> None:
        """Send something."""

    def publish(self, event: Event) -> None:
        """Put an event of the user's own into the stream."""

    async def writable(self) -> None:
        """Wait until the peer takes what is sent."""

    async def reconnect(self, settings: ConnectionSettings) -> bool:
        """End what is there and connect anew; returns whether it is open."""

    def started_text(self) -> str:
        """Return when the first session began, in ISO 8601 and UTC: where recordings count from."""

    def findings(self) -> tuple[Finding, ...]:
        """Return what the rules find in the session so far."""

    def attach(self, sink: Sink, past: Iterable[Batch]) -> None:
        """Publish to this sink too, in this session and those after it; first give it what was."""

    def release(self, sink: Sink) -> None:
        """Publish to it no longer."""


class Desk:
    """What commands work on; a sink, so that they can wait for what comes."""

    name = "desk"
    interest = Interest.MESSAGES
    is_essential = False

    def __init__(
        self,
        link: Link,
        templates: Templates,
        *,
        painter: Painter,
        say: Callable[[str], None],
        width: Callable[[], int],
    ) -> None:
        self.link = link
        self.templates = templates
        self.store = Store()
        self.choices = Choices()
        self.typed: list[str] = []
        """The lines that were carried out, for `/save typed`."""
        self.recording: tuple[str, Sink] | None = None
        """Path and sink of what `/record` began."""
        self.wants_to_leave = False
        self.offers_reconnect = False
        """Whether the end of a session is followed by what can be done then."""
        self.depth = 0
        """How many scripts are being carried out, one called by the other."""
        self.painter = painter
        self.width = width
        self.say = say
        self._waiting: list[tuple[Watched, asyncio.Future[Event | None]]] = []
        self._has_let_go = False
        """Whether it was said that the oldest frames are no longer kept."""

    # --- Saying ----------------------------------------------------------------------------------------------------
    def show(self, lines: Sequence[Line]) -> None:
        """Paint lines above the prompt."""
        if lines:
            self.say(self.painter.paint(lines))

    def note(self, text: str) -> None:
        """Say a sentence of our own; it must be safe to show."""
        self.show([(("note", f"* {text}"),)])

    def offer_reconnect(self) -> None:
        """Say what can be done after the end of a session."""
        self.note("/reconnect connects again, /inspect and /show still look back, Ctrl-D leaves")

    def show_problem(self, problem: Problem) -> None:
        """Say what cannot be done, and the next step."""
        lines: list[Line] = [(("bad", f"wscli: {visible(str(problem))}"),)]
        if problem.hint:
            lines.append((("hint", f"  hint: {visible(problem.hint)}"),))
        self.show(lines)

    # --- Sending ---------------------------------------------------------------------------------------------------
    def send(self, order: Order) -> None:
        """Send something; UsageProblem where there is no open connection to send it on."""
        if not self.link.is_open:
            hint = "/reconnect connects again, /quit leaves"
            raise UsageProblem("prompt/closed", "connection", None, "it is closed, so nothing was sent", hint=hint)
        self.link.order(order)

    def take_note(self, text: str) -> None:
        """Put a note of the user's into the stream of events."""
        self.link.publish(Noted(text))

    # --- Waiting ---------------------------------------------------------------------------------------------------
    def accept(self, batch: Batch) -> None:
        """Wake up who waits for one of these events."""
        for event in batch.events:
            for entry in tuple(self._waiting):
                watched, future = entry
                if not future.done() and watched(event):
                    future.set_result(event)
                    self._waiting.remove(entry)
            if isinstance(event, SessionEnded):
                self.close()
                if self.offers_reconnect and not self.wants_to_leave:
                    self.offer_reconnect()
            elif isinstance(event, SinkFailed) and self.recording is not None and event.sink == RECORDING:
                (_, sink), self.recording = self.recording, None  # the transcript says why
                with suppress(OSError):  # said already
                    sink.close()
        if self.store.dropped and not self._has_let_go:
            self._has_let_go = True
            self.note(f"the oldest frames are let go from here on, {LET_GO}; /record keeps them all in a file")

    def close(self) -> None:
        """Nothing more will come."""
        for _, future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait_for(self, watched: Watched, seconds: float | None) -> Event | None:
        """Wait for the first event that fits; None where it did not come in time, or the session ended."""
        future: asyncio.Future[Event | None] = asyncio.get_running_loop().create_future()
        entry = (watched, future)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            return None
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)

    async def wait_for_message(self, fits: Callable[[bytes], bool], seconds: float) -> KeptMessage | None:
        """Return the first message that `/wait` has not passed by and that fits; None where none came in time."""
        deadline = self.link.now() + seconds
        while (found := self.store.unheard(fits)) is None:
            left = deadline - self.link.now()
            if left <= 0 or not self.link.is_open:
                return None
            await self.wait_for(lambda event: isinstance(event, MessageReceived), left)
        return found
