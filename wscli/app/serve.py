"""`serve`: the test server until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from wscli import __version__
from wscli.app.console import Console
from wscli.app.exit_status import ExitStatus
from wscli.app.outputs import RECORDED
from wscli.app.talking import say
from wscli.errors import Problem, file_problem
from wscli.events import Sink
from wscli.record.header import RecordingHeader
from wscli.record.writer import RecordingWriter, open_recording
from wscli.render.context import HANDSHAKE
from wscli.render.transcript import Transcript
from wscli.serve.access import AccessLog
from wscli.serve.server import Server
from wscli.settings import ServerSettings

_SIGNALS = {"SIGINT": ExitStatus.INTERRUPTED, "SIGTERM": ExitStatus.TERMINATED, "SIGHUP": ExitStatus.TERMINATED}


def run_serve(settings: ServerSettings, values: dict[str, Any]) -> ExitStatus:
    """Serve until a signal; the first line on standard output is the URL, printed once connections are accepted."""
    return asyncio.run(_serve(settings, Log(values)))


class Log:
    """What is shown and kept of each connection."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.console = Console(values["color"])
        self._level: int = -1 if values["quiet"] else values["verbose"]
        self._json = bool(values["json"])
        self._folder: str | None = values["record"]
        self._keeps_secrets = bool(values["keep_secrets"])
        self.counted = 0
        """The highest number of the connections that are recorded in the folder already: none is written over."""
        if self._folder is not None:
            try:
                os.makedirs(self._folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - os is loaded, pathlib is not
                self.counted = _highest(os.listdir(self._folder))  # noqa: PTH208 - the same
            except OSError as error:
                raise file_problem("serve/record", "folder", self._folder, error) from error

    def sinks(self, number: int, address: str) -> Sequence[Sink]:
        """Return the sinks of a connection."""
        console, painter = self.console, self.console.painter(2)
        sinks: list[Sink] = []
        if self._level >= 0:
            tells = self._level >= HANDSHAKE
            sinks.append(AccessLog(console.talk, painter, number, address, _time_of_day, tells_story=tells))
        if self._level >= HANDSHAKE:
            sinks.append(Transcript(_prefixed(console.talk, number), painter, self._level, width=console.width))
        header = RecordingHeader(tool=f"wscli {__version__}", started=console.now_text(), command=f"serve #{number}")
        if self._json:
            sinks.append(
                RecordingWriter(
                    _NumberedLines(number),  # type: ignore[arg-type]  # write and flush are all it asks for
                    header,
                    interest=RECORDED,
                    keep_secrets=self._keeps_secrets,
                    sync=True,
                    name="json",
                )
            )
        if self._folder is not None:
            path = f"{self._folder}/connection-{number:06}.jsonl"
            try:
                sinks.append(open_recording(path, header, interest=RECORDED, keep_secrets=self._keeps_secrets))
            except Problem as problem:  # the others are still served, and this one too
                console.note(str(problem))
        return sinks


class _NumberedLines:
    """Standard output, each line of JSON beginning with the connection's number."""

    def __init__(self, number: int) -> None:
        self._begin = b'{"connection":%d,' % number

    def write(self, data: bytes) -> None:
        """Write whole lines."""
        lines = [self._begin + line[1:] for line in data.splitlines(keepends=True)]
        sys.stdout.buffer.write(b"".join(lines))

    def flush(self) -> None:
        """Pass on what was written."""
        sys.stdout.buffer.flush()


def _highest(names: Sequence[str]) -> int:
    """Return the highest number of a connection among the names of recordings."""
    numbers = [name.removeprefix("connection-").removesuffix(".jsonl") for name in names]
    return max((int(number) for number in numbers if number.isascii() and number.isdigit()), default=0)


def _prefixed(write: Callable[[str], None], number: int) -> Callable[[str], None]:
    """Return a writer that begins each line with the connection's number."""
    return lambda text: write("".join(f"#{number} {line}" for line in text.splitlines(keepends=True)))


def _time_of_day() -> str:
    moment = time.time()
    return time.strftime("%H:%M:%S", time.localtime(moment)) + f".{int(moment * 1000) % 1000:03d}"


def allow_many_files() -> None:
    """Raise the soft limit of open files to the hard one: each connection is one, and 1024 are soon used up."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _serve(settings: ServerSettings, log: Log) -> ExitStatus:
    allow_many_files()
    server = Server(settings, log.sinks, counted=log.counted)
    url = await server.start()
    # What goes wrong with one connection, or with accepting one, is a line and not the end of the others.
    asyncio.get_running_loop().set_exception_handler(lambda _, context: log.console.note(_trouble(context)))
    for warning in _warnings(server):
        log.console.note(warning)
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[str] = loop.create_future()
    for name in _SIGNALS:
        loop.add_signal_handler(getattr(signal, name), _stop, stopped, name)
    say(f"{url}\n")
    name = await stopped
    await server.stop()
    return _SIGNALS[name]


def _warnings(server: Server) -> list[str]:
    settings = server.settings
    found = []
    if settings.unix_path is None and not is_loopback(settings.host):
        guard = "" if settings.credentials is not None else "; there is no authentication (--user)"
        found.append(f"warning: listening on {settings.host}, which others may reach{guard}")
    if settings.upgrade_tls is not None:
        found.append(
            "note: TLS inside HTTP/1.1 (RFC 2817) is a thing of history; Apache dropped it in 2.4.64 (CVE-2025-49812)"
        )
    if server.certificate_fingerprint is not None:
        found.append(f"certificate made for this run (clients need -k), SHA-256 {server.certificate_fingerprint}")
    if settings.faults:
        found.append(f"every WebSocket connection gets the fault {', '.join(settings.faults)}")
    return found


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host: an address of the loopback network, or its name."""
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _trouble(context: dict[str, Any]) -> str:
    error = context.get("exception")
    return f"{context['message']}: {error}" if error is not None else str(context["message"])


def _stop(stopped: asyncio.Future[str], name: str) -> None:
    if not stopped.done():
        stopped.set_result(name)
