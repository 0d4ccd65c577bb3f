"""`listen`: receive and print."""

from __future__ import annotations

from typing import Any

from wscli.app.exit_status import ExitStatus
from wscli.app.matching import matcher
from wscli.app.pipeline import print_request, run_pipeline
from wscli.engine.jobs.listen import ListenJob, ListenPlan
from wscli.engine.jobs.stopping import StopRule, StopWatch
from wscli.settings import ConnectionSettings


def run_listen(settings: ConnectionSettings, values: dict[str, Any]) -> ExitStatus:
    """Connect and print what arrives until told to stop."""
    if values["dry_run"]:
        return print_request(settings)
    rule = StopRule(values["count"], matcher(values["until"]))
    plan = ListenPlan(
        stop=rule,
        duration=values["duration"],
        first_messages=tuple(message.encode("utf-8", "surrogateescape") for message in values["send"]),
        echoes=values["echo"],
    )
    admits = None if rule == StopRule() else StopWatch(rule).admits
    return run_pipeline(settings, ListenJob(plan), values, admits=admits)
