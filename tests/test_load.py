"""The Locust user: what it reports, and Locust itself with a master and two workers where it is installed."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import runpy
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.end_to_end.conftest import ROOT, run
from tests.end_to_end.peers import LoopThread, WebSocketsServer
from wscli.errors import UsageProblem

TIME = 120
"""Seconds that Locust gets."""


def maybe_locust() -> str | None:
    """Return the program, from WSCLI_LOCUST or the PATH; its interpreter need not be this one."""
    return os.environ.get("WSCLI_LOCUST") or shutil.which("locust")


@pytest.fixture(scope="module")
def echo() -> Iterator[WebSocketsServer]:
    thread = LoopThread()
    server = WebSocketsServer(thread)
    yield server
    server.stop()
    thread.stop()


@pytest.fixture
def recording(echo: WebSocketsServer, tmp_path: Path) -> Path:
    file = tmp_path / "session.jsonl"
    assert 0 == run("send", "--expect", "2", "--record", str(file), echo.url(), "one", '{"n": 2}').status
    return file


def written(recording: Path, url: str, *options: str) -> Path:
    file = recording.parent / "locustfile.py"
    status, _, talk = run("replay", "--locust", str(file), *options, str(recording), url)
    assert 0 == status
    assert "written: locust -f" in talk
    return file


# --- What it reports -------------------------------------------------------------------------------------------------
class _User:
    """What Locust's User gives a subclass: a host and an environment."""

    host = ""

    def __init__(self, environment: Any) -> None:
        self.environment = environment


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put Locust's three names in place: the real one replaces the sockets of its whole process."""
    module = ModuleType("locust")
    module.__dict__.update(User=_User, task=lambda function: function, constant=lambda seconds: lambda _user: seconds)
    monkeypatch.setitem(sys.modules, "locust", module)
    monkeypatch.delitem(sys.modules, "wscli.load", raising=False)
    yield
    sys.modules.pop("wscli.load", None)


def played(file: Path) -> list[tuple[str, str | None]]:
    """Play one session of a locustfile; returns what is told to Locust: the name, and the failure."""
    told: list[tuple[str, str | None]] = []

    def fire(**request: Any) -> None:
        assert "WS" == request["request_type"]
        assert request["response_time"] >= 0
        failure = request["exception"]
        told.append((request["name"], None if failure is None else f"{type(failure).__name__}: {failure}"))

    environment = SimpleNamespace(events=SimpleNamespace(request=SimpleNamespace(fire=fire)))
    user = runpy.run_path(str(file))["Recorded"](environment)
    user.play()
    return told


def test_a_session_is_told_as_connect_replies_and_the_whole(echo: WebSocketsServer, recording: Path) -> None:
    file = written(recording, echo.url())
    assert [("connect", None), ("reply", None), ("reply", None), ("session", None)] == played(file)
    assert 0o600 == file.stat().st_mode & 0o777


def test_answers_that_differ_or_stay_out_are_failures(echo: WebSocketsServer, recording: Path) -> None:
    told = played(written(recording, echo.url("upper")))
    assert ("reply", "Differs: reply 1: different at byte 0") == told[1]
    assert ("session", None) == told[-1]
    told = played(written(recording, echo.url("silent"), "--reply-time", "0.1"))
    assert [("reply", "Differs: reply 1: missing"), ("reply", "Differs: reply 2: missing")] == told[1:3]
    told = played(written(recording, echo.url("reject")))
    assert told[-1][1] is not None
    assert "closed" in told[-1][1]


def test_a_recorded_end_is_no_failure_and_another_one_is(echo: WebSocketsServer, tmp_path: Path) -> None:
    file = tmp_path / "rejected.jsonl"
    run("listen", "--record", str(file), echo.url("reject"))
    assert [("connect", None), ("session", None)] == played(written(file, echo.url("reject")))
    told = played(written(file, echo.url(), "--reply-time", "0.1"))
    assert "Differs: the recorded peer closed first" in str(told[-1][1])


def test_a_connection_that_is_never_open_is_a_failure(recording: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    ((name, failure),) = played(written(recording, f"ws://127.0.0.1:{port}/"))
    assert "connect" == name
    assert "could not connect" in str(failure)


def test_options_go_along_and_a_large_recording_is_named(
    echo: WebSocketsServer, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = written(
        recording, echo.url(), "--ignore", "/a", "-H", "X: y", "--exact", "--deflate=server_no_context_takeover"
    )
    for part in ("--ignore=/a", "--header=X: y", "--exact", "--deflate=server_no_context_takeover", "embedded"):
        assert part in text.read_text()
    module = importlib.import_module("wscli.app.replaying.locustfile")
    monkeypatch.setattr(module, "EMBEDDED_AT_MOST", 10)
    module.write_locustfile(str(text), str(recording), echo.url(), [])
    assert f"recording = {str(recording)!r}" in text.read_text()
    assert ("session", None) == played(text)[-1]


def test_options_that_are_none_are_refused(echo: WebSocketsServer, recording: Path) -> None:
    file = written(recording, echo.url())
    file.write_text(file.read_text().replace("options = ()", "options = ('--no-such',)"))
    with pytest.raises(UsageProblem):
        played(file)


def test_a_recording_that_was_cut_off_is_named(echo: WebSocketsServer, recording: Path) -> None:
    recording.write_bytes(recording.read_bytes()[:-20])
    file = recording.parent / "locustfile.py"
    assert "cut off" in run("replay", "--locust", str(file), str(recording), echo.url()).talk


def test_a_locustfile_that_cannot_be_written_is_status_14(recording: Path) -> None:
    assert 14 == run("replay", "--locust", str(recording / "no"), str(recording), "ws://h.invalid/").status
    assert 14 == run("replay", "--locust", "x.py", str(recording.parent / "absent"), "ws://h.invalid/").status


# --- Locust itself ---------------------------------------------------------------------------------------------------
@pytest.mark.timeout(TIME)
@pytest.mark.skipif(maybe_locust() is None, reason="Locust is not installed (pip install 'wscli[load]')")
def test_a_master_and_two_workers_play_a_recording(echo: WebSocketsServer, recording: Path) -> None:
    locust = maybe_locust()
    assert locust is not None
    file = written(recording, echo.url())
    report, elsewhere = recording.parent / "report", recording.parent / "elsewhere"
    elsewhere.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    # The workers stand in another folder, and fetch the file from the master.
    worker = [locust, "-f", "-", "--worker", "--master-host", "127.0.0.1", "--master-port", port]
    workers = [subprocess.Popen(worker, cwd=elsewhere, env=environment, stderr=subprocess.DEVNULL) for _ in range(2)]
    try:
        master = (
            locust, "-f", str(file), "--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port,
            "--headless", "-u", "6", "-r", "6", "-t", "3s", "--expect-workers", "2", "--json-file", str(report),
        )  # fmt: skip
        done = subprocess.run(master, env=environment, capture_output=True, timeout=TIME, check=False)
    finally:
        for process in workers:
            process.terminate()
            process.wait()
    assert 0 == done.returncode, done.stderr.decode()
    requests = {one["name"]: one for one in json.loads(report.with_suffix(".json").read_text())}
    assert {"connect", "reply", "session"} == set(requests)
    assert 0 == sum(one["num_failures"] for one in requests.values())
    assert requests["session"]["num_requests"] > 6
