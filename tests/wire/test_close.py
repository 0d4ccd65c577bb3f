"""Close payloads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.errors import UsageProblem
from wscli.wire.close import ClosePayload, close_code_name, decode_close, encode_close, fit_reason


@pytest.mark.parametrize(
    ("raw", "code", "reason", "codes"),
    [
        (b"", None, "", []),
        (b"\x03", None, "", ["close/code-cut"]),
        (b"\x03\xe8", 1000, "", []),
        (b"\x03\xf0bad", 1008, "bad", []),
        (b"\x03\xed", 1005, "", ["close/code-reserved"]),
        (b"\x03\xe7", 999, "", ["close/code-range"]),
        (b"\x13\x88", 5000, "", ["close/code-range"]),
        (b"\x07\xd0", 2000, "", ["close/code-unassigned"]),
        (b"\x0b\xb8", 3000, "", []),
        (b"\x13\x87", 4999, "", []),
        (b"\x03\xe8a\xff", 1000, "a\udcff", ["close/reason-not-utf8"]),
    ],
)
def test_a_payload_is_decoded_and_judged(raw: bytes, code: int | None, reason: str, codes: list[str]) -> None:
    close = decode_close(raw)
    assert (code, reason, codes) == (close.code, close.reason, [one.kind.code for one in close.deviations])


@given(st.binary(max_size=130).filter(lambda raw: len(raw) != 1))
def test_encoding_gives_the_decoded_bytes_back(raw: bytes) -> None:
    close = decode_close(raw)
    assert raw == close.raw == encode_close(close.code, close.reason)


def test_what_cannot_be_a_close_is_refused() -> None:
    for code, reason in ((65536, ""), (-1, ""), (None, "why")):
        with pytest.raises(UsageProblem):
            encode_close(code, reason)


@given(st.text(max_size=200))
def test_a_reason_is_cut_at_a_character(reason: str) -> None:
    fitted = fit_reason(reason.encode("utf-8", "replace").decode())
    assert len(fitted.encode()) <= 123


@pytest.mark.parametrize(
    ("code", "name"),
    [(1008, "policy violation"), (3500, "registered range"), (4400, "private use"), (2000, "unassigned"), (9, "unassigned")],
)
def test_codes_have_names(code: int, name: str) -> None:
    assert name == close_code_name(code)


def test_an_offset_counts_from_the_beginning_of_the_payload() -> None:
    assert [3] == [one.offset for one in decode_close(b"\x03\xe8a\xff").deviations]
    assert ClosePayload(b"", None, "") == decode_close(b"")
