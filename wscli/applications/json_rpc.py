"""JSON-RPC 2.0, and the DevTools protocol of Chrome, which leaves the member `jsonrpc` away."""

from __future__ import annotations

from typing import Any

from wscli.applications.application import (
    Application,
    array_of,
    named,
    object_of,
    path_of,
    quoted,
    structure_of,
    word,
    words,
)


def label(payload: bytes) -> str:
    """Return what a JSON-RPC message is."""
    message = structure_of(payload)
    if isinstance(message, list):
        first = message[0] if message and isinstance(message[0], dict) else {}
        return f"jsonrpc batch of {len(message)}" if first.get("jsonrpc") == "2.0" else ""
    if message is None or message.get("jsonrpc") != "2.0":
        return ""
    return words("jsonrpc", _call(message, "request", "notification"))


def _call(message: dict[str, Any], request: str, notification: str) -> str:
    """Return what a call, an answer or an announcement is."""
    number, method = named("id", message.get("id")), word(message.get("method"))
    if method:
        return words(request if "id" in message else notification, number, method)
    error = message.get("error")
    if isinstance(error, dict):
        return words("error", number, word(error.get("code")), quoted(error.get("message")))
    return words("result", number) if number else ""


def _is_json_rpc(payload: bytes) -> bool:
    found = array_of(payload)
    message = found[0] if found and isinstance(found[0], dict) else object_of(payload)
    return message.get("jsonrpc") == "2.0"


def label_devtools(payload: bytes) -> str:
    """Return what a message of the DevTools protocol is."""
    told = _call(object_of(payload), "command", "event")
    return words("devtools", told) if told else ""


def _is_devtools_target(target: str) -> bool:
    return path_of(target).startswith(("/devtools/page/", "/devtools/browser/", "/devtools/inspector/"))


def _is_command(payload: bytes) -> bool:
    message = object_of(payload)
    if "jsonrpc" in message or not isinstance(message.get("id"), int):
        return False
    method = message.get("method")
    domain, _, command = (method if isinstance(method, str) else "").partition(".")
    return domain in _DOMAINS and command.isalnum() and command[:1].islower()


_DOMAINS = frozenset((
    "Browser", "CSS", "Console", "DOM", "Debugger", "Emulation", "Fetch", "Input", "Log", "Network", "Page",
    "Performance", "Profiler", "Runtime", "Security", "Storage", "Target", "Tracing",
))  # fmt: skip

JSON_RPC = Application(
    "jsonrpc",
    "JSON-RPC 2.0",
    "JSON-RPC 2.0",
    label,
    is_from_server=_is_json_rpc,
    is_from_client=_is_json_rpc,
)
DEVTOOLS = Application(
    "devtools",
    "Chrome DevTools Protocol",
    "Chrome DevTools Protocol",
    label_devtools,
    is_target=_is_devtools_target,
    is_from_client=_is_command,
)
