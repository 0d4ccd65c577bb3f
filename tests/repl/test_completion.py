"""Completion: commands, options and words, files, frames, close codes, templates, JSON keys and messages seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from tests.repl.scripted import Table
from wscli.events import Side
from wscli.repl.commands import COMMANDS
from wscli.repl.completion import OFFERED, LineCompleter, files


def completed(table: Table, line: str) -> list[str]:
    """Return the lines that completion would make of one."""
    found = LineCompleter(table.desk).get_completions(Document(line), CompleteEvent())
    return [line[: len(line) + one.start_position] + one.text for one in found]


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("/pi", ["/ping"]),
        ("/re", ["/repeat", "/reconnect", "/record", "/replay"]),
        ("/zz", []),
        ("/zz x", []),
        ("/send --b", ["/send --binary", "/send --base64"]),
        ("/send --binary --b", ["/send --binary --base64"]),
        ("/reconnect --header x --head", ["/reconnect --header x --header"]),
        ("/sh", ["/show"]),
        ("/show m", ["/show messages", "/show message"]),
        ("/show messages 3", []),
        ("/close 101", [f"/close 101{n}" for n in range(6)]),
        ("/close 1000 x", []),
        ("/filter --opcode pi", ["/filter --opcode ping"]),
        ("/filter --opcode ping,cl", ["/filter --opcode ping,close"]),
        ("/help pin", ["/help ping"]),
        ("/set con", ["/set control"]),
        ("/set ro", ["/set room"]),
        ("hi {{co", ["hi {{counter}}"]),
        ("hi {{ro", ["hi {{room}}"]),
        ("hi {{room}} {{now:", ["hi {{room}} {{now:unix}}"]),
        ("/send {{uu", ["/send {{uuid}}"]),
        ("", []),
        ("//", []),
    ],
)
def test_the_end_of_a_line_is_completed(line: str, lines: list[str]) -> None:
    table = Table()
    table.desk.templates.variables["room"] = "lobby"
    assert lines == completed(table, line)


def test_a_slash_offers_every_command() -> None:
    assert [f"/{command.name}" for command in COMMANDS] == completed(Table(), "/")


def test_frames_are_offered_the_newest_first() -> None:
    table = Table()
    for number in range(30):
        table.come(str(number))
    assert [f"/inspect {number}" for number in range(30, 30 - OFFERED, -1)] == completed(table, "/inspect ")


def test_keys_of_json_seen_are_offered_those_of_the_newest_first() -> None:
    table = Table()
    table.come('{"old": 1, "kind": {"inner": [{"deep": 1}]}}')
    table.come('{"kilo": 1, "bad\\u001b": 1, "quo\\"te": 2}')
    table.come("{broken")
    table.come("[" * 100_000)
    assert ['{"kilo"', '{"kind"'] == completed(table, '{"ki')
    assert ['{"a": 1, "deep"'] == completed(table, '{"a": 1, "de')
    assert 5 == len(completed(table, '{"'))
    assert ['/send {"old"'] == completed(table, '/send {"ol')


def test_messages_seen_are_offered_whole() -> None:
    table = Table()
    table.come("subscribe ticker", Side.LOCAL)
    table.come("subscribed")
    table.come("subscribed")
    table.come("subscribe\x1b[31m")
    table.come("sub" + "x" * 5000)
    assert ["subscribed", "subscribe ticker"] == completed(table, "subs")
    for number in range(30):
        table.come(f"n{number}")
    assert OFFERED == len(completed(table, "n"))


def test_files_are_offered_with_folders_marked(tmp_path: Path) -> None:
    for name in ("one.txt", "one two", ".hidden", "bad\x1bname"):
        (tmp_path / name).touch()
    (tmp_path / "once").mkdir()
    assert [f"/source {tmp_path}/{name}" for name in ("once/", "one two", "one.txt")] == completed(
        Table(), f"/source {tmp_path}/on"
    )
    assert [f"/source {tmp_path}/one two"] == completed(Table(), f"/source {tmp_path}/one t")
    assert [f"/send --file {tmp_path}/.hidden"] == completed(Table(), f"/send --file {tmp_path}/.h")
    assert ["once/", "one two", "one.txt"] == [one.text for one in files(f"{tmp_path}/")]


@pytest.mark.parametrize("path", ["/nowhere/at/all", "~nobody-of-this-name/x", "a\0b/c"])
def test_a_folder_that_cannot_be_read_offers_nothing(path: str) -> None:
    assert [] == list(files(path))


@given(st.text() | st.text(st.sampled_from('/{}"sendp -ing=,0')))
def test_completing_anything_raises_nothing_and_puts_no_control_character_into_the_line(line: str) -> None:
    table = Table()
    table.come('{"a\\u0007b": 1, "s": "\\u202e"}')
    table.come("s\x1b\u202e")
    for result in completed(table, line):
        assert result.removeprefix(line[: len(line) - 1]).isprintable() or not line.isprintable()
