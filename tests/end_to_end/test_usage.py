"""Wrong command lines: the value and the way out are named, and nothing is printed on standard output."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import run

URL = "ws://127.0.0.1:9/"

WRONG = {
    "scheme": (("listen", "ftp://x.test/"), "ftp"),
    "no host": (("listen", "ws:///path"), "ws:///path"),
    "port": (("listen", "ws://x.test:99999/"), "99999"),
    "port of letters": (("listen", "ws://x.test:http/"), "http"),
    "space in the URL": (("listen", "ws://x .test/"), "x .test"),
    "bracket": (("listen", "ws://[::1/"), "[::1"),
    "number": (("listen", "-n", "many", URL), "many"),
    "negative number": (("listen", "-n", "-1", URL), "-1"),
    "duration": (("listen", "--for", "soon", URL), "soon"),
    "size": (("listen", "--max-message", "big", URL), "big"),
    "choice": (("listen", "--format", "hexx", URL), "hexx"),
    "regular expression": (("listen", "--until", "(", URL), "("),
    "header": (("listen", "-H", "nonsense", URL), "nonsense"),
    "header name": (("listen", "-H", "a b: c", URL), "a b"),
    "header with a line end": (("listen", "-H", "A: b\r\nC: d", URL), "C: d"),
    "subprotocol": (("listen", "-s", "a b", URL), "a b"),
    "subprotocol twice": (("listen", "-s", "a,a", URL), "a"),
    "cookie": (("listen", "-b", "crumbs", URL), "crumbs"),
    "deflate": (("listen", "--deflate=window=9", URL), "window"),
    "both deflates": (("listen", "--deflate", "--no-deflate", URL), "--no-deflate"),
    "both families": (("listen", "-4", "-6", URL), "--ipv6"),
    "two formats": (("listen", "--raw", "--hex", URL), "--hex"),
    "two credentials": (("listen", "-u", "a:b", "--bearer", "t", URL), "--bearer"),
    "password without a terminal": (("listen", "-u", "name", URL), "name"),
    "key alone": (("listen", "--key", "key.pem", URL), "key.pem"),
    "TLS versions": (("listen", "--tls-min", "1.3", "--tls-max", "1.2", URL), "1.3"),
    "hex": (("send", "--hex", URL, "zz"), "zz"),
    "base64": (("send", "--base64", URL, "?"), "?"),
    "fragment": (("send", "--fragment", "0", URL, "a"), "0"),
    "close": (("send", "--close", "bye", URL, "a"), "bye"),
    "close code": (("send", "--close", "70000", URL, "a"), "70000"),
    "close reason": (("send", "--close", "1000:" + "x" * 124, URL, "a"), "xxx"),
    "frame": (("send", "--frame", "nonsense", URL), "nonsense"),
    "frame attribute": (("send", "--frame", "text,fin=2:a", URL), "fin=2"),
    "one and expect": (("send", "-1", "--expect", "2", URL, "a"), "--expect"),
    "one and no wait": (("send", "-1", "--no-wait", URL, "a"), "--no-wait"),
    "text and binary": (("send", "-t", "--binary", URL, "a"), "--binary"),
    "speed": (("replay", "--speed", "0", "file"), "0"),
    "sync": (("replay", "--sync", "never", "file"), "never"),
    "serve": (("serve", "http"), "http"),
    "serve address": (("serve", ":80"), ":80"),
    "option": (("listen", "--nonsense", URL), "--nonsense"),
    "command": (("lisen", URL), "lisen"),
    "no URL": (("listen", "-v"), "URL"),
    "too many arguments": (("listen", URL, "more"), "more"),
}
UNREADABLE = {
    "headers": ("listen", "-H", "@{}/absent", URL),
    "message": ("send", "-f", "{}/absent", URL),
    "message of a folder": ("send", "-f", "{}", URL),
    "output": ("listen", "-o", "{}/no/file", URL),
    "authorities": ("listen", "--cacert", "{}/absent", "wss://127.0.0.1:9/"),
    "certificate": ("listen", "--cert", "{}/absent", "wss://127.0.0.1:9/"),
    "recording": ("replay", "{}/absent"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_command_line_is_status_2_and_names_the_value(name: str) -> None:
    arguments, value = WRONG[name]
    status, output, talk = run(*arguments)
    assert (2, b"") == (status, output), talk
    assert value in talk
    assert "hint:" in talk or "it is none of" in talk or "Try 'wscli" in talk  # a list of choices is a hint already


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_used_is_status_14_and_named(name: str, tmp_path: object) -> None:
    status, output, talk = run(*(argument.format(tmp_path) for argument in UNREADABLE[name]))
    assert (14, b"") == (status, output), talk
    assert str(tmp_path) in talk
