"""Follows a session and puts into its stream of events what application it speaks, and what the rules find."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.recognition import Recognition
from wscli.events import Batch, Confidence, Event, Finding, SessionEnded, Severity

RULE_FAILED = "wscli/rule-failed"
"""The rule id of a finding about wscli itself, which no area has."""
RULE_FAILED_SUMMARY = "a rule of wscli failed"


class Diagnosis:
    """Gives batches back with findings in them; the rules are loaded when the first session with trouble ends."""

    def __init__(self, url: str = "") -> None:
        self._url = url
        """For the commands that advice names; empty where it is not known."""
        self.case = Case(url)
        self._recognition = Recognition()

    def annotate(self, batch: Batch) -> Batch:
        """Return the batch with what is to be said of it; the very same one where that is nothing.

        A recognised application protocol stands behind the event that told it, findings before `SessionEnded`.

        After the end a new session may follow, as in a recording of several: it is a new case.
        """
        case = self.case
        if not self._recognition.is_over:
            batch = self._recognition.annotate(batch)
        case.observe(batch)
        if not case.is_over:
            return batch
        self.case, self._recognition = Case(self._url), Recognition()
        if not case.has_trouble:
            return batch
        return batch.replace(events=_before_the_end(batch.events, judge(case)))


def _before_the_end(events: tuple[Event, ...], findings: tuple[Finding, ...]) -> tuple[Event, ...]:
    place = next(index for index, event in enumerate(events) if isinstance(event, SessionEnded))
    return (*events[:place], *findings, *events[place:])


def judge(case: Case) -> tuple[Finding, ...]:
    """Return what the rules find in a case, errors first.

    A rule that fails is a finding of its own, about wscli: it may not end the session that it looks at.
    """
    from wscli.diagnose.rules import AREAS

    findings: list[Finding] = []
    superseded: set[str] = set()
    for area in AREAS:
        for rule in area.rules if area.name not in superseded else ():
            try:
                judgement = rule.look(case)
            except Exception as error:  # noqa: BLE001  # as above; what happened is told
                findings.append(_broken(rule.id, error))
                continue
            if judgement is not None:
                finding = rule.finding(judgement)
                findings.append(finding)
                if finding.severity is Severity.ERROR:
                    superseded.update(area.supersedes)
                if not area.says_all:
                    break
    return tuple(sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR))


def _broken(rule: str, error: Exception) -> Finding:
    cause = f"the rule {rule} failed: {type(error).__name__}: {error}"
    return Finding(
        RULE_FAILED, RULE_FAILED_SUMMARY, Severity.WARNING, Confidence.CERTAIN, (), "", "", (cause,),
        "please report this, with a recording of the session (--record)",
    )  # fmt: skip
