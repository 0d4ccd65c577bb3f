"""What the server says in plain HTTP: the page with its resources, a folder of the user's, posted forms, a stream."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from email.utils import formatdate
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, unquote

from wscli.protocol.exchange import Response
from wscli.serve.forms import Part, decode_form
from wscli.text import size_text, visible
from wscli.values import Value
from wscli.wire.head import RequestHead

Pieces = Iterator[bytes | float]
"""The pieces of a streamed body, in order; a number is a time to wait, in seconds."""

PAGES = Path(__file__).parent / "pages"
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
PIECE = 64 * 1024
STREAM_LONGEST = 100_000

_HTML = "text/html; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
# The page loads nothing from elsewhere and runs no code that stands in the text.
_POLICY = "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'"
_GUARDS = (("Content-Security-Policy", _POLICY), ("X-Content-Type-Options", "nosniff"))
_SHOWN_OF_FILE = 64

_DOCUMENT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css"></head>
<body><main><h1>{title}</h1>
{content}
<p><a href="/">Back</a></p></main></body></html>
"""


class Answer(Value):
    """An answer of the site."""

    response: Response
    pieces: Pieces | None = None
    """The body of a streamed one."""


def respond(
    status: int, reason: str, text: str, *fields: tuple[str, str], kind: str = _TEXT, date: float | None = None
) -> Response:
    """Return a whole answer."""
    head = (*_identity(date), ("Content-Type", kind), *fields)
    return Response(status, reason, head, text.encode("utf-8", "backslashreplace"))


def _identity(date: float | None = None) -> tuple[tuple[str, str], ...]:
    """Return the fields of every answer (RFC 9110 §6.6.1, §10.2.4)."""
    return ("Date", formatdate(date, usegmt=True)), ("Server", "wscli")


class Site:
    """Answers ordinary requests."""

    def __init__(self, folder: str | None = None) -> None:
        self._root = Path(folder).resolve() if folder is not None else PAGES
        # What pages of the user's own may load is not ours to say.
        self._guards = () if folder is not None else _GUARDS

    def answer(self, request: RequestHead, body: bytes) -> Answer:
        """Return the answer to a request that upgrades nothing."""
        path, _, query = request.local_target.partition("?")
        if request.method not in METHODS:
            return Answer(respond(501, "Not Implemented", f"the methods here are {', '.join(METHODS)}\n"))
        if request.method == "OPTIONS":
            fields = (*_identity(), ("Allow", ", ".join(METHODS)))
            return Answer(Response(204, "No Content", fields))
        if request.method == "POST":
            return Answer(_posted(request, body))
        if path == "/stream":
            return _stream(query)
        return self._file(path)

    def _file(self, path: str) -> Answer:
        file = self._find(path)
        if file is None:
            return Answer(respond(404, "Not Found", f"there is no {visible(unquote(path))} here\n"))
        try:
            stream = file.open("rb")
        except OSError:
            return Answer(respond(403, "Forbidden", f"{visible(unquote(path))} cannot be read\n"))
        size = file.stat().st_size
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if kind.startswith("text/") or kind == "application/javascript":
            kind += "; charset=utf-8"
        fields = (*_identity(), ("Content-Type", kind), ("Cache-Control", "no-cache"), *self._guards)
        return Answer(Response(200, "OK", fields, is_streamed=True, length=size), _pieces_of(stream, size))

    def _find(self, path: str) -> Path | None:
        """Return the file for a path; None where there is none below the root, links followed."""
        if not path.startswith("/") or "\0" in unquote(path):
            return None
        try:
            found = (self._root / unquote(path).lstrip("/")).resolve()
            if found.is_dir():
                found = (found / "index.html").resolve()
            return found if found.is_relative_to(self._root) and found.is_file() else None
        except (OSError, RuntimeError):  # a name too long, a loop of links
            return None


def _pieces_of(stream: object, size: int) -> Pieces:
    """Yield exactly so many bytes of a file, whatever happens to it meanwhile, and close it."""
    from typing import BinaryIO, cast

    with cast("BinaryIO", stream) as file:
        while size > 0:
            data = file.read(min(PIECE, size)) or bytes(min(PIECE, size))
            size -= len(data)
            yield data


def _stream(query: str) -> Answer:
    """Lines one after the other: a body whose length nobody knows before its end."""
    values = parse_qs(query)

    def number(name: str, default: float, read: Callable[[str], float]) -> float:
        try:
            return max(0.0, min(read(values[name][-1]), STREAM_LONGEST))
        except (KeyError, ValueError):
            return default

    count, interval = int(number("count", 5, int)), number("interval", 0.2, float)

    def lines() -> Pieces:
        for line in range(1, count + 1):
            yield b"line %d of %d\n" % (line, count)
            if line < count:
                yield interval

    fields = (*_identity(), ("Content-Type", _TEXT))
    return Answer(Response(200, "OK", fields, is_streamed=True), lines())


def _posted(request: RequestHead, body: bytes) -> Response:
    """Return a page that shows what was posted."""
    parts = decode_form(request.fields.get("Content-Type") or "", body)
    rows = "\n".join(f"<tr><th scope=row>{escape(part.name)}</th><td>{_shown(part)}</td></tr>" for part in parts)
    table = f"<table><caption>What came</caption>\n{rows}\n</table>" if parts else ""
    content = f"<p>{len(body)} bytes of {escape(request.fields.get('Content-Type') or 'no type')}.</p>\n{table}"
    document = _DOCUMENT.format(title="Posted", content=content)
    return respond(200, "OK", document, *_GUARDS, kind=_HTML)


def _shown(part: Part) -> str:
    if part.file_name is None:
        return f"<pre>{escape(visible(part.content.decode('utf-8', 'backslashreplace')))}</pre>"
    from hashlib import sha256

    digest = sha256(part.content).hexdigest()
    begin = part.content[:_SHOWN_OF_FILE].hex(" ")
    return (
        f"{escape(visible(part.file_name))}, {size_text(len(part.content))}, {escape(visible(part.kind))}"
        f"<br>sha256 <code>{digest}</code><br><code>{begin}</code>"
    )
