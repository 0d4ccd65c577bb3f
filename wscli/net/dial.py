"""Which layers a connection needs, in which order; the only place that knows."""

from __future__ import annotations

from wscli.net.layer import Layer
from wscli.net.stack import Stack
from wscli.settings import ConnectionSettings
from wscli.wire.head import encode_request


def layers_for(settings: ConnectionSettings, preflights: tuple[bytes, ...] = ()) -> Stack:
    """Return the stack for a connection: TLS for wss, the exchanges before the upgrade that were asked for, or nothing.

    `preflights` are whole requests. Problems of the files that TLS needs come out here.
    """
    layers: list[Layer] = []
    if settings.url.is_secure:
        layers.append(_tls(settings))
    elif settings.upgrades_tls:
        layers += _tls_inside_http(settings)
    if preflights:
        from wscli.events import Purpose
        from wscli.net.exchange import ExchangeLayer

        layers.append(ExchangeLayer(Purpose.PREFLIGHT, preflights, is_pipelined=settings.is_pipelined))
    return Stack(layers)


def _tls(settings: ConnectionSettings) -> Layer:
    from wscli.net.tls import TlsLayer, client_context

    tls = settings.tls
    return TlsLayer(client_context(tls), tls.server_name or settings.url.host, tls.alpn)


def _tls_inside_http(settings: ConnectionSettings) -> list[Layer]:
    """Return the layers of RFC 2817 §3.2: the request to switch, TLS, and the answer that comes through it."""
    from wscli.events import Purpose
    from wscli.net.exchange import ExchangeLayer, SwitchLayer

    host = settings.handshake.host or settings.url.host_header
    fields = (("Host", host), ("Upgrade", "TLS/1.2"), ("Connection", "Upgrade"))
    request = encode_request("OPTIONS", "*", fields)
    return [SwitchLayer(request), _tls(settings), ExchangeLayer(Purpose.UPGRADE_TLS, (request,), is_asked=True)]
