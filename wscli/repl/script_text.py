"""Scripts as text: the lines that were typed, and what a file of such lines asks for.

Empty lines and those that begin with `#` say nothing. A line that ends with an odd number of backslashes goes on in the
next one; of the backslashes at its end every second one stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

KEPT_OUT = "# a line that began with a blank is kept out here"


def script_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield what a script asks for, each with the number of its first line."""
    begun: list[str] = []
    first = 1
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")  # noqa: PLW2901 - the same line, as other systems end it
        if not begun:
            first = number
            if not line.strip() or line.startswith("#"):
                continue
        slashes = len(line) - len(line.rstrip("\\"))
        begun.append(line[: len(line) - slashes + slashes // 2])
        if slashes % 2 == 0:
            yield first, "\n".join(begun)
            begun = []
    if begun:
        yield first, "\n".join(begun)


def script_text(lines: Iterable[str]) -> str:
    """Return lines as the script that asks for them: `script_lines` gives them back."""
    return "".join(f"{_script_line(line)}\n" for line in lines)


def _script_line(line: str) -> str:
    if line == KEPT_OUT:
        return line
    if line.startswith("#"):
        line = f"/send {line}"
    parts = [part + "\\" * (len(part) - len(part.rstrip("\\"))) for part in line.split("\n")]
    return "\\\n".join(parts)
