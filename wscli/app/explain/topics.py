"""The registry of topics, and how a name or number is found in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from wscli.app.explain.entry import Entry, Topic, key_of
from wscli.app.explain.findings import DEVIATIONS, RULES
from wscli.app.explain.numbers import ALERTS, CLOSE_CODES, EXIT_STATUSES, FIELDS, OPCODES, STATUSES
from wscli.app.explain.serving import FAULTS, SERVICES

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        ALERTS, CLOSE_CODES, DEVIATIONS, EXIT_STATUSES, FAULTS, FIELDS, OPCODES, RULES, SERVICES, STATUSES,
    )
}  # fmt: skip
"""Every topic by name; a test finds one that the command does not offer."""

Found = tuple[Topic, list[Entry]]

_DIGITS = 6
"""Digits of a number that can be anything here."""
_LONGEST = 80
"""Characters of a name that can be anything here, also mistyped."""


def find_names(wanted: str, topics: Iterable[Topic]) -> list[Found]:
    """Return the entries that have this name, by topic."""
    key = key_of(wanted)
    return _found(topics, lambda entry: key in (key_of(entry.name), *map(key_of, entry.aliases)))


def find_numbers(wanted: str, topics: Iterable[Topic]) -> list[Found]:
    """Return the entries that have this number; ranges only where nothing has it alone."""
    number, is_hex = number_of(wanted)
    if number is None:
        return []
    chosen = [topic for topic in topics if topic.takes_hex or not is_hex]
    return _found(chosen, lambda entry: entry.numbers == range(number, number + 1)) or _found(
        chosen, lambda entry: entry.numbers is not None and number in entry.numbers
    )


def number_of(text: str) -> tuple[int | None, bool]:
    """Return the number that a text is, if it is one, and whether it is written in hexadecimal."""
    if text.isascii() and text.isdigit() and len(text) <= _DIGITS and (text == "0" or text[0] != "0"):
        return int(text), False
    digits = text[2:]
    is_hex = text[:2].lower() == "0x" and digits.isascii() and digits.isalnum() and len(digits) <= _DIGITS
    if is_hex and not digits.lower().strip("0123456789abcdef"):
        return int(digits, 16), True
    return None, False


def find_groups(wanted: str, topics: Iterable[Topic]) -> list[Found]:
    """Return the entries of groups that have this name, or begin with it word for word; `http/` is an area of ids."""
    if wanted.endswith("/"):
        return _found(topics, lambda entry: entry.name.startswith(wanted.lower()))
    key = key_of(wanted)
    return _found(topics, lambda entry: key != "" and f"{key_of(entry.group)}-".startswith(f"{key}-")) or (
        _found(topics, lambda entry: entry.name.startswith(f"{key}/"))
    )


def find_between(wanted: str, topics: Iterable[Topic]) -> list[Found]:
    """Return the entries whose number lies in a range: `4400-4429`."""
    begin, _, end = wanted.partition("-")
    (first, _), (last, _) = number_of(begin), number_of(end)
    if first is None or last is None:
        return []
    between = range(first, last + 1)
    return _found(
        topics, lambda entry: entry.numbers is not None and len(entry.numbers) == 1 and entry.numbers[0] in between
    )


def _found(topics: Iterable[Topic], is_wanted: Callable[[Entry], bool]) -> list[Found]:
    found = [(topic, [entry for entry in topic.entries() if is_wanted(entry)]) for topic in topics]
    return [(topic, entries) for topic, entries in found if entries]


def topic_of(word: str) -> Topic | None:
    """Return the topic that a word names, also in the singular."""
    key = key_of(word)
    return TOPICS.get(key) or next((topic for topic in TOPICS.values() if key in topic.words), None)


def near_names(wanted: str, topics: Iterable[Topic]) -> list[str]:
    """Return up to three known names that are close to one that is not known."""
    from difflib import get_close_matches

    if len(wanted) > _LONGEST or number_of(wanted)[0] is not None:
        return []
    known = {key_of(name): name for name in _iter_names(topics)}
    return [known[key] for key in get_close_matches(key_of(wanted), known, n=3, cutoff=0.7)]


def _iter_names(topics: Iterable[Topic]) -> Iterator[str]:
    for topic in topics:
        yield topic.name
        for entry in topic.entries():
            yield from (entry.name, *entry.aliases)
