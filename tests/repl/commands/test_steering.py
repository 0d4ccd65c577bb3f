"""Commands about the session itself."""

from __future__ import annotations

import gzip
import stat
from pathlib import Path

import pytest

from tests.repl.scripted import Table, text
from wscli.errors import EnvironmentProblem, Problem, UsageProblem
from wscli.events import Event, MessageReceived, MessageSent, Noted, Opened, Side, SinkFailed
from wscli.protocol.step import SendClose
from wscli.record.reader import read_recording
from wscli.repl.script import run_script


def events_of(path: Path) -> list[type[Event]]:
    with read_recording(str(path)) as recording:
        return [type(event) for _, event in recording.iter_events()]


def test_connecting_anew_changes_what_was_asked_for() -> None:
    table = Table()
    table.end()
    table.type("/reconnect --subprotocol chat --no-deflate ws://example.com/other")
    settings = table.link.settings
    assert ("/other", ("chat",), None) == (
        settings.url.resource, settings.handshake.subprotocols, settings.handshake.deflate_offer,
    )  # fmt: skip
    assert table.link.is_open


def test_leaving_closes_what_is_open() -> None:
    table = Table()
    table.type("/quit")
    assert table.desk.wants_to_leave
    assert [SendClose(1000)] == table.orders


def test_leaving_after_the_end_sends_nothing() -> None:
    table = Table()
    table.end()
    table.type("/quit")
    assert table.desk.wants_to_leave
    assert [] == table.orders


def test_variables_and_settings_are_set_and_listed() -> None:
    table = Table()
    table.type(
        "/set room lobby {{env:USER}}", "/set control folded", "/set keys vi", "/set multiline on", "/set preview on"
    )
    choices = table.desk.choices
    assert (True,) * 4 == (choices.folds_control, choices.uses_vi, choices.is_multiline, choices.previews)
    said = table.type("/set")
    assert "  control   folded " in said
    assert "  keys      vi " in said
    assert "  room  lobby ada\n" in said
    table.type("/set control shown", "/set room")
    assert not choices.folds_control
    assert {} == table.desk.templates.variables


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/set control on", "/set control `on`: it is shown or folded"),
        ("/set keys", "/set keys: it is emacs or vi"),
        ("/set a.b c", "variable `a.b`: a name has letters"),
        ("/set - c", "a name has letters"),
    ],
)
def test_what_cannot_be_set_is_refused(line: str, said: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        Table().type(line)
    assert said in str(caught.value)


def test_a_recording_begins_with_the_handshake_that_was(tmp_path: Path) -> None:
    table, path = Table(), tmp_path / "session.jsonl"
    table.come("before")
    assert f"* recording to {path}; /record off ends it\n" == table.type(f"/record {path}")
    assert table.desk.recording is not None
    table.come("after")
    with pytest.raises(UsageProblem) as caught:
        table.type("/record another.jsonl")
    assert f"{path} is being written" in str(caught.value)
    assert f"* {path} is written\n" == table.type("/record off")
    found = events_of(path)
    assert Opened is found[0]
    assert 1 == found.count(MessageReceived)
    assert table.desk.recording is None
    assert [] == table.link.attached
    with pytest.raises(UsageProblem) as caught:
        table.type("/record off")
    assert "nothing is being recorded" in str(caught.value)


def test_a_recording_that_fails_is_no_longer_said_to_run(tmp_path: Path) -> None:
    table = Table()
    table.type(f"/record {tmp_path / 'session.jsonl'}")
    table.link.observe(SinkFailed("transcript", "another"))
    assert table.desk.recording is not None
    sink = table.desk.recording[1]
    table.link.observe(SinkFailed(sink.name, "No space left on device"))
    assert table.desk.recording is None


@pytest.mark.parametrize("line", ["/record --force", "/save session --force"])
def test_a_disk_that_is_full_is_said(tmp_path: Path, line: str) -> None:
    (tmp_path / "full.jsonl").symlink_to("/dev/full")
    table = Table()
    with pytest.raises(EnvironmentProblem) as caught:
        table.type(f"{line} {tmp_path / 'full.jsonl'}")
    assert "No space left on device" in str(caught.value)
    assert table.desk.recording is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/record session.txt", "the name ends in none of"),
        ("/record /nowhere/s.jsonl", "the folder `/nowhere` does not exist"),
    ],
)
def test_a_recording_that_cannot_be_written_is_refused(line: str, said: str) -> None:
    table = Table()
    with pytest.raises(Problem) as caught:
        table.type(line)
    assert said in str(caught.value)
    assert table.desk.recording is None


def test_the_session_is_saved_as_a_recording(tmp_path: Path) -> None:
    table, path = Table(), tmp_path / "session.jsonl.gz"
    table.come("out", Side.LOCAL)
    table.come("in")
    assert f"* what is kept of 2 frames saved to {path}\n" == table.type(f"/save session {path}")
    assert [Opened, MessageSent, MessageReceived] == [
        kind for kind in events_of(path) if kind in (Opened, MessageSent, MessageReceived)
    ]
    assert b'"command":' in gzip.decompress(path.read_bytes())


def test_messages_and_what_was_typed_are_saved_for_nobody_else(tmp_path: Path) -> None:
    table = Table()
    table.come("one")
    table.come(b"\x00")
    for line, data in (
        ("/save messages", b"one\n\x00\n"),
        ("/save message", b"\x00"),
    ):
        path = tmp_path / line.split()[1]
        table.type(f"{line} {path}")
        assert data == path.read_bytes()
        assert 0 == stat.S_IMODE(path.stat().st_mode) & 0o077


def test_what_was_typed_can_be_run_again(tmp_path: Path) -> None:
    table, again, path = Table(), Table(), tmp_path / "typed"
    table.type('{\n"a": 1}', "/note x\\", "# no comment", " a secret")
    assert f"* 4 lines saved to {path}\n" == table.type(f"/save typed {path}")
    again.run(run_script(again.desk, path.read_bytes(), "typed"))
    assert [text('{\n"a": 1}'), text("# no comment")] == again.orders
    assert [Noted("x\\")] == again.link.published
    assert b"secret" not in path.read_bytes()


def test_a_file_that_is_there_is_written_over_only_by_force(tmp_path: Path) -> None:
    table, path = Table(), tmp_path / "typed"
    path.write_text("precious")
    for line in (f"/save typed {path}", f"/record {path}"):
        with pytest.raises(UsageProblem) as caught:
            table.type(line)
        assert "it is there already" in str(caught.value)
    assert "precious" == path.read_text()
    table.type(f"/save typed --force {path}")
    assert "precious" not in path.read_text()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/save message x", "no message went by yet"),
        ("/save typed /nowhere/at/all", "No such file or directory"),
        ("/save typed a\0b", "null"),
        ("/save session /dev/null/x.jsonl", "x.jsonl"),
        ("/save all x", "it is one of session, typed, messages, message"),
    ],
)
def test_what_cannot_be_saved_is_said(line: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        Table().type(line)
    assert said in f"{caught.value} {caught.value.hint}"


def test_what_a_recording_sent_is_sent_again(tmp_path: Path) -> None:
    table, path = Table(), tmp_path / "session.jsonl"
    table.type(f"/record {path}")
    table.come("one", Side.LOCAL)
    table.come("answer")
    table.link.clock = 0.01
    table.come("two", Side.LOCAL)
    table.type("/record off")
    for speed in ("", "--speed max ", "--speed 10 "):
        again = Table()
        assert f"* 2 messages of {path} sent\n" == again.type(f"/replay {speed}{path}")
        assert [text("one"), text("two")] == again.orders


def test_what_is_odd_about_a_recording_is_said(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    table = Table()
    table.type(f"/save session {path}")
    path.write_bytes(path.read_bytes() + b'{"at": 1, "ev')
    assert 2 == Table().type(f"/replay {path}").count("\n* ") + 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/replay /nowhere/at/all.jsonl", "/nowhere/at/all.jsonl"),
        ("/replay --speed fast x", "--speed `fast`: it is no positive number"),
        ("/replay --speed 0 x", "it is no positive number"),
        ("/replay --speed inf x", "it is no positive number"),
        ("/source /nowhere/at/all", "No such file"),
    ],
)
def test_what_cannot_be_played_is_said(line: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        Table().type(line)
    assert said in str(caught.value)


def test_a_file_of_lines_is_carried_out(tmp_path: Path) -> None:
    path = tmp_path / "my lines"
    path.write_text("one\n/set room lobby\n{{room}}\n")
    table = Table()
    table.type(f"/source {path}")
    assert [text("one"), text("lobby")] == table.orders
    assert [f"/source {path}"] == table.desk.typed


def test_a_note_goes_into_the_stream() -> None:
    table = Table()
    table.type("/note here it broke")
    assert [Noted("here it broke")] == table.link.published


def test_a_saved_file_in_a_folder_that_refuses_says_why(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        Table().type(f"/save typed --force {tmp_path}")
    assert "Is a directory" in str(caught.value)
