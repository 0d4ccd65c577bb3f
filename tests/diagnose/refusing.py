"""Servers that refuse: an answer with these fields and this body, over TLS where the URL says so; and what is found."""

from __future__ import annotations

from typing import NamedTuple

from tests.diagnose.scripted import case_of, session
from wscli.diagnose.case import Case
from wscli.diagnose.diagnosis import judge
from wscli.events import Batch, Finding, StreamEnd, TlsEstablished, TlsStarted
from wscli.settings import ConnectionSettings, HandshakeSettings
from wscli.wire.url import decode_url

HTML = ("Content-Type", "text/html")


class Answer(NamedTuple):
    """What a server answers, and to what."""

    status: int
    fields: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    url: str = "ws://example.org/chat"
    asks: HandshakeSettings = HandshakeSettings()

    @property
    def raw(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Reason", *(f"{name}: {value}" for name, value in self.fields)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + self.body


def case_of_answer(answer: Answer) -> Case:
    url = decode_url(answer.url)
    of = ConnectionSettings(url, handshake=answer.asks)
    batches = session((0.1, answer.raw), (0.2, StreamEnd.FINISHED), of=of)
    secure = (TlsStarted(url.host, ("http/1.1",)), TlsEstablished("TLSv1.3", "AES", "http/1.1", is_verified=True))
    return case_of([Batch(0.0, secure if url.is_secure else ()), *batches], url.text)


def found_by(answer: Answer) -> tuple[Finding, ...]:
    """Return what the rules find in a session that is answered so."""
    return judge(case_of_answer(answer))


def error_by(answer: Answer) -> Finding:
    """Return the one error that an answer must lead to."""
    (error,) = [finding for finding in found_by(answer) if finding.severity.value == "error"]
    return error
