"""A stack of layers with the face of one: what comes from below rises, what comes from above sinks.

A layer starts when the one beneath it is ready. Without layers bytes pass through as they are.
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
        self.up = b""
        self.down: list[bytes] = []
        self.events: list[Event] = []
        self.ended: StreamEnd | None = None


class Stack:
    """Layers from the bottom to the top."""

    def __init__(self, layers: Iterable[Layer] = ()) -> None:
        self._layers = list(layers)
        self._ready = 0
        """How many layers, from the bottom, carry data."""
        self._waiting: list[bytes] = []
        """What was sent before every layer was ready."""

    def start(self) -> LayerStep:
        """Start the lowest layer; the others follow as they become possible."""
        if not self._layers:
            return _READY
        flow = _Flow()
        self._start_from(0, flow)
        return self._step(flow)

    def push(self, layer: Layer, leftover: bytes = b"") -> LayerStep:
        """Put one more layer on top of a stack that is ready, and give it what had come for it already."""
        self._layers.append(layer)
        flow = _Flow()
        self._start_from(len(self._layers) - 1, flow)
        if leftover:
            self._rise(leftover, len(self._layers) - 1, flow)
        return self._step(flow)

    def receive(self, data: bytes) -> LayerStep:
        """Take bytes from below."""
        if not self._layers:
            return LayerStep(data, is_ready=True)
        flow = _Flow()
        self._rise(data, 0, flow)
        return self._step(flow)

    def receive_eof(self) -> LayerStep:
        """Nothing more comes from below; a layer that ends properly by itself has said so before."""
        flow = _Flow()
        for place, layer in enumerate(self._layers):
            step = layer.receive_eof()
            self._take(step, place, flow)
            if step.up:
                self._rise(step.up, place + 1, flow)
        return self._step(flow)

    def send(self, data: bytes) -> LayerStep:
        """Take bytes from above."""
        if not self._layers:
            return LayerStep(down=data, is_ready=True)
        flow = _Flow()
        if self._is_ready:
            self._sink(data, len(self._layers) - 1, flow)
        else:
            self._waiting.append(data)
        return self._step(flow)

    def finish(self) -> LayerStep:
        """Nothing more comes from above: every layer, from the top, says so in its own way."""
        flow = _Flow()
        for place in range(len(self._layers) - 1, -1, -1):
            step = self._layers[place].finish()
            flow.events += step.events
            if step.down:
                self._sink(step.down, place - 1, flow)
        return self._step(flow)

    @property
    def _is_ready(self) -> bool:
        return self._ready == len(self._layers)

    def _step(self, flow: _Flow) -> LayerStep:
        if self._is_ready and self._waiting:
            waiting, self._waiting = b"".join(self._waiting), []
            self._sink(waiting, len(self._layers) - 1, flow)
        return LayerStep(flow.up, b"".join(flow.down), tuple(flow.events), self._is_ready, flow.ended)

    def _take(self, step: LayerStep, place: int, flow: _Flow) -> None:
        """Note what a layer did; a layer that became ready lets the next one start."""
        flow.events += step.events
        if step.down:
            self._sink(step.down, place - 1, flow)
        if step.ended is not None and flow.ended is None:
            flow.ended = step.ended
        if step.is_ready and self._ready == place:
            self._ready += 1
            if self._ready < len(self._layers):
                self._start_from(self._ready, flow)

    def _start_from(self, place: int, flow: _Flow) -> None:
        step = self._layers[place].start()
        self._take(step, place, flow)
        if step.up:
            self._rise(step.up, place + 1, flow)

    def _rise(self, data: bytes, place: int, flow: _Flow) -> None:
        """Bring bytes up from the layer below `place`."""
        while place < len(self._layers):
            step = self._layers[place].receive(data)
            self._take(step, place, flow)
            data = step.up
            if not data:
                return
            place += 1
        flow.up += data

    def _sink(self, data: bytes, place: int, flow: _Flow) -> None:
        """Bring bytes down through the layer at `place` and those below it."""
        while place >= 0 and data:
            step = self._layers[place].send(data)
            flow.events += step.events
            data = step.down
            place -= 1
        if data:
            flow.down.append(data)
