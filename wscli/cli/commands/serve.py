"""`wscli serve`: the test server."""

from __future__ import annotations

from wscli.cli.command import AROUND, Command, Values
from wscli.cli.options import COLOR, JSON, MAX_MESSAGE, QUIET, Argument, Kind, Option

_SERVICES = "Services"
_ADMISSION = "Admission"
_TLS = "TLS"
_LIMITS = "Limits"
_OUTPUT = "Output"


def run(values: Values) -> int:
    """Serve until interrupted, or list what can be asked for."""
    from wscli.cli.request import refuse_together, server_settings

    if values["list_faults"] or values["list_services"]:
        from wscli.app.explain import show_topic

        return show_topic("faults" if values["list_faults"] else "services", values["color"])
    for group in (("deflate", "no_deflate"), ("tls", "upgrade_tls"), ("exec", "service"), ("tls", "cert")):
        refuse_together(COMMAND.options, values, *group)
    settings = server_settings(values)
    from wscli.app.serve import run_serve

    return run_serve(settings, values)


COMMAND = Command(
    "serve",
    "Accept connections: a server to test clients against, that also misbehaves on request",
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
            "service",
            ("--service",),
            Kind.TEXT,
            "Serve every path with this service, where the path or a subprotocol names no other",
            "NAME",
            _SERVICES,
        ),
        Option("list_services", ("--list-services",), Kind.FLAG, "List the services and leave", panel=_SERVICES),
        Option(
            "fault",
            ("--fault",),
            Kind.TEXTS,
            "Do this wrong, NAME or NAME=VALUE, several joined by commas; the path /fault/NAME asks for it too",
            "NAME",
            _SERVICES,
        ),
        Option("list_faults", ("--list-faults",), Kind.FLAG, "List the faults and leave", panel=_SERVICES),
        Option(
            "exec",
            ("--exec",),
            Kind.TEXT,
            "Run this command for each connection: messages are lines of its input, its lines are messages",
            "COMMAND",
            _SERVICES,
        ),
        Option(
            "static",
            ("--static",),
            Kind.PATH,
            "Serve the files of this folder in place of the built-in page",
            "FOLDER",
            _SERVICES,
        ),
        Option(
            "subprotocol",
            ("-s", "--subprotocol"),
            Kind.TEXTS,
            "Agree to this subprotocol, or several with commas, beside those of the services; repeat for more",
            "NAME",
            _SERVICES,
        ),
        Option(
            "deflate",
            ("--deflate",),
            Kind.FLAG,
            "Agree to permessage-deflate, which is done by default",
            panel=_SERVICES,
        ),
        Option("no_deflate", ("--no-deflate",), Kind.FLAG, "Decline compression", panel=_SERVICES),
        Option(
            "unix_socket",
            ("--unix-socket",),
            Kind.PATH,
            "Listen on this Unix socket instead of an address",
            "PATH",
            _ADMISSION,
        ),
        Option(
            "origin",
            ("--origin",),
            Kind.TEXTS,
            "Refuse WebSocket connections of other origins; repeat for more",
            "ORIGIN",
            _ADMISSION,
        ),
        Option(
            "user",
            ("-u", "--user"),
            Kind.TEXT,
            "Ask for these credentials (HTTP Basic)",
            "NAME:PASSWORD",
            _ADMISSION,
        ),
        Option(
            "tls",
            ("--tls",),
            Kind.FLAG,
            "Speak TLS with a certificate made for this run; needs the extra `tls`",
            panel=_TLS,
        ),
        Option("cert", ("-E", "--cert"), Kind.PATH, "Speak TLS with this certificate (PEM)", "FILE", _TLS),
        Option("key", ("--key",), Kind.PATH, "Its private key, where it is not in the same file", "FILE", _TLS),
        Option("key_password", ("--pass",), Kind.TEXT, "The private key's password", "PASSWORD", _TLS),
        Option(
            "client_ca",
            ("--client-ca",),
            Kind.PATH,
            "Ask clients for a certificate of the authorities in this file",
            "FILE",
            _TLS,
        ),
        Option(
            "upgrade_tls",
            ("--upgrade-tls",),
            Kind.CHOICE,
            "Offer TLS inside HTTP/1.1 (RFC 2817), or insist on it; off by default, a thing of history",
            "KIND",
            _TLS,
            choices=("optional", "mandatory"),
        ),
        Option(
            "max_connections",
            ("--max-connections",),
            Kind.NUMBER,
            "Answer 503 to connections beyond this many",
            "N",
            _LIMITS,
        ),
        MAX_MESSAGE.replace(panel=_LIMITS),
        Option(
            "idle_timeout",
            ("--idle-timeout",),
            Kind.SECONDS,
            "Close WebSocket connections that say nothing for this time",
            "SECONDS",
            _LIMITS,
        ),
        Option("ping_interval", ("--ping-interval",), Kind.SECONDS, "Send a Ping this often", "SECONDS", _LIMITS),
        Option(
            "ping_timeout",
            ("--ping-timeout",),
            Kind.SECONDS,
            "Time for the answer to a Ping, after which the connection counts as lost",
            "SECONDS",
            _LIMITS,
        ),
        Option(
            "verbose",
            ("-v", "--verbose"),
            Kind.COUNT,
            "Show what each connection says in HTTP and its story; -vv every frame, -vvv their bytes",
            panel=_OUTPUT,
        ),
        QUIET,
        COLOR,
        JSON.replace(help="Print every event of every connection as a line of JSON"),
        Option("record", ("--record",), Kind.PATH, "Keep each connection in a file of this folder", "FOLDER", _OUTPUT),
        Option("keep_secrets", ("--keep-secrets",), Kind.FLAG, "Leave credentials in the recordings", panel=_OUTPUT),
    ),
    (
        ("A page, echo and more on port 8080 of this machine", "wscli serve"),
        ("Take connections from anywhere, show every frame", "wscli serve -vv 0.0.0.0:9000"),
        ("Answer every handshake with a wrong accept value", "wscli serve --fault accept-no-guid"),
        ("A client program for each connection", "wscli serve --exec 'bc -l'"),
        ("TLS with a fresh certificate", "wscli serve --tls 8443"),
    ),
    run,
)
