"""Rules about answers that concern who asks: credentials, origins, limits, proofs of being a browser."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect, url_of
from wscli.diagnose.refusal import Refusal, evidence_of, refusal_of, wait_text
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.diagnose.vendors import API_GATEWAY, CLOUDFLARE, ENVOY
from wscli.events import Evidence, HandshakeRefused, ResponseReceived

_CHALLENGES = (
    ("cf-mitigated", "challenge", "Cloudflare"), ("x-amzn-waf-action", "", "AWS WAF"), ("x-datadome", "", "DataDome"),
    ("x-dd-b", "", "DataDome"), ("x-iinfo", "", "Imperva"), ("x-sucuri-block", "", "Sucuri"),
    ("x-vercel-mitigated", "challenge", "Vercel"),
)  # fmt: skip
"""Field, what it holds, whose check it is."""
_CHALLENGE_PAGES = (
    ("_incapsula_resource", "Imperva"), ("px-captcha", "PerimeterX"), ("/cdn-cgi/challenge-platform/", "Cloudflare"),
)  # fmt: skip


def bot_challenge(case: Case) -> Judgement | None:
    """Judge a check that only a browser passes."""
    refusal = refusal_of(case, "access")
    if refusal is None:
        return None
    for name, part, who in _CHALLENGES:
        if name in refusal.head.fields and part in refusal.get(name).lower():
            return certain(_wants_browser(who), _let_pass(who), *refusal.line(name))
    for words, who in _CHALLENGE_PAGES:
        if words in refusal.lower:
            return likely(_wants_browser(who), _let_pass(who), refusal.excerpt(words))
    return None


def _wants_browser(who: str) -> str:
    return f"{who} wants a browser to prove itself before it lets anyone through; no WebSocket client can"


def _let_pass(who: str) -> str:
    if who == "Cloudflare":
        return (
            "in Cloudflare, add a WAF rule that skips challenges for this path, or give the cf_clearance cookie with -b"
        )
    return f"add an exception for this path in {who}, or give the cookie of a browser that has passed with -b"


# --- 401 -------------------------------------------------------------------------------------------------------------
def credentials_refused(case: Case) -> Judgement | None:
    """Judge a 401 in spite of credentials: they are wrong, or no longer valid."""
    refusal = refusal_of(case, "access")
    if refusal is None or refusal.status != 401:
        return None
    challenge = refusal.get("WWW-Authenticate")
    evidence = refusal.line("WWW-Authenticate")
    if "invalid_token" in challenge:
        cause = "the token is expired, revoked or for another service"
        return certain(cause, f"get a fresh one: {connect(case, '--bearer', 'TOKEN')}", *evidence)
    if not refusal.asked("Authorization"):
        return None
    scheme = challenge.partition(" ")[0]
    sent = _scheme_sent(refusal)
    if scheme and scheme.lower() not in (sent.lower(), "negotiate") and "," not in challenge:
        cause = f"the server asks for {scheme}, and {sent} was sent"
        return certain(cause, _give(case, scheme), *evidence, _sent(sent))
    return likely(
        "the credentials that were sent are wrong or no longer valid", _check(case, sent), *evidence, _sent(sent)
    )


def _scheme_sent(refusal: Refusal) -> str:
    value = (refusal.request.fields.get("Authorization") if refusal.request is not None else None) or ""
    return value.partition(" ")[0]


def _sent(scheme: str) -> Evidence:
    """Return that credentials went out as evidence, not the credentials."""
    return Evidence("request-sent", f"our request has Authorization: {scheme} …")


def _check(case: Case, scheme: str) -> str:
    again = {"basic": ("-u", "NAME:PASSWORD"), "bearer": ("--bearer", "TOKEN")}.get(scheme.lower())
    return f"check them and try again: {connect(case, *again)}" if again else "check them and try again"


def _give(case: Case, scheme: str) -> str:
    kind = scheme.lower()
    if kind == "basic":
        return connect(case, "-u", "NAME:PASSWORD")
    if kind == "bearer":
        return connect(case, "--bearer", "TOKEN")
    if kind == "digest":
        return "switch the server to Basic over TLS or to tokens: hardly any WebSocket client can do Digest"
    if kind in ("negotiate", "ntlm"):
        return "let this path take a token instead: Negotiate and NTLM need a second request on the same connection"
    return connect(case, "-H", f"Authorization: {scheme or 'SCHEME'} …")


def credentials_missing(case: Case) -> Judgement | None:
    """Judge a 401 that says what it wants."""
    refusal = refusal_of(case, "access")
    if refusal is None or refusal.status != 401 or not refusal.get("WWW-Authenticate"):
        return None
    scheme, _, rest = refusal.get("WWW-Authenticate").partition(" ")
    where = f" ({rest})" if rest else ""
    return certain(
        f"the server asks for {scheme} credentials{where}, and none were sent",
        _give(case, scheme),
        *refusal.line("WWW-Authenticate"),
    )


def unauthorized(case: Case) -> Judgement | None:
    """Judge a 401 that does not say what it wants, though it must."""
    refusal = refusal_of(case, "access")
    if refusal is None or refusal.status != 401:
        return None
    causes = (
        "a token is missing that the server looks for in a cookie, the query or the subprotocols, as browsers need it",
        "a session cookie is missing or no longer valid",
    )
    advice = (
        "see in the browser's network tab what its request carries, and give the same: -b, -s, or ?token= in the URL"
    )
    return possible(causes, advice, seen(ResponseReceived, "the 401 has no WWW-Authenticate"), *_said(refusal))


def _said(refusal: Refusal) -> tuple[Evidence, ...]:
    word = refusal.says("token", "csrf", "session", "cookie", "origin", "expired", "signature", "credential", "api key")
    return () if word is None else (refusal.excerpt(word),)


# --- 403 -------------------------------------------------------------------------------------------------------------
def origin_refused(case: Case) -> Judgement | None:
    """Judge a 403 that speaks of the origin."""
    refusal = refusal_of(case, "access")
    if refusal is None or refusal.status != 403 or refusal.says("origin") is None:
        return None
    origin = next(iter(refusal.asked("Origin")), None)
    says = refusal.excerpt("origin")
    if origin is None:
        cause = "the server wants the Origin of a page that it knows, and none was sent"
        return likely(
            cause, connect(case, "--origin", own_origin(case)), says, seen(HandshakeRefused, "no Origin was sent")
        )
    cause = "the origin is not among those that the server allows"
    return likely(
        cause,
        f"add it to the server's list, or try its own: {connect(case, '--origin', own_origin(case))}",
        says,
        origin,
    )


def own_origin(case: Case) -> str:
    """Return the origin of a page on the server itself, as browsers would send it."""
    scheme, _, rest = url_of(case).partition("://")
    host = rest.partition("/")[0]
    return f"{'https' if scheme == 'wss' else 'http'}://{host}" if host else "https://HOST"


def forbidden(case: Case) -> Judgement | None:
    """Judge a 403: the same bytes for an origin, a token, a filter, or an upgrade that the proxy does not allow."""
    refusal = refusal_of(case, "access")
    if refusal is None or refusal.status != 403:
        return None
    has_origin = bool(refusal.asked("Origin"))
    origin = "the server does not know this origin" if has_origin else "the server wants an Origin that it knows"
    causes = [origin, "a token, a cookie or this user's permission is missing"]
    vendor = refusal.marks[0].vendor if refusal.marks else None
    if vendor is ENVOY:
        causes.insert(0, "Envoy has no upgrade_configs for websocket: it answers 403 to an upgrade that it may not do")
        return possible(tuple(causes), ENVOY.upgrade, *evidence_of(refusal.marks[0]), *_said(refusal))
    if vendor is API_GATEWAY:
        causes = [
            "the stage is missing in the path: wss://ID.execute-api.REGION.amazonaws.com/STAGE",
            "the authorizer of $connect, or the IAM signature, says no",
        ]
        return possible(
            tuple(causes), "compare the path with the URL in the console under Stages", *evidence_of(refusal.marks[0])
        )
    if vendor is CLOUDFLARE or refusal.says("access denied", "blocked", "firewall", "waf"):
        causes.insert(0, "a firewall or bot filter in front of the server says no")
    options = ("-H", "Origin:") if has_origin else ("--origin", own_origin(case))
    advice = f"{connect(case, *options)} tells whether it is the origin: then the answer changes"
    return possible(
        tuple(causes),
        advice,
        *refusal.asked("Origin"),
        *_said(refusal),
        *evidence_of(refusal.marks[0] if refusal.marks else None),
    )


# --- Limits ----------------------------------------------------------------------------------------------------------
def payment_required(case: Case) -> Judgement | None:
    """Judge a 402."""
    refusal = refusal_of(case, "access")
    if refusal is None or refusal.status != 402:
        return None
    wait = wait_text(refusal)
    advice = f"try again {wait}" if wait else "see the plan and the quota of the account with the provider"
    cause = "the quota is used up, or the plan has no such connection"
    return likely(cause, advice, *(refusal.line("Retry-After") or (refusal.status_line,)))


def limited(case: Case) -> Judgement | None:
    """Judge a 429."""
    refusal = refusal_of(case, "access")
    if refusal is None or refusal.status != 429:
        return None
    wait = wait_text(refusal)
    advice = f"try again {wait}" if wait else "wait, and let the client wait longer after each refusal"
    cause = "too many requests or connections from this address or account"
    return certain(cause, advice, *(refusal.line("Retry-After") or (refusal.status_line,)))


AREA = Area(
    "access",
    "Who may connect: credentials, origins, limits",
    (
        Rule(
            "access/bot-challenge",
            "a bot check answered",
            "RFC 9110 15.5.4",
            "403 says that the request was understood and will not be fulfilled",
            bot_challenge,
        ),
        Rule(
            "access/credentials-refused",
            "the credentials were not accepted",
            "RFC 9110 15.5.2",
            "401 to a request with credentials says that they were refused",
            credentials_refused,
        ),
        Rule(
            "access/credentials-missing",
            "the server asks for credentials",
            "RFC 9110 11.6.1",
            "401 names in WWW-Authenticate the schemes that would be accepted",
            credentials_missing,
        ),
        Rule(
            "access/unauthorized",
            "401 without a word about what would be accepted",
            "RFC 9110 11.6.1",
            "a server that answers 401 MUST send WWW-Authenticate",
            unauthorized,
        ),
        Rule(
            "access/origin-refused",
            "the Origin is not accepted",
            "RFC 6455 10.2",
            "a server that is not for every page should look at Origin and answer 403 to those it does not know",
            origin_refused,
        ),
        Rule(
            "access/forbidden",
            "the server does not let us in",
            "RFC 9110 15.5.4",
            "403 says that the request was understood and will not be fulfilled",
            forbidden,
        ),
        Rule(
            "access/payment-required",
            "the server wants to be paid",
            "RFC 9110 15.5.3",
            "402 is kept for payments; services use it for quotas and plans",
            payment_required,
        ),
        Rule(
            "access/limited",
            "a limit is reached",
            "RFC 6585 4",
            "429 says that too many requests came, and may say in Retry-After how long to wait",
            limited,
        ),
    ),
)
