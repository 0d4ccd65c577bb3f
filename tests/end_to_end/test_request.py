"""What the server sees of the options: headers, credentials, subprotocols, compression."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.conftest import run
from tests.end_to_end.peers import COMPRESSIBLE, AiohttpServer, RawServer, Visit, WebSocketsServer


def visit_of(server: WebSocketsServer, *options: str, url: str | None = None) -> Visit:
    outcome = run("send", "-1", *options, url or server.url(), "a")
    assert (0, b"a\n") == outcome[:2], outcome
    return server.visit()


def test_headers_are_added_emptied_repeated_and_read_from_a_file(server: WebSocketsServer, tmp_path: Path) -> None:
    file = tmp_path / "headers"
    file.write_text("X-File: one\n\nX-More: two\n")
    visit = visit_of(server, "-H", "X-A: 1", "-H", "X-A: 2", "-H", "X-Empty;", "-H", f"@{file}", "-H", "User-Agent:")
    assert ["1", "2"] == visit.values("x-a")
    assert [""] == visit.values("x-empty")
    assert (["one"], ["two"]) == (visit.values("x-file"), visit.values("x-more"))
    assert [] == visit.values("user-agent")


def test_the_options_of_the_handshake_arrive(server: WebSocketsServer) -> None:
    options = ("--origin", "https://page.test", "--host", "other.test", "-A", "agent/1", "-b", "a=1; b=2")
    visit = visit_of(server, *options, "-s", "news,chat")
    expected = {
        "origin": ["https://page.test"], "host": ["other.test"], "user-agent": ["agent/1"], "cookie": ["a=1; b=2"],
        "sec-websocket-protocol": ["news, chat"],
    }  # fmt: skip
    assert expected == {name: visit.values(name) for name in expected}


def test_no_origin_is_sent_of_its_own(server: WebSocketsServer) -> None:
    assert [] == visit_of(server).values("origin")


def test_credentials_arrive_in_each_way(server: WebSocketsServer) -> None:
    assert ["Basic dTpwOng="] == visit_of(server, "-u", "u:p:x").values("authorization")
    assert ["Bearer token"] == visit_of(server, "--bearer", "token").values("authorization")
    url = server.url().replace("://", "://u%40:p@")
    assert ["Basic dUA6cA=="] == visit_of(server, url=url).values("authorization")


def test_path_and_query_arrive_as_typed(server: WebSocketsServer) -> None:
    assert "/echo?a=%20&b=c" == visit_of(server, url=server.url("echo?a=%20&b=c")).path


def test_http_urls_and_bare_addresses_are_urls(server: WebSocketsServer) -> None:
    for url in (f"http://127.0.0.1:{server.port}/echo", f"127.0.0.1:{server.port}/echo"):
        assert "/echo" == visit_of(server, url=url).path


def test_a_dry_run_prints_the_request_and_connects_nowhere() -> None:
    with RawServer(b"") as peer:
        for command in ("send", "listen", "connect"):
            status, output, _ = run(command, "--dry-run", peer.url("path"))
            assert 0 == status
            assert output.startswith(b"GET /path HTTP/1.1\r\n")
            assert output.endswith(b"\r\n\r\n")
    assert b"" == peer.request


# --- Compression ----------------------------------------------------------------------------------------------------
def test_large_messages_are_compressed_both_ways(server: WebSocketsServer) -> None:
    text = COMPRESSIBLE.encode()
    status, output, talk = run("send", "-1", "--whole", "-vv", server.url(), input=text)
    assert (0, text + b"\n") == (status, output)
    assert ["permessage-deflate"] == server.visit().extensions
    assert talk.count("rsv1") + talk.count("deflate") >= 2


def test_a_large_message_of_the_server_is_inflated(server: WebSocketsServer) -> None:
    assert COMPRESSIBLE.encode() + b"\n" == run("listen", "-n", "1", server.url("large")).output


def test_no_compression_is_offered_where_none_is_wanted(server: WebSocketsServer) -> None:
    visit = visit_of(server, "--no-deflate")
    assert ([], []) == (visit.values("sec-websocket-extensions"), visit.extensions)


@pytest.mark.parametrize(
    "parameters",
    [
        "client_no_context_takeover",
        "server_no_context_takeover",
        "client_max_window_bits=9",
        "server_max_window_bits=10",
    ],
)
def test_parameters_of_compression_hold_over_many_messages(server: WebSocketsServer, parameters: str) -> None:
    lines = b"".join(b"line %d " % number * 50 + b"\n" for number in range(100))
    outcome = run("send", "--expect", "100", f"--deflate={parameters}", server.url(), input=lines)
    assert (0, lines, "") == outcome
    assert ["permessage-deflate"] == server.visit().extensions


def test_a_server_that_does_not_compress_is_fine(plain_server: WebSocketsServer) -> None:
    text = COMPRESSIBLE.encode()
    assert text + b"\n" == run("send", "-1", "--whole", plain_server.url(), input=text).output


def test_aiohttp_echoes_with_and_without_compression(
    aiohttp_server: AiohttpServer, plain_aiohttp_server: AiohttpServer
) -> None:
    text = COMPRESSIBLE.encode()
    for server, options, compressed in (
        (aiohttp_server, (), True),
        (aiohttp_server, ("--no-deflate",), False),
        (plain_aiohttp_server, (), False),
    ):
        outcome = run("send", "-1", "--whole", *options, server.url(), input=text)
        assert (0, text + b"\n", "") == outcome
        assert compressed is server.compressed.get(timeout=20)


def test_a_message_beyond_the_limit_ends_the_connection(server: WebSocketsServer) -> None:
    status, output, talk = run("listen", "--max-message", "1KiB", "-0", server.url("large"))
    assert 0 != status
    assert len(output) <= 1024
    assert "1009" in talk or "max" in talk, talk
