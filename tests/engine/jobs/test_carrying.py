"""Values that are carried from this run into what a recording sends."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import payloads
from wscli.engine.jobs.carrying import Assignment, Capture, Carrier
from wscli.engine.jobs.comparing import Received
from wscli.events import MessageKind
from wscli.selecting import decode_path

TEXT, BINARY = MessageKind.TEXT, MessageKind.BINARY
TOKEN = Capture("token", decode_path("/session/token"))
LOGIN = Received(TEXT, b'{"session": {"token": "recorded-1"}}')


def sent(carrier: Carrier, text: str) -> str:
    return carrier.to_send(text.encode(), TEXT).decode()


def carrier_of(now: str, capture: Capture = TOKEN, recorded: Received = LOGIN) -> Carrier:
    carrier = Carrier((capture,), (), (recorded,))
    carrier.observe(Received(TEXT, b"hello"))
    carrier.observe(Received(BINARY, now.encode()))
    carrier.observe(Received(TEXT, now.encode()))
    return carrier


def test_a_captured_value_replaces_the_recorded_one_and_nothing_else() -> None:
    carrier = carrier_of('{"session": {"token": "new\\"2"}}')
    assert '{"token":  "new\\"2", "n": 1}' == sent(carrier, '{"token":  "recorded-1", "n": 1}')
    assert '42["auth",{"t":"new\\"2"}]' == sent(carrier, '42["auth",{"t":"recorded-1"}]')
    assert {"token": 'new"2'} == carrier.captured
    assert () == carrier.missed


def test_a_long_value_is_replaced_inside_longer_text() -> None:
    carrier = carrier_of('{"session": {"token": "new-2"}}')
    assert "SEND Bearer new-2." == sent(carrier, "SEND Bearer recorded-1.")
    assert '{"a": "Bearer new-2"}' == sent(carrier, '{"a": "Bearer recorded-1"}')
    assert "xrecorded-1 recorded-12" == sent(carrier, "xrecorded-1 recorded-12")


def test_a_short_value_and_a_number_are_replaced_where_they_stand_alone() -> None:
    capture, recorded = Capture("id", ("id",)), Received(TEXT, b'{"id": 7}')
    carrier = carrier_of('{"id": 12}', capture, recorded)
    assert '{"id":12,"more":17,"text":"7","f":7.5}' == sent(carrier, '{"id":7,"more":17,"text":"7","f":7.5}')
    assert "true" == sent(carrier_of('{"id": 2}', capture, Received(TEXT, b'{"id": 1}')), "true")


def test_each_recorded_value_goes_with_the_next_one_that_comes() -> None:
    capture = Capture("id", ("id",))
    carrier = Carrier((capture,), (), (Received(TEXT, b'{"id": "a"}'), Received(TEXT, b'{"id": "b"}')))
    carrier.observe(Received(TEXT, b'{"id": "x"}'))
    assert '["x", "b"]' == sent(carrier, '["a", "b"]')
    carrier.observe(Received(TEXT, b'{"id": "y"}'))
    carrier.observe(Received(TEXT, b'{"id": "z"}'))
    assert '["x", "y"]' == sent(carrier, '["a", "b"]')


def test_what_is_expected_holds_the_values_of_this_run() -> None:
    carrier = carrier_of('{"session": {"token": "new-2"}}')
    assert Received(TEXT, b'{"by": "new-2"}') == carrier.to_expect(Received(TEXT, b'{"by": "recorded-1"}'))
    binary = Received(BINARY, b'"recorded-1"')
    assert binary == carrier.to_expect(binary)
    assert b'"recorded-1"' == carrier.to_send(b'"recorded-1"', BINARY)


def test_a_capture_that_nothing_came_for_is_named() -> None:
    assert ("token",) == Carrier((TOKEN,), (), (LOGIN,)).missed
    assert () == Carrier((TOKEN,), (), ()).missed
    assert ("token",) == carrier_of('{"session": {"token": true}}').missed


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [
        ("x", '{"user": "a", "in": {"user": "b"}}', '{"user": "x", "in": {"user": "x"}}'),
        ("5", '{"user": 1}', '{"user": 5}'),
        ("5", '{"user": "1"}', '{"user": "5"}'),
        ("x", '{"user": null}', '{"user": "x"}'),
        ('say "x"', '{"user" : "a"}', '{"user" : "say \\"x\\""}'),
        ("x", '{"users": "a"}', '{"users": "a"}'),
        ("x", "plain user", "plain user"),
    ],
)
def test_a_value_that_is_set_stands_in_every_member_of_its_name(value: str, before: str, after: str) -> None:
    assert after == sent(Carrier((), (Assignment("user", value),), ()), before)


def test_a_value_that_is_set_for_a_captured_name_counts_from_the_beginning() -> None:
    carrier = Carrier((TOKEN,), (Assignment("token", "given"),), (LOGIN,))
    assert '{"auth": "given"}' == sent(carrier, '{"auth": "recorded-1"}')


@given(payloads)
def test_without_anything_to_carry_a_message_stays_as_it_is(payload: bytes) -> None:
    assert payload == Carrier((), (), ()).to_send(payload, TEXT)


@given(payloads, st.text(min_size=1))
def test_any_message_can_be_looked_through(payload: bytes, value: str) -> None:
    recorded = Received(TEXT, json.dumps({"session": {"token": value}}).encode())
    carrier = Carrier((TOKEN,), (Assignment("a", "b"),), (recorded,))
    carrier.observe(recorded)
    assert json.loads(carrier.to_send(recorded.payload, TEXT)) == json.loads(recorded.payload)
    carrier.to_send(payload, TEXT)
    carrier.observe(Received(TEXT, payload))
