"""The quick parser: the ordinary forms of a command line, without typer's 45 ms.

It gives exactly typer's values or it declines: at an unknown option, a missing or unexpected value, a value that does
not convert, too few or too many arguments. Then typer reads the same line, and reports what is wrong with it. A test
holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wscli.cli.command import Command, Values, complete_values, flags_of
from wscli.cli.options import Kind, Option, convert
from wscli.errors import UsageProblem


class _Declined(Exception):
    """The line is not one of the ordinary forms."""


def parse_quickly(command: Command, argv: list[str]) -> Values | None:
    """Return the values of a command's line (without the command's name), or None where typer has to look at it."""
    reader = _Reader(flags_of(command))
    try:
        reader.read(argv)
        return complete_values(command, _arguments(command, reader.positional) | _options(reader))
    except (_Declined, UsageProblem):
        return None


class _Reader:
    """Sorts the words of a line into options and positional arguments."""

    def __init__(self, flags: dict[str, Option]) -> None:
        self._flags = flags
        self.found: dict[str, tuple[Option, list[str]]] = {}
        """The options that are there, with their values in order; flags with an empty value each time."""
        self.positional: list[str] = []

    def read(self, argv: list[str]) -> None:
        """Take a whole line; raises _Declined."""
        words = iter(argv)
        for word in words:
            if word == "--":
                self.positional += words
            elif word.startswith("--"):
                self._read_long(word, words)
            elif word.startswith("-") and word != "-":
                self._read_bundle(word, words)
            else:
                self.positional.append(word)

    def _read_long(self, word: str, words: Iterator[str]) -> None:
        flag, equals, value = word.partition("=")
        option = self._flags.get(flag)
        if option is None:
            raise _Declined
        if option.takes_value:
            self._note(option, value if equals else self._next(words))
        elif equals and option.kind is not Kind.OPTIONAL_TEXT:
            raise _Declined
        else:
            self._note(option, value)

    def _read_bundle(self, word: str, words: Iterator[str]) -> None:
        for place, letter in enumerate(word[1:], 2):
            option = self._flags.get(f"-{letter}")
            if option is None:
                raise _Declined
            if option.takes_value:
                self._note(option, word[place:] or self._next(words))
                return
            self._note(option, "")

    def _next(self, words: Iterator[str]) -> str:
        value = next(words, None)
        if value is None:
            raise _Declined
        return value

    def _note(self, option: Option, value: str) -> None:
        self.found.setdefault(option.name, (option, []))[1].append(value)


def _options(reader: _Reader) -> Values:
    return {name: _value(option, texts) for name, (option, texts) in reader.found.items()}


def _value(option: Option, texts: list[str]) -> Any:
    if option.kind is Kind.FLAG:
        return True
    if option.kind is Kind.COUNT:
        return len(texts)
    if option.kind is Kind.TEXTS:
        return tuple(texts)
    return convert(option, texts[-1])  # the last one counts


def _arguments(command: Command, texts: list[str]) -> Values:
    values: Values = {}
    rest = list(texts)
    for argument in command.arguments:
        if argument.is_repeated:
            values[argument.name], rest = tuple(rest), []
        elif rest:
            values[argument.name] = rest.pop(0)
        elif not argument.is_optional:
            raise _Declined
    if rest:
        raise _Declined
    return values
