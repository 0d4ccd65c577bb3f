"""Rules about time limits on an open connection: Pongs that stay out, quiet peers, Closes without an answer."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect
from wscli.diagnose.rule import Area, Judgement, Rule, certain, possible, seen
from wscli.events import Evidence, TimeLimitPassed
from wscli.text import duration_text


def _passed(case: Case, limit: str | None = None) -> Evidence | None:
    """Return the time limit that ended an open connection, where it is this one."""
    passed = case.time_limit
    if passed is None or case.opened is None or limit not in (None, passed.limit):
        return None
    return seen(TimeLimitPassed, f"{passed.limit} of {duration_text(passed.seconds)} passed")


def _quiet(case: Case) -> tuple[Evidence, ...]:
    if case.end is None or case.end.quiet_received is None:
        return ()
    return (
        seen(TimeLimitPassed, f"the last byte from the server came {duration_text(case.end.quiet_received)} before"),
    )


def no_pong(case: Case) -> Judgement | None:
    """Judge a Pong that stayed out."""
    passed = _passed(case, "ping-timeout")
    if passed is None:
        return None
    return possible(
        (
            "the connection is dead and nobody told: a network that changed, a NAT or firewall that forgot it",
            "the server does not answer Pings, as some libraries leave that to the application",
            "the server is busy or blocked, and answers later",
        ),
        f"see whether a Pong comes at all: {connect(case, '-vv', '--ping-interval', '5', '--ping-timeout', '60')}",
        passed,
        *_quiet(case),
    )


def idle(case: Case) -> Judgement | None:
    """Judge a peer that said nothing for the time that was set here."""
    passed = _passed(case, "idle-timeout")
    if passed is None:
        return None
    return possible(
        (
            "the server has nothing to say, and the limit set here is too short for it",
            "the connection is dead and nobody told",
            "the server waits for the client's first message, as a login or a subscription",
        ),
        f"tell a quiet server from a dead one: {connect(case, '--ping-interval', '5', '--ping-timeout', '10')}",
        passed,
        *_quiet(case),
    )


def close_unanswered(case: Case) -> Judgement | None:
    """Judge a Close of ours without an answer."""
    passed = _passed(case, "close-timeout")
    if passed is None:
        return None
    if case.end is not None and case.end.close_received is not None:
        return None
    return possible(
        (
            "the server does not answer a Close, or its handler does not read any more",
            "the connection is dead and nobody told",
            "the server still sends what it had queued; its Close comes behind that",
        ),
        f"give it more time: {connect(case, '--close-timeout', '60')}",
        passed,
        *_quiet(case),
    )


def time_over(case: Case) -> Judgement | None:
    """Judge any other limit that was set here."""
    passed = _passed(case)
    if passed is None or case.time_limit is None:
        return None
    option = f"--{case.time_limit.limit}"
    return certain(
        f"the time that {option} allows was over before the session was",
        f"if it may take longer, give {option} more, or 0 for no limit",
        passed,
        *_quiet(case),
    )


AREA = Area(
    "liveness",
    "Pings and time limits",
    (
        Rule("liveness/no-pong", "no Pong came in time", "RFC 6455 5.5.2",
             "a Ping is answered with a Pong as soon as is practical", no_pong),
        Rule("liveness/idle", "the server was silent for too long", "", "how long a peer may be silent is set here",
             idle),
        Rule("liveness/close-unanswered", "our Close was not answered", "RFC 6455 5.5.1",
             "who receives a Close answers with one, as soon as is practical", close_unanswered),
        Rule("liveness/time-over", "the time for the session was over", "", "how long a session may take is set here",
             time_over),
    ),
)  # fmt: skip
