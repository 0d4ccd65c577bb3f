"""Rules about time limits on an open connection: each where its limit passed, and where it did not."""

from __future__ import annotations

from tests.diagnose.scripted import OPEN, case_of, found, found_in, session, settings
from wscli.diagnose.diagnosis import judge
from wscli.events import Event, Finding, Opened, TimeLimitPassed
from wscli.protocol.client import ClientConnection
from wscli.protocol.step import SendClose
from wscli.settings import Limits, Liveness


def test_a_pong_that_stays_out_is_judged() -> None:
    of = settings(liveness=Liveness(ping_interval=5.0, ping_timeout=3.0))
    (finding,) = found((0.1, OPEN), of=of)
    assert "liveness/no-pong possible" == f"{finding.rule} {finding.confidence.value}"
    assert "ping-timeout of 3.00 s passed" == finding.evidence[0].text
    assert "the last byte from the server came 13.00 s before" == finding.evidence[1].text
    assert "--ping-timeout 60 ws://example.org/chat" in finding.advice


def test_a_pong_that_comes_is_no_finding() -> None:
    of = settings(liveness=Liveness(ping_interval=5.0, ping_timeout=3.0))
    pong = b"\x8a\x07wscli 1"
    assert () == found((0.1, OPEN), (5.5, pong), (6.0, b"\x88\x02\x03\xe8"), of=of)


def test_a_peer_that_is_silent_for_too_long_is_judged() -> None:
    (finding,) = found((0.1, OPEN), of=settings(limits=Limits(idle=2.0)))
    assert "liveness/idle" == finding.rule
    assert "idle-timeout of 2.00 s passed" == finding.evidence[0].text
    assert "--ping-interval 5" in finding.advice
    assert () == found((0.1, OPEN), (1.0, b"\x88\x02\x03\xe8"), of=settings(limits=Limits(idle=2.0)))


def closing(connection: ClientConnection, at: float) -> tuple[Event, ...]:
    return connection.send((SendClose(1000),), at).events if at < 0.15 else ()


def test_a_close_that_is_not_answered_is_judged() -> None:
    (finding,) = judge(case_of(session((0.1, OPEN), then=closing)))
    assert "liveness/close-unanswered" == finding.rule
    assert "close-timeout of 5.00 s passed" == finding.evidence[0].text
    assert "--close-timeout 60 ws://example.org/chat" in finding.advice
    assert () == judge(case_of(session((0.1, OPEN), (0.2, b"\x88\x02\x03\xe8"), then=closing)))


def limited(limit: str) -> list[Finding]:
    case = case_of(session((0.1, OPEN)))
    case.time_limit = TimeLimitPassed(limit, 5.0)
    return list(judge(case))


def test_any_other_limit_is_one_of_our_own() -> None:
    (finding,) = limited("max-time")
    assert "liveness/time-over certain" == f"{finding.rule} {finding.confidence.value}"
    assert "max-time of 5.00 s passed" == finding.evidence[0].text
    assert "give --max-time more" in finding.advice


def test_a_session_whose_request_nobody_saw_has_a_placeholder_in_its_advice() -> None:
    (finding,) = found_in(Opened(None, "", None), TimeLimitPassed("ping-timeout", 5.0))
    assert finding.advice.endswith("--ping-timeout 60 URL")


def test_a_limit_before_the_opening_is_not_judged_here() -> None:
    assert () == tuple(one for one in found_in(TimeLimitPassed("max-time", 5.0)) if one.rule.startswith("liveness/"))


def test_a_close_that_was_answered_late_is_a_matter_of_time() -> None:
    case = case_of(session((0.1, OPEN), (0.2, b"\x88\x02\x03\xe8"), then=closing))
    case.time_limit = TimeLimitPassed("close-timeout", 5.0)
    assert ["liveness/time-over"] == [finding.rule for finding in judge(case)]
