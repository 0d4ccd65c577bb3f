"""Playing the server's side of a recording to clients under test: the test server with one service, the replay job."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

from wscli.app.console import Console, say
from wscli.app.exit_status import ExitStatus
from wscli.app.replaying.plan import Played, comparer_of, plan_of
from wscli.app.replaying.report import RunReport, report_of
from wscli.app.replaying.sending import load, say_report, write_junit
from wscli.app.serve import Log, allow_many_files, is_loopback
from wscli.app.verdict import SIGNAL_STATUSES
from wscli.engine.jobs.comparing import Comparer
from wscli.engine.jobs.replay import ReplayJob, ReplayPlan
from wscli.events import Batch, SessionEnded
from wscli.protocol.step import Order, Role
from wscli.serve.behaviours.service import Service
from wscli.serve.hub import Visit
from wscli.serve.server import Server
from wscli.settings import ServerSettings
from wscli.wire.grammar import decode_extensions

SERVICE = "recorded server"
"""The name of the service: no token, so that no client can offer it as a subprotocol."""
_WHAT = ("message", "messages")
_SIGNALS = tuple(SIGNAL_STATUSES)


class _Session(ReplayJob):
    """The job of one connection, which tells when it is over."""

    def __init__(self, plan: ReplayPlan, comparer: Comparer, on_end: Callable[[], None]) -> None:
        super().__init__(plan, comparer)
        self._on_end_of_session = on_end
        self.begun = time.monotonic()

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Do what a replay does; the end is told once."""
        orders = super().observe(batch)
        if any(isinstance(event, SessionEnded) for event in batch.events):
            self._on_end_of_session()
        return orders


class _Theatre:
    """Plays the recording to each client that comes, and collects what the clients did."""

    def __init__(self, plan: ReplayPlan, values: dict[str, Any], console: Console) -> None:
        self._plan = plan
        self._values = values
        self._console = console
        self._comparer = comparer_of(values["ignore"])
        self.reports: list[RunReport] = []
        self.is_different = False
        self._wanted: int | None = 1 if values["once"] else values["sessions"]
        self.on_enough: Callable[[], None] = lambda: None
        """Called when as many sessions as asked for are over."""

    def make(self, visit: Visit) -> ReplayJob:
        """Return the job of a connection."""
        name = f"client {visit.number}"
        return (job := _Session(self._plan, self._comparer, lambda: self._over(job, name)))

    def _over(self, job: _Session, name: str) -> None:
        if self._wanted is not None and self._wanted <= 0:
            return  # it came while the last one of those that count was there
        report = report_of(job, name, time.monotonic() - job.begun, _WHAT)
        self.is_different = self.is_different or report.is_different
        if self._values["junit"] is not None:
            self.reports.append(report)
        status = ExitStatus.EXPECTATION_MISSED if report.is_different else ExitStatus.DONE
        say_report(report, self._console, self._values, status)
        if self._wanted is not None:
            self._wanted -= 1
            if self._wanted == 0:
                self.on_enough()


def serve_recording(settings: ServerSettings, values: dict[str, Any]) -> ExitStatus:
    """Serve until enough sessions were played or a signal comes; 13 where a client differed from the recorded one."""
    console = Console(values["color"])
    played = load(values, console, Role.SERVER)
    return asyncio.run(_serve(_adapted(settings, played, values), plan_of(played, values), values, console))


def _adapted(settings: ServerSettings, played: Played, values: dict[str, Any]) -> ServerSettings:
    """Return the settings with what the recorded server agreed to."""
    has_deflate = any(one.name == "permessage-deflate" for one in decode_extensions(played.extensions)[0])
    settings = settings.replace(
        service=SERVICE,
        subprotocols=() if played.subprotocol is None else (played.subprotocol,),
        deflate=settings.deflate if has_deflate and not values["no_deflate"] else None,
    )
    if values["exact"]:
        liveness = settings.liveness.replace(answers_pings=False, answers_close=not played.has_own_close)
        settings = settings.replace(liveness=liveness)
    return settings


async def _serve(settings: ServerSettings, plan: ReplayPlan, values: dict[str, Any], console: Console) -> ExitStatus:
    allow_many_files()
    theatre = _Theatre(plan, values, console)
    log = Log(values | {"record": None, "json": False, "quiet": values["quiet"] or not values["verbose"]})
    server = Server(settings, log.sinks)
    server.state.services = {SERVICE: Service(SERVICE, "what the recording has", theatre.make)}
    url = await server.start()
    if not is_loopback(settings.host):
        console.note(f"warning: listening on {settings.host}, which others may reach; there is no authentication")
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: console.note(str(context.get("exception") or context["message"])))
    stopped: asyncio.Future[str | None] = loop.create_future()

    def stop(name: str | None) -> None:
        if not stopped.done():
            stopped.set_result(name)

    theatre.on_enough = lambda: stop(None)
    for name in _SIGNALS:
        loop.add_signal_handler(getattr(signal, name), stop, name)
    say(f"{url}\n")
    try:
        name_of_signal = await stopped
    finally:
        await server.stop()
        write_junit(theatre.reports, values)
    if theatre.is_different:
        return ExitStatus.EXPECTATION_MISSED
    return ExitStatus.DONE if name_of_signal is None else SIGNAL_STATUSES[name_of_signal]
