"""The open part of a connection, conversation by conversation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire_script import KEY, effects, fixed_entropy, trace, wire
from wscli.events import DeviationFound, Event, Interest, MessageKind, StreamEnd, WebSocketFailed
from wscli.protocol.channel import Channel, ChannelSettings
from wscli.protocol.states import State
from wscli.protocol.step import (
    Order,
    Role,
    SendBytes,
    SendClose,
    SendFrame,
    SendMessage,
    SendPing,
    SendRaw,
    Step,
    StepBuilder,
)
from wscli.settings import Limits, Liveness
from wscli.wire.deflate import DeflateParameters, Deflater
from wscli.wire.frames import BINARY, CLOSE, CONTINUATION, PING, TEXT, FrameOrder, encode_frame

ALL = Interest.FRAMES | Interest.MESSAGES


class Peer:
    """A channel with its builder: one call, one step."""

    def __init__(self, role: Role = Role.CLIENT, **changes: object) -> None:
        self.builder = StepBuilder()
        settings = ChannelSettings(role, interest=ALL).replace(**changes)
        self.channel = Channel(settings, fixed_entropy, self.builder, 0.0)

    def receive(self, text: str | bytes, now: float = 0.0) -> list[str]:
        self.channel.receive(wire(text) if isinstance(text, str) else text, now)
        return self._trace()

    def send(self, order: Order, now: float = 0.0) -> Step:
        self.channel.send(order, now)
        return self.builder.take()

    def tick(self, now: float) -> Step:
        self.channel.tick(now)
        return self.builder.take()

    def end(self, how: StreamEnd = StreamEnd.FINISHED) -> list[str]:
        self.channel.end(how, "", 0.0)
        return self._trace()

    def _trace(self) -> list[str]:
        self.last = self.builder.take()
        return trace(self.last.events)


def masked(text: str) -> bytes:
    """A masked TEXT frame of a client."""
    return encode_frame(FrameOrder(TEXT, text.encode(), mask_key=KEY)).raw


def test_a_text_frame_is_a_message() -> None:
    assert ["<1 TEXT 'hello'", "message text 'hello'"] == Peer().receive('81 05 "hello"')


def test_a_fragmented_message_arrives_whole_with_a_ping_in_between() -> None:
    peer = Peer()
    assert ["<1 TEXT fin=0 'he'"] == peer.receive('01 02 "he"')
    assert ["<2 PING 'x'", ">3 PONG 'x'"] == peer.receive('89 01 "x"')
    assert ["<4 CONTINUATION 'y'", "message text 'hey'"] == peer.receive('80 01 "y"')


def test_a_message_of_the_rfc_example_is_masked_by_a_client() -> None:
    step = Peer().send(SendMessage(MessageKind.TEXT, b"Hello"))
    assert ["send 818537fa213d7f9f4d5158"] == effects(step)
    assert [">1 TEXT 'Hello'", "sent text 'Hello'"] == trace(step.events)


def test_a_server_does_not_mask() -> None:
    step = Peer(Role.SERVER).send(SendMessage(MessageKind.BINARY, b"\x00\xff"))
    assert ["send 820200ff"] == effects(step)


def test_fragments_have_the_sizes_that_were_asked_for() -> None:
    step = Peer(Role.SERVER).send(SendMessage(MessageKind.TEXT, b"abcdef", (1, 2)))
    assert [">1 TEXT fin=0 'a'", ">2 CONTINUATION fin=0 'bc'", ">3 CONTINUATION 'def'"] == trace(step.events)[:3]


def test_more_fragment_sizes_than_payload_leave_the_last_frame_final() -> None:
    step = Peer(Role.SERVER).send(SendMessage(MessageKind.TEXT, b"ab", (1, 1, 5)))
    assert [">1 TEXT fin=0 'a'", ">2 CONTINUATION 'b'"] == trace(step.events)[:2]


@pytest.mark.parametrize(
    ("received", "code", "found"),
    [
        ("83 00", 1002, "frame/opcode-reserved"),
        ('C1 01 "x"', 1002, "frame/reserved-bit-1"),
        ('A1 01 "x"', 1002, "frame/reserved-bit-2"),
        ('91 01 "x"', 1002, "frame/reserved-bit-3"),
        ("81 80 01020304", 1002, "frame/masked"),
        ("80 00", 1002, "frame/continuation-unexpected"),
        ("09 00", 1002, "frame/control-fragmented"),
        ('81 7E 0001 "x"', 1002, "frame/length-not-minimal"),
        ('81 7F 0000000000000001 "x"', 1002, "frame/length-not-minimal"),
        ("81 7F 8000000000010000", 1002, "frame/length-top-bit"),
        ("88 01 03", 1002, "close/code-cut"),
        ("88 02 03ed", 1002, "close/code-reserved"),
        ("88 02 03e7", 1002, "close/code-range"),
        ("88 02 07d0", 1002, "close/code-unassigned"),
        ("88 03 03e8 ff", 1007, "close/reason-not-utf8"),
        ("81 01 ff", 1007, "message/not-utf8"),
        ("81 01 c3", 1007, "message/not-utf8"),
    ],
)
def test_a_violation_fails_the_connection_with_the_right_code(received: str, code: int, found: str) -> None:
    peer = Peer()
    lines = peer.receive(received)
    assert f"failed {code} {found}" in lines
    assert peer.channel.is_failed
    assert peer.channel.close_sent is not None
    assert code == peer.channel.close_sent.code


@pytest.mark.parametrize("received", ["81 80 01020304", 'C1 01 "x"', "80 00", "81 01 ff", "83 00"])
def test_a_lenient_channel_notes_the_violation_and_carries_on(received: str) -> None:
    peer = Peer(is_lenient=True)
    lines = peer.receive(received)
    assert any("!" in line for line in lines)
    assert not peer.channel.is_failed
    assert "message text 'ok'" in peer.receive('81 02 "ok"')


def test_a_new_message_inside_a_fragmented_one_names_the_frame_that_began() -> None:
    peer = Peer()
    peer.receive('01 01 "a"')
    assert ["<2 TEXT 'b' !frame/continuation-expected", "failed 1002 frame/continuation-expected"] == peer.receive(
        '81 01 "b"'
    )[:2]


def test_after_a_failure_frames_are_still_shown_but_deliver_nothing() -> None:
    peer = Peer()
    peer.receive("83 00")
    assert ["<3 TEXT 'late'"] == peer.receive('81 04 "late"')
    assert ["<4 PING ''"] == peer.receive("89 00")


def events_of(reads: list[str]) -> list[Event]:
    peer, events = Peer(), []
    for read in reads:
        peer.receive(read)
        events += peer.last.events
    return events


@pytest.mark.parametrize(
    ("reads", "place"),
    [
        (['81 02 "ok"', "c1 00"], (2, 4)),
        (['81 02 "ok"', '81 85 00 00 00 00 "Hello"'], (2, 5)),
        (['81 02 "ok"', "c1 05", '"Hello"'], (2, 4)),
        (['81 03 "ab" ff'], (1, 4)),
        (['01 02 "ab"', "80 01 ff"], (2, None)),
        (['81 02 "ok"', "88 03 03 e8 ff"], (2, 8)),
    ],
)
def test_a_failure_tells_the_frame_and_the_place_in_the_stream(reads: list[str], place: tuple[int, int | None]) -> None:
    told = [event for event in events_of(reads) if isinstance(event, WebSocketFailed)]
    assert [place] == [(event.number, event.offset) for event in told]


@pytest.mark.parametrize(
    ("reads", "nearby", "offset"),
    [
        (['81 07 "caf" e9 " au"'], b"caf\xe9 au", 0),
        (['81 1e "abcdefghijklmnopqrst"', '"uvwxyz" ff "abc"'], b"uvwxyz\xffabc", 20),
        (['81 04 "ab" e2', '"c"'], b"\xe2c", 2),
        (['81 04 "ab" e2 82'], b"\xe2\x82", 2),
    ],
)
def test_text_that_is_no_utf_8_is_told_with_the_bytes_around_the_place(
    reads: list[str], nearby: bytes, offset: int
) -> None:
    told = [event for event in events_of(reads) if isinstance(event, DeviationFound)]
    assert [(nearby, offset)] == [(event.nearby, event.nearby_offset) for event in told]


def test_invalid_text_fails_while_the_frame_is_still_arriving() -> None:
    peer = Peer()
    lines = peer.receive("81 7E 1000 f490")
    assert "message from frame 1 !message/not-utf8 @0" in lines
    assert peer.channel.is_failed


def test_a_message_past_the_limit_fails_at_its_header() -> None:
    peer = Peer(limits=Limits(message=10))
    assert "failed 1009 message/too-big" in peer.receive('82 7E 1000 "x"')
    assert "failed 1009 message/too-big" in Peer(limits=Limits(message=1)).receive('82 02 "xy"')


def test_a_message_past_the_limit_is_dropped_in_leniency() -> None:
    peer = Peer(limits=Limits(message=3), is_lenient=True)
    assert ["<1 TEXT fin=0 'ab'"] == peer.receive('01 02 "ab"')
    assert "message from frame 1 !message/too-big" in peer.receive('00 02 "cd"')
    assert ["<3 CONTINUATION 'e'"] == peer.receive('80 01 "e"')
    assert "message text 'ok'" in peer.receive('81 02 "ok"')


def test_the_peer_closes_first() -> None:
    peer = Peer()
    lines = peer.receive('88 06 03f0 "gone"')
    assert ["<1 CLOSE '\\x03ðgone'", "closed 1008 'gone'", ">2 CLOSE '\\x03ð'", "closing 1008 ''"] == lines
    assert State.CLOSED is peer.channel.state
    assert ["stream fin", "ended clean by remote"] == peer.end()


def test_we_close_first_and_the_peer_answers() -> None:
    peer = Peer()
    assert ["send 888237fa213d3412"] == effects(peer.send(SendClose(1000)))
    assert ["<2 CLOSE '\\x03è'", "closed 1000 ''"] == peer.receive("88 02 03e8")
    assert ["stream fin", "ended clean by local"] == peer.end()


def test_a_server_ends_the_stream_after_both_closes() -> None:
    peer = Peer(Role.SERVER)
    peer.receive("88 82 00000000 03e8")
    assert ["send 880203e8", "finish"] == effects(peer.last)


def test_a_close_without_code_is_answered_without_code() -> None:
    peer = Peer(Role.SERVER)
    peer.receive("88 80 00000000")
    assert ["send 8800", "finish"] == effects(peer.last)


def test_an_automatic_answer_can_be_switched_off() -> None:
    peer = Peer(liveness=Liveness(answers_pings=False, answers_close=False))
    assert ["<1 PING ''"] == peer.receive("89 00")
    assert ["<2 CLOSE ''", "closed None ''"] == peer.receive("88 00")
    assert State.CLOSE_RECEIVED is peer.channel.state
    assert peer.channel.can_send
    assert [] == effects(peer.tick(1000.0))
    assert ["send 888037fa213d"] == effects(peer.send(SendClose(None)))


def test_a_frame_after_the_close_is_noted() -> None:
    peer = Peer()
    lines = peer.receive('88 00 81 01 "x" 88 00')
    assert "<3 TEXT 'x' !frame/after-close" in lines
    assert "failed 1002 frame/after-close" in lines
    assert "<4 CLOSE '' !frame/after-close" in lines


def test_nothing_but_raw_bytes_goes_out_after_our_close() -> None:
    peer = Peer()
    peer.send(SendClose(1000))
    assert [] == effects(peer.send(SendMessage(MessageKind.TEXT, b"late")))
    assert ["send 00ff"] == effects(peer.send(SendRaw(b"\x00\xff")))


def test_an_end_without_close_is_unclean() -> None:
    assert ["stream fin", "ended unclean"] == Peer().end()
    peer = Peer()
    peer.end()
    assert [] == peer.end()


def test_an_end_inside_a_frame_shows_what_came_of_it() -> None:
    peer = Peer()
    peer.receive('81 05 "he"')
    assert [
        "<1 TEXT 'he' !frame/cut",
        "message from frame 1 !message/cut",
        "stream reset",
        "ended unclean",
    ] == peer.end(StreamEnd.RESET)


def test_an_end_inside_a_header_shows_its_bytes() -> None:
    peer = Peer()
    peer.receive("81")
    assert ["unparsed b'\\x81'", "frame 1 !frame/cut", "stream fin", "ended unclean"] == peer.end()


def test_an_end_between_fragments_is_a_cut_message() -> None:
    peer = Peer()
    peer.receive('01 01 "a"')
    assert "message from frame 1 !message/cut" in peer.end()


def test_any_frame_can_be_sent_as_ordered() -> None:
    order = FrameOrder(0xB, b"x", fin=False, rsv=7, declared_length=300)
    assert ["send 7b7e012c78"] == effects(Peer().send(SendFrame(order, is_masked_by_role=False)))
    assert ["send 81813131313150"] == effects(Peer().send(SendFrame(FrameOrder(TEXT, b"a", mask_key=b"1111"))))


def test_a_close_frame_sent_as_a_frame_counts_as_our_close() -> None:
    peer = Peer()
    peer.send(SendFrame(FrameOrder(CLOSE, b"\x03\xe8")))
    assert State.CLOSE_SENT is peer.channel.state


def test_a_pong_settles_its_ping_and_the_older_ones() -> None:
    peer = Peer()
    peer.send(SendPing(b"a"), 1.0)
    peer.send(SendPing(b"b"), 2.0)
    assert ["<3 PONG 'b'", "pong 'b' 0.5"] == peer.receive('8A 01 "b"', 2.5)
    assert ["<4 PONG 'a'"] == peer.receive('8A 01 "a"', 3.0)
    peer.send(SendPing(b"b"), 4.0)
    peer.send(SendPing(b"b"), 5.0)
    assert ["<7 PONG 'b'", "pong 'b' 1"] == peer.receive('8A 01 "b"', 6.0)


def test_unanswered_pings_are_not_remembered_for_ever() -> None:
    peer = Peer()
    for number in range(1100):
        peer.send(SendPing(b"%d" % number), float(number))
    assert ["<1101 PONG '0'"] == peer.receive('8A 01 "0"', 2000.0)
    assert "pong '1099' 901" in peer.receive('8A 04 "1099"', 2000.0)


def test_pings_go_out_at_their_interval_until_a_pong_stays_out() -> None:
    peer = Peer(liveness=Liveness(ping_interval=10.0, ping_timeout=4.0))
    assert peer.channel.wake_at == 10.0
    assert [] == trace(peer.tick(9.0).events)
    assert [">1 PING 'wscli 1'"] == trace(peer.tick(10.0).events)
    assert peer.channel.wake_at == 14.0
    peer.receive('8A 07 "wscli 1"', 11.0)
    assert peer.channel.wake_at == 20.0
    peer.tick(20.0)
    assert "limit ping-timeout" in trace(peer.tick(24.0).events)
    assert peer.channel.close_sent is not None
    assert peer.channel.close_sent.code == 1011


def test_a_silent_peer_runs_into_the_idle_limit() -> None:
    peer = Peer(limits=Limits(idle=3.0))
    peer.receive("8A 00", 2.0)
    assert peer.channel.wake_at == 5.0
    assert ["limit idle-timeout", ">2 CLOSE '\\x03éidle'", "closing 1001 'idle'"] == trace(peer.tick(5.0).events)


def test_a_close_that_is_not_answered_is_not_waited_for_for_ever() -> None:
    peer = Peer(limits=Limits(close=2.0))
    peer.send(SendClose(1000), 1.0)
    assert peer.channel.wake_at == 3.0
    step = peer.tick(3.0)
    assert ["limit close-timeout", "stream abandoned", "ended unclean by local"] == trace(step.events)
    assert ["disconnect"] == effects(step)
    assert peer.channel.wake_at is None


def test_a_stream_left_open_after_both_closes_is_left() -> None:
    peer = Peer()
    peer.receive("88 00", 1.0)
    assert peer.channel.wake_at == 2.0
    assert ["stream abandoned", "ended clean by remote"] == trace(peer.tick(2.0).events)


# --- Deflate ---------------------------------------------------------------------------------------------------------
DEFLATE = DeflateParameters()


def compressed(text: bytes, *, fin: bool = True) -> bytes:
    return encode_frame(FrameOrder(TEXT, Deflater(15, takeover=True).deflate(text), fin=fin, rsv=4)).raw


def test_a_compressed_message_arrives_inflated_and_its_frame_as_it_was() -> None:
    peer = Peer(deflate=DEFLATE)
    peer.channel.receive(compressed(b"hello hello hello"), 0.0)
    frame, message = peer.builder.take().events
    assert b"hello hello hello" == message.payload  # type: ignore[attr-defined]
    assert b"hello hello hello" == frame.content  # type: ignore[attr-defined]
    assert frame.frame.rsv1  # type: ignore[attr-defined]


def test_a_short_message_goes_out_uncompressed_and_a_long_one_compressed() -> None:
    peer = Peer(deflate=DEFLATE)
    short = peer.send(SendMessage(MessageKind.TEXT, b"short")).events[0]
    long = peer.send(SendMessage(MessageKind.TEXT, b"long" * 100)).events[0]
    assert not short.frame.rsv1  # type: ignore[attr-defined]
    assert long.frame.rsv1  # type: ignore[attr-defined]
    assert b"long" * 100 == long.content  # type: ignore[attr-defined]


def test_client_and_server_understand_each_other_compressed_and_fragmented() -> None:
    client, server = Peer(deflate=DEFLATE), Peer(Role.SERVER, deflate=DEFLATE)
    for number in range(5):
        payload = b"%d" % number * 200
        step = client.send(SendMessage(MessageKind.BINARY, payload, (3, 4)))
        for effect in step.effects:
            assert isinstance(effect, SendBytes)
            assert f"message binary {payload.decode()!r}" in server.receive(effect.data)


def test_data_that_does_not_inflate_fails_with_1007() -> None:
    assert "failed 1007 deflate/invalid" in Peer(deflate=DEFLATE).receive("C1 04 ffffffff")


def test_a_deflate_bomb_meets_the_message_limit() -> None:
    peer = Peer(deflate=DEFLATE, limits=Limits(message=1000))
    lines = peer.receive(compressed(b"\0" * 1_000_000))
    assert "failed 1009 message/too-big" in lines


# --- Parts and interests ---------------------------------------------------------------------------------------------
def test_a_message_in_several_reads_passes_through_in_parts() -> None:
    peer = Peer(interest=Interest.PARTS)
    assert ["part 'hel' first"] == peer.receive('81 05 "hel"')
    assert ["part 'lo' last"] == peer.receive('"lo"')
    assert ["message text 'whole'"] == peer.receive('81 05 "whole"')
    assert ["part 'a' first"] == peer.receive('02 01 "a"')
    assert ["part '' last"] == peer.receive("80 00")


def test_whole_messages_win_over_parts() -> None:
    peer = Peer(interest=Interest.PARTS | Interest.MESSAGES)
    assert [] == peer.receive('81 05 "hel"')
    assert ["message text 'hello'"] == peer.receive('"lo"')


def test_the_first_sent_messages_are_events_whoever_looks() -> None:
    peer = Peer(interest=Interest.NOTHING)
    told = [trace(peer.send(SendMessage(MessageKind.TEXT, b"x")).events) for _ in range(4)]
    assert [["sent text 'x'"]] * 3 + [[]] == told


def test_without_interest_only_what_matters_is_built() -> None:
    peer = Peer(interest=Interest.NOTHING)
    assert [] == peer.receive('81 05 "hello" 81 05 "he"')
    assert peer.channel.messages_received == 1
    assert ["closed 1000 ''", "closing 1000 ''"] == peer.receive('"llo" 88 02 03e8')


def test_bytes_are_noted_where_somebody_wants_them() -> None:
    peer = Peer(interest=Interest.BYTES)
    assert ["BytesSent"] == trace(peer.send(SendPing(b"")).events)


# --- Laws ------------------------------------------------------------------------------------------------------------
def chop(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces, start = [], 0
    for size in sizes:
        pieces.append(data[start : start + size])
        start += size
    return [*pieces, data[start:]]


frames = st.builds(
    FrameOrder,
    opcode=st.sampled_from([CONTINUATION, TEXT, BINARY, 3, CLOSE, PING, 0xA, 0xB]),
    payload=st.one_of(st.binary(max_size=200), st.text(max_size=40).map(str.encode)),
    fin=st.booleans(),
    rsv=st.sampled_from([0, 0, 0, 4, 2, 1]),
    mask_key=st.sampled_from([None, None, KEY]),
    length_form=st.sampled_from([None, None, 16, 64]),
)
streams = st.lists(frames, max_size=8).map(lambda orders: b"".join(encode_frame(order).raw for order in orders))


def _observed(role: Role, stream: bytes, sizes: list[int], *, is_lenient: bool) -> list[str]:
    peer = Peer(role, deflate=DEFLATE, is_lenient=is_lenient)
    lines: list[str] = []
    for piece in chop(stream, sizes):
        lines += peer.receive(piece)
    return lines + peer.end()


@given(st.sampled_from(Role), streams, st.lists(st.integers(0, 40), max_size=20), st.booleans())
def test_how_the_stream_is_chopped_does_not_matter_to_what_is_received(
    role: Role, stream: bytes, sizes: list[int], is_lenient: bool
) -> None:
    whole = _observed(role, stream, [], is_lenient=is_lenient)
    chopped = _observed(role, stream, sizes, is_lenient=is_lenient)
    # A fault inside a frame is seen at its first bytes, so our own Close may come before the rest of that frame.
    assert sorted(_facts(whole)) == sorted(_facts(chopped))


def _facts(lines: list[str]) -> list[str]:
    """What the peer did, without the numbers, which our own frames in between shift."""
    return [line.split(" ", 1)[1] if line.startswith("<") else line for line in lines if line[0] in "<mec"]


@given(st.sampled_from(Role), st.binary(max_size=300), st.booleans(), st.lists(st.integers(0, 50), max_size=8))
def test_no_bytes_make_the_channel_raise(role: Role, data: bytes, is_lenient: bool, sizes: list[int]) -> None:
    _observed(role, data, sizes, is_lenient=is_lenient)


@given(st.lists(st.one_of(st.binary(max_size=300), st.text(max_size=80)), max_size=6), st.booleans())
def test_what_one_side_sends_the_other_receives(messages: list[bytes | str], with_deflate: bool) -> None:
    deflate = DEFLATE if with_deflate else None
    client, server = Peer(deflate=deflate), Peer(Role.SERVER, deflate=deflate)
    for message in messages:
        kind = MessageKind.TEXT if isinstance(message, str) else MessageKind.BINARY
        payload = message.encode() if isinstance(message, str) else message
        step = client.send(SendMessage(kind, payload))
        data = b"".join(effect.data for effect in step.effects if isinstance(effect, SendBytes))
        assert f"message {kind.value} {payload.decode('latin-1')!r}" in server.receive(data)
