"""What a session has shown: found again by number, bounded whatever comes, and given back as a recording's batches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.repl.scripted import Table
from wscli import events as e
from wscli.events import Batch, MessageKind, Side
from wscli.repl.store import OVERHEAD, Store
from wscli.wire.frames import FrameOrder, encode_frame

ENDED = e.SessionEnded(None, None, None, is_clean=True, stream=None)


def received(number: int, payload: bytes, content: bytes | None = None) -> e.FrameReceived:
    return e.FrameReceived(number, encode_frame(FrameOrder(1, payload)), content)


def message(number: int, payload: bytes, first: int | None = None) -> e.MessageReceived:
    return e.MessageReceived(MessageKind.TEXT, payload, (number if first is None else first, number))


def test_a_frame_is_found_by_its_number_also_where_one_overtook_another() -> None:
    store = Store()
    for number in (1, 2, 4, 3, 5, 6, 7, 8, 10, 9):
        store.accept(Batch(0.0, (received(number, b"x"),)))
    assert list(range(1, 11)) == [kept.number for n in range(1, 11) if (kept := store.frame(n)) is not None]
    assert [None, None] == [store.frame(0), store.frame(11)]
    assert (1, 10) == (store.first_number, store.last_number)


def test_a_frame_far_from_its_place_is_found_too() -> None:
    store = Store()
    for number in (1, 10, 11, 12, 13, 14, 2, 15):
        store.accept(Batch(0.0, (received(number, b"x"),)))
    kept = store.frame(2)
    assert kept is not None
    assert 2 == kept.number
    assert store.frame(7) is None


def test_an_empty_store_has_nothing() -> None:
    store = Store()
    assert (0, 0, None, []) == (store.first_number, store.last_number, store.frame(1), list(store.messages()))
    assert store.unheard(lambda _payload: True) is None
    store.close()


def test_the_oldest_go_first_with_their_messages_and_are_counted() -> None:
    store = Store(kept_frames=2)
    for number in range(1, 5):
        store.accept(Batch(0.0, (received(number, b"x"), message(number, b"x"))))
    assert [4, 3] == [kept.number for kept in store.frames()]
    assert [(4, 4), (3, 3)] == [kept.frames for kept in store.messages()]
    assert 2 == store.dropped
    assert 4 == store.tallies[Side.REMOTE].messages


def test_the_newest_frame_stays_however_large() -> None:
    store = Store(kept_bytes=1000)
    store.accept(Batch(0.0, (received(1, b"x" * 5000), message(1, b"x" * 5000))))
    assert 1 == store.last_number
    assert 1 == len(list(store.messages()))


@given(st.lists(st.tuples(st.integers(0, 3000), st.none() | st.integers(0, 3000)), max_size=60))
def test_the_store_is_bounded_whatever_comes(sizes: list[tuple[int, int | None]]) -> None:
    store = Store(kept_bytes=10_000, kept_frames=20)
    for number, (size, inflated) in enumerate(sizes, 1):
        content = None if inflated is None else bytes(inflated)
        payload = bytes(size)
        store.accept(Batch(0.0, (received(number, payload, content), message(number, content or payload))))
        kept = list(store.frames())
        held = sum(len(one.frame.raw) + len(one.content or b"") + OVERHEAD for one in kept)
        held += sum(len(one.payload) for one in store.messages())
        assert len(kept) <= 20
        assert held <= 10_000 or len(kept) == 1
        assert number == store.last_number


def test_one_side_of_the_messages_can_be_asked_for() -> None:
    table = Table()
    table.come("out", Side.LOCAL)
    table.come("in")
    assert [b"in"] == [kept.payload for kept in table.desk.store.messages(Side.REMOTE)]
    assert [b"in", b"out"] == [kept.payload for kept in table.desk.store.messages()]


def test_what_was_heard_is_not_heard_again() -> None:
    store = Store()
    for number, payload in enumerate((b"a", b"b", b"c", b"b"), 1):
        store.accept(Batch(0.0, (received(number, payload), message(number, payload))))
    found = store.unheard(lambda payload: payload == b"b")
    assert found is not None
    assert (2, 2) == found.frames
    assert store.unheard(lambda payload: payload == b"a") is None
    assert store.unheard(lambda payload: payload == b"b") is None  # passed by in looking for the last one
    store.accept(Batch(0.0, (received(5, b"b"), message(5, b"b"))))
    store.hear()
    assert store.unheard(lambda _payload: True) is None


def test_what_is_kept_makes_a_recording() -> None:
    store = Store()
    opened = e.Opened(None, "", None)
    store.accept(Batch(0.1, (opened,)))
    first, second = e.FrameReceived(1, encode_frame(FrameOrder(1, b"a", fin=False))), received(2, b"b")
    whole = e.MessageReceived(MessageKind.TEXT, b"ab", (1, 2))
    sent = e.FrameSent(3, encode_frame(FrameOrder(1, b"c", mask_key=b"abcd")))
    told = e.MessageSent(MessageKind.TEXT, b"c", (3, 3))
    store.accept(Batch(0.2, (first, second, whole)))
    store.accept(Batch(0.3, (sent, told)))
    store.accept(Batch(0.4, (ENDED,)))
    batches = [(0.1, opened), (0.2, first), (0.2, second), (0.2, whole), (0.3, sent), (0.3, told), (0.4, ENDED)]
    assert batches == [(batch.at, *batch.events) for batch in store.batches()]


def test_the_rest_of_a_session_is_kept_beside_its_frames() -> None:
    store = Store()
    evidence = e.Evidence("path", "/graphql")
    finding = e.Finding("rule", "s", e.Severity.ERROR, e.Confidence.CERTAIN, (evidence,), "r", "q", (), "advice")
    store.accept(Batch(0.0, (e.Connected("127.0.0.1:1", ""), e.CertificatesReceived(()), e.Opened(None, "", None))))
    store.accept(Batch(1.0, (e.ApplicationRecognised("graphql", evidence), e.PongMatched(b"", 0.5), e.Noted("here"))))
    store.accept(Batch(2.0, (finding, ENDED)))
    assert 3 == len(store.handshake)
    assert ("graphql", [0.5], [finding], ENDED, 2.0) == (
        store.application, list(store.round_trips), store.findings, store.ended, store.ended_at,
    )  # fmt: skip
