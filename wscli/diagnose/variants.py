"""Variants of a connection that did not work: what one is, which to try next, and what it means where one works.

A variant is the plain connection with one thing changed; `changes` makes them, `planning` chooses. Where several belong
together (the kinds of Origin) they form a group, and those that only refine an answer are tried once another one of the
group has worked. After a group that worked nothing more is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wscli.diagnose.case import Case
from wscli.settings import ConnectionSettings
from wscli.values import Value
from wscli.wire.close import GOOD_CLOSES

FOREIGN_ORIGIN = "https://example.com"


# --- Whether it worked -----------------------------------------------------------------------------------------------
def opens(case: Case) -> bool:
    """Whether the connection was opened."""
    return case.opened is not None


def goes_well(case: Case) -> bool:
    """Whether the connection was opened and closed without anything wrong."""
    return case.opened is not None and case.end is not None and case.end.is_clean and not is_broken(case)


def answers(case: Case) -> bool:
    """Whether an HTTP answer came, whatever it says."""
    return case.response is not None and case.response.status > 0


def speaks_tls(case: Case) -> bool:
    """Whether the peer spoke TLS, whatever became of it."""
    return bool(case.certificates) or case.tls_established is not None


def is_broken(case: Case) -> bool:
    """Whether something went wrong with a connection that was opened."""
    end = case.end
    closed_badly = case.close_received is not None and case.close_received.code not in GOOD_CLOSES
    return case.failed is not None or closed_badly or (end is not None and not end.is_clean)


class Variant(Value):
    """The plain connection with one change."""

    group: str
    change: str
    """In words, as `Origin: https://example.org`."""
    settings: ConnectionSettings
    cause: str
    """What it means where this works and the plain one does not."""
    advice: str
    """What to do then."""
    works: Callable[[Case], bool] = opens
    """Whether a session with the change came to what is hoped for."""
    refines: bool = False
    """Tried only where another one of its group has worked."""
    explains: bool = True
    """Whether its cause is better than what the rules say of the plain connection."""


class Tried(Value):
    """A variant and what it came to."""

    variant: Variant
    answer: str
    is_success: bool


def maybe_next(variants: Sequence[Variant], tried: Sequence[Tried]) -> Variant | None:
    """Return the variant to try now, None where enough is known or nothing is left."""
    done = {one.variant.change for one in tried}
    worked = {one.variant.group for one in tried if one.is_success}
    for variant in variants:
        if variant.change in done:
            continue
        if (variant.group in worked) if variant.refines else not worked:
            return variant
    return None


def answer_of(case: Case) -> str:
    """Return what a session came to, in a word or two."""
    if case.interrupted is not None:
        return "stopped"
    if case.name_failed is not None:
        return "no DNS"
    if case.connect_failed is not None:
        return "no TCP"
    if case.tls_failed is not None and case.response is None:
        return "bad cert" if case.tls_failed.verify_code is not None else "no TLS"
    if case.refused is not None:
        return str(case.refused.status)
    if case.invalid is not None:
        return "no HTTP" if not answers(case) else f"bad {case.response.status if case.response else 101}"
    if case.opened is None:
        return "timeout" if case.time_limit is not None else "nothing"
    return _answer_of_open(case)


def _answer_of_open(case: Case) -> str:
    if case.failed is not None:
        return "101, broken"
    if case.close_received is not None and case.close_received.code not in GOOD_CLOSES:
        return f"101, {case.close_received.code}"
    if case.end is None or case.end.is_clean:
        return "101"
    return "101, cut"


def looks_like_tls(data: bytes) -> bool:
    """Whether bytes begin like a TLS record (RFC 8446 §5.1)."""
    return len(data) > 1 and 0x14 <= data[0] <= 0x17 and data[1] == 3


# --- What it means ---------------------------------------------------------------------------------------------------
class Conclusion(Value):
    """What the variants say about the plain connection."""

    change: str
    cause: str
    advice: str
    explains: bool


def maybe_conclusion(tried: Sequence[Tried]) -> Conclusion | None:
    """Return what follows where a variant worked; of a group that worked the first one counts."""
    worked = [one for one in tried if one.is_success]
    if not worked:
        return None
    first = worked[0].variant
    return Conclusion(first.change, _cause(first, tried), first.advice, first.explains)


def _cause(first: Variant, tried: Sequence[Tried]) -> str:
    """Return the cause; of origins, with what the others of the group tell."""
    if first.group != "origin" or first.change == "no Origin":
        return first.cause
    came = {one.variant.change: one.is_success for one in tried}
    foreign = came.get(f"Origin: {FOREIGN_ORIGIN}")
    if foreign is None:
        return first.cause
    if foreign:
        return "the server wants an Origin header, and takes any"
    return f"{first.cause}, but not {FOREIGN_ORIGIN}: it has a list of those allowed"
