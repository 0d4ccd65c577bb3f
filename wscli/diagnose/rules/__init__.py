"""Every rule, by area, in the order in which they are looked at."""

from __future__ import annotations

from wscli.diagnose.rule import Area
from wscli.diagnose.rules import addressing, application, close, framing

AREAS: tuple[Area, ...] = (addressing.AREA, framing.AREA, application.AREA, close.AREA)
"""Every area; a test finds one left out."""
