"""The asyncio driver: for sessions beside other things, as a prompt or a server in the same process.

Moves bytes like `poll_driver` does; everything else is `Session`'s matter.
"""

from __future__ import annotations

import asyncio
import os
import socket

from wscli.engine.dialing import Dialer
from wscli.engine.opening import connect_failed, describe_error, local_address, new_socket, resolved_events
from wscli.engine.resolve import Address, NameNotResolved, needs_resolver, resolve, target_of
from wscli.engine.session import Session
from wscli.events import AttemptFailed, AttemptStarted, Event, NameFailed, StreamEnd
from wscli.protocol.step import Order


class AsyncDriver(asyncio.Protocol):
    """Runs one session on the running event loop."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()
        self._transport: asyncio.Transport | None = None
        self._is_paused = False
        self._writable = asyncio.Event()
        self._writable.set()
        self._timer: asyncio.TimerHandle | None = None
        self._over = asyncio.Event()
        self.settled = asyncio.Event()
        """Set once the WebSocket connection is open, or will never be."""
        self._address = ""

    def now(self) -> float:
        """Return the seconds since the session began."""
        return self._loop.time() - self._begun

    async def run(self) -> None:
        """Open the stream and stay until the session is over; cancelling leaves at once."""
        try:
            self._arm()
            stream = await self._open_stream()
            if stream is not None:
                await self._loop.create_connection(lambda: self, sock=stream)
            await self._over.wait()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            if self._transport is not None:
                self._transport.close()

    @property
    def is_over(self) -> bool:
        """Whether the session is over."""
        return self._session.is_over

    @property
    def can_send(self) -> bool:
        """Whether frames can go out."""
        return self._session.connection.can_send and not self._session.is_over

    def order(self, order: Order) -> None:
        """Send something on behalf of somebody outside, as the prompt."""
        self._session.order(order, self.now())
        self._pump()

    def publish(self, event: Event) -> None:
        """Put an event of somebody outside into the stream."""
        self._session.note(self.now(), event)

    async def writable(self) -> None:
        """Wait until the peer takes what is sent; a session that is over takes everything."""
        await self._writable.wait()
        await asyncio.sleep(0)  # what came meanwhile has its turn

    def interrupt(self, signal: str) -> None:
        """The user wants to stop."""
        self._session.interrupt(signal, self.now())
        self._pump()

    # --- Opening ----------------------------------------------------------------------------------------------------
    async def _open_stream(self) -> socket.socket | None:
        addresses = await self._resolve()
        if not addresses:
            return None
        dialer = Dialer(addresses, self.now())
        running: dict[asyncio.Task[None], tuple[socket.socket, Address]] = {}
        chosen: socket.socket | None = None
        try:
            while chosen is None and not self._session.is_over and not dialer.is_exhausted:
                self._begin_attempts(dialer, running)
                chosen = await self._await_attempts(dialer, running)
        finally:
            for task, (attempt, _) in running.items():
                task.cancel()
                if attempt is not chosen:
                    attempt.close()
        if chosen is None and not self._session.is_over:
            self._session.fail(self.now(), connect_failed(self._session.settings, dialer))
        self._pump()
        return chosen

    async def _resolve(self) -> tuple[Address, ...]:
        session, settings = self._session, self._session.settings
        if not needs_resolver(settings):
            return resolve(settings)
        asking = asyncio.ensure_future(asyncio.to_thread(resolve, settings))
        over = asyncio.ensure_future(self._over.wait())
        await asyncio.wait((asking, over), return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if not asking.done():
            asking.cancel()
            return ()
        try:
            addresses = asking.result()
        except NameNotResolved as error:
            if not session.is_over:
                session.fail(self.now(), NameFailed(target_of(settings).display_host, str(error)))
                self._pump()
            return ()
        if session.is_over:  # it ended while the answer was on its way here
            return ()
        session.note(self.now(), *resolved_events(settings, addresses))
        return addresses

    def _begin_attempts(self, dialer: Dialer, running: dict[asyncio.Task[None], tuple[socket.socket, Address]]) -> None:
        while (address := dialer.take_due(self.now())) is not None:
            self._session.note(self.now(), AttemptStarted(address.text))
            try:
                attempt = new_socket(address, self._session.settings.address)
            except OSError as error:
                self._attempt_failed(dialer, address, error)
                continue
            task = asyncio.ensure_future(self._loop.sock_connect(attempt, address.sockaddr))
            running[task] = (attempt, address)

    async def _await_attempts(
        self, dialer: Dialer, running: dict[asyncio.Task[None], tuple[socket.socket, Address]]
    ) -> socket.socket | None:
        if not running:
            return None
        over = asyncio.ensure_future(self._over.wait())
        timeout = None if dialer.wake_at is None else max(0.0, dialer.wake_at - self.now())
        await asyncio.wait((*running, over), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        for task in [task for task in running if task.done()]:
            attempt, address = running.pop(task)
            error = task.exception()
            if error is None:
                self._address = address.text
                return attempt
            attempt.close()
            if not isinstance(error, OSError):
                raise error
            self._attempt_failed(dialer, address, error)
        return None

    def _attempt_failed(self, dialer: Dialer, address: Address, error: OSError) -> None:
        if error.errno:  # asyncio words these itself; the system's sentence is the one people look for
            error = OSError(error.errno, os.strerror(error.errno))
        reason, code = describe_error(error)
        self._session.note(self.now(), AttemptFailed(address.text, reason, code))
        dialer.failed(address, reason, self.now())

    # --- asyncio's side ---------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The stream is there (asyncio.Protocol)."""
        assert isinstance(transport, asyncio.Transport)  # what create_connection with a stream socket gives
        self._transport = transport
        self._session.stream_opened(self.now(), self._address, local_address(transport.get_extra_info("socket")))
        self._pump()

    def data_received(self, data: bytes) -> None:
        """Bytes came (asyncio.Protocol)."""
        if not self._session.is_over:
            self._session.received(data, self.now())
            self._pump()

    def eof_received(self) -> bool:
        """The peer ended its side (asyncio.Protocol); ours stays open until we close it."""
        self._session.stream_ended(StreamEnd.FINISHED, "", self.now())
        self._pump()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The stream is gone (asyncio.Protocol)."""
        how = StreamEnd.RESET if isinstance(exc, ConnectionResetError) else StreamEnd.FAILED
        detail = describe_error(exc)[0] if isinstance(exc, OSError) else ""
        self._session.stream_ended(how, detail, self.now())
        self._transport = None
        self._pump()

    def pause_writing(self) -> None:
        """The peer is slow (asyncio.Protocol)."""
        self._is_paused = True
        self._writable.clear()

    def resume_writing(self) -> None:
        """The peer takes more (asyncio.Protocol)."""
        self._is_paused = False
        self._writable.set()
        self._pump()

    # --- The inside -------------------------------------------------------------------------------------------------
    def _pump(self) -> None:
        """Hand on what waits to go out, do what the session wants, set the timer."""
        session, transport = self._session, self._transport
        while transport is not None and session.outgoing_size and not self._is_paused:
            data = session.take_outgoing()
            transport.write(data)
            session.written(len(data), self.now())
        if session.is_over:
            self._over.set()
            self._writable.set()
        if session.is_over or session.connection.can_send:
            self.settled.set()
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wake_at = self._session.wake_at
        if wake_at is not None and not self._session.is_over:
            self._timer = self._loop.call_at(self._begun + wake_at, self._tick)

    def _tick(self) -> None:
        # The loop's clock may fire a hair early; the deadline counts as reached then.
        wake_at = self._session.wake_at
        self._session.tick(max(self.now(), wake_at or 0.0))
        self._pump()
