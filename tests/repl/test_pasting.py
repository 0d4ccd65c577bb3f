"""Large pastes: a mark in the line, the whole text in the message."""

from __future__ import annotations

from wscli.repl.pasting import LARGE, Pastes, has_mark


def test_a_short_paste_stands_in_the_line_with_newlines() -> None:
    assert "a\nb\nc" == Pastes().take("a\r\nb\rc")


def test_a_large_paste_is_a_mark_and_comes_back_whole() -> None:
    pastes = Pastes()
    first, second = "x" * LARGE, "ä" * 10_000
    line = f"[{pastes.take(first)}, {pastes.take(second)}]"
    assert "[[pasted #1: 2000 B], [pasted #2: 19.5 KiB]]" == line
    assert has_mark(line)
    assert f"[{first}, {second}]" == pastes.put_back(line)


def test_a_new_line_knows_no_mark_of_the_one_before() -> None:
    pastes = Pastes()
    mark = pastes.take("x" * LARGE)
    pastes.forget()
    assert mark == pastes.put_back(mark)


def test_other_brackets_are_no_mark() -> None:
    assert not has_mark("[pasted by hand] pasted #1: 3]")
