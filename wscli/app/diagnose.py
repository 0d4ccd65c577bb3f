"""`diagnose`: the checks of one plain connection as it happens, then the variants that decide, then the verdict.

Real sessions on the engine, one after the other; only the second connection lies inside the plain one, since two at the
same time is what it is about. What to check, what to try and what it means is said by `wscli.diagnose`, which is pure.
All sessions share one stream of events, whose clock begins with the first.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from shlex import join
from typing import Any

from wscli.app.console import Console, descriptor_writer
from wscli.app.exit_status import MEANINGS, ExitStatus
from wscli.app.outputs import Outputs
from wscli.app.verdict import SIGNAL_STATUSES, VerdictSink
from wscli.diagnose.case import Case
from wscli.diagnose.checks import Checker, check_address, check_second
from wscli.diagnose.diagnosis import Diagnosis
from wscli.diagnose.planning import plan_variants, why_none
from wscli.diagnose.variants import Tried, answer_of, goes_well, maybe_conclusion, maybe_next, opens
from wscli.diagnose.weighing import Verdict, weigh_bad, weigh_good
from wscli.engine.bus import Bus
from wscli.engine.jobs.probe import PONG_TIME, ProbeJob
from wscli.engine.poll_driver import PollDriver
from wscli.engine.session import Session
from wscli.engine.signals import Interruption, SignalWatch
from wscli.engine.trying import Trials
from wscli.errors import EnvironmentProblem
from wscli.events import (
    Batch,
    Checked,
    CheckOutcome,
    Connected,
    Diagnosed,
    Event,
    Finding,
    Interest,
    ProbeEnded,
    ProbePart,
    ProbeStarted,
    SentRequest,
)
from wscli.net.dial import layers_for
from wscli.protocol.client import ClientConnection
from wscli.render.context import HANDSHAKE
from wscli.render.transcript import Transcript
from wscli.render.views import DIAGNOSIS, QUIET
from wscli.settings import ConnectionSettings

TRYING_TIME = 2.0
"""Seconds for the addresses that the plain connection did not use."""
VARIANT_CLOSE = 1.0
"""Seconds that the closing handshake of a variant gets: what is asked of it has been answered by then."""


def run_diagnose(settings: ConnectionSettings, values: dict[str, Any]) -> ExitStatus:
    """Diagnose a URL; returns the status that the plain connection comes to. Problem where a file or output fails."""
    console = Console(values["color"])
    with SignalWatch() as watch:
        outputs = Outputs(console, watch, values, settings.url.text)
        outputs.add_recordings()
        report = _report(console, watch, values)
        bus = Bus([*outputs.recordings, report])
        run = _Run(settings, values, watch, bus, outputs)
        try:
            status = run.diagnose()
        except Interruption:
            status = SIGNAL_STATUSES.get(watch.first or "", ExitStatus.INTERRUPTED)
        except OutputLost:
            status = ExitStatus.DONE
        finally:
            bus.close(run.now())
    lost = bus.lost_essential
    if isinstance(lost, BrokenPipeError):
        return ExitStatus.DONE  # who reads no further has what they wanted
    if lost is not None:
        if isinstance(lost, OSError):
            raise EnvironmentProblem("output/failed", "output", None, lost.strerror or str(lost)) from lost
        raise lost
    return ExitStatus.LOCAL_FAILURE if status is ExitStatus.DONE and bus.failures else status


def _report(console: Console, watch: SignalWatch, values: dict[str, Any]) -> Transcript:
    """Return what shows the diagnosis: on standard output, where no JSON goes there."""
    is_talk = bool(values["json"])
    write = descriptor_writer(1, watch)

    def print_out(text: str) -> None:
        write(text.encode("utf-8", "backslashreplace"))

    level = QUIET if values["quiet"] else values["verbose"]
    return Transcript(
        console.talk if is_talk else print_out,
        console.painter(2 if is_talk else 1),
        level,
        width=console.width,
        name="report" if is_talk else "output",
        is_essential=not is_talk,
        only=DIAGNOSIS if level < HANDSHAKE else None,
    )


class OutputLost(Exception):
    """An output without which the diagnosis has no purpose failed; the bus has what it raised."""


class _Follower:
    """One session's way into the stream that all share (a Sink)."""

    name = "diagnosis"
    is_essential = True

    def __init__(self, run: _Run, began: float, interest: Interest) -> None:
        self.interest = interest
        self.case = Case()
        self._run = run
        self._began = began

    def accept(self, batch: Batch) -> None:
        """Pass a batch on; OutputLost where nobody takes it any more."""
        self.case.observe(batch)
        self._run.publish(self._began + batch.at, *batch.events)

    def close(self) -> None:
        """Nothing is held."""


class _PlainFollower(_Follower):
    """That of the plain session: its checks are said, its findings and its status kept."""

    def __init__(self, run: _Run, began: float, interest: Interest) -> None:
        super().__init__(run, began, interest)
        self.findings: list[Finding] = []
        self.verdict = VerdictSink()
        self._checker = Checker(run.settings)

    def accept(self, batch: Batch) -> None:
        """Pass a batch on, and the checks that it leads to."""
        super().accept(batch)
        self.verdict.accept(batch)
        self.findings += [event for event in batch.events if isinstance(event, Finding)]
        self._run.publish(self._began + batch.at, *self._checker.observe(batch))
        if any(isinstance(event, Connected) for event in batch.events):
            self._run.try_addresses(self._checker.untried)
        else:
            self._run.say_trials()


class _Run:
    """One diagnosis."""

    def __init__(
        self, settings: ConnectionSettings, values: dict[str, Any], watch: SignalWatch, bus: Bus, outputs: Outputs
    ) -> None:
        self.settings = settings
        self._values = values
        self._watch = watch
        self._bus = bus
        self._outputs = outputs
        self._checks: list[Checked] = []
        self._sent: list[SentRequest] = []
        self._tried: list[Tried] = []
        self._numbers: list[int] = []
        """The probes under way, the inner one last."""
        self._trials: Trials | None = None
        """The addresses that are being tried beside the plain connection."""
        self._at = 0.0
        """The moment of the last batch: the clock of the stream never goes back."""
        self._begun = time.monotonic()

    def now(self) -> float:
        """Return the seconds since the diagnosis began."""
        return time.monotonic() - self._begun

    # --- The stream --------------------------------------------------------------------------------------------------
    def publish(self, at: float, *events: Event) -> None:
        """Give events to the outputs, each line marked with its probe; what an essential output raised comes out."""
        if not events:
            return
        self._checks += [event for event in events if isinstance(event, Checked)]
        mark = f'"probe":{self._numbers[-1]},' if self._numbers else ""
        for recording in self._outputs.recordings:
            recording.mark = mark
        self._at = max(self._at, at)
        self._bus.publish(Batch(self._at, events))
        if self._bus.lost_essential is not None:
            raise OutputLost

    @property
    def _is_stopped(self) -> bool:
        return self._watch.first is not None or self._bus.lost_essential is not None

    def _limited(self, settings: ConnectionSettings, **limits: float | None) -> ConnectionSettings:
        """Return the settings with what is left of the whole time."""
        total = self.settings.limits.total
        left = None if total is None else max(total - self.now(), 0.001)
        return settings.replace(limits=settings.limits.replace(total=left, **limits))

    @property
    def _is_time_over(self) -> bool:
        total = self.settings.limits.total
        return total is not None and self.now() >= total

    def _may_send(self) -> bool:
        left = len(self._sent) + len(self._numbers) < self._values["max_requests"]
        return left and not self._is_stopped and not self._is_time_over

    # --- One connection ----------------------------------------------------------------------------------------------
    def _probe(
        self,
        settings: ConnectionSettings,
        part: ProbePart,
        change: str,
        job: ProbeJob,
        works: Callable[[Case], bool] = opens,
    ) -> _Follower:
        """Make a connection and say what came of it; OutputLost where nobody wants to know any more."""
        stack = layers_for(settings)  # first, since it may be a Problem
        number = len(self._sent) + len(self._numbers) + 1
        self._numbers.append(number)
        began = self.now()
        self.publish(began, ProbeStarted(number, part, change, settings.url.text))
        kind = _PlainFollower if part is ProbePart.PLAIN else _Follower
        follower = kind(self, began, self._bus.interest | Interest.FRAMES)
        bus = Bus([follower])
        connection = ClientConnection(settings, os.urandom, bus.interest)
        session = Session(settings, connection, stack, bus, job, annotate=Diagnosis(settings.url.text).annotate)
        PollDriver(session, self._watch, None, 1 if self._outputs.is_watched else None).run()
        if bus.lost_essential is not None:
            self._bus.lose_essential(self.now(), bus.lost_essential)
            raise OutputLost
        if part is ProbePart.PLAIN:
            self._finish_trials()
        answer = answer_of(follower.case)
        is_other = part is ProbePart.VARIANT and works(follower.case)
        self._sent.append(SentRequest(number, change, settings.url.text, answer))
        self.publish(self.now(), ProbeEnded(number, answer, is_other))
        self._numbers.pop()
        return follower

    def diagnose(self) -> ExitStatus:
        """Check the plain connection, try the variants, say the verdict."""
        job = ProbeJob(self._values["ping_timeout"] or PONG_TIME, self._try_second)
        plain = self._probe(self._limited(self.settings), ProbePart.PLAIN, "", job)
        assert isinstance(plain, _PlainFollower)  # as `_probe` makes it for a plain connection
        status = plain.verdict.status
        if status is ExitStatus.DONE and job.missed is not None:
            status = ExitStatus.TIME_LIMIT
        self._try_variants(plain.case)
        if self._watch.first is not None:
            status = SIGNAL_STATUSES.get(self._watch.first, ExitStatus.TERMINATED)
        self._watch.take()  # what it said is in the status; the verdict is to be written all the same
        self.publish(self.now(), self._diagnosed(status, plain))
        return status

    # --- Addresses beside the plain connection -----------------------------------------------------------------------
    def try_addresses(self, addresses: tuple[str, ...]) -> None:
        """Begin to connect to addresses that the plain connection passed over."""
        if addresses:
            connect = self.settings.limits.connect
            self._trials = Trials(addresses, min(TRYING_TIME, connect or TRYING_TIME))

    def say_trials(self) -> None:
        """Say what has come of them by now."""
        if self._trials is not None:
            self.publish(
                self._at, *(check_address(one.address, one.reason, one.seconds) for one in self._trials.take())
            )

    def _finish_trials(self) -> None:
        if self._trials is not None:
            self._trials.finish(self._watch.fileno())
            self.say_trials()

    # --- What follows the plain connection ---------------------------------------------------------------------------
    def _try_second(self) -> None:
        """Open another connection while the plain one is open."""
        if self._values["no_variants"] or not self._may_send():
            return
        began = self.now()
        settings = self._limited(self.settings, close=VARIANT_CLOSE)
        second = self._probe(settings, ProbePart.SECOND, "while the first one is open", ProbeJob())
        if self._is_stopped:
            self._watch.give_back()  # the signal is meant for the plain session too
        else:
            answer = self._sent[-1].answer
            self.publish(self.now(), check_second(answer, opens(second.case), self.now() - began))

    def _try_variants(self, case: Case) -> None:
        """Try one change after the other until one works, or it is enough."""
        variants = () if self._values["no_variants"] else plan_variants(case, self.settings)
        if not variants:
            reason = "--no-variants" if self._values["no_variants"] else why_none(case)
            if not self._is_stopped:
                self.publish(self.now(), Checked("variants", CheckOutcome.SKIPPED, reason))
            return
        while (variant := maybe_next(variants, self._tried)) is not None:
            if not self._may_send():
                self._say_left_out()
                return
            settings = self._limited(variant.settings, close=VARIANT_CLOSE)
            job = ProbeJob(PONG_TIME if variant.works is goes_well else None)
            tried = self._probe(settings, ProbePart.VARIANT, variant.change, job, variant.works)
            if self._is_stopped:
                return
            self._tried.append(Tried(variant, answer_of(tried.case), variant.works(tried.case)))

    def _say_left_out(self) -> None:
        if not self._is_stopped:
            limit = "--max-time" if self._is_time_over else "--max-requests"
            self.publish(self.now(), Checked("variants", CheckOutcome.SKIPPED, f"no further one is tried: {limit}"))

    def _diagnosed(self, status: ExitStatus, plain: _PlainFollower) -> Diagnosed:
        conclusion = maybe_conclusion(self._tried)
        if self._watch.first is not None:
            verdict = Verdict("interrupted; what is known so far stands above")
        elif status is ExitStatus.DONE:
            verdict = weigh_good(self._checks, plain.findings)
        else:
            otherwise = f"see every byte: {join(('wscli', 'connect', '-vvv', self.settings.url.text))}"
            verdict = weigh_bad(MEANINGS[status], self._checks, plain.findings, conclusion, otherwise)
        requests = tuple(sorted(self._sent, key=lambda one: one.number))
        change = "" if conclusion is None else conclusion.change
        most = self._values["max_requests"]
        return Diagnosed(int(status), verdict.summary, verdict.causes, verdict.advice, change, requests, most)
