"""When enough has been received: a count, a match, or never."""

from __future__ import annotations

from collections.abc import Callable

from wscli.events import Event, MessagePart, MessageReceived
from wscli.values import Value

Matcher = Callable[[bytes], bool]
"""Whether a message's payload is the one that was waited for."""


class StopRule(Value):
    """What makes it enough; with neither it never is."""

    count: int | None = None
    """So many messages."""
    until: Matcher | None = None
    """A message that matches, itself included."""


class StopWatch:
    """Follows the received messages by a StopRule.

    The job and the output each have one, see the same events in the same order, and so agree on which message is the
    last: the output prints it, and nothing after it, also where more came in the same read.
    """

    def __init__(self, rule: StopRule) -> None:
        self._rule = rule
        self.received = 0
        """Messages that counted, the last one included."""
        self.is_enough = rule.count == 0
        self.is_matched = False
        """Whether the message that was waited for came."""

    def admits(self, event: Event) -> bool:
        """Return whether the event still belongs to what was asked for, and count it."""
        if self.is_enough:
            return False
        if isinstance(event, MessageReceived):
            self._count(event.payload)
        elif isinstance(event, MessagePart) and event.is_last:
            self._count(None)
        return True

    def _count(self, payload: bytes | None) -> None:
        self.received += 1
        rule = self._rule
        if rule.until is not None and payload is not None and rule.until(payload):
            self.is_matched = self.is_enough = True
        if rule.count is not None and self.received >= rule.count:
            self.is_enough = True


def missed_sentence(rule: StopRule, watch: StopWatch) -> str | None:
    """Return what was waited for in vain, None where nothing was."""
    if watch.is_enough:
        return None
    if rule.until is not None:
        return f"none of {watch.received} messages matched"
    if rule.count is not None:
        return f"{watch.received} of {rule.count} messages came"
    return None
