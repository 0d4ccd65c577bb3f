"""The JSON Schema of a recording's lines, made from the codec's table; `schema.json` beside this file is its result."""

from __future__ import annotations

from typing import Any

from wscli.events import EVENTS, Event
from wscli.record.codec import codec_of
from wscli.record.convert import DEFINITIONS, members_schema
from wscli.record.header import FORMAT, HEADER_SCHEMA, VERSION

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _event_schema(kind: type[Event]) -> dict[str, Any]:
    codec = codec_of(kind)
    made = members_schema(codec.members)
    made["description"] = (kind.__doc__ or "").partition("\n")[0]
    made["properties"] = {
        "at": {"type": "number", "minimum": 0, "description": "seconds since the session began"},
        "event": {"const": codec.name},
        **made["properties"],
    }
    made["required"] = ["at", "event", *made["required"]]
    return made


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) that each line of a recording fulfils; further members may come."""
    events = {codec_of(kind).name: _event_schema(kind) for kind in EVENTS}
    return {
        "$schema": DIALECT,
        "title": f"A line of a {FORMAT}, version {VERSION}",
        "description": "The first line is a `header`, each line after it an event.",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in ("header", *events)],
        "$defs": {"header": HEADER_SCHEMA, **events, **dict(sorted(DEFINITIONS.items()))},
    }


def schema_text() -> str:
    """Return the schema as the text of `schema.json`."""
    from json import dumps

    return dumps(schema(), indent=2) + "\n"
