"""`wscli send` against a server of the websockets library."""

from __future__ import annotations

import base64
import hashlib
import random
from pathlib import Path

import pytest

from tests.end_to_end.conftest import run
from tests.end_to_end.peers import RawServer, WebSocketsServer, upgrade


def test_every_reply_of_a_slow_server_is_printed_though_the_input_has_ended(server: WebSocketsServer) -> None:
    outcome = run("send", server.url("slow"), input=b"one\ntwo\n")
    assert (0, b"one\ntwo\n", "") == outcome
    assert 1000 == server.visit().close_code


def test_one_reply_is_enough_where_one_is_asked_for(server: WebSocketsServer) -> None:
    assert (0, b"hello\n", "") == run("send", "-1", server.url("twice"), "hello")


def test_as_many_replies_as_expected_are_status_0(server: WebSocketsServer) -> None:
    assert (0, b"a\na\nb\n", "") == run("send", "--expect", "3", server.url("twice"), "a", "b")


def test_fewer_replies_than_expected_are_status_13(server: WebSocketsServer) -> None:
    status, output, talk = run("send", "--expect", "3", "--idle", "1", server.url(), "a", "b")
    assert (13, b"a\nb\n") == (status, output)
    assert "2 of 3 messages came" in talk


def test_a_matching_reply_ends_the_wait(server: WebSocketsServer) -> None:
    assert (0, b"a\nbb\n", "") == run("send", "--until", "^b+$", server.url(), "a", "bb", "c")


def test_no_matching_reply_is_status_13(server: WebSocketsServer) -> None:
    status, output, talk = run("send", "--until", "^x", "--idle", "1", server.url(), "a")
    assert (13, b"a\n") == (status, output)
    assert "none of 1 messages matched" in talk


def test_a_short_quiet_time_does_not_wait_for_slow_replies(server: WebSocketsServer) -> None:
    assert (0, b"", "") == run("send", "--idle", "0.1", server.url("slow"), "a")


def test_not_waiting_closes_at_once_but_all_is_sent(server: WebSocketsServer) -> None:
    status, _, talk = run("send", "--no-wait", server.url("silent"), input=b"x\n" * 1000)
    assert (0, "") == (status, talk)
    assert 1000 == server.visit().close_code


def test_the_close_code_is_the_one_asked_for(server: WebSocketsServer) -> None:
    assert 0 == run("send", "-1", "--close", "4001:bye", server.url(), "a").status
    assert 4001 == server.visit().close_code


def test_messages_are_cut_into_frames_of_a_size(server: WebSocketsServer) -> None:
    command = ("send", "-1", "--no-deflate", "--fragment")
    assert b"abc|def|g\n" == run(*command, "3", server.url("fragments"), "abcdefg").output


def test_messages_are_cut_into_frames_of_these_sizes(server: WebSocketsServer) -> None:
    command = ("send", "-1", "--no-deflate", "--fragment")
    assert b"a|bc|defg\n" == run(*command, "1,2", server.url("fragments"), "abcdefg").output


def test_a_single_frame_goes_out_as_it_is_written() -> None:
    with RawServer(upgrade(), wants=9) as peer:
        run("send", "--no-wait", "--no-deflate", "--frame", "0xb,fin=0,rsv=2,mask=00000000:abc", peer.url())
    assert bytes.fromhex("2b 83 00000000 61 62 63") == peer.received[:9]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65535, 65536, 1_000_000])
def test_binary_of_any_length_arrives_byte_for_byte(server: WebSocketsServer, tmp_path: Path, length: int) -> None:
    data = random.Random(length).randbytes(length)  # the seed makes a failure repeatable
    file = tmp_path / "data"
    file.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()[:12]
    outcome = run("send", "-1", "--binary", "-f", str(file), server.url("sizes"))
    assert (0, f"bytes {length} {digest}\n".encode(), "") == outcome


def test_hex_and_base64_are_sent_as_bytes(server: WebSocketsServer) -> None:
    data = bytes(range(256))
    digest = hashlib.sha256(data).hexdigest()[:12].encode()
    assert b"bytes 256 " + digest + b"\n" == run("send", "-1", "--hex", server.url("sizes"), data.hex(" ")).output
    encoded = base64.b64encode(data).decode()
    assert b"bytes 256 " + digest + b"\n" == run("send", "-1", "--base64", server.url("sizes"), encoded).output


def test_input_is_split_at_nuls(server: WebSocketsServer) -> None:
    outcome = run("send", "-0", "--format", "nul", "--expect", "2", server.url(), input=b"a\nb\0c\0")
    assert (0, b"a\nb\0c\0", "") == outcome


def test_input_is_one_message_as_a_whole(server: WebSocketsServer) -> None:
    assert b"a\nb\n" == run("send", "-1", "--whole", "--raw", server.url(), input=b"a\nb\n").output


def test_length_prefixed_input_comes_back_the_same(server: WebSocketsServer) -> None:
    parts = [random.Random(size).randbytes(size) for size in (0, 3, 70_000)]
    data = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    command = ("send", "--length-prefixed", "--binary", "--format", "length-prefixed", "--expect", "3")
    assert (0, data, "") == run(*command, server.url(), input=data)


def test_a_last_line_without_an_end_and_lines_of_windows_are_lines(server: WebSocketsServer) -> None:
    assert b"a\nb\n" == run("send", "--expect", "2", server.url(), input=b"a\r\nb").output


def test_messages_of_the_command_line_come_before_those_of_the_input(server: WebSocketsServer) -> None:
    assert b"a\nb\n" == run("send", "--expect", "2", server.url(), "a", "-", input=b"b\n").output


def test_empty_input_closes_at_once(server: WebSocketsServer) -> None:
    assert (0, b"", "") == run("send", server.url())


def test_ten_thousand_messages_come_back_in_order(server: WebSocketsServer) -> None:
    lines = b"".join(b"%d\n" % number for number in range(10_000))
    assert (0, lines, "") == run("send", "--expect", "10000", server.url(), input=lines)


def test_an_error_code_of_the_peer_is_status_11_with_its_reason(server: WebSocketsServer) -> None:
    status, output, talk = run("send", server.url("reject"), "a")
    assert (11, b"") == (status, output)
    assert "1008" in talk
    assert "bad token" in talk


def test_text_that_is_no_utf8_is_refused_and_says_so(server: WebSocketsServer) -> None:
    status, _, talk = run("send", server.url(), input=b"ok\n\xff\xfe\n")
    assert 14 == status
    assert "0xFF" in talk
    assert "hint:" in talk


def test_connect_without_a_terminal_does_what_send_does(server: WebSocketsServer) -> None:
    outcome = run("connect", "-e", "first", server.url(), input=b"second\n")
    assert (0, b"first\nsecond\n") == outcome[:2]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--raw", b"00ff"),
        ("--hex", b"30306666\n"),
        ("--base64", b"MDBmZg==\n"),
        ("--length-prefixed", b"\0\0\0\x0400ff"),
        ("-0", b"00ff\0"),
    ],
)
def test_connect_without_a_terminal_prints_in_the_form_asked_for(
    server: WebSocketsServer, option: str, expected: bytes
) -> None:
    # As an option of `send`, --hex would be about what is sent.
    assert (0, expected, "") == run("connect", option, server.url(), input=b"00ff\n")
