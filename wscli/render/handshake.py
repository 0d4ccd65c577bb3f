"""Views of the opening handshake: the exact lines that went over the wire, and what was wrong with them."""

from __future__ import annotations

from wscli.events import (
    Check,
    ExchangeAnswered,
    ExchangeFailed,
    ExchangeSent,
    HandshakeInvalid,
    HandshakeJudged,
    HandshakeRefused,
    InterimReceived,
    Opened,
    Purpose,
    RefusalBodyReceived,
    RequestBodyReceived,
    RequestReceived,
    RequestSent,
    ResponseReceived,
    ResponseSent,
    UnparsedReceived,
)
from wscli.render.connecting import fact, failure, note
from wscli.render.context import BYTES, HANDSHAKE, ViewContext
from wscli.render.style import Line
from wscli.text import count_text, duration_text, elide, hex_dump, size_text, visible, visible_bytes
from wscli.timing import Phases
from wscli.wire.body import decode_content, decode_text, unknown_coding
from wscli.wire.deviations import Deviation, Deviations

BODY_SHOWN = 400
"""Characters of a refusal's body that are shown."""
DUMPED = 256
"""Bytes of something undecodable that are shown."""
_PURPOSES = {
    Purpose.UPGRADE_TLS: "first TLS, asked for inside HTTP/1.1 (RFC 2817)",
    Purpose.PREFLIGHT: "an ordinary request on the same connection",
}
_HIDDEN = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"))
"""What begins something in a page that nobody reads, and what ends it."""
_TELLING = ("Server", "Via", "Location", "WWW-Authenticate", "Sec-WebSocket-Version", "Upgrade", "Retry-After")


def deviation_line(deviation: Deviation) -> Line:
    """Return the line of one deviation: code, section, sentence, what was seen."""
    kind = deviation.kind
    detail = f": {visible(deviation.detail)}" if deviation.detail else ""
    return (("deviation", f"! {visible(kind.code)} ({visible(kind.section)}) {visible(kind.sentence)}{detail}"),)


def _head(prefix: str, style: str, raw: bytes) -> list[Line]:
    lines = raw.split(b"\n")[:-1] if raw.endswith(b"\n") else raw.split(b"\n")
    shown: list[Line] = []
    for line in lines:
        text = visible_bytes(line.removesuffix(b"\r"))
        shown.append(((style, f"{prefix} {text}" if text else prefix),))
    return shown


def _deviations(found: Deviations) -> list[Line]:
    return [deviation_line(deviation) for deviation in found]


def show_request(event: RequestSent | RequestReceived, _context: ViewContext) -> list[Line]:
    """Show a request as it stood on the wire, then what is wrong with it."""
    prefix = ">" if isinstance(event, RequestSent) else "<"
    return [*_head(prefix, "request", event.head.raw), *_deviations(event.head.all_deviations)]


def show_response(event: ResponseReceived | InterimReceived | ResponseSent, _context: ViewContext) -> list[Line]:
    """Show a response as it stood on the wire, then what is wrong with it."""
    prefix = ">" if isinstance(event, ResponseSent) else "<"
    return [*_head(prefix, "response", event.head.raw), *_deviations(event.head.all_deviations)]


def show_request_body(event: RequestBodyReceived, _context: ViewContext) -> list[Line]:
    """Say how large a request's body is, and how it begins."""
    more = "" if event.is_complete else " and more"
    return [note(f"body of {size_text(len(event.body))}{more}: {elide(visible_bytes(event.body[:BODY_SHOWN]), 80)}")]


def show_exchange_sent(event: ExchangeSent, _context: ViewContext) -> list[Line]:
    """Show an ordinary request before the upgrade."""
    return [note(_PURPOSES[event.purpose]), *_head(">", "request", event.head.raw)]


def show_exchange_answered(event: ExchangeAnswered, _context: ViewContext) -> list[Line]:
    """Show the answer to it, and how its body begins."""
    lines = [*_head("<", "response", event.head.raw), *_deviations(event.head.all_deviations)]
    if event.body:
        content = decode_content(event.body, event.head.fields.get("Content-Encoding"), 65536)
        text = decode_text(content, event.head.fields.get("Content-Type"))
        more = "" if event.is_complete else ", cut"
        shown = elide(visible(" ".join(text[:BODY_SHOWN].split())), 80)
        lines.append(note(f"body of {size_text(len(event.body))}{more}: {shown}"))
    return lines


def show_exchange_failed(event: ExchangeFailed, context: ViewContext) -> list[Line]:
    """Report why it did not come to the upgrade."""
    return [failure(f"{event.purpose.value} failed: {visible(event.reason)}", context)]


def show_judged(event: HandshakeJudged, context: ViewContext) -> list[Line]:
    """Show what the other side's half breaks; every check at the highest verbosity."""
    if context.level >= BYTES:
        return [_check(check) for check in event.checks]
    return [deviation_line(check.deviation) for check in event.checks if check.deviation is not None]


def _check(check: Check) -> Line:
    if check.deviation is None:
        return (("good", "+ "), ("note", f"{visible(check.name)}: {visible(check.actual)}"))
    mark = "! " if check.is_passed else "x "
    return (("deviation", f"{mark}{visible(check.name)}: {_difference(check)} ({check.deviation.kind.section})"),)


def _difference(check: Check) -> str:
    return f"expected {visible(check.expected)}, got {visible(check.actual)}"


def show_overlooked(_event: Opened, context: ViewContext) -> list[Line]:
    """Report the broken rules that leniency passed over, where the handshake itself is not shown."""
    if context.level >= HANDSHAKE:
        return []
    return [deviation_line(check.deviation) for check in context.failed_checks if check.deviation is not None]


def timing_text(phases: Phases) -> str:
    """Return the phases that there were, as `1.4 ms  (tcp 0.2 · upgrade 1.2)`; with units where they differ."""
    total = duration_text(phases.total or 0.0)
    named = (("dns", phases.dns), ("tcp", phases.tcp), ("tls", phases.tls), ("upgrade", phases.upgrade))
    taken = [(name, duration_text(seconds)) for name, seconds in named if seconds is not None]
    unit = " ms" if all(text.endswith(" ms") for text in (total, *(text for _, text in taken))) else ""
    return f"{total}  ({' · '.join(f'{name} {text.removesuffix(unit)}' for name, text in taken)})"


def show_opened(event: Opened, context: ViewContext) -> list[Line]:
    """Say that the connection is open: the time it took and what was agreed."""
    subprotocol = visible(event.subprotocol) if event.subprotocol else "none"
    deflate = f"deflate {visible(event.extensions)}" if event.deflate is not None else "deflate not agreed"
    return [note(f"open in {timing_text(context.phases)}  subprotocol {subprotocol}  {deflate}")]


def show_refused(event: HandshakeRefused, context: ViewContext) -> list[Line]:
    """Report a refusal, with the header fields that mostly tell why."""
    response = context.response
    version = visible(response.version) if response else "HTTP"
    told = [(name, value) for name in _TELLING for value in (response.fields.all(name) if response else ())]
    return [
        failure(f"handshake refused: {version} {event.status} {visible(event.reason)}".rstrip(), context),
        *(fact("seen", f"{name}: {visible(value)}") for name, value in told),
    ]


def show_refusal_body(event: RefusalBodyReceived, context: ViewContext) -> list[Line]:
    """Show the text of a refusal's body, decoded; of a long page what people would read of it."""
    if not event.body:
        return []
    fields = context.response.fields if context.response else None
    coding = fields.joined("Content-Encoding") if fields else None
    content_type = fields.get("Content-Type") if fields else None
    text = decode_text(decode_content(event.body, coding, 65536), content_type)
    if len(text) > BODY_SHOWN and "<" in text[:BODY_SHOWN]:
        text = _without_markup(text) or text
    kept = unknown_coding(coding)
    notes = ("" if kept is None else f", in the coding {visible(kept)}") + ("" if event.is_complete else ", cut")
    shown = elide(visible(" ".join(text.split())), BODY_SHOWN)
    return [fact("body", f"{size_text(len(event.body))}{notes}: {shown}")]


def _without_markup(page: str) -> str:
    """Return the words of a page without comments, tags, and what is between those of style and script.

    Written without backtracking, as the page is a stranger's.
    """
    words: list[str] = []
    lower, at = page.lower(), 0
    while at < len(page):
        begin = page.find("<", at)
        if begin < 0:
            begin = len(page)
        words.append(page[at:begin])
        hidden = next((end for tag, end in _HIDDEN if lower.startswith(tag, begin)), ">")
        end = lower.find(hidden, begin)
        at = len(page) if end < 0 else end + len(hidden)
    return " ".join(" ".join(words).split())


def show_invalid(event: HandshakeInvalid, context: ViewContext) -> list[Line]:
    """Report each rule that the handshake breaks, with what was expected where that was compared."""
    lines: list[Line] = [failure(f"handshake invalid: {visible(event.reason)}", context)]
    compared = {check.deviation: f": {_difference(check)}" for check in context.failed_checks}
    for deviation in event.deviations:
        seen = compared.get(deviation) or (f": {visible(deviation.detail)}" if deviation.detail else "")
        lines.append(fact("seen", f"{visible(deviation.kind.sentence)}{seen}"))
        lines.append(fact("rule", f"{visible(deviation.kind.section)} ({visible(deviation.kind.code)})"))
    return lines


def show_unparsed(event: UnparsedReceived, _context: ViewContext) -> list[Line]:
    """Dump bytes that nothing here decodes."""
    lines: list[Line] = [note(f"{count_text(len(event.data), 'byte')} that nothing here decodes:")]
    lines += [(("note", f"  {line}"),) for line in hex_dump(event.data[:DUMPED])]
    if len(event.data) > DUMPED:
        lines.append(note(f"  … {len(event.data) - DUMPED} more"))
    return lines
