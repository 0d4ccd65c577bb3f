"""What a session comes to: counts as a table, and the line below the prompt."""

from __future__ import annotations

import pytest

from tests.repl.scripted import Table
from wscli.events import (
    ApplicationRecognised,
    Batch,
    Evidence,
    Opened,
    PongMatched,
    SessionEnded,
    Side,
)
from wscli.repl.store import Store
from wscli.repl.summary import round_trip_text, statistics, toolbar
from wscli.text import cell_width
from wscli.wire.deflate import DeflateParameters

URL = "ws://example.com/chat"


def shown(store: Store, now: float) -> str:
    return "\n".join("".join(text for _, text in line) for line in statistics(store, now))


def test_counts_of_both_directions_stand_side_by_side() -> None:
    table = Table()
    table.come("out", Side.LOCAL)
    table.come("in")
    table.come("in")
    assert (
        "                 received          sent\n"
        "  frames                2             1\n"
        "  messages              2             1\n"
        "  payload             4 B           3 B\n"
        "  wire                8 B           9 B\n"
        "  per second          1.0           0.5\n"
        "  last         2.00 s ago    2.00 s ago\n"
        "  open             2.00 s"
    ) == shown(table.desk.store, 2.0)


def test_round_trips_what_was_let_go_and_the_end_are_told() -> None:
    table = Table()
    table.link.observe(PongMatched(b"", 0.002), PongMatched(b"", 0.004))
    table.link.clock = 3.0
    table.end()
    table.desk.store.dropped = 7
    said = shown(table.desk.store, 100.0)
    assert "  open             3.00 s\n" in said
    assert "  pongs        2 round trips  min 2.0 ms" in said
    assert "  7 frames are no longer kept" in said
    assert "last".ljust(13) + "-".rjust(10) + "-".rjust(14) in said


def test_a_session_that_never_opened_has_no_rate() -> None:
    assert "open" not in shown(Store(), 1.0)


def test_percentiles_of_round_trips() -> None:
    assert "100 round trips  min 1.0 ms · p50 51 ms · p90 90 ms · p99 99 ms · max 100 ms" == round_trip_text(
        [number / 1000 for number in range(100, 0, -1)]
    )


def test_the_toolbar_says_what_matters_most_first() -> None:
    table = Table()
    assert " open · ↑0 0 B · ↓0 0 B · ws://example.com/chat · chat · no deflate" == toolbar(
        table.desk.store, URL, 0.5, 100, None
    )
    table.come("hello")
    table.link.observe(PongMatched(b"", 0.012))
    evidence = Evidence("path", "/graphql")
    table.link.observe(ApplicationRecognised("graphql-ws", evidence))
    assert (
        " open · ↑0 0 B · ↓1 5 B · rtt 12 ms · idle 9 s · ● a\\x1b.jsonl · ws://example.com/chat · chat · no deflate"
        " · graphql-ws"
    ) == toolbar(table.desk.store, URL, 9.0, 200, "a\x1b.jsonl")


def test_the_toolbar_tells_the_state() -> None:
    store = Store()
    assert toolbar(store, URL, 0.0, 100, None).startswith(" connecting · ")
    store.accept(Batch(0.0, (Opened(None, "", DeflateParameters()),)))
    assert toolbar(store, URL, 0.0, 100, None).endswith(f"{URL} · deflate")
    store.accept(Batch(0.0, (SessionEnded(None, None, None, is_clean=True, stream=None),)))
    assert toolbar(store, URL, 9.0, 100, None).startswith(" closed · ↑0 0 B")


@pytest.mark.parametrize("width", range(1, 100, 7))
def test_the_toolbar_is_no_wider_than_the_terminal(width: int) -> None:
    assert cell_width(toolbar(Table().desk.store, URL, 0.0, width, "日本.jsonl")) < width
