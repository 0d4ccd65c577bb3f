"""What a command of the prompt is: its usage, its help, and the function that does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from wscli.repl.desk import Desk
from wscli.repl.grammar import Call, Usage
from wscli.values import Value

SENDING = "Sending"
LOOKING = "Looking"
SESSION = "The session"


class PromptCommand(Value):
    """One command."""

    usage: Usage
    group: str
    summary: str
    """One sentence without a full stop."""
    run: Callable[[Desk, Call], Awaitable[None] | None]
    """Does it; UsageProblem or EnvironmentProblem says why it could not."""
    examples: tuple[str, ...] = ()
    more: str = ""
    """What its own help says beside the summary."""

    @property
    def name(self) -> str:
        """As typed, without the slash."""
        return self.usage.name
