"""A bar for work that is longer than a second, on a terminal's standard error and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

PATIENCE = 1.0
"""Seconds before it is shown."""


class Progress:
    """Shows how much of something is done; the bar goes when the work is done (a context manager)."""

    def __init__(self, label: str, *, is_terminal: bool, begun: float) -> None:
        self._label = label
        self._is_terminal = is_terminal
        self._begun = begun
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, done: float, now: float, note: str = "") -> None:
        """Show that this share (0 to 1) is done at this moment; rich is loaded at the first one that is shown."""
        if not self._is_terminal or now - self._begun < PATIENCE:
            return
        if self._bar is None:
            self._bar, self._task = self._start()
        assert self._task is not None  # it is made with the bar
        self._bar.update(self._task, completed=done, note=note)

    def _start(self) -> tuple[RichProgress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            TimeRemainingColumn(),
        )
        bar = RichProgress(*columns, console=Console(stderr=True), transient=True)
        task = bar.add_task(self._label, total=1.0, note="")
        bar.start()
        return bar, task
