"""Talk, and what is known about the standard streams."""

from __future__ import annotations

import os
import sys

import pytest

from wscli.app.console import Console, _is_terminal


def test_there_is_nobody_to_tell_where_standard_error_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    Console().talk("lost\n")


def test_a_descriptor_that_is_closed_is_no_terminal() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    assert not _is_terminal(writer)
