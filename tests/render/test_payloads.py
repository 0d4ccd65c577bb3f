"""The output, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.errors import EnvironmentProblem
from wscli.events import Batch, Event, Interest, MessageKind, MessagePart, MessageReceived, NameFailed
from wscli.render.payloads import AMBIGUOUS, HELD, LARGE, PayloadFormat, PayloadWriter

TEXT, BINARY = MessageKind.TEXT, MessageKind.BINARY


class Output:
    def __init__(self, payload_format: PayloadFormat, **options: object) -> None:
        self.written: list[bytes] = []
        self.notes: list[str] = []
        self.writer = PayloadWriter(self.written.append, payload_format, note=self.notes.append, **options)  # type: ignore[arg-type]

    def take(self, *events: Event) -> bytes:
        self.writer.accept(Batch(1.5, events))
        return b"".join(self.written)


def message(payload: bytes, kind: MessageKind = TEXT) -> MessageReceived:
    return MessageReceived(kind, payload, (1, 1))


@pytest.mark.parametrize(
    ("payload_format", "kind", "payload", "expected"),
    [
        (PayloadFormat.LINES, TEXT, b"hi", b"hi\n"),
        (PayloadFormat.RAW, BINARY, b"\x00\xff", b"\x00\xff"),
        (PayloadFormat.HEX, BINARY, b"\x00\xff", b"00ff\n"),
        (PayloadFormat.BASE64, BINARY, b"\x00\xff", b"AP8=\n"),
        (PayloadFormat.LENGTH_PREFIXED, BINARY, b"\x00\xff", b"\0\0\0\2\x00\xff"),
        (PayloadFormat.NUL, TEXT, b"a\nb", b"a\nb\0"),
    ],
)
def test_each_form_writes_the_payload_its_way(
    payload_format: PayloadFormat, kind: MessageKind, payload: bytes, expected: bytes
) -> None:
    assert expected * 2 == Output(payload_format).take(
        message(payload, kind), NameFailed("h", "x"), message(payload, kind)
    )


def test_a_batch_is_one_write_but_large_payloads_are_not_joined() -> None:
    output = Output(PayloadFormat.LINES)
    output.take(message(b"a"), message(b"b"))
    assert [b"a\nb\n"] == output.written
    output = Output(PayloadFormat.LENGTH_PREFIXED)
    output.take(message(b"x" * LARGE))
    assert [4, LARGE] == [len(piece) for piece in output.written]


@given(
    st.sampled_from([PayloadFormat.RAW, PayloadFormat.NUL, PayloadFormat.HEX]),
    st.lists(st.binary(max_size=5), min_size=1),
)
def test_parts_write_what_the_whole_message_would(payload_format: PayloadFormat, parts: list[bytes]) -> None:
    whole = Output(payload_format)
    in_parts = Output(payload_format)
    assert Interest.PARTS is in_parts.writer.interest
    last = len(parts) - 1
    for place, part in enumerate(parts):
        in_parts.take(MessagePart(BINARY, part, is_first=place == 0, is_last=place == last))
    assert whole.take(message(b"".join(parts), BINARY)) == b"".join(in_parts.written)


def test_binary_among_lines_is_a_problem_and_what_came_before_is_written() -> None:
    output = Output(PayloadFormat.LINES)
    with pytest.raises(EnvironmentProblem) as caught:
        output.take(message(b"before"), message(b"\xff", BINARY), message(b"after"))
    assert [b"before\n"] == output.written
    assert "--raw" in str(caught.value.hint)


def test_a_newline_inside_a_message_is_kept_and_noted_once() -> None:
    output = Output(PayloadFormat.LINES)
    assert b"a\nb\nc\nd\n" == output.take(message(b"a\nb"), message(b"c\nd"))
    assert [AMBIGUOUS] == output.notes


def test_a_terminal_gets_no_control_characters() -> None:
    output = Output(PayloadFormat.LINES, is_terminal=True)
    assert b"a\n\\x1b[2J\n" == output.take(message(b"a\n\x1b[2J"))
    assert output.take(message(b"\x1b", BINARY)).endswith(b"|.|\n")
    assert Interest.MESSAGES is output.writer.interest


def test_time_stamps_stand_before_each_message() -> None:
    output = Output(PayloadFormat.LINES, timestamp=lambda at: f"T{at}")
    assert b"T1.5 a\nT1.5 bc\n" == output.take(
        message(b"a"),
        MessagePart(TEXT, b"b", is_first=True, is_last=False),
        MessagePart(TEXT, b"c", is_first=False, is_last=True),
    )


def test_only_admitted_messages_are_written() -> None:
    output = Output(PayloadFormat.LINES, admits=lambda event: getattr(event, "payload", b"") == b"yes")
    assert b"yes\n" == output.take(message(b"no"), message(b"yes"))


def test_a_failed_write_passes_through() -> None:
    def fail(_data: bytes) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    writer = PayloadWriter(fail, PayloadFormat.LINES)
    with pytest.raises(BrokenPipeError):
        writer.accept(Batch(0.0, (message(b"x"),)))
    writer.close()


def test_a_message_cut_off_leaves_no_half_line() -> None:
    output = Output(PayloadFormat.LINES)
    assert b"" == output.take(MessagePart(TEXT, b"hal", is_first=True, is_last=False))
    output.writer.close()
    assert [] == output.written


def test_a_large_message_passes_through_before_it_is_whole() -> None:
    output = Output(PayloadFormat.LINES)
    output.take(MessagePart(TEXT, b"x" * HELD, is_first=True, is_last=False))
    assert [] == output.written
    output.take(MessagePart(TEXT, b"y", is_first=False, is_last=False))
    assert b"x" * HELD + b"y" == b"".join(output.written)
    output.take(MessagePart(TEXT, b"z", is_first=False, is_last=True), message(b"next"))
    assert b"x" * HELD + b"yz\nnext\n" == b"".join(output.written)


def test_nul_separated_messages_are_escaped_on_a_terminal_too() -> None:
    assert b"\\x1b\n" == Output(PayloadFormat.NUL, is_terminal=True).take(message(b"\x1b"))
