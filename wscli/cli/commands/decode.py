"""`wscli decode`: the frames in raw bytes."""

from __future__ import annotations

from wscli.cli.command import AROUND, Command, Values
from wscli.cli.options import COLOR, VERBOSE, Argument, Kind, Option


def run(values: Values) -> int:
    """Read the bytes, show the frames."""
    from wscli.app.decode import run_decode

    return run_decode(values)


COMMAND = Command(
    "decode",
    "Show the frames in the raw bytes of one direction, from a file, standard input or as they are typed",
    AROUND,
    (
        Argument(
            "bytes",
            "FILE|-|HEX",
            "A file or standard input with the bytes, or with hexadecimal or base64 for them; or these as they are",
            is_optional=True,
            is_repeated=True,
        ),
    ),
    (
        Option(
            "role",
            ("--role",),
            Kind.CHOICE,
            "Who sent them: a client must mask its frames, a server must not",
            "ROLE",
            choices=("client", "server"),
        ),
        Option("deflate", ("--deflate",), Kind.FLAG, "permessage-deflate was agreed: inflate what RSV1 marks"),
        VERBOSE.replace(help="Show the bytes of the frames too"),
        Option("json", ("--json",), Kind.FLAG, "Print a recording of them, as `wscli replay` shows it", panel="Output"),
        COLOR,
    ),
    (
        ("Decode a frame", "wscli decode 81 05 48 65 6c 6c 6f"),
        ("What a client sent, cut out of a trace", "wscli decode --role client stream.bin"),
        ("The texts in it", "wscli decode --json stream.bin | jq -r 'select(.opcode == 1).text'"),
    ),
    run,
)
