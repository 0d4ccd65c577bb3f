"""Carrying values from this run into what a recording sends: a session token, an id, what the user gave.

A capture names a place in the peer's messages. Each recorded message with something at that place is paired, in order,
with the next received one that has something there; from then on the recorded value is replaced by the received one in
whatever is sent, and in what is expected to come. In a text two things are replaced: a JSON string or number that is
the recorded value, wherever it stands, so also behind the prefix of a Socket.IO message; and a recorded string of at
least `LONG` characters inside longer text, as in `Bearer TOKEN`. The rest of a message stays byte for byte as it was.

Weak: an id that is a short number, as 1, is replaced wherever such a number stands; binary messages stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from wscli.engine.jobs.comparing import Received
from wscli.events import MessageKind
from wscli.selecting import Path, look_up, maybe_json
from wscli.values import Value

LONG = 6
"""Characters from which a recorded string is looked for inside longer ones."""

Scalar = str | int | float


class Capture(Value):
    """One `--capture NAME=PATH`."""

    name: str
    path: Path


class Assignment(Value):
    """One `--set NAME=VALUE`."""

    name: str
    value: str


class Carrier:
    """Follows one run: what was captured, and what messages become by it."""

    def __init__(
        self, captures: Sequence[Capture], assignments: Sequence[Assignment], expected: Sequence[Received]
    ) -> None:
        """`expected` are the peer's messages in the recording, in order."""
        given = {assignment.name: assignment.value for assignment in assignments}
        names = {capture.name for capture in captures}
        self._members = {name: value for name, value in given.items() if name not in names}
        """Members of JSON objects that get a value wherever they stand in what is sent."""
        self._waiting: list[tuple[Capture, list[Scalar]]] = []
        """The captures, each with what the recording has at its place and this run has not yet met."""
        self._replaced: dict[tuple[bool, Scalar], Scalar] = {}
        """Recorded value, with whether it is a string → the value of this run."""
        self.captured: dict[str, Scalar] = {}
        """What each name stands for now, in the order of capture."""
        for capture in captures:
            recorded = [value for message in expected if (value := _maybe_at(capture.path, message)) is not None]
            if capture.name in given:
                for value in recorded:
                    self._note(capture.name, value, given[capture.name])
            else:
                self._waiting.append((capture, recorded))

    @property
    def missed(self) -> tuple[str, ...]:
        """The names that nothing was captured for, though the recording has something at their place."""
        return tuple(capture.name for capture, rest in self._waiting if rest and capture.name not in self.captured)

    def observe(self, message: Received) -> None:
        """Take a received message: it may hold what is captured."""
        for capture, recorded in self._waiting:
            if recorded and (value := _maybe_at(capture.path, message)) is not None:
                self._note(capture.name, recorded.pop(0), value)

    def _note(self, name: str, recorded: Scalar, value: Scalar) -> None:
        self.captured[name] = value
        self._replaced[isinstance(recorded, str), recorded] = value

    def to_send(self, payload: bytes, kind: MessageKind) -> bytes:
        """Return what a recorded message is to be in this run."""
        if kind is MessageKind.BINARY or not (self._members or self._replaced):
            return payload
        text = payload.decode("utf-8", "surrogateescape")
        for name, value in self._members.items():
            text = _set_members(text, name, value)
        return self._replace(text).encode("utf-8", "surrogateescape")

    def to_expect(self, message: Received) -> Received:
        """Return what a recorded message of the peer should be in this run."""
        if message.kind is MessageKind.BINARY or not self._replaced:
            return message
        text = self._replace(message.payload.decode("utf-8", "surrogateescape"))
        return message.replace(payload=text.encode("utf-8", "surrogateescape"))

    def _replace(self, text: str) -> str:
        from json import dumps, loads

        def replaced(found: Any) -> str:
            literal: str = found.group()
            try:
                value = loads(literal)
            except ValueError:  # a string that only looks like JSON's
                return literal
            new = self._replaced.get((isinstance(value, str), value))
            return literal if new is None or isinstance(value, bool) else dumps(new)

        text = _literals()(replaced, text)
        for (is_text, recorded), value in self._replaced.items():
            if is_text and len(str(recorded)) >= LONG and str(recorded) in text:
                text = _within(text, str(recorded), str(value))
        return text


def _maybe_at(path: Path, message: Received) -> Scalar | None:
    """Return the string or number at a place of a message."""
    value = maybe_json(message.payload) if message.kind is MessageKind.TEXT else None
    if value is None:
        return None
    try:
        found = look_up(value[0], path)
    except LookupError:
        return None
    return found if isinstance(found, (str, int, float)) and not isinstance(found, bool) else None


def _within(text: str, recorded: str, value: str) -> str:
    """Return the text with a long string replaced where it stands as a word of its own."""
    import re

    return re.sub(rf"(?<!\w){re.escape(recorded)}(?!\w)", lambda _: value, text)


_STRING = r'"(?:[^"\\]|\\.)*"'
_NUMBER = r"(?<![\w.+-])-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])"


@cache
def _literals() -> Callable[[Callable[[Any], str], str], str]:
    import re

    return re.compile(f"{_STRING}|{_NUMBER}").sub


def _set_members(text: str, name: str, value: str) -> str:
    """Return the text with the value of every member of a name replaced: by a string where a string stood."""
    import re
    from json import dumps

    def replaced(found: Any) -> str:
        stood: str = found.group(2)
        is_json = not stood.startswith('"') and maybe_json(value.encode("utf-8", "surrogateescape")) is not None
        return str(found.group(1)) + (value if is_json else dumps(value))

    return re.sub(rf"({re.escape(dumps(name))}\s*:\s*)({_STRING}|{_NUMBER}|true|false|null)", replaced, text)
