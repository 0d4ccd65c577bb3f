"""Commands to type, as advice names them: whole, with the real URL, quoted for a shell."""

from __future__ import annotations

from wscli.diagnose.case import Case


def url_of(case: Case) -> str:
    """Return where the session was to go, told from the request where nobody said it; empty where neither is there."""
    if case.url or case.request is None:
        return case.url
    host = case.request.fields.get("Host")
    scheme = "ws" if case.tls_started is None else "wss"
    return f"{scheme}://{host}{case.request.target}" if host else ""


def connect(case: Case, *options: str, url: str | None = None) -> str:
    """Return the command that tries it again, with these options or at another URL."""
    from shlex import join

    return join(("wscli", "connect", *options, url or url_of(case) or "URL"))


def connect_by(case: Case, scheme: str) -> str:
    """Return the command that tries the same port again as `ws` or `wss`."""
    from wscli.errors import UsageProblem
    from wscli.wire.url import decode_url

    try:
        url = decode_url(url_of(case)).replace(scheme=scheme).text
    except UsageProblem:  # a masked or an unknown one
        url = f"{scheme}://HOST:PORT/PATH"
    return connect(case, url=url)


def server_of(case: Case) -> tuple[str, int]:
    """Return host and port for commands of other tools; placeholders' worth of nothing where no URL is known."""
    from wscli.errors import UsageProblem
    from wscli.wire.url import decode_url

    try:
        url = decode_url(url_of(case))
    except UsageProblem:
        return "", 0
    return url.host, url.port
