"""A session in numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.bench.make_recording import iter_batches
from tests.strategies import batches
from wscli.events import (
    Batch,
    Confidence,
    DeviationFound,
    Event,
    Finding,
    FrameReceived,
    HandshakeRefused,
    MessageKind,
    MessageReceived,
    MessageSent,
    Opened,
    PongMatched,
    SessionEnded,
    Severity,
    Side,
    StreamEnd,
)
from wscli.stats.report import summary_json, summary_lines
from wscli.stats.summary import FINDINGS, SILENCES, Summary, opcode_counts
from wscli.wire.close import decode_close, encode_close
from wscli.wire.deviations import MESSAGE_NOT_UTF8
from wscli.wire.frames import FrameOrder, encode_frame

OPENED = Opened(None, "", None)


def counted(*batches: tuple[float, tuple[Event, ...]]) -> Summary:
    summary = Summary()
    for at, events in batches:
        summary.accept(Batch(at, events))
    summary.close()
    return summary


def said(payload: bytes) -> MessageSent:
    return MessageSent(MessageKind.TEXT, payload, (1, 1))


def came(payload: bytes, kind: MessageKind = MessageKind.TEXT) -> MessageReceived:
    return MessageReceived(kind, payload, (2, 2))


def test_messages_replies_and_silences_are_counted() -> None:
    summary = counted(
        (1.0, (OPENED,)),
        (1.0, (said(b"ab"),)),
        (1.5, (came(b"abcd", MessageKind.BINARY),)),
        (1.5, (came(b""),)),
        (9.5, (PongMatched(b"", 0.25),)),
        (9.5, (said(b"x"),)),
    )
    assert (2, 1, 1) == (summary.sent.messages, summary.received.texts, summary.received.binaries)
    assert (1, 0.5) == (summary.reply_times.count, summary.reply_times.most)
    assert [(8.0, 1.5), (0.5, 1.0)] == summary.silences
    assert 0.25 == summary.round_trips.most
    assert 8.5 == summary.duration


def test_only_the_longest_silences_are_kept() -> None:
    moments = [0.0, 1.0, 3.0, 6.0, 10.0, 15.0, 21.0, 21.5]
    summary = counted((0.0, (OPENED,)), *((at, (said(b"x"),)) for at in moments))
    assert [6.0, 5.0, 4.0, 3.0, 2.0] == [seconds for seconds, _ in summary.silences]
    assert SILENCES == len(summary.silences)


def test_frames_alone_have_a_timeline_too() -> None:
    summary = counted((0.0, (OPENED,)), (2.0, (FrameReceived(1, encode_frame(FrameOrder(9, b"p"))),)))
    assert {"PING": 1} == opcode_counts(summary.received)
    assert any(line.startswith("timeline") for line in summary_lines(summary))


def test_how_sessions_ended_is_told() -> None:
    close = decode_close(encode_close(1008, ""))
    summary = counted(
        (0.0, (OPENED, SessionEnded(close, close, Side.REMOTE, is_clean=True, stream=StreamEnd.FINISHED))),
        (0.0, (SessionEnded(decode_close(b""), None, Side.LOCAL, is_clean=False, stream=StreamEnd.RESET),)),
        (0.0, (SessionEnded(None, None, None, is_clean=False, stream=StreamEnd.RESET),)),
        (0.0, (HandshakeRefused(403, "no"), SessionEnded(None, None, None, is_clean=False, stream=None))),
    )
    assert {
        "the peer closed first with 1008": 1,
        "we closed first with no code, not clean": 1,
        "no Close, the stream ended: reset": 1,
        "refused with 403": 1,
        "never connected": 1,
    } == summary.endings


def test_deviations_and_findings_are_named_and_not_without_end() -> None:
    finding = Finding("a/b", "it is \x1b[31mso", Severity.ERROR, Confidence.CERTAIN, (), "", "", (), "")
    found = DeviationFound(Side.REMOTE, "message 1", MESSAGE_NOT_UTF8.at(0))
    summary = counted((0.0, (OPENED, found, found)), *((0.0, (finding,)) for _ in range(FINDINGS + 5)))
    assert [2] == list(summary.deviations.values())
    assert FINDINGS == len(summary.findings)
    assert not any("\x1b" in line for line in summary_lines(summary))


def test_a_long_session_is_counted_whole() -> None:
    summary = Summary()
    for batch in iter_batches(1000):
        summary.accept(batch)
    assert (500, 500, 1, 1) == (
        summary.sent.messages,
        summary.received.messages,
        summary.sent.frames[9],
        summary.received.frames[10],
    )
    assert 1000 == sum(summary_json(summary)["timeline"]["counts"])


@given(st.lists(batches, max_size=8))
def test_any_events_can_be_summarised(found: list[Batch]) -> None:
    summary = Summary()
    for batch in sorted(found, key=lambda batch: batch.at):
        summary.accept(batch)
    assert sum(len(batch.events) for batch in found) == summary_json(summary)["events"]
    assert all(line.isprintable() for line in summary_lines(summary))
