"""What is explained, and from which tables."""

from __future__ import annotations

import pytest

from wscli.app.exit_status import ExitStatus
from wscli.app.explain import TOPICS, run_explain
from wscli.cli.commands import explain
from wscli.errors import UsageProblem


def explained(topic: str | None, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert ExitStatus.DONE is run_explain(topic, "never")
    return capsys.readouterr().out.splitlines()


def test_the_command_offers_the_topics_that_there_are() -> None:
    assert sorted(TOPICS) == list(explain.TOPICS)


def test_without_a_topic_the_topics_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert [f"  {topic}" for topic in TOPICS] == [
        line[: len(line.split()[0]) + 2] for line in explained(None, capsys)[1:]
    ]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_entry_has_a_name_and_a_sentence_in_line(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    title, *lines = explained(topic, capsys)
    assert title == TOPICS[topic][0]
    entries = TOPICS[topic][1]()
    column = 2 + max(len(entry.name) for entry in entries) + 2
    assert len({entry.name for entry in entries}) == len(entries)
    for entry in entries:
        assert f"  {entry.name}".ljust(column) + entry.sentence in lines


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("1006", "never on the wire"),
        ("handshake/accept-wrong", "does not fit the key (must, RFC 6455 4.1)"),
        ("close", "a Close with this code (1011)"),
        ("ECHO", "every message comes back"),
        ("0x9", "PING, a control frame"),
        ("0x1", "TEXT, a data frame"),
        ("130", "interrupted"),
    ],
)
def test_a_name_is_explained_alone(name: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = explained(name, capsys)
    assert said in lines[-1]
    assert len(lines) <= 4


def test_a_name_that_nothing_has_is_refused() -> None:
    with pytest.raises(UsageProblem) as refused:
        run_explain("nothing", "never")
    assert "close-codes" in (refused.value.hint or "")
