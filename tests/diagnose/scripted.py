"""A client session whose other end is bytes in the test: the real core, no socket or clock; and what the rules find."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.wire_script import fixed_entropy
from wscli.diagnose.case import Case
from wscli.diagnose.diagnosis import judge
from wscli.diagnose.recognition import Recognition
from wscli.events import Batch, Connected, Event, Finding, Interest, StreamEnd
from wscli.protocol.client import ClientConnection
from wscli.settings import ConnectionSettings
from wscli.wire.accept import accept_for
from wscli.wire.url import decode_url

KEY = "N/ohPTf6IT03+iE9N/ohPQ=="
"""The key that `fixed_entropy` leads to."""
ACCEPT = accept_for(KEY)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    + ACCEPT.encode()
    + b"\r\n"
)
OPEN = SWITCH + b"\r\n"
"""A 101 without subprotocol and extensions."""
CLOSE_1000 = b"\x88\x02\x03\xe8"

Script = Iterable[tuple[float, bytes | StreamEnd]]
"""When what comes from the peer: bytes, or the end of its stream."""


def settings(url: str = "ws://example.org/chat", **changes: object) -> ConnectionSettings:
    return ConnectionSettings(decode_url(url)).replace(**changes)


def session(
    *script: tuple[float, bytes | StreamEnd],
    of: ConnectionSettings | None = None,
    then: Callable[[ClientConnection, float], Iterable[Event]] | None = None,
) -> list[Batch]:
    """Return the batches of a session with a peer that says this; the clock stands still between the moments."""
    connection = ClientConnection(of or settings(), fixed_entropy, Interest.FRAMES | Interest.MESSAGES)
    batches = [Batch(0.0, (Connected("192.0.2.1:80", "192.0.2.2:50000"),)), Batch(0.0, connection.start(0.0).events)]
    for at, said in script:
        while (due := connection.wake_at) is not None and due < at:
            batches.append(Batch(due, connection.tick(due).events))
        step = connection.receive(said, at) if isinstance(said, bytes) else connection.receive_eof(at, said)
        batches.append(Batch(at, step.events))
        if then is not None:
            batches.append(Batch(at, tuple(then(connection, at))))
    while (due := connection.wake_at) is not None:
        batches.append(Batch(due, connection.tick(due).events))
    return batches


def case_of(batches: Iterable[Batch], url: str = "") -> Case:
    case, recognition = Case(url), Recognition()
    for batch in batches:
        case.observe(recognition.annotate(batch))
    return case


def found(*script: tuple[float, bytes | StreamEnd], of: ConnectionSettings | None = None) -> tuple[Finding, ...]:
    """Return what the rules find in a session with a peer that says this; nothing where it has no trouble."""
    case = case_of(session(*script, of=of), (of or settings()).url.text)
    return judge(case) if case.has_trouble else ()


def found_in(*events: Event, url: str = "") -> tuple[Finding, ...]:
    """Return what the rules find in these events, all of one moment."""
    return judge(case_of([Batch(0.0, events)], url))


def rules(findings: Iterable[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def text_of(finding: Finding) -> str:
    """Return all that a finding says, for a look at single words."""
    parts = (finding.requirement, *finding.causes, finding.advice, *(one.text for one in finding.evidence))
    return "\n".join(parts)
