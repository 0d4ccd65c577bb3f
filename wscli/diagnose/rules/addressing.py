"""Rules about names and addresses: what stood between us and a byte stream."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, seen
from wscli.events import AttemptFailed, ConnectFailed, Evidence, NameFailed


def _attempts(case: Case) -> tuple[Evidence, ...]:
    """Return how it went with each address."""
    return tuple(seen(AttemptFailed, f"{one.address}: {one.reason} ({one.error})") for one in case.attempts)


def name_not_resolved(case: Case) -> Judgement | None:
    """Judge a name without an address."""
    if case.name_failed is None:
        return None
    host = case.name_failed.host
    return certain(
        f"no name server that this machine asks knows {host}",
        f"check the spelling; `getent hosts {host}` asks the same resolver",
        seen(NameFailed, case.name_failed.reason),
    )


def connection_refused(case: Case) -> Judgement | None:
    """Judge addresses at which nobody listens."""
    if case.connect_failed is None or not any(one.error == "ECONNREFUSED" for one in case.attempts):
        return None
    return likely(
        "nothing listens at this address and port, or a firewall answers in the server's place",
        "see on the server what listens: ss -tln; then compare with the port of the URL",
        *_attempts(case),
    )


def not_reached(case: Case) -> Judgement | None:
    """Judge addresses that could not be connected to for any other reason."""
    if case.connect_failed is None:
        return None
    evidence = _attempts(case) or (seen(ConnectFailed, case.connect_failed.reason),)
    return likely("there is no route to the server", "try from another network, or -4 or -6", *evidence)


AREA = Area(
    "addressing",
    "Names and addresses",
    (
        Rule(
            "addressing/name-not-resolved",
            "the host name has no address",
            "RFC 6455 3",
            "the host of the URL is a name that can be looked up, or an address",
            name_not_resolved,
        ),
        Rule(
            "addressing/connection-refused",
            "the connection was refused",
            "RFC 9293 3.5.2",
            "a SYN to a port where nobody listens is answered with RST",
            connection_refused,
        ),
        Rule(
            "addressing/not-reached",
            "no address could be connected to",
            "RFC 9293 3.5",
            "a TCP connection needs a SYN, a SYN-ACK and an ACK",
            not_reached,
        ),
    ),
)
