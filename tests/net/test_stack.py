"""Stacks of small layers: a layer says hello, waits for `ok`, and then passes bytes on with its own mark."""

from __future__ import annotations

from hypothesis import given

from tests.wire.chopping import chop, cuts
from wscli.events import Event, StreamEnd
from wscli.net.layer import LayerStep
from wscli.net.stack import Stack


class Said(Event):
    """What a layer of these tests did."""

    text: str


class Greeter:
    """`hello NAME;` down at the start, `ok;` up from below makes it ready, `.` from below is its end, `!` breaks it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_ready = False
        self.unread = b""
        self.waiting = b""

    def start(self) -> LayerStep:
        return LayerStep(down=f"hello {self.name};".encode(), events=(Said(f"{self.name} started"),))

    def receive(self, data: bytes) -> LayerStep:
        if self.is_ready:
            return self.pass_up(data)
        self.unread += data
        if b";" not in self.unread:
            return LayerStep()
        answer, _, rest = self.unread.partition(b";")
        assert answer == b"ok", answer
        self.is_ready = True
        down, self.waiting = self.waiting, b""
        return self.pass_up(rest).replace(down=down, events=(Said(f"{self.name} ready"), *self.pass_up(rest).events))

    def pass_up(self, data: bytes) -> LayerStep:
        if b"!" in data:
            return LayerStep(data.partition(b"!")[0], is_ready=True, ended=StreamEnd.FAILED)
        if b"." in data:
            return LayerStep(data.partition(b".")[0], is_ready=True, ended=StreamEnd.FINISHED)
        return LayerStep(data, is_ready=True)

    def receive_eof(self) -> LayerStep:
        return LayerStep(events=(Said(f"{self.name} cut"),), is_ready=self.is_ready, ended=StreamEnd.FINISHED)

    def send(self, data: bytes) -> LayerStep:
        if not self.is_ready:
            self.waiting += data
            return LayerStep()
        return LayerStep(down=data, is_ready=True)

    def finish(self) -> LayerStep:
        return LayerStep(down=f"bye {self.name};".encode(), events=(Said(f"{self.name} finished"),), is_ready=True)


def two() -> Stack:
    return Stack([Greeter("low"), Greeter("high")])


def ready() -> Stack:
    stack = two()
    stack.start()
    assert stack.receive(b"ok;ok;").is_ready
    return stack


def said(step: LayerStep) -> list[str]:
    return [event.text for event in step.events if isinstance(event, Said)]


# --- Without layers --------------------------------------------------------------------------------------------------
def test_an_empty_stack_is_ready_at_once_and_passes_everything_as_it_is() -> None:
    stack = Stack()
    assert LayerStep(is_ready=True) == stack.start()
    data = b"up"
    assert data is stack.receive(data).up
    assert data is stack.send(data).down
    assert LayerStep(is_ready=True) == stack.finish()


def test_an_empty_stack_leaves_the_end_to_whoever_reads_the_socket() -> None:
    assert LayerStep(is_ready=True) == Stack().receive_eof()


# --- Starting --------------------------------------------------------------------------------------------------------
def test_a_layer_starts_when_the_one_beneath_it_is_ready() -> None:
    stack = two()
    assert LayerStep(down=b"hello low;", events=(Said("low started"),)) == stack.start()
    assert LayerStep() == stack.receive(b"o")
    events = (Said("low ready"), Said("high started"))
    assert LayerStep(down=b"hello high;", events=events) == stack.receive(b"k;")
    assert LayerStep(events=(Said("high ready"),), is_ready=True) == stack.receive(b"ok;")


def test_bytes_that_come_with_the_end_of_a_greeting_reach_the_layers_above_in_the_same_call() -> None:
    stack = two()
    stack.start()
    step = stack.receive(b"ok;ok;data")
    assert b"data" == step.up
    assert step.is_ready
    assert ["low ready", "high started", "high ready"] == said(step)


@given(cuts)
def test_portions_change_nothing(lengths: list[int]) -> None:
    stack = two()
    steps = [stack.start(), *(stack.receive(part) for part in chop(b"ok;ok;data and more", lengths))]
    assert b"data and more" == b"".join(step.up for step in steps)
    assert b"hello low;hello high;" == b"".join(step.down for step in steps)


def test_what_was_sent_before_the_stack_is_ready_goes_out_once_it_is() -> None:
    stack = two()
    assert LayerStep() == stack.send(b"early ")
    stack.start()
    assert LayerStep() == stack.send(b"bird")
    assert b"hello high;" == stack.receive(b"ok;").down
    assert b"early bird" == stack.receive(b"ok;").down


def test_a_stack_is_itself_a_layer() -> None:
    stack = Stack([two(), Greeter("top")])
    stack.start()
    step = stack.receive(b"ok;ok;ok;data")
    assert (b"data", b"hello high;hello top;") == (step.up, step.down)
    assert step.is_ready


# --- Pushing ---------------------------------------------------------------------------------------------------------
def test_a_pushed_layer_starts_at_once_and_gets_what_came_for_it() -> None:
    stack = ready()
    step = stack.push(Greeter("top"), b"ok;data")
    assert LayerStep(b"data", b"hello top;", (Said("top started"), Said("top ready")), is_ready=True) == step
    assert b"more" == stack.receive(b"more").up


def test_a_layer_pushed_on_an_empty_stack_carries_it_from_then_on() -> None:
    stack = Stack()
    stack.start()
    assert LayerStep(down=b"hello top;", events=(Said("top started"),)) == stack.push(Greeter("top"))
    assert LayerStep() == stack.send(b"x")
    assert LayerStep(b"y", b"x", (Said("top ready"),), is_ready=True) == stack.receive(b"ok;y")


# --- Ending ----------------------------------------------------------------------------------------------------------
def test_the_end_of_the_stream_is_told_to_every_layer_from_the_bottom() -> None:
    step = ready().receive_eof()
    assert ["low cut", "high cut"] == said(step)
    assert StreamEnd.FINISHED is step.ended


def test_the_end_of_a_layer_is_the_end_of_the_stream_for_the_one_above_after_its_last_bytes() -> None:
    step = ready().receive(b"last.")
    assert b"last" == step.up
    assert ["high cut"] == said(step)
    assert StreamEnd.FINISHED is step.ended


def test_a_failure_ends_the_stack_and_is_told_once() -> None:
    step = ready().receive(b"last!")
    assert b"last" == step.up
    assert [] == said(step)
    assert StreamEnd.FAILED is step.ended


class BreaksAtLastWords(Greeter):
    def send(self, data: bytes) -> LayerStep:
        if data == b"last words":
            return LayerStep(events=(Said("low broken"),), ended=StreamEnd.FAILED)
        return super().send(data)


class HasLastWords(Greeter):
    def receive_eof(self) -> LayerStep:
        return LayerStep(down=b"last words", ended=StreamEnd.FINISHED)


def test_a_failure_below_outweighs_an_end_above() -> None:
    stack = Stack([BreaksAtLastWords("low"), HasLastWords("high")])
    stack.start()
    stack.receive(b"ok;ok;")
    step = stack.receive_eof()
    assert ["low cut", "low broken"] == said(step)
    assert StreamEnd.FAILED is step.ended


# --- Finishing -------------------------------------------------------------------------------------------------------
def test_finishing_goes_from_the_top_to_the_bottom() -> None:
    step = ready().finish()
    assert b"bye high;bye low;" == step.down
    assert ["high finished", "low finished"] == said(step)
    assert step.is_ready


def test_a_stack_that_is_not_ready_finishes_once_it_is_after_what_was_sent() -> None:
    stack = two()
    stack.start()
    stack.send(b"data;")
    assert LayerStep() == stack.finish()
    assert b"hello high;data;bye high;bye low;" == stack.receive(b"ok;ok;").down
    assert b"" == stack.receive(b"more").down
