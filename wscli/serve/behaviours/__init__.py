"""The server's WebSocket services, by name: each a job of one connection."""

from __future__ import annotations

from collections.abc import Callable

from wscli.engine.jobs.job import Job
from wscli.serve.behaviours.echo import echo

BEHAVIOURS: dict[str, Callable[[], Job]] = {"echo": echo}
"""Name → maker of the job that serves one connection."""
