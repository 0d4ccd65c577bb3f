"""Every rule, by area, in the order in which they are looked at."""

from __future__ import annotations

from wscli.diagnose.rule import Area
from wscli.diagnose.rules import (
    access,
    addressing,
    answer,
    application,
    backend,
    certificate,
    close,
    extension,
    framing,
    handshake,
    http,
    liveness,
    message,
    path,
    proxy,
    redirect,
    request,
    subprotocol,
    tls,
)

AREAS: tuple[Area, ...] = (
    addressing.AREA,
    tls.AREA,
    certificate.AREA,
    proxy.AREA,
    http.AREA,
    path.AREA,
    redirect.AREA,
    access.AREA,
    backend.AREA,
    answer.AREA,
    request.AREA,
    handshake.AREA,
    subprotocol.AREA,
    extension.AREA,
    framing.AREA,
    message.AREA,
    application.AREA,
    close.AREA,
    liveness.AREA,
)
"""Every area; a test finds one left out."""
