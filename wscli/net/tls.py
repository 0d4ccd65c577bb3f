"""TLS as a layer, over `ssl.MemoryBIO`: bytes in, bytes out, and what was learned as events, also when it fails.

The only module below `engine` that knows `ssl`. Two private interfaces of CPython are used where they exist, because the
public ones come late or fail with the handshake: `SSLObject._sslobj.get_unverified_chain` (public from 3.13) gives the
peer's certificates also after a refused verification. Without them the session works the same and shows less.

OpenSSL leaves its last words, the alert, in the outgoing BIO when it fails, so that is emptied before anything is raised
or reported. TLS 1.3 lets a server that wants a client certificate say so only after our handshake is done: such a failure
comes out of an ordinary read and is reported as the handshake's all the same.
"""

from __future__ import annotations

import os
import ssl
from typing import Any

from wscli.errors import EnvironmentProblem, UsageProblem
from wscli.events import CertificatesReceived, Event, StreamEnd, TlsClosed, TlsEstablished, TlsFailed, TlsStarted
from wscli.net.layer import LayerStep
from wscli.settings import TlsSettings
from wscli.wire.certificate import Certificate, decode_certificate

READ_SIZE = 128 * 1024
FIRST_BYTES = 64
_RECORD_TYPES = range(0x14, 0x19)
"""First bytes of TLS records: change_cipher_spec to heartbeat (RFC 8446 §5.1)."""

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


# --- Contexts --------------------------------------------------------------------------------------------------------
def client_context(settings: TlsSettings) -> ssl.SSLContext:
    """Return a context that verifies by the system's trust store, or as the settings say.

    UsageProblem and EnvironmentProblem name the file and what is wrong with it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.ca_file is not None or settings.ca_path is not None:
        _load_authorities(context, settings)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if settings.certificate is not None:
        _load_certificate(context, settings.certificate, settings.key, settings.key_password)
    elif settings.key is not None:
        raise UsageProblem("tls/key-alone", "key", settings.key, "a key needs its certificate", hint="add --cert FILE")
    _set_versions(context, settings)
    if settings.alpn:
        context.set_alpn_protocols(list(settings.alpn))
    _set_key_log(context, settings)
    return context


def server_context(certificate: str, key: str | None = None, password: str | None = None) -> ssl.SSLContext:
    """Return a context for the server role that shows this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load_certificate(context, certificate, key, password)
    return context


def _must_exist(subject: str, path: str) -> None:
    if not os.path.exists(path):
        raise EnvironmentProblem("tls/no-file", subject, path, "there is no such file")


def _load_authorities(context: ssl.SSLContext, settings: TlsSettings) -> None:
    for subject, path in (("CA file", settings.ca_file), ("CA folder", settings.ca_path)):
        if path is not None:
            _must_exist(subject, path)
    try:
        context.load_verify_locations(settings.ca_file, settings.ca_path)
    except (ssl.SSLError, OSError) as error:
        path = settings.ca_file or settings.ca_path or ""
        hint = "a CA file holds certificates in PEM form: -----BEGIN CERTIFICATE-----"
        raise EnvironmentProblem("tls/ca-file", "CA file", path, _sentence(error), hint=hint) from error


def _load_certificate(context: ssl.SSLContext, certificate: str, key: str | None, password: str | None) -> None:
    _must_exist("certificate", certificate)
    if key is not None:
        _must_exist("key", key)

    asked: list[bool] = []

    def ask() -> str:
        # OpenSSL asks on the terminal by itself where it is given no answer; an empty one makes it fail instead.
        asked.append(True)
        return password or ""

    try:
        context.load_cert_chain(certificate, key, ask)
    except ssl.SSLError as error:
        reason, hint = _sentence(error), "both are files in PEM form; the key may stand in the certificate's file"
        if "KEY_VALUES_MISMATCH" in str(error):
            reason, hint = "the key does not belong to the certificate", "give the key that the certificate was made for"
        elif asked and password is None:
            reason, hint = "the key is encrypted", "give its password with --pass"
        elif asked:
            reason, hint = "the password does not open the key", "give the right one with --pass"
        elif error.reason is None:
            reason = "it holds no certificate with its key in PEM form"
        raise EnvironmentProblem("tls/certificate", "certificate", key or certificate, reason, hint=hint) from error
    except OSError as error:
        raise EnvironmentProblem("tls/certificate", "certificate", certificate, _sentence(error)) from error


def _set_versions(context: ssl.SSLContext, settings: TlsSettings) -> None:
    import warnings

    with warnings.catch_warnings():
        # Asking for TLS 1.0 or 1.1 is what a diagnostic tool is sometimes for; the user has named it.
        warnings.simplefilter("ignore", DeprecationWarning)
        if settings.minimum_version is not None:
            context.minimum_version = _version(settings.minimum_version)
        if settings.maximum_version is not None:
            context.maximum_version = _version(settings.maximum_version)
    minimum, maximum = settings.minimum_version, settings.maximum_version
    if "1.0" in (minimum, maximum) or "1.1" in (minimum, maximum):
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # OpenSSL 3 has no signatures for the old versions above that
    if minimum is not None and maximum is not None and minimum > maximum:
        raise UsageProblem("tls/versions", "TLS versions", f"{minimum} to {maximum}", "the lowest is above the highest")


def _version(text: str) -> ssl.TLSVersion:
    if text not in _VERSIONS:
        raise UsageProblem("tls/version", "TLS version", text, "it is none of 1.0, 1.1, 1.2, 1.3")
    return _VERSIONS[text]


def _set_key_log(context: ssl.SSLContext, settings: TlsSettings) -> None:
    if settings.key_log is None:
        return
    try:
        context.keylog_filename = settings.key_log
    except OSError as error:
        raise EnvironmentProblem("tls/key-log", "key log", settings.key_log, _sentence(error)) from error


def _sentence(error: OSError) -> str:
    """Return what the system or OpenSSL says, without its numbers and places."""
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).replace("_", " ").lower()
        return f"OpenSSL says: {reason}"
    return error.strerror or str(error)


# --- The layer -------------------------------------------------------------------------------------------------------
class TlsLayer:
    """TLS between the layer below and the layer above."""

    def __init__(
        self,
        context: ssl.SSLContext,
        server_name: str | None,
        alpn: tuple[str, ...] = (),
        *,
        is_server: bool = False,
    ) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        name = None if is_server else (server_name or "").partition("%")[0]
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=is_server, server_hostname=name)
        self._is_verified = context.verify_mode is not ssl.CERT_NONE
        self._is_server = is_server
        self._server_name = name or ""
        self._alpn = alpn
        self._is_ready = False
        self._is_over = False
        self._is_finished = False
        self._first = b""
        self._waiting: list[bytes] = []
        self._shown: tuple[Certificate, ...] | None = None

    def start(self) -> LayerStep:
        """Send the ClientHello, or wait for one."""
        events: tuple[Event, ...] = () if self._is_server else (TlsStarted(self._server_name, self._alpn),)
        return self._advance(list(events))

    def receive(self, data: bytes) -> LayerStep:
        """Take bytes of the peer's records."""
        if self._is_over:
            return LayerStep()
        if len(self._first) < FIRST_BYTES:
            self._first += data[: FIRST_BYTES - len(self._first)]
        self._incoming.write(data)
        return self._advance([])

    def receive_eof(self) -> LayerStep:
        """The stream below ended; in the middle of the handshake that is a failure of its own."""
        if self._is_over:
            return LayerStep()
        if self._is_ready:
            self._is_over = True
            return LayerStep(is_ready=True, ended=StreamEnd.FINISHED)
        return self._fail("the peer ended the connection during the TLS handshake", [])

    def send(self, data: bytes) -> LayerStep:
        """Encrypt bytes from above; kept until the handshake is done."""
        if self._is_over:
            return LayerStep()
        if not self._is_ready:
            self._waiting.append(data)
            return LayerStep()
        self._write(data)
        return LayerStep(down=self._outgoing.read(), is_ready=True)

    def finish(self) -> LayerStep:
        """Say close_notify; what the peer still sends is read on."""
        if not self._is_ready or self._is_over or self._is_finished:
            return LayerStep()
        self._is_finished = True
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            pass  # it wants the peer's close_notify too, or there is data in between; ours is out
        return LayerStep(down=self._outgoing.read(), is_ready=True)

    # --- The inside -------------------------------------------------------------------------------------------------
    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._tls.write(view) :]

    def _advance(self, events: list[Event]) -> LayerStep:
        plain: list[bytes] = []
        ended: StreamEnd | None = None
        try:
            if not self._is_ready:
                self._tls.do_handshake()
                self._established(events)
            while piece := self._tls.read(READ_SIZE):
                plain.append(piece)
            ended = StreamEnd.FINISHED
            events.append(TlsClosed())
            self._is_over = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            ended = StreamEnd.FINISHED
            events.append(TlsClosed())
            self._is_over = True
        except ssl.SSLCertVerificationError as error:
            return self._fail(error.verify_message, events, error)
        except ssl.SSLError as error:
            return self._fail(_sentence(error).removeprefix("OpenSSL says: "), events, error, b"".join(plain))
        return LayerStep(b"".join(plain), self._outgoing.read(), tuple(events), self._is_ready, ended)

    def _established(self, events: list[Event]) -> None:
        self._is_ready = True
        self._show_certificates(events)
        cipher = self._tls.cipher()
        name = cipher[0] if cipher else ""
        version, alpn = self._tls.version() or "", self._tls.selected_alpn_protocol()
        events.append(TlsEstablished(version, name, alpn, self._is_verified))
        for data in self._waiting:
            self._write(data)
        self._waiting = []

    def _show_certificates(self, events: list[Event]) -> None:
        if self._shown is None:
            self._shown = tuple(map(decode_certificate, unverified_chain(self._tls)))
            if self._shown:
                events.append(CertificatesReceived(self._shown))

    def _fail(
        self, reason: str, events: list[Event], error: ssl.SSLError | None = None, plain: bytes = b""
    ) -> LayerStep:
        self._is_over = True
        self._show_certificates(events)
        is_no_tls = bool(self._first) and self._first[0] not in _RECORD_TYPES
        code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else None
        failed = TlsFailed(reason, _alert_of(error), code, self._first if is_no_tls else b"")
        down = self._outgoing.read()
        return LayerStep(plain, down, (*events, failed), self._is_ready, StreamEnd.FAILED)


def _alert_of(error: ssl.SSLError | None) -> str | None:
    """Return the name of the alert that the peer sent, as RFC 8446 §6 writes it."""
    reason = error.reason if error is not None else None
    for prefix in ("TLSV1_ALERT_", "SSLV3_ALERT_", "TLSV13_ALERT_"):
        if reason is not None and reason.startswith(prefix):
            return reason.removeprefix(prefix).lower()
    return None


def unverified_chain(tls: Any) -> list[bytes]:
    """Return the peer's certificates as DER, leaf first, whether they were verified or not; [] where there are none."""
    chain: list[Any] = []
    try:
        if hasattr(tls, "get_unverified_chain"):
            chain = tls.get_unverified_chain() or []
        else:
            chain = tls._sslobj.get_unverified_chain() or []  # noqa: SLF001  # see the module's theory
    except (AttributeError, ValueError, ssl.SSLError):
        return []
    # 2 is `_ssl.ENCODING_DER`.
    return [one if isinstance(one, bytes) else one.public_bytes(2) for one in chain]
