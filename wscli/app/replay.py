"""`replay`: show a recording, or send it again and say what differed."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from wscli.app.console import Console
from wscli.app.exit_status import ExitStatus
from wscli.app.outputs import Outputs
from wscli.app.pipeline import print_request, run_pipeline
from wscli.diagnose.diagnosis import Diagnosis
from wscli.engine.bus import Bus
from wscli.engine.jobs.comparing import Comparer, Comparison, Received, Verdict
from wscli.engine.jobs.replay import Pace, RecordedMessage, ReplayJob, ReplayPlan
from wscli.engine.signals import SignalWatch
from wscli.errors import EnvironmentProblem, UsageProblem
from wscli.events import (
    JUDGEMENTS,
    Batch,
    BytesReceived,
    BytesSent,
    Event,
    FrameReceived,
    FrameSent,
    MessagePart,
    MessageReceived,
    MessageSent,
    Opened,
    ProbeEnded,
    ProbeStarted,
    SessionEnded,
    Side,
)
from wscli.record.reader import Recording, read_recording
from wscli.render.context import BYTES, FRAMES
from wscli.render.transcript import Transcript
from wscli.render.views import QUIET
from wscli.settings import ConnectionSettings
from wscli.text import count_text, elide, visible_bytes

_OF_SENT = (FrameSent, MessageSent, BytesSent)
_OF_RECEIVED = (FrameReceived, MessageReceived, MessagePart, BytesReceived)
_TURNS = (ProbeStarted, ProbeEnded)
SHOWN = 200
"""Characters of a message that a report shows."""


def run_replay(settings: ConnectionSettings | None, values: dict[str, Any]) -> ExitStatus:
    """Show the recording where there is no URL, else send it again and compare."""
    if settings is None:
        return _show(values)
    if values["dry_run"]:
        return print_request(settings)
    return _send_again(settings, values)


# --- Showing ---------------------------------------------------------------------------------------------------------
def iter_batches(recording: Recording) -> Iterator[Batch]:
    """Yield the recording's events, those of one moment together."""
    # What is about one connection is not mixed with what is about another.
    for (at, _), group in groupby(recording.iter_events(), key=lambda pair: (pair[0], isinstance(pair[1], _TURNS))):
        # What was judged when it was recorded gives way to what the rules say today.
        events = tuple(event for _, event in group if not isinstance(event, JUDGEMENTS))
        if events:
            yield Batch(at, events)


def _show(values: dict[str, Any]) -> ExitStatus:
    console = Console(values["color"])
    with read_recording(values["file"]) as recording, SignalWatch() as watch:
        outputs = Outputs(console, watch, values, recording.header.url)
        outputs.add_recordings()
        if values["output"] is not None or values["format"] is not None:
            outputs.add_payloads(None)
            outputs.add_transcript(values["verbose"])
        elif not values["json"]:
            level = QUIET if values["quiet"] else BYTES if values["verbose"] > 2 else FRAMES
            outputs.sinks.append(Transcript(_print, console.painter(1), level, width=console.width, name="output"))
        bus = Bus(outputs.sinks)
        try:
            _play(recording, bus, values, watch)
        finally:
            bus.close(0.0)
            outputs.close()
        _show_notes(recording, console)
    return _outcome(bus)


def _show_notes(recording: Recording, console: Console) -> None:
    for note in recording.notes:
        console.note(f"recording `{recording.path}`: {note}")


def _play(recording: Recording, bus: Bus, values: dict[str, Any], watch: SignalWatch) -> None:
    speed, begun = values["speed"], time.monotonic()
    paced = values["sync"] == "time" and speed is not None
    diagnoses = [Diagnosis(recording.header.url)]
    for recorded in iter_batches(recording):
        _turn(recorded, diagnoses)
        batch = diagnoses[-1].annotate(recorded)
        if bus.failures or watch.take():
            return
        if paced:
            time.sleep(max(0.0, batch.at / speed - (time.monotonic() - begun)))
        events = tuple(event for event in batch.events if _is_wanted(event, values["only"]))
        if events:
            bus.publish(Batch(batch.at, events))


def _turn(batch: Batch, diagnoses: list[Diagnosis]) -> None:
    """Judge each probe of a recorded diagnosis by itself: one may lie inside another."""
    for event in batch.events:
        if isinstance(event, ProbeStarted):
            diagnoses.append(Diagnosis(event.url))
        elif isinstance(event, ProbeEnded) and len(diagnoses) > 1:
            diagnoses.pop()


def _is_wanted(event: Event, only: str | None) -> bool:
    if only is None:
        return True
    return not isinstance(event, _OF_RECEIVED if only == "sent" else _OF_SENT)


def _outcome(bus: Bus) -> ExitStatus:
    for _, error in bus.failures:
        if isinstance(error, BrokenPipeError):
            return ExitStatus.DONE
        if isinstance(error, OSError):
            raise EnvironmentProblem("output/failed", "output", None, error.strerror or str(error))
        raise error
    return ExitStatus.DONE


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


# --- Sending again ---------------------------------------------------------------------------------------------------
def recorded_messages(recording: Recording) -> tuple[RecordedMessage, ...]:
    """Return the messages of a recording, timed from its open connection; several connections follow each other."""
    messages: list[RecordedMessage] = []
    opened = 0.0
    for at, event in recording.iter_events():
        if isinstance(event, Opened):
            opened = at
        elif isinstance(event, MessageSent):
            messages.append(RecordedMessage(at - opened, Side.LOCAL, event.kind, event.payload))
        elif isinstance(event, MessageReceived):
            messages.append(RecordedMessage(at - opened, Side.REMOTE, event.kind, event.payload))
        elif isinstance(event, SessionEnded) and messages:
            break  # one session is one connection; what a file holds beyond it is another one
    return tuple(messages)


def comparer_of(ignored: tuple[str, ...]) -> Comparer:
    """Return the comparer for `--ignore`: with a slash in front a JSON path, anything else a regular expression."""
    import re

    for pattern in ignored:
        try:
            re.compile(pattern)
        except re.error as error:
            hint = "a sign that stands for itself has a backslash before it"
            raise UsageProblem("pattern/form", "--ignore", pattern, str(error), hint=hint) from error
    paths = [pattern for pattern in ignored if pattern.startswith("/")]
    return Comparer(paths, [pattern for pattern in ignored if not pattern.startswith("/")])


def _send_again(settings: ConnectionSettings, values: dict[str, Any]) -> ExitStatus:
    console = Console(values["color"])
    with read_recording(values["file"]) as recording:
        messages = recorded_messages(recording)
        _show_notes(recording, console)
    comparer = comparer_of(values["ignore"])
    plan = ReplayPlan(messages, Pace(values["sync"]), values["speed"])
    status = ExitStatus.DONE
    for _ in range(max(values["loop"], 1)):
        job = ReplayJob(plan, comparer)
        status = run_pipeline(settings, job, _without_payloads(values))
        if status is not ExitStatus.DONE:
            return status
        if _report(job.comparisons, console, is_quiet=values["quiet"] or values["json"]):
            status = ExitStatus.EXPECTATION_MISSED
    return status


def _without_payloads(values: dict[str, Any]) -> dict[str, Any]:
    """Lead the received payloads nowhere unless a file was named: the report is the output."""
    import os

    return (
        values if values["output"] is not None or values["json"] else {**values, "output": os.devnull, "format": "raw"}
    )


def _report(comparisons: tuple[Comparison, ...], console: Console, *, is_quiet: bool) -> bool:
    """Print what differed and the sums; returns whether anything did."""
    counts = {verdict: sum(1 for one in comparisons if one.verdict is verdict) for verdict in Verdict}
    if not is_quiet:
        for comparison in comparisons:
            if comparison.verdict is not Verdict.SAME:
                _print(_difference(comparison))
    is_different = len(comparisons) != counts[Verdict.SAME]
    if is_different or not is_quiet:
        sums = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items())
        console.talk(f"replayed: {count_text(len(comparisons), 'reply', 'replies')}, {sums}\n")
    return is_different


def _difference(comparison: Comparison) -> str:
    lines = [f"reply {comparison.number}: {comparison.verdict.value}"]
    for name, received in (("recorded", comparison.expected), ("received", comparison.actual)):
        if received is not None:
            lines.append(f"  {name}  {_shown(received)}")
    return "\n".join(lines) + "\n"


def _shown(received: Received) -> str:
    return elide(visible_bytes(received.payload[: 4 * SHOWN]), SHOWN)
