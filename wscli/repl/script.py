"""Lines that are carried out one after the other: what is typed, and what a file holds."""

from __future__ import annotations

import inspect

from wscli.errors import Problem, UsageProblem
from wscli.repl.commands import find_command
from wscli.repl.commands.sending import message_order
from wscli.repl.desk import Desk
from wscli.repl.grammar import message_of, parse, split_command
from wscli.repl.script_text import KEPT_OUT, script_lines

MOST_NESTED = 8
"""How deep scripts may call each other."""


async def carry_out(desk: Desk, line: str) -> None:
    """Do what a line asks for: send it, or run its command; Problem where that cannot be.

    A blank at its beginning keeps a line out of what is written down, and is no part of it.
    """
    typed = line.removeprefix(" ")
    called = split_command(typed)
    command = None if called is None else find_command(called[0])
    if desk.depth == 0 and (command is None or command.name != "wait"):
        desk.store.hear()  # what is waited for next comes after this line
    if command is None or called is None:
        desk.send(message_order(desk, message_of(typed)))
    else:
        done = command.run(desk, parse(command.usage, called[1]))
        if inspect.isawaitable(done):
            await done
    if desk.depth == 0 and (command is None or command.name != "save"):
        desk.typed.append(KEPT_OUT if typed != line else line)


async def run_script(desk: Desk, data: bytes, path: str) -> None:
    """Carry out the lines of a script; the first that cannot be done ends it: Problem with its number."""
    if desk.depth == MOST_NESTED:
        raise UsageProblem("prompt/source", "script", path, f"scripts call each other more than {MOST_NESTED} deep")
    desk.depth += 1
    try:
        for number, line in script_lines(data.decode("utf-8", "surrogateescape")):
            try:
                await carry_out(desk, line)
            except Problem as problem:
                reason = f"{problem.reason} (line {number} of {path})"
                raise type(problem)(
                    problem.code, problem.subject, problem.value, reason, hint=problem.hint
                ) from problem
            if desk.wants_to_leave:
                return
    finally:
        desk.depth -= 1
