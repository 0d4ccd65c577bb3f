"""What servers say to the upgrade request, well-formed and not, and what the program makes of it."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import run
from tests.end_to_end.peers import (
    CLOSE_1000,
    AiohttpServer,
    Answer,
    Ending,
    RawServer,
    close_frame,
    text_frame,
    upgrade,
)

GOODBYE = text_frame("hello") + CLOSE_1000


def head(*lines: str, end: str = "\r\n") -> bytes:
    return (end.join(lines) + end * 2).encode()


def upgrade_with(*lines: str, then: bytes = GOODBYE, end: str = "\r\n") -> Answer:
    return upgrade(then, head(*lines, end=end))


GOOD = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: ACCEPT")

ACCEPTED: dict[str, Answer] = {
    "glued frames": upgrade(GOODBYE),
    "103 first": upgrade_with("HTTP/1.1 103 Early Hints", "Link: </style.css>", "", "HTTP/1.1 101 OK", *GOOD),
    "no reason phrase": upgrade_with("HTTP/1.1 101 ", *GOOD),
    "other capitals": upgrade_with("HTTP/1.1 101 X", "UPGRADE: WebSocket", "connection: keep-alive, UPGRADE", GOOD[2]),
    "extra headers": upgrade_with("HTTP/1.1 101 X", *GOOD, "Server: tests", "X-Empty:", "Date: now"),
}
REFUSED: dict[str, tuple[Answer, str]] = {
    "404": (head("HTTP/1.1 404 Not Found", "Server: gate/1", "Content-Length: 0"), "gate/1"),
    "401": (head("HTTP/1.1 401 No", 'WWW-Authenticate: Basic realm="r"', "Content-Length: 0"), "WWW-Authenticate"),
    "301": (head("HTTP/1.1 301 Moved", "Location: ws://there.test/new", "Content-Length: 0"), "ws://there.test/new"),
    "426": (head("HTTP/1.1 426 Old", "Sec-WebSocket-Version: 8", "Content-Length: 0"), "Sec-WebSocket-Version"),
    "200": (head("HTTP/1.1 200 OK", "Content-Length: 5") + b"hello", "200"),
    "503 chunked": (head("HTTP/1.1 503 No", "Transfer-Encoding: chunked") + b"4\r\nbusy\r\n0\r\n\r\n", "busy"),
}
INVALID: dict[str, Answer] = {
    "wrong accept": head("HTTP/1.1 101 X", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: bm8="),
    "no accept": head("HTTP/1.1 101 X", "Upgrade: websocket", "Connection: Upgrade"),
    "no upgrade": upgrade_with("HTTP/1.1 101 X", "Connection: Upgrade", GOOD[2]),
    "no connection": upgrade_with("HTTP/1.1 101 X", "Upgrade: websocket", GOOD[2]),
    "another protocol": upgrade_with("HTTP/1.1 101 X", "Upgrade: h2c", "Connection: Upgrade", GOOD[2]),
    "HTTP/1.0": upgrade_with("HTTP/1.0 101 X", *GOOD),
    "SSH": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "nothing": b"",
    "half a head": b"HTTP/1.1 101 Switching",
    "TLS alert": bytes.fromhex("15030100020246"),
    "subprotocol not offered": upgrade_with("HTTP/1.1 101 X", *GOOD, "Sec-WebSocket-Protocol: chat"),
    "extension not offered": upgrade_with("HTTP/1.1 101 X", *GOOD, "Sec-WebSocket-Extensions: x-mux"),
}


@pytest.mark.parametrize("one_by_one", [False, True], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("name", ACCEPTED)
def test_an_upgrade_is_accepted_however_it_is_written(name: str, one_by_one: bool) -> None:
    with RawServer(ACCEPTED[name], one_by_one=one_by_one) as peer:
        assert (0, b"hello\n", "") == run("listen", peer.url())


@pytest.mark.parametrize("name", REFUSED)
def test_an_http_answer_is_status_7_and_shows_what_tells(name: str) -> None:
    answer, telling = REFUSED[name]
    with RawServer(answer) as peer:
        status, output, talk = run("listen", peer.url())
    assert (7, b"") == (status, output)
    assert telling in talk


@pytest.mark.parametrize("name", INVALID)
def test_an_answer_that_breaks_the_rules_is_status_8(name: str) -> None:
    with RawServer(INVALID[name]) as peer:
        status, output, talk = run("listen", peer.url())
    assert (8, b"") == (status, output)
    assert talk.startswith("x handshake invalid: ")


def test_a_head_with_bare_line_feeds_is_told_or_accepted() -> None:
    with RawServer(upgrade_with("HTTP/1.1 101 X", *GOOD, end="\n")) as peer:
        status, output, talk = run("listen", "-v", peer.url())
    assert (0, b"hello\n") == (status, output), talk


def test_a_server_that_says_nothing_meets_the_connect_timeout() -> None:
    with RawServer(b"", Ending.SILENCE) as peer:
        status, _, talk = run("listen", "--connect-timeout", "0.2", peer.url())
    assert 12 == status
    assert "200 ms" in talk


@pytest.mark.parametrize("name", ["glued frames", "103 first", "extra headers", "other capitals"])
def test_both_heads_are_printed_as_they_were(name: str) -> None:
    with RawServer(ACCEPTED[name]) as peer:
        _, _, talk = run("listen", "-v", "-H", "X-Mine: a  b", peer.url("a%20b?c=d"))
    assert peer.request.decode().splitlines() == [line[2:] for line in talk.splitlines() if line.startswith(">")]
    answered = peer.answered.removesuffix(GOODBYE).decode()
    assert answered.splitlines() == [line[2:] for line in talk.splitlines() if line.startswith("<")]


def test_nothing_of_a_peer_reaches_the_screen_unescaped() -> None:
    lines = ("HTTP/1.1 101 \x1b[2J", *GOOD, "X-Evil: \x1b]0;title\x07\x9b")
    then = close_frame(1008, "\x1b[31mred\u202e")
    with RawServer(upgrade_with(*lines, then=then)) as peer:
        _, _, talk = run("listen", "-vvv", peer.url())
    assert not [character for character in talk if (character < " " and character != "\n") or character in "\x9b\u202e"]


def test_answers_of_aiohttp_show_where_to_go(aiohttp_server: AiohttpServer) -> None:
    status, _, talk = run("listen", aiohttp_server.url("moved"))
    assert 7 == status
    assert "/echo" in talk
    status, _, talk = run("listen", aiohttp_server.url("login"))
    assert 7 == status
    assert 'Basic realm="tests"' in talk
    assert 7 == run("listen", aiohttp_server.url("absent")).status


# --- After the handshake --------------------------------------------------------------------------------------------
BROKEN: dict[str, bytes] = {
    "masked": bytes.fromhex("81 82 00000000 6869"),
    "bad UTF-8": bytes.fromhex("81 02 c328"),
    "RSV1": bytes.fromhex("c1 02 6869"),
    "unknown opcode": bytes.fromhex("83 00"),
    "continuation of nothing": bytes.fromhex("80 00"),
    "fragmented ping": bytes.fromhex("09 00"),
    "long ping": bytes.fromhex("89 7e 007e") + bytes(126),
    "close code 1005": bytes.fromhex("88 02 03ed"),
    "close of one byte": bytes.fromhex("88 01 03"),
    "length not minimal": bytes.fromhex("81 7e 0002 6869"),
    "length with the top bit": bytes.fromhex("82 7f 8000000000000000"),
}
BEARABLE = ("masked", "bad UTF-8", "RSV1", "length not minimal", "long ping")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_frame_is_status_9(name: str) -> None:
    with RawServer(upgrade(BROKEN[name])) as peer:
        status, _, talk = run("listen", "--format", "hex", "--no-deflate", peer.url())
    assert 9 == status, talk
    assert "RFC 6455" in talk


@pytest.mark.parametrize("name", BEARABLE)
def test_lenience_carries_on(name: str) -> None:
    with RawServer(upgrade(BROKEN[name] + GOODBYE)) as peer:
        status, output, talk = run("listen", "--lenient", "--no-deflate", "--format", "raw", peer.url())
    assert 0 == status, talk
    assert output.endswith(b"hello")


def test_an_end_without_a_close_is_status_10() -> None:
    with RawServer(upgrade(text_frame("hello"))) as peer:
        status, output, talk = run("listen", peer.url())
    assert (10, b"hello\n") == (status, output)
    assert "Close" in talk


def test_a_reset_is_status_10() -> None:
    with RawServer(upgrade(text_frame("hello")), Ending.RESET, wants=7) as peer:
        status, output, talk = run("listen", "--no-deflate", "--send", "a", peer.url())
    assert (10, b"hello\n") == (status, output), talk


def test_a_message_cut_off_is_status_10_and_no_line() -> None:
    with RawServer(upgrade(text_frame("whole") + text_frame("half")[:-1])) as peer:
        status, output, _ = run("listen", peer.url())
    assert 10 == status
    assert output.startswith(b"whole\n")
    assert 1 == output.count(b"\n")  # what came of the other may stand there, but its end does not


def test_a_message_cut_off_is_not_printed_in_a_form_that_counts() -> None:
    with RawServer(upgrade(text_frame("whole") + text_frame("half")[:-1])) as peer:
        assert (10, b"\0\0\0\x05whole") == run("listen", "--length-prefixed", peer.url())[:2]
