"""URLs: what a user types, read generously but never guessed at (RFC 6455 §3, RFC 3986).

What is left out of a URL is filled in (the scheme, the port, escapes in the path); what could mean two things is
refused. A Unix socket is written `ws+unix:///path/of/the.socket:/resource?query`; a colon, question mark, `#` or `%` of
the path itself is percent-encoded.
"""

from __future__ import annotations

from wscli.errors import UsageProblem
from wscli.values import Value

_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss", "ws+unix": "ws", "wss+unix": "wss"}
DEFAULT_PORTS = {"ws": 80, "wss": 443}

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# RFC 3986 §3.3, §3.4: what may stand unescaped in a path or query, `%` included for what is escaped already.
_RESOURCE = _UNRESERVED | frozenset(":/?@!$&'()*+,;=%")
# The path of a Unix socket ends at a colon or question mark, so its own are escaped.
_UNIX_PATH = _UNRESERVED | frozenset("/@!$&'()*+,;=")
_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._~")
_HEX = frozenset("0123456789abcdefABCDEF")
# RFC 5892, RFC 5894 §7.2: IDNA 2003 changes or drops these, IDNA 2008 keeps them, so they name two different hosts.
_TWO_READINGS = frozenset("\u00df\u1e9e\u03c2\u200c\u200d")

_FORM = "write SCHEME://HOST[:PORT]/PATH, as ws://localhost:8080/chat"
_BRACKETS = "write an IPv6 address in brackets, as ws://[::1]:8080/"


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
            return f"{self.scheme}+unix://{_encode_percent(self.unix_path, _UNIX_PATH)}:{self.resource}"
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
    return UsageProblem(f"url/{code}", "URL", _without_password(given), reason, hint=hint)


def _without_password(given: str) -> str:
    """Return what the user typed with its password as `***`; messages are pasted into tickets."""
    begin = given.find("://") + 3 if "://" in given else 0
    # Up to the last @: a password may hold what would end it elsewhere, and that may be what is wrong here.
    end = given.rfind("@")
    colon = given.find(":", begin, max(end, begin))
    return given if colon < 0 else f"{given[: colon + 1]}***{given[end:]}"


def decode_url(text: str) -> Url:
    """Return the URL that a user typed; a missing scheme means ws, http(s) means ws(s) (RFC 6455 §3).

    Guaranteed: `resource` and `host_header` are ASCII without spaces and control characters, and `text` reads back as
    itself. UsageProblem says what is wrong and how to write it.
    """
    given, text = text, text.strip()
    if not text:
        raise _refuse(given, "empty", "it is empty", "write for example ws://localhost:8080/")
    typed_scheme, rest = _split_scheme(given, text)
    _check_characters(given, rest)
    scheme = _SCHEMES[typed_scheme or "ws"]
    if typed_scheme.endswith("+unix"):
        return _decode_unix(given, scheme, rest)
    place = next((place for place, character in enumerate(rest) if character in "/?"), len(rest))
    authority, resource = rest[:place], rest[place:]
    if not typed_scheme and authority.isascii() and authority.isdigit():
        hint = f"to accept connections use `wscli serve {authority}`; to connect write `localhost:{text}`"
        raise _refuse(given, "only-port", "it names a port and no host", hint)
    if "@" in resource and "@" not in authority and ":" in authority:
        _check_password(given, authority)
    user, password, authority = _split_user(given, authority)
    host, port_text, zone = _split_port(given, authority)
    port = _decode_port(given, port_text, DEFAULT_PORTS[scheme])
    if not host and port_text and not typed_scheme:
        host = "localhost"
    ascii_host, display = _decode_host(given, host)
    return Url(given, scheme, ascii_host, port, _encode_resource(given, resource), None, user, password, display, zone)


def _split_scheme(given: str, text: str) -> tuple[str, str]:
    """Return the scheme, empty where none was typed, and what follows it."""
    scheme, separator, rest = text.partition("://")
    if separator and not any(character in scheme for character in "/?#@[]"):
        scheme = scheme.lower()
        if scheme not in _SCHEMES:
            hint = "write ws+unix:///path/to.sock:/resource" if scheme == "unix" else "use ws:// or wss://"
            raise _refuse(given, "scheme", f"its scheme is {scheme or 'empty'}", hint)
        return scheme, rest
    before, colon, after = text.partition(":")
    if colon and before.lower() in _SCHEMES and not after[:1].isdigit():
        raise _refuse(given, "slashes", "two slashes are missing after the scheme", f"write {before}://…")
    return "", text


def _check_characters(given: str, rest: str) -> None:
    if "#" in rest:
        # RFC 6455 §3: fragment identifiers are meaningless here and must not be used.
        raise _refuse(given, "fragment", "a WebSocket URL has no fragment", "write %23 for a `#`")
    if "\\" in rest:
        # Browsers take it for a slash, RFC 3986 does not know it: a host could be read in two ways.
        raise _refuse(given, "backslash", "it holds a backslash", "write a slash, or %5C for a backslash")


def _check_password(given: str, authority: str) -> None:
    """Refuse what looks like a password cut short by a slash or question mark, before it is called a port."""
    port = authority.rpartition(":")[2]
    if port and not port.isdigit() and not authority.startswith("["):
        hint = "in a user name or password write %2F for a slash, %3F for a question mark"
        raise _refuse(given, "user", "the user name or password ends at a slash or question mark", hint)


def _decode_unix(given: str, scheme: str, rest: str) -> Url:
    place = next((place for place, character in enumerate(rest) if character in ":?"), len(rest))
    path, resource = rest[:place], rest[place:].removeprefix(":")
    if not path.startswith("/"):
        hint = "write ws+unix:///path/to.sock:/resource"
        raise _refuse(given, "unix-path", "the path of the socket must begin with a slash", hint)
    _check_encoding(given, "unix-path", "the path of the socket", path)
    path = _decode_text(given, "unix-path", "the path of the socket", path)
    if "\0" in path:
        raise _refuse(given, "unix-path", "the path of the socket holds a NUL", "write the path of a socket")
    encoded = _encode_resource(given, resource)
    return Url(given, scheme, "localhost", DEFAULT_PORTS[scheme], encoded, path, display_host=path)


def _split_user(given: str, authority: str) -> tuple[str | None, str | None, str]:
    """Return user, password (None where there are none) and what follows them."""
    information, _, host = authority.rpartition("@")
    if not information:
        return None, None, host
    _check_encoding(given, "user", "user or password", information)
    user, colon, password = information.partition(":")
    user = _decode_text(given, "user", "the user name", user)
    return user, _decode_text(given, "user", "the password", password) if colon else None, host


def _split_port(given: str, authority: str) -> tuple[str, str | None, str | None]:
    """Return host, port text (None where there is none) and zone."""
    if authority.startswith("["):
        inside, bracket, after = authority[1:].partition("]")
        if not bracket:
            raise _refuse(given, "brackets", "the bracket of the IPv6 address is never closed", _BRACKETS)
        if after and not after.startswith(":"):
            raise _refuse(given, "brackets", f"`{after}` follows the IPv6 address", _BRACKETS)
        address, percent, zone = inside.partition("%")
        zone_read = _decode_zone(given, zone) if percent else None
        return _decode_ipv6(given, address), after[1:] if after else None, zone_read
    if "[" in authority or "]" in authority:
        raise _refuse(given, "brackets", "a bracket stands where no IPv6 address begins or ends", _BRACKETS)
    if authority.count(":") > 1:
        hint = f"an IPv6 address stands in brackets: [{authority}]"
        raise _refuse(given, "brackets", "it has more than one colon in its host", hint)
    host, colon, port = authority.partition(":")
    return host, port if colon else None, None


def _decode_zone(given: str, zone: str) -> str:
    """Return the zone of an address; RFC 6874 writes `%25eth0`, people write `%eth0`."""
    zone = zone.removeprefix("25")
    if not zone or not _UNRESERVED.issuperset(zone):
        raise _refuse(given, "zone", "the zone of the IPv6 address is no name", "write it as in ws://[fe80::1%25eth0]/")
    return zone


def _decode_ipv6(given: str, address: str) -> str:
    from ipaddress import AddressValueError, IPv6Address

    try:
        return str(IPv6Address(address))
    except AddressValueError as error:
        raise _refuse(given, "ipv6", f"`{address}` is no IPv6 address", _BRACKETS) from error


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
    decoded = _decode_text(given, "host", "the host", host)
    ascii_host = decoded.lower() if decoded.isascii() else _encode_idna(given, decoded)
    if not _HOST.issuperset(ascii_host):
        wrong = next(character for character in ascii_host if character not in _HOST)
        raise _refuse(given, "host", f"a host name cannot hold {wrong!r}", _FORM)
    _check_labels(given, ascii_host)
    return ascii_host, decoded.rstrip(".")


def _check_labels(given: str, host: str) -> None:
    labels = host.removesuffix(".").split(".")
    # RFC 1035 §2.3.4; 253 is what its 255 octets leave for the text.
    if len(host) > 253 or any(not label or len(label) > 63 for label in labels):
        raise _refuse(given, "host", "a host name has labels of 1 to 63 characters and 253 in all", _FORM)
    if len(labels) == 4 and all(label.isdigit() for label in labels) and any(int(label) > 255 for label in labels):
        hint = "each of the four numbers of an IPv4 address goes up to 255"
        raise _refuse(given, "ipv4", f"`{host}` is no IPv4 address", hint)


def _encode_idna(given: str, host: str) -> str:
    # Weak: the standard library knows IDNA 2003 and Unicode 3.2 only. The few characters that IDNA 2008 reads otherwise
    # are refused, since a tool that tells where a connection goes may not choose between two hosts.
    hint = "write the host in its ASCII form, xn--…"
    found = [character for character in host if character in _TWO_READINGS]
    if found:
        raise _refuse(given, "idna", f"{found[0]!r} means different hosts in IDNA 2003 and 2008", hint)
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise _refuse(given, "idna", "the host name cannot be written in ASCII (IDNA)", hint) from error


# --- Percent-encoding (RFC 3986 §2.1) --------------------------------------------------------------------------------
def _is_escape(after_percent: str) -> bool:
    digits = after_percent[:2]
    return len(digits) == 2 and _HEX.issuperset(digits)


def _decode_text(given: str, code: str, name: str, text: str) -> str:
    """Return a part without its escapes; a `%` that begins none stays."""
    if "%" not in text:
        return text
    # `urllib.parse` does this too, for 8 ms of import.
    first, *parts = text.split("%")
    try:
        raw = first.encode() + b"".join(
            bytes.fromhex(part[:2]) + part[2:].encode() if _is_escape(part) else b"%" + part.encode() for part in parts
        )
        return raw.decode()
    except UnicodeError as error:
        raise _refuse(given, code, f"{name} is not percent-encoded UTF-8", "write the bytes of UTF-8 as %XX") from error


def _check_encoding(given: str, code: str, name: str, text: str) -> None:
    """Refuse lone surrogates: what the command line held was not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _refuse(given, code, f"{name} holds a lone surrogate", "write the bytes of UTF-8 as %XX") from error


def _encode_resource(given: str, resource: str) -> str:
    _check_encoding(given, "path", "the path", resource)
    if not resource.startswith("/"):
        resource = "/" + resource
    if "%" in resource:
        first, *parts = resource.split("%")
        resource = first + "".join(f"%{part}" if _is_escape(part) else f"%25{part}" for part in parts)
    return _encode_percent(resource, _RESOURCE)


def _encode_percent(text: str, kept: frozenset[str]) -> str:
    if kept.issuperset(text):
        return text
    return "".join(chr(byte) if chr(byte) in kept else f"%{byte:02X}" for byte in text.encode())
