"""Every command of the prompt, in the order of the help; a test finds one left out."""

from __future__ import annotations

from wscli.errors import UsageProblem
from wscli.repl.commands import looking, sending, steering
from wscli.repl.commands.command import PromptCommand
from wscli.text import nearest

COMMANDS: tuple[PromptCommand, ...] = (*sending.COMMANDS, *looking.COMMANDS, *steering.COMMANDS)
BY_NAME = {command.name: command for command in COMMANDS}


def find_command(name: str) -> PromptCommand:
    """Return a command by its name, or by a beginning that no other has; UsageProblem with what is near."""
    if name in BY_NAME:
        return BY_NAME[name]
    beginning = [command for command in COMMANDS if name and command.name.startswith(name)]
    if len(beginning) == 1:
        return beginning[0]
    near = nearest(name, list(BY_NAME))
    hint = f"did you mean /{near}?" if near else "/help lists the commands; // sends a slash"
    if beginning:
        hint = f"it may be {' or '.join(f'/{command.name}' for command in beginning)}"
    raise UsageProblem("prompt/command", "command", f"/{name}", "there is no such command", hint=hint)
