"""Many users in one process: the same recording as so many sessions at a time, and what they came to in numbers."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from typing import Any

from wscli.app.console import Console
from wscli.app.exit_status import MEANINGS, ExitStatus
from wscli.app.replaying.plan import comparer_of, plan_of
from wscli.app.replaying.sending import AS_RECORDED, adapted, load
from wscli.app.serve import allow_many_files
from wscli.app.verdict import SIGNAL_STATUSES, VerdictSink
from wscli.engine.async_driver import AsyncDriver
from wscli.engine.bus import Bus
from wscli.engine.jobs.comparing import Comparer, Verdict
from wscli.engine.jobs.replay import ReplayJob, ReplayPlan
from wscli.engine.session import Session
from wscli.net.dial import layers_for
from wscli.protocol.client import ClientConnection, preflight_requests
from wscli.protocol.step import Role
from wscli.render.progress import Progress
from wscli.settings import ConnectionSettings
from wscli.stats.load import Load, LoadSink, load_json, load_lines

LOOK = 0.2
"""Seconds between two looks of the progress bar."""


class _Crowd:
    """The users, what they have in common, and their numbers."""

    def __init__(self, settings: ConnectionSettings, plan: ReplayPlan, comparer: Comparer, loops: int) -> None:
        self.load = Load()
        self.worst = ExitStatus.DONE
        self.is_stopping = False
        self.drivers: set[AsyncDriver] = set()
        self._settings = settings
        self._plan = plan
        self._comparer = comparer
        self._loops = loops

    async def run_user(self, delay: float) -> None:
        """Come after a while, and play the recording as often as asked."""
        await asyncio.sleep(delay)
        for _ in range(self._loops):
            if self.is_stopping:
                return
            await self._run_session()

    async def _run_session(self) -> None:
        load, settings = self.load, self._settings
        job, verdict = ReplayJob(self._plan, self._comparer, load.replies.add), VerdictSink()
        bus = Bus((verdict, LoadSink(load)))
        connection = ClientConnection(settings, os.urandom, bus.interest | job.interest)
        session = Session(settings, connection, layers_for(settings, preflight_requests(settings)), bus, job)
        driver = AsyncDriver(session)
        self.drivers.add(driver)
        load.running += 1
        try:
            await driver.run()
        finally:
            load.running -= 1
            self.drivers.discard(driver)
        load.sessions += 1
        self._judge(job, verdict.status)

    def _judge(self, job: ReplayJob, status: ExitStatus) -> None:
        load = self.load
        if status in AS_RECORDED and job.has_recorded_ending:
            status = ExitStatus.DONE
        is_same = job.ending_difference is None
        for comparison in job.comparisons if job.is_opened else ():
            name = comparison.verdict.value
            load.compared[name] = load.compared.get(name, 0) + 1
            is_same = is_same and comparison.verdict is Verdict.SAME
        if status is ExitStatus.DONE and (job.missed is not None or not is_same):
            status = ExitStatus.EXPECTATION_MISSED
        if status is not ExitStatus.DONE and not self.is_stopping:
            is_missed = status is ExitStatus.EXPECTATION_MISSED
            load.fail("differs from the recording" if is_missed else MEANINGS[status])
            # One that failed otherwise tells more than one whose answers differ.
            if self.worst in (ExitStatus.DONE, ExitStatus.EXPECTATION_MISSED):
                self.worst = status if not is_missed or self.worst is ExitStatus.DONE else self.worst

    def stop(self, name: str) -> None:
        """Close every session; nobody comes any more."""
        self.is_stopping = True
        self.worst = SIGNAL_STATUSES[name]
        for driver in tuple(self.drivers):
            driver.interrupt(name)


def run_users(settings: ConnectionSettings, values: dict[str, Any]) -> ExitStatus:
    """Run the users and print what they came to; returns the first failure that is more than a difference, or 13."""
    console = Console(values["color"])
    played = load(values, console, Role.CLIENT)
    settings = adapted(settings, played, values, console)
    # Users do not wait for what nobody expects: the next session begins when the last reply is there.
    plan = plan_of(played, values).replace(quiet=0.0)
    crowd = _Crowd(settings, plan, comparer_of(values["ignore"]), max(values["loop"], 1))
    begun = time.monotonic()
    with Progress("users", is_terminal=console.is_talk_terminal and not values["quiet"], begun=begun) as progress:
        asyncio.run(_run(crowd, values["users"], values["ramp"] or 0.0, max(values["loop"], 1), progress))
    crowd.load.seconds = time.monotonic() - begun
    _say(crowd.load, values)
    return crowd.worst


async def _run(crowd: _Crowd, users: int, ramp: float, loops: int, progress: Progress) -> None:
    allow_many_files()
    loop = asyncio.get_running_loop()
    for name in SIGNAL_STATUSES:
        loop.add_signal_handler(getattr(signal, name), crowd.stop, name)
    tasks = [
        asyncio.create_task(crowd.run_user(ramp * number / users), name=f"user {number + 1}") for number in range(users)
    ]
    running = set(tasks)
    while running:
        _, running = await asyncio.wait(running, timeout=LOOK)
        note = f"{crowd.load.running} running, {crowd.load.failed} failed"
        progress.show(crowd.load.sessions / (users * loops), time.monotonic(), note)
        if crowd.is_stopping and not crowd.drivers:
            for task in running:  # those that have not come yet
                task.cancel()
    for task in tasks:
        if not task.cancelled():
            task.result()  # raises what a user met that is a fault of wscli


def _say(load: Load, values: dict[str, Any]) -> None:
    from json import dumps

    if values["json"]:
        text = f"{dumps(load_json(load, values['users']))}\n"
    else:
        text = "".join(f"{line}\n" for line in load_lines(load, values["users"]))
    sys.stdout.write(text)
    sys.stdout.flush()
