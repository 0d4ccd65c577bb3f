"""`wscli convert`: a recording, HAR file, capture or flow file becomes another one."""

from __future__ import annotations

from wscli.cli.command import TALK, Command, Values
from wscli.cli.options import CAPTURE, COLOR, QUIET, Argument, options_named


def run(values: Values) -> int:
    """Read the one, write the other."""
    from wscli.app.convert import run_convert

    return run_convert(values)


COMMAND = Command(
    "convert",
    "Turn a recording into another format: our own, HAR, pcapng; from captures and mitmproxy flows too",
    TALK,
    (
        Argument("file", "IN", "The recording; its format is known by its bytes, - is standard input"),
        Argument("output", "OUT", "What to write; its ending tells the format, .gz behind it compresses, - is our own"),
    ),
    (
        *CAPTURE,
        *options_named("keep_secrets"),
        QUIET.replace(help="Say nothing of what was lost"),
        COLOR,
    ),
    (
        ("Open a recording in Wireshark", "wscli convert session.jsonl session.pcapng"),
        ("Read what a browser exported", "wscli convert page.har page.jsonl"),
        ("Take a wss:// connection out of a capture", "wscli convert --keylog keys.log trace.pcapng session.jsonl"),
        ("Take the second connection of a file", "wscli convert --connection 2 page.har second.jsonl"),
    ),
    run,
)
