"""Views of names, addresses and TLS."""

from __future__ import annotations

from wscli.events import (
    AttemptFailed,
    CertificatesReceived,
    Connected,
    ConnectFailed,
    NameFailed,
    NameResolved,
    TlsEstablished,
    TlsFailed,
)
from wscli.render.context import FRAMES, ViewContext
from wscli.render.style import Line
from wscli.text import duration_text, visible, visible_bytes
from wscli.wire.certificate import Certificate


def note(text: str) -> Line:
    """Return a line of our own talk; the text must be safe to show."""
    return (("note", f"* {text}"),)


def show_name_resolved(event: NameResolved, context: ViewContext) -> list[Line]:
    addresses = ", ".join(map(visible, event.addresses))
    return [note(f"{visible(event.host)} is {addresses}  dns {duration_text(context.phases.dns or 0.0)}")]


def show_attempt_failed(event: AttemptFailed, _context: ViewContext) -> list[Line]:
    return [note(f"{visible(event.address)}  {visible(event.reason)} ({visible(event.error)})")]


def show_connected(event: Connected, context: ViewContext) -> list[Line]:
    return [note(f"{visible(event.address)}  tcp {duration_text(context.phases.tcp or 0.0)}")]


def show_name_failed(event: NameFailed, _context: ViewContext) -> list[Line]:
    return [(("bad", f"x name not resolved: {visible(event.host)}"),), fact("seen", visible(event.reason))]


def show_connect_failed(event: ConnectFailed, _context: ViewContext) -> list[Line]:
    return [(("bad", f"x could not connect to {visible(event.host)}"),), fact("seen", visible(event.reason))]


def fact(name: str, text: str) -> Line:
    """Return one aligned line of a failure report; the text must be safe to show."""
    return (("name", f"  {name:<7}"), ("plain", text))


def show_tls_established(event: TlsEstablished, context: ViewContext) -> list[Line]:
    verified = "verified" if event.is_verified else "not verified"
    alpn = visible(event.alpn) if event.alpn else "none"
    took = duration_text(context.phases.tls or 0.0)
    return [note(f"{event.version} {event.cipher}  alpn {alpn}  {verified}  tls {took}")]


def show_certificates(event: CertificatesReceived, context: ViewContext) -> list[Line]:
    shown = event.certificates if context.level >= FRAMES else event.certificates[:1]
    lines = [line for certificate in shown for line in _certificate(certificate)]
    if len(shown) < len(event.certificates):
        lines.append(note(f"  {len(event.certificates)} certificates in the chain (-vv shows them)"))
    return lines


def _certificate(certificate: Certificate) -> list[Line]:
    names = ", ".join(map(visible, certificate.names)) or "none"
    return [
        note(f"certificate {visible(certificate.subject)}"),
        note(f"  names  {names}"),
        note(f"  issuer {visible(certificate.issuer)}"),
        note(f"  valid  {visible(certificate.not_before)} to {visible(certificate.not_after)}"),
        note(f"  key    {visible(certificate.key)}  {visible(certificate.signature)}"),
        note(f"  sha256 {certificate.fingerprint}"),
    ]


def show_tls_failed(event: TlsFailed, _context: ViewContext) -> list[Line]:
    lines: list[Line] = [(("bad", f"x TLS failed: {visible(event.reason)}"),)]
    if event.alert is not None:
        lines.append(fact("seen", f"the peer sent the alert {visible(event.alert)}"))
    if event.verify_code is not None:
        lines.append(fact("seen", f"X.509 verification result {event.verify_code} (-v shows the certificate)"))
    if event.first_bytes:
        lines.append(fact("seen", f"the peer's first bytes are no TLS record: {visible_bytes(event.first_bytes)}"))
    return lines
