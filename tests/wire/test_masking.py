from __future__ import annotations

import sys
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wscli.wire import masking
from wscli.wire.masking import ACCELERATED_FROM, STRIDED_FROM, mask, mask_integer, mask_strided

keys = st.binary(min_size=4, max_size=4)
LARGE = bytes(range(256)) * (ACCELERATED_FROM // 256) + b"xyz"


def oracle(data: bytes, key: bytes, start: int = 0) -> bytes:
    """Mask byte by byte as RFC 6455 §5.3 writes it."""
    return bytes(byte ^ key[(start + place) % 4] for place, byte in enumerate(data))


@given(st.binary(max_size=600), keys, st.integers(0, 9))
@example(b"", b"\0\0\0\0", 0)
@example(LARGE[: STRIDED_FROM + 1], b"\1\2\3\4", 3)
@example(LARGE, b"\xff\0\xff\1", 1)
def test_masking_is_that_of_the_rfc_and_its_own_inverse(data: bytes, key: bytes, start: int) -> None:
    masked = mask(data, key, start)
    assert oracle(data, key, start) == masked
    assert data == mask(masked, key, start)


@given(st.binary(max_size=600), keys)
def test_the_quick_ways_and_the_slow_one_agree(data: bytes, key: bytes) -> None:
    assert oracle(data, key) == mask_integer(data, key)
    assert oracle(data, key) == mask_strided(data, key)


@pytest.mark.parametrize("start", [0, 1])
def test_without_the_c_masker_large_payloads_are_masked_too(monkeypatch: pytest.MonkeyPatch, start: int) -> None:
    monkeypatch.setattr(masking, "_accelerator", [])
    monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    assert oracle(LARGE, b"\1\2\3\4", start) == mask(LARGE, b"\1\2\3\4", start)
    assert [None] == masking._accelerator


def test_a_c_masker_that_masks_otherwise_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    other = ModuleType("websockets.speedups")
    other.apply_mask = lambda data, _key: data  # type: ignore[attr-defined]
    monkeypatch.setattr(masking, "_accelerator", [])
    monkeypatch.setitem(sys.modules, "websockets.speedups", other)
    assert oracle(LARGE, b"\1\2\3\4") == mask(LARGE, b"\1\2\3\4")


def test_a_c_masker_that_masks_rightly_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def apply_mask(data: bytes, key: bytes) -> bytes:
        calls.append(len(data))
        return oracle(data, key)

    module = ModuleType("websockets.speedups")
    module.apply_mask = apply_mask  # type: ignore[attr-defined]
    monkeypatch.setattr(masking, "_accelerator", [])
    monkeypatch.setitem(sys.modules, "websockets.speedups", module)
    assert oracle(LARGE, b"\1\2\3\4") == mask(LARGE, b"\1\2\3\4")
    mask(LARGE, b"\1\2\3\4")
    assert [9, len(LARGE), len(LARGE)] == calls
