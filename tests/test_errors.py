"""What a problem says."""

from __future__ import annotations

from pathlib import Path

import pytest

from wscli.errors import EnvironmentProblem, Problem, file_problem


def failure(path: str) -> Exception:
    try:
        Path(path).read_bytes()
    except (OSError, ValueError) as error:
        return error
    raise AssertionError("it opened")


def test_a_problem_names_the_value_and_the_reason() -> None:
    assert "URL `x`: it is odd" == str(Problem("url/odd", "URL", "x", "it is odd"))
    assert "output: it is full" == str(Problem("output/full", "output", None, "it is full"))


@pytest.mark.parametrize(
    ("name", "reason", "hint"),
    [
        ("missing", "No such file or directory", "check the name, and that its folder is there"),
        ("", "Is a directory", "name a file in it"),
        ("file/in-it", "Not a directory", "name a folder, or a file in one"),
        ("a\0b", "embedded null byte", "choose another file"),
    ],
)
def test_a_file_that_cannot_be_opened_comes_with_the_next_step(
    tmp_path: Path, name: str, reason: str, hint: str
) -> None:
    (tmp_path / "file").touch()
    path = f"{tmp_path}/{name}"
    problem = file_problem("area/file", "CA file", path, failure(path))
    assert isinstance(problem, EnvironmentProblem)
    assert ("area/file", f"CA file `{path}`: {reason}", hint) == (problem.code, str(problem), problem.hint)
