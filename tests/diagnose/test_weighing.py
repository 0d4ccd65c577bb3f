"""What a diagnosis comes to in the end."""

from __future__ import annotations

from wscli.diagnose.variants import Conclusion
from wscli.diagnose.weighing import Verdict, weigh_bad, weigh_good
from wscli.events import Checked, CheckOutcome, Confidence, Finding, Severity

GOOD = Checked("tcp", CheckOutcome.PASSED, "127.0.0.1:80")
ODD = Checked("close", CheckOutcome.WARNED, "the server closed first: 1000")
ADVISED = Checked("second", CheckOutcome.WARNED, "refused (503)", advice="look for a limit")
BAD = Checked("status", CheckOutcome.FAILED, "HTTP/1.1 403 Forbidden")
WHY = Conclusion("Origin: x", "the server wants an Origin", "wscli connect --origin x y", explains=True)


def finding(severity: Severity) -> Finding:
    return Finding("a/b", "b", severity, Confidence.LIKELY, (), "", "", ("because", "or else"), "do this")


ERROR, WARNING = finding(Severity.ERROR), finding(Severity.WARNING)


def test_all_is_well_where_nothing_is_wrong() -> None:
    assert Verdict("all is well") == weigh_good([GOOD], [])


def test_warnings_are_counted_and_the_one_with_advice_is_told() -> None:
    assert Verdict("it works, with 2 warnings", ("second: refused (503)",), "look for a limit") == weigh_good(
        [ODD, ADVISED], []
    )
    assert Verdict("it works, with 1 warning", ("close: the server closed first: 1000",)) == weigh_good([GOOD, ODD], [])


def test_what_the_rules_found_says_more_than_a_warning() -> None:
    assert Verdict("it works", WARNING.causes, "do this") == weigh_good([GOOD], [WARNING])
    assert Verdict("it works, with 1 warning", WARNING.causes, "do this") == weigh_good([ODD], [WARNING])


def test_what_was_tried_counts_before_what_was_found() -> None:
    assert Verdict("refused", (WHY.cause,), WHY.advice) == weigh_bad("refused", [BAD], [ERROR], WHY, "look")
    unexplaining = WHY.replace(explains=False)
    assert Verdict("refused", ERROR.causes, "do this") == weigh_bad("refused", [BAD], [ERROR], unexplaining, "look")
    assert Verdict("refused", (WHY.cause,), WHY.advice) == weigh_bad("refused", [BAD], [WARNING], unexplaining, "look")


def test_without_either_the_first_failed_check_counts() -> None:
    seen = "status: HTTP/1.1 403 Forbidden"
    assert Verdict("refused", (seen,), "look") == weigh_bad("refused", [GOOD, BAD], [WARNING], None, "look")
    advised = BAD.replace(advice="do that")
    assert Verdict("refused", (seen,), "do that") == weigh_bad("refused", [advised], [], None, "look")
    assert Verdict("refused", (), "look") == weigh_bad("refused", [GOOD], [], None, "look")
