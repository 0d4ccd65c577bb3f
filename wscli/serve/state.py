"""What the connections of one server share, beside the hub through which they meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from wscli.events import Interest, Sink
from wscli.serve.behaviours import SERVICES
from wscli.serve.behaviours.service import Service
from wscli.serve.faults import plan_of
from wscli.serve.faults.fault import Plan
from wscli.serve.hub import Hub, Presence
from wscli.serve.site import Site
from wscli.settings import ServerSettings

if TYPE_CHECKING:
    from wscli.net.tls import Context

SinkMaker = Callable[[int, str], Sequence[Sink]]
"""Makes the sinks of a connection from its number and the client's address."""


class Served(Protocol):
    """A connection as the server sees it."""

    presence: Presence

    def close(self) -> None:
        """End it properly."""

    def abort(self) -> None:
        """Leave without waiting for anything."""

    def want(self, interest: Interest) -> None:
        """Build these events too from now on."""


PLANS_KEPT = 1024
"""Plans that are kept by the names in paths; clients make these up."""


class ServerState:
    """Settings made ready for use, and who is there."""

    def __init__(self, settings: ServerSettings, make_sinks: SinkMaker) -> None:
        self.settings = settings
        self.make_sinks = make_sinks
        self.plan = plan_of(settings.faults)
        """What goes wrong for everybody."""
        self._plans: dict[str, Plan] = {}
        """What went wrong for those who asked for it by path."""
        self.services: dict[str, Service] = {service.name: service for service in SERVICES}
        """Every service by name."""
        self.site = Site(settings.static)
        self.hub = Hub()
        self.hub.on_watch = self._on_watch
        self.context: Context | None = None
        """TLS from the first byte on."""
        self.upgrade_context: Context | None = None
        """TLS for those who upgrade to it inside HTTP/1.1."""
        self.connections: set[Served] = set()
        """The connections that are there now."""
        self.on_empty: Callable[[], None] = lambda: None
        """Called when the last of them is gone."""

    def plan_named(self, name: str) -> Plan:
        """Return the plan for the faults that a path names, the same for everyone who asks: some remember.

        UsageProblem for a name that is none.
        """
        if name not in self._plans:
            if len(self._plans) >= PLANS_KEPT:
                self._plans.clear()
            self._plans[name] = plan_of((name,))
        return self._plans[name]

    @property
    def subprotocols(self) -> tuple[str, ...]:
        """What is agreed to when a client offers it."""
        return (*self.services, *self.settings.subprotocols)

    @property
    def open_count(self) -> int:
        """How many connections speak WebSocket now."""
        return sum(1 for connection in self.connections if connection.presence.service)

    @property
    def is_full(self) -> bool:
        """Whether there are more connections than allowed."""
        limit = self.settings.max_connections
        return limit is not None and len(self.connections) > limit

    def came(self, connection: Served) -> None:
        """A connection is there."""
        self.connections.add(connection)
        self.hub.present[connection.presence.number] = connection.presence

    def went(self, connection: Served) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        self.hub.present.pop(connection.presence.number, None)
        self.hub.changed()
        if not self.connections:
            self.on_empty()

    def _on_watch(self) -> None:
        for connection in self.connections:
            connection.want(self.hub.interest)
