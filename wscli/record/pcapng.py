"""Recordings as pcapng: packets made up around the exact bytes, so that Wireshark and tshark dissect the session.

Each head, body and frame stands at its moment, with deviations and findings as comments. What was inside TLS stands
there in the clear, on its own port; a comment says so. A recording of a server is told with the client as the client.
"""

from __future__ import annotations

from typing import BinaryIO

from wscli import events as e
from wscli.events import Batch, Event, Interest, StreamEnd
from wscli.protocol.step import Role
from wscli.record.header import RecordingHeader
from wscli.record.streams import Endpoint
from wscli.record.synthesis import Link, Packets, other
from wscli.wire.head import RequestHead, ResponseHead


class _Session:
    """One connection of the recording."""

    def __init__(self, connected: e.Connected | None = None, at: int | None = None) -> None:
        self._connected = connected
        self._at = at
        self._link: Link | None = None
        self.local = Role.CLIENT
        """Which end made the recording; known by its first request."""
        self.is_chunked = False
        """Whether the head that went last announced chunks; recordings hold bodies without them."""

    @property
    def is_open(self) -> bool:
        """Whether there is anything to end."""
        return self._connected is not None or self._link is not None

    def side(self, *, is_local: bool) -> Role:
        """Return who it was that sent something."""
        return self.local if is_local else other(self.local)

    def link(self) -> Link:
        """Return the TCP connection; asked for when something goes over it."""
        if self._link is None:
            own = peer = None
            if self._connected is not None:
                own, peer = _endpoint(self._connected.local_address), _endpoint(self._connected.address)
            client, server = (own, peer) if self.local is Role.CLIENT else (peer, own)
            self._link = Link(client, server, self._at)
        return self._link


class PcapngWriter:
    """Writes a session as pcapng (a Sink)."""

    name = "recording"
    interest = Interest.FRAMES
    is_essential = False

    def __init__(self, stream: BinaryIO, header: RecordingHeader) -> None:
        self._begun = _nanoseconds(header.started)
        self._packets = Packets(stream, f"recorded by {header.tool} from {header.url}")
        self._sessions = [_Session()]
        """The connection at hand, last, and those of a diagnosis that it lies inside of."""

    def accept(self, batch: Batch) -> None:
        """Write what a batch put on the wire; OSError where the stream fails."""
        at = self._begun + round(batch.at * 1e9)
        for event in batch.events:
            self._take(at, event)

    def close(self) -> None:
        """Everything is written as it comes."""

    def _take(self, at: int, event: Event) -> None:
        match event:
            case e.Connected():
                self._sessions[-1] = _Session(event, at)
            case e.ProbeStarted():
                self._sessions.append(_Session())
            case e.ProbeEnded():
                self._sessions = self._sessions[:-1] or [_Session()]
            case e.TlsEstablished(version=version):
                self._packets.comment(f"this was inside {version}: it stands here in the clear")
            case e.Finding(rule=rule, summary=summary):
                self._packets.comment(f"{rule}: {summary}")
            case e.StreamEnded(how=how):
                self._end(at, self._sessions[-1], how)
            case _:
                self._write_event(at, self._sessions[-1], event)

    def _write_event(self, at: int, session: _Session, event: Event) -> None:
        if isinstance(event, (e.RequestReceived, e.ResponseSent)):
            session.local = Role.SERVER
        head: RequestHead | ResponseHead | None = getattr(event, "head", None)
        if head is not None:
            session.is_chunked = "chunked" in (head.fields.joined("Transfer-Encoding") or "").lower()
        for is_local, data in _on_the_wire(event):
            if isinstance(event, (e.FrameReceived, e.FrameSent)) and event.frame.deviations:
                found = ", ".join(one.kind.code for one in event.frame.deviations)
                self._packets.comment(f"frame {event.number}: {found}")
            self._packets.send(at, session.link(), session.side(is_local=is_local), data)
        if isinstance(event, (e.ExchangeAnswered, e.RefusalBodyReceived, e.RequestBodyReceived)) and event.body:
            body = _chunked(event.body, is_complete=event.is_complete) if session.is_chunked else event.body
            self._packets.send(at, session.link(), session.side(is_local=False), body)

    def _end(self, at: int, session: _Session, how: StreamEnd) -> None:
        """End the connection as the stream of the recording's peer did."""
        if not session.is_open:
            return
        peer = other(session.local)
        if how is StreamEnd.RESET:
            self._packets.reset(at, session.link(), peer)
        else:
            self._packets.finish(at, session.link(), session.local if how is StreamEnd.ABANDONED else peer)


def _on_the_wire(event: Event) -> list[tuple[bool, bytes]]:
    """Return what was put on the wire: whether by who recorded it, and the bytes; nothing for other events."""
    match event:
        case e.RequestSent(head=head) | e.ExchangeSent(head=head) | e.ResponseSent(head=head):
            return [(True, head.raw)]
        case e.ResponseReceived(head=head) | e.InterimReceived(head=head) | e.RequestReceived(head=head):
            return [(False, head.raw)]
        case e.ExchangeAnswered(head=head):
            return [(False, head.raw)]
        case e.UnparsedReceived(data=data):
            return [(False, data)]
        case e.FrameReceived(frame=frame) | e.FrameSent(frame=frame):
            return [(isinstance(event, e.FrameSent), frame.raw)]
        case _:
            return []


def _chunked(body: bytes, *, is_complete: bool) -> bytes:
    """Return a body with its transfer coding on (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n%b" % (len(body), body, b"0\r\n\r\n" if is_complete else b"")


def _endpoint(text: str) -> Endpoint | None:
    """Return the address and port of `127.0.0.1:80` or `[::1]:80`; None for a Unix socket's path."""
    from ipaddress import ip_address

    host, _, port = text.rpartition(":")
    try:
        return ip_address(host.strip("[]").partition("%")[0]).packed, int(port) & 0xFFFF
    except ValueError:
        return None


def _nanoseconds(started: str) -> int:
    """Return a moment in ISO 8601 as nanoseconds since 1970; 0 where it is none."""
    from datetime import datetime

    try:
        return round(datetime.fromisoformat(started).timestamp() * 1000) * 1_000_000
    except (ValueError, OverflowError, OSError):
        return 0


def write(stream: BinaryIO, header: RecordingHeader) -> PcapngWriter:
    """Return a sink that writes a session to a stream, which it leaves open."""
    return PcapngWriter(stream, header)
