"""Echo: every message comes back as it came, text as text, binary as binary."""

from __future__ import annotations

from wscli.engine.jobs.job import Job
from wscli.engine.jobs.listen import ListenJob, ListenPlan
from wscli.serve.hub import Visit


def echo(_visit: Visit) -> Job:
    """Return the job of one connection."""
    return ListenJob(ListenPlan(echoes=True))
