"""Finds out which application protocol a session speaks: from the subprotocol, the path or the first messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wscli import events as e
from wscli.diagnose.case import whole_message
from wscli.diagnose.signs import may_open, may_tell
from wscli.events import ApplicationRecognised, Batch, Event, Evidence
from wscli.text import kebab

if TYPE_CHECKING:
    from wscli.applications.application import Application

FIRST = 3
"""Messages of each direction that are looked at."""
LAST = 16
"""Messages after which nothing is looked for any more, though one side has not said much yet."""
SHOWN = 60
"""Bytes of a message that the evidence holds."""
_RECEIVED = (e.FrameReceived, e.MessageReceived, e.MessagePart)
_SENT = (e.FrameSent, e.MessageSent)
_MESSAGES = frozenset((*_RECEIVED, *_SENT))


class Recognition:
    """Looks at a session's beginning until it knows, or until nothing more can be told."""

    def __init__(self) -> None:
        self.is_over = False
        """Whether there is nothing more to look for."""
        self._request: e.RequestSent | e.RequestReceived | None = None
        self._count = 0
        self._counts = {True: 0, False: 0}
        self._last_frame = 0

    def annotate(self, batch: Batch) -> Batch:
        """Return the batch with the recognised protocol behind the event that told it, else the very same batch."""
        for place, event in enumerate(batch.events, 1):
            found = self._look(event)
            if found is not None:
                self.is_over = True
                return batch.replace(events=(*batch.events[:place], found, *batch.events[place:]))
            if self.is_over:
                break
        return batch

    def _look(self, event: Event) -> ApplicationRecognised | None:
        kind = type(event)
        if kind in _MESSAGES:
            return self._look_at_message(event)
        if isinstance(event, (e.RequestSent, e.RequestReceived)):
            self._request = event
        elif isinstance(event, e.Opened):
            return self._look_at_opening(event)
        return None

    def _look_at_opening(self, event: e.Opened) -> ApplicationRecognised | None:
        target = "" if self._request is None else self._request.head.target
        if event.subprotocol is None and not may_tell(target):
            return None
        from wscli.applications import by_subprotocol, by_target

        if event.subprotocol is not None:
            known = by_subprotocol(event.subprotocol)
            if known is not None:
                return _recognised(known, event, f"Sec-WebSocket-Protocol: {event.subprotocol}")
        known = by_target(target)
        return (
            None
            if known is None
            else _recognised(known, self._request or event, f"the path {target.partition('?')[0]}")
        )

    def _look_at_message(self, event: Any) -> ApplicationRecognised | None:
        payload = self._message_of(event)
        if payload is None:
            return None
        is_received = isinstance(event, _RECEIVED)
        self._count += 1
        self._counts[is_received] += 1
        self.is_over = self._count >= LAST or min(self._counts.values()) >= FIRST
        if self._counts[is_received] > FIRST or not may_open(payload):
            return None
        from wscli.applications import by_client_message, by_server_message

        is_server = isinstance(self._request, e.RequestReceived)
        known = by_server_message(payload) if is_received is not is_server else by_client_message(payload)
        if known is None:
            return None
        return _recognised(known, event, f"a message that begins with {beginning_of(payload)}")

    def _message_of(self, event: Any) -> bytes | None:
        """Return the payload of a message that was not looked at yet; None for what is none."""
        if isinstance(event, (e.FrameReceived, e.FrameSent)):
            payload = whole_message(event)
            if payload is not None:
                self._last_frame = event.number
            return payload
        if isinstance(event, e.MessagePart):
            return event.data if event.is_first else None
        # A message in one frame was looked at with its frame, where frames are made.
        payload = event.payload
        return None if event.frames[1] == self._last_frame else payload


def _recognised(application: Application, event: Event, text: str) -> ApplicationRecognised:
    return ApplicationRecognised(application.name, Evidence(kebab(type(event).__name__), text))


def beginning_of(payload: bytes, size: int = SHOWN) -> str:
    """Return the first bytes of a message as evidence: as text, or in hex where they are none."""
    if min(payload[:2], default=0) < 0x20 or not payload[:16].isascii():
        return payload[: size // 3].hex(" ")
    return payload[:size].decode("utf-8", "backslashreplace")
