from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.wire.chopping import bytewise, chop, cuts
from wscli.errors import UsageProblem
from wscli.wire.deviations import HEAD_NOT_HTTP, Deviation
from wscli.wire.head import (
    Fields,
    RequestDecoder,
    RequestHead,
    ResponseDecoder,
    ResponseHead,
    encode_request,
    encode_response,
)

ends = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b""])
status_lines = st.one_of(
    st.builds(
        b"HTTP/%d.%d %d%s".__mod__,
        st.tuples(
            st.integers(0, 3),
            st.integers(0, 12),
            st.integers(0, 1100),
            st.sampled_from([b"", b" ", b" OK", b" Switching Protocols", b" \xc3\xa9", b" a\x00b", b"\tx"]),
        ),
    ),
    st.sampled_from(
        [b"", b"HTTP/1.1", b"http/1.1 101 x", b"HTTP/\xb9.1 101 x", b"HTTP/1.1  101 x", b"SSH-2.0-x", b"HTT"]
    ),
)
request_lines = st.one_of(
    st.sampled_from(
        [b"GET / HTTP/1.1", b"GET / HTTP/1.0", b"get /?a#b HTTP/2.0", b"GET /", b"GET", b"G@T / HTTP/1.1", b""]
    ),
    st.sampled_from([b"GET  / HTTP/1.1", b"GET /a b HTTP/1.1", b" GET / HTTP/1.1", b"\x16\x03\x01", b"GET / http/1.1"]),
)
field_lines = st.one_of(
    st.sampled_from(
        [b"Upgrade: websocket", b"Host:x", b"X : y", b": y", b" folded", b"\tfolded\x01", b"no colon", b"a@b: c"]
    ),
    st.builds(b"%b:%b".__mod__, st.tuples(st.sampled_from([b"A", b"x-y", b""]), st.binary(max_size=8))),
    st.builds(b"X-%b: %b".__mod__, st.tuples(st.from_regex(rb"\A[a-z]{1,5}\Z"), st.from_regex(rb"\A[ -~]{0,9}\Z"))),
)


def head_bytes(lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    line = st.tuples(field_lines, ends).map(b"".join)
    blank = st.sampled_from([b"", b"", b"\r\n", b"\n\r\n", b"\r", b"\r\n" * 40])
    head = st.tuples(blank, lines, ends, st.lists(line, max_size=4).map(b"".join), ends, st.binary(max_size=9))
    return head.map(b"".join) | st.binary(max_size=90)


responses, requests = head_bytes(status_lines), head_bytes(request_lines)
limits = st.sampled_from([65536, 65536, 0, 3, 20, 60])


def decode(decoder: Any, portions: Iterable[bytes]) -> tuple[Any, bytes]:
    """Return the head of a stream that ends, and what followed it."""
    head, after = None, b""
    for portion in portions:
        if head is None:
            head = decoder.feed(portion)
        else:
            after += portion
    if head is None:
        head = decoder.finish()
    return head, decoder.rest + after


def comparable(head: Any) -> Any:
    """Return a head without the sample of what is no HTTP: it shows whatever had come by then."""
    if head is None:
        return None
    kept = tuple(one.replace(detail="") if one.kind is HEAD_NOT_HTTP else one for one in head.deviations)
    return head.replace(deviations=kept)


def response(data: bytes, limit: int = 65536) -> ResponseHead:
    head = decode(ResponseDecoder(limit), [data])[0]
    assert isinstance(head, ResponseHead)
    return head


def request(data: bytes) -> RequestHead:
    head = decode(RequestDecoder(), [data])[0]
    assert isinstance(head, RequestHead)
    return head


def places(found: Iterable[Deviation]) -> list[tuple[str, int | None]]:
    return [(deviation.kind.code.partition("/")[2], deviation.offset) for deviation in found]


# --- Laws ------------------------------------------------------------------------------------------------------------
@given(st.sampled_from([ResponseDecoder, RequestDecoder]), responses | requests, cuts, limits)
@example(ResponseDecoder, b"SSH-2.0\r\n\r\n", [1], 65536)
@example(ResponseDecoder, b"HTTP/1.1 101 x\r\n\r\nabc", [1], 5)
@example(RequestDecoder, b"\r\n" * 40 + b"GET / HTTP/1.1\r\n\r\n@", [80], 65536)
@example(RequestDecoder, b"\r\r\n\n@", [], 65536)
def test_any_chopping_of_any_bytes_gives_the_same_head(kind: Any, data: bytes, lengths: list[int], limit: int) -> None:
    whole, rest = decode(kind(limit), [data])
    for portions in (chop(data, lengths), bytewise(data)):
        chopped, chopped_rest = decode(kind(limit), portions)
        assert comparable(whole) == comparable(chopped)
        assert rest == chopped_rest


@given(st.sampled_from([ResponseDecoder, RequestDecoder]), responses | requests, cuts, limits)
def test_no_byte_is_lost(kind: Any, data: bytes, lengths: list[int], limit: int) -> None:
    head, rest = decode(kind(limit), chop(data, lengths))
    assert data == (head.raw if head else b"") + rest


@given(st.sampled_from([ResponseDecoder, RequestDecoder]), responses | requests)
def test_fields_lie_in_the_head_where_they_say(kind: Any, data: bytes) -> None:
    head, _ = decode(kind(), [data])
    for field in head.fields if head else ():
        assert field.raw == head.raw[field.offset : field.offset + len(field.raw)]
        assert all(one.offset is None or 0 <= one.offset <= len(field.raw) for one in field.deviations)
    for deviation in head.all_deviations if head else ():
        assert deviation.offset is None or 0 <= deviation.offset <= len(head.raw)


def h11_reads(role: Any, data: bytes) -> Any:
    """Return what h11 makes of the head; RemoteProtocolError where it refuses it."""
    connection = h11.Connection(role)
    if role is h11.CLIENT:
        connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x"), ("Upgrade", "websocket")]))
        connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    return connection.next_event()


def is_clean(head: ResponseHead | RequestHead | None) -> bool:
    return head is not None and not any(one.is_must for one in head.all_deviations)


@given(responses)
@example(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n")
@example(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX-y: \t z \r\n\r\nabc")
def test_what_h11_accepts_of_a_response_is_read_alike(data: bytes) -> None:
    ours, _ = decode(ResponseDecoder(), [data])
    try:
        theirs = h11_reads(h11.CLIENT, data)
    except h11.RemoteProtocolError:
        return
    if not is_clean(ours) or theirs in (h11.NEED_DATA, h11.PAUSED):
        return
    assert (theirs.status_code, theirs.reason) == (ours.status, ours.reason.encode("latin-1"))
    assert list(theirs.headers.raw_items()) == encoded(ours.fields)


@given(requests)
@example(b"GET / HTTP/1.1\r\nHost:  x\r\nA: b\r\n\r\n")
def test_what_h11_accepts_of_a_request_is_read_alike(data: bytes) -> None:
    ours, _ = decode(RequestDecoder(), [data])
    try:
        theirs = h11_reads(h11.SERVER, data)
    except h11.RemoteProtocolError:
        return
    if not is_clean(ours) or theirs in (h11.NEED_DATA, h11.PAUSED):
        return
    assert (theirs.method, theirs.target) == (ours.method.encode(), ours.target.encode("latin-1"))
    assert list(theirs.headers.raw_items()) == encoded(ours.fields)


def encoded(fields: Fields) -> list[tuple[bytes, bytes]]:
    return [(field.name.encode("latin-1"), field.value.encode("latin-1")) for field in fields]


# --- Responses -------------------------------------------------------------------------------------------------------
def test_a_response_is_read() -> None:
    decoder = ResponseDecoder()
    assert decoder.feed(b"HTTP/1.1 101 Switching Protocols\r\nUp") is None
    assert b"HTTP/1.1 101 Switching Protocols\r\nUp" == decoder.pending
    head = decoder.feed(b"grade:  websocket \r\n\r\n\x81\x00")
    assert head is not None
    assert ("HTTP/1.1", 101, "Switching Protocols", ()) == (head.version, head.status, head.reason, head.all_deviations)
    assert [("Upgrade", "websocket")] == [(field.name, field.value) for field in head.fields]
    assert b"\x81\x00" == decoder.rest
    assert b"" == decoder.pending
    assert decoder.finish() is None


@pytest.mark.parametrize(
    ("line", "status", "reason", "found"),
    [
        (b"HTTP/1.1 200 ", 200, "", [("reason-missing", 13)]),
        (b"HTTP/1.1 200", 200, "", [("reason-space-missing", 12)]),
        (b"HTTP/1.1 99 x", 99, "x", [("status-line-malformed", 0), ("status-code-range", 9)]),
        (b"HTTP/1.1 600 x", 600, "x", [("status-code-range", 9)]),
        (b"HTTP/1.1  101 x", 101, "x", [("status-line-malformed", 0)]),
        (b"HTTP/1.1  600 x", 600, "x", [("status-line-malformed", 0), ("status-code-range", 10)]),
        (b"HTTP/1.1 abc x", 0, "abc x", [("status-line-malformed", 0)]),
        (b"HTTP/1.1 1234567890 x", 0, "1234567890 x", [("status-line-malformed", 0)]),
        (b"HTTP/1.1 \xb9\xb9\xb9 x", 0, "¹¹¹ x", [("not-ascii", 9), ("status-line-malformed", 0)]),
        (b"HTTP/1.1", 0, "", [("status-line-malformed", 0)]),
        (b"http/1.1 101 x", 101, "x", [("version-malformed", 0)]),
        (b"HTTP/1.10 101 x", 101, "x", [("version-malformed", 0)]),
        (b"HTTP/\xb9.1 101 x", 101, "x", [("not-ascii", 5), ("version-malformed", 0)]),
        (b"HTTP/1.1 101 a\x00b", 101, "a\x00b", [("nul", 14)]),
        (b"HTTP/1.1 101 a\x1bb", 101, "a\x1bb", [("control-character", 14)]),
        (b"HTTP/1.1 101 a\tb", 101, "a\tb", []),
        (b"HTTP/1.1 101 a\rb", 101, "a\rb", [("bare-carriage-return", 14)]),
    ],
)
def test_status_lines_are_read_and_judged(line: bytes, status: int, reason: str, found: list[Any]) -> None:
    head = response(line + b"\r\n\r\n")
    assert (status, reason, found) == (head.status, head.reason, places(head.deviations))


def test_lines_that_end_with_a_line_feed_alone_are_taken_and_noted() -> None:
    head = response(b"HTTP/1.1 101 x\nA: b\r\nC: d\n\n")
    assert ("b", "d") == (head.fields.get("a"), head.fields.get("c"))
    assert [("line-feed-only", 14), ("line-feed-only", 26), ("line-feed-only", 25)] == places(head.all_deviations)


def test_empty_lines_before_the_status_line_are_noted() -> None:
    head = response(b"\r\n\nHTTP/1.1 101 x\r\n\r\n")
    assert 101 == head.status
    assert [("leading-empty-line", 0), ("leading-empty-line", 2)] == places(head.deviations)


@pytest.mark.parametrize("data", [b"SSH-2.0-OpenSSH\r\n", b"\x15\x03\x03\x00", b"\r\n<html>"])
def test_bytes_that_are_no_http_are_told_at_once(data: bytes) -> None:
    decoder = ResponseDecoder()
    head = decoder.feed(data)
    assert head is not None
    assert (b"", 0, data) == (head.raw, head.status, decoder.rest)
    assert [("not-http", 0)] == places(head.deviations)
    assert repr(data)[2:-1] == head.deviations[0].detail


@pytest.mark.parametrize(("data", "code"), [(b"HTT", "not-http"), (b"\r\n", "not-http"), (b"HTTP/1.1 1", "cut")])
def test_a_head_that_the_end_of_the_stream_cuts_is_noted(data: bytes, code: str) -> None:
    assert code == places(response(data).deviations)[-1][0]


def test_without_a_byte_there_is_no_head() -> None:
    assert ResponseDecoder().finish() is None


def test_a_head_larger_than_the_limit_is_cut_at_the_limit() -> None:
    decoder = ResponseDecoder(30)
    head = decoder.feed(b"HTTP/1.1 101 x\r\nA: " + b"b" * 90)
    assert head is not None
    assert (30, b"b" * 79) == (len(head.raw), decoder.rest)
    assert [("too-large", 30)] == places(head.deviations)


def test_a_limit_inside_the_empty_lines_leaves_no_status_line() -> None:
    head = response(b"\r\n" * 20, limit=10)
    assert (0, "", [("too-large", 10)]) == (head.status, head.version, places(head.deviations)[-1:])


@pytest.mark.parametrize("last", [b"HTTP/1.1 101 x\r\n\r\n", b"SSH-2.0\r\n"])
def test_after_the_head_everything_is_rest(last: bytes) -> None:
    decoder = ResponseDecoder()
    head = decoder.feed(last)
    assert head is not None
    before = decoder.rest
    assert decoder.feed(b"HTTP/1.1 200 OK\r\n\r\n") is None
    assert before + b"HTTP/1.1 200 OK\r\n\r\n" == decoder.rest


# --- Fields ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lines", "expected", "found"),
    [
        (b"A:b\r\n", [("A", "b")], []),
        (b"A:\r\n", [("A", "")], []),
        (b"A : b\r\n", [("A", "b")], [("space-before-colon", 1)]),
        (b"no colon\r\n", [("no colon", "")], [("field-no-colon", 0)]),
        (b": b\r\n", [("", "b")], [("field-name-empty", 0)]),
        (b"A: b\r\n : b\r\n", [("A", "b : b")], [("field-folded", 6)]),
        (b"A@: b\r\n", [("A@", "b")], [("field-name-invalid", 0)]),
        (b" A: b\r\n", [("A", "b")], [("field-name-invalid", 0)]),
        (b"A: b\r\n\t c\xff \r\nD: e\r\n", [("A", "b c\xff"), ("D", "e")], [("field-folded", 6), ("not-ascii", 9)]),
        (b"A:\r\n  \r\n", [("A", "")], [("field-folded", 4)]),
        (b"A: b\rC: d\r\n", [("A", "b\rC: d")], [("bare-carriage-return", 4)]),
    ],
)
def test_fields_are_read_and_judged(lines: bytes, expected: list[tuple[str, str]], found: list[Any]) -> None:
    head = response(b"HTTP/1.1 101 x\r\n" + lines + b"\r\n")
    assert expected == [(field.name, field.value) for field in head.fields]
    assert found == [place for field in head.fields for place in places(field.deviations)]
    assert [(code, 16 + place) for code, place in found] == places(head.all_deviations)


@pytest.mark.parametrize(("end", "value"), [(b"\r", "b"), (b"\r\n\r", "b"), (b"\r\n c\r", "b c")])
def test_half_a_line_end_is_no_part_of_a_value(end: bytes, value: str) -> None:
    head = response(b"HTTP/1.1 101 x\r\nA: b" + end)
    assert [("A", value)] == [(field.name, field.value) for field in head.fields]
    assert "cut" == places(head.deviations)[-1][0]


def test_a_head_of_folds_alone_takes_time_in_proportion_to_its_length() -> None:
    # Grown fold by fold this took 12 seconds for 64 KiB and would run into the time limit of a test here.
    count = 1 << 17
    head = response(b"HTTP/1.1 101 x\r\nA: b\n" + b" \n" * count + b"\n", limit=1 << 20)
    assert 1 == len(head.fields)
    assert count == sum(code == "field-folded" for code, _ in places(head.all_deviations))


def test_fields_are_found_without_case() -> None:
    fields = response(b"HTTP/1.1 101 x\r\nA: 1\r\nb: 2\r\na: 3\r\n\r\n").fields
    assert ("1", "3") == fields.all("A")
    assert ("2", None) == (fields.get("B"), fields.get("c"))
    assert ("1, 3", None) == (fields.joined("a"), fields.joined("c"))
    assert "B" in fields
    assert "c" not in fields
    assert 1 not in fields
    assert 3 == len(fields)


# --- Requests --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "expected", "found"),
    [
        (b"GET /a HTTP/1.1", ("GET", "/a", "HTTP/1.1"), []),
        (b"GET /a HTTP/1.x", ("GET", "/a", "HTTP/1.x"), [("version-malformed", 0)]),
        (b"GET /a", ("GET", "/a", ""), [("request-line-malformed", 0)]),
        (b"GET /a b HTTP/1.1", ("GET", "/a b", "HTTP/1.1"), [("request-line-malformed", 0)]),
        (b"GET  HTTP/1.1", ("GET", "", "HTTP/1.1"), [("request-line-malformed", 0)]),
    ],
)
def test_request_lines_are_read_and_judged(line: bytes, expected: tuple[str, str, str], found: list[Any]) -> None:
    head = request(line + b"\r\nHost: x\r\n\r\n")
    assert expected == (head.method, head.target, head.version)
    assert found == places(head.all_deviations)


@pytest.mark.parametrize(
    ("target", "local"),
    [
        ("/a?b=c://d", "/a?b=c://d"),
        ("*", "*"),
        ("http://h:8080/a?b", "/a?b"),
        ("ws://h", "/"),
        ("http://h?x=/y", "/?x=/y"),
        ("/a://b", "/a://b"),
    ],
)
def test_an_absolute_target_is_read_as_its_local_part(target: str, local: str) -> None:
    assert local == request(f"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode()).local_target


@pytest.mark.parametrize("data", [b"\x16\x03\x01", b"GET\r\n", b"G@T / HTTP/1.1\r\n", b"@", b"no"])
def test_bytes_that_are_no_request_are_told(data: bytes) -> None:
    assert [("not-http", 0)] == places(request(data).deviations)


def test_a_request_that_the_end_of_the_stream_cuts_is_noted() -> None:
    assert [("cut", 16)] == places(request(b"GET / HTTP/1.1\r\n").deviations)


def test_a_limit_inside_the_empty_lines_leaves_no_request_line() -> None:
    head = RequestDecoder(4).feed(b"\r\n\r\n\r\n")
    assert head is not None
    assert ("", [("too-large", 4)]) == (head.method, places(head.deviations)[-1:])


# --- Encoding --------------------------------------------------------------------------------------------------------
def test_heads_are_written_as_asked_for() -> None:
    fields = [("Host", "x"), ("Empty", ""), ("Odd Name", " \xe9")]
    expected = b"GET / HTTP/1.1\r\nHost: x\r\nEmpty:\r\nOdd Name:  \xe9\r\n\r\n"
    assert expected == encode_request("GET", "/", fields)
    assert b"HTTP/1.0 404 Not Found\r\n\r\n" == encode_response(404, "Not Found", [], "HTTP/1.0")


def test_text_outside_of_latin_1_is_written_as_utf_8() -> None:
    assert "X: ✓".encode() in encode_response(101, "x", [("X", "✓")])
    assert b"X: \xff\xe2\x9c\x93" in encode_response(101, "x", [("X", "\udcff✓")])


@pytest.mark.parametrize("value", ["a\r\nB: c", "a\nb", "a\rb", "a\0b"])
def test_a_line_break_in_a_header_is_refused(value: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        encode_request("GET", "/", [("A", value)])
    assert "header/line-break" == refused.value.code
    with pytest.raises(UsageProblem):
        encode_response(200, value, [])


@given(st.text(st.characters(exclude_categories=(), exclude_characters="\r\n\0"), max_size=9))
@example("\ud800")
def test_any_other_text_is_written_lone_surrogates_too(value: str) -> None:
    written = encode_request("GET", "/", [("A", f"b{value}")])
    assert written.startswith(b"GET / HTTP/1.1\r\nA: b")
    assert written.endswith(b"\r\n\r\n")
    assert 3 == written.count(b"\r\n")
