"""`connect`: the handshake and every frame on the screen, and a prompt to talk at, or a script of its lines."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any

from wscli.app.console import Console
from wscli.app.conversation import Conversation
from wscli.app.exit_status import ExitStatus
from wscli.app.outputs import Outputs
from wscli.app.pipeline import print_request
from wscli.engine.jobs.talk import TalkJob
from wscli.engine.signals import SignalWatch
from wscli.errors import Problem
from wscli.render.context import BYTES, FRAMES
from wscli.render.views import QUIET
from wscli.repl.desk import Desk
from wscli.settings import ConnectionSettings
from wscli.text import visible

Beside = Callable[[Desk], Coroutine[Any, Any, None]]


def run_connect(settings: ConnectionSettings, values: dict[str, Any]) -> ExitStatus:
    """Connect and talk at a prompt, or carry out a script; Problem where a line of it cannot be carried out."""
    if values["dry_run"]:
        return print_request(settings)
    console = Console(values["color"])
    outputs = Outputs(console, SignalWatch(), values, settings.url.text)
    outputs.add_recordings()
    if values["output"] is not None:
        outputs.add_payloads(None)
    level = QUIET if values["quiet"] else BYTES if values["verbose"] > 2 else FRAMES
    first = [message.encode("utf-8", "surrogateescape") for message in values["execute"]]
    jobs = iter((TalkJob(first),))
    # What is said first is said once, and not again by a connection that comes after it.
    conversation = Conversation(settings, outputs, level, lambda: next(jobs, None) or TalkJob())
    script = values.get("script")
    problems: list[Problem] = []
    beside = with_prompt(conversation, console) if script is None else _with_script(script, problems.append)
    try:
        asyncio.run(conversation.run(beside))
    finally:
        status = conversation.settle()
    return _status_of_script(status, problems[0], console) if problems else status


def _with_script(path: str, tell: Callable[[Problem], None]) -> Beside:
    """Return what carries out a script, and tells why it could not go on."""
    from wscli.repl.commands.sending import read_file
    from wscli.repl.script import run_script

    data = read_file(path)

    async def script(desk: Desk) -> None:
        try:
            await run_script(desk, data, path)
        except Problem as problem:
            tell(problem)

    return script


def _status_of_script(status: ExitStatus, problem: Problem, console: Console) -> ExitStatus:
    """Return the status where a line could not be done; a session that failed, too, has the last word."""
    from wscli.repl.commands.sending import Missed

    if status is ExitStatus.DONE and not isinstance(problem, Missed):
        raise problem
    console.note(str(problem))
    return ExitStatus.EXPECTATION_MISSED if status is ExitStatus.DONE else status


def with_prompt(conversation: Conversation, console: Console) -> Beside:
    """Return what reads lines at a prompt; its modules are loaded once the connection is open."""

    async def prompt(desk: Desk) -> None:
        # Importing these takes 100 ms. In front of the handshake they would be waited for; beside it, what arrives
        # would look late, and so it is done in a thread, which leaves the loop its turns.
        await asyncio.to_thread(import_module, "wscli.repl.prompt")
        from wscli.repl.history import history_path, open_history
        from wscli.repl.prompt import Prompt
        from wscli.repl.summary import toolbar

        def line_below() -> str:
            url = desk.link.settings.url
            recording = None if desk.recording is None else desk.recording[0]
            return toolbar(desk.store, visible(url.text), desk.link.now(), console.width(), recording)

        url = conversation.settings.url
        history = open_history(history_path(os.environ, url.host, url.port))
        await Prompt(desk, history, line_below, colour=console.is_coloured).run()

    return prompt
