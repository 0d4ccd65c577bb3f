"""The bus: every sink gets every batch; one that fails is detached and reported, the others go on."""

from __future__ import annotations

from wscli.engine.bus import Bus
from wscli.events import Batch, Event, Interest, NameFailed, SinkFailed

BATCH = Batch(1.0, (NameFailed("h", "no"),))


class Listing:
    """A sink that lists what it gets, and fails where told to."""

    def __init__(
        self, name: str = "list", *, fails: bool = False, is_essential: bool = False, fails_at_close: bool = False
    ) -> None:
        self.name = name
        self.interest = Interest.FRAMES if name == "frames" else Interest.MESSAGES
        self.is_essential = is_essential
        self.events: list[Event] = []
        self.is_closed = False
        self._fails = fails
        self._fails_at_close = fails_at_close

    def accept(self, batch: Batch) -> None:
        if self._fails:
            raise OSError(28, "No space left on device")
        self.events += batch.events

    def close(self) -> None:
        if self._fails_at_close:
            raise OSError(28, "No space left on device")
        self.is_closed = True


def test_every_sink_gets_every_batch() -> None:
    one, other = Listing(), Listing()
    Bus([one, other]).publish(BATCH)
    assert list(BATCH.events) == one.events == other.events


def test_a_sink_that_fails_is_detached_and_reported_to_the_others() -> None:
    bad, good = Listing("recording", fails=True), Listing()
    bus = Bus([bad, good])
    bus.publish(BATCH)
    bus.publish(BATCH)
    report = SinkFailed("recording", "[Errno 28] No space left on device")
    assert [*BATCH.events, report, *BATCH.events] == good.events
    assert ["recording"] == [name for name, _ in bus.failures]
    assert None is bus.lost_essential


def test_failures_that_follow_a_failure_end_when_no_sink_is_left() -> None:
    bus = Bus(
        [
            Listing("a", fails=True),
            Listing("b", fails=True, is_essential=True),
            Listing("c", fails=True, is_essential=True),
        ]
    )
    bus.publish(BATCH)
    assert ["a", "b", "c"] == [name for name, _ in bus.failures]
    assert bus.failures[1][1] is bus.lost_essential


def test_the_loss_of_the_output_is_reported_to_the_others() -> None:
    output, good = Listing("output", is_essential=True), Listing()
    bus = Bus([output, good])
    broken = BrokenPipeError(32, "Broken pipe")
    bus.lose_essential(1.0, broken)
    bus.lose_essential(2.0, BrokenPipeError())
    assert broken is bus.lost_essential
    assert ([], [SinkFailed("output", "[Errno 32] Broken pipe")]) == (output.events, good.events)


def test_the_interest_is_the_union() -> None:
    assert Interest.FRAMES | Interest.MESSAGES == Bus([Listing(), Listing("frames")]).interest


def test_closing_reports_what_fails_at_it() -> None:
    bad, good = Listing("recording", fails_at_close=True), Listing()
    Bus([bad, good]).close(2.0)
    assert [SinkFailed("recording", "[Errno 28] No space left on device")] == good.events
    assert good.is_closed
