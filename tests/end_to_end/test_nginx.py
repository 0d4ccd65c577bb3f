"""A real nginx in front of real servers: the classic mistakes, and what is said of them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import run
from tests.end_to_end.peers import AiohttpServer, Certificates, WebSocketsServer

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

UPGRADING = 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'

Serve = Callable[..., str]


def _configuration(folder: Path, listener: Path, server: str) -> str:
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary} server {{ listen unix:{listener}{server} }} }}\n"
    )


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start an nginx of our own with a server block like this; returns the path of the socket that it listens on."""
    running: list[subprocess.Popen[bytes]] = []

    def start(locations: str, *, listen: str = "") -> str:
        listener, file = tmp_path / "nginx.sock", tmp_path / "nginx.conf"
        file.write_text(_configuration(tmp_path, listener, f"{listen}; {locations}"))
        assert NGINX is not None  # the tests are skipped without it
        command = [NGINX, "-p", str(tmp_path), "-c", str(file), "-e", str(tmp_path / "error.log")]
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        _await(listener, running[-1])
        return str(listener)

    yield start
    for process in running:
        process.terminate()
        process.wait(20)


def _await(listener: Path, process: subprocess.Popen[bytes]) -> None:
    """Return when somebody listens on the socket."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert process.poll() is None, (listener.parent / "error.log").read_text()
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(listener)) == 0:
                return
        os.sched_yield()
    raise TimeoutError(str(listener))


def _to(url: str, settings: str = "") -> str:
    port = url.split(":")[2].partition("/")[0]
    return f"location / {{ proxy_pass http://127.0.0.1:{port}; {settings} }}"


def test_an_upgrade_that_is_forwarded_opens(serve: Serve, plain_server: WebSocketsServer) -> None:
    listener = serve(_to(plain_server.url(), UPGRADING))
    outcome = run("send", "--unix-socket", listener, "ws://localhost/echo", "hello")
    assert (0, b"hello\n", "") == outcome


def test_a_server_that_names_the_missing_upgrade_is_explained(serve: Serve, aiohttp_server: AiohttpServer) -> None:
    listener = serve(_to(aiohttp_server.url("echo")))
    outcome = run("send", "--unix-socket", listener, "ws://localhost/echo", "hello")
    assert 7 == outcome.status
    assert "http/upgrade-not-forwarded" in outcome.talk
    assert "likely: nginx does not pass Upgrade and Connection on" in outcome.talk
    assert f"set in the location: {UPGRADING}" in outcome.talk


def test_a_server_that_gets_http_1_0_of_nginx_is_explained(serve: Serve, plain_server: WebSocketsServer) -> None:
    listener = serve(_to(plain_server.url()))
    outcome = run("send", "--unix-socket", listener, "ws://localhost/echo", "hello")
    # From 1.29.7 on nginx asks in HTTP/1.1, and it is Connection that the server misses.
    assert 7 == outcome.status
    assert "http/upgrade-not-forwarded" in outcome.talk
    assert UPGRADING in outcome.talk


def test_a_page_in_place_of_an_upgrade_names_all_that_gives_it(serve: Serve) -> None:
    listener = serve('location / { default_type text/html; return 200 "<!doctype html><title>App</title>"; }')
    outcome = run("send", "--unix-socket", listener, "ws://localhost/echo", "hello")
    assert 7 == outcome.status
    assert "path/page-in-place-of-upgrade" in outcome.talk
    assert "possible, any of these gives the same bytes" in outcome.talk
    for words in ("$http_upgrade", 'Connection "upgrade"', "proxy_http_version 1.1", "the path serves a page"):
        assert words in outcome.talk


def test_a_backend_that_is_down_is_no_matter_of_the_upgrade(serve: Serve, tmp_path: Path) -> None:
    listener = serve(f"location / {{ proxy_pass http://unix:{tmp_path}/nobody.sock; {UPGRADING} }}")
    outcome = run("send", "--unix-socket", listener, "ws://localhost/echo", "hello")
    assert 7 == outcome.status
    assert "backend/gateway" in outcome.talk
    assert "the server behind nginx is down or refuses" in outcome.talk


def test_plain_http_to_a_tls_port_is_told_from_the_page(serve: Serve, certificates: Certificates) -> None:
    files = f"ssl_certificate {certificates.file}; ssl_certificate_key {certificates.file};"
    listener = serve(files, listen=" ssl")
    outcome = run("send", "--unix-socket", listener, "ws://localhost:8443/echo", "hello")
    assert 7 == outcome.status
    assert "certain: this port speaks TLS, and plain HTTP was sent" in outcome.talk
    assert "wscli connect wss://localhost:8443/echo" in outcome.talk


def test_a_client_certificate_that_nginx_misses_is_told_from_the_page(serve: Serve, certificates: Certificates) -> None:
    files = f"ssl_certificate {certificates.file}; ssl_certificate_key {certificates.file};"
    wanted = f"ssl_verify_client on; ssl_client_certificate {certificates.authority};"
    listener = serve(f"{files} {wanted}", listen=" ssl")
    options = ("--unix-socket", listener, "--cacert", str(certificates.authority))
    outcome = run("send", *options, "wss://localhost/echo", "hello")
    assert 7 == outcome.status
    assert "http/client-certificate" in outcome.talk
    assert "--cert CERT.pem --key KEY.pem" in outcome.talk
