"""`wscli diagnose`: why a connection does not work, check by check, and which change makes it work."""

from __future__ import annotations

from wscli.cli.command import TALK, Command, Values
from wscli.cli.options import (
    ADDRESS,
    COLOR,
    CONNECTION,
    JSON,
    QUIET,
    TLS,
    VERBOSE,
    Argument,
    Kind,
    Option,
    options_named,
)

MAX_REQUESTS = 12


def run(values: Values) -> int:
    """Check, try, tell."""
    from wscli.cli.request import connection_settings
    from wscli.errors import UsageProblem

    if values["max_requests"] < 1:
        hint = "1 sends the plain request alone"
        raise UsageProblem(
            "diagnose/requests", "--max-requests", "0", "nothing can be found out without a request", hint=hint
        )
    settings = connection_settings({option.name: option.absent_value for option in CONNECTION} | values)
    from wscli.app.diagnose import run_diagnose

    return run_diagnose(settings, values)


COMMAND = Command(
    "diagnose",
    "Say why a connection does not work, check by check, and which change makes it work",
    TALK,
    (Argument("url", "URL", "What to diagnose: ws://, wss://, host:port/path, ws+unix:///path.sock:/resource"),),
    (
        Option(
            "max_requests",
            ("--max-requests",),
            Kind.NUMBER,
            "Send no more requests than this, the plain one included",
            "N",
            default=str(MAX_REQUESTS),
        ),
        Option(
            "no_variants",
            ("--no-variants",),
            Kind.FLAG,
            "Send the plain request alone: try no changes, and no second connection",
        ),
        *options_named(
            "header", "host", "origin", "user_agent", "subprotocol", "user", "bearer", "cookie", "deflate", "no_deflate"
        ),
        *TLS,
        *ADDRESS,
        *options_named("connect_timeout", "max_time", "close_timeout"),
        *(one.replace(help="Time for the Pong; 5 seconds unless given") for one in options_named("ping_timeout")),
        VERBOSE.replace(help="Show the handshakes too; -vv every frame, -vvv their bytes"),
        QUIET.replace(help="Show the verdict only"),
        COLOR,
        JSON.replace(
            help="Print every event as a line of JSON, with the number of its probe; the report goes to stderr"
        ),
        *options_named("record", "record_sync", "keep_secrets"),
    ),
    (
        ("Find out why it does not work", "wscli diagnose ws://localhost:8080/chat"),
        ("The same, without any change tried", "wscli diagnose --no-variants wss://example.com/feed"),
        (
            "Which checks failed, for a script",
            """wscli diagnose --json localhost:8080 | jq 'select(.outcome == "fail")'""",
        ),
    ),
    run,
    ("doctor",),
)
