from __future__ import annotations

from http import HTTPStatus

import pytest

from wscli.wire.statuses import CLASSES, STATUSES

OTHERWISE = {
    102: "Processing",
    413: "Content Too Large",
    414: "URI Too Long",
    418: "I'm a teapot",
    422: "Unprocessable Content",
}
"""What older libraries call otherwise than RFC 9110."""


def test_phrases_are_those_of_the_registry() -> None:
    registered = {int(status): status.phrase for status in HTTPStatus} | OTHERWISE
    assert [] == [
        (kind.code, kind.phrase)
        for kind in STATUSES.values()
        if kind.section.startswith("RFC") and registered.get(kind.code, kind.phrase).lower() != kind.phrase.lower()
    ]


def test_the_table_is_in_order() -> None:
    assert sorted(STATUSES) == list(STATUSES)
    assert {code // 100 for code in STATUSES} == set(CLASSES)


@pytest.mark.parametrize(
    "code", [101, 200, 301, 302, 307, 308, 400, 401, 402, 403, 404, 405, 407, 421, 426, 429, 500, 501, 502, 503, 504]
)
def test_what_upgrades_get_says_what_to_do(code: int) -> None:
    assert STATUSES[code].meaning
    assert STATUSES[code].advice


def test_texts_have_no_full_stop() -> None:
    assert [] == [kind for kind in STATUSES.values() if kind.meaning.endswith(".") or kind.advice.endswith(".")]
