"""A desk without a socket, a clock or a terminal: its link keeps what is ordered, and the test says what comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable

from wscli.events import (
    Batch,
    Event,
    Finding,
    FrameReceived,
    FrameSent,
    MessageKind,
    MessageReceived,
    MessageSent,
    Opened,
    PongMatched,
    SessionEnded,
    Side,
    Sink,
)
from wscli.protocol.step import Order, SendMessage, SendPing
from wscli.render.style import Painter
from wscli.repl.desk import Desk
from wscli.repl.script import carry_out
from wscli.repl.store import Store
from wscli.repl.templates import Templates
from wscli.settings import ConnectionSettings
from wscli.wire.frames import BINARY, TEXT, FrameOrder, encode_frame
from wscli.wire.url import decode_url


class ScriptedLink:
    """The connection as a list of what was ordered."""

    def __init__(self) -> None:
        self.settings = ConnectionSettings(decode_url("ws://example.com/chat"))
        self.is_open = True
        self.orders: list[Order] = []
        self.published: list[Event] = []
        self.found: tuple[Finding, ...] = ()
        self.attached: list[Sink] = []
        self.desk: Desk
        self.answers_pings = True
        self.clock = 0.0

    def now(self) -> float:
        return self.clock

    def order(self, order: Order) -> None:
        self.orders.append(order)
        if isinstance(order, SendPing) and self.answers_pings:
            asyncio.get_running_loop().call_soon(self.observe, PongMatched(order.payload, 0.002))

    def publish(self, event: Event) -> None:
        self.published.append(event)

    async def writable(self) -> None:
        await asyncio.sleep(0)

    async def reconnect(self, settings: ConnectionSettings) -> bool:
        self.settings, self.desk.store = settings, Store()
        self.is_open = True
        return True

    def started_text(self) -> str:
        return "2026-01-02T03:04:05.678Z"

    def findings(self) -> tuple[Finding, ...]:
        return self.found

    def attach(self, sink: Sink, past: Iterable[Batch]) -> None:
        for batch in past:
            sink.accept(batch)
        self.attached.append(sink)

    def release(self, sink: Sink) -> None:
        self.attached.remove(sink)

    def observe(self, *events: Event) -> None:
        """These events happen now."""
        batch = Batch(self.clock, events)
        for sink in (self.desk.store, *self.attached, self.desk):
            sink.accept(batch)


class Table:
    """A desk, its link, and what it said."""

    def __init__(self, width: int = 100) -> None:
        self.link = ScriptedLink()
        self.said: list[str] = []
        self.columns = width
        templates = Templates(
            clock=lambda: 1_700_000_000.25,
            entropy=bytes,
            environment={"USER": "ada"},
            last=self._last,
        )
        self.desk = Desk(
            self.link,
            templates,
            painter=Painter(colour=False),
            say=self.said.append,
            width=lambda: self.columns,
        )
        self.link.desk = self.desk
        self._frames = 0
        self.link.observe(Opened("chat", "", None))

    def _last(self) -> bytes | None:
        newest = next(self.desk.store.messages(Side.REMOTE), None)
        return None if newest is None else newest.payload

    @property
    def text(self) -> str:
        """All that was said."""
        return "".join(self.said)

    @property
    def orders(self) -> list[Order]:
        return self.link.orders

    def come(self, payload: str | bytes, side: Side = Side.REMOTE) -> None:
        """A message comes, or is sent, in one frame."""
        self._frames += 1
        is_text = isinstance(payload, str)
        data = payload.encode() if isinstance(payload, str) else payload
        kind = MessageKind.TEXT if is_text else MessageKind.BINARY
        key = bytes(4) if side is Side.LOCAL else None
        frame = encode_frame(FrameOrder(TEXT if is_text else BINARY, data, mask_key=key))
        number = self._frames
        if side is Side.LOCAL:
            self.link.observe(FrameSent(number, frame), MessageSent(kind, data, (number, number)))
        else:
            self.link.observe(FrameReceived(number, frame), MessageReceived(kind, data, (number, number)))

    def end(self) -> None:
        """The connection ends."""
        self.link.is_open = False
        self.link.observe(SessionEnded(None, None, None, is_clean=True, stream=None))

    def type(self, *lines: str) -> str:
        """Carry lines out; returns what was said meanwhile."""
        begun = len(self.said)

        async def carry() -> None:
            for line in lines:
                await carry_out(self.desk, line)

        self.run(carry())
        return "".join(self.said[begun:])

    @staticmethod
    def run(work: Awaitable[object]) -> None:
        async def go() -> None:
            async with asyncio.timeout(20):
                await work

        asyncio.run(go())


def text(payload: str, fragments: tuple[int, ...] = ()) -> SendMessage:
    return SendMessage(MessageKind.TEXT, payload.encode(), fragments)


def binary(payload: bytes, fragments: tuple[int, ...] = ()) -> SendMessage:
    return SendMessage(MessageKind.BINARY, payload, fragments)
