"""XMPP over WebSocket (RFC 7395): one XML element a message; the client opens the stream first."""

from __future__ import annotations

from wscli.applications.application import Application, Opening, named, words

HEAD = 1024
"""Bytes in which the tag of a message is looked for."""


def _tag(payload: bytes) -> str:
    """Return the first tag of a message without its brackets, an XML declaration passed over."""
    text = payload[:HEAD].decode("utf-8", "replace").lstrip()
    if text.startswith("<?xml"):
        text = text.partition("?>")[2].lstrip()
    return text[1:].partition(">")[0] if text.startswith("<") else ""


def _attribute(tag: str, name: str) -> str:
    for quote in "\"'":
        found = tag.partition(f" {name}={quote}")
        if found[1]:
            return found[2].partition(quote)[0]
    return ""


def label(payload: bytes) -> str:
    """Return what an element is."""
    tag = _tag(payload)
    name = tag.split(" ")[0].rstrip("/")
    if not name[:1].isalpha():
        return ""
    told = (named(attribute, _attribute(tag, attribute)) for attribute in ("type", "id", "to", "from"))
    return words("xmpp", name[:60], *told)


def _is_open(payload: bytes) -> bool:
    tag = _tag(payload)
    return tag.startswith("open ") and "urn:ietf:params:xml:ns:xmpp-framing" in tag


XMPP = Application(
    "xmpp",
    "XMPP over WebSocket",
    "RFC 7395 3.3",
    label,
    subprotocols=("xmpp",),
    is_from_server=_is_open,
    is_from_client=_is_open,
    needs_subprotocol=True,
    opening=Opening(
        "open", b'<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>', _is_open
    ),
)
