"""Many sessions in numbers."""

from __future__ import annotations

from wscli.events import Batch, MessageKind, MessageReceived, MessageSent, Opened
from wscli.stats.load import Load, LoadSink, load_json, load_lines


def test_sessions_add_up() -> None:
    load = Load()
    for _ in range(2):
        sink = LoadSink(load)
        sink.accept(Batch(0.5, (Opened(None, "", None),)))
        sink.accept(Batch(0.6, (MessageSent(MessageKind.TEXT, b"a", (1, 1)),)))
        sink.accept(Batch(0.7, (MessageReceived(MessageKind.TEXT, b"a", (2, 2)),)))
        sink.close()
        load.sessions += 1
    load.replies.add(0.1)
    load.fail("could not connect")
    load.fail("could not connect")
    load.compared["same"] = 2
    load.seconds = 2.0
    assert (2, 2, 2.0, 2) == (load.sent, load.received, load.rate, load.failed)
    text = "\n".join(load_lines(load, 3))
    for part in ("3, 2 sessions", "2 sent, 2 received, 2.0/s", "p99 500 ms", "2 same", "2 × could not connect"):
        assert part in text
    assert (3, 2, {"could not connect": 2}) == tuple(
        load_json(load, 3)[name] for name in ("users", "errors", "failures")
    )


def test_nothing_is_no_division() -> None:
    assert 0.0 == Load().rate
    assert "errors     0" in load_lines(Load(), 1)
