"""Certificates: the facts inside DER bytes that people look for when TLS fails (X.509, RFC 5280 §4.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from wscli.values import Value

_T = TypeVar("_T")


class Certificate(Value):
    """What one certificate of a chain says."""

    der: bytes
    """The exact bytes."""
    subject: str
    """As `CN=example.org, O=Example`."""
    issuer: str
    names: tuple[str, ...]
    """Subject alternative names as `DNS:example.org`, `IP:127.0.0.1`."""
    not_before: str
    """ISO 8601, UTC."""
    not_after: str
    key: str
    """As `RSA 2048`, `EC P-256`; empty where unknown."""
    signature: str
    """The signature algorithm, as `sha256WithRSAEncryption`; its OID where unknown."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the DER bytes, colon-separated capitals."""
        from hashlib import sha256

        return ":".join(f"{byte:02X}" for byte in sha256(self.der).digest())


# --- DER -------------------------------------------------------------------------------------------------------------
_SEQUENCE, _SET, _INTEGER, _BIT_STRING, _OID = 0x30, 0x31, 0x02, 0x03, 0x06
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_BMP_STRING = 0x1E
_EXTENSIONS, _VERSION = 0xA3, 0xA0
_SAN = "2.5.29.17"

_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
_SIGNATURES = {
    "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.2.840.113549.1.1.10": "rsassaPss",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}
_KEYS = {"1.3.101.112": "Ed25519", "1.3.101.113": "Ed448", "1.2.840.113549.1.1.10": "RSA-PSS"}
_RSA, _EC = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"
_CURVES = {
    "1.2.840.10045.3.1.7": "P-256",
    "1.3.132.0.34": "P-384",
    "1.3.132.0.35": "P-521",
    "1.3.132.0.10": "secp256k1",
}
_GENERAL_NAMES = {0x81: "email", 0x82: "DNS", 0x86: "URI", 0x87: "IP"}


class _NotDer(Exception):
    """The bytes do not have the form of DER."""


class _Node(Value):
    """One tag with its content."""

    tag: int
    content: bytes

    def children(self) -> list[_Node]:
        """Return the values inside a constructed one."""
        nodes, rest = [], self.content
        while rest:
            node, rest = _read(rest)
            nodes.append(node)
        return nodes


def _read(data: bytes) -> tuple[_Node, bytes]:
    """Return the first value and what follows it (X.690 §8.1)."""
    if len(data) < 2:
        raise _NotDer
    length, begin = data[1], 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise _NotDer
        begin += count
        length = int.from_bytes(data[2:begin], "big")
    if begin + length > len(data):
        raise _NotDer
    return _Node(data[0], data[begin : begin + length]), data[begin + length :]


def decode_certificate(der: bytes) -> Certificate:
    """Return what a certificate says; what cannot be read stays empty, nothing raises."""
    try:
        body, algorithm = _read(der)[0].children()[:2]
        fields = body.children()
    except (_NotDer, ValueError):
        return Certificate(der, "", "", (), "", "", "", "")
    if fields and fields[0].tag == _VERSION:
        fields = fields[1:]
    # serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, then extensions (RFC 5280 §4.1)
    parts = dict(enumerate(fields))
    oid = _try(lambda: _oid(algorithm.children()[0]), "")
    return Certificate(
        der,
        subject=_try(lambda: _name(parts[4]), ""),
        issuer=_try(lambda: _name(parts[2]), ""),
        names=_try(lambda: _alternative_names(fields), ()),
        not_before=_try(lambda: _time(parts[3].children()[0]), ""),
        not_after=_try(lambda: _time(parts[3].children()[1]), ""),
        key=_try(lambda: _key(parts[5]), ""),
        signature=_SIGNATURES.get(oid, oid),
    )


def _try(read: Callable[[], _T], otherwise: _T) -> _T:
    """Return what can be read, something empty where the bytes are not as they should be."""
    try:
        return read()
    except (_NotDer, ValueError, IndexError, KeyError):
        return otherwise


def _oid(node: _Node) -> str:
    if node.tag != _OID or not node.content:
        raise _NotDer
    numbers, value = [], 0
    for byte in node.content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _string(node: _Node) -> str:
    return node.content.decode("utf-16-be" if node.tag == _BMP_STRING else "utf-8", "backslashreplace")


def _name(node: _Node) -> str:
    """Return a distinguished name as `CN=…, O=…`, in the order of the certificate."""
    parts = []
    for relative in node.children():
        for attribute in relative.children():
            kind, value = attribute.children()[:2]
            oid = _oid(kind)
            parts.append(f"{_NAMES.get(oid, oid)}={_string(value)}")
    return ", ".join(parts)


def _time(node: _Node) -> str:
    """Return a time in ISO 8601; two-digit years up to 49 are of this century (RFC 5280 §4.1.2.5.1)."""
    text = node.content.decode("ascii")
    if node.tag == _UTC_TIME:
        text = ("20" if int(text[:2]) < 50 else "19") + text
    elif node.tag != _GENERALIZED_TIME:
        raise _NotDer
    digits = text[:14]
    if len(digits) < 14 or not digits.isdigit():
        raise _NotDer
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:14]}Z"


def _key(node: _Node) -> str:
    algorithm, bits = node.children()[:2]
    kind, *parameters = algorithm.children()
    oid = _oid(kind)
    if oid == _RSA:
        modulus = _read(bits.content[1:])[0].children()[0]
        return f"RSA {int.from_bytes(modulus.content, 'big').bit_length()}"
    if oid == _EC:
        curve = _oid(parameters[0])
        return f"EC {_CURVES.get(curve, curve)}"
    return _KEYS.get(oid, oid)


def _alternative_names(fields: list[_Node]) -> tuple[str, ...]:
    extensions = next((node for node in fields if node.tag == _EXTENSIONS), None)
    if extensions is None:
        return ()
    for extension in extensions.children()[0].children():
        parts = extension.children()
        if _oid(parts[0]) == _SAN:
            names = _read(parts[-1].content)[0].children()
            return tuple(_general_name(name) for name in names if name.tag in _GENERAL_NAMES)
    return ()


def _general_name(node: _Node) -> str:
    kind = _GENERAL_NAMES[node.tag]
    if kind == "IP":
        from ipaddress import ip_address

        return f"IP:{ip_address(node.content)}"
    return f"{kind}:{_string(node)}"
