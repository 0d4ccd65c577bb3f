"""Views of a diagnosis: a line a check, a line a variant, the verdict, and what was sent for it."""

from __future__ import annotations

from wscli.events import Checked, CheckOutcome, Diagnosed, ProbeEnded, ProbePart, ProbeStarted
from wscli.render.connecting import fact
from wscli.render.context import HANDSHAKE, NORMAL, ViewContext
from wscli.render.style import Line
from wscli.text import cell_width, duration_text, elide, visible

_MARKS = {
    CheckOutcome.PASSED: ("good", "ok"),
    CheckOutcome.WARNED: ("deviation", "warn"),
    CheckOutcome.FAILED: ("bad", "FAIL"),
    CheckOutcome.SKIPPED: ("dim", "skip"),
}
_BEGINNING = 19
"""Cells of the mark and the name."""
_TIME = 9
"""Cells of the time at the end of a line."""
_WIDEST = 100
"""Cells of a line, where the terminal is wider: the time stands where the eye finds it."""


def show_checked(event: Checked, context: ViewContext) -> list[Line]:
    """Show a check; what is wrong is never cut short, and has its section."""
    style, word = _MARKS[event.outcome]
    begin: Line = ((style, f"{word:<4}"), ("name", f"  {visible(event.name):<12} "))
    seen = visible(event.seen)
    if event.outcome in (CheckOutcome.WARNED, CheckOutcome.FAILED) and event.name != "body":
        reference = f"  ({visible(event.reference)})" if event.reference else ""
        line: Line = (*begin, ("plain", seen), ("dim", reference))
        if event.advice and event.outcome is CheckOutcome.WARNED:
            return [line, (("plain", " " * _BEGINNING), ("hint", f"try: {visible(event.advice)}"))]
        return [line]
    room = max(min(context.width, _WIDEST) - _BEGINNING, 20)
    if event.seconds is None:
        return [(*begin, ("dim" if event.outcome is CheckOutcome.SKIPPED else "plain", elide(seen, room)))]
    seen = elide(seen, room - _TIME)
    gap = " " * (room - _TIME - cell_width(seen))
    return [(*begin, ("plain", seen), ("time", f"{gap}{duration_text(event.seconds):>{_TIME}}"))]


def show_probe_started(event: ProbeStarted, context: ViewContext) -> list[Line]:
    """Begin the list of variants; with the handshakes shown, say whose come now."""
    lines: list[Line] = [(("title", "variants"),)] if context.is_first_variant else []
    if context.level >= HANDSHAKE and event.part is not ProbePart.PLAIN:
        lines.append((("note", f"* probe {event.number}: {visible(event.change)}"),))
    return lines


def show_probe_ended(event: ProbeEnded, context: ViewContext) -> list[Line]:
    """Show a variant with what it came to; of the other connections the checks tell."""
    probe = context.probe
    if probe is None or probe.part is not ProbePart.VARIANT:
        return []
    style = "good" if event.is_other else "dim"
    change = elide(visible(probe.change), max(min(context.width, _WIDEST) - 13, 20))
    line: Line = ((style, f"  {visible(event.answer):<10} "), ("plain", change))
    return [(*line, ("hint", "  ← this changes the answer")) if event.is_other else line]


def show_diagnosed(event: Diagnosed, context: ViewContext) -> list[Line]:
    """Show the verdict: what it comes to, why, what to try; then everything that was sent for it."""
    is_good = event.exit_status == 0
    lines: list[Line] = [
        (("title", "verdict: "), ("good" if is_good else "bad", visible(event.summary)),
         ("dim", "" if is_good else f" (exit {event.exit_status})")),
    ]  # fmt: skip
    causes = [visible(cause) for cause in event.causes]
    if len(causes) > 1:
        lines += [fact("cause", "any of these:"), *(fact("", f"- {cause}") for cause in causes)]
    else:
        lines += [fact("cause", cause) for cause in causes]
    if event.change:
        lines.append(fact("change", f"{visible(event.change)} changes the answer"))
    if event.advice:
        lines.append((("name", f"  {'try':<8}"), ("hint", visible(event.advice))))
    return lines + _sent(event) if context.level >= NORMAL else lines


def _sent(event: Diagnosed) -> list[Line]:
    lines: list[Line] = [(("note", f"requests: {len(event.requests)} of at most {event.max_requests}"),)]
    for one in event.requests:
        what = visible(one.url) + (f"  {visible(one.change)}" if one.change else "")
        lines.append((("note", f"  {one.number:>2}  {visible(one.answer):<10} {what}"),))
    return lines
