"""`wscli explain`: what the numbers and names mean."""

from __future__ import annotations

from wscli.cli.command import AROUND, Command, Values
from wscli.cli.options import COLOR, Argument

TOPICS = ("close-codes", "deviations", "exit-statuses", "faults", "opcodes", "services")


def run(values: Values) -> int:
    """Show a topic."""
    from wscli.app.explain import run_explain

    return run_explain(values["topic"], values["color"])


COMMAND = Command(
    "explain",
    "Say what a name or number means: close codes, deviations, exit statuses, faults, opcodes, services",
    AROUND,
    (
        Argument(
            "topic",
            "TOPIC",
            "A topic, or one name or number of any of them; without one the topics are listed",
            is_optional=True,
            choices=TOPICS,
        ),
    ),
    (COLOR,),
    (
        ("What the server can do wrong", "wscli explain faults"),
        ("What a close code means", "wscli explain 1006"),
        ("What a deviation means", "wscli explain handshake/accept-wrong"),
    ),
    run,
)
