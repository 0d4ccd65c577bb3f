"""Printing above the line that is being typed.

prompt-toolkit's own way (`patch_stdout`) leaves raw mode for the moment of each print. What is typed in that moment is
echoed by the terminal into the text, a Ctrl-C there is a signal that ends the program, a Ctrl-D is lost: with frames
coming in all the time, that is no rare moment. Here the terminal stays raw, which it can, since raw mode changes
nothing about output: the prompt is erased, the text written, the prompt painted again.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from prompt_toolkit.application import get_app_session, run_in_terminal

PAUSE = 0.05
"""Seconds between two prints, so that a busy stream does not paint the prompt all the time."""


class Above(io.TextIOBase):
    """Stands in the place of the standard streams; only the loop's thread writes to it."""

    def __init__(self) -> None:
        self._session = get_app_session()
        self._loop = asyncio.get_running_loop()
        self._held: list[str] = []
        self._printed_at = 0.0
        self._next: asyncio.TimerHandle | None = None

    def write(self, text: str, /) -> int:
        """Print soon, together with what else comes until then."""
        self._held.append(text)
        if self._next is None:
            self._next = self._loop.call_at(self._printed_at + PAUSE, self._print)
        return len(text)

    def _print(self) -> None:
        self._next = None
        self._printed_at = self._loop.time()
        app = self._session.app
        if app is None or not app.is_running:
            self.print_now()
        elif app._running_in_terminal:  # noqa: SLF001 - nothing public tells; an editor is open, or we are suspended
            run_in_terminal(self.print_now)
        else:
            app.renderer.erase()
            self.print_now()
            app.renderer.reset()
            app.renderer.request_absolute_cursor_position()
            app._redraw()  # noqa: SLF001 - `invalidate` would leave the prompt away until the loop's next turn

    def print_now(self) -> None:
        """Print what is held, wherever the cursor is."""
        text, self._held = "".join(self._held), []
        if text:
            output = self._session.output
            output.enable_autowrap()  # which painting the prompt turns off
            output.write_raw(text)
            output.flush()

    def leave(self) -> None:
        """Print what is left; nothing is typed any more."""
        if self._next is not None:
            self._next.cancel()
        self.print_now()


@contextmanager
def printing_above() -> Iterator[None]:
    """Print what goes to the standard streams above the line that is being typed."""
    above = Above()
    try:
        with redirect_stdout(above), redirect_stderr(above):
            yield
    finally:
        above.leave()
