"""The command: what was asked for is looked up and printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from wscli.app.console import Console
from wscli.app.exit_status import ExitStatus
from wscli.app.explain.entry import Entry, Facts, Topic
from wscli.app.explain.layout import alone, as_json, listing
from wscli.app.explain.topics import (
    TOPICS,
    find_between,
    find_groups,
    find_names,
    find_numbers,
    near_names,
    number_of,
    topic_of,
)
from wscli.app.talking import say
from wscli.errors import UsageProblem
from wscli.render.columns import NARROWEST, columns
from wscli.render.style import Line
from wscli.text import elide, visible
from wscli.values import Value

if TYPE_CHECKING:
    from wscli.app.explain.frames import Reading

PIPE_WIDTH = 80
"""Cells of a line where the output is no terminal."""
MOST_BYTES = 16 * 1024 * 1024
"""Bytes that are read from standard input."""
_SHOWN = 60
_ALL = "topics"


class Asked(Value):
    """What the user wants to know."""

    given: tuple[str, ...] = ()
    """Names, numbers or bytes, as arguments; none lists the topics."""
    topic: str | None = None
    """The only topic to look into."""
    is_bytes: bool = False
    """Whether the words are bytes whatever else they may be."""
    role: str | None = None
    """Who sent the bytes: client or server."""
    is_json: bool = False
    colour: str = "auto"

    @property
    def text(self) -> str:
        """What was given, as one."""
        return " ".join(self.given)

    @property
    def words(self) -> list[str]:
        """What was given, word by word."""
        return self.text.split()


def run_explain(asked: Asked) -> ExitStatus:
    """Print what was asked for; UsageProblem where nothing has that name, and for bytes that are none."""
    printer = _Printer(asked)
    topics = _topics(asked.topic)
    if asked.given == ("-",):
        _explain_stream(printer, asked.role)
    elif asked.is_bytes:
        from wscli.app.explain.given import decode_given

        _explain_bytes(printer, decode_given(asked.text), asked.role)
    elif not asked.given and asked.topic is None:
        printer.list_topics()
    elif not asked.given:
        printer.list_topic(topics[0])
    elif not any(look(printer, asked, topics) for look in _LOOKS):
        raise _unknown(asked.text, topics)
    return ExitStatus.DONE


def show_topic(name: str, colour: str) -> ExitStatus:
    """Print a topic, as other commands do for their own lists."""
    return run_explain(Asked((), name, colour=colour))


def _topics(name: str | None) -> list[Topic]:
    if name is None:
        return list(TOPICS.values())
    topic = topic_of(name)
    if topic is None:
        hint = f"the topics are {', '.join(TOPICS)}"
        raise UsageProblem("explain/as", "topic", elide(name, _SHOWN), "there is no such topic", hint=hint)
    return [topic]


# --- Looking it up ---------------------------------------------------------------------------------------------------
def _explain_topic(printer: _Printer, asked: Asked, topics: list[Topic]) -> bool:
    """Print the topic that is named."""
    named = [topic for topic in topics if asked.text.lower() == topic.name]
    for topic in named:
        printer.list_topic(topic)
    return bool(named)


def _explain_known(printer: _Printer, asked: Asked, topics: list[Topic]) -> bool:
    """Print what has this name or number."""
    if _print_known(printer, asked.text, topics):
        return True
    first, *rest = asked.words or [""]
    topic = topic_of(first)
    return bool(rest) and topic in topics and _print_known(printer, " ".join(rest), [topic])


def _print_known(printer: _Printer, text: str, topics: list[Topic]) -> bool:
    found = [] if text.endswith("/") else find_names(text, topics)
    shown = {topic.name for topic, _ in found}
    found += [(topic, entries) for topic, entries in find_numbers(text, topics) if topic.name not in shown]
    for topic, entries in found:
        printer.explain(topic, entries)
    if found and _is_also_bytes(text):
        printer.note(f"as bytes of a frame: wscli explain --bytes {text}")
    return bool(found)


def _is_also_bytes(text: str) -> bool:
    number, is_hex = number_of(text)
    return number is not None and not is_hex and len(text) > 2 and len(text) % 2 == 0


def _explain_each(printer: _Printer, asked: Asked, topics: list[Topic]) -> bool:
    """Print what each of several words means, where all mean something."""
    is_known = len(asked.words) > 1 and all(
        find_names(word, topics) or find_numbers(word, topics) for word in asked.words
    )
    for word in asked.words if is_known else ():
        _print_known(printer, word, topics)
    return is_known


def _explain_key(printer: _Printer, asked: Asked, _topics: list[Topic]) -> bool:
    """Print how a key is accepted."""
    from wscli.app.explain.key import ACCEPT_TITLE, KEY_TITLE, explain_accept, explain_key, is_accept
    from wscli.wire.accept import is_key

    if asked.topic is not None:
        return False
    if is_key(asked.text):
        printer.explain_made("key", KEY_TITLE, explain_key(asked.text))
        return True
    if is_accept(asked.text):
        printer.explain_made("accept", ACCEPT_TITLE, explain_accept(asked.text))
        return True
    return False


def _list_some(printer: _Printer, asked: Asked, topics: list[Topic]) -> bool:
    """Print the entries of a group, or of a range of numbers."""
    found = find_groups(asked.text, topics) or find_between(asked.text, topics)
    for topic, entries in found:
        printer.list_entries(topic, entries)
    return bool(found)


def _explain_as_bytes(printer: _Printer, asked: Asked, topics: list[Topic]) -> bool:
    """Print the frames that bytes are, unless they are rather a name, mistyped."""
    from wscli.app.explain.given import is_surely_base64, maybe_base64, maybe_hex

    text = asked.text
    data = maybe_hex(text)
    if data is None and is_surely_base64(text) and (text.endswith("=") or not near_names(text, topics)):
        data = maybe_base64(text)
    if data is None or asked.topic is not None:
        return False
    _explain_bytes(printer, data, asked.role)
    return True


Look = Callable[["_Printer", Asked, list[Topic]], bool]
_LOOKS: tuple[Look, ...] = (
    _explain_topic, _explain_known, _explain_each, _explain_key, _list_some, _explain_as_bytes,
)  # fmt: skip
"""What the words may be, in this order; each prints what it is and tells whether it is anything."""


def _unknown(text: str, topics: list[Topic]) -> UsageProblem:
    from wscli.app.explain.given import lacks_a_digit

    shown = elide(visible(text), _SHOWN)
    if lacks_a_digit(text):
        reason = "nothing here has this number, and for bytes a hexadecimal digit is missing"
        return UsageProblem("explain/topic", "topic", shown, reason)
    near = near_names(text, topics)
    is_one = len(topics) == 1
    listed = f"`wscli explain {topics[0].name}` lists them" if is_one else f"the topics are {', '.join(TOPICS)}"
    hint = f"did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else listed
    return UsageProblem("explain/topic", "topic", shown, "nothing here has this name", hint=hint)


# --- Bytes -----------------------------------------------------------------------------------------------------------
def _explain_stream(printer: _Printer, role: str | None) -> None:
    from wscli.app.explain.given import decode_stream

    data = b"" if sys.stdin is None else sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        printer.note(f"only the first {MOST_BYTES} bytes are read")
    _explain_bytes(printer, decode_stream(data[:MOST_BYTES]), role)


def _explain_bytes(printer: _Printer, data: bytes, role: str | None) -> None:
    from wscli.app.explain.frames import read_frames
    from wscli.protocol.step import Role

    if not data:
        raise UsageProblem("explain/bytes", "bytes", None, "there are none", hint="a frame has at least two bytes")
    printer.show_frames(read_frames(data, None if role is None else Role(role)))


# --- Printing --------------------------------------------------------------------------------------------------------
class _Printer:
    """Prints entries as lines or as JSON, an empty line between blocks."""

    def __init__(self, asked: Asked) -> None:
        self._painter = Console(asked.colour).painter(1)
        self._is_json = asked.is_json
        self._width = max(_output_width(), NARROWEST)
        self._has_begun = False

    def list_topics(self) -> None:
        """Print which topics there are."""
        self._list(_ALL, "Topics", [Entry(topic.name, topic.title) for topic in TOPICS.values()])

    def list_topic(self, topic: Topic) -> None:
        """Print all of a topic."""
        self.list_entries(topic, topic.entries())

    def list_entries(self, topic: Topic, entries: list[Entry]) -> None:
        """Print some entries of a topic in short."""
        self._list(topic.name, topic.title, entries)

    def _list(self, name: str, title: str, entries: list[Entry]) -> None:
        if self._is_json:
            say("".join(as_json(name, entry, entry.facts) for entry in entries))
        else:
            self._say(listing(title, entries, self._width))

    def explain(self, topic: Topic, entries: list[Entry]) -> None:
        """Print entries with all that is known of them."""
        facts = [(*entry.facts, *topic.more(entry)) for entry in entries]
        self._explain(topic.name, topic.title, entries, facts)

    def explain_made(self, name: str, title: str, entry: Entry) -> None:
        """Print an entry that stands in no topic."""
        self._explain(name, title, [entry], [entry.facts])

    def _explain(self, name: str, title: str, entries: list[Entry], facts: list[Facts]) -> None:
        if self._is_json:
            say("".join(as_json(name, entry, known) for entry, known in zip(entries, facts, strict=True)))
        else:
            self._say(alone(title, entries, facts, self._width))

    def note(self, text: str) -> None:
        """Print a remark; JSON has none."""
        if not self._is_json:
            self._say(columns((("note", "* "),), "note", text, self._width))

    def show_frames(self, reading: Reading) -> None:
        """Print what bytes are as frames; as JSON, events as recordings hold them."""
        if self._is_json:
            from wscli.record.codec import encode_event

            say("".join(f"{encode_event(0.0, event)}\n" for event in reading.events))
            return
        from wscli.render.anatomy import iter_anatomy

        for block in iter_anatomy(reading.events, self._width, reading.begun_before):
            self._say(block)
        for text in reading.notes:
            self.note(text)

    def _say(self, lines: list[Line]) -> None:
        before = [()] if self._has_begun else []
        self._has_begun = True
        say(self._painter.paint([*before, *lines]))


def _output_width() -> int:
    try:
        return os.get_terminal_size(1).columns
    except (OSError, ValueError):
        return PIPE_WIDTH
