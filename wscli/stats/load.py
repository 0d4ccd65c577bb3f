"""Many sessions in numbers: how long connecting and answers took, how many failed and how, messages a second."""

from __future__ import annotations

from typing import Any

from wscli.events import (
    Batch,
    Interest,
    MessageReceived,
    MessageSent,
    Opened,
)
from wscli.stats.histogram import Histogram
from wscli.stats.report import line, times_json, times_text
from wscli.text import count_text, duration_text


class Load:
    """What all sessions came to."""

    def __init__(self) -> None:
        self.connects = Histogram()
        """Seconds from the beginning of a session to its open connection."""
        self.replies = Histogram()
        """Seconds from sending to each reply that was waited for."""
        self.sessions = 0
        """How many are over."""
        self.running = 0
        self.sent = 0
        self.received = 0
        self.failures: dict[str, int] = {}
        """What went wrong, in words → how often."""
        self.compared: dict[str, int] = {}
        """Verdict → how many messages."""
        self.seconds = 0.0

    def fail(self, words: str) -> None:
        """Count a session that failed."""
        self.failures[words] = self.failures.get(words, 0) + 1

    @property
    def failed(self) -> int:
        return sum(self.failures.values())

    @property
    def rate(self) -> float:
        """Messages a second, both directions."""
        return (self.sent + self.received) / self.seconds if self.seconds else 0.0


class LoadSink:
    """Counts one session into a Load (a Sink)."""

    name = "load"
    interest = Interest.MESSAGES
    is_essential = False

    def __init__(self, load: Load) -> None:
        self._load = load

    def accept(self, batch: Batch) -> None:
        """Count a batch."""
        load = self._load
        for event in batch.events:
            kind = type(event)
            if kind is MessageReceived:
                load.received += 1
            elif kind is MessageSent:
                load.sent += 1
            elif kind is Opened:
                load.connects.add(batch.at)

    def close(self) -> None:
        """Nothing is held."""


def load_lines(load: Load, users: int) -> list[str]:
    """Return the numbers, a line each."""
    lines = [
        line("users", f"{users}, {count_text(load.sessions, 'session')} in {duration_text(load.seconds)}"),
        line("messages", f"{load.sent:,} sent, {load.received:,} received, {load.rate:,.1f}/s"),
    ]
    if load.connects.count:
        lines.append(line("connect", times_text(load.connects)))
    if load.replies.count:
        lines.append(line("reply", times_text(load.replies)))
    if load.compared:
        lines.append(line("compared", ", ".join(f"{count} {name}" for name, count in load.compared.items())))
    lines.append(line("errors", str(load.failed)))
    lines += [line("", f"{count} × {words}") for words, count in sorted(load.failures.items())]
    return lines


def load_json(load: Load, users: int) -> dict[str, Any]:
    """Return the numbers for machines, times in seconds."""
    return {
        "users": users,
        "sessions": load.sessions,
        "seconds": round(load.seconds, 6),
        "sent": load.sent,
        "received": load.received,
        "messages_per_second": round(load.rate, 3),
        "connect": times_json(load.connects),
        "reply": times_json(load.replies),
        "compared": load.compared,
        "errors": load.failed,
        "failures": load.failures,
    }
