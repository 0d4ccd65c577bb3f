"""`wscli diagnose` against servers good and bad: the verdict, the change that decides, the exit status."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Authority
from tests.end_to_end.conftest import Outcome, run, start
from tests.end_to_end.peers import (
    AiohttpServer,
    Certificates,
    Ending,
    RawServer,
    WebSocketsServer,
    close_frame,
    upgrade,
)
from tests.end_to_end.test_serve import Serving
from wscli.cli.main import main


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    running = Serving()
    yield running
    running.stop()


def diagnosed(*arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """Return the status, the events and the report."""
    status, output, talk = run("diagnose", "--json", *arguments)
    _, *lines = output.decode().splitlines()
    return status, [json.loads(line) for line in lines], talk


def of_kind(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["event"] == kind]


def verdict(events: list[dict[str, Any]]) -> dict[str, Any]:
    assert "diagnosed" == events[-1]["event"]
    return events[-1]


# --- Servers that are well -------------------------------------------------------------------------------------------
def assert_well(url: str, *options: str) -> list[dict[str, Any]]:
    status, events, report = diagnosed(*options, url)
    assert (0, "all is well") == (status, verdict(events)["summary"]), report
    assert [] == of_kind(events, "finding")
    assert {"pass", "skip"} == {event["outcome"] for event in of_kind(events, "checked")}
    assert ["101", "101"] == [one["answer"] for one in verdict(events)["requests"]]
    return events


def test_a_good_server_passes_everything(serving: Serving) -> None:
    events = assert_well(serving.url)
    names = [event["name"] for event in of_kind(events, "checked")]
    assert names[:5] == ["dns", "tcp", "tls", "request", "answer"]
    assert names[-5:] == ["frames", "ping", "second", "close", "variants"]


def test_servers_that_others_wrote_pass_everything(
    server: WebSocketsServer, aiohttp_server: AiohttpServer, secure_server: WebSocketsServer, certificates: Certificates
) -> None:
    assert_well(server.url())
    assert_well(aiohttp_server.url())
    names = {event["name"] for event in of_kind(
        assert_well(secure_server.url(), "--cacert", str(certificates.authority)), "checked"
    )}  # fmt: skip
    assert {"tls", "certificate", "sni", "alpn"} <= names


def test_a_unix_socket_is_diagnosed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    process = start("serve", "--unix-socket", str(path))
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    try:
        assert 0 == run("diagnose", url).status
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


# --- What one change decides -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "options", "change", "words"),
    [
        ("fault/origin-required", (), "Origin: {origin}", "wants an Origin header, and takes any"),
        ("fault/subprotocol-required", (), "Sec-WebSocket-Protocol: graphql-transport-ws", "wants a subprotocol"),
        ("fault/connection-exact", ("-H", "Connection: keep-alive, Upgrade"), "Connection: Upgrade",
         "takes `Connection: Upgrade` only"),
    ],
)  # fmt: skip
def test_the_change_that_decides_is_found(
    serving: Serving, path: str, options: tuple[str, ...], change: str, words: str
) -> None:
    origin = serving.url.replace("ws:", "http:").rstrip("/")
    outcome, events, report = diagnosed(*options, serving.url + path)
    assert 7 == outcome, report
    assert change.format(origin=origin) == verdict(events)["change"]
    assert words in verdict(events)["causes"][0]
    assert "← this changes the answer" in report
    assert [change.format(origin=origin)] == [
        one["change"] for one in verdict(events)["requests"] if one["answer"] == "101"
    ][:1]


def test_a_slash_that_is_missing_is_found_by_the_redirect() -> None:
    def answer(request: bytes) -> bytes:
        is_whole = request.startswith(b"GET /chat/ ")
        refused = b"HTTP/1.1 308 X\r\nLocation: /chat/\r\nContent-Length: 0\r\n\r\n"
        return upgrade(close_frame(1000))(request) if is_whole else refused

    with RepeatingServer(answer) as peer:
        status, events, _ = diagnosed(peer.url("chat"))
    assert (7, f"the redirect's target {peer.url('chat/')}") == (status, verdict(events)["change"])
    assert f"wscli connect {peer.url('chat/')}" == verdict(events)["advice"]


def test_an_allow_list_of_origins_is_told_from_the_wish_for_one() -> None:
    def answer(request: bytes) -> bytes:
        own = f"Origin: http://127.0.0.1:{peer.port}\r\n".encode()
        return upgrade(close_frame(1000))(request) if own in request else b"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n"

    peer = RepeatingServer(answer)
    with peer:
        status, events, _ = diagnosed(peer.url())
    assert 7 == status
    assert "it has a list of those allowed" in verdict(events)["causes"][0]
    assert ["403", "101", "403", "403"] == [one["answer"] for one in verdict(events)["requests"]]


def test_a_single_client_server_is_a_warning() -> None:
    running = Serving("--fault", "second-refused")
    try:
        status, events, _ = diagnosed(running.url)
    finally:
        running.stop()
    assert (0, "it works, with 1 warning") == (status, verdict(events)["summary"])
    assert ["another connection at the same time is refused (503)"] == [
        event["seen"] for event in of_kind(events, "checked") if event["name"] == "second"
    ]


# --- What no change decides ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "status", "check", "sent"),
    [
        ("version", 7, "status", 1),
        ("unauthorized", 7, "status", 1),
        ("rate-limit", 7, "status", 1),
        ("web-page", 7, "status", 6),
        ("plain-to-tls", 7, "status", 7),
        ("redirect-loop", 7, "status", 2),
        ("accept-no-guid", 8, "accept", 1),
        ("no-answer", 8, "answer", 5),
        ("reset", 8, "answer", 5),
        ("ssh", 8, "answer", 1),
        ("masked", 9, "frames", 2),
        ("drop", 10, "close", 4),
        ("policy", 11, "close", 4),
    ],
)
def test_what_is_wrong_is_named_with_the_status_of_the_plain_connection(
    serving: Serving, fault: str, status: int, check: str, sent: int
) -> None:
    outcome, events, report = diagnosed(f"{serving.url}fault/{fault}")
    said = verdict(events)
    assert (status, status, "") == (outcome, said["exit_status"], said["change"]), report
    assert check in [event["name"] for event in of_kind(events, "checked") if event["outcome"] == "fail"]
    assert said["causes"]
    assert said["advice"]
    assert sent == len(said["requests"]) == len(of_kind(events, "probe-started"))


@pytest.mark.parametrize(
    ("fault", "options", "status", "check"),
    [
        ("hang", ("--connect-timeout", "0.3"), 12, "answer"),
        ("no-pong", ("--ping-timeout", "0.3"), 12, "ping"),
        ("close-ignored", ("--close-timeout", "0.3"), 12, "close"),
    ],
)
def test_what_does_not_come_meets_its_limit(
    serving: Serving, fault: str, options: tuple[str, ...], status: int, check: str
) -> None:
    outcome, events, _ = diagnosed(*options, f"{serving.url}fault/{fault}")
    assert status == outcome
    assert check in [event["name"] for event in of_kind(events, "checked") if event["outcome"] == "fail"]


def test_a_name_that_is_none_and_a_port_that_nobody_has() -> None:
    status, events, _ = diagnosed("ws://name.invalid/")
    assert (3, ["no DNS"]) == (status, [one["answer"] for one in verdict(events)["requests"]])
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        status, events, _ = diagnosed(f"127.0.0.1:{unused.getsockname()[1]}")
    assert (4, ["no TCP"]) == (status, [one["answer"] for one in verdict(events)["requests"]])


# --- Schemes, certificates, secrets ----------------------------------------------------------------------------------
SECRETS = ("--bearer", "SECRET", "-b", "sid=SECRET", "-H", "X-Key: SECRET", "-s", "SECRET")


def test_a_tls_port_is_found_behind_ws(secure_server: WebSocketsServer, certificates: Certificates) -> None:
    url = secure_server.url().replace("wss:", "ws:")
    status, events, _ = diagnosed("--cacert", str(certificates.authority), url)
    assert 8 == status
    assert "wss:// in place of ws://" == verdict(events)["change"]
    assert f"wscli connect {secure_server.url()}" == verdict(events)["advice"]


def test_a_plain_port_is_found_behind_wss_and_gets_no_secrets() -> None:
    with RepeatingServer(upgrade(close_frame(1000))) as peer:
        status, events, _ = diagnosed(*SECRETS, peer.url("x?token=SECRET").replace("ws:", "wss:"))
    assert 6 == status
    assert "ws:// in place of wss://, nothing secret sent" == verdict(events)["change"]
    plain = [request for request in peer.requests if request.startswith(b"GET")]
    assert plain
    assert b"SECRET" not in b"".join(peer.requests)


def test_a_bad_certificate_is_named_and_what_lies_behind_it_gets_no_secrets(tmp_path: Path) -> None:
    certificate = Authority(tmp_path).leaf()
    with RepeatingServer(upgrade(close_frame(1000)), certificate=certificate) as peer:
        status, events, _ = diagnosed(*SECRETS, peer.url("x?token=SECRET"))
        assert 6 == status
        assert ["certificate"] == [event["name"] for event in of_kind(events, "checked") if event["outcome"] == "fail"]
        assert "certificate not verified, nothing secret sent" == verdict(events)["change"]
        assert 1 == len(peer.requests)
        assert b"SECRET" not in peer.requests[0]
        assert 0 == diagnosed("-k", "--no-variants", *SECRETS, peer.url())[0]
        assert b"Bearer SECRET" in peer.requests[1]  # the user has asked for it


def test_recordings_hold_no_secrets(serving: Serving, tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    run("diagnose", "--bearer", "SECRET", "--record", str(file), f"{serving.url}fault/origin-required?token=SECRET")
    assert "SECRET" not in file.read_text()


# --- Bounds ----------------------------------------------------------------------------------------------------------
def test_no_more_is_sent_than_allowed(serving: Serving) -> None:
    for most in (1, 2, 3):
        status, events, report = diagnosed("--max-requests", str(most), f"{serving.url}fault/forbidden")
        assert (7, most) == (status, len(verdict(events)["requests"]))
        assert "no further one is tried: --max-requests" in report
    assert 1 == len(verdict(diagnosed("--max-requests", "1", serving.url)[1])["requests"])


def test_without_variants_there_is_one_request(serving: Serving) -> None:
    for path in ("", "fault/forbidden"):
        _, events, report = diagnosed("--no-variants", serving.url + path)
        assert 1 == len(verdict(events)["requests"])
        assert "--no-variants" in report


def test_the_time_for_everything_ends_it(serving: Serving) -> None:
    status, events, report = diagnosed("-m", "0.4", f"{serving.url}fault/hang")
    assert (12, 1) == (status, len(verdict(events)["requests"]))
    assert "no further one is tried: --max-time" in report


@pytest.mark.parametrize("fault", ["hang", "close-ignored", "no-pong"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_leaves_with_what_is_known(
    serving: Serving, fault: str, number: signal.Signals, status: int
) -> None:
    process = start("diagnose", f"{serving.url}fault/{fault}")
    assert process.stdout is not None
    shown = b""
    while b"request  " not in shown:
        shown += process.stdout.readline()
    process.send_signal(number)
    output, talk = process.communicate(timeout=20)
    assert (status, b"") == (process.returncode, talk)
    assert f"verdict: interrupted; what is known so far stands above (exit {status})" in output.decode()


def test_an_interruption_between_and_inside_connections_reaches_all_of_them() -> None:
    """The second connection of a server that never answers it: the first one is told to stop as well."""
    process: list[subprocess.Popen[bytes]] = []

    def answer(request: bytes) -> bytes:
        if len(peer.requests) == 2:
            process[0].send_signal(signal.SIGINT)
            return b""
        return upgrade()(request)

    peer = RepeatingServer(answer, pongs=True)
    with peer:
        process.append(start("diagnose", peer.url()))
        output, _ = process[0].communicate(timeout=20)
    assert 130 == process[0].returncode
    assert ["stopped", "stopped"] == [line.split()[1] for line in output.decode().splitlines()[-2:]]


# --- Outputs ---------------------------------------------------------------------------------------------------------
def test_every_line_names_its_probe_and_probes_enclose_their_events(serving: Serving) -> None:
    _, events, _ = diagnosed(serving.url)
    under_way: list[int] = []
    for event in events:
        if event["event"] == "probe-started":
            under_way.append(event["number"])
        assert (under_way[-1] if under_way else None) == event.get("probe"), event
        if event["event"] == "probe-ended":
            assert under_way.pop() == event["number"]
    assert [1, 2] == [event["number"] for event in of_kind(events, "probe-started")]
    assert sorted(event["at"] for event in events) == [event["at"] for event in events]


def test_a_recorded_diagnosis_is_replayed(serving: Serving, tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    shown = run("diagnose", "--record", str(file), f"{serving.url}fault/masked").output.decode()
    replayed = run("replay", str(file)).output.decode()
    assert [] == [line for line in shown.splitlines() if line not in replayed.splitlines()]
    assert 2 == replayed.count("x protocol violation")
    good = tmp_path / "good.jsonl"
    run("diagnose", "--record", str(good), serving.url)
    assert "x " not in run("replay", str(good)).output.decode()


def report_of(outcome: Outcome) -> list[str]:
    assert "" == outcome.talk
    return outcome.output.decode().splitlines()


def test_quiet_shows_the_verdict_and_verbose_the_handshakes(serving: Serving) -> None:
    url = f"{serving.url}fault/origin-required"
    quiet = report_of(run("doctor", "-q", url))
    assert quiet[0].startswith("verdict: ")
    assert "  try     " in quiet[-1][:10]
    plain, verbose = report_of(run("doctor", url)), report_of(run("doctor", "-v", url))
    assert not [line for line in plain if line.startswith((">", "<", "* "))]
    assert 4 == len([line for line in verbose if line.startswith("> GET ")])


def test_colour_is_a_matter_of_choice(serving: Serving) -> None:
    assert b"\x1b[32mok" in run("diagnose", "--color", "always", serving.url).output
    assert b"\x1b" not in run("diagnose", serving.url).output


def test_peer_text_is_escaped() -> None:
    answer = b"HTTP/1.1 401 \x1b[2J\r\nServer: \x1b]0;x\x07\r\nContent-Length: 4\r\n\r\n\x1b[1m"
    with RepeatingServer(answer) as peer:
        outcome = run("diagnose", "-vvv", peer.url())
    assert b"\x1b" not in outcome.output


def test_an_output_that_is_closed_ends_it_and_a_full_one_is_a_failure(serving: Serving) -> None:
    process = start("diagnose", "--json", serving.url)
    assert process.stdout is not None
    process.stdout.close()
    assert 0 == process.wait(20)
    with Path("/dev/full").open("wb") as full:
        process = start("diagnose", serving.url, stdout=full.fileno())
        assert 14 == process.wait(20)


def test_a_recording_that_fails_is_told_and_ends_nothing(serving: Serving) -> None:
    outcome = run("diagnose", "--record", "/dev/full", serving.url)
    assert 14 == outcome.status
    assert "verdict: all is well" in outcome.output.decode()
    assert "x recording failed and was detached" in outcome.output.decode()


def test_files_that_tls_needs_and_cannot_read_are_told_before_anything(tmp_path: Path) -> None:
    outcome = run("diagnose", "--cacert", str(tmp_path / "absent.pem"), "wss://127.0.0.1:1/")
    assert (14, b"") == (outcome.status, outcome.output)


# --- A server for several connections --------------------------------------------------------------------------------
class RepeatingServer(RawServer):
    """A raw server that answers every connection, as often as it is asked; reads on until the client leaves."""

    def __init__(self, answer: Any, *, certificate: Path | None = None, pongs: bool = False) -> None:
        super().__init__(answer, Ending.SILENCE)
        self.requests: list[bytes] = []
        self._certificate = certificate
        self._pongs = pongs

    def url(self, path: str = "") -> str:
        return super().url(path) if self._certificate is None else super().url(path).replace("ws:", "wss:", 1)

    def _serve(self) -> None:
        context = None
        if self._certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._certificate)
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._visit, args=(connection, context), daemon=True).start()

    def _visit(self, connection: socket.socket, context: Any) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20)
            stream = connection if context is None else context.wrap_socket(connection, server_side=True)
            with stream:
                self._answer_one(stream)

    def _answer_one(self, stream: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            received = stream.recv(65536)
            if not received:
                return
            data += received
            if not data.startswith(b"GET"):
                stream.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return
        self.requests.append(data)
        answer = self._answer if isinstance(self._answer, bytes) else self._answer(data)
        stream.sendall(answer)
        while received := stream.recv(65536):
            if self._pongs and received[0] == 0x89:
                mask, payload = received[2:6], received[6:20]
                plain = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
                stream.sendall(bytes((0x8A, len(plain))) + plain)


# --- Several addresses -----------------------------------------------------------------------------------------------
def test_addresses_that_the_connection_did_not_need_are_tried_too(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ask = socket.getaddrinfo

    def answer(host: str, port: Any, *more: Any) -> Any:
        """A resolver that knows a host with three addresses, of which the last one is no good."""
        if host != "three.test":
            return ask(host, port, *more)
        return [found for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3") for found in ask(address, port, *more)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with socket.create_server(("127.0.0.2", serving.port)):
        assert 0 == main(["diagnose", "--no-variants", f"three.test:{serving.port}"])
    lines = [" ".join(line.split()) for line in capfd.readouterr().out.splitlines()]
    assert "ok dns three.test is 127.0.0.1, 127.0.0.2, 127.0.0.3" == lines[0].rpartition(" ")[0].rpartition(" ")[0]
    tcp = [line for line in lines if " tcp " in line]
    assert f"ok tcp 127.0.0.1:{serving.port} " in tcp[0]
    assert 1 == len([line for line in tcp if f"ok tcp 127.0.0.2:{serving.port} " in line])
    assert 1 == len(
        [line for line in tcp if line == f"warn tcp 127.0.0.3:{serving.port}: Connection refused (ECONNREFUSED)"]
    )
    assert "verdict: it works, with 1 warning" in lines
