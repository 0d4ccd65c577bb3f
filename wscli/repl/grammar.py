"""What a typed line is: a message, or a command with options, words and a rest; parsed by the command's own table.

A command line is `/name`, then words and options in any order, then the rest: everything behind them as it was typed,
so that JSON needs no quoting. Words and values may be quoted as in a shell. `--` ends the options.
"""

from __future__ import annotations

from enum import Enum

from wscli.errors import UsageProblem
from wscli.text import nearest
from wscli.values import Value

LONGEST_NUMBER = 9
"""Digits of a count; nobody means more."""


class Completes(Enum):
    """What completion offers in a place, beside the choices of a word."""

    NOTHING = "nothing"
    FILES = "files"
    FRAMES = "frames"
    """Numbers of frames seen."""
    MESSAGES = "messages"
    """Messages sent and received in this session, and the keys of JSON in them."""
    COMMANDS = "commands"
    OPCODES = "opcodes"
    CLOSE_CODES = "close codes"
    SETTINGS = "settings"
    """What `/set` knows, and the variables."""


class Word(Value):
    """One word that a command takes."""

    name: str
    metavar: str
    is_optional: bool = False
    choices: tuple[str, ...] = ()
    completes: Completes = Completes.NOTHING
    is_digits: bool = False
    """Whether only a whole number is this word, so that an optional one can be told from the rest."""


class Option(Value):
    """One option of a command."""

    name: str
    """As typed, without its dashes."""
    summary: str
    metavar: str = ""
    """What stands for its value; empty for a flag."""
    is_repeated: bool = False
    completes: Completes = Completes.NOTHING


class Rest(Value):
    """What follows the words and options, as it was typed."""

    metavar: str
    is_optional: bool = False
    completes: Completes = Completes.NOTHING


class Usage(Value):
    """What a command takes."""

    name: str
    words: tuple[Word, ...] = ()
    options: tuple[Option, ...] = ()
    rest: Rest | None = None

    @property
    def text(self) -> str:
        """One line, as `/repeat N [--every TIME] MESSAGE`."""
        parts = [f"[{word.metavar}]" if word.is_optional else word.metavar for word in self.words]
        for option in self.options:
            value = f" {option.metavar}" if option.metavar else ""
            parts.append(f"[--{option.name}{value}]{'…' if option.is_repeated else ''}")
        if self.rest is not None:
            parts.append(f"[{self.rest.metavar}]" if self.rest.is_optional else self.rest.metavar)
        return " ".join((f"/{self.name}", *parts))


class Call(Value):
    """One command as it was typed."""

    name: str
    words: dict[str, str]
    """By name; absent ones are not there."""
    options: dict[str, tuple[str, ...]]
    """By name, each value given; a flag has one empty value."""
    rest: str = ""

    def flag(self, name: str) -> bool:
        """Return whether a flag was given."""
        return name in self.options

    def value(self, name: str) -> str | None:
        """Return the last value of an option, None where it was not given."""
        values = self.options.get(name)
        return values[-1] if values else None

    def number(self, name: str, default: int) -> int:
        """Return a word of digits as the number that it is."""
        return int(self.words.get(name, default))


def split_command(line: str) -> tuple[str, str] | None:
    """Return the name of the command that a line calls, without its slash, and what follows; None for a message."""
    if not line.startswith("/") or line.startswith("//"):
        return None
    name = _first_word(line[1:])
    return name, line[1 + len(name) :]


def message_of(line: str) -> str:
    """Return the message that a line is: `//` at the beginning stands for one slash."""
    return line[1:] if line.startswith("//") else line


def is_number(text: str) -> bool:
    """Return whether a text is a whole number of a length that people mean."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER


def _first_word(text: str) -> str:
    """Return everything before the first white space."""
    return "" if text[:1].isspace() else (text.split(maxsplit=1) or [""])[0]


def parse(usage: Usage, text: str) -> Call:
    """Return what was typed behind a command's name; UsageProblem with the usage as hint where it does not fit."""
    reader = _Reader(text, usage)
    words: dict[str, str] = {}
    options: dict[str, tuple[str, ...]] = {}
    waiting = list(usage.words)
    while True:
        if reader.text.startswith("--"):
            if not reader.takes_option(options):
                break
        elif waiting and reader.text:
            word = waiting.pop(0)
            if not (word.is_optional and word.is_digits and not is_number(_first_word(reader.text))):
                words[word.name] = _chosen(word, reader.take(), usage)
        else:
            break
    missing = next((word.metavar for word in waiting if not word.is_optional), None)
    if missing is None and usage.rest is not None and not (usage.rest.is_optional or reader.text):
        missing = usage.rest.metavar
    if missing is not None:
        raise _misused(usage, None, f"{missing} is missing")
    if usage.rest is None and reader.text:
        raise _misused(usage, reader.text, "nothing more is taken")
    return Call(usage.name, words, options, reader.text)


def _chosen(word: Word, text: str, usage: Usage) -> str:
    if word.choices and text not in word.choices:
        near = nearest(text, word.choices)
        hint = f"did you mean {near}?" if near else f"it is one of {', '.join(word.choices)}"
        raise UsageProblem("prompt/choice", f"/{usage.name}", text, "there is no such thing", hint=hint)
    if word.is_digits and not is_number(text):
        raise _misused(usage, text, f"{word.metavar} is a whole number of at most {LONGEST_NUMBER} digits")
    return text


def _misused(usage: Usage, value: str | None, reason: str) -> UsageProblem:
    return UsageProblem("prompt/usage", f"/{usage.name}", value, reason, hint=usage.text)


class _Reader:
    """Takes words from the beginning of a text."""

    def __init__(self, text: str, usage: Usage) -> None:
        self.text = text.lstrip()
        """What is left."""
        self._usage = usage
        self._known = {option.name: option for option in usage.options}

    def take(self) -> str:
        """Return the next word, out of its quotes."""
        quote = self.text[:1]
        if quote not in ("'", '"'):
            word = _first_word(self.text)
            self.text = self.text[len(word) :].lstrip()
            return word
        end = self.text.find(quote, 1)
        if end < 0:
            raise _misused(self._usage, self.text, "its quotes are not closed")
        word, self.text = self.text[1:end], self.text[end + 1 :].lstrip()
        return word

    def takes_option(self, into: dict[str, tuple[str, ...]]) -> bool:
        """Take an option; False for `--` alone, which ends them, and for what only looks like one."""
        typed, equals, _ = _first_word(self.text)[2:].partition("=")
        if not typed:
            self.take()
            return False
        option = self._known.get(typed)
        if option is None:
            if not self._known:
                return False
            raise self._unknown(typed)
        if equals and not option.metavar:
            raise _misused(self._usage, self.take(), "it takes no value")
        if typed in into and not option.is_repeated:
            raise _misused(self._usage, f"--{typed}", "it is given twice")
        self.text = self.text[len(f"--{typed}{equals}") :]
        if not equals:
            self.text = self.text.lstrip()
        if option.metavar and not self.text:
            raise _misused(self._usage, f"--{typed}", f"its {option.metavar} is missing")
        into[typed] = (*into.get(typed, ()), self.take() if option.metavar else "")
        return True

    def _unknown(self, typed: str) -> UsageProblem:
        near = nearest(typed, self._known)
        hint = f"did you mean --{near}?" if near else f"{self._usage.text}; -- ends the options"
        subject = f"/{self._usage.name}"
        return UsageProblem("prompt/option", subject, f"--{typed}", "there is no such option", hint=hint)


# --- Where the cursor stands ------------------------------------------------------------------------------------------
class Spot(Value):
    """What the end of a command that is being typed may become."""

    begun: str
    """As much of it as is there."""
    options: tuple[Option, ...] = ()
    """Options whose name it may be."""
    places: tuple[Option | Word | Rest, ...] = ()
    """What it may be the value of."""


def find_spot(usage: Usage, text: str) -> Spot:
    """Return what the end of the text behind a command's name may become; never raises."""
    known = {option.name: option for option in usage.options}
    given: set[str] = set()
    waiting = list(usage.words)
    text = text.lstrip()
    while True:
        word = _first_word(text)
        is_end = word == text
        if text.startswith("--") and known:
            if is_end:
                return Spot(text, tuple(one for one in usage.options if one.is_repeated or one.name not in given))
            name, equals, _ = word[2:].partition("=")
            option = known.get(name)
            text = text[len(word) :].lstrip()
            given.add(name)
            if option is None:
                waiting = []
                known = {}
            elif option.metavar and not equals:
                value = _first_word(text)
                if value == text:
                    return Spot(text, (), (option,))
                text = text[len(value) :].lstrip()
        elif is_end or not waiting:
            return Spot(text, (), _places(usage, waiting))
        elif not ((first := waiting.pop(0)).is_optional and first.is_digits and not is_number(word)):
            text = text[len(word) :].lstrip()


def _places(usage: Usage, waiting: list[Word]) -> tuple[Word | Rest, ...]:
    needed = next((place for place, word in enumerate(waiting) if not word.is_optional), None)
    if needed is not None:
        return tuple(waiting[: needed + 1])
    return (*waiting, *([usage.rest] if usage.rest is not None else []))
