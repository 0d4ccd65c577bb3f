"""Our own request, looked at: what a server may rightly refuse, or fail at, before anybody blames the server."""

from __future__ import annotations

from wscli.events import Checked, CheckOutcome
from wscli.settings import ConnectionSettings
from wscli.wire.deviations import Deviation
from wscli.wire.grammar import has_token
from wscli.wire.head import RequestHead

_ONCE = ("Host", "Upgrade", "Connection", "Origin", "Sec-WebSocket-Key", "Sec-WebSocket-Version")
KEY_BYTES = 16


def lint_request(head: RequestHead, settings: ConnectionSettings) -> tuple[Checked, ...]:
    """Return a check for everything that is wrong with a request of ours; a single good one where nothing is."""
    found = (*_repeated(head), *_upgrade(head), *_key(head), *_version(head), *_host(head, settings), *_form(head))
    return found or (Checked("request", CheckOutcome.PASSED, "nothing is wrong with what we send"),)


def _fault(seen: str, reference: str, advice: str, outcome: CheckOutcome = CheckOutcome.FAILED) -> Checked:
    return Checked("request", outcome, seen, reference, advice)


def _repeated(head: RequestHead) -> list[Checked]:
    return [
        _fault(f"{name} stands {len(values)} times", "RFC 9110 5.3", f"leave out the -H that repeats {name}")
        for name in _ONCE
        if len(values := head.fields.all(name)) > 1
    ]


def _upgrade(head: RequestHead) -> list[Checked]:
    found = []
    for name, token in (("Upgrade", "websocket"), ("Connection", "Upgrade")):
        values = head.fields.all(name)
        if not has_token(values, token):
            seen = f"{name}: {', '.join(values)} lacks {token}" if values else f"{name} is missing"
            found.append(_fault(seen, "RFC 6455 4.1", f"leave out the -H that changes {name}"))
    return found


def _key(head: RequestHead) -> list[Checked]:
    from binascii import Error, a2b_base64

    key = head.fields.get("Sec-WebSocket-Key")
    if key is None:
        return [_fault("Sec-WebSocket-Key is missing", "RFC 6455 4.1", "leave out the -H that removes it")]
    try:
        length = len(a2b_base64(key.encode("latin-1", "replace"), strict_mode=True))
    except Error:
        seen = f"Sec-WebSocket-Key: {key} is no base64"
        return [_fault(seen, "RFC 6455 4.1", "leave out the -H that sets it")]
    if length == KEY_BYTES:
        return []
    seen = f"Sec-WebSocket-Key: {key} is {length} bytes in base64, not {KEY_BYTES}"
    return [_fault(seen, "RFC 6455 4.1", "leave out the -H that sets it")]


def _version(head: RequestHead) -> list[Checked]:
    version = head.fields.get("Sec-WebSocket-Version")
    if version == "13":
        return []
    seen = "Sec-WebSocket-Version is missing" if version is None else f"Sec-WebSocket-Version: {version} is not 13"
    return [_fault(seen, "RFC 6455 4.1", "leave out the -H that changes it")]


def _host(head: RequestHead, settings: ConnectionSettings) -> list[Checked]:
    host, expected = head.fields.get("Host"), settings.url.host_header
    if host is None:
        return [_fault("Host is missing", "RFC 9112 3.2", "leave out the -H that removes it")]
    found = []
    if host.lower() != expected:
        seen = f"Host: {host} is not the URL's {expected}"
        found.append(_fault(seen, "RFC 9112 3.2", "leave out --host", CheckOutcome.WARNED))
    name = settings.tls.server_name
    if settings.url.is_secure and name is not None and name.lower() != host.lower().partition(":")[0]:
        seen = f"TLS asks for {name}, Host for {host}: a server may answer 421"
        found.append(_fault(seen, "RFC 9110 15.5.20", "give --host and --servername one name", CheckOutcome.WARNED))
    return found


def _form(head: RequestHead) -> list[Checked]:
    return [_deviating(one) for one in head.all_deviations]


def _deviating(deviation: Deviation) -> Checked:
    kind = deviation.kind
    seen = f"{kind.sentence}: {deviation.detail}" if deviation.detail else kind.sentence
    return _fault(seen, kind.section, "leave out the -H that brings it")
