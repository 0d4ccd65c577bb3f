"""What `/filter` and `/find` let through."""

from __future__ import annotations

import pytest

from wscli.errors import UsageProblem
from wscli.events import FrameReceived, FrameSent
from wscli.repl.commands import find_command
from wscli.repl.filtering import frame_filter, matches
from wscli.repl.grammar import parse
from wscli.wire.frames import BINARY, PING, TEXT, FrameOrder, encode_frame


def received(payload: bytes, opcode: int = TEXT, content: bytes | None = None) -> FrameReceived:
    return FrameReceived(1, encode_frame(FrameOrder(opcode, payload)), content)


def sent(payload: bytes) -> FrameSent:
    return FrameSent(1, encode_frame(FrameOrder(TEXT, payload)))


FRAMES = {
    "ticker": received(b'{"type": "ticker", "data": [{"n": 7}]}'),
    "plain": received(b"an error"),
    "binary": received(b"\x00\xff", BINARY),
    "ping": received(b"", PING),
    "inflated": received(b"\xaa", content=b'{"type": "trade"}'),
    "deep": received(b"[" * 100_000),
    "sent": sent(b"error"),
}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("error", "plain sent"),
        ("--received error", "plain"),
        ("--sent", "sent"),
        ("--opcode ping,binary", "binary ping"),
        ("--not --opcode text", "binary ping"),
        ("--path .type", "ticker inflated"),
        ("--path .type=trade", "inflated"),
        ("--path data[0].n=7", "ticker"),
        ("--path .type trade", "inflated"),
        (r"\xff", "binary"),
    ],
)
def test_a_filter_keeps_what_fits(typed: str, kept: str) -> None:
    keeps = frame_filter(parse(find_command("filter").usage, typed))
    assert kept.split() == [name for name, event in FRAMES.items() if keeps(event)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--sent --received", "they exclude each other"),
        ("--opcode text,pnig", "`pnig`: there is no such opcode"),
        ("(", "pattern `(`"),
        ("a{99999999999999999999}", "pattern"),
    ],
)
def test_what_is_no_filter_is_refused(typed: str, said: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        frame_filter(parse(find_command("filter").usage, typed))
    assert said in str(caught.value)


def test_a_pattern_that_python_wonders_about_is_taken_quietly() -> None:
    assert matches("[[a]")(b"[")
