"""What can be explained: entries, and the topics that they stand in."""

from __future__ import annotations

from collections.abc import Callable

from wscli.values import Value

Facts = tuple[tuple[str, str], ...]
"""Labels with what belongs to them, in the order to show them."""


class Entry(Value):
    """One thing that can be explained."""

    name: str
    sentence: str
    """What it is, for lists; no full stop."""
    group: str = ""
    """The heading that it stands below, where its topic has several."""
    aliases: tuple[str, ...] = ()
    """Further names it is found by."""
    numbers: range | None = None
    """The numbers it is found by."""
    facts: Facts = ()
    """What is shown of it where it stands alone."""
    subject: object = None
    """What it was made of, for `Topic.more`."""


class Topic(Value):
    """Entries of one kind."""

    name: str
    title: str
    entries: Callable[[], list[Entry]]
    words: tuple[str, ...] = ()
    """What users call it in front of a name or number: `close 1000`."""
    takes_hex: bool = False
    """Whether its numbers are written in hexadecimal too: `0x9`."""
    more: Callable[[Entry], Facts] = lambda _entry: ()
    """Returns further facts of an entry that stands alone, which cost time to find."""


def key_of(name: str) -> str:
    """Return a name as names are compared: case, blanks and underscores do not matter."""
    return "-".join(name.replace("_", " ").lower().split())
