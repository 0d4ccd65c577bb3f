"""Rules about answers that do not come from the server at all: proxies that want to be asked, portals, filters."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect
from wscli.diagnose.refusal import middlebox_of, portal_sign, refusal_of
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely


def authentication_required(case: Case) -> Judgement | None:
    """Judge a 407: a proxy answered, though we asked no proxy for anything."""
    refusal = refusal_of(case, "proxy")
    if refusal is None or refusal.status != 407:
        return None
    scheme, _, rest = refusal.get("Proxy-Authenticate").partition(" ")
    asks = f"credentials of the scheme {scheme}" if scheme else "credentials"
    if scheme.lower() in ("", "basic"):
        again = connect(case, "-H", "Proxy-Authorization: Basic BASE64")
        advice = f"{again}, with what `printf NAME:PASSWORD | base64` prints"
    else:
        advice = f"reach the server without this proxy: hardly any client can do {scheme} inside a WebSocket handshake"
    realm = f" for {rest}" if rest else ""
    return certain(
        f"a proxy between here and the server asks for {asks}{realm}",
        advice,
        *refusal.line("Proxy-Authenticate"),
        refusal.status_line,
    )


def captive_portal(case: Case) -> Judgement | None:
    """Judge the page of a network that wants a login first."""
    refusal = refusal_of(case, "proxy")
    if refusal is None:
        return None
    advice = "open http://neverssl.com in a browser on this machine and log in to the network, then try again"
    if refusal.status == 511:
        return certain("this network wants a login first (511)", advice, refusal.status_line)
    sign = portal_sign(refusal)
    if sign is None:
        return None
    cause = "a captive portal answers in place of the server: this network wants a login first"
    return likely(cause, advice, refusal.excerpt(sign))


def filtered(case: Case) -> Judgement | None:
    """Judge the page of a proxy or filter that answers in the server's place."""
    refusal = refusal_of(case, "proxy")
    box = None if refusal is None else middlebox_of(refusal)
    if box is None:
        return None
    name, evidence = box
    cause = f"{name} answers between here and the server, which has not been reached"
    advice = "try wss://, which it can only pass on whole, or another network; else have this host allowed there"
    return likely(cause, advice, evidence)


AREA = Area(
    "proxy",
    "Proxies, portals and filters in between",
    (
        Rule(
            "proxy/authentication-required",
            "a proxy asks for credentials",
            "RFC 9110 15.5.8",
            "a proxy that wants credentials answers 407 and names its schemes in Proxy-Authenticate",
            authentication_required,
        ),
        Rule(
            "proxy/captive-portal",
            "the network wants a login first",
            "RFC 6585 6",
            "a network that wants a login answers 511; many show a page in the server's name instead",
            captive_portal,
        ),
        Rule(
            "proxy/filtered",
            "something between here and the server answers in its place",
            "RFC 9110 3.7",
            "an interception proxy stands in the way without having been chosen, and may answer by itself",
            filtered,
        ),
    ),
)
