"""The committed JSON Schema is the one that the code makes, and it describes what the code writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given

import wscli.record
from tests.strategies import any_event, values
from wscli.events import EVENTS, Event
from wscli.record.codec import encode_event
from wscli.record.header import RecordingHeader, encode_header
from wscli.record.schema import schema, schema_text

SCHEMA = schema()


def test_the_committed_schema_is_current() -> None:
    committed = Path(wscli.record.__file__).with_name("schema.json").read_text("utf-8")
    # To write it again: python -c "from wscli.record.schema import schema_text; print(schema_text(), end='')"
    assert committed == schema_text()


def test_every_event_is_described() -> None:
    descriptions = [part["$ref"] for part in SCHEMA["oneOf"]]
    assert len(EVENTS) + 1 == len(descriptions) == len(set(descriptions))


def faults(value: Any, rule: dict[str, Any]) -> list[str]:
    """Return where a value breaks a schema; knows the few words that ours uses."""
    if "$ref" in rule:
        return faults(value, SCHEMA["$defs"][rule["$ref"].removeprefix("#/$defs/")])
    found = []
    if "const" in rule and value != rule["const"]:
        found.append(f"{value!r} is not {rule['const']!r}")
    if "enum" in rule and value not in rule["enum"]:
        found.append(f"{value!r} is not in {rule['enum']}")
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "number": (int, float)}
    if "type" in rule and not isinstance(value, kinds[rule["type"]]):  # type: ignore[arg-type]
        return [*found, f"{value!r} is no {rule['type']}"]
    if isinstance(value, dict):
        found += [f"{name} is missing" for name in rule.get("required", ()) if name not in value]
        found += [f"{name} is not described" for name in value if name not in rule["properties"]]
        found += [fault for name, part in value.items() for fault in faults(part, rule["properties"].get(name, {}))]
        ways = [all(name in value for name in way["required"]) for way in rule.get("oneOf", ())]
        found += ["not exactly one of the ways"] if ways and ways.count(True) != 1 else []
    if isinstance(value, list):
        found += [fault for part in value for fault in faults(part, rule["items"])]
    return found


@given(any_event)
def test_the_line_of_every_event_fulfils_its_schema(event: Event) -> None:
    record = json.loads(encode_event(1.5, event))
    assert [] == faults(record, SCHEMA["$defs"][record["event"]])


@given(values(RecordingHeader))
def test_the_first_line_fulfils_its_schema(header: RecordingHeader) -> None:
    assert [] == faults(json.loads(encode_header(header.replace(version=1))), SCHEMA["$defs"]["header"])
