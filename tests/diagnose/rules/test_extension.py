"""Rules about extensions: each on an answer that it is for, and on one that looks like it and is not."""

from __future__ import annotations

import pytest

from tests.diagnose.scripted import SWITCH, case_of, found, session, settings, text_of
from wscli.diagnose.diagnosis import judge
from wscli.events import Finding, StreamEnd
from wscli.settings import HandshakeSettings

OFFER = "permessage-deflate; client_max_window_bits"


def judged(answer: str, offer: str | None = OFFER) -> tuple[Finding, ...]:
    head = SWITCH + f"Sec-WebSocket-Extensions: {answer}\r\n\r\n".encode()
    of = settings(handshake=HandshakeSettings(deflate_offer=offer))
    return found((0.1, head), (0.2, b"\x88\x02\x03\xe8"), (0.3, StreamEnd.FINISHED), of=of)


D = "permessage-deflate; "

# The answer, the offer; the rule, what the evidence shows.
CASES: list[tuple[str, str | None, str, str]] = [
    ("permessage-deflate;;=,", OFFER, "extension/malformed", "answered: permessage-deflate;;=,"),
    ("x-unknown", OFFER, "extension/not-offered", "not offered: x-unknown"),
    ("permessage-deflate", None, "extension/not-offered", "offered: nothing"),
    ("permessage-deflate, permessage-deflate", OFFER, "extension/repeated", "permessage-deflate, permessage-deflate"),
    (D + "client_max_window_bits=7", OFFER, "extension/parameters",
     "client_max_window_bits: offered without a value, answered =7: illegal, must be from 8 to 15"),
    (D + "client_max_window_bits=10", "permessage-deflate", "extension/parameters",
     "client_max_window_bits: not offered, answered =10: illegal, allowed only where it was offered"),
    (D + "server_max_window_bits", OFFER, "extension/parameters", "illegal, needs a number from 8 to 15"),
    (D + "server_max_window_bits=12", D + "server_max_window_bits=10", "extension/parameters",
     "server_max_window_bits: offered =10, answered =12: illegal, larger than offered"),
    (D + "server_no_context_takeover=1", OFFER, "extension/parameters", "answered =1: illegal, takes no value"),
    (D + "mode=fast; server_max_window_bits=9", OFFER, "extension/parameters", "mode: not offered, answered =fast"),
    (D + "mode=fast; server_max_window_bits=9", OFFER, "extension/parameters", "answered =9: legal"),
    (D + "server_no_context_takeover; server_no_context_takeover", OFFER, "extension/parameters", "may stand once"),
    ("permessage-deflate", D + "server_no_context_takeover", "extension/parameters",
     "server_no_context_takeover: offered without a value, not answered: illegal"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "offer", "rule", "shown"), CASES)
def test_an_answer_is_judged_parameter_by_parameter(answer: str, offer: str | None, rule: str, shown: str) -> None:
    (finding,) = judged(answer, offer)
    assert rule == finding.rule
    assert shown in text_of(finding)
    assert ("wscli connect --deflate" if offer is None else "--no-deflate ws://example.org/chat") in finding.advice


@pytest.mark.parametrize(
    ("answer", "offer"),
    [
        ("permessage-deflate", OFFER),
        (D + "client_max_window_bits=8; server_max_window_bits=9", OFFER),
        (D + "server_no_context_takeover; client_no_context_takeover", OFFER),
        (D + "server_max_window_bits=9", D + "server_max_window_bits=10"),
    ],
)
def test_a_legal_answer_has_no_finding(answer: str, offer: str) -> None:
    assert () == judged(answer, offer)


def test_what_no_special_rule_knows_has_the_general_one() -> None:
    head = SWITCH + f"Sec-WebSocket-Extensions: {D}mode\r\n\r\n".encode()
    case = case_of(session((0.1, head)))
    assert case.response is not None
    case.response = case.response.replace(fields=case.response.fields.replace(items=()))
    found_rules = [finding.rule for finding in judge(case)]
    assert "extension/wrong" in found_rules
