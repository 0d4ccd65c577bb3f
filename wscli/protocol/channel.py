"""The open part of a connection: frames and messages both ways, automatic answers, closes, failure (RFC 6455 §5 to §7).

A `Channel` knows nothing of how it came to be open (HTTP/1.1 today, an HTTP/2 stream another day) nor what carries it.

How it treats a bad peer: the first must-level deviation fails the connection, which means a Close with the right code
goes out and no further message is delivered; decoding and showing frames goes on until the stream ends. A lenient
channel notes the same deviations and carries on.

Order of events for one frame: `FrameReceived`, then what follows from it (`MessageReceived`, `CloseReceived`,
`PongMatched`), then our reactions. A frame that arrives in several reads is judged at its first piece, so
`WebSocketFailed` can come before the `FrameReceived` that ends it.
"""

from __future__ import annotations

from collections.abc import Callable

from wscli.events import (
    BytesSent,
    CloseReceived,
    CloseSent,
    DeviationFound,
    FrameReceived,
    FrameSent,
    Interest,
    MessageKind,
    MessagePart,
    MessageReceived,
    MessageSent,
    PongMatched,
    SessionEnded,
    Side,
    StreamEnd,
    StreamEnded,
    TimeLimitPassed,
    UnparsedReceived,
    WebSocketFailed,
)
from wscli.protocol.assembly import Assembly
from wscli.protocol.liveness import PingBook
from wscli.protocol.states import CAN_SEND, Move, State, after
from wscli.protocol.step import (
    Disconnect,
    FinishSending,
    Order,
    Role,
    SendClose,
    SendFrame,
    SendMessage,
    SendPing,
    SendRaw,
    StepBuilder,
)
from wscli.settings import Limits, Liveness
from wscli.values import Value
from wscli.wire.close import ClosePayload, decode_close, encode_close, fit_reason
from wscli.wire.deflate import DeflateParameters, Deflater, Inflater
from wscli.wire.deviations import (
    CLOSE_REASON_NOT_UTF8,
    DEFLATE_CUT,
    DEFLATE_INVALID,
    FRAME_AFTER_CLOSE,
    FRAME_CONTINUATION_EXPECTED,
    FRAME_CONTINUATION_UNEXPECTED,
    FRAME_MASKED,
    FRAME_RESERVED_BIT_1,
    FRAME_RESERVED_BIT_2,
    FRAME_RESERVED_BIT_3,
    FRAME_UNMASKED,
    MESSAGE_CUT,
    MESSAGE_NOT_UTF8,
    MESSAGE_TOO_BIG,
    Deviation,
    Deviations,
)
from wscli.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    MASK,
    PING,
    PONG,
    RSV1,
    RSV2,
    RSV3,
    TEXT,
    Frame,
    FrameDecoder,
    FrameHeader,
    FrameOrder,
    FramePiece,
    encode_frame,
    header_length,
    judge_header,
)
from wscli.wire.utf8 import find_invalid

COMPRESS_FROM = 64
"""Messages shorter than this go out uncompressed also where deflate was agreed: they would hardly shrink."""

FIRST_MESSAGES = 3
"""Sent messages that are events whoever looks: they tell the application protocol, and whether anything was sent."""

LINGER = 1.0
"""Seconds to wait for the peer to end the stream once both Close frames are exchanged."""

_KINDS = {TEXT: MessageKind.TEXT, BINARY: MessageKind.BINARY}
_OPCODES = {MessageKind.TEXT: TEXT, MessageKind.BINARY: BINARY}
_PLAIN = (FIN | TEXT, FIN | BINARY)
_CODE_1007 = frozenset((MESSAGE_NOT_UTF8, DEFLATE_INVALID, DEFLATE_CUT, CLOSE_REASON_NOT_UTF8))


def close_code_for(fault: Deviation) -> int:
    """Return the close code that RFC 6455 §7.4.1 asks for when a deviation fails the connection."""
    if fault.kind in _CODE_1007:
        return 1007
    return 1009 if fault.kind is MESSAGE_TOO_BIG else 1002


def _place(frame: FrameHeader, fault: Deviation) -> int | None:
    """Return where in the stream a frame's own deviation stands."""
    return None if fault.offset is None else frame.offset + fault.offset


def _place_of_payload(frame: FrameHeader, fault: Deviation) -> int | None:
    """Return where in the stream a deviation stands that counts from the beginning of this frame's payload."""
    return None if fault.offset is None else frame.offset + len(frame.header) + fault.offset


class ChannelSettings(Value):
    """What a channel needs to know."""

    role: Role
    deflate: DeflateParameters | None = None
    limits: Limits = Limits()
    liveness: Liveness = Liveness()
    is_lenient: bool = False
    closes_behind_answers: bool = False
    """Whether a Close that answers the peer waits for `send_owed_close`: what came before it is answered first."""
    interest: Interest = Interest.FRAMES | Interest.MESSAGES


class _Arriving:
    """A frame whose payload is still coming."""

    __slots__ = ("chunks", "content", "deviations", "fault", "kept", "number")

    def __init__(self, number: int, deviations: Deviations, fault: Deviation | None) -> None:
        self.number = number
        self.deviations = deviations
        self.fault = fault
        """What failed the connection already at the header; None where the frame is taken as usual."""
        self.chunks: list[bytes] = []
        self.content: list[bytes] = []
        self.kept = 0


class Channel:
    """Frames and messages both ways. Calls add to the step builder given; nothing here raises for a peer's bytes."""

    def __init__(
        self, settings: ChannelSettings, entropy: Callable[[int], bytes], builder: StepBuilder, now: float
    ) -> None:
        self._settings = settings
        self._entropy = entropy
        self._out = builder
        self.state = State.OPEN
        self.is_failed = False
        """Whether we failed the connection because of what the peer did."""
        self.close_sent: ClosePayload | None = None
        self.close_received: ClosePayload | None = None
        self._owed: SendClose | None = None
        """Our Close that waits for the answers to the messages before it."""
        self.first_close: Side | None = None
        self.messages_received = 0
        self._messages_sent = 0
        self._number = 0
        self._sent_offset = 0
        self._decoder = FrameDecoder()
        self._assembly: Assembly | None = None
        self._arriving: _Arriving | None = None
        self._is_client = settings.role is Role.CLIENT
        self._peer_mask = 0 if self._is_client else MASK
        self._pings = PingBook(settings.liveness, now)
        self._last_received = now
        self._last_sent: float | None = None
        self._largest: dict[MessageKind, int] = {}
        """Kind → bytes of the largest message sent."""
        self._closing_since: float | None = None
        """When our Close went out."""
        self._closed_since: float | None = None
        """When the second of both Close frames was there."""
        self.want(settings.interest)
        self._inflater, self._deflater = self._make_deflate(settings.deflate)

    def want(self, interest: Interest) -> None:
        """Build what these interests ask for from now on; best between two messages."""
        self._wants_frames = bool(interest & Interest.FRAMES)
        self._wants_messages = bool(interest & Interest.MESSAGES)
        # Parts only where nobody needs whole messages: no one gets the same payload twice.
        self._wants_parts = bool(interest & Interest.PARTS) and not self._wants_messages
        self._wants_bytes = bool(interest & Interest.BYTES)

    def _make_deflate(self, agreed: DeflateParameters | None) -> tuple[Inflater | None, Deflater | None]:
        if agreed is None:
            return None, None
        server = (agreed.server_max_window_bits, not agreed.server_no_context_takeover)
        client = (agreed.client_max_window_bits, not agreed.client_no_context_takeover)
        incoming, outgoing = (server, client) if self._is_client else (client, server)
        return Inflater(*incoming, limit=self._settings.limits.message), Deflater(*outgoing)

    # --- Receiving ---------------------------------------------------------------------------------------------------
    def receive(self, data: bytes, now: float) -> None:
        """Take bytes of the peer's frame stream; noting them as bytes is the connection's matter."""
        self._last_received = now
        for item in self._decoder.feed(data):
            if type(item) is Frame:
                self._on_frame(item, now)
            else:
                self._on_piece(item, now)  # type: ignore[arg-type]  # the decoder gives frames and pieces only

    def _on_frame(self, frame: Frame, now: float) -> None:
        self._number += 1
        number, header = self._number, frame.header
        found = self._judge(header)
        if not found and header[0] in _PLAIN and self._is_good(frame):
            self._on_plain_message(frame, number)
            return
        frame = frame.with_deviations(found)
        fault = self._fault_of(frame.deviations)
        content = None
        if fault is None:
            self._begin_message(header, number)
            content = self._absorb(header, frame.payload, is_frame_end=True)
        self._emit_frame(frame, number, content)
        if fault is None:
            self._conclude(frame, number, now)
        else:
            self._fail(fault, number, _place(frame, fault), now)
            self._note_close(frame, number, now)

    def _is_good(self, frame: Frame) -> bool:
        """Whether a whole uncompressed message may be delivered without looking further."""
        payload = frame.payload
        if self.is_failed or frame.deviations or len(payload) > self._settings.limits.message:
            return False
        return frame.header[0] == FIN | BINARY or payload.isascii() or find_invalid(payload) is None

    def _on_plain_message(self, frame: Frame, number: int) -> None:
        """The common frame, a whole uncompressed message; the long way round says the same."""
        self.messages_received += 1
        if self._wants_frames:
            self._out.events.append(FrameReceived(number, frame))
        if self._wants_messages or self._wants_parts:
            self._out.events.append(MessageReceived(_KINDS[frame.header[0] & 0x0F], frame.payload, (number, number)))

    def _on_piece(self, piece: FramePiece, now: float) -> None:
        header = piece.header
        if len(header) < 2 or len(header) < header_length(header[1]):
            self._on_cut_header(piece)
            return
        arriving = self._arriving or self._begin_frame(piece, now)
        if piece.is_last and len(piece.deviations) > len(judge_header(header)):
            arriving.deviations += piece.deviations[-1:]  # FRAME_CUT, which only the last piece can know
        is_cut = piece.start + len(piece.data) < piece.declared_length
        content = None
        if arriving.fault is None:
            content = self._absorb(header, piece.data, is_frame_end=piece.is_last and not is_cut)
        self._keep(arriving, piece, content)
        if not piece.is_last:
            self._check_message(piece, arriving.number, now)
            return
        self._arriving = None
        frame = Frame(header, b"".join(arriving.chunks), piece.offset, arriving.deviations)
        self._emit_frame(frame, arriving.number, b"".join(arriving.content) if content is not None else None)
        if is_cut:
            return
        if arriving.fault is None:
            self._conclude(frame, arriving.number, now)
        else:
            self._note_close(frame, arriving.number, now)

    def _begin_frame(self, piece: FramePiece, now: float) -> _Arriving:
        self._number += 1
        deviations = piece.deviations + self._judge(piece.header)
        fault = self._fault_of(deviations)
        self._arriving = _Arriving(self._number, deviations, fault)
        if fault is not None:
            self._fail(fault, self._number, _place(piece, fault), now)
        else:
            self._begin_message(piece.header, self._number)
            if self._assembly is not None and not piece.is_control:
                self._assembly.announce(piece.declared_length)
        return self._arriving

    def _emit_frame(self, frame: Frame, number: int, content: bytes | None) -> None:
        """Tell of a frame that somebody wants to see, and always of one that breaks the rules: it is evidence."""
        if self._wants_frames or frame.deviations:
            self._out.events.append(FrameReceived(number, frame, content))
        if not self._wants_frames and self._settings.is_lenient:
            # Nobody looks at frames, and no failure will tell of it: what is wrong is still told.
            found = [DeviationFound(Side.REMOTE, f"frame {number}", deviation) for deviation in frame.deviations]
            self._out.events += found

    def _on_cut_header(self, piece: FramePiece) -> None:
        self._out.events.append(UnparsedReceived(piece.header))
        for deviation in piece.deviations:
            self._out.events.append(DeviationFound(Side.REMOTE, f"frame {self._number + 1}", deviation))

    def _keep(self, arriving: _Arriving, piece: FramePiece, content: bytes | None) -> None:
        """Keep what the frame's event will show; nothing where none will be made, never past the limit."""
        if not (self._wants_frames or piece.is_control or arriving.deviations):
            return
        if arriving.kept + len(piece.data) <= self._settings.limits.message:
            arriving.kept += len(piece.data)
            arriving.chunks.append(piece.data)
            if content is not None:
                arriving.content.append(content)

    def _judge(self, header: bytes) -> Deviations:
        """Return what a header breaks given the role, the extensions and what came before."""
        first = header[0]
        opcode = first & 0x0F
        if (
            not first & 0x70
            and header[1] & MASK == self._peer_mask
            and self.close_received is None
            and (opcode & 0x08 or (opcode == CONTINUATION) is (self._assembly is not None))
        ):
            return ()
        found: list[Deviation] = []
        if self.close_received is not None:
            found.append(FRAME_AFTER_CLOSE.at(0))
        if header[1] & MASK != self._peer_mask:
            found.append((FRAME_MASKED if self._is_client else FRAME_UNMASKED).at(1))
        if first & RSV1 and (self._inflater is None or opcode not in _KINDS):
            found.append(FRAME_RESERVED_BIT_1.at(0))
        if first & RSV2:
            found.append(FRAME_RESERVED_BIT_2.at(0))
        if first & RSV3:
            found.append(FRAME_RESERVED_BIT_3.at(0))
        if not self.is_failed:  # afterwards no message is followed any more
            found += self._judge_order(opcode)
        return tuple(found)

    def _judge_order(self, opcode: int) -> Deviations:
        if opcode == CONTINUATION and self._assembly is None:
            return (FRAME_CONTINUATION_UNEXPECTED.at(0),)
        if opcode in _KINDS and self._assembly is not None:
            begun = self._assembly.first_frame
            return (FRAME_CONTINUATION_EXPECTED.at(0, f"frame {begun} began a message that has not ended"),)
        return ()

    def _fault_of(self, deviations: Deviations) -> Deviation | None:
        """Return the deviation that fails the connection; None where there is none, or in leniency."""
        if self._settings.is_lenient:
            return None
        return next((one for one in deviations if one.is_must), None)

    # --- Messages ----------------------------------------------------------------------------------------------------
    def _begin_message(self, header: bytes, number: int) -> None:
        opcode = header[0] & 0x0F
        if opcode not in _KINDS or self.is_failed or self.close_received is not None:
            return
        inflater = self._inflater if header[0] & RSV1 else None
        kind, limit = _KINDS[opcode], self._settings.limits.message
        self._assembly = Assembly(kind, number, limit, inflater, keeps=self._wants_messages)

    def _absorb(self, header: bytes, data: bytes, *, is_frame_end: bool) -> bytes | None:
        """Give payload of a data frame to its message; returns what it inflates to for a compressed one."""
        assembly = self._assembly
        if assembly is None or header[0] & 0x0F > BINARY:
            return None
        content = assembly.add(data)
        is_message_end = is_frame_end and bool(header[0] & FIN)
        if is_message_end:
            content += assembly.end()
        if self._wants_parts and assembly.fault is None and (content or is_message_end):
            self._out.events.append(MessagePart(assembly.kind, content, assembly.take_first(), is_message_end))
        return content if assembly.is_compressed else None

    def _check_message(self, frame: FrameHeader, number: int, now: float) -> None:
        """Act on a fault of the message that is arriving, once."""
        assembly = self._assembly
        if assembly is None or assembly.fault is None or assembly.is_reported:
            return
        assembly.is_reported = True
        place = f"message from frame {assembly.first_frame}"
        fault, nearby = assembly.fault, assembly.nearby
        self._out.events.append(DeviationFound(Side.REMOTE, place, fault, nearby, assembly.nearby_offset))
        if not self._settings.is_lenient:
            is_single = assembly.first_frame == number and not assembly.is_compressed
            self._fail(fault, number, _place_of_payload(frame, fault) if is_single else None, now)

    def _conclude(self, frame: Frame, number: int, now: float) -> None:
        """A frame that was taken is whole: act on what it says or on the message that it ends."""
        if frame.is_control:
            self._on_control(frame, number, now)
            return
        self._check_message(frame, number, now)
        assembly = self._assembly
        if assembly is None or not frame.fin or frame.opcode > BINARY:
            return
        self._assembly = None
        if assembly.fault is not None:
            return
        self.messages_received += 1
        if self._wants_messages:
            self._out.events.append(MessageReceived(assembly.kind, assembly.content(), (assembly.first_frame, number)))

    # --- Control frames and failure ----------------------------------------------------------------------------------
    def _on_control(self, frame: Frame, number: int, now: float) -> None:
        if frame.opcode == CLOSE:
            self._note_close(frame, number, now)
        elif frame.opcode == PING:
            if self._settings.liveness.answers_pings and self.state is State.OPEN and not self.is_failed:
                self._send_frame(FrameOrder(PONG, frame.payload[:125]), now)
        elif frame.opcode == PONG:
            round_trip = self._pings.matched(frame.payload, now)
            if round_trip is not None:
                self._out.events.append(PongMatched(frame.payload, round_trip))

    def _note_close(self, frame: Frame, number: int, now: float) -> None:
        """Take the peer's Close, a legal one or not; the first one counts."""
        if frame.opcode != CLOSE or self.close_received is not None:
            return
        payload = decode_close(frame.payload)
        self.close_received = payload
        self.first_close = self.first_close or Side.REMOTE
        self._assembly = None
        self._move(Move.RECEIVED_CLOSE, now)
        self._out.events.append(CloseReceived(number, payload))
        fault = self._fault_of(payload.deviations)
        if fault is not None:
            self._fail(fault, number, _place_of_payload(frame, fault), now)
        elif self._settings.liveness.answers_close and self.state is State.CLOSE_RECEIVED:
            # §5.5.1: the answer typically echoes the status code.
            self._owe_close(SendClose(payload.code, ""), now)

    def _fail(self, fault: Deviation, number: int, place: int | None, now: float) -> None:
        """Fail the connection (§7.1.7): say why with a Close if one can still go out, deliver nothing more."""
        if self.is_failed:
            return
        self.is_failed = True
        self._assembly = None
        code = close_code_for(fault)
        self._out.events.append(WebSocketFailed(code, fault, number, place))
        if self.state in CAN_SEND:
            self._owe_close(SendClose(code, fault.kind.sentence), now)

    def _owe_close(self, order: SendClose, now: float) -> None:
        """Send a Close, or keep it for `send_owed_close` while messages of the same bytes wait for their answers."""
        is_first = self._settings.closes_behind_answers and any(
            isinstance(event, MessageReceived) for event in self._out.events
        )
        if is_first or self._owed is not None:
            self._owed = self._owed or order
        else:
            self._send_close(order, now)

    def send_owed_close(self, now: float) -> None:
        """Send the Close that waited for the answers to what came before it; nothing where none did."""
        order, self._owed = self._owed, None
        if order is not None and self.can_send:
            self._send_close(order, now)

    def _move(self, move: Move, now: float) -> None:
        self.state = after(self.state, move)
        if self.state is State.CLOSED:
            self._closed_since = now
            if not self._is_client:
                # §7.1.1: the server ends the TCP connection first, so that it, not the client, keeps TIME_WAIT.
                self._out.effect(FinishSending())

    # --- Sending -----------------------------------------------------------------------------------------------------
    @property
    def can_send(self) -> bool:
        """Whether frames may still go out."""
        return self.state in CAN_SEND

    def send(self, order: Order, now: float) -> None:
        """Perform an order; after our Close only raw bytes still go out."""
        if isinstance(order, SendRaw):
            self._transmit(order.data)
        elif not self.can_send:
            return
        elif isinstance(order, SendMessage):
            self._send_message(order, now)
        elif isinstance(order, SendPing):
            self._send_frame(FrameOrder(PING, order.payload), now)
        elif isinstance(order, SendClose):
            self._send_close(order, now)
        elif isinstance(order, SendFrame):
            self._send_frame(order.order, now, is_masked_by_role=order.is_masked_by_role)

    def _send_message(self, order: SendMessage, now: float) -> None:
        payload, rsv = order.payload, 0
        self._largest[order.kind] = max(len(payload), self._largest.get(order.kind, 0))
        if self._deflater is not None and len(payload) >= COMPRESS_FROM:
            payload, rsv = self._deflater.deflate(payload), 4
        opcode, first = _OPCODES[order.kind], self._number + 1
        pieces = _fragments(payload, order.fragments)
        for place, piece in enumerate(pieces):
            is_last = place == len(pieces) - 1
            content = order.payload if rsv and is_last else None
            self._send_frame(FrameOrder(opcode, piece, fin=is_last, rsv=rsv), now, content=content)
            opcode, rsv = CONTINUATION, 0
        self._messages_sent += 1
        if self._wants_messages or self._messages_sent <= FIRST_MESSAGES:
            self._out.events.append(MessageSent(order.kind, order.payload, (first, self._number)))

    def _send_close(self, order: SendClose, now: float) -> None:
        self._send_frame(FrameOrder(CLOSE, encode_close(order.code, fit_reason(order.reason))), now)

    def _send_frame(
        self, order: FrameOrder, now: float, *, content: bytes | None = None, is_masked_by_role: bool = True
    ) -> None:
        if self._is_client and is_masked_by_role and order.mask_key is None:
            order = order.replace(mask_key=self._entropy(4))
        frame = encode_frame(order, self._sent_offset)
        raw = frame.raw
        self._number += 1
        self._last_sent = now
        self._sent_offset += len(raw)
        self._transmit(raw)
        if self._wants_frames:
            self._out.events.append(FrameSent(self._number, frame, content))
        if order.opcode == PING:
            self._pings.sent(order.payload, now)
        elif order.opcode == CLOSE:
            self._note_own_close(order.payload, now)

    def _note_own_close(self, payload: bytes, now: float) -> None:
        self.close_sent = decode_close(payload)
        self.first_close = self.first_close or Side.LOCAL
        self._closing_since = now
        self._out.events.append(CloseSent(self._number, self.close_sent))
        self._move(Move.SENT_CLOSE, now)

    def _transmit(self, data: bytes) -> None:
        if self._wants_bytes:
            self._out.events.append(BytesSent(data))
        self._out.send(data)

    # --- Time --------------------------------------------------------------------------------------------------------
    @property
    def wake_at(self) -> float | None:
        """When `tick` should be called next; None when nothing depends on time."""
        limits = self._settings.limits
        due: list[float | None] = []
        if self.state is State.OPEN:
            due = [self._pings.ping_due, self._pings.pong_due]
            due.append(None if limits.idle is None else self._last_received + limits.idle)
        elif self.state is State.CLOSE_SENT and self._closing_since is not None:
            due = [self._closing_since + limits.close]
        elif self.state is State.CLOSED and self._closed_since is not None:
            due = [self._closed_since + min(LINGER, limits.close)]
        return min((time for time in due if time is not None), default=None)

    def tick(self, now: float) -> None:
        """Do what has become due."""
        wake_at = self.wake_at
        if wake_at is None or now < wake_at:
            return
        if self.state is State.OPEN:
            self._tick_open(now)
            return
        if self.state is State.CLOSE_SENT:
            self._out.events.append(TimeLimitPassed("close-timeout", self._settings.limits.close))
        self._out.effect(Disconnect())
        self.end(StreamEnd.ABANDONED, "", now)

    def _tick_open(self, now: float) -> None:
        limits, pings = self._settings.limits, self._pings
        if limits.idle is not None and now >= self._last_received + limits.idle:
            self._out.events.append(TimeLimitPassed("idle-timeout", limits.idle))
            self._send_close(SendClose(1001, "idle"), now)
        elif pings.pong_due is not None and now >= pings.pong_due:
            self._out.events.append(TimeLimitPassed("ping-timeout", self._settings.liveness.ping_timeout or 0.0))
            self._send_close(SendClose(1011, "no pong"), now)
        else:
            self._send_frame(FrameOrder(PING, pings.next_payload()), now)
            pings.automatic_sent(now)

    # --- The end -----------------------------------------------------------------------------------------------------
    def end(self, how: StreamEnd, detail: str, now: float) -> None:
        """The peer's stream is over, or we leave: note what was cut, and how the session ended."""
        if self.state is State.ENDED:
            return
        cut = self._decoder.finish()
        if cut is not None:
            self._on_piece(cut, self._last_received)
        if self._assembly is not None:
            place = f"message from frame {self._assembly.first_frame}"
            self._out.events.append(DeviationFound(Side.REMOTE, place, MESSAGE_CUT.at()))
        is_clean = self.state is State.CLOSED
        self.state = after(self.state, Move.ENDED)
        self._out.events.append(StreamEnded(how, detail))
        quiet_received = max(0.0, now - self._last_received)
        quiet_sent = None if self._last_sent is None else max(0.0, now - self._last_sent)
        self._out.events.append(
            SessionEnded(
                self.close_sent,
                self.close_received,
                self.first_close,
                is_clean,
                how,
                quiet_received,
                quiet_sent,
                self._largest.get(MessageKind.TEXT),
                self._largest.get(MessageKind.BINARY),
            )
        )


def _fragments(payload: bytes, sizes: tuple[int, ...]) -> list[bytes]:
    """Cut a payload into fragments of the sizes given, the rest in a last one."""
    pieces, start = [], 0
    for size in sizes:
        if start >= len(payload):
            break
        pieces.append(payload[start : start + size])
        start += size
    if start < len(payload) or not pieces:
        pieces.append(payload[start:])
    return pieces
