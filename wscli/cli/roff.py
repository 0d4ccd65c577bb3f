"""Manual pages as text: escaping for man(7), and a reader for the few macros that our own pages use.

The reader stands in where neither `man` nor `mandoc` is installed, and where the output is no terminal.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

_FONTS = ("B", "I", "BR", "RB", "BI", "IB", "IR", "RI")

BODY = 7
"""Columns before the text of a section, as `man` sets it."""
TAG = 7
"""Columns by which a tagged paragraph stands further in."""

_LITERALS = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", '"': "\\(dq", "^": "\\(ha", "~": "\\(ti", "…": "..."}
_ESCAPES = {"e": "\\", "-": "-", "&": "", " ": " ", "(aq": "'", "(ga": "`", "(dq": '"', "(ha": "^", "(ti": "~"}


# --- Writing ---------------------------------------------------------------------------------------------------------
def literal(text: str) -> str:
    """Return the text so that man(7) shows exactly these characters, wherever on a line it stands."""
    escaped = "".join(_LITERALS.get(character, character) for character in text)
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


def prose(sentence: str) -> list[str]:
    """Return the lines of a sentence of ours: what stands in backticks is bold, and no line is too long for lint."""
    parts = sentence.split("`")
    marked = "".join(f"\\fB{literal(part)}\\fR" if place % 2 else literal(part) for place, part in enumerate(parts))
    lines = textwrap.wrap(marked, 78, break_long_words=False, break_on_hyphens=False)
    return [f"\\&{line}" if line.startswith(".") else line for line in lines]


# --- Reading ---------------------------------------------------------------------------------------------------------
def plain_text(page: str, width: int = 80) -> str:
    """Return a page as plain text."""
    return "\n".join(_Reader(width).read(page)) + "\n"


def _unescape(text: str) -> str:
    shown, place = "", 0
    while place < len(text):
        if text[place] != "\\":
            shown += text[place]
            place += 1
            continue
        size = {"(": 4, "f": 3}.get(text[place + 1 : place + 2], 2)
        shown += _ESCAPES.get(text[place + 1 : place + size], "")
        place += size
    return shown


def _words(arguments: str) -> list[str]:
    """Split the arguments of a macro; quotes hold words together."""
    parts = arguments.split('"')
    return [word for place, part in enumerate(parts) for word in ([part] if place % 2 else part.split())]


class _Reader:
    """Goes through a page line by line and keeps the paragraph that is being filled."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._words: list[str] = []
        self._indent = BODY
        self._shift = 0
        """Columns of RS."""
        self._tag: str | None = None
        """The tag of a tagged paragraph; an empty one is still to come."""
        self._is_verbatim = False
        self._wants_gap = False
        """Whether an empty line goes before the next one."""
        self._is_headed = False
        """Whether nothing has come since a heading; then no empty line is wanted."""

    def read(self, page: str) -> Iterator[str]:
        """Yield the lines of the page."""
        for line in page.splitlines():
            if line.startswith((".\\", "'\\")):
                continue
            if line.startswith("."):
                name, _, arguments = line[1:].partition(" ")
                yield from self._obey(name, _words(arguments))
            elif self._tag == "":
                self._tag = _unescape(line)
            elif self._is_verbatim:
                yield from self._line(" " * (self._indent + self._shift) + _unescape(line))
            else:
                self._words.append(_unescape(line))
        yield from self._flush()

    def _obey(self, name: str, arguments: list[str]) -> Iterator[str]:
        if name in _FONTS:
            text = _unescape((" " if name in ("B", "I") else "").join(arguments))
            if self._tag == "":
                self._tag = text
            else:
                self._words.append(text)
            return
        yield from self._flush()
        text = _unescape(" ".join(arguments))
        if name == "TH":
            yield f"{_unescape(arguments[0])}({arguments[1]})"
        elif name in ("SH", "SS"):
            self._indent, self._shift = BODY, 0
            yield from ("", text if name == "SH" else f"   {text}")
            self._wants_gap, self._is_headed = False, True
        elif name == "TP":
            self._tag = ""
            self._wants_gap = not self._is_headed
        elif name == "PP":
            self._indent = BODY
            self._wants_gap = not self._is_headed
        elif name in ("RS", "RE"):
            self._shift += TAG if name == "RS" else -TAG
        elif name in ("EX", "EE"):
            self._is_verbatim = name == "EX"

    def _flush(self) -> Iterator[str]:
        """Yield the paragraph so far, its tag before it: on the same line where it is short."""
        first = " " * (self._indent + self._shift)
        if self._tag:
            self._indent = BODY + TAG
            first = " " * (BODY + self._shift) + self._tag
            if len(self._tag) < TAG and self._words:
                first = first.ljust(self._indent + self._shift)
            else:
                yield from self._line(first)
                first = " " * (self._indent + self._shift)
            self._tag = None
        if self._words:
            yield from self._line(*self._wrapped(first))
            self._words = []

    def _wrapped(self, first: str) -> list[str]:
        return textwrap.wrap(
            " ".join(self._words),
            self._width,
            initial_indent=first,
            subsequent_indent=" " * (self._indent + self._shift),
            break_long_words=False,
            break_on_hyphens=False,
        )

    def _line(self, *lines: str) -> Iterator[str]:
        if self._wants_gap:
            yield ""
        self._wants_gap = self._is_headed = False
        yield from lines
