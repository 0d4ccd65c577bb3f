"""The session logic that both drivers share: bytes through the layers, effects performed, deadlines kept, events out.

A driver opens a stream and then moves bytes: it calls `stream_opened`, `received`, `stream_ended` and `tick`, writes
what `take_outgoing` gives and says with `written` how much went out, and flushes and leaves at `is_over`. Everything
that is more than that is here, so that it exists once.

Order within one call: the core's step, its events to the bus and to the job, its effects to the layers, then the job's
orders, until nothing more follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wscli.engine.bus import Bus
from wscli.engine.jobs.job import Job
from wscli.events import (
    Batch,
    Connected,
    ConnectFailed,
    Event,
    Interrupted,
    NameFailed,
    Opened,
    SessionEnded,
    StreamEnd,
    TimeLimitPassed,
    TlsFailed,
)
from wscli.net.layer import LayerStep
from wscli.net.stack import Stack
from wscli.protocol.client import ClientConnection
from wscli.protocol.states import CLOSING, State
from wscli.protocol.step import Order, SendBytes, SendClose, Step
from wscli.settings import ConnectionSettings

HIGH_WATER = 1 << 20
"""Bytes waiting to go out above which no more input is taken."""

Annotate = Callable[[Batch], Batch]
"""Returns a batch with what somebody has to say of it."""


def as_it_is(batch: Batch) -> Batch:
    """Return the batch: nobody has anything to say."""
    return batch


GRACE = 1.0
"""Seconds that an interrupted session gets for its closing handshake."""


class Session:
    """One client session from the first look-up to its end."""

    def __init__(
        self,
        settings: ConnectionSettings,
        connection: ClientConnection,
        stack: Stack,
        bus: Bus,
        job: Job,
        *,
        annotate: Annotate = as_it_is,
    ) -> None:
        self.settings = settings
        self.connection = connection
        self.bus = bus
        self.job = job
        self.is_over = False
        """Nothing more will be observed."""
        self._stack = stack
        self._annotate = annotate
        self._outgoing: list[bytes] = []
        self.outgoing_size = 0
        """Bytes not yet handed to the system."""
        self._is_stream_open = False
        self._is_ready = False
        limits = settings.limits
        self._open_due = limits.connect
        self._total_due = limits.total
        self._grace_due: float | None = None

    # --- What the driver tells --------------------------------------------------------------------------------------
    def note(self, now: float, *events: Event) -> None:
        """Publish what the driver observed while it opened the stream."""
        self._publish(now, events)

    def fail(self, now: float, event: NameFailed | ConnectFailed) -> None:
        """No stream could be opened: the session is over."""
        self.note(now, event)
        self._end_without_stream(now)

    def stream_opened(self, now: float, address: str, local_address: str) -> None:
        """The byte stream is there: start the layers and, once they are ready, the handshake."""
        self._is_stream_open = True
        self.note(now, Connected(address, local_address))
        self._through(self._stack.start(), now)

    def received(self, data: bytes, now: float) -> None:
        """Bytes came from the peer."""
        self._through(self._stack.receive(data), now)
        self._look_at_sinks(now)

    def stream_ended(self, how: StreamEnd, detail: str, now: float) -> None:
        """The peer's byte stream ended."""
        if self.is_over:
            return
        step = self._stack.receive_eof()
        if how is not StreamEnd.FINISHED and step.ended is StreamEnd.FINISHED:
            step = step.replace(ended=None)  # the layers only see that nothing more comes; the driver saw how
        elif step.ended is StreamEnd.FAILED and not self._is_ready:
            step = step.replace(ended=how)  # it failed because the stream ended
        self._through(step, now)
        if not self.is_over:
            self._perform(self.connection.receive_eof(now, how, detail), now)

    def take_outgoing(self) -> bytes:
        """Return everything that waits to go out, joined; the driver reports with `written` what is really out."""
        joined = self._outgoing[0] if len(self._outgoing) == 1 else b"".join(self._outgoing)
        self._outgoing = []
        return joined

    def written(self, count: int, now: float) -> None:
        """So many bytes were handed to the system."""
        self.outgoing_size -= count
        if not self.outgoing_size:
            self.job.flushed(now)

    def drop_outgoing(self) -> None:
        """The peer takes nothing more: forget what waits to go out."""
        self._outgoing = []
        self.outgoing_size = 0

    # --- Input ------------------------------------------------------------------------------------------------------
    @property
    def wants_input(self) -> bool:
        """Whether standard input should be read: the job wants it and what waits to go out is below the mark."""
        return self.outgoing_size < HIGH_WATER and not self.is_over and self.job.wants_input

    def take_input(self, data: bytes, now: float) -> None:
        """Bytes of standard input."""
        self._obey(self.job.take_input(data, now), now)

    def end_input(self, now: float) -> None:
        """Standard input is over."""
        self._obey(self.job.end_input(now), now)

    def order(self, order: Order, now: float) -> None:
        """Send something on behalf of somebody outside, as the prompt."""
        self._obey((order,), now)

    # --- Time -------------------------------------------------------------------------------------------------------
    @property
    def wake_at(self) -> float | None:
        """When `tick` should be called next."""
        due = (self._open_due, self._total_due, self._grace_due, self.connection.wake_at, self.job.wake_at)
        return min((time for time in due if time is not None), default=None)

    def tick(self, now: float) -> None:
        """Do what has become due."""
        limits = self.settings.limits
        if self._total_due is not None and now >= self._total_due:
            self._run_out("max-time", limits.total or 0.0, now)
        elif self._open_due is not None and now >= self._open_due:
            self._run_out("connect-timeout", limits.connect or 0.0, now)
        elif self._grace_due is not None and now >= self._grace_due:
            self._abandon(now)
        else:
            self._perform(self.connection.tick(now), now)
            self._obey(self.job.tick(now), now)

    def output_closed(self, now: float) -> None:
        """Nobody reads the output any more: the session has no purpose without it."""
        self.bus.lose_essential(now, BrokenPipeError(32, "Broken pipe"))
        self._look_at_sinks(now)

    def interrupt(self, signal: str, now: float) -> None:
        """The user wants to stop: say Close 1001 where that is possible and leave soon; asked again, leave at once."""
        self.note(now, Interrupted(signal))
        if self.connection.can_send and self._grace_due is None:
            self._grace_due = now + GRACE
            self._obey((SendClose(1001, "interrupted"),), now)
        else:
            self._abandon(now)

    def _run_out(self, limit: str, seconds: float, now: float) -> None:
        self._open_due = self._total_due = None
        self.note(now, TimeLimitPassed(limit, seconds))
        if self.connection.can_send:
            # Said, but not waited for: a limit is a limit.
            self._obey((SendClose(1001, limit),), now)
        self._abandon(now)

    def _abandon(self, now: float) -> None:
        if self._is_stream_open:
            self._perform(self.connection.abandon(now), now)
        elif not self.is_over:
            self._end_without_stream(now)

    def _end_without_stream(self, now: float) -> None:
        self._publish(now, (SessionEnded(None, None, None, is_clean=False, stream=None),))

    # --- The inside -------------------------------------------------------------------------------------------------
    def _through(self, layer_step: LayerStep, now: float) -> None:
        """Take what the layers made of something: events, bytes down, bytes up, an end."""
        if layer_step.events:
            self.note(now, *layer_step.events)
        self._put(layer_step.down)
        if layer_step.is_ready and not self._is_ready:
            self._is_ready = True
            self._perform(self.connection.start(now), now)
        if layer_step.up:
            self._perform(self.connection.receive(layer_step.up, now), now)
        if layer_step.ended is not None and not self.is_over:
            self._perform(self._end_of_layers(layer_step, layer_step.ended, now), now)

    def _end_of_layers(self, layer_step: LayerStep, how: StreamEnd, now: float) -> Step:
        # With TLS 1.3 a server says only after the handshake that it wants a certificate: that it then gives no answer
        # to the upgrade is no second failure.
        has_tls_failed = any(isinstance(event, TlsFailed) for event in layer_step.events)
        if not self._is_ready or (has_tls_failed and self.connection.state is State.CONNECTING):
            return self.connection.abandon(now, how=StreamEnd.ABANDONED if how is StreamEnd.FAILED else how)
        return self.connection.receive_eof(now, how)

    def _perform(self, step: Step, now: float) -> None:
        """Carry out a step. Disconnect needs no doing: it comes with SessionEnded, at which every driver leaves.

        FinishSending is the server's effect alone: it ends the TCP connection first (RFC 6455 §7.1.1).
        """
        for effect in step.effects:
            if isinstance(effect, SendBytes):
                self._put(self._stack.send(effect.data).down)
        if step.events:
            self._publish(now, step.events)

    def _obey(self, orders: Sequence[Order], now: float) -> None:
        if orders:
            self._perform(self.connection.send(orders, now), now)

    def _put(self, data: bytes) -> None:
        if data:
            self._outgoing.append(data)
            self.outgoing_size += len(data)

    def _publish(self, now: float, events: tuple[Event, ...]) -> None:
        """Show a batch to the sinks, then to the job, whose orders are carried out at once."""
        for place, event in enumerate(events, 1):
            if type(event) is Opened:
                self._open_due = None
                if place < len(events):
                    # Frames can come glued to the 101. The handshake is told first, so that every sink shows it before
                    # any other shows what came in the frames.
                    self._publish(now, events[:place])
                    self._publish(now, events[place:])
                    return
            elif type(event) is SessionEnded:
                self.is_over = True
        batch = self._annotate(Batch(now, events))
        self.bus.publish(batch)
        self._obey(self.job.observe(batch), now)

    def _look_at_sinks(self, now: float) -> None:
        """Without its essential output the session has no purpose: leave, politely where that can be."""
        if self.bus.lost_essential is not None and self._grace_due is None and not self.is_over:
            self._grace_due = now + GRACE
            if self.connection.state is State.OPEN:
                self._obey((SendClose(1001, "output closed"),), now)
            elif self.connection.state not in CLOSING:
                self._abandon(now)
