"""The shape of a layer: a small machine between the protocol above and the socket below, bytes in and bytes out.

Layers are stacked: TLS on TCP today, a proxy's CONNECT or an HTTP/2 stream between them another day. No layer knows
what carries it or what it carries, so bytes that arrive together with the end of one layer's own exchange flow on into
the next one and are never lost.
"""

from __future__ import annotations

from typing import Protocol

from wscli.events import Event, StreamEnd
from wscli.values import Value


class LayerStep(Value):
    """What one call of a layer came to."""

    up: bytes = b""
    """For the layer above."""
    down: bytes = b""
    """For the layer below."""
    events: tuple[Event, ...] = ()
    is_ready: bool = False
    """Whether the layer carries data now."""
    ended: StreamEnd | None = None
    """Nothing more will come up: how the stream ended. A failure says why in an event."""


class Layer(Protocol):
    """Bytes in from either side, bytes out to either side."""

    def start(self) -> LayerStep:
        """Begin; the layer below is ready."""

    def receive(self, data: bytes) -> LayerStep:
        """Take bytes from below."""

    def receive_eof(self) -> LayerStep:
        """Nothing more comes from below."""

    def send(self, data: bytes) -> LayerStep:
        """Take bytes from above; before the layer is ready they are kept."""

    def finish(self) -> LayerStep:
        """Nothing more comes from above."""
