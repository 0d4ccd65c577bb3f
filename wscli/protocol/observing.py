"""A connection seen from outside: the bytes of both sides become the events that the client would have had.

Nothing is answered: this is what captures are read with. Both directions are channels of their own, lenient and mute;
their frames are counted together, in the order in which they became whole. That the client failed the connection is
told where it did: where its Close has a code for broken rules, and the server had broken one.
"""

from __future__ import annotations

from wscli.events import (
    CloseReceived,
    CloseSent,
    DeviationFound,
    Event,
    ExchangeAnswered,
    ExchangeSent,
    FrameReceived,
    FrameSent,
    HandshakeInvalid,
    HandshakeJudged,
    HandshakeRefused,
    Interest,
    InterimReceived,
    MessageReceived,
    MessageSent,
    Opened,
    PongMatched,
    Purpose,
    RefusalBodyReceived,
    RequestSent,
    ResponseReceived,
    SessionEnded,
    Side,
    StreamEnd,
    StreamEnded,
    UnparsedReceived,
    WebSocketFailed,
)
from wscli.protocol.channel import Channel, ChannelSettings, close_code_for
from wscli.protocol.exchange import is_upgrade_attempt
from wscli.protocol.handshake import judge_response
from wscli.protocol.liveness import PingBook
from wscli.protocol.resync import begins_with_frames
from wscli.protocol.step import Role, StepBuilder
from wscli.settings import Limits, Liveness
from wscli.wire.body import BodyDecoder
from wscli.wire.close import ClosePayload, decode_close
from wscli.wire.deflate import DeflateParameters
from wscli.wire.deviations import FRAME_RESERVED_BIT_1, Deviation, Deviations
from wscli.wire.frames import BINARY, CLOSE, PING, PONG, TEXT, Frame
from wscli.wire.head import RequestDecoder, RequestHead, ResponseDecoder, ResponseHead

_MUTE = Liveness(answers_pings=False, answers_close=False)
_INTEREST = Interest.FRAMES | Interest.MESSAGES


_FAILURES = (1002, 1007, 1009)
"""Close codes of a client that fails the connection because of what the server sent (RFC 6455 §7.4.1)."""
_IN_THE_DARK = frozenset((FRAME_RESERVED_BIT_1,))


def _no_entropy(count: int) -> bytes:
    return bytes(count)  # nothing is ever sent


class _Direction:
    """The frames of one side."""

    def __init__(self, side: Side, deflate: DeflateParameters | None, limits: Limits, now: float) -> None:
        self._side = side
        self._limits = limits
        self._deflate = deflate
        self._is_lost = False
        """Whether bytes are passed over until they look like frames again."""
        self._is_in_the_dark = False
        """Whether nobody knows what RSV1 means here, or what a compressed message refers to."""
        self._is_compressed = False
        """Whether the message that is arriving may be compressed, which cannot be undone."""
        self.has_unknown_compression = False
        """Whether there was any."""
        self._numbers: dict[int, int] = {}
        """Its own number of a frame → the number in the session."""
        self.last_at: float | None = None
        self._begin(now)

    def _begin(self, now: float) -> None:
        role = Role.CLIENT if self._side is Side.REMOTE else Role.SERVER
        self._builder = StepBuilder()
        settings = ChannelSettings(role, self._deflate, self._limits, _MUTE, is_lenient=True, interest=_INTEREST)
        self._channel = Channel(settings, _no_entropy, self._builder, now)
        self._numbers = {}

    @property
    def close(self) -> ClosePayload | None:
        """The Close of this side."""
        return self._channel.close_received

    @property
    def arriving_fault(self) -> Deviation | None:
        """The broken rule in a frame that has begun and is not whole yet."""
        found = () if self._is_in_the_dark else self._channel.arriving_deviations
        return next((one for one in found if one.is_must), None)

    def lose(self, now: float) -> None:
        """Bytes are missing: what was begun is forgotten, and what follows is read where frames begin again."""
        self._deflate = None
        self._is_lost = self._is_in_the_dark = True
        if self.close is None:
            self._begin(now)

    def receive(self, data: bytes, now: float, counter: list[int]) -> list[Event]:
        """Return what this side's bytes come to."""
        self.last_at = now
        if self._is_lost and begins_with_frames(data) is not (self._side is Side.LOCAL):
            return []
        self._is_lost = False
        self._channel.receive(data, now)
        return self._translated(counter)

    def end(self, now: float, counter: list[int]) -> list[Event]:
        """Return what the end of this side's bytes leaves cut."""
        self._channel.end(StreamEnd.FINISHED, "", now)
        return self._translated(counter)

    def _translated(self, counter: list[int]) -> list[Event]:
        events: list[Event] = []
        for found in self._builder.take().events:
            event = self._lightened(found) if self._is_in_the_dark else found
            if isinstance(event, FrameReceived):
                counter[0] += 1
                self._numbers[event.number] = counter[0]
                events.append(event.replace(number=counter[0]))
            elif isinstance(event, MessageReceived):
                first, last = event.frames
                events.append(event.replace(frames=(self._numbers.get(first, first), self._numbers.get(last, last))))
                self._numbers = {last: self._numbers[last]} if last in self._numbers else {}
            elif isinstance(event, CloseReceived):
                events.append(event.replace(number=self._numbers.get(event.number, event.number)))
            elif isinstance(event, DeviationFound):
                events.append(event.replace(place=self._place(event.place)))
            elif event is not None and not isinstance(event, (StreamEnded, SessionEnded)):
                events.append(event)
        return events if self._side is Side.REMOTE else [as_sent(event) for event in events]

    def _place(self, place: str) -> str:
        """Return a place that names a frame, with the number that the frame has in the session."""
        words, _, number = place.rpartition(" ")
        known = self._numbers.get(int(number)) if number.isdigit() else None
        return place if known is None else f"{words} {known}"

    def _lightened(self, event: Event) -> Event | None:
        """Return an event without what cannot be known here: what stands in messages that may be compressed."""
        if isinstance(event, FrameReceived):
            frame = event.frame
            if frame.opcode in (TEXT, BINARY):
                self._is_compressed = frame.rsv1
                self.has_unknown_compression |= frame.rsv1
            kept = tuple(one for one in frame.deviations if one.kind not in _IN_THE_DARK)
            return event.replace(frame=Frame(frame.header, frame.payload, frame.offset, kept))
        if isinstance(event, (MessageReceived, DeviationFound)) and self._is_compressed:
            return None
        return event


def _fault_in(event: Event) -> WebSocketFailed | None:
    """Return the failure that an event of the server asks for (RFC 6455 §7.1.7); None where it breaks no rule."""
    number, base = 0, None
    found: Deviations = ()
    if isinstance(event, FrameReceived):
        number, base, found = event.number, event.frame.offset, event.frame.deviations
    elif isinstance(event, CloseReceived):
        number, found = event.number, event.payload.deviations
    elif isinstance(event, DeviationFound):
        number, found = _number_in(event.place), (event.deviation,)
    fault = next((one for one in found if one.is_must), None)
    if fault is None:
        return None
    offset = None if base is None or fault.offset is None else base + fault.offset
    return WebSocketFailed(close_code_for(fault), fault, number, offset)


def _number_in(place: str) -> int:
    number = place.rpartition(" ")[2]
    return int(number) if number.isdigit() else 0


def as_sent(event: Event) -> Event:
    """Return what was received by the other side as what was sent by this one."""
    if isinstance(event, FrameReceived):
        return FrameSent(event.number, event.frame, event.content)
    if isinstance(event, MessageReceived):
        return MessageSent(event.kind, event.payload, event.frames)
    if isinstance(event, CloseReceived):
        return CloseSent(event.number, event.payload)
    if isinstance(event, DeviationFound):
        return event.replace(side=Side.LOCAL)
    return event


class Observer:
    """Follows one connection from its first byte, or from the middle of its frames."""

    def __init__(self, limits: Limits | None = None, *, is_mid_stream: bool = False) -> None:
        self._limits = limits = limits or Limits()
        self._requests = RequestDecoder(limits.head)
        self._responses = ResponseDecoder(limits.head)
        self._request_body: BodyDecoder | None = None
        """Of a request before the upgrade, while it is coming."""
        self._response_body: BodyDecoder | None = None
        self._body_parts: list[bytes] = []
        self._answer: ResponseHead | None = None
        """The answer whose body is coming."""
        self._awaited: list[RequestHead] = []
        """Requests that have no whole answer yet, the oldest first."""
        self._upgrade: RequestHead | None = None
        """The request to upgrade, once it was sent."""
        self._is_plain = False
        """Whether what follows is no WebSocket: the upgrade was refused, or the bytes are no HTTP."""
        self._held: list[tuple[bytes, float]] = []
        """Bytes of the client behind its upgrade request that came before the answer."""
        self._early: list[tuple[bytes, float]] = []
        """Bytes of the server that came before any request: a capture may have them in the wrong order."""
        self._directions: dict[Side, _Direction] = {}
        """Empty before the connection is open."""
        self._counter = [0]
        self._pings = PingBook(_MUTE, 0.0)
        self._first_close: Side | None = None
        self._fault: WebSocketFailed | None = None
        """The first deviation of the server for which a client must fail the connection."""
        self._has_failed = False
        if is_mid_stream:
            self._open(None, 0.0)
            for direction in self._directions.values():
                direction.lose(0.0)

    @property
    def is_open(self) -> bool:
        """Whether frames are being followed."""
        return bool(self._directions)

    @property
    def has_unknown_compression(self) -> bool:
        """Whether messages came that may be compressed, in a way that the bytes at hand do not tell."""
        return any(direction.has_unknown_compression for direction in self._directions.values())

    def lost(self, side: Side, now: float) -> None:
        """Bytes of one side are missing here."""
        if self._directions:
            self._directions[side].lose(now)
        elif side is Side.REMOTE:
            self._is_plain = True  # in an HTTP answer nothing says where another one begins

    # --- The client's bytes ------------------------------------------------------------------------------------------
    def sent(self, data: bytes, now: float) -> list[Event]:
        """Take bytes of the client; returns what they come to."""
        if self._directions:
            return self._frames(Side.LOCAL, data, now)
        events: list[Event] = []
        while data and not self._awaits_switch and not self._is_plain:
            data = self._take_request(data, events)
        if data and not self._is_plain:
            self._held.append((data, now))
        if self._early and self._awaited:
            early, self._early = self._early, []
            for answer, at in early:
                events += self.received(answer, at)
        return events

    @property
    def _awaits_switch(self) -> bool:
        """Whether what the client sends now belongs behind the upgrade."""
        return self._upgrade is not None

    def _take_request(self, data: bytes, events: list[Event]) -> bytes:
        """Take a request, or more of one; returns what is left for the next."""
        if self._request_body is not None:
            body = self._request_body
            body.feed(data)
            if body.is_complete:
                self._request_body = None
                return body.rest
            return b""
        head = self._requests.feed(data)
        if head is None:
            return b""
        rest, self._requests = self._requests.rest, RequestDecoder(self._limits.head)
        if not head.raw:
            self._is_plain = True  # no HTTP: nothing that the client sends is followed any more
            return b""
        self._awaited.append(head)
        if is_upgrade_attempt(head):
            self._upgrade = head
            events.append(RequestSent(head))
        else:
            events.append(ExchangeSent(Purpose.PREFLIGHT, head))
            body = BodyDecoder.of_request(head.fields, 0)
            self._request_body = None if body.is_complete else body
        return rest

    # --- The server's bytes ------------------------------------------------------------------------------------------
    def received(self, data: bytes, now: float) -> list[Event]:
        """Take bytes of the server; returns what they come to."""
        if self._directions:
            return self._frames(Side.REMOTE, data, now)
        if not self._awaited and not self._is_plain and sum(len(one) for one, _ in self._early) < self._limits.head:
            self._early.append((data, now))
            return []
        events: list[Event] = []
        while data and not self._directions and not self._is_plain:
            data = (
                self._take_body(data, events) if self._response_body is not None else self._take_head(data, now, events)
            )
        if self._is_plain and data:
            events.append(UnparsedReceived(data))
        elif self._directions:
            for held, at in self._held:
                events += self._frames(Side.LOCAL, held, at)
            self._held = []
            events += self._frames(Side.REMOTE, data, now) if data else []
        return events

    def _take_head(self, data: bytes, now: float, events: list[Event]) -> bytes:
        head = self._responses.feed(data)
        if head is None:
            return b""
        rest, self._responses = self._responses.rest, ResponseDecoder(self._limits.head)
        if head.status == 0:
            self._is_plain = True
            events.append(HandshakeInvalid("the answer is no HTTP", head.deviations))
        elif 100 <= head.status < 200 and head.status != 101:
            events.append(InterimReceived(head))
        elif head.status == 101 and self._upgrade is not None:
            self._on_switch(self._upgrade, head, now, events)
        else:
            self._begin_answer(head, events)
        return rest

    def _on_switch(self, request: RequestHead, head: ResponseHead, now: float, events: list[Event]) -> None:
        """Open whatever the checks say: what the client made of it shows in what it sent then."""
        verdict = judge_response(request, head)
        events += [ResponseReceived(head), HandshakeJudged(verdict.checks)]
        events.append(Opened(verdict.subprotocol, verdict.extensions, verdict.deflate))
        self._open(verdict.deflate, now)

    def _begin_answer(self, head: ResponseHead, events: list[Event]) -> None:
        self._answer = head
        method = self._awaited[0].method if self._awaited else "GET"
        self._response_body = BodyDecoder(head.fields, head.status, self._limits.refusal_body, method)
        if self._is_of_upgrade:
            events += [ResponseReceived(head), HandshakeRefused(head.status, head.reason)]
        if self._response_body.is_complete:
            self._end_answer(events)

    @property
    def _is_of_upgrade(self) -> bool:
        return self._upgrade is not None and self._awaited[:1] == [self._upgrade]

    def _take_body(self, data: bytes, events: list[Event]) -> bytes:
        body = self._response_body
        assert body is not None  # asked only while one is coming
        self._body_parts.append(body.feed(data))
        if not body.is_complete:
            return b""
        self._end_answer(events)
        return body.rest

    def _end_answer(self, events: list[Event]) -> None:
        body, head = self._response_body, self._answer
        assert body is not None  # an answer is coming
        assert head is not None
        content, is_whole = b"".join(self._body_parts), body.is_complete and not body.dropped
        if self._is_of_upgrade:
            events.append(RefusalBodyReceived(content, is_whole))
            self._upgrade = None  # an ordinary request may follow, and so may another attempt
        else:
            events.append(ExchangeAnswered(Purpose.PREFLIGHT, head, content, is_whole))
        self._awaited = self._awaited[1:]
        self._response_body = self._answer = None
        self._body_parts = []

    # --- Frames ------------------------------------------------------------------------------------------------------
    def _open(self, deflate: DeflateParameters | None, now: float) -> None:
        self._directions = {side: _Direction(side, deflate, self._limits, now) for side in Side}

    def _frames(self, side: Side, data: bytes, now: float) -> list[Event]:
        direction = self._directions[side]
        events: list[Event] = []
        for event in direction.receive(data, now, self._counter):
            if side is Side.REMOTE:
                self._fault = self._fault or _fault_in(event)
            elif isinstance(event, FrameSent):
                events += self._failure(event)
            events.append(event)
            if isinstance(event, FrameSent) and event.frame.opcode == PING:
                self._pings.sent(event.frame.payload, now)
            elif isinstance(event, FrameReceived) and event.frame.opcode == PONG:
                round_trip = self._pings.matched(event.frame.payload, now)
                if round_trip is not None:
                    events.append(PongMatched(event.frame.payload, round_trip))
        if self._first_close is None and direction.close is not None:
            self._first_close = side
        return events

    def _failure(self, event: FrameSent) -> list[Event]:
        """Return that the client failed the connection, where its Close says so and the server had given cause.

        Its reasons are its own; but a client that answers a broken rule with the code for broken rules does what RFC
        6455 §7.1.7 asks for, and nothing else explains the Close better.
        """
        if self._has_failed or event.frame.opcode != CLOSE:
            return []
        code = decode_close(event.frame.payload).code
        arriving = self._directions[Side.REMOTE].arriving_fault
        fault = self._fault or (None if arriving is None else WebSocketFailed(close_code_for(arriving), arriving))
        if fault is None or code not in _FAILURES:
            return []
        self._has_failed = True
        return [fault.replace(code=code)]

    def ended(self, how: StreamEnd, now: float) -> list[Event]:
        """The connection is over, on the server's side as said; returns what was cut, and how it ended."""
        events: list[Event] = []
        if not self._directions:
            events += [UnparsedReceived(data) for data, _ in self._early]
            if self._response_body is not None:
                self._response_body.finish()
                self._end_answer(events)
            return [*events, StreamEnded(how), SessionEnded(None, None, None, is_clean=False, stream=how)]
        for side in (Side.REMOTE, Side.LOCAL):
            events += self._directions[side].end(now, self._counter)
        received, sent = self._directions[Side.REMOTE], self._directions[Side.LOCAL]
        quiet = [None if one.last_at is None else max(0.0, now - one.last_at) for one in (received, sent)]
        is_clean = received.close is not None and sent.close is not None
        end = SessionEnded(sent.close, received.close, self._first_close, is_clean, how, quiet[0], quiet[1])
        return [*events, StreamEnded(how), end]
