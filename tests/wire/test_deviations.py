"""The catalogue keeps its own rules."""

from __future__ import annotations

import re
from pathlib import Path

from wscli.wire import deviations
from wscli.wire.deviations import CATALOGUE, DeviationKind, Level

PACKAGE = Path(deviations.__file__).parent.parent


def test_every_row_is_well_formed() -> None:
    for code, kind in CATALOGUE.items():
        assert code == kind.code
        assert re.fullmatch(r"[a-z]+/[a-z0-9-]+", code)
        assert re.match(r"RFC \d+ [\d.]+$", kind.section), kind.section
        assert not kind.sentence.endswith(".")


def test_every_kind_is_found_somewhere() -> None:
    names = {name for name, value in vars(deviations).items() if isinstance(value, DeviationKind)}
    assert len(CATALOGUE) == len(names)
    sources = "".join(path.read_text() for path in PACKAGE.rglob("*.py") if path.name != "deviations.py")
    assert [] == sorted(name for name in names if not re.search(rf"\b{name}\b", sources))


def test_a_deviation_knows_whether_it_breaks_a_must() -> None:
    assert deviations.FRAME_MASKED.at(1).is_must
    assert Level.ODD is deviations.MESSAGE_TOO_BIG.level
    assert not deviations.MESSAGE_TOO_BIG.at().is_must
