"""What `serve` says and keeps beside serving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wscli.app.serve import Log, _trouble, _warnings, allow_many_files, is_loopback
from wscli.cli.commands import load_command
from wscli.cli.quick import parse_quickly
from wscli.errors import EnvironmentProblem
from wscli.record.writer import RecordingWriter
from wscli.serve.server import Server
from wscli.settings import ServerSettings


def values_of(*words: str) -> dict[str, Any]:
    values = parse_quickly(load_command("serve"), list(words))
    assert values is not None
    return values


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("h", False)],
)
def test_only_this_machine_reaches_a_loopback_host(host: str, expected: bool) -> None:
    assert expected is is_loopback(host)


def test_a_folder_that_cannot_be_made_is_refused_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentProblem) as caught:
        Log(values_of("--record", str(tmp_path / "file" / "folder")))
    assert caught.value.hint


def test_a_recording_that_cannot_be_begun_is_said_and_the_connection_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = Log(values_of("-q", "--record", str(tmp_path / "folder")))
    (tmp_path / "folder").rmdir()
    assert not [sink for sink in log.sinks(1, "127.0.0.1:5") if isinstance(sink, RecordingWriter)]
    assert "does not exist" in capsys.readouterr().err


def test_what_goes_wrong_with_a_connection_is_one_line() -> None:
    assert "it broke: no" == _trouble({"message": "it broke", "exception": OSError("no")})
    assert "it broke" == _trouble({"message": "it broke"})


def test_faults_for_everybody_are_announced() -> None:
    (line,) = _warnings(Server(ServerSettings(faults=("cut=40", "slow=100"))))
    assert "every WebSocket connection gets the fault cut=40, slow=100" == line


def test_as_many_files_as_allowed_may_be_open() -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, hard - 1), hard))
        allow_many_files()
        assert (hard, hard) == resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
