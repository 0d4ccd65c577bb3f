"""Agreement on permessage-deflate, as tables of offers and answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.protocol.negotiation import choose_offer, judge_answer
from wscli.wire.deflate import DeflateParameters
from wscli.wire.grammar import decode_extensions, encode_extensions

PMD = "permessage-deflate"


@pytest.mark.parametrize(
    ("offer", "answer", "codes"),
    [
        (PMD, "", []),
        (PMD, PMD, []),
        (PMD, f"{PMD}; server_max_window_bits=9", []),
        (PMD, f"{PMD}; server_no_context_takeover; client_no_context_takeover", []),
        (f"{PMD}; client_max_window_bits", f"{PMD}; client_max_window_bits=8", []),
        (PMD, f"{PMD}; client_max_window_bits=9", ["deflate-parameter-not-offered"]),
        (f"{PMD}; client_max_window_bits=9", f"{PMD}; client_max_window_bits=10", ["deflate-parameter-not-offered"]),
        (f"{PMD}; client_max_window_bits", f"{PMD}; client_max_window_bits", ["deflate-parameter-value"]),
        (f"{PMD}; server_max_window_bits=9", f"{PMD}; server_max_window_bits=10", ["deflate-parameter-not-offered"]),
        (f"{PMD}; server_max_window_bits=9", PMD, ["deflate-parameter-not-offered"]),
        (f"{PMD}; server_no_context_takeover", PMD, ["deflate-parameter-not-offered"]),
        (f"{PMD}; server_max_window_bits=9, {PMD}", PMD, []),
        (PMD, f"{PMD}; server_max_window_bits=16", ["deflate-parameter-value"]),
        (PMD, f"{PMD}; server_max_window_bits=7", ["deflate-parameter-value"]),
        (PMD, f"{PMD}; server_max_window_bits=010", ["deflate-parameter-value"]),
        (PMD, f"{PMD}; server_max_window_bits", ["deflate-parameter-value"]),
        (PMD, f"{PMD}; server_no_context_takeover=1", ["deflate-parameter-value"]),
        (PMD, f"{PMD}; nonsense", ["deflate-parameter-unknown"]),
        (
            PMD,
            f"{PMD}; server_no_context_takeover; server_no_context_takeover",
            ["deflate-parameter-repeated"],
        ),
        (PMD, f"{PMD}, {PMD}", ["extension-repeated"]),
        (PMD, "x-webkit-deflate-frame", ["extension-not-offered"]),
        ("", PMD, ["extension-not-offered"]),
    ],
)
def test_an_answer_is_judged_against_the_offer(offer: str, answer: str, codes: list[str]) -> None:
    agreement = judge_answer(decode_extensions(offer)[0], decode_extensions(answer)[0])
    assert [f"handshake/{code}" for code in codes] == [one.kind.code for one in agreement.deviations]
    assert (PMD in answer) is (agreement.deflate is not None)


@pytest.mark.parametrize(
    ("offer", "allowed", "answer"),
    [
        (PMD, None, None),
        ("foo", DeflateParameters(), None),
        (PMD, DeflateParameters(), PMD),
        (f"{PMD}; client_max_window_bits", DeflateParameters(), PMD),
        (f"{PMD}; bar, {PMD}", DeflateParameters(), PMD),
        (f"{PMD}; server_max_window_bits=10", DeflateParameters(), f"{PMD}; server_max_window_bits=10"),
        (f"{PMD}; server_max_window_bits=15", DeflateParameters(), f"{PMD}; server_max_window_bits=15"),
        (PMD, DeflateParameters(server_no_context_takeover=True), f"{PMD}; server_no_context_takeover"),
        (PMD, DeflateParameters(client_no_context_takeover=True), f"{PMD}; client_no_context_takeover"),
        (PMD, DeflateParameters(client_max_window_bits=9), None),
        (
            f"{PMD}; client_max_window_bits",
            DeflateParameters(client_max_window_bits=9),
            f"{PMD}; client_max_window_bits=9",
        ),
    ],
)
def test_a_server_answers_the_first_offer_that_it_can_take(
    offer: str, allowed: DeflateParameters | None, answer: str | None
) -> None:
    _, element = choose_offer(decode_extensions(offer)[0], allowed)
    assert answer == (None if element is None else encode_extensions([element]))


parameters = st.builds(
    DeflateParameters,
    server_no_context_takeover=st.booleans(),
    client_no_context_takeover=st.booleans(),
    server_max_window_bits=st.integers(8, 15),
    client_max_window_bits=st.integers(8, 15),
)


@given(parameters, st.sampled_from([PMD, f"{PMD}; client_max_window_bits", f"{PMD}; server_max_window_bits=11"]))
def test_a_client_accepts_whatever_our_server_answers(allowed: DeflateParameters, offer: str) -> None:
    offered = decode_extensions(offer)[0]
    chosen, element = choose_offer(offered, allowed)
    if element is not None:
        agreement = judge_answer(offered, (element,))
        assert () == agreement.deviations
        assert chosen == agreement.deflate
