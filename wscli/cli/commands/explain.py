"""`wscli explain`: what numbers, names and bytes mean."""

from __future__ import annotations

from wscli.cli.command import AROUND, Command, Values
from wscli.cli.options import COLOR, Argument, Kind, Option

TOPICS = (
    "alerts", "close-codes", "deviations", "exit-statuses", "faults", "fields", "opcodes", "rules", "services",
    "statuses",
)  # fmt: skip
ROLES = ("client", "server")


def run(values: Values) -> int:
    """Show what was asked for."""
    from wscli.app.explain import Asked, run_explain

    return run_explain(
        Asked(
            values["topic"],
            values["only"],
            values["bytes"],
            values["role"],
            is_json=values["json"],
            colour=values["color"],
        )
    )


COMMAND = Command(
    "explain",
    "Say what a name, a number or bytes mean: codes, statuses, rules, header fields, frames",
    AROUND,
    (
        Argument(
            "topic",
            "TOPIC",
            "A topic; a name or number of any of them; a Sec-WebSocket-Key; frames in hexadecimal or base64, `-` reads "
            "them from standard input; without any the topics are listed",
            is_optional=True,
            is_repeated=True,
            choices=TOPICS,
        ),
    ),
    (
        Option("only", ("--as",), Kind.CHOICE, "Look into this topic only", "TOPIC", choices=TOPICS),
        Option("bytes", ("--bytes",), Kind.FLAG, "Take it as the bytes of frames, whatever else it may be"),
        Option(
            "role",
            ("--role",),
            Kind.CHOICE,
            "Who sent the frames: a client must mask them, a server must not",
            "ROLE",
            choices=ROLES,
        ),
        Option("json", ("--json",), Kind.FLAG, "Print each entry as a line of JSON, frames as recordings hold them"),
        COLOR,
    ),
    (
        ("What the server can do wrong", "wscli explain faults"),
        ("What a close code means", "wscli explain 1006"),
        ("What an answer to the upgrade means", "wscli explain http 403"),
        ("What a deviation means", "wscli explain handshake/accept-wrong"),
        ("What accepts a key", "wscli explain dGhlIHNhbXBsZSBub25jZQ=="),
        ("Take a frame apart", "wscli explain --role client 81 85 37 fa 21 3d 7f 9f 4d 51 58"),
    ),
    run,
)
