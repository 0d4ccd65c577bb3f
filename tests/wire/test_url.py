from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wscli.errors import UsageProblem
from wscli.wire.url import Url, decode_url

schemes = st.sampled_from(
    ["ws://", "wss://", "WS://", "http://", "https://", "ws+unix://", "wss+unix://", "", "://", "ftp://"]
)
hosts = st.sampled_from(
    [
        "localhost",
        "a.example",
        "münchen.de",
        "[::1]",
        "[fe80::1%25eth0]",
        "127.0.0.1",
        "256.1.1.1",
        "",
        "%61.b",
        "%ff",
        "a.",
        "[::ffff:1.2.3.4]",
    ]
)
ports = st.sampled_from(["", ":", ":80", ":443", ":8080", ":0", ":65536", ":x", ":²", ":007"])
users = st.sampled_from(["", "", "u@", "u:p@", ":@", "%40:%3a@", "%ff@"])
resources = st.one_of(st.text(max_size=9), st.text(max_size=9).map("/".__add__), st.text(max_size=9).map("/a?".__add__))
typed = st.one_of(
    st.text(max_size=20),
    st.text("ws:/[]%.@?#a1 \ud800ßẞ。", max_size=20),
    st.tuples(schemes, users, hosts, ports, resources).map("".join),
)


def decode(text: str) -> Url | None:
    """Return the URL, None where it is refused."""
    try:
        return decode_url(text)
    except UsageProblem:
        return None


@given(typed)
@example("[fe80::1%2525]")
@example("ws+unix:///a b :/ x")
@example("%2e%2e")
@example("a。")
def test_any_text_is_a_url_or_refused_and_its_plain_form_is_stable(text: str) -> None:
    url = decode(text)
    if url is not None:
        again = decode_url(url.text)
        assert url.text == again.text
        assert (url.host, url.port, url.resource, url.zone, url.unix_path) == (
            again.host,
            again.port,
            again.resource,
            again.zone,
            again.unix_path,
        )


@given(typed)
def test_what_goes_into_the_request_has_no_line_break(text: str) -> None:
    url = decode(text)
    if url is not None:
        assert url.resource.startswith("/")
        sent = url.resource + url.host_header + url.origin
        assert sent.isascii()
        assert sent.isprintable()
        assert " " not in sent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ws://a", "ws://a/"),
        ("wss://A.Example/", "wss://a.example/"),
        ("http://a:80/x?y", "ws://a/x?y"),
        ("https://a:443", "wss://a/"),
        ("wss://a:80", "wss://a:80/"),
        ("a:8080/x", "ws://a:8080/x"),
        (":8080/x", "ws://localhost:8080/x"),
        ("  a  ", "ws://a/"),
        ("a?q", "ws://a/?q"),
        ("ws://a:/", "ws://a/"),
        ("ws:8080/x", "ws://ws:8080/x"),
        ("a/?u=http://b", "ws://a/?u=http://b"),
        ("[0:0::1]:81", "ws://[::1]:81/"),
        ("ws://[FE80::1%25eth0]", "ws://[fe80::1%25eth0]/"),
        ("ws://[fe80::1%eth0]", "ws://[fe80::1%25eth0]/"),
        ('a/é b"%41', "ws://a/%C3%A9%20b%22%41"),
        ("ws://%61.b", "ws://a.b/"),
        ("ws://u:p@a", "ws://a/"),
        ("bücher.example", "ws://xn--bcher-kva.example/"),
        ("ws+unix:///tmp/s", "ws+unix:///tmp/s:/"),
        ("wss+unix:///tmp/s:x?y", "wss+unix:///tmp/s:/x?y"),
    ],
)
def test_urls_are_read_generously(text: str, expected: str) -> None:
    url = decode_url(text)
    assert (text, expected) == (url.given, url.text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("ws://a#b", "fragment"),
        ("ftp://a", "scheme"),
        ("://a", "scheme"),
        ("8080", "only-port"),
        ("ws:a", "slashes"),
        ("wss:", "slashes"),
        ("ws+unix://a", "unix-path"),
        ("ws+unix:///a\0b", "unix-path"),
        ("ws://%ff@a", "user"),
        ("ws://a:%ff@a", "user"),
        ("ws://%ff/", "host"),
        ("[::1", "brackets"),
        ("[::1]x", "brackets"),
        ("::1", "brackets"),
        ("[::g]", "ipv6"),
        ("a:0", "port"),
        ("a:65536", "port"),
        ("a:x", "port"),
        ("a:²", "port"),
        ("a:00000080", "port"),
        ("ws://", "no-host"),
        ("ws://:80", "no-host"),
        ("a b", "host"),
        ("a..b", "host"),
        ("a" * 64, "host"),
        ("a." * 127, "host"),
        ("1.2.3.256", "ipv4"),
        ("\ud800", "idna"),
        ("a/\ud800", "path"),
    ],
)
def test_what_is_wrong_is_named(text: str, code: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        decode_url(text)
    assert (f"url/{code}", text.replace(":%ff@", ":***@")) == (refused.value.code, refused.value.value)


def test_a_bad_host_is_not_blamed_on_the_user() -> None:
    with pytest.raises(UsageProblem, match="the host is not percent-encoded UTF-8"):
        decode_url("ws://%ff/")


def test_user_and_password_are_decoded() -> None:
    url = decode_url("ws://a%40b:c%3Ad@host")
    assert ("a@b", "c:d") == (url.user, url.password)
    alone = decode_url("ws://a@host")
    assert ("a", None) == (alone.user, alone.password)


def test_the_host_is_kept_as_people_read_it() -> None:
    assert "Bücher.example" == decode_url("Bücher.example.").display_host
    assert "/tmp/s" == decode_url("ws+unix:///tmp/s").display_host


@pytest.mark.parametrize(
    ("text", "header", "origin"),
    [
        ("ws://a", "a", "http://a"),
        ("wss://a:80", "a:80", "https://a:80"),
        ("ws://[fe80::1%25eth0]:81", "[fe80::1]:81", "http://[fe80::1]:81"),
        ("ws+unix:///s", "localhost", "http://localhost"),
    ],
)
def test_host_header_and_origin_leave_the_default_port_and_the_zone_out(text: str, header: str, origin: str) -> None:
    url = decode_url(text)
    assert (header, origin) == (url.host_header, url.origin)
    assert text.startswith("wss") is url.is_secure


# --- What goes beyond the ordinary -----------------------------------------------------------------------------------
LABEL = "x" * 63


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":8080/?u=http://x", "ws://localhost:8080/?u=http://x"),
        ("ws://8080/", "ws://8080/"),
        ("ws://1.2.3.4.5/", "ws://1.2.3.4.5/"),
        ("ws://a_b-c~d.example/", "ws://a_b-c~d.example/"),
        ("ws://a/%41%zz%4", "ws://a/%41%25zz%254"),
        ("ws://a/x\r\ny[1]", "ws://a/x%0D%0Ay%5B1%5D"),
        ("ws://a:8080/b@c", "ws://a:8080/b@c"),
        ("ws://[::1]/b@c", "ws://[::1]/b@c"),
        ("a:/b@c", "ws://a/b@c"),
        (f"ws://{'.'.join([LABEL] * 3)}.{'x' * 61}/", f"ws://{'.'.join([LABEL] * 3)}.{'x' * 61}/"),
        ("ws+unix:///run/a.sock:", "ws+unix:///run/a.sock:/"),
        ("ws+unix:///run/a.sock?q=1", "ws+unix:///run/a.sock:/?q=1"),
        ("ws+unix:///a b%3Ac:/x", "ws+unix:///a%20b%3Ac:/x"),
        ("ws+unix:///50%:/x", "ws+unix:///50%25:/x"),
    ],
)
def test_what_could_be_misread_has_one_plain_form(text: str, expected: str) -> None:
    assert expected == decode_url(text).text
    assert expected == decode_url(expected).text


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("8080", "only-port", "`wscli serve 8080`; to connect write `localhost:8080`"),
        ("8080/chat", "only-port", "`localhost:8080/chat`"),
        ("unix:///a.sock", "scheme", "ws+unix:///"),
        ("ws+unix:///a#b", "fragment", "%23"),
        ("ws://a\\b", "backslash", "%5C"),
        ("ws://a/b\\c", "backslash", "%5C"),
        ("ws://u:p/w@a/", "user", "%2F"),
        ("ws://u:p?w@a/", "user", "%3F"),
        ("ws://u\udcff@a/", "user", "lone surrogate"),
        ("ws://[::1]]/", "brackets", "`]` follows"),
        ("ws://::1]/", "brackets", "no IPv6 address begins or ends"),
        ("ws://a[0]/", "brackets", "no IPv6 address begins or ends"),
        ("ws://[1.2.3.4]/", "ipv6", "`1.2.3.4` is no IPv6 address"),
        ("ws://[fe80::1%25]/", "zone", "%25eth0"),
        ("ws://[fe80::1%]/", "zone", "%25eth0"),
        ("ws://[fe80::1%25a\r\nb]/", "zone", "%25eth0"),
        ("ws://x%00y/", "host", "cannot hold '\\x00'"),
        ("ws://x%2Fy/", "host", "cannot hold '/'"),
        ("ws://./", "host", "1 to 63"),
        ("ws://a\u202eü/", "idna", "xn--"),
        ("ws://straße.example/", "idna", "'ß' means different hosts"),
        ("ws+unix:///a%00b", "unix-path", "NUL"),
        ("ws+unix:///a%ff", "unix-path", "not percent-encoded UTF-8"),
        ("ws+unix:///a\udcff", "unix-path", "lone surrogate"),
        ("ws://a:" + "1" * 5000, "port", "1 to 65535"),
    ],
)
def test_a_refusal_says_how_to_write_it(text: str, code: str, said: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        decode_url(text)
    assert f"url/{code}" == refused.value.code
    assert said in f"{refused.value.reason}\n{refused.value.hint}"


@given(typed)
def test_every_refusal_has_a_next_step(text: str) -> None:
    try:
        decode_url(text)
    except UsageProblem as problem:
        hint = problem.hint
    else:
        return
    assert hint


@pytest.mark.parametrize(
    ("text", "user", "password"),
    [
        ("ws://@a/", None, None),
        ("ws://u:@a/", "u", ""),
        ("ws://:p@a/", "", "p"),
        ("ws://a@b:c:d@e@f/", "a@b", "c:d@e"),
        ("ws://100%:p@a/", "100%", "p"),
        ("u@:8080", "u", None),
    ],
)
def test_user_and_password_end_at_the_last_at_sign(text: str, user: str | None, password: str | None) -> None:
    url = decode_url(text)
    assert (user, password) == (url.user, url.password)


@given(st.text(), st.text())
def test_any_user_and_password_come_back_and_stay_out_of_the_text(user: str, password: str) -> None:
    escaped = ["".join(f"%{byte:02X}" for byte in part.encode()) for part in (user, password)]
    url = decode_url(f"ws://{escaped[0]}:{escaped[1]}@a/")
    assert (user or "", password, "ws://a/") == (url.user, url.password, url.text)


def test_the_path_of_a_unix_socket_is_decoded() -> None:
    url = decode_url("ws+unix:///run/my%20own%3F.sock:/chat")
    assert ("/run/my own?.sock", "/run/my own?.sock", "/chat") == (url.unix_path, url.display_host, url.resource)


def test_the_zone_of_an_address_is_kept_apart() -> None:
    url = decode_url("ws://[fe80::1%25en-0.1]/")
    assert ("fe80::1", "en-0.1") == (url.host, url.zone)


def test_the_scheme_decides_about_tls_and_port() -> None:
    plain, secure = decode_url("ws://a"), decode_url("wss://a")
    assert [(False, 80), (True, 443)] == [(url.is_secure, url.default_port) for url in (plain, secure)]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("ws://u:secret@:80/", "ws://u:***@:80/"),
        ("ws://u:sec/ret@h/", "ws://u:***@h/"),
        ("u:secret@h:99999", "u:***@h:99999"),
        ("ws://u@h:99999", "ws://u@h:99999"),
        ("ws://h:99999/", "ws://h:99999/"),
    ],
)
def test_a_refusal_never_shows_a_password(given: str, shown: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        decode_url(given)
    assert shown == refused.value.value
    assert "secret" not in str(refused.value)
