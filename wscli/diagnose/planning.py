"""Which variants are worth a request after a plain connection that went like this, the likeliest first."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.changes import (
    alpn_variants,
    connection_variants,
    deflate_variants,
    host_variants,
    origin_variants,
    redirect_variants,
    scheme_variants,
    slash_variants,
    subprotocol_variants,
    unverified_variants,
)
from wscli.diagnose.variants import Variant, answers, goes_well, is_broken, looks_like_tls
from wscli.settings import ConnectionSettings
from wscli.wire.url import DEFAULT_PORTS

_ASKS_FOR_CREDENTIALS = (401, 402, 407)
_ASKS_TO_WAIT = (429, 503)
_GATEWAY = (502, 504)


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
        return _of_open(case, settings) if is_broken(case) else ()
    if case.time_limit is not None and case.connected is not None:
        return scheme_variants(case, settings)
    return ()


def why_none(case: Case) -> str:
    """Return why no variant is worth a request."""
    if case.opened is not None and not is_broken(case):
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
        return unverified_variants(settings)
    if failed is not None and failed.alert is not None:
        return alpn_variants(case, settings)
    return (*scheme_variants(case, settings), *alpn_variants(case, settings))


def _of_status(status: int, case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    if status in (*_ASKS_FOR_CREDENTIALS, *_ASKS_TO_WAIT, *_GATEWAY) or _wants_other_version(case):
        return ()
    if 300 <= status < 400:
        return (*redirect_variants(case, settings), *slash_variants(settings))
    order: tuple[tuple[Variant, ...], ...]
    origin, slash = origin_variants(case, settings), slash_variants(settings)
    connection, subprotocol, deflate = (
        connection_variants(case, settings),
        subprotocol_variants(case, settings),
        deflate_variants(settings),
    )
    rest = (*host_variants(settings), *alpn_variants(case, settings))
    if status == 403:
        order = (origin, rest, connection, subprotocol, slash, deflate)
    elif status == 404:
        order = (slash, rest, origin, connection, subprotocol, deflate)
    elif status == 421:
        order = (rest,)
    else:
        order = (subprotocol, connection, slash, origin, rest, deflate)
    variants = tuple(variant for group in order for variant in group)
    scheme = scheme_variants(case, settings) if _may_be_the_scheme(case, settings) else ()
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
            rest = (*origin_variants(case, settings), *connection_variants(case, settings), *deflate_variants(settings))
            return (*scheme_variants(case, settings), *alpn_variants(case, settings), *rest)
        return scheme_variants(case, settings) if looks_like_tls(first) else alpn_variants(case, settings)
    failed = {check.name for check in case.checks if not check.is_passed}
    variants: tuple[Variant, ...] = ()
    if "Sec-WebSocket-Protocol" in failed:
        variants += subprotocol_variants(case, settings)
    if "Sec-WebSocket-Extensions" in failed:
        variants += deflate_variants(settings)
    return variants


def _first_bytes(case: Case) -> bytes:
    return case.unparsed if case.response is None else case.response.raw


def _of_open(case: Case, settings: ConnectionSettings) -> tuple[Variant, ...]:
    """Return what may make a session go well that was opened and then went wrong."""
    if case.time_limit is not None:
        return ()  # it was open, and only its end was not what it should be
    deflate = deflate_variants(settings)
    rest = (*subprotocol_variants(case, settings), *origin_variants(case, settings))
    if case.failed is not None:
        variants = deflate
    elif case.close_received is not None and case.close_received.code not in (None, 1002, 1007, 1009, 1010):
        variants = (*rest, *deflate)
    else:
        variants = (*deflate, *rest)
    return tuple(variant.replace(works=goes_well) for variant in variants)
