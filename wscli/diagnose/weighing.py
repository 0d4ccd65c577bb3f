"""The verdict of a diagnosis: from all that was found, what it comes to, why, and the one next thing to try."""

from __future__ import annotations

from collections.abc import Sequence

from wscli.diagnose.variants import Conclusion
from wscli.events import Checked, CheckOutcome, Finding, Severity
from wscli.text import count_text
from wscli.values import Value


class Verdict(Value):
    """What a diagnosis comes to."""

    summary: str
    causes: tuple[str, ...] = ()
    advice: str = ""


def weigh_good(checks: Sequence[Checked], findings: Sequence[Finding]) -> Verdict:
    """Return the verdict over a plain connection that went well: only warnings can be said of it."""
    warned = [check for check in checks if check.outcome is CheckOutcome.WARNED]
    if not warned and not findings:
        return Verdict("all is well")
    summary = f"it works, with {count_text(len(warned), 'warning')}" if warned else "it works"
    if findings:
        return Verdict(summary, findings[0].causes, findings[0].advice)
    # The first one that says what to do; without any of those, the first one.
    first = next((check for check in warned if check.advice), warned[0])
    return Verdict(summary, (f"{first.name}: {first.seen}",), first.advice)


def weigh_bad(
    meaning: str,
    checks: Sequence[Checked],
    findings: Sequence[Finding],
    conclusion: Conclusion | None,
    otherwise: str,
) -> Verdict:
    """Return the verdict over a plain connection that failed.

    What a variant showed is worth most, having been tried; then what the rules found; then the first check that failed,
    with `otherwise` as the advice where it has none.
    """
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if conclusion is not None and (conclusion.explains or not errors):
        return Verdict(meaning, (conclusion.cause,), conclusion.advice)
    if errors:
        return Verdict(meaning, errors[0].causes, errors[0].advice)
    failed = next((check for check in checks if check.outcome is CheckOutcome.FAILED), None)
    if failed is None:
        return Verdict(meaning, (), otherwise)
    return Verdict(meaning, (f"{failed.name}: {failed.seen}",), failed.advice or otherwise)
