from __future__ import annotations

import io
import shlex
from pathlib import Path
from typing import Any

import pytest

from wscli.cli.commands import load_command
from wscli.cli.options import PAYLOAD_FORMATS
from wscli.cli.quick import parse_quickly
from wscli.cli.request import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    connection_settings,
    replay_speed,
    server_settings,
    with_format,
)
from wscli.errors import EnvironmentProblem, Problem, UsageProblem
from wscli.settings import (
    AddressSettings,
    ConnectionSettings,
    HandshakeSettings,
    HeaderChange,
    Limits,
    Liveness,
    ServerSettings,
    ServerTls,
    TlsSettings,
)
from wscli.wire.url import decode_url


@pytest.fixture(autouse=True)
def _no_key_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSLKEYLOGFILE", raising=False)


def values_of(line: str, command: str = "listen") -> dict[str, Any]:
    values = parse_quickly(load_command(command), shlex.split(line))
    assert values is not None
    return values


def settings_of(line: str) -> ConnectionSettings:
    return connection_settings(values_of(line))


def problem_of(line: str) -> UsageProblem:
    with pytest.raises(UsageProblem) as caught:
        settings_of(line)
    return caught.value


def test_a_plain_line_gives_the_plain_settings() -> None:
    assert ConnectionSettings(decode_url("ws://h/")) == settings_of("ws://h/")


def test_a_port_alone_hints_at_serve() -> None:
    assert "wscli serve 8080" in str(problem_of("8080").hint)


# --- Headers ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X-A: b", HeaderChange("X-A", "b")),
        ("X-A:b: c ", HeaderChange("X-A", "b: c")),
        ("X-A:", HeaderChange("X-A", None)),
        ("X-A: ", HeaderChange("X-A", None)),
        ("X-A;", HeaderChange("X-A", "")),
        ("X-A: b;", HeaderChange("X-A", "b;")),
    ],
)
def test_a_header_is_added_removed_or_sent_empty(text: str, expected: HeaderChange) -> None:
    assert (expected,) == settings_of(f"-H '{text}' h:1").handshake.headers


@pytest.mark.parametrize(
    ("text", "code"),
    [("no colon", "header/no-colon"), ("a b: c", "header/name"), (": c", "header/name"), ("A: b\rc", "header/value")],
)
def test_what_is_no_header_is_refused_with_its_text(text: str, code: str) -> None:
    problem = problem_of(f"-H '{text}' h:1")
    assert code == problem.code
    assert str(problem.value) in text


def test_headers_come_from_a_file_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "headers"
    file.write_bytes(b"X-A: b\r\n\nX-C;\n")
    expected = (HeaderChange("X-A", "b"), HeaderChange("X-C", ""))
    assert expected == settings_of(f"-H @{file} h:1").handshake.headers


def test_a_file_of_headers_that_cannot_be_read_is_the_machines_fault(tmp_path: Path) -> None:
    for name, content in (("absent", None), ("binary", b"\xff\n")):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(EnvironmentProblem, match="header file"):
            settings_of(f"-H @{tmp_path / name} h:1")


@pytest.mark.parametrize("option", ["--host", "--origin", "-A", "--bearer"])
def test_a_line_break_in_a_header_value_is_refused(option: str) -> None:
    assert "header/value" == problem_of(f"{option} 'a\nb' h:1").code


def test_named_headers_go_where_they_belong() -> None:
    handshake = settings_of("--host a --origin b -A c --bearer d h:1").handshake
    assert HandshakeSettings(host="a", origin="b", user_agent="c", bearer="d") == handshake


def test_cookies_are_a_header() -> None:
    assert (HeaderChange("Cookie", "a=b; c=d"),) == settings_of("-b 'a=b; c=d' h:1").handshake.headers


def test_a_cookie_without_a_value_is_refused() -> None:
    assert "cookie/form" == problem_of("-b jar.txt h:1").code


# --- Subprotocols and compression ------------------------------------------------------------------------------------
def test_subprotocols_are_repeated_or_listed() -> None:
    assert ("a", "b", "c") == settings_of("-s a -s 'b, c,' h:1").handshake.subprotocols


@pytest.mark.parametrize("line", ["-s 'a b' h:1", "-s a,a h:1"])
def test_a_subprotocol_is_a_token_and_unique(line: str) -> None:
    assert "subprotocol/form" == problem_of(line).code


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("h:1", "permessage-deflate; client_max_window_bits"),
        ("--deflate h:1", "permessage-deflate; client_max_window_bits"),
        ("--no-deflate h:1", None),
        ("--deflate=server_max_window_bits=10 h:1", "permessage-deflate; server_max_window_bits=10"),
        (
            "'--deflate=client_no_context_takeover, permessage-deflate' h:1",
            "permessage-deflate; client_no_context_takeover, permessage-deflate",
        ),
    ],
)
def test_the_offer_of_compression_is_as_asked_for(line: str, expected: str | None) -> None:
    assert expected == settings_of(line).handshake.deflate_offer


@pytest.mark.parametrize(
    "parameters", ["windowbits=9", "server_max_window_bits=99", "a b", "x-webkit-deflate-frame, a"]
)
def test_parameters_that_compression_does_not_have_are_refused(parameters: str) -> None:
    assert "deflate/parameters" == problem_of(f"'--deflate={parameters}' h:1").code


def test_another_extension_is_no_parameter() -> None:
    assert "`other`" in problem_of("'--deflate=client_max_window_bits, other' h:1").reason


# --- Credentials -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("h:1", None),
        ("-u bob:s:cret h:1", ("bob", "s:cret")),
        ("-u bob: h:1", ("bob", "")),
        ("ws://ann:pw@h:1", ("ann", "pw")),
        ("ws://ann@h:1", ("ann", "")),
        ("-u bob:x ws://ann:pw@h:1", ("bob", "x")),
        ("--bearer t ws://ann:pw@h:1", None),
    ],
)
def test_credentials_come_from_the_option_or_the_url(line: str, expected: tuple[str, str] | None) -> None:
    assert expected == settings_of(line).handshake.credentials


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_missing_password_is_asked_for_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return "secret"

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", answer)
    assert ("bob", "secret") == settings_of("-u bob h:1").handshake.credentials
    assert ["Password of bob: "] == asked


def test_a_missing_password_without_a_terminal_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for stdin in (None, io.StringIO()):
        monkeypatch.setattr("sys.stdin", stdin)
        assert "user/password" == problem_of("-u bob h:1").code


def test_end_of_input_at_the_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", end)
    assert "user/password" == problem_of("-u bob h:1").code


# --- TLS, address, limits --------------------------------------------------------------------------------------------
def test_tls_options_become_tls_settings() -> None:
    line = (
        "-k --cacert ca --capath folder -E cert --key key --pass pw --servername n --alpn a,b --tls-min 1.2"
        " --tls-max 1.3 --keylog log h:1"
    )
    expected = TlsSettings(
        insecure=True,
        ca_file="ca",
        ca_path="folder",
        certificate="cert",
        key="key",
        key_password="pw",
        server_name="n",
        alpn=("a", "b"),
        minimum_version="1.2",
        maximum_version="1.3",
        key_log="log",
    )
    assert expected == settings_of(line).tls


def test_an_empty_alpn_offers_none() -> None:
    assert () == settings_of("--alpn '' h:1").tls.alpn


def test_the_environment_names_a_key_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", "env.log")
    assert "env.log" == settings_of("h:1").tls.key_log
    assert "own.log" == settings_of("--keylog own.log h:1").tls.key_log


def test_the_address_can_be_narrowed() -> None:
    assert AddressSettings(4) == settings_of("-4 h:1").address
    assert AddressSettings(6) == settings_of("-6 h:1").address
    assert AddressSettings(None, "/s") == settings_of("--unix-socket /s h:1").address


def test_limits_are_taken_and_zero_is_none() -> None:
    line = "--connect-timeout 0 -m 1m --idle-timeout 2 --close-timeout 0 --max-message 1k h:1"
    assert Limits(connect=None, total=60.0, idle=2.0, close=0.0, message=1024) == settings_of(line).limits


def test_liveness_is_taken() -> None:
    line = "--ping-interval 5 --ping-timeout 2 --no-pong --no-auto-close --lenient h:1"
    settings = settings_of(line)
    assert (Liveness(5.0, 2.0, answers_pings=False, answers_close=False), True) == (
        settings.liveness,
        settings.is_lenient,
    )


# --- Contradictions --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("-4 -6", "options/together"),
        ("--deflate --no-deflate", "options/together"),
        ("-u a:b --bearer c", "options/together"),
        ("--format hex --raw", "options/together"),
        ("--tls-min 1.3 --tls-max 1.2", "tls/versions"),
        ("--key k", "tls/key-alone"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: str, code: str) -> None:
    assert code == problem_of(f"{options} h:1").code


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", None),
        ("--format hex", "hex"),
        ("--raw", "raw"),
        ("-0", "nul"),
        ("--length-prefixed", "length-prefixed"),
        ("--base64", "base64"),
    ],
)
def test_the_format_is_settled_by_its_shorthands(options: str, expected: str | None) -> None:
    assert expected == with_format(values_of(f"{options} u"), *PAYLOAD_FORMATS)["format"]


@pytest.mark.parametrize("options", ["--raw --hex", "--format raw -0", "--base64 --hex"])
def test_two_formats_are_refused(options: str) -> None:
    with pytest.raises(UsageProblem, match="exclude each other"):
        with_format(values_of(f"{options} u"), *PAYLOAD_FORMATS)


# --- replay and serve ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "expected"), [("1", 1.0), ("0.5", 0.5), ("max", None)])
def test_speed_is_a_factor_or_max(text: str, expected: float | None) -> None:
    assert expected == replay_speed(text)


@pytest.mark.parametrize("text", ["0", "-1", "fast", "inf", "nan"])
def test_what_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem):
        replay_speed(text)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", ("127.0.0.1", 8080)),
        ("0", ("127.0.0.1", 0)),
        ("0.0.0.0:9000", ("0.0.0.0", 9000)),
        ("localhost:80", ("localhost", 80)),
        ("'[::1]:80'", ("::1", 80)),
        ("::1:80", ("::1", 80)),
    ],
)
def test_the_server_listens_where_it_is_told(address: str, expected: tuple[str, int]) -> None:
    settings = server_settings(values_of(address, "serve"))
    assert expected == (settings.host, settings.port)


@pytest.mark.parametrize("address", ["localhost", "65536", ":80", "a:b", "''"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        server_settings(values_of(address, "serve"))
    assert "serve/address" == caught.value.code


def test_server_options_become_server_settings() -> None:
    values = values_of("-s a,b --no-deflate --max-message 1k 80", "serve")
    expected = ServerSettings("127.0.0.1", 80, subprotocols=("a", "b"), deflate=None, limits=Limits(message=1024))
    assert expected == server_settings(values)


def test_every_server_option_becomes_a_setting(tmp_path: Path) -> None:
    line = (
        f"--unix-socket /s -u u:p:w --origin a --origin b --max-connections 3 --idle-timeout 5 --ping-interval 1 "
        f"--ping-timeout 2 --cert c --key k --pass p --client-ca ca --upgrade-tls optional --service delay "
        f"--static {tmp_path} --fault masked,slow=3 --fault cut"
    )
    expected = ServerSettings(
        DEFAULT_HOST, DEFAULT_PORT, unix_path="/s", limits=Limits(idle=5.0), max_connections=3,
        liveness=Liveness(ping_interval=1.0, ping_timeout=2.0), tls=ServerTls("c", "k", "p", "ca"),
        upgrade_tls="optional", origins=("a", "b"), credentials=("u", "p:w"), service="delay", static=str(tmp_path),
        faults=("masked,slow=3", "cut"),
    )  # fmt: skip
    assert expected == server_settings(values_of(line, "serve"))
    assert ServerTls() == server_settings(values_of("--tls", "serve")).tls


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--unix-socket /s 80", "serve/address"),
        ("--key k", "tls/key-alone"),
        ("-u name", "serve/user"),
        ("--service nothing", "serve/service"),
        ("--static /no/such/folder", "serve/folder"),
        ("--exec /no/such/program", "serve/exec"),
    ],
)
def test_a_server_option_that_cannot_be_is_refused(line: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        server_settings(values_of(line, "serve"))
    assert code == refused.value.code
    assert refused.value.hint or code == "serve/address"


@pytest.mark.parametrize("text", ["", "'open", "   "])
def test_a_command_of_no_words_is_refused(text: str) -> None:
    values = values_of("", "serve") | {"exec": text}
    with pytest.raises(UsageProblem):
        server_settings(values)


def test_the_words_of_a_command_are_those_of_a_shell_that_expands_nothing() -> None:
    values = values_of("", "serve") | {"exec": "sh -c 'echo \"$HOME\"' *"}
    assert ("sh", "-c", 'echo "$HOME"', "*") == server_settings(values).command


@pytest.mark.parametrize("path", ["login", "/a b", "/ü", "/\x1b", ""])
def test_a_preflight_path_that_cannot_stand_in_a_request_is_refused(path: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        connection_settings(values_of("ws://a") | {"preflight": (path,)})
    assert "preflight/path" == refused.value.code


def test_preflights_and_the_switch_to_tls_become_settings() -> None:
    settings = connection_settings(values_of("--preflight /a --preflight /b --pipeline --upgrade-tls ws://a"))
    assert (("/a", "/b"), True, True) == (settings.preflights, settings.is_pipelined, settings.upgrades_tls)


@pytest.mark.parametrize(
    ("line", "code"), [("--upgrade-tls wss://a", "tls/upgrade"), ("--pipeline a", "preflight/none")]
)
def test_preflights_and_switches_that_make_no_sense_are_refused(line: str, code: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        connection_settings(values_of(line))
    assert code == refused.value.code
