"""Services that show what the server sees: who is connected, the frames of all, what this client itself sends."""

from __future__ import annotations

import json
from collections.abc import Sequence

from wscli import __version__
from wscli.engine.jobs.job import IdleJob, Job
from wscli.events import (
    Batch,
    Event,
    FrameReceived,
    FrameSent,
    Interest,
    MessageKind,
    MessageReceived,
    Opened,
    RequestReceived,
    SessionEnded,
)
from wscli.protocol.step import Order, SendMessage
from wscli.record.codec import encode_event
from wscli.serve.hub import Visit
from wscli.wire.frames import TEXT, opcode_name

SHOWN_TEXT = 200
"""Characters of a text that `frames` shows."""


def _text(text: str) -> SendMessage:
    return SendMessage(MessageKind.TEXT, text.encode("utf-8", "backslashreplace"))


class StatusJob(IdleJob):
    """Who is connected, as JSON: at once, at each change, and when asked with any message."""

    interest = Interest.MESSAGES

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self._visit = visit

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Tell, and keep telling."""
        orders: list[Order] = []
        for event in batch.events:
            if isinstance(event, Opened):
                self._visit.hub.status.join(self._visit.number, lambda _: self._visit.deliver((self._report(),)))
                orders.append(self._report())
            elif isinstance(event, MessageReceived):
                orders.append(self._report())
            elif isinstance(event, SessionEnded):
                self._visit.hub.status.leave(self._visit.number)
        return orders

    def _report(self) -> SendMessage:
        return _text(json.dumps(self._state(), ensure_ascii=False))

    def _state(self) -> dict[str, object]:
        connections = [
            {
                "connection": one.number,
                "address": one.address,
                "service": one.service or None,
                "received": one.messages_received,
                "sent": one.messages_sent,
            }
            for one in self._visit.hub.present.values()
        ]
        return {"you": self._visit.number, "connections": connections}


class LwsStatusJob(StatusJob):
    """The same in the words of libwebsockets' `lws-status`, which its test page shows."""

    def _state(self) -> dict[str, object]:
        present = self._visit.hub.present.values()
        connections = [{"peer": one.address, "time": str(int(one.since)), "ua": one.agent} for one in present]
        return {"version": f"wscli {__version__}", "hostname": "wscli serve", "wss_over_h2": "0", "conns": connections}


class FramesJob(IdleJob):
    """Each frame of every other connection as a line of JSON."""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self._visit = visit

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Watch from the open connection to its end."""
        for event in batch.events:
            if isinstance(event, Opened):
                self._visit.hub.watch(self._visit.number, self._saw)
            elif isinstance(event, SessionEnded):
                self._visit.hub.watchers.pop(self._visit.number, None)
        return ()

    def _saw(self, number: int, at: float, event: Event) -> None:
        if not isinstance(event, (FrameReceived, FrameSent)):
            return
        frame = event.frame
        record = {
            "at": round(at, 3),
            "connection": number,
            "direction": "received" if isinstance(event, FrameReceived) else "sent",
            "opcode": opcode_name(frame.opcode),
            "fin": frame.fin,
            "length": frame.declared_length,
        }
        content = frame.payload if event.content is None else event.content
        if frame.opcode == TEXT:
            record["text"] = content.decode("utf-8", "backslashreplace")[:SHOWN_TEXT]
        self._visit.deliver((_text(json.dumps(record, ensure_ascii=False)),))


class InspectJob(IdleJob):
    """What this client sent, as JSON: its request first, then each of its frames, every bit of them."""

    interest = Interest.FRAMES

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self._request = visit.request

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Send back what was received, in the words of a recording."""
        orders: list[Order] = []
        for event in batch.events:
            if isinstance(event, Opened):
                orders.append(_text(encode_event(batch.at, RequestReceived(self._request))))
            elif isinstance(event, FrameReceived):
                orders.append(_text(encode_event(batch.at, event)))
        return orders


def status(visit: Visit) -> Job:
    """Return the job of one connection."""
    return StatusJob(visit)


def lws_status(visit: Visit) -> Job:
    """Return the job of one connection."""
    return LwsStatusJob(visit)


def frames(visit: Visit) -> Job:
    """Return the job of one connection."""
    return FramesJob(visit)


def inspect(visit: Visit) -> Job:
    """Return the job of one connection."""
    return InspectJob(visit)
