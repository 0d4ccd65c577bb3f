"""Styles and the painter: views give lines of (style name, text); only this module knows escape codes.

A plain painter, not rich, because rich prints some thousand lines a second and this a million. Sixteen colours, bold
and dim only, so that it reads on light and on dark ground.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Span = tuple[str, str]
"""A style's name and a text that is safe to show."""
Line = tuple[Span, ...]

_CODES = {
    "plain": "",
    "note": "2",
    "dim": "2",
    "title": "1",
    "request": "36",
    "response": "34",
    "status-good": "1;32",
    "status-bad": "1;31",
    "name": "1",
    "received": "32",
    "sent": "36",
    "text": "",
    "binary": "33",
    "label": "1;34",
    "control": "35",
    "close": "1;35",
    "deviation": "33",
    "good": "32",
    "bad": "1;31",
    "hint": "36",
    "value": "1",
    "time": "2",
}
STYLES = frozenset(_CODES)
"""The names that views may use."""

_RESET = "\x1b[0m"


class Painter:
    """Turns lines into text, with or without colour."""

    def __init__(self, *, colour: bool) -> None:
        self._codes = {name: f"\x1b[{code}m" if code and colour else "" for name, code in _CODES.items()}

    def paint(self, lines: Iterable[Line]) -> str:
        """Return the lines as text, each with its newline."""
        codes = self._codes
        painted: list[str] = []
        for line in lines:
            for style, text in line:
                code = codes[style]
                painted.append(f"{code}{text}{_RESET}" if code and text else text)
            painted.append("\n")
        return "".join(painted)


def wants_colour(choice: str, *, is_terminal: bool, environment: Mapping[str, str]) -> bool:
    """Return whether to colour: `always` and `never` decide, then NO_COLOR, FORCE_COLOR, TERM=dumb, the terminal."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return is_terminal and environment.get("TERM") != "dumb"
