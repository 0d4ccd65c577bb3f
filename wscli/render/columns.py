"""Texts wrapped to a width, alone or beside something; for what is shown once."""

from __future__ import annotations

from wscli.render.style import Line, Span
from wscli.text import cell_width, visible

NARROWEST = 40
"""Cells that lines take at least; a terminal that has less breaks them itself."""


def columns(first: tuple[Span, ...], style: str, text: str, width: int) -> list[Line]:
    """Return spans and a text beside them, its further lines below itself."""
    indent = sum(cell_width(part) for _, part in first)
    texts = wrapped(text, max(width - indent, NARROWEST // 2))
    head, *rest = texts or [""]
    return [(*first, (style, head)), *((("plain", " " * indent), (style, line)) for line in rest)]


def wrapped(text: str, width: int) -> list[str]:
    """Return a text in lines of so many cells, broken at blanks; words longer than that are broken anywhere."""
    lines: list[str] = []
    line = ""
    for word in visible(text).split(" "):
        joined = f"{line} {word}" if line else word
        if cell_width(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        while cell_width(word) > width:
            head = _head(word, width)
            lines.append(head)
            word = word[len(head) :]  # noqa: PLW2901  # what is left of it
        line = word
    return [*lines, line] if line else lines


def _head(word: str, width: int) -> str:
    """Return the beginning of a word that fits, at least one character."""
    if word.isascii():
        return word[:width]
    end = 1
    while cell_width(word[: end + 1]) <= width:
        end += 1
    return word[:end]
