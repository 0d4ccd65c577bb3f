"""What is painted above the prompt: everything at a pace that can be read, a summary otherwise."""

from __future__ import annotations

import pytest

from wscli.events import (
    Batch,
    BytesReceived,
    Event,
    FrameReceived,
    FrameSent,
    Interest,
    Noted,
    PongMatched,
    SessionEnded,
)
from wscli.render.context import BYTES, FRAMES
from wscli.render.style import Painter
from wscli.render.transcript import Transcript
from wscli.render.views import QUIET
from wscli.repl.choices import Choices
from wscli.repl.display import READABLE, Display
from wscli.wire.frames import CLOSE, CONTINUATION, PING, PONG, TEXT, FrameOrder, encode_frame


class Screen:
    """A display and what it painted."""

    def __init__(self, level: int = FRAMES) -> None:
        self.said: list[str] = []
        self.choices = Choices()
        painter = Painter(colour=False)
        transcript = Transcript(self.said.append, painter, level, width=lambda: 100)
        self.display = Display(transcript, self.said.append, painter, self.choices)
        self._number = 0

    def come(self, at: float, *payloads: str, opcode: int = TEXT, sent: bool = False, fin: bool = True) -> str:
        events: list[Event] = []
        for payload in payloads:
            self._number += 1
            frame = encode_frame(FrameOrder(opcode, payload.encode(), fin=fin))
            events.append(FrameSent(self._number, frame) if sent else FrameReceived(self._number, frame))
        return self.happen(at, *events)

    def happen(self, at: float, *events: Event) -> str:
        begun = len(self.said)
        self.display.accept(Batch(at, events))
        return "".join(self.said[begun:])

    def come_fast(self, at: float, count: int = 5000) -> str:
        return self.come(at, *["x"] * count)


def test_frames_at_a_readable_pace_are_painted_each() -> None:
    assert "[  0.500] #1 ← TEXT 1 B  a\n[  0.500] #2 ← TEXT 1 B  b\n" == Screen().come(0.5, "a", "b")


def test_what_nobody_can_read_is_summed_up_once_a_second_and_explained_once() -> None:
    screen = Screen()
    assert READABLE == screen.come_fast(0.5).count("TEXT")
    said = screen.come_fast(1.5)
    assert said.startswith("[  1.500] ← 4940 frames 4940 B  in 1.5 s\n* too fast to read one by one; /show frames")
    assert 2 == said.count("\n")
    assert "[  2.500] ← 5000 frames 5000 B  in 1.0 s\n" == screen.come_fast(2.5)


def test_painting_goes_on_once_the_pace_can_be_read_again() -> None:
    screen = Screen()
    screen.come_fast(0.5)
    screen.come_fast(1.5)
    assert "" == screen.come(1.6, "still fast")
    assert "5001 frames" in screen.come(2.6, "slow")  # it was fast until just now
    assert "TEXT 4 B  slow" in screen.come(3.7, "slow")


def test_a_stream_that_stops_is_summed_up_by_the_clock() -> None:
    screen = Screen()
    screen.display.tick(5.0)
    screen.come_fast(5.5)
    screen.display.tick(5.6)
    assert "4940" not in screen.said[-1]
    screen.display.tick(6.6)
    assert "4940 frames" in screen.said[-1]
    screen.come_fast(6.7)
    screen.display.close()
    assert "5000 frames" in screen.said[-1]


def test_both_directions_are_summed_up() -> None:
    screen = Screen()
    screen.come(0.0, *["x"] * 70)
    screen.come(0.1, *["yy"] * 10, sent=True)
    assert "← 10 frames 10 B  → 10 frames 20 B  " in screen.come(1.1, "z")


def test_a_pause_holds_frames_back_and_says_how_many() -> None:
    screen = Screen()
    screen.choices.is_paused = True
    assert "" == screen.come(0.1, "a", "b")
    said = screen.come(1.1, "c")
    assert said.startswith("[  1.100] ← 2 frames 2 B  paused\n* while paused;")
    screen.choices.is_paused = False
    assert "TEXT 1 B  d" in screen.come(2.2, "d")


def test_the_end_of_a_session_says_what_was_held_back() -> None:
    screen = Screen()
    screen.come_fast(0.1)
    said = screen.happen(0.2, SessionEnded(None, None, None, is_clean=True, stream=None))
    assert "4940 frames" in said


def test_control_frames_can_be_folded() -> None:
    screen = Screen()
    screen.choices.folds_control = True
    assert "" == screen.come(0.1, "", opcode=PING) + screen.come(0.1, "", opcode=PONG)
    assert "" == screen.happen(0.2, PongMatched(b"", 0.1))
    assert "CLOSE" in screen.come(0.3, "\x03\xe8", opcode=CLOSE)
    screen.choices.folds_control = False
    assert "PING" in screen.come(0.4, "", opcode=PING)
    assert "round trip" in screen.happen(0.4, PongMatched(b"", 0.1))


def test_a_filter_hides_all_but_what_fits_and_what_breaks_a_rule() -> None:
    screen = Screen()
    screen.choices.keeps = lambda event: b"error" in event.frame.payload
    said = screen.come(0.1, "fine", "an error") + screen.come(0.2, "odd", opcode=0xB) + screen.come(5.0, "fine")
    assert ["#2", "#3"] == [line.split()[2] for line in said.splitlines() if "#" in line]


def test_frames_that_break_a_rule_pass_a_pause_but_not_faster_than_people_read() -> None:
    screen = Screen()
    screen.choices.is_paused = True
    assert READABLE == screen.come(0.1, *["x"] * 500, opcode=0xB).count("OPCODE-0xB")
    assert "440 frames" in screen.come(1.5, "x", opcode=0xB)


def test_notes_pass_whatever_was_chosen() -> None:
    screen = Screen()
    screen.choices.is_paused = True
    screen.come_fast(0.1)
    assert "# here" in screen.happen(0.2, Noted("here"))


def test_fragments_are_counted_also_where_they_are_not_painted() -> None:
    screen = Screen()
    screen.choices.keeps = lambda event: event.frame.fin
    screen.happen(
        0.1,
        FrameReceived(1, encode_frame(FrameOrder(TEXT, b"a", fin=False))),
        FrameReceived(2, encode_frame(FrameOrder(CONTINUATION, b"b", fin=False))),
        FrameReceived(3, encode_frame(FrameOrder(CONTINUATION, b"c"))),
    )
    assert ["[  0.100] #3 ← CONTINUATION 1 B  fragment 3 of a message, the last  c\n"] == screen.said


def test_bytes_are_held_back_with_their_frames() -> None:
    screen = Screen(BYTES)
    assert "41" in screen.happen(0.1, BytesReceived(b"A"))
    screen.choices.is_paused = True
    assert "" == screen.happen(0.2, BytesReceived(b"A"))
    screen.choices.is_paused = False
    screen.come_fast(0.3)
    screen.come_fast(1.4)
    assert "" == screen.happen(1.5, BytesReceived(b"A"))


@pytest.mark.parametrize("level", [QUIET, FRAMES])
def test_frames_are_asked_for_at_any_level(level: int) -> None:
    assert Interest.FRAMES in Screen(level).display.interest


def test_nothing_is_summed_up_where_no_frame_is_shown() -> None:
    screen = Screen(QUIET)
    assert "" == screen.come_fast(0.1) + screen.come_fast(1.2)
