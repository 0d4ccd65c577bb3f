"""The prompt of `connect`: reads lines while the session prints above it. A simple one for now."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.patch_stdout import patch_stdout

from wscli.errors import UsageProblem
from wscli.protocol.step import Order, SendClose
from wscli.repl.commands import COMMANDS, decode_line, help_text
from wscli.text import visible


class Prompt:
    """Reads lines and turns them into orders, until the user leaves or the prompt is cancelled."""

    def __init__(self, send: Callable[[Order], None], say: Callable[[str], None]) -> None:
        self._send = send
        self._say = say
        words = [f"/{command.name}" for command in COMMANDS]
        self._session: PromptSession[str] = PromptSession(
            completer=WordCompleter(words, sentence=True), complete_while_typing=False
        )

    async def run(self) -> None:
        """Prompt until Ctrl-D or `/quit`; Ctrl-C drops the line that is being typed."""
        with patch_stdout(raw=True):
            while True:
                try:
                    line = await self._session.prompt_async("> ")
                except KeyboardInterrupt:
                    continue
                except EOFError:
                    self._send(SendClose(1000))
                    return
                if self._take(line):
                    return

    def _take(self, line: str) -> bool:
        """Do what a line asks; returns whether the user leaves."""
        if not line:
            return False
        try:
            order = decode_line(line)
        except UsageProblem as problem:
            hint = f"  hint: {visible(problem.hint)}\n" if problem.hint else ""
            self._say(f"wscli: {visible(str(problem))}\n{hint}")
            return False
        if order is None:
            self._say(help_text() + "\n")
            return False
        self._send(order)
        return line.strip() == "/quit"
