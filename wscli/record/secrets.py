"""Masking of credentials in events before they are recorded; `wscli.record.masking` knows what is a secret.

Outside of messages, credentials stand in the heads, in what is said about them, and in the bytes of the handshake.
Messages and frames are never touched: what they mean is the user's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wscli.events import (
    ApplicationRecognised,
    BytesReceived,
    BytesSent,
    Check,
    Checked,
    Connected,
    DeviationFound,
    Diagnosed,
    Event,
    Evidence,
    ExchangeAnswered,
    ExchangeSent,
    Finding,
    HandshakeInvalid,
    HandshakeJudged,
    InterimReceived,
    Opened,
    ProbeStarted,
    RequestReceived,
    RequestSent,
    ResponseReceived,
    ResponseSent,
    SessionEnded,
    StreamEnded,
    TlsFailed,
    UnparsedReceived,
    WebSocketFailed,
)
from wscli.record.heads import masked_request, masked_response
from wscli.record.masking import (
    MASK,
    HeadMasker,
    mask_bytes,
    mask_head,
    mask_sentence,
    mask_subprotocol,
    mask_url,
    secret_protocols,
)
from wscli.wire.deviations import Deviation


class SecretMasker:
    """Takes the events of a session in their order and gives them back without credentials.

    While the handshake lasts, the beginning of a line at the end of a read is held back for the next `BytesReceived`
    (or Sent) of its side: cut in two, a secret could not be told. No byte is lost by that, only moved.
    """

    def __init__(self) -> None:
        self._heads: dict[type[Event], HeadMasker] = {}
        """The direction of bytes → its masker; empty once the connection is open."""
        self._protocols: tuple[str, ...] = ()
        """Subprotocols of the request that were tokens: an answer may repeat them, and so may a verdict."""
        self._restart()
        self._masks: dict[type[Event], Callable[[Any], Event]] = {
            RequestSent: self._mask_request,
            RequestReceived: self._mask_request,
            ExchangeSent: self._mask_request,
            ExchangeAnswered: self._mask_response,
            InterimReceived: self._mask_response,
            ResponseReceived: self._mask_response,
            ResponseSent: self._mask_response,
            HandshakeJudged: self._mask_judged,
            Opened: self._mask_opened,
            HandshakeInvalid: self._mask_invalid,
            DeviationFound: self._mask_deviating,
            WebSocketFailed: self._mask_deviating,
            TlsFailed: self._mask_first_bytes,
            UnparsedReceived: self._mask_data,
            ApplicationRecognised: self._mask_recognised,
            Finding: self._mask_finding,
            ProbeStarted: self._mask_probe,
            Checked: self._mask_checked,
            Diagnosed: self._mask_diagnosed,
        }

    def mask(self, event: Event) -> Event:
        """Return an event that stands alone without credentials, the very same object where it has none."""
        if isinstance(event, (BytesReceived, BytesSent)):
            return self._mask_data(event)
        mask = self._masks.get(type(event))
        return event if mask is None else mask(event)

    def mask_all(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Return the next events of the session without credentials, the very same tuple where nothing can have any."""
        if _INVOLVED.isdisjoint(map(type, events)):
            return events
        masked: list[Event] = []
        for event in events:
            if isinstance(event, (BytesReceived, BytesSent)):
                self._mask_bytes(event, masked)
                continue
            if isinstance(event, (Opened, StreamEnded, SessionEnded)):
                self._release(masked)
            masked.append(self.mask(event))
            if isinstance(event, Opened):
                self._heads = {}
            elif isinstance(event, (Connected, SessionEnded)):
                self._restart()
        return tuple(masked)

    def _restart(self) -> None:
        """Expect a handshake: a new connection begins."""
        self._heads = {BytesReceived: HeadMasker(), BytesSent: HeadMasker()}

    # --- Bytes ---
    def _mask_bytes(self, event: BytesReceived | BytesSent, masked: list[Event]) -> None:
        head = self._heads.get(type(event))
        data = event.data if head is None else self._forget(head.mask(event.data))
        if data is event.data:
            masked.append(event)
        elif data:
            masked.append(event.replace(data=data))

    def _release(self, masked: list[Event]) -> None:
        """Give out what is held back: nothing more of it will come."""
        masked += [kind(data) for kind, head in self._heads.items() if (data := head.finish())]  # type: ignore[call-arg]

    def _mask_data(self, event: Any) -> Event:
        return _changed(event, "data", mask_bytes(event.data))

    def _mask_first_bytes(self, event: TlsFailed) -> Event:
        return _changed(event, "first_bytes", mask_bytes(event.first_bytes))

    def _forget(self, data: bytes) -> bytes:
        """Return the bytes without the tokens that were met as subprotocols."""
        for protocol in self._protocols:
            data = data.replace(protocol.encode("latin-1"), MASK.encode())
        return data

    # --- Heads ---
    def _mask_request(self, event: RequestSent | RequestReceived | ExchangeSent) -> Event:
        self._protocols = secret_protocols(event.head.fields.joined("Sec-WebSocket-Protocol") or "")
        head = masked_request(event.head, self._forget(mask_head(event.head.raw)))
        return _changed(event, "head", head.replace(deviations=self._mask_deviations(head.deviations)))

    def _mask_response(self, event: InterimReceived | ResponseReceived | ResponseSent | ExchangeAnswered) -> Event:
        head = masked_response(event.head, self._forget(mask_head(event.head.raw)))
        return _changed(event, "head", head.replace(deviations=self._mask_deviations(head.deviations)))

    # --- What is said about them ---
    def _mask_text(self, text: str) -> str:
        for protocol in self._protocols:
            text = text.replace(protocol, MASK)
        return mask_sentence(text)

    def _mask_deviation(self, deviation: Deviation) -> Deviation:
        detail = self._mask_text(deviation.detail)
        return deviation if detail == deviation.detail else deviation.replace(detail=detail)

    def _mask_deviations(self, deviations: tuple[Deviation, ...]) -> tuple[Deviation, ...]:
        return tuple(map(self._mask_deviation, deviations))

    def _mask_invalid(self, event: HandshakeInvalid) -> Event:
        return _changed(event, "deviations", self._mask_deviations(event.deviations))

    def _mask_deviating(self, event: DeviationFound | WebSocketFailed) -> Event:
        return _changed(event, "deviation", self._mask_deviation(event.deviation))

    def _mask_check(self, check: Check) -> Check:
        return check.replace(
            expected=self._mask_text(check.expected),
            actual=self._mask_text(check.actual),
            deviation=None if check.deviation is None else self._mask_deviation(check.deviation),
        )

    def _mask_judged(self, event: HandshakeJudged) -> Event:
        return _changed(event, "checks", tuple(map(self._mask_check, event.checks)))

    def _mask_evidence(self, evidence: Evidence) -> Evidence:
        return evidence.replace(text=self._mask_text(evidence.text))

    def _mask_recognised(self, event: ApplicationRecognised) -> Event:
        return _changed(event, "evidence", self._mask_evidence(event.evidence))

    def _mask_finding(self, event: Finding) -> Event:
        return event.replace(
            evidence=tuple(map(self._mask_evidence, event.evidence)),
            causes=tuple(map(self._mask_text, event.causes)),
            advice=self._mask_text(event.advice),
        )

    def _mask_probe(self, event: ProbeStarted) -> Event:
        return event.replace(url=mask_url(event.url), change=self._mask_text(event.change))

    def _mask_checked(self, event: Checked) -> Event:
        return event.replace(seen=self._mask_text(event.seen), advice=self._mask_text(event.advice))

    def _mask_diagnosed(self, event: Diagnosed) -> Event:
        return event.replace(
            causes=tuple(map(self._mask_text, event.causes)),
            advice=self._mask_text(event.advice),
            change=self._mask_text(event.change),
            requests=tuple(
                one.replace(change=self._mask_text(one.change), url=mask_url(one.url)) for one in event.requests
            ),
        )

    def _mask_opened(self, event: Opened) -> Event:
        protocol = event.subprotocol
        return (
            event if protocol is None else _changed(event, "subprotocol", mask_subprotocol(self._mask_text(protocol)))
        )


_INVOLVED: frozenset[type[Event]] = frozenset(
    (
        ApplicationRecognised,
        BytesReceived,
        BytesSent,
        Checked,
        Connected,
        DeviationFound,
        Diagnosed,
        ExchangeAnswered,
        ExchangeSent,
        Finding,
        HandshakeInvalid,
        HandshakeJudged,
        InterimReceived,
        Opened,
        ProbeStarted,
        RequestReceived,
        RequestSent,
        ResponseReceived,
        ResponseSent,
        SessionEnded,
        StreamEnded,
        TlsFailed,
        UnparsedReceived,
        WebSocketFailed,
    )
)
"""The events that may hold a credential, and those that tell where the handshake begins and ends."""


def _changed(event: Event, field: str, value: Any) -> Event:
    """Return the event with this value in a field; the very same event where it has an equal one."""
    return event if getattr(event, field) == value else event.replace(**{field: value})


def mask_event(event: Event) -> Event:
    """Return an event that stands alone without credentials, the very same object where it has none.

    For the events of a whole session `SecretMasker` sees more: bytes of a handshake that come in pieces, and tokens
    that an answer repeats.
    """
    return SecretMasker().mask(event)
