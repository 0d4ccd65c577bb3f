from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ProtocolError
from websockets.frames import Close

from wscli.errors import UsageProblem
from wscli.wire.close import (
    CLOSE_CODES,
    MAX_REASON,
    close_code_name,
    decode_close,
    encode_close,
    fit_reason,
    judge_code,
)


@given(st.binary(max_size=130))
def test_any_payload_is_read_and_can_be_written_again(raw: bytes) -> None:
    read = decode_close(raw)
    assert raw == read.raw
    if len(raw) != 1:
        assert raw == encode_close(read.code, read.reason)


@pytest.mark.parametrize(
    ("raw", "code", "reason", "found"),
    [
        (b"", None, "", []),
        (b"\x03", None, "", [("close/code-cut", 0)]),
        (b"\x03\xe8", 1000, "", []),
        (b"\x03\xe8bye", 1000, "bye", []),
        (b"\x03\xed", 1005, "", [("close/code-reserved", 0)]),
        (b"\x03\xe7", 999, "", [("close/code-range", 0)]),
        (b"\x13\x88", 5000, "", [("close/code-range", 0)]),
        (b"\x03\xe8a\xff", 1000, "a\udcff", [("close/reason-not-utf8", 3)]),
        (b"\x07\xd0\xff", 2000, "\udcff", [("close/code-unassigned", 0), ("close/reason-not-utf8", 2)]),
    ],
)
def test_what_is_wrong_with_a_close_is_noted(raw: bytes, code: int | None, reason: str, found: list[object]) -> None:
    read = decode_close(raw)
    assert (code, reason) == (read.code, read.reason)
    assert found == [(deviation.kind.code, deviation.offset) for deviation in read.deviations]


@given(st.integers(0, 65535))
def test_codes_that_websockets_refuses_break_a_must(code: int) -> None:
    try:
        Close.parse(code.to_bytes(2, "big")).check()
    except ProtocolError:
        assert all(deviation.is_must for deviation in judge_code(code))
        assert judge_code(code)
    else:
        assert not judge_code(code)


@pytest.mark.parametrize("code", [-1, 65536])
def test_a_code_that_two_bytes_cannot_hold_is_refused(code: int) -> None:
    with pytest.raises(UsageProblem) as refused:
        encode_close(code)
    assert ("close/code", str(code)) == (refused.value.code, refused.value.value)


def test_a_reason_without_a_code_is_refused() -> None:
    assert b"" == encode_close(None)
    with pytest.raises(UsageProblem, match="needs a code"):
        encode_close(None, "bye")


@given(st.text(max_size=150))
def test_a_reason_is_cut_at_a_character(reason: str) -> None:
    fitted = fit_reason(reason)
    assert len(fitted.encode()) <= MAX_REASON
    assert reason.startswith(fitted)
    assert fitted == reason or len(fitted.encode()) > MAX_REASON - 4


def test_a_reason_with_undecodable_bytes_is_cut_too() -> None:
    assert "é" * 61 == fit_reason("é" * 100)
    assert "a" * 123 == fit_reason("a" * 123 + "\udcff")
    assert "\udcff" + "a" * 122 == fit_reason("\udcff" + "a" * 200)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (1000, "normal closure"),
        (3001, "registered range"),
        (4000, "private use"),
        (5000, "unassigned"),
        (2000, "unassigned"),
    ],
)
def test_codes_have_names(code: int, name: str) -> None:
    assert name == close_code_name(code)
    assert CLOSE_CODES.get(code, name) == name
