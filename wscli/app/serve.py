"""`serve`: the test server until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from typing import Any

from wscli import __version__
from wscli.app.console import Console
from wscli.app.exit_status import ExitStatus
from wscli.app.outputs import RECORDED
from wscli.app.talking import say
from wscli.events import Sink
from wscli.record.header import RecordingHeader
from wscli.record.writer import RecordingWriter
from wscli.render.transcript import Transcript
from wscli.render.views import QUIET
from wscli.serve.server import Server
from wscli.settings import ServerSettings

LOOPBACK = ("127.", "::1", "localhost")


def run_serve(settings: ServerSettings, values: dict[str, Any]) -> ExitStatus:
    """Serve until a signal; the first line on standard output is the URL, printed once connections are accepted."""
    return asyncio.run(_serve(settings, values))


async def _serve(settings: ServerSettings, values: dict[str, Any]) -> ExitStatus:
    console = Console()
    if not settings.host.startswith(LOOPBACK):
        console.note(f"warning: listening on {settings.host}, which others may reach; there is no authentication")

    def make_sinks(number: int) -> Sequence[Sink]:
        level = QUIET if values["quiet"] else values["verbose"]
        sinks: list[Sink] = [Transcript(console.talk, console.painter(2), level, width=console.width)]
        if values["json"]:
            header = RecordingHeader(
                tool=f"wscli {__version__}", started=console.started_text(), command=f"serve #{number}"
            )
            sinks.append(
                RecordingWriter(
                    sys.stdout.buffer, header, interest=RECORDED, keep_secrets=False, sync=True, name="json"
                )
            )
        return sinks

    server = Server(settings, make_sinks)
    url = await server.start()
    say(f"{url}\n")
    stopped: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    for name in ("SIGINT", "SIGTERM"):
        asyncio.get_running_loop().add_signal_handler(getattr(signal, name), _stop, stopped, name)
    await stopped
    await server.stop()
    return ExitStatus.DONE


def _stop(stopped: asyncio.Future[str], name: str) -> None:
    if not stopped.done():
        stopped.set_result(name)
