"""TLS alerts: their numbers, names and meanings (RFC 8446 §6, and the RFCs that added some)."""

from __future__ import annotations

from wscli.values import Value


class AlertKind(Value):
    """One alert."""

    number: int
    name: str
    """As RFC 8446 writes it."""
    section: str
    meaning: str
    """What it says in a handshake or later, and what usually leads to it."""


_CLOSURE, _ERROR, _OLD = "RFC 8446 6.1", "RFC 8446 6.2", "RFC 5246 7.2"

_ROWS = (
    AlertKind(0, "close_notify", _CLOSURE, "the sender is done; the proper end of TLS"),
    AlertKind(10, "unexpected_message", _ERROR,
              "a message came that does not belong there, often because one side speaks no TLS"),
    AlertKind(20, "bad_record_mac", _ERROR,
              "a record does not decrypt: bytes were changed on the way, or a key is wrong"),
    AlertKind(21, "decryption_failed", _OLD, "as bad_record_mac; in old versions only"),
    AlertKind(22, "record_overflow", _ERROR, "a record is too long, often because one side speaks no TLS"),
    AlertKind(30, "decompression_failure", _OLD, "data did not decompress; in old versions only"),
    AlertKind(40, "handshake_failure", _ERROR,
              "no settings that both accept: no common cipher suite, version or signature, or a client certificate "
              "is wanted"),
    AlertKind(41, "no_certificate", "RFC 6101 5.4.2", "the client has no certificate; SSL 3.0 only"),
    AlertKind(42, "bad_certificate", _ERROR, "a certificate is broken, or its signature does not verify"),
    AlertKind(43, "unsupported_certificate", _ERROR, "a certificate is of a type that is not supported"),
    AlertKind(44, "certificate_revoked", _ERROR, "a certificate was revoked"),
    AlertKind(45, "certificate_expired", _ERROR, "a certificate has expired, or a clock is wrong"),
    AlertKind(46, "certificate_unknown", _ERROR,
              "a certificate is not acceptable, for a reason that no other alert names"),
    AlertKind(47, "illegal_parameter", _ERROR, "a field of the handshake has a value that is not allowed"),
    AlertKind(48, "unknown_ca", _ERROR,
              "the chain leads to no authority that the sender of the alert trusts: self-signed, or an "
              "intermediate is missing"),
    AlertKind(49, "access_denied", _ERROR, "the certificate is valid, and access is refused all the same"),
    AlertKind(50, "decode_error", _ERROR, "a message could not be decoded"),
    AlertKind(51, "decrypt_error", _ERROR, "a signature or a Finished message of the handshake does not verify"),
    AlertKind(60, "export_restriction", "RFC 2246 7.2.2", "the negotiation breaks export rules; TLS 1.0 only"),
    AlertKind(70, "protocol_version", _ERROR,
              "the offered TLS versions are not supported: see --tls-min and --tls-max"),
    AlertKind(71, "insufficient_security", _ERROR, "the server wants stronger ciphers than were offered"),
    AlertKind(80, "internal_error", _ERROR,
              "an error of the sender that has nothing to do with the peer or the protocol"),
    AlertKind(86, "inappropriate_fallback", "RFC 7507 2",
              "the client fell back to an old version that the server need not accept"),
    AlertKind(90, "user_canceled", _CLOSURE, "the handshake was cancelled by its sender"),
    AlertKind(100, "no_renegotiation", "RFC 5246 7.2.2", "renegotiation is refused; before TLS 1.3 only"),
    AlertKind(109, "missing_extension", _ERROR, "an extension that is mandatory here is missing"),
    AlertKind(110, "unsupported_extension", _ERROR, "the server answered with an extension that was not offered"),
    AlertKind(111, "certificate_unobtainable", "RFC 6066 9", "a certificate could not be fetched from its URL"),
    AlertKind(112, "unrecognized_name", _ERROR, "the server has no site of the name in SNI: see --servername"),
    AlertKind(113, "bad_certificate_status_response", _ERROR, "the OCSP response is not valid"),
    AlertKind(114, "bad_certificate_hash_value", "RFC 6066 9",
              "a certificate does not have the hash that was announced"),
    AlertKind(115, "unknown_psk_identity", _ERROR, "there is no such pre-shared key"),
    AlertKind(116, "certificate_required", _ERROR, "the server wants a client certificate: see --cert and --key"),
    AlertKind(120, "no_application_protocol", "RFC 7301 3.2",
              "the server speaks none of the protocols offered by ALPN: offer http/1.1 with --alpn"),
    AlertKind(121, "ech_required", "IANA TLS Alerts", "the server did not accept Encrypted Client Hello"),
)  # fmt: skip

ALERTS: dict[int, AlertKind] = {kind.number: kind for kind in _ROWS}
"""Every alert by its number."""


def alert_name(number: int) -> str:
    """Return the name of an alert, or `number 123` for one that nothing defines."""
    return ALERTS[number].name if number in ALERTS else f"number {number}"
