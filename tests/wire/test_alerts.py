from __future__ import annotations

import ssl

import pytest

from wscli.wire.alerts import ALERTS, alert_name


def test_the_names_are_those_of_the_standard_library() -> None:
    """It knows those of TLS 1.2 and a few more."""
    known = {int(alert): alert.name.removeprefix("ALERT_DESCRIPTION_").lower() for alert in ssl.AlertDescription}
    assert known == {number: ALERTS[number].name for number in known} | {90: "user_cancelled"}


def test_the_table_is_in_order() -> None:
    assert sorted(ALERTS) == list(ALERTS) == [kind.number for kind in ALERTS.values()]


@pytest.mark.parametrize(
    ("number", "name"), [(40, "handshake_failure"), (120, "no_application_protocol"), (255, "number 255")]
)
def test_an_alert_has_a_name(number: int, name: str) -> None:
    assert name == alert_name(number)
