"""What a fault is: a name that users ask for, and a plan of what the server does wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wscli.errors import UsageProblem
from wscli.events import MessageReceived
from wscli.protocol.step import Order
from wscli.serve.shaping import Ending, Shape
from wscli.values import Value
from wscli.wire.head import RequestHead

Answer = Callable[[RequestHead, bytes], bytes]
"""Takes the request and the right answer to it; returns the answer to send."""


class Plan(Value):
    """What goes wrong on one connection. Plans are put together field by field."""

    greeting: bytes | None = None
    """Said instead of everything else, below TLS."""
    greets_first: bool = True
    """Whether the greeting comes at once, or after the client's first bytes."""
    answer: Answer | None = None
    """Makes another answer to an upgrade request."""
    orders: tuple[Order, ...] = ()
    """Sent once the connection is open."""
    reply: Callable[[MessageReceived], Sequence[Order]] | None = None
    """Answers messages in place of the service."""
    ending: Ending | None = None
    """How the connection ends: after the greeting, else after the answer and the orders."""
    after_messages: int | None = None
    """Received messages after which it ends so."""
    after_seconds: float | None = None
    """Seconds after the answer at which it ends so."""
    shape: Shape = Shape()
    ignores_pings: bool = False
    ignores_close: bool = False
    is_silent: bool = False
    """The request gets no answer at all."""
    connections: int | None = None
    """How many connections at a time are served rightly; the others get the fault."""
    certificate: str | None = None
    """The kind of certificate to show: `expired`, `wrong-name` …"""
    alpn: tuple[str, ...] = ()
    """The protocols that TLS agrees to (ALPN)."""


class Fault(Value):
    """One fault by name."""

    name: str
    area: str
    summary: str
    """What the server does, for lists; no full stop."""
    make: Callable[[float], Plan]
    """Returns the plan for a value."""
    parameter: str = ""
    """What the value behind `=` counts; empty where none may follow."""
    default: float = 0
    """The value where none is given."""


def fixed(plan: Plan) -> Callable[[float], Plan]:
    """Return the maker of a plan that takes no value."""
    return lambda _value: plan


class _Merge:
    """Puts the fields of several plans together and knows which fault decided each."""

    def __init__(self) -> None:
        self.plan: dict[str, object] = {}
        self.shape: dict[str, object] = {}
        self._owners: dict[str, str] = {}

    def add(self, name: str, plan: Plan) -> None:
        """Take the fields of a plan that are not as in any other."""
        for field in Plan.__match_args__:
            value = getattr(plan, field)
            if field == "shape":
                for part in Shape.__match_args__:
                    self._decide(name, part, getattr(value, part), getattr(_PLAIN, part), self.shape)
            elif field == "answer" and value is not None and "answer" in self.plan:
                self.plan["answer"] = _chain(self.plan["answer"], value)  # type: ignore[arg-type]  # an Answer stands there
            elif field == "orders":
                self.plan["orders"] = (*self.plan.get("orders", ()), *value)  # type: ignore[misc]  # orders stand there
            else:
                self._decide(name, field, value, getattr(_NOTHING, field), self.plan)

    def _decide(self, name: str, field: str, value: object, default: object, into: dict[str, object]) -> None:
        if value == default:
            return
        if field in into and into[field] != value:
            reason = f"it cannot be combined with {self._owners[field]}: both decide the {field.replace('_', ' ')}"
            raise UsageProblem("serve/faults", "fault", name, reason, hint="use one of them")
        into[field] = value
        self._owners[field] = name


_NOTHING = Plan()
_PLAIN = Shape()


def combine(plans: Sequence[tuple[str, Plan]]) -> Plan:
    """Return one plan of several, named by their faults; UsageProblem where two want the same thing differently.

    Answers are made one from the other in the order given, orders follow each other.
    """
    merge = _Merge()
    for name, plan in plans:
        merge.add(name, plan)
    return Plan(**merge.plan, shape=Shape(**merge.shape))  # type: ignore[arg-type]  # fields of the two classes


def _chain(first: Answer, second: Answer) -> Answer:
    return lambda request, raw: second(request, first(request, raw))


def opens(raw: bytes) -> bool:
    """Whether an answer that a fault made still leads into a WebSocket connection."""
    line = raw.partition(b"\n")[0]
    return b" 101" in line or b" 103" in line
