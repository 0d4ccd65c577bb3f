"""What a rule is: a function from a case to a judgement, with a stable id; and the areas that rules stand in."""

from __future__ import annotations

from collections.abc import Callable

from wscli.diagnose.case import Case
from wscli.events import Confidence, Event, Evidence, Finding, Severity
from wscli.text import kebab
from wscli.values import Value


class Judgement(Value):
    """What a rule says of a case."""

    confidence: Confidence
    causes: tuple[str, ...]
    """One, or all that the same bytes can have, the likeliest first. May hold peer text."""
    advice: str
    """One thing to do next. May hold peer text; what is to be typed is quoted for a shell."""
    evidence: tuple[Evidence, ...] = ()
    """The decisive evidence."""
    reference: str | None = None
    """The section, where it depends on the case; None takes the rule's."""
    requirement: str | None = None
    """What it asks for, where that depends on the case; None takes the rule's."""
    severity: Severity | None = None
    """How bad it is, where that depends on the case; None takes the rule's."""


Look = Callable[[Case], Judgement | None]


class Rule(Value):
    """One rule."""

    id: str
    """Stable, `area/what-was-found`."""
    summary: str
    """What it finds, in one sentence without a full stop."""
    reference: str
    """The section that says how it should be, as `RFC 6455 4.1`; empty where no document does."""
    requirement: str
    """What that section asks for, in our own words; without a reference, how it usually is."""
    look: Look
    """Returns the judgement, None where the rule does not apply."""
    severity: Severity = Severity.ERROR

    def finding(self, judgement: Judgement) -> Finding:
        """Return a judgement of this rule as an event."""
        return Finding(
            self.id,
            self.summary,
            self.severity if judgement.severity is None else judgement.severity,
            judgement.confidence,
            judgement.evidence,
            self.reference if judgement.reference is None else judgement.reference,
            self.requirement if judgement.requirement is None else judgement.requirement,
            judgement.causes,
            judgement.advice,
        )


class Area(Value):
    """Rules about one kind of thing, special ones before general ones."""

    name: str
    """The first part of the ids of its rules."""
    title: str
    """For lists and manuals."""
    rules: tuple[Rule, ...]
    says_all: bool = False
    """Whether every rule that applies speaks; otherwise the first one has said it all."""
    supersedes: tuple[str, ...] = ()
    """Areas further down that have nothing to add where this one found an error: it knows more of the same end."""


def seen(kind: type[Event], text: str) -> Evidence:
    """Return evidence from an event of this kind."""
    return Evidence(kebab(kind.__name__), text)


def certain(cause: str, advice: str, *evidence: Evidence) -> Judgement:
    """Return a judgement that the bytes prove."""
    return Judgement(Confidence.CERTAIN, (cause,), advice, evidence)


def likely(cause: str, advice: str, *evidence: Evidence) -> Judgement:
    """Return a judgement that is mostly right."""
    return Judgement(Confidence.LIKELY, (cause,), advice, evidence)


def possible(causes: tuple[str, ...], advice: str, *evidence: Evidence) -> Judgement:
    """Return a judgement that names everything the same bytes can come from; the advice tells it apart."""
    return Judgement(Confidence.POSSIBLE, causes, advice, evidence)
