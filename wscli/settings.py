"""What the user asked for, as frozen values; filled by `cli`, read by everybody, knowing nobody."""

from __future__ import annotations

from wscli.values import Value
from wscli.wire.deflate import DeflateParameters
from wscli.wire.url import Url

DEFAULT_ALPN = ("http/1.1",)


class HeaderChange(Value):
    """One `-H`: add or replace, or remove."""

    name: str
    value: str | None
    """None removes the header (`Name:`); an empty string sends it empty (`Name;`)."""


class HandshakeSettings(Value):
    """The upgrade request (RFC 6455 §4.1)."""

    headers: tuple[HeaderChange, ...] = ()
    host: str | None = None
    origin: str | None = None
    user_agent: str | None = None
    subprotocols: tuple[str, ...] = ()
    deflate_offer: str | None = "permessage-deflate; client_max_window_bits"
    """The Sec-WebSocket-Extensions offer; None offers nothing."""
    credentials: tuple[str, str] | None = None
    """User and password for Basic authentication."""
    bearer: str | None = None


class TlsSettings(Value):
    """How TLS is done and what is verified."""

    insecure: bool = False
    ca_file: str | None = None
    ca_path: str | None = None
    certificate: str | None = None
    key: str | None = None
    key_password: str | None = None
    server_name: str | None = None
    """The name to send and verify; None takes the URL's host."""
    alpn: tuple[str, ...] = DEFAULT_ALPN
    minimum_version: str | None = None
    """`1.0` to `1.3`."""
    maximum_version: str | None = None
    key_log: str | None = None


class Resolution(Value):
    """What a name is to resolve to in place of what the resolver says (`--resolve`)."""

    host: str
    """Lower case; `*` for any."""
    port: int
    addresses: tuple[str, ...]


class ConnectTo(Value):
    """Another host and port to connect to in place of these (`--connect-to`)."""

    host: str | None
    """Lower case; None for any."""
    port: int | None
    """None for any."""
    to_host: str | None
    """None keeps it."""
    to_port: int | None
    """None keeps it."""


class AddressSettings(Value):
    """Where to connect to, and from where."""

    family: int | None = None
    """4 or 6; None takes both."""
    unix_socket: str | None = None
    resolutions: tuple[Resolution, ...] = ()
    """The first that fits counts."""
    detours: tuple[ConnectTo, ...] = ()
    """The first that fits counts, before any name is resolved."""
    local_address: str | None = None
    """Our own end's address."""
    interface: str | None = None
    """The name of the network interface that our end is bound to."""


class Limits(Value):
    """Time limits in seconds (None: no limit) and sizes in bytes."""

    connect: float | None = 10.0
    """From the first look-up to the open WebSocket connection."""
    total: float | None = None
    idle: float | None = None
    """Without a byte from the peer while open."""
    close: float = 5.0
    """For the closing handshake and the end of the stream after it."""
    message: int = 64 * 1024 * 1024
    head: int = 65536
    refusal_body: int = 65536
    refusal_body_time: float = 1.0
    request: float = 30.0
    """For a whole request to come (server role)."""
    keep: float = 75.0
    """Between two requests on one connection (server role)."""
    request_body: int = 16 * 1024 * 1024


class Liveness(Value):
    """Pings and the automatic answers."""

    ping_interval: float | None = None
    ping_timeout: float | None = None
    answers_pings: bool = True
    answers_close: bool = True


class ConnectionSettings(Value):
    """Everything about one connection."""

    url: Url
    handshake: HandshakeSettings = HandshakeSettings()
    tls: TlsSettings = TlsSettings()
    address: AddressSettings = AddressSettings()
    limits: Limits = Limits()
    liveness: Liveness = Liveness()
    is_lenient: bool = False
    upgrades_tls: bool = False
    """Switch to TLS inside HTTP/1.1 before the upgrade (RFC 2817)."""
    preflights: tuple[str, ...] = ()
    """Paths to ask for on the connection before the upgrade."""
    is_pipelined: bool = False
    """Ask for all of them at once."""


class ServerTls(Value):
    """The certificate that `serve` shows, and whose certificates it asks for."""

    certificate: str | None = None
    """None makes one for the run."""
    key: str | None = None
    key_password: str | None = None
    client_ca: str | None = None
    """Clients must show a certificate of these authorities."""


class ServerSettings(Value):
    """What `serve` does."""

    host: str = "127.0.0.1"
    port: int = 0
    unix_path: str | None = None
    subprotocols: tuple[str, ...] = ()
    """Agreed to beside the names of the services."""
    deflate: DeflateParameters | None = DeflateParameters()
    """What may be agreed; None declines every offer."""
    limits: Limits = Limits()
    liveness: Liveness = Liveness()
    max_connections: int | None = None
    tls: ServerTls | None = None
    upgrade_tls: str | None = None
    """TLS inside HTTP/1.1 (RFC 2817) in place of TLS from the first byte: `optional` or `mandatory`."""
    origins: tuple[str, ...] = ()
    """The origins that may connect; empty for any."""
    credentials: tuple[str, str] | None = None
    """User and password that requests must bring."""
    service: str | None = None
    """The service of every path that is not one's own."""
    static: str | None = None
    """A folder served in place of the built-in page."""
    command: tuple[str, ...] = ()
    """Run for each connection."""
    faults: tuple[str, ...] = ()
