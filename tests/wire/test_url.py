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
    assert (f"url/{code}", text) == (refused.value.code, refused.value.value)


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
