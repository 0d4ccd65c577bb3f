"""`demo`: a commented session against the built-in server, in one process and without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from wscli.app.connect import with_prompt
from wscli.app.console import Console, say
from wscli.app.conversation import Conversation
from wscli.app.exit_status import ExitStatus
from wscli.app.outputs import Outputs
from wscli.engine.jobs.job import IdleJob
from wscli.engine.signals import SignalWatch
from wscli.events import Batch, Interest, MessageKind, MessageReceived, Opened, PongMatched
from wscli.protocol.step import Order, SendClose, SendMessage, SendPing
from wscli.render.context import BYTES, FRAMES
from wscli.render.style import Painter
from wscli.serve.server import Server
from wscli.settings import ConnectionSettings, ServerSettings
from wscli.values import Value
from wscli.wire.url import decode_url


class Scene(Value):
    """One thing to show: what is said, what is sent; its answer brings the next."""

    comment: str
    order: Order


SCENES: tuple[Scene, ...] = (
    Scene(
        "The 101 switched the connection to WebSocket frames. A text message goes out masked, as a client must,\n"
        "and the server echoes it:",
        SendMessage(MessageKind.TEXT, b"Hello, WebSocket!"),
    ),
    Scene("A message may travel in several frames, here in three; it arrives as one:",
          SendMessage(MessageKind.TEXT, '{"price": 12.5, "currency": "€"}'.encode(), (10, 10))),
    Scene("A long message is worth compressing: both sides agreed to permessage-deflate above:",
          SendMessage(MessageKind.TEXT, b"again and again, " * 12)),
    Scene("Binary is shown as hex:", SendMessage(MessageKind.BINARY, bytes(range(0, 256, 17)))),
    Scene("A Ping asks whether the other side is there; the Pong tells the round trip:", SendPing(b"still there?")),
)  # fmt: skip
INTRODUCTION = """\
This is wscli talking to its own test server on this machine; no network is used.
First the upgrade request (>), byte for byte, and the answer (<):
"""
FAREWELL = "The closing handshake: a Close frame each way, then the TCP connection ends."
INVITATION = "Your turn: type a message, /help for the commands, Ctrl-D to leave."


class DemoJob(IdleJob):
    """Plays the scenes, each after the answer to the one before."""

    interest = Interest.MESSAGES

    def __init__(self, comment: Callable[[str], None], *, stays: bool) -> None:
        super().__init__()
        self._comment = comment
        self._stays = stays
        self._next = 0

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Go on to the next scene where the last one was answered."""
        if any(isinstance(event, (Opened, MessageReceived, PongMatched)) for event in batch.events):
            return self._go_on()
        return ()

    def _go_on(self) -> Sequence[Order]:
        place, self._next = self._next, self._next + 1
        if place < len(SCENES):
            self._comment(SCENES[place].comment)
            return (SCENES[place].order,)
        if place > len(SCENES):
            return ()
        if self._stays:
            self._comment(INVITATION)
            return ()
        self._comment(FAREWELL)
        return (SendClose(1000, "end of the demo"),)


def run_demo(values: dict[str, Any]) -> ExitStatus:
    """Show the session; on a terminal leave a prompt."""
    console = Console(values["color"])
    stays = console.is_input_terminal and console.is_output_terminal
    return asyncio.run(_play(console, BYTES if values["verbose"] > 2 else FRAMES, stays=stays))


async def _play(console: Console, level: int, *, stays: bool) -> ExitStatus:
    painter = console.painter(1)
    server = Server(ServerSettings())
    url = await server.start()
    say(_comment(painter, INTRODUCTION))
    outputs = Outputs(console, SignalWatch(), {}, url)
    conversation = Conversation(
        ConnectionSettings(decode_url(url)),
        outputs,
        level,
        lambda: DemoJob(lambda text: say(_comment(painter, text)), stays=stays),
    )
    try:
        await conversation.run(with_prompt(conversation, console) if stays else None)
    finally:
        await server.stop()
    return conversation.settle()


def _comment(painter: Painter, text: str) -> str:
    lines = text.rstrip("\n").split("\n")
    return "\n" + painter.paint([(("title", f"# {line}"),) for line in lines]) + "\n"
