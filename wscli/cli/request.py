"""From the values of a command line to settings: what belongs together is checked here, in the user's words."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from wscli.cli.addressing import address_settings
from wscli.cli.command import Values
from wscli.cli.options import FORMATS, Option
from wscli.errors import EnvironmentProblem, UsageProblem, file_problem
from wscli.settings import (
    DEFAULT_ALPN,
    ConnectionSettings,
    HandshakeSettings,
    HeaderChange,
    Limits,
    Liveness,
    ServerSettings,
    ServerTls,
    TlsSettings,
)
from wscli.wire.grammar import is_token
from wscli.wire.url import Url, decode_url

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080


def connection_settings(values: Values) -> ConnectionSettings:
    """Return the settings of the connection that a command's values ask for.

    Asks for a password on the terminal where `--user` has none. UsageProblem where values contradict each other or
    can't be sent, EnvironmentProblem where a file of headers can't be read.
    """
    _refuse_contradictions(values)
    url = decode_url(values["url"])
    return ConnectionSettings(
        url=url,
        handshake=_handshake(values, url),
        tls=_tls(values),
        address=address_settings(values),
        limits=_limits(values),
        liveness=_liveness(values),
        is_lenient=values["lenient"],
        upgrades_tls=values["upgrade_tls"],
        preflights=tuple(_path(text) for text in values["preflight"]),
        is_pipelined=values["pipeline"],
    )


def _path(text: str) -> str:
    """Return the path of a preflight request; UsageProblem where it is none that can stand in a request line."""
    if not text.startswith("/") or not text.isascii() or not text.isprintable() or " " in text:
        hint = "write a path as /login, with other characters percent-encoded"
        raise UsageProblem("preflight/path", "--preflight", text, "it is no path", hint=hint)
    return text


# --- Contradictions --------------------------------------------------------------------------------------------------
def refuse_together(options: Iterable[Option], values: Values, *names: str) -> None:
    """Raise UsageProblem where more than one of these options was given."""
    flags = {option.name: option.flag for option in options}
    given = [flags[name] for name in names if values[name] not in (None, False, ())]
    if len(given) > 1:
        raise UsageProblem("options/together", "options", " ".join(given), "they exclude each other", hint="drop one")


def _refuse_contradictions(values: Values) -> None:
    from wscli.cli.options import CONNECTION

    for names in (("deflate", "no_deflate"), ("user", "bearer"), ("ipv4", "ipv6"), ("format", "raw")):
        refuse_together(CONNECTION, values, *names)
    if values["upgrade_tls"] and decode_url(values["url"]).is_secure:
        hint = "use ws:// with --upgrade-tls, or leave it away"
        raise UsageProblem("tls/upgrade", "URL", values["url"], "wss:// speaks TLS from the first byte on", hint=hint)
    if values["pipeline"] and not values["preflight"]:
        reason, hint = "there is nothing to pipeline", "add --preflight PATH"
        raise UsageProblem("preflight/none", "--pipeline", None, reason, hint=hint)
    lowest, highest = values["tls_min"], values["tls_max"]
    if lowest is not None and highest is not None and lowest > highest:
        reason = f"it is above --tls-max {highest}"
        raise UsageProblem("tls/versions", "--tls-min", lowest, reason, hint="raise --tls-max, or lower --tls-min")
    if values["key"] is not None and values["cert"] is None:
        hint = "give the certificate with --cert"
        raise UsageProblem("tls/key-alone", "--key", values["key"], "a key needs its certificate", hint=hint)


def with_format(values: Values, *shorthands: Option) -> Values:
    """Return the values with `format` settled by `--format`, `--raw` and these shorthands; None where none is given."""
    from wscli.cli.options import CONNECTION

    refuse_together(CONNECTION + shorthands, values, "format", "raw", *(option.name for option in shorthands))
    chosen = [name for name in ("raw", *(option.name for option in shorthands)) if values[name]]
    if not chosen:
        return values
    form = chosen[0].replace("_", "-")
    assert form in FORMATS  # the shorthands are named after the forms
    return values | {"format": form}


# --- The handshake ---------------------------------------------------------------------------------------------------
def _handshake(values: Values, url: Url) -> HandshakeSettings:
    cookies = [] if values["cookie"] is None else [_cookie(values["cookie"])]
    return HandshakeSettings(
        headers=(*cookies, *(change for text in values["header"] for change in _header_changes(text))),
        host=_header_value("--host", values["host"]),
        origin=_header_value("--origin", values["origin"]),
        user_agent=_header_value("--user-agent", values["user_agent"]),
        subprotocols=subprotocols(values["subprotocol"]),
        deflate_offer=_deflate_offer(values),
        credentials=None if values["bearer"] is not None else _credentials(values["user"], url),
        bearer=_header_value("--bearer", values["bearer"]),
    )


def _header_value(subject: str, value: str | None) -> str | None:
    """Return the value; UsageProblem where it would break its line."""
    if value is not None and any(character in value for character in "\r\n\0"):
        reason = "a header cannot hold CR, LF or NUL"
        raise UsageProblem("header/value", subject, value, reason, hint="give each header an -H of its own")
    return value


def _header_changes(text: str) -> list[HeaderChange]:
    """Return what one `-H` asks for: one change, or one for each line of a file."""
    if text.startswith("@"):
        return [_header_change(line) for line in _header_lines(text[1:])]
    return [_header_change(text)]


def _header_lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs 5 ms
            lines = [line.rstrip("\r\n") for line in file]
    except UnicodeDecodeError as error:
        hint = "write it in UTF-8, a header on each line"
        raise EnvironmentProblem("header/file", "header file", path, "it is not UTF-8", hint=hint) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise file_problem("header/file", "header file", path, error) from error
    return [line for line in lines if line.strip()]


def _header_change(text: str) -> HeaderChange:
    name, colon, value = text.partition(":")
    if not colon:
        if not text.endswith(";"):
            hint = "write 'Name: value'; 'Name:' removes a header, 'Name;' sends it empty"
            raise UsageProblem("header/no-colon", "header", text, "it has no colon", hint=hint)
        name = text[:-1]
    name = name.strip(" \t")
    if not is_token(name):
        hint = "a name holds letters, digits and some signs, no spaces: write 'Name: value'"
        raise UsageProblem("header/name", "header", text, f"`{name}` is no header name", hint=hint)
    value = _header_value("header", value.strip(" \t")) or ""
    return HeaderChange(name, value if value or not colon else None)


def _cookie(text: str) -> HeaderChange:
    if "=" not in text:
        hint = "write NAME=VALUE; for several, NAME=VALUE; NAME=VALUE"
        raise UsageProblem("cookie/form", "cookie", text, "it has no `=`", hint=hint)
    return HeaderChange("Cookie", _header_value("cookie", text))


def comma_list(texts: Iterable[str]) -> list[str]:
    """Return the elements of an option that may be repeated or hold a list."""
    return [element.strip() for text in texts for element in text.split(",") if element.strip()]


def subprotocols(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the subprotocols asked for; UsageProblem where one is no token or there twice (RFC 6455 §4.1)."""
    names = comma_list(texts)
    for place, name in enumerate(names):
        reason = "it is given twice" if name in names[:place] else None
        if not is_token(name):
            reason = "a subprotocol is a token: letters, digits and some signs, no spaces"
        if reason is not None:
            hint = "-H 'Sec-WebSocket-Protocol: …' sends anything"
            raise UsageProblem("subprotocol/form", "subprotocol", name, reason, hint=hint)
    return tuple(names)


def _deflate_offer(values: Values) -> str | None:
    if values["no_deflate"]:
        return None
    if not values["deflate"]:
        return HandshakeSettings().deflate_offer
    offer = f"permessage-deflate; {values['deflate'].strip(' ;')}"
    wrong = _maybe_wrong_parameter(offer)
    if wrong is not None:
        hint = "-H 'Sec-WebSocket-Extensions: …' sends anything"
        reason = f"`{wrong}` is no parameter of permessage-deflate (RFC 7692 §7.1)"
        raise UsageProblem("deflate/parameters", "--deflate", values["deflate"], reason, hint=hint)
    return offer


def _maybe_wrong_parameter(offer: str) -> str | None:
    """Return what is wrong in an offer, None where nothing is."""
    from wscli.protocol.negotiation import NAME, judge_parameters
    from wscli.wire.grammar import decode_extensions

    elements, deviations = decode_extensions(offer)
    found = list(deviations)
    for element in elements:
        if element.name != NAME:
            return element.name
        found += judge_parameters(element, is_answer=False)[1]
    return found[0].detail or offer if found else None


# --- Credentials -----------------------------------------------------------------------------------------------------
def _credentials(user: str | None, url: Url) -> tuple[str, str] | None:
    """Return user and password, of `--user` first, then of the URL."""
    if user is None:
        return None if url.user is None else (url.user, url.password or "")
    name, colon, password = user.partition(":")
    return name, password if colon else _ask_password(name)


def _ask_password(name: str) -> str:
    hint = f"write --user {name}:PASSWORD; `{name}:` is an empty password"
    problem = UsageProblem("user/password", "--user", name, "it has no password, and there is no terminal to ask on")
    problem.hint = hint
    if sys.stdin is None or not sys.stdin.isatty():
        raise problem
    from getpass import getpass

    try:
        return getpass(f"Password of {name}: ")
    except EOFError:
        raise problem from None


# --- The rest --------------------------------------------------------------------------------------------------------
def _tls(values: Values) -> TlsSettings:
    return TlsSettings(
        insecure=values["insecure"],
        ca_file=values["cacert"],
        ca_path=values["capath"],
        certificate=values["cert"],
        key=values["key"],
        key_password=values["key_password"],
        server_name=values["servername"],
        alpn=tuple(comma_list(values["alpn"])) if values["alpn"] else DEFAULT_ALPN,
        minimum_version=values["tls_min"],
        maximum_version=values["tls_max"],
        key_log=values["keylog"] or os.environ.get("SSLKEYLOGFILE") or None,
    )


def _limits(values: Values) -> Limits:
    # As with curl, 0 is no limit; only the closing handshake may really take no time.
    return Limits(
        connect=values["connect_timeout"] or None,
        total=values["max_time"] or None,
        idle=values["idle_timeout"] or None,
        close=values["close_timeout"],
        message=values["max_message"],
    )


def _liveness(values: Values) -> Liveness:
    return Liveness(
        ping_interval=values["ping_interval"] or None,
        ping_timeout=values["ping_timeout"] or None,
        answers_pings=not values["no_pong"],
        answers_close=not values["no_auto_close"],
    )


def replay_speed(text: str) -> float | None:
    """Return how much faster than recorded; None for as fast as possible."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise UsageProblem("replay/speed", "--speed", text, "it is no positive number", hint="write 2, 0.5 or max")
    return speed


# --- The server ------------------------------------------------------------------------------------------------------
def server_settings(values: Values) -> ServerSettings:
    """Return the settings of the test server; UsageProblem where the address is none."""
    host, port = _server_address(values["address"])
    if values["address"] is not None and values["unix_socket"] is not None:
        raise UsageProblem("serve/address", "address", values["address"], "it cannot be given with --unix-socket")
    return ServerSettings(
        host,
        port,
        unix_path=values["unix_socket"],
        subprotocols=subprotocols(values["subprotocol"]),
        deflate=None if values["no_deflate"] else ServerSettings().deflate,
        limits=Limits(message=values["max_message"], idle=values["idle_timeout"] or None),
        liveness=Liveness(ping_interval=values["ping_interval"] or None, ping_timeout=values["ping_timeout"] or None),
        max_connections=values["max_connections"],
        tls=_server_tls(values),
        upgrade_tls=values["upgrade_tls"],
        origins=tuple(values["origin"]),
        credentials=None if values["user"] is None else _server_credentials(values["user"]),
        service=_service(values["service"]),
        static=_folder("--static", values["static"]),
        command=_command(values["exec"]),
        faults=tuple(values["fault"]),
    )


def recorded_server_settings(values: Values) -> ServerSettings:
    """Return the settings of the server that a recording plays; UsageProblem where the address is none."""
    host, port = _server_address(values["serve"], "--serve")
    return ServerSettings(
        host,
        port,
        limits=_limits(values).replace(total=None),
        liveness=_liveness(values),
        tls=None if values["cert"] is None else ServerTls(values["cert"], values["key"], values["key_password"]),
    )


def _server_tls(values: Values) -> ServerTls | None:
    if not (values["tls"] or values["cert"] or values["client_ca"] or values["upgrade_tls"]):
        if values["key"] is not None:
            raise UsageProblem("tls/key-alone", "key", values["key"], "a key needs its certificate", hint="add --cert")
        return None
    return ServerTls(values["cert"], values["key"], values["key_password"], values["client_ca"])


def _server_credentials(text: str) -> tuple[str, str]:
    name, colon, password = text.partition(":")
    if not colon:
        raise UsageProblem("serve/user", "--user", text, "it has no password", hint=f"write --user {text}:PASSWORD")
    return name, password


def _service(name: str | None) -> str | None:
    if name is None:
        return None
    from wscli.serve.behaviours import BY_NAME

    if name not in BY_NAME:
        hint = f"choose one of {', '.join(BY_NAME)}"
        raise UsageProblem("serve/service", "--service", name, "there is no such service", hint=hint)
    return name


def _folder(subject: str, path: str | None) -> str | None:
    if path is not None and not os.path.isdir(path):  # noqa: PTH112 - pathlib costs 5 ms
        reason = "it is no folder" if os.path.exists(path) else "it does not exist"  # noqa: PTH110 - as above
        raise EnvironmentProblem("serve/folder", subject, path, reason, hint="name a folder that is there")
    return path


def _command(text: str | None) -> tuple[str, ...]:
    """Return the words of a command; it is never given to a shell."""
    if text is None:
        return ()
    from shlex import split
    from shutil import which

    try:
        words = tuple(split(text))
    except ValueError as error:
        raise UsageProblem("serve/exec", "--exec", text, str(error).lower(), hint="close the quotes") from error
    if not words:
        raise UsageProblem("serve/exec", "--exec", text, "it is empty", hint="name a program and its arguments")
    if which(words[0]) is None:
        hint = "give a path or a program that PATH knows; for a shell's syntax run a shell: --exec \"sh -c '…'\""
        raise EnvironmentProblem("serve/exec", "--exec", text, f"there is no program `{words[0]}`", hint=hint)
    return words


def _server_address(text: str | None, subject: str = "address") -> tuple[str, int]:
    if text is None:
        return DEFAULT_HOST, DEFAULT_PORT
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not (port.isascii() and port.isdigit() and len(port) < 6 and int(port) < 65536):
        hint = "write PORT or ADDRESS:PORT, for example 8080, 0.0.0.0:8080 or [::1]:8080"
        raise UsageProblem("serve/address", subject, text, "it names no port from 0 to 65535", hint=hint)
    if colon and not host:
        hint = f"write 0.0.0.0:{port} for every address of this machine"
        raise UsageProblem("serve/address", subject, text, "it has a colon but no address", hint=hint)
    return host or DEFAULT_HOST, int(port)
