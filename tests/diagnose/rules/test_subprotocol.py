"""Rules about subprotocols: each on an answer that it is for, and on one that looks like it and is not."""

from __future__ import annotations

import pytest

from tests.diagnose.scripted import SWITCH, found, settings, text_of
from wscli.events import Finding, StreamEnd
from wscli.settings import HandshakeSettings


def judged(answered: tuple[str, ...], *offered: str) -> tuple[Finding, ...]:
    """Return what is found where these were offered and the server answers with these headers."""
    head = SWITCH + b"".join(f"Sec-WebSocket-Protocol: {value}\r\n".encode() for value in answered) + b"\r\n"
    of = settings(handshake=HandshakeSettings(subprotocols=offered))
    return found((0.1, head), (0.2, b"\x88\x02\x03\xe8"), (0.3, StreamEnd.FINISHED), of=of)


# What the server answers, what was offered; the rule and the confidence, what is shown, what is advised.
CASES: list[tuple[tuple[str, ...], tuple[str, ...], str, str, str]] = [
    ((), ("chat", "mqtt"), "subprotocol/none-chosen certain", "offered: chat, mqtt", "one of: chat, mqtt"),
    (("chat", "mqtt"), ("chat",), "subprotocol/repeated likely", "Sec-WebSocket-Protocol: mqtt", "once"),
    (("",), (), "subprotocol/empty certain", "offered: none", "leave Sec-WebSocket-Protocol away"),
    (("chat, mqtt",), ("chat", "mqtt"), "subprotocol/not-one certain", "chat, mqtt", "chat, mqtt"),
    (("no token",), (), "subprotocol/not-one certain", "no token", "leave the header away"),
    (("CHAT",), ("chat",), "subprotocol/case certain", "Sec-WebSocket-Protocol: CHAT", "-s CHAT ws://example.org"),
    (("it's",), (), "subprotocol/unasked certain", "offered: none", "-s 'it'\"'\"'s' ws://example.org/chat"),
    (("mqtt",), ("chat",), "subprotocol/not-offered possible", "offered: chat", "wscli connect -s mqtt"),
]


@pytest.mark.parametrize(("answered", "offered", "rule", "shown", "advice"), CASES)
def test_an_answer_is_judged(
    answered: tuple[str, ...], offered: tuple[str, ...], rule: str, shown: str, advice: str
) -> None:
    (finding,) = judged(answered, *offered)
    assert rule == f"{finding.rule} {finding.confidence.value}"
    assert shown in text_of(finding)
    assert advice in finding.advice


def test_a_subprotocol_that_was_offered_is_no_finding() -> None:
    assert () == judged(("chat",), "mqtt", "chat")
    assert () == judged(())


@pytest.mark.parametrize(
    ("rule", "answered", "offered", "other"),
    [
        ("subprotocol/empty", (" ,",), (), "subprotocol/not-one"),
        ("subprotocol/case", ("chats",), ("chat",), "subprotocol/not-offered"),
        ("subprotocol/repeated", ("chat,chat",), ("chat",), "subprotocol/not-one"),
        ("subprotocol/unasked", ("mqtt",), ("chat",), "subprotocol/not-offered"),
    ],
)
def test_what_only_looks_like_it_is_judged_otherwise(
    rule: str, answered: tuple[str, ...], offered: tuple[str, ...], other: str
) -> None:
    assert (True, [other]) == (rule != other, [finding.rule for finding in judged(answered, *offered)])
