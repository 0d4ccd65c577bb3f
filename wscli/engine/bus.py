"""The bus: carries batches of events to sinks; a sink that fails is detached and reported, the session goes on."""

from __future__ import annotations

from collections.abc import Iterable

from wscli.events import Batch, Event, Interest, Sink, SinkFailed


class Bus:
    """Publishes each batch to every sink that is still attached, in the order they were given."""

    def __init__(self, sinks: Iterable[Sink]) -> None:
        self._sinks = list(sinks)
        self.failures: list[tuple[str, Exception]] = []
        """The names of failed sinks and what they raised, in order."""
        self.lost_essential: Exception | None = None
        """What the first essential sink raised; the session has no purpose without it."""

    @property
    def interest(self) -> Interest:
        """The union of what the attached sinks want."""
        wanted = Interest.NOTHING
        for sink in self._sinks:
            wanted |= sink.interest
        return wanted

    def publish(self, batch: Batch) -> None:
        """Give a batch to every sink; never raises for a sink's failure."""
        failed = self._give(batch)
        while failed:
            # The report of a failure can fail another sink; each failure removes one, so this ends.
            failed = self._give(Batch(batch.at, failed))

    def _give(self, batch: Batch) -> tuple[Event, ...]:
        failed: list[Event] = []
        for sink in tuple(self._sinks):
            try:
                sink.accept(batch)
            except Exception as error:  # noqa: BLE001  # a sink may not end a session: the one place for this
                failed.append(self._detach(sink, error))
        return tuple(failed)

    def _detach(self, sink: Sink, error: Exception) -> SinkFailed:
        self._sinks.remove(sink)
        self.failures.append((sink.name, error))
        if sink.is_essential and self.lost_essential is None:
            self.lost_essential = error
        return SinkFailed(sink.name, str(error) or type(error).__name__)

    def lose_essential(self, at: float, error: Exception) -> None:
        """Detach the essential sinks, since nobody reads them any more, and report that to the others."""
        lost = tuple(self._detach(sink, error) for sink in tuple(self._sinks) if sink.is_essential)
        if lost:
            self.publish(Batch(at, lost))

    def close(self, at: float) -> None:
        """Close every sink; one that fails at this is reported to the others."""
        for sink in tuple(self._sinks):
            try:
                sink.close()
            except Exception as error:  # noqa: BLE001  # as above
                self.publish(Batch(at, (self._detach(sink, error),)))
