"""JSON in colour: its parts told apart, nothing lost, nothing unescaped."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.render.json_text import json_spans, looks_like_json, pretty_json
from wscli.render.style import STYLES
from wscli.text import visible


def test_keys_strings_numbers_and_words_have_their_styles() -> None:
    text = '{"a": "b\\"c", "n": [-1.5e3, true, null], "cut": "of'
    assert [
        ("text", "{"),
        ("json-key", '"a"'),
        ("text", ": "),
        ("json-string", '"b\\"c"'),
        ("text", ", "),
        ("json-key", '"n"'),
        ("text", ": ["),
        ("json-number", "-1.5e3"),
        ("text", ", "),
        ("json-word", "true"),
        ("text", ", "),
        ("json-word", "null"),
        ("text", "], "),
        ("json-key", '"cut"'),
        ("text", ": "),
        ("json-string", '"of'),
    ] == list(json_spans(text))


@given(st.text() | st.text(st.sampled_from('{}[]":,\\-01.eEtrufalsn ')))
def test_joined_the_spans_are_the_text(text: str) -> None:
    spans = json_spans(text)
    assert text == "".join(part for _, part in spans)
    assert {style for style, _ in spans} <= STYLES


@pytest.mark.parametrize(("text", "does"), [("{", False), ("{}", True), ("[1", True), ("x{}", False), ("", False)])
def test_what_looks_like_json(text: str, does: bool) -> None:
    assert does is looks_like_json(text)


def test_json_is_made_pretty_and_its_escapes_stay() -> None:
    assert '{\n  "a": [\n    "é\\u001b"\n  ]\n}' == pretty_json('{"a":["é\\u001b"]}'.encode())


@pytest.mark.parametrize("payload", [b"no json", b"\xff", b"[" * 100_000, b"[" + b"9" * 10_000 + b"]"])
def test_what_is_no_json_is_not_made_pretty(payload: bytes) -> None:
    assert pretty_json(payload) is None


@given(st.text())
def test_pretty_json_holds_no_control_character_once_it_is_visible(text: str) -> None:
    pretty = pretty_json(json.dumps({"key": text}).encode())
    assert pretty is not None
    assert all(line.isprintable() for line in visible(pretty, newlines=True).replace("\t", "").split("\n"))
