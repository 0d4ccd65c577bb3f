"""TLS without sockets: two layers joined in memory."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

import pytest
from cryptography import x509

from tests.certificates import Authority
from wscli.errors import EnvironmentProblem, Problem, UsageProblem
from wscli.events import CertificatesReceived, Event, StreamEnd, TlsClosed, TlsEstablished, TlsFailed, TlsStarted
from wscli.net.dial import layers_for
from wscli.net.layer import Layer, LayerStep
from wscli.net.stack import Stack
from wscli.net.tls import TlsLayer, client_context, server_context, unverified_chain
from wscli.settings import ConnectionSettings, TlsSettings
from wscli.wire.certificate import decode_certificate
from wscli.wire.url import decode_url


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


class Joined:
    """Two ends with the bytes between them, moved until nothing moves any more."""

    def __init__(self, client: Layer, server: Layer, chop: int | None = None) -> None:
        self.ends = {"client": client, "server": server}
        self.received = {"client": b"", "server": b""}
        self.events: dict[str, list[Event]] = {"client": [], "server": []}
        self.ended: dict[str, StreamEnd | None] = {"client": None, "server": None}
        self._chop = chop

    def start(self) -> Joined:
        self._take("server", self.ends["server"].start())
        self._take("client", self.ends["client"].start())
        return self

    def send(self, end: str, data: bytes) -> None:
        self._take(end, self.ends[end].send(data))

    def do(self, end: str, act: Callable[[Layer], LayerStep]) -> LayerStep:
        step = act(self.ends[end])
        self._take(end, step)
        return step

    def _take(self, end: str, step: LayerStep) -> None:
        self.received[end] += step.up
        self.events[end] += step.events
        self.ended[end] = self.ended[end] or step.ended
        other = "server" if end == "client" else "client"
        size = self._chop or len(step.down) or 1
        for begin in range(0, len(step.down), size):
            self._take(other, self.ends[other].receive(step.down[begin : begin + size]))

    def found(self, end: str, kind: type[Event]) -> Event:
        return next(event for event in self.events[end] if type(event) is kind)

    def kinds(self, end: str) -> list[type[Event]]:
        return [type(event) for event in self.events[end]]


def join(
    authority: Authority,
    leaf: Path | None = None,
    *,
    name: str = "localhost",
    chop: int | None = None,
    prepare: Callable[[ssl.SSLContext], None] = lambda _context: None,
    **settings: object,
) -> Joined:
    leaf = leaf or authority.leaf()
    context = server_context(str(leaf))
    prepare(context)
    trusting = TlsSettings(ca_file=str(authority.path)).replace(**settings)
    client = TlsLayer(client_context(trusting), name, trusting.alpn)
    return Joined(client, TlsLayer(context, None, is_server=True), chop).start()


@pytest.mark.parametrize("chop", [None, 1, 7])
def test_two_ends_shake_hands_and_talk(authority: Authority, chop: int | None) -> None:
    joined = join(authority, chop=chop)
    assert [TlsStarted, CertificatesReceived, TlsEstablished] == joined.kinds("client")
    established = joined.found("client", TlsEstablished)
    assert ("TLSv1.3", True) == (established.version, established.is_verified)  # type: ignore[attr-defined]
    joined.send("client", b"hello" * 10000)
    joined.send("server", b"world")
    assert b"hello" * 10000 == joined.received["server"]
    assert b"world" == joined.received["client"]


@pytest.mark.parametrize("name", ["127.0.0.1", "::1", "::1%lo", "localhost"])
def test_addresses_are_verified_too(authority: Authority, name: str) -> None:
    assert TlsEstablished in join(authority, name=name).kinds("client")


def test_what_was_sent_before_the_handshake_is_done_goes_out_after_it(authority: Authority) -> None:
    client = TlsLayer(client_context(TlsSettings(ca_file=str(authority.path))), "localhost")
    assert LayerStep() == client.send(b"early")
    assert LayerStep() == client.finish()
    joined = Joined(client, TlsLayer(server_context(str(authority.leaf())), None, is_server=True)).start()
    assert b"early" == joined.received["server"]


def test_alpn_is_agreed(authority: Authority) -> None:
    joined = join(authority, prepare=lambda context: context.set_alpn_protocols(["http/1.1"]), alpn=("h2", "http/1.1"))
    assert "http/1.1" == joined.found("client", TlsEstablished).alpn  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("leaf", "name", "said"),
    [
        ({"days": -1}, "localhost", "expired"),
        ({"is_self_signed": True}, "localhost", "self-signed"),
        ({"names": ("elsewhere",)}, "localhost", "mismatch"),
    ],
)
def test_a_certificate_that_is_refused_is_shown_all_the_same(
    authority: Authority, leaf: dict[str, object], name: str, said: str
) -> None:
    joined = join(authority, authority.leaf(**leaf), name=name)  # type: ignore[arg-type]
    assert [TlsStarted, CertificatesReceived, TlsFailed] == joined.kinds("client")
    failed = joined.found("client", TlsFailed)
    assert said in failed.reason.lower().replace("self signed", "self-signed")  # type: ignore[attr-defined]
    assert failed.verify_code  # type: ignore[attr-defined]
    assert StreamEnd.FAILED is joined.ended["client"]
    assert TlsFailed in joined.kinds("server")
    assert joined.found("server", TlsFailed).alert is not None  # type: ignore[attr-defined]


def test_an_unknown_authority_is_refused_and_insecure_accepts_it(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "Other CA")
    assert TlsFailed in join(authority, other.leaf()).kinds("client")
    joined = join(authority, other.leaf(), name="anything", insecure=True)
    assert not joined.found("client", TlsEstablished).is_verified  # type: ignore[attr-defined]
    assert CertificatesReceived in joined.kinds("client")


def test_a_folder_of_authorities_can_be_trusted(authority: Authority, tmp_path: Path) -> None:
    # OpenSSL's name for a file in it: the SHA-1 of the subject in lower case, as UTF8String, without the outer header.
    lower = [x509.NameAttribute(part.oid, str(part.value).lower()) for part in authority.certificate.subject]
    digest = sha1(x509.Name(lower).public_bytes()[2:]).digest()
    (tmp_path / f"{int.from_bytes(digest[:4], 'little'):08x}.0").write_bytes(authority.path.read_bytes())
    assert TlsEstablished in join(authority, ca_file=None, ca_path=str(tmp_path)).kinds("client")


def test_the_systems_authorities_are_trusted_by_default() -> None:
    context = client_context(TlsSettings())
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_an_answer_that_is_no_tls_is_shown() -> None:
    layer = TlsLayer(client_context(TlsSettings()), "localhost")
    layer.start()
    step = layer.receive(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    (failed,) = step.events
    assert isinstance(failed, TlsFailed)
    assert b"HTTP/1.1 400 Bad Request\r\n\r\n" == failed.first_bytes
    assert StreamEnd.FAILED is step.ended
    assert LayerStep() == layer.receive(b"more")
    assert LayerStep() == layer.receive_eof()
    assert LayerStep() == layer.send(b"more")


def test_an_end_during_the_handshake_is_a_failure() -> None:
    layer = TlsLayer(client_context(TlsSettings()), "localhost")
    layer.start()
    step = layer.receive_eof()
    assert "during the TLS handshake" in step.events[0].reason  # type: ignore[attr-defined]


def test_versions_can_be_limited(authority: Authority) -> None:
    joined = join(authority, maximum_version="1.2")
    assert "TLSv1.2" == joined.found("client", TlsEstablished).version  # type: ignore[attr-defined]

    def only_old(context: ssl.SSLContext) -> None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2

    failed = join(authority, prepare=only_old, minimum_version="1.3").found("client", TlsFailed)
    assert "protocol_version" == failed.alert  # type: ignore[attr-defined]
    assert client_context(TlsSettings(minimum_version="1.0")).minimum_version is ssl.TLSVersion.TLSv1


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_wanted_client_certificate_can_be_shown_or_missing(authority: Authority, version: str) -> None:
    def demand(context: ssl.SSLContext) -> None:
        context.load_verify_locations(authority.path)
        context.verify_mode = ssl.CERT_REQUIRED

    mine = authority.leaf("me", names=())
    joined = join(authority, prepare=demand, certificate=str(mine), maximum_version=version)
    assert [] == [kind for kind in joined.kinds("client") if kind is TlsFailed]
    joined = join(authority, prepare=demand, maximum_version=version)
    failed = joined.found("client", TlsFailed)
    assert "certificate_required" == failed.alert or "handshake_failure" == failed.alert  # type: ignore[attr-defined]


def test_the_key_log_holds_the_secrets(authority: Authority, tmp_path: Path) -> None:
    log = tmp_path / "keys"
    join(authority, key_log=str(log))
    assert "CLIENT_TRAFFIC_SECRET_0" in log.read_text()


def test_close_notify_ends_it_and_an_end_without_it_says_nothing(authority: Authority) -> None:
    joined = join(authority)
    joined.do("server", lambda layer: layer.finish())
    assert StreamEnd.FINISHED is joined.ended["client"]
    assert TlsClosed in joined.kinds("client")
    assert LayerStep() == joined.do("server", lambda layer: layer.finish())
    joined = join(authority)
    step = joined.do("client", lambda layer: layer.receive_eof())
    assert StreamEnd.FINISHED is step.ended
    assert TlsClosed not in joined.kinds("client")


def test_a_broken_record_fails_the_stream_and_keeps_what_came_before(authority: Authority) -> None:
    joined = join(authority)
    good = joined.ends["server"].send(b"good")
    step = joined.ends["client"].receive(good.down + b"\x17\x03\x03\x00\x02xx")
    assert b"good" == step.up
    assert StreamEnd.FAILED is step.ended


def test_tls_inside_tls_is_two_layers(authority: Authority) -> None:
    leaf = str(authority.leaf())
    settings = TlsSettings(ca_file=str(authority.path))
    client = Stack(TlsLayer(client_context(settings), "localhost") for _ in range(2))
    server = Stack(TlsLayer(server_context(leaf), None, is_server=True) for _ in range(2))
    joined = Joined(client, server, 5).start()
    assert 2 == joined.kinds("client").count(TlsEstablished)
    joined.send("client", b"deep")
    joined.send("server", b"down")
    assert (b"deep", b"down") == (joined.received["server"], joined.received["client"])
    joined.do("client", lambda layer: layer.finish())
    assert TlsClosed in joined.kinds("server")


# --- Files -----------------------------------------------------------------------------------------------------------
def test_every_bad_file_is_named_with_the_reason(authority: Authority, tmp_path: Path) -> None:
    nonsense, missing = tmp_path / "nonsense.pem", str(tmp_path / "missing.pem")
    nonsense.write_text("hello")
    leaf, other = str(authority.leaf()), str(authority.leaf())
    encrypted = str(authority.leaf(password=b"secret"))
    bad: list[tuple[dict[str, object], type[Problem], str]] = [
        ({"ca_file": missing}, EnvironmentProblem, "no such file"),
        ({"ca_path": missing}, EnvironmentProblem, "no such file"),
        ({"ca_file": str(nonsense)}, EnvironmentProblem, "no certificate"),
        ({"certificate": missing}, EnvironmentProblem, "no such file"),
        ({"certificate": leaf, "key": missing}, EnvironmentProblem, "no such file"),
        ({"certificate": leaf, "key": other}, EnvironmentProblem, "does not belong"),
        ({"certificate": encrypted}, EnvironmentProblem, "encrypted"),
        ({"certificate": encrypted, "key_password": "wrong"}, EnvironmentProblem, "does not open"),
        ({"certificate": str(nonsense)}, EnvironmentProblem, "pem"),
        ({"certificate": str(tmp_path)}, EnvironmentProblem, ""),
        ({"key": leaf}, UsageProblem, "needs its certificate"),
        ({"minimum_version": "9"}, UsageProblem, "none of"),
        ({"minimum_version": "1.3", "maximum_version": "1.2"}, UsageProblem, "above"),
        ({"key_log": str(tmp_path / "no" / "folder")}, EnvironmentProblem, ""),
    ]
    for changes, kind, said in bad:
        with pytest.raises(kind) as caught:
            client_context(TlsSettings().replace(**changes))
        assert said in caught.value.reason.lower(), caught.value


def test_an_encrypted_key_opens_with_its_password(authority: Authority) -> None:
    encrypted = str(authority.leaf(password=b"secret"))
    assert client_context(TlsSettings(certificate=encrypted, key_password="secret"))


def test_an_ssl_object_that_tells_no_chain_shows_none() -> None:
    assert [] == unverified_chain(object())

    class Newer:
        def get_unverified_chain(self) -> list[bytes]:
            return [b"der"]

    assert [b"der"] == unverified_chain(Newer())


# --- Which layers ----------------------------------------------------------------------------------------------------
def test_only_a_secure_url_needs_tls() -> None:
    plain = layers_for(ConnectionSettings(decode_url("ws://h/"))).start()
    assert plain.is_ready
    secure = layers_for(ConnectionSettings(decode_url("wss://h/"))).start()
    assert not secure.is_ready
    assert [TlsStarted("h", ("http/1.1",))] == list(secure.events)


# --- Certificates ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("is_rsa", [False, True])
def test_a_certificate_says_what_cryptography_reads(authority: Authority, is_rsa: bool) -> None:
    path = authority.leaf("Ünicode", names=("a.example", "10.0.0.1", "::1"), is_rsa=is_rsa)
    oracle = x509.load_pem_x509_certificate(path.read_bytes())
    read = decode_certificate(oracle.public_bytes(encoding=_der()))
    assert "CN=Ünicode, O=wscli tests" == read.subject
    assert "CN=Test CA, O=wscli tests" == read.issuer
    assert ("DNS:a.example", "IP:10.0.0.1", "IP:::1") == read.names
    begin, end = (datetime.datetime.fromisoformat(text) for text in (read.not_before, read.not_after))
    assert (oracle.not_valid_before_utc, oracle.not_valid_after_utc) == (begin, end)
    assert ("RSA 2048" if is_rsa else "EC P-256") == read.key
    assert "ecdsa-with-SHA256" == read.signature
    assert 95 == len(read.fingerprint)


def _der() -> object:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER
