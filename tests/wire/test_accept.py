from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.utils import accept_key

from wscli.wire.accept import accept_for, encode_key, is_key


def test_the_example_of_the_rfc() -> None:
    # RFC 6455 §1.3
    assert "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" == accept_for("dGhlIHNhbXBsZSBub25jZQ==")
    assert "dGhlIHNhbXBsZSBub25jZQ==" == encode_key(b"the sample nonce")


@given(st.binary(min_size=16, max_size=16))
def test_every_key_is_one_and_is_answered_as_websockets_answers(nonce: bytes) -> None:
    key = encode_key(nonce)
    assert is_key(key)
    assert accept_key(key) == accept_for(key)


@pytest.mark.parametrize(
    "text", ["", "a" * 24, "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ==\n", "dGhlIHNhbXBsZSBub25jZWE=", "é" * 24]
)
def test_what_is_no_key_is_known(text: str) -> None:
    assert not is_key(text)


@given(st.text(max_size=30))
def test_any_text_is_answered_and_judged(text: str) -> None:
    assert 28 == len(accept_for(text))
    assert is_key(text) in (True, False)
