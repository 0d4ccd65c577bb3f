"""How bytes go out: slowly, in part, wrapped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wscli.serve.shaping import FULL, Shape, Shaper


def run_out(shaper: Shaper) -> tuple[bytes, float]:
    """Everything that comes out until nothing more is due, and when the last of it did."""
    out, now = b"", 0.0
    while (due := shaper.wake_at) is not None:
        now = due
        out += shaper.tick(now)
    return out, now


def test_a_plain_shape_lets_everything_through_at_once() -> None:
    shaper = Shaper(Shape())
    assert (b"hello", None, True) == (shaper.put(b"hello", 0.0), shaper.wake_at, shaper.is_empty)


def test_a_rate_takes_its_time() -> None:
    shaper = Shaper(Shape(rate=10))
    first = shaper.put(b"x" * 30, 0.0)
    rest, ended = run_out(shaper)
    assert (1, 30) == (len(first), len(first + rest))
    assert 2.8 < ended < 3.0
    assert b"" == shaper.tick(0.0)


def test_bytes_behind_a_rate_wait_for_those_before() -> None:
    shaper = Shaper(Shape(rate=1))
    assert b"a" == shaper.put(b"ab", 0.0)
    assert b"" == shaper.put(b"c", 0.5)
    assert (b"b", b"c") == (shaper.tick(1.0), shaper.tick(2.0))


def test_a_stall_stays_and_a_cut_ends() -> None:
    stalled, cut = Shaper(Shape(stall_after=3)), Shaper(Shape(cut_after=3))
    assert (b"hel", b"hel") == (stalled.put(b"hello", 0.0), cut.put(b"hello", 0.0))
    assert (False, True) == (stalled.is_cut, cut.is_cut)
    assert (None, True, b"") == (stalled.wake_at, stalled.is_empty, stalled.put(b"more", 1.0))


def test_too_much_that_waits_makes_it_full() -> None:
    shaper = Shaper(Shape(rate=1))
    shaper.put(bytes(FULL), 0.0)
    assert not shaper.is_full
    shaper.put(b"xx", 0.0)
    assert shaper.is_full


def test_what_follows_the_head_is_wrapped() -> None:
    shaper = Shaper(Shape(make_coder=lambda: lambda data: b"<" + data + b">"))
    assert b"head<one><two>" == shaper.put(b"head", 0.0) + shaper.put(b"one", 0.0) + shaper.put(b"two", 0.0)


@given(
    st.lists(st.binary(max_size=20), max_size=8),
    st.none() | st.integers(1, 500),
    st.none() | st.integers(0, 100),
    st.none() | st.integers(0, 100),
)
def test_what_comes_out_is_a_beginning_of_what_went_in(
    pieces: list[bytes], rate: int | None, stall: int | None, cut: int | None
) -> None:
    shaper = Shaper(Shape(rate=rate, stall_after=stall, cut_after=cut))
    out = b"".join(shaper.put(piece, 0.0) for piece in pieces) + run_out(shaper)[0]
    bound = min(limit for limit in (stall, cut, 10**6) if limit is not None)
    assert b"".join(pieces)[:bound] == out
