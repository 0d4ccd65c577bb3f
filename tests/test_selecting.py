"""Predicates made from what a user typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import any_event, payloads
from wscli.errors import UsageProblem
from wscli.events import BytesReceived, Connected, FrameReceived, FrameSent, MessageKind, MessageReceived, Side
from wscli.selecting import (
    content_test,
    decode_path,
    encode_path,
    fits_path,
    is_path,
    json_test,
    look_up,
    opcodes_named,
    pattern_test,
    side_test,
)
from wscli.wire.frames import FrameOrder, encode_frame


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/items/0/id", ("items", "0", "id")),
        ("/a~1b/~0", ("a/b", "~")),
        ("$.items[0].id", ("items", "0", "id")),
        ("items.0.id", ("items", "0", "id")),
        ("$['a']", ("a",)),
        ("$", ()),
        ("/", ("",)),
    ],
)
def test_a_path_has_three_spellings(text: str, path: tuple[str, ...]) -> None:
    assert path == decode_path(text)


@given(st.lists(st.text(), min_size=1).map(tuple))
def test_a_pointer_names_any_path(path: tuple[str, ...]) -> None:
    assert path == decode_path(encode_path(path))


def test_a_path_is_told_from_an_expression_by_its_beginning() -> None:
    assert [True, True, True, False, False] == [is_path(text) for text in ("/a", "$.a", "$[0]", ".*", "$")]


@pytest.mark.parametrize(
    ("path", "found"),
    [("/a/1/b", 2), ("/a/*/b", 1), ("/*/0/b", 1), ("", {"a": [{"b": 1}, {"b": 2}], "c": "x"})],
)
def test_what_stands_at_a_path_is_found(path: str, found: object) -> None:
    assert found == look_up({"a": [{"b": 1}, {"b": 2}], "c": "x"}, decode_path(path))


@pytest.mark.parametrize("path", ["/z", "/a/2", "/a/x", "/c/d", "/*/z", "/a/-1"])
def test_a_path_that_leads_nowhere_is_a_lookup_error(path: str) -> None:
    with pytest.raises(LookupError):
        look_up({"a": [{"b": 1}], "c": "x"}, decode_path(path))


def test_a_pattern_of_a_path_takes_what_lies_within_it() -> None:
    assert [True, True, False, False] == [
        fits_path(path, [("a", "*")]) for path in (("a", "1"), ("a", "1", "b"), ("a",), ("b", "1"))
    ]


@pytest.mark.parametrize(
    ("text", "payload", "fits"),
    [
        ("/op", b'{"op": "x"}', True),
        ("/op=x", b'{"op": "x"}', True),
        ("op=1", b'{"op": 1}', True),
        ("/op=y", b'{"op": "x"}', False),
        ("/no", b'{"op": "x"}', False),
        ("/op", b"plain", False),
        ("/op", b"", False),
        ("/op", b"{", False),
        ("/op", b"\xff", False),
    ],
)
def test_json_is_looked_into(text: str, payload: bytes, fits: bool) -> None:
    assert fits is json_test(text)(payload)


@given(payloads)
def test_no_payload_breaks_a_test(payload: bytes) -> None:
    assert json_test("/a=1")(payload) in (True, False)
    assert pattern_test("--match", "a")(payload) is (b"a" in payload)


def test_what_is_no_expression_or_opcode_is_refused_with_the_option() -> None:
    for wrong in (lambda: pattern_test("--match", "(a"), lambda: opcodes_named("--opcode", "text,pink")):
        with pytest.raises(UsageProblem) as caught:
            wrong()
        assert caught.value.subject in ("--match", "--opcode")
        assert caught.value.hint


SENT = FrameSent(1, encode_frame(FrameOrder(9, b"beat", mask_key=b"abcd")))
RECEIVED = FrameReceived(2, encode_frame(FrameOrder(1, b"packed", rsv=4)), b"hello")
MESSAGE = MessageReceived(MessageKind.TEXT, b"hello", (2, 2))
OTHER = Connected("127.0.0.1:80", "")


def test_a_side_keeps_what_is_about_neither() -> None:
    events = (SENT, RECEIVED, MESSAGE, OTHER)
    assert [SENT, OTHER] == list(filter(side_test(Side.LOCAL), events))
    assert [RECEIVED, MESSAGE, OTHER] == list(filter(side_test(Side.REMOTE), events))


def test_frames_and_messages_are_chosen_by_opcode_and_content() -> None:
    events = (SENT, RECEIVED, MESSAGE, BytesReceived(b"hello"), OTHER)
    assert [SENT, OTHER] == list(filter(content_test((), opcodes_named("--opcode", "ping")), events))
    assert [RECEIVED, MESSAGE, OTHER] == list(filter(content_test([pattern_test("--match", "^hel")]), events))


@given(any_event)
def test_any_event_can_be_tested(event: object) -> None:
    assert content_test([json_test("/a")], frozenset((1,)))(event) in (True, False)  # type: ignore[arg-type]
