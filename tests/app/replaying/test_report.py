"""What a replay came to, in each of its forms."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import payloads
from wscli.app.replaying.report import RunReport, difference_text, junit_xml, report_json, sums_text
from wscli.engine.jobs.comparing import Comparer, Received
from wscli.events import MessageKind

TEXT, BINARY = MessageKind.TEXT, MessageKind.BINARY


def report(expected: list[Received], actual: list[Received], ending: str | None = None) -> RunReport:
    return RunReport("run 1", Comparer().compare(expected, actual), ending, ("token",) if ending else (), 0.5)


ONE = Received(TEXT, b'{"a": 1, "b": "\\u001b[31m"}')
OTHER = Received(TEXT, b'{"a": 2, "c": 1}')


def test_differences_are_told_by_their_places() -> None:
    told = difference_text(report([ONE], [OTHER], "the peer closed first"))
    assert (
        "reply 1: different\n"
        "  at /a\n    recorded  1\n    received  2\n"
        '  at /b\n    recorded  "\\u001b[31m"\n    received  nothing there\n'
        "  at /c\n    recorded  nothing there\n    received  1\n"
        "end: the peer closed first\n"
        "capture token: nothing came for it\n"
    ) == told


def test_messages_that_have_nothing_in_common_are_shown_whole() -> None:
    told = difference_text(report([Received(TEXT, b"one")], [Received(TEXT, b"two"), Received(BINARY, b"\xff")]))
    assert "reply 1: different\n  recorded  one\n  received  two\nreply 2: extra\n  received  \\xff\n" == told


def test_what_is_the_same_is_not_told() -> None:
    same = report([ONE], [ONE])
    assert ("", False) == (difference_text(same), same.is_different)
    assert "replayed: 1 reply, 1 same, 0 different, 0 missing, 0 extra\n" == sums_text(same)


def test_each_comparison_is_a_line_of_json_and_the_sums_are_the_last() -> None:
    lines = [json.loads(line) for line in report_json(report([ONE, ONE], [OTHER]), 13).splitlines()]
    assert ["different", "missing"] == [line["verdict"] for line in lines[:-1]]
    assert {"place": "/a", "recorded": "1", "received": "2"} == lines[0]["differences"][0]
    assert (2, 1, 1, 13) == tuple(lines[-1][name] for name in ("compared", "different", "missing", "status"))


def test_junit_holds_a_case_for_each_message_and_one_for_the_end() -> None:
    tree = ET.fromstring(junit_xml([report([ONE, ONE], [ONE, OTHER], "ended")], 'a<b>&"'))
    suite = tree[0]
    assert ('a<b>&": run 1', "3", "2") == tuple(suite.attrib[name] for name in ("name", "tests", "failures"))
    assert ["reply 1", "reply 2", "end"] == [case.attrib["name"] for case in suite]
    assert ["different", "different"] == [failure.attrib["message"] for failure in tree.iter("failure")]


@given(st.lists(payloads, max_size=3), st.lists(payloads, max_size=3))
def test_any_messages_can_be_reported(expected: list[bytes], actual: list[bytes]) -> None:
    kinds = (TEXT, BINARY)
    found = report(
        [Received(kinds[len(one) % 2], one) for one in expected], [Received(kinds[len(one) % 2], one) for one in actual]
    )
    assert difference_text(found).replace("\n", "").isprintable()
    ET.fromstring(junit_xml([found], "x"))
    for line in report_json(found, 0).splitlines():
        json.loads(line)
