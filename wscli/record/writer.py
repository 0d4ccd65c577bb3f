"""Writing: a sink that keeps what it is given as lines of JSON, in a file or on standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from wscli.errors import EnvironmentProblem, UsageProblem
from wscli.events import (
    Batch,
    BytesReceived,
    BytesSent,
    Event,
    FrameReceived,
    FrameSent,
    Interest,
    MessagePart,
    MessageReceived,
    MessageSent,
)
from wscli.record import FORMATS
from wscli.record.codec import encode_batch
from wscli.record.header import RecordingHeader, Secrets, encode_header

if TYPE_CHECKING:
    from wscli.record.secrets import SecretMasker

GZIP_LEVEL = 3
"""Measured: nearly as small as the default, at a third of its time."""

_INTERESTS: tuple[tuple[Interest, tuple[type[Event], ...]], ...] = (
    (Interest.BYTES, (BytesReceived, BytesSent)),
    (Interest.FRAMES, (FrameReceived, FrameSent)),
    (Interest.MESSAGES, (MessageReceived, MessageSent)),
    # Parts stand in place of whole messages when another sink asked for them: who keeps messages keeps them too.
    (Interest.PARTS | Interest.MESSAGES, (MessagePart,)),
)


def unwanted_by(interest: Interest) -> frozenset[type[Event]]:
    """Return the events that are built only for others, where a sink has this interest."""
    return frozenset(kind for wanted, kinds in _INTERESTS if not wanted & interest for kind in kinds)


class RecordingWriter:
    """Writes a session as a recording: the header line, then one line an event (a Sink).

    Lines are held until a mebibyte is there or a second has passed between batches; with `sync`, until the batch ends.
    The stream is closed at the end only where `closes` names it.
    """

    def __init__(
        self,
        stream: BinaryIO,
        header: RecordingHeader,
        *,
        interest: Interest,
        keep_secrets: bool,
        flush_seconds: float = 1.0,
        flush_bytes: int = 1 << 20,
        sync: bool = False,
        is_essential: bool = False,
        name: str = "recording",
        closes: tuple[BinaryIO, ...] = (),
    ) -> None:
        self.name = name
        self.interest = interest
        self.is_essential = is_essential
        self._stream = stream
        self._closes = closes
        """Streams to close at the end, in this order."""
        self._unwanted = unwanted_by(interest)
        self._masker = None if keep_secrets else _new_masker()
        self._flush_seconds = -1.0 if sync else flush_seconds
        self._flush_bytes = flush_bytes
        self._flushed_at = float("-inf")
        """The moment of the batch that was flushed last; the first batch always is, so that a file is never empty."""
        self._held = [encode_header(_prepare_header(header, keep_secrets=keep_secrets))]
        self._held_bytes = 0
        self.mark = ""
        """Members that each line begins with, as `"probe":2,`, where several sessions stand in one recording."""

    def accept(self, batch: Batch) -> None:
        """Take a batch; OSError where the stream fails."""
        events = batch.events
        if self._unwanted:
            events = tuple([event for event in events if type(event) not in self._unwanted])
        if self._masker is not None:
            events = self._masker.mask_all(events)
        if events is not batch.events:
            batch = Batch(batch.at, events)
        lines = encode_batch(batch)
        if self.mark:
            lines = [f"{{{self.mark}{line[1:]}" for line in lines]
        self._held += lines
        self._held_bytes += sum(map(len, lines))
        if self._held_bytes >= self._flush_bytes or batch.at - self._flushed_at > self._flush_seconds:
            self._flushed_at = batch.at
            self.flush()

    def flush(self) -> None:
        """Write what is held, and have the stream pass it on."""
        if not self._held:
            return
        lines, self._held, self._held_bytes = self._held, [], 0
        lines.append("")
        self._stream.write("\n".join(lines).encode("ascii"))
        self._stream.flush()

    def close(self) -> None:
        """Write what is held and close what is ours; OSError where that fails."""
        try:
            self.flush()
        finally:
            streams, self._closes = self._closes, ()
            for stream in streams:
                stream.close()


def _new_masker() -> SecretMasker:
    from wscli.record.secrets import SecretMasker

    return SecretMasker()


def _prepare_header(header: RecordingHeader, *, keep_secrets: bool) -> RecordingHeader:
    if keep_secrets:
        return header.replace(secrets=Secrets.KEPT)
    from wscli.record.masking import mask_command, mask_url

    return header.replace(secrets=Secrets.MASKED, command=mask_command(header.command), url=mask_url(header.url))


# --- Files -----------------------------------------------------------------------------------------------------------
def _refuse_ending(path: str) -> UsageProblem:
    endings = ", ".join(ending for recording in FORMATS for ending in recording.endings)
    if path.lower().endswith((".har", ".pcapng", ".pcap")):
        return UsageProblem(
            "recording/format", "recording", path, "this format cannot be written yet", hint="not yet: record as .jsonl"
        )
    return UsageProblem(
        "recording/format",
        "recording",
        path,
        f"the name ends in none of {endings}",
        hint=f"use for example `{path}.jsonl`",
    )


def _is_compressed(path: str) -> bool:
    """Return whether the ending asks for gzip; UsageProblem for an ending that no format has."""
    for recording in FORMATS:
        if path.lower().endswith(recording.endings):
            return recording.is_compressed
    raise _refuse_ending(path)


def _open_private(path: str) -> BinaryIO:
    """Return the file, new ones readable by their owner alone: a session holds what others should not read."""
    import os

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, 0o600)

    try:
        return open(path, "wb", opener=opener)
    except IsADirectoryError:
        raise EnvironmentProblem(
            "recording/directory", "recording", path, "is a directory", hint="name a file in it"
        ) from None
    except FileNotFoundError:
        folder = path.rpartition("/")[0] or "."
        raise EnvironmentProblem(
            "recording/no-folder",
            "recording",
            path,
            f"the folder `{folder}` does not exist",
            hint="make the folder first",
        ) from None
    except PermissionError:
        raise EnvironmentProblem(
            "recording/unwritable", "recording", path, "may not be written", hint="choose a folder that is yours"
        ) from None
    except (OSError, ValueError) as problem:
        # ValueError: a NUL in the name.
        reason = getattr(problem, "strerror", None) or str(problem)
        raise EnvironmentProblem(
            "recording/unwritable", "recording", path, f"cannot be opened: {reason}", hint="choose another file"
        ) from None


def open_recording(
    path: str,
    header: RecordingHeader,
    *,
    interest: Interest,
    keep_secrets: bool,
    sync: bool = False,
    is_essential: bool = False,
    name: str = "recording",
) -> RecordingWriter:
    """Return a writer for the file of this name, whose ending tells the format; `-` is standard output.

    Raises UsageProblem for an ending that no format has and EnvironmentProblem for a file that cannot be opened.
    """
    if path == "-":
        import sys

        stream: BinaryIO = sys.stdout.buffer
        closes: tuple[BinaryIO, ...] = ()
    else:
        is_compressed = _has_ending(path) and _is_compressed(path)
        stream = _open_private(path)
        closes = (stream,)
        if is_compressed:
            stream = _compressing(stream)
            closes = (stream, *closes)
    return RecordingWriter(
        stream,
        header,
        interest=interest,
        keep_secrets=keep_secrets,
        sync=sync,
        is_essential=is_essential,
        name=name,
        closes=closes,
    )


def _has_ending(path: str) -> bool:
    """Return whether the ending of a name tells the format: not of a pipe, a device or a directory."""
    from os.path import exists, isfile

    return not path.endswith("/") and (isfile(path) or not exists(path))  # noqa: PTH110, PTH113  # pathlib would cost its import


def _compressing(stream: BinaryIO) -> BinaryIO:
    from gzip import GzipFile

    # No name and no time in it: the same session gives the same bytes.
    return GzipFile(filename="", mode="wb", compresslevel=GZIP_LEVEL, fileobj=stream, mtime=0)  # type: ignore[return-value]
