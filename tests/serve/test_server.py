"""The test server, spoken to by plain sockets and by the `websockets` library."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Awaitable, Callable

import pytest
import websockets
from websockets.asyncio.client import connect

from wscli.errors import EnvironmentProblem
from wscli.events import Batch, Event, Interest
from wscli.protocol.step import SendPing
from wscli.serve.certificates import made_context
from wscli.serve.server import Server
from wscli.settings import Limits, ServerSettings, ServerTls

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def with_server(
    story: Callable[[Server, str], Awaitable[None]], settings: ServerSettings | None = None, **options: object
) -> None:
    async def run() -> None:
        server = Server(settings or ServerSettings(), **options)  # type: ignore[arg-type]
        url = await server.start()
        try:
            await story(server, url)
        finally:
            await server.stop()

    asyncio.run(run())


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1].rstrip("/"))


async def ask(url: str, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
    writer.write(request)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("compression", ["deflate", None])
def test_a_foreign_client_is_echoed(compression: str | None) -> None:
    async def story(_server: Server, url: str) -> None:
        async with connect(url, compression=compression) as peer:  # type: ignore[arg-type]
            for message in ("hello", b"\x00\xff", "long " * 5000, "", "ü€😀"):
                await peer.send(message)
                assert message == await peer.recv()
            await peer.send(["frag", "ment", "ed"])
            assert "fragmented" == await peer.recv()
            assert 0 < await (await peer.ping())
        assert 1000 == peer.close_code

    with_server(story)


def test_a_subprotocol_that_both_know_is_agreed() -> None:
    async def story(_server: Server, url: str) -> None:
        async with connect(url, subprotocols=[websockets.Subprotocol("b"), websockets.Subprotocol("a")]) as peer:
            assert "a" == peer.subprotocol

    with_server(story, ServerSettings(subprotocols=("a",)))


@pytest.mark.parametrize(
    ("request_bytes", "status", "said"),
    [
        (
            b"GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            b"426 Upgrade Required",
            b"a WebSocket service",
        ),
        (
            UPGRADE.replace(b"Upgrade: websocket\r\n", b"").replace(b": Upgrade\r\n", b": close\r\n"),
            b"426 Upgrade Required",
            b"Upgrade: expected websocket, got absent",
        ),
        (UPGRADE.replace(b"Version: 13", b"Version: 8"), b"426 Upgrade Required", b"Sec-WebSocket-Version: 13\r\n"),
        (UPGRADE.replace(b"GET", b"POST"), b"400 Bad Request", b"method: expected GET, got POST"),
    ],
)
def test_a_wrong_request_is_refused_with_the_reason(request_bytes: bytes, status: bytes, said: bytes) -> None:
    async def story(_server: Server, url: str) -> None:
        answer = await ask(url, request_bytes)
        assert b"HTTP/1.1 " + status in answer
        assert said in answer

    with_server(story)


def test_a_violation_is_answered_with_its_close_code() -> None:
    async def story(_server: Server, url: str) -> None:
        answer = await ask(url, UPGRADE + b"\x81\x02hi")
        assert b"\x03\xea" in answer.split(b"\r\n\r\n")[1]

    with_server(story)


HI = b"\x81\x82\0\0\0\0hi"


@pytest.mark.parametrize(
    ("frames", "echoes", "code"),
    [
        (HI + b"\x88\x82\0\0\0\0\x03\xe8", 1, 1000),
        (HI + HI + b"\x88\x82\0\0\0\0\x03\xe9", 2, 1001),
        (HI + b"\xa1\x80\0\0\0\0\x89\x80\0\0\0\0", 1, 1002),
        (HI + b"\x81\x81\0\0\0\0\xff" + HI, 1, 1007),
    ],
    ids=["close", "two messages", "violation before a Ping", "violation between messages"],
)
@pytest.mark.parametrize("is_glued", [True, False])
def test_messages_are_answered_before_the_close_that_comes_with_them(
    frames: bytes, echoes: int, code: int, is_glued: bool
) -> None:
    async def story(_server: Server, url: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
        writer.write(UPGRADE + frames if is_glued else UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        if not is_glued:
            writer.write(frames)
        writer.write_eof()
        answer = await reader.read()
        assert (b"\x81\x02hi" * echoes, b"\x88") == (answer[: 4 * echoes], answer[4 * echoes : 4 * echoes + 1])
        close = answer[4 * echoes + 2 :]
        assert (answer[4 * echoes + 1], code) == (len(close), int.from_bytes(close[:2], "big"))
        writer.close()

    with_server(story)


def test_a_message_past_the_limit_is_refused_with_1009() -> None:
    async def story(_server: Server, url: str) -> None:
        async with connect(url, compression=None) as peer:
            await peer.send("x" * 100)
            with pytest.raises(websockets.ConnectionClosedError):
                await peer.recv()
        assert 1009 == peer.close_code

    with_server(story, ServerSettings(limits=Limits(message=10)))


def test_stopping_says_going_away_to_all() -> None:
    async def story(server: Server, url: str) -> None:
        async with connect(url) as one, connect(url) as other:
            reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))  # one that has not asked yet
            await one.send("x")
            await one.recv()
            await server.stop()
            with pytest.raises(websockets.ConnectionClosedOK):
                await other.recv()
            assert 1001 == other.close_code
            assert b"" == await reader.read()
            writer.close()

    with_server(story)


@pytest.mark.parametrize(
    ("settings", "begin"),
    [
        (ServerSettings(tls=ServerTls(), limits=Limits(request=0.1)), b""),
        (
            ServerSettings(tls=ServerTls(), upgrade_tls="optional", limits=Limits(request=0.1)),
            b"OPTIONS * HTTP/1.1\r\nHost: h\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade\r\n\r\n",
        ),
        (ServerSettings(limits=Limits(request=0.1)), b""),
        (ServerSettings(limits=Limits(request=0.1)), b"GET"),
        (ServerSettings(limits=Limits(keep=0.1)), b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
    ],
    ids=["TLS", "TLS inside HTTP", "no request", "half a request", "no second request"],
)
def test_a_client_that_says_nothing_is_left_in_time(settings: ServerSettings, begin: bytes) -> None:
    pytest.importorskip("cryptography")

    async def story(_server: Server, url: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
        writer.write(begin)
        await asyncio.wait_for(reader.read(), 10)
        writer.close()

    with_server(story, settings)


def test_a_client_that_leaves_without_a_word_is_forgotten() -> None:
    async def story(server: Server, url: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        assert 1 == len(server.state.connections)
        writer.transport.abort()
        while server.state.connections:
            await asyncio.sleep(0)

    with_server(story)


def test_a_client_that_does_not_read_does_not_fill_the_memory() -> None:
    async def story(server: Server, url: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        frame = b"\x82\xff" + (1 << 20).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * (1 << 20)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                while True:
                    writer.write(frame)
                    await writer.drain()
        (connection,) = server.state.connections
        assert connection._transport is not None
        assert connection._transport.get_write_buffer_size() < 4 << 20
        writer.transport.abort()

    with_server(story)


def test_a_connection_is_a_stream_of_events_for_its_sinks() -> None:
    class Listing:
        name = "list"
        interest = Interest.MESSAGES
        is_essential = False

        def __init__(self, number: int) -> None:
            self.number = number
            self.events: list[Event] = []
            self.is_closed = False

        def accept(self, batch: Batch) -> None:
            self.events += batch.events

        def close(self) -> None:
            self.is_closed = True

    made: list[Listing] = []

    def make_sinks(number: int, _address: str) -> list[Listing]:
        made.append(Listing(number))
        return made[-1:]

    async def story(server: Server, url: str) -> None:
        async with connect(url) as peer:
            await peer.send("x")
            await peer.recv()
        while server.state.connections:
            await asyncio.sleep(0)

    with_server(story, make_sinks=make_sinks)
    names = [type(event).__name__ for event in made[0].events]
    assert ["Connected", "RequestReceived", "HandshakeJudged", "ResponseSent", "Opened"] == names[:5]
    assert "SessionEnded" == names[-1]
    assert made[0].is_closed


def test_an_address_that_is_taken_is_a_problem_with_a_hint() -> None:
    async def story(_server: Server, url: str) -> None:
        with pytest.raises(EnvironmentProblem) as caught:
            await Server(ServerSettings(port=port_of(url))).start()
        assert "another port" in str(caught.value.hint)

    with_server(story)


def test_without_its_extra_a_certificate_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "cryptography"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(EnvironmentProblem) as caught:
        made_context("localhost")
    assert "wscli[tls]" in (caught.value.hint or "")


def test_a_certificate_names_the_host_that_is_served() -> None:
    pytest.importorskip("cryptography")
    context, fingerprint = made_context("server.test")
    assert 95 == len(fingerprint)
    assert context.session_stats()["number"] == 0


def test_what_waits_for_a_client_of_a_room_that_does_not_read_is_bounded() -> None:
    async def story(server: Server, url: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
        writer.write(UPGRADE.replace(b" / ", b" /broadcast "))
        await reader.readuntil(b"\r\n\r\n")
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        async with connect(f"{url}broadcast", compression=None) as peer:
            for _ in range(200):
                await peer.send(b"x" * 100_000)
                if len(server.state.connections) == 1:
                    break
            assert 1 == len(server.state.connections)
            await (await peer.ping())  # the one who reads is not hurt
        writer.close()

    with_server(story)


def test_nothing_is_said_to_who_is_gone() -> None:
    async def story(server: Server, url: str) -> None:
        async with connect(f"{url}echo"):
            (connection,) = server.state.connections
        while server.state.connections:
            await asyncio.sleep(0)
        connection.deliver((SendPing(),))  # type: ignore[attr-defined]
        connection.abort()

    with_server(story)


def test_a_stream_is_given_up_with_its_connection() -> None:
    async def story(server: Server, url: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
        writer.write(b"GET /stream?count=1000&interval=100 HTTP/1.1\r\nHost: h\r\n\r\n")
        await reader.readuntil(b"line 1 of 1000\n")
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # so that it is a reset
        writer.transport.abort()
        while server.state.connections:
            await asyncio.sleep(0)

    with_server(story)
