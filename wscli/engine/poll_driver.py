"""The plain driver: one poll loop, for the pipeline commands. Moves bytes; everything else is `Session`'s matter.

Measured against asyncio for this job: half the round trip, 60 ms less start-up, and a regular file on standard input
works, which asyncio's pipe readers and epoll refuse.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections.abc import Callable

from wscli.engine.dialing import Dialer
from wscli.engine.opening import connect_failed, describe_error, local_address, new_socket, resolved_events
from wscli.engine.resolve import Address, NameNotResolved, needs_resolver, resolve, target_of
from wscli.engine.session import Session
from wscli.engine.signals import Interruption, SignalWatch
from wscli.events import AttemptFailed, AttemptStarted, NameFailed, StreamEnd

READ_SIZE = 128 * 1024
"""Bytes a read: larger ones pass malloc's mmap threshold and cost page faults."""

FLUSH_TIME = 5.0
"""Seconds that what is still to be written gets once the session is over."""

_IN, _OUT = select.POLLIN, select.POLLOUT
_IN_PROGRESS = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN)


class PollDriver:
    """Runs one session to its end."""

    def __init__(
        self,
        session: Session,
        watch: SignalWatch,
        input_descriptor: int | None = None,
        output_descriptor: int | None = None,
    ) -> None:
        self._session = session
        self._watch = watch
        self._input = input_descriptor
        """Standard input while it is open; None without one and after its end."""
        self._output = output_descriptor
        """Standard output while its reader should be watched: whether it is still there."""
        self._socket: socket.socket | None = None
        self._poller = select.poll()
        self._registered: dict[int, int] = {}
        self._unwritten = memoryview(b"")
        self._can_write = True
        """False once the peer takes nothing more; what it still says is read all the same."""
        self._was_reset = False
        """Whether a write met the peer's reset: the system tells of it once, and reading then meets a plain end."""
        self._begun = time.monotonic()

    def now(self) -> float:
        """Return the seconds since the session began."""
        return time.monotonic() - self._begun

    def run(self) -> None:
        """Open the stream and move bytes until the session is over."""
        total = self._session.settings.limits.total
        if total is not None:
            self._watch.alarm_after(
                total + 0.05
            )  # only for an output that blocks; the deadline itself is the session's
        if self._output is not None:
            self._poller.register(self._output, 0)  # asked for nothing, it still tells that its reader is gone
        try:
            self._open_stream()
            while not self._session.is_over:
                self._turn()
        except Interruption:
            self._leave_blocked_output()
        finally:
            if self._socket is not None:
                self._flush()
                self._socket.close()

    def _leave_blocked_output(self) -> None:
        """An output blocked when a signal or the time limit came: say so to the peer and leave."""
        self._housekeeping()
        if not self._session.is_over:
            self._session.tick(self.now())
        if not self._session.is_over:
            self._session.interrupt(self._watch.first or "SIGALRM", self.now())

    # --- Opening ----------------------------------------------------------------------------------------------------
    def _open_stream(self) -> None:
        session = self._session
        addresses = self._resolve()
        if not addresses:
            return
        dialer = Dialer(addresses, self.now())
        running: dict[int, tuple[socket.socket, Address]] = {}
        try:
            while self._socket is None and not session.is_over and not dialer.is_exhausted:
                self._begin_attempts(dialer, running)
                self._await_attempts(dialer, running)
                self._housekeeping()
        finally:
            for attempt, _ in running.values():
                if attempt is not self._socket:
                    attempt.close()
        if self._socket is None and not session.is_over:
            session.fail(self.now(), connect_failed(session.settings, dialer))

    def _resolve(self) -> tuple[Address, ...]:
        session, settings = self._session, self._session.settings
        try:
            takes_time = needs_resolver(settings)
            addresses = self._in_thread(lambda: resolve(settings)) if takes_time else resolve(settings)
        except NameNotResolved as error:
            session.fail(self.now(), NameFailed(target_of(settings).display_host, str(error)))
            return ()
        if addresses and takes_time:
            session.note(self.now(), *resolved_events(settings, addresses))
        return addresses

    def _in_thread(self, work: Callable[[], tuple[Address, ...]]) -> tuple[Address, ...]:
        """Return what the work returns, or () when the session ended first: a resolver cannot be told to hurry."""
        from threading import Thread

        done, told = os.pipe()
        found: list[tuple[Address, ...] | NameNotResolved] = []

        def ask() -> None:
            try:
                found.append(work())
            except NameNotResolved as error:
                found.append(error)
            os.write(told, b".")

        Thread(target=ask, name="resolver", daemon=True).start()
        poller = select.poll()
        poller.register(done, _IN)
        poller.register(self._watch.fileno(), _IN)
        while not found and not self._session.is_over:
            poller.poll(self._timeout())
            self._housekeeping()
        if not found:
            return ()  # the pipe stays open for the thread, which may still write to it
        os.close(done)
        os.close(told)
        if isinstance(found[0], NameNotResolved):
            raise found[0]
        return found[0]

    def _begin_attempts(self, dialer: Dialer, running: dict[int, tuple[socket.socket, Address]]) -> None:
        while (address := dialer.take_due(self.now())) is not None:
            self._session.note(self.now(), AttemptStarted(address.text))
            try:
                attempt = new_socket(address, self._session.settings.address)
            except OSError as error:
                self._attempt_failed(dialer, address, error)
                continue
            try:
                attempt.connect(address.sockaddr)
            except OSError as error:
                if error.errno not in _IN_PROGRESS:
                    attempt.close()
                    self._attempt_failed(dialer, address, error)
                    continue
            running[attempt.fileno()] = (attempt, address)

    def _await_attempts(self, dialer: Dialer, running: dict[int, tuple[socket.socket, Address]]) -> None:
        if not running and dialer.is_exhausted:
            return
        poller = select.poll()
        poller.register(self._watch.fileno(), _IN)
        for descriptor in running:
            poller.register(descriptor, _OUT)
        for descriptor, _ in poller.poll(self._timeout(dialer.wake_at)):
            if descriptor not in running:
                continue
            attempt, address = running[descriptor]
            code = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                del running[descriptor]
                attempt.close()
                self._attempt_failed(dialer, address, OSError(code, os.strerror(code)))
            else:
                self._connected(attempt, address)
                return

    def _attempt_failed(self, dialer: Dialer, address: Address, error: OSError) -> None:
        reason, code = describe_error(error)
        self._session.note(self.now(), AttemptFailed(address.text, reason, code))
        dialer.failed(address, reason, self.now())

    def _connected(self, attempt: socket.socket, address: Address) -> None:
        self._socket = attempt
        if address.family != socket.AF_UNIX:
            # A message at a time leaves at once; waiting for more to send (Nagle) only delays small frames.
            attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._session.stream_opened(self.now(), address.text, local_address(attempt))

    # --- Moving bytes -----------------------------------------------------------------------------------------------
    def _timeout(self, other: float | None = None) -> float | None:
        """Return how long to wait, in milliseconds, None for ever."""
        due = [time for time in (self._session.wake_at, other) if time is not None]
        return None if not due else max(0.0, (min(due) - self.now()) * 1000 + 0.5)

    def _housekeeping(self) -> None:
        """Do what time or a signal made due."""
        session = self._session
        for name in self._watch.take():
            session.interrupt(name, self.now())
        wake_at = session.wake_at
        if wake_at is not None and self.now() >= wake_at and not session.is_over:
            session.tick(self.now())

    def _turn(self) -> None:
        """Do what is due, write what waits, wait for something to happen, take it."""
        self._housekeeping()
        self._write()
        session, stream = self._session, self._socket
        if session.is_over or stream is None:
            return
        self._want(stream.fileno(), _IN | (_OUT if self._has_unwritten() else 0))
        self._want(self._watch.fileno(), _IN)
        if self._input is not None:
            self._want(self._input, _IN if session.wants_input else 0)
        for descriptor, happened in self._poller.poll(self._timeout()):
            if descriptor == stream.fileno():
                if happened & ~_OUT and not session.is_over:
                    self._read()
            elif descriptor == self._input and not session.is_over:
                self._read_input()
            elif descriptor == self._output and not session.is_over:
                self._poller.unregister(self._output)
                self._output = None
                session.output_closed(self.now())

    def _want(self, descriptor: int, events: int) -> None:
        """Tell the poller what to look for, only where that has changed; nothing at all takes it off the list.

        A descriptor asked for nothing would still report a hang-up, and turn the loop into a busy one.
        """
        if self._registered.get(descriptor, 0) == events:
            return
        if events:
            self._poller.register(descriptor, events)
        else:
            self._poller.unregister(descriptor)
        self._registered[descriptor] = events

    def _read(self) -> None:
        assert self._socket is not None  # only called for an event of the socket
        try:
            data = self._socket.recv(READ_SIZE)
        except BlockingIOError:
            return
        except ConnectionResetError as error:
            self._session.stream_ended(StreamEnd.RESET, describe_error(error)[0], self.now())
        except OSError as error:
            self._session.stream_ended(StreamEnd.FAILED, describe_error(error)[0], self.now())
        else:
            if data:
                self._session.received(data, self.now())
            else:
                how = StreamEnd.RESET if self._was_reset else StreamEnd.FINISHED
                self._session.stream_ended(how, "", self.now())

    def _read_input(self) -> None:
        assert self._input is not None  # only called for an event of the input
        try:
            data = os.read(self._input, READ_SIZE)
        except OSError:
            data = b""  # a terminal that is gone (EIO) has nothing more to say
        if data:
            self._session.take_input(data, self.now())
        else:
            self._want(self._input, 0)
            self._input = None
            self._session.end_input(self.now())

    def _has_unwritten(self) -> bool:
        return self._can_write and bool(self._unwritten)

    def _write(self) -> None:
        """Write what waits, as far as the peer takes it now."""
        if self._socket is None:
            return
        while self._can_write:
            if not self._unwritten:
                if not self._session.outgoing_size:
                    break
                self._unwritten = memoryview(self._session.take_outgoing())
            try:
                written = self._socket.send(self._unwritten)
            except BlockingIOError:
                return
            except OSError as error:
                # The peer reads no more. What it said before it left is still to be read, and tells more than this.
                self._was_reset = isinstance(error, ConnectionResetError)
                self._can_write = False
                break
            self._unwritten = self._unwritten[written:]
            self._session.written(written, self.now())
        if not self._can_write:
            self._unwritten = memoryview(b"")
            self._session.drop_outgoing()

    def _flush(self) -> None:
        """Write what is left once the session is over, within a bounded time."""
        if self._socket is None:
            return
        deadline = time.monotonic() + FLUSH_TIME
        poller = select.poll()
        poller.register(self._socket.fileno(), _OUT)
        self._write()
        while self._has_unwritten() and time.monotonic() < deadline:
            poller.poll(100)
            self._write()
