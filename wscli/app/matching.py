"""Regular expressions of the command line, over payloads."""

from __future__ import annotations

from wscli.engine.jobs.stopping import Matcher
from wscli.errors import UsageProblem


def matcher(pattern: str | None) -> Matcher | None:
    """Return whether-it-matches for a pattern, searched anywhere in a payload; UsageProblem where it is none."""
    if pattern is None:
        return None
    import re

    try:
        compiled = re.compile(pattern.encode("utf-8", "surrogateescape"))
    except re.error as error:
        hint = "a sign that stands for itself has a backslash before it"
        raise UsageProblem("pattern/form", "regular expression", pattern, str(error), hint=hint) from error
    return lambda payload: compiled.search(payload) is not None
