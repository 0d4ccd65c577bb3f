"""Text for people: the one escape function between any peer's text and a terminal, widths, hex dumps, units."""

from __future__ import annotations

from collections.abc import Iterable

from wscli.errors import UsageProblem

MARKS_KEPT = 8
"""Combining marks shown in a row; more pile up over the lines around."""
TABLE_LIMIT = 4096
"""Characters that a table remembers: a peer that sends all of Unicode may not make it large."""


def visible(text: str, *, newlines: bool = False) -> str:
    """Return the text with everything that is not printable shown as an escape (`\\x1b`, `\\u202e`).

    Covers C0, DEL, C1, bidi controls, zero-width and tag characters, lone surrogates, unassigned ones. With `newlines`
    newline and tab stay. A backslash of the text's own stays as it is. Guaranteed: nothing else than printable
    characters comes back (and newline and tab, where they stay).
    """
    shown = text if text.isprintable() else text.translate(_ESCAPES_BUT_LINES if newlines else _ESCAPES)
    # No combining mark stands below U+0300.
    return shown if shown.isascii() or max(shown) < "\u0300" else _cut_marks(shown)


class _Escapes(dict[int, int | str]):
    """A table for `str.translate` that learns what it meets: four times quicker than asking each character."""

    def __missing__(self, number: int) -> int | str:
        shown = number if chr(number).isprintable() else _escape(number)
        if len(self) < TABLE_LIMIT:
            self[number] = shown
        return shown


class _Marks(dict[int, str]):
    """A table for `str.translate`: `m` for a combining mark, `-` for anything else."""

    def __missing__(self, number: int) -> str:
        from unicodedata import category, combining

        character = chr(number)
        is_mark = combining(character) or category(character) in ("Mn", "Me")
        kind = "m" if is_mark else "-"
        if len(self) < TABLE_LIMIT:
            self[number] = kind
        return kind


_ESCAPES = _Escapes()
_ESCAPES_BUT_LINES = _Escapes({ord("\n"): "\n", ord("\t"): "\t"})
_MARKS = _Marks()


def _escape(number: int) -> str:
    short = {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"}.get(number)
    if short is not None:
        return short
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _cut_marks(text: str) -> str:
    """Cut runs of combining marks that would pile up over the lines around."""
    kinds = text.translate(_MARKS)
    too_many = "m" * (MARKS_KEPT + 1)
    kept: list[str] = []
    done = 0
    while (start := kinds.find(too_many, done)) >= 0:
        end = kinds.find("-", start)
        end = len(text) if end < 0 else end
        kept += (text[done : start + MARKS_KEPT], f"<+{end - start - MARKS_KEPT} marks>")
        done = end
    return "".join((*kept, text[done:]))


def visible_bytes(data: bytes) -> str:
    """Return bytes as visible text: UTF-8 where it is valid, `\\xff` for every other byte."""
    return visible(data.decode("utf-8", "backslashreplace"))


def cell_width(text: str) -> int:
    """Return how many terminal cells a visible text takes; East Asian wide characters take two."""
    # What is printable below U+0300 takes one cell each, and spares the import (27 ms).
    if text.isascii() or (max(text) < "\u0300" and text.isprintable()):
        return len(text)
    from wcwidth import wcswidth, wcwidth

    width = wcswidth(text)
    # -1: it holds a control character, which has no width; where it is shown as a box, that takes a cell.
    return width if width >= 0 else sum(abs(wcwidth(character)) for character in text)


def elide(text: str, width: int) -> str:
    """Return the text cut to so many terminal cells, `…` at the end of what was cut; never longer than `width`."""
    if width < 1:
        return ""
    if text.isascii():
        return text if len(text) <= width else text[: width - 1] + "…"
    fitting = _beginning(text, width)
    return text if len(fitting) == len(text) else _beginning(text, width - 1) + "…"


def _beginning(text: str, width: int) -> str:
    """Return as much of the text as fits into so many cells, the marks of its last character included."""
    from wcwidth import wcwidth

    cells = end = 0
    for character in text:
        cells += abs(wcwidth(character))
        if cells > width:
            break
        end += 1
    # A variation selector may widen the character before it: only the whole knows.
    while cell_width(text[:end]) > width:
        end -= 1
    return text[:end]


_SHOWN_BYTES = bytes(byte if 32 <= byte < 127 else ord(".") for byte in range(256))


def hex_dump(data: bytes, *, start: int = 0, width: int = 16) -> list[str]:
    """Return the lines of a hex dump as `hexdump -C` prints it, addresses counted from `start`."""
    half = width // 2
    room = 3 * width if half else 2
    lines = []
    for place in range(0, len(data), width):
        part = data[place : place + width]
        pairs = f"{part[:half].hex(' ')}  {part[half:].hex(' ')}" if half else part.hex()
        shown = part.translate(_SHOWN_BYTES).decode("ascii")
        lines.append(f"{start + place:08x}  {pairs:<{room}}  |{shown}|")
    return lines


def size_text(count: int) -> str:
    """Return a number of bytes for people: exact below 10,000, then in KiB, MiB, GiB or TiB."""
    if count < 10000:
        return f"{count} B"
    size = float(count)
    for unit in ("KiB", "MiB", "GiB"):
        size /= 1024
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1024:.1f} TiB"


def duration_text(seconds: float) -> str:
    """Return a duration for people: `0.2 ms`, `12 ms`, `1.20 s`, `2 min 05 s`, `3 h 02 min`."""
    if seconds < 0:
        return f"-{duration_text(-seconds)}"
    if seconds < 0.00995:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.995 or not seconds < float("inf"):  # a recording may hold nan and infinity
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def count_text(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: `1 message`, `2 messages`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


_SIZE_UNITS = {"": 1, "b": 1} | {
    letter + end: 1 << 10 * power for power, letter in enumerate("kmgt", 1) for end in ("", "b", "ib")
}
_TIME_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def _split_number(text: str) -> tuple[str, str]:
    place = 0
    while place < len(text) and (text[place].isdigit() or text[place] in "._"):
        place += 1
    return text[:place], text[place:].strip()


_TOO_LARGE = 1e30
"""No size or time; beyond lies infinity, once a unit is multiplied in."""


def _number(text: str) -> float | None:
    # float() alone would also take signs, exponents, infinity and the digits of other scripts.
    if text.strip("0123456789._"):
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number < _TOO_LARGE else None


def parse_size(text: str) -> int:
    """Return the bytes that `64MiB`, `10k`, `1_000` or `1.5M` name, units of 1024; UsageProblem for anything else."""
    digits, unit = _split_number(text.strip())
    number = _number(digits)
    factor = _SIZE_UNITS.get(unit.lower())
    if number is None or factor is None:
        hint = "write a number of bytes, or one with a unit: 10k, 64MiB, 1.5G"
        raise UsageProblem("size/form", "size", text, "it is no size", hint=hint)
    return int(number * factor)


def parse_duration(text: str) -> float:
    """Return the seconds that `5`, `0.5`, `250ms`, `2m` or `1h30m` name; UsageProblem for anything else."""
    rest, total = text.strip(), 0.0
    number = _number(rest)
    if number is not None:
        return number
    while rest:
        digits, after = _split_number(rest)
        unit = "".join(character for character in after if character.isalpha())
        place = next((place for place, character in enumerate(after) if not character.isalpha()), len(after))
        unit, number = after[:place], _number(digits)
        if number is None or unit not in _TIME_UNITS:
            break
        total += number * _TIME_UNITS[unit]
        rest = after[place:].strip()
    if rest or not text.strip():
        hint = "write seconds, or numbers with units: 5, 0.5, 250ms, 2m, 1h30m"
        raise UsageProblem("duration/form", "duration", text, "it is no duration", hint=hint)
    return total


def kebab(name: str) -> str:
    """Return the name of a class as recordings and findings spell it: `FrameReceived` is `frame-received`."""
    return "".join([f"-{letter.lower()}" if letter.isupper() else letter for letter in name]).removeprefix("-")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is closest to a mistyped one, None where none is close."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(known), n=1)), None)
