"""The generated parts of the manual: `python -m wscli.cli.manual` rewrites them, a test compares.

A page is prose written by hand with blocks between `.\\" BEGIN GENERATED NAME` and `.\\" END GENERATED`; what the code
holds (synopsis, options, examples, exit statuses) stands in the blocks and is never typed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from wscli.app.exit_status import MEANINGS
from wscli.cli.command import Command
from wscli.cli.commands import COMMANDS, load_command
from wscli.cli.options import Kind, Option
from wscli.cli.pages import find_pages
from wscli.cli.roff import literal, prose

BEGIN = '.\\" BEGIN GENERATED '
END = '.\\" END GENERATED'

Lines = list[str]


def filled(page: str, name: str) -> str:
    """Return the page of this name with its blocks as the code has them now; ValueError at an unknown block."""
    command = load_command(name.removeprefix("wscli-")) if name.removeprefix("wscli-") in COMMANDS else None
    lines: Lines = []
    is_block = False
    for line in page.splitlines():
        if line == END:
            is_block = False
        if not is_block:
            lines.append(line)
        if line.startswith(BEGIN):
            is_block = True
            lines += _block(line.removeprefix(BEGIN), command)
    return "\n".join(lines) + "\n"


def _block(name: str, command: Command | None) -> Lines:
    if name in _BLOCKS:
        return _BLOCKS[name]()
    if name in _COMMAND_BLOCKS and command is not None:
        return _COMMAND_BLOCKS[name](command)
    raise ValueError(f"no block is called {name}")


# --- Blocks of any page ----------------------------------------------------------------------------------------------
def _exit_status() -> Lines:
    lines = ['.SH "EXIT STATUS"']
    for status, meaning in MEANINGS.items():
        lines += [".TP", f"\\fB{int(status)}\\fR", *prose(meaning)]
    return lines


def _commands() -> Lines:
    lines: Lines = [".SH COMMANDS"]
    panel = None
    for name in COMMANDS:
        command = load_command(name)
        if command.panel != panel:
            panel = command.panel
            lines.append(f".SS {panel}")
        lines += [".TP", _synopsis_line(command), *prose(command.summary)]
    return lines


def _events() -> Lines:
    from wscli.record.schema import schema

    lines: Lines = [".SH EVENTS"]
    for name, made in schema()["$defs"].items():
        members = made.get("properties", {})
        if "event" not in members:
            continue
        lines += [".TP", f"\\fB{literal(name)}\\fR", *prose(made["description"].replace("§", "section "))]
        own = [member for member in members if member not in ("at", "event")]
        if own:
            lines += [".br", f"\\fI{literal(' '.join(own))}\\fR"]
    return lines


def _topic(heading: str, topic: str, label: str = "") -> Lines:
    """Return a section of one of the tables that `wscli explain` shows, with one of the facts of each entry."""
    from wscli.app.explain import TOPICS

    lines: Lines = [f".SH {heading}"]
    group = ""
    for entry in TOPICS[topic].entries():
        if entry.group != group:
            group = entry.group
            lines.append(f".SS {literal(group)}")
        lines += [".TP", f"\\fB{literal(entry.name)}\\fR", *prose(entry.sentence)]
        lines += [part for name, text in entry.facts if name == label for part in (".br", *prose(text))]
    return lines


_BLOCKS: dict[str, Callable[[], Lines]] = {
    "EXIT STATUS": _exit_status,
    "COMMANDS": _commands,
    "EVENTS": _events,
    "SERVICES": lambda: _topic("SERVICES", "services"),
    "FAULTS": lambda: _topic("FAULTS", "faults"),
    "RULES": lambda: _topic("RULES", "rules", "rule"),
    "DEVIATIONS": lambda: _topic("DEVIATIONS", "deviations"),
    "CLOSE CODES": lambda: _topic('"CLOSE CODES"', "close-codes"),
    "STATUSES": lambda: _topic("STATUSES", "statuses", "do"),
}


# --- Blocks of a command's page --------------------------------------------------------------------------------------
def _name(command: Command) -> Lines:
    summary = command.summary[:1].lower() + command.summary[1:]
    return [".SH NAME", *prose(f"wscli-{command.name} - {summary}")]


def _synopsis_line(command: Command) -> str:
    first, *rest = command.synopsis.split(" ")
    return " ".join([f"\\fBwscli {literal(first)}\\fR", *(f"\\fI{literal(part)}\\fR" for part in rest)])


def _synopsis(command: Command) -> Lines:
    return [".SH SYNOPSIS", _synopsis_line(command)]


def _options(command: Command) -> Lines:
    lines = [".SH OPTIONS"]
    for argument in command.arguments:
        lines += [".TP", f"\\fI{literal(argument.metavar)}\\fR", *prose(argument.help)]
    for panel in _in_order(option.panel for option in command.options):
        if panel != "Options":
            lines.append(f".SS {panel}")
        for option in command.options:
            if option.panel == panel and not option.hidden:
                lines += _option(option)
    return lines


def _in_order(panels: Iterable[str]) -> Lines:
    """Return each panel once; the command's own options come first, as in the help."""
    return sorted(dict.fromkeys(panels), key=lambda panel: panel != "Options")


def _option(option: Option) -> Lines:
    flags = ", ".join(f"\\fB{literal(flag)}\\fR" for flag in option.flags)
    metavar = option.shown_metavar
    if option.kind is Kind.OPTIONAL_TEXT:
        flags += f"[=\\fI{literal(option.metavar)}\\fR]"
    elif metavar:
        flags += f" \\fI{literal(metavar.strip())}\\fR"
    lines = [".TP", flags, *prose(option.help)]
    if option.choices:
        lines += prose(f"({', '.join(option.choices)})")
    if option.default is not None:
        lines += prose(f"(default: {option.default})")
    return lines


def _examples(command: Command) -> Lines:
    lines = [".SH EXAMPLES"]
    for place, (comment, typed) in enumerate(command.examples):
        lines += [*([".PP"] if place else []), *prose(f"{comment}:"), ".PP", ".RS", ".EX", literal(typed), ".EE", ".RE"]
    return lines


_COMMAND_BLOCKS: dict[str, Callable[[Command], Lines]] = {
    "NAME": _name,
    "SYNOPSIS": _synopsis,
    "OPTIONS": _options,
    "EXAMPLES": _examples,
}


# --- Rewriting -------------------------------------------------------------------------------------------------------
def rewrite() -> int:
    """Rewrite the blocks of every page; returns how many pages changed."""
    changed = 0
    for name, path in find_pages().items():
        page = path.read_text(encoding="ascii")
        if page != filled(page, name):
            path.write_bytes(filled(page, name).encode("ascii"))  # encoded first: a page is never left half written
            changed += 1
    return changed


if __name__ == "__main__":
    sys.stderr.write(f"{rewrite()} pages changed\n")
