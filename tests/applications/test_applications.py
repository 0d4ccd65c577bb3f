"""Application protocols: each is in the registry, recognised by its own messages alone, and names what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wscli.applications
from tests.applications.samples import SAMPLES, SERVER, TARGETS, TELLING, UNTELLING, UNTELLING_TARGETS
from wscli.applications import (
    APPLICATIONS,
    application_named,
    by_client_message,
    by_server_message,
    by_subprotocol,
    by_target,
)
from wscli.applications.application import Application, array_of, object_of, structure_of
from wscli.applications.mqtt import keep_alive_of
from wscli.text import visible

FOLDER = Path(wscli.applications.__file__).parent

messages = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=80).map(str.encode),
    st.tuples(st.sampled_from([sample[2] for sample in SAMPLES]), st.integers(0, 120), st.binary(max_size=20)).map(
        lambda parts: parts[0][: parts[1]] + parts[2]
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=5)
            | st.dictionaries(
                st.sampled_from(("id", "type", "event", "payload", "data", "error", "method", "push", "reason")), inner
            )
        ),
    ).map(lambda value: json.dumps(value).encode()),
)
"""Anything: bytes, text, samples cut and continued, JSON of the wrong kinds under the right names."""


def test_every_application_is_in_the_registry() -> None:
    found = []
    for path in FOLDER.glob("*.py"):
        if path.stem != "__init__":
            module = __import__(f"wscli.applications.{path.stem}", fromlist=["*"])
            found += [value for value in vars(module).values() if isinstance(value, Application)]
    assert {one.name for one in found} == {one.name for one in APPLICATIONS}


def test_names_and_subprotocols_are_told_apart() -> None:
    names = [one.name for one in APPLICATIONS]
    subprotocols = [name for one in APPLICATIONS for name in one.subprotocols]
    assert len(names) == len(set(names))
    assert len(subprotocols) == len(set(subprotocols))
    assert [] == [name for name in subprotocols if name != name.lower()]


def test_an_application_is_found_by_its_name_and_subprotocol() -> None:
    for application in APPLICATIONS:
        assert application is application_named(application.name)
        for subprotocol in application.subprotocols:
            assert application is by_subprotocol(subprotocol.upper())
    assert application_named("telepathy") is None
    assert by_subprotocol("chat") is None


def test_every_application_has_sample_messages() -> None:
    assert {one.name for one in APPLICATIONS} == {sample[0] for sample in SAMPLES}


@pytest.mark.parametrize(("name", "_who", "payload", "label"), SAMPLES, ids=lambda value: str(value)[:40])
def test_a_message_is_named(name: str, _who: str, payload: bytes, label: str) -> None:
    application = application_named(name)
    assert application is not None
    assert label == application.label(payload)


@pytest.mark.parametrize(("name", "who", "payload"), TELLING, ids=lambda value: str(value)[:40])
def test_a_first_message_tells_its_protocol(name: str, who: str, payload: bytes) -> None:
    found = by_server_message(payload) if who == SERVER else by_client_message(payload)
    assert found is not None
    assert name == found.name


@pytest.mark.parametrize("payload", UNTELLING, ids=lambda value: str(value)[:40])
def test_a_message_like_any_other_tells_nothing(payload: bytes) -> None:
    assert by_server_message(payload) is None
    assert by_client_message(payload) is None


@pytest.mark.parametrize(("target", "name"), TARGETS)
def test_a_target_tells_its_protocol(target: str, name: str) -> None:
    found = by_target(target)
    assert found is not None
    assert name == found.name


@pytest.mark.parametrize("target", UNTELLING_TARGETS)
def test_a_target_like_any_other_tells_nothing(target: str) -> None:
    assert by_target(target) is None


def test_the_opening_that_is_advised_is_one() -> None:
    openings = [one.opening for one in APPLICATIONS if one.opening is not None]
    assert [] == [opening.name for opening in openings if not opening.is_opening(opening.message)]
    assert [] == [opening.name for opening in openings if opening.is_opening(b"hello")]


REFUSALS = (
    ("socket.io", b'44{"message":"Not authorized"}', "Not authorized"),
    ("engine.io", b"44", "socket.io connect error"),
    ("signalr", b'{"error":"Handshake was canceled."}\x1e', "Handshake was canceled."),
    ("stomp", b"ERROR\nmessage:bad login\n\n\0", "ERROR bad login"),
    ("mqtt", bytes.fromhex("20020004"), "CONNACK 4 (bad user name or password)"),
    ("mqtt", bytes.fromhex("e0018b"), "DISCONNECT 139 (see MQTT 5.0 2.4)"),
    ("graphql-ws", b'{"type":"connection_error","payload":{"message":"no token"}}', "connection_error no token"),
    ("graphql-ws", b'{"type":"connection_error"}', "connection_error"),
    ("wamp", b'[3,{"message":"No."},"wamp.error.no_such_realm"]', "ABORT wamp.error.no_such_realm No."),
    (
        "phoenix",
        b'["0","0","a:b","phx_reply",{"response":{"reason":"unmatched topic"},"status":"error"}]',
        "phx_reply error for a:b unmatched topic",
    ),
    ("actioncable", b'{"type":"disconnect","reason":"unauthorized"}', "disconnect unauthorized"),
    ("actioncable", b'{"type":"reject_subscription","identifier":"x"}', "reject_subscription x"),
    ("home-assistant", b'{"type":"auth_invalid","message":"Invalid password"}', "auth_invalid Invalid password"),
    (
        "pusher",
        b'{"event":"pusher:error","data":{"code":4001,"message":"App does not exist"}}',
        "pusher:error 4001 App does not exist",
    ),
    ("pusher", b'{"event":"pusher:error","data":"{\\"code\\":4009}"}', "pusher:error 4009"),
    ("pusher", b'{"event":"pusher:error"}', "pusher:error"),
)


@pytest.mark.parametrize(("name", "payload", "said"), REFUSALS)
def test_a_refusal_says_what_the_server_said(name: str, payload: bytes, said: str) -> None:
    application = application_named(name)
    assert application is not None
    assert said == application.refusal(payload)


def test_what_refuses_nothing_is_no_refusal() -> None:
    refusing = {payload for _, payload, _ in REFUSALS} | {bytes.fromhex("20020005"), bytes.fromhex("2003008700")}
    for name, who, payload, label in SAMPLES:
        application = application_named(name)
        assert application is not None
        if (
            who == SERVER
            and payload not in refusing
            and not any(word in label for word in ("refused", "ERROR", "ABORT", "close", "disconnect"))
        ):
            assert application.refusal(payload) == "", payload
    assert object_of(b"[]") == {}


@given(messages, st.text(max_size=40))
def test_nothing_that_a_peer_sends_makes_an_application_raise(payload: bytes, target: str) -> None:
    for application in APPLICATIONS:
        assert isinstance(application.label(payload), str)
        assert isinstance(application.refusal(payload), str)
        assert application.is_target(target) in (True, False)
        assert application.is_from_server(payload) in (True, False)
        assert application.is_from_client(payload) in (True, False)
        assert application.opening is None or application.opening.is_opening(payload) in (True, False)
        shown = visible(application.label(payload))
        assert shown.isprintable()
    assert keep_alive_of(payload) >= 0


@given(st.binary(min_size=1, max_size=30).map(lambda part: part * 20000))
def test_a_label_of_a_large_message_is_short(payload: bytes) -> None:
    for application in APPLICATIONS:
        assert len(application.label(payload)) < 600
        assert len(application.label(b'{"type":"' + payload)) < 600


def test_of_a_long_message_the_members_count_that_stand_whole_at_its_beginning() -> None:
    long = b"x" * 5000
    assert {"a": 1, "b": [2]} == structure_of(b'{ "a" : 1 , "b":[2], "c":"' + long + b'"}')
    assert [None, "1", {"c": 3}] == structure_of(b'[null, "1" ,{"c":3},"' + long + b'"]')
    assert {"a": 1} == structure_of(b'{"a":1}' + b" " * 5000)
    assert {} == object_of(b'{"' + long + b'":1}')
    assert [] == array_of(b"[" + b" " * 5000)
    assert {} == object_of(b"{a}" + long)
    assert structure_of(b'{"a"') is None


@pytest.mark.parametrize(
    ("name", "received", "sent", "limit"),
    [
        ("socket.io", SAMPLES[0][2], None, 45.0),
        ("socket.io", b'0{"sid":"x"}', None, None),
        ("socket.io", b'0{"sid":"x","pingInterval":"a","pingTimeout":1}', None, None),
        ("socket.io", None, None, None),
        ("mqtt", None, bytes.fromhex("100c00044d5154540402003c0000"), 90.0),
        ("mqtt", None, bytes.fromhex("100c00044d515454040200000000"), float("inf")),
        ("mqtt", None, b"hello", None),
        ("mqtt", None, None, None),
        ("pusher", b'{"event":"x","data":"{\\"activity_timeout\\":120}"}', None, 150.0),
        ("pusher", b'{"event":"x","data":{}}', None, None),
        ("pusher", None, None, None),
        ("phoenix", None, None, None),
    ],
)
def test_a_session_agrees_how_long_a_server_waits(
    name: str, received: bytes | None, sent: bytes | None, limit: float | None
) -> None:
    application = application_named(name)
    assert application is not None
    assert application.heartbeat is not None
    told = application.heartbeat.agreed_limit([received] if received else [], [sent] if sent else [])
    assert limit == told


def test_the_keepalive_of_a_connect_is_known() -> None:
    assert 60 == keep_alive_of(bytes.fromhex("10120004 4d515454 04 02 003c 0006 777363 6c6931"))
    assert 0 == keep_alive_of(b"hello")
