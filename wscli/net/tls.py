"""TLS as a layer, over `ssl.MemoryBIO`: bytes in, bytes out, and what was learned as events, also when it fails.

The only module below `engine` that knows `ssl`. One private interface of CPython is used where it exists, because the
public one comes late: `SSLObject._sslobj.get_unverified_chain` (public from 3.13) gives the peer's certificates, also
after a refused verification. Without it the session works the same and shows less.

OpenSSL leaves its last words, the alert, in the outgoing BIO when it fails, so that is emptied before anything is
reported. TLS 1.3 lets a server that wants a client certificate say so only after our handshake is done: such a failure
comes out of an ordinary read and is reported as the handshake's all the same.

The two directions end on their own (RFC 8446 §6.1): after the peer's close_notify we may still write, after ours the
peer may. Only a failure ends both. What an alert meant, OpenSSL tells in words alone, which its versions spell
differently (`sslv3 alert …`, `ssl/tls alert …`); for a number it has no words for, the plaintext record is looked at.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Any

from wscli.errors import EnvironmentProblem, UsageProblem, file_problem
from wscli.events import CertificatesReceived, Event, StreamEnd, TlsClosed, TlsEstablished, TlsFailed, TlsStarted
from wscli.net.layer import LayerStep
from wscli.settings import TlsSettings
from wscli.wire.certificate import Certificate, decode_certificate

Context = ssl.SSLContext
"""For those who keep one and need not know what it is."""

READ_SIZE = 16 * 1024
"""OpenSSL hands out one record a read, which holds no more (RFC 8446 §5.1); asking for 128 KiB only allocates, and read
1.9 GB/s where this reads 2.7."""

FIRST_BYTES = 64
_RECORD_TYPES = range(0x14, 0x19)
"""First bytes of TLS records: change_cipher_spec to heartbeat (RFC 8446 §5.1)."""

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_OLD_VERSIONS = ("1.0", "1.1")

_ALERT_FAMILIES = ("sslv3", "tlsv1", "tlsv13", "ssl/tls")
"""How OpenSSL begins its sentence about an alert that the peer sent."""
_ALERT_RECORD = b"\x15\x03"
_ALERT_RECORD_SIZE = 7
"""An alert in plaintext: type, version, length 2, level, description."""
_PEM_HINT = "both are files in PEM form; the key may stand in the certificate's file"


# --- Contexts --------------------------------------------------------------------------------------------------------
def client_context(settings: TlsSettings) -> ssl.SSLContext:
    """Return a context that verifies by the system's trust store, or as the settings say.

    UsageProblem and EnvironmentProblem name the file and what is wrong with it.
    """
    # Not `create_default_context`: what that adds differs between Python's versions (strict checks from 3.13), and it
    # reads SSLKEYLOGFILE by itself, which is the caller's to read.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # As curl does, and Python from 3.13: a given certificate is trusted though it is no root.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.ca_file is not None or settings.ca_path is not None:
        _load_authorities(context, settings.ca_file, settings.ca_path)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if settings.certificate is not None:
        _load_certificate(context, settings.certificate, settings.key, settings.key_password)
    elif settings.key is not None:
        raise UsageProblem("tls/key-alone", "key", settings.key, "a key needs its certificate", hint="add --cert FILE")
    _set_versions(context, settings.minimum_version, settings.maximum_version)
    _set_alpn(context, settings.alpn)
    _set_key_log(context, settings.key_log)
    return context


def server_context(
    certificate: str,
    key: str | None = None,
    password: str | None = None,
    *,
    alpn: tuple[str, ...] = (),
    client_ca: str | None = None,
) -> ssl.SSLContext:
    """Return a context for the server role that shows this certificate; the first of the client's ALPN that fits wins.

    With `client_ca` clients must show a certificate of these authorities. EnvironmentProblem names the file and what is
    wrong with it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load_certificate(context, certificate, key, password)
    if client_ca is not None:
        _load_authorities(context, client_ca, None)
        context.verify_mode = ssl.CERT_REQUIRED
    _set_alpn(context, alpn)
    return context


def _load_authorities(context: ssl.SSLContext, file: str | None, folder: str | None) -> None:
    if folder is not None:
        _look_at_folder(folder)  # OpenSSL reads it when it needs it, and says nothing where it can't
    try:
        context.load_verify_locations(file, folder)
    except OSError as error:
        assert file is not None  # a folder alone is not looked at yet
        raise _file_problem("CA file", file, "CERTIFICATE", "certificate") or EnvironmentProblem(
            "tls/ca-file", "CA file", file, _sentence(error)
        ) from error


def _look_at_folder(folder: str) -> None:
    """Refuse a folder in which OpenSSL would find nothing: it looks for names like `5ed36f99.0`."""
    from pathlib import Path

    try:
        names = [path.name for path in Path(folder).iterdir()]
    except OSError as error:
        raise file_problem("tls/ca-folder", "CA folder", folder, error) from error
    if not any(name[8:9] == "." and name[9:].isdigit() for name in names):
        hint = "`openssl rehash FOLDER` makes the names that OpenSSL looks for"
        raise EnvironmentProblem("tls/ca-folder", "CA folder", folder, "it holds no hashed certificates", hint=hint)


def _load_certificate(context: ssl.SSLContext, certificate: str, key: str | None, password: str | None) -> None:
    asked: list[bool] = []

    def answer() -> str:
        # OpenSSL asks on the terminal by itself where it is given no answer; an empty one makes it fail instead.
        asked.append(True)
        return password or ""

    try:
        context.load_cert_chain(certificate, key, answer)
    except (OSError, ValueError) as error:  # ValueError: a password longer than OpenSSL takes
        raise _certificate_problem(certificate, key, password, error, was_asked=bool(asked)) from error


def _certificate_problem(
    certificate: str, key: str | None, password: str | None, error: Exception, *, was_asked: bool
) -> EnvironmentProblem:
    """Find out which of the two files is to blame; OpenSSL's own words (`PEM lib`) do not tell."""
    key_file = key or certificate
    if "KEY_VALUES_MISMATCH" in str(error):
        hint = "give the key that the certificate was made for"
        return EnvironmentProblem(
            "tls/key-mismatch", "key", key_file, "the key does not belong to the certificate", hint=hint
        )
    if was_asked and password is None:
        hint = "give its password with --pass"
        return EnvironmentProblem("tls/key-encrypted", "key", key_file, "the key is encrypted", hint=hint)
    if was_asked:
        hint = "give the right one with --pass"
        return EnvironmentProblem("tls/key-password", "key", key_file, "the password does not open the key", hint=hint)
    return (
        _file_problem("certificate", certificate, "CERTIFICATE", "certificate")
        or _file_problem("key", key_file, "PRIVATE KEY", "private key")
        or EnvironmentProblem("tls/certificate", "certificate", certificate, _sentence(error), hint=_PEM_HINT)
    )


def _file_problem(subject: str, path: str, marker: str, content: str) -> EnvironmentProblem | None:
    """Return what is wrong with a file that should hold this; None where it looks well."""
    code = f"tls/{subject.replace(' ', '-').lower()}"
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # pathlib costs more to import than this to read
            text = file.read()
    except OSError as error:
        return file_problem(code, subject, path, error)
    if f"{marker}-----".encode() not in text:
        hint = f"PEM begins with -----BEGIN {marker}-----"
        return EnvironmentProblem(code, subject, path, f"it holds no {content} in PEM form", hint=hint)
    return None


def _set_versions(context: ssl.SSLContext, minimum: str | None, maximum: str | None) -> None:
    if minimum is not None and maximum is not None and _version(minimum) > _version(maximum):
        raise UsageProblem("tls/versions", "TLS versions", f"{minimum} to {maximum}", "the lowest is above the highest")
    if minimum is None and maximum in _OLD_VERSIONS:
        minimum = "1.0"  # Python's own lowest is 1.2, and no version at all would be left
    import warnings

    with warnings.catch_warnings():
        # Asking for TLS 1.0 or 1.1 is what a diagnostic tool is sometimes for; the user has named it.
        warnings.simplefilter("ignore", DeprecationWarning)
        if minimum is not None:
            context.minimum_version = _version(minimum)
        if maximum is not None:
            context.maximum_version = _version(maximum)
    if minimum in _OLD_VERSIONS:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # OpenSSL 3 has no signatures for the old versions above that


def _version(text: str) -> ssl.TLSVersion:
    if text not in _VERSIONS:
        raise UsageProblem("tls/version", "TLS version", text, "it is none of 1.0, 1.1, 1.2, 1.3")
    return _VERSIONS[text]


def _set_alpn(context: ssl.SSLContext, names: tuple[str, ...]) -> None:
    for name in names:
        if not name.isascii() or not 1 <= len(name) <= 255:  # RFC 7301 §3.1
            raise UsageProblem("tls/alpn", "ALPN name", name, "it must have 1 to 255 ASCII characters")
    if names:
        context.set_alpn_protocols(list(names))


def _set_key_log(context: ssl.SSLContext, path: str | None) -> None:
    if path is None:
        return
    try:
        context.keylog_filename = path
    except OSError as error:
        raise file_problem("tls/key-log", "key log", path, error) from error


def _sentence(error: Exception) -> str:
    """Return what the system or OpenSSL says, without its numbers and places."""
    if isinstance(error, ssl.SSLError):
        return f"OpenSSL says: {_openssl_words(error)}"
    return getattr(error, "strerror", None) or str(error)


def _openssl_words(error: ssl.SSLError) -> str:
    """Return OpenSSL's sentence from `[SSL: HTTP_REQUEST] http request (_ssl.c:1006)`."""
    text = str(error.args[-1])
    return (text.partition("] ")[2] or text).partition(" (_ssl.c")[0]


# --- The layer -------------------------------------------------------------------------------------------------------
class TlsLayer:
    """TLS between the layer below and the layer above.

    The constructor raises UsageProblem for a server name that cannot be one.
    """

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
        self._server_name = "" if is_server else _plain_name(server_name or "")
        self._tls = self._wrap(context, is_server=is_server)
        self._is_verified = context.verify_mode is not ssl.CERT_NONE
        self._is_server = is_server
        self._alpn = alpn
        self._is_ready = False
        self._is_over = False
        """The peer's side has ended; nothing more comes up."""
        self._has_failed = False
        self._is_finished = False
        """Nothing more comes from above."""
        self._has_notified = False
        """Our close_notify is out."""
        self._first = b""
        """The peer's first bytes, in case they are no TLS."""
        self._last = b""
        """The peer's last bytes before the handshake is done, in case they are an alert."""
        self._waiting: list[bytes] = []
        self._shown: tuple[Certificate, ...] | None = None

    def _wrap(self, context: ssl.SSLContext, *, is_server: bool) -> ssl.SSLObject:
        name = self._server_name or None
        if name is None and context.check_hostname:
            # OpenSSL would verify the chain and no name at all.
            raise UsageProblem("tls/server-name", "server name", "", "there is no name to verify the certificate for")
        try:
            return context.wrap_bio(self._incoming, self._outgoing, server_side=is_server, server_hostname=name)
        except (ValueError, TypeError) as error:
            hint = "name another one with --servername"
            raise UsageProblem("tls/server-name", "server name", name, "it is no host name", hint=hint) from error

    def start(self) -> LayerStep:
        """Send the ClientHello, or wait for one."""
        return self._advance([] if self._is_server else [TlsStarted(self._server_name, self._alpn)])

    def receive(self, data: bytes) -> LayerStep:
        """Take bytes of the peer's records; what comes after the end of TLS is ignored (RFC 8446 §6.1)."""
        if self._is_over:
            return LayerStep()
        if not self._is_ready:
            self._first += data[: FIRST_BYTES - len(self._first)]
            self._last = (self._last + data[-_ALERT_RECORD_SIZE:])[-_ALERT_RECORD_SIZE:]
        self._incoming.write(data)
        return self._advance([])

    def receive_eof(self) -> LayerStep:
        """The stream below ended; in the middle of the handshake that is a failure, later it lacks a close_notify."""
        if self._is_over:
            return LayerStep()
        if self._is_ready:
            self._is_over = True
            return LayerStep(is_ready=True, ended=StreamEnd.FINISHED)
        without = "" if self._first else " without a byte"
        return self._fail(f"the peer ended the connection during the TLS handshake{without}", [])

    def send(self, data: bytes) -> LayerStep:
        """Encrypt bytes from above; kept until the handshake is done, dropped after our own end or a failure."""
        if self._has_failed or self._is_finished:
            return LayerStep()
        if not self._is_ready:
            self._waiting.append(data)
            return LayerStep()
        self._write(data)
        return LayerStep(down=self._outgoing.read(), is_ready=True)

    def finish(self) -> LayerStep:
        """Say close_notify, after what still waits; what the peer still sends is read on."""
        if self._has_failed or self._is_finished:
            return LayerStep()
        self._is_finished = True
        return self._step([], [])

    # --- The inside -------------------------------------------------------------------------------------------------
    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._tls.write(view) :]

    def _notify_close(self) -> None:
        """Say close_notify; only once all data that came is read, because OpenSSL loses what still stands there."""
        self._has_notified = True
        with suppress(ssl.SSLError):  # SSLWantReadError: ours is out, and it would now wait for the peer's
            self._tls.unwrap()

    def _advance(self, events: list[Event]) -> LayerStep:
        """Go as far as the received bytes reach."""
        plain: list[bytes] = []
        try:
            if not self._is_ready:
                self._tls.do_handshake()
                self._establish(events)
            while piece := self._tls.read(READ_SIZE):
                plain.append(piece)
        except ssl.SSLWantReadError:
            return self._step(plain, events)
        except ssl.SSLZeroReturnError:
            if not self._is_ready:
                return self._fail("the peer ended TLS during the handshake", events, alert="close_notify")
        except ssl.SSLCertVerificationError as error:
            return self._fail(error.verify_message.rstrip("."), events, verify_code=error.verify_code)
        except ssl.SSLError as error:
            return self._fail(_openssl_words(error), events, plain, alert=self._alert_of(error))
        # An empty read is the peer's close_notify; so is SSLZeroReturnError where ours is out already.
        self._is_over = True
        events.append(TlsClosed())
        return self._step(plain, events, StreamEnd.FINISHED)

    def _step(self, plain: list[bytes], events: list[Event], ended: StreamEnd | None = None) -> LayerStep:
        if self._is_finished and self._is_ready and not self._has_notified and not self._has_failed:
            self._notify_close()
        return LayerStep(b"".join(plain), self._outgoing.read(), tuple(events), self._is_ready, ended)

    def _establish(self, events: list[Event]) -> None:
        self._is_ready = True
        self._show_certificates(events)
        cipher = self._tls.cipher()
        assert cipher is not None  # there is one once the handshake is done
        alpn = self._tls.selected_alpn_protocol()
        events.append(TlsEstablished(self._tls.version() or "", cipher[0], alpn, self._is_verified))
        for data in self._waiting:
            self._write(data)
        self._waiting = []

    def _show_certificates(self, events: list[Event]) -> None:
        if self._shown is None:
            self._shown = tuple(map(decode_certificate, unverified_chain(self._tls)))
            if self._shown:
                events.append(CertificatesReceived(self._shown))

    def _fail(
        self,
        reason: str,
        events: list[Event],
        plain: list[bytes] | None = None,
        *,
        alert: str | None = None,
        verify_code: int | None = None,
    ) -> LayerStep:
        """End both directions and tell why; OpenSSL's alert to the peer goes out with it."""
        self._is_over = self._has_failed = True
        self._waiting = []
        self._show_certificates(events)
        first = b"" if _is_tls(self._first) else self._first
        if first:
            reason = f"the peer does not speak TLS ({reason})"
        events.append(TlsFailed(reason, alert, verify_code, first))
        return self._step(plain or [], events, StreamEnd.FAILED)

    def _alert_of(self, error: ssl.SSLError) -> str | None:
        """Return the name of the alert that the peer sent, as RFC 8446 §6 writes it, or its number."""
        family, _, words = _openssl_words(error).partition(" ")
        if family in _ALERT_FAMILIES:
            return words.removeprefix("alert ").replace(" ", "_").replace("cancelled", "canceled")
        is_alert = len(self._last) == _ALERT_RECORD_SIZE and self._last.startswith(_ALERT_RECORD)
        return f"number {self._last[-1]}" if is_alert and not self._is_ready else None


def _plain_name(server_name: str) -> str:
    """Return a host without what neither SNI nor a certificate holds: a zone, the dot of the root (RFC 6066 §3)."""
    return server_name.partition("%")[0].removesuffix(".")


def _is_tls(first: bytes) -> bool:
    """Return whether a stream that begins so may be TLS; of nothing, nothing else can be said."""
    return not first or (first[0] in _RECORD_TYPES and first[1:2] in (b"", b"\x03"))


def unverified_chain(tls: Any) -> list[bytes]:
    """Return the peer's certificates as DER, leaf first, whether they were verified or not; [] where there are none."""
    inner = getattr(tls, "_sslobj", None)
    ask = getattr(tls, "get_unverified_chain", None) or getattr(inner, "get_unverified_chain", None)
    chain: list[Any] = (ask() if ask is not None else None) or []
    # 2 is `_ssl.ENCODING_DER`; the public method gives bytes at once.
    return [one if isinstance(one, bytes) else one.public_bytes(2) for one in chain]
