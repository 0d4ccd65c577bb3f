"""JSON that goes on, and what is wrong with JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.repl.unfinished import is_unfinished, json_fault


@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        ("hello {", False),
        ("{{last", False),
        ("", False),
        ("{", True),
        ('  {"a": [1, 2', True),
        ('{"a": "}', True),
        ('{"a": "\\"}', True),
        ('{"a": "\\\\"}', False),
        ('{"a": 1}', False),
        ("[1]", False),
        ("[1}", False),
        ("}", False),
        ("[]]", False),
    ],
)
def test_open_brackets_and_strings_go_on(text: str, goes_on: bool) -> None:
    assert goes_on is is_unfinished(text)


@given(
    st.recursive(
        st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )
)
def test_whole_json_does_not_go_on(value: object) -> None:
    text = json.dumps(value)
    assert not is_unfinished(text)
    assert json_fault(text) is None


@given(st.text())
def test_nothing_raises(text: str) -> None:
    is_unfinished("{" + text)
    json_fault("[" + text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("hello", None),
        ("{{now}}", None),
        ('{"id": {{counter}}, "at": "{{now}}"}', None),
        ('{"a": }', "expecting value at line 1, column 7"),
        ('{\n"a" 1}', "expecting ':' delimiter at line 2, column 5"),
    ],
)
def test_a_fault_says_where(text: str, fault: str | None) -> None:
    assert fault == json_fault(text)


def test_json_too_deep_is_a_fault_too() -> None:
    assert "recursion" in str(json_fault("[" * 100_000)).lower()


def test_a_number_too_long_is_a_fault_too() -> None:
    assert "digits" in str(json_fault("[" + "9" * 10_000 + "]"))
