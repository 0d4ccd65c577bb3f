"""TLS by tshark: what goes wrong, and what its exports say."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pytest

from wscli.errors import EnvironmentProblem
from wscli.events import MessageReceived
from wscli.record import decrypting
from wscli.record.decrypting import _Clock, _Exported, _exported
from wscli.record.packets import has_secrets
from wscli.record.reader import read_recording

DATA = Path(__file__).parents[1] / "data" / "recordings"
CAPTURE, KEYS = DATA / "tcpdump-tls.pcap", DATA / "tcpdump-tls.keys"
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
A, B = (b"\x7f\0\0\1", 1), (b"\x7f\0\0\1", 2)


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program called tshark first in the PATH."""
    program = folder / "tshark"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("printf 'no \\033such thing' >&2; exit 2", "tshark failed: no "),
        ("exec sleep 9", "tshark took more than"),
        ("exit 0", "tshark wrote what cannot be read"),
    ],
)
def test_a_tshark_that_fails_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    stand_in(tmp_path, monkeypatch, script)
    monkeypatch.setattr(decrypting, "TIME_LIMIT", 1.0)
    with pytest.raises(EnvironmentProblem) as caught:
        read_recording(str(CAPTURE), keylog=str(KEYS))
    assert reason in caught.value.reason
    assert "\033" not in str(caught.value)
    assert caught.value.hint


@needs_tshark
def test_a_capture_that_comes_over_a_pipe_is_decrypted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.write(writing, CAPTURE.read_bytes())
    os.close(writing)
    stdin = io.TextIOWrapper(os.fdopen(reading, "rb"))
    monkeypatch.setattr("sys.stdin", stdin)
    with stdin, read_recording("-", keylog=str(KEYS)) as recording:
        assert 5 == sum(isinstance(event, MessageReceived) for _, event in recording.iter_events())


@needs_tshark
def test_secrets_inside_the_capture_are_enough(tmp_path: Path) -> None:
    editcap = shutil.which("editcap")
    if editcap is None:
        pytest.skip("editcap is not installed")
    import subprocess

    path = tmp_path / "with-secrets.pcapng"
    subprocess.run([editcap, "--inject-secrets", f"tls,{KEYS}", str(CAPTURE), str(path)], check=True)
    with path.open("rb") as stream:
        assert has_secrets(stream)
    with read_recording(str(path)) as recording:
        assert 5 == sum(isinstance(event, MessageReceived) for _, event in recording.iter_events())


@pytest.mark.parametrize("data", [b"", CAPTURE.read_bytes(), b"\x0a\x0d\x0d\x0a", b"\x0a\x0d\x0d\x0a" + b"\xff" * 40])
def test_no_secrets_are_found_in_other_files(data: bytes) -> None:
    assert not has_secrets(io.BytesIO(data))


def test_exports_without_addresses_or_an_end_are_nothing() -> None:
    assert _exported(0.0, b"") is None
    assert _exported(0.0, b"\0\x14\0\x04\1\2\3\4") is None
    assert _exported(0.0, b"\0\0\0\0data") is None


def test_a_piece_that_is_told_again_with_more_counts_once() -> None:
    clock = _Clock([_Exported(1.0, A, B, b"abc"), _Exported(2.0, A, B, b"abcdef"), _Exported(3.0, A, B, b"xy")])
    assert [1.0, 2.0, 3.0, 3.0] == [clock.pass_over(count) for count in (3, 3, 2, 5)]
    assert 0.0 == _Clock([]).pass_over(1)
