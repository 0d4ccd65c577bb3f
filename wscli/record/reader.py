"""Reading: a recording from a file or standard input, as its events; what is broken is said, with its line.

`read_recording` knows the format by the first bytes; what is here besides is our own, line by line.
Works in constant memory: a line at a time, none longer than a limit. A recording that was cut off (the program was
killed, the disk was full) gives everything before the cut and a note; a line that is broken elsewhere is a problem,
since nobody can say what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from zlib import error as ZlibError  # noqa: N812 - the only lower-case exception there is

from wscli.errors import EnvironmentProblem
from wscli.events import Event
from wscli.record.codec import UnknownEvent, decode_json, event_of, make_quick_decoder
from wscli.record.convert import BrokenRecord, shown
from wscli.record.header import FORMAT, VERSION, NewerVersion, RecordingHeader, header_of
from wscli.record.recording import Recording, no_capture

__all__ = ("LineRecording", "Recording", "read_recording")

LINE_LIMIT = 256 * 1024 * 1024
"""No line of a recording may be longer, in bytes."""
_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _CutStream(Exception):
    """Compressed data ends before its end."""


class LineRecording(Recording):
    """A recording in our own format."""

    def __init__(self, path: str, source: BinaryIO, line_limit: int = LINE_LIMIT) -> None:
        super().__init__(path, source)
        self._line_limit = line_limit
        self._line_number = 0
        """The line that was read last, from 1."""
        self._is_begun = False
        try:
            self._stream = self._decompressed()
            """The lines: the source, or what is compressed in it."""
            self.header = self._read_header()
        except BaseException:
            self.close()
            raise

    def fraction_read(self) -> float:
        """Return how much of the file has been read, from 0 to 1; 0 where nobody can know."""
        import os

        try:
            size = os.fstat(self._source.fileno()).st_size
            return min(self._source.tell() / size, 1.0) if size else 0.0
        except (OSError, ValueError):  # no file, or none that has places
            return 0.0

    def iter_events(self) -> Iterator[tuple[float, Event]]:
        """Yield each event with its moment, in seconds since the session began.

        May be called again for a file, from its beginning. Raises EnvironmentProblem with the line that is broken.
        """
        if self._is_begun:
            self._rewind()
        self._is_begun = True
        return self._iter_events()

    def _iter_events(self) -> Iterator[tuple[float, Event]]:
        decode_quickly, next_line = make_quick_decoder(), self._next_line
        while line := next_line():
            found = decode_quickly(line)
            if found is not None:
                yield found
                continue
            if line.isspace():
                continue
            try:
                yield event_of(self._decode(line))
            except UnknownEvent as unknown:
                self._note_unknown(unknown.name)
            except BrokenRecord as problem:
                if not line.endswith(b"\n"):
                    self._note_cut()
                    return
                raise self._broken(str(problem)) from None

    def _decode(self, line: bytes) -> dict[str, object]:
        record = decode_json(line)
        if record.get("format") == FORMAT and "event" not in record:
            raise BrokenRecord("another recording begins here; split the file before this line")
        return record

    def _decompressed(self) -> BinaryIO:
        """Return the source, or what it holds where that is gzip, whatever the name says."""
        peek = getattr(self._source, "peek", None)
        try:
            if peek is None or not peek(2).startswith(_GZIP_MAGIC):
                return self._source
        except OSError as problem:
            raise self._problem("unreadable", f"cannot be read: {problem.strerror}", "choose another file") from None
        from gzip import GzipFile

        return GzipFile(fileobj=self._source, mode="rb")  # type: ignore[return-value]

    def _read_header(self) -> RecordingHeader:
        line = self._next_line().removeprefix(_BYTE_ORDER_MARK)
        if self.notes:
            raise self._problem("empty", "is cut off inside its first line", "there is nothing in it to be read")
        if not line.strip():
            raise self._problem("empty", "is empty", "record a session with `--record FILE.jsonl`")
        try:
            return header_of(decode_json(line))
        except NewerVersion as newer:
            reason = f"made by a newer wscli: version {newer.version}; this one reads up to {VERSION}"
            raise self._problem("newer-version", reason, "update wscli") from None
        except BrokenRecord as problem:
            raise self._problem(
                "not-a-recording",
                f"not a recording: line 1: {problem}",
                f'the first line of a recording begins with {{"format":"{FORMAT}"',
            ) from None

    def _rewind(self) -> None:
        try:
            self._stream.seek(0)
        except (OSError, ValueError):
            raise self._problem("read-once", "can be read only once", "record into a file, and read that") from None
        self._line_number = 0
        self.notes.clear()
        self._next_line()

    def _next_line(self) -> bytes:
        """Return the next line with its newline; empty at the end, also where that came too early."""
        self._line_number += 1
        try:
            line = self._stream.readline(self._line_limit + 1)
        except EOFError:  # what gzip raises where its data is cut
            self._note_cut()
            return b""
        except ZlibError:
            raise self._broken("the compressed data is damaged") from None
        except OSError as problem:  # also gzip.BadGzipFile
            raise self._broken(f"cannot be read: {problem.strerror or problem}") from None
        if len(line) > self._line_limit:
            raise self._broken(f"the line is longer than {self._line_limit} bytes")
        return line

    def _note_cut(self) -> None:
        self.notes.append(f"cut off inside line {self._line_number}: everything before it was read")

    def _note_unknown(self, name: str) -> None:
        note = "events that this wscli does not know were left out, the first in line "
        if not any(known.startswith(note) for known in self.notes):
            self.notes.append(f"{note}{self._line_number}: {shown(name)}")

    def _broken(self, reason: str) -> EnvironmentProblem:
        return self._problem(
            "broken-line",
            f"line {self._line_number}: {reason}",
            "everything before that line can be read: cut the file there",
        )


def _unreadable(path: str, code: str, reason: str, hint: str) -> EnvironmentProblem:
    return EnvironmentProblem(f"recording/{code}", "recording", path, reason, hint=hint)


def _open(path: str) -> BinaryIO:
    try:
        return open(path, "rb")  # noqa: PTH123  # a name as the user gave it; pathlib would cost its import
    except FileNotFoundError:
        raise _unreadable(path, "not-found", "no such file", "check the name") from None
    except IsADirectoryError:
        raise _unreadable(path, "directory", "is a directory", "name a file in it") from None
    except PermissionError:
        raise _unreadable(path, "unreadable", "may not be read", "ask its owner") from None
    except (OSError, ValueError) as problem:
        # ValueError: a NUL in the name.
        reason = getattr(problem, "strerror", None) or str(problem)
        raise _unreadable(path, "unreadable", f"cannot be opened: {reason}", "choose another file") from None


def _check_of_lines(path: str, connection: int | None, keylog: str | None) -> None:
    """Raise the problem of what only other formats have."""
    if keylog is not None:
        raise no_capture(path)
    if connection not in (None, 1):
        reason = f"there is no connection {connection} in it, only 1"
        raise _unreadable(path, "no-connection", reason, "leave --connection out")


def read_recording(
    path: str, connection: int | None = None, *, keylog: str | None = None, line_limit: int = LINE_LIMIT
) -> Recording:
    """Return the recording in a file, its header read; `-` is standard input, and any format is known by its bytes.

    Of several connections in a file the one with this number is read, from 1; TLS in captures is read with a key log.
    Raises EnvironmentProblem where there is no recording that this version reads.
    """
    if path == "-":
        import sys

        stream: BinaryIO = sys.stdin.buffer
    else:
        stream = _open(path)
    try:
        from wscli.record import LINES
        from wscli.record.sniffing import open_sniffed, sniffed

        recording, inside = sniffed(stream)
        if recording is not LINES:
            return open_sniffed(recording, path, inside, connection, keylog)
        _check_of_lines(path, connection, keylog)
        return LineRecording(path, inside, line_limit)
    except BaseException:
        if path != "-":
            stream.close()
        raise
