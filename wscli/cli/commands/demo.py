"""`wscli demo`: a commented session against the built-in server."""

from __future__ import annotations

from wscli.cli.command import AROUND, Command, Values
from wscli.cli.options import COLOR, VERBOSE


def run(values: Values) -> int:
    """Show the demonstration."""
    from wscli.app.demo import run_demo

    return run_demo(values)


COMMAND = Command(
    "demo",
    "Show a commented session against a built-in server; needs no network",
    AROUND,
    (),
    (VERBOSE, COLOR),
    (("See what wscli shows", "wscli demo"), ("The same, with the bytes of every frame", "wscli demo -vvv")),
    run,
)
