"""What is explained, in which order it is looked up, and that nothing breaks it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.app.exit_status import ExitStatus
from wscli.app.explain import TOPICS, Asked, run_explain
from wscli.app.explain import asking as asking_module
from wscli.app.explain.relations import outcomes
from wscli.cli.commands import explain
from wscli.diagnose.rules import AREAS
from wscli.errors import UsageProblem
from wscli.record.codec import decode_event
from wscli.text import visible
from wscli.wire.deviations import CATALOGUE

Capture = pytest.CaptureFixture[str]


def explained(*words: str, capsys: Capture, **more: object) -> list[str]:
    assert ExitStatus.DONE is run_explain(Asked(words, colour="never").replace(**more))
    return capsys.readouterr().out.splitlines()


def titles(lines: Sequence[str]) -> list[str]:
    """Return the names of the topics whose titles are there."""
    return [topic.name for line in lines for topic in TOPICS.values() if topic.title.startswith(line) and line]


def refused(*words: str, **more: object) -> UsageProblem:
    with pytest.raises(UsageProblem) as caught:
        run_explain(Asked(words, colour="never").replace(**more))
    return caught.value


# --- Topics ----------------------------------------------------------------------------------------------------------
def test_the_command_offers_the_topics_that_there_are() -> None:
    assert list(TOPICS) == list(explain.TOPICS) == sorted(TOPICS)


def test_without_a_topic_the_topics_are_listed(capsys: Capture) -> None:
    lines = [line for line in explained(capsys=capsys)[1:] if line[2] != " "]
    assert [f"  {topic}" for topic in TOPICS] == [line[: len(line.split()[0]) + 2] for line in lines]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_entry_of_a_topic_is_listed_in_line(topic: str, capsys: Capture) -> None:
    lines = explained(topic, capsys=capsys)
    entries = TOPICS[topic].entries()
    assert TOPICS[topic].title.startswith(lines[0])
    assert max(map(len, lines)) <= 80
    for entry in entries:
        assert any(line.startswith(f"  {entry.name}") for line in lines)
    assert lines == explained(capsys=capsys, topic=topic)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_entry_is_found_by_its_name_and_shown_whole(topic: str, capsys: Capture) -> None:
    for entry in TOPICS[topic].entries():
        for name in (entry.name, *entry.aliases):
            joined = " ".join(" ".join(explained(name.swapcase(), capsys=capsys, topic=topic)).split())
            assert " ".join(entry.sentence.split()) in joined, name


def test_rules_and_deviations_are_all_there() -> None:
    ids = {rule.id for area in AREAS for rule in area.rules}
    assert ids | {"wscli/rule-failed"} == {entry.name for entry in TOPICS["rules"].entries()}
    assert list(CATALOGUE) == [entry.name for entry in TOPICS["deviations"].entries()]


# --- One name or number ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("1006",), ["never on the wire", "RFC 6455 7.4.1", "close-1006", "wscli serve --fault close=1006"]),
        (("1011",), ["keepalive", "wscli serve --fault close=1011"]),
        (("policy", "violation"), ["1008"]),
        (("4406",), ["graphql-transport-ws", "subprotocol-4406", "private"]),
        (("4000",), ["Discord gateway", "Pusher protocol", "Twitch EventSub"]),
        (("4499",), ["terminated"]),
        (("4998",), ["4000-4999", "private use"]),
        (("3999",), ["3000-3999", "IANA"]),
        (("404",), ["nothing is at this path", "RFC 9110 15.5.5", "not-found"]),
        (("Bad", "Gateway"), ["502", "behind the proxy"]),
        (("499",), ["nginx", "log only"]),
        (("http", "450"), ["400-499", "counts as 400"]),
        (("handshake/accept-wrong",), ["RFC 6455 4.1", "must: ", "accept-no-guid", "accept-hex"]),
        (("frame/masked",), ["Close 1002 (protocol error)", "wscli serve --fault masked 8080", "framing/"]),
        (("message/not-utf8",), ["Close 1007"]),
        (("handshake/subprotocol-none",), ["subprotocol-ignored", "-s NAME"]),
        (("addressing/not-reached",), ["RFC 9293", "error: "]),
        (("wscli/rule-failed",), ["warning: ", "--record"]),
        (("retry-after",), ["429 or 503", "RFC 9110 10.2.3"]),
        (("SEC-WEBSOCKET-ACCEPT",), ["SHA-1", "handshake/accept-wrong", "handshake/accept-missing"]),
        (("258EAFA5-E914-47DA-95CA-C5AB0DC85B11",), ["Sec-WebSocket-Accept"]),
        (("cf-ray",), ["Cloudflare"]),
        (("0x9",), ["PING, a control frame", "89 00"]),
        (("0xb",), ["reserved control frames"]),
        (("PONG",), ["0xA"]),
        (("130",), ["interrupted"]),
        (("exit", "10"), ["without a Close", "wscli serve --fault drop 8080"]),
        (("handshake failure",), ["40", "wscli serve --tls --fault tls-alert=40 8443"]),
        (("alert 0x78",), ["no_application_protocol", "--alpn"]),
        (("drop-after",), ["ends without a Close", "10: the connection ended without a Close"]),
        (("certificate-expired",), ["wscli serve --tls --fault certificate-expired 8443"]),
        (("ECHO",), ["every message comes back", "/echo"]),
    ],
)
def test_a_name_or_number_is_explained(words: tuple[str, ...], said: list[str], capsys: Capture) -> None:
    joined = " ".join(" ".join(explained(*words, capsys=capsys)).split())
    assert [] == [text for text in said if text not in joined]


def test_what_a_rule_says_names_the_faults_that_reproduce_it(capsys: Capture) -> None:
    found = next(outcome for outcome in outcomes() if outcome.rules)
    joined = " ".join(" ".join(explained(found.rules[0], capsys=capsys)).split())
    first = next(outcome for outcome in outcomes() if found.rules[0] in outcome.rules)
    assert first.command in joined


# --- What is meant where several things could be ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("1",), ["exit-statuses", "opcodes"]),
        (("10",), ["alerts", "exit-statuses", "opcodes"]),
        (("0x1",), ["opcodes"]),
        (("0x28",), ["alerts"]),
        (("close",), ["faults", "opcodes"]),
        (("text",), ["faults", "opcodes"]),
        (("version",), ["faults"]),
        (("content-length",), ["faults", "fields"]),
        (("1000",), ["close-codes"]),
        (("status", "200"), ["statuses"]),
        (("opcode", "1"), ["opcodes"]),
        (("framing",), ["rules"]),
        (("framing/",), ["rules"]),
        (("handshake",), ["faults"]),
        (("head",), ["deviations"]),
        (("head/",), ["deviations"]),
        (("discord",), ["close-codes"]),
        (("refusals",), ["fields"]),
        (("4400-4429",), ["close-codes"]),
        (("1000", "404"), ["close-codes", "statuses"]),
    ],
)
def test_names_come_first_then_numbers_of_any_table(words: tuple[str, ...], shown: list[str], capsys: Capture) -> None:
    found = titles(explained(*words, capsys=capsys))
    assert set(shown) <= set(found)
    assert "handshake" in words or shown == found


def test_a_range_lists_the_codes_in_it(capsys: Capture) -> None:
    lines = explained("4400-4429", capsys=capsys)
    assert ["4400", "4401", "4403", "4406", "4408", "4409", "4429"] == [
        line.split()[0] for line in lines[3:] if line.startswith("  44")
    ][:7]


def test_a_number_that_could_be_bytes_says_how_to_read_it_so(capsys: Capture) -> None:
    assert "* as bytes of a frame: wscli explain --bytes 1000" == explained("1000", capsys=capsys)[-1]
    assert "Frame 1" in explained("1000", capsys=capsys, is_bytes=True)[0]


def test_a_topic_can_be_asked_alone(capsys: Capture) -> None:
    assert ["opcodes"] == titles(explained("10", capsys=capsys, topic="opcodes"))
    assert "`wscli explain statuses` lists them" == refused("1000", topic="statuses").hint
    assert "there is no such topic" in str(refused("1000", topic="nonsense"))


@pytest.mark.parametrize(
    "text", ["8180", "8100", "81 05 48", "81 85 37", "0x81 0x05", r"\x81\x05", "gQVIZWxsbw==", "AQIDBA=="]
)
def test_what_no_table_has_is_bytes(text: str, capsys: Capture) -> None:
    lines = explained(*text.split(), capsys=capsys)
    assert lines[0].startswith(("Frame 1", "A frame that is not whole"))


def test_a_key_comes_before_bytes(capsys: Capture) -> None:
    lines = explained("dGhlIHNhbXBsZSBub25jZQ==", capsys=capsys)
    assert "    answer      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" == lines[-1]
    lines = explained("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", capsys=capsys)
    assert "the base64 of 20 bytes" in " ".join(lines)
    assert "Frame 1" in explained("dGhlIHNhbXBsZSBub25jZQ==", capsys=capsys, is_bytes=True)[0]
    assert "nothing here has this name" in str(refused("dGhlIHNhbXBsZSBub25jZQ==", topic="fields"))


# --- What is not known -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("handshake/accept-wrnog", "`handshake/accept-wrong`"),
        ("frame/masket", "`frame/masked`"),
        ("Retry-Aftr", "`Retry-After`"),
        ("close-code", "`close-codes`"),
        ("unexpected_mesage", "`unexpected_message`"),
    ],
)
def test_what_is_near_is_named(text: str, near: str) -> None:
    assert near in str(refused(text).hint)


@pytest.mark.parametrize("text", ["zzzqq", "", "Upgraded", "http/nothing", "x" * 100_000, "1" * 5000 + "x"])
def test_what_nothing_is_near_to_lists_the_topics(text: str) -> None:
    problem = refused(text)
    assert "nothing here has this name" in str(problem)
    assert "topics are alerts, close-codes" in str(problem.hint) or "did you mean" in str(problem.hint)
    assert len(str(problem)) < 200


def test_a_digit_too_few_is_named() -> None:
    assert "a hexadecimal digit is missing" in str(refused("81056"))
    assert "a hexadecimal digit is missing" in str(refused("81056", is_bytes=True))


@pytest.mark.parametrize("text", ["é", "hello world!", "\x1b[31m"])
def test_bytes_that_are_none_are_refused(text: str) -> None:
    problem = refused(text, is_bytes=True)
    assert "neither hexadecimal nor base64" in str(problem)
    assert str(problem) == visible(str(problem))


def test_no_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"")
    assert "there are none" in str(refused("-"))
    monkeypatch.setattr(sys, "stdin", None)
    assert "there are none" in str(refused("-"))


# --- Standard input --------------------------------------------------------------------------------------------------
def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("data", [b"\x81\x05Hello", b"8105 4865\n6c6c 6f\n", b"gQVIZWxsbw==\n"])
def test_bytes_come_from_standard_input_as_they_are_or_as_text(
    data: bytes, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, data)
    lines = explained("-", capsys=capsys)
    assert "  text    Hello" == lines[-1]


def test_standard_input_is_bounded(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking_module, "MOST_BYTES", 1000)
    stdin(monkeypatch, b"\x82\x00" * 1000)
    lines = explained("-", capsys=capsys)
    assert "* only the first 1000 bytes are read" == lines[0]
    assert "* only the first 100 frames are shown; 800 more bytes follow" == lines[-1]


def test_ten_megabytes_are_no_trouble(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"\x82\x7f" + (10_000_000).to_bytes(8, "big") + bytes(10_000_000))
    lines = explained("-", capsys=capsys)
    assert len(lines) < 30
    assert "    … 9999872 more bytes" == lines[-1]


# --- JSON, colour ----------------------------------------------------------------------------------------------------
def test_entries_are_lines_of_json(capsys: Capture) -> None:
    (line,) = explained("1008", capsys=capsys, is_json=True)
    entry = json.loads(line)
    assert ("close-codes", "1008", "Registered") == (entry["topic"], entry["name"], entry["group"])
    assert "RFC 6455 7.4.1" == entry["facts"]["section"]
    lines = explained("opcodes", capsys=capsys, is_json=True)
    assert len(TOPICS["opcodes"].entries()) == len([json.loads(line) for line in lines])
    assert list(TOPICS) == [json.loads(line)["name"] for line in explained(capsys=capsys, is_json=True)]
    (line,) = explained("dGhlIHNhbXBsZSBub25jZQ==", capsys=capsys, is_json=True)
    assert "key" == json.loads(line)["topic"]


def test_frames_are_the_lines_of_a_recording(capsys: Capture) -> None:
    lines = explained("8105 48656c6c6f 81", capsys=capsys, is_json=True)
    assert ["frame-received", "unparsed-received"] == [json.loads(line)["event"] for line in lines]
    assert [0.0, 0.0] == [decode_event(line)[0] for line in lines]


def test_colour_is_a_choice(capsys: Capture) -> None:
    run_explain(Asked(("1006",), colour="always"))
    assert "\x1b[1m" in capsys.readouterr().out


# --- Laws ------------------------------------------------------------------------------------------------------------
TEXTS = st.one_of(st.text(max_size=40), st.binary(max_size=40).map(bytes.hex))


@given(st.lists(TEXTS, max_size=3).filter(lambda words: words != ["-"]), st.booleans())
def test_no_text_raises_anything_else_and_nothing_is_shown_unescaped(words: list[str], is_bytes: bool) -> None:
    output = io.StringIO()
    with redirect_stdout(output), suppress(UsageProblem):
        run_explain(Asked(tuple(words), is_bytes=is_bytes, colour="never"))
    assert [] == [line for line in output.getvalue().split("\n") if not line.isprintable()]
