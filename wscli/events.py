"""The vocabulary: everything that can be observed in a session, facts in the past tense, and the batch they come in.

Live, recorded or imported, a session is the same stream of these events. An event holds no time: the batch that carries
it does, so what is observed together shares one moment and the pure core needs no clock.
"""

from __future__ import annotations

from enum import Enum, Flag, auto
from typing import Protocol

from wscli.values import Value
from wscli.wire.certificate import Certificate
from wscli.wire.close import ClosePayload
from wscli.wire.deflate import DeflateParameters
from wscli.wire.deviations import NONE, Deviation, Deviations
from wscli.wire.frames import Frame
from wscli.wire.head import RequestHead, ResponseHead


class Side(Enum):
    """Who did it."""

    LOCAL = "local"
    REMOTE = "remote"


class MessageKind(Enum):
    """The two kinds of messages (RFC 6455 §5.6)."""

    TEXT = "text"
    BINARY = "binary"


class StreamEnd(Enum):
    """How the byte stream from the peer ended."""

    FINISHED = "fin"
    """The peer closed its side (TCP FIN, or TLS close_notify)."""
    RESET = "reset"
    """The peer reset the connection (TCP RST)."""
    FAILED = "failed"
    """Reading or writing failed otherwise, or TLS broke."""
    ABANDONED = "abandoned"
    """We left before the peer ended its side."""


class Purpose(Enum):
    """Why an ordinary HTTP exchange precedes the upgrade on its connection."""

    UPGRADE_TLS = "upgrade-tls"
    """To switch to TLS inside HTTP/1.1 (RFC 2817)."""
    PREFLIGHT = "preflight"
    """The user asked for it."""


class Interest(Flag):
    """What a sink wants built; the union over the sinks tells the core."""

    NOTHING = 0
    BYTES = auto()
    """`BytesReceived`, `BytesSent`."""
    FRAMES = auto()
    """`FrameReceived`, `FrameSent`."""
    MESSAGES = auto()
    """`MessageReceived`, `MessageSent`."""
    PARTS = auto()
    """Payloads as they arrive: `MessagePart` in place of MessageReceived for messages that arrive in several reads."""


class Event(Value):
    """One observation."""


class Batch(Value):
    """Events observed together, at one moment."""

    at: float
    """Seconds since the session began, on a clock that never goes back."""
    events: tuple[Event, ...]


# --- Addressing and connecting ---------------------------------------------------------------------------------------
class NameResolved(Event):
    """The host name has these addresses, in the order they will be tried."""

    host: str
    addresses: tuple[str, ...]


class NameFailed(Event):
    """The host name could not be resolved."""

    host: str
    reason: str


class AttemptStarted(Event):
    """A connection to this address was begun (`127.0.0.1:80`, `[::1]:80` or a socket's path)."""

    address: str


class AttemptFailed(Event):
    """This address could not be connected to."""

    address: str
    reason: str
    """The system's sentence."""
    error: str
    """The system's name of it, as `ECONNREFUSED`."""


class Connected(Event):
    """The byte stream to this address is open."""

    address: str
    local_address: str


class ConnectFailed(Event):
    """No address could be connected to."""

    host: str
    reason: str


# --- TLS -------------------------------------------------------------------------------------------------------------
class TlsStarted(Event):
    """The TLS handshake began with this server name and these ALPN offers."""

    server_name: str
    alpn: tuple[str, ...] = ()


class CertificatesReceived(Event):
    """The peer showed this certificate chain, leaf first; seen also when verification then fails."""

    certificates: tuple[Certificate, ...]


class TlsEstablished(Event):
    """TLS is up."""

    version: str
    """As `TLSv1.3`."""
    cipher: str
    alpn: str | None
    is_verified: bool
    """False where verification was switched off."""


class TlsFailed(Event):
    """The TLS handshake or stream failed."""

    reason: str
    """OpenSSL's words."""
    alert: str | None = None
    """The name of the alert that the peer sent, where it sent one."""
    verify_code: int | None = None
    """X.509 verification result where the certificate was refused."""
    first_bytes: bytes = b""
    """What the peer sent first, when that was no TLS."""


class TlsClosed(Event):
    """The peer ended TLS properly, with close_notify."""


# --- Exchanges before the handshake ----------------------------------------------------------------------------------
class ExchangeSent(Event):
    """An ordinary request went out on the connection that the upgrade will use."""

    purpose: Purpose
    head: RequestHead


class ExchangeAnswered(Event):
    """The answer to such a request came, or an interim one."""

    purpose: Purpose
    head: ResponseHead
    body: bytes
    """Transfer coding removed, content coding and all else as it came."""
    is_complete: bool
    """False where the body was cut by a limit, or is not waited for."""


class ExchangeFailed(Event):
    """The connection cannot go on to the upgrade."""

    purpose: Purpose
    reason: str


# --- Handshake -------------------------------------------------------------------------------------------------------
class Check(Value):
    """One rule of the handshake, looked at."""

    name: str
    """As `Upgrade`, `Sec-WebSocket-Accept`."""
    is_passed: bool
    expected: str
    actual: str
    deviation: Deviation | None = None
    """The deviation where there is one; a passed check may carry an odd one."""


class RequestSent(Event):
    """The upgrade request went out, byte for byte."""

    head: RequestHead


class RequestReceived(Event):
    """A request came in (server role)."""

    head: RequestHead


class RequestBodyReceived(Event):
    """The body of a request, transfer coding removed (server role)."""

    body: bytes
    is_complete: bool
    """False where it was cut by the limit."""


class InterimReceived(Event):
    """An interim response (1xx other than 101) came before the answer."""

    head: ResponseHead


class ResponseReceived(Event):
    """The answer to the upgrade request came."""

    head: ResponseHead


class ResponseSent(Event):
    """The answer to a request went out (server role)."""

    head: ResponseHead


class HandshakeJudged(Event):
    """The other side's half of the handshake, rule by rule."""

    checks: tuple[Check, ...]


class Opened(Event):
    """The WebSocket connection is open."""

    subprotocol: str | None
    extensions: str
    """Sec-WebSocket-Extensions as agreed; empty for none."""
    deflate: DeflateParameters | None


class HandshakeRefused(Event):
    """The answer was another status than 101."""

    status: int
    reason: str


class RefusalBodyReceived(Event):
    """The body of a refusal, transfer coding removed, content coding and all else as it came."""

    body: bytes
    is_complete: bool
    """False where it was cut by a limit or the end of the stream."""


class HandshakeInvalid(Event):
    """A 101 that breaks the rules, or bytes that are no HTTP."""

    reason: str
    deviations: Deviations


class UnparsedReceived(Event):
    """Bytes came that nothing here decodes: after a failed upgrade, or from a peer that speaks something else."""

    data: bytes


# --- Frames and messages ---------------------------------------------------------------------------------------------
class FrameReceived(Event):
    """A frame came in; one cut by the end of the stream carries FRAME_CUT."""

    number: int
    """The frame's number in the session, both directions counted together, from 1."""
    frame: Frame
    content: bytes | None = None
    """The inflated part of the message that this frame brought; None where it is the payload itself."""


class FrameSent(Event):
    """A frame went out."""

    number: int
    frame: Frame
    content: bytes | None = None


class MessageReceived(Event):
    """A whole message came in."""

    kind: MessageKind
    payload: bytes
    """Unmasked, inflated, joined."""
    frames: tuple[int, int]
    """The numbers of its first and last frame."""


class MessageSent(Event):
    """A whole message went out."""

    kind: MessageKind
    payload: bytes
    frames: tuple[int, int]


class MessagePart(Event):
    """The next part of a message that is still arriving (only for sinks with that interest)."""

    kind: MessageKind
    data: bytes
    is_first: bool
    is_last: bool


class DeviationFound(Event):
    """A deviation that belongs to no single frame or head: of a message, a Close, the order of things."""

    side: Side
    place: str
    """As `message 3`, `frame 7`."""
    deviation: Deviation
    nearby: bytes = b""
    """Bytes of the payload around the place, or its beginning where no single byte is to blame; may be empty."""
    nearby_offset: int = 0
    """Where they stand in the payload."""


class PongMatched(Event):
    """A Pong answered one of our Pings."""

    payload: bytes
    round_trip: float
    """Seconds."""


class CloseReceived(Event):
    """The peer's Close frame."""

    number: int
    payload: ClosePayload


class CloseSent(Event):
    """Our Close frame."""

    number: int
    payload: ClosePayload


class WebSocketFailed(Event):
    """We failed the connection because of what the peer did (RFC 6455 §7.1.7)."""

    code: int
    """The close code that we sent for it."""
    deviation: Deviation
    number: int = 0
    """The number of the frame in which it was seen; 0 where that was not noted."""
    offset: int | None = None
    """The place in the peer's stream of frames; None where no single byte of it is to blame."""


# --- Bytes, ends and troubles ----------------------------------------------------------------------------------------
class BytesReceived(Event):
    """Bytes came from the peer, TLS removed."""

    data: bytes


class BytesSent(Event):
    """Bytes were handed to the transport, before TLS."""

    data: bytes


class StreamEnded(Event):
    """The byte stream from the peer ended."""

    how: StreamEnd
    detail: str = ""


class TimeLimitPassed(Event):
    """A time limit passed."""

    limit: str
    """The name of the option that set it, without dashes: `connect-timeout`, `max-time` …"""
    seconds: float


class Interrupted(Event):
    """The user or the system asked wscli to stop."""

    signal: str


class SinkFailed(Event):
    """An output failed and was detached; the session went on."""

    sink: str
    reason: str


class SessionEnded(Event):
    """Nothing more will come: how it ended."""

    close_sent: ClosePayload | None
    close_received: ClosePayload | None
    first_close: Side | None
    """Who sent its Close frame first; None where nobody did."""
    is_clean: bool
    """Both Close frames were exchanged and the stream ended after them."""
    stream: StreamEnd | None
    """How the peer's byte stream ended; None where none was ever open."""
    quiet_received: float | None = None
    """Seconds from the peer's last byte to the end; None where the connection was never open."""
    quiet_sent: float | None = None
    """Seconds from our last frame to the end; None where the connection was never open, or nothing was sent."""
    largest_text: int | None = None
    """Bytes of the largest text message that we sent; None for none."""
    largest_binary: int | None = None
    """The same of binary messages."""


# --- Judgements ------------------------------------------------------------------------------------------------------
class Severity(Enum):
    """How bad a finding is."""

    ERROR = "error"
    """It is why the session failed."""
    WARNING = "warning"
    """It may fail elsewhere, or later."""


class Confidence(Enum):
    """How sure a finding is of its cause."""

    CERTAIN = "certain"
    """The bytes prove it."""
    LIKELY = "likely"
    POSSIBLE = "possible"
    """There are other causes that give the same bytes."""


class Evidence(Value):
    """What a judgement rests on."""

    source: str
    """The event in which it was seen, named as in recordings: `response-received`."""
    text: str
    """What was seen; may hold peer text."""


class ApplicationRecognised(Event):
    """The application protocol that is spoken inside the WebSocket messages."""

    protocol: str
    """Its name in `wscli.applications`."""
    evidence: Evidence


class Finding(Event):
    """A judgement over what was observed: why it went wrong, and one next thing to try."""

    rule: str
    """The stable id of the rule, `area/what-was-found`."""
    summary: str
    """What was found, in one sentence of ours."""
    severity: Severity
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    reference: str
    """The section that says how it should be, as `RFC 6455 4.1`; empty where no document does."""
    requirement: str
    """What that section asks for."""
    causes: tuple[str, ...]
    """The likely cause; several where the same bytes have several, which `advice` tells apart. May hold peer text."""
    advice: str
    """One thing to do next: a command to type, a directive to set. May hold peer text."""


# --- Diagnosis by probes ---------------------------------------------------------------------------------------------
class ProbePart(Enum):
    """What a connection of a diagnosis is made for."""

    PLAIN = "plain"
    """To see what the settings as they are lead to."""
    SECOND = "second"
    """To see whether there may be two at the same time: it lies between the events of the plain one."""
    VARIANT = "variant"
    """To see whether one change leads to another answer."""


class CheckOutcome(Enum):
    """What a check of a diagnosis came to."""

    PASSED = "pass"
    WARNED = "warn"
    """It may fail elsewhere, or later."""
    FAILED = "fail"
    SKIPPED = "skip"
    """It does not apply, or what it needs did not come about."""


class ProbeStarted(Event):
    """A connection of a diagnosis begins: what follows is about it, up to its `ProbeEnded`."""

    number: int
    """From 1."""
    part: ProbePart
    change: str
    """What differs from the plain one, in words; empty for that."""
    url: str


class ProbeEnded(Event):
    """A connection of a diagnosis is over."""

    number: int
    answer: str
    """What it came to, in a word or two: `101`, `403`, `no TLS`, `timeout`."""
    is_other: bool = False
    """Whether its change turned a refusal into what was hoped for."""


class Checked(Event):
    """A diagnosis looked at one thing."""

    name: str
    """Stable: `dns`, `tcp`, `status` …; several events may have the same one."""
    outcome: CheckOutcome
    seen: str
    """What was seen; may hold peer text."""
    reference: str = ""
    """The section that says how it should be, as `RFC 6455 4.1`; empty where nothing is wrong, or no document does."""
    advice: str = ""
    """One thing to do next, where something is wrong; may hold peer text."""
    seconds: float | None = None
    """How long it took, where it takes time."""


class SentRequest(Value):
    """A request of a diagnosis."""

    number: int
    change: str
    """What differed from the plain one; empty for that."""
    url: str
    answer: str


class Diagnosed(Event):
    """The verdict of a diagnosis: what the plain connection comes to, why, and one next thing to try."""

    exit_status: int
    """The status that it ends with."""
    summary: str
    causes: tuple[str, ...]
    """Empty where all is well; several where the same bytes have several. May hold peer text."""
    advice: str
    """May hold peer text; empty where there is nothing to do."""
    change: str
    """The change that turns the refusal into what was hoped for; empty for none."""
    requests: tuple[SentRequest, ...]
    """Every request that was sent."""
    max_requests: int
    """How many it might have been."""


JUDGEMENTS: tuple[type[Event], ...] = (ApplicationRecognised, Finding)
"""What is no observation but was made of some: it can be made again, and better, from a recording."""


class Sink(Protocol):
    """Anything that reads the event stream while it flows: a screen, a recording, statistics, an output."""

    name: str
    """For the report when it fails: `recording`, `output`."""
    interest: Interest
    is_essential: bool
    """Whether the session has no purpose without it, as without its standard output."""

    def accept(self, batch: Batch) -> None:
        """Take a batch; an exception (Problem, OSError) detaches the sink."""

    def close(self) -> None:
        """Finish: flush what is held; nothing more will come."""


EVENTS: tuple[type[Event], ...] = (
    NameResolved,
    NameFailed,
    AttemptStarted,
    AttemptFailed,
    Connected,
    ConnectFailed,
    TlsStarted,
    CertificatesReceived,
    TlsEstablished,
    TlsFailed,
    TlsClosed,
    ExchangeSent,
    ExchangeAnswered,
    ExchangeFailed,
    RequestSent,
    RequestReceived,
    RequestBodyReceived,
    InterimReceived,
    ResponseReceived,
    ResponseSent,
    HandshakeJudged,
    Opened,
    HandshakeRefused,
    RefusalBodyReceived,
    HandshakeInvalid,
    UnparsedReceived,
    FrameReceived,
    FrameSent,
    MessageReceived,
    MessageSent,
    MessagePart,
    DeviationFound,
    PongMatched,
    CloseReceived,
    CloseSent,
    WebSocketFailed,
    BytesReceived,
    BytesSent,
    StreamEnded,
    TimeLimitPassed,
    Interrupted,
    SinkFailed,
    SessionEnded,
    ApplicationRecognised,
    Finding,
    ProbeStarted,
    ProbeEnded,
    Checked,
    Diagnosed,
)
"""Every event; a test finds one left out."""


def deviations_of(event: Event) -> Deviations:
    """Return every deviation that an event carries."""
    match event:
        case FrameReceived(frame=frame) | FrameSent(frame=frame):
            return frame.deviations
        case DeviationFound(deviation=deviation):
            return (deviation,)
        case CloseReceived(payload=payload) | CloseSent(payload=payload):
            return payload.deviations
        case ResponseReceived(head=head) | InterimReceived(head=head) | ExchangeAnswered(head=head):
            return head.all_deviations
        case RequestReceived(head=request):
            return request.all_deviations
        case HandshakeJudged(checks=checks):
            return tuple(check.deviation for check in checks if check.deviation)
        case _:
            return NONE
