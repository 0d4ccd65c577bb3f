"""Views of judgements: why it went wrong and what to try, below the report of the failure where that is still open."""

from __future__ import annotations

from wscli.events import Finding, Severity
from wscli.render.columns import columns
from wscli.render.connecting import fact
from wscli.render.context import ViewContext
from wscli.render.style import Line, Span
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
    for text in evidence:
        if not any(text in shown for shown in report):
            lines += _part("seen", text, context)
    if not any(text.startswith(event.reference) for text in report if event.reference):
        reference = f"{visible(event.reference)}: " if event.reference else ""
        lines += _part("rule", f"{reference}{visible(event.requirement)}", context)
    lines += _causes(event, context)
    # What is to be typed stays in one piece, to be copied: the terminal breaks it, and no blanks come into it.
    lines.append((*_name("try"), ("hint", visible(event.advice))))
    return lines


def _name(name: str) -> tuple[Span, ...]:
    return (("name", f"  {name:<8}"),)


def _part(name: str, text: str, context: ViewContext) -> list[Line]:
    """Return one part of a finding, on a terminal wrapped beside its name; the text must be safe to show."""
    return columns(_name(name), "plain", text, context.width) if context.wraps else [fact(name, text)]


def _causes(event: Finding, context: ViewContext) -> list[Line]:
    causes, confidence = [visible(cause) for cause in event.causes], event.confidence.value
    said = causes[0] if len(causes) == 1 else "any of these gives the same bytes"
    *lines, last = _part("cause", f"{confidence}: {said}", context)
    lines.append((*last, ("dim", f"  [{visible(event.rule)}]")))
    for cause in causes if len(causes) > 1 else ():
        item: tuple[Span, ...] = (*_name(""), ("plain", "- "))
        lines += columns(item, "plain", cause, context.width) if context.wraps else [fact("", f"- {cause}")]
    return lines
