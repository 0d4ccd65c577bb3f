"""What a WebSocket service is."""

from __future__ import annotations

from collections.abc import Callable

from wscli.engine.jobs.job import Job
from wscli.serve.hub import Visit
from wscli.values import Value


class Service(Value):
    """One WebSocket service."""

    name: str
    """Its subprotocol, and its path behind the slash."""
    summary: str
    make: Callable[[Visit], Job]
    """Returns the job of one connection; UsageProblem for a query parameter that is wrong."""
    parameters: str = ""
    """What the query may hold, for help."""
