"""The registry of subcommands, one file each. Paths, not modules: only the command that is asked for is imported."""

from __future__ import annotations

from importlib import import_module

from wscli.cli.command import Command

COMMANDS = {
    "connect": "wscli.cli.commands.connect",
    "listen": "wscli.cli.commands.listen",
    "send": "wscli.cli.commands.send",
    "replay": "wscli.cli.commands.replay",
    "serve": "wscli.cli.commands.serve",
    "demo": "wscli.cli.commands.demo",
    "explain": "wscli.cli.commands.explain",
    "man": "wscli.cli.commands.man",
}
"""Name → module, in the order of the help."""


def load_command(name: str) -> Command:
    """Return a command of the registry."""
    command: Command = import_module(COMMANDS[name]).COMMAND
    return command
