"""Rules about our own request: what the user's options made of it that servers and proxies stumble over."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import server_of
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, seen
from wscli.events import RequestSent, Severity, TlsStarted

_SINGLE = ("Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Origin", "Authorization")
_SECRET = ("authorization",)


def _fields(case: Case, name: str) -> tuple[str, ...]:
    """Return the values of a field in a request that did not lead to an open connection."""
    return () if case.request is None or case.opened is not None else case.request.fields.all(name)


def repeated(case: Case) -> Judgement | None:
    """Judge a field that stands more than once and should not."""
    name = next((name for name in _SINGLE if len(_fields(case, name)) > 1), None)
    if name is None or (case.refused is not None and case.refused.status == 400):  # there it is the error itself
        return None
    values = _fields(case, name)
    shown = ["…" if name.lower() in _SECRET else value for value in values]
    return certain(
        f"our request has {name} {len(values)} times, by an -H or a copied command",
        f"leave out the -H that adds {name}",
        *(seen(RequestSent, f"{name}: {one}") for one in shown),
    )


def incomplete(case: Case) -> Judgement | None:
    """Judge a request that is no handshake any more: a field is missing or has another value."""
    request = case.request
    if request is None or case.opened is not None:
        return None
    wanted = (("Upgrade", "websocket"), ("Connection", "upgrade"), ("Sec-WebSocket-Version", "13"))
    for name, value in wanted:
        said = request.fields.joined(name)
        if said is None:
            return certain(
                f"our request lacks {name}, which an -H took away",
                f"leave out that -H '{name}:'",
                seen(RequestSent, f"there is no {name}"),
            )
        if value not in [one.strip() for one in said.lower().split(",")]:
            return certain(
                f"our request says {name}: {said}, where a handshake says {value}",
                f"leave out the -H that changes {name}",
                seen(RequestSent, f"{name}: {said}"),
            )
    key = request.fields.get("Sec-WebSocket-Key")
    if key is None or not _is_key(key):
        return certain(
            "our request has no Sec-WebSocket-Key of 16 bytes in base64",
            "leave out the -H that changes it",
            seen(RequestSent, f"Sec-WebSocket-Key: {key or 'missing'}"),
        )
    return None


def _is_key(key: str) -> bool:
    from base64 import b64decode

    try:
        return len(b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def host_differs(case: Case) -> Judgement | None:
    """Judge a Host that is not the URL's, or not the name that TLS was made with."""
    hosts = _fields(case, "Host")
    if not hosts:
        return None
    said = _host(hosts[0])
    sni = case.tls_started.server_name.lower() if case.tls_started is not None else ""
    url, _ = server_of(case)
    if sni and sni != said and not _is_address(sni):
        return likely(
            f"Host says {said} and the server name of TLS {sni}: a server of many names may serve neither",
            "give the two the same name: --host and --servername",
            seen(RequestSent, f"Host: {hosts[0]}"),
            seen(TlsStarted, f"server name {sni}"),
        )
    if url and url.lower() != said and not case.url.startswith(("ws+unix", "wss+unix")):
        return likely(
            f"Host says {said}, the URL {url}",
            "leave --host away, or see whether the server has a site of that name",
            seen(RequestSent, f"Host: {hosts[0]}"),
        )
    return None


def _host(value: str) -> str:
    host = value.strip().lower()
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


AREA = Area(
    "request",
    "Our own request",
    (
        Rule(
            "request/repeated",
            "our request says something twice",
            "RFC 9110 5.3",
            "a field that is no list may stand once",
            repeated,
            Severity.WARNING,
        ),
        Rule(
            "request/incomplete",
            "our request is no handshake",
            "RFC 6455 4.1",
            "the handshake has Upgrade, Connection, Sec-WebSocket-Key and Sec-WebSocket-Version, each as it must be",
            incomplete,
            Severity.WARNING,
        ),
        Rule(
            "request/host-differs",
            "our request names another host",
            "RFC 6455 4.1",
            "Host says the host and port of the URL",
            host_differs,
            Severity.WARNING,
        ),
    ),
    says_all=True,
)
