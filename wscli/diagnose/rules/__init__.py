"""Every rule, by area, in the order in which they are looked at."""

from __future__ import annotations

from wscli.diagnose.rule import Area
from wscli.diagnose.rules import addressing, close, extension, framing, handshake, liveness, message, subprotocol

AREAS: tuple[Area, ...] = (
    addressing.AREA,
    handshake.AREA,
    subprotocol.AREA,
    extension.AREA,
    framing.AREA,
    message.AREA,
    close.AREA,
    liveness.AREA,
)
"""Every area; a test finds one left out."""
