"""Rules about closes and ends."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.rule import Area, Judgement, Rule, possible, seen
from wscli.events import StreamEnd, StreamEnded


def no_close(case: Case) -> Judgement | None:
    """Judge an end without a Close."""
    end = case.end
    if end is None or case.opened is None or end.close_received is not None or case.failed is not None:
        return None
    if case.time_limit is not None or case.interrupted is not None or end.stream is StreamEnd.ABANDONED:
        return None
    return possible(
        ("the server crashed, was stopped or dropped the connection", "a proxy in between ended it"),
        "look into the logs of the server and of each proxy at this moment",
        seen(StreamEnded, "no Close frame came: what browsers report as 1006, a code that is never on the wire"),
    )


AREA = Area(
    "close",
    "Closes and ends",
    (
        Rule(
            "close/none",
            "the connection ended without a Close",
            "RFC 6455 7.1.4",
            "a connection is closed cleanly after both sides sent a Close frame",
            no_close,
        ),
    ),
)
