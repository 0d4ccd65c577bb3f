"""Commands about the session itself: connect anew, settings, files, notes, help, and the end."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wscli import __version__
from wscli.errors import UsageProblem, file_problem
from wscli.events import Batch, MessageSent
from wscli.protocol.step import SendClose, SendMessage
from wscli.render.columns import columns
from wscli.render.style import Line
from wscli.repl.changes import changed_settings
from wscli.repl.commands.command import SESSION, PromptCommand
from wscli.repl.commands.looking import show_variables
from wscli.repl.commands.sending import read_file
from wscli.repl.desk import RECORDING, Desk
from wscli.repl.grammar import Call, Completes, Option, Rest, Usage, Word
from wscli.repl.script_text import script_text
from wscli.repl.templates import as_bytes
from wscli.text import count_text, size_text, visible
from wscli.values import Value

if TYPE_CHECKING:
    from wscli.record.header import RecordingHeader


# --- Connecting -------------------------------------------------------------------------------------------------------
async def reconnect(desk: Desk, call: Call) -> None:
    """End what is there and connect anew, with what was changed."""
    await desk.link.reconnect(changed_settings(desk.link.settings, call))


def quit_session(desk: Desk, _call: Call) -> None:
    """Close and leave."""
    desk.wants_to_leave = True
    if desk.link.is_open:
        desk.send(SendClose(1000))


# --- Settings and variables -------------------------------------------------------------------------------------------
def set_value(desk: Desk, call: Call) -> None:
    """Change a setting, or make a variable; without a name show them all."""
    name, value = call.words.get("name"), call.rest
    if name is None:
        desk.show([line for one in SETTINGS for line in _setting_lines(desk, one)])
        show_variables(desk)
    elif name in SETTINGS:
        setting = SETTINGS[name]
        if value not in setting.values:
            reason = f"it is {' or '.join(setting.values)}"
            raise UsageProblem("prompt/set", f"/set {name}", value or None, reason)
        setattr(desk.choices, setting.attribute, value == setting.values[1])
    elif not name.replace("_", "").replace("-", "").isalnum():
        raise UsageProblem("prompt/set", "variable", name, "a name has letters, digits, - and _ only")
    elif value:
        desk.templates.variables[name] = desk.templates.fill(value)
    else:
        desk.templates.variables.pop(name, None)


class Setting(Value):
    """What `/set` changes beside variables."""

    about: str
    values: tuple[str, str]
    """What it may be: off, on."""
    attribute: str
    """The choice that it is."""


SETTINGS = {
    "control": Setting("whether Ping and Pong are shown", ("shown", "folded"), "folds_control"),
    "preview": Setting("whether a message with templates is shown filled in", ("off", "on"), "previews"),
    "keys": Setting("how the line is edited", ("emacs", "vi"), "uses_vi"),
    "multiline": Setting("whether Enter begins a new line, and Alt-Enter sends", ("off", "on"), "is_multiline"),
}


def _setting_lines(desk: Desk, name: str) -> list[Line]:
    setting = SETTINGS[name]
    value = setting.values[getattr(desk.choices, setting.attribute)]
    about = f"{setting.about} ({' or '.join(setting.values)})"
    return columns((("name", f"  {name:<9} {value:<6}  "),), "plain", about, desk.width())


# --- Files ------------------------------------------------------------------------------------------------------------
def record(desk: Desk, call: Call) -> None:
    """Begin to keep the session in a file, with the handshake that was; `off` ends it."""
    from wscli.record.writer import open_recording

    if call.rest == "off":
        _end_recording(desk)
        return
    if desk.recording is not None:
        reason, hint = f"{desk.recording[0]} is being written", "/record off ends it"
        raise UsageProblem("prompt/record", "/record", call.rest, reason, hint=hint)
    path = str(Path(call.rest).expanduser())
    _refuse_present(path, call, "/record")
    sink = open_recording(
        path,
        _recording_header(desk),
        interest=desk.store.interest,
        keep_secrets=call.flag("keep-secrets"),
        name=RECORDING,
    )
    try:
        desk.link.attach(sink, (Batch(at, (event,)) for at, event in desk.store.handshake))
    except OSError as error:
        with suppress(OSError):  # said by the one that is reported
            sink.close()
        raise file_problem("prompt/record", "recording", path, error) from error
    desk.recording = (path, sink)
    desk.note(f"recording to {visible(path)}; /record off ends it")


def _end_recording(desk: Desk) -> None:
    if desk.recording is None:
        raise UsageProblem("prompt/record", "/record", "off", "nothing is being recorded")
    (path, sink), desk.recording = desk.recording, None
    desk.link.release(sink)
    try:
        sink.close()
    except OSError as error:
        raise file_problem("prompt/record", "recording", path, error) from error
    desk.note(f"{visible(path)} is written")


def _recording_header(desk: Desk) -> RecordingHeader:
    from wscli.record.header import RecordingHeader

    started, url = desk.link.started_text(), desk.link.settings.url.text
    return RecordingHeader(tool=f"wscli {__version__}", started=started, command="wscli connect", url=url)


def _refuse_present(path: str, call: Call, subject: str) -> None:
    if os.path.exists(path) and not call.flag("force"):  # noqa: PTH110 - true for what pathlib cannot look at, too
        raise UsageProblem("prompt/save", "file", path, "it is there already", hint=f"{subject} --force writes over it")


def save(desk: Desk, call: Call) -> None:
    """Write something of the session to a file that nobody else can read."""
    path = str(Path(call.rest).expanduser())
    _refuse_present(path, call, "/save")
    if call.words["what"] == "session":
        _save_session(desk, path, keep_secrets=call.flag("keep-secrets"))
        said = f"what is kept of {count_text(desk.store.last_number, 'frame')}"
    else:
        data, said = SAVED[call.words["what"]](desk)
        try:
            with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(data)
        except (OSError, ValueError) as error:
            raise file_problem("prompt/save", "file", path, error) from error
    desk.note(f"{said} saved to {visible(path)}")


def _save_session(desk: Desk, path: str, *, keep_secrets: bool) -> None:
    from wscli.record.writer import open_recording

    store = desk.store
    sink = open_recording(path, _recording_header(desk), interest=store.interest, keep_secrets=keep_secrets)
    try:
        with closing(sink):
            for batch in store.batches():
                sink.accept(batch)
    except OSError as error:
        raise file_problem("prompt/save", "file", path, error) from error


def _message(desk: Desk) -> tuple[bytes, str]:
    newest = next(desk.store.messages(), None)
    if newest is None:
        raise UsageProblem("prompt/save", "/save", "message", "no message went by yet")
    return newest.payload, f"the last message ({size_text(len(newest.payload))})"


def _messages(desk: Desk) -> tuple[bytes, str]:
    kept = list(desk.store.messages())[::-1]
    return b"".join(one.payload + b"\n" for one in kept), count_text(len(kept), "message")


def _typed(desk: Desk) -> tuple[bytes, str]:
    head = f"# typed at {visible(desk.link.settings.url.text)}; wscli connect --script runs it again\n"
    return as_bytes(head + script_text(desk.typed)), count_text(len(desk.typed), "line")


SAVED: dict[str, Callable[[Desk], tuple[bytes, str]]] = {
    "typed": _typed,
    "messages": _messages,
    "message": _message,
}
"""What `/save` writes beside the whole session."""


async def replay(desk: Desk, call: Call) -> None:
    """Send the messages that a recording sent, at their pace."""
    import asyncio

    from wscli.record.reader import read_recording

    speed = _speed(call.value("speed"))
    count, begun, first = 0, desk.link.now(), None
    with read_recording(call.rest) as recording:
        for at, event in recording.iter_events():
            if not isinstance(event, MessageSent):
                continue
            first = at if first is None else first
            if speed is not None:
                await asyncio.sleep(max(0.0, begun + (at - first) / speed - desk.link.now()))
            desk.send(SendMessage(event.kind, event.payload))
            await desk.link.writable()
            count += 1
        notes = tuple(recording.notes)
    desk.note(f"{count_text(count, 'message')} of {visible(call.rest)} sent")
    for one in notes:
        desk.note(visible(one))


def _speed(text: str | None) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text or "1")
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise UsageProblem("prompt/speed", "--speed", text, "it is no positive number", hint="write 2, 0.5 or max")
    return speed


async def source(desk: Desk, call: Call) -> None:
    """Carry out the lines of a file, as if they were typed."""
    from wscli.repl.script import run_script  # it knows the commands

    await run_script(desk, read_file(call.rest), call.rest)


# --- Words ------------------------------------------------------------------------------------------------------------
def note(desk: Desk, call: Call) -> None:
    """Write something down, into the recording too."""
    desk.take_note(call.rest)


INTRODUCTION = (
    "A line is sent as a text message; // at its beginning sends one slash. A blank at its beginning keeps it out of "
    "the history. {{uuid}} {{now}} {{counter}} {{env:NAME}} {{last.PATH}} and variables of /set are filled in."
)
KEYS = (
    "Alt-Enter sends, also inside brackets; Tab completes, Ctrl-R searches, Ctrl-X Ctrl-E opens $EDITOR, Ctrl-C drops "
    "the line or stops what is under way, Ctrl-D closes and leaves."
)


def show_help(desk: Desk, call: Call) -> None:
    """Show the list of commands, or the help of one."""
    from wscli.repl.commands import COMMANDS, find_command  # they hold this one

    width = desk.width()
    name = call.rest.lstrip("/")
    if name:
        desk.show(help_lines(find_command(name), width))
        return
    lines = columns((), "plain", INTRODUCTION, width)
    group = ""
    room = max(len(command.name) for command in COMMANDS) + 5
    for command in COMMANDS:
        if command.group != group:
            group = command.group
            lines.append((("title", group),))
        lines += columns((("name", f"  /{command.name:<{room - 4}} "),), "plain", command.summary, width)
    lines += columns((), "title", "Keys", width)
    lines += columns((), "plain", KEYS, width)
    lines += columns((), "dim", "/help COMMAND shows its options and examples", width)
    desk.show(lines)


def help_lines(command: PromptCommand, width: int) -> list[Line]:
    """Return the help of one command."""
    lines = [
        *columns((), "title", command.usage.text, width),
        *columns((("plain", "  "),), "plain", command.summary, width),
    ]
    shown = [(f"--{one.name}{' ' + one.metavar if one.metavar else ''}", one.summary) for one in command.usage.options]
    shown += [(one.metavar, f"is one of {', '.join(one.choices)}") for one in command.usage.words if one.choices]
    room = max((len(flag) for flag, _ in shown), default=0)
    for flag, summary in shown:
        lines += columns((("name", f"  {flag:<{room}}  "),), "plain", summary, width)
    if command.more:
        lines += columns((("plain", "  "),), "plain", command.more, width)
    return [*lines, *((("dim", f"  {example}"),) for example in command.examples)]


COMMANDS: tuple[PromptCommand, ...] = (
    PromptCommand(
        Usage(
            "reconnect",
            options=(
                Option("header", "add, replace or remove a header", "'NAME: VALUE'", is_repeated=True),
                Option("subprotocol", "offer these instead; '' offers none", "NAME[,NAME…]"),
                Option("deflate", "offer permessage-deflate"),
                Option("no-deflate", "offer no compression"),
                Option("origin", "send this Origin", "ORIGIN"),
            ),
            rest=Rest("URL", is_optional=True),
        ),
        SESSION,
        "connect again, with what is changed here",
        reconnect,
        ("/reconnect", "/reconnect --header 'X-Debug: 1' --no-deflate", "/reconnect ws://localhost:8081/other"),
    ),
    PromptCommand(
        Usage(
            "set",
            (Word("name", "NAME", is_optional=True, completes=Completes.SETTINGS),),
            rest=Rest("VALUE", is_optional=True),
        ),
        SESSION,
        "make a variable for templates, or change a setting; alone it lists them",
        set_value,
        ("/set room lobby", "/set token {{last.token}}", "/set control folded"),
    ),
    PromptCommand(
        Usage(
            "record",
            options=(
                Option("keep-secrets", "leave credentials in it"),
                Option("force", "write over a file that is there"),
            ),
            rest=Rest("FILE|off", completes=Completes.FILES),
        ),
        SESSION,
        "keep the session in a file from now on, the handshake included",
        record,
        ("/record session.jsonl", "/record off"),
    ),
    PromptCommand(
        Usage(
            "save",
            (Word("what", "WHAT", choices=("session", *SAVED)),),
            (
                Option("force", "write over a file that is there"),
                Option("keep-secrets", "leave credentials in the session"),
            ),
            Rest("FILE", completes=Completes.FILES),
        ),
        SESSION,
        "save the session as a recording, the lines typed, the messages, or the last one",
        save,
        ("/save session trouble.jsonl", "/save typed login.txt", "/save message picture.png"),
    ),
    PromptCommand(
        Usage(
            "replay",
            options=(Option("speed", "how much faster than recorded, or max", "X"),),
            rest=Rest("FILE", completes=Completes.FILES),
        ),
        SESSION,
        "send again what a recording sent",
        replay,
        ("/replay session.jsonl", "/replay --speed max session.jsonl"),
    ),
    PromptCommand(
        Usage("source", rest=Rest("FILE", completes=Completes.FILES)),
        SESSION,
        "carry out the lines of a file",
        source,
        ("/source login.txt",),
    ),
    PromptCommand(Usage("note", rest=Rest("TEXT")), SESSION, "write something down, into the recording too", note),
    PromptCommand(
        Usage("help", rest=Rest("COMMAND", is_optional=True, completes=Completes.COMMANDS)),
        SESSION,
        "show this list, or one command's options and examples",
        show_help,
        ("/help ping",),
    ),
    PromptCommand(Usage("quit"), SESSION, "close with 1000 and leave (also Ctrl-D)", quit_session),
)
