"""Regular expressions of the command line, over payloads."""

from __future__ import annotations

from wscli.engine.jobs.stopping import Matcher
from wscli.selecting import pattern_test


def matcher(pattern: str | None) -> Matcher | None:
    """Return whether-it-matches for a pattern, searched anywhere in a payload; UsageProblem where it is none."""
    return None if pattern is None else pattern_test("regular expression", pattern)
