"""Talking: messages to begin with, then whatever somebody outside orders."""

from __future__ import annotations

from collections.abc import Sequence

from wscli.engine.jobs.job import IdleJob
from wscli.events import Batch, MessageKind, Opened
from wscli.protocol.step import Order, SendMessage


class TalkJob(IdleJob):
    """Sends the first messages once open; the rest comes from the prompt."""

    def __init__(self, first_messages: Sequence[bytes] = ()) -> None:
        super().__init__()
        self._first = first_messages

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Send the first messages once open."""
        if any(isinstance(event, Opened) for event in batch.events):
            return [SendMessage(MessageKind.TEXT, message) for message in self._first]
        return ()
