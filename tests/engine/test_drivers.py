"""All drivers do the same with real sockets: one story, told three times."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.wire_script import trace
from wscli.engine.async_driver import AsyncDriver
from wscli.engine.blocking_driver import BlockingDriver
from wscli.engine.bus import Bus
from wscli.engine.jobs.job import IdleJob, Job
from wscli.engine.jobs.listen import ListenJob, ListenPlan
from wscli.engine.jobs.send import SendJob, SendPlan
from wscli.engine.jobs.splitting import Splitting
from wscli.engine.jobs.stopping import StopRule
from wscli.engine.opening import local_address
from wscli.engine.poll_driver import PollDriver
from wscli.engine.session import HIGH_WATER, Session
from wscli.engine.signals import Interruption, SignalWatch
from wscli.events import Batch, CloseSent, Event, Interest, MessageKind, MessageReceived, Opened, TimeLimitPassed
from wscli.net.dial import layers_for
from wscli.protocol.client import ClientConnection
from wscli.protocol.step import Order, SendClose, SendMessage
from wscli.settings import AddressSettings, ConnectionSettings, HandshakeSettings, Limits, Resolution
from wscli.wire.accept import accept_for
from wscli.wire.url import decode_url


class Listing:
    """A sink that lists events, and may fail when it sees one."""

    name = "list"
    interest = Interest.MESSAGES
    is_essential = True

    def __init__(self, fail_at: type[Event] | None = None) -> None:
        self.events: list[Event] = []
        self.last_events: list[type[Event]] = []
        """The types of the last events of each batch."""
        self._fail_at = fail_at

    def accept(self, batch: Batch) -> None:
        self.last_events.append(type(batch.events[-1]))
        for event in batch.events:
            self.events.append(event)
            if self._fail_at is type(event):
                raise OSError(28, "No space left on device")

    def close(self) -> None:
        pass

    @property
    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


Script = Callable[[socket.socket, bytes], None]


def switch(request: bytes) -> bytes:
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0].decode()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_for(key)}\r\n\r\n"
    ).encode()


@contextmanager
def peer(script: Script, family: int = socket.AF_INET) -> Iterator[str]:
    """A server for one connection: reads the request's head, then plays the script."""
    listener = socket.socket(family)
    listener.bind(("127.0.0.1", 0) if family == socket.AF_INET else ("::1", 0))
    listener.listen()
    listener.settimeout(10)

    def serve() -> None:
        try:
            stream, _ = listener.accept()
        except OSError:
            return
        with stream:
            stream.settimeout(10)
            request = b""
            while b"\r\n\r\n" not in request:
                request += stream.recv(65536)
            script(stream, request)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.close()
        thread.join(10)


def drain(stream: socket.socket) -> bytes:
    data = b""
    try:
        while piece := stream.recv(65536):
            data += piece
    except OSError:
        pass
    return data


def make(url: str, job: Job, sink: Listing, **limits: float) -> Session:
    settings = ConnectionSettings(
        decode_url(url), HandshakeSettings(deflate_offer=None), limits=Limits().replace(**limits)
    )
    bus = Bus([sink])
    connection = ClientConnection(settings, os.urandom, bus.interest | job.interest)
    return Session(settings, connection, layers_for(settings), bus, job)


def run_poll(session: Session) -> None:
    with SignalWatch() as watch:
        PollDriver(session, watch).run()


def run_async(session: Session) -> None:
    async def run() -> None:
        driver = AsyncDriver(session)
        await driver.run()
        assert driver.settled.is_set()

    asyncio.run(run())


def run_blocking(session: Session) -> None:
    BlockingDriver(session).run()


@pytest.fixture(params=[run_poll, run_async, run_blocking], ids=["poll", "asyncio", "blocking"])
def run(request: pytest.FixtureRequest) -> Callable[[Session], None]:
    found: Callable[[Session], None] = request.param
    return found


@pytest.fixture(params=[run_poll, run_async], ids=["poll", "asyncio"])
def run_watching(request: pytest.FixtureRequest) -> Callable[[Session], None]:
    """Return the drivers that do several things at a time: the blocking one waits for a name, then for each address."""
    found: Callable[[Session], None] = request.param
    return found


def play(run: Callable[[Session], None], script: Script, job: Job | None = None, **limits: float) -> Listing:
    sink = Listing()
    with peer(script) as url:
        run(make(url, job or IdleJob(), sink, **limits))
    return sink


def test_a_session_opens_receives_and_ends(run: Callable[[Session], None]) -> None:
    def script(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request) + b"\x81\x02hi\x88\x02\x03\xe8")
        assert drain(stream)[:2] == b"\x88\x82"

    sink = play(run, script)
    assert ["AttemptStarted", "Connected", "RequestSent", "ResponseReceived"] == sink.names[:4]
    lines = trace(tuple(sink.events))
    assert ["message text 'hi'", "closed 1000 ''", "closing 1000 ''"] == [
        line for line in lines if line[:2] in ("me", "cl")
    ]
    assert "ended clean by remote" == lines[-1]


def test_one_byte_at_a_time_makes_no_difference(run: Callable[[Session], None]) -> None:
    def script(stream: socket.socket, request: bytes) -> None:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in switch(request) + b"\x81\x02hi":
            stream.sendall(bytes([byte]))

    assert "message text 'hi'" in trace(tuple(play(run, script).events))


def test_a_reset_is_told_from_an_end(run: Callable[[Session], None]) -> None:
    def reset(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request))
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def end(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request))

    assert "stream reset" in trace(tuple(play(run, reset).events))
    assert "stream fin" in trace(tuple(play(run, end).events))


class SpeaksAtOnce(IdleJob):
    """Sends a message once open."""

    def observe(self, batch: Batch) -> tuple[Order, ...]:
        is_open = any(isinstance(event, Opened) for event in batch.events)
        return (SendMessage(MessageKind.TEXT, b"hi"),) if is_open else ()


def test_a_reset_that_a_write_meets_first_is_one_all_the_same(run: Callable[[Session], None]) -> None:
    def reset(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request))
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert "stream reset" in trace(tuple(play(run, reset, SpeaksAtOnce()).events))


def test_a_refused_connection_fails(run: Callable[[Session], None]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{unused.getsockname()[1]}/"
        sink = Listing()
        run(make(url, IdleJob(), sink))
    assert ["AttemptStarted", "AttemptFailed", "ConnectFailed", "SessionEnded"] == sink.names
    assert "ECONNREFUSED" == sink.events[1].error  # type: ignore[attr-defined]


def test_a_name_is_resolved_or_not(run: Callable[[Session], None]) -> None:
    sink = Listing()
    run(make("ws://nosuchname.invalid/", IdleJob(), sink))
    assert ["NameFailed", "SessionEnded"] == sink.names

    def end(stream: socket.socket, _request: bytes) -> None:
        stream.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    sink = Listing()
    with peer(end) as url:
        run(make(url.replace("127.0.0.1", "localhost"), IdleJob(), sink))
    assert "NameResolved" == sink.names[0]
    assert "HandshakeRefused" in sink.names


def test_a_unix_socket_that_is_not_there_fails(run: Callable[[Session], None]) -> None:
    sink = Listing()
    run(make("ws+unix:///nonexistent/socket:/", IdleJob(), sink))
    assert "ConnectFailed" in sink.names


def test_silence_runs_into_the_time_limits(run: Callable[[Session], None]) -> None:
    def silent(stream: socket.socket, _request: bytes) -> None:
        drain(stream)

    assert "limit connect-timeout" in trace(tuple(play(run, silent, connect=0.05).events))
    assert "limit max-time" in trace(tuple(play(run, silent, total=0.05).events))


def test_a_limit_while_open_says_close_and_leaves(run: Callable[[Session], None]) -> None:
    seen: list[bytes] = []

    def script(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request))
        seen.append(drain(stream))

    sink = play(run, script, total=0.1)
    assert ["limit max-time", "closing 1001 'max-time'", "stream abandoned", "ended unclean by local"] == trace(
        tuple(sink.events)
    )[-4:]
    assert seen[0][:1] == b"\x88"


def test_a_job_sends_and_its_replies_arrive(run: Callable[[Session], None]) -> None:
    def script(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request))
        assert stream.recv(65536)[:2] == b"\x81\x82"
        stream.sendall(b"\x81\x02ok")
        drain(stream)

    job = SendJob(SendPlan(messages=(SendMessage(MessageKind.TEXT, b"hi"),), stop=StopRule(count=1)))
    assert "message text 'ok'" in trace(tuple(play(run, script, job, close=0.1).events))


def test_much_goes_out_to_a_peer_that_reads_late(run: Callable[[Session], None]) -> None:
    received: list[int] = []
    payload = b"x" * (8 * HIGH_WATER)

    def script(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request))
        received.append(len(drain(stream)))

    play(run, script, SendJob(SendPlan(messages=(SendMessage(MessageKind.BINARY, payload),), waits=False)), close=2.0)
    assert received[0] >= len(payload)


def test_without_its_essential_output_a_session_leaves(run: Callable[[Session], None]) -> None:
    def script(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request) + b"\x81\x02hi")
        drain(stream)

    sink = Listing(fail_at=Opened)
    with peer(script) as url:
        session = make(url, ListenJob(ListenPlan()), sink)
        run(session)
    assert session.bus.lost_essential is not None
    assert session.is_over


def test_an_output_lost_after_our_close_does_not_cut_the_closing_short(run: Callable[[Session], None]) -> None:
    def script(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request) + b"\x81\x02hi")
        assert b"\x88" == stream.recv(1)
        stream.sendall(b"\x88\x02\x03\xe8")
        drain(stream)

    closing = Listing(fail_at=CloseSent)  # as a full output does that the last reply does not fit into
    with peer(script) as url:
        session = make(url, ListenJob(ListenPlan(StopRule(count=1))), closing)
        ending = Listing()
        session.bus = Bus([closing, ending])
        run(session)
    assert session.bus.lost_essential is not None
    assert "ended clean by local" == trace(tuple(ending.events))[-1]


def test_the_handshake_is_published_before_the_frames_that_came_with_it(run: Callable[[Session], None]) -> None:
    def script(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request) + b"\x81\x02hi\x88\x02\x03\xe8")
        drain(stream)

    sink = Listing()
    with peer(script) as url:
        run(make(url, IdleJob(), sink))
    assert Opened in sink.last_events


@pytest.fixture
def hanging_port() -> Iterator[Callable[[int], None]]:
    """Return what makes a port of 127.0.0.2 take no connection and refuse none: its listener's queue is full."""
    opened: list[socket.socket] = []

    def hang(port: int) -> None:
        listener = socket.socket()
        opened.append(listener)
        listener.bind(("127.0.0.2", port))
        listener.listen(0)
        for _ in range(3):
            filler = socket.socket()
            opened.append(filler)
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.2", port))

    yield hang
    for stream in opened:
        stream.close()


def led(url: str, sink: Listing, address: AddressSettings, job: Job | None = None, **limits: float) -> Session:
    settings = ConnectionSettings(
        decode_url(url),
        HandshakeSettings(deflate_offer=None),
        address=address,
        limits=Limits().replace(**limits),
    )
    job, bus = job or IdleJob(), Bus([sink])
    connection = ClientConnection(settings, os.urandom, bus.interest | job.interest)
    return Session(settings, connection, layers_for(settings), bus, job)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8, and drops what a queue lacks")
def test_an_address_that_hangs_gives_way_to_the_next(
    run_watching: Callable[[Session], None], hanging_port: Callable[[int], None]
) -> None:
    def script(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request) + b"\x88\x02\x03\xe8")
        drain(stream)

    sink = Listing()
    with peer(script) as url:
        port = int(url.rpartition(":")[2].strip("/"))
        hanging_port(port)
        both = (Resolution("h", port, ("127.0.0.2", "127.0.0.1")),)
        run_watching(led(f"ws://h:{port}/", sink, AddressSettings(resolutions=both)))
    assert ["AttemptStarted", "AttemptStarted", "Connected"] == sink.names[:3]
    assert f"127.0.0.1:{port}" == sink.events[2].address  # type: ignore[attr-defined]


def test_an_end_of_our_own_that_cannot_be_had_is_a_failed_attempt(run: Callable[[Session], None]) -> None:
    sink = Listing()
    run(led("ws://127.0.0.1:9/", sink, AddressSettings(local_address="192.0.2.1")))
    assert ["AttemptStarted", "AttemptFailed", "ConnectFailed", "SessionEnded"] == sink.names
    assert "EADDRNOTAVAIL" == sink.events[1].error  # type: ignore[attr-defined]


def test_a_resolver_that_takes_long_does_not_hold_up_a_time_limit(
    run_watching: Callable[[Session], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def resolve_late(*_: object) -> list[object]:
        released.wait(20)
        return []

    class Releases(Listing):
        def accept(self, batch: Batch) -> None:
            super().accept(batch)
            if TimeLimitPassed in map(type, batch.events):
                released.set()

    monkeypatch.setattr(socket, "getaddrinfo", resolve_late)
    sink = Releases()
    run_watching(led("ws://h.invalid/", sink, AddressSettings(), connect=0.05))
    assert ["TimeLimitPassed", "SessionEnded"] == sink.names


def test_our_end_of_a_stream_that_is_closed_is_not_known() -> None:
    with socket.socket() as stream:
        pass
    assert "" == local_address(stream)


def test_a_peer_that_resets_while_much_goes_out_takes_nothing_more() -> None:
    def script(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request))
        stream.recv(65536)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    job = SendJob(SendPlan(messages=(SendMessage(MessageKind.BINARY, b"x" * (8 * HIGH_WATER)),)))
    lines = trace(tuple(play(run_poll, script, job).events))
    assert lines[-1].startswith("ended unclean")


def test_a_peer_that_takes_nothing_more_is_still_heard() -> None:
    def script(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request) + b"\x81\x04last\x88\x02\x03\xf0")
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))

    job = SendJob(SendPlan(messages=tuple(SendMessage(MessageKind.BINARY, b"x" * 100000) for _ in range(40))))
    lines = trace(tuple(play(run_poll, script, job).events))
    assert any(line.startswith(("closed 1008", "stream")) for line in lines)


# --- What only the poll driver has -----------------------------------------------------------------------------------
def echo_until_close(stream: socket.socket, request: bytes) -> None:
    stream.sendall(switch(request))
    drain(stream)


def test_standard_input_is_read_to_its_end() -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"one\ntwo")
    os.close(write_end)
    sink = Listing()
    with peer(echo_until_close) as url, SignalWatch() as watch:
        session = make(url, SendJob(SendPlan(input_splitting=Splitting.LINES, waits=False)), sink, close=0.1)
        PollDriver(session, watch, read_end).run()
    os.close(read_end)
    assert ["sent text 'one'", "sent text 'two'"] == [
        line for line in trace(tuple(sink.events)) if line.startswith("sent")
    ]


def test_an_unreadable_standard_input_counts_as_ended() -> None:
    directory = os.open("/", os.O_RDONLY)
    sink = Listing()
    with peer(echo_until_close) as url, SignalWatch() as watch:
        session = make(url, SendJob(SendPlan(input_splitting=Splitting.LINES)), sink, close=0.1)
        PollDriver(session, watch, directory).run()
    os.close(directory)
    assert "closing 1000 ''" in trace(tuple(sink.events))


class InterruptsItself(IdleJob):
    """Sends our own process a signal once open."""

    def observe(self, batch: Batch) -> tuple[()]:
        if any(isinstance(event, Opened) for event in batch.events):
            signal.raise_signal(signal.SIGTERM)
        return ()


def test_a_signal_says_close_and_ends_the_session() -> None:
    lines = trace(tuple(play(run_poll, echo_until_close, InterruptsItself(), close=0.1).events))
    assert "Interrupted" in lines
    assert "closing 1001 'interrupted'" in lines


class Blocks(Listing):
    """An output that blocks for ever when the first message comes."""

    def __init__(self, watch: SignalWatch, *, is_interrupted: bool) -> None:
        super().__init__()
        self._watch = watch
        self._is_interrupted = is_interrupted

    def accept(self, batch: Batch) -> None:
        super().accept(batch)
        if any(isinstance(event, MessageReceived) for event in batch.events):
            read_end, write_end = os.pipe()
            try:
                with self._watch.interruptible():
                    if self._is_interrupted:
                        signal.raise_signal(signal.SIGINT)
                    os.read(read_end, 1)
            finally:
                os.close(read_end)
                os.close(write_end)


@pytest.mark.parametrize(("is_interrupted", "said"), [(True, "Interrupted"), (False, "limit max-time")])
def test_a_blocked_output_is_broken_by_a_signal_or_the_time_limit(said: str, is_interrupted: bool) -> None:
    def script(stream: socket.socket, request: bytes) -> None:
        stream.sendall(switch(request) + b"\x81\x02hi")
        drain(stream)

    with peer(script) as url, SignalWatch() as watch:
        sink = Blocks(watch, is_interrupted=is_interrupted)
        PollDriver(make(url, IdleJob(), sink, total=30.0 if is_interrupted else 0.2), watch).run()
    assert said in trace(tuple(sink.events))


def test_a_signal_that_waits_breaks_the_next_output_at_once() -> None:
    with SignalWatch() as watch:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Interruption), watch.interruptible():
            pass
        assert ["SIGINT"] == watch.take()
        assert [] == watch.take()
        assert "SIGINT" == watch.first
        with watch.interruptible():
            pass


def test_an_ignored_signal_stays_ignored() -> None:
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with SignalWatch():
            assert signal.SIG_IGN is signal.getsignal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, old)


# --- What only the asyncio driver has --------------------------------------------------------------------------------
def test_orders_from_outside_are_sent_and_interrupts_end_it() -> None:
    async def talk(url: str, sink: Listing) -> None:
        driver = AsyncDriver(make(url, IdleJob(), sink, close=0.1))
        running = asyncio.ensure_future(driver.run())
        await driver.settled.wait()
        driver.order(SendMessage(MessageKind.TEXT, b"typed"))
        driver.interrupt("SIGINT")
        driver.interrupt("SIGINT")
        await running

    sink = Listing()
    with peer(echo_until_close) as url:
        asyncio.run(talk(url, sink))
    lines = trace(tuple(sink.events))
    assert "sent text 'typed'" in lines
    assert "ended unclean by local" in lines


def test_a_cancelled_run_leaves() -> None:
    async def talk(url: str) -> None:
        driver = AsyncDriver(make(url, IdleJob(), Listing()))
        running = asyncio.ensure_future(driver.run())
        await driver.settled.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    with peer(echo_until_close) as url:
        asyncio.run(talk(url))


def test_an_interrupt_before_the_connection_is_open_leaves_at_once() -> None:
    sink = Listing()
    session = make("ws://127.0.0.1:1/", IdleJob(), sink)
    session.interrupt("SIGINT", 0.0)
    assert ["Interrupted", "SessionEnded"] == sink.names
    session.interrupt("SIGINT", 0.0)
    session.order(SendClose(1000), 0.0)
    assert session.is_over
