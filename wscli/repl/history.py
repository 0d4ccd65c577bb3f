"""What was typed, kept for each server in a file of its own that nobody else can read (XDG state folder)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from wscli.repl.pasting import has_mark

KEPT = 256 * 1024
"""Bytes of a history file beyond which its older half is let go at the start."""


def history_path(environment: Mapping[str, str], host: str, port: int | None) -> Path | None:
    """Return the file for a server, None where there is no home to keep it in."""
    state = environment.get("XDG_STATE_HOME", "")
    if not state.startswith("/"):  # relative ones are to be ignored (XDG Base Directory Specification)
        home = environment.get("HOME", "")
        if not home.startswith("/"):
            return None
        state = f"{home}/.local/state"
    name = "".join(character if character.isalnum() or character in ".-" else "_" for character in host)[:100]
    return Path(state, "wscli", "history", f"{name}_{port}" if port else name or "local")


class _Discreet(History):
    """Leaves out what begins with a blank, as shells do, and pastes, of which only the mark would be kept."""

    def append_string(self, string: str) -> None:
        """Keep a line (prompt_toolkit)."""
        if not (string.startswith(" ") or has_mark(string)):
            super().append_string(string)


class PrivateHistory(_Discreet, FileHistory):
    """A history file; a disk that fails is no fault of the session's."""

    def store_string(self, string: str) -> None:
        """Write a line (prompt_toolkit)."""
        with suppress(OSError):
            super().store_string(string.encode("utf-8", "replace").decode("utf-8"))

    def load_history_strings(self) -> Iterable[str]:
        """Return the lines of before, the newest first (prompt_toolkit)."""
        try:
            return tuple(super().load_history_strings())
        except OSError:
            return ()


class PassingHistory(_Discreet, InMemoryHistory):
    """A history that ends with the program."""


def open_history(path: Path | None) -> History:
    """Return the history in a file, made with private permissions; one in memory where that cannot be."""
    if path is None:
        return PassingHistory()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        path.chmod(0o600)
        _shorten(path)
    except OSError:
        return PassingHistory()
    return PrivateHistory(str(path))


def _shorten(path: Path) -> None:
    """Let go of the older half of a long history, between two entries."""
    if path.stat().st_size <= KEPT:
        return
    data = path.read_bytes()
    begin = data.find(b"\n# ", len(data) // 2)
    if begin >= 0:
        path.write_bytes(data[begin:])
