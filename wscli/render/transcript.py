"""The transcript: a sink that paints the session as it happens."""

from __future__ import annotations

from collections.abc import Callable

from wscli.events import Batch, Event, ProbeEnded, ProbePart, ProbeStarted
from wscli.render.context import ViewContext
from wscli.render.style import Line, Painter
from wscli.render.views import interest_of, views_for

_TURNS = (ProbeStarted, ProbeEnded)


class Transcript:
    """Paints what a verbosity shows, of these events only where `only` names some; one write a batch (a Sink).

    Failures name the exit status where `exit_status` knows one by then; 0 and None are not named.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        painter: Painter,
        level: int,
        *,
        width: Callable[[], int] = lambda: 100,
        exit_status: Callable[[], int | None] = lambda: None,
        name: str = "transcript",
        is_essential: bool = False,
        only: tuple[type[Event], ...] | None = None,
    ) -> None:
        self.name = name
        self.is_essential = is_essential
        self.interest = interest_of(level)
        self._write = write
        self._painter = painter
        self._views = views_for(level, only)
        self._width = width
        self._level = level
        self._context = ViewContext(level, exit_status=exit_status)
        self._outer: list[ViewContext] = []
        """The contexts of the connections around this one, as the probes of a diagnosis lie."""
        self._has_variants = False

    def accept(self, batch: Batch) -> None:
        """Paint the events of a batch that have a view."""
        context = self._context
        context.begin(batch)
        context.width = self._width()
        lines: list[Line] = []
        for event in batch.events:
            if type(event) in _TURNS:
                context = self._turn(event, batch)
            context.observe(event)
            shown: list[Line] = []
            for view in self._views.get(type(event), ()):
                shown += view(event, context)
            context.note_shown(event, shown)
            lines += shown
        if lines:
            self._write(self._painter.paint(lines))

    def _turn(self, event: Event, batch: Batch) -> ViewContext:
        """Return the context of what follows, where a probe begins or ends."""
        probe = self._context.probe
        if isinstance(event, ProbeStarted):
            self._outer.append(self._context)
            self._context = ViewContext(self._level)
            self._context.began, probe = batch.at, event
            if event.part is ProbePart.VARIANT:
                self._context.is_first_variant, self._has_variants = not self._has_variants, True
        elif self._outer:
            self._context = self._outer.pop()
        self._context.probe = probe
        self._context.width = self._width()
        return self._context

    def close(self) -> None:
        """Nothing is held."""
