"""Frames as people write them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.errors import UsageProblem
from wscli.protocol.frame_spec import decode_frame_spec
from wscli.protocol.step import SendFrame
from wscli.wire.frames import FrameOrder


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("text:hello", SendFrame(FrameOrder(1, b"hello"))),
        ("TEXT", SendFrame(FrameOrder(1))),
        ("ping", SendFrame(FrameOrder(9))),
        ("cont,fin=0:a:b", SendFrame(FrameOrder(0, b"a:b", fin=False))),
        ("0xb,rsv=7", SendFrame(FrameOrder(11, rsv=7))),
        ("binary,hex:00 ff", SendFrame(FrameOrder(2, b"\x00\xff"))),
        ("text,mask=none:x", SendFrame(FrameOrder(1, b"x"), is_masked_by_role=False)),
        ("text,mask=01020304:x", SendFrame(FrameOrder(1, b"x", mask_key=b"\1\2\3\4"))),
        ("text,length=300,form=64:x", SendFrame(FrameOrder(1, b"x", declared_length=300, length_form=64))),
        ("close,hex:03e8", SendFrame(FrameOrder(8, b"\x03\xe8"))),
    ],
)
def test_a_frame_is_what_was_written(text: str, order: SendFrame) -> None:
    assert order == decode_frame_spec(text)


@pytest.mark.parametrize(
    "text",
    ["", "hex:00", "nonsense", "16", "text,fin=2", "text,rsv=8", "text,mask=12", "text,mask=zz", "text,form=8",
     "text,form=7,length=200", "text,length=-1", "text,hex:0g", "text,color=red", "text,form=16,length=70000"],
)  # fmt: skip
def test_anything_else_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        decode_frame_spec(text)
    assert text == caught.value.value
    assert "OPCODE" in str(caught.value.hint)


@given(st.text(max_size=40))
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(UsageProblem):
        decode_frame_spec(text)
