"""Commands that look."""

from __future__ import annotations

import pytest

from tests.repl.scripted import Table
from wscli.errors import UsageProblem
from wscli.events import (
    CertificatesReceived,
    Confidence,
    Evidence,
    Finding,
    FrameReceived,
    MessageKind,
    MessageReceived,
    Severity,
    Side,
)
from wscli.text import cell_width
from wscli.wire.certificate import Certificate
from wscli.wire.frames import FrameOrder, encode_frame


@pytest.fixture
def table() -> Table:
    made = Table()
    made.come('{"op": "login"}', Side.LOCAL)
    made.come('{"ok": true, "items": [1, "\\u001b[31m"]}')
    made.come(b"\x00\xff")
    return made


def test_a_frame_is_opened_up(table: Table) -> None:
    for line in ("/inspect 1", "/inspect -3"):
        said = table.type(line)
        assert "Frame 1: TEXT  bytes 0-20, masked, as from a client\n" in said
        assert "key     all zero: it changes nothing\n" in said
    assert "Frame 3: BINARY" in table.type("/inspect")


@pytest.mark.parametrize("number", ["0", "9", "-4", "x", "²", "9999999999"])
def test_a_frame_that_is_not_kept_is_named_with_those_that_are(table: Table, number: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        table.type(f"/inspect {number}")
    assert "there is no such frame" in str(caught.value)
    assert "frames 1 to 3 are kept" == caught.value.hint


def test_nothing_came_yet() -> None:
    with pytest.raises(UsageProblem) as caught:
        Table().type("/inspect 1")
    assert "none came yet" == caught.value.hint


def test_frames_are_shown_again(table: Table) -> None:
    assert ["#1", "#2", "#3"] == [line.split()[2] for line in table.type("/show frames").splitlines()]
    assert "#3 ← BINARY 2 B  00 ff\n* 1 of 3\n" in table.type("/show frames 1")


def test_bytes_are_shown_as_they_were_on_the_wire(table: Table) -> None:
    assert (
        "[  0.000] #3 ← 4 B\n  00000000  82 02 00 ff                                       |....|\n* 1 of 3\n"
    ) == table.type("/show bytes 1")


def test_bytes_of_a_large_frame_are_cut(table: Table) -> None:
    table.come("x" * 10_000)
    assert "… 5908 B more" in table.type("/show bytes 1")


def test_messages_are_listed_in_a_line_each(table: Table) -> None:
    assert (
        '[  0.000] #1 → TEXT 15 B  {"op": "login"}\n'
        '[  0.000] #2 ← TEXT 40 B  {"ok": true, "items": [1, "\\u001b[31m"]}\n'
        "[  0.000] #3 ← BINARY 2 B  00 ff\n"
    ) == table.type("/show messages")
    assert "* 2 of 3\n" in table.type("/show messages 2")


def test_a_message_is_shown_whole_and_json_pretty(table: Table) -> None:
    said = table.type("/show message 2")
    assert '{\n  "ok": true,\n  "items": [\n    1,\n    "\\u001b[31m"\n  ]\n}\n' in said
    assert "00000000  00 ff" in table.type("/show message")
    table.come("plain\x1b\ntext")
    assert "plain\\x1b\ntext\n" in table.type("/show message")


def test_a_message_of_several_frames_is_found_by_any_of_them() -> None:
    table = Table()
    frames = [FrameReceived(n, encode_frame(FrameOrder(1 if n == 1 else 0, b"x", fin=n == 3))) for n in (1, 2, 3)]
    table.link.observe(*frames, MessageReceived(MessageKind.TEXT, b"xxx", (1, 3)))
    assert "#1-3 ← TEXT 3 B  xxx\nxxx\n" in table.type("/show message 2")


def test_a_large_message_is_cut_and_says_how_to_have_it_all(table: Table) -> None:
    table.come('{"a": "' + "x" * 300_000 + '"}')
    said = table.type("/show message")
    assert "more; /save message writes all of it" in said
    assert len(said) < 270_000


def test_a_message_that_is_not_there(table: Table) -> None:
    with pytest.raises(UsageProblem) as caught:
        table.type("/show message 9")
    assert "there is none that is kept" in str(caught.value)


def test_what_is_no_longer_kept_is_counted(table: Table) -> None:
    table.desk.store.dropped = 2
    assert "* 1 of 3, 2 of them no longer kept\n" in table.type("/show frames 1")


def test_the_handshake_is_shown_again(table: Table) -> None:
    assert "* open in" in table.type("/show handshake")


def test_certificates_are_shown_or_said_to_be_none(table: Table) -> None:
    assert "* the peer showed no certificate" in table.type("/show certificate")
    certificate = Certificate(b"", "CN=a", "CN=b", ("DNS:a.example",), "2026-01-01", "2027-01-01", "EC P-256", "ecdsa")
    table.link.observe(CertificatesReceived((certificate,)))
    assert "a.example" in table.type("/show certificate")


def test_findings_are_shown_or_said_to_be_none(table: Table) -> None:
    assert "* nothing wrong was found so far\n" == table.type("/show findings")
    evidence = (Evidence("frame #1", "seen"),)
    table.link.found = (
        Finding(
            "close/x",
            "a summary",
            Severity.ERROR,
            Confidence.LIKELY,
            evidence,
            "RFC 6455 7.4.1",
            "must",
            ("cause",),
            "do this",
        ),
    )
    assert "a summary" in table.type("/show findings")


def test_variables_are_shown_or_said_to_be_none(table: Table) -> None:
    assert "* no variables; /set NAME VALUE sets one" in table.type("/show variables")
    assert "  room  lobby\n" == table.type("/set room lobby", "/show variables")


def test_statistics_are_shown(table: Table) -> None:
    assert "received          sent" in table.type("/show stats")


def test_what_can_be_shown_is_completed_by_a_hint(table: Table) -> None:
    with pytest.raises(UsageProblem) as caught:
        table.type("/show statz")
    assert "did you mean stats?" == caught.value.hint


def test_messages_are_found(table: Table) -> None:
    assert '#1 → TEXT 15 B  {"op": "login"}\n* 1 message fits\n' in table.type("/find login")
    assert "* 2 messages fit, the newest 1 of them shown\n" in table.type('/find --most 1 [{]"')
    assert "* 0 messages fit\n" == table.type("/find nowhere")
    with pytest.raises(UsageProblem) as caught:
        table.type("/find --most x y")
    assert "--most `x`: it is no number" == str(caught.value)


def test_a_filter_is_set_shown_and_dropped(table: Table) -> None:
    assert "* there is no filter\n" == table.type("/filter")
    assert "* only frames that fit are shown" in table.type("/filter --received --opcode text,binary error")
    assert "* the filter is --received --opcode text,binary error\n" == table.type("/filter")
    assert table.desk.choices.keeps is not None
    assert "* every frame is shown again\n" == table.type("/filter off")
    assert table.desk.choices.keeps is None


def test_a_pause_is_a_switch(table: Table) -> None:
    assert "* paused: frames are kept and counted, not shown; /pause goes on\n" == table.type("/pause")
    assert table.desk.choices.is_paused
    assert "* going on; /show frames has what came meanwhile\n" == table.type("/pause")
    assert not table.desk.choices.is_paused


@pytest.mark.parametrize("line", ["/show messages", "/show stats", "/set"])
def test_a_terminal_of_40_columns_is_wide_enough(table: Table, line: str) -> None:
    table.columns = 40
    lines = table.type(line).splitlines()
    assert max(map(cell_width, lines)) <= 40


def test_what_a_peer_sent_is_shown_escaped() -> None:
    table = Table()
    table.come("\x1b]0;title\x07\u202e" + "x" * 100_000)
    said = "".join(
        table.type(line) for line in ("/show frames", "/show messages", "/show message", "/find x", "/inspect")
    )
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\\x1b]0;title\\x07\\u202e" in said
