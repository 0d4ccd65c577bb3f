"""The registry: every command is in it, can be found by a beginning of its name, and explains itself."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

from tests.repl.scripted import Table
from wscli.errors import UsageProblem
from wscli.repl import commands
from wscli.repl.commands import COMMANDS, find_command
from wscli.repl.commands.command import PromptCommand
from wscli.repl.grammar import parse, split_command
from wscli.text import cell_width


def test_every_module_of_commands_is_in_the_registry() -> None:
    names = [module.name for module in pkgutil.iter_modules(commands.__path__) if module.name != "command"]
    made = [one for name in names for one in import_module(f"wscli.repl.commands.{name}").COMMANDS]
    assert {id(one) for one in made} == {id(one) for one in COMMANDS}
    assert len({one.name for one in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_and_examples_that_it_takes(command: PromptCommand) -> None:
    assert not command.summary.endswith(".")
    for example in command.examples:
        called = split_command(example)
        assert called is not None
        assert command is find_command(called[0])
        parse(command.usage, called[1])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_help_of_a_command_has_its_usage_options_and_examples(command: PromptCommand) -> None:
    said = "".join(Table(60).type(f"/help {command.name}").split())
    for expected in (command.usage.text, command.summary, command.more, *command.examples):
        assert "".join(expected.split()) in said
    for option in command.usage.options:
        assert f"--{option.name}" in said


@pytest.mark.parametrize("width", [40, 80])
def test_help_lists_every_command_in_the_width_of_the_terminal(width: int) -> None:
    lines = Table(width).type("/help").splitlines()
    assert max(map(cell_width, lines)) <= width
    for command in COMMANDS:
        assert any(line.startswith(f"  /{command.name} ") for line in lines)


@pytest.mark.parametrize(
    ("typed", "name"), [("ping", "ping"), ("pi", "ping"), ("q", "quit"), ("inspect", "inspect"), ("reco", None)]
)
def test_a_beginning_that_no_other_has_is_enough(typed: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(UsageProblem) as caught:
            find_command(typed)
        assert "it may be /reconnect or /record" == caught.value.hint
    else:
        assert name == find_command(typed).name


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("snd", "did you mean /send?"), ("zzzzz", "/help lists the commands; // sends a slash"), ("", "/help lists")],
)
def test_an_unknown_one_says_what_is_near(typed: str, hint: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        find_command(typed)
    assert hint in str(caught.value.hint)
