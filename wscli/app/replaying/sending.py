"""Sending a recording again: one session after the other, each compared, the sums, the report files."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from wscli.app.console import Console
from wscli.app.exit_status import ExitStatus
from wscli.app.pipeline import print_request, run_pipeline
from wscli.app.replaying.plan import Played, comparer_of, plan_of, read_played, with_recorded_handshake
from wscli.app.replaying.report import RunReport, difference_text, junit_xml, report_json, report_of, sums_text
from wscli.engine.jobs.replay import ReplayJob
from wscli.errors import file_problem
from wscli.protocol.step import Role
from wscli.record.reader import read_recording
from wscli.settings import ConnectionSettings

AS_RECORDED = (ExitStatus.CLOSED_WITH_ERROR, ExitStatus.NO_CLOSE)
"""Statuses that are none where the session ended as the recorded one did."""


def load(values: dict[str, Any], console: Console, role: Role) -> Played:
    """Return what is to be played, its notes said."""
    with read_recording(values["file"], values["connection"]) as recording:
        played = read_played(recording, role, is_exact=values["exact"])
        for note in recording.notes:
            console.note(f"recording `{recording.path}`: {note}")
    return played


def adapted(
    settings: ConnectionSettings, played: Played, values: dict[str, Any], console: Console
) -> ConnectionSettings:
    """Return the settings with what the recording says about the handshake; what cannot be copied is said."""
    settings, notes = with_recorded_handshake(settings, played, values)
    for note in () if values["quiet"] else notes:
        console.note(note)
    return settings


def send_again(settings: ConnectionSettings, values: dict[str, Any]) -> ExitStatus:
    """Send the recording again as often as asked, compare, report; returns the worst of it."""
    console = Console(values["color"])
    played = load(values, console, Role.CLIENT)
    plan, comparer = plan_of(played, values), comparer_of(values["ignore"])
    settings = adapted(settings, played, values, console)
    if values["dry_run"]:
        return print_request(settings)
    reports: list[RunReport] = []
    status = ExitStatus.DONE
    for number in range(1, max(values["loop"], 1) + 1):
        job, begun = ReplayJob(plan, comparer), time.monotonic()
        status = run_pipeline(settings, job, _without_payloads(values))
        if status in AS_RECORDED and job.has_recorded_ending:
            status = ExitStatus.DONE
        if job.is_opened:
            report = report_of(job, f"run {number}", time.monotonic() - begun)
            reports.append(report)
            if status is ExitStatus.DONE and report.is_different:
                status = ExitStatus.EXPECTATION_MISSED
            say_report(report, console, values, status)
        if status not in (ExitStatus.DONE, ExitStatus.EXPECTATION_MISSED):
            break
    write_junit(reports, values)
    if status is ExitStatus.DONE and any(report.is_different for report in reports):
        return ExitStatus.EXPECTATION_MISSED
    return status


def _without_payloads(values: dict[str, Any]) -> dict[str, Any]:
    """Lead the received payloads nowhere unless a file was named: the report is the output."""
    values = values | {"json": False}
    return values if values["output"] is not None else values | {"output": os.devnull, "format": "raw"}


def say_report(report: RunReport, console: Console, values: dict[str, Any], status: ExitStatus) -> None:
    """Print what differed and the sums."""
    if values["json"]:
        sys.stdout.write(report_json(report, int(status)))
    elif not values["quiet"]:
        sys.stdout.write(difference_text(report))
    sys.stdout.flush()
    if not values["json"] and (report.is_different or not values["quiet"]):
        prefix = "replayed" if values["serve"] is None else f"replayed to {report.name}"
        console.talk(sums_text(report, prefix))


def write_junit(reports: list[RunReport], values: dict[str, Any]) -> None:
    """Write the file of `--junit`; EnvironmentProblem where that fails."""
    path = values["junit"]
    if path is None:
        return
    try:
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs its import
            file.write(junit_xml(reports, values["file"]))
    except (OSError, ValueError) as error:
        raise file_problem("replay/junit", "--junit", path, error) from error
