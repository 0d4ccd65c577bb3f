"""A refusal, read for the rules: status, fields and the text of its body, who left a mark on it, whose matter it is."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.rule import seen
from wscli.diagnose.upgrades import HOST_REFUSED, MISSED, TLS_PORT, engine_io_code
from wscli.diagnose.vendors import Mark, Vendor, marks_on
from wscli.events import Evidence, RefusalBodyReceived, RequestSent, ResponseReceived
from wscli.values import Value
from wscli.wire.body import decode_content, decode_text
from wscli.wire.head import RequestHead, ResponseHead

BODY_READ = 65536
EXCERPT = 80

ACCESS = frozenset((401, 402, 403, 429))
"""Statuses that are about who asks, not about what is asked for."""
PATH = frozenset((404, 405, 410, 501))
"""Statuses that say that the path, or this path with this method, is not the endpoint."""

# What the pages of portals and filters say, in lower case, and whose they are.
_PORTALS = (
    "captive portal", "network login", "accept the terms", "hotspot login", "wispaccessgatewayparam", "guest wi-fi",
    "<login-url>", "to use this network", "wifi login",
)  # fmt: skip
_FILTERS = (
    ("x-squid-error", "", "the proxy Squid"), ("server", "squid", "the proxy Squid"), ("server", "zscaler", "Zscaler"),
    ("server", "fortigate", "FortiGate"), ("server", "netskope", "Netskope"), ("server", "barracuda", "Barracuda"),
    ("server", "bluecoat", "Blue Coat"), ("server", "mcafee web gateway", "McAfee Web Gateway"),
    ("server", "sophos", "Sophos"), ("server", "umbrella", "Cisco Umbrella"), ("via", "mitmproxy", "mitmproxy"),
)  # fmt: skip
_FILTER_PAGES = (
    ("fortiguard", "FortiGuard"), ("zscaler", "Zscaler"), ("opendns", "Cisco Umbrella"),
    ("blocked by your administrator", "a filter of the network"), ("squid-internal-static", "the proxy Squid"),
    ("web page blocked", "a filter of the network"), ("kaspersky", "Kaspersky"), ("bitdefender", "Bitdefender"),
    ("sophos", "Sophos"), ("burp suite", "Burp Suite"),
)  # fmt: skip


class Refusal(Value):
    """An answer other than 101."""

    status: int
    head: ResponseHead
    request: RequestHead | None
    body: str
    """Decoded, as people read it."""
    lower: str
    """The same in lower case, for a look at words."""
    marks: tuple[Mark, ...]

    def get(self, name: str) -> str:
        """Return the value of a field, empty where there is none."""
        return self.head.fields.get(name) or ""

    def line(self, name: str) -> tuple[Evidence, ...]:
        """Return a field of the answer as evidence."""
        field = next((one for one in self.head.fields if one.name.lower() == name.lower()), None)
        return () if field is None else (seen(ResponseReceived, f"{field.name}: {field.value}"),)

    def asked(self, name: str) -> tuple[Evidence, ...]:
        """Return the fields of that name in our request as evidence, one each."""
        fields = self.request.fields if self.request is not None else ()
        return tuple(
            seen(RequestSent, f"sent {one.name}: {one.value}") for one in fields if one.name.lower() == name.lower()
        )

    def says(self, *words: str) -> str | None:
        """Return the first of these (in lower case) that the body holds."""
        return next((word for word in words if word in self.lower), None)

    def excerpt(self, word: str) -> Evidence:
        """Return the words around a sign in the body as evidence."""
        place = max(0, self.lower.find(word))
        begin = max(self.body.rfind("\n", 0, place), self.body.rfind(">", 0, place)) + 1
        if place - begin > EXCERPT // 2:
            begin = place
        text = self.body[begin : begin + EXCERPT].split("\n")[0].partition("<")[0].strip()
        if word not in text.lower():  # it stands inside a tag
            text = self.body[place : place + EXCERPT].split("\n")[0].strip()
        return seen(RefusalBodyReceived, text)

    @property
    def status_line(self) -> Evidence:
        """The first line of the answer."""
        return seen(ResponseReceived, f"{self.head.version} {self.status} {self.head.reason}".rstrip())

    @property
    def is_page(self) -> bool:
        """Whether the body is a page for people."""
        return "html" in self.get("Content-Type").lower() or self.lower.lstrip().startswith(("<!doctype html", "<html"))

    @property
    def author(self) -> Mark | None:
        """Who wrote the answer itself, where its body is a page of their own."""
        return next((mark for mark in self.marks if mark.is_page), None)

    @property
    def proxy(self) -> Mark | None:
        """The proxy that left its mark: one that must be told to forward an upgrade before one that need not be."""
        proxies = [mark for mark in self.marks if mark.vendor.is_proxy]
        return next((mark for mark in proxies if not mark.vendor.forwards), next(iter(proxies), None))

    @property
    def server(self) -> Vendor | None:
        """The server of the application, where one left its mark."""
        return next((mark.vendor for mark in self.marks if not mark.vendor.is_proxy), None)

    @property
    def resource(self) -> str:
        """What was asked for, its query included."""
        return "/" if self.request is None else self.request.target

    @property
    def path(self) -> str:
        """The path that was asked for, without its query."""
        return self.resource.partition("?")[0]


def evidence_of(mark: Mark | None) -> tuple[Evidence, ...]:
    """Return a vendor's mark as evidence."""
    if mark is None:
        return ()
    return (seen(RefusalBodyReceived if mark.is_page else ResponseReceived, mark.text),)


def refusal_of(case: Case, area: str) -> Refusal | None:
    """Return the refusal where it is the matter of an area; each refusal is the matter of one."""
    response = case.response
    if case.refused is None or response is None:
        return None
    refusal = _read(case, response)
    return refusal if _area_of(refusal) == area else None


def _read(case: Case, response: ResponseHead) -> Refusal:
    fields = response.fields
    raw = b"" if case.body is None else case.body.body
    content = decode_content(raw, fields.get("Content-Encoding"), BODY_READ)
    body = decode_text(content, fields.get("Content-Type"))
    return Refusal(response.status, response, case.request, body, body.lower(), marks_on(fields, body))


def _area_of(refusal: Refusal) -> str:
    if refusal.status in (407, 511) or portal_sign(refusal) is not None or middlebox_of(refusal) is not None:
        return "proxy"
    if engine_io_code(refusal.body) is not None:
        return "http"
    if 300 <= refusal.status < 400:
        return "redirect"
    if refusal.status in ACCESS:
        return "access"
    # 505: a hop asks in another version of HTTP than we did.
    if refusal.status == 505 or refusal.says(*HOST_REFUSED, *MISSED, *TLS_PORT) is not None:
        return "http"
    if refusal.status in PATH or 200 <= refusal.status < 300:
        return "path"
    return "backend" if 500 <= refusal.status < 600 else "http"


def portal_sign(refusal: Refusal) -> str | None:
    """Return the words with which a network asks to log in; only an answer that leads people somewhere is looked at."""
    leads = refusal.status in (200, 203, 302, 303, 307, 401, 403)
    return refusal.says(*_PORTALS) if leads else None


def middlebox_of(refusal: Refusal) -> tuple[str, Evidence] | None:
    """Return the name of the box between us and the server that wrote the answer, and what tells it."""
    for name, part, box in _FILTERS:
        value = refusal.get(name)
        if name in refusal.head.fields and part in value.lower():
            return box, refusal.line(name)[0]
    sign = next(((word, box) for word, box in _FILTER_PAGES if refusal.is_page and word in refusal.lower), None)
    return None if sign is None else (sign[1], refusal.excerpt(sign[0]))


def wait_text(refusal: Refusal) -> str | None:
    """Return Retry-After in words: seconds, or a date with the seconds to it by the server's clock (§10.2.3)."""
    value = refusal.get("Retry-After").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return f"in {value} seconds"
    from email.utils import parsedate_to_datetime

    try:
        due, now = parsedate_to_datetime(value), parsedate_to_datetime(refusal.get("Date"))
        return f"in {max(0, round((due - now).total_seconds()))} seconds, at {value}"
    except (TypeError, ValueError, OverflowError):  # no date, none to compare with, or one with a zone and one without
        return f"at {value}"
