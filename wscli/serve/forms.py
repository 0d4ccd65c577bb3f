"""Posted forms and files, read with the standard library's parsers (RFC 7578, WHATWG URL for urlencoded)."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from wscli.values import Value


class Part(Value):
    """One field of a form."""

    name: str
    content: bytes
    file_name: str | None = None
    """None for a field that is no file."""
    kind: str = "text/plain"


def decode_form(content_type: str, body: bytes) -> tuple[Part, ...]:
    """Return the fields of a form in their order; one part without a name for a body that is no form."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        pairs = parse_qsl(body.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")
        return tuple(Part(_text(name), value.encode("utf-8", "surrogateescape")) for name, value in pairs)
    if kind == "multipart/form-data":
        return _multipart(content_type, body)
    return (Part("", body, "body", kind or "no type"),) if body else ()


def _multipart(content_type: str, body: bytes) -> tuple[Part, ...]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    parts = []
    for part in message.iter_parts():
        name = part.get_param("name", "", "content-disposition")
        content = part.get_payload(decode=True)
        parts.append(
            Part(
                _text(str(name)),
                content if isinstance(content, bytes) else b"",
                None if part.get_filename() is None else _text(str(part.get_filename())),
                part.get_content_type(),
            )
        )
    return tuple(parts)


def _text(text: str) -> str:
    """Return text that can be encoded."""
    return text.encode("utf-8", "backslashreplace").decode()
