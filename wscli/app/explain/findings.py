"""Topics of what wscli finds: rules, the judgements; and deviations, the facts."""

from __future__ import annotations

from wscli.app.explain import relations
from wscli.app.explain.entry import Entry, Facts, Topic
from wscli.app.explain.numbers import fault_facts, listed
from wscli.diagnose.rule import Rule
from wscli.events import Severity
from wscli.wire.deviations import CATALOGUE, DeviationKind, Level

_SEVERITIES = {
    Severity.ERROR: "error: it made the session fail",
    Severity.WARNING: "warning: the session went on",
}
_LEVELS = {
    Level.MUST: "must: a conformant peer fails the connection or refuses the message",
    Level.SHOULD: "should: a recommendation is not followed",
    Level.ODD: "odd: legal, and some peers trip over it",
}
_IN_THE_STREAM = ("frame", "message", "deflate", "close")
"""Areas of deviations that fail an open connection, which is answered with a Close."""


# --- Rules -----------------------------------------------------------------------------------------------------------
def _rules() -> list[Entry]:
    from wscli.diagnose.diagnosis import RULE_FAILED, RULE_FAILED_SUMMARY
    from wscli.diagnose.rules import AREAS

    known = [
        Entry(rule.id, rule.summary, area.title, facts=_of_rule(rule), subject=rule)
        for area in AREAS
        for rule in area.rules
    ]
    facts = (
        ("severity", _SEVERITIES[Severity.WARNING]),
        ("do", "report it, with a recording of the session (--record)"),
    )
    return [*known, Entry(RULE_FAILED, RULE_FAILED_SUMMARY, "wscli itself", facts=facts)]


def _of_rule(rule: Rule) -> Facts:
    reference = f"{rule.reference}: " if rule.reference else ""
    return (("rule", f"{reference}{rule.requirement}"), ("severity", _SEVERITIES[rule.severity]))


def _more_of_rule(entry: Entry) -> Facts:
    rule = entry.subject
    if not isinstance(rule, Rule):
        return ()
    found = [one for one in relations.outcomes() if rule.id in one.rules]
    return (*listed("deviations", relations.deviations_of_rule(rule)), *fault_facts(found))


# --- Deviations ------------------------------------------------------------------------------------------------------
def _deviations() -> list[Entry]:
    return [
        Entry(
            kind.code,
            f"{kind.sentence} ({kind.level.value}, {kind.section})",
            kind.code.partition("/")[0],
            facts=_of_deviation(kind),
            subject=kind,
        )
        for kind in CATALOGUE.values()
    ]


def _of_deviation(kind: DeviationKind) -> Facts:
    return (("section", kind.section), ("level", _LEVELS[kind.level]), *_answer(kind))


def _answer(kind: DeviationKind) -> Facts:
    """Return the Close that an open connection is failed with."""
    if kind.code.partition("/")[0] not in _IN_THE_STREAM or kind.level is not Level.MUST:
        return ()
    from wscli.protocol.channel import close_code_for
    from wscli.wire.close import close_code_name

    code = close_code_for(kind.at())
    return (("answer", f"Close {code} ({close_code_name(code)}), unless --lenient"),)


def _more_of_deviation(entry: Entry) -> Facts:
    kind = entry.subject
    assert isinstance(kind, DeviationKind)  # as _deviations makes them
    found = [one for one in relations.outcomes() if kind.code in one.deviations]
    return (*listed("rules", relations.rules_of_deviation(kind.code)), *fault_facts(found))


RULES = Topic("rules", "Rules: what wscli concludes from what it saw", _rules, ("rule", "finding"), more=_more_of_rule)
DEVIATIONS = Topic(
    "deviations",
    "Deviations: what wscli finds in bytes that differ from an RFC",
    _deviations,
    ("deviation",),
    more=_more_of_deviation,
)
