"""What a format leaves out of a session: for each phrase of the registry the events that it is about."""

from __future__ import annotations

from collections.abc import Callable

from wscli import events as e
from wscli.events import Batch, Event, Interest
from wscli.record import RecordingFormat
from wscli.wire.frames import CLOSE, OPCODE_NAMES

_FRAMES = (e.FrameReceived, e.FrameSent)
_CONNECTING = (
    e.NameResolved, e.NameFailed, e.AttemptStarted, e.AttemptFailed, e.TlsStarted, e.CertificatesReceived,
    e.TlsEstablished, e.TlsFailed, e.TlsClosed,
)  # fmt: skip
_JUDGED = (e.Finding, e.Checked, e.Diagnosed, e.ApplicationRecognised)


def _is_reserved(event: Event) -> bool:
    return isinstance(event, _FRAMES) and event.frame.opcode not in OPCODE_NAMES


def _is_compressed(event: Event) -> bool:
    return isinstance(event, _FRAMES) and event.frame.rsv1 and event.frame.opcode < CLOSE


def _is_deviating(event: Event) -> bool:
    return isinstance(event, e.DeviationFound) or (isinstance(event, _FRAMES) and bool(event.frame.deviations))


ABOUT: dict[str, Callable[[Event], bool]] = {
    "the borders, masks, reserved bits and length forms of frames": lambda event: isinstance(event, _FRAMES),
    "compression: messages stand inflated": _is_compressed,
    "frames of reserved opcodes": _is_reserved,
    "deviations": _is_deviating,
    "name resolution, attempts to connect, certificates and TLS": lambda event: isinstance(event, _CONNECTING),
    "findings and checks": lambda event: isinstance(event, _JUDGED),
    "findings and checks, except as comments of packets": lambda event: isinstance(event, _JUDGED),
    "raw bytes that were sent beside frames": lambda event: isinstance(event, e.BytesSent),
}
"""A phrase of the registry → whether an event is one of those that it says are lost."""


class LossCounter:
    """Counts what a format has no place for, in the session at hand (a Sink)."""

    name = "losses"
    interest = Interest.NOTHING
    is_essential = False

    def __init__(self, recording: RecordingFormat) -> None:
        self._counts = dict.fromkeys(recording.loses, 0)

    def accept(self, batch: Batch) -> None:
        """Count what is lost of a batch."""
        for event in batch.events:
            for phrase in self._counts:
                self._counts[phrase] += ABOUT[phrase](event)

    def close(self) -> None:
        """Nothing is held."""

    def lost(self) -> list[tuple[str, int]]:
        """Return the phrases that say something of this session, with the number of events that they are about."""
        return [(phrase, count) for phrase, count in self._counts.items() if count]
