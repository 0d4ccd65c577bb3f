"""Rules about answers that may come from a wrong path: a page, nothing there, another method."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect, url_of
from wscli.diagnose.refusal import evidence_of, refusal_of
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible
from wscli.diagnose.vendors import CADDY, EXPRESS, FILES, GO, NGINX, OPENRESTY


def page_in_place_of_upgrade(case: Case) -> Judgement | None:
    """Judge an ordinary success: the same bytes for a wrong path and for an upgrade lost on the way."""
    refusal = refusal_of(case, "path")
    if refusal is None or not 200 <= refusal.status < 300:
        return None
    mark = refusal.proxy or next(iter(refusal.marks), None)
    vendor = None if mark is None else mark.vendor
    evidence = (*evidence_of(mark), *refusal.line("Content-Type"))
    if vendor is CADDY and not refusal.body:
        cause = "no route of Caddy takes this path: it answers 200 without a body then"
        return likely(cause, CADDY.upgrade, *evidence)
    if refusal.server is FILES:
        return certain(
            "a server of files answers, which knows no WebSocket", "check host and port of the URL", *evidence
        )
    what = "a page" if refusal.is_page else "something that is no WebSocket"
    causes = [
        f"the path serves {what}: the endpoint is at another one, or a catch-all (try_files and the like) takes it"
    ]
    if vendor in (NGINX, OPENRESTY):
        causes += [
            "proxy_set_header Upgrade $http_upgrade; is missing in the location",
            'proxy_set_header Connection "upgrade"; is missing there',
            "proxy_http_version 1.1; is missing there, so that nginx (before 1.29.7) asks in HTTP/1.0",
            "another location or server block takes the request than the one that forwards upgrades",
        ]
    elif vendor is not None and not vendor.forwards:
        causes.append(f"{vendor.name} does not pass Upgrade on ({vendor.upgrade})")
    else:
        who = vendor.name if vendor is not None and vendor.is_proxy else "a proxy"
        causes.append(f"{who} or something behind it takes Upgrade out, and the server answers an ordinary GET")
    if refusal.server is not None:
        causes.append(refusal.server.upgrade)
    probe = connect(case, url="ws://BACKEND:PORT" + refusal.resource)
    advice = (
        f"ask the server behind it from the proxy's machine: {probe}; 101 blames the proxy, the same again the path"
    )
    if not refusal.marks:
        advice = f"compare the path with the server's routes; where it is right, ask past every proxy: {probe}"
    return possible(tuple(causes), advice, *evidence)


def not_found(case: Case) -> Judgement | None:
    """Judge a 404 or 410 by who says it."""
    refusal = refusal_of(case, "path")
    if refusal is None or refusal.status not in (404, 410):
        return None
    author, path = refusal.author, refusal.path
    evidence = evidence_of(author) or evidence_of(next(iter(refusal.marks), None))
    if refusal.status == 410:
        return likely("this endpoint is gone for good", "ask who runs the server for the new one", refusal.status_line)
    if author is not None and author.vendor in (NGINX, OPENRESTY):
        cause = f"{author.vendor.name} answers itself: no location with proxy_pass matches {path}, and it found no file"
        return likely(
            cause, f"compare the location of the proxy_pass with {path}: nginx -T | grep -A5 location", *evidence
        )
    if author is not None and author.vendor in (EXPRESS, GO):
        return likely(f"{author.vendor.name} has nothing at {path}", author.vendor.upgrade, *evidence)
    causes = [
        f"nothing is served at {path}",
        "the slash at the end makes the difference",
        "a proxy adds or takes away a prefix of the path",
    ]
    if refusal.server is not None:
        causes.append(refusal.server.upgrade)
    elif refusal.proxy is not None and not refusal.proxy.vendor.forwards:
        causes.append(f"{refusal.proxy.vendor.name} does not pass Upgrade on, and the path exists for upgrades alone")
    return possible(tuple(causes), f"{connect(case, url=_other_slash(case))}", *evidence)


def _other_slash(case: Case) -> str:
    base, mark, query = url_of(case).partition("?")
    if not base:
        return "URL"
    has_slash = base.endswith("/") and base.partition("://")[2].count("/") > 1
    toggled = base.rstrip("/") if has_slash else f"{base.rstrip('/')}/ws" if base.endswith("/") else f"{base}/"
    return f"{toggled}{mark}{query}"


def method(case: Case) -> Judgement | None:
    """Judge 405 and 501: the path is there and takes no upgrade."""
    refusal = refusal_of(case, "path")
    if refusal is None or refusal.status not in (405, 501):
        return None
    allowed = refusal.get("Allow")
    causes = (
        f"the path takes {allowed} alone: an ordinary endpoint, not the WebSocket's"
        if allowed and "GET" not in allowed
        else "the path is an ordinary endpoint, not the WebSocket's",
        "a proxy made an HTTP/2 request of ours, in which an upgrade by GET does not exist",
    )
    return possible(
        causes,
        f"compare the path with the server's routes, then ask the server itself: "
        f"{connect(case, url='ws://SERVER:PORT' + refusal.resource)}",
        refusal.status_line,
        *refusal.line("Allow"),
    )


AREA = Area(
    "path",
    "Paths: pages in place of an upgrade, nothing there",
    (
        Rule(
            "path/page-in-place-of-upgrade",
            "the server answered as if an ordinary page had been asked for",
            "RFC 6455 4.2.2",
            "a server that accepts the handshake answers 101",
            page_in_place_of_upgrade,
        ),
        Rule(
            "path/not-found",
            "nothing is served at this path",
            "RFC 9110 15.5.5",
            "404 says that there is nothing at this target, or nothing that would be shown",
            not_found,
        ),
        Rule(
            "path/method",
            "the path takes no upgrade",
            "RFC 6455 4.1",
            "the handshake is a GET, and HTTP/1.1",
            method,
        ),
    ),
)
