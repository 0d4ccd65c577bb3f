"""The server's end of a connection: HTTP/1.x requests one after the other, and the switch out of HTTP (RFC 6455 §4.2).

A connection begins as HTTP. Each request, once it is whole, waits for `respond`, `accept`, `switch` or `answer_raw`
(`awaits_answer`); bytes that came behind it wait too, so pipelined requests are answered in their order. With `accept`
the connection becomes a WebSocket channel, whose first frames may stand among those bytes.
"""

from __future__ import annotations

from wscli.events import (
    HandshakeJudged,
    Interest,
    Opened,
    RequestBodyReceived,
    RequestReceived,
    ResponseSent,
    StreamEnd,
    TimeLimitPassed,
    UnparsedReceived,
)
from wscli.protocol.accepting import Acceptance, judge_request
from wscli.protocol.base import ConnectionBase, Entropy
from wscli.protocol.exchange import (
    CONTINUE,
    Objection,
    Response,
    encode_chunk,
    expects_continue,
    frame_answer,
    is_ambiguous,
    is_upgrade_attempt,
    objection_to,
    stays_open,
    too_large,
)
from wscli.protocol.states import Move, State, after
from wscli.protocol.step import Disconnect, FinishSending, Role, Step
from wscli.settings import Limits, Liveness
from wscli.wire.body import BodyDecoder
from wscli.wire.head import RequestDecoder, RequestHead, ResponseDecoder

LINGER = 1.0
"""Seconds to go on reading after the last answer: closing earlier could reset the connection before it is read."""


class ServerConnection(ConnectionBase):
    """One accepted connection."""

    def __init__(
        self,
        entropy: Entropy,
        interest: Interest = Interest.FRAMES | Interest.MESSAGES,
        limits: Limits | None = None,
        liveness: Liveness | None = None,
        *,
        is_lenient: bool = False,
        closes_behind_answers: bool = False,
    ) -> None:
        super().__init__(entropy, interest)
        self._limits = limits or Limits()
        self.liveness = liveness or Liveness()
        """For the channel; decides when it opens."""
        self._is_lenient = is_lenient
        self._closes_behind_answers = closes_behind_answers
        self._decoder = RequestDecoder(self._limits.head)
        self._decoding: BodyDecoder | None = None
        self._body_parts: list[bytes] = []
        self._rest = b""
        """What came behind the request that waits for its answer."""
        self._due: float | None = None
        self._is_streaming = False
        self._is_chunked = False
        self._stays = False
        self._is_half_closed = False
        self.request: RequestHead | None = None
        """The request that waits for its answer, or that became the channel."""
        self.body = b""
        """Its body, without transfer coding."""
        self.objection: Objection | None = None
        """Why the request cannot be served, whatever it asks for; the answer to it is the last."""
        self.awaits_answer = False
        self.request_count = 0
        """How many requests came so far."""

    def start(self, now: float) -> Step:
        """Wait for the request; a server says nothing first."""
        self._due = now + self._limits.request
        return self._out.take()

    @property
    def is_streaming(self) -> bool:
        """Whether an answer's body is going out piece by piece; `send_body` and `finish_response` belong to it."""
        return self._is_streaming

    # --- Receiving --------------------------------------------------------------------------------------------------
    def receive(self, data: bytes, now: float) -> Step:
        """Take bytes of the peer, as they come."""
        self._note_received(data)
        if self.channel is not None:
            self.channel.receive(data, now)
        elif self._state is not State.CONNECTING:
            pass  # behind the last answer
        elif self.awaits_answer or self._is_streaming:
            self._rest += data
        else:
            self._read(data, now)
        return self._out.take()

    def receive_eof(self, now: float, how: StreamEnd = StreamEnd.FINISHED, detail: str = "") -> Step:
        """The peer's stream is over; an answer that is going out still does where only its sending side ended."""
        if self._is_streaming and how is StreamEnd.FINISHED:
            self._is_half_closed = True
            self._stays = False
            return self._out.take()
        self._end(how, detail, now)
        self._out.effect(Disconnect())
        return self._out.take()

    @property
    def is_reading_request(self) -> bool:
        """Whether a part of a request has come and its end has not."""
        return self._decoding is not None or bool(self._decoder.pending)

    def _read(self, data: bytes, now: float) -> None:
        if not self.is_reading_request:
            self._due = now + self._limits.request
        if self._decoding is None:
            head = self._decoder.feed(data)
            if head is None:
                return
            data = self._decoder.rest
            self._begin_request(head, is_waiting=not data)
            if self.objection is not None:
                data = b""
        decoding = self._decoding
        assert decoding is not None  # begun just now, or earlier
        self._body_parts.append(decoding.feed(data))
        if decoding.dropped:
            self.objection = too_large(self._limits.request_body)
        elif decoding.deviations:
            self.objection = Objection(400, "Bad Request", decoding.deviations[0].kind.sentence)
        if decoding.is_complete or self.objection is not None:
            self._complete_request(decoding)

    def _begin_request(self, head: RequestHead, *, is_waiting: bool) -> None:
        self.request = head
        self.request_count += 1
        self._out.events.append(RequestReceived(head))
        if is_upgrade_attempt(head):
            self._out.events.append(HandshakeJudged(judge_request(head)))
        self._decoding = BodyDecoder.of_request(head.fields, self._limits.request_body)
        self.objection = objection_to(head, self._limits.request_body)
        if self.objection is not None:
            # Where such a request ends nobody knows; the answer will be the last, and what follows is not read.
            if not head.raw:
                self._out.events.append(UnparsedReceived(self._decoder.rest))
            return
        if is_waiting and not self._decoding.is_complete and expects_continue(head):
            self._answer(CONTINUE)

    def _complete_request(self, decoding: BodyDecoder) -> None:
        self.body = b"".join(self._body_parts)
        if self.body:
            self._out.events.append(RequestBodyReceived(self.body, not decoding.dropped))
        self._rest = decoding.rest
        self._due = None
        self.awaits_answer = True

    # --- Answering --------------------------------------------------------------------------------------------------
    def respond(self, response: Response, now: float) -> Step:
        """Answer the request that waits; a streamed answer goes on with `send_body` until `finish_response`."""
        request = self.request
        assert request is not None  # `awaits_answer` said so
        self.awaits_answer = False
        stays = self.objection is None and not is_ambiguous(request) and stays_open(request)
        framing = frame_answer(request, response, stays=stays)
        self._answer(framing.head)
        self._is_streaming = response.is_streamed and framing.has_body
        self._is_chunked, self._stays = framing.is_chunked, framing.stays
        if not self._is_streaming:
            if framing.has_body and response.body:
                self._send(response.body)
            self._conclude(now)
        return self._out.take()

    def send_body(self, data: bytes, now: float) -> Step:
        """Send a piece of a streamed answer's body."""
        if self._is_streaming and data:
            self._send(encode_chunk(data) if self._is_chunked else data)
        return self._out.take()

    def finish_response(self, now: float) -> Step:
        """End a streamed answer; the next request is looked at."""
        if self._is_streaming:
            self._is_streaming = False
            if self._is_chunked:
                self._send(encode_chunk(b""))
            self._conclude(now)
        return self._out.take()

    def answer_raw(self, raw: bytes, now: float) -> Step:
        """Answer with bytes as they are, whatever they say; the answer is the last."""
        self.awaits_answer = False
        self._answer(raw)
        self._stays = False
        self._conclude(now)
        return self._out.take()

    def accept(self, acceptance: Acceptance, now: float) -> Step:
        """Send the 101 and open the channel; bytes that came with the request are its first frames."""
        self.awaits_answer = False
        self._due = None
        self._answer(acceptance.raw)
        self._out.events.append(Opened(acceptance.subprotocol, acceptance.extensions, acceptance.deflate))
        self.channel = self._open(
            acceptance.deflate, Role.SERVER, self._limits, self.liveness, now, is_lenient=self._is_lenient,
            closes_behind_answers=self._closes_behind_answers,
        )  # fmt: skip
        rest, self._rest = self._rest, b""
        if rest:
            self.channel.receive(rest, now)
        return self._out.take()

    def send_owed_close(self, now: float) -> Step:
        """Send the Close that waited for the answers to what came before it (`closes_behind_answers`)."""
        if self.channel is not None:
            self.channel.send_owed_close(now)
        return self._out.take()

    def switch(self, raw: bytes, now: float) -> Step:
        """Send a 101 that puts another layer below HTTP, as TLS; the request itself is answered through that one."""
        self._answer(raw)
        return self._out.take()

    def take_rest(self) -> bytes:
        """Return what came behind the request: after `switch` it belongs to the new layer."""
        rest, self._rest = self._rest, b""
        return rest

    def _conclude(self, now: float) -> None:
        """An answer is whole: wait for the next request, or leave once the peer has had time to read."""
        if self._is_half_closed:
            self._out.effect(Disconnect())
            self._end(StreamEnd.FINISHED, "", now)
        elif self._stays:
            rest, self._rest = self._rest, b""
            self._decoder = RequestDecoder(self._limits.head)
            self._decoding, self._body_parts, self.body = None, [], b""
            self._due = now + self._limits.keep
            if rest:
                self._read(rest, now)
        else:
            self._state = after(self._state, Move.REFUSED)
            self._due = now + LINGER
            self._out.effect(FinishSending())

    def _answer(self, raw: bytes) -> None:
        decoder = ResponseDecoder(len(raw) + 1)
        head = decoder.feed(raw) or decoder.finish()
        self._send(raw)
        if head is not None and head.raw:
            self._out.events.append(ResponseSent(head))

    def _send(self, data: bytes) -> None:
        self._out.send(data)
        self._note_sent(data)

    # --- Time -------------------------------------------------------------------------------------------------------
    @property
    def wake_at(self) -> float | None:
        """When `tick` should be called next; None when nothing depends on time."""
        return super().wake_at if self.channel is not None or self.state is State.ENDED else self._due

    def tick(self, now: float) -> Step:
        """Do what has become due."""
        if self.channel is not None:
            self.channel.tick(now)
        elif self._due is not None and now >= self._due and self.state is not State.ENDED:
            self._due = None
            self._run_out(now)
        return self._out.take()

    def _run_out(self, now: float) -> None:
        if self._state is State.CONNECTING and self.is_reading_request:
            self._out.events.append(TimeLimitPassed("request-timeout", self._limits.request))
            self._answer(TIMED_OUT)
            self._stays = False
            self._conclude(now)
            return
        self._out.effect(Disconnect())
        self._end(StreamEnd.ABANDONED, "", now)


TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
