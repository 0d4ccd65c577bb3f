"""Which format a file has, by its first bytes, those inside gzip too."""

from __future__ import annotations

from importlib import import_module
from typing import Any, BinaryIO
from zlib import error as ZlibError  # noqa: N812 - the only lower-case exception there is

from wscli.record import FORMATS, LINES, RecordingFormat
from wscli.record.recording import Recording

HEAD = 4096
"""Bytes that are looked at."""
_GZIP_MAGIC = b"\x1f\x8b"
_OURS = b'{"format"'


def sniffed(stream: BinaryIO) -> tuple[RecordingFormat, BinaryIO]:
    """Return the format of a file and its bytes, decompressed; our own format where it is no other that is read."""
    head = _peek(stream)
    if not head.startswith(_GZIP_MAGIC):
        return _format_of(head), stream
    from gzip import GzipFile

    inside = GzipFile(fileobj=stream, mode="rb")
    found = _format_of(_peek(inside))
    if found is LINES and stream.seekable():
        stream.seek(0)  # whose reader decompresses by itself, and tells what is wrong
        return LINES, stream
    inside.myfileobj = stream  # type: ignore[assignment]  # closed with it
    return found, inside  # type: ignore[return-value]


def _format_of(head: bytes) -> RecordingFormat:
    if head.startswith(_OURS):
        return LINES  # no other module is loaded for what is most common
    return next((one for one in FORMATS if one is not LINES and _module(one).sniff(head)), LINES)


def _module(recording: RecordingFormat) -> Any:
    return import_module(recording.reader)


def open_sniffed(
    recording: RecordingFormat, path: str, stream: BinaryIO, connection: int | None, keylog: str | None
) -> Recording:
    """Return the recording in a stream of this format."""
    opened: Recording = _module(recording).read(path, stream, connection, keylog)
    return opened


def _peek(stream: Any) -> bytes:
    """Return the next bytes and leave them where they are; none where they cannot be read, which others will tell."""
    peek = getattr(stream, "peek", None)
    try:
        return b"" if peek is None else bytes(peek(HEAD)[:HEAD])
    except (OSError, EOFError, ZlibError):
        return b""
