"""Large pastes: they stand as a short mark in the line and go out whole, as one message."""

from __future__ import annotations

from wscli.text import size_text

LARGE = 2000
"""Characters from which a paste does not stand in the line itself."""
_BEGIN, _END = "[pasted #", "]"


def has_mark(line: str) -> bool:
    """Return whether a line holds what looks like the mark of a paste."""
    return _END in line.partition(_BEGIN)[2]


class Pastes:
    """Keeps what was pasted into the line that is being typed, by its mark."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def take(self, text: str) -> str:
        """Return what to put into the line for a paste: itself, line ends made newlines, or a mark."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if len(text) < LARGE:
            return text
        size = size_text(len(text.encode("utf-8", "surrogateescape")))
        mark = f"{_BEGIN}{len(self._kept) + 1}: {size}{_END}"
        self._kept[mark] = text
        return mark

    def put_back(self, line: str) -> str:
        """Return a line with every mark replaced by what was pasted."""
        for mark, text in self._kept.items():
            line = line.replace(mark, text)
        return line

    def forget(self) -> None:
        """A new line begins."""
        self._kept = {}
