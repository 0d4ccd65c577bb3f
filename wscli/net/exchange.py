"""Ordinary HTTP/1.1 exchanges before the upgrade, on the connection that the upgrade will use, as layers.

A layer that speaks first and then lets everything through: `SwitchLayer` asks to switch to TLS (RFC 2817 §3.2),
`ExchangeLayer` sends requests and waits for their answers. Bytes that come behind the last answer rise untouched.
"""

from __future__ import annotations

from wscli.events import Event, ExchangeAnswered, ExchangeFailed, ExchangeSent, Purpose, StreamEnd
from wscli.net.layer import LayerStep
from wscli.wire.body import BodyDecoder
from wscli.wire.grammar import has_token
from wscli.wire.head import RequestDecoder, RequestHead, ResponseDecoder, ResponseHead

HEAD_LIMIT = 65536
BODY_LIMIT = 65536


class _SpeakingFirst:
    """What both layers share: bytes from above wait until the layer is through, then everything passes."""

    def __init__(self, purpose: Purpose) -> None:
        self._purpose = purpose
        self._is_ready = False
        self._has_failed = False
        self._waiting: list[bytes] = []
        self._events: list[Event] = []
        self._down: list[bytes] = []

    def receive_eof(self) -> LayerStep:
        """Nothing more comes from below."""
        if self._is_ready:
            return LayerStep(is_ready=True, ended=StreamEnd.FINISHED)
        return LayerStep() if self._has_failed else self._fail("the server ended the connection before its answer")

    def send(self, data: bytes) -> LayerStep:
        """Take bytes from above; before the layer is ready they are kept."""
        if self._is_ready:
            return LayerStep(down=data, is_ready=True)
        if not self._has_failed:
            self._waiting.append(data)
        return LayerStep()

    def finish(self) -> LayerStep:
        """Nothing more comes from above; there is nothing to say about it."""
        return LayerStep(is_ready=self._is_ready)

    def _ask(self, raw: bytes) -> RequestHead:
        head = _decoded(raw)
        self._events.append(ExchangeSent(self._purpose, head))
        self._down.append(raw)
        return head

    def _step(self) -> LayerStep:
        events, self._events = tuple(self._events), []
        down, self._down = b"".join(self._down), []
        return LayerStep(down=down, events=events)

    def _become_ready(self, rest: bytes) -> LayerStep:
        self._is_ready = True
        self._down += self._waiting
        self._waiting = []
        return self._step().replace(up=rest, is_ready=True)

    def _fail(self, reason: str) -> LayerStep:
        self._has_failed = True
        self._events.append(ExchangeFailed(self._purpose, reason))
        return self._step().replace(ended=StreamEnd.FAILED)


class SwitchLayer(_SpeakingFirst):
    """Asks for TLS inside HTTP/1.1 and waits for the 101; TLS comes above it (RFC 2817 §3.2, §3.3)."""

    def __init__(self, request: bytes) -> None:
        super().__init__(Purpose.UPGRADE_TLS)
        self._request = request
        self._decoder = ResponseDecoder(HEAD_LIMIT)

    def start(self) -> LayerStep:
        """Ask."""
        self._ask(self._request)
        return self._step()

    def receive(self, data: bytes) -> LayerStep:
        """Wait for the answer; behind a 101 everything is TLS."""
        if self._is_ready:
            return LayerStep(data, is_ready=True)
        if self._has_failed:
            return LayerStep()
        head = self._decoder.feed(data)
        while head is not None:
            rest = self._decoder.rest
            self._events.append(ExchangeAnswered(self._purpose, head, b"", is_complete=head.status < 200))
            if head.status == 101 and _names_tls(head):
                return self._become_ready(rest)
            if not 100 <= head.status < 200 or head.status == 101:
                return self._fail(f"the server did not switch to TLS: {head.status} {head.reason}".rstrip())
            self._decoder = ResponseDecoder(HEAD_LIMIT)
            head = self._decoder.feed(rest)
        return self._step()


def _names_tls(head: ResponseHead) -> bool:
    upgrades = (head.fields.joined("Upgrade") or "").upper()
    return any(name.strip().startswith("TLS/") for name in upgrades.split(","))


class ExchangeLayer(_SpeakingFirst):
    """Sends requests, one after the other or all at once (pipelined), and waits until each has its answer.

    `is_asked` says that the requests went out already, as the one does that asked for TLS and is answered through it.
    """

    def __init__(
        self, purpose: Purpose, requests: tuple[bytes, ...], *, is_pipelined: bool = False, is_asked: bool = False
    ) -> None:
        super().__init__(purpose)
        self._requests = list(requests)
        self._is_pipelined = is_pipelined
        self._is_asked = is_asked
        self._asked: list[RequestHead] = []
        """Requests that have no answer yet, oldest first."""
        self._decoder = ResponseDecoder(HEAD_LIMIT)
        self._head: ResponseHead | None = None
        self._body: BodyDecoder | None = None
        self._parts: list[bytes] = []

    def start(self) -> LayerStep:
        """Ask the first one, or all."""
        if self._is_asked:
            self._asked = [_decoded(raw) for raw in self._requests]
            self._requests = []
            return self._step()
        self._ask_next()
        return self._step()

    def receive(self, data: bytes) -> LayerStep:
        """Take answers, in the order of the requests (RFC 9112 §9.3.2)."""
        if self._is_ready:
            return LayerStep(data, is_ready=True)
        while not self._has_failed:
            if self._body is None:
                head = self._decoder.feed(data)
                if head is None:
                    return self._step()
                data = self._decoder.rest
                if head.status == 0:
                    self._events.append(ExchangeAnswered(self._purpose, head, data, is_complete=False))
                    return self._fail("the answer is no HTTP")
                if not self._begin_answer(head):
                    continue
            rest = self._feed_body(data)
            if rest is None:
                return self._step()
            reason = self._finish_answer()
            if reason is not None:
                return self._fail(reason)
            if not self._asked and not self._requests:
                return self._become_ready(rest)
            self._ask_next()
            data = rest
        return LayerStep()

    def _ask_next(self) -> None:
        while self._requests and (self._is_pipelined or not self._asked):
            self._asked.append(self._ask(self._requests.pop(0)))

    def _begin_answer(self, head: ResponseHead) -> bool:
        """Take the head of an answer; False for an interim one."""
        self._decoder = ResponseDecoder(HEAD_LIMIT)
        if 100 <= head.status < 200:
            self._events.append(ExchangeAnswered(self._purpose, head, b"", is_complete=True))
            return False
        self._head, self._parts = head, []
        self._body = BodyDecoder(head.fields, head.status, BODY_LIMIT, self._asked[0].method)
        return True

    def _feed_body(self, data: bytes) -> bytes | None:
        """Return what follows the body once it is whole; None before."""
        body = self._body
        assert body is not None  # begun with the head
        if not body.is_complete:
            self._parts.append(body.feed(data))
            return body.rest if body.is_complete else None
        return data

    def _finish_answer(self) -> str | None:
        """Report an answer; returns why nothing more can be asked, where that is so."""
        head, body = self._head, self._body
        assert head is not None  # a body has a head
        assert body is not None  # it is complete
        self._asked.pop(0)
        self._events.append(ExchangeAnswered(self._purpose, head, b"".join(self._parts), not body.dropped))
        self._head = self._body = None
        if has_token(head.fields.all("Connection"), "close") or head.version == "HTTP/1.0":
            return "the server does not keep the connection for the upgrade"
        return None

    def receive_eof(self) -> LayerStep:
        """Nothing more comes from below: a body may end so, and then nothing more can be asked."""
        if self._body is not None and not self._is_ready:
            self._body.finish()
            self._finish_answer()
        return super().receive_eof()


def _decoded(raw: bytes) -> RequestHead:
    decoder = RequestDecoder(len(raw) + 1)
    head = decoder.feed(raw) or decoder.finish()
    assert head is not None  # the bytes are not empty
    return head
