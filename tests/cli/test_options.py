from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from wscli.cli import commands
from wscli.cli.command import Command
from wscli.cli.commands import COMMANDS, load_command
from wscli.cli.options import CONNECTION, FORMATS, PAYLOAD_FORMATS, Kind, Option, convert
from wscli.errors import UsageProblem

ALL = [load_command(name) for name in COMMANDS]


def option(kind: Kind, **more: Any) -> Option:
    return Option("name", ("-n", "--name"), kind, "Does it", **more)


# --- From text to values ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Kind.TEXT, "a b", "a b"),
        (Kind.PATH, "", ""),
        (Kind.NUMBER, "0", 0),
        (Kind.NUMBER, "007", 7),
        (Kind.SECONDS, "250ms", 0.25),
        (Kind.SIZE, "1.5k", 1536),
    ],
)
def test_text_becomes_a_value(kind: Kind, text: str, expected: object) -> None:
    assert expected == convert(option(kind), text)


def test_a_choice_is_one_of_its_choices() -> None:
    assert "time" == convert(option(Kind.CHOICE, choices=("reply", "time")), "time")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.NUMBER, "-1"),
        (Kind.NUMBER, ""),
        (Kind.NUMBER, "²"),
        (Kind.NUMBER, "1" * 5000),
        (Kind.SECONDS, "soon"),
        (Kind.SECONDS, "-1"),
        (Kind.SECONDS, "nan"),
        (Kind.SECONDS, "inf"),
        (Kind.SIZE, "big"),
        (Kind.SIZE, "9" * 400),
        (Kind.CHOICE, "tme"),
    ],
)
def test_what_is_no_value_names_the_option_and_the_text(kind: Kind, text: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        convert(option(kind, choices=("time",) if kind is Kind.CHOICE else ()), text)
    assert ("--name", text) == (caught.value.subject, caught.value.value)


def test_a_mistyped_choice_says_what_is_near() -> None:
    with pytest.raises(UsageProblem) as caught:
        convert(option(Kind.CHOICE, choices=("reply", "time")), "tme")
    assert "did you mean `time`?" == caught.value.hint


def test_a_choice_with_nothing_near_has_no_hint() -> None:
    with pytest.raises(UsageProblem) as caught:
        convert(option(Kind.CHOICE, choices=("reply", "time")), "zzz")
    assert caught.value.hint is None


# --- How options are shown -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (option(Kind.FLAG), ""),
        (option(Kind.COUNT), ""),
        (option(Kind.TEXT, metavar="X"), " X"),
        (option(Kind.CHOICE, choices=("a", "b")), " a|b"),
        (option(Kind.OPTIONAL_TEXT, metavar="X"), "[=X]"),
    ],
)
def test_the_value_is_shown_behind_the_flag(shown: Option, expected: str) -> None:
    assert expected == shown.shown_metavar


# --- The table -------------------------------------------------------------------------------------------------------
def test_the_registry_names_every_file() -> None:
    files = {path.stem for path in Path(str(commands.__file__)).parent.glob("*.py")} - {"__init__"}
    assert files == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_called_as_it_is_registered(name: str) -> None:
    assert name == import_module(COMMANDS[name]).COMMAND.name


def test_the_registry_has_the_other_names_that_commands_have() -> None:
    assert commands.ALIASES == {alias: command.name for command in ALL for alias in command.aliases}
    assert not set(commands.ALIASES) & set(COMMANDS)


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
def test_no_flag_and_no_name_is_declared_twice(command: Command) -> None:
    flags = Counter(flag for option in command.options for flag in option.flags)
    names = Counter(part.name for part in command.parts)
    assert [] == [one for one, count in (flags + names).items() if count > 1]


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
def test_flags_have_the_forms_that_both_parsers_read(command: Command) -> None:
    for option in command.options:
        assert all(flag.startswith("--") or len(flag) == 2 for flag in option.flags)
        assert option.flag.startswith("--")
        assert option.name.isidentifier()


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
def test_help_is_one_sentence_without_a_full_stop(command: Command) -> None:
    sentences = [command.summary, *(part.help for part in command.parts)]
    assert [] == [sentence for sentence in sentences if sentence.endswith(".") or not sentence]


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
def test_help_holds_nothing_that_rich_takes_for_markup(command: Command) -> None:
    sentences = [command.summary, *(part.help for part in command.parts)]
    assert [] == [sentence for sentence in sentences if "[" in sentence]


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
def test_an_option_with_a_value_says_what_it_is(command: Command) -> None:
    assert [] == [one.name for one in command.options if one.takes_value and one.shown_metavar.strip() == ""]


def test_an_option_of_one_name_means_the_same_value_in_every_command_that_connects() -> None:
    connecting = [command for command in ALL if set(CONNECTION) <= set(command.options)]
    assert ["connect", "listen", "send", "replay"] == [command.name for command in connecting]


def test_the_shorthands_for_formats_are_named_after_formats() -> None:
    assert {one.name.replace("_", "-") for one in PAYLOAD_FORMATS} <= set(FORMATS)
