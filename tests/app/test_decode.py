"""What `decode` reads and says beside the frames: bounds, files that can't be read, nothing at all."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from wscli.app import decode
from wscli.app.decode import run_decode
from wscli.app.exit_status import ExitStatus
from wscli.errors import EnvironmentProblem, UsageProblem

VALUES: dict[str, Any] = {"color": "never", "role": None, "deflate": False, "json": False, "verbose": 0}


def decoded(*words: str, **changes: object) -> ExitStatus:
    return run_decode({**VALUES, "bytes": words, **changes})


def test_more_bytes_than_are_read_are_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(decode, "MOST_BYTES", 4)
    assert ExitStatus.DONE == decoded("81", "02", "68", "69", "81", "00")
    shown = capsys.readouterr()
    assert "TEXT 2 B  hi" in shown.out
    assert "wscli: only the first 4 bytes are read" in shown.err
    assert "decoded: 1 frame, 0 deviations" in shown.err


def test_more_frames_than_are_read_are_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(decode, "MOST_FRAMES", 1)
    assert ExitStatus.DONE == decoded("81", "00", "81", "00", "81", "00")
    shown = capsys.readouterr()
    assert 1 == shown.out.count("TEXT")
    assert "decoded: 1 frame" in shown.err
    assert shown.err.count("wscli: ") == 1


def test_no_bytes_at_all_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageProblem) as refused:
        decoded()
    assert "there are none" in str(refused.value)


@pytest.mark.skipif(sys.platform != "linux", reason="a file that opens and cannot be read is known of /proc alone")
def test_a_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(EnvironmentProblem) as failed:
        decoded("/proc/self/mem")
    assert "/proc/self/mem" == failed.value.value
