"""`convert`: a recording of one format becomes a file of another; what that has no place for is said."""

from __future__ import annotations

from itertools import groupby
from os.path import exists, samefile
from typing import Any

from wscli import __version__
from wscli.app.console import Console
from wscli.app.exit_status import ExitStatus
from wscli.app.outputs import RECORDED
from wscli.errors import EnvironmentProblem, UsageProblem
from wscli.events import Batch, Interest
from wscli.record import LINES
from wscli.record.header import Secrets
from wscli.record.losses import LossCounter
from wscli.record.reader import Recording, read_recording
from wscli.record.writer import open_recording, written_format
from wscli.text import count_text


def run_convert(values: dict[str, Any]) -> ExitStatus:
    """Write the recording into the other file; Problem where one of them fails."""
    console = Console(values["color"])
    source, target = values["file"], values["output"]
    if target != "-" and source != "-" and exists(target) and exists(source) and samefile(source, target):  # noqa: PTH110, PTH121  # names as given
        hint = "name another file"
        raise UsageProblem("convert/same", "OUT", target, "it is the recording that is read", hint=hint)
    losses = LossCounter(LINES if target == "-" else written_format(target))
    with read_recording(source, values["connection"], keylog=values["keylog"]) as recording:
        count = _copy(recording, target, values, losses)
        notes = list(recording.notes)
    if values["quiet"]:
        return ExitStatus.DONE
    for note in notes:
        console.note(f"recording `{source}`: {note}")
    for phrase, number in losses.lost():
        console.note(f"lost: {phrase} ({count_text(number, 'event')})")
    console.talk(f"converted: {count_text(count, 'event')} into `{target}`\n")
    return ExitStatus.DONE


def _copy(recording: Recording, target: str, values: dict[str, Any], losses: LossCounter) -> int:
    """Write the events of a recording into another; returns how many there are."""
    was_masked = recording.header.secrets is Secrets.MASKED
    header = recording.header.replace(tool=f"wscli {__version__}, from {recording.header.tool}")
    keeps = bool(values["keep_secrets"])
    writer = open_recording(target, header, interest=RECORDED | Interest.BYTES | Interest.PARTS, keep_secrets=keeps)
    count = 0
    try:
        try:
            for at, group in groupby(recording.iter_events(), key=lambda pair: pair[0]):
                batch = Batch(at, tuple(event for _, event in group))
                count += len(batch.events)
                losses.accept(batch)
                writer.accept(batch)
        finally:
            writer.close()
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        raise EnvironmentProblem(
            "recording/unwritable", "recording", target, reason, hint="make room, or choose another place"
        ) from None
    if was_masked and keeps:
        Console(values["color"]).note("the secrets were masked when it was recorded: they stay so")
    return count
