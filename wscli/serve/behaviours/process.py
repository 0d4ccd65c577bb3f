"""A process for each connection: its lines are messages, messages are its lines, as websocketd does.

The command is run as it is, never through a shell, and what the client sent reaches it on its standard input and, as
CGI gives it, in a few environment variables.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from wscli.engine.jobs.job import IdleJob
from wscli.events import Batch, Interest, MessageKind, MessageReceived, Opened, SessionEnded
from wscli.protocol.step import Order, SendClose, SendMessage
from wscli.serve.behaviours.service import Service
from wscli.serve.hub import Visit
from wscli.wire.utf8 import find_invalid

LINE = 1 << 20
"""The longest line of a process that becomes one message; longer ones come in pieces."""

WAITING = 64
"""Messages that may wait for the process before no more are read from the client."""

PATIENCE = 2.0
"""Seconds a process has to end after its input did, and again after SIGTERM."""

Spawn = Callable[[Coroutine[Any, Any, None]], None]


def process_service(name: str, command: tuple[str, ...], spawn: Spawn) -> Service:
    """Return the service that runs a command for each connection."""
    return Service(name, "a process for each connection", lambda visit: ProcessJob(visit, command, spawn))


class ProcessJob(IdleJob):
    """Joins one connection and one process."""

    interest = Interest.MESSAGES

    def __init__(self, visit: Visit, command: tuple[str, ...], spawn: Spawn) -> None:
        super().__init__()
        self._visit = visit
        self._command = command
        self._spawn = spawn
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        """For the process; None ends its input."""
        self._gone = asyncio.Event()
        """Set once the client is gone."""

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Start the process with the connection, hand over messages, end its input with the connection."""
        for event in batch.events:
            if isinstance(event, Opened):
                self._spawn(self._run())
            elif isinstance(event, MessageReceived):
                self._lines.put_nowait(event.payload + b"\n")
                if self._lines.qsize() > WAITING:
                    self._visit.hold_input(is_held=True)
            elif isinstance(event, SessionEnded):
                self._lines.put_nowait(None)
                self._gone.set()
        return ()

    async def _run(self) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LINE,
                env=os.environ | environment_of(self._visit),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            self._visit.deliver((SendClose(1011, f"the command cannot be run: {error}"),))
            return
        feeding = asyncio.ensure_future(self._feed(process))
        try:
            await self._speak(process)
        finally:
            feeding.cancel()
            await self._see_off(process)

    async def _feed(self, process: asyncio.subprocess.Process) -> None:
        """Write messages to the process as fast as it takes them."""
        stdin = process.stdin
        assert stdin is not None  # it is a pipe
        with suppress(OSError):  # the process takes no more
            while (line := await self._lines.get()) is not None:
                stdin.write(line)
                await stdin.drain()
                if self._lines.qsize() <= WAITING // 2:
                    self._visit.hold_input(is_held=False)
        stdin.close()

    async def _speak(self, process: asyncio.subprocess.Process) -> None:
        """Send each line of the process as a message, as fast as the client takes them, until its output ends."""
        stdout = process.stdout
        assert stdout is not None  # it is a pipe
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            while not self._gone.is_set():
                reading = asyncio.ensure_future(_line(stdout))
                await asyncio.wait((reading, gone), return_when=asyncio.FIRST_COMPLETED)
                if not reading.done():
                    reading.cancel()
                    return
                line = reading.result()
                if not line:
                    break
                await self._visit.writable()
                self._visit.deliver((_message(line.removesuffix(b"\n").removesuffix(b"\r")),))
        finally:
            gone.cancel()
        status = await process.wait()
        self._visit.deliver((SendClose(1000) if status == 0 else SendClose(1011, _ending(status)),))

    async def _see_off(self, process: asyncio.subprocess.Process) -> None:
        """See that the process ends: by itself, now that its input has, or by signals."""
        if process.stdin is not None:
            process.stdin.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                await asyncio.wait_for(process.wait(), PATIENCE)
            except TimeoutError:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            else:
                return
        await process.wait()


async def _line(stream: asyncio.StreamReader) -> bytes:
    """Return the next line with its end, or a piece of one that is too long; empty at the end."""
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as overrun:
        return await stream.readexactly(overrun.consumed or LINE)


def _message(line: bytes) -> SendMessage:
    kind = MessageKind.TEXT if find_invalid(line) is None else MessageKind.BINARY
    return SendMessage(kind, line)


def _ending(status: int) -> str:
    return f"the command ended with status {status}" if status > 0 else f"the command ended by signal {-status}"


def environment_of(visit: Visit) -> dict[str, str]:
    """Return what the process is told about the connection (RFC 3875 §4.1 names)."""
    path, _, query = visit.request.local_target.partition("?")
    host, _, port = visit.presence.address.rpartition(":")
    told = {
        "REMOTE_ADDR": host.strip("[]"),
        "REMOTE_PORT": port,
        "REQUEST_METHOD": visit.request.method,
        "REQUEST_URI": visit.request.target,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_SOFTWARE": "wscli",
        "HTTP_ORIGIN": visit.request.fields.get("Origin") or "",
        "HTTP_SEC_WEBSOCKET_PROTOCOL": visit.request.fields.joined("Sec-WebSocket-Protocol") or "",
    }
    return {name: value.replace("\0", "") for name, value in told.items()}
