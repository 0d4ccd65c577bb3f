"""The listening side: accepts connections on the running event loop, counts them, and ends them when it stops."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from wscli.engine.opening import describe_error
from wscli.engine.resolve import address_text
from wscli.errors import EnvironmentProblem, UsageProblem
from wscli.serve.connection import ServedConnection
from wscli.serve.faults.fault import Plan
from wscli.serve.state import ServerState, SinkMaker
from wscli.settings import ServerSettings, ServerTls

STOP_TIME = 2.0
"""Seconds that open connections get for their closing handshake when the server stops."""

QUEUE = 1024
"""Connections that the system keeps while none is accepted."""

EXEC = "exec"
"""The name of the service that runs a command for each connection."""


class Server:
    """One listening socket and its connections."""

    def __init__(self, settings: ServerSettings, make_sinks: SinkMaker | None = None, *, counted: int = 0) -> None:
        """Connections are numbered from the one behind `counted` on."""
        if settings.command:
            settings = settings.replace(service=EXEC)
        self.settings = settings
        self.state = ServerState(settings, make_sinks or (lambda _number, _address: ()))
        if settings.command:
            from wscli.serve.behaviours.process import process_service

            self.state.services[EXEC] = process_service(EXEC, settings.command, self.spawn)
        self.certificate_fingerprint: str | None = None
        """SHA-256 of a certificate that was made for this run."""
        self._is_empty = asyncio.Event()
        """Set when the last connection is gone."""
        self.state.on_empty = self._is_empty.set
        self._count = counted
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    async def start(self) -> str:
        """Begin to accept connections; returns the URL. EnvironmentProblem where the address is not to be had."""
        settings = self.settings
        self._load_tls()
        loop = asyncio.get_running_loop()
        try:
            if settings.unix_path is not None:
                _refuse_living_socket(settings.unix_path)
                self._listener = await loop.create_unix_server(self._accept, settings.unix_path, backlog=QUEUE)
            else:
                self._listener = await loop.create_server(self._accept, settings.host, settings.port, backlog=QUEUE)
        except (OSError, OverflowError, UnicodeError) as error:
            where = settings.unix_path or f"{settings.host}:{settings.port}"
            hint = "choose another path" if settings.unix_path else "choose another port, or 0 for any free one"
            reason = describe_error(error)[0] if isinstance(error, OSError) else str(error)
            raise EnvironmentProblem("serve/address", "address", where, reason, hint=hint) from error
        return self._url(self._listener.sockets[0])

    def _url(self, sock: socket.socket) -> str:
        scheme = "wss" if self.state.context is not None else "ws"
        if self.settings.unix_path is not None:
            return f"{scheme}+unix://{Path(self.settings.unix_path).absolute()}:/"
        return f"{scheme}://{address_text(sock.family, sock.getsockname())}/"

    def _remove_socket(self) -> None:
        if self.settings.unix_path is not None and self._listener is not None:
            with suppress(OSError):
                Path(self.settings.unix_path).unlink()

    def _load_tls(self) -> None:
        settings = self.settings
        tls, plan = settings.tls, self.state.plan
        _refuse_faults_without_tls(plan, tls)
        if tls is None:
            return
        from wscli.net.tls import server_context

        if tls.certificate is not None:
            context = server_context(
                tls.certificate, tls.key, tls.key_password, alpn=plan.alpn, client_ca=tls.client_ca
            )
        else:
            from wscli.serve.certificates import made_context

            context, self.certificate_fingerprint = made_context(
                settings.host, plan.certificate, tls.client_ca, alpn=plan.alpn
            )
        if settings.upgrade_tls is None:
            self.state.context = context
        else:
            self.state.upgrade_context = context

    def _accept(self) -> ServedConnection:
        self._count += 1
        return ServedConnection(self.state, self._count)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something of a connection beside the others; `stop` waits for it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Accept nothing more, say Close 1001 to all, wait for them a moment, then leave."""
        if self._listener is not None:
            self._listener.close()
        for connection in tuple(self.state.connections):
            connection.close()
        if self.state.connections:
            self._is_empty.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_empty.wait(), STOP_TIME)
        for connection in tuple(self.state.connections):
            connection.abort()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=STOP_TIME)
        self._remove_socket()


def _refuse_faults_without_tls(plan: Plan, tls: ServerTls | None) -> None:
    """Raise UsageProblem for faults that nobody would see: TLS, or a certificate of this run, is missing."""
    if plan.certificate is not None and (tls is None or tls.certificate is not None):
        name, reason, hint = f"certificate-{plan.certificate}", "it needs a certificate made for this run", "use --tls"
    elif plan.alpn and tls is None:
        name, reason, hint = f"alpn-{plan.alpn[0]}", "it needs TLS", "add --tls, or --cert"
    else:
        return
    raise UsageProblem("serve/fault-tls", "fault", name, reason, hint=hint)


def _refuse_living_socket(path: str) -> None:
    """Raise OSError where a server listens on a socket; one whose server is gone asyncio removes by itself."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
