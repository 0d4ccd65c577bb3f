"""What `wscli serve` offers beside echo: curl, libwebsockets, TLS, processes, limits, recordings, many at once."""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.conftest import run, start
from tests.end_to_end.peers import Certificates
from tests.end_to_end.test_serve import ASKING, KEY, Serving

UPGRADE = ASKING + KEY + b"Sec-WebSocket-Version: 13\r\n\r\n"


@contextmanager
def serving(*options: str) -> Iterator[Serving]:
    running = Serving(*options)
    try:
        yield running
    finally:
        running.stop()


def talk_of(*options: str) -> str:
    """What a server says before it is told to stop, and while."""
    process = start("serve", *options, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    return process.communicate(timeout=20)[1].decode()


# --- Others' clients -------------------------------------------------------------------------------------------------
CURL = shutil.which("curl")
LWS_CLIENT = shutil.which("libwebsockets-test-client")


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
def test_curl_gets_pages_over_one_kept_connection_and_old_ones_over_their_own() -> None:
    assert CURL is not None
    with serving() as running:
        url = running.url.replace("ws:", "http:")
        command = [CURL, "-sv", "--noproxy", "*"]
        done = subprocess.run([*command, url, f"{url}style.css", f"{url}stream?count=2&interval=0"],
                              capture_output=True, timeout=20, check=True)  # fmt: skip
        assert 2 == done.stderr.count(b"Re-using existing connection")
        assert done.stdout.endswith(b"line 1 of 2\nline 2 of 2\n")
        done = subprocess.run([*command, "-0", f"{url}stream?count=2&interval=0"], capture_output=True, timeout=20,
                              check=True)  # fmt: skip
        assert b"line 1 of 2\nline 2 of 2\n" == done.stdout
        assert b"> GET /stream?count=2&interval=0 HTTP/1.0" in done.stderr
        done = subprocess.run([*command, "-F", "f=@-;filename=x", url, "-H", "Expect: 100-continue"], timeout=20,
                              capture_output=True, check=True, input=b"posted" * 300_000)  # fmt: skip
        assert b"HTTP/1.1 100 Continue" in done.stderr
        assert b"1.7 MiB" in done.stdout


@pytest.mark.skipif(LWS_CLIENT is None, reason="libwebsockets-test-client is not installed")
def test_the_client_of_libwebsockets_runs_both_protocols() -> None:
    assert LWS_CLIENT is not None
    with serving("--json") as running:
        client = subprocess.Popen([LWS_CLIENT, "--port", str(running.port), "127.0.0.1"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        assert running.process.stdout is not None
        increments, mirrored, opened = 0, 0, set()
        for line in running.process.stdout:
            record = json.loads(line)
            if record.get("event") == "opened":
                opened.add(record["subprotocol"])
            increments += record.get("event") == "message-sent" and record.get("text", "x").isdigit()
            mirrored += record.get("event") == "message-received"
            if increments > 10 and mirrored > 0:
                break
        client.kill()
        client.wait()
    assert {"dumb-increment-protocol", "lws-mirror-protocol"} == opened


# --- TLS -------------------------------------------------------------------------------------------------------------
def test_tls_with_a_certificate_of_the_users(certificates: Certificates) -> None:
    with serving("--cert", str(certificates.file)) as running:
        assert running.url.startswith("wss://127.0.0.1:")
        assert (0, b"hi\n", "") == run("send", "-1", "--cacert", str(certificates.authority), running.url, "hi")
        assert 6 == run("send", "-1", running.url, "hi").status


def test_tls_with_a_certificate_made_for_the_run_shows_its_fingerprint() -> None:
    pytest.importorskip("cryptography")
    process = start("serve", "--tls", "0", stderr=subprocess.PIPE)
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    port = int(url.rstrip("/").rpartition(":")[2])
    from hashlib import sha256

    shown = sha256(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))).hexdigest()
    assert (0, b"hi\n") == run("send", "-1", "-k", url, "hi")[:2]
    process.terminate()
    talk = process.communicate(timeout=20)[1].decode()
    assert shown in talk.replace(":", "").lower()


def test_clients_without_the_certificate_that_is_asked_for_are_refused(certificates: Certificates) -> None:
    own = ("--cert", str(certificates.file))
    with serving(*own, "--client-ca", str(certificates.authority)) as running:
        trust = ("--cacert", str(certificates.authority))
        assert (0, b"hi\n") == run("send", "-1", *trust, *own, running.url, "hi")[:2]
        assert 6 == run("send", "-1", *trust, running.url, "hi").status


def test_tls_inside_http_is_switched_to_by_any_client_that_asks(certificates: Certificates) -> None:
    """RFC 2817 §3 by hand: a clear request, a 101, TLS on the same connection, the answer to the request through it."""
    own = ("--cert", str(certificates.file))
    with serving("--upgrade-tls", "mandatory", *own) as running:
        assert running.url.startswith("ws://")
        refused = running.answer(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert refused.startswith(b"HTTP/1.1 426 ")
        assert b"Upgrade: TLS/1.2, HTTP/1.1\r\n" in refused
        with socket.create_connection(("127.0.0.1", running.port), 20) as plain:
            plain.sendall(b"GET /style.css HTTP/1.1\r\nHost: h\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade\r\n\r\n")
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += plain.recv(1)
            assert head.startswith(b"HTTP/1.1 101 ")
            context = ssl.create_default_context(cafile=str(certificates.authority))
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                assert secure.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
                secure.sendall(UPGRADE)
                answer = b""
                while b"101 Switching" not in answer:
                    answer += secure.recv(65536)


def test_our_client_switches_to_tls_and_asks_before_the_upgrade(certificates: Certificates) -> None:
    own = ("--cert", str(certificates.file))
    ways = (
        "--upgrade-tls",
        "--cacert",
        str(certificates.authority),
        "--preflight",
        "/style.css",
        "--preflight",
        "/stream",
    )
    with serving("--upgrade-tls", "optional", *own) as running:
        assert (0, b"hi\n", "") == run("send", "-1", running.url, "hi")
        for pipelined in ((), ("--pipeline",)):
            status, output, talk = run("send", "-v", "-1", *ways, *pipelined, running.url, "hi")
            assert (0, b"hi\n") == (status, output)
            steps = ("> OPTIONS * HTTP/1.1", "< HTTP/1.1 101", "* TLSv1.", "< HTTP/1.1 204", "> GET /style.css",
                     "> GET /stream", "> Upgrade: websocket", "* open in")  # fmt: skip
            places = [talk.index(step) for step in steps]
            assert sorted(places) == places
            assert (talk.index("> GET /stream") < talk.index("< HTTP/1.1 200")) is bool(pipelined)


def test_a_server_that_switches_nothing_fails_the_switch() -> None:
    with serving() as running:
        status, _, talk = run("send", "-1", "--upgrade-tls", running.url, "hi")
    assert 7 == status
    assert "did not switch to TLS: 204" in talk


# --- Unix sockets, addresses ------------------------------------------------------------------------------------------
def test_a_unix_socket_is_served_is_not_taken_from_a_living_server_and_goes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "s"
    process = start("serve", "--unix-socket", str(path))
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    assert f"ws+unix://{path}:/" == url
    assert (0, b"hi\n", "") == run("send", "-1", f"{url}echo", "hi")
    status, output, talk = run("serve", "--unix-socket", str(path))
    assert (14, b"") == (status, output)
    assert "in use" in talk
    process.kill()
    process.wait()
    assert path.exists()  # nobody could remove it
    process = start("serve", "--unix-socket", str(path))
    assert process.stdout is not None
    assert process.stdout.readline()
    process.terminate()
    process.communicate(timeout=20)
    assert not path.exists()


def test_listening_for_others_is_warned_about() -> None:
    assert "which others may reach; there is no authentication" in talk_of("0.0.0.0:0")
    assert "which others may reach\n" in talk_of("-u", "a:b", "0.0.0.0:0")
    assert "" == talk_of("0")
    assert "" == talk_of("127.0.0.2:0")


# --- Admission and limits ---------------------------------------------------------------------------------------------
def test_user_and_origin_are_asked_for() -> None:
    with serving("-u", "ann:p:w", "--origin", "https://a.test") as running:
        assert 7 == run("send", "-1", running.url, "hi").status
        assert 7 == run("send", "-1", "-u", "ann:p:w", running.url, "hi").status
        assert (0, b"hi\n") == run("send", "-1", "-u", "ann:p:w", "--origin", "https://a.test", running.url, "hi")[:2]


def test_connections_beyond_the_limit_are_answered_503() -> None:
    with serving("--max-connections", "1") as running:
        with socket.create_connection(("127.0.0.1", running.port), 20) as first:
            first.sendall(UPGRADE)
            assert first.recv(12) == b"HTTP/1.1 101"
            assert running.answer(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").startswith(b"HTTP/1.1 503 ")
        assert (0, b"hi\n") == run("send", "-1", running.url, "hi")[:2]


def test_idle_connections_are_closed_with_1001() -> None:
    with serving("--idle-timeout", "0.2") as running:
        _, _, talk = run("listen", "-vv", running.url)
        assert "CLOSE 1001" in talk


# --- Processes --------------------------------------------------------------------------------------------------------
UPPER = f'{sys.executable} -uc "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"'


def test_a_process_answers_line_by_line() -> None:
    with serving("--exec", UPPER) as running:
        assert (0, b"ABC\nDEF\n", "") == run("send", "--expect", "2", running.url, "abc", "def")
        assert (0, b"X\n", "") == run("send", "-1", f"{running.url}any/path", "x")
        assert (0, b"x\n", "") == run("send", "-1", f"{running.url}echo", "x")


def test_the_end_of_a_process_is_a_close() -> None:
    with serving("--exec", f"{sys.executable} -c 'print(1); print(2)'") as running:
        assert (0, b"1\n2\n") == run("listen", running.url)[:2]
    with serving("--exec", f"{sys.executable} -c 'import sys; sys.exit(3)'") as running:
        status, _, talk = run("listen", running.url)
        assert 11 == status
        assert "the command ended with status 3" in talk


def test_a_file_that_is_no_program_closes_with_1011(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\0\0\0\0")
    broken.chmod(0o755)
    with serving("--exec", str(broken)) as running:
        status, _, talk = run("listen", running.url)
    assert 11 == status
    assert "the command cannot be run" in talk


def test_a_line_longer_than_any_comes_in_pieces() -> None:
    with serving("--exec", f"{sys.executable} -c 'print(\"x\" * 2500000)'") as running:
        status, output, _ = run("listen", running.url)
    assert (0, 2_500_000) == (status, output.count(b"x"))


def test_a_process_that_does_not_leave_is_made_to() -> None:
    code = "import time; print(1, flush=True); time.sleep(60)"
    with serving("--exec", f"{sys.executable} -c '{code}'") as running:
        assert (0, b"1\n", "") == run("listen", "-n", "1", running.url)
    # Stopping has waited for the process, and is waited for here for less than it would take by itself.


def test_what_a_client_sends_never_meets_a_shell(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    show = f"{sys.executable} -c 'import os; print(os.environ[\"REQUEST_URI\"]); print(input())'"
    with serving("--exec", show) as running:
        evil = f"$(touch {trap}); `touch {trap}` | touch {trap}"
        status, output, _ = run("send", "--expect", "2", f"{running.url}?$(touch,{trap})", evil)
        assert (0, evil) == (status, output.decode().splitlines()[1])
    assert not trap.exists()


def test_a_process_ends_with_its_connection(tmp_path: Path) -> None:
    mark = tmp_path / "ended"
    code = f"import sys, pathlib; sys.stdin.read(); pathlib.Path({str(mark)!r}).touch()"
    with serving("--exec", f'{sys.executable} -c "{code}"') as running:
        run("send", "--no-wait", running.url, "x")
    assert mark.exists()  # stopping waits for it


def test_a_process_that_does_not_read_holds_the_client_back() -> None:
    sleeping = f"{sys.executable} -c 'import time; time.sleep(60)'"
    frame = b"\x82\xff" + (1 << 16).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * (1 << 16)
    with serving("--exec", sleeping) as running, socket.create_connection(("127.0.0.1", running.port), 20) as client:
        client.sendall(UPGRADE)
        client.recv(4096)
        client.settimeout(1)
        with pytest.raises(TimeoutError):
            for _ in range(2000):
                client.sendall(frame)


def test_a_command_that_is_none_is_refused() -> None:
    assert 14 == run("serve", "--exec", "no-such-program-here", "0").status
    assert 2 == run("serve", "--exec", "'", "0").status
    assert 2 == run("serve", "--exec", "", "0").status


# --- What is shown and kept -------------------------------------------------------------------------------------------
def test_each_connection_is_recorded_in_its_file(tmp_path: Path) -> None:
    with serving("--record", str(tmp_path / "kept")) as running:
        run("send", "-1", "-u", "u:secret", running.url, "one")
        run("send", "-1", running.url, "two")
    first, second = sorted((tmp_path / "kept").iterdir())
    assert ("connection-000001.jsonl", "connection-000002.jsonl") == (first.name, second.name)
    assert "dTpzZWNyZXQ=" not in first.read_text()
    status, output, _ = run("replay", "-vv", str(second))
    assert (0, True) == (status, b"two" in output)


def test_a_later_server_writes_over_no_recording(tmp_path: Path) -> None:
    (tmp_path / "connection-x.jsonl").touch()
    for message in ("one", "two"):
        with serving("--record", str(tmp_path)) as running:
            run("send", "-1", running.url, message)
    assert '"one"' in (tmp_path / "connection-000001.jsonl").read_text()
    assert '"two"' in (tmp_path / "connection-000002.jsonl").read_text()


def test_events_of_all_connections_are_lines_of_json_with_their_number() -> None:
    process = start("serve", "--json", "0", stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    run("send", "-1", url, "a")
    run("send", "-1", url, "b")
    process.terminate()
    output, _ = process.communicate(timeout=20)
    records = [json.loads(line) for line in output.splitlines()]
    said = {(one["connection"], one["text"]) for one in records if one.get("event") == "message-received"}
    assert {(1, "a"), (2, "b")} == said


def test_the_access_lines_and_the_story_stand_on_standard_error() -> None:
    process = start("serve", "-v", "0", stderr=subprocess.PIPE)
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    run("send", "-1", "--preflight", "/style.css", "--preflight", "/no%1bthing", url, "a")
    process.terminate()
    talk = process.communicate(timeout=20)[1].decode()
    assert "GET /style.css HTTP/1.1  200" in talk
    assert "closed by the client with 1000  1 message in, 1 out" in talk
    assert "3 requests on this connection: GET /style.css, GET /no%1bthing, GET /" in talk
    assert "#1 < GET /style.css HTTP/1.1" in talk


def test_the_lists_are_shown_without_serving() -> None:
    status, output, _ = run("serve", "--list-faults")
    assert (0, True) == (status, b"accept-no-guid" in output)
    assert output == run("explain", "faults").output
    assert b"lws-mirror-protocol" in run("serve", "--list-services").output


# --- Many at once -----------------------------------------------------------------------------------------------------
IDLE, BUSY, ROUNDS = 2000, 200, 10


def memory_of(process: int) -> int:
    """Return the resident memory of a process in KiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


async def opened(port: int, path: str = "/") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(UPGRADE.replace(b" / ", f" {path} ".encode()))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    return reader, writer


async def crowd(running: Serving) -> tuple[int, int]:
    """Return the server's memory with everybody connected, and after they were busy; nobody was hurt on the way."""
    idle = [await asyncio.gather(*(opened(running.port) for _ in range(100))) for _ in range(IDLE // 100)]
    never_reads = [await opened(running.port, path) for path in ("/source?messages=1000000&size=10000", "/echo")]
    for _, writer in never_reads:
        writer.write(b"\x82\xff" + (1 << 24).to_bytes(8, "big") + b"\0\0\0\0" + bytes(1 << 24))
    # The echo has begun once the message is whole in the server: what it costs does not come between the measurements.
    assert b"\x82\x7f" == await never_reads[1][0].readexactly(2)
    for reader, _ in never_reads:
        reader._transport.pause_reading()  # type: ignore[attr-defined]
    slow = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(10)]
    for _, writer in slow:
        writer.write(b"G")
    busy = await asyncio.gather(*(opened(running.port) for _ in range(BUSY)))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(ROUNDS):
            writer.write(b"\x81\x82\0\0\0\0%02d" % number)
            assert b"\x81\x02%02d" % number == await asyncio.wait_for(reader.readexactly(4), 30)

    await asyncio.gather(*(talk(*one) for one in busy))
    before = memory_of(running.process.pid)
    for _ in range(3):
        await asyncio.gather(*(talk(*one) for one in busy))
    after = memory_of(running.process.pid)
    for _, writer in (*(one for hundred in idle for one in hundred), *never_reads, *slow, *busy):
        writer.transport.abort()
    return before, after


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of another process is read from /proc")
def test_two_thousand_idle_and_two_hundred_busy_clients_fit_in_one_process() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * (IDLE + BUSY):
        pytest.skip(f"only {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with serving("-q") as running:
            before, after = asyncio.run(crowd(running))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert after - before < 20 * 1024
    assert after < 200 * 1024
