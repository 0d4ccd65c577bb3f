"""`wscli serve`: the test server."""

from __future__ import annotations

from wscli.cli.command import AROUND, Command, Values
from wscli.cli.options import JSON, MAX_MESSAGE, QUIET, VERBOSE, Argument, Kind, Option


def run(values: Values) -> int:
    """Serve until interrupted."""
    from wscli.cli.request import refuse_together, server_settings

    refuse_together(COMMAND.options, values, "deflate", "no_deflate")
    settings = server_settings(values)
    from wscli.app.serve import run_serve

    return run_serve(settings, values)


COMMAND = Command(
    "serve",
    "Accept connections and echo what they send: a server to test against",
    AROUND,
    (
        Argument(
            "address",
            "[ADDR:]PORT",
            "Where to listen: 127.0.0.1:8080 unless given; port 0 takes a free one",
            is_optional=True,
        ),
    ),
    (
        Option(
            "subprotocol",
            ("-s", "--subprotocol"),
            Kind.TEXTS,
            "Agree to this subprotocol, or several with commas; repeat for more",
            "NAME",
        ),
        Option("deflate", ("--deflate",), Kind.FLAG, "Agree to permessage-deflate, the default"),
        Option("no_deflate", ("--no-deflate",), Kind.FLAG, "Decline compression"),
        MAX_MESSAGE,
        VERBOSE,
        QUIET,
        JSON,
    ),
    (
        ("Echo on port 8080 of this machine", "wscli serve"),
        ("Take connections from anywhere, show every frame", "wscli serve -vv 0.0.0.0:9000"),
    ),
    run,
)
