"""Comparing what came this time with what the recording has: same, different, missing, extra."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from wscli.events import MessageKind
from wscli.values import Value


class Verdict(Enum):
    """What became of one expected message, or of one that nobody expected."""

    SAME = "same"
    DIFFERENT = "different"
    MISSING = "missing"
    EXTRA = "extra"


class Received(Value):
    """One message from the peer."""

    kind: MessageKind
    payload: bytes


class Comparison(Value):
    """The result for one place in the order of received messages."""

    number: int
    """Its place, from 1."""
    verdict: Verdict
    expected: Received | None
    actual: Received | None


class Comparer:
    """Decides whether two messages say the same.

    JSON is compared as values, so spacing and the order of members do not count; `ignored` names members (`/ts`,
    `/items/0/id`, `/*/id`) or patterns that are cut out of any text before it is compared.
    """

    def __init__(self, ignored_paths: Sequence[str] = (), ignored_patterns: Sequence[str] = ()) -> None:
        self._paths = [tuple(path.strip("/").split("/")) for path in ignored_paths]
        self._patterns = ignored_patterns

    def is_same(self, expected: Received, actual: Received) -> bool:
        """Return whether the two messages count as equal."""
        if expected == actual:
            return True
        if expected.kind is not actual.kind or expected.kind is MessageKind.BINARY:
            return False
        one, other = self._cut_patterns(expected.payload), self._cut_patterns(actual.payload)
        if one == other:
            return True
        first, second = _maybe_json(one), _maybe_json(other)
        if first is None or second is None:
            return False
        return bool(self._without(first) == self._without(second))

    def compare(self, expected: Sequence[Received], actual: Sequence[Received]) -> tuple[Comparison, ...]:
        """Return the comparison place by place, in order."""
        found = []
        for place in range(max(len(expected), len(actual))):
            one = expected[place] if place < len(expected) else None
            other = actual[place] if place < len(actual) else None
            if one is None:
                verdict = Verdict.EXTRA
            elif other is None:
                verdict = Verdict.MISSING
            else:
                verdict = Verdict.SAME if self.is_same(one, other) else Verdict.DIFFERENT
            found.append(Comparison(place + 1, verdict, one, other))
        return tuple(found)

    def _cut_patterns(self, payload: bytes) -> str:
        text = payload.decode("utf-8", "surrogateescape")
        if self._patterns:
            import re

            for pattern in self._patterns:
                text = re.sub(pattern, "", text)
        return text

    def _without(self, value: object) -> object:
        for path in self._paths:
            value = _without_path(value, path)
        return value


def _maybe_json(text: str) -> object | None:
    """Return the JSON value in a list, so that `null` is not taken for absent; None where the text is no JSON."""
    import json

    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        return None


def _without_path(value: object, path: tuple[str, ...]) -> object:
    """Return a JSON value without the member that a path names; `*` stands for any member or place.

    The outermost list is the one of `_maybe_json`, so a path applies to each of its elements.
    """
    assert isinstance(value, list)  # _maybe_json wraps
    return [_cut(element, path) for element in value]


def _cut(value: object, path: tuple[str, ...]) -> object:
    head, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {
            name: _cut(member, rest) if rest and head in (name, "*") else member
            for name, member in value.items()
            if rest or head not in (name, "*")
        }
    if isinstance(value, list):
        places = [str(place) for place in range(len(value))]
        return [
            _cut(member, rest) if rest and head in (place, "*") else member
            for place, member in zip(places, value, strict=True)
            if rest or head not in (place, "*")
        ]
    return value
