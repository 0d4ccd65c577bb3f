"""Masking, three ways that must agree."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.wire import masking
from wscli.wire.masking import ACCELERATED_FROM, STRIDED_FROM, mask, mask_integer, mask_strided

keys = st.binary(min_size=4, max_size=4)


def slowly(data: bytes, key: bytes, start: int = 0) -> bytes:
    return bytes(byte ^ key[(start + place) % 4] for place, byte in enumerate(data))


@given(st.binary(max_size=100), keys, st.integers(0, 9))
def test_masking_is_an_exclusive_or_with_the_turning_key(data: bytes, key: bytes, start: int) -> None:
    assert slowly(data, key, start) == mask(data, key, start)
    assert data == mask(mask(data, key, start), key, start)
    assert slowly(data, key) == mask_integer(data, key) == mask_strided(data, key)


@pytest.mark.parametrize("length", [STRIDED_FROM, STRIDED_FROM + 3, ACCELERATED_FROM, ACCELERATED_FROM + 1])
def test_large_payloads_are_masked_alike(length: int) -> None:
    data = bytes(range(256)) * (length // 256) + b"x" * (length % 256)
    assert slowly(data, b"\1\2\3\4", 2) == mask(data, b"\1\2\3\4", 2)


def test_without_the_accelerator_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_accelerator", [])
    monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    data = b"abc" * ACCELERATED_FROM
    assert slowly(data, b"\1\2\3\4") == mask(data, b"\1\2\3\4")
    assert [None] == masking._accelerator


def test_an_accelerator_that_masks_wrong_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong:
        @staticmethod
        def apply_mask(data: bytes, _key: bytes) -> bytes:
            return data

    monkeypatch.setattr(masking, "_accelerator", [])
    monkeypatch.setitem(sys.modules, "websockets.speedups", Wrong)
    data = b"abc" * ACCELERATED_FROM
    assert slowly(data, b"\1\2\3\4") == mask(data, b"\1\2\3\4")
