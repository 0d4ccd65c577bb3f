"""Peers that we did not write, and one that says any bytes: servers in threads of the test process, on free ports."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import queue
import socket
import ssl
import struct
import threading
import uuid
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any, Self

from aiohttp import WSMsgType, web
from websockets.asyncio.server import ServerConnection, serve, unix_serve
from websockets.exceptions import ConnectionClosed

from tests.certificates import Authority

CLOSE_1000 = b"\x88\x02\x03\xe8"
SLOW_SECONDS = 0.5
COMPRESSIBLE = "again and again, " * 20_000


class LoopThread:
    """An event loop in a thread of its own; what runs there is called from the tests."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="peers", daemon=True)
        self._thread.start()

    def call(self, work: Any) -> Any:
        """Run a coroutine there and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(20)
        self.loop.close()


class Visit:
    """One connection as a server saw it."""

    def __init__(
        self, path: str, headers: list[tuple[str, str]], extensions: list[str], close_code: int | None
    ) -> None:
        self.path = path
        self.headers = headers
        self.extensions = extensions
        self.close_code = close_code

    def values(self, name: str) -> list[str]:
        """Return the values of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


class WebSocketsServer:
    """The server of the websockets library; the path of the request names what it does."""

    def __init__(
        self,
        thread: LoopThread,
        *,
        context: ssl.SSLContext | None = None,
        deflates: bool = True,
        unix_path: str | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self._thread = thread
        self._context = context
        self._compression = "deflate" if deflates else None
        self._unix_path = unix_path
        self._host = host
        self.visits: queue.Queue[Visit] = queue.Queue()
        self._server: Any = thread.call(self._start())
        self.port = 0 if unix_path else next(iter(self._server.sockets)).getsockname()[1]

    async def _start(self) -> Any:
        options: dict[str, Any] = {
            "ssl": self._context, "compression": self._compression, "subprotocols": ["chat", "news"],
            "select_subprotocol": lambda _, offered: offered[0] if offered else None, "max_size": None,
        }  # fmt: skip
        if self._unix_path is not None:
            return await unix_serve(self._handle, self._unix_path, **options)
        return await serve(self._handle, self._host, 0, **options)

    def url(self, path: str = "echo") -> str:
        scheme = "ws" if self._context is None else "wss"
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{scheme}://{host}:{self.port}/{path}"

    def visit(self) -> Visit:
        """Return the next connection that ended; waits for it."""
        return self.visits.get(timeout=20)

    def stop(self) -> None:
        self._thread.call(self._stop())

    async def _stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _handle(self, connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        name = request.path.partition("?")[0].strip("/")
        with contextlib.suppress(ConnectionClosed):
            await BEHAVIOURS[name](connection)
        with contextlib.suppress(ConnectionClosed):
            await connection.wait_closed() if name == "reject" else await connection.close()
        extensions = [str(extension.name) for extension in connection.protocol.extensions]
        self.visits.put(Visit(request.path, list(request.headers.raw_items()), extensions, connection.close_code))


# --- What the websockets server does --------------------------------------------------------------------------------
async def _echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def _slow(connection: ServerConnection) -> None:
    async for message in connection:
        await asyncio.sleep(SLOW_SECONDS)
        await connection.send(message)


async def _reject(connection: ServerConnection) -> None:
    await connection.close(1008, "bad token")


async def _many(connection: ServerConnection) -> None:
    for number in range(1, 101):
        await connection.send(f"message {number}")
    await connection.wait_closed()


async def _mixed(connection: ServerConnection) -> None:
    await connection.send("before")
    await connection.send(b"\x00\xffBINARY")
    await connection.send("after")
    await connection.wait_closed()


async def _newline(connection: ServerConnection) -> None:
    await connection.send("a\nb")
    await connection.send("c\nd")
    await connection.close()


async def _large(connection: ServerConnection) -> None:
    await connection.send(COMPRESSIBLE)
    await connection.wait_closed()


async def _silent(connection: ServerConnection) -> None:
    """Read everything, so that the client's Close is not held up behind its messages, and say nothing."""
    async for _ in connection:
        pass


async def _twice(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)
        await connection.send(message)


async def _upper(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message.upper())


async def _sizes(connection: ServerConnection) -> None:
    """Tell how many bytes each message has, so that what was sent whole is known to have come whole."""
    async for message in connection:
        data = message if isinstance(message, bytes) else message.encode()
        await connection.send(f"{type(message).__name__} {len(data)} {hashlib.sha256(data).hexdigest()[:12]}")


async def _fragments(connection: ServerConnection) -> None:
    """Tell the parts that a message comes in."""
    while True:
        parts = [part async for part in connection.recv_streaming(decode=True)]
        await connection.send("|".join(map(str, parts)))


def _shop(price: int) -> Callable[[ServerConnection], Any]:
    """Give each connection a token of its own, and the price to who repeats it."""

    async def handle(connection: ServerConnection) -> None:
        token = uuid.uuid4().hex
        async for message in connection:
            asked = json.loads(message)
            if asked["op"] == "login":
                answer = {"session": {"token": token}, "at": uuid.uuid4().hex, "user": asked["user"]}
            else:
                is_known = asked["token"] == token
                answer = {"ok": is_known, "token": token, "price": price if is_known else None}
            await connection.send(json.dumps(answer))

    return handle


BEHAVIOURS: dict[str, Callable[[ServerConnection], Any]] = {
    "echo": _echo, "slow": _slow, "reject": _reject, "many": _many, "mixed": _mixed, "newline": _newline,
    "large": _large, "silent": _silent, "twice": _twice, "upper": _upper, "sizes": _sizes, "fragments": _fragments,
    "cheap": _shop(5), "dear": _shop(6),
}  # fmt: skip


class AiohttpServer:
    """An echo server of aiohttp, and ordinary HTTP answers beside it."""

    def __init__(self, thread: LoopThread, *, deflates: bool = True) -> None:
        self._thread = thread
        self._deflates = deflates
        self.compressed: queue.Queue[bool] = queue.Queue()
        self._runner: web.AppRunner | None = None
        self.port: int = thread.call(self._start())

    async def _start(self) -> int:
        application = web.Application()
        application.router.add_get("/echo", self._echo)
        application.router.add_get("/moved", _moved)
        application.router.add_get("/login", _login)
        self._runner = web.AppRunner(application, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port: int = self._runner.addresses[0][1]
        return port

    async def _echo(self, request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse(compress=self._deflates, max_msg_size=0)
        await response.prepare(request)
        self.compressed.put(bool(response.compress))
        async for message in response:
            if message.type is WSMsgType.TEXT:
                await response.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await response.send_bytes(message.data)
        return response

    def url(self, path: str = "echo") -> str:
        return f"ws://127.0.0.1:{self.port}/{path}"

    def stop(self) -> None:
        assert self._runner is not None
        self._thread.call(self._runner.cleanup())


async def _moved(_: web.Request) -> web.Response:
    return web.Response(status=301, headers={"Location": "/echo"})


async def _login(_: web.Request) -> web.Response:
    return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="tests"'}, text="who are you")


# --- Any bytes ------------------------------------------------------------------------------------------------------
class Ending(Enum):
    """What a raw server does once its answer is out."""

    FIN = "fin"
    RESET = "reset"
    SILENCE = "silence"


Answer = bytes | Callable[[bytes], bytes]


class RawServer:
    """A TCP server that reads one request head and answers with the bytes it was given.

    After the answer it waits for `wants` bytes from the client, then ends as told. `received` holds all that came.
    """

    def __init__(
        self,
        answer: Answer,
        ending: Ending = Ending.FIN,
        *,
        wants: int = 0,
        one_by_one: bool = False,
        reads_head: bool = True,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._answer = answer
        self._ending = ending
        self._wants = wants
        self._one_by_one = one_by_one
        self._reads_head = reads_head
        self._context = context
        self.request = b""
        self.answered = b""
        self.received = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="raw server", daemon=True)

    def url(self, path: str = "") -> str:
        return f"ws://127.0.0.1:{self.port}/{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # wakes the thread where nobody has connected
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        data = b""
        while self._reads_head and b"\r\n\r\n" not in data:
            data += _received(connection)
        head, _, rest = data.partition(b"\r\n\r\n")
        self.request, self.received = head + b"\r\n\r\n", rest
        self.answered = self._answer if isinstance(self._answer, bytes) else self._answer(self.request)
        pieces: Iterable[bytes] = (
            (self.answered[place : place + 1] for place in range(len(self.answered)))
            if self._one_by_one
            else (self.answered,)
        )
        for piece in pieces:
            connection.sendall(piece)
        while len(self.received) < self._wants:
            self.received += _received(connection)
        if self._ending is Ending.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        if self._ending is Ending.FIN:
            connection.shutdown(socket.SHUT_WR)
        while True:
            self.received += _received(connection)


def _received(connection: socket.socket) -> bytes:
    """Return what comes; ConnectionResetError at the end, so that every loop ends there."""
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError
    return data


def accept_of(request: bytes) -> bytes:
    """Return the Sec-WebSocket-Accept for a request (RFC 6455 §4.2.2)."""
    for line in request.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"sec-websocket-key":
            digest = hashlib.sha1(value.strip() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
            return base64.b64encode(digest)
    raise AssertionError("the request has no key")


def upgrade(then: bytes = b"", template: bytes | None = None) -> Callable[[bytes], bytes]:
    """Return an answer that upgrades, with the frames that follow it in the same write; ACCEPT stands for the value."""
    head = template or (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: ACCEPT\r\n\r\n"
    )
    return lambda request: head.replace(b"ACCEPT", accept_of(request)) + then


def text_frame(text: str) -> bytes:
    payload = text.encode()
    assert len(payload) < 126
    return bytes((0x81, len(payload))) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    payload = code.to_bytes(2, "big") + reason.encode()
    return bytes((0x88, len(payload))) + payload


# --- Certificates ---------------------------------------------------------------------------------------------------
class Certificates:
    """An authority of our own, a certificate for 127.0.0.1 and localhost with its key, and a context of them."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        self.authority = authority.path
        self.file = authority.leaf()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.file)
