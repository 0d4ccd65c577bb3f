"""Completion at the prompt: commands, their options and words, files, frames, close codes, JSON and messages seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from wscli.errors import UsageProblem
from wscli.repl.commands import COMMANDS, find_command
from wscli.repl.commands.looking import payload_preview
from wscli.repl.commands.steering import SETTINGS
from wscli.repl.desk import Desk
from wscli.repl.grammar import Completes, Usage, Word, find_spot, message_of, split_command
from wscli.repl.templates import NAMES
from wscli.text import visible
from wscli.wire.close import CLOSE_CODES
from wscli.wire.frames import OPCODE_NAMES

LOOKED_AT = 200
"""Messages that completion looks at, the newest first."""
OFFERED = 20
LONGEST = 2000
"""Characters of a message that is offered as a whole."""


class LineCompleter(Completer):
    """Completes a line where the cursor is."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._of: dict[Completes, Callable[[str], Iterable[Completion]]] = {
            Completes.FILES: files,
            Completes.MESSAGES: self._of_message,
            Completes.FRAMES: lambda begun: _plain(self._frame_numbers(), begun),
            Completes.COMMANDS: lambda begun: _plain([command.name for command in COMMANDS], begun),
            Completes.OPCODES: _of_list([name.lower() for name in OPCODE_NAMES.values()]),
            Completes.CLOSE_CODES: _of_close_codes,
            Completes.SETTINGS: lambda begun: _plain([*SETTINGS, *self._desk.templates.variables], begun),
        }

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what may stand where the cursor is (prompt_toolkit)."""
        line = document.text_before_cursor
        called = split_command(line)
        if called is None:
            return self._of_message(message_of(line))
        name, rest = called
        if not rest:
            return _of_name(name)
        try:
            command = find_command(name)
        except UsageProblem:
            return ()
        return self._of_command(command.usage, rest)

    def _of_command(self, usage: Usage, text: str) -> Iterator[Completion]:
        spot = find_spot(usage, text)
        for option in spot.options:
            if f"--{option.name}".startswith(spot.begun):
                yield Completion(f"--{option.name}", -len(spot.begun), display_meta=option.summary)
        for place in spot.places:
            if isinstance(place, Word):
                yield from _plain(place.choices, spot.begun)
            if place.completes in self._of:
                yield from self._of[place.completes](spot.begun)

    def _frame_numbers(self) -> list[str]:
        return [str(kept.number) for kept in islice(self._desk.store.frames(), OFFERED)]

    # --- Messages ---------------------------------------------------------------------------------------------------
    def _of_message(self, typed: str) -> Iterator[Completion]:
        brace = typed.rfind("{{")
        if brace >= 0 and "}}" not in typed[brace:]:
            begun = typed[brace + 2 :].lstrip()
            for name in (*self._desk.templates.variables, *NAMES):
                if name.startswith(begun):
                    yield Completion(f"{name}}}}}", -len(begun), display=name)
            return
        quote = typed.rfind('"')
        if quote >= 0 and typed.count('"') % 2:
            begun = typed[quote + 1 :]
            for key in islice((key for key in self._keys() if key.startswith(begun)), OFFERED):
                yield Completion(f'{key}"', -len(begun), display=visible(key))
            return
        if typed.strip():
            yield from self._whole_messages(typed)

    def _whole_messages(self, typed: str) -> Iterator[Completion]:
        seen: set[str] = set()
        for kept in islice(self._desk.store.messages(), LOOKED_AT):
            text = kept.payload[: LONGEST * 4].decode("utf-8", "replace")
            # What a peer sent may not put a control character into the line: only what shows as it is, is offered.
            if len(text) > LONGEST or text in seen or not text.startswith(typed) or not text.isprintable():
                continue
            seen.add(text)
            yield Completion(text, -len(typed), display=payload_preview(kept, 60))
            if len(seen) == OFFERED:
                return

    def _keys(self) -> list[str]:
        """Return the keys of the JSON seen, those of the newest message first."""
        from json import loads

        keys: dict[str, None] = {}
        for kept in islice(self._desk.store.messages(), LOOKED_AT):
            if kept.payload[:1] not in (b"{", b"[") or len(kept.payload) > LONGEST * 10:
                continue
            try:
                _collect(loads(kept.payload), keys, 8)
            except (ValueError, RecursionError):
                continue
        return [key for key in keys if key.isprintable() and '"' not in key and "\\" not in key]


def _collect(value: object, keys: dict[str, None], depth: int) -> None:
    if depth and isinstance(value, dict):
        for key, inner in value.items():
            keys[key] = None
            _collect(inner, keys, depth - 1)
    elif depth and isinstance(value, list):
        for inner in value[:OFFERED]:
            _collect(inner, keys, depth - 1)


def _of_name(begun: str) -> Iterator[Completion]:
    for command in COMMANDS:
        if command.name.startswith(begun):
            yield Completion(f"/{command.name}", -len(begun) - 1, display_meta=command.summary)


def _plain(words: Iterable[str], begun: str) -> Iterator[Completion]:
    for word in words:
        if word.startswith(begun):
            yield Completion(word, -len(begun))


def _of_list(words: Sequence[str]) -> Callable[[str], Iterable[Completion]]:
    """Complete the last word of a list with commas."""
    return lambda begun: _plain(words, begun.rpartition(",")[2])


def _of_close_codes(begun: str) -> Iterator[Completion]:
    for code, meaning in CLOSE_CODES.items():
        if str(code).startswith(begun):
            yield Completion(str(code), -len(begun), display_meta=meaning)


def files(typed: str) -> Iterator[Completion]:
    """Yield the files and folders that a path may become; none where its folder can't be read."""
    folder, slash, begun = typed.rpartition("/")
    try:
        place = Path(f"{folder}{slash}" or ".").expanduser()
        names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in place.iterdir())
    except (OSError, RuntimeError, ValueError):
        return
    for name in names:
        if name.startswith(begun) and (begun.startswith(".") or not name.startswith(".")) and name.isprintable():
            yield Completion(name, -len(begun))
