"""What a subcommand is: its names, arguments, options and examples, and the function that runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wscli.cli.options import Argument, Kind, Option
from wscli.values import Value

Values = dict[str, Any]
"""What was asked for: every argument and option of the command by name, absent ones with their defaults."""

TALK = "Talk to a server"
AROUND = "Around it"


class Command(Value):
    """One subcommand."""

    name: str
    summary: str
    """One sentence without a full stop."""
    panel: str
    arguments: tuple[Argument, ...]
    options: tuple[Option, ...]
    examples: tuple[tuple[str, str], ...]
    """What each does, and the line to type."""
    run: Callable[[Values], int]
    """Does it; returns the exit status."""
    aliases: tuple[str, ...] = ()
    """Other names that it is called by; the registry has them too."""

    @property
    def parts(self) -> tuple[Argument | Option, ...]:
        """Everything that has a value."""
        return (*self.arguments, *self.options)

    @property
    def synopsis(self) -> str:
        """As usage lines show it, without `wscli`."""
        options = ("[OPTIONS]",) if self.options else ()
        return " ".join((self.name, *options, *(argument.synopsis for argument in self.arguments)))

    @property
    def needs_arguments(self) -> bool:
        """Whether it means nothing by itself."""
        return any(not argument.is_optional for argument in self.arguments)


def complete_values(command: Command, given: Mapping[str, Any]) -> Values:
    """Return the values of a command line: what was given, defaults for the rest."""
    values = dict(given)
    for part in command.parts:
        if part.name not in values:
            values[part.name] = part.absent_value
    return values


def flags_of(command: Command) -> dict[str, Option]:
    """Return the options by each of their flags."""
    return {flag: option for option in command.options for flag in option.flags}


def spell_out(command: Command, argv: list[str]) -> list[str]:
    """Return the line with `--deflate` as `--deflate=`: typer knows no option whose value may be absent.

    Only where it stands as an option, not as the value of the one before it.
    """
    flags, spelled, is_value = flags_of(command), list(argv), False
    for place, word in enumerate(argv):
        if is_value:
            is_value = False
        elif word == "--":
            break
        elif word.startswith("--"):
            option = flags.get(word)
            is_value = option is not None and option.takes_value
            if option is not None and option.kind is Kind.OPTIONAL_TEXT:
                spelled[place] = word + "="
        elif word.startswith("-"):
            is_value = _ends_wanting(word, flags)
    return spelled


def _ends_wanting(bundle: str, flags: dict[str, Option]) -> bool:
    """Return whether the last of several short options takes the next word as its value."""
    for place, letter in enumerate(bundle[1:], 2):
        option = flags.get(f"-{letter}")
        if option is not None and option.takes_value:
            return place == len(bundle)
    return False
