"""The test server: accepts connections on the running event loop and gives each to a behaviour.

The same pure core as the client's, in the server role; each connection is a stream of events of its own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress

from wscli.engine.bus import Bus
from wscli.engine.jobs.job import Job
from wscli.engine.opening import describe_error
from wscli.engine.resolve import address_text
from wscli.errors import EnvironmentProblem
from wscli.events import Batch, Connected, RequestReceived, Sink, StreamEnd
from wscli.protocol.accepting import build_acceptance, build_refusal, judge_request, refusal_of
from wscli.protocol.connection import ServerConnection
from wscli.protocol.states import State
from wscli.protocol.step import Disconnect, FinishSending, Order, SendBytes, SendClose, Step
from wscli.serve.behaviours import BEHAVIOURS
from wscli.settings import ServerSettings

SinkMaker = Callable[[int], Sequence[Sink]]
"""Makes the sinks of a connection from its number."""

STOP_TIME = 2.0
"""Seconds that open connections get for their closing handshake when the server stops."""

ANSWER_TIME = 10.0
"""Seconds a client has for its request."""


class ServedConnection(asyncio.Protocol):
    """One accepted connection."""

    def __init__(self, server: Server, number: int) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()
        self._job: Job = BEHAVIOURS["echo"]()
        self._bus = Bus(server.make_sinks(number))
        settings = server.settings
        interest = self._bus.interest | self._job.interest
        self._connection = ServerConnection(os.urandom, interest, settings.limits)
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    # --- asyncio's side ---------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected (asyncio.Protocol)."""
        assert isinstance(transport, asyncio.Transport)  # what a stream server gives
        self._transport = transport
        self._server.connections.add(self)
        family = transport.get_extra_info("socket").family
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self._publish(Batch(0.0, (Connected(address_text(family, peer), address_text(family, own)),)))
        self._timer = self._loop.call_later(ANSWER_TIME, self._tick)

    def data_received(self, data: bytes) -> None:
        """Bytes came (asyncio.Protocol)."""
        if self._connection.state is not State.ENDED:
            self._perform(self._connection.receive(data, self._now()))

    def eof_received(self) -> bool:
        """The client ended its side (asyncio.Protocol); ours stays open until we close it."""
        self._perform(self._connection.receive_eof(self._now()))
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The stream is gone (asyncio.Protocol)."""
        how = StreamEnd.RESET if isinstance(exc, ConnectionResetError) else StreamEnd.FAILED
        detail = describe_error(exc)[0] if isinstance(exc, OSError) else ""
        self._transport = None
        self._perform(self._connection.receive_eof(self._now(), how, detail))
        self._server.forget(self)
        if self._timer is not None:
            self._timer.cancel()
        self._bus.close(self._now())

    def pause_writing(self) -> None:
        """The client is slow (asyncio.Protocol): what it sends waits too, so that no buffer grows."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client takes more (asyncio.Protocol)."""
        if self._transport is not None:
            self._transport.resume_reading()

    # --- The inside -------------------------------------------------------------------------------------------------
    def close(self) -> None:
        """The server stops: Close 1001 where the connection is open, else leave."""
        if self._connection.can_send:
            self._obey((SendClose(1001, "server stops"),))
        else:
            self._perform(self._connection.abandon(self._now()))

    def abort(self) -> None:
        """Leave without waiting for anything."""
        if self._transport is not None:
            self._transport.abort()

    def _now(self) -> float:
        return self._loop.time() - self._begun

    def _perform(self, step: Step) -> None:
        for effect in step.effects:
            if self._transport is None or self._transport.is_closing():
                break
            if isinstance(effect, SendBytes):
                self._transport.write(effect.data)
            elif isinstance(effect, FinishSending):
                self._transport.write_eof()
            elif isinstance(effect, Disconnect):
                self._transport.close()
        if step.events:
            self._publish(Batch(self._now(), step.events))
        self._arm()

    def _publish(self, batch: Batch) -> None:
        self._bus.publish(batch)
        for event in batch.events:
            if type(event) is RequestReceived:
                self._answer()
        self._obey(self._job.observe(batch))

    def _obey(self, orders: Sequence[Order]) -> None:
        if orders:
            self._perform(self._connection.send(orders, self._now()))

    def _answer(self) -> None:
        """Accept the request, or refuse it with the reason and what to do."""
        request = self._connection.request
        assert request is not None  # it has just been received
        settings = self._server.settings
        checks = judge_request(request)
        failed = [check for check in checks if not check.is_passed]
        if failed:
            status, reason, headers = refusal_of(checks)
            lines = [f"{check.name}: expected {check.expected}, got {check.actual}" for check in failed]
            body = "This is a WebSocket server.\n" + "\n".join(lines) + "\n"
            self._perform(self._connection.refuse(build_refusal(status, reason, body, headers), self._now()))
            return
        acceptance = build_acceptance(request, subprotocols=settings.subprotocols, deflate=settings.deflate)
        self._perform(self._connection.accept(acceptance, self._now()))

    def _arm(self) -> None:
        if self._connection.state is State.CONNECTING:
            return  # the timer for the request is running
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wake_at = self._connection.wake_at
        if wake_at is not None:
            self._timer = self._loop.call_at(self._begun + wake_at, self._tick)

    def _tick(self) -> None:
        if self._connection.state is State.CONNECTING:
            self._perform(self._connection.abandon(self._now()))
            return
        self._perform(self._connection.tick(max(self._now(), self._connection.wake_at or 0.0)))


class Server:
    """The listening side."""

    def __init__(self, settings: ServerSettings, make_sinks: SinkMaker | None = None) -> None:
        self.settings = settings
        self.make_sinks: SinkMaker = make_sinks or (lambda _number: ())
        self.connections: set[ServedConnection] = set()
        """The connections that are there now."""
        self._is_empty = asyncio.Event()
        """Set when the last connection is gone."""
        self._count = 0
        self._listener: asyncio.Server | None = None

    async def start(self) -> str:
        """Begin to accept connections; returns the URL. EnvironmentProblem where the address is not to be had."""
        settings = self.settings
        loop = asyncio.get_running_loop()
        try:
            self._listener = await loop.create_server(self._accept, settings.host, settings.port)
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            hint = "choose another port, or 0 for any free one"
            raise EnvironmentProblem("serve/address", "address", where, describe_error(error)[0], hint=hint) from error
        sock = self._listener.sockets[0]
        return f"ws://{address_text(sock.family, sock.getsockname())}/"

    def _accept(self) -> ServedConnection:
        self._count += 1
        return ServedConnection(self, self._count)

    def forget(self, connection: ServedConnection) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        if not self.connections:
            self._is_empty.set()

    async def stop(self) -> None:
        """Accept nothing more, say Close 1001 to all, wait for them a moment, then leave."""
        if self._listener is not None:
            self._listener.close()
        for connection in tuple(self.connections):
            connection.close()
        if self.connections:
            self._is_empty.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_empty.wait(), STOP_TIME)
        for connection in tuple(self.connections):
            connection.abort()
