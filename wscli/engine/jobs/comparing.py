"""Comparing what came this time with what the recording has: same, different (and where), missing, extra."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import islice
from typing import Any

from wscli.events import MessageKind
from wscli.selecting import Path, compile_pattern, decode_path, encode_path, fits_path, maybe_json
from wscli.values import Value

AHEAD = 16
"""How many messages are looked ahead for one that is missing or extra, before two are called different."""
DIFFERENCES = 50
"""How many places of one message are named."""
AROUND = 24
"""Bytes shown before the place where texts part."""
SHOWN = 160
"""Bytes of a text shown from there."""


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


class Difference(Value):
    """One place where two messages differ."""

    place: str
    """A JSON pointer (RFC 6901), `byte 17`, or `kind`; empty for the whole JSON value."""
    recorded: bytes | None
    """What the recording has there; None for nothing."""
    received: bytes | None


class Comparison(Value):
    """The result for one place in the order of received messages."""

    number: int
    """Its place, from 1: in the recording, or, of an extra one, among what was received."""
    verdict: Verdict
    expected: Received | None
    actual: Received | None
    differences: tuple[Difference, ...] = ()
    """Where they differ, where both are there."""


class Comparer:
    """Decides whether two messages say the same, and where they do not.

    JSON is compared as values, so spacing and the order of members do not count; `ignored` names places (`/ts`,
    `/items/0/id`, `/*/id`, `$.items[0].id`) or patterns that are cut out of any text before it is compared.
    """

    def __init__(self, ignored_paths: Sequence[str] = (), ignored_patterns: Sequence[str] = ()) -> None:
        self._paths = [decode_path(path) for path in ignored_paths]
        self._patterns = [compile_pattern("--ignore", pattern) for pattern in ignored_patterns]

    def is_same(self, expected: Received, actual: Received) -> bool:
        """Return whether the two messages count as equal."""
        return not self._first_differences(expected, actual, 1)

    def differences(self, expected: Received, actual: Received) -> tuple[Difference, ...]:
        """Return where the two messages differ, the first places of many."""
        return self._first_differences(expected, actual, DIFFERENCES)

    def _first_differences(self, expected: Received, actual: Received, count: int) -> tuple[Difference, ...]:
        try:
            return tuple(islice(self._iter_differences(expected, actual), count))
        except RecursionError:  # nested so deeply that only the bytes can be compared
            return (_parting(expected.payload, actual.payload),)

    def compare(self, expected: Sequence[Received], actual: Sequence[Received]) -> tuple[Comparison, ...]:
        """Return the comparison in order.

        Where two differ, the next messages are looked through for the one that was expected, or that came: so one that
        is missing or extra does not make all that follow different.
        """
        found: list[Comparison] = []
        one, other = 0, 0
        while one < len(expected) and other < len(actual):
            differences = self.differences(expected[one], actual[other])
            if differences:
                extras = self._distance(expected[one], actual, other + 1)
                missing = self._distance(actual[other], expected, one + 1)
                if extras and (not missing or extras <= missing):
                    found += [_extra(place, actual[place]) for place in range(other, other + extras)]
                    other += extras
                    continue
                if missing:
                    found += [_missing(place, expected[place]) for place in range(one, one + missing)]
                    one += missing
                    continue
            verdict = Verdict.DIFFERENT if differences else Verdict.SAME
            found.append(Comparison(one + 1, verdict, expected[one], actual[other], differences))
            one, other = one + 1, other + 1
        found += [_missing(place, expected[place]) for place in range(one, len(expected))]
        found += [_extra(place, actual[place]) for place in range(other, len(actual))]
        return tuple(found)

    def _distance(self, wanted: Received, among: Sequence[Received], start: int) -> int:
        """Return how far ahead the same message comes, 0 where it does not."""
        for place in range(start, min(start + AHEAD, len(among))):
            if self.is_same(wanted, among[place]):
                return place - start + 1
        return 0

    def _iter_differences(self, expected: Received, actual: Received) -> Iterator[Difference]:
        if expected == actual:
            return
        if expected.kind is not actual.kind:
            yield Difference("kind", expected.kind.value.encode(), actual.kind.value.encode())
            return
        if expected.kind is MessageKind.BINARY:
            yield _parting(expected.payload, actual.payload)
            return
        one, other = self._cut_patterns(expected.payload), self._cut_patterns(actual.payload)
        if one == other:
            return
        first, second = maybe_json(expected.payload), maybe_json(actual.payload)
        if first is None or second is None:
            first, second = maybe_json(one), maybe_json(other)
        if first is None or second is None:
            yield _parting(one, other)
            return
        yield from self._in_json((), first[0], second[0])

    def _cut_patterns(self, payload: bytes) -> bytes:
        for pattern in self._patterns:
            payload = pattern.sub(b"", payload)
        return payload

    def _in_json(self, path: Path, one: Any, other: Any) -> Iterator[Difference]:
        if fits_path(path, self._paths):
            return
        if isinstance(one, dict) and isinstance(other, dict):
            for name in [*one, *(name for name in other if name not in one)]:
                yield from self._in_member((*path, name), one, other, name)
        elif isinstance(one, list) and isinstance(other, list):
            for place in range(max(len(one), len(other))):
                step = (*path, str(place))
                if place < len(one) and place < len(other):
                    yield from self._in_json(step, one[place], other[place])
                elif not fits_path(step, self._paths):
                    held = one if place < len(one) else other
                    yield _lone(step, held[place], is_recorded=held is one)
        elif not _is_equal(one, other):
            before, after = _written(one), _written(other)
            if self._cut_patterns(before) != self._cut_patterns(after):
                yield Difference(encode_path(path), before, after)

    def _in_member(self, path: Path, one: dict[str, Any], other: dict[str, Any], name: str) -> Iterator[Difference]:
        if name in one and name in other:
            yield from self._in_json(path, one[name], other[name])
        elif not fits_path(path, self._paths):
            yield _lone(path, one[name] if name in one else other[name], is_recorded=name in one)


def _is_equal(one: Any, other: Any) -> bool:
    # In JSON true is not 1, though Python finds them equal.
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _written(value: Any) -> bytes:
    from json import dumps

    return dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _lone(path: Path, value: Any, *, is_recorded: bool) -> Difference:
    written = _written(value)
    return Difference(encode_path(path), written if is_recorded else None, None if is_recorded else written)


def _parting(one: bytes, other: bytes) -> Difference:
    """Return where two payloads part, with what stands around that place."""
    place = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(place - AROUND, 0)
    return Difference(f"byte {place}", one[start : place + SHOWN], other[start : place + SHOWN])


def _missing(place: int, expected: Received) -> Comparison:
    return Comparison(place + 1, Verdict.MISSING, expected, None)


def _extra(place: int, actual: Received) -> Comparison:
    return Comparison(place + 1, Verdict.EXTRA, None, actual)
