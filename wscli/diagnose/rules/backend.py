"""Rules about 5xx: a server that failed, or a proxy that got nothing good from the server behind it."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.refusal import evidence_of, refusal_of, wait_text
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible
from wscli.diagnose.vendors import CLOUDFLARE, NGINX, OPENRESTY

_GATEWAY = (502, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530)
_CLOUDFLARE = {
    520: "the origin answered with something that is no HTTP, or nothing", 521: "the origin refuses the connection",
    522: "the connection to the origin timed out", 523: "the origin's address cannot be reached",
    524: "the origin took the request and did not answer in time", 525: "the TLS handshake with the origin failed",
    526: "the origin's certificate is not valid",
    530: "Cloudflare cannot resolve or reach the origin (see its error 1xxx)",
}  # fmt: skip


# --- What is behind a proxy ------------------------------------------------------------------------------------------
def gateway(case: Case) -> Judgement | None:
    """Judge a proxy that got nothing good from what is behind it."""
    refusal = refusal_of(case, "backend")
    if refusal is None or refusal.status not in _GATEWAY:
        return None
    mark = refusal.author or refusal.proxy
    evidence = (*evidence_of(mark), refusal.status_line)
    if refusal.status in _CLOUDFLARE:
        return certain(f"{_CLOUDFLARE[refusal.status]}; it is not about WebSocket", CLOUDFLARE.backend, *evidence)
    who = mark.vendor.name if mark is not None else "a proxy"
    advice = mark.vendor.backend if mark is not None else "see in the proxy's log which backend it tried, and what came"
    if refusal.status == 504:
        cause = f"{who} waited in vain for the server behind it; the upgrade itself is not the matter"
        return likely(cause, advice if mark is None else mark.vendor.slow_backend, *evidence)
    causes = (
        f"the server behind {who} is down or refuses",
        "it speaks TLS where plain HTTP is expected, or HTTP/2 alone",
        "it answers what is no HTTP, or heads larger than the proxy's buffer",
    )
    return possible(causes, advice, *evidence)


def unavailable(case: Case) -> Judgement | None:
    """Judge a 503: a proxy without a backend, or a server that takes nobody now."""
    refusal = refusal_of(case, "backend")
    if refusal is None or refusal.status != 503:
        return None
    author, wait = refusal.author, wait_text(refusal)
    if author is not None and author.vendor not in (NGINX, OPENRESTY):
        return likely(
            f"{author.vendor.name} has no healthy server behind it", author.vendor.backend, *evidence_of(author)
        )
    evidence = refusal.line("Retry-After") or (refusal.status_line,)
    if wait is not None:
        return certain("the server takes no connections now and says when it will", f"try again {wait}", *evidence)
    causes = (
        "the server is restarting, draining or at its limit of connections",
        "the proxy has no healthy server behind it, or limits the rate (limit_conn and limit_req answer 503)",
    )
    return possible(
        causes,
        "try once more; if it stays, see the server's log and the proxy's",
        *evidence,
        *evidence_of(author or refusal.proxy),
    )


def server_error(case: Case) -> Judgement | None:
    """Judge a 500 and its kind."""
    refusal = refusal_of(case, "backend")
    if refusal is None:
        return None
    return likely(
        "the server failed while it answered",
        "look for the exception in the server's log at this moment",
        refusal.status_line,
        *evidence_of(next(iter(refusal.marks), None)),
    )


AREA = Area(
    "backend",
    "Servers that fail, alone or behind a proxy",
    (
        Rule(
            "backend/gateway",
            "a proxy got no good answer from behind it",
            "RFC 9110 15.6.3",
            "a gateway that got no good answer says 502, one that got none in time 504",
            gateway,
        ),
        Rule(
            "backend/unavailable",
            "the server takes nobody now",
            "RFC 9110 15.6.4",
            "503 says that it is for a time, and may say in Retry-After how long",
            unavailable,
        ),
        Rule(
            "backend/server-error",
            "the server failed",
            "RFC 9110 15.6",
            "5xx says that the server knows that it failed",
            server_error,
        ),
    ),
)
