"""One accepted connection: moves bytes between the socket, the layers and the core, and does what requests ask for.

It begins as HTTP. Each request gets in its turn what `routing` decides: an answer of the site, a refusal, TLS below it
(RFC 2817), or the 101 that makes it a WebSocket connection, which a service's job then leads. What goes wrong on
purpose is in its `Plan`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from wscli.engine.bus import Bus
from wscli.engine.jobs.job import IdleJob, Job
from wscli.engine.opening import describe_error
from wscli.engine.resolve import address_text
from wscli.errors import UsageProblem
from wscli.events import Batch, Connected, Event, Interest, MessageReceived, MessageSent, SessionEnded, StreamEnd
from wscli.net.layer import LayerStep
from wscli.net.stack import Stack
from wscli.protocol.accepting import build_acceptance
from wscli.protocol.exchange import Objection, Response
from wscli.protocol.server import ServerConnection
from wscli.protocol.states import State
from wscli.protocol.step import Disconnect, FinishSending, Order, SendBytes, SendClose, Step
from wscli.serve.faults.fault import opens
from wscli.serve.hub import Presence, Visit
from wscli.serve.outlet import Outlet
from wscli.serve.routing import TLS_SWITCH, ToRefusal, ToService, ToTls, route
from wscli.serve.shaping import Ending
from wscli.serve.site import Pieces, respond
from wscli.serve.state import ServerState

BACKLOG = 4 * 1024 * 1024
"""Bytes that may wait for a slow client of a room; one that takes none is left, so that it hurts no other."""

BUSY = Objection(503, "Service Unavailable", "there are as many connections as this server allows")

EARLY = 0.001
"""Seconds that the loop's clock may fire before its time; a deadline counts as reached then."""


class ServedConnection(asyncio.Protocol):
    """One accepted connection, on the running event loop."""

    def __init__(self, state: ServerState, number: int) -> None:
        self._state = state
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()
        self._number = number
        self._plan = state.plan
        self._bus = Bus(())
        self._job: Job = IdleJob()
        self._outlet: Outlet | None = None
        """None before the stream is there and after it is gone."""
        self._transport: asyncio.Transport | None = None
        self._is_secure = False
        self._is_started = False
        self._is_switching = False
        """Whether TLS is being put below HTTP; the request waits for it."""
        self._is_settling = False
        self._is_extra = False
        """Whether there were already as many connections as allowed when this one came."""
        self._is_paused = False
        self._is_held = False
        self._writable = asyncio.Event()
        self._writable.set()
        self._timer: asyncio.TimerHandle | None = None
        self._pieces: Pieces | None = None
        self._piece_due: float | None = None
        self._ends_at: float | None = None
        self._tls_due: float | None = None
        """Until when TLS must be up; None where it is, or is not begun."""
        self.presence = Presence(number, "")
        settings = state.settings
        interest = Interest.MESSAGES | state.hub.interest
        self._connection = ServerConnection(
            os.urandom, interest, settings.limits, settings.liveness, closes_behind_answers=True
        )

    # --- asyncio's side ---------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected (asyncio.Protocol)."""
        assert isinstance(transport, asyncio.Transport)  # what a stream server gives
        self._transport = transport
        self._outlet = Outlet(transport, self._plan.shape)
        family = transport.get_extra_info("socket").family
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self.presence.address = address = address_text(family, peer) or "a Unix socket"
        self._bus = Bus(self._state.make_sinks(self._number, address))
        self._connection.want(self._bus.interest)
        self._state.came(self)
        self._is_extra = self._state.is_full
        self._publish(Batch(0.0, (Connected(address, address_text(family, own)),)))
        if self._plan.greeting is not None:
            if self._plan.greets_first:
                self._greet(self._plan.greeting)
        elif self._state.context is not None:
            self._begin_tls(b"")
            self._settle()
        else:
            self._begin()

    def data_received(self, data: bytes) -> None:
        """Bytes came (asyncio.Protocol)."""
        outlet = self._outlet
        if outlet is None or outlet.is_mute:
            return
        if self._plan.greeting is not None:
            self._greet(self._plan.greeting)
            return
        self._through(outlet.stack.receive(data))
        self._settle()

    def eof_received(self) -> bool:
        """The client ended its side (asyncio.Protocol); ours stays open until we close it."""
        outlet = self._outlet
        if outlet is not None and not outlet.is_mute:
            self._through(outlet.stack.receive_eof())
            if self._connection.state is not State.ENDED:
                self._perform(self._connection.receive_eof(self._now()))
            self._settle()
        return outlet is not None

    def connection_lost(self, exc: Exception | None) -> None:
        """The stream is gone (asyncio.Protocol)."""
        how = StreamEnd.RESET if isinstance(exc, ConnectionResetError) else StreamEnd.FAILED
        detail = describe_error(exc)[0] if isinstance(exc, OSError) else ""
        self._transport = self._outlet = None
        self._writable.set()
        self._drop_pieces()
        self._perform(self._connection.abandon(self._now()) if exc is None else self._lost(how, detail))
        if self._timer is not None:
            self._timer.cancel()
        self._state.went(self)
        self._bus.close(self._now())

    def _lost(self, how: StreamEnd, detail: str) -> Step:
        return self._connection.receive_eof(self._now(), how, detail)

    def pause_writing(self) -> None:
        """The client is slow (asyncio.Protocol): what it sends waits too, so that no buffer grows."""
        self._is_paused = True
        self._writable.clear()
        self._steer_reading()

    def resume_writing(self) -> None:
        """The client takes more (asyncio.Protocol)."""
        self._is_paused = False
        self._writable.set()
        self._steer_reading()
        self._settle()

    # --- For the server and for other connections -------------------------------------------------------------------
    def close(self) -> None:
        """The server stops: Close 1001 where the connection is open, else leave."""
        if self._outlet is not None and self._outlet.is_mute:
            self.abort()
        elif self._connection.can_send:
            self._obey((SendClose(1001, "server stops"),))
        else:
            self._perform(self._connection.abandon(self._now()))
        self._settle()

    def abort(self) -> None:
        """Leave without waiting for anything."""
        if self._transport is not None:
            self._transport.abort()

    def want(self, interest: Interest) -> None:
        """Build these events too from now on."""
        self._connection.want(interest)

    def deliver(self, orders: Sequence[Order]) -> None:
        """Send at any time, also on behalf of another connection; a client that does not read is left."""
        if self._outlet is None or self._transport is None:
            return
        if self._outlet.waiting > BACKLOG:
            self._perform(self._connection.abandon(self._now(), "the client does not read"))
            self._transport.abort()
            return
        self._obey(orders)
        self._settle()

    def hold_input(self, *, is_held: bool) -> None:
        """Take no more bytes of the client for a while, as long as something behind the service is slow."""
        self._is_held = is_held
        self._steer_reading()

    async def writable(self) -> None:
        """Wait until the client takes what is sent; a connection that is gone takes everything."""
        await self._writable.wait()

    def _steer_reading(self) -> None:
        if self._transport is None:
            return
        if self._is_paused or self._is_held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    # --- Bytes in and out -------------------------------------------------------------------------------------------
    def _now(self) -> float:
        return self._loop.time() - self._begun

    def _greet(self, greeting: bytes) -> None:
        outlet = self._outlet
        assert outlet is not None  # the stream is there
        if greeting:
            outlet.put_raw(greeting)
        outlet.end(self._plan.ending or Ending.FINISH)

    def _begin(self) -> None:
        self._is_started = True
        self._perform(self._connection.start(self._now()))
        self._settle()

    def _begin_tls(self, leftover: bytes) -> None:
        """Put TLS below what is there; bytes that came behind the request are its first ones."""
        from wscli.net.tls import TlsLayer

        outlet, context = self._outlet, self._state.context or self._state.upgrade_context
        assert outlet is not None  # the stream is there
        assert context is not None  # asked for by `route` or before the first byte
        self._is_secure = True
        self._tls_due = self._now() + self._state.settings.limits.request
        layer = TlsLayer(context, None, is_server=True)
        if self._is_started:
            self._through(outlet.stack.push(layer, leftover))
        else:
            outlet.stack = Stack((layer,))
            self._through(outlet.stack.start())

    def _through(self, step: LayerStep) -> None:
        """Take what the layers made of something: events, bytes down, bytes up, an end."""
        if step.events:
            self._publish(Batch(self._now(), step.events))
        if self._outlet is not None:
            self._outlet.pass_down(step)
        if step.is_ready:
            self._is_switching = False
            self._tls_due = None
            if not self._is_started:
                self._begin()
        if step.up:
            self._perform(self._connection.receive(step.up, self._now()))
            self._perform(self._connection.send_owed_close(self._now()))
        if step.ended is not None:
            self._perform(self._connection.receive_eof(self._now(), step.ended))

    def _perform(self, step: Step) -> None:
        outlet = self._outlet
        for effect in step.effects if outlet is not None else ():
            assert outlet is not None  # or there are no effects to perform
            if isinstance(effect, SendBytes):
                outlet.put(effect.data, self._now())
            elif isinstance(effect, FinishSending):
                outlet.finish()
            elif isinstance(effect, Disconnect):
                outlet.disconnect()
        if step.events:
            self._publish(Batch(self._now(), step.events))

    def _publish(self, batch: Batch) -> None:
        self._bus.publish(batch)
        for event in batch.events:
            self._look_at(batch.at, event)
        if self._plan.reply is None:
            self._obey(self._job.observe(batch))

    def _look_at(self, at: float, event: Event) -> None:
        if self._state.hub.watchers:
            self._state.hub.saw(self._number, at, event)
        if isinstance(event, MessageReceived):
            self.presence.messages_received += 1
            if self._plan.reply is not None:
                self._obey(self._plan.reply(event))
        elif isinstance(event, MessageSent):
            self.presence.messages_sent += 1
        elif isinstance(event, SessionEnded):
            self.presence.service = ""

    def _obey(self, orders: Sequence[Order]) -> None:
        if orders:
            self._perform(self._connection.send(orders, self._now()))

    # --- What follows from what happened ----------------------------------------------------------------------------
    def _settle(self) -> None:
        """Answer what waits for an answer, go on with what is under way, end what is over, set the timer."""
        if self._is_settling or self._outlet is None:
            return
        self._is_settling = True
        try:
            self._answer_all()
            self._end_as_planned(self._outlet)
            self._outlet.settle()
        finally:
            self._is_settling = False
        self._arm()

    def _answer_all(self) -> None:
        """Answer requests, one after the other, as far as the client takes the answers."""
        while self._outlet is not None and not self._outlet.is_mute and self._takes_more:
            if self._pieces is not None:
                if not self._send_piece(self._pieces):
                    return
            elif self._connection.awaits_answer and not self._is_switching:
                self._answer()
            else:
                return

    @property
    def _takes_more(self) -> bool:
        """Whether the client takes what is sent, so that more may be made."""
        return not self._is_paused and self._outlet is not None and not self._outlet.is_full

    def _send_piece(self, pieces: Pieces) -> bool:
        """Go on with a streamed body; False where it has to wait for its time."""
        now = self._now()
        if self._piece_due is not None and now < self._piece_due - EARLY:
            return False
        self._piece_due = None
        piece = next(pieces, None)
        if piece is None:
            self._pieces = None
            self._perform(self._connection.finish_response(now))
        elif isinstance(piece, bytes):
            self._perform(self._connection.send_body(piece, now))
        else:
            self._piece_due = now + piece
        return True

    def _drop_pieces(self) -> None:
        pieces, self._pieces = self._pieces, None
        close = getattr(pieces, "close", None)
        if close is not None:
            close()  # the file behind them

    def _end_as_planned(self, outlet: Outlet) -> None:
        plan = self._plan
        if plan.ending is None or outlet.is_mute:
            return
        is_due = self._ends_at is not None and self._now() >= self._ends_at - EARLY
        is_enough = plan.after_messages is not None and self.presence.messages_received >= plan.after_messages
        if not (outlet.is_cut or is_due or is_enough):
            return
        self._ends_at = None
        if plan.ending is Ending.CLOSE:
            self._obey((SendClose(1000),))
        else:
            outlet.end(plan.ending)

    # --- Time -------------------------------------------------------------------------------------------------------
    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._outlet is None or self._outlet.is_mute:
            return
        due = [self._connection.wake_at, self._outlet.wake_at, self._ends_at, self._tls_due]
        if self._takes_more:
            due += [self._job.wake_at, self._piece_due]
        wake_at = min((time for time in due if time is not None), default=None)
        if wake_at is not None:
            self._timer = self._loop.call_at(self._begun + wake_at, self._tick)

    def _tick(self) -> None:
        now = self._now() + EARLY
        if self._outlet is not None:
            self._outlet.tick(now)
        self._perform(self._connection.tick(now))
        if self._tls_due is not None and now >= self._tls_due:
            self._tls_due = None
            self._perform(self._connection.abandon(now, "the TLS handshake took too long"))
        if self._takes_more:
            self._obey(self._job.tick(now))
        self._settle()

    # --- Answers ----------------------------------------------------------------------------------------------------
    def _answer(self) -> None:
        """Give the request that waits what it gets."""
        connection, state = self._connection, self._state
        request = connection.request
        assert request is not None  # it waits for its answer
        objection = connection.objection or (BUSY if self._is_extra else None)
        found = route(request, objection, self._plan, state, is_secure=self._is_secure)
        if isinstance(found, ToTls):
            self._is_switching = True
            self._perform(connection.switch(TLS_SWITCH, self._now()))
            self._begin_tls(connection.take_rest())
        elif isinstance(found, ToRefusal):
            self._respond(found.response)
        elif isinstance(found, ToService):
            self._serve(found)
        else:
            answer = state.site.answer(request, connection.body)
            self._pieces = answer.pieces
            self._respond(answer.response)
            if not connection.is_streaming:
                self._drop_pieces()  # as after HEAD

    def _respond(self, response: Response) -> None:
        self._perform(self._connection.respond(response, self._now()))

    def _serve(self, found: ToService) -> None:
        """Make it a WebSocket connection, or do wrong what was asked for."""
        connection, plan, outlet = self._connection, found.plan, self._outlet
        request = connection.request
        assert request is not None  # it is being answered
        assert outlet is not None  # nobody answers without a stream
        if plan is not self._plan:  # by the path of the request
            self._plan = plan
            outlet.reshape(plan.shape)
        if plan.is_silent or plan.greeting is not None:
            if plan.greeting:
                outlet.put_raw(plan.greeting)
            outlet.end(plan.ending or Ending.HOLD)
            return
        acceptance = build_acceptance(
            request, subprotocols=self._state.subprotocols, deflate=self._state.settings.deflate
        )
        if plan.answer is not None and (plan.connections is None or self._state.open_count >= plan.connections):
            raw = plan.answer(request, acceptance.raw)
            if not opens(raw):
                self._perform(connection.answer_raw(raw, self._now()))
                return
            acceptance = acceptance.replace(raw=raw)
        try:
            self._job = found.service.make(Visit(self.presence, request, self._state.hub, self))
        except UsageProblem as problem:
            self._respond(respond(400, "Bad Request", f"{problem}\n"))
            return
        connection.want(self._job.interest)
        if plan.ignores_pings or plan.ignores_close:
            connection.liveness = connection.liveness.replace(
                answers_pings=not plan.ignores_pings, answers_close=not plan.ignores_close
            )
        if plan.after_seconds is not None:
            self._ends_at = self._now() + plan.after_seconds
        self.presence.service = found.service.name
        self.presence.agent = request.fields.get("User-Agent") or ""
        self._perform(connection.accept(acceptance, self._now()))
        self._perform(connection.send_owed_close(self._now()))
        self._state.hub.changed()
        self._obey(plan.orders)
