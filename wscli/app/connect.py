"""`connect`: the handshake and every frame on the screen, and a prompt to talk at."""

from __future__ import annotations

import os
from typing import Any

from wscli.app.console import Console
from wscli.app.exit_status import ExitStatus
from wscli.app.outputs import Outputs
from wscli.app.pipeline import print_request, settle
from wscli.app.talking import run_loop, say, talk
from wscli.diagnose.diagnosis import Diagnosis
from wscli.engine.bus import Bus
from wscli.engine.jobs.talk import TalkJob
from wscli.engine.session import Session
from wscli.engine.signals import SignalWatch
from wscli.net.dial import layers_for
from wscli.protocol.client import ClientConnection, preflight_requests
from wscli.render.context import BYTES, FRAMES
from wscli.render.transcript import Transcript
from wscli.render.views import QUIET
from wscli.settings import ConnectionSettings


def run_connect(settings: ConnectionSettings, values: dict[str, Any]) -> ExitStatus:
    """Connect and talk at a prompt; standard input is a terminal."""
    if values["dry_run"]:
        return print_request(settings)
    console = Console(values["color"])
    outputs = Outputs(console, SignalWatch(), values, settings.url.text)
    outputs.add_recordings()
    if values["output"] is not None:
        outputs.add_payloads(None)
    level = QUIET if values["quiet"] else BYTES if values["verbose"] > 2 else FRAMES
    verdict = outputs.verdict
    painter = console.painter(1)
    outputs.sinks.append(Transcript(say, painter, level, width=console.width, exit_status=lambda: int(verdict.status)))
    job = TalkJob([message.encode("utf-8", "surrogateescape") for message in values["execute"]])
    bus = Bus(outputs.sinks)
    session = Session(
        settings,
        ClientConnection(settings, os.urandom, bus.interest | job.interest),
        layers_for(settings, preflight_requests(settings)),
        bus,
        job,
        annotate=Diagnosis(settings.url.text).annotate,
    )
    try:
        run_loop(talk(session, with_prompt=True))
    finally:
        bus.close(0.0)
        outputs.close()
    return settle(outputs, bus, job)
