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
    """As `CN=example.org, O=Example`, in the certificate's order; special characters escaped as RFC 4514 §2.4 does."""
    issuer: str
    names: tuple[str, ...]
    """Subject alternative names as `DNS:example.org`, `IP:127.0.0.1`, `URI:…`, `email:…`."""
    not_before: str
    """ISO 8601, UTC: `2026-11-24T00:00:00Z`."""
    not_after: str
    key: str
    """As `RSA 2048`, `EC P-256`, `Ed25519`; its OID where unknown."""
    signature: str
    """The signature algorithm, as `sha256WithRSAEncryption`; its OID where unknown."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the DER bytes, colon-separated capitals."""
        from hashlib import sha256

        return ":".join(f"{byte:02X}" for byte in sha256(self.der).digest())


# --- DER -------------------------------------------------------------------------------------------------------------
_OID, _UTC_TIME, _GENERALIZED_TIME = 0x06, 0x17, 0x18
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_SAN = "2.5.29.17"

_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
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
_RSA_KEYS = {"1.2.840.113549.1.1.1": "RSA", "1.2.840.113549.1.1.10": "RSA-PSS"}
_EC_KEY = "1.2.840.10045.2.1"
_OTHER_KEYS = {"1.3.101.112": "Ed25519", "1.3.101.113": "Ed448", "1.2.840.10040.4.1": "DSA"}
_CURVES = {
    "1.2.840.10045.3.1.7": "P-256",
    "1.3.132.0.34": "P-384",
    "1.3.132.0.35": "P-521",
    "1.3.132.0.10": "secp256k1",
}
_GENERAL_NAMES = {0x81: "email", 0x82: "DNS", 0x86: "URI", 0x87: "IP"}
_STRING_CODECS = {0x14: "latin-1", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}
"""TeletexString, UniversalString, BMPString; the other string types are ASCII or UTF-8."""
_ESCAPED = str.maketrans({character: "\\" + character for character in '\\,+"<>;'})


class _NotDer(Exception):
    """The bytes do not have the form of DER."""


class _Node(Value):
    """One tag with its content."""

    tag: int
    content: bytes

    def children(self) -> list[_Node]:
        """Return the values inside a constructed one."""
        nodes, offset = [], 0
        while offset < len(self.content):
            node, offset = _read(self.content, offset)
            nodes.append(node)
        return nodes


def _read(data: bytes, offset: int = 0) -> tuple[_Node, int]:
    """Return the value at an offset, and the offset of what follows it (X.690 §8.1)."""
    header = data[offset : offset + 2]
    if len(header) < 2 or header[0] & 0x1F == 0x1F:  # a tag of several bytes stands nowhere in a certificate
        raise _NotDer
    length, begin = header[1], offset + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:  # 0 would be the indefinite form, which DER forbids
            raise _NotDer
        length = int.from_bytes(data[begin : begin + count], "big")
        begin += count
    if begin + length > len(data):
        raise _NotDer
    return _Node(header[0], data[begin : begin + length]), begin + length


# --- Certificates ----------------------------------------------------------------------------------------------------
def decode_certificate(der: bytes) -> Certificate:
    """Return what a certificate says; what cannot be read stays empty, nothing raises (RFC 5280 §4.1)."""
    try:
        body, algorithm = _read(der)[0].children()[:2]
        fields = body.children()
    except (_NotDer, ValueError):
        return Certificate(der, "", "", (), "", "", "", "")
    if fields and fields[0].tag == _VERSION:
        fields = fields[1:]
    # Now: serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, the optional fields.
    oid = _try(lambda: _oid(algorithm.children()[0]), "")
    return Certificate(
        der,
        subject=_try(lambda: _name(fields[4]), ""),
        issuer=_try(lambda: _name(fields[2]), ""),
        names=_try(lambda: _alternative_names(fields), ()),
        not_before=_try(lambda: _time(fields[3].children()[0]), ""),
        not_after=_try(lambda: _time(fields[3].children()[1]), ""),
        key=_try(lambda: _key(fields[5]), ""),
        signature=_SIGNATURES.get(oid, oid),
    )


def _try(read: Callable[[], _T], otherwise: _T) -> _T:
    """Return what can be read, something empty where the bytes are not as they should be."""
    try:
        return read()
    except (_NotDer, ValueError, IndexError):
        return otherwise


def _oid(node: _Node) -> str:
    """Return an object identifier in dots; the first two numbers share one (X.690 §8.19)."""
    if node.tag != _OID or not node.content or node.content[-1] & 0x80:
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
    return node.content.decode(_STRING_CODECS.get(node.tag, "utf-8"), "backslashreplace")


def _name(node: _Node) -> str:
    """Return a distinguished name as `CN=…, O=…`; an RDN of several attributes joins them with `+` (RFC 4514 §2.2)."""
    return ", ".join("+".join(map(_attribute, relative.children())) for relative in node.children())


def _attribute(node: _Node) -> str:
    kind, value = node.children()[:2]
    oid = _oid(kind)
    text = _string(value).translate(_ESCAPED)
    if text.startswith((" ", "#")):
        text = "\\" + text
    if text.endswith(" "):
        text = text[:-1] + "\\ "
    return f"{_NAMES.get(oid, oid)}={text}"


def _time(node: _Node) -> str:
    """Return a time in ISO 8601; two-digit years below 50 are of this century (RFC 5280 §4.1.2.5.1)."""
    text = node.content.decode("ascii")
    if node.tag == _UTC_TIME:
        text = ("20" if int(text[:2]) < 50 else "19") + text
    elif node.tag != _GENERALIZED_TIME:
        raise _NotDer
    digits = text[:14]
    if len(digits) < 14 or not digits.isdigit() or not text.endswith("Z"):
        raise _NotDer
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:]}Z"


def _key(node: _Node) -> str:
    algorithm, bits = node.children()[:2]
    kind, *parameters = algorithm.children()
    oid = _oid(kind)
    if oid in _RSA_KEYS:
        # A BIT STRING's first byte counts its unused bits; the key behind it begins with the modulus (RFC 8017 A.1.1).
        modulus = _read(bits.content, 1)[0].children()[0]
        return f"{_RSA_KEYS[oid]} {int.from_bytes(modulus.content, 'big').bit_length()}"
    if oid == _EC_KEY:
        curve = _oid(parameters[0])
        return f"EC {_CURVES.get(curve, curve)}"
    return _OTHER_KEYS.get(oid, oid)


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
    if kind != "IP":
        return f"{kind}:{_string(node)}"
    if len(node.content) not in (4, 16):
        return f"IP:{node.content.hex()}"  # no address; shown as it is
    from ipaddress import ip_address

    return f"IP:{ip_address(node.content)}"
