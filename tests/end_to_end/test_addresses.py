"""Names, addresses, Unix sockets and TLS on the way to the server."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.end_to_end.conftest import run
from tests.end_to_end.peers import Certificates, LoopThread, WebSocketsServer


def test_a_refused_port_is_status_4() -> None:
    with socket.socket() as holder:  # bound and not listening: nobody else gets the port, and it refuses
        holder.bind(("127.0.0.1", 0))
        status, output, talk = run("listen", f"127.0.0.1:{holder.getsockname()[1]}")
    assert (4, b"") == (status, output)
    assert "refused" in talk


def test_a_name_that_does_not_resolve_is_status_3() -> None:
    status, _, talk = run("listen", "ws://nosuch.invalid/")
    assert 3 == status
    assert "nosuch.invalid" in talk


def test_a_listener_that_never_answers_meets_the_connect_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        outcome = run("listen", "--connect-timeout", "0.2", f"127.0.0.1:{listener.getsockname()[1]}")
    assert 12 == outcome.status


def test_localhost_reaches_a_server_that_has_ipv4_only(server: WebSocketsServer) -> None:
    assert (0, b"a\n", "") == run("send", "-1", f"localhost:{server.port}/echo", "a")
    assert [f"localhost:{server.port}"] == server.visit().values("host")


def test_ipv4_alone_and_ipv6_alone(server: WebSocketsServer) -> None:
    assert 0 == run("send", "-1", "-4", f"localhost:{server.port}/echo", "a").status
    assert run("send", "-1", "-6", f"127.0.0.1:{server.port}/echo", "a").status in (2, 3, 4)


def test_a_name_is_given_its_address_and_the_host_stays(server: WebSocketsServer) -> None:
    given = ("--resolve", f"example.invalid:{server.port}:127.0.0.1")
    assert (0, b"a\n", "") == run("send", "-1", *given, f"ws://example.invalid:{server.port}/echo", "a")
    assert [f"example.invalid:{server.port}"] == server.visit().values("host")


def test_a_connection_goes_to_another_host_and_port_and_the_host_stays(server: WebSocketsServer) -> None:
    detour = ("--connect-to", f"example.invalid:80:localhost:{server.port}")
    assert (0, b"a\n", "") == run("send", "-1", *detour, "ws://example.invalid/echo", "a")
    assert ["example.invalid"] == server.visit().values("host")
    assert "nosuch.invalid" in run("listen", "--connect-to", "::nosuch.invalid:", "ws://127.0.0.1/").talk


def test_a_connection_leaves_from_the_address_that_is_given(server: WebSocketsServer) -> None:
    status, output, _ = run("send", "-1", "--json", "--interface", "127.0.0.2", server.url(), "a")
    assert 0 == status
    assert b'"local_address":"127.0.0.2:' in output


@pytest.mark.parametrize("highest", ["1.2", "1.3"])
def test_a_client_certificate_that_is_asked_for_is_one_failure(certificates: Certificates, highest: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.file)
    context.load_verify_locations(certificates.authority)
    context.verify_mode = ssl.CERT_REQUIRED

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as stream:
            with suppress(ssl.SSLError):
                stream.do_handshake()
            stream.shutdown(socket.SHUT_WR)
            while stream.recv(65536):  # what is left unread would turn the end into a reset, which can eat the alert
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        url = f"wss://127.0.0.1:{listener.getsockname()[1]}/"
        status, _, talk = run("listen", "--cacert", str(certificates.authority), "--tls-max", highest, url)
        thread.join(20)
    assert 6 == status
    assert 1 == talk.count("x "), talk


@pytest.fixture
def server_of_ipv6(peers: LoopThread) -> Iterator[WebSocketsServer]:
    try:
        server = WebSocketsServer(peers, host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    yield server
    server.stop()


def test_an_ipv6_address_is_reached(server_of_ipv6: WebSocketsServer) -> None:
    assert (0, b"a\n", "") == run("send", "-1", server_of_ipv6.url(), "a")
    assert [f"[::1]:{server_of_ipv6.port}"] == server_of_ipv6.visit().values("host")


@pytest.fixture
def socket_path(peers: LoopThread) -> Iterator[str]:
    with TemporaryDirectory(prefix="ws") as folder:  # a Unix socket's path may have some hundred bytes only
        path = str(Path(folder) / "socket")
        server = WebSocketsServer(peers, unix_path=path)
        yield path
        server.stop()


def test_a_unix_socket_is_reached_by_option_and_by_url(socket_path: str) -> None:
    assert (0, b"a\n", "") == run("send", "-1", "--unix-socket", socket_path, "ws://somewhere.test/echo", "a")
    assert (0, b"a\n", "") == run("send", "-1", f"ws+unix://{socket_path}:/echo", "a")


def test_a_unix_socket_that_is_not_there_is_status_4(tmp_path: Path) -> None:
    status, _, talk = run("listen", "--unix-socket", str(tmp_path / "absent"), "ws://somewhere.test/")
    assert 4 == status
    assert "absent" in talk


# --- TLS ------------------------------------------------------------------------------------------------------------
def test_an_untrusted_certificate_is_status_6(secure_server: WebSocketsServer) -> None:
    status, output, talk = run("send", "-1", secure_server.url(), "a")
    assert (6, b"") == (status, output)
    assert "certificate" in talk.lower()


def test_an_untrusted_certificate_is_accepted_on_demand(secure_server: WebSocketsServer) -> None:
    assert (0, b"a\n") == run("send", "-1", "-k", secure_server.url(), "a")[:2]


def test_an_authority_of_our_own_is_trusted(secure_server: WebSocketsServer, certificates: Certificates) -> None:
    trusting = ("send", "-1", "--cacert", str(certificates.authority))
    assert (0, b"a\n", "") == run(*trusting, secure_server.url(), "a")
    assert (0, b"a\n", "") == run(*trusting, f"wss://localhost:{secure_server.port}/echo", "a")


def test_a_certificate_of_another_name_is_status_6(secure_server: WebSocketsServer, certificates: Certificates) -> None:
    trusting = ("send", "-1", "--cacert", str(certificates.authority), "--servername", "other.test")
    status, _, talk = run(*trusting, secure_server.url(), "a")
    assert 6 == status
    assert "other.test" in talk


def test_large_messages_pass_through_tls(secure_server: WebSocketsServer, tmp_path: Path) -> None:
    data = bytes(range(256)) * 20_000
    (tmp_path / "data").write_bytes(data)
    command = ("send", "-1", "-k", "--binary", "--raw", "-f", str(tmp_path / "data"))
    assert (0, data) == run(*command, secure_server.url())[:2]


def test_tls_to_a_plain_port_is_status_6(server: WebSocketsServer) -> None:
    assert 6 == run("listen", f"wss://127.0.0.1:{server.port}/echo").status


def test_a_plain_request_to_a_tls_port_is_told(secure_server: WebSocketsServer) -> None:
    assert 8 == run("listen", f"ws://127.0.0.1:{secure_server.port}/echo").status


def test_tls_secrets_are_written_where_asked(secure_server: WebSocketsServer, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    assert 0 == run("send", "-1", "-k", "--keylog", str(keys), secure_server.url(), "a").status
    assert "CLIENT_TRAFFIC_SECRET_0" in keys.read_text()
