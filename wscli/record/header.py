"""The first line of a recording: which format it has, what made it, when, and whether its secrets were masked."""

from __future__ import annotations

from enum import Enum

from wscli.record.convert import BrokenRecord, Json, enumeration, quote, read_integer, read_text, shown
from wscli.values import Value

FORMAT = "wscli-recording"
VERSION = 1
"""The version of the format; raised when an older wscli would misread a newer recording, not when members are added."""


class Secrets(Enum):
    """What happened to credentials."""

    MASKED = "masked"
    KEPT = "kept"


class RecordingHeader(Value):
    """What the first line says."""

    tool: str
    """As `wscli 0.1.0`."""
    started: str
    """The moment that `at` counts from: ISO 8601 in UTC, with milliseconds."""
    command: str = ""
    url: str = ""
    secrets: Secrets = Secrets.MASKED
    version: int = VERSION


_SECRETS = enumeration(Secrets)


class NewerVersion(Exception):
    """The recording has a format that only a newer wscli reads."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


def encode_header(header: RecordingHeader) -> str:
    """Return the first line, without its newline."""
    return (
        f'{{"format":"{FORMAT}","version":{header.version},"tool":{quote(header.tool)}'
        f',"started":{quote(header.started)},"command":{quote(header.command)},"url":{quote(header.url)}'
        f',"secrets":"{header.secrets.value}"}}'
    )


def header_of(record: dict[str, Json]) -> RecordingHeader:
    """Return what the object of a first line says; BrokenRecord or NewerVersion where it is none that can be read."""
    if record.get("format") != FORMAT:
        raise BrokenRecord(f"`format` is {shown(record.get('format'))}, not `{FORMAT}`")
    version = read_integer(record.get("version"))
    if version > VERSION:
        raise NewerVersion(version)
    return RecordingHeader(
        tool=read_text(record.get("tool", "")),
        started=read_text(record.get("started", "")),
        command=read_text(record.get("command", "")),
        url=read_text(record.get("url", "")),
        secrets=_SECRETS.read(record.get("secrets", Secrets.KEPT.value)),
        version=version,
    )


HEADER_SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {
        "format": {"const": FORMAT},
        "version": {"const": VERSION},
        "tool": {"type": "string"},
        "started": {"type": "string", "description": "the moment that `at` counts from, ISO 8601 in UTC"},
        "command": {"type": "string"},
        "url": {"type": "string"},
        "secrets": _SECRETS.schema,
    },
    "required": ["format", "version"],
}
