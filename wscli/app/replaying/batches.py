"""The events of a recording in batches, as the engine would have published them."""

from __future__ import annotations

from collections.abc import Iterator

from wscli.events import JUDGEMENTS, Batch, Event, ProbeEnded, ProbeStarted
from wscli.record.reader import Recording

TOGETHER = 1024
"""Events of one moment that make one batch at most: a file that has nothing but one moment is not kept whole."""
_LEFT_OUT = frozenset(JUDGEMENTS)
TURNS: frozenset[type[Event]] = frozenset((ProbeStarted, ProbeEnded))
"""What parts the connections of a diagnosis: batches of their own."""


def iter_batches(recording: Recording) -> Iterator[Batch]:
    """Yield the recording's events, those of one moment together.

    What was judged when it was recorded gives way to what the rules say today, and what is about one connection is not
    mixed with what is about another.
    """
    moment, events, is_turn = 0.0, list[Event](), False
    for at, event in recording.iter_events():
        kind = type(event)
        if kind in _LEFT_OUT:
            continue
        if events and (at != moment or (kind in TURNS) is not is_turn or len(events) >= TOGETHER):
            yield Batch(moment, tuple(events))
            events = []
        moment, is_turn = at, kind in TURNS
        events.append(event)
    if events:
        yield Batch(moment, tuple(events))
