"""`wscli replay`: show a recorded session, or send it again and compare."""

from __future__ import annotations

from wscli.cli.command import TALK, Command, Values
from wscli.cli.options import CONNECTION, PAYLOAD_FORMATS, Argument, Kind, Option


def run(values: Values) -> int:
    """Show the recording, or play it against a server."""
    from wscli.cli.request import connection_settings, replay_speed, with_format

    settings = None if values["url"] is None else connection_settings(values)
    values = with_format(values, *PAYLOAD_FORMATS) | {"speed": replay_speed(values["speed"])}
    from wscli.app.replay import run_replay

    return run_replay(settings, values)


COMMAND = Command(
    "replay",
    "Show a recorded session, or send it again in step and compare",
    TALK,
    (
        Argument("file", "FILE", "The recording"),
        Argument("url", "URL", "Where to send it again; without it the recording is shown", is_optional=True),
    ),
    (
        Option(
            "speed",
            ("--speed",),
            Kind.TEXT,
            "How much faster than recorded, or max for without pauses",
            "X|max",
            default="1",
        ),
        Option(
            "sync",
            ("--sync",),
            Kind.CHOICE,
            "What the next message waits for: the replies before it, its time, or nothing",
            "WHAT",
            default="reply",
            choices=("reply", "time", "none"),
        ),
        Option(
            "only",
            ("--only",),
            Kind.CHOICE,
            "Show one direction only",
            "DIRECTION",
            choices=("sent", "received"),
        ),
        Option(
            "ignore",
            ("--ignore",),
            Kind.TEXTS,
            "Leave this out of the comparison: a JSON path from its slash on, or a regular expression; repeat for more",
            "PATTERN",
        ),
        Option("loop", ("--loop",), Kind.NUMBER, "Play it this many times", "N", default="1"),
        *CONNECTION,
        *PAYLOAD_FORMATS,
    ),
    (
        ("Show a recording", "wscli replay session.jsonl"),
        ("Play it against a server, in step with its replies", "wscli replay session.jsonl ws://localhost:8080/"),
        (
            "Leave a time stamp out of the comparison",
            "wscli replay --ignore /at session.jsonl localhost:8080",
        ),
    ),
    run,
)
