"""What `/reconnect` changes of a connection's settings."""

from __future__ import annotations

from wscli.errors import UsageProblem
from wscli.repl.grammar import Call
from wscli.settings import ConnectionSettings, HandshakeSettings, HeaderChange
from wscli.wire.grammar import is_token
from wscli.wire.url import decode_url


def changed_settings(settings: ConnectionSettings, call: Call) -> ConnectionSettings:
    """Return the settings with what the options of `/reconnect` say; UsageProblem for what cannot be sent."""
    if call.flag("deflate") and call.flag("no-deflate"):
        raise UsageProblem("prompt/reconnect", "/reconnect", "--deflate --no-deflate", "they exclude each other")
    handshake = settings.handshake
    changes = tuple(_header_change(text) for text in call.options.get("header", ()))
    handshake = handshake.replace(headers=(*handshake.headers, *changes))
    names = call.value("subprotocol")
    if names is not None:
        handshake = handshake.replace(subprotocols=_subprotocols(names))
    origin = call.value("origin")
    if origin is not None:
        handshake = handshake.replace(origin=_line(origin, "--origin") or None)
    if call.flag("no-deflate"):
        handshake = handshake.replace(deflate_offer=None)
    elif call.flag("deflate"):
        handshake = handshake.replace(deflate_offer=HandshakeSettings().deflate_offer)
    url = settings.url
    if call.rest:
        url = decode_url(call.rest)
        is_elsewhere = (url.host, url.port) != (settings.url.host, settings.url.port)
        if is_elsewhere or (settings.url.is_secure and not url.is_secure):
            # Credentials were given for one server, and for TLS where there was some; nobody else gets them.
            handshake = handshake.replace(credentials=None, bearer=None, headers=changes)
    return settings.replace(url=url, handshake=handshake)


def _line(text: str, subject: str) -> str:
    if any(character in text for character in "\r\n\0"):
        raise UsageProblem("header/value", subject, text, "a header cannot hold CR, LF or NUL")
    return text


def _header_change(text: str) -> HeaderChange:
    name, colon, value = _line(text, "--header").partition(":")
    if not colon or not is_token(name.strip()):
        hint = "write 'Name: value'; 'Name:' removes a header"
        raise UsageProblem("header/form", "--header", text, "it is no header", hint=hint)
    return HeaderChange(name.strip(), value.strip() or None)


def _subprotocols(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if not is_token(name):
            raise UsageProblem("subprotocol/form", "--subprotocol", name, "a subprotocol is a token")
    return names
