"""What a session is shown to: payloads, transcript, JSON, recording, verdict; made from the options of a command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wscli import __version__
from wscli.app.console import Console, descriptor_writer, wall_clock_text
from wscli.app.verdict import VerdictSink
from wscli.engine.signals import SignalWatch
from wscli.errors import UsageProblem, file_problem
from wscli.events import Event, Interest, Sink
from wscli.render.payloads import PayloadFormat, PayloadWriter
from wscli.render.transcript import Transcript
from wscli.render.views import QUIET

if TYPE_CHECKING:
    from wscli.record.writer import RecordingWriter

Admits = Callable[[Event], bool]
RECORDED = Interest.FRAMES | Interest.MESSAGES
"""What a recording keeps: every frame bit for bit, and the messages for those who read it with jq."""


class Outputs:
    """The sinks of one session, and what has to be closed after it."""

    def __init__(self, console: Console, watch: SignalWatch, values: dict[str, Any], url: str) -> None:
        self.console = console
        self.verdict = VerdictSink()
        self.sinks: list[Sink] = [self.verdict]
        self.recordings: list[RecordingWriter] = []
        """Those of the sinks that write events as lines of JSON."""
        self._watch = watch
        self._values = values
        self._url = url
        self.is_watched = False
        """Whether standard output is a pipe or file whose end ends the session."""
        self._output: int | None = None

    def add_payloads(self, admits: Admits | None) -> None:
        """Add the output of payloads: to the file asked for, else to standard output where no JSON goes there."""
        values = self._values
        path = values["output"]
        if path is None and values["json"]:
            return
        descriptor = 1 if path is None or path == "-" else self._open(path)
        chosen = PayloadFormat(values["format"] or "lines")
        is_terminal = descriptor == 1 and self.console.is_output_terminal
        if is_terminal and chosen is PayloadFormat.LENGTH_PREFIXED:
            reason, hint = (
                "lengths are bytes that no terminal can show",
                "redirect it to a file or a pipe, or use --hex",
            )
            raise UsageProblem("output/terminal", "output", None, reason, hint=hint)
        self.is_watched = descriptor == 1 and not is_terminal
        self.sinks.append(
            PayloadWriter(
                descriptor_writer(descriptor, self._watch),
                chosen,
                is_terminal=is_terminal,
                admits=admits,
                note=self.console.note,
                timestamp=self._timestamp if values.get("timestamps") else None,
            )
        )

    def _timestamp(self, at: float) -> str:
        return wall_clock_text(self.console.started + at)

    def _open(self, path: str) -> int:
        try:
            self._output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        except (OSError, ValueError) as error:
            raise file_problem("output/file", "output file", path, error) from error
        return self._output

    def add_transcript(self, level: int) -> None:
        """Add the transcript on standard error."""
        level = QUIET if self._values["quiet"] else level
        console = self.console
        self.sinks.append(
            Transcript(
                console.talk,
                console.painter(2),
                level,
                width=console.width,
                exit_status=lambda: int(self.verdict.status),
            )
        )

    def add_recordings(self) -> None:
        """Add the recording file and the JSON on standard output, as asked for."""
        values = self._values
        if not (values["json"] or values["record"]):
            return
        from wscli.record.header import RecordingHeader
        from wscli.record.writer import RecordingWriter, open_recording

        header = RecordingHeader(
            tool=f"wscli {__version__}", started=self.console.started_text(), command=_command(), url=self._url
        )
        interest = RECORDED | (Interest.BYTES if values["verbose"] > 2 else Interest.NOTHING)
        keep = bool(values["keep_secrets"])
        if values["json"]:
            writer = RecordingWriter(
                _DescriptorStream(descriptor_writer(1, self._watch)),  # type: ignore[arg-type]  # write and flush are all it asks for
                header,
                interest=interest,
                keep_secrets=keep,
                sync=True,  # who pipes events on wants them now
                is_essential=True,
                name="output",
            )
            self.recordings.append(writer)
            self.is_watched = not self.console.is_output_terminal
        if values["record"]:
            sync = bool(values["record_sync"])
            self.recordings.append(
                open_recording(values["record"], header, interest=interest, keep_secrets=keep, sync=sync)
            )
        self.sinks += self.recordings

    def close(self) -> None:
        """Close the output file; OSError where its last bytes do not fit."""
        if self._output is not None:
            descriptor, self._output = self._output, None
            os.close(descriptor)


class _DescriptorStream:
    """A binary stream over a writer, unbuffered."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = write

    def flush(self) -> None:
        """Nothing is held."""


def _command() -> str:
    """Return the command line as it was typed, for the header of a recording."""
    from shlex import join

    return join(["wscli", *sys.argv[1:]])
