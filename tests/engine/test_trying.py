"""Addresses that are only connected to."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from wscli.engine.trying import Trial, Trials, maybe_address


@pytest.fixture
def stop() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def tried(addresses: tuple[str, ...], seconds: float, stop: int) -> dict[str, Trial]:
    trials = Trials(addresses, seconds)
    trials.finish(stop)
    taken = trials.take()
    assert () == trials.take()
    return {trial.address: trial for trial in taken}


@pytest.mark.parametrize("text", ["127.0.0.1:80", "[::1]:80"])
def test_an_address_is_read_back_from_its_text(text: str) -> None:
    address = maybe_address(text)
    assert address is not None
    assert text == address.text


@pytest.mark.parametrize("text", ["", "localhost:80", "127.0.0.1", "127.0.0.1:http", "/run/x.sock"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert None is maybe_address(text)


def test_each_address_says_how_it_went(stop: tuple[int, int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # and nobody listens
        good, bad = (f"127.0.0.1:{one.getsockname()[1]}" for one in (listener, unused))
        trials = tried((bad, "nonsense", good), 10.0, stop[0])
    assert {bad: "Connection refused (ECONNREFUSED)", "nonsense": "it is no address", good: None} == {
        address: trial.reason for address, trial in trials.items()
    }


def test_an_address_that_cannot_be_begun_with_says_why(stop: tuple[int, int]) -> None:
    trial = tried(("255.255.255.255:9",), 10.0, stop[0])["255.255.255.255:9"]
    assert trial.reason is not None
    assert "(E" in trial.reason


@pytest.fixture
def full() -> Iterator[str]:
    """Return the address of a listener whose queue is full, so that a further connection stays under way."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(8):
            one = socket.socket()
            one.settimeout(0)
            one.connect_ex(listener.getsockname())
            waiting.append(one)
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        for one in waiting:
            one.close()


def test_what_does_not_answer_in_time_is_given_up(full: str, stop: tuple[int, int]) -> None:
    assert "no answer" == tried((full,), 0.05, stop[0])[full].reason


def test_a_signal_ends_the_waiting(full: str, stop: tuple[int, int]) -> None:
    os.write(stop[1], b".")
    trial = tried((full,), 60.0, stop[0])[full]
    assert "no answer" == trial.reason
    assert trial.seconds < 30
