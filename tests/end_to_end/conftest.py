"""The program as its users run it, and servers to run it against."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.end_to_end.peers import AiohttpServer, Certificates, LoopThread, WebSocketsServer

ROOT = Path(__file__).parents[2]


class Outcome(NamedTuple):
    """How a run of the program ended."""

    status: int
    output: bytes
    talk: str


Run = Callable[..., Outcome]


def environment() -> dict[str, str]:
    """Return an environment in which nothing of the developer's own changes what is printed."""
    unwanted = {"FORCE_COLOR", "NO_COLOR", "SSLKEYLOGFILE"}
    return {name: value for name, value in os.environ.items() if name not in unwanted} | {"PYTHONPATH": str(ROOT)}


def run(*arguments: str, input: bytes | None = None, timeout: float = 20, folder: Path | None = None) -> Outcome:  # noqa: A002
    """Run `wscli` to its end; without input, standard input is empty."""
    done = subprocess.run(
        [sys.executable, "-m", "wscli", *arguments],
        input=b"" if input is None else input,
        capture_output=True,
        timeout=timeout,
        check=False,
        env=environment(),
        cwd=folder or ROOT,
    )
    outcome = Outcome(done.returncode, done.stdout, done.stderr.decode())
    assert "Traceback" not in outcome.talk, outcome.talk
    return outcome


def start(*arguments: str, **options: int) -> subprocess.Popen[bytes]:
    """Start `wscli` and leave it running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wscli", *arguments],
        stdin=options.get("stdin", subprocess.DEVNULL),
        stdout=options.get("stdout", subprocess.PIPE),
        stderr=options.get("stderr", subprocess.PIPE),
        env=environment(),
        cwd=ROOT,
    )
    _STARTED.append(process)
    return process


_STARTED: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True, scope="module")
def _leftovers() -> Iterator[None]:
    """End what a failed test has left running."""
    yield
    while _STARTED:
        process = _STARTED.pop()
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture(scope="session")
def peers() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.stop()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(peers: LoopThread) -> Iterator[WebSocketsServer]:
    """Return a server of the websockets library of this test alone, so that no visit of another test comes late."""
    server = WebSocketsServer(peers)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def plain_server(peers: LoopThread) -> Iterator[WebSocketsServer]:
    """Return one that does not compress."""
    server = WebSocketsServer(peers, deflates=False)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def secure_server(peers: LoopThread, certificates: Certificates) -> Iterator[WebSocketsServer]:
    """Return one behind TLS."""
    server = WebSocketsServer(peers, context=certificates.context)
    yield server
    server.stop()


@pytest.fixture
def aiohttp_server(peers: LoopThread) -> Iterator[AiohttpServer]:
    """Return a server of aiohttp of this test alone, as above."""
    server = AiohttpServer(peers)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def plain_aiohttp_server(peers: LoopThread) -> Iterator[AiohttpServer]:
    server = AiohttpServer(peers, deflates=False)
    yield server
    server.stop()
