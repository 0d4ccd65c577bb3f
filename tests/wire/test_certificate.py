"""Certificates, with `cryptography` as the maker and the oracle."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_address
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st

from wscli.wire.certificate import Certificate, decode_certificate

BEGIN = dt.datetime(2026, 1, 31, 23, 59, 58, tzinfo=dt.UTC)
END = dt.datetime(2027, 11, 24, tzinfo=dt.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
SHA256 = hashes.SHA256()


def name(*attributes: tuple[ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes])


SUBJECT = name((NameOID.COMMON_NAME, "localhost"), (NameOID.ORGANIZATION_NAME, "wscli"))
ISSUER = name((NameOID.COUNTRY_NAME, "CH"), (NameOID.COMMON_NAME, "Issuer"))


def make(
    *,
    subject: x509.Name = SUBJECT,
    key: Any = KEY,
    names: tuple[x509.GeneralName, ...] = (),
    signer: Any = KEY,
    algorithm: Any = SHA256,
    rsa_padding: Any = None,
    begin: dt.datetime = BEGIN,
    end: dt.datetime = END,
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ISSUER)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, algorithm, rsa_padding=rsa_padding).public_bytes(Encoding.DER)


PLAIN = make(names=(x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))))


def test_a_certificate_says_what_people_look_for() -> None:
    expected = Certificate(
        PLAIN,
        "CN=localhost, O=wscli",
        "C=CH, CN=Issuer",
        ("DNS:localhost", "IP:127.0.0.1"),
        "2026-01-31T23:59:58Z",
        "2027-11-24T00:00:00Z",
        "EC P-256",
        "ecdsa-with-SHA256",
    )
    assert expected == decode_certificate(PLAIN)


def test_the_fingerprint_is_the_sha_256_of_the_bytes() -> None:
    oracle = x509.load_der_x509_certificate(PLAIN).fingerprint(hashes.SHA256())
    assert oracle.hex(":").upper() == decode_certificate(PLAIN).fingerprint


def test_every_kind_of_alternative_name_that_a_host_can_have_is_shown_in_order() -> None:
    names = (
        x509.DNSName("*.example.org"),
        x509.IPAddress(ip_address("10.0.0.1")),
        x509.IPAddress(ip_address("2001:db8::1")),
        x509.DirectoryName(SUBJECT),  # says nothing about hosts
        x509.UniformResourceIdentifier("spiffe://cluster/ns"),
        x509.RFC822Name("me@example.org"),
    )
    expected = (
        "DNS:*.example.org",
        "IP:10.0.0.1",
        "IP:2001:db8::1",
        "URI:spiffe://cluster/ns",
        "email:me@example.org",
    )
    assert expected == decode_certificate(make(names=names)).names


def test_an_address_of_a_wrong_length_is_shown_as_it_is_among_the_others() -> None:
    der = make(names=(x509.DNSName("abcdef"), x509.DNSName("other")))
    broken = der.replace(b"\x82\x06abcdef", b"\x87\x06abcdef")
    assert ("IP:616263646566", "DNS:other") == decode_certificate(broken).names


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (RSA_KEY, "RSA 2048"),
        (ec.generate_private_key(ec.SECP384R1()), "EC P-384"),
        (ec.generate_private_key(ec.SECP521R1()), "EC P-521"),
        (ec.generate_private_key(ec.SECP256K1()), "EC secp256k1"),
        (ec.generate_private_key(ec.BrainpoolP256R1()), "EC 1.3.36.3.3.2.8.1.1.7"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
        (ed448.Ed448PrivateKey.generate(), "Ed448"),
        (dsa.generate_private_key(1024), "DSA"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_the_kind_and_size_of_the_key_is_told(key: Any, expected: str) -> None:
    assert expected == decode_certificate(make(key=key)).key


@pytest.mark.parametrize(
    ("signer", "algorithm", "rsa_padding", "expected"),
    [
        (RSA_KEY, hashes.SHA256(), None, "sha256WithRSAEncryption"),
        (RSA_KEY, hashes.SHA384(), None, "sha384WithRSAEncryption"),
        (RSA_KEY, hashes.SHA512(), None, "sha512WithRSAEncryption"),
        (RSA_KEY, hashes.SHA256(), padding.PSS(padding.MGF1(SHA256), 32), "rsassaPss"),
        (KEY, hashes.SHA384(), None, "ecdsa-with-SHA384"),
        (KEY, hashes.SHA512(), None, "ecdsa-with-SHA512"),
        (KEY, hashes.SHA224(), None, "1.2.840.10045.4.3.1"),
        (ed25519.Ed25519PrivateKey.generate(), None, None, "Ed25519"),
        (ed448.Ed448PrivateKey.generate(), None, None, "Ed448"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_the_signature_algorithm_is_named_or_numbered(
    signer: Any, algorithm: Any, rsa_padding: Any, expected: str
) -> None:
    der = make(signer=signer, algorithm=algorithm, rsa_padding=rsa_padding)
    oracle = x509.load_der_x509_certificate(der).signature_algorithm_oid.dotted_string
    read = decode_certificate(der).signature
    assert expected == read
    assert read == oracle or not read[0].isdigit()


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (dt.datetime(1950, 1, 1, tzinfo=dt.UTC), dt.datetime(2049, 12, 31, 23, 59, 59, tzinfo=dt.UTC)),
        (dt.datetime(1999, 12, 31, tzinfo=dt.UTC), dt.datetime(2050, 1, 1, tzinfo=dt.UTC)),
        (dt.datetime(2026, 2, 28, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)),
    ],
)
def test_both_forms_of_a_time_become_iso_8601(begin: dt.datetime, end: dt.datetime) -> None:
    read = decode_certificate(make(begin=begin, end=end))
    assert (begin, end) == (dt.datetime.fromisoformat(read.not_before), dt.datetime.fromisoformat(read.not_after))


@pytest.mark.parametrize(
    "time", [b"26013123595+", b"2601312359580", b"x60131235958Z", b"26013123x958Z", b"2601312359\xff8Z"]
)
def test_a_time_in_no_proper_form_is_empty(time: bytes) -> None:
    der = PLAIN.replace(b"\x17\x0d260131235958Z", b"\x17\x0d" + time.ljust(13, b"0"))
    read = decode_certificate(der)
    assert ("", "2027-11-24T00:00:00Z") == (read.not_before, read.not_after)


def test_a_time_that_is_of_another_type_is_empty() -> None:
    assert "" == decode_certificate(PLAIN.replace(b"\x17\x0d26", b"\x16\x0d26")).not_before


# --- Names -----------------------------------------------------------------------------------------------------------
def test_names_keep_their_order_and_unknown_attributes_their_number() -> None:
    subject = name(
        (NameOID.DOMAIN_COMPONENT, "org"),
        (NameOID.EMAIL_ADDRESS, "a@b.c"),
        (NameOID.JURISDICTION_COUNTRY_NAME, "CH"),
        (NameOID.COMMON_NAME, "Zürich"),
    )
    expected = "DC=org, emailAddress=a@b.c, 1.3.6.1.4.1.311.60.2.1.3=CH, CN=Zürich"
    assert expected == decode_certificate(make(subject=subject)).subject


def test_attributes_of_one_rdn_are_joined() -> None:
    pair = [x509.NameAttribute(NameOID.COMMON_NAME, "a"), x509.NameAttribute(NameOID.USER_ID, "b")]
    subject = x509.Name([x509.RelativeDistinguishedName(pair), *SUBJECT.rdns])
    assert "CN=a+UID=b, CN=localhost, O=wscli" == decode_certificate(make(subject=subject)).subject


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("good, O=Forged", "CN=good\\, O=Forged"),
        ('a+b"c\\d<e>f;g', 'CN=a\\+b\\"c\\\\d\\<e\\>f\\;g'),
        ("#1", "CN=\\#1"),
        (" a ", "CN=\\ a\\ "),
    ],
)
def test_a_value_cannot_pretend_to_be_an_attribute(value: str, expected: str) -> None:
    assert expected == decode_certificate(make(subject=name((NameOID.COMMON_NAME, value)))).subject


@pytest.mark.parametrize(("tag", "codec"), [(0x1E, "utf-16-be"), (0x1C, "utf-32-be"), (0x14, "latin-1")])
def test_old_string_types_are_read_in_their_encoding(tag: int, codec: str) -> None:
    encoded = "Zürich".encode(codec)
    size = bytes([len(encoded)])
    # Made as UTF-8 of the same length and changed afterwards: the maker does not take all of them.
    der = make(subject=name((NameOID.COMMON_NAME, "x" * len(encoded))))
    old = der.replace(b"\x0c" + size + b"x" * len(encoded), bytes([tag]) + size + encoded)
    assert "CN=Zürich" == decode_certificate(old).subject


def test_bytes_that_are_no_text_are_shown_escaped() -> None:
    der = PLAIN.replace(b"\x0c\x09localhost", b"\x0c\x09local\xffost")
    assert "CN=local\\\\xffost, O=wscli" == decode_certificate(der).subject


# --- What is no certificate ------------------------------------------------------------------------------------------
NOTHING = Certificate(b"", "", "", (), "", "", "", "")


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"0",
        b"garbage",
        b"\x30\x80\x00\x00",  # the indefinite length
        b"\x30\x85\x00\x00\x00\x00\x00",  # a length of five bytes
        b"\x3f\x81\x00",  # a tag of several bytes
        b"\x30\x03\x30\x05\x00",  # an inner value longer than the outer
        b"\x30\x00",
        b"\x30\x04\x30\x00\x30\x00",
    ],
)
def test_what_is_no_certificate_is_empty_and_keeps_its_bytes(der: bytes) -> None:
    assert NOTHING.replace(der=der) == decode_certificate(der)


def test_a_part_that_cannot_be_read_leaves_the_others() -> None:
    # The object identifier of the common name ends in the middle of a number.
    read = decode_certificate(PLAIN.replace(b"\x06\x03\x55\x04\x0a\x0c\x05wscli", b"\x06\x03\x55\x04\x8a\x0c\x05wscli"))
    assert ("", "C=CH, CN=Issuer", "EC P-256") == (read.subject, read.issuer, read.key)


def test_a_certificate_of_version_1_has_no_version_and_no_extensions() -> None:
    body = (
        b"\x02\x01\x01"  # serialNumber
        b"\x30\x00"  # signature
        b"\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03old"
        b"\x30\x1e\x17\x0d700101000000Z\x17\x0d000101000000Z"
        b"\x30\x00"
    )
    read = decode_certificate(b"\x30" + bytes([len(body) + 4]) + b"\x30" + bytes([len(body)]) + body + b"\x30\x00")
    assert ("CN=old", "1970-01-01T00:00:00Z", "2000-01-01T00:00:00Z", ()) == (
        read.issuer,
        read.not_before,
        read.not_after,
        read.names,
    )


@given(st.binary(max_size=200))
def test_garbage_never_raises(der: bytes) -> None:
    assert der == decode_certificate(der).der


@given(st.integers(0, len(PLAIN)))
def test_a_certificate_that_was_cut_never_raises(length: int) -> None:
    assert PLAIN[:length] == decode_certificate(PLAIN[:length]).der


@given(st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), max_size=6))
def test_a_certificate_with_wrong_bytes_never_raises(changes: list[tuple[int, int]]) -> None:
    der = bytearray(PLAIN)
    for place, byte in changes:
        der[place] = byte
    assert bytes(der) == decode_certificate(bytes(der)).der


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40))
def test_any_name_comes_back_as_it_was(text: str) -> None:
    read = decode_certificate(make(subject=name((NameOID.ORGANIZATION_NAME, text)))).subject
    assert text == read.removeprefix("O=").replace("\\\\", "\0").replace("\\", "").replace("\0", "\\")
