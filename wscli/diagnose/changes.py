"""The single changes that may decide why a connection does not work, in groups that belong together.

Credentials stay where they are safe. A variant that speaks plain where the URL says wss, that does not verify a
certificate, or that goes to another port without TLS goes *bare*: without credentials, headers of the user's,
subprotocols, client certificate and query, any of which may hold a secret. No variant goes to another host.
"""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.variants import FOREIGN_ORIGIN, Variant, answers, opens, speaks_tls
from wscli.settings import DEFAULT_ALPN, ConnectionSettings, HandshakeSettings, HeaderChange
from wscli.wire.url import DEFAULT_PORTS, Url

_SUBPROTOCOLS = (
    "graphql-transport-ws", "graphql-ws", "mqtt", "v12.stomp", "wamp.2.json", "actioncable-v1-json", "ocpp1.6",
)  # fmt: skip
"""Names that servers which insist on a subprotocol mostly insist on."""


def _quoted(*words: str) -> str:
    from shlex import join

    return join(words)


def _connect(settings: ConnectionSettings, *options: str) -> str:
    """Return the command that connects so."""
    return _quoted("wscli", "connect", *options, settings.url.text)


def _changed(settings: ConnectionSettings, **changes: object) -> ConnectionSettings:
    return settings.replace(handshake=settings.handshake.replace(**changes))


def _headers_without(settings: ConnectionSettings, name: str) -> tuple[HeaderChange, ...]:
    return tuple(change for change in settings.handshake.headers if change.name.lower() != name.lower())


def _sent(case: Case, name: str) -> str | None:
    """Return what the plain request said, None where it said nothing or never went out."""
    return None if case.request is None else case.request.fields.joined(name)


def bare(settings: ConnectionSettings) -> ConnectionSettings:
    """Return the settings without anything that may be a secret."""
    handshake = settings.handshake
    url = settings.url
    return settings.replace(
        url=url.replace(given=url.text, user=None, password=None, resource=url.resource.partition("?")[0]),
        handshake=HandshakeSettings(origin=handshake.origin, deflate_offer=handshake.deflate_offer),
        tls=settings.tls.replace(certificate=None, key=None, key_password=None),
        preflights=(),
    )


def origin_variants(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return the Origin left out, the server's own, `null` and a foreign one."""
    own, sent = settings.url.origin, _sent(case, "Origin")
    headers = _headers_without(settings, "Origin")

    def variant(origin: str | None, cause: str, *, refines: bool = False) -> Variant:
        changed = _changed(settings, origin=origin, headers=headers)
        if origin is None:
            return Variant("origin", "no Origin", changed, cause, "leave out the Origin header", refines=refines)
        advice = _connect(settings, "--origin", origin)
        return Variant("origin", f"Origin: {origin}", changed, cause, advice, refines=refines)

    wanted = f"the server wants an Origin header, and takes {own}"
    found = [] if sent is None else [variant(None, f"the server does not take the Origin {sent}")]
    found += [variant(own, wanted), variant("null", wanted, refines=True)]
    found.append(variant(FOREIGN_ORIGIN, wanted, refines=True))
    return tuple(one for one in found if one.change != f"Origin: {sent}")


def slash_variants(settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return the path with its last slash added or taken away."""
    path, mark, query = settings.url.resource.partition("?")
    if path == "/":
        return ()
    other = path[:-1] if path.endswith("/") else f"{path}/"
    changed = settings.replace(url=settings.url.replace(resource=f"{other}{mark}{query}"))
    word = "without" if path.endswith("/") else "with"
    cause = f"the server knows this path {word} the slash at its end only"
    return (Variant("slash", f"path {other}", changed, cause, _connect(changed)),)


def connection_variants(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return the other spellings of Connection."""
    sent = _sent(case, "Connection")
    found = []
    for value in ("Upgrade", "keep-alive, Upgrade"):
        if value == sent:
            continue
        headers = (*_headers_without(settings, "Connection"), HeaderChange("Connection", value))
        cause = f"the server, or a proxy, takes `Connection: {value}` only, and not `{sent}`, which says the same"
        advice = _connect(settings, "-H", f"Connection: {value}")
        found.append(Variant("connection", f"Connection: {value}", _changed(settings, headers=headers), cause, advice))
    return tuple(found)


def subprotocol_variants(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return the subprotocol left out, or likely ones offered."""
    headers = _headers_without(settings, "Sec-WebSocket-Protocol")
    sent = _sent(case, "Sec-WebSocket-Protocol")
    if sent is not None:
        changed = _changed(settings, subprotocols=(), headers=headers)
        cause, advice = f"the server does not take the subprotocol {sent}", "leave out the subprotocol"
        return (Variant("subprotocol", "no subprotocol", changed, cause, advice),)
    found = []
    named = _named_subprotocols(case, settings.url)
    for names in ((named,) if named else ()) + (() if named == _SUBPROTOCOLS else (_SUBPROTOCOLS,)):
        text = ", ".join(names)
        options = [word for name in names for word in ("-s", name)]
        changed = _changed(settings, subprotocols=names, headers=headers)
        cause = "the server wants a subprotocol"
        advice = f"offer the one that your application speaks, as in: {_connect(settings, *options[:2])}"
        found.append(Variant("subprotocol", f"Sec-WebSocket-Protocol: {text}", changed, cause, advice))
    return tuple(found)


def _named_subprotocols(case: Case, url: Url) -> tuple[str, ...]:
    """Return the subprotocols that the answer names, or that the path suggests."""
    said = (b"" if case.response is None else case.response.raw) + (b"" if case.body is None else case.body.body)
    named = tuple(name for name in _SUBPROTOCOLS if name.encode() in said)
    if named:
        return named
    words = {"graphql": _SUBPROTOCOLS[:2], "mqtt": ("mqtt",), "stomp": ("v12.stomp",), "wamp": ("wamp.2.json",),
             "cable": ("actioncable-v1-json",), "ocpp": ("ocpp1.6",)}  # fmt: skip
    return next((names for word, names in words.items() if word in url.resource.lower()), ())


def deflate_variants(settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return the offer of compression left out, or made."""
    headers = _headers_without(settings, "Sec-WebSocket-Extensions")
    if settings.handshake.deflate_offer is not None:
        changed = _changed(settings, deflate_offer=None, headers=headers)
        cause = "the server, or a proxy, fails at the offer of permessage-deflate"
        return (Variant("deflate", "no compression", changed, cause, _connect(settings, "--no-deflate")),)
    changed = _changed(settings, deflate_offer=HandshakeSettings().deflate_offer, headers=headers)
    cause = "the server wants the offer of permessage-deflate"
    return (Variant("deflate", "with compression", changed, cause, _connect(settings, "--deflate")),)


def host_variants(settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return Host and SNI as the URL has them, where the user changed one of them."""
    handshake, headers = settings.handshake, _headers_without(settings, "Host")
    if handshake.host is None and headers == handshake.headers and settings.tls.server_name is None:
        return ()
    changed = _changed(settings, host=None, headers=headers)
    changed = changed.replace(tls=changed.tls.replace(server_name=None))
    host = settings.url.host_header
    cause = f"the server is known as {host}, and not by the name that was sent"
    return (Variant("host", f"Host: {host}", changed, cause, "leave out --host and --servername"),)


def alpn_variants(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return HTTP/1.1 alone in ALPN, or no ALPN."""
    if not settings.url.is_secure:
        return ()
    found = []
    if settings.tls.alpn != DEFAULT_ALPN:
        changed = settings.replace(tls=settings.tls.replace(alpn=DEFAULT_ALPN))
        cause = "another protocol than HTTP/1.1 was agreed by ALPN"
        found.append(Variant("alpn", "ALPN http/1.1", changed, cause, _connect(settings, "--alpn", "http/1.1")))
    failed = case.tls_failed
    if settings.tls.alpn and failed is not None and failed.alert is not None:
        changed = settings.replace(tls=settings.tls.replace(alpn=()))
        cause = "the server does not take the ALPN protocols that are offered"
        found.append(Variant("alpn", "no ALPN", changed, cause, _connect(settings, "--alpn", "")))
    return tuple(found)


def unverified_variants(settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return a certificate that is not verified; bare."""
    changed = bare(settings)
    changed = changed.replace(tls=changed.tls.replace(insecure=True))
    cause = "only the certificate stands in the way: behind it HTTP is spoken"
    advice = "trust the authority of the certificate with --cacert FILE"
    change = "certificate not verified, nothing secret sent"
    return (Variant("certificate", change, changed, cause, advice, answers, explains=False),)


def scheme_variants(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return TLS in place of none, or none in place of TLS; the latter bare."""
    url = settings.url
    if settings.upgrades_tls:
        return ()
    scheme = "ws" if url.is_secure else "wss"
    moves = url.port == url.default_port and answers(case)
    port = DEFAULT_PORTS[scheme] if moves else url.port
    target = url.replace(scheme=scheme, port=port)
    if url.is_secure:
        changed = bare(settings.replace(url=target))
        cause = f"port {port} speaks plain HTTP, not TLS"
        change = f"{scheme}:// in place of wss://, nothing secret sent"
        return (Variant("scheme", change, changed, cause, _connect(changed), answers),)
    changed = settings.replace(url=target)
    cause = f"port {port} speaks TLS" if not moves else f"the WebSocket is at wss://, on port {port}"
    works = opens if moves else speaks_tls
    return (Variant("scheme", f"{scheme}:// in place of ws://", changed, cause, _connect(changed), works),)


def redirect_variants(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return the target of a redirect, where that is on the same host."""
    location = None if case.response is None else case.response.fields.get("Location")
    url = settings.url
    target = None if location is None else maybe_target(url, location)
    if location is None or target is None or target.host != url.host or target.text == url.text:
        return ()
    changed = settings.replace(url=target)
    is_safe = (target.scheme, target.port) == (url.scheme, url.port) or (target.is_secure and not url.is_secure)
    changed = changed if is_safe else bare(changed)
    cause = f"the server has it at {target.text}, and WebSocket clients follow no redirects"
    return (Variant("redirect", f"the redirect's target {target.text}", changed, cause, _connect(changed)),)


def maybe_target(url: Url, location: str) -> Url | None:
    """Return where a Location leads (RFC 3986 §5.2), None where that is no place for a WebSocket."""
    from wscli.errors import UsageProblem
    from wscli.wire.url import decode_url

    location = location.partition("#")[0].strip()
    if "://" in location or location.startswith("//"):
        text = f"{url.scheme}:{location}" if location.startswith("//") else location
    elif location.startswith("/"):
        text = url.replace(resource="/").text[:-1] + location
    else:
        text = url.replace(resource=url.resource.partition("?")[0].rpartition("/")[0] + "/").text + location
    try:
        target = decode_url(text)
    except UsageProblem:
        return None
    if target.unix_path != url.unix_path:
        return None
    # Credentials are the user's to give; those of a Location are the server's.
    return target.replace(given=target.text, user=url.user, password=url.password, zone=url.zone)
