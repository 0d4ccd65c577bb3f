"""The transcript: a sink that paints the session as it happens."""

from __future__ import annotations

from collections.abc import Callable

from wscli.events import Batch
from wscli.render.context import ViewContext
from wscli.render.style import Line, Painter
from wscli.render.views import interest_of, views_for


class Transcript:
    """Paints what a verbosity shows, one write a batch (a Sink).

    Failures name the exit status where `exit_status` knows one by then; 0 and None are not named.
    """

    is_essential = False

    def __init__(
        self,
        write: Callable[[str], object],
        painter: Painter,
        level: int,
        *,
        width: Callable[[], int] = lambda: 100,
        exit_status: Callable[[], int | None] = lambda: None,
        name: str = "transcript",
    ) -> None:
        self.name = name
        self.interest = interest_of(level)
        self._write = write
        self._painter = painter
        self._views = views_for(level)
        self._width = width
        self._context = ViewContext(level, exit_status=exit_status)

    def accept(self, batch: Batch) -> None:
        """Paint the events of a batch that have a view."""
        context = self._context
        context.begin(batch)
        context.width = self._width()
        lines: list[Line] = []
        for event in batch.events:
            context.observe(event)
            shown: list[Line] = []
            for view in self._views.get(type(event), ()):
                shown += view(event, context)
            context.note_shown(event, shown)
            lines += shown
        if lines:
            self._write(self._painter.paint(lines))

    def close(self) -> None:
        """Nothing is held."""
