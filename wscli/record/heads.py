"""Heads in recordings: the raw bytes, which alone are read back, and beside them the fields for whoever reads along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wscli.record.convert import (
    BYTES_PROPERTIES,
    DEVIATIONS,
    ONE_OF_BYTES,
    Converter,
    Json,
    bytes_member,
    define,
    quote,
    read_bytes_member,
    read_object,
)
from wscli.wire.deviations import NONE, Deviation, Deviations
from wscli.wire.head import RequestDecoder, RequestHead, ResponseDecoder, ResponseHead


def _decode_request(raw: bytes) -> RequestHead:
    decoder = RequestDecoder(len(raw) + 1)
    head = decoder.feed(raw) or decoder.finish() or RequestHead(b"", "", "", "")
    return head.replace(raw=raw)  # where more than one head stands there, or none, the bytes are still these


def _decode_response(raw: bytes) -> ResponseHead:
    decoder = ResponseDecoder(len(raw) + 1)
    head = decoder.feed(raw) or decoder.finish() or ResponseHead(b"", "", 0, "")
    return head.replace(raw=raw)


def _align(noted: Deviations, found: Deviations) -> Deviations:
    """Return what was noted in a head before its secrets were masked, with the places where it stands after."""
    left = list(found)
    aligned: list[Deviation] = []
    for deviation in noted:
        place = next((index for index, one in enumerate(left) if one.kind == deviation.kind), None)
        aligned.append(deviation if place is None else left.pop(place))
    return tuple(aligned)


def masked_request(head: RequestHead, raw: bytes) -> RequestHead:
    """Return the request with these bytes, in which its secrets are masked; the very same object for its own bytes."""
    if raw == head.raw:
        return head
    masked = _decode_request(raw)
    return masked.replace(deviations=_align(head.deviations, masked.deviations))


def masked_response(head: ResponseHead, raw: bytes) -> ResponseHead:
    """Return the response with these bytes, in which its secrets are masked; the very same object for its own bytes."""
    if raw == head.raw:
        return head
    masked = _decode_response(raw)
    return masked.replace(deviations=_align(head.deviations, masked.deviations))


# --- JSON ------------------------------------------------------------------------------------------------------------
def _write_head(facts: str, head: RequestHead | ResponseHead) -> str:
    headers = ",".join([f"[{quote(field.name)},{quote(field.value)}]" for field in head.fields])
    deviations = f',"deviations":{DEVIATIONS.write(head.deviations)}' if head.deviations else ""
    return f'{{{facts},"headers":[{headers}]{deviations},{bytes_member(head.raw)}}}'


def _write_request(head: RequestHead) -> str:
    return _write_head(f'"method":{quote(head.method)},"target":{quote(head.target)}', head)


def _write_response(head: ResponseHead) -> str:
    return _write_head(f'"status":{head.status},"reason":{quote(head.reason)}', head)


def _read(decode: Callable[[bytes], Any]) -> Callable[[Json], Any]:
    def read(value: Json) -> Any:
        record = read_object(value)
        # What the stream did (cut, too large) is not in the bytes: the deviations of the head itself are read back.
        deviations = DEVIATIONS.read(record["deviations"]) if "deviations" in record else NONE
        return decode(read_bytes_member(record)).replace(deviations=deviations)

    return read


def _schema(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    pair = {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}
    properties = {
        **facts,
        "headers": {"type": "array", "items": pair, "description": "name and value in order; for readers"},
        "deviations": DEVIATIONS.schema,
        **BYTES_PROPERTIES,
    }
    return define(name, {"type": "object", "properties": properties, "oneOf": ONE_OF_BYTES})


REQUEST_HEAD = Converter(
    _write_request,
    _read(_decode_request),
    _schema(
        "request-head",
        {
            "method": {"type": "string", "description": "for readers"},
            "target": {"type": "string", "description": "for readers"},
        },
    ),
)
RESPONSE_HEAD = Converter(
    _write_response,
    _read(_decode_response),
    _schema(
        "response-head",
        {
            "status": {"type": "integer", "description": "0 where there is none; for readers"},
            "reason": {"type": "string", "description": "for readers"},
        },
    ),
)
