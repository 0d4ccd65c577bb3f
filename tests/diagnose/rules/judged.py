"""What the tables of refusals have in common: an answer and what is said of it, and a near one of another rule."""

from __future__ import annotations

from tests.diagnose.refusing import Answer, error_by

Row = tuple[str, Answer, str, str, str, Answer]
"""Rule, the answer, its evidence, words of its advice, how sure it is, an answer that is near and another rule's."""


def check(row: Row) -> None:
    rule, answer, evidence, advice, confidence, near = row
    finding = error_by(answer)
    assert (rule, confidence) == (finding.rule, finding.confidence.value)
    assert evidence in "\n".join(one.text for one in finding.evidence)
    assert advice in finding.advice
    assert rule != error_by(near).rule
