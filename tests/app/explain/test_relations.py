"""What belongs together is derived: from rehearsals, and from the code of rules."""

from __future__ import annotations

from wscli.app.explain.relations import (
    deviations_of_rule,
    named_by,
    outcomes,
    rules,
    rules_naming,
    rules_of_deviation,
)
from wscli.diagnose.case import Case
from wscli.diagnose.rule import Judgement, Rule
from wscli.wire.deviations import CATALOGUE, FRAME_MASKED, FRAME_UNMASKED, MESSAGE_CUT
from wscli.wire.statuses import STATUSES

KINDS = (FRAME_MASKED,)
HEADERS = {"retry-after": ["x-other"]}


def looks(case: Case) -> Judgement | None:
    from wscli.wire.deviations import MESSAGE_TOO_BIG

    wanted = [kind for kind in KINDS if case.first_deviation is not None and case.first_deviation.kind is kind]
    if wanted or HEADERS or MESSAGE_TOO_BIG is None:
        return helping()
    return None


def helping() -> Judgement | None:
    assert {"frame/cut"}
    assert FRAME_UNMASKED is not None
    return None


def helped(_case: Case) -> Judgement | None:
    return helping()


looks.__module__ = helped.__module__ = helping.__module__ = "wscli.diagnose.rules.made_up"
RULE = Rule("made/up", "a rule", "", "as it is", looks)


def test_what_a_rule_looks_at_is_read_from_its_code_and_that_of_its_helpers() -> None:
    named = named_by(RULE)
    assert FRAME_MASKED in named
    assert FRAME_UNMASKED in named
    assert CATALOGUE["message/too-big"] in named
    assert "frame/cut" in named
    assert {"retry-after", "x-other"} <= {one for one in named if isinstance(one, str)}
    assert MESSAGE_CUT not in named


def test_a_rules_own_deviations_are_those_that_its_own_function_names() -> None:
    assert ("frame/masked", "message/too-big") == deviations_of_rule(RULE)
    assert ("frame/unmasked", "frame/cut") == deviations_of_rule(RULE.replace(id="made/helped", look=helped))


def test_what_is_bound_to_a_rules_function_counts_too() -> None:
    def made(header: str) -> Rule:
        def look(_case: Case) -> Judgement | None:
            return None if header else helping()

        look.__module__ = "wscli.diagnose.rules.made_up"
        return Rule("made/bound", "a rule", "", "as it is", look)

    assert "Retry-After" in named_by(made("Retry-After"))


def test_code_from_elsewhere_is_not_read() -> None:
    def look(_case: Case) -> Judgement | None:
        return None if "Retry-After" else helping()

    assert () == named_by(Rule("made/elsewhere", "a rule", "", "as it is", look))


def test_rules_and_deviations_find_each_other() -> None:
    for rule in rules():
        for code in deviations_of_rule(rule):
            assert rule.id in rules_of_deviation(code)
    assert () == rules_naming("no rule names this text")


def test_a_deviation_that_fails_a_session_has_a_rule_and_a_fault() -> None:
    failing = {code for outcome in outcomes() if outcome.exit_status == 9 for code in outcome.deviations}
    assert {"frame/masked", "message/not-utf8", "close/code-cut"} <= failing
    assert [] == [code for code in failing if not rules_of_deviation(code)]


def test_every_status_that_a_fault_answers_is_explained() -> None:
    assert [] == [status for outcome in outcomes() for status in outcome.statuses if status not in STATUSES]


def test_a_fault_that_shows_to_those_who_offer_a_subprotocol_says_so() -> None:
    by_name = {outcome.fault.name: outcome for outcome in outcomes()}
    assert by_name["subprotocol-ignored"].offers_subprotocol
    assert not by_name["subprotocol-required"].offers_subprotocol
    assert "wscli serve --fault masked 8080" == by_name["masked"].command
    assert not by_name["early-hints"].is_something
