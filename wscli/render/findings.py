"""Views of judgements: why it went wrong and what to try, below the report of the failure where that is still open."""

from __future__ import annotations

from wscli.events import Finding, Severity
from wscli.render.connecting import fact
from wscli.render.context import ViewContext
from wscli.render.style import Line
from wscli.text import visible


def show_finding(event: Finding, context: ViewContext) -> list[Line]:
    """Show a finding: under a headline of its own, or as the rest of the report that was shown last."""
    is_error = event.severity is Severity.ERROR
    report = context.report if is_error else None
    lines: list[Line] = []
    if report is None:
        report = set()
        headline = visible(event.summary)
        lines.append((("bad", f"x {headline}"),) if is_error else (("deviation", f"! {headline}"),))
    evidence = [visible(one.text) for one in event.evidence]
    lines += [fact("seen", text) for text in evidence if not any(text in shown for shown in report)]
    if not any(text.startswith(event.reference) for text in report if event.reference):
        reference = f"{visible(event.reference)}: " if event.reference else ""
        lines.append(fact("rule", f"{reference}{visible(event.requirement)}"))
    lines += _causes(event)
    lines.append((("name", f"  {'try':<8}"), ("hint", visible(event.advice))))
    return lines


def _causes(event: Finding) -> list[Line]:
    causes, confidence = [visible(cause) for cause in event.causes], event.confidence.value
    said = causes[0] if len(causes) == 1 else "any of these gives the same bytes"
    first = (*fact("cause", f"{confidence}: {said}"), ("dim", f"  [{visible(event.rule)}]"))
    return [first] if len(causes) == 1 else [first, *(fact("", f"- {one}") for one in causes)]
