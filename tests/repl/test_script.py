"""Lines carried out one after the other, and the text of scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.repl.scripted import Table, text
from wscli.errors import Problem, UsageProblem
from wscli.protocol.step import SendClose
from wscli.repl.script import run_script
from wscli.repl.script_text import KEPT_OUT, script_lines, script_text

LINES = st.lists(
    st.text(st.sampled_from("ab\\\n# /") | st.characters(exclude_characters="\r", exclude_categories=("Cs",))).filter(
        lambda line: line.strip("\\\n\t ") and not line.startswith(("#", " ", "\n")) and line.split("\n")[0].strip()
    )
)


@given(LINES)
def test_lines_that_are_written_down_are_read_again(lines: list[str]) -> None:
    assert lines == [line for _, line in script_lines(script_text(lines))]


def test_a_script_has_comments_empty_lines_and_lines_that_go_on() -> None:
    script = "# first\n\none\r\ntwo \\\n  goes on\\\n# too\n\\\\\nend\\"
    assert [(3, "one"), (4, "two \n  goes on\n# too"), (7, "\\"), (8, "end\n")] == [
        (number, line if number != 8 else line + "\n") for number, line in script_lines(script)
    ]


def test_a_message_that_looks_like_a_comment_is_written_as_a_command() -> None:
    assert f"/send # not a comment\n{KEPT_OUT}\n" == script_text(["# not a comment", KEPT_OUT])


def test_a_script_is_carried_out_until_it_leaves() -> None:
    table = Table()
    table.run(run_script(table.desk, b"one\n//two\n/quit\nnever\n", "s"))
    assert [text("one"), text("/two"), SendClose(1000)] == table.orders


def test_the_first_line_that_cannot_be_done_ends_it_and_names_itself() -> None:
    table = Table()
    with pytest.raises(UsageProblem) as caught:
        table.run(run_script(table.desk, b"one\n\n/hlep\ntwo\n", "login.txt"))
    assert "command `/hlep`: there is no such command (line 3 of login.txt)" == str(caught.value)
    assert "did you mean /help?" == caught.value.hint
    assert [text("one")] == table.orders
    assert 0 == table.desk.depth


def test_scripts_that_call_themselves_end(tmp_path: Path) -> None:
    path = tmp_path / "again"
    path.write_text(f"x\n/source {path}\n")
    table = Table()
    with pytest.raises(UsageProblem) as caught:
        table.type(f"/source {path}")
    assert "scripts call each other more than 8 deep" in str(caught.value)
    assert 8 == len(table.orders)


def test_what_was_typed_is_remembered_but_for_what_began_with_a_blank() -> None:
    table = Table()
    table.type("one", " secret", " /note secret", "/note x")
    assert [text("one"), text("secret")] == table.orders
    assert ["one", KEPT_OUT, KEPT_OUT, "/note x"] == table.desk.typed


@given(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
    | st.text(st.sampled_from("/send rawfm-{}h=:,0"), max_size=20)
)
def test_nothing_typed_raises_anything_but_a_problem(line: str) -> None:
    table = Table()
    table.come('{"a": "\\ud800"}')
    called = line.lstrip().removeprefix("/").split(maxsplit=1)
    if called and any(one.startswith(called[0]) for one in ("save", "record", "repeat", "wait", "reconnect")):
        return  # they write files, or take their time
    try:
        table.type(line)
    except Problem:
        assert [] == table.orders
