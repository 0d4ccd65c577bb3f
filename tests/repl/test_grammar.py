"""Typed lines: what is a message, what a command, and how a command's table reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.errors import Problem, UsageProblem
from wscli.repl.commands import COMMANDS
from wscli.repl.grammar import (
    Call,
    Option,
    Rest,
    Spot,
    Usage,
    Word,
    find_spot,
    is_number,
    message_of,
    parse,
    split_command,
)

COUNT = Word("count", "N", is_optional=True, is_digits=True)
EVERY = Option("every", "time between", "TIME")
HEADER = Option("header", "a header", "H", is_repeated=True)
FLAG = Option("loud", "a flag")
USAGE = Usage("do", (COUNT,), (EVERY, HEADER, FLAG), Rest("TEXT", is_optional=True))
STRICT = Usage("pick", (Word("what", "WHAT", choices=("stats", "frames")), Word("number", "N", is_digits=True)))
TYPED = st.text(st.sampled_from("ab- '\"=/\n\t17²") | st.characters()) | st.lists(
    st.sampled_from(("--every", "--every=5", "--header", "'a b'", "--loud", "--", "7", "frames", "-1", " ")), max_size=8
).map(" ".join)


@pytest.mark.parametrize(
    ("line", "split"),
    [
        ("hello", None),
        ("", None),
        ("//slash", None),
        (" /blank", None),
        ("/", ("", "")),
        ("/ping", ("ping", "")),
        ("/ping  3", ("ping", "  3")),
        ("/send\tx", ("send", "\tx")),
        ("/ x", ("", " x")),
    ],
)
def test_a_slash_begins_a_command_and_two_a_message(line: str, split: tuple[str, str] | None) -> None:
    assert split == split_command(line)


def test_two_slashes_stand_for_one() -> None:
    assert ["/x", "x", "/"] == [message_of(line) for line in ("//x", "x", "/")]


@pytest.mark.parametrize(
    ("typed", "call"),
    [
        ("", Call("do", {}, {})),
        ("3", Call("do", {"count": "3"}, {})),
        ("x y  z", Call("do", {}, {}, "x y  z")),
        ("3 --every 5s x", Call("do", {"count": "3"}, {"every": ("5s",)}, "x")),
        ("--every=5s 3 x", Call("do", {"count": "3"}, {"every": ("5s",)}, "x")),
        ("--every='a b' x", Call("do", {}, {"every": ("a b",)}, "x")),
        ("--every 'a b'x", Call("do", {}, {"every": ("a b",)}, "x")),
        ("--header a --header b", Call("do", {}, {"header": ("a", "b")})),
        ("--header '' x", Call("do", {}, {"header": ("",)}, "x")),
        ("--loud x --loud", Call("do", {}, {"loud": ("",)}, "x --loud")),
        ("-- --loud", Call("do", {}, {}, "--loud")),
        ("3\n--loud\n{\n}", Call("do", {"count": "3"}, {"loud": ("",)}, "{\n}")),
        ("² x", Call("do", {}, {}, "² x")),
        ("1234567890", Call("do", {}, {}, "1234567890")),
    ],
)
def test_words_and_options_come_in_any_order_and_the_rest_as_it_was_typed(typed: str, call: Call) -> None:
    assert call == parse(USAGE, typed)


@pytest.mark.parametrize(
    ("usage", "typed", "said", "hint"),
    [
        (STRICT, "", "WHAT is missing", STRICT.text),
        (STRICT, "frames", "N is missing", STRICT.text),
        (STRICT, "frmes 3", "there is no such thing", "did you mean frames?"),
        (STRICT, "zzz 3", "there is no such thing", "it is one of stats, frames"),
        (STRICT, "frames x", "N is a whole number", STRICT.text),
        (STRICT, "frames 3 4", "`4`: nothing more is taken", STRICT.text),
        (STRICT, "frames --x 4", "N is missing", STRICT.text),
        (USAGE, "--evry 3", "`--evry`: there is no such option", "did you mean --every?"),
        (USAGE, "--zzzzz", "there is no such option", "-- ends the options"),
        (USAGE, "--every", "its TIME is missing", USAGE.text),
        (USAGE, "--every=", "its TIME is missing", USAGE.text),
        (USAGE, "--every 1 --every 2", "it is given twice", USAGE.text),
        (USAGE, "--loud=1", "it takes no value", USAGE.text),
        (USAGE, "--every 'x", "its quotes are not closed", USAGE.text),
        (Usage("say", rest=Rest("TEXT")), " ", "TEXT is missing", "/say TEXT"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_hint(usage: Usage, typed: str, said: str, hint: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        parse(usage, typed)
    assert said in str(caught.value)
    assert hint in str(caught.value.hint)


def test_a_command_without_options_takes_dashes_as_text() -> None:
    assert "--x" == parse(Usage("note", rest=Rest("TEXT")), "--x").rest


def test_a_usage_reads_as_one_line() -> None:
    assert "/do [N] [--every TIME] [--header H]… [--loud] [TEXT]" == USAGE.text
    assert "/pick WHAT N" == STRICT.text


def test_a_call_answers_for_flags_values_and_numbers() -> None:
    call = parse(USAGE, "7 --header a --header b --loud")
    assert (True, False, "b", None, 7, 1) == (
        call.flag("loud"),
        call.flag("every"),
        call.value("header"),
        call.value("every"),
        call.number("count", 1),
        call.number("other", 1),
    )


@given(TYPED)
def test_nothing_typed_raises_anything_but_a_problem(typed: str) -> None:
    for command in COMMANDS:
        try:
            call = parse(command.usage, typed)
        except Problem:
            continue
        assert call.rest in typed


@given(TYPED)
def test_the_end_of_anything_typed_has_a_spot(typed: str) -> None:
    for usage in (USAGE, STRICT, *(command.usage for command in COMMANDS)):
        assert typed.endswith(find_spot(usage, typed).begun)


@pytest.mark.parametrize(
    ("typed", "spot"),
    [
        ("", Spot("", (), (COUNT, USAGE.rest))),
        ("-", Spot("-", (), (COUNT, USAGE.rest))),
        ("--", Spot("--", (EVERY, HEADER, FLAG))),
        ("--loud --header x --", Spot("--", (EVERY, HEADER))),
        ("--every ", Spot("", (), (EVERY,))),
        ("--every 5", Spot("5", (), (EVERY,))),
        ("--every=5 x", Spot("x", (), (COUNT, USAGE.rest))),
        ("--every 5 3 ", Spot("", (), (USAGE.rest,))),
        ("3 a b", Spot("a b", (), (USAGE.rest,))),
        ("x b", Spot("x b", (), (USAGE.rest,))),
        ("--odd --lo", Spot("--lo", (), (USAGE.rest,))),
    ],
)
def test_completion_is_told_what_the_end_may_become(typed: str, spot: Spot) -> None:
    assert spot == find_spot(USAGE, typed)


def test_only_words_up_to_the_first_that_is_needed_may_come_next() -> None:
    assert (STRICT.words[0],) == find_spot(STRICT, "fr").places
    assert (STRICT.words[1],) == find_spot(STRICT, "frames ").places
    assert () == find_spot(STRICT, "frames 3 ").places


@pytest.mark.parametrize(("typed", "is_one"), [("0", True), ("²", False), ("", False), ("٣", False), ("9" * 10, False)])
def test_a_number_is_ascii_digits_of_a_length_that_people_mean(typed: str, is_one: bool) -> None:
    assert is_one is is_number(typed)
