"""Every rule, by area, in the order in which they are looked at."""

from __future__ import annotations

from wscli.diagnose.rule import Area
from wscli.diagnose.rules import (
    access,
    addressing,
    answer,
    backend,
    certificate,
    close,
    framing,
    http,
    path,
    proxy,
    redirect,
    request,
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
    framing.AREA,
    close.AREA,
)
"""Every area; a test finds one left out."""
