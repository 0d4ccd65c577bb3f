"""Services in which connections hear each other: mirror, broadcast, chat."""

from __future__ import annotations

from collections.abc import Sequence

from wscli.engine.jobs.job import IdleJob, Job
from wscli.events import Batch, Interest, MessageKind, MessageReceived, Opened, SessionEnded
from wscli.protocol.step import Order, SendMessage
from wscli.serve.hub import Room, Visit


class _RoomJob(IdleJob):
    """A member of a room from the open connection to its end."""

    interest = Interest.MESSAGES

    def __init__(self, visit: Visit, room: Room) -> None:
        super().__init__()
        self._visit = visit
        self._room = room

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Come, speak, go."""
        for event in batch.events:
            if isinstance(event, Opened):
                self._room.join(self._visit.number, self._visit.deliver)
                self._came()
            elif isinstance(event, MessageReceived):
                self._said(event)
            elif isinstance(event, SessionEnded):
                self._room.leave(self._visit.number)
                self._went()
        return ()

    def _came(self) -> None:
        """Nothing is said about it."""

    def _said(self, event: MessageReceived) -> None:
        raise NotImplementedError

    def _went(self) -> None:
        """Nothing is said about it."""


class MirrorJob(_RoomJob):
    """libwebsockets' `lws-mirror-protocol`: what one sends all receive, who sent it too."""

    def _said(self, event: MessageReceived) -> None:
        self._room.tell((SendMessage(event.kind, event.payload),))


class BroadcastJob(_RoomJob):
    """What one sends all others receive."""

    def _said(self, event: MessageReceived) -> None:
        self._room.tell((SendMessage(event.kind, event.payload),), besides=self._visit.number)


class ChatJob(_RoomJob):
    """Text with the name of who says it; comings and goings are told."""

    def __init__(self, visit: Visit, room: Room, name: str) -> None:
        super().__init__(visit, room)
        self._name = name

    def _came(self) -> None:
        self._tell(f"* {self._name} came; {len(self._room)} here")

    def _said(self, event: MessageReceived) -> None:
        said = event.payload.decode("utf-8", "backslashreplace")
        self._tell(f"{self._name}: {said}")

    def _went(self) -> None:
        self._tell(f"* {self._name} went; {len(self._room)} here")

    def _tell(self, text: str) -> None:
        self._room.tell((SendMessage(MessageKind.TEXT, text.encode()),))


def _room(visit: Visit, service: str) -> Room:
    # libwebsockets' page says `mirror` for the name of a room.
    return visit.hub.room(service, visit.text("room", visit.text("mirror", "")))


def mirror(visit: Visit) -> Job:
    """Return the job of one connection."""
    return MirrorJob(visit, _room(visit, "mirror"))


def broadcast(visit: Visit) -> Job:
    """Return the job of one connection."""
    return BroadcastJob(visit, _room(visit, "broadcast"))


def chat(visit: Visit) -> Job:
    """Return the job of one connection."""
    return ChatJob(visit, _room(visit, "chat"), visit.text("name", "") or f"guest {visit.number}")
