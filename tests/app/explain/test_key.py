from __future__ import annotations

from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.app.explain.key import explain_accept, explain_key, is_accept
from wscli.wire.accept import GUID, accept_for, encode_key


def test_the_working_is_that_of_the_rfc() -> None:
    # RFC 6455 §1.3
    facts = dict(explain_key("dGhlIHNhbXBsZSBub25jZQ==").facts)
    assert b"the sample nonce".hex(" ") == facts["nonce"]
    assert "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11" == facts["+ GUID"]
    assert "b3 7a 4f 2c c0 62 4f 16 90 f6 46 06 cf 38 59 45 b2 be c4 ea" == facts["SHA-1"]
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" == facts["answer"]


@given(st.binary(min_size=16, max_size=16))
def test_every_step_follows_from_the_one_before(nonce: bytes) -> None:
    key = encode_key(nonce)
    facts = dict(explain_key(key).facts)
    assert sha1((key + GUID).encode()).digest().hex(" ") == facts["SHA-1"]
    assert accept_for(key) == facts["base64"]
    assert is_accept(facts["base64"])
    assert facts["SHA-1"] == dict(explain_accept(facts["base64"]).facts)["SHA-1"]


@pytest.mark.parametrize("text", ["", "é" * 28, "a" * 28, "dGhlIHNhbXBsZSBub25jZQ=="])
def test_what_is_no_accept_value_is_known(text: str) -> None:
    assert not is_accept(text)
