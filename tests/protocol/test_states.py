"""The table of states, read aloud."""

from __future__ import annotations

from wscli.protocol.states import CAN_SEND, TRANSITIONS, Move, State, after


def test_every_state_but_the_first_can_be_reached() -> None:
    assert set(State) - {State.CONNECTING} == set(TRANSITIONS.values())


def test_every_state_but_the_last_can_end() -> None:
    assert {state for state, move in TRANSITIONS if move is Move.ENDED} == set(State) - {State.ENDED}


def test_a_move_that_the_table_does_not_know_changes_nothing() -> None:
    assert State.ENDED is after(State.ENDED, Move.OPENED)
    assert State.CLOSED is after(State.CLOSED, Move.SENT_CLOSE)


def test_frames_go_out_until_our_close() -> None:
    assert {State.OPEN, State.CLOSE_RECEIVED} == CAN_SEND
