"""Rules about redirects: where they lead, and the command that goes there."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect, url_of
from wscli.diagnose.refusal import Refusal, refusal_of
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, seen
from wscli.events import ResponseReceived

_LOGIN = ("login", "log-in", "signin", "sign-in", "sign_in", "sso", "oauth", "saml", "authorize", "/auth", "/account")
_SCHEMES = {"https": "wss", "http": "ws", "wss": "wss", "ws": "ws"}


def _target_of(case: Case, refusal: Refusal) -> str | None:
    """Return where a redirect leads, as a WebSocket URL without fragment; None where it leads nowhere we can go."""
    from urllib.parse import urldefrag, urljoin

    location = refusal.head.fields.get("Location")
    if not location:
        return None
    here = url_of(case)
    base = here.replace("ws", "http", 1) if here.startswith(("ws://", "wss://")) else "http://HOST/"
    try:
        target = urldefrag(urljoin(base, location)).url
    except ValueError:
        return None
    scheme, colon, rest = target.partition("://")
    websocket = _SCHEMES.get(scheme.lower())
    return f"{websocket}://{rest}" if websocket and colon else None


def _redirect(case: Case) -> tuple[Refusal, str] | None:
    """Return a redirect with its target."""
    refusal = refusal_of(case, "redirect")
    target = None if refusal is None else _target_of(case, refusal)
    return None if refusal is None or target is None else (refusal, target)


def to_login(case: Case) -> Judgement | None:
    """Judge a redirect to where people log in."""
    found = _redirect(case)
    if found is None:
        return None
    refusal, target = found
    path = target.partition("://")[2].partition("?")[0].lower()
    host, _, rest = path.partition("/")
    if not any(word in f"/{rest}" or host.startswith(f"{word}.") for word in _LOGIN):
        return None
    cause = "a session is missing: the redirect leads to a login page, which no WebSocket client can fill in"
    advice = f"log in with a browser and give its cookie: {connect(case, '-b', 'NAME=VALUE')}"
    return likely(cause, advice, *refusal.line("Location"))


def to_itself(case: Case) -> Judgement | None:
    """Judge a redirect that leads where we are."""
    found = _redirect(case)
    if found is None or found[1] != url_of(case):
        return None
    refusal, _ = found
    if case.tls_established is not None:
        cause = (
            "the server behind a proxy that ends TLS believes that this is plain HTTP, and redirects to https for ever"
        )
        advice = "have the proxy say X-Forwarded-Proto: https, and the server believe it"
        return likely(cause, advice, *refusal.line("Location"))
    cause = "the redirect leads to the same URL: a cookie it sets is expected back, or the server's rule is a loop"
    return likely(cause, "see Set-Cookie with -v and give it back with -b", *refusal.line("Location"))


def to_slash(case: Case) -> Judgement | None:
    """Judge a redirect that only adds or takes away a slash at the end of the path."""
    found = _redirect(case)
    if found is None:
        return None
    refusal, target = found
    path, here = target.partition("?")[0], url_of(case).partition("?")[0]
    if not here or path == here or path.rstrip("/") != here.rstrip("/"):
        return None
    needs = "needs a slash at its end" if path.endswith("/") else "must not end with a slash"
    return certain(
        f"the path {needs}; WebSocket clients do not follow redirects",
        connect(case, url=target),
        *refusal.line("Location"),
    )


def to_tls(case: Case) -> Judgement | None:
    """Judge a redirect from ws to wss."""
    found = _redirect(case)
    if found is None or case.tls_started is not None or not found[1].startswith("wss://"):
        return None
    refusal, target = found
    cause = "the server wants TLS; browsers follow such a redirect for pages, not for WebSocket"
    return certain(cause, connect(case, url=target), *refusal.line("Location"))


def elsewhere(case: Case) -> Judgement | None:
    """Judge any other redirect that can be followed."""
    found = _redirect(case)
    if found is None:
        return None
    refusal, target = found
    cause = "the server wants to be asked elsewhere; WebSocket clients do not follow redirects"
    return certain(cause, connect(case, url=target), *refusal.line("Location"))


def without_target(case: Case) -> Judgement | None:
    """Judge a 3xx that names no place to go to."""
    refusal = refusal_of(case, "redirect")
    if refusal is None:
        return None
    evidence = refusal.line("Location") or (seen(ResponseReceived, "there is no Location"),)
    cause = "the answer is made for a page or a cache, not for an upgrade"
    return likely(cause, "check the path, and what answers there: curl -i with the http URL", *evidence)


AREA = Area(
    "redirect",
    "Redirects",
    (
        Rule(
            "redirect/to-login",
            "a login page is where it leads",
            "RFC 6455 4.1",
            "a client may follow a redirect, and need not",
            to_login,
        ),
        Rule(
            "redirect/to-itself",
            "the redirect leads to the same URL",
            "RFC 9110 15.4",
            "a client should detect redirects that go round in a circle",
            to_itself,
        ),
        Rule(
            "redirect/to-slash",
            "the path is another by a slash",
            "RFC 6455 4.1",
            "a client may follow a redirect, and need not",
            to_slash,
        ),
        Rule(
            "redirect/to-tls",
            "the server wants wss",
            "RFC 6455 4.1",
            "a client may follow a redirect, and need not",
            to_tls,
        ),
        Rule(
            "redirect/elsewhere",
            "the server redirects",
            "RFC 6455 4.1",
            "a client may follow a redirect, and need not",
            elsewhere,
        ),
        Rule(
            "redirect/without-target",
            "a redirect that cannot be followed",
            "RFC 9110 15.4",
            "a redirect names its target in Location",
            without_target,
        ),
    ),
)
