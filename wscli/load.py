"""A Locust user that plays a recording: Locust's master, workers, web page and CSV do the rest (extra `load`).

`wscli replay FILE URL --locust FILE.py` writes the locustfile that makes a class of it. Each task of a user is one
session: the engine's own session logic on a blocking socket, which gevent makes cooperative; asyncio does not run under
gevent. Reported to Locust, as requests of the type `WS`: `connect`, each `reply` (a failure where it differs from the
recording, is missing or extra) and the `session` as a whole.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any, ClassVar

from locust import User, constant, task

from wscli.app.exit_status import MEANINGS, ExitStatus
from wscli.app.replaying.plan import comparer_of, plan_of, read_played, with_recorded_handshake
from wscli.app.replaying.sending import AS_RECORDED
from wscli.app.verdict import VerdictSink
from wscli.cli.commands import load_command
from wscli.cli.quick import parse_quickly
from wscli.cli.request import connection_settings, replay_speed
from wscli.engine.blocking_driver import BlockingDriver
from wscli.engine.bus import Bus
from wscli.engine.jobs.comparing import Comparer, Comparison, Verdict
from wscli.engine.jobs.replay import ReplayJob, ReplayPlan
from wscli.engine.session import Session
from wscli.errors import UsageProblem
from wscli.events import Batch, Interest, Opened
from wscli.net.dial import layers_for
from wscli.protocol.client import ClientConnection, preflight_requests
from wscli.protocol.step import Role
from wscli.record.reader import read_recording
from wscli.settings import ConnectionSettings


class Differs(Exception):
    """An answer, or the end of a session, is not what the recording has."""


class SessionFailed(Exception):
    """A session ended otherwise than well; says how, in the words of the exit statuses."""


class _OpenedSink:
    """Notes when the connection was open (a Sink)."""

    name = "opened"
    interest = Interest.NOTHING
    is_essential = False

    def __init__(self) -> None:
        self.at: float | None = None

    def accept(self, batch: Batch) -> None:
        """Look for the open connection."""
        if any(isinstance(event, Opened) for event in batch.events):
            self.at = batch.at

    def close(self) -> None:
        """Nothing is held."""


@cache
def _prepared(
    recording: str, embedded: str, url: str, options: tuple[str, ...]
) -> tuple[ConnectionSettings, ReplayPlan, Comparer]:
    """Return what the users of one class have in common; read once a process."""
    values = parse_quickly(load_command("replay"), [*options, recording or "embedded", url])
    if values is None:
        raise UsageProblem("load/options", "options", " ".join(options), "wscli replay does not understand them")
    values["speed"] = replay_speed(values["speed"])
    path = _unpacked(embedded) if embedded else recording
    with read_recording(path) as opened:
        played = read_played(opened, Role.CLIENT, is_exact=values["exact"])
    if embedded:
        os.unlink(path)  # noqa: PTH108 - os made it
    settings, _ = with_recorded_handshake(connection_settings(values), played, values)
    return settings, plan_of(played, values).replace(quiet=0.0), comparer_of(values["ignore"])


def _unpacked(embedded: str) -> str:
    from base64 import b64decode
    from tempfile import mkstemp

    descriptor, path = mkstemp(suffix=".jsonl.gz")
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(b64decode(embedded))
    return path


class ReplayUser(User):  # type: ignore[misc, unused-ignore]  # Any where Locust is not installed
    """Plays a recording again and again."""

    abstract = True
    wait_time = constant(0)
    recording: ClassVar[str] = ""
    """The path of the recording, where it is not embedded."""
    embedded: ClassVar[str] = ""
    """The recording, compressed with gzip and written in base64."""
    options: ClassVar[tuple[str, ...]] = ()
    """Options of `wscli replay`."""

    @task  # type: ignore[untyped-decorator, unused-ignore]  # as above
    def play(self) -> None:
        """Play one session."""
        settings, plan, comparer = _prepared(self.recording, self.embedded, self.host, self.options)
        times: list[float] = []
        job, verdict, opened = ReplayJob(plan, comparer, times.append), VerdictSink(), _OpenedSink()
        bus = Bus((verdict, opened))
        connection = ClientConnection(settings, os.urandom, bus.interest | job.interest)
        session = Session(settings, connection, layers_for(settings, preflight_requests(settings)), bus, job)
        driver = BlockingDriver(session)
        driver.run()
        self._report(job, verdict.status, opened.at, times, driver.now())

    def _report(
        self, job: ReplayJob, status: ExitStatus, opened_at: float | None, times: list[float], seconds: float
    ) -> None:
        if status in AS_RECORDED and job.has_recorded_ending:
            status = ExitStatus.DONE
        failure: Exception | None = None if status is ExitStatus.DONE else SessionFailed(MEANINGS[status])
        if opened_at is None:
            self._fire("connect", seconds, failure or SessionFailed("it was never open"))
            return
        self._fire("connect", opened_at, None)
        came = iter(times)
        for comparison in job.comparisons:
            took = next(came, 0.0) if comparison.actual is not None else 0.0
            length = len(comparison.actual.payload) if comparison.actual is not None else 0
            self._fire("reply", took, _maybe_difference(comparison), length)
        if failure is None and (job.missed or job.ending_difference):
            failure = Differs(job.missed or job.ending_difference)
        self._fire("session", seconds, failure)

    def _fire(self, name: str, seconds: float, failure: Exception | None, length: int = 0) -> None:
        request: Any = self.environment.events.request
        request.fire(
            request_type="WS",
            name=name,
            response_time=seconds * 1000,
            response_length=length,
            exception=failure,
            context={},
        )


def _maybe_difference(comparison: Comparison) -> Exception | None:
    if comparison.verdict is Verdict.SAME:
        return None
    places = ", ".join(one.place or "the value" for one in comparison.differences[:3])
    return Differs(f"reply {comparison.number}: {comparison.verdict.value}" + (f" at {places}" if places else ""))
