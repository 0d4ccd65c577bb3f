"""What the user chose for the prompt with `/set`, `/filter` and `/pause`; it stays from one connection to the next."""

from __future__ import annotations

from collections.abc import Callable

from wscli.events import FrameReceived, FrameSent

Keeps = Callable[[FrameReceived | FrameSent], bool]
"""Whether a frame is shown."""


class Choices:
    """The choices as they stand."""

    def __init__(self) -> None:
        self.previews = False
        """Whether a message with templates is shown as it goes out."""
        self.uses_vi = False
        self.is_multiline = False
        """Whether Enter begins a new line and Alt-Enter sends."""
        self.folds_control = False
        """Whether Ping and Pong are left out."""
        self.is_paused = False
        self.keeps: Keeps | None = None
        """What `/filter` lets through; None for everything."""
        self.filter_text = ""
        """The filter as it was typed."""
