"""Showing a recording: as the session was shown live, at its own pace, faster or at once; or in numbers."""

from __future__ import annotations

import sys
import time
from typing import Any

from wscli.app.console import Console
from wscli.app.exit_status import ExitStatus
from wscli.app.outputs import Outputs
from wscli.app.replaying.batches import TURNS, iter_batches
from wscli.app.verdict import SIGNAL_STATUSES
from wscli.diagnose.diagnosis import Diagnosis
from wscli.engine.bus import Bus
from wscli.engine.signals import SignalWatch
from wscli.errors import EnvironmentProblem
from wscli.events import Batch, ProbeEnded, ProbeStarted, Side
from wscli.record.reader import Recording, read_recording
from wscli.render.context import BYTES, FRAMES
from wscli.render.progress import Progress
from wscli.render.transcript import Transcript
from wscli.render.views import QUIET
from wscli.selecting import EventTest, content_test, json_test, opcodes_named, pattern_test, side_test
from wscli.stats.report import summary_json, summary_lines
from wscli.stats.summary import Summary

NAP = 0.1
"""Seconds after which a wait looks for signals."""
SHOWN_EVERY = 4096
"""Events between two looks at the clock, for the bar."""


def show(values: dict[str, Any]) -> ExitStatus:
    """Show the recording, or its numbers."""
    console = Console(values["color"])
    tests = event_tests(values)
    with (
        read_recording(values["file"], values["connection"], keylog=values["keylog"]) as recording,
        SignalWatch() as watch,
    ):
        outputs = Outputs(console, watch, values, recording.header.url)
        summary = Summary() if values["summary"] else None
        if summary is not None:
            outputs.sinks = [summary]  # nothing else is wanted of each of a million events
        else:
            _add_screens(outputs, values, console)
        bus = Bus(outputs.sinks)
        try:
            _play(recording, bus, tests, values, watch)
        finally:
            bus.close(0.0)
            outputs.close()
        for note in recording.notes:
            console.note(f"recording `{recording.path}`: {note}")
    if summary is not None and not bus.failures:
        _say_summary(summary, values, console)
    return SIGNAL_STATUSES[watch.first] if watch.first in SIGNAL_STATUSES else _outcome(bus)


def event_tests(values: dict[str, Any]) -> tuple[EventTest, ...]:
    """Return the tests that an event must pass to be shown; UsageProblem where an option is wrong."""
    tests: list[EventTest] = []
    if values["only"] is not None:
        tests.append(side_test(Side.LOCAL if values["only"] == "sent" else Side.REMOTE))
    contents = [pattern_test("--match", text) for text in values["match"]]
    contents += [json_test(text) for text in values["where"]]
    opcodes = None if values["opcode"] is None else opcodes_named("--opcode", values["opcode"])
    if contents or opcodes is not None:
        tests.append(content_test(contents, opcodes))
    return tuple(tests)


def _add_screens(outputs: Outputs, values: dict[str, Any], console: Console) -> None:
    outputs.add_recordings()
    if values["output"] is not None or values["format"] is not None:
        outputs.add_payloads(None)
        outputs.add_transcript(values["verbose"])
    elif not values["json"]:
        level = QUIET if values["quiet"] else BYTES if values["verbose"] > 2 else FRAMES
        outputs.sinks.append(
            Transcript(
                _print,
                console.painter(1),
                level,
                width=console.width,
                wraps=console.is_output_terminal,
                name="output",
            )
        )


def _play(
    recording: Recording, bus: Bus, tests: tuple[EventTest, ...], values: dict[str, Any], watch: SignalWatch
) -> None:
    speed, begun = values["speed"], time.monotonic()
    paced = values["sync"] == "time" and speed is not None
    diagnoses = [Diagnosis(recording.header.url)]
    # A bar has no place among lines that scroll by: only where standard error shows nothing else.
    is_quiet = values["summary"] or not Console().is_output_terminal
    has_bar = is_quiet and not paced and Console().is_talk_terminal
    with Progress("reading", is_terminal=has_bar, begun=begun) as progress:
        unseen = 0
        for recorded in iter_batches(recording):
            _turn(recorded, diagnoses)
            batch = diagnoses[-1].annotate(recorded)
            if bus.failures or watch.take():
                return
            unseen += len(recorded.events)
            if has_bar and unseen >= SHOWN_EVERY:
                unseen = 0
                progress.show(recording.fraction_read(), time.monotonic())
            if paced and not _wait_until(begun + batch.at / speed, watch):
                return
            events = batch.events
            for test in tests:
                events = tuple([event for event in events if test(event)])
            if events:
                bus.publish(batch if events is batch.events else Batch(batch.at, events))


def _wait_until(moment: float, watch: SignalWatch) -> bool:
    """Wait for a moment of the clock; returns False where a signal came first."""
    while (rest := moment - time.monotonic()) > 0:
        time.sleep(min(rest, NAP))
        if watch.take():
            return False
    return True


def _turn(batch: Batch, diagnoses: list[Diagnosis]) -> None:
    """Judge each probe of a recorded diagnosis by itself: one may lie inside another."""
    if type(batch.events[0]) not in TURNS:  # they come in batches of their own
        return
    for event in batch.events:
        if isinstance(event, ProbeStarted):
            diagnoses.append(Diagnosis(event.url))
        elif isinstance(event, ProbeEnded) and len(diagnoses) > 1:
            diagnoses.pop()


def _say_summary(summary: Summary, values: dict[str, Any], console: Console) -> None:
    if values["json"]:
        from json import dumps

        _say(f"{dumps(summary_json(summary))}\n")
    else:
        _say("".join(f"{line}\n" for line in summary_lines(summary, console.width())))


def _say(text: str) -> None:
    try:
        _print(text)
    except BrokenPipeError:
        sys.stdout = None  # nobody reads on, and nothing is to be flushed at the end
    except OSError as error:
        raise EnvironmentProblem("output/failed", "output", None, error.strerror or str(error)) from error


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
