"""What every recording gives its readers, whatever format its file has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Self

from wscli.errors import EnvironmentProblem
from wscli.events import Event
from wscli.record.header import RecordingHeader
from wscli.text import count_text

LISTED = 10
"""Connections of a file that a note lists."""


class Recording:
    """An open recording; `with` closes it."""

    header: RecordingHeader

    def __init__(self, path: str, source: BinaryIO) -> None:
        self.path = path
        """As given; `-` for standard input."""
        self.notes: list[str] = []
        """What a reader should know, in whole phrases; complete when the events have been read to their end."""
        self.connections: tuple[str, ...] = ()
        """A line for each WebSocket connection in the file, where its format tells them apart."""
        self._source = source
        """The bytes as they are stored."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self.path != "-":
            self._source.close()

    def fraction_read(self) -> float:
        """Return how much of the file has been read, from 0 to 1; 0 where nobody can know."""
        return 0.0

    def iter_events(self) -> Iterator[tuple[float, Event]]:
        """Yield each event with its moment, in seconds since the session began.

        May be called again for a file, from its beginning. Raises EnvironmentProblem with the place that is broken.
        """
        raise NotImplementedError

    def _choose(self, wanted: int | None) -> int:
        """Return the place of the connection asked for, the first where none is; a note where there are more."""
        count = len(self.connections)
        number = 1 if wanted is None else wanted
        if not 1 <= number <= count:
            reason = f"there is no connection {number} in it, only {count}"
            raise self._problem("no-connection", reason, f"choose one of {self._listed()}")
        if wanted is None and count > 1:
            found = count_text(count, "connection")
            self.notes.append(f"{found} in it, the first is taken; --connection chooses among {self._listed()}")
        return number - 1

    def _listed(self) -> str:
        lines = [f"{number}: {line}" for number, line in enumerate(self.connections[:LISTED], 1)]
        return "; ".join(lines) + (" …" if len(self.connections) > LISTED else "")

    def _problem(self, code: str, reason: str, hint: str) -> EnvironmentProblem:
        return EnvironmentProblem(f"recording/{code}", "recording", self.path, reason, hint=hint)


def no_capture(path: str) -> EnvironmentProblem:
    """Return the problem of a key log that is given for what holds no packets."""
    reason, hint = "is no capture, so there is no TLS in it", "leave --keylog out"
    return EnvironmentProblem("recording/no-capture", "recording", path, reason, hint=hint)
