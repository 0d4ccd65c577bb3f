"""The view of a recognised application protocol, and what it calls a message."""

from __future__ import annotations

from wscli.events import ApplicationRecognised, FrameReceived, FrameSent
from wscli.render.connecting import note
from wscli.render.context import ViewContext
from wscli.render.style import Line
from wscli.text import elide, visible

EVIDENCE_SHOWN = 80
"""Terminal cells of the evidence that are shown."""


def show_recognised(event: ApplicationRecognised, _context: ViewContext) -> list[Line]:
    """Say which application protocol is spoken, and what told it."""
    from wscli.applications import application_named

    known = application_named(event.protocol)
    title = "" if known is None else f": {known.title}"
    evidence = elide(visible(event.evidence.text), EVIDENCE_SHOWN)
    return [note(f"speaks {visible(event.protocol)}{title}  ({evidence})")]


def label_of(event: FrameReceived | FrameSent, context: ViewContext) -> str:
    """Return what the application protocol calls the message that a frame is, safe to show; mostly nothing."""
    if context.application is None or event.frame.is_control or event.frame.deviations:
        return ""
    from wscli.applications import application_named

    known = application_named(context.application)
    if known is None:
        return ""
    return visible(known.label(event.frame.payload if event.content is None else event.content))
