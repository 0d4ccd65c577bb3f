"""What a diagnosis looks like, live and in a replay."""

from __future__ import annotations

from tests.render.test_transcript import OPEN, shown
from wscli import events as e
from wscli.events import Batch, Checked, CheckOutcome, Event, ProbePart
from wscli.render.context import HANDSHAKE, NORMAL
from wscli.render.style import Painter
from wscli.render.transcript import Transcript
from wscli.render.views import DIAGNOSIS, QUIET

PASSED, WARNED, FAILED, SKIPPED = CheckOutcome
PLAIN = e.ProbeStarted(1, ProbePart.PLAIN, "", "ws://h/")
SECOND = e.ProbeStarted(2, ProbePart.SECOND, "while the first one is open", "ws://h/")
SENT = (e.SentRequest(1, "", "ws://h/", "403"), e.SentRequest(2, "Origin: http://h", "ws://h/", "101"))


def checked(*checks: Checked, width: int = 100) -> list[str]:
    return shown(NORMAL, *((0.0, check) for check in checks), width=width)


def variant(number: int, change: str, answer: str, *, is_other: bool = False) -> list[tuple[float, Event]]:
    started = e.ProbeStarted(number, ProbePart.VARIANT, change, "ws://h/")
    return [(1.0, started), (1.0, e.ProbeEnded(number, answer, is_other))]


def test_checks_are_aligned_and_times_stand_at_the_end() -> None:
    assert [
        "ok    dns          localhost is ::1                                     0.3 ms",
        "skip  tls          ws:// uses none",
        "FAIL  status       HTTP/1.1 403 Forbidden  (RFC 6455 4.1)",
        "warn  close        the server closed first: 1000",
    ] == checked(
        Checked("dns", PASSED, "localhost is ::1", seconds=0.0003),
        Checked("tls", SKIPPED, "ws:// uses none"),
        Checked("status", FAILED, "HTTP/1.1 403 Forbidden", "RFC 6455 4.1", "advice is the verdict's matter"),
        Checked("close", WARNED, "the server closed first: 1000"),
        width=78,
    )


def test_a_warning_says_what_to_try() -> None:
    assert ["warn  second       refused", "                   try: look for a limit"] == checked(
        Checked("second", WARNED, "refused", advice="look for a limit")
    )


def test_what_is_wrong_is_never_cut_and_all_else_fits_its_line() -> None:
    long = "x" * 200
    assert long in checked(Checked("accept", FAILED, long), width=60)[0]
    for check in (
        Checked("body", WARNED, long),
        Checked("status", PASSED, long),
        Checked("dns", PASSED, long, seconds=1.0),
    ):
        assert 60 >= len(checked(check, width=60)[0])


def test_peer_text_is_escaped() -> None:
    evil = "\x1b[2J"
    events: list[tuple[float, Event]] = [
        (0.0, Checked("status", FAILED, evil, evil, evil)),
        (0.0, Checked("body", WARNED, evil, seconds=1.0)),
        *variant(2, evil, evil),
        (2.0, e.Diagnosed(7, evil, (evil, evil), evil, evil, (e.SentRequest(1, evil, evil, evil),), 12)),
    ]
    assert "\x1b" not in "".join(shown(HANDSHAKE, *events))


def test_variants_stand_under_one_headline_with_what_came_of_them() -> None:
    assert [
        "variants",
        "  403        Origin: null",
        "  101        path /x/  ← this changes the answer",
    ] == shown(NORMAL, *variant(2, "Origin: null", "403"), *variant(3, "path /x/", "101", is_other=True))


def test_the_plain_connection_and_the_second_one_are_told_by_their_checks() -> None:
    events = [(0.0, PLAIN), (0.1, SECOND), (0.2, e.ProbeEnded(2, "101")), (0.3, e.ProbeEnded(1, "101"))]
    assert [] == shown(NORMAL, *events)
    assert ["* probe 2: while the first one is open"] == shown(HANDSHAKE, *events)


def test_a_verdict_says_why_what_to_try_and_what_was_sent() -> None:
    verdict = e.Diagnosed(7, "refused", ("it wants an Origin",), "wscli connect …", "Origin: http://h", SENT, 12)
    lines = [
        "verdict: refused (exit 7)",
        "  cause   it wants an Origin",
        "  change  Origin: http://h changes the answer",
        "  try     wscli connect …",
    ]
    assert lines == shown(QUIET, (1.0, verdict))
    assert [
        *lines,
        "requests: 2 of at most 12",
        "   1  403        ws://h/",
        "   2  101        ws://h/  Origin: http://h",
    ] == shown(NORMAL, (1.0, verdict))


def test_a_good_verdict_is_one_line_and_several_causes_are_a_list() -> None:
    assert ["verdict: all is well"] == shown(QUIET, (1.0, e.Diagnosed(0, "all is well", (), "", "", SENT, 12)))
    several = e.Diagnosed(10, "cut", ("a crash", "a proxy"), "look", "", SENT, 12)
    assert ["  cause   any of these:", "          - a crash", "          - a proxy"] == shown(QUIET, (1.0, several))[
        1:4
    ]


def test_each_connection_is_timed_and_shown_by_itself() -> None:
    opened = [(at + 5.0, event) for at, event in OPEN]
    ended = e.SessionEnded(None, None, None, is_clean=False, stream=e.StreamEnd.ABANDONED)
    second = [(5.0, SECOND), *opened, (5.1, ended), (5.1, e.ProbeEnded(2, "101, cut"))]
    ends = [(6.0, ended), (6.0, e.ProbeEnded(1, "101, cut")), (6.0, e.ProbeEnded(9, "nothing"))]
    lines = shown(HANDSHAKE, (0.0, PLAIN), *OPEN, *second, *ends)
    assert 2 == lines.count("* h is 127.0.0.1:80  dns 1.0 ms")
    assert ["100 ms:", "6.00 s:"] == [" ".join(line.split(" ")[3:5]) for line in lines if "closed after" in line]


def test_without_the_handshakes_only_the_diagnosis_is_shown() -> None:
    out: list[str] = []
    transcript = Transcript(out.append, Painter(colour=False), NORMAL, only=DIAGNOSIS)
    refused = e.HandshakeRefused(403, "Forbidden")
    transcript.accept(Batch(0.0, (refused, Checked("status", FAILED, "403"))))
    assert ["FAIL  status       403\n"] == out
