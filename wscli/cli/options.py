"""Every option that several commands share, declared once.

The same table feeds the quick parser, typer (help, errors, completion) and the OPTIONS of the manual, so an option is
one entry here or in its command's file and nothing else. A default is written as a user would write it: help and manual
show it as it is, and `convert` makes the value of it. This module knows neither typer nor what an option does.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from wscli.errors import UsageProblem
from wscli.values import Value


class Kind(Enum):
    """What an option takes, and so which value it gives."""

    FLAG = "flag"
    """Nothing; True where it is there."""
    COUNT = "count"
    """Nothing; how often it is there."""
    TEXT = "text"
    TEXTS = "texts"
    """A text each time it is there; a tuple."""
    OPTIONAL_TEXT = "optional-text"
    """A text behind `=`, or nothing (an empty text)."""
    PATH = "path"
    CHOICE = "choice"
    NUMBER = "number"
    """A whole number from 0."""
    SECONDS = "seconds"
    SIZE = "size"
    """Bytes."""


_EMPTY: dict[Kind, Any] = {Kind.FLAG: False, Kind.COUNT: 0, Kind.TEXTS: ()}
"""The values of absent options; None for the other kinds."""


class Option(Value):
    """One option of the command line."""

    name: str
    """The key of its value, an identifier."""
    flags: tuple[str, ...]
    """As typed, short form first."""
    kind: Kind
    help: str
    """One sentence without a full stop."""
    metavar: str = ""
    panel: str = "Options"
    default: str | None = None
    """As a user would write it."""
    choices: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def takes_value(self) -> bool:
        """Whether a value follows in any case."""
        return self.kind not in (Kind.FLAG, Kind.COUNT, Kind.OPTIONAL_TEXT)

    @property
    def flag(self) -> str:
        """The form that messages name it by: the long one where there is one."""
        return self.flags[-1]

    @property
    def shown_metavar(self) -> str:
        """What help and manual show behind the flags: ` FILE`, `[=PARAMS]`, or nothing."""
        if self.kind is Kind.OPTIONAL_TEXT:
            return f"[={self.metavar}]"
        return f" {self.metavar or '|'.join(self.choices)}" if self.takes_value else ""

    @property
    def absent_value(self) -> Any:
        """The value where the option is not given."""
        return _EMPTY.get(self.kind) if self.default is None else convert(self, self.default)


class Argument(Value):
    """One positional argument."""

    name: str
    metavar: str
    help: str
    is_optional: bool = False
    is_repeated: bool = False
    """Takes all that is left; its value is a tuple."""
    choices: tuple[str, ...] = ()
    """What completion offers; nothing is refused by it."""

    @property
    def synopsis(self) -> str:
        """As usage lines show it."""
        shown = f"{self.metavar}…" if self.is_repeated else self.metavar
        return f"[{shown}]" if self.is_optional else shown

    @property
    def absent_value(self) -> Any:
        """The value where the argument is not given."""
        return () if self.is_repeated else None


# --- From text to values ---------------------------------------------------------------------------------------------
def convert(option: Option, text: str) -> Any:
    """Return the value that a text gives an option; UsageProblem naming the option where it gives none."""
    kind = option.kind
    if kind is Kind.CHOICE:
        return _choice(option, text)
    if kind is Kind.NUMBER:
        return _number(option, text)
    if kind is Kind.SECONDS or kind is Kind.SIZE:
        return _quantity(option, text)
    return text


def _choice(option: Option, text: str) -> str:
    if text in option.choices:
        return text
    from wscli.text import nearest

    near = nearest(text, option.choices)
    hint = f"did you mean `{near}`?" if near else None
    raise UsageProblem("option/choice", option.flag, text, f"it is none of {', '.join(option.choices)}", hint=hint)


def _number(option: Option, text: str) -> int:
    # Beyond twelve digits nothing here can be meant, and `int` itself refuses some thousands of them.
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return int(text)
    raise UsageProblem(
        "option/number", option.flag, text, "it is no whole number from 0", hint="write digits only, as 3"
    )


def _quantity(option: Option, text: str) -> float | int:
    from wscli.text import parse_duration, parse_size

    try:
        value = parse_size(text) if option.kind is Kind.SIZE else parse_duration(text)
    except UsageProblem as problem:
        raise UsageProblem(problem.code, option.flag, text, problem.reason, hint=problem.hint) from problem
    except OverflowError:
        value = float("inf")
    if not 0 <= value < 1e15:  # False for nan as well
        raise UsageProblem("option/range", option.flag, text, "it is out of range")
    return value


# --- What several commands share -------------------------------------------------------------------------------------
_HANDSHAKE = "Handshake"
_TLS = "TLS"
_ADDRESS = "Address"
_TIME = "Time limits and liveness"
_PROTOCOL = "Protocol"
_OUTPUT = "Output"

HANDSHAKE = (
    Option(
        "header",
        ("-H", "--header"),
        Kind.TEXTS,
        "Add or replace a header; `Name:` removes it, `Name;` sends it empty, @FILE reads one from each line",
        "'NAME: VALUE'",
        _HANDSHAKE,
    ),
    Option("host", ("--host",), Kind.TEXT, "Send this Host header instead of the URL's", "HOST", _HANDSHAKE),
    Option("origin", ("--origin",), Kind.TEXT, "Send this Origin header; none is sent otherwise", "ORIGIN", _HANDSHAKE),
    Option("user_agent", ("-A", "--user-agent"), Kind.TEXT, "Send this User-Agent header", "TEXT", _HANDSHAKE),
    Option(
        "subprotocol",
        ("-s", "--subprotocol"),
        Kind.TEXTS,
        "Offer a subprotocol, or several with commas; repeat for more",
        "NAME",
        _HANDSHAKE,
    ),
    Option(
        "user",
        ("-u", "--user"),
        Kind.TEXT,
        "Authenticate with HTTP Basic; without a password it is asked for",
        "NAME:PASSWORD",
        _HANDSHAKE,
    ),
    Option("bearer", ("--bearer",), Kind.TEXT, "Authenticate with a bearer token", "TOKEN", _HANDSHAKE),
    Option("cookie", ("-b", "--cookie"), Kind.TEXT, "Send cookies", "'NAME=VALUE; …'", _HANDSHAKE),
    Option(
        "deflate",
        ("--deflate",),
        Kind.OPTIONAL_TEXT,
        "Offer permessage-deflate, which is done by default, with these parameters",
        "PARAMS",
        _HANDSHAKE,
    ),
    Option("no_deflate", ("--no-deflate",), Kind.FLAG, "Offer no compression", panel=_HANDSHAKE),
    Option(
        "preflight",
        ("--preflight",),
        Kind.TEXTS,
        "Ask for this path on the same connection first, in ordinary HTTP; repeat for more",
        "PATH",
        _HANDSHAKE,
    ),
    Option("pipeline", ("--pipeline",), Kind.FLAG, "Send all --preflight requests at once", panel=_HANDSHAKE),
    Option(
        "upgrade_tls",
        ("--upgrade-tls",),
        Kind.FLAG,
        "Switch to TLS inside HTTP/1.1 first (RFC 2817), on a ws:// connection",
        panel=_HANDSHAKE,
    ),
)

_TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")

TLS = (
    Option("insecure", ("-k", "--insecure"), Kind.FLAG, "Accept any certificate", panel=_TLS),
    Option("cacert", ("--cacert",), Kind.PATH, "Trust the authorities in this PEM file, and no others", "FILE", _TLS),
    Option("capath", ("--capath",), Kind.PATH, "Trust the authorities in this folder, and no others", "FOLDER", _TLS),
    Option("cert", ("-E", "--cert"), Kind.PATH, "Present this client certificate (PEM)", "FILE", _TLS),
    Option(
        "key",
        ("--key",),
        Kind.PATH,
        "The client certificate's private key, where it is not in the same file",
        "FILE",
        _TLS,
    ),
    Option("key_password", ("--pass",), Kind.TEXT, "The private key's password", "PASSWORD", _TLS),
    Option(
        "servername",
        ("--servername",),
        Kind.TEXT,
        "Ask for and verify this name instead of the URL's host",
        "NAME",
        _TLS,
    ),
    Option(
        "alpn",
        ("--alpn",),
        Kind.TEXTS,
        "Offer an ALPN protocol, or several with commas; http/1.1 otherwise, '' offers none",
        "NAME",
        _TLS,
    ),
    Option("tls_min", ("--tls-min",), Kind.CHOICE, "Lowest TLS version", "VERSION", _TLS, choices=_TLS_VERSIONS),
    Option("tls_max", ("--tls-max",), Kind.CHOICE, "Highest TLS version", "VERSION", _TLS, choices=_TLS_VERSIONS),
    Option(
        "keylog",
        ("--keylog",),
        Kind.PATH,
        "Append the session's TLS secrets to this file, for Wireshark; SSLKEYLOGFILE does the same",
        "FILE",
        _TLS,
    ),
)

ADDRESS = (
    Option("ipv4", ("-4", "--ipv4"), Kind.FLAG, "Connect over IPv4 only", panel=_ADDRESS),
    Option("ipv6", ("-6", "--ipv6"), Kind.FLAG, "Connect over IPv6 only", panel=_ADDRESS),
    Option(
        "resolve",
        ("--resolve",),
        Kind.TEXTS,
        "Take these addresses for the host and port instead of asking for them; `*` is any host; repeat for more",
        "HOST:PORT:ADDRESS",
        _ADDRESS,
    ),
    Option(
        "connect_to",
        ("--connect-to",),
        Kind.TEXTS,
        "Connect to the second host and port where the URL has the first; an empty one is any, or stays; repeat for "
        "more",
        "HOST:PORT:HOST:PORT",
        _ADDRESS,
    ),
    Option(
        "interface",
        ("--interface",),
        Kind.TEXT,
        "Connect from this network interface, or from this address of the machine",
        "NAME|ADDRESS",
        _ADDRESS,
    ),
    Option(
        "unix_socket",
        ("--unix-socket",),
        Kind.PATH,
        "Connect to this Unix socket; the URL still gives Host and path",
        "PATH",
        _ADDRESS,
    ),
)

TIME = (
    Option(
        "connect_timeout",
        ("--connect-timeout",),
        Kind.SECONDS,
        "Time from the first look-up to the open connection; 0 for any",
        "SECONDS",
        _TIME,
        default="10",
    ),
    Option("max_time", ("-m", "--max-time"), Kind.SECONDS, "Time for everything; 0 for any", "SECONDS", _TIME),
    Option(
        "idle_timeout",
        ("--idle-timeout",),
        Kind.SECONDS,
        "Time without a byte from the peer that counts as a failure",
        "SECONDS",
        _TIME,
    ),
    Option(
        "close_timeout",
        ("--close-timeout",),
        Kind.SECONDS,
        "Time for the closing handshake",
        "SECONDS",
        _TIME,
        default="5",
    ),
    Option("ping_interval", ("--ping-interval",), Kind.SECONDS, "Send a Ping this often", "SECONDS", _TIME),
    Option(
        "ping_timeout",
        ("--ping-timeout",),
        Kind.SECONDS,
        "Time for the answer to a Ping, after which the connection counts as lost",
        "SECONDS",
        _TIME,
    ),
    Option("no_pong", ("--no-pong",), Kind.FLAG, "Leave the peer's Pings unanswered", panel=_TIME),
    Option("no_auto_close", ("--no-auto-close",), Kind.FLAG, "Leave the peer's Close unanswered", panel=_TIME),
)

MAX_MESSAGE = Option(
    "max_message",
    ("--max-message",),
    Kind.SIZE,
    "Largest message to accept, inflated; a larger one ends the connection with 1009",
    "SIZE",
    _PROTOCOL,
    default="64MiB",
)

SIZE = (MAX_MESSAGE,)

PROTOCOL = (
    Option(
        "lenient",
        ("--lenient",),
        Kind.FLAG,
        "Report what breaks the protocol, and carry on as if it did not",
        panel=_PROTOCOL,
    ),
    Option("dry_run", ("--dry-run",), Kind.FLAG, "Print the request's bytes and send nothing", panel=_PROTOCOL),
)

VERBOSE = Option(
    "verbose",
    ("-v", "--verbose"),
    Kind.COUNT,
    "Show the handshake; -vv every frame, -vvv their bytes",
    panel=_OUTPUT,
)
QUIET = Option("quiet", ("-q", "--quiet"), Kind.FLAG, "Show errors only", panel=_OUTPUT)
COLOR = Option(
    "color",
    ("--color",),
    Kind.CHOICE,
    "When to colour; NO_COLOR and FORCE_COLOR are honoured",
    "WHEN",
    _OUTPUT,
    default="auto",
    choices=("auto", "always", "never"),
)
JSON = Option(
    "json", ("--json",), Kind.FLAG, "Print every event as a line of JSON, as recordings hold it", panel=_OUTPUT
)

FORMATS = ("lines", "raw", "base64", "hex", "length-prefixed", "nul")

OUTPUT = (
    VERBOSE,
    QUIET,
    COLOR,
    JSON,
    Option("output", ("-o", "--output"), Kind.PATH, "Write payloads to this file", "FILE", _OUTPUT),
    Option(
        "format",
        ("--format",),
        Kind.CHOICE,
        "How payloads are printed; lines by default, and binary into a pipe needs a choice",
        "FORM",
        _OUTPUT,
        choices=FORMATS,
    ),
    Option("raw", ("--raw",), Kind.FLAG, "Print payloads as they are: the same as --format raw", panel=_OUTPUT),
    Option("record", ("--record",), Kind.PATH, "Keep the session in this file, .jsonl or .jsonl.gz", "FILE", _OUTPUT),
    Option(
        "record_sync",
        ("--record-sync",),
        Kind.FLAG,
        "Hand each batch of the recording to the disk at once",
        panel=_OUTPUT,
    ),
    Option("keep_secrets", ("--keep-secrets",), Kind.FLAG, "Leave credentials in the recording", panel=_OUTPUT),
)

PAYLOAD_FORMATS = (
    Option("base64", ("--base64",), Kind.FLAG, "Print payloads in base64, one a line", panel=_OUTPUT),
    Option("hex", ("--hex",), Kind.FLAG, "Print payloads in hexadecimal, one a line", panel=_OUTPUT),
    Option(
        "length_prefixed",
        ("--length-prefixed",),
        Kind.FLAG,
        "Print a four-byte big-endian length before each payload",
        panel=_OUTPUT,
    ),
    Option("nul", ("-0", "--null"), Kind.FLAG, "Print a NUL after each payload instead of a newline", panel=_OUTPUT),
)
"""Shorthands for --format where no option of the same name describes the input."""

CONNECTION = HANDSHAKE + TLS + ADDRESS + TIME + SIZE + PROTOCOL + OUTPUT
"""What every command that connects takes."""


def options_named(*names: str) -> tuple[Option, ...]:
    """Return some of the options that connecting commands share."""
    by_name = {option.name: option for option in CONNECTION}
    return tuple(by_name[name] for name in names)


VERSION = Option("version", ("-V", "--version"), Kind.FLAG, "Print the version and leave")
