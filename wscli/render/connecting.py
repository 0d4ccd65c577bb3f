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


def failure(text: str, context: ViewContext) -> Line:
    """Return the first line of a failure report, with the exit status where it is known; the text must be safe."""
    status = context.exit_status()
    if not status:
        return (("bad", f"x {text}"),)
    return (("bad", f"x {text}"), ("dim", f"   (exit {status})"))


def show_name_resolved(event: NameResolved, context: ViewContext) -> list[Line]:
    """Say which addresses a name has."""
    addresses = ", ".join(map(visible, event.addresses))
    return [note(f"{visible(event.host)} is {addresses}  dns {duration_text(context.phases.dns or 0.0)}")]


def show_attempt_failed(event: AttemptFailed, _context: ViewContext) -> list[Line]:
    """Say why one address did not connect."""
    return [note(_attempt(event))]


def _attempt(event: AttemptFailed) -> str:
    return f"{visible(event.address)}  {visible(event.reason)} ({visible(event.error)})"


def show_connected(event: Connected, context: ViewContext) -> list[Line]:
    """Say which address is connected, and how long that took."""
    return [note(f"{visible(event.address)}  tcp {duration_text(context.phases.tcp or 0.0)}")]


def show_name_failed(event: NameFailed, context: ViewContext) -> list[Line]:
    """Report a name that has no address."""
    return [failure(f"name not resolved: {visible(event.host)}", context), fact("seen", visible(event.reason))]


def show_connect_failed(event: ConnectFailed, context: ViewContext) -> list[Line]:
    """Report that nothing could be connected to, with the reason of each address that was tried."""
    seen = [_attempt(attempt) for attempt in context.attempts] or [visible(event.reason)]
    return [failure(f"could not connect to {visible(event.host)}", context), *(fact("seen", text) for text in seen)]


def fact(name: str, text: str) -> Line:
    """Return one aligned line of a failure report; the text must be safe to show."""
    return (("name", f"  {name:<8}"), ("plain", text))


def show_tls_established(event: TlsEstablished, context: ViewContext) -> list[Line]:
    """Say what TLS agreed on."""
    verified = "verified" if event.is_verified else "not verified"
    alpn = visible(event.alpn) if event.alpn else "none"
    took = duration_text(context.phases.tls or 0.0)
    return [note(f"{visible(event.version)} {visible(event.cipher)}  alpn {alpn}  {verified}  tls {took}")]


def show_certificates(event: CertificatesReceived, context: ViewContext) -> list[Line]:
    """Show the leaf certificate, or the whole chain to those who asked for more."""
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


def _identity(chain: tuple[Certificate, ...]) -> list[str]:
    """Return what mostly tells why a certificate was refused: whom it names, who signed it, when it holds."""
    if not chain:
        return []
    leaf = chain[0]
    names = ", ".join(map(visible, leaf.names)) or "no names"
    return [
        f"certificate {visible(leaf.subject)} for {names}",
        f"issuer {visible(leaf.issuer)}, valid {visible(leaf.not_before)} to {visible(leaf.not_after)}",
    ]


def show_tls_failed(event: TlsFailed, context: ViewContext) -> list[Line]:
    """Report why TLS failed, with the certificate where that was the reason."""
    lines: list[Line] = [failure(f"TLS failed: {visible(event.reason)}", context)]
    if event.alert is not None:
        lines.append(fact("seen", f"the peer sent the alert {visible(event.alert)}"))
    if event.verify_code is not None:
        lines.append(fact("seen", f"X.509 verification result {event.verify_code}"))
        lines += [fact("seen", text) for text in _identity(context.certificates)]
    if event.first_bytes:
        lines.append(fact("seen", f"the peer's first bytes are no TLS record: {visible_bytes(event.first_bytes)}"))
    return lines
