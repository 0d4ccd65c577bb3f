"""From a recording to what is played again: one side's messages or frames, the other's to compare, the handshake."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wscli.engine.jobs.carrying import Assignment, Capture
from wscli.engine.jobs.comparing import Comparer
from wscli.engine.jobs.replay import Pace, RecordedClose, RecordedFrame, RecordedMessage, ReplayPlan
from wscli.engine.jobs.replay import Step as PlayedStep
from wscli.errors import UsageProblem
from wscli.events import (
    CloseReceived,
    CloseSent,
    Event,
    FrameReceived,
    FrameSent,
    MessageKind,
    MessagePart,
    MessageReceived,
    MessageSent,
    Opened,
    RequestReceived,
    RequestSent,
    SessionEnded,
    Side,
)
from wscli.protocol.step import Order, Role, SendFrame, SendRaw
from wscli.record.reader import Recording
from wscli.selecting import decode_path, is_path
from wscli.settings import ConnectionSettings, HeaderChange
from wscli.values import Value
from wscli.wire.deviations import FRAME_CUT
from wscli.wire.frames import CLOSE, Frame, FrameOrder
from wscli.wire.grammar import is_token
from wscli.wire.head import RequestHead

MASK = "***"
"""What stands in a recording in place of a secret."""
_OURS_TO_MAKE = frozenset(
    ("host", "upgrade", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "content-length", "expect")
)
"""Fields that belong to one connection or one message (RFC 9110 §7.6.1), so that each request has its own."""
_NOT_COPIED = ("sec-websocket-", "proxy-")


class Played(Value):
    """What a recording holds of one side, ready to be played."""

    steps: tuple[PlayedStep, ...]
    close: RecordedClose | None
    has_own_close: bool
    request: RequestHead | None
    subprotocol: str | None
    extensions: str
    """As agreed; empty for none."""


class _Reading:
    """Follows the events of one session."""

    def __init__(self, role: Role, *, is_exact: bool) -> None:
        self._role = role
        self._is_exact = is_exact
        self._is_local_ours = role is Role.CLIENT
        """Whether what the recording calls local is the side that is played: it may come from the server's end."""
        self.steps: list[PlayedStep] = []
        self.close: RecordedClose | None = None
        self.request: RequestHead | None = None
        self.opened: Opened | None = None
        self.has_own_close = False
        self._opened_at = 0.0
        self._parts: list[bytes] = []

    def take(self, at: float, event: Event) -> None:
        """Take the next event."""
        if isinstance(event, (RequestSent, RequestReceived)):
            self.request = event.head
            self._is_local_ours = isinstance(event, RequestSent) is (self._role is Role.CLIENT)
        elif isinstance(event, Opened):
            self.opened, self._opened_at = event, at
        elif isinstance(event, (MessageSent, MessageReceived)):
            self._message(at, self._side(event), event.kind, event.payload)
        elif isinstance(event, MessagePart):
            self._parts.append(event.data)
            if event.is_last:
                self._message(at, self._side(event), event.kind, b"".join(self._parts))
                self._parts = []
        elif isinstance(event, (FrameSent, FrameReceived)):
            if self._is_exact and self._side(event) is Side.LOCAL:
                self._frame(at, event.frame)
        elif isinstance(event, (CloseSent, CloseReceived)) and self.close is None:
            self.close = RecordedClose(self._side(event), event.payload.code, event.payload.reason)

    def _side(self, event: Event) -> Side:
        is_local = isinstance(event, (MessageSent, FrameSent, CloseSent))
        return Side.LOCAL if is_local is self._is_local_ours else Side.REMOTE

    def _message(self, at: float, side: Side, kind: MessageKind, payload: bytes) -> None:
        if not (self._is_exact and side is Side.LOCAL):
            self.steps.append(RecordedMessage(at - self._opened_at, side, kind, payload))

    def _frame(self, at: float, frame: Frame) -> None:
        is_close = frame.opcode == CLOSE and not self.has_own_close
        if is_close and self.close is not None and self.close.first is Side.REMOTE:
            return  # the answer to the peer's Close: it goes out when that one comes
        self.steps.append(RecordedFrame(at - self._opened_at, _order(frame, is_raw=self.has_own_close)))
        self.has_own_close = self.has_own_close or is_close


def _order(frame: Frame, *, is_raw: bool) -> Order:
    """Return the order that sends exactly this frame; as bytes where no channel would, or it was cut."""
    if is_raw or not frame.is_complete or any(one.kind is FRAME_CUT for one in frame.deviations):
        return SendRaw(frame.raw)
    rsv = frame.rsv1 * 4 + frame.rsv2 * 2 + frame.rsv3
    order = FrameOrder(
        frame.opcode, frame.payload, frame.fin, rsv, frame.mask_key, frame.declared_length, frame.length_form
    )
    return SendFrame(order, is_masked_by_role=False)


def read_played(recording: Recording, role: Role, *, is_exact: bool = False) -> Played:
    """Return what one side said in the recording's first session, and the other's messages to compare with.

    Kept in memory: what is sent again and compared is there whole. Raises EnvironmentProblem where a line is broken.
    """
    reading = _Reading(role, is_exact=is_exact)
    for at, event in recording.iter_events():
        if isinstance(event, SessionEnded) and reading.opened is not None:
            break  # one session is one connection; what a file holds beyond it is another one
        reading.take(at, event)
    opened = reading.opened
    return Played(
        tuple(reading.steps),
        reading.close,
        reading.has_own_close,
        reading.request,
        None if opened is None else opened.subprotocol,
        "" if opened is None else opened.extensions,
    )


def plan_of(played: Played, values: dict[str, Any]) -> ReplayPlan:
    """Return the plan for the options of the command; UsageProblem where one is wrong."""
    return ReplayPlan(
        played.steps,
        Pace(values["sync"]),
        values["speed"],
        values["reply_time"],
        tuple(Capture(name, decode_path(path)) for name, path in _pairs("--capture", values["capture"], "PATH")),
        tuple(Assignment(name, value) for name, value in _pairs("--set", values["set"], "VALUE")),
        close=played.close,
        has_own_close=played.has_own_close,
    )


def _pairs(flag: str, texts: Iterable[str], metavar: str) -> list[tuple[str, str]]:
    found = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            reason, hint = "it is no name with a value", f"write {flag} NAME={metavar}"
            raise UsageProblem("replay/pair", flag, text, reason, hint=hint)
        found.append((name, value))
    return found


def comparer_of(ignored: tuple[str, ...]) -> Comparer:
    """Return the comparer for `--ignore`: JSON paths by their slash or `$.`, anything else a regular expression."""
    paths = [pattern for pattern in ignored if is_path(pattern)]
    return Comparer(paths, [pattern for pattern in ignored if not is_path(pattern)])


# --- The handshake ---------------------------------------------------------------------------------------------------
def with_recorded_handshake(
    settings: ConnectionSettings, played: Played, values: dict[str, Any]
) -> tuple[ConnectionSettings, list[str]]:
    """Return the settings with the recorded headers, subprotocols and offer, where the user gave none; and notes.

    A masked secret is never sent: a note says that it is missing, and how to give it. Where frames are sent as they
    were, the answers to Pings are among them.
    """
    if values["exact"]:
        answers_close = not played.has_own_close and settings.liveness.answers_close
        liveness = settings.liveness.replace(answers_pings=False, answers_close=answers_close)
        settings = settings.replace(liveness=liveness)
    if played.request is None:
        return settings, []
    handshake, fields = settings.handshake, played.request.fields
    given = _given_names(settings)
    copied, masked = [], []
    for field in fields:
        name = field.name.lower()
        if name in _OURS_TO_MAKE or name.startswith(_NOT_COPIED) or name in given:
            continue
        if MASK in field.value:
            masked.append(field.name)
        elif is_token(field.name) and not any(sign in field.value for sign in "\r\n\0"):
            copied.append(HeaderChange(field.name, field.value))
    subprotocols = handshake.subprotocols
    if not subprotocols and "sec-websocket-protocol" not in given:
        offered = [one.strip() for one in (fields.joined("Sec-WebSocket-Protocol") or "").split(",")]
        masked += ["Sec-WebSocket-Protocol" for one in offered if MASK in one]
        subprotocols = tuple(dict.fromkeys(one for one in offered if is_token(one) and MASK not in one))
    offer = handshake.deflate_offer
    if values["deflate"] is None and not values["no_deflate"]:
        offer = fields.joined("Sec-WebSocket-Extensions")
    changed = handshake.replace(headers=(*copied, *handshake.headers), subprotocols=subprotocols, deflate_offer=offer)
    return settings.replace(handshake=changed), [_masked_note(name) for name in dict.fromkeys(masked)]


def _given_names(settings: ConnectionSettings) -> set[str]:
    """Return the names of the fields that the user asked for, or asked to leave out."""
    handshake = settings.handshake
    names = {change.name.lower() for change in handshake.headers}
    if handshake.origin is not None:
        names.add("origin")
    if handshake.user_agent is not None:
        names.add("user-agent")
    if handshake.bearer is not None or handshake.credentials is not None or settings.url.user is not None:
        names.add("authorization")
    return names


_HOW_TO_GIVE = {
    "authorization": "--bearer TOKEN or -u NAME:PASSWORD",
    "cookie": "-b 'NAME=VALUE'",
    "sec-websocket-protocol": "-s NAME",
}


def _masked_note(name: str) -> str:
    way = _HOW_TO_GIVE.get(name.lower(), f"-H '{name}: VALUE'")
    return f"the recording has no value of {name}, only a mask: it is not sent; give it with {way}"
