"""Which layers a connection needs, in which order; the only place that knows."""

from __future__ import annotations

from wscli.net.layer import Layer
from wscli.net.stack import Stack
from wscli.settings import ConnectionSettings


def layers_for(settings: ConnectionSettings) -> Stack:
    """Return the stack for a connection: TLS for wss, nothing for ws. Problems of its files come out here."""
    layers: list[Layer] = []
    if settings.url.is_secure:
        from wscli.net.tls import TlsLayer, client_context

        tls = settings.tls
        name = tls.server_name or settings.url.host
        layers.append(TlsLayer(client_context(tls), name, tls.alpn))
    return Stack(layers)
