"""Plain HTTP: pages, files, forms, streams."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.protocol.client import decode_request
from wscli.serve.forms import Part, decode_form
from wscli.serve.site import Answer, Site


def ask(site: Site, line: str, body: bytes = b"", kind: str = "") -> Answer:
    return site.answer(decode_request(f"{line} HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\n\r\n".encode()), body)


def content(answer: Answer) -> bytes:
    pieces = answer.pieces or iter((answer.response.body,))
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))


def header(answer: Answer, name: str) -> str:
    return dict(answer.response.fields)[name]


# --- Files -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "inner").mkdir(parents=True)
    (root / "index.html").write_text("<p>home")
    (root / "inner" / "index.html").write_text("<p>inner")
    (root / "a b.txt").write_text("spaced")
    (root / "data.bin").write_bytes(bytes(range(256)) * 1000)
    (tmp_path / "secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "loop").symlink_to(root / "loop")
    return root


@pytest.mark.parametrize(
    ("path", "expected", "kind"),
    [
        ("/", b"<p>home", "text/html; charset=utf-8"),
        ("/inner", b"<p>inner", "text/html; charset=utf-8"),
        ("/a%20b.txt?query", b"spaced", "text/plain; charset=utf-8"),
        ("http://h/inner/", b"<p>inner", "text/html; charset=utf-8"),
        ("/data.bin", bytes(range(256)) * 1000, "application/octet-stream"),
    ],
)
def test_files_come_whole_with_their_type_and_length(folder: Path, path: str, expected: bytes, kind: str) -> None:
    answer = ask(Site(str(folder)), f"GET {path}")
    assert (200, expected, kind) == (answer.response.status, content(answer), header(answer, "Content-Type"))
    assert len(expected) == answer.response.length


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "/%2e%2e/secret.txt", "/inner/..%2f..%2fsecret.txt", "/link.txt", "//../secret.txt", "/loop",
        "/..%5csecret.txt", "/%00", "/nothing", "secret.txt", "*", "http://h/../secret.txt", "/" + "x" * 5000,
        "/inner/../..",
    ],
)  # fmt: skip
def test_nobody_climbs_out_of_the_folder(folder: Path, path: str) -> None:
    answer = ask(Site(str(folder)), f"GET {path}")
    assert 404 == answer.response.status
    assert b"secret\n" not in content(answer)


@given(st.lists(st.sampled_from(["..", ".", "/", "%2f", "%2e", "\\", "secret.txt", "inner", "%00", "~", "a%20b.txt"])))
def test_whatever_the_path_only_files_below_the_folder_come(parts: list[str]) -> None:
    site = Site(str(Path(__file__).parent / "no-such-folder"))
    assert 404 == ask(site, f"GET /{''.join(parts)}").response.status


def test_a_file_that_cannot_be_read_is_forbidden(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert 403 == ask(Site(str(folder)), "GET /").response.status


def test_a_file_that_shrinks_while_it_is_sent_keeps_its_length(folder: Path) -> None:
    answer = ask(Site(str(folder)), "GET /data.bin")
    (folder / "data.bin").write_bytes(b"short")
    assert 256_000 == len(content(answer))


def test_the_error_page_shows_no_control_characters(folder: Path) -> None:
    assert b"\x1b" not in content(ask(Site(str(folder)), "GET /%1b[31mred"))


# --- Methods ---------------------------------------------------------------------------------------------------------
def test_options_tells_the_methods_and_others_are_not_implemented() -> None:
    site = Site()
    assert "GET, HEAD, POST, OPTIONS" == header(ask(site, "OPTIONS *"), "Allow")
    assert header(ask(site, "OPTIONS *"), "Date").endswith(" GMT")
    assert 501 == ask(site, "BREW /pot").response.status


def test_a_stream_has_no_known_length_and_takes_its_time() -> None:
    answer = ask(Site(), "GET /stream?count=3&interval=0.5")
    assert (True, None) == (answer.response.is_streamed, answer.response.length)
    assert answer.pieces is not None
    assert [b"line 1 of 3\n", 0.5, b"line 2 of 3\n", 0.5, b"line 3 of 3\n"] == list(answer.pieces)


@pytest.mark.parametrize("query", ["count=x", "count=-5&interval=nan", "", "count=&interval="])
def test_odd_numbers_of_a_stream_are_passed_over(query: str) -> None:
    pieces = ask(Site(), f"GET /stream?{query}").pieces
    assert pieces is not None
    assert len(list(pieces)) in (0, 9)


# --- Forms -----------------------------------------------------------------------------------------------------------
BOUNDARY = "multipart/form-data; boundary=XX"


def multipart(*parts: tuple[str, bytes]) -> bytes:
    return b"".join(b"--XX\r\n%b\r\n\r\n%b\r\n" % (head.encode(), body) for head, body in parts) + b"--XX--\r\n"


def test_a_form_comes_back_as_a_page() -> None:
    answer = ask(Site(), "POST /post", b"name=Ann+B&text=%3Cscript%3E%1b", "application/x-www-form-urlencoded")
    page = content(answer)
    assert b"Ann B" in page
    assert b"&lt;script&gt;" in page
    assert b"<script" not in page
    assert b"\x1b" not in page


def test_a_file_comes_back_with_its_digest() -> None:
    body = multipart(
        ('Content-Disposition: form-data; name="text"', b"hello"),
        (
            'Content-Disposition: form-data; name="file"; filename="<a>.bin"\r\nContent-Type: image/png',
            b"\x89PNG\r\n\0",
        ),
    )
    page = content(ask(Site(), "POST /post", body, BOUNDARY))
    assert b"hello" in page
    assert b"&lt;a&gt;.bin, 7 B, image/png" in page
    assert b"89 50 4e 47 0d 0a 00" in page


@given(st.binary(max_size=300).filter(lambda data: b"--XX" not in data))
def test_a_file_of_any_bytes_is_read_exactly(data: bytes) -> None:
    body = multipart(('Content-Disposition: form-data; name="f"; filename="x"', data))
    (part,) = decode_form(BOUNDARY, body)
    assert ("f", data, "x") == (part.name, part.content, part.file_name)


@given(st.binary(max_size=200), st.sampled_from([BOUNDARY, "multipart/form-data", "application/x-www-form-urlencoded"]))
def test_no_body_makes_it_raise(body: bytes, kind: str) -> None:
    assert 200 == ask(Site(), "POST /post", body, kind).response.status


def test_a_body_that_is_no_form_is_one_part() -> None:
    assert (Part("", b"{}", "body", "application/json"),) == decode_form("application/json", b"{}")
    assert () == decode_form("application/json", b"")
