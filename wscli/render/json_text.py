"""JSON in colour: a payload's text cut into keys, strings, numbers and the rest, without parsing it.

Works on the beginning of a text as well as on a whole, and on what only looks like JSON: every character comes back.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from wscli.render.style import Span


@cache
def _token() -> Any:
    import re

    return re.compile(
        r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))'
        r'|(?P<string>"(?:[^"\\]|\\.)*"?)'
        r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
        r"|(?P<word>\b(?:true|false|null)\b)"
    )


_STYLES = {"key": "json-key", "string": "json-string", "number": "json-number", "word": "json-word"}


def looks_like_json(text: str) -> bool:
    """Return whether a text begins as an object or an array."""
    return text[:1] in ("{", "[") and len(text) > 1


def json_spans(text: str) -> tuple[Span, ...]:
    """Return a text that is safe to show as spans, each part of JSON in its style; joined they are the text."""
    spans: list[Span] = []
    place = 0
    for found in _token().finditer(text):
        if found.start() > place:
            spans.append(("text", text[place : found.start()]))
        spans.append((_STYLES[found.lastgroup], found.group()))
        place = found.end()
    if place < len(text):
        spans.append(("text", text[place:]))
    return tuple(spans)


def pretty_json(payload: bytes) -> str | None:
    """Return JSON with a line for each member, its escapes kept; None for what is none.

    An escaped control character stays escaped: a peer's `\\u001b` must not become one here.
    """
    from json import dumps, loads

    try:
        return dumps(loads(payload), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
