"""What a fault comes to for our own client: both cores talk to each other here, without a socket or a real clock.

So whatever names a fault beside what it leads to (`wscli explain`) derives that and cannot be wrong about it. The
visitor is a plain one: it says a text and a binary message, waits for the end if the plan has one in time, and closes.
It comes twice, with a subprotocol to offer and without, since some faults need the one or the other.
"""

from __future__ import annotations

from wscli.diagnose.diagnosis import Diagnosis
from wscli.events import Batch, Connected, Event, Interest, MessageKind, MessageReceived, StreamEnd, TimeLimitPassed
from wscli.protocol.accepting import build_acceptance
from wscli.protocol.client import ClientConnection
from wscli.protocol.server import ServerConnection
from wscli.protocol.states import State
from wscli.protocol.step import FinishSending, Order, SendBytes, SendClose, SendMessage, Step
from wscli.serve.faults.ending import TLS
from wscli.serve.faults.fault import Fault, Plan, opens
from wscli.serve.faults.framing import COMPRESSION, SIZE
from wscli.serve.shaping import Ending, Shaper
from wscli.settings import ConnectionSettings, HandshakeSettings, Limits, Liveness
from wscli.wire.deflate import DeflateParameters
from wscli.wire.url import decode_url

SUBPROTOCOL = "chat"
"""What the visitor that offers a subprotocol offers."""

SCALE = 1024
"""Faults of size are rehearsed at this part of their size, and the client's limit is as much smaller."""

PATIENCE = 1000
"""Steps after which a rehearsal is given up; the longest takes a few dozen."""

_INTEREST = Interest.FRAMES | Interest.MESSAGES
_SAID: tuple[Order, ...] = (SendMessage(MessageKind.TEXT, b"hello"), SendMessage(MessageKind.BINARY, b"hello"))
_URL = decode_url("ws://127.0.0.1:8080/chat")


def can_be_rehearsed(fault: Fault) -> bool:
    """Whether a fault shows without TLS, which needs certificates of its own."""
    return fault.area != TLS


def rehearse(fault: Fault, *, offers_subprotocol: bool = False) -> tuple[Event, ...]:
    """Return what our client observes of a server with this fault at its default, what the rules find included."""
    value = fault.default // SCALE if fault.area in (SIZE, COMPRESSION) else fault.default
    return _Rehearsal(fault.make(value), offers_subprotocol=offers_subprotocol).run()


def _entropy(count: int) -> bytes:
    return (b"wscli rehearses." * count)[:count]


class _Rehearsal:
    """One visit."""

    def __init__(self, plan: Plan, *, offers_subprotocol: bool) -> None:
        limits = Limits(message=Limits().message // SCALE)
        liveness = Liveness(ping_interval=20.0, ping_timeout=10.0) if plan.ignores_pings else Liveness()
        settings = ConnectionSettings(
            _URL,
            handshake=HandshakeSettings(subprotocols=(SUBPROTOCOL,) if offers_subprotocol else ()),
            limits=limits,
            liveness=liveness,
        )
        self._plan = plan
        self._client = ClientConnection(settings, _entropy, _INTEREST)
        self._server = ServerConnection(_entropy, _INTEREST)
        self._shaper = Shaper(plan.shape)
        self._diagnosis = Diagnosis()
        self._events: list[Event] = []
        self._now = 0.0
        self._ends_at: float | None = None
        self._is_over = False
        """Whether the server says nothing more."""
        self._wants_finish = False
        """Whether it says nothing more once everything is out."""
        self._messages = 0

    def run(self) -> tuple[Event, ...]:
        plan = self._plan
        self._observe((Connected("127.0.0.1:8080", "127.0.0.1:50000"),))
        self._server.start(0.0)
        if plan.greeting is not None or plan.is_silent:
            self._from_client(self._client.start(0.0))
            self._to_client(plan.greeting or b"")
            self._end(plan.ending or (Ending.HOLD if plan.is_silent else Ending.FINISH))
        else:
            self._from_client(self._client.start(0.0))
            self._answer()
            self._talk()
        self._see_the_end()
        return tuple(self._events)

    def _observe(self, events: tuple[Event, ...]) -> None:
        if events:
            self._events += self._diagnosis.annotate(Batch(self._now, events)).events

    # --- Between the two --------------------------------------------------------------------------------------------
    def _from_client(self, step: Step) -> None:
        self._observe(step.events)
        for effect in step.effects:
            if isinstance(effect, SendBytes) and not self._is_over:
                self._from_server(self._server.receive(effect.data, self._now))

    def _from_server(self, step: Step) -> None:
        for effect in step.effects:
            if isinstance(effect, SendBytes):
                self._to_client(self._shaper.put(effect.data, self._now))
            elif isinstance(effect, FinishSending):
                self._wants_finish = True
        for event in step.events:
            if isinstance(event, MessageReceived):
                self._messages += 1
                self._send(self._reply(event))
        if self._plan.after_messages is not None and self._messages >= self._plan.after_messages:
            self._end(self._plan.ending or Ending.FINISH)
        self._finish_if_all_is_out()

    def _reply(self, event: MessageReceived) -> tuple[Order, ...]:
        if self._plan.reply is not None:
            return tuple(self._plan.reply(event))
        return (SendMessage(event.kind, event.payload),)

    def _send(self, orders: tuple[Order, ...]) -> None:
        if orders and not self._is_over:
            self._from_server(self._server.send(orders, self._now))

    def _to_client(self, data: bytes) -> None:
        if data and not self._is_over and self._client.state is not State.ENDED:
            self._from_client(self._client.receive(data, self._now))
        if self._shaper.is_cut:
            self._end(self._plan.ending or Ending.FINISH)

    def _finish_if_all_is_out(self) -> None:
        if self._wants_finish and self._shaper.is_empty:
            self._end(Ending.FINISH)

    def _end(self, ending: Ending) -> None:
        if self._is_over:
            return
        if ending is Ending.CLOSE:
            self._send((SendClose(1000),))
            return
        self._is_over = True
        if ending is not Ending.HOLD and self._client.state is not State.ENDED:
            how = StreamEnd.RESET if ending is Ending.RESET else StreamEnd.FINISHED
            self._from_client(self._client.receive_eof(self._now, how))

    # --- What happens -----------------------------------------------------------------------------------------------
    def _answer(self) -> None:
        """Give the request what the plan says."""
        plan, server = self._plan, self._server
        request = server.request
        assert request is not None  # our own client's request is whole and good
        server.liveness = Liveness(answers_pings=not plan.ignores_pings, answers_close=not plan.ignores_close)
        acceptance = build_acceptance(request, subprotocols=(SUBPROTOCOL,), deflate=DeflateParameters())
        raw = acceptance.raw if plan.answer is None else plan.answer(request, acceptance.raw)
        if not opens(raw):
            self._from_server(server.answer_raw(raw, self._now))
            return
        self._from_server(server.accept(acceptance.replace(raw=raw), self._now))
        self._send(plan.orders)
        if plan.after_seconds is not None:
            self._ends_at = self._now + plan.after_seconds

    def _talk(self) -> None:
        if self._client.can_send and not self._is_over:
            self._from_client(self._client.send(_SAID, self._now))

    def _see_the_end(self) -> None:
        """Let time pass until the client has left; it closes once nothing more is to be expected."""
        for _ in range(PATIENCE):
            if self._client.state is State.ENDED:
                return
            due = [self._client.wake_at, self._ends_at, None if self._is_over else self._shaper.wake_at]
            moments = [moment for moment in due if moment is not None]
            if moments:
                self._now = max(self._now, min(moments))
                self._pass()
            elif self._client.state is State.OPEN and not self._is_over:
                self._from_client(self._client.send((SendClose(1000),), self._now))
            else:
                self._run_out()

    def _pass(self) -> None:
        self._from_client(self._client.tick(self._now))
        if not self._is_over:
            self._to_client(self._shaper.tick(self._now))
            self._finish_if_all_is_out()
        if self._ends_at is not None and self._now >= self._ends_at:
            self._ends_at = None
            self._end(self._plan.ending or Ending.FINISH)

    def _run_out(self) -> None:
        """Leave as a client with a time limit does."""
        is_open = self._client.channel is not None
        self._observe((TimeLimitPassed("max-time" if is_open else "connect-timeout", 10.0),))
        self._from_client(self._client.abandon(self._now))
