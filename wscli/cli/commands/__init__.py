"""The registry of subcommands, one file each. Paths, not modules: only the command that is asked for is imported."""

from __future__ import annotations

from importlib import import_module

from wscli.cli.command import Command

COMMANDS = {
    "connect": "wscli.cli.commands.connect",
    "listen": "wscli.cli.commands.listen",
    "send": "wscli.cli.commands.send",
    "diagnose": "wscli.cli.commands.diagnose",
    "replay": "wscli.cli.commands.replay",
    "serve": "wscli.cli.commands.serve",
    "demo": "wscli.cli.commands.demo",
    "explain": "wscli.cli.commands.explain",
    "man": "wscli.cli.commands.man",
}
"""Name → module, in the order of the help."""


ALIASES = {"doctor": "diagnose"}
"""Another name → the command."""


def plain_name(name: str) -> str:
    """Return the name that a command is registered by; a name that none has comes back as it is."""
    return ALIASES.get(name, name)


def load_command(name: str) -> Command:
    """Return a command of the registry, by its name or another one of it."""
    command: Command = import_module(COMMANDS[plain_name(name)]).COMMAND
    return command
