"""Rules about certificates that were not accepted: which one, why, and who has to mend it."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect, server_of, url_of
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.diagnose.vendors import CERTIFICATES
from wscli.events import CertificatesReceived, Evidence, TlsFailed, TlsStarted
from wscli.wire.certificate import Certificate

# Results of verification, as OpenSSL numbers them (X509_V_ERR_…).
_EARLY, _EXPIRED, _SELF_SIGNED, _SELF_SIGNED_ROOT, _NO_ISSUER, _LEAF_ALONE = 9, 10, 18, 19, 20, 21
_WRONG_HOST, _WRONG_ADDRESS = 62, 64
_OTHERS = {
    7: ("a signature in the chain is wrong: a certificate was changed, or is signed by another key of the same name",
        "have the certificate issued again"),
    22: ("the chain is longer than allowed", "give the server its own chain alone, without roots and strangers"),
    23: ("the certificate was revoked", "have a new one issued"),
    24: ("a certificate in the chain is no authority (CA:TRUE is missing)",
         "put the certificates in order: the server's first, then each one's issuer"),
    25: ("the chain is longer than an authority in it allows", "have it issued by an authority that may"),
    26: ("the certificate is not for servers (no serverAuth in its extended key usage)", "have one issued for servers"),
    66: ("the certificate's key is too short for this OpenSSL", "have one issued for RSA 2048 or P-256"),
    67: ("the authority's key is too short for this OpenSSL", "have it issued by another authority"),
    68: ("a certificate in the chain is signed with MD5 or SHA-1, which this OpenSSL does not accept",
         "have it issued again with SHA-256"),
}  # fmt: skip

_PUBLIC = (
    "let's encrypt", "digicert", "sectigo", "comodo", "usertrust", "globalsign", "google trust services", "amazon",
    "zerossl", "godaddy", "entrust", "geotrust", "thawte", "rapidssl", "buypass", "certum", "ssl corporation",
    "microsoft azure", "starfield", "identrust", "swisssign", "quovadis", "actalis", "harica", "gts ca",
)  # fmt: skip
"""Words in the names of public authorities' intermediates."""
_INTERCEPTORS = (
    "zscaler", "netskope", "fortinet", "fortigate", "palo alto", "blue coat", "symantec ssl visibility", "sophos",
    "cisco umbrella", "opendns", "mitmproxy", "portswigger", "charles proxy", "do_not_trust_fiddlerroot", "fiddler",
    "kaspersky", "eset ssl filter", "avast", "avg web", "bitdefender", "nortonlifelock", "mcafee", "checkpoint",
    "check point", "barracuda", "watchguard", "forcepoint", "untangle", "adguard", "lightspeed", "securly",
)  # fmt: skip
"""Words in the names of authorities with which boxes and programs open TLS of others."""


def _failed_with(case: Case, *codes: int) -> bool:
    return case.tls_failed is not None and case.tls_failed.verify_code in codes


def _identity(certificate: Certificate) -> tuple[Evidence, ...]:
    """Return whom a certificate names, who issued it and when it holds, in the words of the failure's report."""
    names = ", ".join(certificate.names) or "no names"
    return (
        seen(CertificatesReceived, f"certificate {certificate.subject} for {names}"),
        seen(
            CertificatesReceived,
            f"issuer {certificate.issuer}, valid {certificate.not_before} to {certificate.not_after}",
        ),
    )


def _chain(case: Case) -> tuple[Evidence, ...]:
    """Return the chain, one line a certificate; one certificate alone in full."""
    count = len(case.certificates)
    if count == 1:
        return _identity(case.certificates[0])
    return tuple(
        seen(CertificatesReceived, f"chain {place} of {count}: {one.subject}, issued by {one.issuer}")
        for place, one in enumerate(case.certificates, 1)
    )


def _leaf(case: Case) -> Certificate | None:
    return case.certificates[0] if case.certificates else None


def _name(case: Case) -> str:
    return case.tls_started.server_name if case.tls_started is not None else ""


def proxy_default(case: Case) -> Judgement | None:
    """Judge the certificate that a proxy makes for itself where it has none for the name."""
    leaf = _leaf(case)
    if leaf is None or case.tls_failed is None or case.tls_failed.verify_code is None:
        return None
    vendor = next((vendor for words, vendor in CERTIFICATES if words in leaf.subject.lower()), None)
    if vendor is None:
        return None
    cause = f"{vendor.name} has no certificate for {_name(case) or 'this name'} and shows its own stand-in"
    advice = "see tls.hosts and secretName of the Ingress, or the router's tls section, and whether that secret exists"
    return certain(cause, advice, *_identity(leaf))


def intercepted(case: Case) -> Judgement | None:
    """Judge a chain of an authority that opens the TLS of others."""
    if not _failed_with(case, _SELF_SIGNED, _SELF_SIGNED_ROOT, _NO_ISSUER, _LEAF_ALONE):
        return None
    issuers = [one.issuer for one in case.certificates]
    issuer = next((one for one in issuers if any(word in one.lower() for word in _INTERCEPTORS)), None)
    if issuer is None:
        return None
    cause = "a box or program between here and the server opens TLS and signs with its own authority"
    advice = f"trust it, where it belongs there: {connect(case, '--cacert', 'ITS-AUTHORITY.pem')}"
    return likely(cause, advice, seen(CertificatesReceived, f"issuer {issuer}"), *_chain(case))


def expired(case: Case) -> Judgement | None:
    """Judge a certificate that is no longer valid."""
    if not _failed_with(case, _EXPIRED):
        return None
    first = min(case.certificates, key=lambda one: one.not_after or "9", default=None)
    if first is None:
        return likely("a certificate has expired", "renew it on the server", _result(case))
    is_leaf = first is case.certificates[0]
    which = "the server's certificate" if is_leaf else f"the authority {first.subject} in the chain"
    cause = f"{which} was valid until {first.not_after}"
    advice = (
        "renew it on the server, and have the server load the new one; -k connects meanwhile"
        if is_leaf
        else "give the server the authority's new certificate in its chain file; -k connects meanwhile"
    )
    return certain(cause, advice, *_identity(first)) if is_leaf else likely(cause, advice, *_chain(case))


def not_yet_valid(case: Case) -> Judgement | None:
    """Judge a certificate whose time has not come by the clock of this machine."""
    if not _failed_with(case, _EARLY):
        return None
    last = max(case.certificates, key=lambda one: one.not_before, default=None)
    when = f" before {last.not_before}" if last is not None else ""
    causes = (
        "the clock of this machine is wrong",
        f"the certificate is not valid{when}: the issuer's clock, or a date to come",
    )
    return possible(
        causes, "compare with the time that is: date -u", *(_identity(last) if last is not None else (_result(case),))
    )


def self_signed(case: Case) -> Judgement | None:
    """Judge a certificate that vouches for itself."""
    if not _failed_with(case, _SELF_SIGNED):
        return None
    leaf = _leaf(case)
    cause = "the certificate is self-signed: no authority vouches for it"
    if leaf is not None and not _is_for(leaf, _name(case)):
        cause += f"; and it is not for {_name(case)}, so that trusting it is not enough"
    advice = f"trust it by name: save it with {_save(case)}, then {connect(case, '--cacert', 'server.pem')}"
    return certain(cause, advice, *(_identity(leaf) if leaf is not None else (_result(case),)))


def _is_for(certificate: Certificate, name: str) -> bool:
    """Return whether a certificate names this host or address (RFC 9525 §6.3)."""
    wanted = name.lower().removesuffix(".")
    _, dot, parent = wanted.partition(".")
    names = {one.partition(":")[2].lower() for one in certificate.names if one.startswith(("DNS:", "IP:"))}
    return not wanted or wanted in names or bool(dot and f"*.{parent}" in names)


def _save(case: Case) -> str:
    from shlex import quote

    host, port = server_of(case)
    place = f"{f'[{host}]' if ':' in host else host}:{port}" if host else "HOST:PORT"
    name = _name(case)
    server_name = (
        f" -servername {quote(name)}" if name and not name.replace(".", "").isdigit() and ":" not in name else ""
    )
    return f"`openssl s_client -connect {quote(place)}{server_name} </dev/null | openssl x509 > server.pem`"


def untrusted_root(case: Case) -> Judgement | None:
    """Judge a whole chain whose root is not trusted here."""
    if not _failed_with(case, _SELF_SIGNED_ROOT):
        return None
    root = case.certificates[-1].issuer if case.certificates else "the root"
    cause = f"the chain is whole and ends at {root}, an authority that is not trusted here"
    return certain(cause, f"trust it: {connect(case, '--cacert', 'ROOT.pem')}", *(_chain(case) or (_result(case),)))


def no_issuer(case: Case) -> Judgement | None:
    """Judge a chain that does not reach a trusted authority: a missing link and an unknown root look the same."""
    if not _failed_with(case, _NO_ISSUER, _LEAF_ALONE):
        return None
    last = case.certificates[-1] if case.certificates else None
    if last is None:
        return possible(
            ("an intermediate certificate is missing", "the authority is not trusted here"),
            connect(case, "--cacert", "ROOT.pem"),
            _result(case),
        )
    missing = f"the server does not send the certificate of {last.issuer}, which it must"
    full = (
        "give the server the full chain: fullchain.pem in ssl_certificate (nginx) or SSLCertificateFile (Apache), its "
        "own certificate first"
    )
    if any(word in last.issuer.lower() for word in _PUBLIC):
        return likely(missing, full, *_chain(case))
    unknown = f"{last.issuer} is a private authority that is not trusted here"
    advice = f"{connect(case, '--cacert', 'ROOT.pem')} with its root alone: where that fails too, a link is missing"
    return possible((missing, unknown), advice, *_chain(case))


def wrong_host(case: Case) -> Judgement | None:
    """Judge a certificate for other names than the one that was asked for."""
    if not _failed_with(case, _WRONG_HOST, _WRONG_ADDRESS):
        return None
    leaf, wanted = _leaf(case), _name(case)
    if leaf is None:
        return certain(f"the certificate is not for {wanted}", "compare the URL with its names (-vv)", _result(case))
    names = [one.partition(":")[2] for one in leaf.names if one.startswith(("DNS:", "IP:"))]
    evidence = (seen(TlsStarted, f"wanted {wanted or 'no name'}"), *_identity(leaf))
    if not names:
        cause = f"the certificate has no subject alternative names; its CN ({leaf.subject}) is not looked at"
        return certain(cause, f"have one issued with {wanted} among its subject alternative names", *evidence)
    wildcard = next((one for one in names if one.startswith("*.") and wanted.lower().endswith(one[1:].lower())), None)
    if wildcard is not None:
        cause = f"{wildcard} stands for one label, and {wanted} has more in that place"
        return certain(cause, f"have a certificate issued with {wanted} or *.{wanted.partition('.')[2]}", *evidence)
    cause = f"the server shows a certificate for {', '.join(names)}, not for {wanted}"
    usable = next((one for one in names if "*" not in one), None)
    if usable is None:
        return certain(cause, f"connect by a name that it covers: {connect(case, url='wss://NAME/')}", *evidence)
    return certain(cause, f"where that server is the right one: {connect(case, url=_at(case, usable))}", *evidence)


def _at(case: Case, host: str) -> str:
    """Return the URL with another host."""
    from wscli.errors import UsageProblem
    from wscli.wire.url import decode_url

    try:
        return decode_url(url_of(case)).replace(host=host, zone=None, unix_path=None).text
    except UsageProblem:
        return f"wss://{host}/"


def not_accepted(case: Case) -> Judgement | None:
    """Judge every other result of verification."""
    if case.tls_failed is None or case.tls_failed.verify_code is None:
        return None
    leaf = _leaf(case)
    evidence = _chain(case) or (_result(case),)
    known = _OTHERS.get(case.tls_failed.verify_code)
    if known is not None:
        return certain(known[0], known[1], *(_identity(leaf) if leaf is not None else evidence))
    cause = f"the certificate cannot be verified: {case.tls_failed.reason}"
    return certain(cause, f"see the chain: {connect(case, '-vv')}; -k connects anyway", *evidence)


def _result(case: Case) -> Evidence:
    code = case.tls_failed.verify_code if case.tls_failed is not None else None
    return seen(TlsFailed, f"X.509 verification result {code}")


_PATH = "a chain leads from the server's certificate to a trusted authority, each one signed by the next"
_DATES = "a certificate is valid from notBefore to notAfter"

AREA = Area(
    "certificate",
    "Certificates",
    (
        Rule(
            "certificate/proxy-default",
            "a proxy shows its stand-in for a certificate",
            "RFC 6066 3",
            "a server chooses its certificate by the name that the client sends",
            proxy_default,
        ),
        Rule("certificate/intercepted", "TLS is opened on the way", "RFC 5280 6.1", _PATH, intercepted),
        Rule("certificate/expired", "a certificate has expired", "RFC 5280 4.1.2.5", _DATES, expired),
        Rule("certificate/not-yet-valid", "a certificate is not valid yet", "RFC 5280 4.1.2.5", _DATES, not_yet_valid),
        Rule("certificate/self-signed", "the certificate is self-signed", "RFC 5280 6.1", _PATH, self_signed),
        Rule("certificate/untrusted-root", "the authority is not trusted here", "RFC 5280 6.1", _PATH, untrusted_root),
        Rule(
            "certificate/no-issuer",
            "the chain does not reach a trusted authority",
            "RFC 8446 4.4.2",
            "a server sends its certificate and every other one up to, and without, the root",
            no_issuer,
        ),
        Rule(
            "certificate/wrong-host",
            "the certificate is for other names",
            "RFC 9525 6.1",
            "the name that was asked for is among the subject alternative names",
            wrong_host,
        ),
        Rule("certificate/not-accepted", "the certificate was not accepted", "RFC 5280 6.1", _PATH, not_accepted),
    ),
)
