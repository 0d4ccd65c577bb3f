"""Variants of a connection that did not work: which single changes to try next, and what it means where one works.

A variant is the plain connection with one thing changed. Which are worth a request depends on how the plain one ended;
where several belong together (the kinds of Origin) they form a group, and those that only refine an answer are tried
once another one of the group has worked. After a group that worked nothing more is tried.

Credentials stay where they are safe. A variant that speaks plain where the URL says wss, that does not verify a
certificate, or that goes to another port without TLS goes *bare*: without credentials, headers of the user's,
subprotocols, client certificate and query, any of which may hold a secret. No variant goes to another host.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wscli.diagnose.case import GOOD_CLOSES, Case
from wscli.settings import DEFAULT_ALPN, ConnectionSettings, HandshakeSettings, HeaderChange
from wscli.values import Value
from wscli.wire.url import DEFAULT_PORTS, Url

FOREIGN_ORIGIN = "https://example.com"
_ASKS_FOR_CREDENTIALS = (401, 402, 407)
_ASKS_TO_WAIT = (429, 503)
_GATEWAY = (502, 504)
_SUBPROTOCOLS = (
    "graphql-transport-ws", "graphql-ws", "mqtt", "v12.stomp", "wamp.2.json", "actioncable-v1-json", "ocpp1.6",
)  # fmt: skip
"""Names that servers which insist on a subprotocol mostly insist on."""


# --- Whether it worked -----------------------------------------------------------------------------------------------
def opens(case: Case) -> bool:
    """Whether the connection was opened."""
    return case.opened is not None


def goes_well(case: Case) -> bool:
    """Whether the connection was opened and closed without anything wrong."""
    return case.opened is not None and case.end is not None and case.end.is_clean and not _is_broken(case)


def answers(case: Case) -> bool:
    """Whether an HTTP answer came, whatever it says."""
    return case.response is not None and case.response.status > 0


def speaks_tls(case: Case) -> bool:
    """Whether the peer spoke TLS, whatever became of it."""
    return bool(case.certificates) or case.tls_established is not None


def _is_broken(case: Case) -> bool:
    end = case.end
    closed_badly = case.close_received is not None and case.close_received.code not in GOOD_CLOSES
    return case.failed is not None or closed_badly or (end is not None and not end.is_clean)


class Variant(Value):
    """The plain connection with one change."""

    group: str
    change: str
    """In words, as `Origin: https://example.org`."""
    settings: ConnectionSettings
    cause: str
    """What it means where this works and the plain one does not."""
    advice: str
    """What to do then."""
    works: Callable[[Case], bool] = opens
    """Whether a session with the change came to what is hoped for."""
    refines: bool = False
    """Tried only where another one of its group has worked."""
    explains: bool = True
    """Whether its cause is better than what the rules say of the plain connection."""


class Tried(Value):
    """A variant and what it came to."""

    variant: Variant
    answer: str
    is_success: bool


def maybe_next(variants: Sequence[Variant], tried: Sequence[Tried]) -> Variant | None:
    """Return the variant to try now, None where enough is known or nothing is left."""
    done = {one.variant.change for one in tried}
    worked = {one.variant.group for one in tried if one.is_success}
    for variant in variants:
        if variant.change in done:
            continue
        if (variant.group in worked) if variant.refines else not worked:
            return variant
    return None


def answer_of(case: Case) -> str:
    """Return what a session came to, in a word or two."""
    if case.interrupted is not None:
        return "stopped"
    if case.name_failed is not None:
        return "no DNS"
    if case.connect_failed is not None:
        return "no TCP"
    if case.tls_failed is not None and case.response is None:
        return "bad cert" if case.tls_failed.verify_code is not None else "no TLS"
    if case.refused is not None:
        return str(case.refused.status)
    if case.invalid is not None:
        return "no HTTP" if not answers(case) else f"bad {case.response.status if case.response else 101}"
    if case.opened is None:
        return "timeout" if case.time_limit is not None else "nothing"
    return _answer_of_open(case)


def _answer_of_open(case: Case) -> str:
    if case.failed is not None:
        return "101, broken"
    if case.close_received is not None and case.close_received.code not in GOOD_CLOSES:
        return f"101, {case.close_received.code}"
    if case.end is None or case.end.is_clean:
        return "101"
    return "101, cut"


# --- Which to try ----------------------------------------------------------------------------------------------------
def plan_variants(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return what is worth trying after a plain connection that went like this, the likeliest first."""
    if case.interrupted is not None:
        return ()
    if case.tls_failed is not None and case.response is None:
        return _of_tls(case, settings)
    if case.refused is not None:
        return _of_status(case.refused.status, case, settings)
    if case.invalid is not None:
        return _of_invalid(case, settings)
    if case.opened is not None:
        return _of_open(case, settings) if _is_broken(case) else ()
    if case.time_limit is not None and case.connected is not None:
        return _scheme(case, settings)
    return ()


def why_none(case: Case) -> str:
    """Return why no variant is worth a request."""
    if case.opened is not None and not _is_broken(case):
        return "nothing to find out"
    status = case.refused.status if case.refused is not None else 0
    if status in _ASKS_FOR_CREDENTIALS:
        return f"a {status} asks for what no variant has"
    if status in _ASKS_TO_WAIT:
        return f"a {status} asks to leave the server alone for a while"
    if status in _GATEWAY:
        return f"a {status} is about what lies behind the proxy"
    if _wants_other_version(case):
        return "the server speaks other versions of the protocol"
    if case.connected is None:
        return "the server is not reached"
    return "none would decide anything"


def _of_tls(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    failed = case.tls_failed
    if failed is not None and failed.verify_code is not None:
        return _unverified(settings)
    if failed is not None and failed.alert is not None:
        return _alpn(case, settings)
    return (*_scheme(case, settings), *_alpn(case, settings))


def _of_status(status: int, case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    if status in (*_ASKS_FOR_CREDENTIALS, *_ASKS_TO_WAIT, *_GATEWAY) or _wants_other_version(case):
        return ()
    if 300 <= status < 400:
        return (*_redirect(case, settings), *_slash(settings))
    order: tuple[tuple[Variant, ...], ...]
    origin, slash = _origin(case, settings), _slash(settings)
    connection, subprotocol, deflate = _connection(case, settings), _subprotocol(case, settings), _deflate(settings)
    rest = (*_host(settings), *_alpn(case, settings))
    if status == 403:
        order = (origin, rest, connection, subprotocol, slash, deflate)
    elif status == 404:
        order = (slash, rest, origin, connection, subprotocol, deflate)
    elif status == 421:
        order = (rest,)
    else:
        order = (subprotocol, connection, slash, origin, rest, deflate)
    variants = tuple(variant for group in order for variant in group)
    scheme = _scheme(case, settings) if _may_be_the_scheme(case, settings) else ()
    return (*scheme, *variants) if _mentions_tls(case) else (*variants, *scheme)


def _wants_other_version(case: Case) -> bool:
    """Whether the answer names versions, and not ours (RFC 6455 §4.4)."""
    named = None if case.response is None else case.response.fields.joined("Sec-WebSocket-Version")
    return named is not None and "13" not in [version.strip() for version in named.split(",")]


def _mentions_tls(case: Case) -> bool:
    body = b"" if case.body is None else case.body.body
    return any(word in body for word in (b"HTTPS", b"https", b"TLS", b"SSL"))


def _may_be_the_scheme(case: Case, settings: ConnectionSettings) -> bool:
    """Whether another scheme can lead anywhere: this one has led to an HTTP answer."""
    url = settings.url
    return not url.is_secure and (_mentions_tls(case) or url.port == DEFAULT_PORTS["ws"])


def _of_invalid(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    if not answers(case):
        first = _first_bytes(case)
        if not first:
            # Not a byte: some servers close so on what they do not like.
            rest = (*_origin(case, settings), *_connection(case, settings), *_deflate(settings))
            return (*_scheme(case, settings), *_alpn(case, settings), *rest)
        return _scheme(case, settings) if looks_like_tls(first) else _alpn(case, settings)
    failed = {check.name for check in case.checks if not check.is_passed}
    variants: tuple[Variant, ...] = ()
    if "Sec-WebSocket-Protocol" in failed:
        variants += _subprotocol(case, settings)
    if "Sec-WebSocket-Extensions" in failed:
        variants += _deflate(settings)
    return variants


def _first_bytes(case: Case) -> bytes:
    return case.unparsed if case.response is None else case.response.raw


def looks_like_tls(data: bytes) -> bool:
    """Whether bytes begin like a TLS record (RFC 8446 §5.1)."""
    return len(data) > 1 and 0x14 <= data[0] <= 0x17 and data[1] == 3


def _of_open(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return what may make a session go well that was opened and then went wrong."""
    if case.time_limit is not None:
        return ()  # it was open, and only its end was not what it should be
    variants = (*_deflate(settings), *_subprotocol(case, settings), *_origin(case, settings))
    if case.failed is not None:
        variants = _deflate(settings)
    elif case.close_received is not None and case.close_received.code not in (None, 1002, 1007, 1009, 1010):
        variants = (*_subprotocol(case, settings), *_origin(case, settings), *_deflate(settings))
    return tuple(variant.replace(works=goes_well) for variant in variants)


# --- The groups ------------------------------------------------------------------------------------------------------
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


def _origin(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
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


def _slash(settings: ConnectionSettings) -> tuple[Variant, ...]:
    path, mark, query = settings.url.resource.partition("?")
    if path == "/":
        return ()
    other = path[:-1] if path.endswith("/") else f"{path}/"
    changed = settings.replace(url=settings.url.replace(resource=f"{other}{mark}{query}"))
    word = "without" if path.endswith("/") else "with"
    cause = f"the server knows this path {word} the slash at its end only"
    return (Variant("slash", f"path {other}", changed, cause, _connect(changed)),)


def _connection(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
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


def _subprotocol(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
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


def _deflate(settings: ConnectionSettings) -> tuple[Variant, ...]:
    headers = _headers_without(settings, "Sec-WebSocket-Extensions")
    if settings.handshake.deflate_offer is not None:
        changed = _changed(settings, deflate_offer=None, headers=headers)
        cause = "the server, or a proxy, fails at the offer of permessage-deflate"
        return (Variant("deflate", "no compression", changed, cause, _connect(settings, "--no-deflate")),)
    changed = _changed(settings, deflate_offer=HandshakeSettings().deflate_offer, headers=headers)
    cause = "the server wants the offer of permessage-deflate"
    return (Variant("deflate", "with compression", changed, cause, _connect(settings, "--deflate")),)


def _host(settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return Host and SNI as the URL has them, where the user changed one of them."""
    handshake, headers = settings.handshake, _headers_without(settings, "Host")
    if handshake.host is None and headers == handshake.headers and settings.tls.server_name is None:
        return ()
    changed = _changed(settings, host=None, headers=headers)
    changed = changed.replace(tls=changed.tls.replace(server_name=None))
    host = settings.url.host_header
    cause = f"the server is known as {host}, and not by the name that was sent"
    return (Variant("host", f"Host: {host}", changed, cause, "leave out --host and --servername"),)


def _alpn(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
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


def _unverified(settings: ConnectionSettings) -> tuple[Variant, ...]:
    changed = bare(settings)
    changed = changed.replace(tls=changed.tls.replace(insecure=True))
    cause = "only the certificate stands in the way: behind it HTTP is spoken"
    advice = "trust the authority of the certificate with --cacert FILE"
    change = "certificate not verified, nothing secret sent"
    return (Variant("certificate", change, changed, cause, advice, answers, explains=False),)


def _scheme(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
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


def _redirect(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
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


# --- What it means ---------------------------------------------------------------------------------------------------
class Conclusion(Value):
    """What the variants say about the plain connection."""

    change: str
    cause: str
    advice: str
    explains: bool


def maybe_conclusion(tried: Sequence[Tried]) -> Conclusion | None:
    """Return what follows where a variant worked; of a group that worked the first one counts."""
    worked = [one for one in tried if one.is_success]
    if not worked:
        return None
    first = worked[0].variant
    return Conclusion(first.change, _cause(first, tried), first.advice, first.explains)


def _cause(first: Variant, tried: Sequence[Tried]) -> str:
    """Return the cause; of origins, with what the others of the group tell."""
    if first.group != "origin" or first.change == "no Origin":
        return first.cause
    came = {one.variant.change: one.is_success for one in tried}
    foreign = came.get(f"Origin: {FOREIGN_ORIGIN}")
    if foreign is None:
        return first.cause
    if foreign:
        return "the server wants an Origin header, and takes any"
    return f"{first.cause}, but not {FOREIGN_ORIGIN}: it has a list of those allowed"
