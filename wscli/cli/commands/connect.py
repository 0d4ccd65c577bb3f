"""`wscli connect`: open a connection, show everything, talk at a prompt."""

from __future__ import annotations

import os

from wscli.cli.command import TALK, Command, Values
from wscli.cli.options import CONNECTION, PAYLOAD_FORMATS, Argument, Kind, Option


def run(values: Values) -> int:
    """Connect and prompt; without a terminal to type at, do what `send` does with its standard input."""
    from wscli.cli.request import connection_settings, with_format

    values = with_format(values, *PAYLOAD_FORMATS)
    if values["json"] or not os.isatty(0):
        return _send(values)
    settings = connection_settings(values)
    from wscli.app.connect import run_connect

    return run_connect(settings, values)


def _send(values: Values) -> int:
    from wscli.cli.command import complete_values
    from wscli.cli.commands import load_command

    send = load_command("send")
    # The shorthands for the form of what is printed are settled; `send` has options of their names for what it reads.
    own = {"execute", "raw", *(option.name for option in PAYLOAD_FORMATS)}
    given = {name: value for name, value in values.items() if name not in own}
    return send.run(complete_values(send, {**given, "messages": (*values["execute"], "-")}))


COMMAND = Command(
    "connect",
    "Open a connection, show the handshake and every frame, and talk at a prompt",
    TALK,
    (Argument("url", "URL", "Where to connect: ws://, wss://, host:port/path, ws+unix:///path.sock:/resource"),),
    (
        Option("execute", ("-e", "--execute"), Kind.TEXTS, "Send this message first; repeat for more", "MESSAGE"),
        *CONNECTION,
        *PAYLOAD_FORMATS,
    ),
    (
        ("Talk to a server", "wscli connect ws://localhost:8080/chat"),
        ("Log in first, then stay", """wscli connect -e '{"op":"login"}' wss://example.com/feed"""),
        ("See what the upgrade request would be", "wscli connect --dry-run -s chat localhost:8080"),
    ),
    run,
)
