"""The WebSocket services as jobs: without a socket, by a clock of the test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import wscli.serve.behaviours
from tests.wire_script import wire
from wscli.engine.jobs.job import Job
from wscli.errors import UsageProblem
from wscli.events import Batch, Event, FrameReceived, MessageKind, MessageReceived, Opened, SessionEnded
from wscli.protocol.client import decode_request
from wscli.protocol.step import Order, SendClose, SendMessage
from wscli.serve.behaviours import BY_NAME, SERVICES
from wscli.serve.behaviours.process import environment_of
from wscli.serve.behaviours.timed import BURST
from wscli.serve.hub import Hub, Presence, Visit
from wscli.wire.frames import FrameOrder, encode_frame

OPENED = Opened(None, "", None)
ENDED = SessionEnded(None, None, None, is_clean=False, stream=None)


class Client:
    """One client of a service: what its job and others send to it."""

    def __init__(self, hub: Hub, number: int, target: str) -> None:
        self.got: list[str] = []
        self.closed: int | None = None
        head = decode_request(f"GET {target} HTTP/1.1\r\nHost: h\r\nOrigin: http://o\r\n\r\n".encode())
        presence = Presence(number, f"127.0.0.1:{4000 + number}")
        hub.present[number] = presence
        self.visit = Visit(presence, head, hub, self)
        self.job: Job = BY_NAME[target.partition("?")[0][1:]].make(self.visit)
        self.now = 0.0
        self.see(OPENED)

    def deliver(self, orders: Sequence[Order]) -> None:
        for order in orders:
            if isinstance(order, SendMessage):
                self.got.append(order.payload.decode())
            elif isinstance(order, SendClose):
                self.closed = order.code

    def hold_input(self, *, is_held: bool) -> None:
        raise AssertionError("no service here is slow")

    async def writable(self) -> None:
        raise AssertionError("no service here waits")

    def see(self, *events: Event) -> None:
        self.deliver(self.job.observe(Batch(self.now, events)))

    def say(self, text: str) -> None:
        self.see(MessageReceived(MessageKind.TEXT, text.encode(), (1, 1)))

    def wait(self, until: float) -> None:
        """Let the time pass, as the server does."""
        while (due := self.job.wake_at) is not None and due <= until:
            self.now = due
            self.deliver(self.job.tick(due))
        self.now = until


def client(target: str) -> Client:
    return Client(Hub(), 1, target)


def test_every_service_of_the_package_is_registered() -> None:
    folder = Path(wscli.serve.behaviours.__file__).parent
    made = {service.make.__module__.rpartition(".")[2] for service in SERVICES}
    apart = {"__init__", "service", "process"}  # what a service is; the one that --exec makes
    assert {path.stem for path in folder.glob("*.py")} - apart == made
    assert len(BY_NAME) == len(SERVICES)


def test_echo_sends_back() -> None:
    one = client("/echo")
    one.say("hello")
    assert ["hello"] == one.got


def test_increment_counts_and_understands_its_two_words() -> None:
    one = client("/dumb-increment-protocol")
    one.wait(0.2)
    assert ["0", "1", "2", "3"] == one.got[:4]
    one.say("reset\n")
    one.got = []
    one.wait(0.32)
    assert "0" == one.got[0]
    one.say("closeme\n")
    assert 1001 == one.closed


def test_time_tells_the_time() -> None:
    one = client("/time?interval=10")
    one.wait(35)
    assert 4 == len(one.got)
    assert one.got[0].endswith("Z")


def test_source_sends_so_many_of_a_size_and_closes() -> None:
    one = client("/source?messages=200&size=40")
    assert one.job.wake_at == 0.0
    one.deliver(one.job.tick(0.0))
    assert BURST == len(one.got)
    one.wait(1)
    assert (200, {40}, 1000) == (len(one.got), {len(message) for message in one.got}, one.closed)
    assert () == one.job.tick(2.0)


def test_source_keeps_its_rate() -> None:
    one = client("/source?messages=5&rate=2&size=0")
    one.wait(1.9)
    assert (4, None) == (len(one.got), one.closed)


def test_delay_keeps_order_and_distances() -> None:
    one = client("/delay?seconds=2")
    one.say("a")
    one.wait(1)
    one.say("b")
    one.wait(2)
    assert ["a"] == one.got
    one.wait(3)
    assert ["a", "b"] == one.got


def test_sink_says_nothing() -> None:
    one = client("/sink")
    one.say("a")
    one.wait(100)
    assert [] == one.got


@pytest.mark.parametrize(
    ("service", "first", "second"),
    [("lws-mirror-protocol", ["a"], ["a"]), ("broadcast", [], ["a"])],
)
def test_rooms_are_heard_by_their_members(service: str, first: list[str], second: list[str]) -> None:
    hub = Hub()
    one, other, elsewhere = (
        Client(hub, number, f"/{service}{room}") for number, room in enumerate(("", "", "?room=x"), 1)
    )
    one.say("a")
    assert (first, second, []) == (one.got, other.got, elsewhere.got)
    other.see(ENDED)
    one.say("b")
    assert second == other.got


def test_chat_says_who_speaks_comes_and_goes() -> None:
    hub = Hub()
    one = Client(hub, 1, "/chat?name=Ann")
    two = Client(hub, 2, "/chat")
    one.say("hi")
    two.see(ENDED)
    assert ["* Ann came; 1 here", "* guest 2 came; 2 here", "Ann: hi", "* guest 2 went; 1 here"] == one.got


def test_status_tells_who_is_there_and_every_change() -> None:
    hub = Hub()
    one = Client(hub, 1, "/status")
    Client(hub, 2, "/echo").visit.presence.service = "echo"
    hub.changed()
    reports = [json.loads(report) for report in one.got]
    assert [[1], [1, 2]] == [[each["connection"] for each in report["connections"]] for report in reports]
    assert "echo" == reports[-1]["connections"][1]["service"]
    one.say("?")
    one.see(ENDED)
    hub.changed()
    assert 3 == len(one.got)


def test_lws_status_says_it_in_the_words_of_libwebsockets() -> None:
    one = client("/lws-status")
    report = json.loads(one.got[0])
    assert ("127.0.0.1:4001", "") == (report["conns"][0]["peer"], report["conns"][0]["ua"])
    assert report["conns"][0]["time"].isdigit()


def test_frames_shows_those_of_others_and_not_its_own() -> None:
    hub = Hub()
    one = Client(hub, 1, "/frames")
    frame = encode_frame(FrameOrder(1, b"text \x1b", mask_key=b"abcd"))
    hub.saw(2, 1.5, FrameReceived(7, frame))
    hub.saw(2, 1.5, OPENED)
    hub.saw(1, 1.5, FrameReceived(8, frame))
    (shown,) = (json.loads(line) for line in one.got)
    assert {"at": 1.5, "connection": 2, "direction": "received", "opcode": "TEXT", "fin": True, "length": 6,
            "text": "text \x1b"} == shown  # fmt: skip
    one.see(ENDED)
    hub.saw(2, 2.0, FrameReceived(9, frame))
    assert 1 == len(one.got)


def test_inspect_sends_back_every_bit() -> None:
    one = client("/inspect")
    payload = wire('c1 82 00000000 "hi"')
    one.see(FrameReceived(1, encode_frame(FrameOrder(1, b"hi", rsv=4, mask_key=b"\0\0\0\0"))))
    request, frame = (json.loads(line) for line in one.got)
    assert ["Origin", "http://o"] in request["head"]["headers"]
    assert (payload[:6].hex(), 4, True) == (frame["header"], frame["rsv"], frame["masked"])


@pytest.mark.parametrize("target", ["/delay?seconds=x", "/delay?seconds=-1", "/source?size=1.5", "/time?interval=nan"])
def test_a_parameter_that_is_no_number_is_refused(target: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        client(target)
    assert target.rpartition("=")[2] == refused.value.value


def test_empty_rooms_are_forgotten() -> None:
    hub = Hub()
    one = Client(hub, 1, "/broadcast?room=a")
    one.see(ENDED)
    hub.room("broadcast", "b")
    assert 1 == len(hub._rooms)


def test_a_process_is_told_about_the_connection_as_in_cgi() -> None:
    told = environment_of(client("/echo?a=b").visit)
    assert ("127.0.0.1", "4001", "/echo?a=b", "/echo", "a=b", "http://o") == tuple(
        told[name] for name in ("REMOTE_ADDR", "REMOTE_PORT", "REQUEST_URI", "PATH_INFO", "QUERY_STRING", "HTTP_ORIGIN")
    )
