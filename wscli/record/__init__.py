"""Recordings: a session kept as the stream of its events, in our own format or in one that other programs read."""

from __future__ import annotations

from wscli.values import Value


class RecordingFormat(Value):
    """One way to keep a recording in a file; behind any of its endings `.gz` is the same in gzip."""

    name: str
    endings: tuple[str, ...]
    description: str
    reader: str
    """The module with `sniff` and `read`; empty where it is not read."""
    writer: str
    """The module with `write`; empty where it is not written."""
    loses: tuple[str, ...] = ()
    """What it has no place for, each a phrase that `wscli.record.losses` knows how to find in a session."""

    @property
    def is_read(self) -> bool:
        """Whether recordings of this format can be opened."""
        return bool(self.reader)

    @property
    def is_written(self) -> bool:
        """Whether sessions can be kept in this format."""
        return bool(self.writer)


LINES = RecordingFormat(
    "jsonl",
    (".jsonl", ".ndjson", ".json"),
    "our own: every event as a line of JSON, nothing left out",
    "wscli.record.reader",
    "wscli.record.writer",
)

FORMATS: tuple[RecordingFormat, ...] = (
    LINES,
    RecordingFormat(
        "har",
        (".har",),
        "HTTP Archive with WebSocket messages, as browsers export and open it",
        "wscli.record.har",
        "wscli.record.har_writing",
        (
            "the borders, masks, reserved bits and length forms of frames",
            "compression: messages stand inflated",
            "frames of reserved opcodes",
            "deviations",
            "name resolution, attempts to connect, certificates and TLS",
            "findings and checks",
        ),
    ),
    RecordingFormat(
        "pcapng",
        (".pcapng",),
        "packets, for Wireshark and tshark; written without TLS around them",
        "wscli.record.capture",
        "wscli.record.pcapng",
        (
            "name resolution, attempts to connect, certificates and TLS",
            "findings and checks, except as comments of packets",
            "raw bytes that were sent beside frames",
        ),
    ),
    RecordingFormat("pcap", (".pcap", ".cap"), "packets, as tcpdump writes them", "wscli.record.capture", ""),
    RecordingFormat("flow", (".flow", ".flows", ".mitm"), "flows of mitmproxy", "wscli.record.flows", ""),
)
"""Every format of recordings."""


def format_of_name(path: str) -> RecordingFormat | None:
    """Return the format that a name's ending tells, `.gz` or not."""
    name = path.lower().removesuffix(".gz")
    return next((one for one in FORMATS if name.endswith(one.endings)), None)
