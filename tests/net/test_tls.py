"""TLS without sockets: two layers joined in memory."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

import pytest
from cryptography import x509

from tests.certificates import Authority
from wscli.errors import EnvironmentProblem, Problem, UsageProblem
from wscli.events import CertificatesReceived, Event, StreamEnd, TlsClosed, TlsEstablished, TlsFailed, TlsStarted
from wscli.net.layer import Layer, LayerStep
from wscli.net.stack import Stack
from wscli.net.tls import TlsLayer, client_context, server_context, unverified_chain
from wscli.settings import TlsSettings


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


def test_a_given_certificate_is_trusted_though_it_is_no_root(authority: Authority) -> None:
    leaf = authority.leaf()
    assert TlsEstablished in join(authority, leaf, ca_file=str(leaf)).kinds("client")


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
    reason = "the peer ended the connection during the TLS handshake without a byte"
    assert LayerStep(events=(TlsFailed(reason),), ended=StreamEnd.FAILED) == step


def begun(alpn: tuple[str, ...] = ()) -> TlsLayer:
    """A client whose ClientHello is out."""
    layer = TlsLayer(client_context(TlsSettings(alpn=alpn)), "localhost", alpn)
    layer.start()
    return layer


def failure(step: LayerStep) -> TlsFailed:
    assert StreamEnd.FAILED is step.ended
    (failed,) = step.events
    assert isinstance(failed, TlsFailed)
    return failed


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",  # a SETTINGS frame of HTTP/2
        b"\x16\x16\x16\x16\x16\x16",
    ],
)
def test_what_does_not_begin_as_a_record_is_no_tls(first: bytes) -> None:
    failed = failure(begun().receive(first))
    assert first == failed.first_bytes
    assert "the peer does not speak TLS (wrong version number)" == failed.reason


def test_too_few_bytes_to_tell_are_shown_at_the_end_of_the_stream() -> None:
    layer = begun()
    assert LayerStep() == layer.receive(b"no")
    failed = failure(layer.receive_eof())
    expected = "the peer does not speak TLS (the peer ended the connection during the TLS handshake)"
    assert (b"no", expected) == (failed.first_bytes, failed.reason)


def test_only_the_first_bytes_are_kept() -> None:
    assert b"x" * 64 == failure(begun().receive(b"x" * 1000)).first_bytes


def test_a_plain_request_to_a_tls_server_is_shown(authority: Authority) -> None:
    server = TlsLayer(server_context(str(authority.leaf())), None, is_server=True)
    assert LayerStep() == server.start()
    failed = failure(server.receive(b"GET / HTTP/1.1\r\n\r\n"))
    assert b"GET / HTTP/1.1\r\n\r\n" == failed.first_bytes
    assert "http request" in failed.reason


@pytest.mark.parametrize("size", [1, 7])
@pytest.mark.parametrize(
    ("number", "alert"),
    [
        (40, "handshake_failure"),
        (70, "protocol_version"),
        (90, "user_canceled"),
        (112, "unrecognized_name"),
        (120, "no_application_protocol"),
        (121, "number 121"),  # one that OpenSSL has no words for
    ],
)
def test_the_alert_that_the_peer_sent_is_named(number: int, alert: str, size: int) -> None:
    layer, record = begun(), b"\x15\x03\x03\x00\x02\x02" + bytes([number])
    steps = [layer.receive(record[begin : begin + size]) for begin in range(0, 7, size)]
    failed = failure(steps[-1])
    assert (alert, b"") == (failed.alert, failed.first_bytes)


def test_an_error_of_ours_is_no_alert_of_the_peers() -> None:
    step = begun().receive(b"\x16\x03\x03\x00\x05xxxxx")
    assert failure(step).alert is None
    assert b"\x15\x03" == step.down[:2]  # but one of ours, and it goes out


def test_close_notify_during_the_handshake_is_a_failure() -> None:
    failed = failure(begun().receive(b"\x15\x03\x03\x00\x02\x01\x00"))
    assert TlsFailed("the peer ended TLS during the handshake", "close_notify") == failed


# --- Server names ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["localhost", "localhost.", "127.0.0.1", "::1%lo"])
def test_names_are_sent_without_the_dot_of_the_root_and_addresses_are_not(authority: Authority, name: str) -> None:
    seen: list[str | None] = []

    def note(context: ssl.SSLContext) -> None:
        context.sni_callback = lambda _tls, sent, _context: seen.append(sent)

    assert TlsEstablished in join(authority, name=name, prepare=note).kinds("client")
    assert ["localhost" if name.startswith("localhost") else None] == seen


def test_a_certificate_without_a_name_to_verify_is_not_accepted_quietly() -> None:
    with pytest.raises(UsageProblem, match="no name to verify"):
        TlsLayer(client_context(TlsSettings()), None)
    step = TlsLayer(client_context(TlsSettings(insecure=True)), None).start()
    assert (TlsStarted(""),) == step.events


@pytest.mark.parametrize("name", ["a..b", ".a", "a" * 64, "a\0b"])
def test_what_cannot_be_a_server_name_is_refused(name: str) -> None:
    with pytest.raises(UsageProblem, match="it is no host name") as caught:
        TlsLayer(client_context(TlsSettings()), name)
    assert name == caught.value.value


# --- Versions and ALPN -----------------------------------------------------------------------------------------------
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
    alert = {"1.2": "handshake_failure", "1.3": "certificate_required"}[version]
    assert alert == failed.alert  # type: ignore[attr-defined]
    # TLS 1.3 lets the server say so only after the client's handshake is done.
    assert (version == "1.3") == (TlsEstablished in joined.kinds("client"))
    assert StreamEnd.FAILED is joined.ended["client"]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_old_version_as_the_highest_allows_the_old_ones(authority: Authority, version: str) -> None:
    def allow_old(context: ssl.SSLContext) -> None:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with pytest.deprecated_call():
            context.minimum_version = ssl.TLSVersion.TLSv1

    joined = join(authority, prepare=allow_old, maximum_version=version)
    established = joined.found("client", TlsEstablished)
    assert {"1.0": "TLSv1", "1.1": "TLSv1.1"}[version] == established.version  # type: ignore[attr-defined]


def test_a_server_chooses_among_what_the_client_offers(authority: Authority) -> None:
    server = TlsLayer(server_context(str(authority.leaf()), alpn=("http/1.1",)), None, is_server=True)
    settings = TlsSettings(ca_file=str(authority.path), alpn=("h2", "http/1.1"))
    joined = Joined(TlsLayer(client_context(settings), "localhost", settings.alpn), server).start()
    assert TlsStarted("localhost", ("h2", "http/1.1")) == joined.found("client", TlsStarted)
    assert "http/1.1" == joined.found("server", TlsEstablished).alpn  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["", "é", "x" * 256])
def test_what_cannot_be_an_alpn_name_is_refused(name: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        client_context(TlsSettings(alpn=("http/1.1", name)))
    assert ("tls/alpn", name) == (caught.value.code, caught.value.value)


# --- Key log ---------------------------------------------------------------------------------------------------------
def test_the_environments_key_log_is_the_callers_to_read(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    assert TlsEstablished in join(authority).kinds("client")
    assert not (tmp_path / "keys").exists()


def test_the_key_log_holds_the_secrets(authority: Authority, tmp_path: Path) -> None:
    log = tmp_path / "keys"
    join(authority, key_log=str(log))
    assert "CLIENT_TRAFFIC_SECRET_0" in log.read_text()


# --- Ends ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_each_direction_ends_on_its_own(authority: Authority, version: str) -> None:
    joined = join(authority, maximum_version=version)
    joined.do("server", lambda layer: layer.finish())
    assert StreamEnd.FINISHED is joined.ended["client"]
    joined.send("client", b"still here")
    assert b"still here" == joined.received["server"]
    assert LayerStep() == joined.do("server", lambda layer: layer.send(b"too late"))
    assert StreamEnd.FINISHED is not joined.ended["server"]
    joined.do("client", lambda layer: layer.finish())
    assert StreamEnd.FINISHED is joined.ended["server"]
    assert TlsClosed in joined.kinds("server")


def test_finishing_in_the_middle_of_a_record_loses_none_of_it(authority: Authority) -> None:
    joined = join(authority)
    record = joined.ends["server"].send(b"in two parts").down
    assert b"" == joined.ends["client"].receive(record[:10]).up
    joined.do("client", lambda layer: layer.finish())
    assert b"in two parts" == joined.ends["client"].receive(record[10:]).up


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_finishing_before_the_handshake_is_done_waits_for_it_and_for_the_data(
    authority: Authority, version: str
) -> None:
    settings = TlsSettings(ca_file=str(authority.path), maximum_version=version)
    client = TlsLayer(client_context(settings), "localhost")
    server = TlsLayer(server_context(str(authority.leaf())), None, is_server=True)
    server.send(b"greeting")  # comes in one go with the end of the handshake
    client.send(b"all")
    client.finish()
    joined = Joined(client, server).start()
    assert (b"all", b"greeting") == (joined.received["server"], joined.received["client"])
    assert TlsClosed in joined.kinds("server")
    assert TlsClosed not in joined.kinds("client")


def test_what_comes_after_close_notify_is_ignored(authority: Authority) -> None:
    joined = join(authority)
    joined.do("server", lambda layer: layer.finish())
    assert LayerStep() == joined.ends["client"].receive(b"\x17\x03\x03")
    assert LayerStep() == joined.ends["client"].receive_eof()


def test_the_outer_tls_ends_the_inner_one(authority: Authority) -> None:
    joined, (_, server) = nested(authority)
    outer = server._layers[0]
    joined._take("server", outer.finish())
    assert 1 == joined.kinds("client").count(TlsClosed)
    assert StreamEnd.FINISHED is joined.ended["client"]


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


def nested(authority: Authority, chop: int | None = None) -> tuple[Joined, tuple[Stack, Stack]]:
    leaf = str(authority.leaf())
    settings = TlsSettings(ca_file=str(authority.path))
    client = Stack(TlsLayer(client_context(settings), "localhost") for _ in range(2))
    server = Stack(TlsLayer(server_context(leaf), None, is_server=True) for _ in range(2))
    return Joined(client, server, chop).start(), (client, server)


@pytest.mark.parametrize("chop", [None, 1, 5])
def test_tls_inside_tls_is_two_layers(authority: Authority, chop: int | None) -> None:
    joined, _ = nested(authority, chop)
    assert 2 == joined.kinds("client").count(TlsEstablished)
    joined.send("client", b"deep")
    joined.send("server", b"down")
    assert (b"deep", b"down") == (joined.received["server"], joined.received["client"])
    joined.do("client", lambda layer: layer.finish())
    assert 2 == joined.kinds("server").count(TlsClosed)
    assert StreamEnd.FINISHED is joined.ended["server"]


def test_tls_can_be_pushed_on_a_stack_that_talks_plainly(authority: Authority) -> None:
    """As RFC 2817 has it: the server's answer in plain text and its first record come in one read."""
    client, server = Stack(), Stack()
    joined = Joined(client, server).start()
    joined.send("client", b"upgrade?")
    push = server.push(TlsLayer(server_context(str(authority.leaf())), None, is_server=True))
    assert LayerStep() == push
    context = client_context(TlsSettings(ca_file=str(authority.path)))
    joined._take("client", client.push(TlsLayer(context, "localhost")))
    joined.send("client", b"secret")
    assert b"upgrade?secret" == joined.received["server"]


# --- Files -----------------------------------------------------------------------------------------------------------
def test_every_bad_file_is_named_with_the_reason(authority: Authority, tmp_path: Path) -> None:
    nonsense, missing = tmp_path / "nonsense.pem", str(tmp_path / "missing.pem")
    nonsense.write_text("hello")
    damaged = str(tmp_path / "damaged.pem")
    Path(damaged).write_text("-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n")
    leaf, other = str(authority.leaf()), str(authority.leaf())
    encrypted = str(authority.leaf(password=b"secret"))
    bad: list[tuple[dict[str, object], type[Problem], str]] = [
        ({"ca_file": missing}, EnvironmentProblem, "no such file"),
        ({"ca_file": str(tmp_path)}, EnvironmentProblem, "is a directory"),
        ({"ca_file": damaged}, EnvironmentProblem, "openssl says"),
        ({"ca_path": missing}, EnvironmentProblem, "no such file"),
        ({"ca_path": str(nonsense)}, EnvironmentProblem, "not a directory"),
        ({"ca_path": str(tmp_path)}, EnvironmentProblem, "no hashed certificates"),
        ({"ca_file": str(nonsense)}, EnvironmentProblem, "no certificate"),
        ({"certificate": missing}, EnvironmentProblem, "no such file"),
        ({"certificate": leaf, "key": missing}, EnvironmentProblem, "no such file"),
        ({"certificate": leaf, "key": other}, EnvironmentProblem, "does not belong"),
        ({"certificate": encrypted}, EnvironmentProblem, "encrypted"),
        ({"certificate": encrypted, "key_password": "wrong"}, EnvironmentProblem, "does not open"),
        ({"certificate": encrypted, "key_password": "x" * 2000}, EnvironmentProblem, "does not open"),
        ({"certificate": str(nonsense)}, EnvironmentProblem, "no certificate in pem form"),
        ({"certificate": str(authority.path)}, EnvironmentProblem, "no private key in pem form"),
        ({"certificate": leaf, "key": str(nonsense)}, EnvironmentProblem, "no private key in pem form"),
        ({"certificate": damaged, "key": leaf}, EnvironmentProblem, "openssl says"),
        ({"certificate": str(tmp_path)}, EnvironmentProblem, "is a directory"),
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

    class Silent:
        def get_unverified_chain(self) -> None:
            return None

    assert [] == unverified_chain(Silent())
