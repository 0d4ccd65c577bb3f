"""The registry of rules: each is in it, well-formed, and bears any session."""

from __future__ import annotations

import ast
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import wscli.diagnose.rules
from tests.diagnose.scripted import CLOSE_1000, OPEN, case_of, found, session
from tests.strategies import batches
from wscli.diagnose.diagnosis import Diagnosis, judge
from wscli.diagnose.rules import AREAS
from wscli.events import Batch, Finding, StreamEnd

FOLDER = Path(wscli.diagnose.rules.__file__).parent
RULES = [rule for area in AREAS for rule in area.rules]


def test_every_file_of_rules_is_in_the_registry() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} - {"__init__"} == {area.name for area in AREAS}


def test_every_function_that_judges_a_case_is_a_rule() -> None:
    judging = {
        node.name
        for path in FOLDER.glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and _takes_a_case(node)
    }
    assert judging == {rule.look.__name__ for rule in RULES}


def _takes_a_case(node: ast.FunctionDef) -> bool:
    annotations = [ast.unparse(argument.annotation) for argument in node.args.args if argument.annotation]
    return annotations == ["Case"] and node.returns is not None and ast.unparse(node.returns) == "Judgement | None"


def test_an_area_supersedes_only_areas_that_come_after_it() -> None:
    names = [area.name for area in AREAS]
    for place, area in enumerate(AREAS):
        assert set(area.supersedes) <= set(names[place + 1 :])


def test_ids_are_unique_and_begin_with_their_area() -> None:
    assert len(RULES) == len({rule.id for rule in RULES})
    for area in AREAS:
        assert [] == [rule.id for rule in area.rules if not rule.id.startswith(f"{area.name}/")]


def test_what_rules_say_of_themselves_is_a_sentence_without_a_full_stop() -> None:
    for rule in RULES:
        for text in (rule.summary, rule.requirement):
            assert text, rule.id
            assert not text.endswith("."), rule.id
        assert rule.reference == "" or rule.reference.startswith("RFC "), rule.id


@given(st.lists(batches, max_size=8))
def test_no_rule_fails_whatever_the_session(happened: list[Batch]) -> None:
    assert [] == [finding for finding in judge(case_of(happened)) if finding.rule == "wscli/rule-failed"]


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(list(StreamEnd))), max_size=6), st.booleans())
def test_no_rule_fails_whatever_a_peer_says(said: list[bytes | StreamEnd], is_open: bool) -> None:
    script: list[tuple[float, bytes | StreamEnd]] = [(float(at), what) for at, what in enumerate(said, 1)]
    begun: list[tuple[float, bytes | StreamEnd]] = [(0.5, OPEN)] if is_open else []
    assert [] == [one for one in found(*begun, *script) if one.rule == "wscli/rule-failed"]


def test_a_plain_good_session_has_no_finding() -> None:
    assert () == found((0.1, OPEN + b"\x81\x02hi"), (0.2, CLOSE_1000), (0.3, StreamEnd.FINISHED))


def test_findings_stand_before_the_end_and_the_next_session_is_a_new_case() -> None:
    diagnosis = Diagnosis()
    bad = session((0.1, OPEN), (0.2, b"\x81\x82\0\0\0\0hi"), (0.3, StreamEnd.FINISHED))
    for _ in range(2):
        events = [event for batch in bad for event in diagnosis.annotate(batch).events]
        assert 1 == len([event for event in events if isinstance(event, Finding)])
        assert isinstance(events[-2], Finding)
    good = session((0.1, OPEN), (0.2, CLOSE_1000), (0.3, StreamEnd.FINISHED))
    assert all(diagnosis.annotate(batch) is batch for batch in good)
