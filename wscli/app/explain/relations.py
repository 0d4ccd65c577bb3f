"""What belongs together: faults, what they lead to, and the rules that look at it; derived, never typed.

Faults are rehearsed against our own client (`serve.rehearsal`). What a rule looks at is read from its code: the kinds
of deviations and the texts that it and the functions it calls name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from types import CodeType, FunctionType
from typing import Any, TypeVar

from wscli.diagnose.rule import Rule
from wscli.events import CloseReceived, Event, Finding, ResponseReceived, deviations_of
from wscli.serve.faults.fault import Fault
from wscli.values import Value
from wscli.wire import deviations
from wscli.wire.deviations import CATALOGUE, DeviationKind

PORT = 8080
TLS_PORT = 8443

Item = TypeVar("Item")


class Outcome(Value):
    """What a fault leads to, seen by our own client."""

    fault: Fault
    offers_subprotocol: bool
    """Whether that takes a client that offers a subprotocol."""
    exit_status: int
    rules: tuple[str, ...]
    deviations: tuple[str, ...]
    """Codes; where one failed the connection, that one alone."""
    statuses: tuple[int, ...]
    """Of the answers that were no 101."""
    close_codes: tuple[int, ...]
    """Of the Close frames that came, but for what an orderly end has anyway."""

    @property
    def is_something(self) -> bool:
        """Whether anything sets it apart from a good session."""
        return bool(self.exit_status or self.rules or self.deviations or self.statuses or self.close_codes)

    @property
    def command(self) -> str:
        """The line that lets the server do it."""
        return f"wscli serve --fault {self.fault.name} {PORT}"


@cache
def outcomes() -> tuple[Outcome, ...]:
    """Return what every fault leads to that shows without TLS."""
    from wscli.serve.faults import FAULTS
    from wscli.serve.rehearsal import can_be_rehearsed

    return tuple(_outcome(fault) for fault in FAULTS if can_be_rehearsed(fault))


def _outcome(fault: Fault) -> Outcome:
    """Return what a fault leads to; a client with a subprotocol is sent where one without meets nothing."""
    from wscli.serve.rehearsal import rehearse

    plain = _read(fault, rehearse(fault), offers_subprotocol=False)
    if plain.is_something:
        return plain
    offering = _read(fault, rehearse(fault, offers_subprotocol=True), offers_subprotocol=True)
    return offering if offering.is_something else plain


def _read(fault: Fault, events: tuple[Event, ...], *, offers_subprotocol: bool) -> Outcome:
    from wscli.app.verdict import VerdictSink
    from wscli.events import Batch

    verdict = VerdictSink()
    verdict.accept(Batch(0.0, events))
    found = [deviation.kind for event in events for deviation in deviations_of(event)]
    decisive = [kind for kind in found if kind.level is deviations.Level.MUST][:1] if verdict.status else []
    closes = [event.payload.code for event in events if isinstance(event, CloseReceived)]
    return Outcome(
        fault,
        offers_subprotocol,
        int(verdict.status),
        _once(event.rule for event in events if isinstance(event, Finding)),
        _once(kind.code for kind in decisive or found),
        _once(
            event.head.status for event in events if isinstance(event, ResponseReceived) and event.head.status != 101
        ),
        _once(code for code in closes if code is not None and code != 1000),
    )


def _once(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(items))


# --- What rules look at ----------------------------------------------------------------------------------------------
def rules() -> list[Rule]:
    """Return every rule."""
    from wscli.diagnose.rules import AREAS

    return [rule for area in AREAS for rule in area.rules]


def deviations_of_rule(rule: Rule) -> tuple[str, ...]:
    """Return the codes of deviations that a rule's own function names, or that a fault has that it finds.

    What the functions name that it calls counts where there is nothing else: they often serve many rules.
    """
    found = _codes(named_by(rule, with_helpers=False))
    found |= {code for outcome in outcomes() if rule.id in outcome.rules for code in outcome.deviations}
    found = found or _codes(named_by(rule))
    return tuple(code for code in CATALOGUE if code in found)


def _codes(named: tuple[object, ...]) -> set[str]:
    kinds = {one.code for one in named if isinstance(one, DeviationKind)}
    return kinds | {one for one in named if isinstance(one, str) and one in CATALOGUE}


def rules_of_deviation(code: str) -> tuple[str, ...]:
    """Return the rules that look at a deviation."""
    return tuple(rule.id for rule in rules() if code in deviations_of_rule(rule))


def rules_naming(text: str) -> tuple[str, ...]:
    """Return the rules whose code names this very text, such as a header field, in any case."""
    wanted = text.lower()
    return tuple(
        rule.id for rule in rules() if any(isinstance(one, str) and one.lower() == wanted for one in named_by(rule))
    )


@cache
def named_by(rule: Rule, *, with_helpers: bool = True) -> tuple[object, ...]:
    """Return the texts and kinds of deviations that a rule's function names, and those of its package that it calls."""
    return tuple(_Reader(with_helpers=with_helpers).read(rule.look))


class _Reader:
    """Reads what functions name, each thing once."""

    def __init__(self, *, with_helpers: bool) -> None:
        self._with_helpers = with_helpers
        self._seen: set[int] = set()

    def read(self, thing: Any) -> Iterator[object]:
        """Yield what a thing names; of code only where it belongs to the diagnosis."""
        if id(thing) in self._seen:
            return
        self._seen.add(id(thing))
        if isinstance(thing, (str, DeviationKind)):
            yield thing
        elif isinstance(thing, FunctionType) and thing.__module__.startswith("wscli.diagnose"):
            for cell in thing.__closure__ or ():
                yield from self.read(cell.cell_contents)
            yield from self._read_code(thing.__code__, thing.__globals__)
        elif isinstance(thing, dict):
            for part in (*thing.keys(), *thing.values()):
                yield from self.read(part)
        elif isinstance(thing, (tuple, list, set, frozenset)):
            for part in thing:
                yield from self.read(part)

    def _read_code(self, code: CodeType, scope: dict[str, Any]) -> Iterator[object]:
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from self._read_code(constant, scope)
            else:
                yield from self.read(constant)
        for name in code.co_names:
            # A function may import a kind in its body; its name is that of the catalogue's module then.
            thing = scope.get(name, getattr(deviations, name, None))
            if self._with_helpers or not isinstance(thing, FunctionType):
                yield from self.read(thing)
