from __future__ import annotations

import pytest

from wscli.wire.close import CLOSE_CODES, judge_code
from wscli.wire.close_codes import MEANINGS, PRIVATE, RANGES, SECTIONS, range_of


def test_every_registered_code_has_a_meaning() -> None:
    assert list(CLOSE_CODES) == list(MEANINGS)
    assert set(SECTIONS) <= set(CLOSE_CODES)


def test_codes_that_are_never_on_the_wire_say_so() -> None:
    never = [code for code, meaning in MEANINGS.items() if "never" in meaning]
    assert [code for code in CLOSE_CODES if judge_code(code)] == never


def test_the_ranges_lie_behind_each_other() -> None:
    assert [one.last + 1 for one in RANGES[:-1]] == [one.first for one in RANGES[1:]]


@pytest.mark.parametrize(
    ("code", "first"), [(0, 0), (999, 0), (1000, 1000), (2999, 1000), (3000, 3000), (4000, 4000), (4999, 4000)]
)
def test_a_code_lies_in_one_range(code: int, first: int) -> None:
    found = range_of(code)
    assert found is not None
    assert first == found.first


def test_codes_from_5000_on_lie_in_none() -> None:
    assert range_of(5000) is None


def test_a_private_code_names_its_owner_once_and_lies_in_a_range_for_it() -> None:
    pairs = [(one.owner, one.code) for one in PRIVATE]
    assert len(pairs) == len(set(pairs))
    assert [] == [one for one in PRIVATE if not 3000 <= one.code <= 4999 or not one.owner]


@pytest.mark.parametrize(
    ("code", "owner", "word"),
    [
        (4400, "graphql-transport-ws", "bad request"),
        (4401, "graphql-transport-ws", "connection_ack"),
        (4406, "graphql-transport-ws", "subprotocol"),
        (4408, "graphql-transport-ws", "connection_init"),
        (4429, "graphql-transport-ws", "more than once"),
        (4004, "Discord gateway", "token"),
        (4014, "Discord gateway", "intent"),
        (4201, "Pusher protocol", "pong"),
        (4003, "Twitch EventSub", "ten seconds"),
        (4009, "OBS Studio (obs-websocket 5)", "password"),
        (3500, "Centrifugo", "token"),
    ],
)
def test_private_codes_say_what_their_owners_say(code: int, owner: str, word: str) -> None:
    assert [word in one.meaning for one in PRIVATE if (one.code, one.owner) == (code, owner)] == [True]


def test_meanings_are_no_sentences_with_a_full_stop() -> None:
    texts = [*MEANINGS.values(), *(one.meaning for one in RANGES), *(one.meaning for one in PRIVATE)]
    assert [] == [text for text in texts if text.endswith(".") or not text]
