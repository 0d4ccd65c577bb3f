"""URLs: what a user types, read generously but never guessed at (RFC 6455 §3, RFC 3986)."""

from __future__ import annotations

from wscli.errors import UsageProblem
from wscli.values import Value

_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss", "ws+unix": "ws", "wss+unix": "wss"}
DEFAULT_PORTS = {"ws": 80, "wss": 443}

# RFC 3986: what may stand unescaped in a path or query, `%` included for what is escaped already.
_RESOURCE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?@!$&'()*+,;=%")
_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._~")


class Url(Value):
    """Where to connect and what to ask for."""

    given: str
    """As the user typed it; may hold a password."""
    scheme: str
    """`ws` or `wss`."""
    host: str
    """An A-label or IP address, without brackets; `localhost` for a Unix socket."""
    port: int
    resource: str
    """Path and query, ASCII, begins with `/`."""
    unix_path: str | None = None
    user: str | None = None
    password: str | None = None
    display_host: str = ""
    """The host as people read it: Unicode, or the path of the Unix socket."""
    zone: str | None = None
    """The zone of a link-local IPv6 address, never sent to anybody."""

    @property
    def is_secure(self) -> bool:
        return self.scheme == "wss"

    @property
    def default_port(self) -> int:
        return DEFAULT_PORTS[self.scheme]

    @property
    def host_header(self) -> str:
        """The Host field's value: the port only where it is not the default one (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == self.default_port else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        """The URL in its plain form, without user and password."""
        if self.unix_path is not None:
            return f"{self.scheme}+unix://{self.unix_path}:{self.resource}"
        host = self.host
        if ":" in host:
            host = f"[{host}%25{self.zone}]" if self.zone else f"[{host}]"
        port = "" if self.port == self.default_port else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.resource}"

    @property
    def origin(self) -> str:
        """The origin of a page on the same host, as a browser would send it."""
        return f"{'https' if self.is_secure else 'http'}://{self.host_header}"


def _refuse(given: str, code: str, reason: str, hint: str | None = None) -> UsageProblem:
    return UsageProblem(f"url/{code}", "URL", given, reason, hint=hint)


def decode_url(text: str) -> Url:
    """Return the URL that a user typed; `host:port/path` means ws, http(s) means ws(s).

    UsageProblem names the reason.
    """
    given, text = text, text.strip()
    if not text:
        raise _refuse(given, "empty", "it is empty", "write for example ws://localhost:8080/")
    scheme, rest = _split_scheme(given, text)
    if "#" in rest:
        # RFC 6455 §3: fragment identifiers are meaningless here and must not be used.
        raise _refuse(given, "fragment", "a WebSocket URL has no fragment", "write %23 for a `#` in the path")
    if scheme.endswith("+unix"):
        return _decode_unix(given, _SCHEMES[scheme], rest)
    scheme = _SCHEMES[scheme]
    place = next((place for place, character in enumerate(rest) if character in "/?"), len(rest))
    authority, resource = rest[:place], rest[place:]
    user, password, authority = _split_user(given, authority)
    host, port_text, zone = _split_port(given, authority)
    port = _decode_port(given, port_text, DEFAULT_PORTS[scheme])
    if not host and port_text and scheme == "ws" and "://" not in text:
        host = "localhost"
    ascii_host, display = _decode_host(given, host)
    return Url(given, scheme, ascii_host, port, _encode_resource(given, resource), None, user, password, display, zone)


def _split_scheme(given: str, text: str) -> tuple[str, str]:
    scheme, separator, rest = text.partition("://")
    if separator and not any(character in scheme for character in "/?#@[]"):
        scheme = scheme.lower()
        if scheme not in _SCHEMES:
            raise _refuse(given, "scheme", f"its scheme is {scheme or 'empty'}", "use ws:// or wss://")
        return scheme, rest
    if text.isascii() and text.isdigit():
        hint = f"to accept connections use `wscli serve {text}`; to connect write `localhost:{text}`"
        raise _refuse(given, "only-port", "it is only a number", hint)
    before = text.split(":", 1)
    if before[0].lower() in _SCHEMES and len(before) == 2 and not before[1][:1].isdigit():
        raise _refuse(given, "slashes", "two slashes are missing after the scheme", f"write {before[0]}://…")
    return "ws", text


def _decode_unix(given: str, scheme: str, rest: str) -> Url:
    path, colon, resource = rest.partition(":")
    if not path.startswith("/"):
        hint = "write ws+unix:///path/to.sock:/resource"
        raise _refuse(given, "unix-path", "the path of the socket must begin with a slash", hint)
    if "\0" in path:
        raise _refuse(given, "unix-path", "the path of the socket holds a NUL")
    encoded = _encode_resource(given, resource if colon else "/")
    return Url(given, scheme, "localhost", DEFAULT_PORTS[scheme], encoded, path, display_host=path)


def _split_user(given: str, authority: str) -> tuple[str | None, str | None, str]:
    info, at, host = authority.rpartition("@")
    if not at:
        return None, None, authority
    user, colon, password = info.partition(":")
    user, secret = (_decode_percent(given, part, "user", "user or password") for part in (user, password))
    return user, secret if colon else None, host


def _decode_percent(given: str, text: str, code: str, subject: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise _refuse(given, code, f"{subject} is not percent-encoded UTF-8") from error


def _split_port(given: str, authority: str) -> tuple[str, str | None, str | None]:
    """Return host, port text (None where there is none) and zone."""
    if authority.startswith("["):
        inside, bracket, after = authority[1:].partition("]")
        if not bracket:
            raise _refuse(
                given, "brackets", "the bracket of the IPv6 address is never closed", "write ws://[::1]:8080/"
            )
        if after and not after.startswith(":"):
            raise _refuse(given, "brackets", f"`{after}` follows the IPv6 address", "write ws://[::1]:8080/")
        address, _, zone = inside.partition("%")
        return _decode_ipv6(given, address), after[1:] if after else None, zone.removeprefix("25") or None
    if authority.count(":") > 1:
        hint = f"an IPv6 address stands in brackets: [{authority}]"
        raise _refuse(given, "brackets", "it has more than one colon in its host", hint)
    host, colon, port = authority.partition(":")
    return host, port if colon else None, None


def _decode_ipv6(given: str, address: str) -> str:
    from ipaddress import AddressValueError, IPv6Address

    try:
        return str(IPv6Address(address))
    except AddressValueError as error:
        raise _refuse(given, "ipv6", f"`{address}` is no IPv6 address") from error


def _decode_port(given: str, text: str | None, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 8 and 0 < int(text) < 65536):
        raise _refuse(given, "port", f"`{text}` is no port", "a port is a number from 1 to 65535")
    return int(text)


def _decode_host(given: str, host: str) -> tuple[str, str]:
    """Return the host as it is looked up, and as people read it."""
    if not host:
        raise _refuse(given, "no-host", "it names no host", "write for example ws://localhost:8080/")
    if ":" in host:
        return host, host  # an IPv6 address, checked already
    decoded = _decode_percent(given, host, "host", "the host")
    display = decoded.rstrip(".") or decoded
    ascii_host = decoded.lower() if decoded.isascii() else _encode_idna(given, decoded)
    if not _HOST.issuperset(ascii_host):
        wrong = next(character for character in ascii_host if character not in _HOST)
        hint = "write SCHEME://HOST[:PORT]/PATH, as ws://localhost:8080/chat"
        raise _refuse(given, "host", f"a host name cannot hold {wrong!r}", hint)
    labels = ascii_host.removesuffix(".").split(".")
    if len(ascii_host) > 253 or any(not label or len(label) > 63 for label in labels):
        raise _refuse(given, "host", "a host name has labels of 1 to 63 characters and 253 in all")
    if len(labels) == 4 and all(label.isdigit() for label in labels) and any(int(label) > 255 for label in labels):
        raise _refuse(given, "ipv4", f"`{ascii_host}` is no IPv4 address: each number goes up to 255")
    return ascii_host, display


def _encode_idna(given: str, host: str) -> str:
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise _refuse(given, "idna", "the host name cannot be written in ASCII (IDNA)") from error


def _encode_resource(given: str, resource: str) -> str:
    if not resource.startswith("/"):
        resource = "/" + resource
    if _RESOURCE.issuperset(resource):
        return resource
    try:
        raw = resource.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _refuse(given, "path", "the path holds a lone surrogate") from error
    return "".join(chr(byte) if chr(byte) in _RESOURCE else f"%{byte:02X}" for byte in raw)
