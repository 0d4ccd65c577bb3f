"""The base of values."""

from __future__ import annotations

from typing import ClassVar

import pytest

from wscli.errors import EnvironmentProblem, UsageProblem
from wscli.values import Value


class Point(Value):
    count: ClassVar[int] = 0
    x: int
    y: int = 0


class Named(Point):
    name: str = ""

    @property
    def shown(self) -> str:
        return f"{self.name}({self.x}, {self.y})"


class Single(Value):
    x: int


class Empty(Value):
    pass


def test_fields_are_the_annotations_inherited_ones_first() -> None:
    assert ("x", "y", "name") == tuple(Named.__value_fields__)
    assert "a(1, 2)" == Named(1, 2, "a").shown
    assert "Named(x=1, y=0, name='a')" == repr(Named(1, name="a"))


def test_values_compare_by_class_and_content() -> None:
    assert Point(1) == Point(1, 0)
    assert Point(1) != Point(2)
    assert Point(1) != Named(1)
    assert Single(1) == Single(1)
    assert Empty() == Empty()
    assert Empty() != Single(1)
    assert 2 == len({Point(1), Point(1, 0), Named(1)})


def test_a_copy_can_differ_in_some_fields() -> None:
    assert Named(1, 5, "a") == Named(1, 2, "a").replace(y=5)
    with pytest.raises(TypeError):
        Point(1).replace(z=3)


def test_there_is_no_place_for_anything_else() -> None:
    with pytest.raises(AttributeError):
        Point(1).z = 3  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]


def test_values_can_be_matched() -> None:
    match Named(1, 2, "a"):
        case Named(x, y, name):
            assert (1, 2, "a") == (x, y, name)


def test_a_problem_builds_its_sentence_from_its_parts() -> None:
    problem = UsageProblem("url/scheme", "URL", "ftp://x", "its scheme is ftp", hint="use ws://")
    assert "URL `ftp://x`: its scheme is ftp" == str(problem)
    assert ("url/scheme", "use ws://") == (problem.code, problem.hint)
    assert "output: it is full" == str(EnvironmentProblem("output/full", "output", None, "it is full"))
