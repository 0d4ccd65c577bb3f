"""A connection seen from outside comes to the events that the client itself has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.wire_script import fixed_entropy, trace
from wscli.events import Event, Interest, MessageKind, StreamEnd
from wscli.protocol.accepting import build_acceptance
from wscli.protocol.client import ClientConnection
from wscli.protocol.observing import Observer
from wscli.protocol.server import ServerConnection
from wscli.protocol.step import Order, SendBytes, SendClose, SendMessage, SendPing
from wscli.settings import ConnectionSettings, Limits, Liveness
from wscli.wire.deflate import DeflateParameters
from wscli.wire.url import decode_url


def conversation(orders: list[tuple[bool, Order]], *, deflate: bool) -> tuple[list[Event], list[tuple[bool, bytes]]]:
    """Return the client's events of a conversation of our two cores, and the bytes: whether the client's, and them."""
    settings = ConnectionSettings(decode_url("ws://h/"))
    client = ClientConnection(settings, fixed_entropy)
    server = ServerConnection(fixed_entropy, Interest.MESSAGES, Limits(), Liveness())
    events: list[Event] = []
    wire: list[tuple[bool, bytes]] = []

    def bytes_of(step: object) -> bytes:
        return b"".join(effect.data for effect in step.effects if isinstance(effect, SendBytes))  # type: ignore[attr-defined]

    def pass_on(data: bytes, *, of_client: bool) -> None:
        while data:
            wire.append((of_client, data))
            if of_client:
                data = bytes_of(server.receive(data, 0.0))
            else:
                step = client.receive(data, 0.0)
                events.extend(step.events)
                data = bytes_of(step)
            of_client = not of_client

    server.start(0.0)
    begun = client.start(0.0)
    events += begun.events
    wire.append((True, bytes_of(begun)))
    server.receive(bytes_of(begun), 0.0)
    assert server.request is not None
    acceptance = build_acceptance(server.request, subprotocols=(), deflate=DeflateParameters() if deflate else None)
    pass_on(bytes_of(server.accept(acceptance, 0.0)), of_client=False)
    for of_client, order in orders:
        if of_client:
            step = client.send((order,), 0.0)
            events += step.events
            pass_on(bytes_of(step), of_client=True)
        else:
            pass_on(bytes_of(server.send((order,), 0.0)), of_client=False)
    events += client.receive_eof(0.0, StreamEnd.FINISHED).events
    return events, wire


payloads = st.one_of(st.text(max_size=40).map(str.encode), st.just(b"again and again " * 20))
orders = st.lists(
    st.tuples(
        st.booleans(),
        st.one_of(
            st.builds(SendMessage, st.just(MessageKind.TEXT), payloads, st.sampled_from(((), (3, 4)))),
            st.builds(SendMessage, st.just(MessageKind.BINARY), st.binary(max_size=200)),
            st.builds(SendPing, st.binary(max_size=10)),
        ),
    ),
    max_size=8,
)


@given(orders, st.booleans(), st.booleans())
def test_what_is_seen_from_outside_is_what_the_client_saw(
    said: list[tuple[bool, Order]], deflate: bool, client_closes: bool
) -> None:
    events, wire = conversation([*said, (client_closes, SendClose(1001, "done"))], deflate=deflate)
    observer = Observer()
    seen: list[Event] = []
    for of_client, data in wire:
        seen += observer.sent(data, 0.0) if of_client else observer.received(data, 0.0)
    seen += observer.ended(StreamEnd.FINISHED, 0.0)
    assert trace(tuple(events)) == trace(tuple(seen))


@given(orders, st.booleans(), st.data())
def test_chopping_changes_nothing(said: list[tuple[bool, Order]], deflate: bool, data: st.DataObject) -> None:
    _, wire = conversation([*said, (True, SendClose(1000))], deflate=deflate)
    whole, chopped = Observer(), Observer()
    expected: list[Event] = []
    seen: list[Event] = []
    for of_client, said_bytes in wire:
        expected += whole.sent(said_bytes, 0.0) if of_client else whole.received(said_bytes, 0.0)
        while said_bytes:
            cut = data.draw(st.integers(1, len(said_bytes)))
            part, said_bytes = said_bytes[:cut], said_bytes[cut:]  # noqa: PLW2901
            seen += chopped.sent(part, 0.0) if of_client else chopped.received(part, 0.0)
    assert expected == seen
