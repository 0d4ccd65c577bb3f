"""Rules about certificates that were not accepted."""

from __future__ import annotations

import pytest

from tests.diagnose.scripted import found_in
from wscli.diagnose.rules.certificate import AREA
from wscli.events import CertificatesReceived, Event, Finding, TlsFailed, TlsStarted
from wscli.wire.certificate import Certificate

LEAF = Certificate(
    b"",
    "CN=a.example",
    "CN=Test CA",
    ("DNS:a.example",),
    "2025-01-01T00:00:00Z",
    "2026-01-01T00:00:00Z",
    "RSA 2048",
    "sha",
)
ROOT = LEAF.replace(subject="CN=Test CA", names=(), not_after="2035-01-01T00:00:00Z", not_before="2015-01-01T00:00:00Z")
PUBLIC = LEAF.replace(issuer="CN=R11, O=Let's Encrypt, C=US")
FAKE = LEAF.replace(subject="CN=Kubernetes Ingress Controller Fake Certificate, O=Acme Co")

Events = tuple[Event, ...]


def refused(code: int, *chain: Certificate, name: str = "a.example") -> Events:
    received = (CertificatesReceived(chain),) if chain else ()
    return (TlsStarted(name), *received, TlsFailed("OpenSSL's words", None, code))


def without_name(code: int) -> Events:
    return (TlsFailed("OpenSSL's words", None, code),)


Row = tuple[str, Events, str, str, str, Events]
"""Rule, events, evidence, words of the advice, confidence, events of another rule."""
CASES: list[Row] = [
    ("certificate/proxy-default", refused(20, FAKE), "Kubernetes Ingress Controller Fake Certificate", "secretName",
     "certain",
     refused(20, LEAF)),
    ("certificate/intercepted", refused(19, LEAF.replace(issuer="CN=Zscaler Root CA"), ROOT),
     "issuer CN=Zscaler Root CA",
     "--cacert ITS-AUTHORITY.pem", "likely", refused(10, LEAF.replace(issuer="CN=Zscaler Root CA"))),
    ("certificate/expired", refused(10, LEAF, ROOT), "valid 2025-01-01T00:00:00Z to 2026-01-01T00:00:00Z", "renew it",
     "certain", refused(9, LEAF)),
    ("certificate/expired", refused(10, LEAF.replace(not_after="2039-01-01T00:00:00Z"), ROOT),
     "chain 2 of 2: CN=Test CA",
     "chain file", "likely", refused(18, LEAF)),
    ("certificate/expired", refused(10), "X.509 verification result 10", "renew it", "likely", refused(11)),
    ("certificate/not-yet-valid", refused(9, LEAF), "valid 2025-01-01T00:00:00Z", "date -u", "possible",
     refused(10, LEAF)),
    ("certificate/not-yet-valid", refused(9), "verification result 9", "date -u", "possible", refused(8)),
    ("certificate/self-signed", refused(18, LEAF.replace(issuer="CN=a.example")), "issuer CN=a.example",
     "openssl s_client -connect h.example:8443 -servername a.example", "certain", refused(19, LEAF, ROOT)),
    ("certificate/self-signed", without_name(18), "verification result 18", "--cacert server.pem", "certain",
     refused(20)),
    ("certificate/untrusted-root", refused(19, LEAF, ROOT), "chain 2 of 2: CN=Test CA", "--cacert ROOT.pem", "certain",
     refused(20, LEAF)),
    ("certificate/untrusted-root", refused(19), "verification result 19", "--cacert ROOT.pem", "certain", refused(18)),
    ("certificate/no-issuer", refused(20, PUBLIC), "issuer CN=R11, O=Let's Encrypt", "fullchain.pem", "likely",
     refused(18, PUBLIC)),
    ("certificate/no-issuer", refused(21, LEAF), "certificate CN=a.example for DNS:a.example", "with its root alone",
     "possible", refused(22, LEAF)),
    ("certificate/no-issuer", refused(20), "verification result 20", "--cacert ROOT.pem", "possible", refused(2)),
    ("certificate/wrong-host", refused(62, LEAF, name="b.example"), "wanted b.example",
     "wscli connect wss://a.example:8443/x", "certain", refused(63, LEAF, name="b.example")),
    ("certificate/wrong-host", refused(64, LEAF.replace(names=("DNS:*.example",)), name="192.0.2.1"),
     "wanted 192.0.2.1",
     "wss://NAME/", "certain", refused(1, LEAF)),
    ("certificate/wrong-host", refused(62, LEAF.replace(names=("DNS:*.a.example",)), name="x.y.a.example"),
     "DNS:*.a.example", "*.y.a.example", "certain", refused(1, LEAF)),
    ("certificate/wrong-host", refused(62, LEAF.replace(names=())), "for no names", "subject alternative names",
     "certain",
     refused(1, LEAF)),
    ("certificate/wrong-host", refused(62), "verification result 62", "-vv", "certain", refused(61)),
    ("certificate/not-accepted", refused(26, LEAF), "certificate CN=a.example", "for servers", "certain",
     refused(62, LEAF)),
    ("certificate/not-accepted", refused(68), "verification result 68", "SHA-256", "certain", refused(9)),
    ("certificate/not-accepted", refused(77, LEAF), "certificate CN=a.example", "-vv", "certain", (TlsFailed("x"),)),
]  # fmt: skip


def found(events: Events, url: str = "wss://h.example:8443/x") -> list[Finding]:
    return list(found_in(*events, url=url))


@pytest.mark.parametrize("row", CASES)
def test_a_refused_certificate_is_judged_so_and_a_near_one_otherwise(row: Row) -> None:
    rule, events, evidence, advice, confidence, near = row
    (finding,) = found(events)
    assert (rule, confidence) == (finding.rule, finding.confidence.value)
    assert evidence in "\n".join(one.text for one in finding.evidence)
    assert advice in finding.advice
    assert rule not in [one.rule for one in found(near)]


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in AREA.rules} == {case[0] for case in CASES}


@pytest.mark.parametrize(
    ("name", "is_for"),
    [("a.example", True), ("A.example.", True), ("", True), ("x.b.example", True), ("b.example", False)],
)
def test_a_self_signed_certificate_for_others_is_told_to_be_so(name: str, is_for: bool) -> None:
    leaf = LEAF.replace(issuer=LEAF.subject, names=("DNS:a.example", "DNS:*.b.example"))
    (finding,) = found(refused(18, leaf, name=name))
    assert is_for == ("trusting it is not enough" not in finding.causes[0])


def test_without_a_url_there_are_placeholders() -> None:
    (finding,) = found(refused(62, LEAF, name="b.example"), url="")
    assert finding.advice.endswith("wscli connect wss://a.example/")
    (finding,) = found(refused(18, LEAF, name="::1"), url="wss://[::1]/")
    assert "-connect '[::1]:443' </dev/null" in finding.advice
    (finding,) = found(refused(18, LEAF), url="")
    assert "-connect HOST:PORT" in finding.advice
