from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.cli.command import Command, spell_out
from wscli.cli.commands import COMMANDS, load_command
from wscli.cli.options import Kind, Option
from wscli.cli.quick import parse_quickly
from wscli.cli.typer_app import EXAMPLES, parse_slowly
from wscli.errors import UsageProblem


def quickly(line: str) -> Any:
    name, *argv = shlex.split(line)
    return parse_quickly(load_command(name), argv)


def given_by(line: str) -> dict[str, Any]:
    """Return only the values that differ from an otherwise empty line's."""
    values = quickly(line)
    command = load_command(line.split(maxsplit=1)[0])
    absent = {part.name: part.absent_value for part in command.parts}
    return {name: value for name, value in values.items() if value != absent[name]}


# --- Forms that the quick parser takes -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("listen u", {"url": "u"}),
        ("listen --count=5 u", {"url": "u", "count": 5}),
        ("listen u --count 5", {"url": "u", "count": 5}),
        ("listen -n5 u", {"url": "u", "count": 5}),
        ("listen -vvq u", {"url": "u", "verbose": 2, "quiet": True}),
        ("listen -v -v -vn 5 u", {"url": "u", "verbose": 3, "count": 5}),
        ("listen -H a:b --header c:d u", {"url": "u", "header": ("a:b", "c:d")}),
        ("listen -- -u", {"url": "-u"}),
        ("listen --until=--x u", {"url": "u", "until": "--x"}),
        ("listen --until -1 u", {"url": "u", "until": "-1"}),
        ("listen -n 1 -n 2 u", {"url": "u", "count": 2}),
        ("listen --for 1m30s u", {"url": "u", "duration": 90.0}),
        ("listen --max-message 1k u", {"url": "u", "max_message": 1024}),
        ("listen --deflate u", {"url": "u", "deflate": ""}),
        ("listen --deflate=client_max_window_bits=9 u", {"url": "u", "deflate": "client_max_window_bits=9"}),
        ("listen --tls-min 1.2 u", {"url": "u", "tls_min": "1.2"}),
        ("send u", {"url": "u"}),
        ("send -1 u - a ''", {"url": "u", "one": True, "messages": ("-", "a", "")}),
        ("send u -- -a --", {"url": "u", "messages": ("-a", "--")}),
        ("replay f", {"file": "f"}),
        ("replay f u", {"file": "f", "url": "u"}),
        ("man", {}),
        ("demo", {}),
    ],
)
def test_ordinary_forms_are_read(line: str, expected: dict[str, Any]) -> None:
    assert expected == given_by(line)


def test_every_argument_and_option_has_a_value() -> None:
    values = quickly("send u")
    command = load_command("send")
    assert {part.name for part in command.parts} == set(values)


# --- Forms that it leaves to typer -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "line",
    [
        "listen",
        "listen a b",
        "listen --help",
        "listen -h u",
        "listen --coun 5 u",
        "listen --nothing u",
        "listen -vZ u",
        "listen u -n",
        "listen u --count",
        "listen -n x u",
        "listen -n=5 u",
        "listen --for soon u",
        "listen --quiet=yes u",
        "listen --verbose= u",
        "listen --color blue u",
        "listen --=x u",
        "man a b",
    ],
)
def test_what_is_not_ordinary_is_declined(line: str) -> None:
    assert quickly(line) is None


# --- The law: quick declines, or gives what typer gives --------------------------------------------------------------
WORDS = st.sampled_from(
    [
        "",
        "-",
        "--",
        "x",
        "-5",
        "5",
        "1.5",
        "2m",
        "64k",
        "auto",
        "1.2",
        "time",
        "--help",
        "-h",
        "--deflate",
        "=",
        "é",
        "\udcff",
    ]
) | st.text(max_size=4)


def _texts_for(option: Option) -> st.SearchStrategy[str]:
    fitting = {
        Kind.NUMBER: st.integers(0, 99).map(str),
        Kind.SECONDS: st.sampled_from(["0", "5", "0.5", "250ms", "1h30m"]),
        Kind.SIZE: st.sampled_from(["0", "10k", "64MiB"]),
        Kind.CHOICE: st.sampled_from(option.choices or ("x",)),
    }
    return st.one_of(fitting.get(option.kind, st.text(max_size=4)), WORDS)


@st.composite
def _option_words(draw: st.DrawFn, option: Option) -> list[str]:
    flag = draw(st.sampled_from(option.flags))
    text = draw(_texts_for(option))
    if not option.takes_value:
        return [draw(st.sampled_from([flag, flag, f"{flag}={text}"]))]
    if flag.startswith("--"):
        return draw(st.sampled_from([[flag, text], [f"{flag}={text}"], [flag]]))
    return draw(st.sampled_from([[flag, text], [f"{flag}{text}"], [f"-v{flag[1:]}{text}"], [f"-qv{flag[1:]}", text]]))


@st.composite
def lines(draw: st.DrawFn, command: Command) -> list[str]:
    part = WORDS.map(lambda word: [word])
    if command.options:
        part |= st.sampled_from(command.options).flatmap(_option_words)
    words = [word for words in draw(st.lists(part, max_size=5)) for word in words]
    positional = ["u" for argument in command.arguments if not argument.is_optional]
    return [*words, *positional] if draw(st.booleans()) else [*positional, *words]


@pytest.mark.parametrize("name", COMMANDS)
@given(data=st.data())
@settings(max_examples=40)
def test_quick_declines_or_gives_what_typer_gives(name: str, data: st.DataObject) -> None:
    command = load_command(name)
    argv = data.draw(lines(command))
    values = parse_quickly(command, argv)
    if values is not None:
        assert (command, values) == parse_slowly([name, *argv])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("listen", "missing argument `URL`"),
        ("listen --coun 5 u", "there is no such option"),
        ("listen -vZ u", "there is no such option"),
        ("listen -n x u", "it is no whole number from 0"),
        ("listen --color blue u", "it is none of auto, always, never"),
        ("listen u --count", "option `--count` requires an argument"),
        ("listen --quiet=yes u", "option `--quiet` does not take a value"),
        ("man a b", "got unexpected extra argument(s) (b)"),
    ],
)
def test_what_quick_declines_typer_explains(line: str, reason: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        parse_slowly(shlex.split(line))
    assert reason == caught.value.reason


# --- The examples are true -------------------------------------------------------------------------------------------
def _typed() -> list[str]:
    examples = [example for name in COMMANDS for example in load_command(name).examples]
    return [typed for _, typed in (*examples, *EXAMPLES)]


@pytest.mark.parametrize("typed", _typed())
def test_every_example_is_an_ordinary_line(typed: str) -> None:
    words = shlex.split(typed)
    ours = words[: next((place for place, word in enumerate(words) if word in ("|", "<", ">")), len(words))]
    assert ours[0] == "wscli"
    assert parse_quickly(load_command(ours[1]), ours[2:]) is not None


@pytest.mark.parametrize("typed", _typed())
def test_every_example_fits_on_a_line_of_help(typed: str) -> None:
    assert len(typed) <= 76


# --- Values behind `=` only ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--deflate", "u"], ["--deflate=", "u"]),
        (["--deflate=x"], ["--deflate=x"]),
        (["-H", "--deflate"], ["-H", "--deflate"]),
        (["--header", "--deflate", "--deflate"], ["--header", "--deflate", "--deflate="]),
        (["-vH", "--deflate"], ["-vH", "--deflate"]),
        (["-vHx", "--deflate"], ["-vHx", "--deflate="]),
        (["-vq", "--deflate"], ["-vq", "--deflate="]),
        (["-Zv", "--deflate"], ["-Zv", "--deflate="]),
        (["--", "--deflate"], ["--", "--deflate"]),
        (["-", "--deflate"], ["-", "--deflate="]),
    ],
)
def test_an_option_whose_value_may_be_absent_is_spelled_out(argv: list[str], expected: list[str]) -> None:
    assert expected == spell_out(load_command("listen"), argv)
