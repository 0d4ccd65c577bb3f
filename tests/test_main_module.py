"""`python -m wscli` runs the program; importing it does not."""

from __future__ import annotations

from importlib import import_module

from wscli.cli.main import entry


def test_importing_the_module_runs_nothing() -> None:
    assert entry is import_module("wscli.__main__").entry
