from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.wire.chopping import bytewise, chop, cuts
from wscli.wire.body import BodyDecoder, decode_content, decode_text, unknown_coding
from wscli.wire.head import Field, Fields

CHUNKED = (("Transfer-Encoding", "gzip, Chunked"),)
bodies = st.one_of(
    st.binary(max_size=40),
    st.lists(
        st.sampled_from(
            [
                b"3\r\nabc\r\n",
                b"1\nx\n",
                b"0\r\n",
                b"\r\n",
                b"A: b\r\n",
                b"2;x=y\r\nab\r\n",
                b"+1\r\n",
                b"zz",
                b"0_1\r\n",
            ]
        )
    ).map(b"".join),
)
headers = st.sampled_from(
    [(), CHUNKED, CHUNKED, (("Content-Length", "7"),), (("Content-Length", "x"),), (("Content-Length", "0"),)]
)


def fields(*items: tuple[str, str]) -> Fields:
    return Fields(tuple(Field(name, value, b"", 0) for name, value in items))


def decoder(*items: tuple[str, str], status: int = 400, limit: int = 1000, method: str = "GET") -> BodyDecoder:
    return BodyDecoder(fields(*items), status, limit, method)


def codes(body: BodyDecoder) -> list[str]:
    return [deviation.kind.code for deviation in body.deviations]


@given(headers, bodies, cuts, st.sampled_from([1000, 0, 5]))
@example(CHUNKED, b"3\r\nabc\r\nzz\r\nabc", [9, 1], 1000)
@example(CHUNKED, b"3\r\nabcxx\r\n", [9, 1], 1000)
def test_any_chopping_of_any_bytes_gives_the_same_body(
    given_headers: tuple[tuple[str, str], ...], data: bytes, lengths: list[int], limit: int
) -> None:
    seen = []
    for portions in (iter([data]), chop(data, lengths), bytewise(data)):
        body = decoder(*given_headers, limit=limit)
        text = b"".join(map(body.feed, portions))
        body.finish()
        seen.append((text, body.rest, body.dropped, body.is_complete, [one.kind.code for one in body.deviations]))
    assert seen[0] == seen[1]
    assert seen[0] == seen[2]
    assert len(seen[0][0]) <= limit


def test_a_length_ends_the_body() -> None:
    body = decoder(("Content-Length", "3"))
    assert (b"ab", False) == (body.feed(b"ab"), body.is_complete)
    assert (b"c", True, b"de") == (body.feed(b"cde"), body.is_complete, body.rest)
    assert (b"", b"def") == (body.feed(b"f"), body.rest)
    body.finish()
    assert [] == codes(body)


def test_a_body_shorter_than_its_length_is_cut() -> None:
    body = decoder(("Content-Length", "3"))
    body.feed(b"ab")
    body.finish()
    assert (False, ["body/cut"]) == (body.is_complete, codes(body))


def test_without_a_length_the_end_of_the_stream_ends_the_body() -> None:
    body = decoder()
    assert (b"abc", False) == (body.feed(b"abc"), body.is_complete)
    body.finish()
    assert (True, []) == (body.is_complete, codes(body))


@pytest.mark.parametrize("value", ["x", "-1", "1, 2", "²", "", "9" * 19])
def test_a_length_that_is_none_is_noted(value: str) -> None:
    body = decoder(("Content-Length", value))
    assert b"abc" == body.feed(b"abc")
    assert ["head/content-length-invalid"] == codes(body)


def test_the_same_length_twice_is_that_length() -> None:
    assert b"ab" == decoder(("Content-Length", "2"), ("Content-Length", "2, 2")).feed(b"abc")


@pytest.mark.parametrize(("status", "method"), [(101, "GET"), (204, "GET"), (304, "GET"), (200, "HEAD")])
def test_some_answers_have_no_body(status: int, method: str) -> None:
    body = decoder(*CHUNKED, status=status, method=method)
    assert (True, b"", b"abc") == (body.is_complete, body.feed(b"abc"), body.rest)


def test_chunks_are_joined_and_the_trailer_is_passed_over() -> None:
    body = decoder(*CHUNKED)
    assert b"abcde" == body.feed(b"3;x=y\r\nabc\r\n02 \ndeX"[:-1] + b"\r\n0\r\nA: b\r\n\r\nrest")
    assert (True, b"rest", []) == (body.is_complete, body.rest, codes(body))


def test_chunks_that_end_early_are_cut() -> None:
    body = decoder(*CHUNKED)
    assert b"ab" == body.feed(b"3\r\nab")
    body.finish()
    assert ["body/cut"] == codes(body)


@pytest.mark.parametrize("line", [b"x", b"+1", b"0_1", b"", b"-0", b"1" * 16])
def test_a_chunk_of_another_form_is_noted_and_the_rest_taken_as_it_is(line: bytes) -> None:
    body = decoder(*CHUNKED)
    assert b"a" + line + b"\r\nabc" == body.feed(b"1\r\na\r\n" + line + b"\r\nabc")
    assert b"def" == body.feed(b"def")
    body.finish()
    assert (["body/chunk-malformed"], True) == (codes(body), body.is_complete)


def test_a_chunk_longer_than_its_size_is_noted() -> None:
    body = decoder(*CHUNKED)
    assert b"abXX\r\n" == body.feed(b"2\r\nabXX\r\n")
    assert ["body/chunk-malformed"] == codes(body)


def test_a_size_line_without_end_is_given_up() -> None:
    body = decoder(*CHUNKED, limit=10000)
    assert b"" == body.feed(b"1" * 4096)
    assert b"1" * 4097 == body.feed(b"1")
    assert ["body/chunk-malformed"] == codes(body)


def test_what_lies_beyond_the_limit_is_counted_and_not_kept() -> None:
    body = decoder(limit=3)
    assert (b"ab", b"c", b"") == (body.feed(b"ab"), body.feed(b"cde"), body.feed(b"f"))
    assert 3 == body.dropped


def test_text_that_is_only_called_chunked_is_shown_without_waiting_for_a_line_end() -> None:
    body = decoder(*CHUNKED)
    assert (b"", b"Forb", b"idden") == (body.feed(b"F"), body.feed(b"orb"), body.feed(b"idden"))
    assert [("body/chunk-malformed", 0)] == [(one.kind.code, one.offset) for one in body.deviations]


def test_a_malformed_chunk_is_noted_with_its_place_in_the_body_as_it_came() -> None:
    body = decoder(*CHUNKED)
    body.feed(b"1\r\na\r\nzz")
    assert [6] == [one.offset for one in body.deviations]


def test_a_long_size_line_is_given_up_however_it_comes() -> None:
    data = b"1;" + b"x" * 5000 + b"\r\na\r\n0\r\n\r\n"
    for portions in ([data], bytewise(data)):
        body = decoder(*CHUNKED, limit=10000)
        assert data == b"".join(map(body.feed, portions))
        assert ["body/chunk-malformed"] == codes(body)


@pytest.mark.parametrize("codings", ["gzip", "chunked, gzip"])
def test_a_coding_that_does_not_end_with_chunks_runs_to_the_end_of_the_stream(codings: str) -> None:
    # RFC 9112 §6.3 item 4; Content-Length does not count beside Transfer-Encoding (item 3).
    body = decoder(("Transfer-Encoding", codings), ("Content-Length", "1"))
    assert b"1\r\nabc" == body.feed(b"1\r\nabc")
    body.finish()
    assert (True, []) == (body.is_complete, codes(body))


def test_the_last_of_several_codings_decides() -> None:
    assert b"a" == decoder(("Transfer-Encoding", "gzip"), ("transfer-encoding", " Chunked ,")).feed(b"1\r\na\r\n")


def test_a_tunnel_has_no_body_and_an_unreadable_status_may_have_one() -> None:
    assert decoder(*CHUNKED, status=200, method="CONNECT").is_complete
    assert b"abc" == decoder(status=407, method="CONNECT").feed(b"abc")
    assert b"abc" == decoder(status=0).feed(b"abc")


# --- Text ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"\xc3\xa9", None, "é"),
        (b"\xe9", None, "\\xe9"),
        (b"\xe9", "text/plain; charset=ISO-8859-1", "é"),
        (b"\xe9", 'text/plain; a=b; Charset = "latin-1"', "é"),
        (b"a\xff", "text/plain; charset=unknown", "a\\xff"),
        (b"a", "text/plain; charset=rot13", "a"),
        (b"a", "text/plain; charset=a\0b", "a"),
        (b"a", "text/plain; charset=", "a"),
        (b"\xff", "text/plain; charset=idna", "\\xff"),
        (b"\xef\xbb\xbf\xc3\xa9", "text/plain; charset=latin-1", "é"),
        ("é".encode("utf-16"), None, "é"),
        (b"\xfe\xff\x00a", "text/html", "a"),
    ],
)
def test_bodies_are_read_by_their_charset(body: bytes, content_type: str | None, expected: str) -> None:
    assert expected == decode_text(body, content_type)


@given(
    st.binary(max_size=20),
    st.text(max_size=20) | st.sampled_from(["utf-16", "utf-7", "idna", "punycode", "unicode_escape"]),
)
def test_any_charset_gives_a_text(body: bytes, charset: str) -> None:
    assert isinstance(decode_text(body, f"text/plain; charset={charset}"), str)


@pytest.mark.parametrize("charset", ["unicode_escape", "Unicode-Escape", "raw_unicode_escape", "undefined", "punycode"])
def test_codecs_of_python_that_are_no_charsets_are_not_for_peers_to_choose(charset: str) -> None:
    assert "\\d\\u0041" == decode_text(b"\\d\\u0041", f"text/plain; charset={charset}")


def test_a_text_can_be_encoded_again() -> None:
    assert "\\ud800" == decode_text(b"+2AA-", "text/plain; charset=utf-7")


@pytest.mark.parametrize(
    ("codings", "expected"),
    [(None, None), ("gzip, Deflate", None), ("identity", None), ("br", "br"), ("gzip, zstd", "zstd")],
)
def test_a_coding_that_stays_is_named(codings: str | None, expected: str | None) -> None:
    assert expected == unknown_coding(codings)


def test_a_limit_of_nothing_gives_nothing() -> None:
    assert b"" == decode_content(gzip.compress(b"abc", mtime=0), "gzip", 0)


@pytest.mark.parametrize(
    ("body", "coding", "expected"),
    [
        (b"abc", None, b"abc"),
        (b"abc", "br", b"abc"),
        (gzip.compress(b"abc", mtime=0), " GZIP", b"abc"),
        (gzip.compress(b"abc", mtime=0), "x-gzip", b"abc"),
        (zlib.compress(b"abc"), "deflate", b"abc"),
        (b"abc", "gzip", b"abc"),
        (zlib.compress(b"abc")[2:-4], "deflate", b"abc"),
        (gzip.compress(zlib.compress(b"abc"), mtime=0), "deflate, identity, GZIP", b"abc"),
        (gzip.compress(b"abc", mtime=0), "br, gzip", b"abc"),
        (b"abc", "identity", b"abc"),
        (gzip.compress(bytes(10**6), mtime=0), "gzip", bytes(100)),
    ],
)
def test_codings_are_removed_within_the_limit(body: bytes, coding: str | None, expected: bytes) -> None:
    assert expected == decode_content(body, coding, 100)
