"""What the commands do with their sessions, without a socket or a clock."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.engine.jobs.carrying import Capture
from wscli.engine.jobs.comparing import Comparer, Difference, Received, Verdict
from wscli.engine.jobs.job import IdleJob, Job
from wscli.engine.jobs.listen import ListenJob, ListenPlan
from wscli.engine.jobs.replay import QUIET as QUIET_AT_THE_END
from wscli.engine.jobs.replay import (
    REPLY_TIME,
    Pace,
    RecordedClose,
    RecordedFrame,
    RecordedMessage,
    ReplayJob,
    ReplayPlan,
)
from wscli.engine.jobs.send import PATIENCE, QUIET, SendJob, SendPlan, as_it_is
from wscli.engine.jobs.splitting import Splitter, Splitting
from wscli.engine.jobs.stopping import StopRule, StopWatch
from wscli.engine.jobs.talk import TalkJob
from wscli.errors import EnvironmentProblem, UsageProblem
from wscli.events import (
    Batch,
    CloseReceived,
    CloseSent,
    Event,
    Interest,
    MessageKind,
    MessagePart,
    MessageReceived,
    Opened,
    SessionEnded,
    Side,
)
from wscli.protocol.step import Order, SendClose, SendMessage, SendRaw
from wscli.wire.close import decode_close, encode_close

TEXT, BINARY = MessageKind.TEXT, MessageKind.BINARY
OPENED = Opened(None, "", None)
ENDED = SessionEnded(None, None, None, False, None)
CLOSE = SendClose(1000)


def text(payload: str) -> SendMessage:
    return SendMessage(TEXT, payload.encode())


def came(payload: str, kind: MessageKind = TEXT) -> MessageReceived:
    return MessageReceived(kind, payload.encode(), (1, 1))


def show(job: Job, at: float, *events: Event) -> Sequence[Order]:
    return list(job.observe(Batch(at, events)))


# --- Nothing, and talk -----------------------------------------------------------------------------------------------
def test_an_idle_job_asks_for_nothing() -> None:
    job = IdleJob()
    job.flushed(0.0)
    assert (False, None, None) == (job.wants_input, job.wake_at, job.missed)
    assert [(), (), (), ()] == [
        tuple(orders)
        for orders in (job.observe(Batch(0.0, (OPENED,))), job.take_input(b"", 0.0), job.end_input(0.0), job.tick(0.0))
    ]


def test_talk_begins_with_its_messages() -> None:
    job = TalkJob([b"login"])
    assert [text("login")] == show(job, 0.0, OPENED)
    assert [] == show(job, 0.0, came("x"))


# --- Listen ----------------------------------------------------------------------------------------------------------
def test_listening_stops_after_its_count() -> None:
    job = ListenJob(ListenPlan(StopRule(count=2)))
    assert [] == show(job, 0.0, OPENED, came("a"))
    assert [CLOSE] == show(job, 0.1, came("b"), came("c"))
    assert [] == show(job, 0.2, came("d"), ENDED)
    assert None is job.missed


def test_parts_count_when_their_message_ends() -> None:
    job = ListenJob(ListenPlan(StopRule(count=1)))
    assert [] == show(job, 0.0, OPENED, MessagePart(TEXT, b"a", is_first=True, is_last=False))
    assert [CLOSE] == show(job, 0.0, MessagePart(TEXT, b"b", is_first=False, is_last=True))


def test_listening_for_nothing_closes_at_once() -> None:
    assert [CLOSE] == show(ListenJob(ListenPlan(StopRule(count=0))), 0.0, OPENED)


def test_listening_stops_at_a_match() -> None:
    job = ListenJob(ListenPlan(StopRule(until=lambda payload: payload == b"end")))
    assert Interest.MESSAGES is job.interest
    assert [CLOSE] == show(job, 0.0, OPENED, came("begin"), came("end"))


def test_listening_stops_after_its_time() -> None:
    job = ListenJob(ListenPlan(duration=3.0))
    show(job, 1.0, OPENED)
    assert 4.0 == job.wake_at
    assert [] == list(job.tick(3.9))
    assert [CLOSE] == list(job.tick(4.0))
    assert None is job.wake_at


def test_listening_can_speak_first_and_echo() -> None:
    job = ListenJob(ListenPlan(first_messages=(b"sub",), echoes=True))
    assert [text("sub")] == show(job, 0.0, OPENED)
    assert [SendMessage(BINARY, b"x")] == show(job, 0.0, came("x", BINARY))


@pytest.mark.parametrize(
    ("rule", "missed"),
    [
        (StopRule(), None),
        (StopRule(count=3), "1 of 3 messages came"),
        (StopRule(until=lambda _: False), "none of 1 messages matched"),
    ],
)
def test_what_did_not_come_is_missed(rule: StopRule, missed: str | None) -> None:
    job = ListenJob(ListenPlan(rule))
    show(job, 0.0, OPENED, came("a"), ENDED)
    assert missed == job.missed


def test_the_output_and_the_job_agree_on_the_last_message() -> None:
    watch = StopWatch(StopRule(count=2))
    assert [True, True, True, False] == [watch.admits(event) for event in (OPENED, came("a"), came("b"), came("c"))]


# --- Splitting -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("splitting", "data", "messages"),
    [
        (Splitting.LINES, b"a\nb\r\n\nc", [b"a", b"b", b"", b"c"]),
        (Splitting.LINES, b"", []),
        (Splitting.NUL, b"a\nb\0c\r\0", [b"a\nb", b"c\r"]),
        (Splitting.WHOLE, b"a\nb\0", [b"a\nb\0"]),
        (Splitting.WHOLE, b"", []),
        (Splitting.LENGTH_PREFIXED, b"\0\0\0\2hi\0\0\0\0\0\0\0\1x", [b"hi", b"", b"x"]),
    ],
)
@given(sizes=st.lists(st.integers(0, 4), max_size=10))
def test_input_is_split_whatever_way_it_is_chopped(
    splitting: Splitting, data: bytes, messages: list[bytes], sizes: list[int]
) -> None:
    splitter, found, start = Splitter(splitting), [], 0
    for size in [*sizes, len(data)]:
        found += splitter.feed(data[start : start + size])
        start += size
    assert messages == found + splitter.finish()


def test_an_input_that_ends_inside_a_message_is_a_problem() -> None:
    splitter = Splitter(Splitting.LENGTH_PREFIXED)
    splitter.feed(b"\0\0\0\5hi")
    with pytest.raises(EnvironmentProblem):
        splitter.finish()


# --- Send ------------------------------------------------------------------------------------------------------------
def send(**changes: object) -> SendJob:
    return SendJob(SendPlan().replace(**changes))


def piped(**changes: object) -> SendJob:
    return send(input_splitting=Splitting.LINES, **changes)


def test_messages_of_the_command_line_go_out_when_open_and_quiet_ends_it() -> None:
    job = send(messages=(text("a"), text("b")))
    assert [text("a"), text("b")] == show(job, 1.0, OPENED)
    assert None is job.wake_at  # nothing is out yet
    job.flushed(1.5)
    assert 1.5 + PATIENCE == job.wake_at
    show(job, 2.0, came("A"), came("B"))
    assert 2.0 + QUIET == job.wake_at
    assert [] == list(job.tick(2.5))
    assert [CLOSE] == list(job.tick(3.0))
    assert None is job.missed


def test_input_is_read_once_open_and_until_it_ends() -> None:
    job = piped()
    assert not job.wants_input
    show(job, 0.0, OPENED)
    assert job.wants_input
    assert [text("one")] == list(job.take_input(b"one\ntw", 0.0))
    assert [text("two")] == [*job.take_input(b"o\n", 0.0), *job.end_input(0.1)]
    assert not job.wants_input


def test_an_empty_input_leaves_at_once() -> None:
    job = piped()
    show(job, 0.0, OPENED)
    assert [CLOSE] == list(job.end_input(0.0))


def test_an_explicit_idle_time_counts_from_the_last_message() -> None:
    job = send(messages=(text("a"),), idle=0.2)
    show(job, 0.0, OPENED)
    job.flushed(0.0)
    job.flushed(9.0)
    assert 0.2 == job.wake_at


def test_no_waiting_closes_behind_the_last_message() -> None:
    assert [text("a"), CLOSE] == show(send(messages=(text("a"),), waits=False), 0.0, OPENED)


def test_as_many_replies_as_expected_end_it_but_not_before_everything_is_sent() -> None:
    job = piped(stop=StopRule(count=1))
    show(job, 0.0, OPENED)
    job.take_input(b"a\n", 0.0)
    assert [] == show(job, 0.1, came("A"))
    assert [text("b"), CLOSE] == [*job.take_input(b"b\n", 0.2), *job.end_input(0.2)]


def test_an_expectation_is_waited_for_without_a_limit_of_its_own() -> None:
    job = send(messages=(text("a"),), stop=StopRule(count=2))
    show(job, 0.0, OPENED)
    job.flushed(0.0)
    assert None is job.wake_at
    assert [] == list(job.tick(99.0))
    show(job, 1.0, came("A"), ENDED)
    assert "1 of 2 messages came" == job.missed


def test_an_expectation_with_an_idle_time_is_missed_when_it_is_quiet() -> None:
    job = send(messages=(text("a"),), stop=StopRule(count=2), idle=1.0)
    show(job, 0.0, OPENED)
    job.flushed(0.0)
    assert [CLOSE] == list(job.tick(1.0))
    assert "0 of 2 messages came" == job.missed
    assert [] == show(job, 1.1, ENDED)


def test_a_match_ends_it_though_input_is_left() -> None:
    job = piped(stop=StopRule(until=lambda payload: payload == b"stop"), close_code=1001, close_reason="bye")
    show(job, 0.0, OPENED)
    assert [SendClose(1001, "bye")] == show(job, 0.1, came("stop"))
    assert not job.wants_input


def test_an_end_before_all_input_was_sent_is_missed() -> None:
    job = piped()
    show(job, 0.0, OPENED, ENDED)
    assert "the connection ended before all input was sent" == job.missed


def test_an_end_before_the_connection_was_open_misses_nothing() -> None:
    job = piped()
    show(job, 0.0, ENDED)
    assert None is job.missed


def test_fragments_of_one_size_cut_the_whole_message() -> None:
    assert (2, 2) == send(fragment_size=2).message(b"abcde").fragments
    assert () == send(fragment_size=2).message(b"").fragments
    assert (1, 3) == send(fragments=(1, 3)).message(b"abcde").fragments


def refuse(data: bytes) -> bytes:
    if data == b"bad":
        raise UsageProblem("x/y", "message", "bad", "no")
    return as_it_is(data)


def test_a_line_that_cannot_be_sent_ends_it_after_those_before() -> None:
    job = piped(decode=refuse)
    show(job, 0.0, OPENED)
    assert [text("good"), CLOSE] == list(job.take_input(b"good\nbad\nmore\n", 0.0))
    assert "no" in str(job.problem)
    assert [] == show(job, 0.1, ENDED)


def test_a_last_line_that_cannot_be_sent_ends_it_too() -> None:
    job = piped(decode=refuse)
    show(job, 0.0, OPENED)
    job.take_input(b"bad", 0.0)
    assert [CLOSE] == list(job.end_input(0.0))
    cut = send(input_splitting=Splitting.LENGTH_PREFIXED)
    show(cut, 0.0, OPENED)
    cut.take_input(b"\0\0", 0.0)
    assert [CLOSE] == list(cut.end_input(0.0))
    assert cut.problem is not None


# --- Replay ----------------------------------------------------------------------------------------------------------
def recorded(*messages: tuple[float, str, str]) -> tuple[RecordedMessage, ...]:
    return tuple(
        RecordedMessage(at, Side.LOCAL if arrow == ">" else Side.REMOTE, TEXT, payload.encode())
        for at, arrow, payload in messages
    )


TALKED = recorded((0.0, ">", "a"), (1.0, "<", "A"), (2.0, ">", "b"), (3.0, "<", "B"))


def verdicts(job: ReplayJob) -> list[Verdict]:
    return [one.verdict for one in job.comparisons]


def test_in_step_each_message_waits_for_the_reply_before_it() -> None:
    job = ReplayJob(ReplayPlan(TALKED), Comparer())
    assert [text("a")] == show(job, 0.0, OPENED)
    assert [text("b")] == show(job, 0.5, came("A"))
    assert [] == show(job, 0.6, came("B"))
    assert job.wake_at is not None
    assert [CLOSE] == list(job.tick(job.wake_at))
    assert None is job.wake_at
    assert [Verdict.SAME, Verdict.SAME] == verdicts(job)


def test_a_reply_that_stays_out_is_waited_for_and_missing() -> None:
    job = ReplayJob(ReplayPlan(TALKED, reply_time=2.0), Comparer())
    assert [] == list(job.tick(0.0))
    show(job, 0.0, OPENED)
    assert 2.0 == job.wake_at
    assert [text("b")] == list(job.tick(2.0))
    assert 4.0 == job.wake_at
    assert [] == list(job.tick(4.0))
    assert [CLOSE] == list(job.tick(4.3))
    assert [Verdict.MISSING, Verdict.MISSING] == verdicts(job)


def test_by_the_clock_messages_go_out_at_their_scaled_time() -> None:
    job = ReplayJob(ReplayPlan(TALKED, Pace.TIME, 2.0), Comparer())
    assert [text("a")] == show(job, 10.0, OPENED)
    assert 11.0 == job.wake_at
    assert [text("b")] == list(job.tick(11.0))


@pytest.mark.parametrize(("pace", "speed"), [(Pace.NONE, 1.0), (Pace.TIME, None)])
def test_at_once_everything_goes_out(pace: Pace, speed: float | None) -> None:
    assert [text("a"), text("b")] == show(ReplayJob(ReplayPlan(TALKED, pace, speed), Comparer()), 0.0, OPENED)


def test_what_nobody_expected_is_extra_and_an_early_end_is_missed() -> None:
    job = ReplayJob(ReplayPlan(recorded((0.0, ">", "a"), (0.0, "<", "A"), (0.0, ">", "b"))), Comparer())
    show(job, 0.0, OPENED)
    show(job, 0.0, ENDED)
    assert job.missed is not None
    job = ReplayJob(ReplayPlan(()), Comparer())
    show(job, 0.0, OPENED, came("hello"))
    assert [Verdict.EXTRA] == verdicts(job)


def closed(code: int, side: Side = Side.REMOTE) -> Event:
    payload = decode_close(encode_close(code, ""))
    return CloseReceived(9, payload) if side is Side.REMOTE else CloseSent(9, payload)


def test_our_recorded_close_is_sent_again() -> None:
    plan = ReplayPlan(recorded((0.0, ">", "a")), close=RecordedClose(Side.LOCAL, 4000, "bye"), quiet=0.0)
    assert [text("a"), SendClose(4000, "bye")] == show(ReplayJob(plan, Comparer()), 0.0, OPENED)


def test_the_peers_recorded_close_is_waited_for() -> None:
    plan = ReplayPlan(recorded((0.0, ">", "a")), close=RecordedClose(Side.REMOTE, 1008))
    job = ReplayJob(plan, Comparer())
    assert [text("a")] == show(job, 0.0, OPENED)
    assert REPLY_TIME == job.wake_at
    assert [] == show(job, 1.0, closed(1008))
    assert (None, None) == (job.wake_at, job.ending_difference)
    assert job.has_recorded_ending


@pytest.mark.parametrize(
    ("recorded_close", "now", "words"),
    [
        (RecordedClose(Side.REMOTE, 1008), closed(1000), "closed with 1000; in the recording with 1008"),
        (RecordedClose(Side.REMOTE, None), closed(1000, Side.LOCAL), "closed first, with no code; this one did not"),
        (RecordedClose(Side.LOCAL, 1000), closed(1011), "closed first, with 1011"),
        (None, closed(1011), "closed first, with 1011"),
        (None, closed(1000, Side.LOCAL), None),
    ],
)
def test_another_end_than_the_recorded_one_is_told(
    recorded_close: RecordedClose | None, now: Event, words: str | None
) -> None:
    job = ReplayJob(ReplayPlan(recorded((0.0, ">", "a"), (0.0, "<", "b")), close=recorded_close), Comparer())
    show(job, 0.0, OPENED)
    assert [] == show(job, 0.0, now)
    assert words is None or words in (job.ending_difference or "")
    assert (words is None) is (job.ending_difference is None)
    assert not job.has_recorded_ending


def test_frames_are_sent_as_they_were_also_behind_our_close() -> None:
    frames = tuple(RecordedFrame(0.0, SendRaw(data)) for data in (b"a", b"close", b"b"))
    job = ReplayJob(ReplayPlan(frames, has_own_close=True), Comparer())
    assert [one.order for one in frames] == show(job, 0.0, OPENED, closed(1000, Side.LOCAL))
    assert QUIET_AT_THE_END == job.wake_at
    assert [] == list(job.tick(QUIET_AT_THE_END))
    assert None is job.wake_at


def test_captured_values_go_out_and_the_time_of_replies_is_told() -> None:
    told: list[float] = []
    talked = recorded((0.0, ">", "login"), (0.0, "<", '{"id": "one"}'), (0.0, ">", '{"id": "one"}'))
    job = ReplayJob(
        ReplayPlan(talked, captures=(Capture("id", ("id",)), Capture("no", ("no",)))), Comparer(), told.append
    )
    assert not job.is_opened
    assert [text("login")] == show(job, 1.0, OPENED)
    assert [text('{"id": "two"}')] == show(job, 1.5, came('{"id": "two"}'))
    assert ([0.5], {"id": "two"}, ()) == (told, job.captured, job.not_captured)
    assert [Verdict.SAME] == verdicts(job)
    assert job.is_opened


# --- Comparing -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("one", "other", "ignored", "is_same"),
    [
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}', (), True),
        ('{"a": 1}', '{"a": 2}', (), False),
        ('{"a": 1, "t": 5}', '{"a": 1, "t": 6}', ("/t",), True),
        ('{"x": {"t": 5}}', '{"x": {"t": 6}}', ("/x/t",), True),
        ('[{"id": 1}, {"id": 2}]', '[{"id": 3}, {"id": 4}]', ("/*/id",), True),
        ("[1, 2]", "[1, 3]", ("/1",), True),
        ('{"t": 5}', '{"t": 6}', ("/x/y",), False),
        ("plain 12", "plain 13", (), False),
        ("null", "null ", (), True),
        ("[" * 100_000, "[" * 99_999, (), False),
    ],
)
def test_json_is_compared_as_values(one: str, other: str, ignored: tuple[str, ...], is_same: bool) -> None:
    comparer = Comparer(ignored)
    assert is_same is comparer.is_same(Received(TEXT, one.encode()), Received(TEXT, other.encode()))


def test_patterns_are_cut_out_before_comparing() -> None:
    assert Comparer((), (r"\d+",)).is_same(Received(TEXT, b"at 12 ok"), Received(TEXT, b"at 34 ok"))


def test_kinds_must_agree_and_binary_is_compared_byte_for_byte() -> None:
    assert not Comparer().is_same(Received(TEXT, b"1"), Received(BINARY, b"1"))
    assert not Comparer().is_same(Received(BINARY, b"1"), Received(BINARY, b"1 "))


@pytest.mark.parametrize(
    ("one", "other", "places"),
    [
        ('{"a": {"b": [1, 2]}}', '{"a": {"b": [1, 3, 4]}}', [("/a/b/1", b"2", b"3"), ("/a/b/2", None, b"4")]),
        ('{"a": 1}', '{"b": 1}', [("/a", b"1", None), ("/b", None, b"1")]),
        ("[true]", "[1]", [("/0", b"true", b"1")]),
        ("1", '"1"', [("", b"1", b'"1"')]),
        ("[1, 2]", "[1]", [("/1", b"2", None)]),
        ("plain a", "plain b", [("byte 6", b"plain a", b"plain b")]),
        ("plain", "plain and more", [("byte 5", b"plain", b"plain and more")]),
    ],
)
def test_a_difference_is_told_with_its_place(
    one: str, other: str, places: list[tuple[str, bytes | None, bytes | None]]
) -> None:
    found = Comparer().differences(Received(TEXT, one.encode()), Received(TEXT, other.encode()))
    assert [Difference(*place) for place in places] == list(found)


def test_kinds_and_binary_differences_are_told_too() -> None:
    text_one, binary = Received(TEXT, b"a"), Received(BINARY, b"a")
    assert (Difference("kind", b"text", b"binary"),) == Comparer().differences(text_one, binary)
    assert (Difference("byte 1", b"a", b"ab"),) == Comparer().differences(binary, Received(BINARY, b"ab"))


def test_ignored_places_may_be_absent_on_one_side_and_patterns_count_in_values() -> None:
    comparer = Comparer(("$.t", "/list/*"), (r"\d{4}-\d\d-\d\d",))
    one, other = b'{"day": "2026-01-02", "list": [1], "a": 1}', b'{"a": 1, "day": "2027-03-04", "t": 3, "list": [1, 2]}'
    assert comparer.is_same(Received(TEXT, one), Received(TEXT, other))


def test_what_is_nested_without_end_is_compared_as_bytes() -> None:
    for depth in range(800, 1000, 3):  # how deep Python follows depends on its version, and on who calls
        one, other = (Received(TEXT, b"[" * depth + digit + b"]" * depth) for digit in (b"1", b"2"))
        assert 1 == len(Comparer().differences(one, other))


def test_one_that_is_missing_or_extra_does_not_make_the_rest_different() -> None:
    def messages(letters: str) -> list[Received]:
        return [Received(TEXT, letter.encode()) for letter in letters]

    def told(expected: str, actual: str) -> str:
        signs = {Verdict.SAME: "=", Verdict.DIFFERENT: "~", Verdict.MISSING: "-", Verdict.EXTRA: "+"}
        return "".join(signs[one.verdict] for one in Comparer().compare(messages(expected), messages(actual)))

    assert "=-==" == told("abcd", "acd")
    assert "=+==" == told("acd", "abcd")
    assert "=~=" == told("abc", "axc")
    assert "==-" == told("abc", "ab")
    assert "+" == told("", "a")
