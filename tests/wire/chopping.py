"""Bytes in the portions in which a stream may bring them."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

cuts = st.lists(st.integers(0, 60), max_size=12)
"""Lengths of portions; what is left over comes in one."""


def chop(data: bytes, lengths: list[int]) -> Iterator[bytes]:
    """Yield the data in portions of these lengths, then the rest; empty portions are among them."""
    for length in lengths:
        yield data[:length]
        data = data[length:]
    yield data


def bytewise(data: bytes) -> Iterator[bytes]:
    """Yield the data byte by byte."""
    return (data[place : place + 1] for place in range(len(data)))
