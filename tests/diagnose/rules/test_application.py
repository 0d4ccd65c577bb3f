"""What is said where a server misses something that its application protocol asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.diagnose.scripted import CLOSE_1000, OPEN, SWITCH, case_of, found_in, rules, settings, text_of
from tests.wire_script import fixed_entropy
from wscli import events as e
from wscli.diagnose.diagnosis import judge
from wscli.events import Batch, Confidence, Finding, Interest, MessageKind, Severity, StreamEnd
from wscli.protocol.client import ClientConnection
from wscli.protocol.step import SendClose, SendMessage
from wscli.settings import ConnectionSettings, HandshakeSettings, Limits
from wscli.wire.close import encode_close
from wscli.wire.frames import BINARY, CLOSE, PING, TEXT, FrameOrder, encode_frame

SOCKET_IO = "ws://h/socket.io/?EIO=4&transport=websocket"
ENGINE_OPEN = b'0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000}'
CONNECT = bytes.fromhex("100c00044d5154540402000a0000")
"""Of MQTT 3.1.1, keepalive 10 s."""


def text(payload: bytes) -> bytes:
    return encode_frame(FrameOrder(TEXT, payload)).raw


def binary(payload: bytes) -> bytes:
    return encode_frame(FrameOrder(BINARY, payload)).raw


def close(code: int | None, reason: str = "") -> bytes:
    return encode_frame(FrameOrder(CLOSE, encode_close(code, reason))).raw


def agreed(subprotocol: str) -> bytes:
    return SWITCH + f"Sec-WebSocket-Protocol: {subprotocol}\r\n\r\n".encode()


def of(url: str = "ws://h/chat", *subprotocols: str, **changes: object) -> ConnectionSettings:
    return settings(url, handshake=HandshakeSettings(subprotocols=subprotocols), **changes)


def found(
    *script: tuple[float, bytes | StreamEnd],
    of: ConnectionSettings,
    says: Iterable[tuple[float, bytes]] = (),
    interest: Interest = Interest.FRAMES | Interest.MESSAGES,
) -> list[Finding]:
    """Return what the rules of this area find in a session in which the client says something too."""
    connection = ClientConnection(of, fixed_entropy, interest)
    batches = [Batch(0.0, connection.start(0.0).events)]
    moments: list[tuple[float, bytes | StreamEnd, bool]] = [(at, said, False) for at, said in script]
    moments += [(at, said, True) for at, said in says]
    for at, said, is_ours in sorted(moments, key=lambda moment: moment[0]):
        while (due := connection.wake_at) is not None and due < at:
            batches.append(Batch(due, connection.tick(due).events))
        if isinstance(said, StreamEnd):
            step = connection.receive_eof(at, said)
        elif is_ours:
            order = SendClose(1000, "") if said == b"CLOSE" else SendMessage(_kind_of(said), said)
            step = connection.send((order,), at)
        else:
            step = connection.receive(said, at)
        batches.append(Batch(at, step.events))
    while (due := connection.wake_at) is not None:
        batches.append(Batch(due, connection.tick(due).events))
    case = case_of(batches)
    findings = judge(case) if case.has_trouble else ()
    return [one for one in findings if one.rule.startswith("application/")]


def _kind_of(message: bytes) -> MessageKind:
    return MessageKind.TEXT if message.isascii() and message[:1] > b"\x10" else MessageKind.BINARY


END = StreamEnd.FINISHED
TRIGGERS: tuple[tuple[str, Confidence, tuple[str, ...], list[Finding]], ...] = (
    # Row 24: the subprotocol that the user did not give.
    (
        "application/subprotocol-missing", Confidence.LIKELY,
        ("no Sec-WebSocket-Protocol was agreed", "4406 Subprotocol not acceptable", "GraphQL",
         "wscli connect -s graphql-transport-ws,graphql-ws -e '{\"type\":\"connection_init\"}' ws://h/x"),
        found((0.1, OPEN), (0.2, close(4406, "Subprotocol not acceptable")), (0.3, END), of=of("ws://h/x")),
    ),
    (
        "application/subprotocol-missing", Confidence.LIKELY, ("1002", "-s graphql-transport-ws,graphql-ws"),
        found((0.1, OPEN), (0.2, close(1002)), (0.3, END), of=of("ws://h/graphql?a=b")),
    ),
    (
        "application/subprotocol-missing", Confidence.LIKELY, ("1002",),
        found((0.1, OPEN), (0.3, close(1002)), (0.4, END), of=of(), says=[(0.2, b'{"type":"connection_init"}')]),
    ),
    (
        "application/subprotocol-missing", Confidence.LIKELY,
        ("mqtt CONNECT", "wscli send --hex -1 --format hex -s mqtt ws://h/mqtt '10 0c", "MQTT over WebSocket"),
        found((0.1, OPEN), (0.3, END), of=of("ws://h/mqtt"), says=[(0.2, CONNECT)]),
    ),
    (
        "application/subprotocol-missing", Confidence.LIKELY, ("mqtt CONNECT",),
        found((0.1, OPEN), of=of("ws://h/mqtt", limits=Limits(idle=5.0)), says=[(0.2, CONNECT)]),
    ),
    # What the server says in a message.
    (
        "application/refused", Confidence.CERTAIN,
        ("the server says: CONNACK 5 (not authorized)", "20 02 00 05", "user name, password"),
        found((0.1, agreed("mqtt")), (0.3, binary(bytes.fromhex("20020005"))), (0.4, END),
              of=of("ws://h/", "mqtt"), says=[(0.2, CONNECT)]),
    ),
    (
        "application/refused", Confidence.CERTAIN, ("the server says: disconnect unauthorized", "cookie"),
        found((0.1, agreed("actioncable-v1-json")), (0.2, text(b'{"type":"disconnect","reason":"unauthorized"}')),
              (0.3, close(1000)), (0.4, END), of=of("ws://h/cable", "actioncable-v1-json")),
    ),
    (
        "application/refused", Confidence.CERTAIN, ("Not authorized", "credentials that the namespace asks for"),
        found((0.1, OPEN), (0.2, text(ENGINE_OPEN)), (0.3, text(b'44{"message":"Not authorized"}')), (0.4, END),
              of=of(SOCKET_IO), says=[(0.25, b"40")]),
    ),
    # Close codes.
    (
        "application/close-code", Confidence.CERTAIN, ("4408 Init timeout", "did not come in time"),
        found((0.1, agreed("graphql-transport-ws")), (3.1, close(4408, "Init timeout")), (3.2, END),
              of=of("ws://h/", "graphql-transport-ws")),
    ),
    (
        "application/close-code", Confidence.POSSIBLE, ("4401", "before connection_ack", "misses credentials"),
        found((0.1, agreed("graphql-transport-ws")), (0.3, close(4401)), (0.4, END),
              of=of("ws://h/", "graphql-transport-ws")),
    ),
    (
        "application/close-code", Confidence.LIKELY, ("4001", "no application with this key"),
        found((0.1, OPEN), (0.2, close(4001)), (0.3, END), of=of("ws://h/app/KEY?protocol=7")),
    ),
    # Heartbeats.
    (
        "application/heartbeat-missing", Confidence.LIKELY,
        ("our last message went out 1 min 00 s before the end", "no heartbeat within 1 min 00 s",
         'while sleep 30; do echo \'[null,"1","phoenix","heartbeat",{}]\'; done) | wscli send'),
        found((0.0, OPEN), (62.0, CLOSE_1000), (62.1, END), of=of("ws://h/socket/websocket?vsn=2.0.0"),
              says=[(2.1, b'["1","1","room:lobby","phx_join",{}]')]),
    ),
    (
        "application/heartbeat-missing", Confidence.POSSIBLE, ("a reason of its own", "5 min 00 s"),
        found((0.0, OPEN), (300.0, END), of=of("ws://h/socket/websocket?vsn=2.0.0")),
    ),
    (
        "application/heartbeat-missing", Confidence.LIKELY,
        ("no message went out in the 45.00 s", "engine.io ping", "3 (pong) in answer to 2 (ping) within 45.00 s",
         "(echo 40; while sleep 20; do echo 3; done) | wscli send 'ws://h/socket.io/?EIO=4&transport=websocket'"),
        found((0.0, OPEN), (0.1, text(ENGINE_OPEN)), (25.0, text(b"2")), (45.0, close(None)), (45.0, END),
              of=of(SOCKET_IO)),
    ),
    (
        "application/heartbeat-missing", Confidence.LIKELY, ("PINGREQ within 15.00 s", "c0 00", "longer keepalive"),
        found((0.0, agreed("mqtt")), (0.3, binary(bytes.fromhex("20020000"))), (16.0, END),
              of=of("ws://h/", "mqtt"), says=[(0.2, CONNECT)]),
    ),
    (
        "application/heartbeat-missing", Confidence.LIKELY,
        ("no ping within 30.00 s", r"""printf '{"type":6}\036\n'; done)""",
         r"""(printf '{"protocol":"json","version":1}\036\n';"""),
        found((0.0, OPEN), (0.3, text(b"{}\x1e")), (30.3, END), of=of(),
              says=[(0.1, b'{"protocol":"json","version":1}\x1e')]),
    ),
    # Who has to speak first.
    (
        "application/opening-missing", Confidence.LIKELY,
        ("no message went out in the 45.00 s", '0{"sid":"x"', "waits for 40 (connect) from the client, 45 s",
         "wscli connect -e 40 'ws://h/socket.io/?EIO=4&transport=websocket'"),
        found((0.0, OPEN), (0.1, text(ENGINE_OPEN)), (45.0, close(None)), (45.0, END), of=of(SOCKET_IO)),
    ),
    (
        "application/opening-missing", Confidence.LIKELY, ("wscli connect -e 40",),
        found((0.0, OPEN), (0.1, text(ENGINE_OPEN)), of=of(SOCKET_IO, limits=Limits(idle=5.0))),
    ),
    (
        "application/opening-missing", Confidence.LIKELY,
        (r"printf 'CONNECT\naccept-version:1.2\nhost:/\n\n\000' | wscli send --whole -1 -s v12.stomp ws://h/ws",
         "our first message was: hello"),
        found((0.0, agreed("v12.stomp")), (0.3, END), of=of("ws://h/ws", "v12.stomp"), says=[(0.1, b"hello")]),
    ),
    (
        "application/opening-missing", Confidence.LIKELY,
        ("wscli send --hex -1 --format hex -s mqtt ws://h/ '10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00'", "ff fe"),
        found((0.0, agreed("mqtt")), (0.3, END), of=of("ws://h/", "mqtt"), says=[(0.1, b"\xff\xfe")]),
    ),
    (
        "application/opening-missing", Confidence.LIKELY, ("wscli connect -s graphql-ws -e", "connection_init"),
        found((0.0, agreed("graphql-ws")), (9.0, END), of=of("ws://h/", "graphql-ws")),
    ),
    # Row 44: pings that are messages.
    (
        "application/ping-unanswered", Confidence.LIKELY,
        ('{"type":"ping"}', """answer each with '{"type":"pong"}', at the prompt of wscli connect ws://h/chat"""),
        found((0.0, OPEN), (10.0, text(b'{"type":"ping"}')), (20.0, close(1008)), (20.1, END), of=of()),
    ),
    (
        "application/ping-unanswered", Confidence.LIKELY, ("answer each with 'PONG :tmi.twitch.tv'",),
        found((0.0, OPEN), (10.0, text(b"PING :tmi.twitch.tv\r\n")), (20.0, END), of=of()),
    ),
    (
        "application/ping-unanswered", Confidence.LIKELY, ("""answer each with '{"pong":1492420473027}'""",),
        found((0.0, OPEN), (10.0, text(b'{"ping":1492420473027}')), (20.0, END), of=of()),
    ),
    (
        "application/ping-unanswered", Confidence.LIKELY, ('{"type":"pong"}',),
        found((0.0, agreed("graphql-transport-ws")), (10.0, text(b'{"type":"ping"}')), (20.0, END),
              of=of("ws://h/", "graphql-transport-ws"), says=[(0.1, b'{"type":"connection_init"}')]),
    ),
    (
        "application/pings-not-enough", Confidence.POSSIBLE,
        ("no message went out in the 1 min 00 s", "Pings were answered until then", "WebSocket Pongs are none",
         "how long a connection may last", "while sleep 20; do echo '{\"type\":\"ping\"}'; done) | wscli send ws://h/chat"),
        found((0.0, OPEN), (30.0, encode_frame(FrameOrder(PING)).raw), (55.0, encode_frame(FrameOrder(PING)).raw),
              (60.0, END), of=of()),
    ),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "confidence", "words", "findings"), TRIGGERS)
def test_a_rule_says_what_was_seen_and_what_to_try(
    rule: str, confidence: Confidence, words: tuple[str, ...], findings: list[Finding]
) -> None:
    assert [rule] == rules(findings)
    assert confidence is findings[0].confidence
    assert [] == [word for word in words if word not in text_of(findings[0])], text_of(findings[0])


def test_every_rule_of_the_area_has_a_trigger() -> None:
    from wscli.diagnose.rules.application import AREA

    assert {rule.id for rule in AREA.rules} == {row[0] for row in TRIGGERS}


NEAR_MISSES: dict[str, Callable[[], list[Finding]]] = {
    "1002 of a server that is no GraphQL server": lambda: found(
        (0.1, OPEN), (0.2, close(1002)), (0.3, END), of=of()
    ),
    "an answer without the subprotocol": lambda: found(
        (0.1, OPEN), (0.3, binary(bytes.fromhex("20020000"))), (0.4, END), of=of(), says=[(0.2, CONNECT)]
    ),
    "a 4406 after our own close": lambda: found(
        (0.1, OPEN), (0.2, close(1000)), (0.3, END), of=of("ws://h/graphql")
    ),
    "a private code of somebody else": lambda: found(
        (0.1, OPEN), (0.2, close(4408)), (0.3, END), of=of()
    ),
    "a code that the protocol does not know": lambda: found(
        (0.0, agreed("graphql-transport-ws")), (0.3, close(4999)), (0.4, END), of=of("ws://h/", "graphql-transport-ws"),
        says=[(0.1, b'{"type":"connection_init"}')],
    ),
    "heartbeats in time": lambda: found(
        (0.0, OPEN), (80.0, close(1011)), (80.1, END), of=of("ws://h/socket/websocket?vsn=2.0.0"),
        says=[(30.0, b'[null,"1","phoenix","heartbeat",{}]'), (60.0, b'[null,"2","phoenix","heartbeat",{}]')],
    ),
    "a keepalive that is switched off": lambda: found(
        (0.0, agreed("mqtt")), (0.3, binary(bytes.fromhex("20020000"))), (600.0, END), of=of("ws://h/", "mqtt"),
        says=[(0.2, bytes.fromhex("100c00044d515454040200000000"))],
    ),
    "a client that said more than is known": lambda: found(
        (0.0, OPEN), (62.0, END), of=of("ws://h/socket/websocket?vsn=2.0.0"), interest=Interest.PARTS,
        says=[(float(at), b'[null,"1","phoenix","heartbeat",{}]') for at in (1, 2, 3, 40)],
    ),
    "an opening that was said": lambda: found(
        (0.0, agreed("graphql-ws")), (9.0, END), of=of("ws://h/", "graphql-ws"),
        says=[(0.1, b'{"type":"connection_init"}')],
    ),
    "an end that we made": lambda: found(
        (0.0, OPEN), (0.1, text(ENGINE_OPEN)), of=of(SOCKET_IO, limits=Limits(close=0.5)), says=[(1.0, b"CLOSE")]
    ),
    "a ping that was answered": lambda: found(
        (0.0, OPEN), (10.0, text(b'{"type":"ping"}')), (21.0, END), of=of(), says=[(10.1, b'{"type":"pong"}')]
    ),
    "a shopping list": lambda: found((0.0, OPEN), (10.0, text(b'{"type":"shopping"}')), (21.0, END), of=of()),
    "text that says ping": lambda: found((0.0, OPEN), (10.0, text(b"pinging")), (21.0, END), of=of()),
    "an actioncable ping, which wants no answer": lambda: found(
        (0.0, OPEN), (0.1, text(b'{"type":"welcome"}')), (3.0, text(b'{"type":"ping","message":1}')), (21.0, END),
        of=of(),
    ),
    "Pings, and an end at no round time": lambda: found(
        (0.0, OPEN), (35.0, encode_frame(FrameOrder(PING)).raw), (37.0, END), of=of()
    ),
    "a quiet line": lambda: found(
        (0.0, OPEN), (1.0, encode_frame(FrameOrder(PING)).raw), (60.0, END), of=of()
    ),
    "no Pings": lambda: found((0.0, OPEN), (55.0, text(b"x")), (60.0, END), of=of()),
    "a broken frame": lambda: found(
        (0.0, agreed("graphql-ws")), (9.0, b"\xf1\x00"), (9.1, END), of=of("ws://h/", "graphql-ws")
    ),
    "a good session": lambda: found(
        (0.0, agreed("mqtt")), (0.3, binary(bytes.fromhex("20020000"))), (5.0, CLOSE_1000), (5.1, END),
        of=of("ws://h/", "mqtt"), says=[(0.2, CONNECT)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_let_pass(name: str) -> None:
    assert [] == rules(NEAR_MISSES[name]())


def test_a_polite_close_makes_it_a_warning() -> None:
    polite = found((0.0, OPEN), (60.0, CLOSE_1000), (60.1, END), of=of("ws://h/socket/websocket?vsn=2.0.0"))
    rude = found((0.0, OPEN), (60.0, END), of=of("ws://h/socket/websocket?vsn=2.0.0"))
    assert [Severity.WARNING] == [one.severity for one in polite]
    assert [Severity.ERROR] == [one.severity for one in rude]


def test_a_protocol_of_a_newer_recording_is_let_pass() -> None:
    unknown = e.ApplicationRecognised("telepathy", e.Evidence("opened", "x"))
    over = e.SessionEnded(None, None, None, False, StreamEnd.FINISHED, 0.0, None)
    findings = found_in(e.Opened(None, "", None), unknown, over)
    assert [] == [one for one in rules(findings) if one.startswith("application/")]


def test_without_a_request_commands_name_a_placeholder() -> None:
    over = e.SessionEnded(None, None, None, False, StreamEnd.FINISHED, 0.0, None)
    findings = [one for one in found_in(e.Opened("graphql-ws", "", None), over) if one.rule.startswith("application/")]
    assert ["application/opening-missing"] == rules(findings)
    assert '-e \'{"type":"connection_init"}\' URL' in text_of(findings[0])


def test_peer_text_in_commands_is_quoted_for_a_shell() -> None:
    url = "ws://h/socket.io/?EIO=4&transport=websocket&x=$(reboot)"
    findings = found((0.0, OPEN), (9.0, END), of=of(url))
    assert "'ws://h/socket.io/?EIO=4&transport=websocket&x=$(reboot)'" in findings[0].advice
