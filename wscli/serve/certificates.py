"""Certificates made on the spot for `serve --tls`, good ones and bad ones on request; needs the extra `wscli[tls]`."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from wscli.errors import EnvironmentProblem
from wscli.net.tls import Context, server_context

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

LIFE = timedelta(days=30)


def made_context(
    host: str, fault: str | None = None, client_ca: str | None = None, *, alpn: tuple[str, ...] = ()
) -> tuple[Context, str]:
    """Return a TLS context with a fresh certificate for a host, and the certificate's SHA-256 fingerprint.

    `fault` asks for a bad one: `expired`, `early`, `wrong-name`, `incomplete`. EnvironmentProblem without the extra.
    """
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.hashes import SHA256
    except ImportError as error:
        hint = "pip install 'wscli[tls]', or give a certificate with --cert and --key"
        reason = "making a certificate needs the package cryptography, which is not installed"
        raise EnvironmentProblem("serve/tls", "--tls", None, reason, hint=hint) from error
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(host, key, fault)
    with tempfile.TemporaryDirectory(prefix="wscli-") as folder:
        # OpenSSL reads certificates from files only; the key is gone from the disk once it is read.
        file = Path(folder) / "server.pem"
        file.touch(mode=0o600)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
        context = server_context(str(file), alpn=alpn, client_ca=client_ca)
    return context, certificate.fingerprint(SHA256()).hex(":").upper()


def _certificate(host: str, key: ec.EllipticCurvePrivateKey, fault: str | None) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    begin = {"expired": now - 2 * LIFE, "early": now + LIFE}.get(fault or "", now - timedelta(hours=1))
    names = _alternative_names(host) if fault != "wrong-name" else [x509.DNSName("wrong.example")]
    # An authority that nobody has: what a server shows when it forgets its intermediate.
    is_incomplete = fault == "incomplete"
    issuer, signer = ("wscli intermediate", ec.generate_private_key(ec.SECP256R1())) if is_incomplete else (host, key)
    return (
        x509.CertificateBuilder()
        .subject_name(name(host))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=not is_incomplete, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(signer, SHA256())
    )


def _alternative_names(host: str) -> list[x509.GeneralName]:
    """Return the names that reach a server bound to this host."""
    from cryptography import x509

    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    for text in dict.fromkeys((host, "127.0.0.1", "::1")):
        try:
            names.append(x509.IPAddress(ip_address(text)))
        except ValueError:
            if text != "localhost":
                names.append(x509.DNSName(text))
    return names
