"""Hypothesis strategies for values and events, legal or not, for the laws of the whole package."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from wscli.events import EVENTS, Batch, Event, FrameReceived, FrameSent
from wscli.values import Value
from wscli.wire.deviations import CATALOGUE, FRAME_CUT, Deviation, Deviations
from wscli.wire.frames import Frame, FrameOrder, encode_frame
from wscli.wire.head import RequestDecoder, RequestHead, ResponseDecoder, ResponseHead

texts = st.text(max_size=40)
"""Any text without lone surrogates."""
payloads = st.one_of(st.binary(max_size=200), texts.map(str.encode))
"""Bytes, half of them valid UTF-8."""
offsets = st.integers(0, 1 << 40)
moments = st.integers(0, 10**12).map(lambda micros: float(f"{micros / 1e6:.6f}"))
"""Seconds as recordings keep them: whole microseconds."""

deviations: st.SearchStrategy[Deviation] = st.builds(
    Deviation, st.sampled_from(list(CATALOGUE.values())), st.none() | offsets, texts
)
deviation_lists: st.SearchStrategy[Deviations] = st.lists(deviations, max_size=3).map(tuple)


# --- Frames ----------------------------------------------------------------------------------------------------------
def _frame(order: FrameOrder, offset: int, found: Deviations) -> Frame:
    return encode_frame(order, offset).with_deviations(found)


def _cut_frame(frame: Frame, kept: int) -> Frame:
    """Return the frame as the end of the stream leaves it: so many bytes of its payload are there."""
    return Frame(frame.header, frame.payload[:kept], frame.offset, (*frame.deviations, FRAME_CUT.at(None, "cut")))


@st.composite
def _frame_orders(draw: st.DrawFn) -> FrameOrder:
    payload = draw(payloads)
    form = draw(st.sampled_from((None, 16, 64)))
    declared = draw(st.none() | st.integers(0, (1 << (form or 64)) - 1))
    return FrameOrder(
        draw(st.integers(0, 15)),
        payload,
        draw(st.booleans()),
        draw(st.integers(0, 7)),
        draw(st.none() | st.binary(min_size=4, max_size=4)),
        declared,
        form,
    )


frame_orders = _frame_orders()
"""Frames to make, legal or not."""
whole_frames = st.builds(_frame, frame_orders, offsets, st.just(()) | deviation_lists)
frames = st.one_of(whole_frames, st.builds(_cut_frame, whole_frames, st.integers(0, 100)))
"""Frames of every kind: reserved opcodes, wrong lengths, cut by the end of the stream."""


# --- Heads -----------------------------------------------------------------------------------------------------------
_field_lines = st.one_of(
    st.sampled_from(
        (
            b"Host: example.org",
            b"Upgrade: websocket",
            b"Connection: keep-alive, Upgrade",
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            b"Set-Cookie: sid=1; Path=/",
            b" folded",
            b"no colon",
            b": no name",
            b"Space : before",
            b"X-Latin: \xe9",
        )
    ),
    st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")),
)
_request_lines = st.sampled_from((b"GET /chat HTTP/1.1", b"GET /?a=1 HTTP/1.0", b"PUT", b"\x16\x03\x01", b""))
_status_lines = st.sampled_from(
    (b"HTTP/1.1 101 Switching Protocols", b"HTTP/1.1 404 Not Found", b"HTTP/2 999", b"SSH-2.0")
)


def _head_bytes(start_lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    def join(start: bytes, lines: list[bytes], end: bytes, terminator: bytes) -> bytes:
        return end.join([start, *lines]) + terminator

    ends = st.sampled_from((b"\r\n", b"\r\n", b"\n"))
    return st.builds(
        join, start_lines, st.lists(_field_lines, max_size=5), ends, st.sampled_from((b"\r\n\r\n", b"\n\n", b""))
    )


def _decoded(decoder: Any, data: bytes) -> Any:
    return decoder.feed(data) or decoder.finish()


request_heads: st.SearchStrategy[RequestHead] = (
    _head_bytes(_request_lines)
    .map(lambda data: _decoded(RequestDecoder(65536), data))
    .filter(lambda head: head is not None)
)
response_heads: st.SearchStrategy[ResponseHead] = (
    _head_bytes(_status_lines)
    .map(lambda data: _decoded(ResponseDecoder(65536), data))
    .filter(lambda head: head is not None)
)


# --- Values and events, by their annotations -------------------------------------------------------------------------
_BY_ANNOTATION: dict[str, st.SearchStrategy[Any]] = {
    "str": texts,
    "int": st.integers(0, (1 << 63) - 1),
    "float": st.floats(0, 1e9),
    "bool": st.booleans(),
    "bytes": payloads,
    "tuple[int, int]": st.tuples(st.integers(1, 1 << 40), st.integers(1, 1 << 40)),
    "Deviation": deviations,
    "Deviations": deviation_lists,
    "Frame": frames,
    "RequestHead": request_heads,
    "ResponseHead": response_heads,
}


def for_annotation(annotation: str, names: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return the values that a field with this annotation may have; `names` are those of the module it stands in."""
    if annotation.endswith(" | None"):
        return st.none() | for_annotation(annotation.removesuffix(" | None"), names)
    if annotation in _BY_ANNOTATION:
        return _BY_ANNOTATION[annotation]
    if annotation.startswith("tuple[") and annotation.endswith(", ...]"):
        return st.lists(for_annotation(annotation[6:-6], names), max_size=3).map(tuple)
    kind = names[annotation]
    return st.sampled_from(kind) if issubclass(kind, Enum) else values(kind)


def values(kind: type[Value]) -> st.SearchStrategy[Any]:
    """Return any value of a class, its fields chosen by their annotations."""
    names = vars(sys.modules[kind.__module__])
    fields = kind.__value_fields__.items()
    return st.builds(kind, **{field: for_annotation(annotation, names) for field, annotation in fields})


def _undeviating(kind: type[FrameReceived | FrameSent]) -> st.SearchStrategy[Any]:
    """Return the frames that make up most of a session: nothing wrong with them."""
    clean = st.builds(lambda frame: Frame(frame.header, frame.payload, frame.offset), whole_frames)
    return st.builds(kind, st.integers(1, 1 << 40), clean)


EVENT_STRATEGIES: dict[type[Event], st.SearchStrategy[Any]] = {kind: values(kind) for kind in EVENTS}
"""Any event of each class."""
for _kind in (FrameReceived, FrameSent):
    EVENT_STRATEGIES[_kind] |= _undeviating(_kind)

any_event: st.SearchStrategy[Event] = st.one_of(*EVENT_STRATEGIES.values())
batches: st.SearchStrategy[Batch] = st.builds(Batch, moments, st.lists(any_event, max_size=5).map(tuple))
