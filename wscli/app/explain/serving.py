"""Topics of `wscli serve`: the faults that it does on request, and its services."""

from __future__ import annotations

from wscli.app.explain import relations
from wscli.app.explain.entry import Entry, Facts, Topic
from wscli.app.explain.numbers import listed
from wscli.serve.faults.fault import Fault


def _faults() -> list[Entry]:
    from wscli.serve.faults import FAULTS

    return [
        Entry(
            f"{fault.name}[={fault.parameter}]" if fault.parameter else fault.name,
            fault.summary + (f" ({fault.default:.15g})" if fault.parameter else ""),
            fault.area,
            (fault.name,),
            subject=fault,
        )
        for fault in FAULTS
    ]


def _more_of_fault(entry: Entry) -> Facts:
    fault = entry.subject
    assert isinstance(fault, Fault)  # as _faults makes them
    outcome = next((one for one in relations.outcomes() if one.fault is fault), None)
    if outcome is None:
        return (("try", f"wscli serve --tls --fault {fault.name} {relations.TLS_PORT}"),)
    return (
        *_exit(outcome),
        *listed("rules", outcome.rules),
        *listed("deviations", outcome.deviations),
        ("try", outcome.command + (" (and connect with -s NAME)" if outcome.offers_subprotocol else "")),
    )


def _exit(outcome: relations.Outcome) -> Facts:
    from wscli.app.exit_status import MEANINGS, ExitStatus

    return (("exit", f"{outcome.exit_status}: {MEANINGS[ExitStatus(outcome.exit_status)]}"),)


def _services() -> list[Entry]:
    from wscli.serve.behaviours import SERVICES

    return [
        Entry(
            service.name,
            service.summary + (f"; ?{service.parameters}" if service.parameters else ""),
            facts=(
                ("try", f"wscli serve {relations.PORT}"),
                ("then", f"wscli connect ws://127.0.0.1:{relations.PORT}/{service.name}"),
            ),
        )
        for service in SERVICES
    ]


FAULTS = Topic(
    "faults",
    "Faults: what `wscli serve --fault NAME` and the path /fault/NAME do wrong",
    _faults,
    ("fault",),
    more=_more_of_fault,
)
SERVICES = Topic("services", "Services of `wscli serve`, chosen by subprotocol or path", _services, ("service",))
