"""The way out of one connection: shaped, then through the layers, then the socket; and the ends that wait for it."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress

from wscli.net.layer import LayerStep
from wscli.net.stack import Stack
from wscli.serve.shaping import Ending, Shape, Shaper


class Outlet:
    """Writes what a connection says, in order, and ends it when that was asked for and everything is out."""

    def __init__(self, transport: asyncio.Transport, shape: Shape) -> None:
        self.stack = Stack()
        self.is_mute = False
        """Whether nothing more is said, on purpose."""
        self._transport = transport
        self._shaper = Shaper(shape)
        self._wants_finish = False
        self._wants_disconnect = False

    @property
    def is_cut(self) -> bool:
        """Whether the byte is out behind which the connection is to end."""
        return self._shaper.is_cut

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be made to go out for now."""
        return self._shaper.is_full

    @property
    def wake_at(self) -> float | None:
        """When `tick` has more to let out."""
        return self._shaper.wake_at

    @property
    def waiting(self) -> int:
        """Bytes that the client has not taken."""
        return self._transport.get_write_buffer_size()

    def reshape(self, shape: Shape) -> None:
        """Go on by another shape; nothing may be waiting."""
        self._shaper = Shaper(shape)

    def put(self, data: bytes, now: float) -> None:
        """Send bytes of the connection."""
        self._send(self._shaper.put(data, now))

    def tick(self, now: float) -> None:
        """Let out what is due."""
        self._send(self._shaper.tick(now))

    def _send(self, data: bytes) -> None:
        if data:
            self.pass_down(self.stack.send(data))

    def pass_down(self, step: LayerStep) -> None:
        """Write what a layer has for the socket."""
        if step.down and not self.is_mute and not self._transport.is_closing():
            self._transport.write(step.down)

    def put_raw(self, data: bytes) -> None:
        """Write below every layer."""
        self._transport.write(data)

    def finish(self) -> None:
        """Say nothing more once everything is out; the client still may."""
        self._wants_finish = True

    def disconnect(self) -> None:
        """Leave once everything is out."""
        self._wants_disconnect = True

    def settle(self) -> None:
        """Carry out the end that waits, if nothing stands before it any more."""
        transport = self._transport
        if self.is_mute or transport.is_closing() or not self._shaper.is_empty:
            return
        if self._wants_finish:
            self._wants_finish = False
            self.pass_down(self.stack.finish())
            with suppress(OSError):  # the client was quicker
                transport.write_eof()
        if self._wants_disconnect:
            transport.close()

    def end(self, ending: Ending) -> None:
        """End on purpose, whatever waits."""
        self.is_mute = True
        if ending is Ending.FINISH:
            self._transport.close()
        elif ending is Ending.RESET:
            sock: socket.socket = self._transport.get_extra_info("socket")
            with suppress(OSError):  # a Unix socket knows no reset
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
