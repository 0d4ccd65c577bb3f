"""Everything the server can do wrong on request, by name."""

from __future__ import annotations

from difflib import get_close_matches

from wscli.errors import UsageProblem
from wscli.serve.faults import answers, ending, framing, handshake
from wscli.serve.faults.fault import Fault, Plan, combine

FAULTS: tuple[Fault, ...] = (*answers.FAULTS, *handshake.FAULTS, *framing.FAULTS, *ending.FAULTS)
"""Every fault; a test finds one left out."""

BY_NAME = {fault.name: fault for fault in FAULTS}


def plan_of(names: tuple[str, ...]) -> Plan:
    """Return the plan for faults as they are written: `NAME`, `NAME=VALUE`, several joined by `+` or commas.

    UsageProblem for a name that does not exist, a value that is none, and faults that cannot be combined.
    """
    wanted = [word for text in names for word in text.replace("+", ",").split(",") if word]
    return combine([(word.partition("=")[0], _plan(word)) for word in wanted])


def _plan(word: str) -> Plan:
    name, equals, value = word.partition("=")
    fault = BY_NAME.get(name)
    if fault is None:
        near = get_close_matches(name, BY_NAME, 3)
        hint = (
            f"perhaps {' or '.join(near)}; `wscli serve --list-faults` shows all" if near else "--list-faults shows all"
        )
        raise UsageProblem("serve/fault", "fault", name, "there is no such fault", hint=hint)
    if not equals:
        return fault.make(fault.default)
    if not fault.parameter:
        raise UsageProblem("serve/fault-value", "fault", word, "it takes no value")
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1e12:
        raise UsageProblem("serve/fault-value", "fault", word, f"{fault.parameter} must be a number from 0 on")
    return fault.make(number)
