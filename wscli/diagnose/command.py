"""Commands to type, as advice names them: whole, with the real URL, quoted for a shell."""

from __future__ import annotations

from wscli.diagnose.case import Case


def url_of(case: Case) -> str:
    """Return where the session was to go, told from the request; empty where there is none."""
    if case.request is None:
        return ""
    host = case.request.fields.get("Host")
    scheme = "ws" if case.tls_started is None else "wss"
    return f"{scheme}://{host}{case.request.target}" if host else ""


def connect(case: Case, *options: str, url: str | None = None) -> str:
    """Return the command that tries it again, with these options or at another URL."""
    from shlex import join

    return join(("wscli", "connect", *options, url or url_of(case) or "URL"))
