"""`wscli listen`: receive until told to stop."""

from __future__ import annotations

from wscli.cli.command import TALK, Command, Values
from wscli.cli.options import CONNECTION, PAYLOAD_FORMATS, Argument, Kind, Option


def run(values: Values) -> int:
    """Connect and print what arrives."""
    from wscli.cli.request import connection_settings, with_format

    settings, values = connection_settings(values), with_format(values, *PAYLOAD_FORMATS)
    from wscli.app.listen import run_listen

    return run_listen(settings, values)


COMMAND = Command(
    "listen",
    "Receive only: print what arrives until told to stop",
    TALK,
    (Argument("url", "URL", "Where to connect: ws://, wss://, host:port/path, ws+unix:///path.sock:/resource"),),
    (
        Option("count", ("-n", "--count"), Kind.NUMBER, "Stop after this many messages", "N"),
        Option("duration", ("--for",), Kind.SECONDS, "Stop after this time, counted from the open connection", "TIME"),
        Option("until", ("--until",), Kind.TEXT, "Stop after the first message that matches", "REGEX"),
        Option("send", ("--send",), Kind.TEXTS, "Send this message first, to subscribe; repeat for more", "MESSAGE"),
        Option("echo", ("--echo",), Kind.FLAG, "Send each message back"),
        Option("timestamps", ("--timestamps",), Kind.FLAG, "Print the time of arrival before each message"),
        *CONNECTION,
        *PAYLOAD_FORMATS,
    ),
    (
        ("Print the next three messages", "wscli listen -n 3 wss://example.com/feed"),
        (
            "Subscribe, then collect for a minute",
            """wscli listen --send '{"op":"subscribe"}' --for 1m wss://example.com/feed""",
        ),
        ("Keep binary messages apart in a pipe", "wscli listen --length-prefixed localhost:9000 | ./decode"),
        ("Record the session while printing it", "wscli listen --record feed.jsonl wss://example.com/feed"),
    ),
    run,
)
