"""A stack of layers with the face of one: what comes from below rises, what comes from above sinks.

A layer starts when the one beneath it is ready. What a layer reports is taken in one order everywhere: its events, its
bytes down, the start of the layer above it, its bytes up, its end. So bytes that arrive together with the last of one
layer's own exchange meet the next layer already started, and an end comes after everything that came before it.

An end rises like bytes do: the layer above is told and says in its own words what it means. A failure does not rise;
the layer that met it has told what there is to tell. Without layers bytes pass through as they are, and so does the
end, which stays None here because whoever reads the socket knows more about it.
"""

from __future__ import annotations

from collections.abc import Iterable

from wscli.events import Event, StreamEnd
from wscli.net.layer import Layer, LayerStep

_READY = LayerStep(is_ready=True)


class _Flow:
    """What a call gathers while it runs through the layers."""

    __slots__ = ("down", "ended", "events", "up")

    def __init__(self) -> None:
        self.up: list[bytes] = []
        self.down: list[bytes] = []
        self.events: list[Event] = []
        self.ended: StreamEnd | None = None


class Stack:
    """Layers from the bottom to the top."""

    def __init__(self, layers: Iterable[Layer] = ()) -> None:
        self._layers = list(layers)
        self._ready = 0
        """How many layers, from the bottom, carry data; the one above them, if there is one, is started."""
        self._is_finishing = False
        """`finish` was called before every layer was ready."""

    def start(self) -> LayerStep:
        """Start the lowest layer; the others follow as they become possible."""
        if not self._layers:
            return _READY
        flow = _Flow()
        self._take(self._layers[0].start(), 0, flow)
        return self._step(flow)

    def push(self, layer: Layer, leftover: bytes = b"") -> LayerStep:
        """Put one more layer on top of a stack that is ready, and give it what had come for it already."""
        assert self._is_ready  # only what passed through the whole stack can ask for one more layer
        place = len(self._layers)
        self._layers.append(layer)
        flow = _Flow()
        self._take(layer.start(), place, flow)
        if leftover:
            self._rise(leftover, place, flow)
        return self._step(flow)

    def receive(self, data: bytes) -> LayerStep:
        """Take bytes from below."""
        if not self._layers:
            return LayerStep(data, is_ready=True)
        flow = _Flow()
        self._rise(data, 0, flow)
        return self._step(flow)

    def receive_eof(self) -> LayerStep:
        """Nothing more comes from below."""
        if not self._layers:
            return _READY
        flow = _Flow()
        self._take(self._layers[0].receive_eof(), 0, flow)
        return self._step(flow)

    def send(self, data: bytes) -> LayerStep:
        """Take bytes from above; the top layer keeps them until it is ready."""
        if not self._layers:
            return LayerStep(down=data, is_ready=True)
        flow = _Flow()
        self._sink(data, len(self._layers) - 1, flow)
        return self._step(flow)

    def finish(self) -> LayerStep:
        """Nothing more comes from above: every layer, from the top, says so in its own way, once all are ready."""
        self._is_finishing = True
        return self._step(_Flow())

    @property
    def _is_ready(self) -> bool:
        return self._ready == len(self._layers)

    def _step(self, flow: _Flow) -> LayerStep:
        if self._is_finishing and self._is_ready:
            self._is_finishing = False
            for place in range(len(self._layers) - 1, -1, -1):
                self._take(self._layers[place].finish(), place, flow)
        return LayerStep(b"".join(flow.up), b"".join(flow.down), tuple(flow.events), self._is_ready, flow.ended)

    def _take(self, step: LayerStep, place: int, flow: _Flow) -> None:
        """Take what the layer at `place` did, in the order that the module's theory gives."""
        flow.events += step.events
        if step.down:
            self._sink(step.down, place - 1, flow)
        if step.is_ready and place == self._ready:
            self._ready += 1
            if self._ready < len(self._layers):
                self._take(self._layers[self._ready].start(), self._ready, flow)
        if step.up:
            self._rise(step.up, place + 1, flow)
        if step.ended is not None:
            self._end(step.ended, place, flow)

    def _rise(self, data: bytes, place: int, flow: _Flow) -> None:
        """Bring bytes up to the layer at `place`, or out at the top."""
        if place == len(self._layers):
            flow.up.append(data)
        else:
            self._take(self._layers[place].receive(data), place, flow)

    def _sink(self, data: bytes, place: int, flow: _Flow) -> None:
        """Bring bytes down to the layer at `place`, or out at the bottom."""
        if place < 0:
            flow.down.append(data)
        else:
            self._take(self._layers[place].send(data), place, flow)

    def _end(self, how: StreamEnd, place: int, flow: _Flow) -> None:
        """Bring the end of the layer at `place` up to the next one; a failure ends the whole stack."""
        if how is not StreamEnd.FAILED and place + 1 < len(self._layers):
            self._take(self._layers[place + 1].receive_eof(), place + 1, flow)
        elif flow.ended is not StreamEnd.FAILED:
            flow.ended = how
