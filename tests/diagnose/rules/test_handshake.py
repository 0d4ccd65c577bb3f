"""Rules about the 101: each on an answer that it is for, and on one that looks like it and is not."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1, sha256

import pytest

from tests.diagnose.scripted import ACCEPT, KEY, OPEN, SWITCH, case_of, found, rules, session, text_of
from wscli.diagnose.diagnosis import judge
from wscli.diagnose.rules.handshake import formula_of
from wscli.events import Confidence, Finding, HandshakeInvalid, Severity, StreamEnd
from wscli.wire.accept import GUID, accept_for
from wscli.wire.deviations import HEAD_NUL

STATUS = b"HTTP/1.1 101 Switching Protocols\r\n"
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
RIGHT = b"Sec-WebSocket-Accept: " + ACCEPT.encode() + b"\r\n"


def answer(*parts: bytes) -> bytes:
    return b"".join(parts) + b"\r\n"


def accepting(value: str) -> bytes:
    return answer(STATUS, UPGRADE, b"Sec-WebSocket-Accept: " + value.encode() + b"\r\n")


def judged(head: bytes) -> Finding:
    return found((0.1, head), (0.2, StreamEnd.FINISHED))[0]


def digest(data: bytes) -> str:
    return b64encode(sha1(data, usedforsecurity=False).digest()).decode()


OTHER_KEY = accept_for("AAAAAAAAAAAAAAAAAAAAAA==")
MANY = b"".join(b"Set-Cookie: a=%d\r\n" % number for number in range(5000))

# The answer; the rule and the confidence, what the evidence shows, what the advice names.
CASES: list[tuple[bytes, str, str, str]] = [
    (STATUS + b"Upgra", "handshake/head-cut possible", "the last line: Upgra", "log"),
    (answer(STATUS, UPGRADE, RIGHT, MANY), "handshake/head-too-large possible", "set-cookie: ", "-v"),
    (answer(STATUS, UPGRADE, RIGHT, b"X: " + b"x" * 70000), "handshake/head-too-large likely", "x: 1 time, ",
     "header"),
    (answer(STATUS, b"Upgrade: TLS/1.2, HTTP/1.1\r\nConnection: Upgrade\r\nServer: CUPS/2.4\r\n"),
     "handshake/other-protocol certain", "Server: CUPS/2.4", "--upgrade-tls optional ws://example.org/chat"),
    (answer(STATUS, b"Upgrade: h2c\r\nConnection: Upgrade\r\n"), "handshake/other-protocol certain",
     "Upgrade: h2c", "h2c"),
    (answer(STATUS, b"Upgrade: irc\r\nConnection: Upgrade\r\n"), "handshake/other-protocol certain", "irc", "port"),
    (answer(STATUS, b"Via: 1.1 proxy\r\n"), "handshake/bare likely", "Via: 1.1 proxy", "past every proxy"),
    (answer(STATUS, RIGHT), "handshake/hop-by-hop possible", "Upgrade: (absent)", "past every proxy"),
    (answer(STATUS, b"Upgrade: websocket\r\nConnection: close\r\n", RIGHT), "handshake/hop-by-hop possible",
     "Connection: close", "past every proxy"),
    (answer(STATUS, b"Upgrade: websocket\r\n", RIGHT), "handshake/hop-by-hop possible", "Connection: (absent)",
     "proxy"),
    (answer(STATUS, b"Connection: Upgrade\r\n"), "handshake/hop-by-hop likely", "Upgrade: (absent)", "library"),
    (accepting(digest(KEY.encode())), "handshake/accept-formula certain", "without the GUID",
     "wscli explain " + KEY),
    (accepting(accept_for("dGhlIHNhbXBsZSBub25jZQ==")), "handshake/accept-formula certain", "fixed answer", "mock"),
    (accepting(OTHER_KEY), "handshake/accept-other possible", OTHER_KEY, "try twice"),
    (accepting("accepted"), "handshake/accept-no-digest certain", f"which asks for {ACCEPT}", "wscli explain"),
    (accepting("who knows?"), "handshake/accept-no-digest certain", "who knows?", "SHA-1"),
    (accepting("é"), "handshake/accept-no-digest certain", "Sec-WebSocket-Key: " + KEY, "SHA-1"),
    (answer(STATUS, UPGRADE, b"Server: half\r\n"), "handshake/accept-missing possible", "Server: half", "proxy"),
    (answer(STATUS, UPGRADE, RIGHT, RIGHT), "handshake/accept-repeated likely", "one of them is right",
     "one of them"),
    (answer(STATUS, UPGRADE, RIGHT.replace(b"=", b"x"), RIGHT.replace(b"=", b"y")),
     "handshake/accept-repeated likely",
     "none of them is right", "one of them"),
    (answer(b"HTTP/1.0 101 Switching Protocols\r\n", UPGRADE, RIGHT), "handshake/http-version likely", "HTTP/1.0",
     "proxy_http_version 1.1;"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "rule", "shown", "advice"), CASES)
def test_a_wrong_101_is_judged(head: bytes, rule: str, shown: str, advice: str) -> None:
    finding = judged(head)
    assert (rule, Severity.ERROR) == (f"{finding.rule} {finding.confidence.value}", finding.severity)
    assert shown in "\n".join(one.text for one in finding.evidence)
    assert advice in finding.advice


RAW, GUID_BYTES = KEY.encode(), GUID.encode()
SUM = sha1(RAW + GUID_BYTES, usedforsecurity=False)
FORMULAS = {
    "without the GUID": digest(RAW),
    "as the hexadecimal digest": SUM.hexdigest(),
    "as the base64 of the hexadecimal digest": b64encode(SUM.hexdigest().encode()).decode(),
    "from the decoded key": digest(b"\x37\xfa\x21\x3d" * 4 + GUID_BYTES),
    "from the decoded key without the GUID": digest(b"\x37\xfa\x21\x3d" * 4),
    "with a lower-case GUID": digest(RAW + GUID_BYTES.lower()),
    "from the GUID before the key": digest(GUID_BYTES + RAW),
    "from the GUID alone, the key being empty": digest(GUID_BYTES),
    "with a space behind the key": digest(RAW + b" " + GUID_BYTES),
    "with the space before the key in it": digest(b" " + RAW + GUID_BYTES),
    "with the line end behind the key in it": digest(RAW + b"\r\n" + GUID_BYTES),
    "with the carriage return behind the key in it": digest(RAW + b"\r" + GUID_BYTES),
    "with the line feed behind the key in it": digest(RAW + b"\n" + GUID_BYTES),
    "with a line end behind key and GUID": digest(RAW + GUID_BYTES + b"\n"),
    "from the key without its ==": digest(RAW.rstrip(b"=") + GUID_BYTES),
    "from the key in lower case": digest(RAW.lower() + GUID_BYTES),
    "with SHA-256": b64encode(sha256(RAW + GUID_BYTES).digest()).decode(),
    "in base64 without its padding": ACCEPT.rstrip("="),
    "in the base64 of URLs": b64encode(SUM.digest(), b"-_").decode(),
    "as the key itself": KEY,
    "as the base64 of key and GUID without a digest": b64encode(RAW + GUID_BYTES).decode(),
    "from the key of the RFC's example: a fixed answer": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
}


@pytest.mark.parametrize("way", FORMULAS)
def test_a_known_wrong_formula_is_named(way: str) -> None:
    if FORMULAS[way] != ACCEPT:
        assert way == formula_of(KEY, FORMULAS[way])


def test_a_value_of_no_known_formula_is_not_guessed() -> None:
    assert formula_of(KEY, OTHER_KEY) is None
    assert formula_of("no base64!", "x") is None
    assert "as the hexadecimal digest" == formula_of(KEY, SUM.hexdigest().upper())


# What looks like the rule on the left, and is judged by another.
NEAR: list[tuple[str, bytes, str]] = [
    ("handshake/head-cut", answer(STATUS, b"Upgra\r\n"), "handshake/bare"),
    ("handshake/head-too-large", answer(STATUS, b"X: " + b"x" * 60000 + b"\r\n"), "handshake/bare"),
    ("handshake/other-protocol", answer(STATUS, b"Upgrade: \r\nConnection: x\r\n"), "handshake/other-protocol"),
    ("handshake/bare", answer(STATUS, RIGHT), "handshake/hop-by-hop"),
    ("handshake/accept-formula", accepting(digest(b"x" + RAW)), "handshake/accept-other"),
    ("handshake/accept-other", accepting(OTHER_KEY[:-2]), "handshake/accept-no-digest"),
    ("handshake/accept-missing", answer(STATUS, UPGRADE, b"Sec-WebSocket-Accept: \r\n"), "handshake/accept-no-digest"),
]


@pytest.mark.parametrize(("rule", "head", "other"), NEAR)
def test_what_only_looks_like_it_is_judged_otherwise(rule: str, head: bytes, other: str) -> None:
    assert other == judged(head).rule
    assert rule != other or rule == "handshake/other-protocol"


def opened(*parts: bytes) -> tuple[Finding, ...]:
    """Return what is found in a good session with this answer."""
    return found((0.1, answer(*parts)), (0.2, b"\x88\x02\x03\xe8"), (0.3, StreamEnd.FINISHED))


@pytest.mark.parametrize(
    ("parts", "rule", "shown"),
    [
        ((SWITCH, b"Content-Length: 0\r\n"), "handshake/content-length", "Content-Length: 0"),
        ((SWITCH, b"Transfer-Encoding: chunked\r\n"), "handshake/transfer-encoding", "Transfer-Encoding: chunked"),
        ((SWITCH, b"Content-Encoding: gzip\r\n"), "handshake/content-encoding", "Content-Encoding: gzip"),
        ((SWITCH, b"what is this\r\n"), "handshake/odd-head", "head/field-no-colon"),
        ((SWITCH.replace(b"101 Switching Protocols", b"101"),), "handshake/odd-head", "head/reason-space-missing"),
    ],
)
def test_a_bearable_101_is_warned_of(parts: tuple[bytes, ...], rule: str, shown: str) -> None:
    (finding,) = opened(*parts)
    assert (rule, Severity.WARNING) == (finding.rule, finding.severity)
    assert shown in text_of(finding)


def test_what_is_legal_is_no_trouble() -> None:
    assert () == opened(SWITCH)
    assert () == opened(SWITCH.replace(b"Upgrade: websocket", b"upgrade: WebSocket"))
    assert () == opened(SWITCH.replace(b"101 Switching Protocols", b"101 "))


@pytest.mark.parametrize(
    ("head", "shown"),
    [
        (OPEN.replace(b"Upgrade: websocket", b"Upgrade: WebSocket"), "Upgrade: WebSocket"),
        (OPEN.replace(b"101 Switching Protocols", b"101 "), "HTTP/1.1 101 without a reason phrase"),
        (OPEN.replace(b"Connection: Upgrade", b"connection: Upgrade"), "connection: Upgrade"),
    ],
)
def test_what_is_legal_and_unusual_is_told_to_who_asks_for_a_judgement(head: bytes, shown: str) -> None:
    (finding,) = judge(case_of(session((0.1, head), (0.2, b"\x88\x02\x03\xe8"), (0.3, StreamEnd.FINISHED))))
    assert ("handshake/unusual", shown) == (finding.rule, finding.evidence[0].text)
    case = case_of(session((0.1, head), (0.2, b"\x88\x02\x03\xf0"), (0.3, StreamEnd.FINISHED)))
    assert "handshake/unusual" not in rules(judge(case))
    assert () == judge(case_of(session((0.1, OPEN), (0.2, b"\x88\x02\x03\xe8"), (0.3, StreamEnd.FINISHED))))


def test_what_no_special_rule_knows_has_the_general_one() -> None:
    case = case_of(session((0.1, answer(STATUS, UPGRADE, RIGHT))))
    case.opened = None
    case.invalid = HandshakeInvalid("the 101 breaks the rules", ())
    (finding,) = judge(case)
    assert ("handshake/broken", Confidence.CERTAIN) == (finding.rule, finding.confidence)
    assert "the 101 breaks the rules" == finding.evidence[0].text
    case.invalid = HandshakeInvalid("the 101 breaks the rules", (HEAD_NUL.at(3, "seen"),))
    (finding,) = judge(case)
    assert ("handshake/broken", "RFC 9110 5.5") == (finding.rule, finding.reference)
    assert "head/nul: seen" == finding.evidence[0].text


def test_what_other_areas_judge_has_no_finding_here() -> None:
    head = answer(STATUS, UPGRADE, RIGHT, b"Sec-WebSocket-Protocol: other\r\n")
    assert ["subprotocol/unasked"] == rules(found((0.1, head), (0.2, StreamEnd.FINISHED)))
