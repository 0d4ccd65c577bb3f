"""Templates in messages: what each becomes, and that a slip is not sent."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.errors import UsageProblem
from wscli.repl.templates import Templates, as_bytes, look_up


def templates(last: bytes | None = None) -> Templates:
    return Templates(clock=lambda: 1_700_000_000.25, entropy=bytes, environment={"USER": "ada"}, last=lambda: last)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("plain {x} }} {", "plain {x} }} {"),
        ("{{now}}", "2023-11-14T22:13:20.250Z"),
        ("{{now:unix}} {{ now:ms }}", "1700000000 1700000000250"),
        ("{{counter}},{{counter}}", "1,2"),
        ("hi {{env:USER}}!", "hi ada!"),
        ("{{{{not}}", "{{not}}"),
        ("{{room}}", "lobby"),
        ("{{uuid}}", str(UUID(bytes=bytes(16), version=4))),
    ],
)
def test_a_template_is_filled_in(typed: str, sent: str) -> None:
    filler = templates()
    filler.variables["room"] = "lobby"
    assert sent == filler.fill(typed)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("{{last}}", '{"a": {"b": [1, "x", null]}, "t": "é"}'),
        ("{{last.a.b[1]}} {{last.a.b.0}} {{last.a.b[-1]}}", "x 1 null"),
        ("{{last.a}}", '{"b": [1, "x", null]}'),
        ("{{last.t}}", "é"),
    ],
)
def test_the_last_message_gives_its_values(typed: str, sent: str) -> None:
    assert sent == templates('{"a": {"b": [1, "x", null]}, "t": "é"}'.encode()).fill(typed)


@pytest.mark.parametrize(
    ("typed", "last", "said", "hint"),
    [
        ("{{nwo}}", None, "`{{nwo}}`: there is no such template", "did you mean {{now}}?"),
        ("{{zzzz}}", None, "there is no such template", "/set NAME VALUE makes more"),
        ("a {{now", None, "`{{now`: it is not closed", "{{{{ for two braces"),
        ("{{now:week}}", None, "there is no such form", "now:unix"),
        ("{{env:NOPE}}", None, "there is no such variable", "env"),
        ("{{last}}", None, "no message has come yet", "/wait"),
        ("{{last.a}}", b"no json", "the last message is no JSON", "/show messages"),
        ("{{last.a}}", b"[" * 100_000, "the last message is no JSON", "/show messages"),
        ("{{last.a}}", b"{}", "there is no `a` in the last message", "/show messages"),
        ("{{last.a.b}}", b'{"a": 1}', "there is no `b` in a", "/show messages"),
        ("{{last[3]}}", b"[1]", "there is no `3` in the last message", "/show messages"),
    ],
)
def test_a_slip_is_refused_with_a_hint(typed: str, last: bytes | None, said: str, hint: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        templates(last).fill(typed)
    assert said in str(caught.value)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize("last", [rb'{"a": "\ud800"}', b"\xff\xfe", rb'{"a": ["\udfff"]}'])
def test_what_is_no_utf8_can_still_be_sent(last: bytes) -> None:
    path = "{{last.a}}" if last.startswith(b"{") else "{{last}}"
    assert as_bytes(templates(last).fill(path))


@given(st.text(st.characters(exclude_categories=("Cs",))).filter(lambda text: "{{" not in text))
def test_a_text_without_braces_stays_as_it_is(text: str) -> None:
    assert text == templates().fill(text)


@given(st.text(st.sampled_from("{}luastenvcor:.[]0 ")), st.none() | st.binary())
def test_filling_in_raises_nothing_but_a_problem(text: str, last: bytes | None) -> None:
    try:
        filled = templates(last).fill(text)
    except UsageProblem:
        return
    as_bytes(filled)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(json_values, st.text(st.sampled_from("ab.[]-01")))
def test_a_path_leads_somewhere_or_nowhere(value: object, path: str) -> None:
    with suppress(LookupError):
        look_up(value, path)
