"""`wscli man`: the manual, also where no `man` finds it."""

from __future__ import annotations

from wscli.cli.command import AROUND, Command, Values
from wscli.cli.commands import COMMANDS
from wscli.cli.options import Argument

PAGES = ("wscli", *COMMANDS, "recording", "rules")
"""What completion offers."""


def run(values: Values) -> int:
    """Show a page."""
    from wscli.cli.pages import show_page

    return show_page(values["page"])


COMMAND = Command(
    "man",
    "Show the manual: wscli(1), or the page of a command",
    AROUND,
    (Argument("page", "PAGE", "A command, or the name of a page", is_optional=True, choices=PAGES),),
    (),
    (("Read about a command", "wscli man listen"), ("Read about recordings", "wscli man recording")),
    run,
)
