"""What was typed is kept for each server, for nobody else to read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from wscli.repl.history import KEPT, PassingHistory, history_path, open_history
from wscli.repl.pasting import LARGE, Pastes


@pytest.mark.parametrize(
    ("environment", "host", "port", "path"),
    [
        ({"XDG_STATE_HOME": "/state"}, "example.com", 443, "/state/wscli/history/example.com_443"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/home/ada"}, "h", 80, "/home/ada/.local/state/wscli/history/h_80"),
        ({"HOME": "/home/ada"}, "::1", 80, "/home/ada/.local/state/wscli/history/__1_80"),
        ({"HOME": "/home/ada"}, "../../x", 80, "/home/ada/.local/state/wscli/history/.._.._x_80"),
        ({"HOME": "/home/ada"}, "", None, "/home/ada/.local/state/wscli/history/local"),
        ({"HOME": "nowhere"}, "h", 80, None),
        ({}, "h", 80, None),
    ],
)
def test_each_server_has_a_file(environment: dict[str, str], host: str, port: int | None, path: str | None) -> None:
    found = history_path(environment, host, port)
    assert path == (None if found is None else str(found))


def test_a_history_lasts_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "state" / "wscli" / "history" / "h_80"
    os.umask(os.umask(0o022))
    open_history(path).append_string("one\ntwo")
    assert ["one\ntwo"] == list(open_history(path).load_history_strings())
    assert (0o600, 0o700) == (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode))


def test_a_history_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.touch(0o644)
    open_history(path)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("is_file", [True, False])
def test_what_begins_with_a_blank_and_a_paste_are_not_kept(tmp_path: Path, is_file: bool) -> None:
    history = open_history(tmp_path / "kept" if is_file else None)
    for line in (" secret", "kept", Pastes().take("x" * LARGE)):
        history.append_string(line)
    assert ["kept"] == history.get_strings()


def test_a_disk_that_fails_is_no_fault(tmp_path: Path) -> None:
    history = open_history(tmp_path / "kept")
    (tmp_path / "kept").unlink()
    (tmp_path / "kept").mkdir()
    history.append_string("line")
    assert () == history.load_history_strings()


def test_without_a_folder_to_write_to_it_lasts_as_long_as_the_program(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert isinstance(open_history(tmp_path / "file" / "kept"), PassingHistory)
    assert isinstance(open_history(None), PassingHistory)


def test_a_long_history_lets_its_older_half_go(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    history = open_history(path)
    for number in range(3000):
        history.append_string(f"{number} {'x' * 100}")
    assert path.stat().st_size > KEPT
    lines = list(open_history(path).load_history_strings())
    assert path.stat().st_size < KEPT
    assert lines[0].startswith("2999 ")
    assert 1000 < len(lines) < 2000


def test_a_history_that_is_one_long_line_stays(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_bytes(b"+" + b"x" * KEPT * 2)
    open_history(path)
    assert path.stat().st_size > KEPT


def test_characters_that_no_file_can_hold_are_replaced(tmp_path: Path) -> None:
    history = open_history(tmp_path / "kept")
    history.append_string("a\udcffb")
    assert ["a?b"] == list(open_history(tmp_path / "kept").load_history_strings())
