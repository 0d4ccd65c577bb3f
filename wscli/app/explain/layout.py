"""Entries as lines, in columns and wrapped to the width; and as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterable

from wscli.app.explain.entry import Entry, Facts
from wscli.render.columns import columns, wrapped
from wscli.render.style import Line
from wscli.text import cell_width, visible

_NAME = 34
"""Cells that names take at most before their sentences; a longer one has a line of its own."""
_LABEL = 12
"""Cells of a label."""


def listing(title: str, entries: list[Entry], width: int) -> list[Line]:
    """Return a topic: its title, then every entry with its sentence."""
    column = min(max((cell_width(visible(entry.name)) for entry in entries), default=0), _NAME)
    lines: list[Line] = [*_title(title, width)]
    group = ""
    for entry in entries:
        if entry.group != group:
            group = entry.group
            lines += [(), (("dim", f"  {visible(group)}"),)]
        lines += _entry(entry, column, width)
    return lines


def alone(title: str, entries: list[Entry], facts: list[Facts], width: int) -> list[Line]:
    """Return entries with all that is known of them."""
    column = min(max(cell_width(visible(entry.name)) for entry in entries), _NAME)
    lines: list[Line] = [*_title(title, width)]
    shared = [fact for fact in facts[0] if len(entries) > 1 and all(fact in known for known in facts)]
    for entry, known in zip(entries, facts, strict=True):
        lines += _entry(entry, column, width)
        lines += _facts([fact for fact in known if fact not in shared], 4, width)
    return lines + _facts(shared, 2, width)


def _facts(facts: Iterable[tuple[str, str]], indent: int, width: int) -> list[Line]:
    """Return facts, each beside its label."""
    lines: list[Line] = []
    for label, text in facts:
        lines += columns((("note", f"{'':<{indent}}{label:<{_LABEL}}"),), "plain", text, width)
    return lines


def _title(title: str, width: int) -> list[Line]:
    return [(("title", line),) for line in wrapped(title, width)]


def _entry(entry: Entry, column: int, width: int) -> list[Line]:
    name = visible(entry.name)
    if cell_width(name) > column:
        return [(("name", f"  {name}"),), *columns((("plain", " " * 6),), "plain", entry.sentence, width)]
    padding = " " * (column - cell_width(name))
    return columns((("name", f"  {name}{padding}"), ("plain", "  ")), "plain", entry.sentence, width)


def as_json(topic: str, entry: Entry, facts: Facts) -> str:
    """Return an entry as a line of JSON."""
    import json

    members: dict[str, object] = {"topic": topic, "name": entry.name, "sentence": entry.sentence}
    if entry.group:
        members["group"] = entry.group
    if facts:
        members["facts"] = dict(facts)
    return json.dumps(members) + "\n"
