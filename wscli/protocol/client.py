"""The client's end of a connection: the upgrade request, the answer judged, then the channel (RFC 6455 §4.1)."""

from __future__ import annotations

from wscli.events import (
    HandshakeInvalid,
    HandshakeJudged,
    HandshakeRefused,
    Interest,
    InterimReceived,
    Opened,
    RefusalBodyReceived,
    RequestSent,
    ResponseReceived,
    StreamEnd,
    UnparsedReceived,
)
from wscli.protocol.base import ConnectionBase, Entropy
from wscli.protocol.handshake import build_preflight, build_request, judge_response
from wscli.protocol.states import Move, State, after
from wscli.protocol.step import Disconnect, Role, Step
from wscli.settings import ConnectionSettings, HandshakeSettings
from wscli.wire.accept import encode_key
from wscli.wire.body import BodyDecoder
from wscli.wire.deviations import HEAD_CUT, HEAD_TOO_LARGE, Deviations
from wscli.wire.head import RequestDecoder, RequestHead, ResponseDecoder, ResponseHead


class ClientConnection(ConnectionBase):
    """The client's end of a connection (RFC 6455 §4.1)."""

    def __init__(
        self,
        settings: ConnectionSettings,
        entropy: Entropy,
        interest: Interest = Interest.FRAMES | Interest.MESSAGES,
    ) -> None:
        super().__init__(entropy, interest)
        self._settings = settings
        self._decoder = ResponseDecoder(settings.limits.head)
        self._request: RequestHead | None = None
        self._body: BodyDecoder | None = None
        self._body_parts: list[bytes] = []
        self._body_due: float | None = None

    def start(self, now: float) -> Step:
        """Send the upgrade request."""
        raw = request_bytes(self._settings, self._entropy)
        self._request = decode_request(raw)
        self._out.send(raw)
        self._note_sent(raw)
        self._out.events.append(RequestSent(self._request))
        return self._out.take()

    def receive(self, data: bytes, now: float) -> Step:
        """Take bytes of the peer, as they come."""
        self._note_received(data)
        if self.channel is not None:
            self.channel.receive(data, now)
        elif self._state is State.CONNECTING:
            self._receive_head(data, now)
        elif self._state is State.REFUSED:
            self._receive_body(data, now)
        return self._out.take()

    def receive_eof(self, now: float, how: StreamEnd = StreamEnd.FINISHED, detail: str = "") -> Step:
        """The peer's stream is over."""
        if self.channel is None and self._state is State.CONNECTING:
            head = self._decoder.finish()
            if head is None:
                self._invalid("the peer ended the connection without an answer", (), now, how, detail)
            else:
                self._on_head(head, now)
        if self._body is not None:
            self._body.finish()
            self._report_body(self._body)
        self._end(how, detail, now)
        self._out.effect(Disconnect())
        return self._out.take()

    def abandon(self, now: float, detail: str = "", how: StreamEnd = StreamEnd.ABANDONED) -> Step:
        """Leave at once; the beginning of an answer that never got whole is not lost."""
        if self._state is State.CONNECTING and self._decoder.pending:
            self._out.events.append(UnparsedReceived(self._decoder.pending))
        return super().abandon(now, detail, how)

    def tick(self, now: float) -> Step:
        """Do what has become due."""
        if self.channel is not None:
            self.channel.tick(now)
        elif self._body_due is not None and now >= self._body_due:
            self._leave_refusal(now)
        return self._out.take()

    @property
    def wake_at(self) -> float | None:
        """When `tick` should be called next; None when nothing depends on time."""
        return self._body_due if self._state is State.REFUSED else super().wake_at

    def _receive_head(self, data: bytes, now: float) -> None:
        head = self._decoder.feed(data)
        while head is not None:
            rest = self._decoder.rest
            if not 100 <= head.status < 200 or head.status == 101:
                self._on_head(head, now)
                self._receive_rest(rest, now)
                return
            # RFC 9110 §15.2: any number of interim responses may come before the answer.
            self._out.events.append(InterimReceived(head))
            self._decoder = ResponseDecoder(self._settings.limits.head)
            head = self._decoder.feed(rest)

    def _receive_rest(self, rest: bytes, now: float) -> None:
        """Bytes glued to the answer: the first frames, or a refusal's body."""
        if self.channel is not None and rest:
            self.channel.receive(rest, now)
        elif self._state is State.REFUSED:
            self._receive_body(rest, now)

    def _on_head(self, head: ResponseHead, now: float) -> None:
        if head.raw:
            self._out.events.append(ResponseReceived(head))
        if head.status == 0:
            self._invalid("the answer is no HTTP", head.deviations, now)
            return
        if head.status == 101:
            self._on_switch(head, now)
            return
        self._state = after(self._state, Move.REFUSED)
        self._out.events.append(HandshakeRefused(head.status, head.reason))
        self._body = BodyDecoder(head.fields, head.status, self._settings.limits.refusal_body)
        self._body_due = now + self._settings.limits.refusal_body_time

    def _on_switch(self, head: ResponseHead, now: float) -> None:
        assert self._request is not None  # an answer is only read after start() has sent the request
        verdict = judge_response(self._request, head)
        self._out.events.append(HandshakeJudged(verdict.checks))
        head_faults = tuple(one for one in head.all_deviations if one.is_must)
        is_endless = any(fault.kind is HEAD_TOO_LARGE for fault in head_faults)
        if is_endless or (verdict.faults and not self._settings.is_lenient):
            # Of a head that was cut off only that can be said: what is missing may have been on its way.
            is_cut = is_endless or any(fault.kind is HEAD_CUT for fault in head_faults)
            self._invalid("the 101 breaks the rules", head_faults if is_cut else head_faults + verdict.faults, now)
            return
        limits, liveness = self._settings.limits, self._settings.liveness
        self._out.events.append(Opened(verdict.subprotocol, verdict.extensions, verdict.deflate))
        self.channel = self._open(
            verdict.deflate, Role.CLIENT, limits, liveness, now, is_lenient=self._settings.is_lenient
        )

    def _invalid(
        self, reason: str, faults: Deviations, now: float, how: StreamEnd = StreamEnd.ABANDONED, detail: str = ""
    ) -> None:
        self._out.events.append(HandshakeInvalid(reason, faults))
        if self._decoder.rest:
            self._out.events.append(UnparsedReceived(self._decoder.rest))
        self._end(how, detail, now)
        self._out.effect(Disconnect())

    def _receive_body(self, data: bytes, now: float) -> None:
        body = self._body
        if body is not None:
            self._body_parts.append(body.feed(data))
            if body.is_complete or body.dropped:
                self._leave_refusal(now)

    def _report_body(self, body: BodyDecoder) -> None:
        is_whole = body.is_complete and not body.dropped
        self._out.events.append(RefusalBodyReceived(b"".join(self._body_parts), is_whole))
        self._body = None

    def _leave_refusal(self, now: float) -> None:
        """Enough of the body was seen, or waited for."""
        self._body_due = None
        if self._body is not None:
            self._report_body(self._body)
        self._out.effect(Disconnect())
        self._end(StreamEnd.ABANDONED, "", now)


def request_bytes(settings: ConnectionSettings, entropy: Entropy) -> bytes:
    """Return the upgrade request for a connection, with a fresh key; what `--dry-run` prints."""
    url = settings.url
    return build_request(_handshake(settings), url.resource, url.host_header, encode_key(entropy(16)))


def _handshake(settings: ConnectionSettings) -> HandshakeSettings:
    """Return what the request says, with the credentials of the URL where there are no others."""
    handshake, url = settings.handshake, settings.url
    if handshake.credentials is None and url.user is not None:
        return handshake.replace(credentials=(url.user, url.password or ""))
    return handshake


def preflight_requests(settings: ConnectionSettings) -> tuple[bytes, ...]:
    """Return the ordinary requests that are to go before the upgrade."""
    return tuple(build_preflight(_handshake(settings), path, settings.url.host_header) for path in settings.preflights)


def decode_request(raw: bytes) -> RequestHead:
    """Return the head inside request bytes of our own making, however the user's headers bent it."""
    decoder = RequestDecoder(len(raw) + 1)
    head = decoder.feed(raw) or decoder.finish()
    assert head is not None  # the bytes are not empty
    return head
