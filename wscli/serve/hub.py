"""What the connections of one server share: who is there, the rooms they talk in, who watches the frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl

from wscli.errors import UsageProblem
from wscli.events import Event, Interest
from wscli.protocol.step import Order
from wscli.wire.head import RequestHead

Deliver = Callable[[Sequence[Order]], None]
Watcher = Callable[[int, float, Event], None]
"""Sees the events of every connection: its number, the seconds since it began, the event."""


class Room:
    """Connections that hear each other."""

    def __init__(self) -> None:
        self._members: dict[int, Deliver] = {}

    def __len__(self) -> int:
        return len(self._members)

    def join(self, number: int, deliver: Deliver) -> None:
        """Hear what is told from now on."""
        self._members[number] = deliver

    def leave(self, number: int) -> None:
        """Hear nothing more."""
        self._members.pop(number, None)

    def tell(self, orders: Sequence[Order], besides: int | None = None) -> None:
        """Send to every member, except perhaps one."""
        for number, deliver in tuple(self._members.items()):
            if number != besides:
                deliver(orders)


class Presence:
    """One connection as others may know it."""

    def __init__(self, number: int, address: str) -> None:
        self.number = number
        self.address = address
        self.service = ""
        """The WebSocket service in use; empty while it speaks HTTP."""
        self.agent = ""
        """Its User-Agent; empty before it said one."""
        self.since = time.time()
        """The wall clock when it came; seconds since 1970."""
        self.messages_received = 0
        self.messages_sent = 0


class Hub:
    """Everything the connections of a server share."""

    def __init__(self) -> None:
        self.present: dict[int, Presence] = {}
        """The connections that are there, by number."""
        self.status = Room()
        """Told when a connection comes, changes its service or goes."""
        self.watchers: dict[int, Watcher] = {}
        """Who sees the frames of all connections, by the watcher's own number."""
        self.on_watch: Callable[[], None] = lambda: None
        """Called when somebody begins to watch: frames are built for nobody else."""
        self._rooms: dict[tuple[str, str], Room] = {}

    def room(self, service: str, name: str) -> Room:
        """Return the room of a service; made where there is none yet, forgotten once it is empty."""
        for key in [key for key, room in self._rooms.items() if not len(room)]:
            del self._rooms[key]
        return self._rooms.setdefault((service, name), Room())

    def watch(self, number: int, watcher: Watcher) -> None:
        """See the frames of all connections from now on."""
        self.watchers[number] = watcher
        self.on_watch()

    @property
    def interest(self) -> Interest:
        """What connections must build for the watchers."""
        return Interest.FRAMES if self.watchers else Interest.NOTHING

    def saw(self, number: int, at: float, event: Event) -> None:
        """Show an event of a connection to the watchers; their own connections would show themselves without end."""
        if number not in self.watchers:
            for watcher in tuple(self.watchers.values()):
                watcher(number, at, event)

    def changed(self) -> None:
        """Somebody came, went or changed service."""
        self.status.tell(())


class Host(Protocol):
    """What a service may do with its connection outside the calls of its job."""

    def deliver(self, orders: Sequence[Order]) -> None:
        """Send at any time."""

    def hold_input(self, *, is_held: bool) -> None:
        """Take no more bytes of the client for a while."""

    async def writable(self) -> None:
        """Wait until the client takes what is sent."""


class Visit:
    """One connection's stay with a WebSocket service: what the service's job needs to know and may use."""

    def __init__(self, presence: Presence, request: RequestHead, hub: Hub, host: Host) -> None:
        self.presence = presence
        self.request = request
        self.hub = hub
        self.deliver = host.deliver
        """Sends to this connection at any time, also outside a call of its job."""
        self.hold_input = host.hold_input
        self.writable = host.writable
        query = request.local_target.partition("?")[2]
        self._parameters: dict[str, str] = dict(parse_qsl(query, keep_blank_values=True))

    @property
    def number(self) -> int:
        return self.presence.number

    def text(self, name: str, default: str) -> str:
        """Return a query parameter."""
        return self._parameters.get(name, default)

    def quantity(self, name: str, default: float, highest: float) -> float:
        """Return a query parameter that is a number from 0 on; UsageProblem where it is none."""
        return self._read(name, default, highest, float, "a number")

    def count(self, name: str, default: int, highest: int) -> int:
        """Return a query parameter that is a whole number from 0 on; UsageProblem where it is none."""
        return int(self._read(name, default, highest, int, "a whole number"))

    def _read(self, name: str, default: float, highest: float, read: Callable[[str], Any], kind: str) -> float:
        given = self._parameters.get(name)
        if given is None:
            return default
        try:
            value: float = read(given)
        except ValueError:
            value = -1.0
        if not 0 <= value <= highest:
            raise UsageProblem(
                "serve/parameter", f"parameter {name}", given, f"it must be {kind} from 0 to {highest:.15g}"
            )
        return value
