"""One session on the poll loop, from the settings to the exit status: what listen, send and replay have in common."""

from __future__ import annotations

import os
from typing import Any

from wscli.app.console import Console
from wscli.app.exit_status import ExitStatus
from wscli.app.outputs import Admits, Outputs
from wscli.diagnose.diagnosis import Diagnosis
from wscli.engine.bus import Bus
from wscli.engine.jobs.job import Job
from wscli.engine.poll_driver import PollDriver
from wscli.engine.session import Session
from wscli.engine.signals import SignalWatch
from wscli.errors import EnvironmentProblem, Problem
from wscli.net.dial import layers_for
from wscli.protocol.client import ClientConnection, preflight_requests, request_bytes
from wscli.settings import ConnectionSettings
from wscli.text import visible_bytes


def run_pipeline(
    settings: ConnectionSettings,
    job: Job,
    values: dict[str, Any],
    *,
    admits: Admits | None = None,
    reads_input: bool = False,
) -> ExitStatus:
    """Connect, let the job do its work, and return how it went. Problem where a file or an output fails."""
    console = Console(values["color"])
    with SignalWatch() as watch:
        outputs = Outputs(console, watch, values, settings.url.text)
        outputs.add_recordings()
        outputs.add_payloads(admits)
        outputs.add_transcript(values["verbose"])
        bus = Bus(outputs.sinks)
        connection = ClientConnection(settings, os.urandom, bus.interest | job.interest)
        stack = layers_for(settings, preflight_requests(settings))
        session = Session(settings, connection, stack, bus, job, annotate=Diagnosis(settings.url.text).annotate)
        driver = PollDriver(session, watch, 0 if reads_input else None, 1 if outputs.is_watched else None)
        try:
            driver.run()
        finally:
            bus.close(driver.now())
            outputs.close()
    return settle(outputs, bus, job)


def settle(outputs: Outputs, bus: Bus, job: Job) -> ExitStatus:
    """Return the status of a session that is over; Problem where its own input or output failed."""
    status = outputs.verdict.status
    if status in (ExitStatus.INTERRUPTED, ExitStatus.TERMINATED):
        return status
    lost = bus.lost_essential
    if isinstance(lost, BrokenPipeError):
        return ExitStatus.DONE  # who reads no further has what they wanted
    if lost is not None:
        raise _as_problem(lost)
    problem: Problem | None = getattr(job, "problem", None)
    if problem is not None:
        raise problem
    if status is ExitStatus.DONE and bus.failures:
        return ExitStatus.LOCAL_FAILURE  # said when it happened
    if status is ExitStatus.DONE and job.missed is not None:
        outputs.console.note(job.missed)
        return ExitStatus.EXPECTATION_MISSED
    return status


def _as_problem(error: Exception) -> Exception:
    if isinstance(error, OSError):
        return EnvironmentProblem("output/failed", "output", None, error.strerror or str(error))
    return error


def print_request(settings: ConnectionSettings) -> ExitStatus:
    """Print the bytes of the upgrade request, escaped on a terminal, and send nothing."""
    raw = request_bytes(settings, os.urandom)
    console = Console()
    if console.is_output_terminal:
        lines = raw.decode("latin-1").split("\r\n")[:-1]
        raw = "".join(f"{visible_bytes(line.encode('latin-1'))}\n" for line in lines).encode()
    os.write(1, raw)
    return ExitStatus.DONE
