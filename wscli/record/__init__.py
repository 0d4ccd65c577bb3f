"""Recordings: a session kept as the stream of its events, one line of JSON each."""

from __future__ import annotations

from wscli.values import Value


class RecordingFormat(Value):
    """One way to keep a recording in a file."""

    endings: tuple[str, ...]
    is_compressed: bool
    description: str


FORMATS: tuple[RecordingFormat, ...] = (
    RecordingFormat((".jsonl", ".ndjson", ".json"), is_compressed=False, description="one event a line, as JSON"),
    RecordingFormat((".jsonl.gz", ".ndjson.gz", ".json.gz"), is_compressed=True, description="the same, in gzip"),
)
"""Every format that a session can be recorded in."""
