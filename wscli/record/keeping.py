"""Keeping a session in the format of another program: masked, filtered and passed on like our own recordings."""

from __future__ import annotations

from importlib import import_module
from typing import Any, BinaryIO

from wscli.events import Batch, Interest, Sink
from wscli.record import RecordingFormat
from wscli.record.header import RecordingHeader
from wscli.record.secrets import SecretMasker


class FormatWriter:
    """Gives a session to the writer of a format (a Sink).

    What was written is passed on when a second has passed between batches; with `sync`, when the batch ends. The stream
    is closed at the end only where `closes` names it.
    """

    def __init__(
        self,
        recording: RecordingFormat,
        stream: BinaryIO,
        header: RecordingHeader,
        *,
        masker: SecretMasker | None,
        flush_seconds: float = 1.0,
        sync: bool = False,
        is_essential: bool = False,
        name: str = "recording",
        closes: tuple[BinaryIO, ...] = (),
    ) -> None:
        module: Any = import_module(recording.writer)
        self._writer: Sink = module.write(stream, header)
        self.name = name
        self.interest: Interest = self._writer.interest
        self.is_essential = is_essential
        self.mark = ""
        """What a line of our own format would begin with; other formats tell connections apart by themselves."""
        self._stream = stream
        self._closes = closes
        """Streams to close at the end, in this order."""
        self._masker = masker
        self._flush_seconds = -1.0 if sync else flush_seconds
        self._flushed_at = float("-inf")

    def accept(self, batch: Batch) -> None:
        """Take a batch; OSError where the stream fails."""
        if self._masker is not None:
            batch = Batch(batch.at, self._masker.mask_all(batch.events))
        self._writer.accept(batch)
        if batch.at - self._flushed_at > self._flush_seconds:
            self._flushed_at = batch.at
            self._stream.flush()

    def close(self) -> None:
        """Finish the file and close what is ours; OSError where that fails."""
        try:
            self._writer.close()
            self._stream.flush()
        finally:
            streams, self._closes = self._closes, ()
            for stream in streams:
                stream.close()
