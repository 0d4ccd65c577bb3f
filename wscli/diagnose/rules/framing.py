"""Rules about frames and messages that break the protocol."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.rule import Area, Judgement, Rule, certain, seen
from wscli.events import WebSocketFailed


def violation(case: Case) -> Judgement | None:
    """Judge what no other rule explains."""
    deviation = case.first_deviation
    if deviation is None:
        return None
    kind = deviation.kind
    judgement = certain(
        "the server breaks the protocol",
        "see the bytes with -vvv; --lenient goes on as if nothing were wrong",
        seen(WebSocketFailed, f"{kind.code}: {deviation.detail}" if deviation.detail else kind.code),
    )
    return judgement.replace(reference=kind.section, requirement=kind.sentence)


AREA = Area(
    "framing",
    "Frames and messages",
    (
        Rule(
            "framing/violation",
            "the server breaks the protocol",
            "RFC 6455 7.1.7",
            "who breaks the protocol after the handshake has the connection failed",
            violation,
        ),
    ),
)
