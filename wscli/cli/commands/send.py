"""`wscli send`: send messages, wait for the replies that are asked for, leave with a status that means something."""

from __future__ import annotations

from wscli.cli.command import TALK, Command, Values
from wscli.cli.options import CONNECTION, Argument, Kind, Option

_MESSAGES = "Messages"
_REPLIES = "Replies"


def run(values: Values) -> int:
    """Connect, send, wait, close."""
    from wscli.cli.request import connection_settings, refuse_together, with_format

    settings, values = connection_settings(values), with_format(values)
    for group in (("text", "binary"), ("hex", "base64"), ("nul", "whole", "length_prefixed"), ("one", "expect")):
        refuse_together(COMMAND.options, values, *group)
    refuse_together(COMMAND.options, values, "no_wait", "one")
    refuse_together(COMMAND.options, values, "no_wait", "expect")
    refuse_together(COMMAND.options, values, "no_wait", "until")
    from wscli.app.send import run_send

    return run_send(settings, values)


COMMAND = Command(
    "send",
    "Send messages, print the replies, and leave with a telling exit status",
    TALK,
    (
        Argument("url", "URL", "Where to connect: ws://, wss://, host:port/path, ws+unix:///path.sock:/resource"),
        Argument(
            "messages",
            "MESSAGE",
            "What to send, one message each; `-` or none at all reads standard input",
            is_optional=True,
            is_repeated=True,
        ),
    ),
    (
        Option("text", ("-t", "--text"), Kind.FLAG, "Send text messages, the default", panel=_MESSAGES),
        Option("binary", ("--binary",), Kind.FLAG, "Send binary messages", panel=_MESSAGES),
        Option("hex", ("--hex",), Kind.FLAG, "Messages are given in hexadecimal; binary unless -t", panel=_MESSAGES),
        Option("base64", ("--base64",), Kind.FLAG, "Messages are given in base64; binary unless -t", panel=_MESSAGES),
        Option(
            "file",
            ("-f", "--file"),
            Kind.TEXTS,
            "Send this file as one message, after the others; repeat for more",
            "FILE",
            _MESSAGES,
        ),
        Option("nul", ("-0", "--null"), Kind.FLAG, "Split standard input at NULs instead of lines", panel=_MESSAGES),
        Option("whole", ("--whole",), Kind.FLAG, "Send all of standard input as one message", panel=_MESSAGES),
        Option(
            "length_prefixed",
            ("--length-prefixed",),
            Kind.FLAG,
            "Each message on standard input follows its four-byte big-endian length",
            panel=_MESSAGES,
        ),
        Option(
            "fragment",
            ("--fragment",),
            Kind.TEXT,
            "Cut messages into frames of this size, or of these sizes",
            "SIZE|N,N,…",
            _MESSAGES,
        ),
        Option(
            "frame",
            ("--frame",),
            Kind.TEXTS,
            "Send this frame, legal or not, after the messages; repeat for more",
            "SPEC",
            _MESSAGES,
        ),
        Option("one", ("-1", "--one"), Kind.FLAG, "Wait for one reply: the same as --expect 1", panel=_REPLIES),
        Option("expect", ("--expect",), Kind.NUMBER, "Wait for this many replies; fewer are status 13", "N", _REPLIES),
        Option("until", ("--until",), Kind.TEXT, "Wait for a reply that matches; none is status 13", "REGEX", _REPLIES),
        Option(
            "idle",
            ("--idle",),
            Kind.SECONDS,
            "Leave after this much quiet behind the last message; 1 second once each message has its reply",
            "SECONDS",
            _REPLIES,
        ),
        Option("no_wait", ("--no-wait",), Kind.FLAG, "Close as soon as everything is sent", panel=_REPLIES),
        Option(
            "close",
            ("--close",),
            Kind.TEXT,
            "Close with this code and reason instead of 1000",
            "CODE[:REASON]",
            _REPLIES,
        ),
        *CONNECTION,
    ),
    (
        ("Ask one question, print the answer", "wscli send -1 localhost:8080 hello"),
        ("Send every line of a file", "wscli send ws://localhost:8080/ < commands.txt"),
        ("Send a Ping, then an unmasked frame", "wscli send --frame ping --frame text,mask=none:hi localhost:8080"),
        ("Send bytes, print the replies as bytes", "wscli send --hex -1 --format hex localhost:8080 '00 ff'"),
    ),
    run,
)
