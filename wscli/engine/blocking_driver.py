"""The blocking driver: one session on a plain socket with time-outs, for programs that bring their own concurrency.

Threads, or greenlets whose library has put its own socket in place of the standard one (gevent, and so Locust). Moves
bytes like the others; everything else is `Session`'s matter. Addresses are tried one after the other.

Weak: while it writes it does not read: a peer that takes nothing until it is read stops it, up to its time limits. And
the resolver takes as long as it takes.
"""

from __future__ import annotations

import socket
import time

from wscli.engine.dialing import Dialer
from wscli.engine.opening import connect_failed, describe_error, local_address, new_socket, resolved_events
from wscli.engine.resolve import NameNotResolved, needs_resolver, resolve, target_of
from wscli.engine.session import Session
from wscli.events import AttemptFailed, AttemptStarted, NameFailed, StreamEnd

READ_SIZE = 64 * 1024
LONGEST = 60.0
"""Seconds that a call of the system may take where no deadline is nearer."""
LEAST = 0.001


class BlockingDriver:
    """Runs one session to its end."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._begun = time.monotonic()
        self._was_reset = False
        """Whether a write met the peer's reset: the system tells of it once, and reading then meets a plain end."""

    def now(self) -> float:
        """Return the seconds since the session began."""
        return time.monotonic() - self._begun

    def run(self) -> None:
        """Open the stream and move bytes until the session is over."""
        stream = self._open_stream()
        if stream is None:
            return
        with stream:
            while not self._session.is_over:
                self._turn(stream)
            self._write(stream)

    # --- Opening ----------------------------------------------------------------------------------------------------
    def _open_stream(self) -> socket.socket | None:
        session, settings = self._session, self._session.settings
        try:
            addresses = resolve(settings)
        except NameNotResolved as error:
            session.fail(self.now(), NameFailed(target_of(settings).display_host, str(error)))
            return None
        if needs_resolver(settings):
            session.note(self.now(), *resolved_events(settings, addresses))
        dialer = Dialer(addresses, self.now())
        for address in addresses:
            session.note(self.now(), AttemptStarted(address.text))
            stream: socket.socket | None = None
            try:
                stream = new_socket(address, settings.address)
                stream.settimeout(self._patience())
                stream.connect(address.sockaddr)
            except OSError as error:
                if stream is not None:
                    stream.close()
                reason, code = describe_error(error)
                session.note(self.now(), AttemptFailed(address.text, reason, code))
                dialer.failed(address, reason, self.now())
                if self._is_late():
                    return None
                continue
            if address.family != socket.AF_UNIX:
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session.stream_opened(self.now(), address.text, local_address(stream))
            return stream
        session.fail(self.now(), connect_failed(settings, dialer))
        return None

    def _is_late(self) -> bool:
        """Do what is due; returns whether the session is over by that."""
        wake_at = self._session.wake_at
        if wake_at is not None and self.now() >= wake_at:
            self._session.tick(self.now())
        return self._session.is_over

    # --- Moving bytes -----------------------------------------------------------------------------------------------
    def _patience(self) -> float:
        """Return how long the next call of the system may take, in seconds."""
        wake_at = self._session.wake_at
        return LONGEST if wake_at is None else min(max(wake_at - self.now(), LEAST), LONGEST)

    def _turn(self, stream: socket.socket) -> None:
        self._write(stream)
        if self._is_late():
            return
        self._write(stream)
        stream.settimeout(self._patience())
        try:
            data = stream.recv(READ_SIZE)
        except TimeoutError:
            return
        except OSError as error:
            how = StreamEnd.RESET if isinstance(error, ConnectionResetError) else StreamEnd.FAILED
            self._session.stream_ended(how, describe_error(error)[0], self.now())
            return
        if data:
            self._session.received(data, self.now())
        else:
            how = StreamEnd.RESET if self._was_reset else StreamEnd.FINISHED
            self._session.stream_ended(how, "", self.now())

    def _write(self, stream: socket.socket) -> None:
        session = self._session
        while session.outgoing_size:
            data = session.take_outgoing()
            stream.settimeout(self._patience())
            try:
                stream.sendall(data)
            except OSError as error:  # the peer takes nothing more, or not in time; what it says is read all the same
                self._was_reset = isinstance(error, ConnectionResetError)
                session.drop_outgoing()
                return
            session.written(len(data), self.now())
